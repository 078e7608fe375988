/* SPDX-License-Identifier: MIT */
/*
 * What stands around a fault, an abandonment or a stall, for the report of it: who started the
 * activity, who waits for it, and what all others wait for. It is read by the reader of
 * inspect/here.h, so it may be called in a handler of a fault, whatever is damaged. See
 * docs/debugging.md.
 */
#pragma once

#include "stack/stack.h"

/*
 * Reports it, in at most some 30 lines; all activities, a line each, where that was asked for. The
 * activity may be NULL. Where another thread is reporting its own, nothing.
 */
void situation_report(const struct activity *activity);
/* The last words of a thread: the activity, its stack and the situation, each as far as it can be
 * read without a second fault. */
void situation_report_last(const struct activity *activity);
/* Whether each activity gets a line. */
void situation_report_all(bool all);
