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
 *        +--- for the pool ---> POOL ---> QUEUED
 *        +--- SIGNAL ---> in the watch ---> QUEUED
 *
 * Invariants:
 *   (1) An operation that is LIVE is in the kernel, in the queue, with the pool, or in the signal
 *       watch. Only in the queue may it be in the kernel as well: then a cancel could not be sent
 *       for lack of room, or it completed before that was.
 *   (2) `user_data` is the operation's address with a tag in its low 3 bits. At most one request
 *       per operation and nothing but its cancels is in the kernel, so that its completion is the
 *       kernel's last word; but for sends that do not copy (uring_zero_copy.c).
 *   (3) The kernel takes requests in order: a cancel never overtakes what it is for, nor does it
 *       meet an operation that was submitted later at the same address.
 *   (4) Every operation on a descriptor stands in the descriptor's list, so that its close can
 *       cancel them, and so that none of them is issued again on a number that may stand for
 *       another file by then.
 *   (5) Of the operations that move bytes one way through a stream, the kernel has one at a time;
 * those behind it are HELD. The kernel itself serves the latest first, and sends that wait for room
 * would mix their bytes. Transfers at an offset are not ordered. (6) The engine's thread alone
 * touches all of it but `waker`, the pool's stack and what the kernel shares.
 *
 * The usual way of a message (a RECV with MULTI that yields, a SEND that sends) is uring_submit()
 * and the first half of reap(): no allocation, no clock, one system call for all messages of a
 * turn, and two words of the operation read.
 *
 * The ring is set up with what the kernel has, from SINGLE_ISSUER and DEFER_TASKRUN (completions
 * are made when we ask for them, and nobody interrupts us) down to nothing (5.15). Without rings of
 * buffers or without multishot receive, a RECV with MULTI is a poll and a recv(2): a connection
 * that is idle holds no buffer in either case.
 *
 * What io_uring has no operation for goes to the pool (uring_is_for_pool()). What is stepped is
 * told in step.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "platform/uring_internal.h"

/* The state of an operation to which nothing unusual has happened, as one word: no progress, these
 * flags. */
#define STATE_USUAL ((uint64_t)(OP_LIVE | OP_KERNEL | OP_LISTED) << 32)

/* ---- Submit and cancel ---- */

static void uring_cancel(struct platform_io *io, struct platform_op *op)
{
        struct uring *uring = uring_of(io);
        struct platform_op_state *state = op_state(op);
        uint32_t flags = state->flags;

        if (op->code == PLATFORM_SPAWN && (flags & OP_LIVE) && platform_child_cancel(op))
                return;
        if (!(flags & OP_LIVE) || (flags & (OP_CANCELLED | OP_DONE)))
                return;
        if (flags & OP_SENT) {
                if ((int32_t)state->progress > 0)
                        uring_cut(op);
        } else if (flags & OP_POOL) {
                /* What has begun goes on to its end and says what came of it. */
                if (!pool_cancel(uring->pool, op)) {
                        if (op->code == PLATFORM_SPAWN)
                                state->flags |= OP_CANCELLED;
                        return;
                }
                uring->pool_count--;
                uring_queue(uring, op);
        } else if (flags & OP_KERNEL) {
                uring_issue_cancel(uring, op);
        } else if (!(flags & OP_QUEUED)) {
                uring_queue(uring, op); /* a SIGNAL, or one that is HELD */
        }
        state->flags = (state->flags & ~(uint32_t)OP_HELD) | OP_CANCELLED;
}

static void submit_signal(struct uring *uring, struct platform_op *op)
{
        bool fresh;
        int error = signal_watch_add(&uring->signals, op, &fresh);

        if (error)
                uring_queue_result(uring, op, error);
        else if (!uring->signal_armed)
                uring->signal_armed = uring_issue_watch(uring, uring->signals.fd, TAG_SIGNAL, 0);
}

void uring_submit_pool(struct uring *uring, struct platform_op *op)
{
        int error;

        op_flags_clear(op, OP_FIXED);
        error = pool_submit(uring->pool, op);
        if (error)
                uring_queue_result(uring, op, error);
        else
                uring->pool_count++;
}

