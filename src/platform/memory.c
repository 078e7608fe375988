/* SPDX-License-Identifier: MIT */
/*
 * Address space and pages, by mmap and madvise. Reserving costs an entry of the kernel's map list
 * and no memory, also under strict overcommit, because the pages cannot be written until they are
 * committed. They can be read: all of them are the kernel's one page of zeros, so that who looks
 * where nothing ever was finds nothing. A core file leaves them out: gdb would write out 64 GiB of
 * zeros.
 */
#include "platform/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

int platform_memory_reserve(size_t bytes, size_t align, void **ret_address)
{
        char *address = mmap(NULL, bytes + align, PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        size_t before, after;

        if (address == MAP_FAILED)
                return -errno;
        before = (align - (uintptr_t)address % align) % align;
        after = align - before;
        if (before > 0)
                munmap(address, before);
        if (after > 0)
                munmap(address + before + bytes, after);
        *ret_address = address + before;
        madvise(*ret_address, bytes, MADV_DONTDUMP);
        return 0;
}

int platform_memory_commit(void *address, size_t bytes)
{
        if (mprotect(address, bytes, PROT_READ | PROT_WRITE) < 0)
                return -errno;
        madvise(address, bytes, MADV_DODUMP);
        return 0;
}

void platform_memory_huge(void *address, size_t bytes, bool wanted)
{
        /* where it cannot be said, it is not needed */
        madvise(address, bytes, wanted ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void platform_memory_purge(void *address, size_t bytes)
{
        madvise(address, bytes, MADV_DONTNEED);
}

int platform_memory_guard_is_cheap(void)
{
        static int cheap = -1;

        if (cheap < 0) {
                size_t page = (size_t)sysconf(_SC_PAGESIZE);
                void *probe = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                   -1, 0);

                if (probe == MAP_FAILED)
                        return 0;
                cheap = madvise(probe, page, MADV_GUARD_INSTALL) == 0;
                munmap(probe, page);
        }
        return cheap;
}

int platform_memory_guard(void *address, size_t bytes)
{
        /* locked memory refuses it (EINVAL) */
        if (platform_memory_guard_is_cheap() && madvise(address, bytes, MADV_GUARD_INSTALL) == 0)
                return 0;
        return mprotect(address, bytes, PROT_NONE) < 0 ? -errno : 0;
}

void platform_memory_release(void *address, size_t bytes)
{
        munmap(address, bytes);
}

int platform_memory_resident(size_t *ret_bytes, size_t *ret_page_table_bytes)
{
        FILE *status = fopen("/proc/self/status", "re");
        char line[256];
        size_t value;
        int found = 0;

        if (status == NULL)
                return -errno;
        while (fgets(line, sizeof line, status) != NULL) {
                if (sscanf(line, "VmRSS: %zu kB", &value) == 1) {
                        *ret_bytes = value * 1024;
                        found |= 1;
                } else if (sscanf(line, "VmPTE: %zu kB", &value) == 1) {
                        *ret_page_table_bytes = value * 1024;
                        found |= 2;
                }
        }
        fclose(status);
        return found == 3 ? 0 : -ENODATA;
}
