/* SPDX-License-Identifier: MIT */
/*
 * Bounded queues between the activities of a process (C. A. R. Hoare's CSP, with a buffer).
 *
 * Rules.
 *   (1) Items are copied, by value, in the order sent. Senders that wait are served in the order in
 *       which they came; so are receivers.
 *   (2) A send into a full queue waits, a receive from an empty one waits. What need not wait
 *       succeeds even where the activity is cancelled.
 *   (3) No item is lost or doubled by a cancellation: a send or receive that answers an error has
 *       not happened.
 *   (4) After a close sends answer -EPIPE; receives take what is left, and then answer -EPIPE.
 *       Closing wakes all.
 *   (5) A queue belongs to the process: what is not freed is freed with it. It must not be freed
 *       while somebody waits for it.
 */
#pragma once

#include <mori/base.h>

#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A queue. Its fields are the runtime's. */
typedef struct mori_queue mori_queue;

/*
 * Makes a queue of at least 1 item, each `item_bytes` large. NULL with no memory, or for a capacity
 * or size of 0, or above 2^31 bytes in all.
 */
MORI_API mori_queue *mori_queue_new(size_t capacity, size_t item_bytes);
/*
 * Frees it with the items that are left in it. Abandons the process where somebody waits for it.
 * Takes NULL. Returns NULL.
 */
MORI_API mori_queue *mori_queue_free(mori_queue *queue);
/* Closes it (4); once is enough. Does not wait. */
MORI_API void mori_queue_close(mori_queue *queue);
/* How many items are in it now. */
MORI_API size_t mori_queue_count(const mori_queue *queue);

/*
 * Sends *item, or receives into *item, a typed pointer whose size must be that of the queue's items
 * (else -EINVAL). Returns 0; -EPIPE (4), -ECANCELED, -ETIMEDOUT.
 */
#define mori_queue_send(queue, item) mori_queue_send_item(queue, item, sizeof *(item))
#define mori_queue_receive(queue, item) mori_queue_receive_item(queue, item, sizeof *(item))
/* The same without waiting: -EAGAIN instead. Also for sync code. */
#define mori_queue_try_send(queue, item) mori_queue_try_send_item(queue, item, sizeof *(item))
#define mori_queue_try_receive(queue, item) mori_queue_try_receive_item(queue, item, sizeof *(item))

/*
 * A batch: waits until there is room for one item, or one item, and then moves as many of `count`
 * as it can. Returns how many, at least 1; or an error as above.
 */
MORI_API MORI_ASYNC int64_t mori_queue_send_many(mori_queue *queue, const void *items,
                                                 size_t count);
MORI_API MORI_ASYNC int64_t mori_queue_receive_many(mori_queue *queue, void *items, size_t count);

/* ---- What the macros are made of */

/* The part of a queue that the fast paths see; the rest is the runtime's. */
struct mori_queue {
        uint32_t head;    /* index of the oldest item */
        uint32_t count;
        uint32_t capacity;
        uint32_t item_bytes;
        char *items;
        /* not 0 while somebody waits, or once it is closed: the fast paths are not taken */
        uint32_t waiting;
        uint32_t receivers; /* the runtime's own */
};

MORI_API MORI_ASYNC int mori_queue_send_slow(mori_queue *queue, const void *item, size_t bytes);
MORI_API MORI_ASYNC int mori_queue_receive_slow(mori_queue *queue, void *item, size_t bytes);
MORI_API int mori_queue_try_send_item(mori_queue *queue, const void *item, size_t bytes);
MORI_API int mori_queue_try_receive_item(mori_queue *queue, void *item, size_t bytes);

static inline __attribute__((always_inline)) MORI_ASYNC int
mori_queue_send_item(mori_queue *queue, const void *item, size_t bytes)
{
        uint32_t at;

        if (__builtin_expect(queue->waiting != 0 || queue->count == queue->capacity ||
                                     queue->item_bytes != bytes,
                             0))
                return MORI_AWAIT mori_queue_send_slow(queue, item, bytes);
        at = queue->head + queue->count;
        at = at >= queue->capacity ? at - queue->capacity : at;
        memcpy(queue->items + (size_t)at * bytes, item, bytes);
        queue->count++;
        return 0;
}

static inline __attribute__((always_inline)) MORI_ASYNC int
mori_queue_receive_item(mori_queue *queue, void *item, size_t bytes)
{
        if (__builtin_expect(queue->waiting != 0 || queue->count == 0 || queue->item_bytes != bytes,
                             0))
                return MORI_AWAIT mori_queue_receive_slow(queue, item, bytes);
        memcpy(item, queue->items + (size_t)queue->head * bytes, bytes);
        queue->head = queue->head + 1 == queue->capacity ? 0 : queue->head + 1;
        queue->count--;
        return 0;
}

#ifdef __cplusplus
}
#endif
