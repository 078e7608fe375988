/* SPDX-License-Identifier: MIT */
/* Calls of an object, as object.c and across.c measure them: nanoseconds of a clock for each. */
#pragma once

#include "adder.h"

#define WINDOW 64
#define CHAIN  10

/* Pulled one after the other. */
static async double calls(bench_clock *now, adder a, uint64_t count)
{
        uint64_t began = now();
        int32_t sum = 0;

        for (uint64_t i = 0; i < count; i++)
                bench_require(await adder_add(a, sum, 1, &sum) == 0);
        bench_require(sum == (int32_t)count);
        return bench_each(began, now(), count);
}

/* Sent, WINDOW at a time, and joined. */
static async double sends(bench_clock *now, adder a, uint64_t count)
{
        mori_sent sent[WINDOW];
        uint64_t began = now();

        for (uint64_t i = 0; i < count; i += WINDOW) {
                struct adder_add_call call = {.x = 1, .y = 1};

                for (unsigned n = 0; n < WINDOW; n++)
                        sent[n] = mori_object_send(a.ref, &adder_methods[0], &call);
                for (unsigned n = 0; n < WINDOW; n++)
                        bench_require(await mori_sent_join(sent[n], &call) == 0 && call.sum == 2);
        }
        return bench_each(began, now(), count);
}

/* So many calls at once, each of what the one before promises. */
static async double chains(bench_clock *now, adder a, uint64_t count, unsigned length)
{
        static const uint16_t path = 0;
        uint64_t began = now();

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
        return bench_each(began, now(), count);
}

static inline double less(double a, double b)
{
        return a < b ? a : b;
}
