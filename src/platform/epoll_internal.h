/* SPDX-License-Identifier: MIT */
/* The engine on epoll: its records, shared by epoll.c (who waits for what) and epoll_try.c (the
 * calls). Private to them. */
#pragma once

#include "platform/backend.h"
#include "platform/waker.h"

enum { READY_IN = 1, READY_OUT = 2, READY_HUP = 4 };

struct slot {
        struct platform_op *readers, *readers_tail;
        struct platform_op *writers, *writers_tail;
        struct platform_op *others; /* in no order */
        uint32_t word;              /* see (3) */
        uint8_t ready;
        bool registered, no_nowait;
};

struct engine {
        struct platform_io io;
        int epoll_fd;
        struct slot *slots;
        uint32_t slots_count;
        struct op_queue queue;
        struct op_queue retry; /* the kernel has no event for what they wait for */
        uint32_t waits_without_poll;
        bool no_pwait2;
        struct receive_pool receive;
        struct platform_pool *pool;
        uint32_t pool_count;
        struct signal_watch signals;
        struct waker waker;
};

static inline struct engine *engine_of(struct platform_io *io)
{
        return (struct engine *)(void *)io;
}

/* What came of a try. */
enum outcome {
        TRY_DONE,   /* `result` */
        TRY_MORE,   /* one completion of MULTI: `result` and `buffer` */
        TRY_READ,   /* wait for input */
        TRY_WRITE,  /* wait for room */
        TRY_POLL,   /* wait for what POLL asks for */
        TRY_SOURCE, /* SPLICE: wait for its source */
        TRY_POOL,
        TRY_AGAIN,
        TRY_LATER, /* in a millisecond: there is no event to wait for */
};

struct attempt {
        int32_t result;
        uint16_t buffer;
};

static inline bool slot_is_ours(const struct slot *slot)
{
        return (slot->word & 3u) != DESCRIPTOR_UNKNOWN;
}

/* epoll_try.c */

/* A negative errno, or the kind. */
int slot_kind(const struct slot *slot, int fd);
/* Tries an operation but CLOSE, without blocking. `slot` is that of op->fd; NULL for those that
 * need none. */
enum outcome epoll_try(struct engine *engine, struct slot *slot, struct platform_op *op,
                       struct attempt *attempt);
