/* SPDX-License-Identifier: MIT */
/*
 * Promises, for the files that have a part in them: promise.c (the core), promise_pool.c (memory
 * and handles), promise_chain.c (promises from promises) and promise_bridge.c (async code).
 *
 * A slot is a promise or a callback; the first simple callback of a promise lies in the promise's
 * own slot. Callbacks are linked twice in their life:
 *
 *      registered ---> the promise's ring ---settle---> the pool's ring ---its turn---> gone
 *
 * Both are rings of which the last is known, so that settling appends all of a promise's at once.
 *
 * The runner is an activity of the process, started when the first promise is made. It is a child
 * of the process's root, not of the entry, which therefore does not wait for it.
 *
 * Invariants.
 *  (1) A promise's slot is free once it has neither owner nor resolver (PROMISE_HELD,
 *      PROMISE_RESOLVER) and `callbacks`, which counts those in either ring, is 0.
 *  (2) A promise that is pending has a resolver. Only of a pending one are `of` and `asked` set.
 *  (3) `of`, of a promise: the one that it will be settled by next; ours is among its callbacks.
 *  (4) Settling calls nobody: it wakes activities and moves callbacks.
 */
#pragma once

#include "activity/activity.h"
#include "activity/wait.h"
#include "turn/process.h"

#include <mori/promise.h>

#define PROMISES_MAX 1000000u /* by default */

enum slot_state { SLOT_FREE, SLOT_CALLBACK, PROMISE_PENDING, PROMISE_SUCCEEDED, PROMISE_FAILED };

enum callback_kind {
        CALLBACK_NONE,
        CALLBACK_THEN,
        CALLBACK_FAILURE,
        CALLBACK_WHEN,
        CALLBACK_FINALLY,
        CALLBACK_SIMPLE_LAST = CALLBACK_FINALLY, /* these may lie in the promise's own slot */
        CALLBACK_ASKED,    /* in `asked`: the resolver wants to be told */
        CALLBACK_ATTACHED, /* in `asked`: a token; `context` is a struct attachment */
        CALLBACK_INNER,    /* one of ours: `function` is a promise_inner */
        CALLBACK_WAKE,     /* `context` is an activity, `function` where its value goes */
};

/* Flags of a promise. */
enum {
        PROMISE_HELD = 1,
        PROMISE_RESOLVER = 2,
        PROMISE_LOOKED = 4, /* a failure is somebody's business */
        PROMISE_WAITED = 8, /* there is a CALLBACK_WAKE in its ring */
        PROMISE_OURS = 16,  /* the runtime has the resolver: no handle stands for it */
        PROMISE_GROUP = 32, /* a group's: while it is pending, `how` is the group */
        PROMISE_IGNORED = 64, /* its owner wants it to come, and does not look */
};

struct promise {
        uint32_t generation; /* of a promise; else 0 */
        uint16_t callbacks;
        uint8_t state; /* enum slot_state */
        uint8_t what;  /* enum callback_kind: the callback in here */
        struct promise *next;
        struct promise *last; /* of the promise's ring */
        void *function, *context;
        const struct mori_place *place;
        uint64_t causality;
        uint8_t flags;
        uint8_t bytes;
        uint8_t level; /* of cancellation, what it was asked for */
        uint8_t reserved;
        int32_t error;
        union {
                _Alignas(16) char value[MORI_PROMISE_BYTES_MAX];
                struct { /* of a CALLBACK_INNER: what it settles, and how; see PROMISE_GROUP */
                        struct promise *to;
                        void *how;
                };
        };
        struct promise *of;    /* (3); of a callback: whose it is */
        struct promise *asked; /* to be told of a cancellation */
};
static_assert(sizeof(struct promise) == 128, "two cache lines");

struct promises {
        struct owned owned;
        struct process *process;
        struct chunk **chunks;
        uint32_t chunks_count, chunks_room;
        struct chunk *room; /* chunks with a free slot */
        uint32_t chunks_empty, chunks_made;
        uint32_t chunks_emptied, chunks_used_max; /* ever; since `trimmed` */
        uint64_t trimmed;
        uint32_t live, limit;
        uint32_t generation;
        struct promise *ready_last; /* of the ring of callbacks that are to run */
        struct activity *runner;    /* NULL until it has begun */
};

