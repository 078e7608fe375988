/* SPDX-License-Identifier: MIT */
/*
 * Where promises come from and go to: slots of 128 bytes in chunks of a page.
 *
 *      slot_new: a chunk with a free slot, else a new chunk
 *      slot_free: back to its chunk; a chunk of which nothing is used goes back after a spike
 *
 * A handle is the slot's index and a generation, which is not used again for 2^32 others. So a
 * handle that was spent, made up, or comes from another process or an earlier program, is found out
 * whatever the memory is used for by then.
 *
 * Invariants.
 *  (1) The first slot of a chunk is its header. A chunk is in the list of those with room while it
 *      has a free slot.
 *  (2) pool->live counts the slots that are not free, at most pool->limit.
 */
#include "activity/promise.h"

#include "base/atomic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SHIFT 5
#define CHUNK_SLOTS (1u << CHUNK_SHIFT)
#define CHUNK_BYTES (sizeof(struct promise) * CHUNK_SLOTS)
#define CHUNKS_FIRST 8

struct chunk {
        struct chunk *next, **link; /* in the list of those with room, or a NULL link */
        struct promise *free;
        uint32_t number, live;
};
static_assert(sizeof(struct chunk) <= sizeof(struct promise), "a header takes the first slot");

static inline struct chunk *chunk_of(const struct promise *slot)
{
        return (struct chunk *)((uintptr_t)slot & ~(uintptr_t)(CHUNK_BYTES - 1));
}

static inline struct promise *chunk_slot(struct chunk *chunk, uint32_t index)
{
        return (struct promise *)chunk + index;
}

static void room_enter(struct promises *pool, struct chunk *chunk)
{
        chunk->next = pool->room;
        chunk->link = &pool->room;
        if (chunk->next != NULL)
                chunk->next->link = &chunk->next;
        pool->room = chunk;
}

static void room_leave(struct chunk *chunk)
{
        *chunk->link = chunk->next;
        if (chunk->next != NULL)
                chunk->next->link = chunk->link;
        chunk->link = NULL;
}

/* ---- Slots */

/* A number in the table of chunks: one that is free, or a new one. UINT32_MAX: no memory. */
static uint32_t chunk_number(struct promises *pool)
{
        uint32_t number;

        if (pool->chunks_made < pool->chunks_count) /* some have gone back: this is rare */
                for (number = 0; number < pool->chunks_count; number++)
                        if (pool->chunks[number] == NULL)
                                return number;
        if (pool->chunks_count == pool->chunks_room) {
                uint32_t room = pool->chunks_room ? pool->chunks_room * 2 : CHUNKS_FIRST;
                struct chunk **chunks = realloc(pool->chunks, room * sizeof(struct chunk *));

                if (chunks == NULL)
                        return UINT32_MAX;
                pool->chunks = chunks;
                pool->chunks_room = room;
        }
        pool->chunks[pool->chunks_count] = NULL;
        return pool->chunks_count++;
}

static struct chunk *chunk_new(struct promises *pool)
{
        uint32_t number = chunk_number(pool), i;
        struct chunk *chunk;

        if (number == UINT32_MAX)
                return NULL;
        chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
        if (chunk == NULL)
                return NULL;
        memset(chunk, 0, CHUNK_BYTES);
        chunk->number = number;
        for (i = CHUNK_SLOTS - 1; i > 0; i--) {
                chunk_slot(chunk, i)->next = chunk->free;
                chunk->free = chunk_slot(chunk, i);
        }
        pool->chunks[number] = chunk;
        pool->chunks_made++;
        pool->chunks_empty++;
        room_enter(pool, chunk);
        return chunk;
}

static void chunk_free(struct promises *pool, struct chunk *chunk)
{
        room_leave(chunk);
        pool->chunks[chunk->number] = NULL;
        pool->chunks_made--;
        pool->chunks_empty--;
        free(chunk);
}

/* Most of the chunks are not used: all but some of these go back. */
static void chunks_trim(struct promises *pool)
{
        struct chunk *chunk, *next;

        for (chunk = pool->room; pool->chunks_empty > 1 + pool->chunks_made / 8; chunk = next) {
                next = chunk->next; /* what is empty has room, so the list does not end before */
                if (chunk->live == 0)
                        chunk_free(pool, chunk);
        }
}

int slot_new(struct promises *pool, uint8_t state, struct promise **ret_slot)
{
        struct chunk *chunk = pool->room;
        struct promise *slot;

        if (unlikely(pool->live == pool->limit))
                return -ENOBUFS;
        if (unlikely(chunk == NULL)) {
                chunk = chunk_new(pool);
                if (chunk == NULL)
                        return -ENOMEM;
        }
        slot = chunk->free;
        chunk->free = slot->next;
        if (unlikely(chunk->free == NULL))
                room_leave(chunk);
        if (unlikely(chunk->live++ == 0))
                pool->chunks_empty--;
        pool->live++;
        if (unlikely(++pool->generation == 0))
                pool->generation = 1;
        slot->generation = pool->generation;
        slot->state = state;
        *ret_slot = slot;
        return 0;
}

