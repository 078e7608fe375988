/* SPDX-License-Identifier: MIT */
/*
 * Tries at operations for the engine on epoll: calls that do not block, whatever the mode of the
 * descriptor.
 *
 * MSG_DONTWAIT does it on sockets, RWF_NOWAIT on files and pipes. A kernel before 6.4 refuses
 * RWF_NOWAIT on a pipe or terminal; there we poll(2) first and then move at most PIPE_BUF bytes,
 * which poll promises. (Another program that reads the same pipe in between can make us wait: the
 * price of not changing the mode of what we share.) Only a socket that no engine made is put into
 * non-blocking mode, when it accepts or connects, for want of a flag.
 *
 * Files are read by us as long as their pages are cached, and by the pool from the first that is
 * not. What blocks in any case (open, stat of a path, sync, a list, a transfer so long that copying
 * alone would stall the thread) is the pool's.
 *
 * Invariants:
 *   (1) `progress` counts what has been moved by earlier tries; a failure after that answers the
 *       count.
 *   (2) A vector is read by us only after the kernel has read it without -EFAULT.
 *   (3) EINTR is tried again; the caller does it, since others may go first.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/epoll_internal.h"

#define INLINE_BYTES_MAX (1u << 20) /* a file transfer of this size would stall the thread */

int slot_kind(const struct slot *slot, int fd)
{
        return slot_is_ours(slot) ? (int)(slot->word & 3u) : platform_descriptor_look(fd);
}

static enum outcome done(struct attempt *attempt, int64_t result)
{
        attempt
        ->result = (int32_t)result;
        return TRY_DONE;
}

/* After a call that failed. What has moved before counts more than why it goes no further. */
static enum outcome failed(struct platform_op *op, struct attempt *attempt, enum outcome wait)
{
        if (errno == EINTR)
                return TRY_AGAIN;
        if (errno == EAGAIN && wait != TRY_DONE)
                return wait;
        return done(attempt, op_state(op)->progress ? (int64_t)op_state(op)->progress : -errno);
}

static enum outcome try_accept(struct platform_op *op, const struct slot *slot,
                               struct attempt *attempt)
{
        int fd;

        if (!slot_is_ours(slot) && ioctl(op->fd, FIONBIO, &(int){1}))
                return failed(op, attempt, TRY_DONE);
        fd = accept4(op->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return errno == ECONNABORTED ? TRY_AGAIN : failed(op, attempt, TRY_READ);
        platform_descriptor_made(fd, DESCRIPTOR_SOCKET);
        attempt
        ->result = fd;
        return op->op_flags ? TRY_MORE : TRY_DONE;
}

static enum outcome try_connect(struct platform_op *op, const struct slot *slot,
                                struct attempt *attempt)
{
        struct platform_op_state *state = op_state(op);

        if (state->flags & OP_BEGUN) {
                struct pollfd ready = {.fd = op->fd, .events = POLLOUT};
                int error = 0, count = poll(&ready, 1, 0);
                socklen_t length = sizeof(error);

                if (count < 0)
                        return failed(op, attempt, TRY_DONE);
                if (!count)
                        return TRY_WRITE;
                if (getsockopt(op->fd, SOL_SOCKET, SO_ERROR, &error, &length))
                        error = errno;
                return done(attempt, -error);
        }
        if (!slot_is_ours(slot) && ioctl(op->fd, FIONBIO, &(int){1}))
                return failed(op, attempt, TRY_DONE);
        if (!connect(op->fd, op->address, op->length))
                return done(attempt, 0);
        if (errno == EINPROGRESS || errno == EINTR) {
                state->flags |= OP_BEGUN;
                return TRY_WRITE;
        }
        return failed(
                op, attempt,
                TRY_LATER); /* EAGAIN: a Unix socket whose backlog is full, and no event for it */
}

static enum outcome try_receive(struct engine *engine, struct slot *slot, struct platform_op *op,
                                struct attempt *attempt)
{
        struct receive_pool *receive = &engine->receive;
        uint16_t buffer;
        ssize_t got;

