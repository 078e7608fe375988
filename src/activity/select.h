/* SPDX-License-Identifier: MIT */
/* How queues complete the case of a select: see select.c. */
#pragma once

#include "stack/stack.h"

/*
 * The first node of a queue's list is a select's: takes the select's nodes out of every list, and
 * answers the item of the case.
 */
void *select_take(struct activity *node);
/*
 * Then, after the item was copied: wakes the select, whose case is answered with `result`. Frees
 * the nodes.
 */
void select_wake(struct activity *node, int result);
