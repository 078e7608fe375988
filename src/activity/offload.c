/* SPDX-License-Identifier: MIT */
/*
 * Offload: sync functions on threads beside the seats, awaited. Each is an operation of the
 * platform (platform/call.h), so everything that holds of those holds here: the teardown waits for
 * the last word of each, since its context may lie in a frame; a cancellation only asks.
 *
 * One that owns its context is different at its end: its answer says whose the context is. What is
 * to be done then stands in a record of the process's, because the frame that asked is suspended.
 *
 *      returned      the function's result to the caller, the context too
 *      left          -ECANCELED or -ETIMEDOUT; its thread releases the context
 *      never begun   the same, or an error; released here
 */
#include "activity/offload.h"

#include "turn/seat.h"

#include <mori/offload.h>

#include <errno.h>

#define FLAGS (MORI_OFFLOAD_COMPUTES | MORI_OFFLOAD_INTERRUPT | MORI_OFFLOAD_ERRNO)

_Static_assert((int)MORI_OFFLOAD_COMPUTES == PLATFORM_CALL_COMPUTES &&
                       (int)MORI_OFFLOAD_INTERRUPT == PLATFORM_CALL_INTERRUPT &&
                       (int)MORI_OFFLOAD_ERRNO == PLATFORM_CALL_ERRNO,
               "the flags are passed on as they are");

struct operation *offload_operation(int (*function)(void *context), void *context, unsigned flags)
{
        struct operation *operation = operation_new(process_self());
        const struct activity *activity = worker_self()->activity;

        if (operation == NULL)
                return NULL;
        platform_call_set(&operation->op, function, context);
        operation->op.flags = flags;
        if (activity != NULL)
                platform_call_set_site(&operation->op, activity_start_site(activity));
        return operation;
}

static int64_t offload_begin(int (*function)(void *context), void *context, unsigned flags)
{
        struct operation *operation;

        if (function == NULL || (flags & ~(unsigned)FLAGS) != 0)
                return -EINVAL;
        operation = offload_operation(function, context, flags);
        if (operation == NULL)
                return -ENOMEM;
        return wait_operation_as(operation, ACTIVITY_STATE_WAITING_OFFLOAD);
}

MORI_ASYNC int mori_offload(int (*function)(void *context), void *context)
{
        int64_t begun = offload_begin(function, context, 0);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_offload_with(int (*function)(void *context), void *context, unsigned flags)
{
        int64_t begun = offload_begin(function, context, flags);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

int mori_offload_cancelled(void)
{
        return platform_call_cancelled();
}

/* ---- With a context of its own */

struct own_context {
        struct owned owned;
        void *context;
        void (*release)(void *context);
        int *ret_result;
};

/* The teardown lets go of the record alone: no code of the program runs there. */
static void own_context_free(struct owned *owned)
{
        stack_piece_free(owned, sizeof(struct own_context));
}

static void own_context_release(void *context, void (*release)(void *context))
{
        if (release != NULL)
                release(context);
}

static void owned_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct own_context *own = operation->owner;
        int *ret_result = own->ret_result;
        void *context = own->context;
        void (*release)(void *context) = own->release;

        process_disown(&own->owned);
        own_context_free(&own->owned);
        if (flags & PLATFORM_RAN) {
                *ret_result = result;
                result = 0;
        } else if (!(flags & PLATFORM_LEFT)) {
                own_context_release(context, release);
        }
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t owned_begin(int (*function)(void *context), void *context,
                           void (*release)(void *context), unsigned flags, int *ret_result)
{
        struct operation *operation = NULL;
        struct own_context *own = NULL;
        int64_t begun = -ENOMEM;

        if (function == NULL || ret_result == NULL || (flags & ~(unsigned)FLAGS) != 0) {
                begun = -EINVAL;
                goto failed;
        }
        own = stack_piece_new(sizeof *own);
        operation = offload_operation(function, context, flags | PLATFORM_CALL_LEAVE);
        if (own == NULL || operation == NULL)
                goto failed;
        own->context = context;
        own->release = release;
        own->ret_result = ret_result;
        platform_call_set_release(&operation->op, release);
        operation->owner = own;
        operation->done = owned_done;
        begun = wait_operation_as(operation, ACTIVITY_STATE_WAITING_OFFLOAD);
        operation = NULL; /* the wait's, or freed */
        if (begun != WAIT_SUSPEND)
                goto failed;
        process_own(process_self(), &own->owned, own_context_free);
        return begun;
failed:
        if (own != NULL)
                own_context_free(&own->owned);
        if (operation != NULL)
                operation_free(operation);
        own_context_release(context, release);
        return begun;
}

MORI_ASYNC int mori_offload_owned(int (*function)(void *context), void *context,
                                  void (*release)(void *context), unsigned flags, int *ret_result)
{
        int64_t begun = owned_begin(function, context, release, flags, ret_result);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
