/* SPDX-License-Identifier: MIT */
/*
 * The backend on io_uring: one ring per engine, driven by the thread that made it.
 *
 *      submit --- has an io_uring operation ---> KERNEL ---- its completion ----> handed out
 *        |                                       ^    |
 *        |                               issue   |    | EAGAIN, a short send, an end that is none
 *        |                                       |    v
 *        +--- is stepped, or wrong -----------> QUEUED (looked at by the next wait) ---> handed out
 *        |                                       |    ^
 *        |                              wait for |    | poll completed, pages read
 *        |                                       v    |
 *        |                                     KERNEL, with the tag POLL or WARM
 *        +--- GETDENTS ---> POOL ---> QUEUED
 *        +--- SIGNAL ---> in the watch ---> QUEUED
 *
 * Invariants:
 *   (1) An operation that is LIVE is in the kernel, in the queue, with the pool, or in the signal watch. Only in the queue may it be in
 *       the kernel as well: then a cancel could not be sent for lack of room, or it completed before that was.
 *   (2) `user_data` is the operation's address with a tag in its low 3 bits. At most one request per operation and nothing but
 *       its cancels is in the kernel, so that its completion is the kernel's last word.
 *   (3) The kernel takes requests in order: a cancel never overtakes what it is for, nor does it meet an operation that was
 *       submitted later at the same address.
 *   (4) Every operation on a descriptor stands in the descriptor's list, so that its close can cancel them, and so that
 *       none of them is issued again on a number that may stand for another file by then.
 *   (5) The engine's thread alone touches all of it but `wake_state`, the pool's stack and what the kernel shares.
 *
 * The usual way of a message (a RECV with MULTI that yields, a SEND that sends) is uring_submit() and the first half of reap():
 * no allocation, no clock, one system call for all messages of a turn, and two words of the operation read.
 *
 * The ring is set up with what the kernel has, from SINGLE_ISSUER and DEFER_TASKRUN (completions are made when we ask for
 * them, and nobody interrupts us) down to nothing (5.15). Without rings of buffers or without multishot receive, a RECV with MULTI
 * is a poll and a recv(2): a connection that is idle holds no buffer in either case.
 *
 * GETDENTS goes to the pool: io_uring has no operation for it, and a directory that is not cached waits for the disk. What is
 * stepped is told in step.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "platform/backend.h"

#define ENTRIES_DEFAULT 1024u
#define ENTRIES_MAX 32768u
#define ASYNC_BYTES (1u << 20) /* a file transfer of this size would stall the thread: a kernel thread does it */

/* Newer than the liburing that we build with. */
#define URING_SETUP_NO_SQARRAY (1u << 16)
#define URING_OP_SEND_ZC 47 /* appeared together with multishot receive, in 6.0 */

enum {
        TAG_OP = 0,
        TAG_POLL = 1,     /* a poll for an operation */
        TAG_WARM = 2,     /* a read of the pages that it will send */
        TAG_NOBODY = 3,   /* a cancel */
        TAG_WAKE = 4,     /* the poll of the wake-up descriptor */
        TAG_SIGNAL = 5,   /* the poll of the signal descriptor */
        TAG_MASK = 7,
};

enum { WAKE_AWAKE, WAKE_SLEEPING, WAKE_WOKEN };

/* The state of an operation to which nothing unusual has happened, as one word: no progress, these flags. */
#define STATE_USUAL ((uint64_t)(OP_LIVE | OP_KERNEL | OP_LISTED) << 32)

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

        struct io_uring_buf_ring *buffer_ring; /* NULL: the receive pool's list is used */
        uint16_t buffer_tail, buffer_tail_shared;
        bool multishot, cancel_is_silent;
        bool wake_armed, signal_armed;
        struct receive_pool receive;

        struct platform_pool *pool;
        uint32_t pool_count;
        struct signal_watch signals;
        struct msghdr *headers; /* one for each entry of the submission ring */
        char *scratch;          /* pages that are read to be cached go here */
        size_t buffer_ring_bytes;
        unsigned setup_flags;
        struct io_uring ring;

        int wake_fd;
        uint32_t wake_state __attribute__((aligned(64))); /* on a line of its own: other threads write it */
};

static struct uring *uring_of(struct platform_io *io)
{
        return (struct uring *)(void *)io;
}

/* ---- The rings ---- */

static int ring_enter(struct uring *uring, unsigned to_submit, unsigned min_complete, unsigned flags,
                      void *argument, size_t argument_bytes)
{
        int result;

        if (to_submit)
                __atomic_store_n(uring->sq_ktail, uring->sq_tail, __ATOMIC_RELEASE);
        result = io_uring_enter2((unsigned)uring->enter_fd, to_submit, min_complete, flags | uring->enter_flags,
                                 argument, argument_bytes);
        uring->sq_head = __atomic_load_n(uring->sq_khead, __ATOMIC_ACQUIRE);
        return result;
}

/* NULL where the ring is full and the kernel takes nothing more: its completions must be fetched first. */
static inline struct io_uring_sqe *sqe_next(struct uring *uring)
{
        if (platform_unlikely(uring->sq_tail - uring->sq_head == uring->sq_entries)) {
                ring_enter(uring, uring->sq_entries, 0, 0, NULL, 0);
                if (uring->sq_tail - uring->sq_head == uring->sq_entries)
                        return NULL;
        }
        return &uring->sqes[uring->sq_tail++ & uring->sq_mask];
}

static inline void sqe_fill(struct io_uring_sqe *sqe, uint8_t code, int fd, const void *address, uint32_t length,
                            uint64_t offset, uint32_t flags, uint64_t user_data)
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

