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

#define BATCH 64
#define ROUNDS 15

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

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 20000) / BATCH * BATCH, began, used;
        double single[ROUNDS], many[ROUNDS], cpu[ROUNDS];

        await batches(BATCH * 10);
        for (int round = 0; round < ROUNDS; round++) {
                began = bench_wall_now();
                await one_by_one(count);
                single[round] = bench_each(began, bench_wall_now(), count);
                began = bench_wall_now();
                used = bench_now();
                await batches(count);
                many[round] = bench_each(began, bench_wall_now(), count);
                cpu[round] = bench_each(used, bench_now(), count);
        }
        bench_print("offload_ns", bench_median(single, ROUNDS));
        bench_print("offload_64_ns", bench_median(many, ROUNDS));
        bench_print("offload_cpu_ns", bench_median(cpu, ROUNDS));
        return 0;
}
