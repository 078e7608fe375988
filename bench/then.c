/* SPDX-License-Identifier: MIT */
/*
 * What does a promise with a callback cost?
 *
 *      then [COUNT]
 *
 *      then_ns           a promise of 8 bytes made, a callback registered, resolved, freed, and the
 *                        callback's turn: by sync code, 64 at a time
 *      then_alone_ns     one at a time: the runner is woken for each, and the activity comes back
 *                        after it
 *      then_wait_ns      an activity waits for a promise that another resolves
 *      then_loop_ns      a round of mori_promise_for() whose body goes on at once
 *      then_allocations  mallocs, of all of the first
 */
#include "bench.h"

#include <mori/promise.h>

#define BATCH 64

static void adds(void *context, int error, const void *value)
{
        uint64_t *sum = context;

        *sum += error == 0 ? *(const uint64_t *)value : 0;
}

__attribute__((noinline)) static void promises(uint64_t first, uint64_t count, uint64_t *sum)
{
        for (uint64_t i = first; i < first + count; i++) {
                mori_promise promise;
                mori_resolver resolver;

                bench_require(mori_promise_new(sizeof i, &promise, &resolver) == 0);
                bench_require(mori_promise_then(promise, adds, sum) == 0);
                mori_resolve(resolver, &i);
                mori_promise_free(promise);
        }
}

static async double then_ns(uint64_t count, uint64_t batch)
{
        uint64_t began = bench_now(), ended, done, sum = 0;

        for (done = 0; done < count; done += batch) {
                promises(done, batch, &sum);
                bench_require(await mori_yield() == 0);
        }
        ended = bench_now();
        bench_require(sum == done * (done - 1) / 2);
        return bench_each(began, ended, done);
}

struct pair {
        mori_promise promise;
        mori_resolver resolver;
};

static void pair_new(struct pair *pair)
{
        bench_require(mori_promise_new(8, &pair->promise, &pair->resolver) == 0);
}

static async int resolves(struct pair *pair, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                mori_resolve(pair->resolver, &i);
                attempt(await mori_yield());
        }
        return 0;
}

static async double wait_ns(uint64_t count)
{
        struct pair pair;
        uint64_t began, ended, value;

        pair_new(&pair);
        began = bench_now();
        scope {
                Async(int) other = start(resolves, &pair, count);

                for (uint64_t i = 0; i < count; i++) {
                        bench_require(await mori_promise_await(pair.promise, &value) == 0);
                        bench_require(value == i);
                        if (i + 1 < count)
                                pair_new(&pair);
                }
                bench_require(await join(other) == 0);
        }
        ended = bench_now();
        return bench_each(began, ended, count);
}

static mori_promise goes_on(void *context, uint64_t round)
{
        *(uint64_t *)context += round;
        return MORI_PROMISE_DONE;
}

static async double loop_ns(uint64_t count)
{
        uint64_t began = bench_now(), ended, sum = 0;
        mori_promise loop = mori_promise_for(count, goes_on, &sum);

        bench_require(await mori_promise_await_value(loop, NULL, 0) == 0);
        ended = bench_now();
        bench_require(sum == count * (count - 1) / 2);
        return bench_each(began, ended, count);
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 200000) / BATCH * BATCH + BATCH;
        double many = 1e9, alone = 1e9, wait = 1e9, loop = 1e9, value;
        uint64_t allocations;
        int round;

        (void)await then_ns(count, BATCH); /* what is allocated once */
        allocations = bench_allocations();
        (void)await then_ns(count, BATCH);
        allocations = bench_allocations() - allocations;
        for (round = 0; round < BENCH_ROUNDS; round++) {
                value = await then_ns(count, BATCH);
                many = value < many ? value : many;
                value = await then_ns(count, 1);
                alone = value < alone ? value : alone;
                value = await wait_ns(count);
                wait = value < wait ? value : wait;
                value = await loop_ns(count);
                loop = value < loop ? value : loop;
        }
        bench_print("then_ns", many);
        bench_print("then_alone_ns", alone);
        bench_print("then_wait_ns", wait);
        bench_print("then_loop_ns", loop);
        bench_print("then_allocations", (double)allocations);
        return 0;
}