static void queue_push(struct uring *uring, struct platform_op *op)
{
        op_state(op)->flags |= OP_QUEUED;
        op_queue_push(&uring->queue, op);
}

/* It is over: the next wait says so. */
static void queue_result(struct uring *uring, struct platform_op *op, int32_t result)
{
        op_state(op)->progress = (uint32_t)result;
        op_state(op)->flags |= OP_DONE;
        if (!(op_state(op)->flags & OP_QUEUED))
                queue_push(uring, op);
}

static bool watch_arm(struct uring *uring, int fd, uint64_t tag, uint32_t flags)
{
        struct io_uring_sqe *sqe = sqe_next(uring);

        if (sqe)
                sqe_fill(sqe, IORING_OP_POLL_ADD, fd, NULL, flags, 0, POLLIN, tag);
        return sqe != NULL;
}

/* ---- Giving an operation to the kernel ---- */

static void issue_poll(struct uring *uring, struct platform_op *op, int fd, uint32_t events)
{
        struct io_uring_sqe *sqe = sqe_next(uring);

        if (!sqe) {
                queue_push(uring, op); /* tried again, and then waited for again */
                return;
        }
        sqe_fill(sqe, IORING_OP_POLL_ADD, fd, NULL, 0, 0, events, (uint64_t)(uintptr_t)op | TAG_POLL);
        op_state(op)->flags |= OP_KERNEL | OP_POLL;
}

static void issue_warm(struct uring *uring, struct platform_op *op, uint64_t offset, uint32_t length)
{
        struct io_uring_sqe *sqe;

        if (!uring->scratch)
                uring->scratch = malloc(PLATFORM_STEP_BYTES);
        if (!uring->scratch) {
                queue_result(uring, op, op_state(op)->progress ? (int32_t)op_state(op)->progress : -ENOMEM);
                return;
        }
        sqe = sqe_next(uring);
        if (!sqe) {
                queue_push(uring, op);
                return;
        }
        sqe_fill(sqe, IORING_OP_READ, op->fd2, uring->scratch, length, offset, 0,
                 (uint64_t)(uintptr_t)op | TAG_WARM);
        op_state(op)->flags |= OP_KERNEL | OP_WARM;
}

/* SENDV that has sent something goes on piece by piece. Its vector was read by the kernel before, so it can be read. */
static struct iovec sendv_rest(const struct platform_op *op, uint32_t progress)
{
        const struct iovec *iov = op->address;

        for (uint32_t i = 0; i < op->length; i++) {
                if (progress < iov[i].iov_len)
                        return (struct iovec){(char *)iov[i].iov_base + progress, iov[i].iov_len - progress};
                progress -= (uint32_t)iov[i].iov_len;
        }
        return (struct iovec){NULL, 0};
}

static void issue_sendv(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe, uint64_t data)
{
        uint32_t progress = op_state(op)->progress;
        uint32_t flags = op->flags | MSG_NOSIGNAL | MSG_WAITALL;

        if (progress) {
                struct iovec rest = sendv_rest(op, progress);
                size_t room = PLATFORM_TRANSFER_MAX - progress;

                sqe_fill(sqe, IORING_OP_SEND, op->fd, rest.iov_base,
                         (uint32_t)(rest.iov_len < room ? rest.iov_len : room), 0, flags, data);
        } else {
                struct msghdr *header = &uring->headers[(unsigned)(sqe - uring->sqes)];

                *header = (struct msghdr){.msg_iov = op->address, .msg_iovlen = op->length};
                sqe_fill(sqe, IORING_OP_SENDMSG, op->fd, header, 1, 0, flags, data);
        }
}

/* A transfer on a file, pipe or terminal. */
static void issue_transfer(struct platform_op *op, struct io_uring_sqe *sqe, uint8_t code, bool large, uint64_t data)
{
        sqe_fill(sqe, code, op->fd, op->address, op->length, op->offset, 0, data);
        if (large)
                sqe->flags = IOSQE_ASYNC;
}

