/* SPDX-License-Identifier: MIT */
/*
 * Memory that is resident: it was touched beforehand and is locked, so that neither using it nor
 * coming back to it is a page fault. And the page faults that there are all the same. Functions
 * return 0 or a negative errno. What was locked stays so until the OS process ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What resident mode wants, beside what a program has by itself: for the heap, for each worker's
 * stack, and (unless it is told, or the limit leaves less) for activities. */
#define PLATFORM_RESIDENT_HEAP_BYTES  ((size_t)2 << 20)
#define PLATFORM_RESIDENT_STACK_BYTES ((size_t)1 << 20)
#define PLATFORM_RESIDENT_ARENA_MIB   64u

/*
 * How many bytes more we may lock: RLIMIT_MEMLOCK less what is locked. SIZE_MAX where nothing
 * limits us, which is so with CAP_IPC_LOCK, too.
 */
size_t platform_resident_limit(void);

/* Locks what the pages of this range are, and touches each: writable ones as if written. */
int platform_resident_lock(void *address, size_t bytes);

/*
 * What the program has by itself: its private mappings of files (code and data of it and of its
 * libraries), the heap, and unnamed mappings of up to 1 MiB. Says how much that is, and locks it if
 * wanted.
 */
int platform_resident_own(bool lock, size_t *ret_bytes);

/*
 * Has malloc(3) keep what it gets, take everything from one heap, and have `bytes` of it in store,
 * touched.
 */
void platform_resident_heap(size_t bytes);

/*
 * Has the calling thread's stack reach `bytes` further down from here, or as far as it may, and
 * says where it lies from there to its upper end.
 */
int platform_resident_stack(size_t bytes, char **ret_lowest, char **ret_end);

/* Page faults of the calling thread so far; major ones had to wait for a disk. */
struct platform_faults {
        uint64_t minor, major;
};
void platform_resident_faults(struct platform_faults *ret_faults);
