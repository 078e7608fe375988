/* SPDX-License-Identifier: MIT */
/*
 * Locking by mlock(2), range by range. It touches what it locks, as MADV_POPULATE_WRITE would:
 * writable pages are written to, so that a private page of a file is ours afterwards.
 *
 * Not mlockall(2): the arena is 64 GiB of addresses, which would count against RLIMIT_MEMLOCK
 * whether there is memory behind them or not, and with MCL_ONFAULT nothing is touched.
 *
 * It is called as a system call, because the sanitizers' mlock() does nothing.
 */
#include "platform/resident.h"

#include "platform/thread.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_BYTES      4096u
#define SMALL_BYTES_MAX ((size_t)1 << 20)
#define FRAME_REST      ((size_t)128 << 10) /* above the end of a stack nothing is touched */

static bool may_lock_all(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[2] = {{0}};

        if (syscall(SYS_capget, &header, data) < 0)
                return false;
        return (data[0].effective & 1u << CAP_IPC_LOCK) != 0;
}

static size_t locked_now(void)
{
        FILE *status = fopen("/proc/self/status", "re");
        char line[256];
        size_t kib = 0;

        if (status == NULL)
                return 0;
        while (fgets(line, sizeof line, status) != NULL && sscanf(line, "VmLck: %zu kB", &kib) != 1)
                ;
        fclose(status);
        return kib * 1024;
}

size_t platform_resident_limit(void)
{
        struct rlimit limit;
        size_t locked;

        if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
            may_lock_all())
                return SIZE_MAX;
        locked = locked_now();
        return limit.rlim_cur > locked ? limit.rlim_cur - locked : 0;
}

int platform_resident_lock(void *address, size_t bytes)
{
        return syscall(SYS_mlock, address, bytes) < 0 ? -errno : 0;
}

/* A line of /proc/self/maps: is it ours to lock? */
static bool is_own(const char *mode, unsigned long inode, const char *name, size_t bytes)
{
        if (strncmp(mode, "---", 3) == 0 || mode[3] != 'p')
                return false;
        if (inode != 0 || strcmp(name, "[heap]") == 0)
                return true;
        return *name == '\0' && bytes <= SMALL_BYTES_MAX;
}

int platform_resident_own(bool lock, size_t *ret_bytes)
{
        FILE *maps = fopen("/proc/self/maps", "re");
        char *line = NULL;
        size_t room = 0, total = 0;
        int error = 0;

        if (maps == NULL)
                return -errno;
        while (error == 0 && getline(&line, &room, maps) > 0) {
                unsigned long first, end, inode;
                char mode[5], name[64] = "";

                if (sscanf(line, "%lx-%lx %4s %*s %*s %lu %63s", &first, &end, mode, &inode, name) <
                            4 ||
                    !is_own(mode, inode, name, end - first))
                        continue;
                total += end - first;
                if (lock)
                        error = platform_resident_lock((void *)first, end - first); /* NOLINT */
        }
        free(line);
        fclose(maps);
        *ret_bytes = total;
        return error;
}

void platform_resident_heap(size_t bytes)
{
        char *store;

        mallopt(M_MMAP_MAX, 0);
        mallopt(M_TRIM_THRESHOLD, -1);
        mallopt(M_ARENA_MAX, 1);
        store = malloc(bytes);
        if (store == NULL)
                return;
        for (size_t at = 0; at < bytes; at += PAGE_BYTES)
                *(volatile char *)(store + at) = 0;
        free(store);
}

/* The kernel makes a main thread's stack longer as it is touched. */
static __attribute__((noinline)) void stack_touch(const char *lowest)
{
        volatile char page[PAGE_BYTES];

        page[0] = 0;
        if ((const char *)page > lowest)
                stack_touch(lowest);
        __asm__ volatile("" : : "r"(page) : "memory"); /* no tail call */
}

int platform_resident_stack(size_t bytes, char **ret_lowest, char **ret_end)
{
        char *here = __builtin_frame_address(0), *end = platform_thread_stack(), *lowest = end;

        if (end == NULL)
                return -ENODATA;
        end += platform_thread_stack_bytes();
        lowest += FRAME_REST;
        if (lowest > here)
                lowest = here; /* there is less left than we leave alone */
        if ((size_t)(here - lowest) > bytes)
                lowest = here - bytes;
        stack_touch(lowest);
        *ret_lowest = (char *)((uintptr_t)lowest & ~(uintptr_t)(PAGE_BYTES - 1));
        *ret_end = end;
        return 0;
}

void platform_resident_faults(struct platform_faults *ret_faults)
{
        struct rusage usage;

        if (getrusage(RUSAGE_THREAD, &usage) < 0)
                usage = (struct rusage){0};
        *ret_faults =
                (struct platform_faults){(uint64_t)usage.ru_minflt, (uint64_t)usage.ru_majflt};
}
