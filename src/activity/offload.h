/* SPDX-License-Identifier: MIT */
/*
 * Offloaded calls, for the other files of this layer: each is an operation with the code
 * PLATFORM_CALL (platform/call.h).
 */
#pragma once

#include "activity/wait.h"
#include "platform/call.h"

/*
 * An operation of the process that is loaded, to call function(context); the activity that runs is
 * named in reports. The caller sets what else it wants, and submits it or waits for it
 * (wait_operation_as(), ACTIVITY_STATE_WAITING_OFFLOAD). NULL: no memory. It need not be waited for
 * by an activity: with an `owner`, `done` and operation_submit() it is sync code that hears of its
 * end, on the seat.
 */
struct operation *offload_operation(int (*function)(void *context), void *context,
                                    unsigned flags);
