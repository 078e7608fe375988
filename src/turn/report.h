/* SPDX-License-Identifier: MIT */
/*
 * Reports for a person: where an activity was started, what is on a stack. They go to standard
 * error by base_report() and allocate nothing.
 */
#pragma once

#include "stack/stack.h"

/* One line on the activity: where it was started. Nothing for NULL. */
void report_activity(const struct activity *activity);
/* The stack from here, through gates and segments to the base of the activity, a line a frame. */
void report_stack(void);
/* A state in words: "waiting for an operation", ... */
const char *report_state(uint8_t state);
/*
 * Defined by the activity layer: a line on an activity that waits, with where, and for what as far
 * as that is known.
 */
void activity_report_wait(const struct activity *activity);
