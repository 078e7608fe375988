/* SPDX-License-Identifier: MIT */
/*
 * Queues. A ring of items, and two lists of waiters, of which at most one is not empty:
 *
 *      senders wait    only while the ring is full
 *      receivers wait  only while the ring is empty
 *
 * Whoever makes room, or brings an item, completes the first waiter's call itself: it copies
 * between the ring and the waiter's item, whose address the waiter keeps in `wait`, and wakes it
 * with 0. So a waiter never looks again, nobody can overtake it, and a cancellation finds it either
 * in the list (the call has not happened) or ready (it has).
 *
 * A waiter is an activity, or the node of a select (select.c), whose copy goes through
 * select_take().
 *
 * Invariants.
 *  (1) count <= capacity; head < capacity.
 *  (2) Receivers wait only where count is 0, senders only where count is capacity; nobody waits
 *      once it is closed.
 *  (3) `waiting` has QUEUE_CLOSED once closed, and QUEUE_WAITERS whenever somebody waits: only then
 *      must the fast paths of the header not be taken. A cancellation may leave QUEUE_WAITERS
 *      behind; the next slow call takes it away.
 */
#include <mori/queue.h>

#include "activity/queue.h"
#include "activity/select.h"
#include "activity/wait.h"

#include <errno.h>
#include <stdlib.h>

mori_queue *mori_queue_new(size_t capacity, size_t item_bytes)
{
        struct queue *queue;

        if (capacity == 0 || item_bytes == 0 || capacity > ((size_t)1 << 31) / item_bytes)
                return NULL;
        queue = stack_piece_new(sizeof *queue);
        if (queue == NULL)
                return NULL;
        queue->shown.items = capacity * item_bytes <= sizeof queue->small
                                     ? queue->small
                                     : malloc(capacity * item_bytes);
        if (queue->shown.items == NULL) {
                stack_piece_free(queue, sizeof *queue);
                return NULL;
        }
        queue->shown.capacity = (uint32_t)capacity;
        queue->shown.item_bytes = (uint32_t)item_bytes;
        wait_list_init(&queue->senders);
        wait_list_init(&queue->receivers);
        queue->shown.receivers = stack_ref_of(wait_list_node(&queue->receivers));
        queue->process = process_self();
        process_own(queue->process, &queue->owned, queue_release);
        return &queue->shown;
}

void queue_release(struct owned *owned)
{
        struct queue *queue = CONTAINER_OF(owned, struct queue, owned);

        if (queue->shown.items != queue->small)
                free(queue->shown.items);
        stack_piece_free(queue, sizeof *queue);
}

mori_queue *mori_queue_free(mori_queue *shown)
{
        struct queue *queue = (struct queue *)shown;

        if (queue == NULL)
                return NULL;
        if (!wait_list_is_empty(&queue->senders) || !wait_list_is_empty(&queue->receivers))
                process_abandon("a queue is freed while activities wait for it");
        process_disown(&queue->owned);
        queue_release(&queue->owned);
        return NULL;
}

size_t mori_queue_count(const mori_queue *queue)
{
        return queue->count;
}

static void *ring_at(const struct mori_queue *queue, uint32_t index)
{
        return queue->items + (size_t)index * queue->item_bytes;
}

static inline void item_copy(void *to, const void *from, uint32_t bytes)
{
        if (likely(bytes == 8))
                memcpy(to, from, 8);
        else
                memcpy(to, from, bytes);
}

static void ring_push(struct mori_queue *queue, const void *item)
{
        uint32_t at = queue->head + queue->count;

        item_copy(ring_at(queue, at >= queue->capacity ? at - queue->capacity : at), item,
                  queue->item_bytes);
        queue->count++;
}

static void ring_pop(struct mori_queue *queue, void *item)
{
        item_copy(item, ring_at(queue, queue->head), queue->item_bytes);
        queue->head = queue->head + 1 == queue->capacity ? 0 : queue->head + 1;
        queue->count--;
}

/*
 * Takes the first waiter out of a list and answers its item; it is woken with `answer` by
 * waiter_wake(). NULL where there is none.
 */
static struct activity *waiter_take(struct queue *queue, struct wait_list *list, void **ret_item)
{
        struct activity *waiter = wait_list_first(list);

        if (waiter == NULL) {
                if (wait_list_is_empty(&queue->senders) && wait_list_is_empty(&queue->receivers))
                        queue->shown.waiting &= ~QUEUE_WAITERS; /* (3) */
                return NULL;
        }
        if (waiter->segment.state == ACTIVITY_STATE_SELECT_NODE) {
                *ret_item = select_take(waiter);
        } else {
                wait_list_remove(waiter);
                *ret_item = waiter->wait;
        }
        if (wait_list_is_empty(list) || SEED_BUG(SEED_BUG_LOST_WAKE_UP))
                queue->shown.waiting &= ~QUEUE_WAITERS;
        return waiter;
}

