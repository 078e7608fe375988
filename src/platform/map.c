/* SPDX-License-Identifier: MIT */
/*
 * Ranges of files in memory, and what is done about a file that is cut meanwhile.
 *
 *      mmap -> mlock2(ONFAULT) -> MADV_POPULATE_READ, a piece at a time -> in the table
 *
 * The lock comes first, and only marks: so what was read stays, and a limit is met before anything
 * is read. Kernels before 5.14 have no MADV_POPULATE_READ; there mlock(2) reads, and where nothing
 * is to be locked each page is touched, with the map in the table already.
 *
 * The table is a list that grows and never shrinks, with entries that are used again: the handler
 * of a signal walks along it, without a lock.
 *
 * Invariant.
 *  (1) An entry whose `begin` is not 0 has an `end`, and [begin, end) is mapped: they are taken out
 *      before the memory is unmapped.
 */
#include "platform/map.h"

#include "base/atomic.h"
#include "platform/call.h"
#include "platform/resident.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define PIECE_BYTES ((size_t)2 << 20)

struct platform_map_entry {
        struct platform_map_entry *next;      /* in `entries`, for ever */
        struct platform_map_entry *next_free; /* in `entries_free` */
        uintptr_t begin, end;
        uint32_t damaged;
};

static struct base_lock entries_lock;
static struct platform_map_entry *entries, *entries_free;

size_t platform_map_page(void)
{
        return (size_t)sysconf(_SC_PAGESIZE);
}

uint64_t platform_map_lock_limit(void)
{
        struct rlimit limit = {0};

        getrlimit(RLIMIT_MEMLOCK, &limit);
        return limit.rlim_cur;
}

/* ---- The table */

static struct platform_map_entry *entry_take(void)
{
        struct platform_map_entry *entry;

        base_lock(&entries_lock);
        entry = entries_free;
        if (entry != NULL) {
                entries_free = entry->next_free;
        } else {
                entry = calloc(1, sizeof *entry);
                if (entry != NULL) {
                        entry->next = entries;
                        atomic_store_release(&entries, entry);
                }
        }
        base_unlock(&entries_lock);
        return entry;
}

static void entry_give(struct platform_map_entry *entry)
{
        base_lock(&entries_lock);
        entry->next_free = entries_free;
        entries_free = entry;
        base_unlock(&entries_lock);
}

static int enter(struct platform_map *map)
{
        struct platform_map_entry *entry = entry_take();

        if (entry == NULL)
                return -ENOMEM;
        atomic_store_relaxed(&entry->damaged, 0);
        atomic_store_relaxed(&entry->end, (uintptr_t)map->address + map->bytes);
        atomic_store_release(&entry->begin, (uintptr_t)map->address);
        map->entry = entry;
        return 0;
}

bool platform_map_repair(void *address)
{
        uintptr_t at = (uintptr_t)address, page = platform_map_page();
        struct platform_map_entry *entry = atomic_load_acquire(&entries);
        uintptr_t begin;
        int saved = errno;
        void *zeros;

        for (; entry != NULL; entry = entry->next) {
                begin = atomic_load_acquire(&entry->begin);
                if (begin != 0 && begin <= at && at < atomic_load_relaxed(&entry->end))
                        break;
        }
        if (entry == NULL)
                return false;
        zeros = mmap((void *)(at & ~(page - 1)), page, PROT_READ, /* NOLINT */
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        errno = saved;
        if (zeros == MAP_FAILED)
                return false;
        atomic_store_release(&entry->damaged, 1);
        return true;
}

bool platform_map_is_damaged(const struct platform_map *map)
{
        return map->entry != NULL && atomic_load_acquire(&map->entry->damaged) != 0;
}

/* ---- Maps */

static int lock_mark(struct platform_map *map)
{
        int error;

        /* The C library's, under a sanitizer, does nothing. */
        if (syscall(SYS_mlock2, map->address, map->bytes, MLOCK_ONFAULT) == 0)
                return 0;
        error = -errno;
        return error == -ENOMEM && map->bytes > platform_resident_limit() ? -EPERM : error;
}

/* Where there is no MADV_POPULATE_READ. */
static int read_old(char *piece, size_t bytes, bool locked)
{
        if (locked) /* it says -ENOMEM for what is behind the end, too: the limit was met before */
                return platform_resident_lock(piece, bytes) == 0 ? 0 : -EFAULT;
        for (size_t at = 0; at < bytes; at += platform_map_page())
                (void)*(volatile char *)(piece + at);
        return 0;
}

static int read_pages(struct platform_map *map, bool locked)
{
        bool old = false;
        int error = 0;

        for (size_t at = 0; at < map->bytes && error == 0;) {
                size_t bytes = map->bytes - at < PIECE_BYTES ? map->bytes - at : PIECE_BYTES;

                if (platform_call_cancelled())
                        return -ECANCELED;
                if (old)
                        error = read_old(map->address + at, bytes, locked);
                else if (madvise(map->address + at, bytes, MADV_POPULATE_READ) < 0)
                        error = -errno;
                if (error == -EINVAL && !old) {
                        old = true;
                        error = 0;
                } else if (error == -EINTR) {
                        error = 0;
                } else {
                        at += bytes;
                }
        }
        return error == 0 && platform_map_is_damaged(map) ? -EFAULT : error;
}

/* A page could not be had. */
static int why_not(int fd, uint64_t end)
{
        struct stat status;

        return fstat(fd, &status) == 0 && (uint64_t)status.st_size < end ? -ENODATA : -EIO;
}

int platform_map_file(struct platform_map *map, int fd, uint64_t offset, size_t bytes, bool locked)
{
        size_t page = platform_map_page(), bytes_wanted = bytes;
        struct statfs system;
        char *address;
        int error;

        if (fstatfs(fd, &system) == 0 && system.f_type == HUGETLBFS_MAGIC)
                return -ENODEV; /* its pages are larger, and hold no file of a disk's */
        if (bytes > SIZE_MAX - page)
                return -ENOMEM;
        bytes = (bytes + page - 1) & ~(page - 1);
        address = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, (off_t)offset);
        if (address == MAP_FAILED)
                return -errno;
        map->address = address;
        map->bytes = bytes;
        error = enter(map);
        if (error == 0 && locked)
                error = lock_mark(map);
        if (error == 0)
                error = read_pages(map, locked);
        if (error == -EFAULT || error == -EHWPOISON)
                error = why_not(fd, offset + bytes_wanted);
        if (error < 0)
                platform_map_end(map);
        return error;
}

int platform_map_copy(struct platform_map *map, size_t bytes)
{
        char *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (address == MAP_FAILED)
                return -errno;
        map->address = address;
        map->bytes = bytes;
        return 0;
}

void platform_map_end(struct platform_map *map)
{
        if (map->entry != NULL)
                atomic_store_release(&map->entry->begin, 0);
        if (map->address != NULL)
                munmap(map->address, map->bytes);
        if (map->entry != NULL)
                entry_give(map->entry);
        *map = (struct platform_map){0};
}
