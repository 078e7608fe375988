/* SPDX-License-Identifier: MIT */
/*
 * What does a call of an object cost?
 *
 *      object [COUNT]
 *
 *      call_near_ns       an object of the same process, pulled
 *      call_ns            an object of another process, pulled: there and back. With one seat, on
 *                         the same worker (MORI_SEATS=2: wherever the two are)
 *      calls_per_s        the same sent, 64 at a time
 *      pipeline10_ratio   ten calls, each of an object that the one before promises, sent at once:
 *                         how many times as long as one
 */
#include "calls.h"

#define ROUNDS 5

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 200000);
        double near = 1e9, far = 1e9, sent = 1e9, one = 1e9, ten = 1e9;
        adder a, mine;

        await adders_make(&mine, &a, serves);
        for (int round = 0; round < ROUNDS; round++) {
                near = less(near, await calls(bench_now, mine, count * 10));
                far = less(far, await calls(bench_now, a, count));
                sent = less(sent, await sends(bench_now, a, count));
                one = less(one, await chains(bench_now, a, count / 20, 1));
                ten = less(ten, await chains(bench_now, a, count / 20, CHAIN));
        }
        bench_print("call_near_ns", near);
        bench_print("call_ns", far);
        bench_print("calls_per_s", 1e9 / sent);
        bench_print("pipeline10_ratio", ten / one);
        return 0;
}
