/* SPDX-License-Identifier: MIT */
/*
 * What a descriptor number stands for.
 *
 * A number is reused as soon as it is closed, by whichever thread opens something next, and an
 * engine that remembers something about a number (epoll.c: that it is registered) must notice. So
 * there is one word per number for the whole OS process: the kind of file in its low 2 bits, a
 * generation above them, which is another after every making and closing through an engine. An
 * engine that remembers compares words.
 *
 *      unknown, g --- made(kind) ---> kind, g + 1 --- gone ---> unknown, g + 2
 *
 * Numbers that came from elsewhere (standard input, what a C library opened, what was inherited)
 * are unknown for good, and the engine looks at them anew each time: a C library may close and
 * reopen them without telling.
 *
 * The table is address space for as many numbers as the hard limit allows, made at the first use
 * and never freed: a page of it becomes memory for each 1024 descriptors that are really used.
 * Words are read and written relaxed: whoever passes a descriptor from one thread to another orders
 * more than this word on the way.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "platform/backend.h"

#define DESCRIPTORS_MIN (64u << 10)
#define DESCRIPTORS_MAX (4u << 20)

struct descriptor_table platform_descriptor_table;

uint32_t platform_descriptors_max(void)
{
        uint32_t count = __atomic_load_n(&platform_descriptor_table.count, __ATOMIC_RELAXED);
        struct rlimit limit;

        if (!count) {
                count = DESCRIPTORS_MAX;
                if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_max < count)
                        count = (uint32_t)limit.rlim_max;
                if (count < DESCRIPTORS_MIN)
                        count = DESCRIPTORS_MIN;
                __atomic_store_n(&platform_descriptor_table.count, count, __ATOMIC_RELAXED);
        }
        return count;
}

static uint32_t *descriptor_slot(int fd)
{
        struct descriptor_table *table = &platform_descriptor_table;
        uint32_t *words = __atomic_load_n(&table->words, __ATOMIC_ACQUIRE), *expected = NULL;
        uint32_t count = platform_descriptors_max();
        void *fresh;

        if ((uint32_t)fd >= count)
                return NULL;
        if (platform_unlikely(!words)) {
                fresh = mmap(NULL, count * sizeof(*words), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
                if (fresh == MAP_FAILED)
                        return NULL; /* every descriptor is unknown then: slower, and right */
                words = fresh;
                if (!__atomic_compare_exchange_n(&table->words, &expected, words, false,
                                                 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
                        munmap(fresh, count * sizeof(*words));
                        words = expected;
                }
        }
        return &words[fd];
}

void descriptors_memory(void (*take)(void *address, size_t bytes, void *argument), void *argument)
{
        uint32_t *words = descriptor_slot(0), count = platform_descriptors_max();

        if (count > PLATFORM_MEMORY_DESCRIPTORS)
                count = PLATFORM_MEMORY_DESCRIPTORS;
        if (words)
                take(words, count * sizeof(*words), argument);
}

uint32_t platform_descriptor_word_slow(int fd)
{
        const uint32_t *slot = descriptor_slot(fd);

        return slot ? __atomic_load_n(slot, __ATOMIC_RELAXED) : DESCRIPTOR_UNKNOWN;
}

void platform_descriptor_made(int fd, enum descriptor_kind kind)
{
        uint32_t *slot = descriptor_slot(fd);

        if (slot)
                __atomic_store_n(slot,
                                 ((__atomic_load_n(slot, __ATOMIC_RELAXED) | 3u) + 1u) |
                                         (uint32_t)kind,
                                 __ATOMIC_RELAXED);
}

void platform_descriptor_gone(int fd)
{
        platform_descriptor_made(fd, DESCRIPTOR_UNKNOWN);
}

int platform_descriptor_look(int fd)
{
        struct stat st;

        if (fstat(fd, &st))
                return -errno;
        if (S_ISSOCK(st.st_mode))
                return DESCRIPTOR_SOCKET;
        if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
                return DESCRIPTOR_FILE;
        return DESCRIPTOR_STREAM;
}