static void waiter_wake(struct queue *queue, struct activity *waiter, int answer)
{
        if (waiter->segment.state == ACTIVITY_STATE_SELECT_NODE)
                select_wake(waiter, answer);
        else
                process_wake(queue->process, waiter, answer);
}

void mori_queue_close(mori_queue *shown)
{
        struct queue *queue = (struct queue *)shown;
        struct activity *waiter;
        void *item;

        queue->shown.waiting |= QUEUE_CLOSED;
        while ((waiter = waiter_take(queue, &queue->senders, &item)) != NULL)
                waiter_wake(queue, waiter, -EPIPE);
        while ((waiter = waiter_take(queue, &queue->receivers, &item)) != NULL)
                waiter_wake(queue, waiter, -EPIPE);
}

int mori_queue_try_send_item(mori_queue *shown, const void *item, size_t bytes)
{
        struct queue *queue = (struct queue *)shown;
        struct activity *waiter;
        void *target;

        if (bytes != shown->item_bytes)
                return -EINVAL;
        if (shown->waiting & QUEUE_CLOSED)
                return -EPIPE;
        waiter = waiter_take(queue, &queue->receivers, &target);
        if (waiter != NULL) {
                item_copy(target, item, shown->item_bytes);
                waiter_wake(queue, waiter, 0);
                return 0;
        }
        if (shown->count == shown->capacity)
                return -EAGAIN;
        ring_push(shown, item);
        return 0;
}

int mori_queue_try_receive_item(mori_queue *shown, void *item, size_t bytes)
{
        struct queue *queue = (struct queue *)shown;
        struct activity *waiter;
        void *source;

        if (bytes != shown->item_bytes)
                return -EINVAL;
        if (shown->count == 0)
                return shown->waiting & QUEUE_CLOSED ? -EPIPE : -EAGAIN;
        ring_pop(shown, item);
        waiter = waiter_take(queue, &queue->senders, &source);
        if (waiter != NULL) {
                ring_push(shown, source);
                waiter_wake(queue, waiter, 0);
        }
        return 0;
}

/* The first halves of the calls that wait. */
static int64_t wait_in(struct queue *queue, struct wait_list *list, void *item)
{
        int error = wait_cancelled();

        if (error < 0)
                return error;
        wait_list_add(list, wait_begin(ACTIVITY_STATE_WAITING_LIST, item));
        queue->shown.waiting |= QUEUE_WAITERS;
        return WAIT_SUSPEND;
}

static int64_t send_begin(mori_queue *shown, const void *item, size_t bytes)
{
        struct queue *queue = (struct queue *)shown;
        int error = mori_queue_try_send_item(shown, item, bytes);

        return error != -EAGAIN ? error : wait_in(queue, &queue->senders, (void *)(uintptr_t)item);
}

static int64_t receive_begin(mori_queue *shown, void *item, size_t bytes)
{
        struct queue *queue = (struct queue *)shown;
        int error = mori_queue_try_receive_item(shown, item, bytes);

        return error != -EAGAIN ? error : wait_in(queue, &queue->receivers, item);
}

/*
 * The two meetings that a queue is there for, in async code without a gate: a send that finds a
 * receiver waiting, and a receive that finds nothing. False where it is any other case. The worker
 * is found by worker_here(), because this is compiled into async functions.
 */
static inline __attribute__((always_inline)) MORI_ASYNC bool
send_meets(struct queue *queue, const void *item, size_t bytes)
{
        WORKER_SEGMENTED *worker = MORI_AWAIT worker_here();
        char *arena = worker->arena;
        struct activity *waiter, *next;
        struct turns *turns;
        stack_ref ref = queue->receivers.next, list_ref = queue->shown.receivers;

        waiter = (struct activity *)(arena + ((size_t)ref << STACK_REF_SHIFT));
        if (ref == list_ref || bytes != 8 || queue->shown.item_bytes != 8 ||
            waiter->segment.state != ACTIVITY_STATE_WAITING_LIST ||
            worker->process != queue->process)
                return false;
        if (likely(waiter->link_next == list_ref)) { /* the only one, as most are */
                queue->receivers.next = list_ref;
                __asm__("" : : : "memory"); /* two stores: dearer as one of a vector */
                queue->receivers.previous = list_ref;
                queue->shown.waiting &= ~QUEUE_WAITERS;
        } else {
                next = (struct activity *)(arena + ((size_t)waiter->link_next << STACK_REF_SHIFT));
                queue->receivers.next = waiter->link_next;
                next->link_previous = waiter->link_previous;
        }
        __builtin_memcpy(waiter->wait, item, 8);
        waiter->wait_result = 0;
        waiter->segment.state = ACTIVITY_STATE_READY;
        turns = worker->ready;
        if (turns->first == 0)
                turns->first = ref;
        else
                turns->refs[turns->tail++ & turns->mask] = ref;
        return true;
}

