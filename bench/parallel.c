/* SPDX-License-Identifier: MIT */
/*
 * How much faster is a loop on all cores than on one?
 *
 *      parallel [COUNT]
 *
 *      parallel_ms           a sum of COUNT numbers that are computed, by mori_parallel_reduce()
 *      parallel_speedup      the time of the plain loop, divided by that
 *      parallel_empty_us     mori_parallel_for() over as many indexes as there are threads, with
 *                            nothing to do
 *
 * On the clock on the wall; medians of rounds, in which both take turns.
 */
#include "bench.h"

#include <mori/parallel.h>

#define ROUNDS 15

/* Some computation that no compiler shortens and that needs no memory. */
static uint64_t mix(uint64_t x)
{
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        return x ^ x >> 31;
}

static int add(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        uint64_t sum = 0;

        (void)context;
        for (uint64_t i = begin; i < end; i++)
                sum += mix(i);
        *(uint64_t *)accumulator += sum;
        return 0;
}

static void combine(void *into, const void *from, const void *context)
{
        (void)context;
        *(uint64_t *)into += *(const uint64_t *)from;
}

static int nothing(uint64_t begin, uint64_t end, const void *context)
{
        (void)begin, (void)end, (void)context;
        return 0;
}

MORI_NONBLOCKING __attribute__((noinline)) static uint64_t plain(uint64_t count)
{
        uint64_t sum = 0;

        add(0, count, &sum, NULL);
        return sum;
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 20000000), began;
        const struct mori_reduction reduction = {.bytes = 8, .body = add, .combine = combine};
        double one[ROUNDS], all[ROUNDS], empty[ROUNDS];

        for (int round = 0; round < ROUNDS; round++) {
                uint64_t sum = 0, expected;

                began = bench_wall_now();
                expected = plain(count);
                one[round] = bench_each(began, bench_wall_now(), 1000000);
                began = bench_wall_now();
                bench_require(await mori_parallel_reduce(0, count, &reduction, NULL, &sum) == 0);
                all[round] = bench_each(began, bench_wall_now(), 1000000);
                bench_require(sum == expected);
                began = bench_wall_now();
                for (int i = 0; i < 20; i++)
                        bench_require(await mori_parallel_for(0, 2, 1, nothing, NULL) == 0);
                empty[round] = bench_each(began, bench_wall_now(), 20000);
        }
        bench_print("parallel_ms", bench_median(all, ROUNDS));
        bench_print("parallel_speedup", bench_median(one, ROUNDS) / bench_median(all, ROUNDS));
        bench_print("parallel_empty_us", bench_median(empty, ROUNDS));
        return 0;
}