static void issue(struct uring *uring, struct platform_op *op)
{
        struct io_uring_sqe *sqe = sqe_next(uring);
        struct platform_op_state *state = op_state(op);
        uint64_t data = (uint64_t)(uintptr_t)op;
        bool large = op->length >= ASYNC_BYTES && op->offset != UINT64_MAX;

        if (platform_unlikely(!sqe)) {
                queue_push(uring, op);
                return;
        }
        state->flags |= OP_KERNEL;
        switch (op->code) {
        case PLATFORM_RECV:
                if (op->op_flags) {
                        sqe_fill(sqe, IORING_OP_RECV, op->fd, NULL, 0, 0, op->flags, data);
                        sqe->ioprio = IORING_RECV_MULTISHOT;
                        sqe->flags = IOSQE_BUFFER_SELECT;
                } else {
                        sqe_fill(sqe, IORING_OP_RECV, op->fd, op->address, op->length, 0, op->flags, data);
                }
                break;
        case PLATFORM_SEND:
                sqe_fill(sqe, IORING_OP_SEND, op->fd, (char *)op->address + state->progress,
                         op->length - state->progress, 0, op->flags | MSG_NOSIGNAL | MSG_WAITALL, data);
                break;
        case PLATFORM_SENDV:
                issue_sendv(uring, op, sqe, data);
                break;
        case PLATFORM_ACCEPT:
                sqe_fill(sqe, IORING_OP_ACCEPT, op->fd, NULL, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK, data);
                if (op->op_flags && uring->multishot)
                        sqe->ioprio = IORING_ACCEPT_MULTISHOT;
                break;
        case PLATFORM_CONNECT:
                sqe_fill(sqe, IORING_OP_CONNECT, op->fd, op->address, 0, op->length, 0, data);
                break;
        case PLATFORM_READ:
                issue_transfer(op, sqe, IORING_OP_READ, large, data);
                break;
        case PLATFORM_WRITE:
                issue_transfer(op, sqe, IORING_OP_WRITE, large, data);
                break;
        case PLATFORM_READV:
                issue_transfer(op, sqe, IORING_OP_READV, false, data);
                break;
        case PLATFORM_WRITEV:
                issue_transfer(op, sqe, IORING_OP_WRITEV, false, data);
                break;
        case PLATFORM_OPEN:
                sqe_fill(sqe, IORING_OP_OPENAT, op->fd, op->address, op->mode, 0, op->flags | O_CLOEXEC, data);
                break;
        case PLATFORM_CLOSE:
                sqe_fill(sqe, IORING_OP_CLOSE, op->fd, NULL, 0, 0, 0, data);
                break;
        case PLATFORM_STATX:
                sqe_fill(sqe, IORING_OP_STATX, op->fd, op->address, op->mask ? op->mask : op->mode,
                         (uint64_t)(uintptr_t)op->address2, op->flags, data);
                break;
        case PLATFORM_FSYNC:
                sqe_fill(sqe, IORING_OP_FSYNC, op->fd, NULL, 0, 0, 0, data);
                break;
        case PLATFORM_POLL:
                sqe_fill(sqe, IORING_OP_POLL_ADD, op->fd, NULL, 0, 0, op->flags, data);
                break;
        default:
                sqe_fill(sqe, IORING_OP_NOP, -1, NULL, 0, 0, 0, data);
                break;
        }
}

