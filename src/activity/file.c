/* SPDX-License-Identifier: MIT */
/*
 * Calls on files. Each is two halves (wait.h): sync code that checks the handle and submits an
 * operation, and the suspension. What an operation brings that is more than a number, such as a
 * descriptor, is entered into the process's table by its completion, so that it is owned before
 * anybody could lose it.
 *
 * Reads from sockets go through receive.c. Closing waits until nothing is under way on the
 * descriptor any more, so that no operation meets another file under the same number.
 */
#include "activity/file.h"

#include "activity/buffers.h"
#include "activity/receive.h"
#include "activity/socket.h"
#include "activity/terminal.h"
#include "turn/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#define CURRENT UINT64_MAX
/* an offset that the caller gave: one that no file has is not taken for CURRENT */
#define AT(offset) ((offset) <= INT64_MAX ? (offset) : UINT64_MAX - 1)
/* what one operation moves at most; the kernel's limit is a little below 2 GiB */
#define LENGTH_MAX ((size_t)1 << 30)

/* ---- Handles */

int file_enter(struct process *process, int fd, uint8_t kind, mori_file *ret_file)
{
        int error = process_file_add(process, fd, kind, &ret_file->word);

        if (error < 0)
                process_close_now(fd);
        return error;
}

static mori_file standard(unsigned fd)
{
        struct process *process = process_self();
        struct process_rare *rare = process_rare(process);
        uint64_t *handle;

        if (rare == NULL)
                return MORI_NO_FILE;
        handle = &rare->standard[fd];
        if (*handle == 0 && process_file_add(process, (int)fd, FILE_STANDARD, handle) < 0)
                return MORI_NO_FILE;
        return (mori_file){*handle};
}

mori_file mori_stdin(void)
{
        return standard(0);
}

mori_file mori_stdout(void)
{
        return standard(1);
}

mori_file mori_stderr(void)
{
        return standard(2);
}

int mori_file_descriptor(mori_file handle)
{
        struct file *file = process_file(process_self(), handle.word);

        return file == NULL ? -EBADF : file->fd;
}

int mori_file_adopt(int descriptor, mori_file *ret_file)
{
        if (ret_file == NULL)
                return -EFAULT;
        return descriptor < 0
                       ? -EBADF
                       : process_file_add(process_self(), descriptor, FILE_PLAIN, &ret_file->word);
}

int mori_pipe(mori_file ret_files[2])
{
        struct process *process = process_self();
        mori_file reader, writer;
        int fds[2], error;

        if (ret_files == NULL)
                return -EFAULT;
        error = platform_pipe_new(seat_hold()->io, fds);
        seat_release();
        if (error < 0)
                return error;
        error = file_enter(process, fds[0], FILE_PIPE, &reader);
        if (error < 0) {
                process_close_now(fds[1]);
                return error;
        }
        error = file_enter(process, fds[1], FILE_PIPE, &writer);
        if (error < 0) {
                process_file_remove(process, process_file(process, reader.word));
                process_close_now(fds[0]);
                return error;
        }
        ret_files[0] = reader;
        ret_files[1] = writer;
        return 0;
}

/* The same on a file that was found, as the handle's. */
static inline int operation_on(struct process *process, const struct file *file, mori_file handle,
                               uint8_t code, struct operation **ret_operation)
{
        struct operation *operation = operation_new(process);

        if (operation == NULL)
                return -ENOMEM;
        operation->op.code = code;
        operation->op.fd = file->fd;
        operation->op.offset = CURRENT;
        operation->file = (uint32_t)handle.word;
        *ret_operation = operation;
        return 0;
}

int file_operation(mori_file handle, uint8_t code, struct operation **ret_operation)
{
        struct process *process = process_self();
        const struct file *file = process_file(process, handle.word);

        return file == NULL ? -EBADF : operation_on(process, file, handle, code, ret_operation);
}

int file_path_operation(mori_file directory, uint8_t code, const char *path,
                        struct operation **ret_operation)
{
        struct operation *operation;
        int error;

