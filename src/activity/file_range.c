/* SPDX-License-Identifier: MIT */
/*
 * Calls on an open file other than reading and writing: syncs, sizes, copies, and locks.
 *
 * A lock that somebody else holds is asked for again after a pause, by the activity that wants it.
 * The kernel has no other way but a thread that waits in fcntl(2), which only a signal gets out of
 * there; and a pool of them would deadlock as soon as all wait for what an operation behind them
 * would give up.
 */
#include "activity/file.h"

#include <mori/activity.h>

#include <errno.h>
#include <fcntl.h>

#define PAUSE_FIRST MORI_US(500)
#define PAUSE_MOST  MORI_MS(16)

static int64_t range_begin(mori_file file, uint8_t code, uint64_t offset, uint64_t bytes,
                           unsigned flags)
{
        struct operation *operation;
        int error = file_operation(file, code, &operation);

        if (error < 0)
                return error;
        operation->op.offset = offset;
        platform_op_set_bytes(&operation->op, bytes);
        operation->op.flags = flags;
        return wait_operation(operation);
}

#define RANGE(...)                                                                                 \
        int64_t begun = range_begin(__VA_ARGS__);                                                  \
                                                                                                   \
        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int()

MORI_ASYNC int mori_file_sync(mori_file file)
{
        RANGE(file, PLATFORM_FSYNC, 0, 0, 0);
}

MORI_ASYNC int mori_file_sync_data(mori_file file)
{
        RANGE(file, PLATFORM_FSYNC, 0, 0, PLATFORM_SYNC_DATA);
}

MORI_ASYNC int mori_file_sync_range(mori_file file, uint64_t offset, uint64_t bytes, unsigned flags)
{
        RANGE(file, PLATFORM_SYNC_RANGE, offset, bytes, flags);
}

MORI_ASYNC int mori_file_sync_system(mori_file file)
{
        RANGE(file, PLATFORM_SYNC_FS, 0, 0, 0);
}

MORI_ASYNC int mori_file_truncate(mori_file file, uint64_t bytes)
{
        RANGE(file, PLATFORM_TRUNCATE, bytes, 0, 0);
}

MORI_ASYNC int mori_file_allocate(mori_file file, int mode, uint64_t offset, uint64_t bytes)
{
        RANGE(file, PLATFORM_ALLOCATE, offset, bytes, (unsigned)mode);
}

static int64_t copy_begin(mori_file to, uint64_t to_offset, mori_file from, uint64_t from_offset,
                          uint64_t bytes)
{
        struct file *source = process_file(process_self(), from.word);
        struct operation *operation;
        int error;

        if (source == NULL)
                return -EBADF;
        if (from_offset > INT64_MAX || bytes > INT64_MAX - from_offset)
                return -EINVAL;
        error = file_operation(to, PLATFORM_COPY_RANGE, &operation);
        if (error < 0)
                return error;
        operation->op.offset = to_offset;
        platform_op_set_bytes(&operation->op, bytes);
        operation->op.fd2 = source->fd;
        operation->op.address = (void *)(uintptr_t)from_offset;
        operation->source = (uint32_t)from.word;
        return wait_operation(operation);
}

MORI_ASYNC int64_t mori_file_copy(mori_file to, uint64_t to_offset, mori_file from,
                                  uint64_t from_offset, uint64_t bytes)
{
        int64_t begun = copy_begin(to, to_offset, from, from_offset, bytes);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

/* ---- Locks */

static int64_t lock_begin(mori_file file, enum mori_file_lock_kind kind, uint64_t offset,
                          uint64_t bytes)
{
        if (kind != MORI_FILE_SHARED && kind != MORI_FILE_EXCLUSIVE)
                return -EINVAL;
        return range_begin(file, PLATFORM_LOCK, offset, bytes,
                           kind == MORI_FILE_SHARED ? F_RDLCK : F_WRLCK);
}

MORI_ASYNC int mori_file_try_lock(mori_file file, enum mori_file_lock_kind kind, uint64_t offset,
                                  uint64_t bytes)
{
        int64_t begun = lock_begin(file, kind, offset, bytes);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_file_lock(mori_file file, enum mori_file_lock_kind kind, uint64_t offset,
                              uint64_t bytes)
{
        int64_t pause = PAUSE_FIRST;
        int error;

        while ((error = MORI_AWAIT mori_file_try_lock(file, kind, offset, bytes)) == -EAGAIN) {
                error = MORI_AWAIT mori_sleep(pause);
                if (error < 0)
                        break;
                if (pause < PAUSE_MOST)
                        pause *= 2;
        }
        return error;
}

static int64_t unlock_begin(mori_file file, uint64_t offset, uint64_t bytes)
{
        struct operation *operation;
        int error = file_operation(file, PLATFORM_LOCK, &operation);

        if (error < 0)
                return error;
        operation->op.offset = offset;
        platform_op_set_bytes(&operation->op, bytes);
        operation->op.flags = F_UNLCK;
        return wait_operation_quiet(operation);
}

MORI_ASYNC int mori_file_unlock(mori_file file, uint64_t offset, uint64_t bytes)
{
        int64_t begun = unlock_begin(file, offset, bytes);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