static void issue_cancel(struct uring *uring, struct platform_op *op)
{
        struct io_uring_sqe *sqe = sqe_next(uring);
        uint32_t flags = op_state(op)->flags;
        uint64_t tag = flags & OP_POLL ? TAG_POLL : flags & OP_WARM ? TAG_WARM : TAG_OP;

        if (!sqe) {
                queue_push(uring, op);
                return;
        }
        sqe_fill(sqe, IORING_OP_ASYNC_CANCEL, -1, (void *)((uintptr_t)op | tag), 0, 0, 0, TAG_NOBODY);
        if (uring->cancel_is_silent)
                sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

/* ---- Submit and cancel ---- */

static void uring_cancel(struct platform_io *io, struct platform_op *op)
{
        struct uring *uring = uring_of(io);
        struct platform_op_state *state = op_state(op);
        uint32_t flags = state->flags;

        if (!(flags & OP_LIVE) || (flags & (OP_CANCELLED | OP_DONE)))
                return;
        if (flags & OP_POOL) {
                /* What has begun goes on to its end and says what came of it. */
                if (!pool_cancel(uring->pool, op))
                        return;
                uring->pool_count--;
                queue_push(uring, op);
        } else if (flags & OP_KERNEL) {
                issue_cancel(uring, op);
        } else if (!(flags & OP_QUEUED)) {
                queue_push(uring, op); /* a SIGNAL */
        }
        state->flags |= OP_CANCELLED;
}

static void submit_signal(struct uring *uring, struct platform_op *op)
{
        bool fresh;
        int error = signal_watch_add(&uring->signals, op, &fresh);

        if (error)
                queue_result(uring, op, error);
        else if (!uring->signal_armed)
                uring->signal_armed = watch_arm(uring, uring->signals.fd, TAG_SIGNAL, 0);
}

static void submit_getdents(struct uring *uring, struct platform_op *op)
{
        int error = pool_submit(uring->pool, op);

        if (error)
                queue_result(uring, op, error);
        else
                uring->pool_count++;
}

static void submit_close(struct uring *uring, struct platform_op *op)
{
        /* Cancelling takes nothing out of the list: what is cancelled leaves it when it completes. */
        if (op->fd >= 0 && (uint32_t)op->fd < uring->lists_count) {
                for (struct platform_op *other = uring->lists[op->fd]; other; other = other->engine_next)
                        uring_cancel(&uring->io, other);
        }
        issue(uring, op);
}

static void uring_submit(struct platform_io *io, struct platform_op *op)
{
        struct uring *uring = uring_of(io);
        struct platform_op_state *state = op_state(op);
        int error;

        assert(!(state->flags & OP_LIVE));
        state->progress = 0;
        state->flags = OP_LIVE;
        io->pending++;

        if (platform_likely(op->code == PLATFORM_SEND || op->code == PLATFORM_RECV) && !op->op_flags &&
            op->length <= PLATFORM_TRANSFER_MAX && (uint32_t)op->fd < uring->lists_count) {
                op_list_push(&uring->lists[op->fd], op);
                state->flags = OP_LIVE | OP_LISTED;
                issue(uring, op);
                return;
        }

        error = platform_op_check(op);
        if (error) {
                queue_result(uring, op, error);
                return;
        }
        if ((uint32_t)op->fd < uring->lists_count && op->code != PLATFORM_CLOSE && op->code != PLATFORM_SIGNAL &&
            op->code != PLATFORM_NOP) {
                op_list_push(&uring->lists[op->fd], op);
                state->flags |= OP_LISTED;
        }
        switch (op->code) {
        case PLATFORM_RECV:
                if (op->op_flags && !uring->buffer_ring)
                        issue_poll(uring, op, op->fd, POLLIN);
                else
                        issue(uring, op);
                break;
        case PLATFORM_CLOSE:
                submit_close(uring, op);
                break;
        case PLATFORM_GETDENTS:
                submit_getdents(uring, op);
                break;
        case PLATFORM_SIGNAL:
                submit_signal(uring, op);
                break;
        case PLATFORM_SENDFILE:
        case PLATFORM_SPLICE:
        case PLATFORM_SHUTDOWN:
                queue_push(uring, op);
                break;
        case PLATFORM_STATX:
                if (platform_op_is_statx_of_descriptor(op)) {
                        queue_push(uring, op);
                        break;
                }
                issue(uring, op);
                break;
        default:
                issue(uring, op);
        }
}

/* ---- Completions ---- */

static inline size_t emit(struct platform_completion *out, struct platform_op *op, int32_t result, uint32_t flags,
                          uint32_t buffer)
{
        *out = (struct platform_completion){op, result, flags, (uint16_t)buffer};
        return 1;
}

/* The last completion; from here on the operation is its owner's. */
static inline size_t emit_last(struct uring *uring, struct platform_completion *out, struct platform_op *op,
                               int32_t result)
{
        struct platform_op_state *state = op_state(op);

        if (state->flags & OP_LISTED)
                op_list_remove(&uring->lists[op->fd], op);
        state->flags = 0;
        state->progress = 0;
        uring->io.pending--;
        return emit(out, op, result, 0, 0);
}

/* The same, unless the operation is in the queue: then it is handed out from there. See (1). */
static size_t finish(struct uring *uring, struct platform_completion *out, struct platform_op *op, int32_t result)
{
        if (op_state(op)->flags & OP_QUEUED) {
                queue_result(uring, op, result);
                return 0;
        }
        return emit_last(uring, out, op, result);
}

static size_t finish_cancelled(struct uring *uring, struct platform_completion *out, struct platform_op *op)
{
        uint32_t progress = op_state(op)->progress;

        return finish(uring, out, op, progress ? (int32_t)progress : -ECANCELED);
}

static void again(struct uring *uring, struct platform_op *op)
{
        if (!(op_state(op)->flags & OP_QUEUED))
                issue(uring, op);
}

/* What to wait for before an operation that answered EAGAIN is tried again; 0: the answer is the result. */
static uint32_t events_of(const struct platform_op *op)
{
        switch (op->code) {
        case PLATFORM_RECV:
        case PLATFORM_SEND:
        case PLATFORM_SENDV:
                if (op->flags & MSG_DONTWAIT)
                        return 0;
                return op->code == PLATFORM_RECV ? POLLIN : POLLOUT;
        case PLATFORM_READ:
        case PLATFORM_READV:
        case PLATFORM_ACCEPT:
                return POLLIN;
        case PLATFORM_WRITE:
        case PLATFORM_WRITEV:
        case PLATFORM_CONNECT:
                return POLLOUT;
        default:
                return 0;
        }
}

static size_t complete_failed(struct uring *uring, struct platform_op *op, int32_t result,
                              struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);
        bool retry;

        switch (result) {
        case -EINTR:
                if (op->code == PLATFORM_CLOSE)
                        return finish(uring, out, op, 0); /* it is closed */
                retry = true;
                break;
        case -ECONNABORTED:
                retry = op->code == PLATFORM_ACCEPT; /* the one that gave up is not our concern */
                break;
        case -EINPROGRESS:
                retry = op->code == PLATFORM_CONNECT;
                break;
        case -EAGAIN:
                retry = events_of(op);
                break;
        default:
                retry = false;
        }
        if (state->flags & OP_CANCELLED && (retry || result == -ECANCELED))
                return finish_cancelled(uring, out, op);
        if (!retry)
                return finish(uring, out, op, state->progress ? (int32_t)state->progress : result);
        if (result == -EAGAIN || result == -EINPROGRESS) {
                if (result == -EINPROGRESS)
                        state->flags |= OP_BEGUN;
                issue_poll(uring, op, op->fd, events_of(op));
        } else {
                again(uring, op);
        }
        return 0;
}

/* One completion of an operation with MULTI that the kernel ended, though for us it goes on. */
static size_t complete_multi(struct uring *uring, struct platform_op *op, int32_t result, uint32_t flags,
                             struct platform_completion *out)
{
        size_t count;

        if (op->code == PLATFORM_RECV) {
                if (result == 0) {
                        if (flags & IORING_CQE_F_BUFFER)
                                platform_io_buffer_release(&uring->io,
                                                           (uint16_t)(flags >> IORING_CQE_BUFFER_SHIFT));
                        return finish(uring, out, op, 0);
                }
                count = emit(out, op, result, PLATFORM_MORE | PLATFORM_BUFFER, flags >> IORING_CQE_BUFFER_SHIFT);
        } else {
                count = emit(out, op, result, PLATFORM_MORE, 0);
        }
        if (op_state(op)->flags & OP_CANCELLED)
                queue_result(uring, op, -ECANCELED);
        else
                again(uring, op);
        return count;
}

