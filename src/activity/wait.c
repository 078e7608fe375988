/* SPDX-License-Identifier: MIT */
/*
 * Waits: lists of waiters, operations, and the way in which a wait is interrupted. The halves of a
 * wait are described in wait.h.
 *
 *      running --first half: arm--> waiting (list, op, timer, select) --what it waited for--> ready
 *                                      |
 *                                      +--wait_interrupt--> list, timer, select: ready at once
 *                                                           op: ready at its last completion
 *
 * Invariants.
 *  (1) A waiting activity is known to exactly one thing that will wake it, and that thing is in its
 *      `wait` or its links.
 *  (2) An activity is woken once: whoever wakes it has taken it out of that thing first.
 *  (3) An operation is freed by its last completion, never by a cancellation.
 */
#include "activity/wait.h"

#include "activity/parallel.h"
#include "activity/process.h"
#include "activity/waiters.h"
#include "turn/seat.h"

#include <errno.h>

int wait_cancelled(void)
{
        struct activity *activity = worker_self()->activity;

        return likely(activity_level(activity) == CANCEL_NONE)
                       ? 0
                       : (int)activity_cancel_answer(activity);
}

struct activity *wait_begin(uint8_t state, void *wait)
{
        struct activity *activity = worker_self()->activity;

        assert_always(activity != NULL && activity->segment.state == ACTIVITY_STATE_RUNNING);
        activity->segment.state = state;
        activity->wait = wait;
        return activity;
}

/* ---- Lists */

void wait_list_init(struct wait_list *list)
{
        assert_always(((uintptr_t)list & 15) == 0);
        list->next = list->previous = stack_ref_of(wait_list_node(list));
}

bool wait_list_is_empty(const struct wait_list *list)
{
        return list->next == stack_ref_of(wait_list_node(list));
}

struct activity *wait_list_first(const struct wait_list *list)
{
        return wait_list_is_empty(list) ? NULL : activity_at(list->next);
}

void wait_list_add(struct wait_list *list, struct activity *node)
{
        struct activity *last = activity_at(list->previous);

        node->link_next = stack_ref_of(wait_list_node(list));
        node->link_previous = list->previous;
        last->link_next = stack_ref_of(node);
        list->previous = stack_ref_of(node);
}

void wait_list_add_first(struct wait_list *list, struct activity *node)
{
        struct activity *first = activity_at(list->next);

        node->link_previous = stack_ref_of(wait_list_node(list));
        node->link_next = list->next;
        first->link_previous = stack_ref_of(node);
        list->next = stack_ref_of(node);
}

void wait_list_remove(struct activity *node)
{
        activity_at(node->link_next)->link_previous = node->link_previous;
        activity_at(node->link_previous)->link_next = node->link_next;
        node->link_next = node->link_previous = 0;
}

/* ---- Operations */

static struct file *file_at(struct process *process, uint32_t index)
{
        return &process->files[index];
}

void wait_files_enter(const struct operation *operation)
{
        if (operation->file != 0)
                file_at(operation->process, operation->file)->operations++;
        if (operation->source != 0)
                file_at(operation->process, operation->source)->operations++;
}

static void file_leave(struct process *process, struct file *file)
{
        stack_ref closer = file->closer;

        if (--file->operations == 0 && closer != 0) {
                file->closer = 0;
                process_wake(process, activity_at(closer), 0);
        }
}

void wait_files_leave(struct process *process, uint32_t file, uint32_t source)
{
        if (file != 0)
                file_leave(process, file_at(process, file));
        if (source != 0)
                file_leave(process, file_at(process, source));
}

int32_t wait_files_answer(const struct operation *operation, int32_t result)
{
        struct process *process = operation->process;

        if (result == -ECANCELED &&
            ((operation->file != 0 && file_at(process, operation->file)->closing) ||
             (operation->source != 0 && file_at(process, operation->source)->closing)))
                return -EBADF;
        return result;
}

void wait_operation_done(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer)
{
        struct process *process = operation->process;
        struct activity *activity = activity_at(operation->activity);
        uint32_t file = operation->file, source = operation->source;
        int64_t reason = 0, answer;

        (void)flags;
        (void)buffer;
        if (result == -ECANCELED && operation->cancelled &&
            activity_level(activity) != CANCEL_NONE)
                reason = activity_cancel_answer(activity);
        answer = reason != 0 ? reason : wait_files_answer(operation, result);
        operation_free(operation);
        process_wake(process, activity, answer);
        wait_files_leave(process, file, source);
}

int64_t wait_operation_as(struct operation *operation, uint8_t state)
{
        int error;

        error = wait_cancelled();
        if (error < 0) {
                operation_free(operation);
                return error;
        }
        if (operation->done == NULL)
                operation->done = wait_operation_done;
        operation->activity = stack_ref_of(wait_begin(state, operation));
        wait_files_enter(operation);
        operation_submit(operation);
        return WAIT_SUSPEND;
}

int64_t wait_operation_quiet(struct operation *operation)
{
        operation->done = wait_operation_done;
        operation->activity = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_QUIET, operation));
        wait_files_enter(operation);
        operation_submit(operation);
        return WAIT_SUSPEND;
}

/*
 * The last word on an operation for which nobody waits any more, as SEED_BUG_BUFFER_TOO_EARLY has
 * it.
 */
static void operation_forget(struct operation *operation, int32_t result, uint32_t flags,
                             uint16_t buffer)
{
        (void)result;
        (void)flags;
        (void)buffer;
        wait_files_leave(operation->process, operation->file, operation->source);
        operation_free(operation);
}

void wait_interrupt(struct activity *activity, int error)
{
        switch (activity->segment.state) {
        case ACTIVITY_STATE_WAITING_LIST:
                if (!SEED_BUG(SEED_BUG_DOUBLE_WAKE_UP))
                        wait_list_remove(activity);
                process_wake(process_self(), activity, error);
                break;
        case ACTIVITY_STATE_WAITING_OP:
                operation_cancel(activity->wait);
                if (SEED_BUG(SEED_BUG_BUFFER_TOO_EARLY)) {
                        ((struct operation *)activity->wait)->done = operation_forget;
                        process_wake(process_self(), activity, error);
                }
                break;
        case ACTIVITY_STATE_WAITING_OFFLOAD:
        case ACTIVITY_STATE_WAITING_WATCH:
                operation_cancel(activity->wait);
                break;
        case ACTIVITY_STATE_WAITING_PARALLEL:
                parallel_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_TIMER:
                sleep_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_SELECT:
                select_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_RECEIVE:
                receive_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_NAME:
                resolve_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_PROMISE:
                promise_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_SPAWNED:
                child_interrupt(activity);
                break;
        case ACTIVITY_STATE_WAITING_PROCESS:
                process_wait_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_TRAPPED:
                trap_wait_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_ENDS:
                ends_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_CALL:
                call_interrupt(activity, error);
                break;
        case ACTIVITY_STATE_WAITING_TURN:
                turn_interrupt(activity, error);
                break;
        default: /* running, ready, done: nothing to end; joins and quiet waits cannot be */
                if (!sync_interrupt(activity, error))
                        lock_interrupt(activity, error);
                break;
        }
}
