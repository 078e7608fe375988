/* SPDX-License-Identifier: MIT */
/* The engine on io_uring: its record, shared by uring.c (operations) and uring_ring.c (the ring
 * itself). Private to them. */
#pragma once

#include <liburing.h>
#include <linux/openat2.h>

#include "platform/backend.h"
#include "platform/waker.h"

/* What a request of the ring points to, where the owner has no memory of that shape. */
union uring_beside {
        struct msghdr header;
        struct open_how how;
};

/* Newer than the liburing that we build with. */
#define URING_OP_FTRUNCATE         55         /* 6.9 */
#define URING_SEND_ZC_REPORT_USAGE (1u << 3)  /* 6.2 */
#define URING_FEAT_REG_REG_RING    (1u << 13) /* 6.3: the first sign that the one above is there */
#define URING_NOTIF_COPIED         (1u << 31) /* of a notification's result */

struct uring {
        struct platform_io io;

        struct io_uring_sqe *sqes;
        unsigned *sq_khead, *sq_ktail, *sq_kflags;
        unsigned sq_head, sq_tail, sq_mask, sq_entries;
        unsigned cq_head, cq_mask;
        unsigned *cq_khead, *cq_ktail;
        struct io_uring_cqe *cqes;

        struct platform_op **lists; /* by descriptor, see (4) */
        uint32_t lists_count;
        int enter_fd;
        unsigned enter_flags;
        struct op_queue queue;

        struct io_uring_buf_ring *buffer_ring; /* NULL: we choose buffers ourselves */
        uint16_t buffer_tail;
        uint16_t buffers_looks; /* waits since `buffers_used_max` was begun anew */
        /* buffers that the kernel has, and is to have before each wait; the most it used in one */
        uint32_t buffers_given, buffers_wanted, buffers_used_max;
        uint32_t send_flags;
        bool queue_first; /* the queue was left with work: it goes before completions next time */
        bool multishot, cancel_is_silent;
        bool has_truncate, files_by_pool, zero_copy;
        bool wake_armed, signal_armed;
        struct receive_pool receive;

        struct platform_pool *pool;
        uint32_t pool_count;
        struct signal_watch signals;
        union uring_beside *beside; /* one for each entry of the submission ring */
        char *scratch;          /* pages that are read to be cached go here */
        struct uring_areas *areas; /* NULL: it has met none, or the kernel wants none */
        bool areas_refused;
        size_t buffer_ring_bytes;
        unsigned setup_flags;
        struct io_uring ring;

        /* While another thread drives the engine: see uring_lent.c. */
        void (*lent_ask)(void *argument);
        void *lent_argument;
        uint32_t lent_request, lent_waits;

        struct waker waker;
};

static inline struct uring *uring_of(struct platform_io *io)
{
        return (struct uring *)(void *)io;
}

/* What a request in the kernel is for: in the low bits of its user_data. */
enum {
        TAG_OP = 0,
        TAG_POLL = 1,   /* a poll for an operation */
        TAG_WARM = 2,   /* a read of the pages that it will send */
        TAG_NOBODY = 3, /* a cancel */
        TAG_WAKE = 4,   /* the poll of the wake-up descriptor */
        TAG_SIGNAL = 5, /* the poll of the signal descriptor */
        TAG_ZERO_COPY = 6, /* a send from where the bytes lie, and that they are read no more */
        TAG_MASK = 7,
};

/* ---- The submission ring ---- */

/* uring_lent.c: the same on another thread than the one that made the ring. */
int uring_enter_lent(struct uring *uring, unsigned to_submit, unsigned min_complete);
void uring_lend(struct platform_io *io, void (*ask)(void *argument), void *argument);
void uring_serve(struct platform_io *io);

/* The one system call. 0 or more, or a negative errno. */
static inline int uring_enter(struct uring *uring, unsigned to_submit, unsigned min_complete,
                              unsigned flags, void *argument, size_t argument_bytes)
{
        int result;

        if (to_submit)
                __atomic_store_n(uring->sq_ktail, uring->sq_tail, __ATOMIC_RELEASE);
        if (platform_unlikely(uring->lent_ask != NULL))
                return uring_enter_lent(uring, to_submit, min_complete);
        result = io_uring_enter2((unsigned)uring->enter_fd, to_submit, min_complete,
                                 flags | uring->enter_flags, argument, argument_bytes);
        uring->sq_head = __atomic_load_n(uring->sq_khead, __ATOMIC_ACQUIRE);
        return result;
}

/* NULL where the ring is full and the kernel takes nothing more: its completions must be fetched
 * first. */
static inline struct io_uring_sqe *sqe_next(struct uring *uring)
{
        if (platform_unlikely(uring->sq_tail - uring->sq_head == uring->sq_entries)) {
                uring_enter(uring, uring->sq_entries, 0, 0, NULL, 0);
                if (uring->sq_tail - uring->sq_head == uring->sq_entries)
                        return NULL;
        }
        return &uring->sqes[uring->sq_tail++ & uring->sq_mask];
}