/* A completion of the operation's own request that is not the usual one. */
static size_t complete(struct uring *uring, struct platform_op *op, int32_t result, uint32_t flags,
                       struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);

        state->flags &= ~(uint32_t)OP_KERNEL;
        if (result < 0)
                return complete_failed(uring, op, result, out);
        if (op->op_flags & PLATFORM_OP_MULTI)
                return complete_multi(uring, op, result, flags, out);

        if (op->code == PLATFORM_SEND) {
                state->progress += (uint32_t)result;
                if (state->progress >= op->length || !result)
                        return finish(uring, out, op, (int32_t)state->progress);
        } else if (op->code == PLATFORM_SENDV) {
                state->progress += (uint32_t)result;
                if (!result || state->progress >= PLATFORM_TRANSFER_MAX ||
                    !sendv_rest(op, state->progress).iov_len)
                        return finish(uring, out, op, (int32_t)state->progress);
        } else {
                return finish(uring, out, op, result);
        }
        if (state->flags & OP_CANCELLED || op->flags & MSG_DONTWAIT)
                return finish(uring, out, op, (int32_t)state->progress);
        again(uring, op);
        return 0;
}

/* The poll, or the read of pages, that stood for the operation is over. */
static size_t complete_stand_in(struct uring *uring, struct platform_op *op, int32_t result,
                                struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);
        bool warm = state->flags & OP_WARM;

        state->flags &= ~(uint32_t)(OP_KERNEL | OP_POLL | OP_WARM);
        if (state->flags & OP_CANCELLED)
                return finish_cancelled(uring, out, op);
        if (warm)
                state->flags |= OP_WARMED; /* an error of the read is found again by the call itself */
        else if (result < 0 && result != -EINTR)
                return finish(uring, out, op, state->progress ? (int32_t)state->progress : result);
        if (state->flags & OP_QUEUED)
                return 0;
        if (op->code == PLATFORM_CONNECT && state->flags & OP_BEGUN) {
                int error = 0;
                socklen_t length = sizeof(error);

                if (getsockopt(op->fd, SOL_SOCKET, SO_ERROR, &error, &length))
                        error = errno;
                return finish(uring, out, op, -error);
        }
        queue_push(uring, op);
        return 0;
}

static size_t complete_tagged(struct uring *uring, uint64_t data, int32_t result, uint32_t flags,
                              struct platform_completion *out)
{
        struct platform_op *op = (struct platform_op *)(uintptr_t)(data & ~(uint64_t)TAG_MASK);

        switch (data & TAG_MASK) {
        case TAG_POLL:
        case TAG_WARM:
                return complete_stand_in(uring, op, result, out);
        case TAG_WAKE:
                /* The count of the eventfd is never read: each write makes an edge, and edges are what the poll reports. */
                if (!(flags & IORING_CQE_F_MORE))
                        uring->wake_armed = watch_arm(uring, uring->wake_fd, TAG_WAKE, IORING_POLL_ADD_MULTI);
                return 0;
        case TAG_SIGNAL:
                signal_watch_read(&uring->signals, &uring->queue);
                uring->signal_armed = watch_arm(uring, uring->signals.fd, TAG_SIGNAL, 0);
                return 0;
        default:
                return 0;
        }
}

static size_t reap(struct uring *uring, struct platform_completion *out, size_t max)
{
        unsigned head = uring->cq_head, mask = uring->cq_mask;
        unsigned tail = __atomic_load_n(uring->cq_ktail, __ATOMIC_ACQUIRE);
        const struct io_uring_cqe *cqes = uring->cqes;
        size_t count = 0;

        while (head != tail && count < max) {
                const struct io_uring_cqe *cqe = &cqes[head++ & mask];
                uint64_t data = cqe->user_data;
                int32_t result = cqe->res;
                uint32_t flags = cqe->flags;
                struct platform_op *op = (struct platform_op *)(uintptr_t)data;

                if (platform_unlikely(data & TAG_MASK))
                        count += complete_tagged(uring, data, result, flags, &out[count]);
                else if (flags & IORING_CQE_F_MORE)
                        count += emit(&out[count], op, result,
                                      PLATFORM_MORE | (flags & IORING_CQE_F_BUFFER ? PLATFORM_BUFFER : 0u),
                                      flags >> IORING_CQE_BUFFER_SHIFT);
                else if (platform_likely(result >= 0 && op->engine[1] == STATE_USUAL && !op->op_flags &&
                                         (op->code == PLATFORM_SEND ? (uint32_t)result == op->length
                                                                    : op->code != PLATFORM_SENDV)))
                        count += emit_last(uring, &out[count], op, result);
                else
                        count += complete(uring, op, result, flags, &out[count]);
        }
        if (head != uring->cq_head) {
                uring->cq_head = head;
                __atomic_store_n(uring->cq_khead, head, __ATOMIC_RELEASE);
        }
        return count;
}

/* ---- The queue ---- */

/* A RECV with MULTI where the kernel does not choose the buffer: one receive, then others have their turn. */
static size_t queued_receive(struct uring *uring, struct platform_op *op, struct platform_completion *out)
{
        struct receive_pool *receive = &uring->receive;
        uint16_t buffer;
        ssize_t got;

        if (!receive->free_count)
                return emit_last(uring, out, op, -ENOBUFS);
        buffer = receive->free_list[receive->free_count - 1];
        do
                got = recv(op->fd, receive_pool_buffer(receive, buffer), receive->bytes,
                           (int)op->flags | MSG_DONTWAIT);
        while (got < 0 && errno == EINTR);
        if (got > 0) {
                receive->free_count--;
                queue_push(uring, op);
                return emit(out, op, (int32_t)got, PLATFORM_MORE | PLATFORM_BUFFER, buffer);
        }
        if (got < 0 && errno == EAGAIN) {
                issue_poll(uring, op, op->fd, POLLIN);
                return 0;
        }
        return emit_last(uring, out, op, got < 0 ? -errno : 0);
}

