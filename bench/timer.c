/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to make a timer and to cancel it, with a million of them running?
 *
 *      timer [COUNT]
 *
 *      timer_ns         COUNT tokens, each with a deadline of its own of an hour or more, made and
 *                       then freed
 *      timer_first_ns   the same in a fresh process, where their memory is touched for the first
 *                       time
 *      timer_scope_ns   a block with a deadline, entered and left, while no other timer runs
 */
#include "bench.h"

static double tokens(mori_token **token, uint64_t count)
{
        uint64_t began = bench_now(), i;
        uint32_t x = 1;

        for (i = 0; i < count; i++) {
                x = x * 1664525 + 1013904223;
                token[i] = mori_token_new(MORI_S(3600) + MORI_MS(x >> 8));
        }
        for (i = 0; i < count; i++)
                mori_token_free(token[i]);
        return bench_each(began, bench_now(), count);
}

static async double scopes(uint64_t count)
{
        uint64_t began = bench_now(), i;

        for (i = 0; i < count; i++)
                within (MORI_S(3600)) {
                }
        return bench_each(began, bench_now(), count);
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 1000000);
        mori_token **token = bench_memory(count, sizeof *token);
        double first, warm = 1e9, one = 1e9, each;
        int round;

        first = tokens(token, count);
        for (round = 0; round < BENCH_ROUNDS / 5; round++) {
                each = tokens(token, count);
                warm = each < warm ? each : warm;
                each = await scopes(count);
                one = each < one ? each : one;
        }
        bench_print("timer_ns", warm);
        bench_print("timer_first_ns", first);
        bench_print("timer_scope_ns", one);
        bench_memory_free(token);
        return 0;
}
