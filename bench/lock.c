/* SPDX-License-Identifier: MIT */
/*
 * What do locks cost where nobody waits for them, and where somebody does?
 *
 *      lock [COUNT]
 *
 *      lock_ns            a lock taken and released
 *      rwlock_ns          a reader-writer lock, to read
 *      rwlock_write_ns    the same, to write
 *      semaphore_ns       a permit taken and given back
 *      lock_handover_ns   from one who waits for a lock to the next, of 16
 */
#include "bench.h"

#define WAITERS 16

/* Each is used through a pointer that the compiler cannot follow, as one in a structure is. */
#define HIDE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

static async double lock_ns(uint64_t count)
{
        mori_lock lock = MORI_LOCK, *hidden = &lock;
        uint64_t began = bench_now(), i;

        for (i = 0; i < count; i++) {
                HIDE(hidden);
                bench_require(await mori_lock_acquire(hidden) == 0);
                HIDE(hidden);
                mori_lock_release(hidden);
        }
        return bench_each(began, bench_now(), count);
}

static async double rwlock_ns(uint64_t count)
{
        mori_rwlock lock = MORI_RWLOCK, *hidden = &lock;
        uint64_t began = bench_now(), i;

        for (i = 0; i < count; i++) {
                HIDE(hidden);
                bench_require(await mori_rwlock_read(hidden) == 0);
                HIDE(hidden);
                mori_rwlock_read_release(hidden);
        }
        return bench_each(began, bench_now(), count);
}

static async double rwlock_write_ns(uint64_t count)
{
        mori_rwlock lock = MORI_RWLOCK, *hidden = &lock;
        uint64_t began = bench_now(), i;

        for (i = 0; i < count; i++) {
                HIDE(hidden);
                bench_require(await mori_rwlock_write(hidden) == 0);
                HIDE(hidden);
                mori_rwlock_write_release(hidden);
        }
        return bench_each(began, bench_now(), count);
}

static async double semaphore_ns(uint64_t count)
{
        mori_semaphore semaphore = MORI_SEMAPHORE(2, 2), *hidden = &semaphore;
        uint64_t began = bench_now(), i;

        for (i = 0; i < count; i++) {
                HIDE(hidden);
                bench_require(await mori_semaphore_acquire(hidden) == 0);
                HIDE(hidden);
                mori_semaphore_release(hidden);
        }
        return bench_each(began, bench_now(), count);
}

static async int takes(mori_lock *lock, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                attempt(await mori_lock_acquire(lock));
                attempt(await mori_yield());
                mori_lock_release(lock);
        }
        return 0;
}

static async double handover_ns(uint64_t count)
{
        mori_lock lock = MORI_LOCK;
        uint64_t began = bench_now();

        scope
                for (int i = 0; i < WAITERS; i++)
                        ignore(start(takes, &lock, count / WAITERS));
        return bench_each(began, bench_now(), count);
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 10000000);
        double best[5] = {1e9, 1e9, 1e9, 1e9, 1e9};

        for (int round = 0; round < BENCH_ROUNDS; round++) {
                double taken[5] = {await lock_ns(count), await rwlock_ns(count),
                                   await rwlock_write_ns(count), await semaphore_ns(count),
                                   await handover_ns(count / 10 + WAITERS)};

                for (int i = 0; i < 5; i++)
                        best[i] = taken[i] < best[i] ? taken[i] : best[i];
        }
        bench_print("lock_ns", best[0]);
        bench_print("rwlock_ns", best[1]);
        bench_print("rwlock_write_ns", best[2]);
        bench_print("semaphore_ns", best[3]);
        bench_print("lock_handover_ns", best[4]);
        return 0;
}