static void list_cancel(struct uring *uring, int fd)
{
        /* Cancelling takes nothing out of the list: what is cancelled leaves it when it completes.
         */
        for (struct platform_op *op = uring->lists[fd]; op; op = op->engine_next) {
                uint32_t flags = op_state(op)->flags;

                uring_cancel(&uring->io, op);
                /* later the number may be another file's */
                if (platform_unlikely(uring_is_read(op) ||
                                      ((flags & (OP_KERNEL | OP_POLL)) == OP_KERNEL &&
                                       uring_is_zero_copy(op))))
                        uring_cut(op);
        }
}

static void submit_close(struct uring *uring, struct platform_op *op)
{
        if ((uint32_t)op->fd < uring->lists_count)
                list_cancel(uring, op->fd);
        if (uring->pool_count && pool_is_on(uring->pool, op->fd) && !pool_submit(uring->pool, op))
                uring->pool_count++;
        else
                uring_issue(uring, op);
}

/* See (5): operations with the same answer are ordered on their descriptor, unless it is 0. */
static inline unsigned order_of(const struct platform_op *op)
{
        switch (op->code) {
        case PLATFORM_RECV:
        case PLATFORM_RECVMSG:
                return 1;
        case PLATFORM_SEND:
        case PLATFORM_SENDV:
        case PLATFORM_SENDFILE:
        case PLATFORM_SENDMSG:
                return 2;
        case PLATFORM_READ:
        case PLATFORM_READV:
                return op->offset == UINT64_MAX ? 1 : 0;
        case PLATFORM_WRITE:
        case PLATFORM_WRITEV:
                return op->offset == UINT64_MAX ? 2 : 0;
        default:
                return 0;
        }
}

/* Puts the operation into its descriptor's list. False where it has to wait for one that is there.
 */
static inline bool list_enter(struct uring *uring, struct platform_op *op)
{
        struct platform_op **list = &uring->lists[op->fd];
        unsigned order = order_of(op);
        bool free_way = true;

        for (struct platform_op *other = order ? *list : NULL; other; other = other->engine_next) {
                if (order_of(other) == order &&
                    !(op_state(other)->flags & (OP_HELD | OP_SENT))) {
                        op_state(other)->flags |= OP_FOLLOWED;
                        op_state(op)->flags |= OP_HELD;
                        free_way = false;
                        break;
                }
        }
        op_list_push(list, op);
        op_state(op)->flags |= OP_LISTED;
        return free_way;
}

/* Sets a checked operation on its way. */
static void start(struct uring *uring, struct platform_op *op)
{
        if (uring_is_for_pool(uring, op)) {
                uring_submit_pool(uring, op);
                return;
        }
        switch (op->code) {
        case PLATFORM_RECV:
                if (op->op_flags && !uring->buffer_ring)
                        uring_issue_poll(uring, op, op->fd, POLLIN);
                else
                        uring_issue(uring, op);
                break;
        case PLATFORM_CLOSE:
                submit_close(uring, op);
                break;
        case PLATFORM_SIGNAL:
                submit_signal(uring, op);
                break;
        case PLATFORM_RECVMSG:
                if (op->op_flags & PLATFORM_OP_POLL_FIRST && !(op->flags & MSG_DONTWAIT))
                        uring_issue_poll(uring, op, op->fd, POLLIN);
                else
                        uring_queue(uring, op);
                break;
        case PLATFORM_SENDFILE:
        case PLATFORM_SPLICE:
        case PLATFORM_SHUTDOWN:
        case PLATFORM_SENDMSG:
                uring_queue(uring, op);
                break;
        case PLATFORM_STATX:
                if (platform_op_is_statx_of_descriptor(op))
                        uring_queue(uring, op);
                else
                        uring_issue(uring, op);
                break;
        default:
                uring_issue(uring, op);
        }
}

static void uring_submit(struct platform_io *io, struct platform_op *op)
{
        struct uring *uring = uring_of(io);
        struct platform_op_state *state = op_state(op);
        bool usual = (op->code == PLATFORM_SEND || op->code == PLATFORM_RECV) && !op->op_flags &&
                     op->length <= PLATFORM_TRANSFER_MAX;
        int error;

        assert(!(state->flags & OP_LIVE));
        state->progress = 0;
        state->flags = OP_LIVE;
        io->pending++;

        if (platform_unlikely(!usual)) {
                error = platform_op_check(op);
                if (error) {
                        uring_queue_result(uring, op, error);
                        return;
                }
        }
        if ((uint32_t)op->fd < uring->lists_count && op->code != PLATFORM_CLOSE &&
            op->code != PLATFORM_SIGNAL && op->code != PLATFORM_NOP && !list_enter(uring, op))
                return;
        if (platform_likely(usual))
                uring_issue(uring, op);
        else
                start(uring, op);
}