typedef void promise_inner(struct promises *pool, struct promise *callback,
                           struct promise *promise);

/* ---- promise_pool.c */

#define CHUNK_SHIFT 5
#define CHUNK_SLOTS (1u << CHUNK_SHIFT)
#define CHUNK_BYTES (sizeof(struct promise) * CHUNK_SLOTS)

/* The first slot of a chunk is its header. */
struct chunk {
        uint32_t generation; /* 0: no handle stands for it */
        uint32_t number, live;
        struct chunk *next, **link; /* in the list of those with room, or a NULL link */
        struct promise *free;
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

/* A slot, of a promise or of a callback, which has no generation; 0, -ENOMEM or -ENOBUFS. */
int slot_new_slow(struct promises *pool, struct promise **ret_slot);
void slot_free_slow(struct promises *pool, struct promise *slot);

static inline int slot_new(struct promises *pool, struct promise **ret_slot)
{
        struct chunk *chunk = pool->room;
        struct promise *slot;

        if (unlikely(chunk == NULL || chunk->live == 0 || pool->live == pool->limit))
                return slot_new_slow(pool, ret_slot);
        slot = chunk->free;
        if (unlikely(slot->next == NULL))
                return slot_new_slow(pool, ret_slot);
        chunk->free = slot->next;
        chunk->live++;
        pool->live++;
        *ret_slot = slot;
        return 0;
}

static inline void slot_free(struct promises *pool, struct promise *slot)
{
        struct chunk *chunk = chunk_of(slot);

        slot->generation = 0;
        slot->state = SLOT_FREE;
        if (unlikely(chunk->free == NULL || chunk->live == 1)) {
                slot_free_slow(pool, slot);
                return;
        }
        slot->next = chunk->free;
        chunk->free = slot;
        chunk->live--;
        pool->live--;
}

static inline uint64_t slot_word(const struct promise *slot)
{
        const struct chunk *chunk = chunk_of(slot);
        uint32_t index = (uint32_t)(((uintptr_t)slot & (CHUNK_BYTES - 1)) / sizeof *slot);

        return (uint64_t)slot->generation << 32 | chunk->number << CHUNK_SHIFT | index;
}

/* The pool of the running process; NULL where it has made no promise. Aborts on other threads. */
_Noreturn void promise_thread_bad(void);

static inline struct promises *promises_running(void)
{
        struct process *process = worker_self()->process;

        if (unlikely(process == NULL))
                promise_thread_bad();
        return process->promises;
}

/* The same, made where there is none: NULL where memory is exhausted. */
struct promises *promises_new(void);

static inline struct promises *promises_here(void)
{
        struct promises *pool = promises_running();

        return likely(pool != NULL) ? pool : promises_new();
}

/*
 * The slot that a word stands for, or NULL. A number of the table without a chunk has an empty one.
 */
static inline struct promise *slot_find(struct promises *pool, uint64_t word)
{
        uint32_t number = (uint32_t)word >> CHUNK_SHIFT;
        struct promise *slot;

        if (unlikely(pool == NULL || number >= pool->chunks_count))
                return NULL;
        slot = chunk_slot(pool->chunks[number], (uint32_t)word & (CHUNK_SLOTS - 1));
        return likely(slot->generation == (uint32_t)(word >> 32)) ? slot : NULL;
}

/*
 * What a handle stands for. They abandon the process where it stands for nothing, or was spent.
 * promise_find() is not asked about the constants.
 */
_Noreturn void promise_bad(const struct promise *promise);
_Noreturn void resolver_bad(const struct promise *promise);

static inline struct promise *promise_find(struct promises **ret_pool, mori_promise handle)
{
        struct promises *pool = promises_running();
        struct promise *promise = slot_find(pool, handle.word);

        if (unlikely(promise == NULL || !(promise->flags & PROMISE_HELD)))
                promise_bad(promise);
        *ret_pool = pool;
        return promise;
}

static inline struct promise *resolver_find(struct promises **ret_pool, mori_resolver handle)
{
        struct promises *pool = promises_running();
        struct promise *promise = slot_find(pool, handle.word);

        if (unlikely(promise == NULL ||
                     (promise->flags & (PROMISE_RESOLVER | PROMISE_OURS)) != PROMISE_RESOLVER))
                resolver_bad(promise);
        *ret_pool = pool;
        return promise;
}

/* A settled promise for a constant, which nobody owns. 0, or an error. */
int promise_of_constant(struct promises **ret_pool, mori_promise handle,
                        struct promise **ret_promise);
/* A constant: neither is a handle. */
static inline bool promise_is_constant(mori_promise promise)
{
        return promise.word >> 32 == 0;
}
static inline int promise_constant_error(mori_promise promise)
{
        return (int)(int32_t)(uint32_t)promise.word;
}
static inline mori_promise promise_failed(int error)
{
        return MORI_PROMISE_FAILED(error);
}

/* What any promise is, a constant too. 0, or an error. */
static inline int promise_find_any(struct promises **ret_pool, mori_promise handle,
                                   struct promise **ret_promise)
{
        if (unlikely(promise_is_constant(handle)))
                return promise_of_constant(ret_pool, handle, ret_promise);
        *ret_promise = promise_find(ret_pool, handle);
        return 0;
}

/* ---- promise.c */

/* Has the runner of a new pool begin, in the loop, because sync code cannot start it. */
int promise_runner_post(struct promises *pool);

/* A pending promise with a resolver, and with an owner. 0, -EINVAL, -ENOMEM or -ENOBUFS. */
int promise_make(size_t bytes, const struct mori_place *place, struct promises **ret_pool,
                 struct promise **ret_promise);
/* Settles one that is pending; its resolver is spent. `value` may be NULL for 0 bytes. */
void promise_succeed(struct promises *pool, struct promise *promise, const void *value);
void promise_fail(struct promises *pool, struct promise *promise, int error);
/* As another that has settled. */
void promise_copy(struct promises *pool, struct promise *promise, const struct promise *from);
/* Registers a callback: to be run when the promise settles. 0, -ENOMEM or -ENOBUFS. */
int promise_add(struct promises *pool, struct promise *promise, enum callback_kind what,
                void *function, void *context, struct promise **ret_callback);
/* The same with a slot that the caller has. */
void promise_add_slot(struct promises *pool, struct promise *promise, struct promise *callback);
/* Registers what is to be told of a cancellation, ASKED or INNER. */
int promise_add_asked(struct promises *pool, struct promise *promise, enum callback_kind what,
                      void *function, void *context, struct promise **ret_callback);
/* Takes one that waits in the ring of a pending promise out of it; the slot is the caller's. */
void promise_remove(struct promise *promise, struct promise *callback);
/* Has a callback run at the end of the queue. */
void promise_ready(struct promises *pool, struct promise *callback);
/* Asks the resolver, and those before it for which nobody else waits. */
void promise_ask(struct promises *pool, struct promise *promise, uint8_t level);
/* Its owner lets go: asks, where nobody else waits. */
void promise_let_go(struct promises *pool, struct promise *promise);
/* Nobody owns it, and who waits for it has been asked to cancel. */
bool promise_is_given_up(const struct promise *promise);
/* The turn that runs is that of `function`, for reports. */
void promise_turn_of(struct promises *pool, const void *function);
/* Frees the slot where nobody has it any more (1). */
void promise_check(struct promises *pool, struct promise *promise);
/* The error that a level stands for: 0, -ECANCELED or -ETIMEDOUT. */
int promise_level_error(uint8_t level);
/* A failure that nobody looked at. */
void promise_report(struct promises *pool, const struct promise *promise);

/* ---- promise_chain.c */

/*
 * The members of a group that is to settle the promise, NULL where they have settled; 0: it is no
 * group's.
 */
unsigned promise_members(const struct promise *promise, struct promise *const **ret_members);

/* ---- promise_bridge.c */

/* The activity whose end will settle the promise, or NULL. */
struct activity *promise_activity(const struct promise *promise);

/* The end of a promise that is attached to a token. */
void promise_detach(struct promise *callback);
/* Makes an activity that waits for the promise ready: its callback is in no ring any more. */
void promise_wake(struct promises *pool, struct promise *callback, const struct promise *promise);
