/* SPDX-License-Identifier: MIT */
/* Circles of activities that wait for one another: see deadlock.c. */
#pragma once

#include "turn/process.h"

/*
 * Would the running activity close a circle if it waited so (a state, and what it would wait for)?
 * Then the circle has been reported, and the wait must not begin.
 */
bool deadlock_closes(uint8_t state, void *wait);

/*
 * The running activity is about to wait for the end of another; or, leaving a scope, for one of
 * those that the scope owns. It cannot be refused that: where it closes a circle, that is reported,
 * and one of the other members whose wait can be interrupted gets -EDEADLK.
 */
void deadlock_join(struct activity *activity);
void deadlock_leave(struct activity *child);

/*
 * What an activity waits for already has changed: one of several ways to go on is no more, or it
 * waits for something else. Where it is in a circle now, that is reported, and one of the members,
 * if possible the activity itself, gets -EDEADLK.
 */
void deadlock_changed(struct activity *waiter);

/*
 * Whether anybody can depend on what an activity does: it holds a lock, is joined, or is an
 * iteration of a wide loop. False for most, and cheap.
 */
static inline bool deadlock_possible(const struct activity *activity)
{
        return activity_holds(activity) != 0 || activity->joiner != 0 ||
               activity_flags(activity) & ACTIVITY_FLAG_WIDE;
}