/* One that others are held for is over: the oldest of them is next. */
static void release_next(struct uring *uring, const struct platform_op *over)
{
        unsigned order = order_of(over), held = 0;
        struct platform_op *next = NULL;

        for (struct platform_op *op = uring->lists[over->fd]; op; op = op->engine_next) {
                if (order_of(op) != order || op_state(op)->flags & OP_SENT)
                        continue;
                if (!(op_state(op)->flags & OP_HELD)) {
                        op_state(op)->flags |= OP_FOLLOWED; /* not the first: it was cancelled */
                        return;
                }
                held++;
                next = op; /* the list has the latest first */
        }
        if (!next)
                return;
        op_flags_clear(next, OP_HELD);
        if (held > 1)
                op_state(next)->flags |= OP_FOLLOWED;
        start(uring, next);
}

/* ---- Completions ---- */

static inline size_t emit(struct platform_completion *out, struct platform_op *op, int32_t result,
                          uint32_t flags, uint32_t buffer)
{
        *out = (struct platform_completion){op, result, flags, (uint16_t)buffer};
        return 1;
}

/* The last completion; from here on the operation is its owner's. */
static inline size_t emit_last(struct uring *uring, struct platform_completion *out,
                               struct platform_op *op, int32_t result)
{
        struct platform_op_state *state = op_state(op);
        uint32_t flags = (state->flags & OP_COPIED ? PLATFORM_COPIED : 0) |
                         (state->flags & OP_FIXED ? PLATFORM_REGISTERED : 0);

        if (state->flags & OP_LISTED)
                op_list_remove(&uring->lists[op->fd], op);
        if (platform_unlikely(state->flags & OP_FOLLOWED))
                release_next(uring, op);
        state->flags = 0;
        state->progress = 0;
        uring->io.pending--;
        return emit(out, op, result, flags, 0);
}

/* It is over, but the kernel still reads what it sends: those behind it need not wait for that. */
static void finish_sent(struct uring *uring, struct platform_op *op, int32_t result)
{
        struct platform_op_state *state = op_state(op);
        bool followed = state->flags & OP_FOLLOWED;

        state->progress = (uint32_t)result;
        state->flags = (state->flags & ~(uint32_t)OP_FOLLOWED) | OP_SENT;
        if (state->flags & OP_CANCELLED && result > 0)
                uring_cut(op);
        if (followed)
                release_next(uring, op);
}

/* The same, unless the operation is in the queue: then it is handed out from there. See (1). */
static size_t finish(struct uring *uring, struct platform_completion *out, struct platform_op *op,
                     int32_t result)
{
        if (platform_unlikely(uring_is_read(op))) {
                finish_sent(uring, op, result);
                return 0;
        }
        if (op_state(op)->flags & OP_QUEUED) {
                uring_queue_result(uring, op, result);
                return 0;
        }
        return emit_last(uring, out, op, result);
}

static size_t finish_cancelled(struct uring *uring, struct platform_completion *out,
                               struct platform_op *op)
{
        uint32_t progress = op_state(op)->progress;

        return finish(uring, out, op, progress ? (int32_t)progress : -ECANCELED);
}

static void again(struct uring *uring, struct platform_op *op)
{
        if (!(op_state(op)->flags & OP_QUEUED))
                uring_issue(uring, op);
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
        case -EAGAIN: /* beneath a directory: something was renamed on the way */
                retry = uring_events(op) || op->op_flags & PLATFORM_OP_BENEATH;
                break;
        case -ENOBUFS: /* its ring has no more buffers: have we? */
                retry = op->code == PLATFORM_RECV && op->op_flags && uring->buffer_ring &&
                        uring->receive.free_count;
                break;
        case -ECANCELED:
                if (!(state->flags & OP_CANCELLED) && uring_refused(uring, op))
                        return 0;
                retry = false;
                break;
        default:
                retry = uring_area_failed(op, result);
        }
        if (state->flags & OP_CANCELLED && (retry || result == -ECANCELED))
                return finish_cancelled(uring, out, op);
        if (!retry)
                return finish(uring, out, op, state->progress ? (int32_t)state->progress : result);
        if ((result == -EAGAIN && uring_events(op)) || result == -EINPROGRESS) {
                if (result == -EINPROGRESS)
                        state->flags |= OP_BEGUN;
                uring_issue_poll(uring, op, op->fd, uring_events(op));
        } else {
                again(uring, op);
        }
        return 0;
}