static size_t queued_step(struct uring *uring, struct platform_op *op, struct platform_completion *out)
{
        struct platform_step_needs needs;

        switch (platform_step(op, &needs)) {
        case STEP_DONE:
                return emit_last(uring, out, op, needs.result);
        case STEP_WAIT:
                issue_poll(uring, op, needs.fd, needs.events);
                return 0;
        case STEP_WARM:
                issue_warm(uring, op, needs.offset, needs.length);
                return 0;
        case STEP_AGAIN:
                break;
        }
        queue_push(uring, op);
        return 0;
}

static size_t queued_signal(struct uring *uring, struct platform_op *op, struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);
        bool multi = op->op_flags & PLATFORM_OP_MULTI, arrived = state->flags & OP_ARRIVED;

        state->flags &= ~(uint32_t)OP_ARRIVED;
        if (arrived && multi) {
                if (state->flags & OP_CANCELLED)
                        queue_push(uring, op);
                return emit(out, op, (int32_t)op->flags, PLATFORM_MORE, 0);
        }
        signal_watch_remove(&uring->signals, op);
        return emit_last(uring, out, op, arrived ? (int32_t)op->flags : -ECANCELED);
}

static size_t queue_advance(struct uring *uring, struct platform_op *op, struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);

        state->flags &= ~(uint32_t)OP_QUEUED;
        if (state->flags & OP_DONE)
                return emit_last(uring, out, op, (int32_t)state->progress);
        if (state->flags & OP_KERNEL) {
                issue_cancel(uring, op);
                return 0;
        }
        if (op->code == PLATFORM_SIGNAL)
                return queued_signal(uring, op, out);
        if (state->flags & OP_CANCELLED)
                return finish_cancelled(uring, out, op);

        switch (op->code) {
        case PLATFORM_SENDFILE:
        case PLATFORM_SPLICE:
        case PLATFORM_SHUTDOWN:
                return queued_step(uring, op, out);
        case PLATFORM_STATX:
                if (platform_op_is_statx_of_descriptor(op))
                        return queued_step(uring, op, out);
                break;
        case PLATFORM_RECV:
                if (op->op_flags && !uring->buffer_ring)
                        return queued_receive(uring, op, out);
                break;
        default:
                break;
        }
        issue(uring, op);
        return 0;
}

/* Looks once at each operation that is in the queue now; what comes back to it is for the next time. */
static size_t queue_run(struct uring *uring, struct platform_completion *out, size_t max)
{
        struct op_queue now = uring->queue;
        size_t count = 0;
        struct platform_op *op;

        uring->queue.head = NULL;
        while (count < max && (op = op_queue_pop(&now)))
                count += queue_advance(uring, op, &out[count]);
        if (now.head) {
                /* What is left goes before what came back. */
                if (uring->queue.head) {
                        op_link_set(now.tail, uring->queue.head);
                        now.tail = uring->queue.tail;
                }
                uring->queue = now;
        }
        return count;
}

static void pool_collect(struct uring *uring)
{
        struct op_queue done = pool_take(uring->pool);
        struct platform_op *op;

        while ((op = op_queue_pop(&done))) {
                uring->pool_count--;
                queue_result(uring, op, (int32_t)op_state(op)->progress);
        }
}

/* ---- Waiting ---- */

/* Submits, and waits for a completion where `sleep` says so. Returns true where the wait was interrupted or found a wake-up. */
static bool enter(struct uring *uring, unsigned to_submit, bool sleep, uint64_t timeout_ns)
{
        struct __kernel_timespec timeout;
        struct io_uring_getevents_arg argument = {.sigmask_sz = _NSIG / 8};
        uint32_t expected = WAKE_AWAKE;
        bool woken = false;
        int result;

        if (!sleep) {
                ring_enter(uring, to_submit, 0, IORING_ENTER_GETEVENTS, NULL, 0);
                return false;
        }
        if (!__atomic_compare_exchange_n(&uring->wake_state, &expected, WAKE_SLEEPING, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE)) {
                __atomic_exchange_n(&uring->wake_state, WAKE_AWAKE, __ATOMIC_ACQ_REL);
                ring_enter(uring, to_submit, 0, IORING_ENTER_GETEVENTS, NULL, 0);
                return true;
        }
        if (timeout_ns == UINT64_MAX) {
                result = ring_enter(uring, to_submit, 1, IORING_ENTER_GETEVENTS, NULL, 0);
        } else {
                timeout.tv_sec = (long long)(timeout_ns / 1000000000u);
                timeout.tv_nsec = (long long)(timeout_ns % 1000000000u);
                argument.ts = (uint64_t)(uintptr_t)&timeout;
                result = ring_enter(uring, to_submit, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
                                    sizeof(argument));
        }
        if (__atomic_exchange_n(&uring->wake_state, WAKE_AWAKE, __ATOMIC_ACQ_REL) == WAKE_WOKEN)
                woken = true;
        return woken || result == -EINTR;
}

