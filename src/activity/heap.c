/* SPDX-License-Identifier: MIT */
/* The heap of the running process, for programs. Blocks and pages are memory/heap.h's. */
#include <mori/heap.h>
#include <mori/process.h>

#include "memory/heap.h"
#include "turn/process.h"

#include <string.h>

/* The first block makes the heap; NULL where memory is exhausted. */
static struct heap *heap_here(void)
{
        struct process *process = process_self();

        if (unlikely(process->heap == NULL))
                process->heap =
                        heap_new(process->heap_max_kib != 0 ? (size_t)process->heap_max_kib << 10
                                                            : SIZE_MAX);
        return process->heap;
}

static _Noreturn __attribute__((noinline)) void over(size_t bytes)
{
        const struct heap *heap = process_self()->heap;

        if (heap == NULL || heap->bytes_max == SIZE_MAX)
                process_abandon_quota(MORI_QUOTA_HEAP,
                                      "there is no memory for a block of %zu bytes", bytes);
        process_abandon_quota(MORI_QUOTA_HEAP,
                              "a block of %zu bytes is more than the heap's quota of %zu, of which "
                              "%zu are used (mori_process_options.heap_max raises it)",
                              bytes, heap->bytes_max, heap->bytes);
}

static _Noreturn __attribute__((noinline)) void bad(const void *block)
{
        process_abandon("%p is no block of this process's heap: it was freed, belongs to another "
                        "process, or was never one",
                        block);
}

void *mori_alloc_try(size_t bytes)
{
        struct heap *heap = heap_here();

        return unlikely(heap == NULL) ? NULL : heap_alloc(heap, bytes);
}

void *mori_alloc(size_t bytes)
{
        void *block = mori_alloc_try(bytes);

        if (unlikely(block == NULL))
                over(bytes);
        return block;
}

void *mori_alloc_zero(size_t count, size_t bytes)
{
        size_t all;

        if (unlikely(__builtin_mul_overflow(count, bytes, &all)))
                over(SIZE_MAX);
        return memset(mori_alloc(all), 0, all);
}

size_t mori_alloc_bytes(const void *block)
{
        const struct heap *heap = process_self()->heap;
        size_t room = heap != NULL ? heap_block_bytes(heap, block) : 0;

        if (unlikely(room == 0))
                bad(block);
        return room;
}

void *mori_realloc(void *block, size_t bytes)
{
        size_t before;
        void *other;

        if (block == NULL)
                return mori_alloc(bytes);
        before = mori_alloc_bytes(block);
        if (bytes == 0)
                bytes = 1;
        if (heap_resize(process_self()->heap, block, bytes))
                return block;
        other = mori_alloc(bytes);
        /*
         * all that it has room for, which the sanitizer may not see: it does not know what is used
         */
        heap_copy(process_self()->heap, other, block, bytes < before ? bytes : before);
        (void)heap_give(process_self()->heap, block);
        return other;
}

void mori_free(void *block)
{
        struct heap *heap;

        if (block == NULL)
                return;
        heap = process_self()->heap;
        if (unlikely(heap == NULL || !heap_give(heap, block)))
                bad(block);
}

size_t mori_heap_bytes(void)
{
        const struct heap *heap = process_self()->heap;

        return heap != NULL ? heap->bytes : 0;
}