        if (path == NULL)
                return -EFAULT;
        if (directory.word != 0) {
                error = file_operation(directory, code, &operation);
                if (error < 0)
                        return error;
                if (operation->process->files[operation->file].kind == FILE_CONFINED)
                        operation->op.op_flags = PLATFORM_OP_BENEATH;
        } else {
                operation = operation_new(process_self());
                if (operation == NULL)
                        return -ENOMEM;
                operation->op.code = code;
                operation->op.fd = AT_FDCWD;
        }
        operation->op.address = (void *)(uintptr_t)path;
        *ret_operation = operation;
        return 0;
}

/* ---- Opening and closing */

/*
 * What an open or accept brought is the process's at once; the caller's handle is written before it
 * is woken.
 */
static void open_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct process *process = operation->process;
        mori_file *ret_file = operation->owner;

        if (result >= 0)
                result = file_enter(process, result,
                                    operation->op.op_flags ? FILE_CONFINED : FILE_PLAIN, ret_file);
        wait_operation_done(operation, result, flags, buffer);
}

int64_t file_open_begin(mori_file directory, const char *path, int flags, mode_t mode,
                        mori_file *ret_file)
{
        struct operation *operation;
        int error = ret_file == NULL ? -EFAULT
                                     : file_path_operation(directory, PLATFORM_OPEN, path,
                                                           &operation);

        if (error < 0)
                return error;
        operation->op.flags = (uint32_t)(flags | O_CLOEXEC);
        operation->op.mode = (uint16_t)mode;
        operation->owner = ret_file;
        operation->done = open_done;
        return wait_operation(operation);
}

MORI_ASYNC int mori_file_open(mori_file directory, const char *path, int flags, mode_t mode,
                              mori_file *ret_file)
{
        int64_t begun = file_open_begin(directory, path, flags, mode, ret_file);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* Cancels what others have under way on the file; true where something still is. */
static bool cancel_others(struct process *process, const struct file *file)
{
        struct operation *operation;
        uint32_t index = (uint32_t)(file - process->files);

        if (file->operations == 0)
                return false;
        for (operation = process->operations; operation != NULL; operation = operation->next)
                if (operation->file == index || operation->source == index ||
                    message_carries(operation, index))
                        operation_cancel(operation);
        return true;
}

/*
 * One step of a close. 0: everything is over, the descriptor can be closed; 1: suspend, then again.
 */
static int close_step(mori_file handle, struct file **ret_file)
{
        struct process *process = process_self();
        uint32_t index = (uint32_t)handle.word;
        struct file *file = *ret_file;

        if (file == NULL) {
                file = process_file(process, handle.word);
                if (file == NULL || file->kind == FILE_STANDARD)
                        return -EBADF;
                file->closing = true;
        }
        file = &process->files[index]; /* the table may have moved */
        *ret_file = file;
        if (cancel_others(process, file)) {
                file->closer = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_QUIET, NULL));
                return 1;
        }
        if (receive_close_begin(process, file))
                return 1;
        receive_close(process, file);
        return 0;
}

static void close_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct process *process = operation->process;

        (void)flags;
        (void)buffer;
        process_file_remove(process, &process->files[operation->file]);
        process_wake(process, activity_at(operation->activity), result);
        operation_free(operation);
}

static void close_submit(const struct file *file)
{
        struct process *process = process_self();
        struct operation *operation = operation_new(process);

        if (operation == NULL)
                process_abandon("no memory to close a file");
        terminal_closing(file->fd);
        operation->op.code = PLATFORM_CLOSE;
        operation->op.fd = file->fd;
        operation->file = (uint32_t)(file - process->files);
        operation->done = close_done;
        operation->activity = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_QUIET, operation));
        operation_submit(operation);
}

MORI_ASYNC int mori_file_close(mori_file handle)
{
        struct file *file = NULL;
        int step;

        while ((step = close_step(handle, &file)) != 0) {
                if (step < 0)
                        return step;
                MORI_AWAIT activity_suspend();
        }
        close_submit(file);
        return MORI_AWAIT activity_suspend_int();
}

