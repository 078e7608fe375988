/* SPDX-License-Identifier: MIT */
/*
 * What does a call of an object cost across two workers?
 *
 *      across [COUNT]
 *
 * Each worker has a process that is busy besides, so that none sleeps, and none goes along with a
 * call. Time on the wall, with two seats.
 *
 *      line_ping_pong_ns       a cache line to the other core and back, between two threads
 *      call_cross_ns           a pulled call, there and back
 *      calls_cross_per_s       the same sent, 64 at a time
 *      pipeline10_cross_ratio  ten calls, each of an object that the one before promises, sent at
 *                              once: how many times as long as one
 */
#include "calls.h"

#include <pthread.h>
#include <stdlib.h>

#define ROUNDS 5

/* ---- A cache line that two threads write in turn */

struct line {
        _Alignas(64) uint64_t turn; /* even: the first's */
        uint64_t count;
};

MORI_NONBLOCKING static void write_in_turn(struct line *line, uint64_t odd)
{
        for (uint64_t i = 0; i < line->count; i++) {
                while (__atomic_load_n(&line->turn, __ATOMIC_ACQUIRE) != 2 * i + odd)
                        continue;
                __atomic_store_n(&line->turn, 2 * i + odd + 1, __ATOMIC_RELEASE);
        }
}

static void *second(void *line)
{
        write_in_turn(line, 1);
        return NULL;
}

static double line_ping_pong(uint64_t count)
{
        struct line line = {.count = count};
        pthread_t thread;
        uint64_t began;

        if (pthread_create(&thread, NULL, second, &line) != 0)
                return 0;
        began = bench_wall_now();
        write_in_turn(&line, 0);
        pthread_join(thread, NULL);
        return bench_each(began, bench_wall_now(), count);
}

/* ---- Calls */

static async int is_busy(void *argument)
{
        (void)argument;
        while (await mori_yield() == 0)
                continue;
        return 0;
}

static async int serves_busily(void *argument)
{
        ignore(start(is_busy, argument));
        return await serves(argument);
}

static async int measures(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 100000);
        double far = 1e9, sent = 1e9, one = 1e9, ten = 1e9;
        adder a, mine;

        await adders_make(&mine, &a, serves_busily);
        scope
        {
                Async(int) busy = start(is_busy, NULL);

                for (int round = 0; round < ROUNDS; round++) {
                        far = less(far, await calls(bench_wall_now, a, count));
                        sent = less(sent, await sends(bench_wall_now, a, count));
                        one = less(one, await chains(bench_wall_now, a, count / 20, 1));
                        ten = less(ten, await chains(bench_wall_now, a, count / 20, CHAIN));
                }
                cancel(busy);
                (void)join(busy);
        }
        bench_print("call_cross_ns", far);
        bench_print("calls_cross_per_s", 1e9 / sent);
        bench_print("pipeline10_cross_ratio", ten / one);
        return 0;
}

int main(int argc, char **argv)
{
        double line = 1e9;

        for (int round = 0; round < ROUNDS; round++)
                line = less(line, line_ping_pong(bench_argument(argc, argv, 1, 100000)));
        bench_print("line_ping_pong_ns", line);
        setenv("MORI_SEATS", "2", 0);
        return mori_run(measures, argc, argv, NULL);
}
