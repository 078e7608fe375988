/* SPDX-License-Identifier: MIT */
/*
 * Operations as requests of io_uring.
 *
 *      operation --- uring_issue -------> its own request         (tag OP)
 *                --- uring_issue_poll --> a poll in its stead     (tag POLL)
 *                --- uring_issue_warm --> a read in its stead     (tag WARM)
 *                --- uring_issue_cancel -> asks for the end of whichever of these is under way
 *
 * Invariants:
 *   (1) OP_KERNEL is set where a request was written to the ring, with OP_POLL or OP_WARM for what
 *       stands in; where the ring is full and stays full, the operation is queued instead.
 *   (2) What a request points to lives until the kernel has taken it: the owner's memory does, and
 *       message headers lie beside the ring, one for each entry.
 *   (3) Sends ask for all or nothing less (MSG_WAITALL, 5.19); an older kernel's short answer is
 *       gone on with from `progress`.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "platform/uring_internal.h"

#define ASYNC_BYTES (1u << 20) /* a file transfer of this size would stall the thread */

bool uring_issue_watch(struct uring *uring, int fd, uint64_t tag, uint32_t flags)
{
        struct io_uring_sqe *sqe = sqe_next(uring);

        if (sqe)
                sqe_fill(sqe, IORING_OP_POLL_ADD, fd, NULL, flags, 0, POLLIN, tag);
        return sqe != NULL;
}

void uring_issue_poll(struct uring *uring, struct platform_op *op, int fd, uint32_t events)
{
        struct io_uring_sqe *sqe = sqe_next(uring);

        if (!sqe) {
                uring_queue(uring, op); /* tried again, and then waited for again */
                return;
        }
        sqe_fill(sqe, IORING_OP_POLL_ADD, fd, NULL, 0, 0, events,
                 (uint64_t)(uintptr_t)op | TAG_POLL);
        op_state(op)->flags |= OP_KERNEL | OP_POLL;
}

void uring_issue_warm(struct uring *uring, struct platform_op *op, uint64_t offset,
                       uint32_t length)
{
        struct io_uring_sqe *sqe;

        if (!uring->scratch)
                uring->scratch = malloc(PLATFORM_STEP_BYTES);
        if (!uring->scratch) {
                uring_queue_result(uring, op,
                             op_state(op)->progress ? (int32_t)op_state(op)->progress : -ENOMEM);
                return;
        }
        sqe = sqe_next(uring);
        if (!sqe) {
                uring_queue(uring, op);
                return;
        }
        sqe_fill(sqe, IORING_OP_READ, op->fd2, uring->scratch, length, offset, 0,
                 (uint64_t)(uintptr_t)op | TAG_WARM);
        op_state(op)->flags |= OP_KERNEL | OP_WARM;
}

/* SENDV that has sent something goes on piece by piece. Its vector was read by the kernel before,
 * so it can be read. */
struct iovec uring_sendv_rest(const struct platform_op *op, uint32_t progress)
{
        const struct iovec *iov = op->address;

        for (uint32_t i = 0; i < op->length; i++) {
                if (progress < iov[i].iov_len)
                        return (struct iovec){(char *)iov[i].iov_base + progress,
                                              iov[i].iov_len - progress};
                progress -= (uint32_t)iov[i].iov_len;
        }
        return (struct iovec){NULL, 0};
}

static void issue_sendv(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe,
                        uint64_t data)
{
        uint32_t progress = op_state(op)->progress;
        uint32_t flags = op->flags | uring->send_flags;

        if (progress) {
                struct iovec rest = uring_sendv_rest(op, progress);
                size_t room = PLATFORM_TRANSFER_MAX - progress;

                sqe_fill(sqe, IORING_OP_SEND, op->fd, rest.iov_base,
                         (uint32_t)(rest.iov_len < room ? rest.iov_len : room), 0, flags, data);
        } else {
                struct msghdr *header = &uring->beside[(unsigned)(sqe - uring->sqes)].header;

                *header = (struct msghdr){.msg_iov = op->address, .msg_iovlen = op->length};
                sqe_fill(sqe, IORING_OP_SENDMSG, op->fd, header, 1, 0, flags, data);
        }
}

/*
 * Whether a write goes to where the file's position is, and has one. The kernel leaves the position
 * behind where such a write is short (it tries once more, and takes that failure's word), so that
 * the next one would overwrite what this one wrote: we keep the position ourselves.
 */
static bool is_write_at_position(const struct platform_op *op)
{
        uint32_t kind = platform_descriptor_word(op->fd) & 3u;

        return (op->code == PLATFORM_WRITE || op->code == PLATFORM_WRITEV) &&
               op->offset == UINT64_MAX && (kind == DESCRIPTOR_FILE || kind == DESCRIPTOR_UNKNOWN);
}

static uint64_t write_position(const struct platform_op *op)
{
        off_t at = is_write_at_position(op) ? lseek(op->fd, 0, SEEK_CUR) : -1;

        return at < 0 ? op->offset : (uint64_t)at;
}

