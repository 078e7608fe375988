/* SPDX-License-Identifier: MIT */
/*
 * What the stack layer offers to the layers below it: segments from an arena, the worker's
 * thread-local record, and the assembly routines of switch.S. What it asks of them is at the end: a
 * few functions that they define. See docs/stack.md.
 */
#pragma once

#include "stack/layout.h"

#include "base/base.h"

#include <stdbool.h>

extern __thread struct worker mori_worker;

/* The worker's record in sync code, which never moves between threads while it runs. */
static inline struct worker *worker_self(void)
{
        struct worker *worker = &mori_worker;

#ifdef MORI_SANITIZED
        /*
         * The sanitizer asks whether this is NULL, for which gcc takes the flags of the addition
         * that makes the address; the linker turns that addition into an lea, which sets none.
         */
        __asm__("" : "+r"(worker));
#endif
        return worker;
}

/*
 * The same in async code: a thread-local must not be cached across a wait, after which another
 * thread may run us. The named address space makes every access go through %fs; the offset that is
 * cached is the same for all threads.
 */
#ifdef MORI_SANITIZED
/* Sanitizers check an offset from %fs as if it were an address: a call finds it anew. */
#define WORKER_SEGMENTED struct worker
static __attribute__((noinline, unused)) MORI_ASYNC WORKER_SEGMENTED *worker_here(void)
{
        __asm__ volatile("");
        return worker_self();
}
#else
#define WORKER_SEGMENTED struct worker __seg_fs
static inline __attribute__((always_inline)) MORI_ASYNC WORKER_SEGMENTED *worker_here(void)
{
        uintptr_t offset;

        __asm__("movq mori_worker@gottpoff(%%rip), %0" : "=r"(offset));
        return (WORKER_SEGMENTED *)offset;
}
#endif

/* Refs. The arena is one for the domain and never moves. */
extern char *stack_arena;

static inline void *stack_at(stack_ref ref)
{
        return stack_arena + ((size_t)ref << STACK_REF_SHIFT);
}

static inline stack_ref stack_ref_of(const void *address)
{
        return (stack_ref)((size_t)((const char *)address - stack_arena) >> STACK_REF_SHIFT);
}

static inline struct activity *activity_at(stack_ref ref)
{
        return stack_at(ref);
}

/*
 * Whether what a made-up ref stands for can at least be read: what was never committed reads as
 * zero, but a guard page does not. On mapped stacks, control blocks have one place in a block.
 */
static inline bool stack_ref_is_readable(stack_ref ref)
{
#ifdef MORI_MAPPED
        return ref % STACK_MAPPED_REFS == STACK_MAPPED_PLACE;
#else
        (void)ref;
        return true;
#endif
}

/* The parts of the control block's packed word. */
static inline uint8_t activity_flags(const struct activity *activity)
{
        return (uint8_t)activity->site;
}

static inline void activity_flags_set(struct activity *activity, uint8_t flags)
{
        activity->site |= flags;
}

static inline void activity_flags_clear(struct activity *activity, uint8_t flags)
{
        activity->site &= ~(uint64_t)flags;
}

/*
 * What the next wait of the activity meets, and what was asked of the activity as a whole: an enum
 * cancel_level each.
 */
static inline uint8_t activity_level(const struct activity *activity)
{
        return activity->site >> 8 & ACTIVITY_LEVEL_MASK;
}

static inline uint8_t activity_level_own(const struct activity *activity)
{
        return activity->site >> 10 & ACTIVITY_LEVEL_MASK;
}

static inline void activity_level_set(struct activity *activity, uint8_t level)
{
        activity->site = (activity->site & ~0x0300ull) | (uint64_t)level << 8;
}

static inline void activity_level_own_set(struct activity *activity, uint8_t level)
{
        activity->site = (activity->site & ~0x0c00ull) | (uint64_t)level << 10;
}

/* How many locks it holds: 15 stands for any number from there on. */
static inline unsigned activity_holds(const struct activity *activity)
{
        return activity->site >> 12 & 15;
}

static inline void activity_hold(struct activity *activity)
{
        if ((~activity->site & ACTIVITY_HOLDS_MASK) != 0)
                activity->site += ACTIVITY_HOLDS_UNIT;
}

/* One less; false where it holds none. */
static inline bool activity_unhold(struct activity *activity)
{
        if (activity_holds(activity) == 0)
                return false;
        if ((~activity->site & ACTIVITY_HOLDS_MASK) != 0)
                activity->site -= ACTIVITY_HOLDS_UNIT;
        return true;
}

/* Where a suspended activity goes on: the return address above what its wait has saved. */
static inline const void *activity_resumes_at(const struct activity *activity)
{
        const char *saved = stack_arena + ((size_t)activity->current << STACK_REF_SHIFT);

        return *(const void *const *)(saved + activity->stack_offset + STACK_SAVED_BYTES);
}

