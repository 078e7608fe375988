/* SPDX-License-Identifier: MIT */
/* Circles of activities that wait for one another: see deadlock.c. */
#pragma once

#include "turn/process.h"

/*
 * Would the running activity close a circle if it waited so (a state, and what it would wait for)?
 * Then the circle has been reported.
 */
bool deadlock_closes(uint8_t state, void *wait);

/*
 * The running activity holds something and is about to wait for `child` to end. Where that closes a
 * circle, it is reported, and one of its members that waits for a lock gets -EDEADLK.
 */
void deadlock_join(struct activity *child);
