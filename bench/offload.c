/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to have a function run by a thread beside the seat, and to wait for it?
 *
 *      offload [COUNT]
 *
 *      offload_ns            one after another
 *      offload_64_ns         64 at a time: all are offloaded, then all are awaited
 *      offload_cpu_ns        processor time of one of the 64, of all threads
 *
 * On the clock on the wall, unlike other benchmarks: what is measured is a hand-over from thread to
 * thread and back. Medians of rounds, for the same reason.
 */
#include "bench.h"

#include <mori/offload.h>

#include <stdlib.h>
#include <time.h>

#define BATCH 64
#define ROUNDS 15

MORI_NONBLOCKING static uint64_t wall_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int add_one(uint64_t *context)
{
        ++*context;
        return 0;
}

static async int one(uint64_t *counter)
{
        return await MORI_OFFLOAD(add_one, counter);
}

static async void one_by_one(uint64_t count)
{
        uint64_t counter = 0;

        for (uint64_t i = 0; i < count; i++)
                bench_require(await one(&counter) == 0);
        bench_require(counter == count);
}

static async void batches(uint64_t count)
{
        uint64_t counters[BATCH] = {0}, sum = 0;

        for (uint64_t i = 0; i < count / BATCH; i++)
                scope
                {
                        Async(int) all[BATCH];

                        for (int k = 0; k < BATCH; k++)
                                all[k] = start(one, &counters[k]);
                        for (int k = 0; k < BATCH; k++)
                                bench_require(await join(all[k]) == 0);
                }
        for (int k = 0; k < BATCH; k++)
                sum += counters[k];
        bench_require(sum == count / BATCH * BATCH);
}

static int ascending(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

MORI_NONBLOCKING static double median(double values[ROUNDS])
{
        qsort(values, ROUNDS, sizeof *values, ascending);
        return values[ROUNDS / 2];
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 20000) / BATCH * BATCH, began, used;
        double single[ROUNDS], many[ROUNDS], cpu[ROUNDS];

        await batches(BATCH * 10);
        for (int round = 0; round < ROUNDS; round++) {
                began = wall_now();
                await one_by_one(count);
                single[round] = bench_each(began, wall_now(), count);
                began = wall_now();
                used = bench_now();
                await batches(count);
                many[round] = bench_each(began, wall_now(), count);
                cpu[round] = bench_each(used, bench_now(), count);
        }
        bench_print("offload_ns", median(single));
        bench_print("offload_64_ns", median(many));
        bench_print("offload_cpu_ns", median(cpu));
        return 0;
}
