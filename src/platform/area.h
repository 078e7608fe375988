/* SPDX-License-Identifier: MIT */
/*
 * Areas of memory that engines may register with the kernel, so that its pages are looked up and
 * pinned once, and not for each operation: what an operation with PLATFORM_OP_REGISTERED moves lies
 * in one. A table of the OS process has them all. An engine that can registers an area when it
 * first meets it there, and lets go of it in its next wait after it was retired (uring_area.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define PLATFORM_AREAS_MAX       64u
/* Pinning this much is a few milliseconds of a turn; the kernel's own limit is 1 GiB. */
#define PLATFORM_AREA_BYTES_MAX ((size_t)64 << 20)

/* Zeroed before it is made. */
struct platform_area {
        char *address; /* of a page; NULL: there is none */
        size_t bytes;  /* whole pages */
        uint32_t number; /* its place in the table + 1, which an operation says; 0: it has none */
};

/*
 * Makes an area of at least `bytes` (1 to PLATFORM_AREA_BYTES_MAX), all of it in memory and zero.
 * Blocks; between pieces of 2 MiB it asks platform_call_cancelled(). 0, or a negative errno and
 * there is none: -ECANCELED; -ENOSPC where there are PLATFORM_AREAS_MAX; -ENOMEM.
 */
int platform_area_new(struct platform_area *area, size_t bytes);
/*
 * Takes it out of the table: no operation under way names it, and none will. True where an engine
 * has registered it, whose next wait lets go of it.
 */
bool platform_area_retire(struct platform_area *area);
/* Unmaps what there is, retired or not. Blocks, if not for long. */
void platform_area_free(struct platform_area *area);

/* ---- What engines ask */

/* Which area has the number now: another value for each that has had it; 0: none. Any thread. */
uint32_t platform_area_generation(uint32_t number);
/*
 * Whether the area of a number, which an operation under way names, has all of these bytes; and
 * where it lies.
 */
bool platform_area_has(uint32_t number, const void *address, size_t bytes, struct iovec *ret_area);
/* How often an area was retired: while it is the same, nothing is to be let go of. */
uint32_t platform_areas_retired(void);
/* An engine has registered the area of a number, or has let go of it. */
void platform_area_held(uint32_t number, bool held);
