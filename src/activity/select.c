/* SPDX-License-Identifier: MIT */
/*
 * Select, and waiting for the end of activities.
 *
 *      try the cases in order --one can happen--> done, without a wait
 *             | none
 *             v
 *      arm: a node in each queue's list, a timer, an operation, a mark on each activity
 *             |
 *      waiting --the first happens--> disarm all others --> ready, with its index
 *             +-----cancelled-------> disarm all ---------> ready, with the error
 *
 * A case that waits has a node: a piece of the arena that looks like an activity to the list of a
 * queue. A polled file is an operation; where another case comes first it is cancelled, and its
 * completion, which comes later, finds that it belongs to nobody. Of a socket that has a receiver
 * the kernel knows less than the receiver, which is watched.
 *
 * Invariants.
 *  (1) A select that waits has armed each of its cases once; after it was woken none is armed.
 *  (2) Of the cases exactly one takes effect. An item is copied only for the one that does.
 */
#include <mori/select.h>

#include "activity/activity.h"
#include "activity/deadlock.h"
#include "activity/queue.h"
#include "activity/receive.h"
#include "activity/select.h"
#include "activity/select_node.h"
#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

static void node_release(struct owned *owned)
{
        struct select_node *node = CONTAINER_OF(owned, struct select_node, owned);

        seat_timer_stop(&node->timer);
        stack_piece_free(node, sizeof *node);
}

/* Undoes the arming of every case. */
static void disarm(mori_case *cases, unsigned count)
{
        unsigned i;

        for (i = 0; i < count; i++) {
                struct select_node *node = cases[i].node;

                if (cases[i].kind == MORI_CASE_KIND_DONE && node != NULL) {
                        struct activity *activity = node->list.wait;

                        activity->joiner = 0;
                        if (!(activity_flags(activity) & ACTIVITY_FLAG_IGNORED))
                                activity_flags_clear(activity, ACTIVITY_FLAG_NOTIFY);
                }
                if (node == NULL)
                        continue;
                if (node->listed)
                        wait_list_remove(&node->list);
                receive_watch_end(&node->watch);
                if (node->operation != NULL) {
                        node->operation->owner = NULL; /* its completion finds nobody */
                        operation_cancel(node->operation);
                }
                process_disown(&node->owned);
                node_release(&node->owned);
                cases[i].node = NULL;
        }
}

/* The case of a node happens. */
static void happen(struct select_node *node, int result)
{
        struct activity *activity = node->activity;
        unsigned index = node->index;

        node->cases[index].result = result;
        disarm(node->cases, node->count);
        process_wake(process_self(), activity, index);
}

void *select_take(struct activity *waiter)
{
        struct select_node *node = (struct select_node *)waiter;

        wait_list_remove(&node->list);
        node->listed = false;
        return node->list.wait;
}

void select_wake(struct activity *waiter, int result)
{
        happen((struct select_node *)waiter, result);
}

static void node_fire(struct timer *timer)
{
        struct select_node *node = CONTAINER_OF(timer, struct select_node, timer);

        if (seat_timer_fires(timer, timer->process))
                happen(node, 0);
}

static void node_polled(struct operation *operation, int32_t result, uint32_t flags,
                        uint16_t buffer)
{
        struct process *process = operation->process;
        struct select_node *node = operation->owner;
        uint32_t file = operation->file;

        (void)flags;
        (void)buffer;
        result = wait_files_answer(operation, result);
        operation_free(operation);
        if (node != NULL) {
                node->operation = NULL;
                happen(node, result);
        }
        wait_files_leave(process, file, 0);
}

static void node_received(struct receive_watch *watch, int result)
{
        happen(CONTAINER_OF(watch, struct select_node, watch), result);
}

static struct activity *find(mori_activity handle)
{
        struct activity *activity = activity_of_handle(handle);

        if (activity == NULL)
                activity_handle_bad(handle.word);
        return activity;
}

/*
 * What a case answers without waiting: -EAGAIN where it must wait; -EINVAL etc. where the whole
 * select fails.
 */
