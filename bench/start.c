/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to start an activity and to join it?
 *
 *      start [COUNT]
 *
 *      start_ns              one that never waits, started and joined, one after another
 *      start_wait_ns         one that waits once: started, waits, resumed, finished, joined; 100
 *                            are started before the first is joined, as the peers do it
 *      start_wait_one_ns     the same one after another: each join waits, too
 *      start_allocations     how often malloc was called by all the starts
 *      start_stack_bytes     by how much the memory for stacks has grown during them
 */
#include "bench.h"

#define BATCH 100

__attribute__((noinline)) static async uint64_t quick(uint64_t x)
{
        return x + 1;
}

__attribute__((noinline)) static async uint64_t waits(uint64_t x)
{
        await mori_yield();
        return x + 1;
}

static async uint64_t starts(uint64_t count)
{
        uint64_t i, x = 0;

        for (i = 0; i < count; i++) {
                Async(uint64_t) activity = start(quick, x);

                x = await join(activity);
        }
        return x;
}

static async uint64_t starts_that_wait(uint64_t count)
{
        uint64_t i, x = 0;

        for (i = 0; i < count; i++) {
                Async(uint64_t) activity = start(waits, x);

                x = await join(activity);
        }
        return x;
}

static async uint64_t batches_that_wait(uint64_t count)
{
        Async(uint64_t) activities[BATCH];
        uint64_t i, x = 0;
        int k;

        for (i = 0; i < count / BATCH; i++) {
                for (k = 0; k < BATCH; k++)
                        activities[k] = start(waits, 0);
                for (k = 0; k < BATCH; k++)
                        x += await join(activities[k]);
        }
        return x;
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 200000) / BATCH * BATCH, began, sum;
        uint64_t allocations = 0, before;
        double start_ns = 1e9, wait_ns = 1e9, one_ns = 1e9, each;
        struct mori_statistics first, last;
        int round;

        await batches_that_wait(BATCH * 10);
        mori_statistics_get(&first);
        for (round = 0; round < BENCH_ROUNDS; round++) {
                before = bench_allocations();
                began = bench_now();
                sum = await starts(count);
                each = bench_each(began, bench_now(), count);
                bench_require(sum == count);
                start_ns = each < start_ns ? each : start_ns;

                began = bench_now();
                sum = await batches_that_wait(count);
                each = bench_each(began, bench_now(), count);
                bench_require(sum == count);
                wait_ns = each < wait_ns ? each : wait_ns;

                began = bench_now();
                sum = await starts_that_wait(count);
                each = bench_each(began, bench_now(), count);
                bench_require(sum == count);
                one_ns = each < one_ns ? each : one_ns;
                allocations += bench_allocations() - before;
        }
        mori_statistics_get(&last);
        bench_print("start_ns", start_ns);
        bench_print("start_wait_ns", wait_ns);
        bench_print("start_wait_one_ns", one_ns);
        bench_print("start_allocations", (double)allocations);
        bench_print("start_stack_bytes", (double)last.stack_bytes - (double)first.stack_bytes);
        return 0;
}
