/* SPDX-License-Identifier: MIT */
/* Heaps. See heap.h; pages are pages.h's. */
#include "memory/heap.h"

#include "memory/pages.h"
#include "platform/memory.h"

#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WATCHED 1
#endif
#ifdef WATCHED
#include <sanitizer/asan_interface.h>
#define forbid(address, bytes) __asan_poison_memory_region(address, bytes)
#define allow(address, bytes)  __asan_unpoison_memory_region(address, bytes)
#else
#define forbid(address, bytes) ((void)(address), (void)(bytes))
#define allow(address, bytes)  ((void)(address), (void)(bytes))
#endif

#define SMALL_MAX 2048u
#define LARGE_MAX (PAGE_BYTES << PAGES_ORDER_MAX)

/* Multiples of 16; from 512 on what a page has an equal part of. */
static const uint16_t class_bytes[HEAP_CLASSES] = {
        16,  32,  48,  64,  80,  96,  112, 128, 160,  192,  224,
        256, 320, 384, 448, 512, 672, 816, 1024, 1360, 2048,
};

struct huge {
        struct huge *next;
        size_t bytes; /* with the first page, in which this stands */
};

static unsigned class_of(size_t bytes)
{
        unsigned class = 8;

        if (bytes <= 128)
                return (unsigned)((bytes - 1) >> 4);
        while (class_bytes[class] < bytes)
                class++;
        return class;
}

struct heap *heap_new(size_t bytes_max)
{
        struct heap *heap = calloc(1, sizeof *heap);

        if (heap != NULL)
                heap->bytes_max = bytes_max;
        return heap;
}

static void run_give(struct page *page)
{
        allow(page_address(page), PAGE_BYTES << page->order);
        pages_free(page);
}

static void list_free(struct page *page)
{
        while (page != NULL) {
                struct page *next = page->next;

                run_give(page);
                page = next;
        }
}

struct heap *heap_free(struct heap *heap)
{
        unsigned class;

        if (heap == NULL)
                return NULL;
        for (class = 0; class < HEAP_CLASSES; class++)
                list_free(heap->room[class]);
        list_free(heap->full);
        while (heap->huge != NULL) {
                struct huge *huge = heap->huge;

                heap->huge = huge->next;
                platform_memory_release(huge, huge->bytes);
        }
        free(heap);
        return NULL;
}

static bool is_over(const struct heap *heap, size_t bytes)
{
        return bytes > heap->bytes_max || heap->bytes > heap->bytes_max - bytes;
}

static struct page *run_new(struct heap *heap, unsigned order, enum page_state state)
{
        size_t bytes = PAGE_BYTES << order;
        struct page *page = is_over(heap, bytes) ? NULL : pages_new(order, state);

        if (page == NULL)
                return NULL;
        heap->bytes += bytes;
        page->heap = heap;
        forbid(page_address(page), bytes);
        return page;
}

static struct page *page_new(struct heap *heap, unsigned class)
{
        struct page *page = run_new(heap, 0, PAGE_BLOCKS);

        if (page == NULL)
                return NULL;
        page->class = (uint8_t)class;
        page->blocks = (uint16_t)(PAGE_BYTES / class_bytes[class]);
        page->blocks_used = 0;
        page->full_words = 0;
        memset(page->used, 0, sizeof page->used);
        page_list_add(&heap->room[class], page);
        return page;
}

static void *small_alloc(struct heap *heap, size_t bytes)
{
        unsigned class = class_of(bytes), word, bit;
        struct page *page = heap->room[class];
        char *block;

        if (unlikely(page == NULL)) {
                page = page_new(heap, class);
                if (page == NULL)
                        return NULL;
        }
        word = page->full_words;
        while (page->used[word] == UINT64_MAX)
                word++;
        page->full_words = (uint8_t)word;
        bit = (unsigned)__builtin_ctzll(~page->used[word]);
        page->used[word] |= (uint64_t)1 << bit;
        if (++page->blocks_used == page->blocks) {
                page_list_remove(page);
                page_list_add(&heap->full, page);
        }
        block = page_address(page) + (size_t)(word * 64 + bit) * class_bytes[class];
        allow(block, bytes);
        return block;
}

static void *large_alloc(struct heap *heap, size_t bytes)
{
        unsigned order = 0;
        struct page *page;

        while (PAGE_BYTES << order < bytes)
                order++;
        page = run_new(heap, order, PAGE_WHOLE);
        if (page == NULL)
                return NULL;
        page_list_add(&heap->full, page);
        allow(page_address(page), bytes);
        return page_address(page);
}