/* ---- Reading and writing */

/* The master of a pseudo-terminal fails where nobody has the slave any more: that is its end. */
static void master_read_done(struct operation *operation, int32_t result, uint32_t flags,
                             uint16_t buffer)
{
        wait_operation_done(operation, result == -EIO ? 0 : result, flags, buffer);
}

static int64_t transfer_begin(mori_file handle, uint8_t code, void *address, size_t length,
                              uint64_t offset)
{
        struct process *process = process_self();
        struct file *file = process_file(process, handle.word);
        struct operation *operation;
        int error;

        if (file == NULL)
                return -EBADF;
        if (offset != CURRENT && (offset > INT64_MAX || length > INT64_MAX - offset))
                return -EINVAL;
        if (unlikely(address == NULL && length != 0))
                return -EFAULT; /* not all that answers the call is the kernel */
        if (file->kind == FILE_DATAGRAM || file->kind == FILE_PACKETS)
                return -EOPNOTSUPP; /* see datagram.h: a read would lose ends, and who sent it */
        if (offset != CURRENT && (file->kind == FILE_SOCKET || file->kind == FILE_PIPE))
                return -ESPIPE; /* the kernel would ignore it */
        if (file->kind == FILE_SOCKET) {
                if (code == PLATFORM_READ && !(file->options & FILE_MESSAGES))
                        return receive_begin(process, file, address, length, NULL);
                if (code == PLATFORM_WRITE)
                        code = PLATFORM_SEND;
                else if (code == PLATFORM_WRITEV)
                        code = PLATFORM_SENDV;
        }
        error = operation_on(process, file, handle, code, &operation);
        if (error < 0)
                return error;
        operation->op.address = address;
        operation->op.length = (uint32_t)(length < LENGTH_MAX ? length : LENGTH_MAX);
        operation->op.offset = offset;
        if (file->kind == FILE_MASTER && (code == PLATFORM_READ || code == PLATFORM_READV))
                operation->done = master_read_done;
        else if (unlikely(process->buffers != NULL) && file->kind != FILE_SOCKET &&
                 (code == PLATFORM_READ || code == PLATFORM_WRITE))
                return buffers_wait(operation, buffers_done);
        return wait_operation(operation);
}

int64_t file_pieces_check(const struct iovec *pieces, unsigned count, size_t bytes_max)
{
        size_t bytes = 0;
        bool nowhere = false;

        if (count == 0 || count > PLATFORM_IOV_MAX)
                return -EINVAL;
        if (pieces == NULL)
                return -EFAULT;
        for (unsigned i = 0; i < count; i++) {
                if (pieces[i].iov_len > bytes_max - bytes)
                        return -EINVAL;
                nowhere = nowhere || (pieces[i].iov_base == NULL && pieces[i].iov_len != 0);
                bytes += pieces[i].iov_len;
        }
        return nowhere ? -EFAULT : (int64_t)bytes;
}

static int64_t pieces_begin(mori_file handle, uint8_t code, const struct iovec *pieces,
                            unsigned count, uint64_t offset)
{
        struct file *file = process_file(process_self(), handle.word);
        int64_t bytes = file_pieces_check(pieces, count, SSIZE_MAX);

        if (bytes < 0)
                return file == NULL ? -EBADF : bytes;
        if (file != NULL && file->kind == FILE_SOCKET && code == PLATFORM_READV) {
                while (count > 1 && pieces->iov_len == 0) { /* the first that has room */
                        pieces++;
                        count--;
                }
                return transfer_begin(handle, PLATFORM_READ, pieces->iov_base, pieces->iov_len,
                                      offset);
        }
        return transfer_begin(handle, code, (void *)(uintptr_t)pieces, count, offset);
}

#define TRANSFER(call) \
        int64_t begun = call; \
\
        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend()

MORI_ASYNC int64_t mori_file_read(mori_file file, void *buffer, size_t bytes)
{
        TRANSFER(transfer_begin(file, PLATFORM_READ, buffer, bytes, CURRENT));
}