void uring_written(const struct platform_op *op, int32_t result)
{
        if (op->offset != UINT64_MAX || result <= 0 || !is_write_at_position(op))
                return;
        if (fcntl(op->fd, F_GETFL) & O_APPEND)
                (void)lseek(op->fd, 0, SEEK_END);
        else
                (void)lseek(op->fd, result, SEEK_CUR); /* a pipe says no: it has none */
}

/* A transfer on a file, pipe or terminal. */
static void issue_transfer(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe,
                           uint8_t code, bool large, uint64_t data)
{
        sqe_fill(sqe, code, op->fd, op->address, op->length, write_position(op), 0, data);
        if (large)
                sqe->flags = IOSQE_ASYNC;
        if (platform_unlikely(op->op_flags))
                uring_area_issue(uring, op, sqe);
}

static void issue_open(struct uring *uring, struct platform_op *op, struct io_uring_sqe *sqe,
                       uint64_t data)
{
        bool makes = op->flags & O_CREAT || (op->flags & O_TMPFILE) == O_TMPFILE;
        struct open_how *how = &uring->beside[(unsigned)(sqe - uring->sqes)].how;

        if (!(op->op_flags & PLATFORM_OP_BENEATH)) {
                sqe_fill(sqe, IORING_OP_OPENAT, op->fd, op->address, op->mode, 0,
                         op->flags | O_CLOEXEC, data);
                return;
        }
        *how = (struct open_how){.flags = op->flags | O_CLOEXEC,
                                 .mode = makes ? op->mode & 07777u : 0,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
        sqe_fill(sqe, IORING_OP_OPENAT2, op->fd, op->address, sizeof(*how),
                 (uint64_t)(uintptr_t)how, 0, data);
}

bool uring_is_for_pool(const struct uring *uring, const struct platform_op *op)
{
        bool beneath = op->op_flags & PLATFORM_OP_BENEATH;

        switch (op->code) {
        case PLATFORM_GETDENTS:
        case PLATFORM_SYNC_FS:
        case PLATFORM_READLINK:
        case PLATFORM_CHMOD:
        case PLATFORM_CHOWN:
        case PLATFORM_UTIMES:
        case PLATFORM_ACCESS:
        case PLATFORM_COPY_RANGE:
        case PLATFORM_LOCK:
        case PLATFORM_SPAWN:
        case PLATFORM_SCAN:
        case PLATFORM_WATCH:
        case PLATFORM_UNWATCH:
        case PLATFORM_WATCHED:
                return true;
        case PLATFORM_OPEN:
                return uring->files_by_pool;
        case PLATFORM_STATX:
                return beneath && !platform_op_is_statx_of_descriptor(op);
        case PLATFORM_RENAME:
        case PLATFORM_UNLINK:
        case PLATFORM_MKDIR:
        case PLATFORM_SYMLINK:
                return beneath || uring->files_by_pool;
        case PLATFORM_LINK:
                return beneath || uring->files_by_pool || op->flags & AT_EMPTY_PATH;
        case PLATFORM_TRUNCATE:
                return !uring->has_truncate || uring->files_by_pool;
        case PLATFORM_SYNC_RANGE:
                return platform_op_bytes(op) > UINT32_MAX;
        default:
                return false;
        }
}

void uring_issue(struct uring *uring, struct platform_op *op)
{
        struct io_uring_sqe *sqe = sqe_next(uring);
        struct platform_op_state *state = op_state(op);
        uint64_t data = (uint64_t)(uintptr_t)op;
        bool large = op->length >= ASYNC_BYTES && op->offset != UINT64_MAX;

        if (platform_unlikely(!sqe)) {
                uring_queue(uring, op);
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
                        sqe_fill(sqe, IORING_OP_RECV, op->fd, op->address, op->length, 0, op->flags,
                                 data);
                }
                break;
        case PLATFORM_SEND:
                sqe_fill(sqe, IORING_OP_SEND, op->fd, (char *)op->address + state->progress,
                         op->length - state->progress, 0, op->flags | uring->send_flags,
                         data);
                if (platform_unlikely(op->op_flags))
                        uring_issue_zero_copy(uring, op, sqe);
                break;
        case PLATFORM_SENDV:
                issue_sendv(uring, op, sqe, data);
                if (platform_unlikely(op->op_flags))
                        uring_issue_zero_copy(uring, op, sqe);
                break;
        case PLATFORM_ACCEPT:
                sqe_fill(sqe, IORING_OP_ACCEPT, op->fd, NULL, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK,
                         data);
                if (op->op_flags && uring->multishot)
                        sqe->ioprio = IORING_ACCEPT_MULTISHOT;
                break;
        case PLATFORM_CONNECT:
                sqe_fill(sqe, IORING_OP_CONNECT, op->fd, op->address, 0, op->length, 0, data);
                break;
        case PLATFORM_READ:
                issue_transfer(uring, op, sqe, IORING_OP_READ, large, data);
                break;
        case PLATFORM_WRITE:
                issue_transfer(uring, op, sqe, IORING_OP_WRITE, large, data);
                break;
        case PLATFORM_READV:
                issue_transfer(uring, op, sqe, IORING_OP_READV, false, data);
                break;
        case PLATFORM_WRITEV:
                issue_transfer(uring, op, sqe, IORING_OP_WRITEV, false, data);
                break;
        case PLATFORM_OPEN:
                issue_open(uring, op, sqe, data);
                break;
        case PLATFORM_CLOSE:
                platform_descriptor_closes(op->fd);
                sqe_fill(sqe, IORING_OP_CLOSE, op->fd, NULL, 0, 0, 0, data);
                break;
        case PLATFORM_STATX:
                sqe_fill(sqe, IORING_OP_STATX, op->fd, op->address, op->mask ? op->mask : op->mode,
                         (uint64_t)(uintptr_t)op->address2, op->flags, data);
                break;
        case PLATFORM_FSYNC:
                sqe_fill(sqe, IORING_OP_FSYNC, op->fd, NULL, 0, 0,
                         op->flags & PLATFORM_SYNC_DATA ? IORING_FSYNC_DATASYNC : 0, data);
                break;
        case PLATFORM_SYNC_RANGE:
                sqe_fill(sqe, IORING_OP_SYNC_FILE_RANGE, op->fd, NULL, op->length, op->offset,
                         op->flags, data);
                break;
        case PLATFORM_RENAME:
                sqe_fill(sqe, IORING_OP_RENAMEAT, op->fd, op->address, (uint32_t)op->fd2,
                         (uint64_t)(uintptr_t)op->address2, op->flags, data);
                break;
        case PLATFORM_UNLINK:
                sqe_fill(sqe, IORING_OP_UNLINKAT, op->fd, op->address, 0, 0, op->flags, data);
                break;
        case PLATFORM_MKDIR:
                sqe_fill(sqe, IORING_OP_MKDIRAT, op->fd, op->address, op->mode, 0, 0, data);
                break;
        case PLATFORM_LINK:
                sqe_fill(sqe, IORING_OP_LINKAT, op->fd, op->address, (uint32_t)op->fd2,
                         (uint64_t)(uintptr_t)op->address2, op->flags, data);
                break;
        case PLATFORM_SYMLINK:
                sqe_fill(sqe, IORING_OP_SYMLINKAT, op->fd, op->address2, 0,
                         (uint64_t)(uintptr_t)op->address, 0, data);
                break;
        case PLATFORM_TRUNCATE:
                sqe_fill(sqe, URING_OP_FTRUNCATE, op->fd, NULL, 0, op->offset, 0, data);
                break;
        case PLATFORM_ALLOCATE:
                sqe_fill(sqe, IORING_OP_FALLOCATE, op->fd,
                         (void *)(uintptr_t)platform_op_bytes(op), op->flags, op->offset, 0, data);
                break;
        case PLATFORM_POLL:
                sqe_fill(sqe, IORING_OP_POLL_ADD, op->fd, NULL, 0, 0, op->flags, data);
                break;
        default:
                sqe_fill(sqe, IORING_OP_NOP, -1, NULL, 0, 0, 0, data);
                break;
        }
}

