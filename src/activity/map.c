/* SPDX-License-Identifier: MIT */
/*
 * Maps of files. The file is looked at first (mori_file_stat(), on every engine); then a call
 * (offload.h) maps its bytes and reads them. What it makes stands in a record that the process owns
 * from before the call until the map is ended: the teardown lets go of it, after the call's last
 * word. In a simulation the descriptor is none of the kernel's, and the bytes are read into memory.
 */
#include "activity/file.h"
#include "activity/offload.h"
#include "platform/map.h"
#include "turn/seat.h"

#include <mori/map.h>

#include <errno.h>
#include <stdlib.h>

struct mapping {
        struct owned owned;
        mori_mapping shown;
        struct platform_map map;
        int fd;
        bool locked;
        uint64_t offset;
};

static void mapping_release(struct owned *owned)
{
        struct mapping *mapping = CONTAINER_OF(owned, struct mapping, owned);

        platform_map_end(&mapping->map);
        free(mapping);
}

static void mapping_free(struct mapping *mapping)
{
        process_disown(&mapping->owned);
        mapping_release(&mapping->owned);
}

static struct mapping *mapping_of(const mori_mapping *map)
{
        return CONTAINER_OF((mori_mapping *)(uintptr_t)map, struct mapping, shown); /* NOLINT */
}

/* ---- What is asked for */

static int arguments_check(mori_file file, uint64_t offset, uint64_t bytes, unsigned flags,
                           const mori_mapping **ret_map)
{
        if (ret_map == NULL)
                return -EFAULT;
        if ((flags & ~(unsigned)MORI_MAP_UNLOCKED) != 0 || offset > INT64_MAX ||
            bytes > INT64_MAX - offset)
                return -EINVAL;
        return process_file(process_self(), file.word) == NULL ? -EBADF : 0;
}

/* The record of a map of a file that was looked at. */
static int mapping_new(const struct stat *status, uint64_t offset, uint64_t bytes, unsigned flags,
                       struct mapping **ret_mapping)
{
        uint64_t size = (uint64_t)status->st_size;
        struct mapping *mapping;

        if (!S_ISREG(status->st_mode))
                return -ENODEV;
        if (offset >= size || bytes > size - offset)
                return -ENODATA;
        mapping = calloc(1, sizeof *mapping);
        if (mapping == NULL)
                return -ENOMEM;
        mapping->offset = offset;
        mapping->shown.bytes = bytes != 0 ? bytes : size - offset;
        mapping->locked = (flags & MORI_MAP_UNLOCKED) == 0;
        process_own(process_self(), &mapping->owned, mapping_release);
        *ret_mapping = mapping;
        return 0;
}

/* ---- From the kernel */

static int map_in_thread(void *context)
{
        struct mapping *mapping = context;
        size_t before = mapping->offset & (platform_map_page() - 1);
        int error = platform_map_file(&mapping->map, mapping->fd, mapping->offset - before,
                                      before + mapping->shown.bytes, mapping->locked);

        if (error == 0)
                mapping->shown.address = mapping->map.address + before;
        return error;
}

static int64_t map_begin(struct mapping *mapping, mori_file handle)
{
        struct file *file = process_file(process_self(), handle.word);
        struct operation *operation;

        if (file == NULL)
                return -EBADF;
        operation = offload_operation(map_in_thread, mapping, 0);
        if (operation == NULL)
                return -ENOMEM;
        mapping->fd = file->fd;
        operation->file = (uint32_t)handle.word; /* a close waits for it */
        return wait_operation_as(operation, ACTIVITY_STATE_WAITING_OFFLOAD);
}

static MORI_ASYNC int map_wait(struct mapping *mapping, mori_file file)
{
        int64_t begun = map_begin(mapping, file);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* ---- From the simulation */

static bool is_simulated(void)
{
        bool is = platform_io_is_simulated(seat_hold()->io);

        seat_release();
        return is;
}

static int copy_new(struct mapping *mapping)
{
        int error = platform_map_copy(&mapping->map, mapping->shown.bytes);

        mapping->shown.address = mapping->map.address;
        return error;
}

static MORI_ASYNC int copy_wait(struct mapping *mapping, mori_file file)
{
        int error = copy_new(mapping);
        size_t done = 0;
        int64_t got;

        while (error == 0 && done < mapping->shown.bytes) {
                got = MORI_AWAIT mori_file_read_at(file, mapping->map.address + done,
                                                   mapping->shown.bytes - done,
                                                   mapping->offset + done);
                if (got > 0)
                        done += (size_t)got;
                else
                        error = got == 0 ? -ENODATA : (int)got;
        }
        return error;
}

/* ---- Maps */

/* What a map that could not be made answers. */
static int answer(struct mapping *mapping, mori_file file, int error)
{
        static uint32_t reported;

        mapping_free(mapping);
        if (error == -EBADF && process_file(process_self(), file.word) != NULL)
                return -EACCES; /* in the simulation: it is not open for reading */
        if (error != -EPERM)
                return error;
        if (atomic_exchange(&reported, 1) == 0)
                base_report("mori: a map of a file was refused: %llu bytes of memory may be locked "
                            "(RLIMIT_MEMLOCK); to have more: ulimit -l, or MORI_MAP_UNLOCKED",
                            (unsigned long long)platform_map_lock_limit());
        return -ENOMEM;
}

MORI_ASYNC int mori_map(mori_file file, uint64_t offset, uint64_t bytes, unsigned flags,
                        const mori_mapping **ret_map)
{
        struct mapping *mapping;
        struct stat status;
        int error = arguments_check(file, offset, bytes, flags, ret_map);

        if (error < 0)
                return error;
        error = MORI_AWAIT mori_file_stat(file, "", 0, &status);
        if (error < 0)
                return error;
        error = mapping_new(&status, offset, bytes, flags, &mapping);
        if (error < 0)
                return error;
        error = is_simulated() ? MORI_AWAIT copy_wait(mapping, file)
                               : MORI_AWAIT map_wait(mapping, file);
        if (error < 0)
                return answer(mapping, file, error);
        *ret_map = &mapping->shown;
        return 0;
}

int mori_map_status(const mori_mapping *map)
{
        if (map == NULL)
                return -EFAULT;
        return platform_map_is_damaged(&mapping_of(map)->map) ? -ESTALE : 0;
}

static int end_in_thread(void *context)
{
        platform_map_end(context);
        return 0;
}

static int64_t end_begin(struct mapping *mapping)
{
        struct operation *operation = offload_operation(end_in_thread, &mapping->map, 0);

        return operation == NULL ? -ENOMEM : wait_operation_quiet(operation);
}

MORI_ASYNC void mori_map_end(const mori_mapping *map)
{
        struct mapping *mapping;

        if (map == NULL)
                return;
        mapping = mapping_of(map);
        if (end_begin(mapping) == WAIT_SUSPEND)
                (void)MORI_AWAIT activity_suspend_int();
        mapping_free(mapping); /* and unmaps it here, where no thread could be had for it */
}
