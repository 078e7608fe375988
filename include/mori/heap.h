/* SPDX-License-Identifier: MIT */
/*
 * The heap of the running process.
 *
 *         struct tree *tree = mori_alloc(sizeof *tree);
 *         ...
 *         mori_free(tree);
 *
 * Each process has its own (process.h): what it has not freed when it ends, however it ends, goes
 * with it, whole. malloc(3) works as ever, and what it gives is nobody's: a process that is killed
 * leaks it.
 *
 * Rules.
 *   (1) A block belongs to the process that has allocated it; another process neither uses nor
 *       frees it.
 *   (2) What is freed twice, belongs to another, or was never a block abandons the process, with a
 *       report that says which.
 *   (3) A process that was started has a quota (struct mori_process_options), the first has none. A
 *       block too many abandons it with MORI_END_QUOTA; so does memory that is exhausted.
 *       mori_alloc_try() answers NULL instead.
 *
 * A process that never allocates has no heap; the first block makes one of a few hundred bytes and
 * a page. All functions are sync. Under AddressSanitizer blocks are watched to the byte.
 */
#pragma once

#include <mori/base.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The quota of a process that was started without one, in bytes. */
#define MORI_HEAP_MAX ((size_t)1 << 30)

/*
 * A block of so many bytes (0 is 1), at a multiple of 16; what is in it is undefined. Never NULL:
 * see (3).
 */
MORI_API void *mori_alloc(size_t bytes)
        __attribute__((__malloc__, __alloc_size__(1), __returns_nonnull__));
/* The same; NULL where the quota or memory is exhausted. */
MORI_API void *mori_alloc_try(size_t bytes) __attribute__((__malloc__, __alloc_size__(1)));
/* `count` times `bytes`, zeroed. A product that is no size is one block too many. */
MORI_API void *mori_alloc_zero(size_t count, size_t bytes)
        __attribute__((__malloc__, __alloc_size__(1, 2), __returns_nonnull__));
/*
 * The block with another size, perhaps elsewhere; what was in it stays, as far as it fits. NULL is
 * no block: a new one is made. Never NULL; where the process is abandoned nothing matters any more.
 */
MORI_API void *mori_realloc(void *block, size_t bytes)
        __attribute__((alloc_size(2), returns_nonnull));
/* Frees a block; NULL is none. */
MORI_API void mori_free(void *block);
/* How many bytes the block has room for: at least those that were asked for. */
MORI_API size_t mori_alloc_bytes(const void *block);
/* How many bytes of pages the running process's heap has: what its quota counts. */
MORI_API size_t mori_heap_bytes(void);

#ifdef __cplusplus
}
#endif