static size_t uring_wait(struct platform_io *io, uint64_t timeout_ns, struct platform_completion *out, size_t max)
{
        struct uring *uring = uring_of(io);
        bool over = false;
        size_t count;

        if (platform_unlikely(__atomic_load_n(&uring->wake_state, __ATOMIC_RELAXED) == WAKE_WOKEN))
                over = __atomic_exchange_n(&uring->wake_state, WAKE_AWAKE, __ATOMIC_ACQ_REL) == WAKE_WOKEN;
        if (over)
                timeout_ns = 0;
        do {
                unsigned to_submit;
                bool empty;

                if (platform_unlikely(!uring->wake_armed))
                        uring->wake_armed = watch_arm(uring, uring->wake_fd, TAG_WAKE, IORING_POLL_ADD_MULTI);
                if (platform_unlikely(!uring->signal_armed && uring->signals.fd >= 0))
                        uring->signal_armed = watch_arm(uring, uring->signals.fd, TAG_SIGNAL, 0);
                if (platform_unlikely(uring->pool_count))
                        pool_collect(uring);
                if (uring->buffer_ring && uring->buffer_tail != uring->buffer_tail_shared) {
                        uring->buffer_tail_shared = uring->buffer_tail;
                        __atomic_store_n(&uring->buffer_ring->tail, uring->buffer_tail, __ATOMIC_RELEASE);
                }

                to_submit = uring->sq_tail - uring->sq_head;
                empty = uring->cq_head == __atomic_load_n(uring->cq_ktail, __ATOMIC_ACQUIRE);
                if (to_submit || (empty && (timeout_ns || __atomic_load_n(uring->sq_kflags, __ATOMIC_RELAXED))))
                        over = enter(uring, to_submit, empty && timeout_ns && !uring->queue.head, timeout_ns);

                count = reap(uring, out, max);
                if (platform_unlikely(uring->queue.head))
                        count += queue_run(uring, out + count, max - count);
        } while (!count && !over && timeout_ns == UINT64_MAX);
        return count;
}

