/* SPDX-License-Identifier: MIT */
/*
 * Atomics and the one lock, in one place, so that a simulation can later decide the order of what
 * threads do. Nothing outside of base/ uses the compiler's atomics.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define atomic_load_relaxed(pointer) __atomic_load_n(pointer, __ATOMIC_RELAXED)
#define atomic_load_acquire(pointer) __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define atomic_store_relaxed(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELAXED)
#define atomic_store_release(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELEASE)
#define atomic_exchange(pointer, value) __atomic_exchange_n(pointer, value, __ATOMIC_ACQ_REL)
#define atomic_add(pointer, value) __atomic_add_fetch(pointer, value, __ATOMIC_ACQ_REL)
#define atomic_compare_exchange(pointer, expected, value)                                          \
        __atomic_compare_exchange_n(pointer, expected, value, false, __ATOMIC_ACQ_REL,             \
                                    __ATOMIC_ACQUIRE)

/* A spin lock for a few instructions at a time. Never held across anything that can wait. */
struct base_lock {
        uint32_t taken;
};

static inline void base_lock(struct base_lock *lock)
{
        while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) != 0)
                while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED) != 0)
                        __builtin_ia32_pause();
}

static inline void base_unlock(struct base_lock *lock)
{
        __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}
