/* SPDX-License-Identifier: MIT */
/* Circles of calls that wait for one another: see circle.c. */
#pragma once

#include "object/connection.h"

/*
 * A call waits before an object from now on. True where that closes a circle of this process alone:
 * it has been reported, and the call must be answered -EDEADLK, with the failure, which is counted
 * (or NULL).
 */
bool circle_closes(struct object *object, struct waiting_call *waiting,
                   struct failure **ret_failure);
/*
 * A call waits for the results of another one from now on. It is answered where that closes a
 * circle, now or later.
 */
void circle_holds(struct answer *answer);
/* Somebody asks who the answer to a question waits for. 0, or -EPROTO. */
int circle_take(struct connection *connection, const void *record, uint32_t bytes);

/* The connection is freed: what was to be asked over it. */
void circle_forget(struct connection *connection);

/* ---- What is known of calls elsewhere */

/* call.c: the call waits for the results of another one, and is answered so. */
void held_refuse(struct answer *answer, int error, const struct failure *failure);
/* dispatch.c: the call waits before its object, and is answered -EDEADLK. */
void incoming_refuse(struct incoming *incoming, const struct failure *failure);
/* pull.c: an activity waits before an object (ACTIVITY_STATE_WAITING_TURN), and is answered so. */
void pulled_refuse(struct activity *activity, int error, struct failure *failure);
/* pull.c: the object before which an activity waits (ACTIVITY_STATE_WAITING_TURN). */
struct object *pulled_waits(const struct activity *activity, struct waiting_call **ret_waiting);