static inline __attribute__((always_inline)) MORI_ASYNC bool receive_waits(struct queue *queue,
                                                                           void *item, size_t bytes)
{
        WORKER_SEGMENTED *worker = MORI_AWAIT worker_here();
        char *arena = worker->arena;
        struct activity *activity = worker->activity, *last;
        stack_ref ref;

        if (queue->shown.count != 0 || (queue->shown.waiting & QUEUE_CLOSED) ||
            bytes != queue->shown.item_bytes || activity_level(activity) != CANCEL_NONE)
                return false;
        ref = (stack_ref)((size_t)((char *)activity - arena) >> STACK_REF_SHIFT);
        activity->segment.state = ACTIVITY_STATE_WAITING_LIST;
        activity->wait = item;
        last = (struct activity *)(arena +
                                   ((size_t)queue->receivers.previous << STACK_REF_SHIFT));
        activity->link_previous = queue->receivers.previous;
        __asm__("" : : : "memory");
        activity->link_next = queue->shown.receivers;
        last->link_next = ref;
        queue->receivers.previous = ref;
        queue->shown.waiting |= QUEUE_WAITERS;
        return true;
}

/* Everything else. Functions of their own, so that the frames of the two meetings stay empty. */
static __attribute__((noinline)) MORI_ASYNC int send_otherwise(mori_queue *queue, const void *item,
                                                               size_t bytes)
{
        int64_t begun = send_begin(queue, item, bytes);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

static __attribute__((noinline)) MORI_ASYNC int receive_otherwise(mori_queue *queue, void *item,
                                                                  size_t bytes)
{
        int64_t begun = receive_begin(queue, item, bytes);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_queue_send_slow(mori_queue *queue, const void *item, size_t bytes)
{
        if (likely(MORI_AWAIT send_meets((struct queue *)queue, item, bytes)))
                return 0;
        return MORI_AWAIT send_otherwise(queue, item, bytes);
}

MORI_ASYNC int mori_queue_receive_slow(mori_queue *queue, void *item, size_t bytes)
{
        if (likely(MORI_AWAIT receive_waits((struct queue *)queue, item, bytes)))
                return MORI_AWAIT activity_suspend_int();
        return MORI_AWAIT receive_otherwise(queue, item, bytes);
}

/*
 * Moves what can be moved without waiting; the first item of a batch has been moved already. While
 * nobody waits that is at most two copies; a waiter is served by the call for one item.
 */
static int64_t send_rest(mori_queue *queue, const char *items, size_t count)
{
        size_t sent = 1, bytes = queue->item_bytes;

        while (sent < count) {
                uint32_t at = queue->head + queue->count, room = queue->capacity - queue->count,
                         run;

                if (queue->waiting != 0 || room == 0) {
                        if (mori_queue_try_send_item(queue, items + sent * bytes, bytes) != 0)
                                break;
                        sent++;
                        continue;
                }
                at = at >= queue->capacity ? at - queue->capacity : at;
                run = queue->capacity - at < room ? queue->capacity - at : room;
                run = count - sent < run ? (uint32_t)(count - sent) : run;
                memcpy(ring_at(queue, at), items + sent * bytes, run * bytes);
                queue->count += run;
                sent += run;
        }
        return (int64_t)sent;
}

static int64_t receive_rest(mori_queue *queue, char *items, size_t count)
{
        size_t received = 1, bytes = queue->item_bytes;

        while (received < count) {
                uint32_t run = queue->capacity - queue->head;

                if (queue->waiting != 0 || queue->count == 0) {
                        if (mori_queue_try_receive_item(queue, items + received * bytes, bytes) !=
                            0)
                                break;
                        received++;
                        continue;
                }
                run = queue->count < run ? queue->count : run;
                run = count - received < run ? (uint32_t)(count - received) : run;
                memcpy(items + received * bytes, ring_at(queue, queue->head), run * bytes);
                queue->head = queue->head + run == queue->capacity ? 0 : queue->head + run;
                queue->count -= run;
                received += run;
        }
        return (int64_t)received;
}

MORI_ASYNC int64_t mori_queue_send_many(mori_queue *queue, const void *items, size_t count)
{
        int error = count == 0 ? -EINVAL
                               : MORI_AWAIT mori_queue_send_slow(queue, items, queue->item_bytes);

        return error < 0 ? error : send_rest(queue, items, count);
}

MORI_ASYNC int64_t mori_queue_receive_many(mori_queue *queue, void *items, size_t count)
{
        int error = count == 0
                            ? -EINVAL
                            : MORI_AWAIT mori_queue_receive_slow(queue, items, queue->item_bytes);

        return error < 0 ? error : receive_rest(queue, items, count);
}

void queue_check(const mori_queue *shown)
{
        const struct queue *queue = (const struct queue *)shown;

        /* (1) */
        assert_always(shown->count <= shown->capacity && shown->head < shown->capacity);
        /* (2) */
        assert_always(wait_list_is_empty(&queue->receivers) || shown->count == 0);
        /* (2) */
        assert_always(wait_list_is_empty(&queue->senders) || shown->count == shown->capacity);
        assert_always(
                (shown->waiting & QUEUE_WAITERS) != 0 ||
                /* (3) */
                (wait_list_is_empty(&queue->receivers) && wait_list_is_empty(&queue->senders)));
}