static int try_case(mori_case *one, bool *ret_happened)
{
        struct activity *activity;
        struct file *file;
        int result = -EAGAIN;

        switch (one->kind) {
        case MORI_CASE_KIND_RECEIVE:
                result = mori_queue_try_receive_item(one->on.queue.queue, one->on.queue.item,
                                                     one->on.queue.bytes);
                break;
        case MORI_CASE_KIND_SEND:
                result = mori_queue_try_send_item(one->on.queue.queue, one->on.queue.item,
                                                  one->on.queue.bytes);
                break;
        case MORI_CASE_KIND_DONE:
                activity = find(one->on.activity);
                if (activity->segment.state == ACTIVITY_STATE_DONE)
                        result = 0;
                else if (activity->joiner != 0)
                        return -EBUSY;
                break;
        case MORI_CASE_KIND_AFTER:
                if (one->on.duration <= 0)
                        result = 0;
                break;
        case MORI_CASE_KIND_READY:
                file = process_file(process_self(), one->on.ready.file);
                if (file == NULL)
                        return -EBADF;
                if ((one->on.ready.events & receive_events(file)) != 0)
                        result = POLLIN;
                break;
        default:
                return -EINVAL;
        }
        if (result == -EINVAL)
                return result;
        *ret_happened = result != -EAGAIN;
        one->result = result;
        return 0;
}

static int arm(mori_case *one, struct select_node *node)
{
        struct process *process = process_self();
        struct queue *queue;
        struct file *file;
        int events;

        switch (one->kind) {
        case MORI_CASE_KIND_RECEIVE:
        case MORI_CASE_KIND_SEND:
                queue = (struct queue *)one->on.queue.queue;
                node->list.wait = one->on.queue.item;
                node->listed = true;
                queue->shown.waiting |= QUEUE_WAITERS;
                wait_list_add(one->kind == MORI_CASE_KIND_RECEIVE ? &queue->receivers
                                                                  : &queue->senders,
                              &node->list);
                return 0;
        case MORI_CASE_KIND_DONE:
                node->list.wait = find(one->on.activity);
                activity_flags_set(node->list.wait, ACTIVITY_FLAG_NOTIFY);
                ((struct activity *)node->list.wait)->joiner = stack_ref_of(node->activity);
                return 0;
        case MORI_CASE_KIND_AFTER:
                node->timer.fire = node_fire;
                seat_timer_start(&node->timer, one->on.duration);
                return 0;
        default:
                file = process_file(process, one->on.ready.file);
                events = one->on.ready.events;
                node->watch.seen = node_received;
                if ((events & POLLIN) && receive_watch_begin(file, &node->watch))
                        events &= ~POLLIN;
                if (events == 0 && node->watch.link != NULL)
                        return 0;
                node->operation = operation_new(process);
                if (node->operation == NULL)
                        return -ENOMEM;
                node->operation->op.code = PLATFORM_POLL;
                node->operation->op.fd = file->fd;
                node->operation->op.flags = (uint32_t)events | POLLERR | POLLHUP; /* unasked, too */
                node->operation->file = (uint32_t)one->on.ready.file;
                node->operation->owner = node;
                node->operation->done = node_polled;
                wait_files_enter(node->operation);
                operation_submit(node->operation);
                return 0;
        }
}

/* It waits for activities only, so that it may be in a circle. */
static bool only_ends(const mori_case *cases, unsigned count)
{
        unsigned i;

        for (i = 0; i < count && cases[i].kind == MORI_CASE_KIND_DONE; i++)
                continue;
        return i == count;
}

unsigned select_count(const mori_case *cases)
{
        return ((const struct select_node *)cases[0].node)->count;
}

