/* SPDX-License-Identifier: MIT */
/*
 * Reports for a person: where an activity was started, what is on a stack. They go to standard
 * error by base_report() and allocate nothing.
 */
#pragma once

#include "stack/stack.h"
#include "turn/place.h"

/* One line on the activity: where it was started. Nothing for NULL. */
void report_activity(const struct activity *activity);
/* The stack from here, through gates and segments to the base of the activity, a line a frame. */
void report_stack(void);
/*
 * The same stack, to be told from others: the functions on it, whatever each is just doing, and
 * where a signal has interrupted them.
 */
void report_stack_find(struct place_found *ret_found);
/* A state in words: "waiting for an operation", ... */
const char *report_state(uint8_t state);
/*
 * Defined by the activity layer: a line on an activity that waits, with where, and for what as far
 * as that is known.
 */
void activity_report_wait(const struct activity *activity);
