/* SPDX-License-Identifier: MIT */
/*
 * Pages for heaps: runs of 1, 2, 4, 8 or 16 pages of 4 KiB, by the buddy system (K. Knowlton, "A
 * Fast Storage Allocator", 1965) in spans of 64 KiB; and a record for each page that says what it
 * is, so that of any address it is known whether it is a block, and whose.
 */
#pragma once

#include "base/base.h"

#define PAGE_SHIFT      12
#define PAGE_BYTES      ((size_t)1 << PAGE_SHIFT)
#define PAGES_ORDER_MAX 4 /* runs of up to 2^4 pages */
#define PAGE_BLOCKS_MAX 256

struct heap;

enum page_state { PAGE_NONE, PAGE_FREE, PAGE_TAIL, PAGE_BLOCKS, PAGE_WHOLE };

/* What is written down of a page; of a run, with its first. */
struct page {
        struct heap *heap;         /* whose, in the last two states */
        struct page *next, **link; /* of the free ones, or of a heap's */
        uint8_t state;             /* enum page_state */
        uint8_t order;
        uint8_t class;             /* of its blocks */
        uint8_t full_words;        /* how many words of `used` have no room, from the first on */
        uint16_t blocks_used, blocks;
        uint64_t used[PAGE_BLOCKS_MAX / 64]; /* a bit for each block */
};

/*
 * A run of 2^order pages, whose contents are undefined, for blocks or as a whole; NULL where there
 * is no memory.
 */
struct page *pages_new(unsigned order, enum page_state state);
void pages_free(struct page *page);
/* Where the run begins. */
char *page_address(const struct page *page);
/* The record of the page that an address lies in; NULL where that is none of ours. */
struct page *page_of(const void *address);
/* Lists of pages. */
void page_list_add(struct page **list, struct page *page);
void page_list_remove(struct page *page);