void slot_free(struct promises *pool, struct promise *slot)
{
        struct chunk *chunk = chunk_of(slot);

        slot->generation = 0;
        slot->state = SLOT_FREE;
        slot->next = chunk->free;
        if (unlikely(chunk->free == NULL))
                room_enter(pool, chunk);
        chunk->free = slot;
        pool->live--;
        if (unlikely(--chunk->live == 0)) {
                pool->chunks_empty++;
                if (unlikely(pool->chunks_empty > 1 + pool->chunks_made / 2))
                        chunks_trim(pool);
        }
}

uint64_t slot_word(const struct promises *pool, const struct promise *slot)
{
        const struct chunk *chunk = chunk_of(slot);
        uint32_t index = chunk->number << CHUNK_SHIFT |
                         (uint32_t)(slot - (const struct promise *)(const void *)chunk);

        (void)pool;
        return (uint64_t)slot->generation << 32 | index;
}

/* ---- Handles */

static struct process *process_here(void)
{
        struct process *process = worker_self()->process;

        if (unlikely(process == NULL)) {
                base_report("mori: a promise is used on a thread that does not run its process: "
                            "post to the process instead (mori_post)");
                base_abort();
        }
        return process;
}

static struct promise *find(struct promises *pool, uint64_t word)
{
        uint32_t index = (uint32_t)word, number = index >> CHUNK_SHIFT;
        struct promise *slot;

        index &= CHUNK_SLOTS - 1; /* in its chunk */
        if (pool == NULL || number >= pool->chunks_count || index == 0 ||
            pool->chunks[number] == NULL)
                return NULL;
        slot = chunk_slot(pool->chunks[number], index);
        return slot->generation == (uint32_t)(word >> 32) && slot->state >= PROMISE_PENDING ? slot
                                                                                           : NULL;
}

static _Noreturn void handle_bad(const struct promise *promise, const char *what)
{
        if (promise == NULL || promise->place == NULL)
                process_abandon("%s, or of another process, or never one", what);
        process_abandon("%s; it was made at %s:%d", what, promise->place->file,
                        promise->place->line);
}

struct promise *promise_find(struct promises **ret_pool, mori_promise handle)
{
        struct promises *pool = process_here()->promises;
        struct promise *promise = find(pool, handle.word);

        if (unlikely(promise == NULL || !(promise->flags & PROMISE_HELD)))
                handle_bad(promise, "a promise is used that was freed, ignored or taken over");
        *ret_pool = pool;
        return promise;
}

struct promise *resolver_find(struct promises **ret_pool, mori_resolver handle)
{
        struct promises *pool = process_here()->promises;
        struct promise *promise = find(pool, handle.word);

        if (unlikely(promise == NULL ||
                     (promise->flags & (PROMISE_RESOLVER | PROMISE_OURS)) != PROMISE_RESOLVER))
                handle_bad(promise, "a resolver is used that was spent: a promise settles once");
        *ret_pool = pool;
        return promise;
}

int promise_find_any(struct promises **ret_pool, mori_promise handle, struct promise **ret_promise)
{
        struct promises *pool;
        struct promise *promise;
        int error;

        if (likely(!promise_is_constant(handle))) {
                *ret_promise = promise_find(ret_pool, handle);
                return 0;
        }
        if (promise_constant_error(handle) > 0)
                process_abandon("a promise is used that was never one");
        pool = promises_here();
        if (pool == NULL)
                return -ENOMEM;
        error = slot_new(pool, promise_constant_error(handle) == 0 ? PROMISE_SUCCEEDED
                                                                   : PROMISE_FAILED,
                         &promise);
        if (error < 0)
                return error;
        promise->callbacks = 0;
        promise->what = CALLBACK_NONE;
        promise->flags = promise->bytes = promise->level = 0;
        promise->error = promise_constant_error(handle);
        promise->place = NULL;
        promise->last = promise->of = promise->asked = NULL;
        *ret_pool = pool;
        *ret_promise = promise;
        return 0;
}

/* ---- The pool of a process */

static void promises_release(struct owned *owned)
{
        struct promises *pool = CONTAINER_OF(owned, struct promises, owned);
        uint32_t number, i;

        for (number = 0; number < pool->chunks_count; number++) {
                struct chunk *chunk = pool->chunks[number];

                if (chunk == NULL)
                        continue;
                for (i = 1; chunk->live > 0 && i < CHUNK_SLOTS; i++)
                        if (chunk_slot(chunk, i)->state == PROMISE_FAILED &&
                            !pool->process->abandoned)
                                promise_report(pool, chunk_slot(chunk, i));
                free(chunk);
        }
        pool->process->promises = NULL;
        free(pool->chunks);
        free(pool);
}

struct promises *promises_here(void)
{
        static uint32_t pools_made;
        struct process *process = process_here();
        struct promises *pool = process->promises;

        if (likely(pool != NULL))
                return pool;
        pool = calloc(1, sizeof *pool);
        if (pool == NULL)
                return NULL;
        pool->process = process;
        pool->limit = process->promises_max != 0 ? process->promises_max : PROMISES_MAX;
        pool->generation = atomic_add(&pools_made, 1) * 0x9e3779b1u;
        if (promise_runner_post(pool) < 0) {
                free(pool);
                return NULL;
        }
        process_own(process, &pool->owned, promises_release);
        process->promises = pool;
        return pool;
}