static void uring_wake(struct platform_io *io)
{
        struct uring *uring = uring_of(io);
        static const uint64_t one = 1;
        int error = errno; /* a signal handler may call us */

        if (__atomic_exchange_n(&uring->wake_state, WAKE_WOKEN, __ATOMIC_ACQ_REL) == WAKE_SLEEPING) {
                while (write(uring->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
                        ;
        }
        errno = error;
}

static bool uring_ready(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        return uring->cq_head != __atomic_load_n(uring->cq_ktail, __ATOMIC_ACQUIRE) || uring->queue.head ||
               __atomic_load_n(uring->sq_kflags, __ATOMIC_RELAXED) ||
               __atomic_load_n(&uring->wake_state, __ATOMIC_RELAXED) == WAKE_WOKEN;
}

/* ---- Receive buffers ---- */

static void *uring_buffer(struct platform_io *io, uint16_t buffer)
{
        return receive_pool_buffer(&uring_of(io)->receive, buffer);
}

static void uring_buffer_release(struct platform_io *io, uint16_t buffer)
{
        struct uring *uring = uring_of(io);
        struct receive_pool *receive = &uring->receive;
        struct io_uring_buf *entry;

        assert(buffer < receive->count);
        if (!uring->buffer_ring) {
                assert(receive->free_count < receive->count);
                receive->free_list[receive->free_count++] = buffer;
                return;
        }
        entry = &uring->buffer_ring->bufs[uring->buffer_tail++ & (receive->count - 1)];
        entry->addr = (uint64_t)(uintptr_t)receive_pool_buffer(receive, buffer);
        entry->len = receive->bytes;
        entry->bid = buffer; /* the field that follows is, in the first entry, the ring's tail: not ours to clear */
}

static void buffer_ring_init(struct uring *uring)
{
        struct io_uring_buf_reg registration = {0};
        size_t bytes = uring->receive.count * sizeof(struct io_uring_buf);
        void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                return;
        registration.ring_addr = (uint64_t)(uintptr_t)memory;
        registration.ring_entries = uring->receive.count;
        if (io_uring_register_buf_ring(&uring->ring, &registration, 0)) {
                munmap(memory, bytes);
                return;
        }
        uring->buffer_ring = memory;
        uring->buffer_ring_bytes = bytes;
        for (uint32_t i = 0; i < uring->receive.count; i++)
                uring_buffer_release(&uring->io, (uint16_t)i);
}

/* ---- Making and freeing ---- */

static void uring_describe(const struct platform_io *io, char *text, size_t bytes)
{
        const struct uring *uring = (const struct uring *)(const void *)io;

        snprintf(text, bytes, "io_uring, %u entries,%s%s%s%s %u buffers of %u bytes (%s), accept and receive %s",
                 uring->sq_entries, uring->setup_flags & IORING_SETUP_SINGLE_ISSUER ? " single issuer," : "",
                 uring->setup_flags & IORING_SETUP_DEFER_TASKRUN ? " deferred task work," : "",
                 uring->setup_flags & URING_SETUP_NO_SQARRAY ? " no index array," : "",
                 uring->enter_flags & IORING_ENTER_REGISTERED_RING ? " registered ring," : "",
                 uring->receive.count, uring->receive.bytes, uring->buffer_ring ? "a ring" : "a list",
                 uring->multishot ? "multishot" : "armed again");
}

static void uring_free(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        pool_free(uring->pool);
        if (uring->ring.ring_fd > 0)
                io_uring_queue_exit(&uring->ring);
        if (uring->buffer_ring)
                munmap(uring->buffer_ring, uring->buffer_ring_bytes);
        receive_pool_deinit(&uring->receive);
        signal_watch_deinit(&uring->signals);
        if (uring->wake_fd >= 0)
                close(uring->wake_fd);
        if (uring->lists)
                munmap(uring->lists, uring->lists_count * sizeof(*uring->lists));
        free(uring->headers);
        free(uring->scratch);
        free(uring);
}

static const struct platform_io_ops uring_ops = {
        .name = "uring",
        .free = uring_free,
        .submit = uring_submit,
        .cancel = uring_cancel,
        .wait = uring_wait,
        .wake = uring_wake,
        .ready = uring_ready,
        .buffer = uring_buffer,
        .buffer_release = uring_buffer_release,
        .socket_new = real_socket_new,
        .socket_listen = real_socket_listen,
        .socket_name = real_socket_name,
        .socket_option = real_socket_option,
        .pipe_new = real_pipe_new,
        .close_now = real_close_now,
        .now = real_now,
        .describe = uring_describe,
};

/*
 * What io_uring_queue_init_params() does, but for the array of indices: liburing 2.3 fills it in even where there is none, over the
 * head of the ring.
 */
static int ring_map(struct io_uring *ring, unsigned entries, struct io_uring_params *params)
{
        int fd = io_uring_setup(entries, params), error;

        if (fd < 0)
                return fd;
        error = io_uring_queue_mmap(fd, params, ring);
        if (error) {
                close(fd);
                return error;
        }
        ring->features = params->features;
        ring->enter_ring_fd = fd;
        return 0;
}

/* From what the newest kernels have down to 5.15: the first that is accepted. */
static int ring_setup(struct uring *uring, unsigned entries, uint32_t without)
{
        static const unsigned choices[] = {
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG | URING_SETUP_NO_SQARRAY,               /* 6.6 */
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG,                                        /* 6.1 */
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                        IORING_SETUP_TASKRUN_FLAG,                                        /* 6.0 */
                IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, /* 5.19 */
                IORING_SETUP_SUBMIT_ALL,                                                  /* 5.18 */
                0,
        };
        unsigned needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                          IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG |
                          IORING_FEAT_NATIVE_WORKERS;
        size_t count = sizeof(choices) / sizeof(choices[0]);
        int error = -EINVAL;

        for (size_t i = without & PLATFORM_WITHOUT_SETUP_FLAGS ? count - 1 : 0; i < count && error == -EINVAL; i++) {
                struct io_uring_params params = {0};

                params.flags = choices[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
                params.cq_entries = entries * 8;
                error = ring_map(&uring->ring, entries, &params);
                uring->setup_flags = params.flags;
        }
        if (error) {
                uring->ring.ring_fd = -1;
                return error;
        }
        return (uring->ring.features & needed) == needed ? 0 : -ENOSYS;
}

static void ring_remember(struct uring *uring, uint32_t without)
{
        struct io_uring *ring = &uring->ring;

        uring->sqes = ring->sq.sqes;
        uring->sq_khead = ring->sq.khead;
        uring->sq_ktail = ring->sq.ktail;
        uring->sq_kflags = ring->sq.kflags;
        uring->sq_entries = ring->sq.ring_entries;
        uring->sq_mask = ring->sq.ring_entries - 1;
        uring->cqes = ring->cq.cqes;
        uring->cq_khead = ring->cq.khead;
        uring->cq_ktail = ring->cq.ktail;
        uring->cq_mask = ring->cq.ring_entries - 1;
        uring->enter_fd = ring->ring_fd;
        uring->cancel_is_silent = ring->features & IORING_FEAT_CQE_SKIP;
        if (!(uring->setup_flags & URING_SETUP_NO_SQARRAY)) {
                for (unsigned i = 0; i < uring->sq_entries; i++)
                        ring->sq.array[i] = i;
        }
        if (!(without & PLATFORM_WITHOUT_SETUP_FLAGS) && io_uring_register_ring_fd(ring) == 1) {
                uring->enter_fd = ring->enter_ring_fd;
                uring->enter_flags = IORING_ENTER_REGISTERED_RING;
        }
}

static bool ring_has_multishot(struct uring *uring)
{
        struct io_uring_probe *probe = io_uring_get_probe_ring(&uring->ring);
        bool has = probe && io_uring_opcode_supported(probe, URING_OP_SEND_ZC);

        io_uring_free_probe(probe);
        return has;
}

int platform_uring_new(const struct platform_io_config *config, struct platform_io **ret_io)
{
        unsigned entries = config->entries ? config->entries : ENTRIES_DEFAULT;
        struct uring *uring;
        void *lists;
        int error;

        if (entries > ENTRIES_MAX)
                return -EINVAL;
        uring = aligned_alloc(64, sizeof(*uring));
        if (!uring)
                return -ENOMEM;
        memset(uring, 0, sizeof(*uring));
        uring->io.ops = &uring_ops;
        uring->wake_fd = -1;
        signal_watch_init(&uring->signals);

        error = ring_setup(uring, entries, config->without);
        if (error)
                goto failed;
        ring_remember(uring, config->without);

        error = -ENOMEM;
        uring->headers = malloc(uring->sq_entries * sizeof(*uring->headers));
        uring->lists_count = platform_descriptors_max();
        lists = mmap(NULL, uring->lists_count * sizeof(*uring->lists), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (lists != MAP_FAILED)
                uring->lists = lists;
        if (!uring->headers || !uring->lists)
                goto failed;
        error = receive_pool_init(&uring->receive, config);
        if (error)
                goto failed;
        error = pool_new(&uring->io, config->pool_threads ? config->pool_threads : 4, &uring->pool);
        if (error)
                goto failed;
        uring->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (uring->wake_fd < 0) {
                error = -errno;
                goto failed;
        }

        uring->multishot = !(config->without & PLATFORM_WITHOUT_MULTISHOT) && ring_has_multishot(uring);
        if (uring->multishot && !(config->without & PLATFORM_WITHOUT_BUFFER_RING))
                buffer_ring_init(uring);
        *ret_io = &uring->io;
        return 0;
failed:
        uring_free(&uring->io);
        return error;
}