uint32_t uring_events(const struct platform_op *op)
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

bool uring_refused(struct uring *uring, struct platform_op *op)
{
        uint32_t events = uring_events(op);
        struct pollfd ready = {.fd = op->fd, .events = (short)events};
        int kind;

        switch (op->code) {
        case PLATFORM_NOP:
        case PLATFORM_POLL:
                return false;
        case PLATFORM_READ:
        case PLATFORM_READV:
        case PLATFORM_WRITE:
        case PLATFORM_WRITEV:
                kind = platform_descriptor_look(op->fd);
                if (kind == DESCRIPTOR_SOCKET ||
                    (kind == DESCRIPTOR_STREAM && poll(&ready, 1, 0) == 0)) {
                        uring_issue_poll(uring, op, op->fd, events);
                        return true;
                }
                break;
        case PLATFORM_RECV:
        case PLATFORM_SEND:
        case PLATFORM_SENDV:
        case PLATFORM_ACCEPT:
        case PLATFORM_CONNECT:
                if (events)
                        uring_issue_poll(uring, op, op->fd, events);
                return events != 0;
        default:
                break;
        }
        uring_submit_pool(uring, op);
        return true;
}

void uring_issue_cancel(struct uring *uring, struct platform_op *op)
{
        struct io_uring_sqe *sqe = sqe_next(uring);
        uint32_t flags = op_state(op)->flags;
        uint64_t tag = flags & OP_POLL          ? TAG_POLL
                       : flags & OP_WARM        ? TAG_WARM
                       : uring_is_zero_copy(op) ? TAG_ZERO_COPY
                                                : TAG_OP;

        if (!sqe) {
                uring_queue(uring, op);
                return;
        }
        sqe_fill(sqe, IORING_OP_ASYNC_CANCEL, -1, (void *)((uintptr_t)op | tag), 0, 0, 0,
                 TAG_NOBODY);
        if (uring->cancel_is_silent)
                sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}
