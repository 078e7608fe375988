/* SPDX-License-Identifier: MIT */
/*
 * The lock's slow halves: U. Drepper's "Futexes are tricky", the mutex with three states. Whoever
 * has slept takes the lock as state 2, since others may sleep still; at worst that wakes nobody.
 */
#include "base/atomic.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SPINS /* the explorer has one, so that it ends */
#define SPINS 100
#endif

void base_lock_wait(struct base_lock *lock)
{
        for (unsigned i = 0; i < SPINS; i++) {
                uint32_t expected = 0;

                if (atomic_load_relaxed(&lock->state) == 0 &&
                    atomic_compare_exchange(&lock->state, &expected, 1))
                        return;
                __builtin_ia32_pause();
        }
        while (atomic_exchange(&lock->state, 2) != 0)
                syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void base_lock_wake(struct base_lock *lock)
{
        syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