        if (!op->op_flags) {
                got = recv(op->fd, op->address, op->length, (int)op->flags | MSG_DONTWAIT);
                if (got < 0)
                        return failed(op, attempt, op->flags & MSG_DONTWAIT ? TRY_DONE : TRY_READ);
                return done(attempt, got);
        }
        if (!receive->free_count)
                return done(attempt, -ENOBUFS);
        buffer = receive->free_list[receive->free_count - 1];
        got = recv(op->fd, receive_pool_buffer(receive, buffer), receive->bytes,
                   (int)op->flags | MSG_DONTWAIT);
        if (got <= 0)
                return got ? failed(op, attempt, TRY_READ) : done(attempt, 0);
        receive->free_count--;
        attempt
        ->result = (int32_t)got;
        attempt
        ->buffer = buffer;
        /*
         * A short read has emptied the socket: the next try would say EAGAIN, and the next byte
         * makes an edge. Not so the end of the stream, if that has come already.
         */
        if ((size_t)got < receive->bytes && slot->registered && !(slot->ready & READY_HUP))
                slot->ready &= (uint8_t)~READY_IN;
        return TRY_MORE;
}

/* What is left of a vector. Read by us only after the kernel has read it. */
static int vector_rest(const struct platform_op *op, uint32_t progress,
                       struct iovec rest[PLATFORM_IOV_MAX])
{
        const struct iovec *iov = op->address;
        int count = 0;

        for (uint32_t i = 0; i < op->length; i++) {
                size_t cut = iov[i].iov_len < progress ? iov[i].iov_len : progress;

                progress -= (uint32_t)cut;
                if (iov[i].iov_len > cut)
                        rest[count++] =
                                (struct iovec){(char *)iov[i].iov_base + cut, iov[i].iov_len - cut};
        }
        return count;
}

static enum outcome try_send(struct platform_op *op, struct attempt *attempt)
{
        struct platform_op_state *state = op_state(op);
        int flags = (int)op->flags | MSG_DONTWAIT | MSG_NOSIGNAL;
        ssize_t sent;

        if (op->code == PLATFORM_SEND) {
                sent = send(op->fd, (char *)op->address + state->progress,
                            op->length - state->progress, flags);
                if (sent >= 0 && state->progress + (uint32_t)sent == op->length)
                        return done(attempt, op->length);
        } else {
                struct iovec rest[PLATFORM_IOV_MAX];
                struct msghdr header = {.msg_iov = op->address, .msg_iovlen = op->length};

                if (state->progress) {
                        header.msg_iov = rest;
                        header.msg_iovlen = (size_t)vector_rest(op, state->progress, rest);
                }
                sent = sendmsg(op->fd, &header, flags);
                if (sent >= 0 && (state->progress + (uint32_t)sent >= PLATFORM_TRANSFER_MAX ||
                                  !vector_rest(op, state->progress + (uint32_t)sent, rest)))
                        return done(attempt, (int64_t)state->progress + sent);
        }
        if (sent < 0)
                return failed(op, attempt, op->flags & MSG_DONTWAIT ? TRY_DONE : TRY_WRITE);
        state->progress += (uint32_t)sent;
        return op->flags & MSG_DONTWAIT || !sent ? done(attempt, state->progress) : TRY_AGAIN;
}

/* A transfer where poll says that it will not block, on a kernel that cannot promise it in the
 * call. */
static enum outcome transfer_polled(struct platform_op *op, bool write_it, const struct iovec *iov,
                                    int count, struct attempt *attempt)
{
        struct pollfd ready = {.fd = op->fd, .events = write_it ? POLLOUT : POLLIN};
        struct iovec first = {NULL, 0};
        int events = poll(&ready, 1, 0);
        ssize_t moved;

        if (events < 0) /* that is not an answer: whoever waited for an edge now would miss it */
                return failed(op, attempt, TRY_DONE);
        if (!events)
                return write_it ? TRY_WRITE : TRY_READ;
        for (int i = 0; i < count && !first.iov_len; i++)
                first = iov[i];
        if (write_it && first.iov_len > PIPE_BUF)
                first.iov_len = PIPE_BUF;
        moved = write_it ? write(op->fd, first.iov_base, first.iov_len)
                         : read(op->fd, first.iov_base, first.iov_len);
        if (moved < 0)
                return failed(op, attempt, write_it ? TRY_WRITE : TRY_READ);
        return done(attempt, moved);
}

static enum outcome try_transfer(struct slot *slot, int kind, struct platform_op *op,
                                 struct attempt *attempt)
{
        struct platform_op_state *state = op_state(op);
        bool write_it = op->code == PLATFORM_WRITE || op->code == PLATFORM_WRITEV;
        bool vector = op->code == PLATFORM_READV || op->code == PLATFORM_WRITEV,
             file = kind == DESCRIPTOR_FILE;
        enum outcome wait = write_it ? TRY_WRITE : TRY_READ;
        struct iovec one = {(char *)op->address + (vector ? 0 : state->progress),
                            op->length - state->progress};
        struct iovec rest[PLATFORM_IOV_MAX], *iov = &one;
        int count = 1;
        off_t offset = -1;
        ssize_t moved;

