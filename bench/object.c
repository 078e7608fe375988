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
#include "adder.h"

#define WINDOW 64
#define CHAIN  10

/* ---- Calls */

static async double calls(adder a, uint64_t count)
{
        uint64_t began = bench_now();
        int32_t sum = 0;

        for (uint64_t i = 0; i < count; i++)
                bench_require(await adder_add(a, sum, 1, &sum) == 0);
        bench_require(sum == (int32_t)count);
        return bench_each(began, bench_now(), count);
}

static async double sends(adder a, uint64_t count)
{
        mori_sent sent[WINDOW];
        uint64_t began = bench_now();

        for (uint64_t i = 0; i < count; i += WINDOW) {
                struct adder_add_call call = {.x = 1, .y = 1};

                for (unsigned n = 0; n < WINDOW; n++)
                        sent[n] = mori_object_send(a.ref, &adder_methods[0], &call);
                for (unsigned n = 0; n < WINDOW; n++)
                        bench_require(await mori_sent_join(sent[n], &call) == 0 && call.sum == 2);
        }
        return bench_each(began, bench_now(), count);
}

static async double chains(adder a, uint64_t count, unsigned length)
{
        static const uint16_t path = 0;
        uint64_t began = bench_now();

        for (uint64_t i = 0; i < count; i++) {
                mori_sent sent[CHAIN];
                mori_ref at = a.ref;
                struct adder_again_call call = {.call = {NULL, NULL}};

                for (unsigned n = 0; n < length; n++) {
                        sent[n] = mori_object_send(at, &adder_methods[1], &call);
                        at = mori_sent_ref(sent[n], &path, 1);
                }
                bench_require(await mori_sent_join(sent[length - 1], &call) == 0);
                mori_call_free(&call.call);
                mori_ref_drop(call.adder.ref);
                for (unsigned n = 0; n + 1 < length; n++)
                        mori_sent_drop(sent[n]);
        }
        return bench_each(began, bench_now(), count);
}

static inline double less(double a, double b)
{
        return a < b ? a : b;
}

#define ROUNDS 5

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 200000);
        double near = 1e9, far = 1e9, sent = 1e9, one = 1e9, ten = 1e9;
        adder a, mine;

        await adders_make(&mine, &a);
        for (int round = 0; round < ROUNDS; round++) {
                near = less(near, await calls(mine, count * 10));
                far = less(far, await calls(a, count));
                sent = less(sent, await sends(a, count));
                one = less(one, await chains(a, count / 20, 1));
                ten = less(ten, await chains(a, count / 20, CHAIN));
        }
        bench_print("call_near_ns", near);
        bench_print("call_ns", far);
        bench_print("calls_per_s", 1e9 / sent);
        bench_print("pipeline10_ratio", ten / one);
        return 0;
}
