/* SPDX-License-Identifier: MIT */
/*
 * Where promises come from and go to: slots of 128 bytes in chunks of a page.
 *
 *      slot_new: a chunk with a free slot, else a new chunk
 *      slot_free: back to its chunk
 *      when a chunk is not used any more, every 100 ms: those that were not used meanwhile go back
 *
 * A handle is the slot's index and a generation, which is not used again for 2^32 others. So a
 * handle that was spent, made up, or comes from another process or an earlier program, is found out
 * whatever the memory is used for by then.
 *
 * Invariants.
 *  (1) A chunk is in the list of those with room while it has a free slot.
 *  (2) pool->live counts the slots that are not free, at most pool->limit.
 */
#include "activity/promise.h"

#include "base/atomic.h"
#include "turn/domain.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNKS_FIRST 8
#define TRIM_NS 100000000u
#define TRIM_LOOKS 64 /* so often a look at the clock */

/* Stands for those that have gone back: it has no slot that a handle could stand for. */
static struct chunk *nothing(void)
{
        static _Alignas(CHUNK_BYTES) const char bytes[CHUNK_BYTES];

        return (struct chunk *)(uintptr_t)bytes;
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
                        if (pool->chunks[number] == nothing())
                                return number;
        if (pool->chunks_count == pool->chunks_room) {
                uint32_t room = pool->chunks_room ? pool->chunks_room * 2 : CHUNKS_FIRST;
                struct chunk **chunks = realloc(pool->chunks, room * sizeof(struct chunk *));

                if (chunks == NULL)
                        return UINT32_MAX;
                pool->chunks = chunks;
                pool->chunks_room = room;
        }
        pool->chunks[pool->chunks_count] = nothing();
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
        pool->chunks[chunk->number] = nothing();
        pool->chunks_made--;
        pool->chunks_empty--;
        free(chunk);
}

/* A chunk is not used any more. What nobody has used for TRIM_NS goes back, but for one. */
static void chunk_emptied(struct promises *pool)
{
        struct chunk *chunk, *next;
        uint64_t now;

        pool->chunks_empty++;
        if (++pool->chunks_emptied % TRIM_LOOKS != 0)
                return;
        now = seat_now(pool->process->seat);
        if (now < pool->trimmed + TRIM_NS)
                return;
        pool->trimmed = now;
        for (chunk = pool->room; pool->chunks_made > pool->chunks_used_max + 1 && chunk != NULL;
             chunk = next) {
                next = chunk->next;
                if (chunk->live == 0)
                        chunk_free(pool, chunk);
        }
        pool->chunks_used_max = pool->chunks_made - pool->chunks_empty;
}

static void chunk_begun(struct promises *pool)
{
        uint32_t used = pool->chunks_made - --pool->chunks_empty;

        if (used > pool->chunks_used_max)
                pool->chunks_used_max = used;
}

int slot_new_slow(struct promises *pool, struct promise **ret_slot)
{
        struct chunk *chunk = pool->room;
        struct promise *slot;

        if (pool->live == pool->limit)
                return -ENOBUFS;
        if (chunk == NULL) {
                chunk = chunk_new(pool);
                if (chunk == NULL)
                        return -ENOMEM;
        }
        slot = chunk->free;
        chunk->free = slot->next;
        if (chunk->free == NULL)
                room_leave(chunk);
        if (chunk->live++ == 0)
                chunk_begun(pool);
        pool->live++;
        *ret_slot = slot;
        return 0;
}

void slot_free_slow(struct promises *pool, struct promise *slot)
{
        struct chunk *chunk = chunk_of(slot);

        slot->next = chunk->free;
        if (chunk->free == NULL)
                room_enter(pool, chunk);
        chunk->free = slot;
        pool->live--;
        if (--chunk->live == 0)
                chunk_emptied(pool);
}

/* ---- Handles */

void promise_thread_bad(void)
{
        base_report("mori: a promise is used on a thread that does not run its process: post to "
                    "the process instead (mori_post)");
        base_abort();
}

static _Noreturn void handle_bad(const struct promise *promise, const char *what)
{
        if (promise == NULL || promise->place == NULL)
                process_abandon("%s, or of another process, or never one", what);
        process_abandon("%s; it was made at %s:%d", what, promise->place->file,
                        promise->place->line);
}

void promise_bad(const struct promise *promise)
{
        handle_bad(promise, "a promise is used that was freed, ignored or taken over");
}

void resolver_bad(const struct promise *promise)
{
        handle_bad(promise, "a resolver is used that was spent: a promise settles once");
}

int promise_of_constant(struct promises **ret_pool, mori_promise handle,
                        struct promise **ret_promise)
{
        struct promises *pool = promises_here();
        struct promise *promise;
        int error;

        if (promise_constant_error(handle) > 0)
                process_abandon("a promise is used that was never one");
        if (pool == NULL)
                return -ENOMEM;
        error = slot_new(pool, &promise);
        if (error < 0)
                return error;
        promise->state = promise_constant_error(handle) == 0 ? PROMISE_SUCCEEDED : PROMISE_FAILED;
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

                if (chunk == nothing())
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

struct promises *promises_new(void)
{
        static uint32_t pools_made;
        struct process *process = worker_self()->process;
        struct promises *pool = calloc(1, sizeof *pool);

        if (pool == NULL)
                return NULL;
        pool->process = process;
        pool->limit =
                process->domain->promises_max != 0 ? process->domain->promises_max : PROMISES_MAX;
        pool->generation = atomic_add(&pools_made, 1) * 0x9e3779b1u;
        if (promise_runner_post(pool) < 0) {
                free(pool);
                return NULL;
        }
        process_own(process, &pool->owned, promises_release);
        process->promises = pool;
        return pool;
}