/* Whether it is in one of the states of waiting. */
static inline bool activity_waits(const struct activity *activity)
{
        uint8_t state = activity->segment.state;

        return state >= ACTIVITY_STATE_WAITING_JOIN && state != ACTIVITY_STATE_DONE &&
               state != ACTIVITY_STATE_SELECT_NODE;
}

static inline const void *activity_start_site(const struct activity *activity)
{
        return (const void *)(uintptr_t)(activity->site >> 16);
}

/* Reserves the arena. Once in a domain; 0, or -ENOMEM. */
int stack_arena_init(void);
/*
 * Makes the calling thread's record usable: lookaside, limits of its classical stack. Once before
 * the thread's first piece or activity.
 */
void stack_worker_init(void);
/*
 * The first activity that this thread starts has so many bytes more in its first segment. There is
 * one of it in a program, and what it loops over should not come to the end of a segment.
 */
static inline void stack_first_more(uint32_t bytes)
{
        mori_worker.first_more = bytes;
}
/* Gives the lookaside back to the blocks, after the thread's last piece was freed. */
void stack_worker_deinit(void);

/*
 * A small piece of the arena that is no stack: `bytes` at most 512, zeroed, or NULL where memory is
 * exhausted. So that lists of refs can link activities with other things.
 */
void *stack_piece_new(size_t bytes);
void stack_piece_free(void *piece, size_t bytes);

/*
 * A block of the arena, of STACK_BLOCK_BYTES, for what has pieces of its own; it is not cleared.
 * NULL where memory is exhausted.
 */
#define STACK_BLOCK_BYTES ((size_t)1 << STACK_BLOCK_SHIFT)
void *stack_block_new(void);
void stack_block_free(void *block);

/*
 * Frees all the segments of an activity, wherever it stopped, and its control block. Its generation
 * ends.
 */
void stack_activity_free(struct activity *activity);

struct stack_usage {
        size_t bytes_committed; /* blocks that belong to a size */
        size_t bytes_cached;    /* free blocks that the kernel has not got back */
        size_t segments;        /* in use or in a lookaside */
};
void stack_usage(struct stack_usage *ret_usage);

/*
 * Gives a part of what is cached back to the kernel; called now and then, when there is time.
 * Returns whether there is more to give: then it wants to be called again, some 100 ms later.
 */
bool stack_trim(void);

/*
 * For resident mode. The first `bytes` of the arena, a multiple of its blocks, and their table get
 * memory, and `lock` is called for the ranges of both; stack_table_bytes() says how large such a
 * table is. What is free stays ours from then on: the kernel takes back nothing that is locked. 0,
 * or -ENOMEM where the arena is not so large.
 */
int stack_arena_lock(size_t bytes, void (*lock)(void *address, size_t bytes, void *argument),
                     void *argument);
size_t stack_table_bytes(size_t bytes);

/* Asserts the invariants of the blocks; for tests. */
void stack_check(void);

/* The queue of turns of a process, in C. It begins with a room for TURNS_FEW. */
void turns_init(struct turns *turns);
void turns_deinit(struct turns *turns);
/* That of a worker that runs no process: it stays empty. */
extern struct turns turns_of_nobody;
/* Called by mori_start_linked: room for twice as many in the running process's. */
void turns_grow(const void *start_site);
/* Gives back what room is not needed where so many live; called by stack_trim(). */
void turns_trim(struct turns *turns, uint32_t live);

static inline bool turns_are_none(const struct turns *turns)
{
        return turns->first == 0;
}

static inline void turns_put(struct turns *turns, stack_ref ref)
{
        if (turns->first == 0)
                turns->first = ref;
        else
                turns->refs[turns->tail++ & turns->mask] = ref;
}

static inline stack_ref turns_take(struct turns *turns)
{
        stack_ref ref = turns->first;

        if (turns->head == turns->tail) {
                turns->first = 0;
                turns->head = turns->tail = 0; /* few turns stay in few bytes */
        } else {
                turns->first = turns->refs[turns->head++ & turns->mask];
        }
        return ref;
}

/* switch.S */
MORI_ASYNC int64_t activity_suspend(void);
/*
 * The same, as an int: so that a function that returns an int can end in it by a tail call, which
 * keeps nothing on the stack.
 */
MORI_ASYNC int activity_suspend_int(void) __asm__("activity_suspend");
void activity_resume(struct activity *activity);
void activity_enter(void *function, void *argument, struct activity *starter);
_Noreturn void activity_abandon_turn(void);
extern const char mori_activity_base[];

/*
 * What later layers define. The first four are called when a bound is reached, on the classical
 * stack, and do not return: they abandon the running process.
 */
_Noreturn void stack_exhausted(const void *function, size_t bytes_needed, const char *limit);
_Noreturn void stack_starts_too_deep(void);
_Noreturn void stack_quota_exceeded(const void *function, uint32_t activities_max);
_Noreturn void activity_handle_bad(uint64_t handle);
void activity_finished(struct activity *activity);
int64_t activity_cancel_answer(struct activity *activity);