/* One completion of an operation with MULTI that the kernel ended, though for us it goes on. */
static size_t complete_multi(struct uring *uring, struct platform_op *op, int32_t result,
                             uint32_t flags, struct platform_completion *out)
{
        size_t count;

        if (op->code == PLATFORM_RECV) {
                if (result == 0)
                        return finish(uring, out, op, 0);
                count = emit(out, op, result, PLATFORM_MORE | PLATFORM_BUFFER,
                             flags >> IORING_CQE_BUFFER_SHIFT);
        } else {
                count = emit(out, op, result, PLATFORM_MORE, 0);
        }
        if (op_state(op)->flags & OP_CANCELLED)
                uring_queue_result(uring, op, -ECANCELED);
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
        if (platform_unlikely(result <= 0 && flags & IORING_CQE_F_BUFFER))
                uring_buffer_release(&uring->io, (uint16_t)(flags >> IORING_CQE_BUFFER_SHIFT));
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
                    !uring_sendv_rest(op, state->progress).iov_len)
                        return finish(uring, out, op, (int32_t)state->progress);
        } else {
                uring_written(op, result);
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
        if (op->code == PLATFORM_SPAWN) { /* whatever the poll says: the child is asked */
                if (!(state->flags & OP_QUEUED))
                        uring_queue(uring, op);
                return 0;
        }
        if (state->flags & OP_CANCELLED)
                return finish_cancelled(uring, out, op);
        if (warm)
                state->flags |=
                        OP_WARMED; /* an error of the read is found again by the call itself */
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
        uring_queue(uring, op);
        return 0;
}

static size_t complete_zero_copy(struct uring *uring, struct platform_op *op, int32_t result,
                                 uint32_t flags, struct platform_completion *out)
{
        const struct platform_op_state *state = op_state(op);

        if (uring_zero_copy_completed(op, &result, flags))
                return complete(uring, op, result, 0, out);
        return state->flags & OP_SENT && !uring_is_read(op)
                       ? finish(uring, out, op, (int32_t)state->progress)
                       : 0;
}

static size_t complete_tagged(struct uring *uring, uint64_t data, int32_t result, uint32_t flags,
                              struct platform_completion *out)
{
        struct platform_op *op = (struct platform_op *)(uintptr_t)(data & ~(uint64_t)TAG_MASK);

        switch (data & TAG_MASK) {
        case TAG_POLL:
        case TAG_WARM:
                return complete_stand_in(uring, op, result, out);
        case TAG_ZERO_COPY:
                return complete_zero_copy(uring, op, result, flags, out);
        case TAG_WAKE:
                if (!(flags & IORING_CQE_F_MORE))
                        uring->wake_armed = uring_issue_watch(uring, uring->waker.fd, TAG_WAKE,
                                                              IORING_POLL_ADD_MULTI);
                return 0;
        case TAG_SIGNAL:
                signal_watch_read(&uring->signals, &uring->queue);
                uring->signal_armed = uring_issue_watch(uring, uring->signals.fd, TAG_SIGNAL, 0);
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

                uring->buffers_given -= flags & IORING_CQE_F_BUFFER ? 1 : 0;
                if (platform_unlikely(data & TAG_MASK))
                        count += complete_tagged(uring, data, result, flags, &out[count]);
                else if (flags & IORING_CQE_F_MORE)
                        count += emit(&out[count], op, result,
                                      PLATFORM_MORE |
                                              (flags & IORING_CQE_F_BUFFER ? PLATFORM_BUFFER : 0u),
                                      flags >> IORING_CQE_BUFFER_SHIFT);
                else if (platform_likely(result >= 0 && op->engine[1] == STATE_USUAL &&
                                         !op->op_flags &&
                                         (op->code == PLATFORM_SEND
                                                  ? (uint32_t)result == op->length
                                                  : op->code != PLATFORM_SENDV &&
                                                            op->code != PLATFORM_WRITE &&
                                                            op->code != PLATFORM_WRITEV)))
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

/* A RECV with MULTI where the kernel does not choose the buffer: one receive, then others have
 * their turn. */
static size_t queued_receive(struct uring *uring, struct platform_op *op,
                             struct platform_completion *out)
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
                uring_queue(uring, op);
                return emit(out, op, (int32_t)got, PLATFORM_MORE | PLATFORM_BUFFER, buffer);
        }
        if (got < 0 && errno == EAGAIN) {
                uring_issue_poll(uring, op, op->fd, POLLIN);
                return 0;
        }
        return emit_last(uring, out, op, got < 0 ? -errno : 0);
}

