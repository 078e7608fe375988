/* SPDX-License-Identifier: MIT */
/*
 * Atomics and the one lock, in one place. (Where <stdatomic.h> is included, whose names these are,
 * the compiler's are used.)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define atomic_load_relaxed(pointer) __atomic_load_n(pointer, __ATOMIC_RELAXED)
#define atomic_load_acquire(pointer) __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define atomic_store_relaxed(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELAXED)
#define atomic_store_release(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELEASE)
/*
 * What changes a word, and this load, are in a single order of all threads: of two that each write
 * one word and then read the other's, one at least sees the other.
 */
#define atomic_load_ordered(pointer) __atomic_load_n(pointer, __ATOMIC_SEQ_CST)
#define atomic_exchange(pointer, value) __atomic_exchange_n(pointer, value, __ATOMIC_SEQ_CST)
#define atomic_add(pointer, value) __atomic_add_fetch(pointer, value, __ATOMIC_SEQ_CST)
/* Between a thread and a signal handler on the same thread. */
#define atomic_signal_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define atomic_and(pointer, bits) __atomic_and_fetch(pointer, bits, __ATOMIC_SEQ_CST)
#define atomic_or(pointer, bits) __atomic_or_fetch(pointer, bits, __ATOMIC_SEQ_CST)
/* The same two, answering what was there before. */
#define atomic_fetch_and(pointer, bits) __atomic_fetch_and(pointer, bits, __ATOMIC_SEQ_CST)
#define atomic_fetch_or(pointer, bits) __atomic_fetch_or(pointer, bits, __ATOMIC_SEQ_CST)
#define atomic_compare_exchange(pointer, expected, value)                                          \
        __atomic_compare_exchange_n(pointer, expected, value, false, __ATOMIC_SEQ_CST,             \
                                    __ATOMIC_SEQ_CST)

/*
 * A lock for a few instructions at a time, never held across anything that can wait. Who finds it
 * taken spins for a moment and then sleeps: its holder may have lost its CPU, and would have to
 * wait for the CPU of whoever spins.
 *
 *      0 free --lock--> 1 taken --another finds it so--> 2 taken, and somebody may sleep
 */
struct base_lock {
        uint32_t state;
};

/* The slow halves, in lock.c. */
void base_lock_wait(struct base_lock *lock);
void base_lock_wake(struct base_lock *lock);

#ifdef MORI_EXPLORE
/* In the explorer (tests/explore) a lock is one step; lock.c and what is below have their own. */
void explore_lock(struct base_lock *lock);
void explore_unlock(struct base_lock *lock);
#define base_lock(lock)   explore_lock(lock)
#define base_unlock(lock) explore_unlock(lock)
#else
static inline void base_lock(struct base_lock *lock)
{
        uint32_t expected = 0;

        if (__builtin_expect(!atomic_compare_exchange(&lock->state, &expected, 1), 0))
                base_lock_wait(lock);
}

static inline void base_unlock(struct base_lock *lock)
{
        if (__builtin_expect(atomic_exchange(&lock->state, 0) == 2, 0))
                base_lock_wake(lock);
}
#endif
