/* SPDX-License-Identifier: MIT */
/*
 * Steps: tries at operations for which the kernel has no good asynchronous call, the same for both
 * backends. A step makes a call that does not block; where that answers EAGAIN it says what to wait
 * for, and the engine waits in its own way and steps again.
 *
 *      submit ---> queued ---> platform_step ---> DONE
 *                    ^              |
 *                    +--- WAIT, AGAIN, WARM (the engine has waited, or has read the pages)
 *
 * SENDFILE is sendfile(2) on a socket in non-blocking mode and splice(2) with SPLICE_F_NONBLOCK on
 * a pipe (whose mode is not ours to change). io_uring's own way, two linked splices through a pipe,
 * goes to a kernel thread for each of them, as does every splice there: slower than the copy that
 * it saves. What sendfile(2) does badly is a page that is not cached: it waits for the disk. So the
 * first and the last byte of each piece are asked for with RWF_NOWAIT (250 ns against some 10
 * microseconds for 64 KiB); where one is missing, the engine first reads the piece asynchronously,
 * into a buffer that nobody looks at. A hole in the middle of a piece, or a page that was evicted
 * in between, still blocks: that is rare, and the stall watch sees it.
 *
 * SPLICE asks both ends with poll(2) first, because EAGAIN does not tell which of them was meant.
 *
 * RECVMSG and SENDMSG are recvmmsg(2) and sendmmsg(2): many messages for one system call, where
 * io_uring takes a request for each.
 *
 * SHUTDOWN does not block, and io_uring would send it to a kernel thread. STATX of a descriptor
 * does not block but on network file systems, where io_uring would be right and is slower by ten
 * times everywhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/backend.h"

static bool may_be_registered(const struct platform_op *op)
{
        return op->code == PLATFORM_READ || op->code == PLATFORM_WRITE ||
               (op->code == PLATFORM_SEND && op->op_flags & PLATFORM_OP_ZERO_COPY);
}

int platform_op_check(const struct platform_op *op)
{
        bool beneath = op->op_flags & PLATFORM_OP_BENEATH;

        if (platform_unlikely(op->op_flags)) {
                const uint64_t multi = PLATFORM_CODE(ACCEPT) | PLATFORM_CODE(RECV) |
                                       PLATFORM_CODE(SIGNAL);
                const unsigned all = PLATFORM_OP_MULTI | PLATFORM_OP_BENEATH |
                                     PLATFORM_OP_ZERO_COPY | PLATFORM_OP_POLL_FIRST |
                                     PLATFORM_OP_REGISTERED;

                if (op->op_flags & ~all ||
                    (op->op_flags & PLATFORM_OP_MULTI &&
                     (op->code >= 64 || !(multi >> op->code & 1))) ||
                    (beneath && !platform_op_has_path(op->code)) ||
                    (op->op_flags & PLATFORM_OP_ZERO_COPY && op->code != PLATFORM_SEND &&
                     op->code != PLATFORM_SENDV) ||
                    (op->op_flags & PLATFORM_OP_POLL_FIRST && op->code != PLATFORM_RECVMSG) ||
                    (op->op_flags & PLATFORM_OP_REGISTERED && !may_be_registered(op)))
                        return -EINVAL;
        }

        switch (op->code) {
        case PLATFORM_READV:
        case PLATFORM_WRITEV:
        case PLATFORM_SENDV:
                return op->length > PLATFORM_IOV_MAX ? -EINVAL : 0;
        case PLATFORM_SEND:
                return op->length > PLATFORM_TRANSFER_MAX ? -EINVAL : 0;
        case PLATFORM_SENDFILE:
                return op->offset > (uint64_t)INT64_MAX - op->length ? -EINVAL : 0;
        case PLATFORM_RECVMSG:
        case PLATFORM_SENDMSG:
                if (op->length == 0 || op->length > PLATFORM_MESSAGES_MAX)
                        return -EINVAL;
                return op->address == NULL ? -EFAULT : 0;
        case PLATFORM_SYNC_RANGE:
        case PLATFORM_ALLOCATE:
        case PLATFORM_COPY_RANGE:
        case PLATFORM_LOCK:
                return op->offset > INT64_MAX || platform_op_bytes(op) > INT64_MAX - op->offset
                               ? -EINVAL
                               : 0;
        case PLATFORM_SCAN:
                return op->length < PLATFORM_SCAN_BYTES_MIN || op->offset > INT64_MAX ||
                                       (op->mode && op->mask)
                               ? -EINVAL
                               : 0;
        case PLATFORM_TRUNCATE:
                return op->offset > INT64_MAX ? -EINVAL : 0;
        case PLATFORM_FSYNC:
                return op->flags & ~PLATFORM_SYNC_DATA ? -EINVAL : 0;
        case PLATFORM_LINK: /* following would lead out */
                return beneath && op->flags & AT_SYMLINK_FOLLOW ? -EINVAL : 0;
        case PLATFORM_POLL:
                return !op->flags || (op->flags & ~PLATFORM_POLL_EVENTS) ? -EINVAL : 0;
        case PLATFORM_SIGNAL:
                return op->offset == 0 || op->offset & (platform_signal_bit(SIGKILL) |
                                                        platform_signal_bit(SIGSTOP))
                               ? -EINVAL
                               : 0;
        case PLATFORM_SPAWN:
                return op->address == NULL || op->fd != -1 ? -EINVAL : 0;
        default:
                return op->code < PLATFORM_NOP || op->code >= PLATFORM_OP_CODES ? -EINVAL : 0;
        }
}

