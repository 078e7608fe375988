/* SPDX-License-Identifier: MIT */
/*
 * Heaps: memory by the piece, for one user at a time, which is freed whole.
 *
 *      small   up to 2 KiB: of a class of sizes, from a page that is cut into blocks of that class
 *      large   up to 64 KiB: a run of pages
 *      huge    beyond: a mapping of its own
 *
 * What is free stands in bits beside the page, not in the blocks: so a block that is freed twice,
 * or was never one, is found, and what is freed is not touched.
 *
 * Invariants.
 *  (1) A page with room is in the list of its class; a full one, or a run, in `full`.
 *  (2) `bytes` counts the pages and mappings that the heap has, and is at most `bytes_max`.
 */
#pragma once

#include "base/base.h"

#define HEAP_CLASSES 21

struct page;
struct huge;

struct heap {
        size_t bytes, bytes_max;
        struct page *room[HEAP_CLASSES];
        struct page *full;
        struct huge *huge;
};

/* NULL where memory is exhausted. */
struct heap *heap_new(size_t bytes_max);
/* With all that is in it. Takes NULL. Returns NULL. */
struct heap *heap_free(struct heap *heap);

/* NULL where memory is exhausted, or where it would be more than the quota. */
void *heap_alloc(struct heap *heap, size_t bytes);
/* How many bytes a block has; 0 where it is no block of this heap, or free. */
size_t heap_block_bytes(const struct heap *heap, const void *block);
/* Copies from one block to another, of both of which so many bytes are room. */
void heap_copy(const struct heap *heap, void *to, void *from, size_t bytes);
/* The block is free from now on; false where it is no block of this heap, or free already. */
bool heap_give(struct heap *heap, void *block);
/* A block is to have another size: true where it has room for that, and not too much. */
bool heap_resize(const struct heap *heap, void *block, size_t bytes);
