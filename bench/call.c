/* SPDX-License-Identifier: MIT */
/*
 * What does an await cost that does not wait, and what does a gate cost?
 *
 *      call [COUNT]
 *
 *      plain_call_ns      a plain call of a sync function by a sync function
 *      await_ns           an await of an async function that could wait and does not
 *      gate_ns            what a call of that sync function costs more when async code makes it
 *      await_allocations  how often malloc was called by all the awaits
 *
 * The three called functions do the same, and each call needs the result of the one before.
 */
#include "bench.h"

#ifdef __clang__
#define OPAQUE __attribute__((noinline))
#else
#define OPAQUE __attribute__((noipa))
#endif

OPAQUE static uint64_t never(uint64_t x)
{
        return x ^ 1;
}

OPAQUE static uint64_t plain(uint64_t x)
{
        return __builtin_expect(x == UINT64_MAX, 0) ? never(x) + x : x + 1;
}

OPAQUE static async uint64_t awaited(uint64_t x)
{
        return __builtin_expect(x == UINT64_MAX, 0) ? (uint64_t)await mori_yield() + x : x + 1;
}

OPAQUE static uint64_t plain_calls(uint64_t count)
{
        uint64_t i, x = 0;

        for (i = 0; i < count; i++)
                x = plain(x);
        return x;
}

OPAQUE static async uint64_t awaits(uint64_t count)
{
        uint64_t i, x = 0;

        for (i = 0; i < count; i++)
                x = await awaited(x);
        return x;
}

OPAQUE static async uint64_t gates(uint64_t count)
{
        uint64_t i, x = 0;

        for (i = 0; i < count; i++)
                x = plain(x);
        return x;
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 2000000), allocations = 0, before, began,
                 sum;
        double call_ns = 1e9, await_ns = 1e9, gate_ns = 1e9, each;
        int round;

        for (round = 0; round < BENCH_ROUNDS; round++) {
                began = bench_now();
                sum = plain_calls(count);
                each = bench_each(began, bench_now(), count);
                bench_require(sum == count);
                call_ns = each < call_ns ? each : call_ns;

                before = bench_allocations();
                began = bench_now();
                sum = await awaits(count);
                each = bench_each(began, bench_now(), count);
                allocations += bench_allocations() - before;
                bench_require(sum == count);
                await_ns = each < await_ns ? each : await_ns;

                began = bench_now();
                sum = await gates(count);
                each = bench_each(began, bench_now(), count);
                bench_require(sum == count);
                gate_ns = each < gate_ns ? each : gate_ns;
        }
        bench_print("plain_call_ns", call_ns);
        bench_print("await_ns", await_ns);
        bench_print("gate_ns", gate_ns - call_ns);
        bench_print("await_allocations", (double)allocations);
        return 0;
}