static int64_t select_begin(mori_case *cases, unsigned count)
{
        struct activity *activity = worker_self()->activity;
        unsigned i;
        int error = count == 0 ? -EINVAL : cases == NULL ? -EFAULT : wait_cancelled();

        for (i = 0; i < count && error == 0; i++)
                cases[i].node = NULL;
        for (i = 0; i < count && error == 0; i++) {
                bool happened = false;

                error = try_case(&cases[i], &happened);
                if (error == 0 && happened)
                        return i;
        }
        if (error < 0)
                return error;
        for (i = 0; i < count && error == 0; i++) {
                struct select_node *node = stack_piece_new(sizeof *node);

                if (node == NULL) {
                        error = -ENOMEM;
                        break;
                }
                process_own(process_self(), &node->owned, node_release);
                node->list.segment.state = ACTIVITY_STATE_SELECT_NODE;
                node->activity = activity;
                node->cases = cases;
                node->count = count;
                node->index = i;
                cases[i].node = node;
                error = arm(&cases[i], node);
        }
        if (error == 0 && only_ends(cases, count) &&
            deadlock_closes(ACTIVITY_STATE_WAITING_SELECT, cases))
                error = -EDEADLK;
        if (error < 0) {
                disarm(cases, count);
                return error;
        }
        wait_begin(ACTIVITY_STATE_WAITING_SELECT, cases);
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_select(mori_case *cases, unsigned count)
{
        int64_t begun = select_begin(cases, count);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

void select_interrupt(struct activity *activity, int error)
{
        mori_case *cases = activity->wait;
        struct select_node *node = cases[0].node;

        disarm(cases, node->count);
        process_wake(process_self(), activity, error);
}

void select_activity_done(struct activity *waiter, struct activity *done)
{
        mori_case *cases = waiter->wait;
        struct select_node *node = cases[0].node;
        unsigned i;

        for (i = 0; i < node->count; i++) {
                struct select_node *one = cases[i].node;

                if (cases[i].kind == MORI_CASE_KIND_DONE && one->list.wait == done) {
                        happen(one, 0);
                        return;
                }
        }
}

/* ---- The end of activities, as a select of them */

MORI_ASYNC int mori_wait(mori_activity activity)
{
        mori_case one = {.kind = MORI_CASE_KIND_DONE, .on = {.activity = activity}};
        int index = MORI_AWAIT mori_select(&one, 1);

        return index < 0 ? index : 0;
}

/* The cases of mori_wait_any() come from the process's memory: their number is the caller's. */
static mori_case *cases_of(const mori_activity *activities, unsigned count);
static void cases_free(mori_case *cases);

MORI_ASYNC int mori_wait_any(const mori_activity *activities, unsigned count)
{
        mori_case *cases = activities == NULL ? NULL : cases_of(activities, count);
        int index = activities == NULL ? -EFAULT
                    : cases == NULL ? (count == 0 ? -EINVAL : -ENOMEM)
                                  : MORI_AWAIT mori_select(cases, count);

        cases_free(cases);
        return index;
}

MORI_ASYNC int mori_wait_all(const mori_activity *activities, unsigned count)
{
        unsigned i;

        if (activities == NULL && count != 0)
                return -EFAULT;
        for (i = 0; i < count; i++) {
                int error = MORI_AWAIT mori_wait(activities[i]);

                if (error < 0)
                        return error;
        }
        return 0;
}

struct cases {
        struct owned owned;
        mori_case cases[];
};

static void cases_release(struct owned *owned)
{
        free(owned);
}

static mori_case *cases_of(const mori_activity *activities, unsigned count)
{
        struct cases *cases =
                count == 0 ? NULL : calloc(1, sizeof *cases + count * sizeof cases->cases[0]);
        unsigned i;

        if (cases == NULL)
                return NULL;
        for (i = 0; i < count; i++)
                cases->cases[i] =
                        (mori_case){.kind = MORI_CASE_KIND_DONE, .on = {.activity = activities[i]}};
        process_own(process_self(), &cases->owned, cases_release);
        return cases->cases;
}

static void cases_free(mori_case *first)
{
        struct cases *cases;

        if (first == NULL)
                return;
        cases = CONTAINER_OF(first, struct cases, cases);
        process_disown(&cases->owned);
        free(cases);
}