static void *huge_alloc(struct heap *heap, size_t bytes)
{
        struct huge *huge;
        void *address;
        size_t whole;

        if (bytes > SIZE_MAX / 2)
                return NULL;
        whole = round_up(bytes, PAGE_BYTES) + PAGE_BYTES;
        if (is_over(heap, whole) || platform_memory_reserve(whole, PAGE_BYTES, &address) < 0)
                return NULL;
        if (platform_memory_commit(address, whole) < 0) {
                platform_memory_release(address, whole);
                return NULL;
        }
        huge = address;
        *huge = (struct huge){heap->huge, whole};
        heap->huge = huge;
        heap->bytes += whole;
        return (char *)address + PAGE_BYTES;
}

void *heap_alloc(struct heap *heap, size_t bytes)
{
        if (bytes == 0)
                bytes = 1;
        if (likely(bytes <= SMALL_MAX))
                return small_alloc(heap, bytes);
        return bytes <= LARGE_MAX ? large_alloc(heap, bytes) : huge_alloc(heap, bytes);
}

/* The index of a small block in its page; below 0 where nothing that is in use begins there. */
static int index_of(const struct page *page, const void *block)
{
        size_t offset = (size_t)((const char *)block - page_address(page));
        size_t index = offset / class_bytes[page->class];

        if (index * class_bytes[page->class] != offset || index >= page->blocks ||
            (page->used[index / 64] >> index % 64 & 1) == 0)
                return -1;
        return (int)index;
}

/* The link to a huge block; one that holds NULL where there is none. */
static struct huge **huge_find(struct heap *heap, const void *block)
{
        struct huge **link = &heap->huge;

        while (*link != NULL && (const char *)*link + PAGE_BYTES != block)
                link = &(*link)->next;
        return link;
}

size_t heap_block_bytes(const struct heap *heap, const void *block)
{
        const struct page *page = page_of(block);

        if (page == NULL) {
                const struct huge *huge = *huge_find((struct heap *)(uintptr_t)heap, block);

                return huge != NULL ? huge->bytes - PAGE_BYTES : 0;
        }
        if (page->heap != heap)
                return 0;
        if (page->state == PAGE_BLOCKS)
                return index_of(page, block) >= 0 ? class_bytes[page->class] : 0;
        if (page->state != PAGE_WHOLE || block != page_address(page))
                return 0;
        return PAGE_BYTES << page->order;
}

bool heap_resize(const struct heap *heap, void *block, size_t bytes)
{
        size_t room = heap_block_bytes(heap, block);

        if (bytes > room || bytes < room / 4)
                return false;
        if (page_of(block) != NULL) {
                forbid(block, room);
                allow(block, bytes);
        }
        return true;
}

void heap_copy(const struct heap *heap, void *to, void *from, size_t bytes)
{
        (void)heap;
        if (page_of(from) != NULL) /* all of it: only its owner knows how much of that is in use */
                allow(from, bytes);
        memcpy(to, from, bytes);
}

static void small_give(struct heap *heap, struct page *page, void *block, unsigned index)
{
        unsigned word = index / 64;

        forbid(block, class_bytes[page->class]);
        page->used[word] &= ~((uint64_t)1 << index % 64);
        if (word < page->full_words)
                page->full_words = (uint8_t)word;
        if (page->blocks_used-- == page->blocks) {
                page_list_remove(page);
                page_list_add(&heap->room[page->class], page);
        }
        /* the last page of a class stays: who allocates and frees in turn needs it */
        if (page->blocks_used == 0 && (page->next != NULL || heap->room[page->class] != page)) {
                page_list_remove(page);
                heap->bytes -= PAGE_BYTES;
                run_give(page);
        }
}

static bool huge_give(struct heap *heap, const void *block)
{
        struct huge **link = huge_find(heap, block), *huge = *link;

        if (huge == NULL)
                return false;
        *link = huge->next;
        heap->bytes -= huge->bytes;
        platform_memory_release(huge, huge->bytes);
        return true;
}

bool heap_give(struct heap *heap, void *block)
{
        struct page *page = page_of(block);
        int index;

        if (page == NULL)
                return huge_give(heap, block);
        if (page->heap != heap)
                return false;
        if (likely(page->state == PAGE_BLOCKS)) {
                index = index_of(page, block);
                if (unlikely(index < 0))
                        return false;
                small_give(heap, page, block, (unsigned)index);
                return true;
        }
        if (block != page_address(page))
                return false;
        page_list_remove(page);
        heap->bytes -= PAGE_BYTES << page->order;
        run_give(page);
        return true;
}