MORI_ASYNC int64_t mori_file_write(mori_file file, const void *buffer, size_t bytes)
{
        TRANSFER(transfer_begin(file, PLATFORM_WRITE, (void *)(uintptr_t)buffer, bytes, CURRENT));
}

MORI_ASYNC int64_t mori_file_read_at(mori_file file, void *buffer, size_t bytes, uint64_t offset)
{
        TRANSFER(transfer_begin(file, PLATFORM_READ, buffer, bytes, AT(offset)));
}

MORI_ASYNC int64_t mori_file_write_at(mori_file file, const void *buffer, size_t bytes,
                                      uint64_t offset)
{
        TRANSFER(
                transfer_begin(file, PLATFORM_WRITE, (void *)(uintptr_t)buffer, bytes, AT(offset)));
}

MORI_ASYNC int64_t mori_file_readv(mori_file file, const struct iovec *pieces, unsigned count)
{
        TRANSFER(pieces_begin(file, PLATFORM_READV, pieces, count, CURRENT));
}

MORI_ASYNC int64_t mori_file_writev(mori_file file, const struct iovec *pieces, unsigned count)
{
        TRANSFER(pieces_begin(file, PLATFORM_WRITEV, pieces, count, CURRENT));
}

MORI_ASYNC int64_t mori_file_readv_at(mori_file file, const struct iovec *pieces, unsigned count,
                                      uint64_t offset)
{
        TRANSFER(pieces_begin(file, PLATFORM_READV, pieces, count, AT(offset)));
}

MORI_ASYNC int64_t mori_file_writev_at(mori_file file, const struct iovec *pieces, unsigned count,
                                       uint64_t offset)
{
        TRANSFER(pieces_begin(file, PLATFORM_WRITEV, pieces, count, AT(offset)));
}

MORI_ASYNC int mori_file_read_exact(mori_file file, void *buffer, size_t bytes)
{
        char *at = buffer;

        while (bytes > 0) {
                int64_t count = MORI_AWAIT mori_file_read(file, at, bytes);

                if (count <= 0)
                        return count < 0 ? (int)count : -ENODATA;
                at += count;
                bytes -= (size_t)count;
        }
        return 0;
}

MORI_ASYNC int mori_file_write_all(mori_file file, const void *buffer, size_t bytes)
{
        const char *at = buffer;

        while (bytes > 0) {
                int64_t count = MORI_AWAIT mori_file_write(file, at, bytes);

                if (count <= 0)
                        return count < 0 ? (int)count : -EIO;
                at += count;
                bytes -= (size_t)count;
        }
        return 0;
}

static int64_t sendfile_begin(mori_file to, mori_file from, uint64_t offset, size_t bytes)
{
        struct file *source = process_file(process_self(), from.word);
        struct operation *operation;
        int error;

        if (source == NULL)
                return -EBADF;
        if (offset > INT64_MAX)
                return -EINVAL;
        error = file_operation(to, PLATFORM_SENDFILE, &operation);
        if (error < 0)
                return error;
        operation->op.fd2 = source->fd;
        operation->source = (uint32_t)from.word;
        operation->op.offset = offset;
        operation->op.length = (uint32_t)(bytes < LENGTH_MAX ? bytes : LENGTH_MAX);
        return wait_operation(operation);
}

MORI_ASYNC int64_t mori_sendfile(mori_file to, mori_file from, uint64_t offset, size_t bytes)
{
        TRANSFER(sendfile_begin(to, from, offset, bytes));
}

static int64_t splice_begin(mori_file to, mori_file from, size_t bytes)
{
        struct file *source = process_file(process_self(), from.word);
        struct operation *operation;
        int error;

        if (source == NULL)
                return -EBADF;
        error = file_operation(to, PLATFORM_SPLICE, &operation);
        if (error < 0)
                return error;
        operation->op.fd2 = source->fd;
        operation->source = (uint32_t)from.word;
        operation->op.length = (uint32_t)(bytes < LENGTH_MAX ? bytes : LENGTH_MAX);
        return wait_operation(operation);
}