static inline void sqe_fill(struct io_uring_sqe *sqe, uint8_t code, int fd, const void *address,
                            uint32_t length, uint64_t offset, uint32_t flags, uint64_t user_data)
{
        sqe->opcode = code;
        sqe->flags = 0;
        sqe->ioprio = 0;
        sqe->fd = fd;
        sqe->off = offset;
        sqe->addr = (uint64_t)(uintptr_t)address;
        sqe->len = length;
        sqe->rw_flags = (int)flags;
        sqe->user_data = user_data;
        sqe->buf_index = 0;
        sqe->personality = 0;
        sqe->splice_fd_in = 0;
        sqe->addr3 = 0;
        sqe->__pad2[0] = 0;
}

static inline void uring_queue(struct uring *uring, struct platform_op *op)
{
        op_state(op)->flags |= OP_QUEUED;
        op_queue_push(&uring->queue, op);
}

/* It is over: the next wait says so. */
static inline void uring_queue_result(struct uring *uring, struct platform_op *op, int32_t result)
{
        op_state(op)->progress = (uint32_t)result;
        op_state(op)->flags |= OP_DONE;
        if (!(op_state(op)->flags & OP_QUEUED))
                uring_queue(uring, op);
}

/* uring_issue.c */

/* ---- In somebody else's loop: uring_host.c */

int uring_descriptor(struct platform_io *io);
uint64_t uring_sleep(struct platform_io *io);
void uring_rise(struct platform_io *io);

/*
 * What io_uring has no operation for, or not on this kernel, or not in this form: a name beneath a
 * directory is found by several calls, of which only an open is one.
 */
bool uring_is_for_pool(const struct uring *uring, const struct platform_op *op);
/* Each gives a request to the kernel, or queues the operation where there is no room for it. */
void uring_issue(struct uring *uring, struct platform_op *op);
void uring_issue_poll(struct uring *uring, struct platform_op *op, int fd, uint32_t events);
void uring_issue_warm(struct uring *uring, struct platform_op *op, uint64_t offset,
                      uint32_t length);
/* After a write: the position of the file goes on. */
void uring_written(const struct platform_op *op, int32_t result);
void uring_issue_cancel(struct uring *uring, struct platform_op *op);
/*
 * What to wait for before an operation that answered EAGAIN is tried again; 0: the answer is the
 * result.
 */
uint32_t uring_events(const struct platform_op *op);
/*
 * The kernel has dropped it with -ECANCELED, though nobody cancelled: so it does with what it has
 * no thread for, and it makes none while signals come as fast as it tries (create_io_thread() in
 * io-wq.c). One of our threads does it instead, whose answer is final. What may take long there, on
 * sockets and streams, is waited for first, and asked for again. False where there is nobody.
 */
bool uring_refused(struct uring *uring, struct platform_op *op);
/* A poll of one of the engine's own descriptors. False where there is no room. */
bool uring_issue_watch(struct uring *uring, int fd, uint64_t tag, uint32_t flags);
/* The rest of the piece of a SENDV at which `progress` stands; empty at the end. */
struct iovec uring_sendv_rest(const struct platform_op *op, uint32_t progress);

/*
 * uring_zero_copy.c. Makes a request that sends one that does not copy, where the operation wants
 * that and it can be.
 */
void uring_issue_zero_copy(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe);
/*
 * Takes in a completion of such a request. True where it is the request's own, whose result may
 * have been changed; false where it is that the bytes are read no more.
 */
bool uring_zero_copy_completed(struct platform_op *op, int32_t *result, uint32_t flags);
/* Makes the kernel let go of the bytes, by resetting the connection. Once. */
void uring_cut(struct platform_op *op);

/*
 * uring_area.c. Makes a request for an operation with REGISTERED one that names its area as the
 * kernel knows it, where that can be.
 */
void uring_area_issue(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe);
/* Whether such a request has failed in a way that one without may not. Then the next is without. */
bool uring_area_failed(struct platform_op *op, int32_t result);
/* Before a wait: lets go of areas that were retired. */
void uring_areas_sweep(struct uring *uring);
void uring_areas_free(struct uring *uring);

/* Requests of the operation have taken bytes, and the kernel still reads them. */
static inline bool uring_is_read(struct platform_op *op)
{
        return op_state(op)->flags & OP_READING_MAX;
}

/* The request that the kernel has, or will get, for the operation itself does not copy. */
static inline bool uring_is_zero_copy(struct platform_op *op)
{
        return op->op_flags & PLATFORM_OP_ZERO_COPY && !(op_state(op)->flags & OP_COPYING);
}

/* uring.c */
void uring_submit_pool(struct uring *uring, struct platform_op *op);
extern const struct platform_io_ops uring_ops;

/* uring_ring.c */
void uring_free(struct platform_io *io);
void uring_describe(const struct platform_io *io, char *text, size_t bytes);
void uring_memory(const struct platform_io *io,
                  void (*take)(void *address, size_t bytes, void *argument), void *argument);
void *uring_buffer(struct platform_io *io, uint16_t buffer);
void uring_buffer_release(struct platform_io *io, uint16_t buffer);
/* Before a wait: gives the kernel as many buffers as it is to have. */
void uring_buffers_give(struct uring *uring);