bool platform_op_is_statx_of_descriptor(const struct platform_op *op)
{
        const char *path = op->address;

        return op->code == PLATFORM_STATX && (op->flags & AT_EMPTY_PATH) && op->fd >= 0 && path &&
               !*path;
}

static enum platform_step step_done(struct platform_step_needs *needs, int64_t result)
{
        needs->result = (int32_t)result;
        return STEP_DONE;
}

static enum platform_step step_wait(struct platform_step_needs *needs, int fd, uint32_t events)
{
        needs->fd = fd;
        needs->events = events;
        return STEP_WAIT;
}

/* True where reading the byte would wait for the disk. Anything else that is wrong is left to the
 * real call. */
static bool byte_is_cold(int fd, uint64_t offset)
{
        char byte;
        struct iovec iov = {&byte, 1};

        return preadv2(fd, &iov, 1, (off_t)offset, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

static bool piece_is_cold(struct platform_op *op, uint64_t offset, uint32_t length, bool first)
{
        if (op_state(op)->flags & OP_WARMED)
                return false;
        return (first && byte_is_cold(op->fd2, offset)) ||
               byte_is_cold(op->fd2, offset + length - 1);
}

static enum platform_step step_warm(struct platform_step_needs *needs, uint64_t offset,
                                    uint32_t length)
{
        needs->offset = offset;
        needs->length = length;
        return STEP_WARM;
}

/* Sees to it that no call on the target blocks. 0, or a negative errno. */
static int target_prepare(struct platform_op *op)
{
        int mode = fcntl(op->fd, F_GETFL);
        struct stat st;

        if (mode < 0)
                return -errno;
        if (!(mode & O_NONBLOCK)) {
                if (fstat(op->fd, &st))
                        return -errno;
                if (S_ISFIFO(st.st_mode))
                        op_state(op)->flags |= OP_SPLICED;
                else if (!S_ISSOCK(st.st_mode))
                        return -EINVAL;
                else if (ioctl(op->fd, FIONBIO, &(int){1}))
                        return -errno;
        }
        op_state(op)->flags |= OP_BEGUN;
        return 0;
}

static enum platform_step step_sendfile(struct platform_op *op, struct platform_step_needs *needs)
{
        struct platform_op_state *state = op_state(op);
        uint32_t moved = 0;

        if (!(state->flags & OP_BEGUN)) {
                int error = target_prepare(op);

                if (error)
                        return step_done(needs, error);
        }
        while (moved < PLATFORM_STEP_BYTES) {
                uint32_t left = op->length - state->progress;
                uint32_t piece = left < PLATFORM_STEP_BYTES ? left : PLATFORM_STEP_BYTES;
                uint64_t offset = op->offset + state->progress;
                loff_t at = (loff_t)offset;
                ssize_t sent;

                /* With nothing to send the call is still made once, for its error. */
                if (!left && state->progress)
                        return step_done(needs, state->progress);
                if (piece && piece_is_cold(op, offset, piece, !state->progress))
                        return step_warm(needs, offset, piece);
                if (state->flags & OP_SPLICED)
                        sent = splice(op->fd2, &at, op->fd, NULL, piece, SPLICE_F_NONBLOCK);
                else
                        sent = sendfile(op->fd, op->fd2, &at, piece);
                if (sent < 0) {
                        if (errno == EAGAIN)
                                return step_wait(needs, op->fd, POLLOUT);
                        if (errno == EINTR)
                                return STEP_AGAIN;
                        return step_done(needs,
                                         state->progress ? (int64_t)state->progress : -errno);
                }
                op_flags_clear(op, OP_WARMED);
                state->progress += (uint32_t)sent;
                moved += (uint32_t)sent;
                if (!sent || state->progress >= op->length ||
                    state->progress >= PLATFORM_TRANSFER_MAX)
                        return step_done(needs, state->progress);
        }
        return STEP_AGAIN;
}

static enum platform_step step_splice(struct platform_op *op, struct platform_step_needs *needs)
{
        struct platform_op_state *state = op_state(op);
        struct pollfd ends[2] = {{.fd = op->fd2, .events = POLLIN},
                                 {.fd = op->fd, .events = POLLOUT}};
        uint32_t length = op->length < PLATFORM_STEP_BYTES ? op->length : PLATFORM_STEP_BYTES;
        off_t position;
        ssize_t moved;

        if (!(state->flags & OP_BEGUN)) {
                for (int i = 0; i < 2; i++) {
                        int kind = platform_descriptor_look(ends[i].fd);
                        int mode = fcntl(ends[i].fd, F_GETFL);

                        /* The wrong end of a pipe would be waited for without end. */
                        if (mode >= 0 && (mode & O_ACCMODE) == (i == 0 ? O_WRONLY : O_RDONLY))
                                return step_done(needs, -EBADF);

                        if (kind < 0)
                                return step_done(needs, kind);
                        if (kind == DESCRIPTOR_SOCKET && ioctl(ends[i].fd, FIONBIO, &(int){1}))
                                return step_done(needs, -errno);
                }
                if (!length)
                        return step_done(needs, 0);
                state->flags |= OP_BEGUN;
        }
        if (poll(ends, 2, 0) < 0)
                return errno == EINTR ? STEP_AGAIN : step_done(needs, -errno);
        if (!ends[0].revents)
                return step_wait(needs, op->fd2, POLLIN);
        if (!ends[1].revents)
                return step_wait(needs, op->fd, POLLOUT);
        position = lseek(op->fd2, 0, SEEK_CUR);
        if (position >= 0 && piece_is_cold(op, (uint64_t)position, length, true))
                return step_warm(needs, (uint64_t)position, length);

        moved = splice(op->fd2, NULL, op->fd, NULL, length, SPLICE_F_NONBLOCK);
        if (moved >= 0)
                return step_done(needs, moved);
        if (errno == EINTR)
                return STEP_AGAIN;
        /* A pipe with room for no whole page counts as writable to poll() on some kernels: its
         * reader makes the room. */
        return errno == EAGAIN ? step_wait(needs, op->fd, POLLOUT) : step_done(needs, -errno);
}

/* True where nothing more can come: the socket was shut down, and poll would say so for ever. */
static bool is_shut(int fd)
{
        struct pollfd ready = {.fd = fd, .events = POLLIN | POLLRDHUP};

        return poll(&ready, 1, 0) > 0 && ready.revents & (POLLRDHUP | POLLHUP);
}

/*
 * Receives what is there, without waiting: how many, or -1. One alone not by recvmmsg(2), which
 * tells the socket's error, a reset say, before the bytes that came before it.
 */
static int messages_receive(const struct platform_op *op, int flags)
{
        struct mmsghdr *messages = op->address;
        ssize_t bytes;

        if (op->length > 1)
                return recvmmsg(op->fd, messages, op->length, flags, NULL);
        bytes = recvmsg(op->fd, &messages->msg_hdr, flags);
        if (bytes < 0)
                return -1;
        messages->msg_len = (unsigned)bytes;
        return 1;
}

static enum platform_step step_receive_messages(struct platform_op *op,
                                                struct platform_step_needs *needs)
{
        struct mmsghdr *messages = op->address;
        int flags = ((int)op->flags & ~MSG_ERRQUEUE) | MSG_DONTWAIT | MSG_CMSG_CLOEXEC, error;
        int count = messages_receive(op, flags);
        bool shut = false;
        ssize_t bytes;

        /* Waited for, and there is nothing: looked into, lest we wait and look for ever. */
        if (count < 0 && errno == EAGAIN && op_state(op)->flags & OP_BEGUN) {
                shut = is_shut(op->fd);
                /* something may have come, and the end behind it, since we asked */
                errno = EAGAIN;
                if (shut)
                        count = messages_receive(op, flags);
        }
        if (count > 0)
                return step_done(needs, count);
        error = errno;
        if (error == EINTR)
                return STEP_AGAIN;
        /* Taken before we wait: a socket that has errors counts as ready to poll(2). */
        if (op->flags & MSG_ERRQUEUE) {
                bytes = recvmsg(op->fd, &messages->msg_hdr, MSG_ERRQUEUE | MSG_DONTWAIT);
                if (bytes >= 0) {
                        messages->msg_len = (unsigned)bytes;
                        return step_done(needs, 1);
                }
        }
        if (error != EAGAIN || op->flags & MSG_DONTWAIT)
                return step_done(needs, -error);
        if (shut)
                return step_done(needs, 0);
        op_state(op)->flags |= OP_BEGUN;
        return step_wait(needs, op->fd, POLLIN);
}

/*
 * A part of a message was sent: what is left of it stays in its vector, and nothing beside it. True
 * where something is left.
 */
static bool message_cut(struct msghdr *header, size_t sent)
{
        while (header->msg_iovlen > 0 && sent >= header->msg_iov->iov_len) {
                sent -= header->msg_iov->iov_len;
                header->msg_iov++;
                header->msg_iovlen--;
        }
        header->msg_control = NULL;
        header->msg_controllen = 0;
        if (header->msg_iovlen == 0)
                return false;
        header->msg_iov->iov_base = (char *)header->msg_iov->iov_base + sent;
        header->msg_iov->iov_len -= sent;
        return true;
}

/* How many more messages are sent whole; the last one may be sent in part only. */
static int messages_send(struct platform_op *op, int flags)
{
        struct platform_op_state *state = op_state(op);
        struct mmsghdr *messages = (struct mmsghdr *)op->address + state->progress, *last;
        int count;

        if (platform_unlikely(state->flags & OP_PARTLY)) {
                ssize_t sent = sendmsg(op->fd, &messages->msg_hdr, flags);

                if (sent < 0)
                        return -1;
                messages->msg_len += (unsigned)sent;
                if (message_cut(&messages->msg_hdr, (size_t)sent))
                        return 0;
                op_flags_clear(op, OP_PARTLY);
                return 1;
        }
        count = sendmmsg(op->fd, messages, op->length - state->progress, flags);
        if (count <= 0)
                return -1;
        last = &messages[count - 1];
        /* a stream */
        if (platform_unlikely(last->msg_len < platform_message_bytes(&last->msg_hdr))) {
                message_cut(&last->msg_hdr, last->msg_len);
                state->flags |= OP_PARTLY;
                count--;
        }
        return count;
}

static enum platform_step step_send_messages(struct platform_op *op,
                                             struct platform_step_needs *needs)
{
        struct platform_op_state *state = op_state(op);
        int flags = ((int)op->flags & ~MSG_ERRQUEUE) | MSG_DONTWAIT | MSG_NOSIGNAL;
        bool told = !(op->flags & MSG_ERRQUEUE);

        while (state->progress < op->length) {
                int count = messages_send(op, flags);

                if (count >= 0) {
                        state->progress += (uint32_t)count;
                        continue;
                }
                if (errno == EINTR)
                        return STEP_AGAIN;
                if (errno == EAGAIN && !(op->flags & MSG_DONTWAIT))
                        return step_wait(needs, op->fd, POLLOUT);
                /* An error that waits in the socket comes once, and before anything is sent. */
                if (!told && errno != EAGAIN) {
                        told = true;
                        continue;
                }
                return step_done(needs, state->progress ? (int64_t)state->progress : -errno);
        }
        return step_done(needs, state->progress);
}

enum platform_step platform_step(struct platform_op *op, struct platform_step_needs *needs)
{
        switch (op->code) {
        case PLATFORM_SENDFILE:
                return step_sendfile(op, needs);
        case PLATFORM_SPLICE:
                return step_splice(op, needs);
        case PLATFORM_RECVMSG:
                return step_receive_messages(op, needs);
        case PLATFORM_SENDMSG:
                return step_send_messages(op, needs);
        case PLATFORM_SHUTDOWN:
                return step_done(needs, shutdown(op->fd, (int)op->flags) ? -errno : 0);
        case PLATFORM_STATX:
                return step_done(needs, syscall(SYS_statx, op->fd, op->address, op->flags,
                                                op->mask ? op->mask : op->mode, op->address2)
                                                ? -errno
                                                : 0);
        default:
                return step_done(needs, -EINVAL);
        }
}