/* Whether bytes of a socket may have been received already, so that the kernel has them no more. */
static bool is_received(mori_file handle)
{
        const struct file *file = process_file(process_self(), handle.word);

        return file != NULL && file->receiver != NULL;
}

static void put_back(mori_file from, mori_loan *loan, int64_t moved)
{
        receive_put_back(process_self(), from, loan, moved > 0 ? (size_t)moved : 0);
}

/* The same from a socket that was read from: by way of the engine's buffer. */
static MORI_ASYNC int64_t splice_received(mori_file to, mori_file from, size_t bytes)
{
        mori_loan loan;
        int64_t count = bytes == 0 ? 0 : MORI_AWAIT mori_socket_borrow(from, &loan);

        if (count <= 0)
                return count;
        count = MORI_AWAIT mori_file_write(to, loan.data, loan.bytes < bytes ? loan.bytes : bytes);
        put_back(from, &loan, count);
        return count;
}

MORI_ASYNC int64_t mori_splice(mori_file to, mori_file from, size_t bytes)
{
        int64_t begun;

        if (is_received(from))
                return MORI_AWAIT splice_received(to, from, bytes);
        begun = splice_begin(to, from, bytes);
        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

/* ---- What the file system says */

/*
 * The kernel answers a statx; the caller wants a stat. The record in between is the process's until
 * the completion.
 */
struct stat_record {
        struct owned owned;
        struct statx statx;
        struct stat *ret_stat;
};

static void stat_release(struct owned *owned)
{
        stack_piece_free(owned, sizeof(struct stat_record));
}

static void stat_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct stat_record *record = operation->owner;
        const struct statx *from = &record->statx;

        if (result >= 0)
                *record->ret_stat = (struct stat){
                        .st_dev = makedev(from->stx_dev_major, from->stx_dev_minor),
                        .st_ino = from->stx_ino,
                        .st_mode = from->stx_mode,
                        .st_nlink = from->stx_nlink,
                        .st_uid = from->stx_uid,
                        .st_gid = from->stx_gid,
                        .st_rdev = makedev(from->stx_rdev_major, from->stx_rdev_minor),
                        .st_size = (off_t)from->stx_size,
                        .st_blksize = from->stx_blksize,
                        .st_blocks = (blkcnt_t)from->stx_blocks,
                        .st_atim = {from->stx_atime.tv_sec, from->stx_atime.tv_nsec},
                        .st_mtim = {from->stx_mtime.tv_sec, from->stx_mtime.tv_nsec},
                        .st_ctim = {from->stx_ctime.tv_sec, from->stx_ctime.tv_nsec},
                };
        process_disown(&record->owned);
        stat_release(&record->owned);
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t stat_begin(mori_file directory, const char *path, int flags, struct stat *ret_stat)
{
        struct stat_record *record;
        struct operation *operation;
        int error = ret_stat == NULL ? -EFAULT
                                     : file_path_operation(directory, PLATFORM_STATX, path,
                                                           &operation);
        int64_t begun;

        if (error < 0)
                return error;
        record = stack_piece_new(sizeof *record);
        if (record == NULL) {
                operation_free(operation);
                return -ENOMEM;
        }
        process_own(operation->process, &record->owned, stat_release);
        record->ret_stat = ret_stat;
        operation->op.address2 = &record->statx;
        operation->op.flags = (uint32_t)flags | (*path == '\0' ? AT_EMPTY_PATH : 0);
        operation->op.mask = STATX_BASIC_STATS;
        operation->owner = record;
        operation->done = stat_done;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND) {
                process_disown(&record->owned);
                stat_release(&record->owned);
        }
        return begun;
}

MORI_ASYNC int mori_file_stat(mori_file directory, const char *path, int flags,
                              struct stat *ret_stat)
{
        int64_t begun = stat_begin(directory, path, flags, ret_stat);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
