/* SPDX-License-Identifier: MIT */
/*
 * Pages for heaps. One range of addresses for the OS process, reserved when the first heap wants a
 * page; the records of the pages stand in another. One lock guards both; it is taken once for a
 * page, not for a block.
 *
 *      reserved --a span at a time--> free, of some order <--split, merge--> in use
 *
 * Invariants.
 *  (1) Of a run only the first page has a state of its own; the others are PAGE_TAIL.
 *  (2) Two free runs that are buddies are one run of the next order.
 *  (3) Of free spans more than SPANS_KEPT have no memory: the kernel has got it back.
 */
#include "memory/pages.h"

#include "base/atomic.h"
#include "platform/memory.h"

#define SPAN_PAGES  (1u << PAGES_ORDER_MAX)
#define SPAN_BYTES  (SPAN_PAGES * PAGE_BYTES)
#define BYTES_MOST  ((size_t)64 << 30)
#define BYTES_LEAST ((size_t)16 << 20)
#define TABLE_STEP  ((size_t)64 << 10)
#define SPANS_KEPT  256u /* 16 MiB */

static struct {
        struct base_lock lock;
        char *base;
        struct page *table;
        size_t pages, made; /* that there are addresses for; that were ever a page */
        size_t table_bytes; /* of the table, that have memory */
        struct page *free[PAGES_ORDER_MAX + 1];
        size_t spans_free;
} all;

char *page_address(const struct page *page)
{
        return all.base + ((size_t)(page - all.table) << PAGE_SHIFT);
}

struct page *page_of(const void *address)
{
        size_t made = atomic_load_acquire(&all.made), number;

        if (made == 0)
                return NULL;
        number = ((uintptr_t)address - (uintptr_t)all.base) >> PAGE_SHIFT;
        return number < made ? &all.table[number] : NULL;
}

void page_list_add(struct page **list, struct page *page)
{
        page->next = *list;
        page->link = list;
        if (page->next != NULL)
                page->next->link = &page->next;
        *list = page;
}

void page_list_remove(struct page *page)
{
        *page->link = page->next;
        if (page->next != NULL)
                page->next->link = page->link;
}

static bool range_reserve(void)
{
        size_t bytes = BYTES_MOST, table;
        void *base, *records;

        while (platform_memory_reserve(bytes, SPAN_BYTES, &base) < 0) {
                bytes /= 4; /* as the arena of stacks: less is better than nothing */
                if (bytes < BYTES_LEAST)
                        return false;
        }
        table = round_up((bytes >> PAGE_SHIFT) * sizeof(struct page), TABLE_STEP);
        if (platform_memory_reserve(table, TABLE_STEP, &records) < 0) {
                platform_memory_release(base, bytes);
                return false;
        }
        all.table = records;
        all.base = base;
        all.pages = bytes >> PAGE_SHIFT;
        return true;
}

static void free_push(struct page *page, unsigned order)
{
        page->state = PAGE_FREE;
        page->order = (uint8_t)order;
        page_list_add(&all.free[order], page);
        all.spans_free += order == PAGES_ORDER_MAX;
}

static void free_remove(struct page *page)
{
        page_list_remove(page);
        all.spans_free -= page->order == PAGES_ORDER_MAX;
}

/* A span that was never used becomes a free run. */
static bool span_fresh(void)
{
        size_t table, i;

        if ((all.base == NULL && !range_reserve()) || all.made + SPAN_PAGES > all.pages)
                return false;
        table = (all.made + SPAN_PAGES) * sizeof(struct page);
        while (all.table_bytes < table) {
                if (platform_memory_commit((char *)all.table + all.table_bytes, TABLE_STEP) < 0)
                        return false;
                all.table_bytes += TABLE_STEP;
        }
        if (platform_memory_commit(all.base + (all.made << PAGE_SHIFT), SPAN_BYTES) < 0)
                return false;
        for (i = 1; i < SPAN_PAGES; i++)
                all.table[all.made + i].state = PAGE_TAIL;
        free_push(&all.table[all.made], PAGES_ORDER_MAX);
        atomic_store_release(&all.made, all.made + SPAN_PAGES);
        return true;
}

static struct page *take(unsigned order, enum page_state state)
{
        unsigned larger = order;
        struct page *page;

        while (larger <= PAGES_ORDER_MAX && all.free[larger] == NULL)
                larger++;
        if (larger > PAGES_ORDER_MAX) {
                if (!span_fresh())
                        return NULL;
                larger = PAGES_ORDER_MAX;
        }
        page = all.free[larger];
        free_remove(page);
        while (larger > order) { /* the upper half is free */
                larger--;
                free_push(page + ((size_t)1 << larger), larger);
        }
        page->order = (uint8_t)order;
        page->state = (uint8_t)state; /* here, where the lock is held: who frees its buddy looks */
        return page;
}

struct page *pages_new(unsigned order, enum page_state state)
{
        struct page *page;

        base_lock(&all.lock);
        page = take(order, state);
        base_unlock(&all.lock);
        return page;
}

void pages_free(struct page *page)
{
        size_t number = (size_t)(page - all.table);
        unsigned order;

        base_lock(&all.lock);
        page->heap = NULL;
        for (order = page->order; order < PAGES_ORDER_MAX; order++) {
                struct page *buddy = &all.table[number ^ (size_t)1 << order];

                if (buddy->state != PAGE_FREE || buddy->order != order)
                        break;
                free_remove(buddy);
                all.table[number | (size_t)1 << order].state = PAGE_TAIL; /* the upper one */
                number &= ~((size_t)1 << order);
        }
        free_push(&all.table[number], order);
        if (order == PAGES_ORDER_MAX && all.spans_free > SPANS_KEPT)
                platform_memory_purge(all.base + (number << PAGE_SHIFT), SPAN_BYTES);
        base_unlock(&all.lock);
}
