/* SPDX-License-Identifier: MIT */
/*
 * Registered buffers. An area is a record that the process owns from before a thread of the pool
 * makes it (platform/area.h) until it is freed; while it can be used it is in the process's list,
 * too, where each transfer is looked for, if there is any.
 *
 *      being made ---> in the list ---mori_buffers_free()---> cancelled ---> retired ---> unmapped
 *                                                  by `uses` operations, if any
 *
 * Invariants.
 *  (1) `uses` counts the operations under way that name the area. It is retired when there are
 *      none: by its free, which waits for that, or by the teardown, which comes after all
 *      operations.
 *  (2) Retiring wakes the engines that have it, so that they let go of the pages; nothing waits for
 *      that, since none of them uses it any more.
 */
#include "activity/buffers.h"

#include "activity/offload.h"
#include "platform/area.h"
#include "turn/domain.h"
#include "turn/seat.h"

#include <mori/buffers.h>

#include <errno.h>
#include <stdlib.h>

_Static_assert(MORI_BUFFERS_MAX == PLATFORM_AREAS_MAX &&
                       MORI_BUFFERS_BYTES_MAX == PLATFORM_AREA_BYTES_MAX,
               "the limits are the platform's");

struct buffers {
        struct owned owned;
        mori_buffers shown;
        struct platform_area area;
        uint32_t uses;
        bool freeing;
        stack_ref freer;              /* who waits for the last use, or 0 */
        struct buffers *next, **link; /* in the process's list */
};

/* ---- Transfers */

/* The area that has all of these bytes, or NULL. */
static struct buffers *buffers_with(const struct process *process, const void *address,
                                    size_t bytes)
{
        struct buffers *buffers = process->buffers;

        for (; buffers != NULL; buffers = buffers->next) {
                size_t before = (uintptr_t)address - (uintptr_t)buffers->shown.address;

                if (before < buffers->shown.bytes && bytes <= buffers->shown.bytes - before)
                        break;
        }
        return buffers;
}

int64_t buffers_wait(struct operation *operation,
                     void (*done)(struct operation *operation, int32_t result, uint32_t flags,
                                  uint16_t buffer))
{
        struct platform_op *op = &operation->op;
        struct buffers *buffers = buffers_with(operation->process, op->address, op->length);
        int64_t begun;

        if (buffers != NULL) {
                op->op_flags |= PLATFORM_OP_REGISTERED;
                op->mask = buffers->area.number;
                operation->owner = buffers;
                operation->done = done;
        }
        begun = wait_operation(operation);
        if (buffers != NULL && begun == WAIT_SUSPEND)
                buffers->uses++;
        return begun;
}

void buffers_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct process *process = operation->process;
        struct buffers *buffers = operation->owner;
        stack_ref freer;

        if (result >= 0 && flags & PLATFORM_REGISTERED)
                process->rare->buffers_use.registered++;
        else if (result >= 0)
                process->rare->buffers_use.plain++;
        if (result == -ECANCELED && buffers->freeing &&
            activity_cancel_answer(activity_at(operation->activity)) == 0)
                result = -EFAULT; /* as with a close: what was cancelled itself says that */
        wait_operation_done(operation, result, flags, buffer);
        freer = buffers->freer;
        if (--buffers->uses == 0 && freer != 0) {
                buffers->freer = 0;
                process_wake(process, activity_at(freer), 0);
        }
}

void mori_buffers_counts(mori_buffers_use *ret_use)
{
        const struct process_rare *rare = process_self()->rare;

        *ret_use = (mori_buffers_use){0};
        if (rare != NULL)
                *ret_use = (mori_buffers_use){.registered = rare->buffers_use.registered,
                                              .plain = rare->buffers_use.plain};
}

/* ---- Areas */

static void list_remove(struct buffers *buffers)
{
        if (buffers->link == NULL)
                return;
        *buffers->link = buffers->next;
        if (buffers->next != NULL)
                buffers->next->link = buffers->link;
        buffers->link = NULL;
}

