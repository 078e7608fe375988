/* SPDX-License-Identifier: MIT */
/* The lock: one at a time, and nobody sleeps on, on many CPUs and on a single one. */
#include "support/test.h"

#include "base/atomic.h"
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#define THREADS 4
#define ROUNDS  TEST_TIMES(100000)

static struct base_lock lock;
static volatile long count; /* without the lock, additions would be lost */
static bool yields;

static void *adds(void *unused)
{
        for (int i = 0; i < ROUNDS; i++) {
                long seen;

                base_lock(&lock);
                seen = count;
                if (yields && i % 64 == 0) /* the others run while it is taken */
                        sched_yield();
                count = seen + 1;
                base_unlock(&lock);
        }
        return unused;
}

static void threads_add(void)
{
        pthread_t threads[THREADS];

        for (int i = 0; i < THREADS; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, adds, NULL), 0);
        for (int i = 0; i < THREADS; i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(count, (long)THREADS * ROUNDS);
        ck_assert_uint_eq(lock.state, 0);
}

START_TEST(one_at_a_time)
{
        threads_add();
}
END_TEST

START_TEST(a_holder_that_lost_its_cpu_is_waited_for)
{
        yields = true;
        threads_add();
}
END_TEST

/* Who spins on would keep the holder from the only CPU. */
START_TEST(threads_of_one_cpu)
{
        cpu_set_t cpus;
        size_t cpu = 0;

        ck_assert_int_eq(sched_getaffinity(0, sizeof cpus, &cpus), 0);
        while (!CPU_ISSET(cpu, &cpus))
                cpu++;
        CPU_ZERO(&cpus);
        CPU_SET(cpu, &cpus);
        ck_assert_int_eq(sched_setaffinity(0, sizeof cpus, &cpus), 0);
        yields = true;
        threads_add();
}
END_TEST

TEST_MAIN("base/lock", TEST(one_at_a_time), TEST(a_holder_that_lost_its_cpu_is_waited_for),
          TEST(threads_of_one_cpu))