static size_t queued_step(struct uring *uring, struct platform_op *op,
                          struct platform_completion *out)
{
        struct platform_step_needs needs;

        switch (platform_step(op, &needs)) {
        case STEP_DONE:
                return emit_last(uring, out, op, needs.result);
        case STEP_WAIT:
                uring_issue_poll(uring, op, needs.fd, needs.events);
                return 0;
        case STEP_WARM:
                uring_issue_warm(uring, op, needs.offset, needs.length);
                return 0;
        case STEP_AGAIN:
                break;
        }
        uring_queue(uring, op);
        return 0;
}

static size_t queued_signal(struct uring *uring, struct platform_op *op,
                            struct platform_completion *out)
{
        bool more;
        int32_t result = signal_watch_take(&uring->signals, op, &more);

        if (!more)
                return emit_last(uring, out, op, result);
        if (op_state(op)->flags & OP_CANCELLED)
                uring_queue(uring, op);
        return emit(out, op, result, PLATFORM_MORE, 0);
}

static size_t queued_child(struct uring *uring, struct platform_op *op,
                           struct platform_completion *out)
{
        int32_t result;

        switch (platform_child_advance(op, &result)) {
        case CHILD_MAKE:
                uring_submit_pool(uring, op);
                return 0;
        case CHILD_RUNS:
                uring_queue(uring, op);
                return emit(out, op, 0, PLATFORM_MORE, 0);
        case CHILD_WAITS:
                uring_issue_poll(uring, op, op->fd, POLLIN);
                return 0;
        case CHILD_OVER:
                break;
        }
        return emit_last(uring, out, op, result);
}

static size_t queue_advance(struct uring *uring, struct platform_op *op,
                            struct platform_completion *out)
{
        struct platform_op_state *state = op_state(op);

        state->flags &= ~(uint32_t)OP_QUEUED;
        if (op->code == PLATFORM_SPAWN && !(state->flags & OP_KERNEL))
                return queued_child(uring, op, out);
        if (state->flags & OP_DONE)
                return emit_last(uring, out, op, (int32_t)state->progress);
        if (state->flags & OP_KERNEL) {
                uring_issue_cancel(uring, op);
                return 0;
        }
        if (state->flags & OP_SENT)
                return 0;
        if (op->code == PLATFORM_SIGNAL)
                return queued_signal(uring, op, out);
        if (state->flags & OP_CANCELLED)
                return finish_cancelled(uring, out, op);

        switch (op->code) {
        case PLATFORM_SENDFILE:
        case PLATFORM_SPLICE:
        case PLATFORM_SHUTDOWN:
        case PLATFORM_RECVMSG:
        case PLATFORM_SENDMSG:
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
        uring_issue(uring, op);
        return 0;
}

/* Looks once at each operation that is in the queue now; what comes back to it is for the next
 * time. */
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
                uring_queue_result(uring, op, (int32_t)op_state(op)->progress);
        }
}

/* ---- Waiting ---- */

/* Submits, and waits for a completion where `sleep` says so. Returns true where the wait was
 * interrupted or found a wake-up. */
static bool enter(struct uring *uring, unsigned to_submit, bool sleep, uint64_t timeout_ns)
{
        struct __kernel_timespec timeout;
        struct io_uring_getevents_arg argument = {.sigmask_sz = _NSIG / 8};
        int result;

        if (!sleep) {
                uring_enter(uring, to_submit, 0, IORING_ENTER_GETEVENTS, NULL, 0);
                return false;
        }
        if (!waker_sleep(&uring->waker)) {
                waker_rise(&uring->waker);
                uring_enter(uring, to_submit, 0, IORING_ENTER_GETEVENTS, NULL, 0);
                return true;
        }
        if (timeout_ns == UINT64_MAX) {
                result = uring_enter(uring, to_submit, 1, IORING_ENTER_GETEVENTS, NULL, 0);
        } else {
                timeout.tv_sec = (long long)(timeout_ns / 1000000000u);
                timeout.tv_nsec = (long long)(timeout_ns % 1000000000u);
                argument.ts = (uint64_t)(uintptr_t)&timeout;
                result = uring_enter(uring, to_submit, 1,
                                     IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
                                     sizeof(argument));
        }
        return waker_rise(&uring->waker) || result == -EINTR;
}