        if (vector) {
                iov = op->address;
                count = (int)op->length;
                if (state->progress) {
                        iov = rest;
                        count = vector_rest(op, state->progress, rest);
                }
        }
        if (kind == DESCRIPTOR_SOCKET) {
                struct msghdr header = {.msg_iov = iov, .msg_iovlen = (size_t)count};

                moved = write_it ? sendmsg(op->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : recvmsg(op->fd, &header, MSG_DONTWAIT);
                return moved < 0 ? failed(op, attempt, wait) : done(attempt, moved);
        }
        if (file) {
                if (op->length >= INLINE_BYTES_MAX && !vector)
                        return TRY_POOL;
                if (op->offset != UINT64_MAX)
                        offset = (off_t)(op->offset + state->progress);
        } else if (slot->no_nowait) {
                return transfer_polled(op, write_it, iov, count, attempt);
        }

        moved = write_it ? pwritev2(op->fd, iov, count, offset, RWF_NOWAIT)
                         : preadv2(op->fd, iov, count, offset, RWF_NOWAIT);
        if (moved < 0) {
                if (errno == EOPNOTSUPP || (file && errno == EAGAIN)) {
                        if (file)
                                return TRY_POOL;
                        slot->no_nowait = slot_is_ours(slot);
                        return transfer_polled(op, write_it, iov, count, attempt);
                }
                return failed(op, attempt, wait);
        }
        state->progress += (uint32_t)moved;
        /* A file is read until the length or its end: the short count may only mean that the next
         * page is not cached. */
        if (file && moved &&
            (vector ? vector_rest(op, state->progress, rest) > 0 : state->progress < op->length))
                return TRY_AGAIN;
        return done(attempt, state->progress);
}

static enum outcome try_poll(struct platform_op *op, struct attempt *attempt)
{
        struct pollfd ready = {.fd = op->fd, .events = (short)op->flags};

        if (poll(&ready, 1, 0) < 0)
                return failed(op, attempt, TRY_DONE);
        if (ready.revents & POLLNVAL)
                return done(attempt, -EBADF);
        return ready.revents ? done(attempt, ready.revents) : TRY_POLL;
}

static enum outcome try_step(struct platform_op *op, struct attempt *attempt)
{
        struct platform_step_needs needs;

        switch (platform_step(op, &needs)) {
        case STEP_DONE:
                return done(attempt, needs.result);
        case STEP_WAIT:
                if (op->code == PLATFORM_SPLICE && needs.fd == op->fd2)
                        return TRY_SOURCE;
                return needs.events & POLLIN ? TRY_READ : TRY_WRITE;
        case STEP_WARM:
                op_state(op)->flags |= OP_WARM;
                return TRY_POOL;
        case STEP_AGAIN:
                break;
        }
        return TRY_AGAIN;
}

/* As in try_receive(): fewer than there was room for, so the next one makes an edge. */
static enum outcome try_messages(struct slot *slot, struct platform_op *op, struct attempt *attempt)
{
        enum outcome outcome;

        if (slot->ready & READY_HUP) /* no edge will tell that again */
                op_state(op)->flags |= OP_BEGUN;
        outcome = try_step(op, attempt);
        if (outcome == TRY_DONE && attempt->result > 0 && (uint32_t)attempt->result < op->length &&
            slot->registered && !(slot->ready & READY_HUP) && !(op->flags & MSG_ERRQUEUE))
                slot->ready &= (uint8_t)~READY_IN;
        return outcome;
}

enum outcome epoll_try(struct engine *engine, struct slot *slot, struct platform_op *op,
                       struct attempt *attempt)
{
        int kind;

        switch (op->code) {
        case PLATFORM_NOP:
                return done(attempt, 0);
        case PLATFORM_RECV:
                return try_receive(engine, slot, op, attempt);
        case PLATFORM_SEND:
        case PLATFORM_SENDV:
                return try_send(op, attempt);
        case PLATFORM_ACCEPT:
                return try_accept(op, slot, attempt);
        case PLATFORM_CONNECT:
                return try_connect(op, slot, attempt);
        case PLATFORM_READ:
        case PLATFORM_WRITE:
        case PLATFORM_READV:
        case PLATFORM_WRITEV:
                kind = slot_kind(slot, op->fd);
                return kind < 0 ? done(attempt, kind) : try_transfer(slot, kind, op, attempt);
        case PLATFORM_POLL:
                return try_poll(op, attempt);
        case PLATFORM_RECVMSG:
                return try_messages(slot, op, attempt);
        case PLATFORM_SENDFILE:
        case PLATFORM_SPLICE:
        case PLATFORM_SHUTDOWN:
        case PLATFORM_SENDMSG:
                return try_step(op, attempt);
        case PLATFORM_STATX:
                return platform_op_is_statx_of_descriptor(op) ? try_step(op, attempt) : TRY_POOL;
        default: /* the file system */
                return TRY_POOL;
        }
}
