/* SPDX-License-Identifier: MIT */
/*
 * Sends with flags. That a send without a copy is over is one completion of its operation
 * (PLATFORM_OP_ZERO_COPY in platform/io.h), so that cancellation, closing and teardown need to know
 * nothing of it: they wait for it as for any other.
 *
 * Whether it is tried is decided here: for how many bytes, and by what has become of the last one
 * on the socket, since a route that copies does so with the next bytes, too. A packet tap that
 * copies is gone some time, so it is tried again after ZERO_COPY_REST sends.
 */
#include "activity/buffers.h"
#include "activity/file.h"

#include <mori/send.h>

#include <errno.h>

#define ZERO_COPY_REST 63
#define SEND_MAX       ((size_t)1 << 30) /* as LENGTH_MAX in file.c */

static void zero_copy_done(struct operation *operation, int32_t result, uint32_t flags,
                           uint16_t buffer)
{
        struct process *process = operation->process;

        if (flags & PLATFORM_COPIED) {
                process->rare->zero_copy.copied++;
                process->files[operation->file].zero_copy_rest = ZERO_COPY_REST;
        } else if (result > 0) {
                process->rare->zero_copy.lent++;
        }
        if (operation->op.op_flags & PLATFORM_OP_REGISTERED)
                buffers_done(operation, result, flags, buffer);
        else
                wait_operation_done(operation, result, flags, buffer);
}

/* Whether a send of so many bytes that may go without a copy is tried so. */
static bool zero_copy_pays(struct process *process, struct file *file, size_t bytes)
{
        if (bytes >= MORI_ZERO_COPY_BYTES && file->zero_copy_rest == 0)
                return true;
        if (bytes >= MORI_ZERO_COPY_BYTES)
                file->zero_copy_rest--;
        process->rare->zero_copy.declined++;
        return false;
}

/* The `length` of the operation, and the bytes that it sends. */
static int64_t send_begin(mori_file handle, uint8_t code, const void *address, size_t length,
                          size_t bytes, unsigned flags)
{
        struct process *process = process_self();
        struct file *file = process_file(process, handle.word);
        struct operation *operation;
        int error;

        if (file == NULL)
                return -EBADF;
        if (address == NULL && bytes != 0)
                return -EFAULT;
        if (flags & ~(unsigned)(MORI_SEND_MORE | MORI_SEND_ZERO_COPY))
                return -EINVAL;
        if (file->kind == FILE_DATAGRAM || file->kind == FILE_PACKETS)
                return -EOPNOTSUPP; /* see datagram.h */
        error = file_operation(handle, code, &operation);
        if (error < 0)
                return error;
        operation->op.address = (void *)(uintptr_t)address;
        operation->op.length = (uint32_t)length;
        operation->op.flags = flags & MORI_SEND_MORE ? MSG_MORE : 0;
        if (flags & MORI_SEND_ZERO_COPY && zero_copy_pays(process, file, bytes)) {
                operation->op.op_flags = PLATFORM_OP_ZERO_COPY;
                operation->done = zero_copy_done;
                if (unlikely(process->buffers != NULL) && code == PLATFORM_SEND)
                        return buffers_wait(operation, zero_copy_done);
        }
        return wait_operation(operation);
}

static int64_t send_bytes_begin(mori_file socket, const void *bytes, size_t count, unsigned flags)
{
        if (count > SEND_MAX)
                count = SEND_MAX;
        return send_begin(socket, PLATFORM_SEND, bytes, count, count, flags);
}

static int64_t send_pieces_begin(mori_file socket, const struct iovec *pieces, unsigned count,
                                 unsigned flags)
{
        int64_t bytes = file_pieces_check(pieces, count, SEND_MAX);

        if (bytes < 0)
                return process_file(process_self(), socket.word) == NULL ? -EBADF : bytes;
        return send_begin(socket, PLATFORM_SENDV, pieces, count, (size_t)bytes, flags);
}

MORI_ASYNC int64_t mori_socket_send(mori_file socket, const void *bytes, size_t count,
                                    unsigned flags)
{
        int64_t begun = send_bytes_begin(socket, bytes, count, flags);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

MORI_ASYNC int64_t mori_socket_sendv(mori_file socket, const struct iovec *pieces, unsigned count,
                                     unsigned flags)
{
        int64_t begun = send_pieces_begin(socket, pieces, count, flags);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

void mori_zero_copy_counts(mori_zero_copy *ret_counts)
{
        const struct process_rare *rare = process_self()->rare;

        *ret_counts = (mori_zero_copy){0};
        if (rare != NULL)
                *ret_counts = (mori_zero_copy){.lent = rare->zero_copy.lent,
                                               .copied = rare->zero_copy.copied,
                                               .declined = rare->zero_copy.declined};
}