static size_t uring_wait(struct platform_io *io, uint64_t timeout_ns,
                         struct platform_completion *out, size_t max)
{
        struct uring *uring = uring_of(io);
        bool over = waker_take(&uring->waker);
        size_t count;

        if (over)
                timeout_ns = 0;
        do {
                unsigned to_submit;
                bool empty;

                if (platform_unlikely(!uring->wake_armed))
                        uring->wake_armed = uring_issue_watch(uring, uring->waker.fd, TAG_WAKE,
                                                              IORING_POLL_ADD_MULTI);
                if (platform_unlikely(!uring->signal_armed && uring->signals.fd >= 0))
                        uring->signal_armed =
                                uring_issue_watch(uring, uring->signals.fd, TAG_SIGNAL, 0);
                if (platform_unlikely(uring->pool_count))
                        pool_collect(uring);
                if (uring->buffers_given != uring->buffers_wanted)
                        uring_buffers_give(uring);
                if (platform_unlikely(uring->areas != NULL))
                        uring_areas_sweep(uring);

                to_submit = uring->sq_tail - uring->sq_head;
                empty = uring->cq_head == __atomic_load_n(uring->cq_ktail, __ATOMIC_ACQUIRE);
                /* With work in the queue, only for what the kernel says it has. */
                if (to_submit ||
                    (empty && ((timeout_ns && !uring->queue.head) ||
                               __atomic_load_n(uring->sq_kflags, __ATOMIC_RELAXED))))
                        over = enter(uring, to_submit, empty && timeout_ns && !uring->queue.head,
                                     timeout_ns);

                if (platform_unlikely(uring->pool_count))
                        pool_collect(uring);

                count = 0;
                if (platform_unlikely(uring->queue_first))
                        count = queue_run(uring, out, max);
                count += reap(uring, out + count, max - count);
                if (platform_unlikely(uring->queue.head) && !uring->queue_first)
                        count += queue_run(uring, out + count, max - count);
                uring->queue_first = uring->queue.head;
        } while (!count && !over && timeout_ns == UINT64_MAX);
        return count;
}

static void uring_wake(struct platform_io *io)
{
        waker_wake(&uring_of(io)->waker);
}

static void uring_close_now(struct platform_io *io, int fd)
{
        struct uring *uring = uring_of(io);

        if ((uint32_t)fd < uring->lists_count)
                list_cancel(uring, fd);
        real_close_now(io, fd);
}

static bool uring_ready(struct platform_io *io)
{
        struct uring *uring = uring_of(io);

        return uring->cq_head != __atomic_load_n(uring->cq_ktail, __ATOMIC_ACQUIRE) ||
               uring->queue.head || __atomic_load_n(uring->sq_kflags, __ATOMIC_RELAXED) ||
               waker_woken(&uring->waker);
}

const struct platform_io_ops uring_ops = {
        .name = "uring",
        .free = uring_free,
        .submit = uring_submit,
        .cancel = uring_cancel,
        .wait = uring_wait,
        .wake = uring_wake,
        .descriptor = uring_descriptor,
        .sleep = uring_sleep,
        .rise = uring_rise,
        .lend = uring_lend,
        .serve = uring_serve,
        .ready = uring_ready,
        .buffer = uring_buffer,
        .buffer_release = uring_buffer_release,
        .socket_new = real_socket_new,
        .socket_listen = real_socket_listen,
        .socket_pair = real_socket_pair,
        .socket_name = real_socket_name,
        .socket_option_set = real_socket_option_set,
        .socket_option_get = real_socket_option_get,
        .socket_bind = real_socket_bind,
        .socket_peer = real_socket_peer,
        .interface = real_interface,
        .pipe_new = real_pipe_new,
        .duplicate = real_duplicate,
        .watch_new = real_watch_new,
        .watch_pending = real_watch_pending,
        .watch_limit = real_watch_limit,
        .close_now = uring_close_now,
        .unlink_now = real_unlink_now,
        .random = real_random,
        .now = real_now,
        .describe = uring_describe,
        .memory = uring_memory,
};