static void retire(struct buffers *buffers)
{
        if (platform_area_retire(&buffers->area)) {
                domain_wake(seat_hold()->domain);
                seat_release();
        }
}

static void buffers_release(struct owned *owned)
{
        struct buffers *buffers = CONTAINER_OF(owned, struct buffers, owned);

        list_remove(buffers);
        retire(buffers);
        platform_area_free(&buffers->area);
        free(buffers);
}

static int make_in_thread(void *context)
{
        struct buffers *buffers = context;

        return platform_area_new(&buffers->area, buffers->shown.bytes);
}

static int64_t make_begin(size_t bytes, const mori_buffers **ret_buffers,
                          struct buffers **ret_record)
{
        struct process *process = process_self();
        struct operation *operation;
        struct buffers *buffers;

        *ret_record = NULL;
        if (bytes == 0 || bytes > MORI_BUFFERS_BYTES_MAX || ret_buffers == NULL)
                return -EINVAL;
        buffers = calloc(1, sizeof *buffers);
        if (buffers == NULL)
                return -ENOMEM;
        buffers->shown.bytes = bytes;
        process_own(process, &buffers->owned, buffers_release);
        *ret_record = buffers;
        operation = offload_operation(make_in_thread, buffers, 0);
        return operation == NULL ? -ENOMEM
                                 : wait_operation_as(operation, ACTIVITY_STATE_WAITING_OFFLOAD);
}

static void release(struct buffers *buffers)
{
        process_disown(&buffers->owned);
        buffers_release(&buffers->owned);
}

/* What making it has come to. */
static int made(struct buffers *buffers, int error, const mori_buffers **ret_buffers)
{
        struct process *process = process_self();

        if (error < 0) {
                if (buffers != NULL)
                        release(buffers);
                return error;
        }
        buffers->shown.address = buffers->area.address;
        buffers->next = process->buffers;
        buffers->link = &process->buffers;
        if (buffers->next != NULL)
                buffers->next->link = &buffers->next;
        process->buffers = buffers;
        *ret_buffers = &buffers->shown;
        return 0;
}

MORI_ASYNC int mori_buffers_new(size_t bytes, const mori_buffers **ret_buffers)
{
        struct buffers *buffers;
        int64_t begun = make_begin(bytes, ret_buffers, &buffers);
        int error = begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();

        return made(buffers, error, ret_buffers);
}

/* Nothing finds the area any more, and what uses it is asked to end. */
static struct buffers *free_begin(const mori_buffers *shown)
{
        struct process *process = process_self();
        struct buffers *buffers = process->buffers;
        struct operation *operation;

        while (buffers != NULL && &buffers->shown != shown)
                buffers = buffers->next;
        if (buffers == NULL)
                process_abandon("mori_buffers_free() of what is no area, or is being freed");
        list_remove(buffers);
        buffers->freeing = true;
        for (operation = process->operations; operation != NULL && buffers->uses > 0;
             operation = operation->next)
                if (operation->owner == buffers) /* others' `op` may be a thread's just now */
                        operation_cancel(operation);
        if (buffers->uses > 0)
                buffers->freer = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_QUIET, NULL));
        return buffers;
}

static bool is_waited_for(const struct buffers *buffers)
{
        return buffers->freer != 0;
}

static int unmap_in_thread(void *context)
{
        platform_area_free(context);
        return 0;
}

static int64_t unmap_begin(struct buffers *buffers)
{
        struct operation *operation;

        retire(buffers);
        operation = offload_operation(unmap_in_thread, &buffers->area, 0);
        return operation == NULL ? -ENOMEM : wait_operation_quiet(operation);
}

MORI_ASYNC void mori_buffers_free(const mori_buffers *shown)
{
        struct buffers *buffers;

        if (shown == NULL)
                return;
        buffers = free_begin(shown);
        if (is_waited_for(buffers))
                (void)MORI_AWAIT activity_suspend_int();
        if (unmap_begin(buffers) == WAIT_SUSPEND)
                (void)MORI_AWAIT activity_suspend_int();
        release(buffers); /* and unmaps it here, where no thread could be had for it */
}
