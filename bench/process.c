/* SPDX-License-Identifier: MIT */
/*
 * What does a process cost?
 *
 *      process [COUNT]
 *
 *      process_bytes           memory of a process that has run and waits in its main, COUNT of
 *                              them
 *      process_start_fresh_ns  start to first turn, of processes that were never there before
 *      process_start_end_ms    COUNT processes are started, have run, are killed and joined
 *      process_start_ns        start to first turn, where records and stacks are used again: 64 at
 *                              a time, as start makes the starter wait after so many
 *      process_end_ns          killed and joined, the same ones
 *      process_life_ns         start, a main that returns at once, and join, all of it
 *
 * The handles are not part of the memory. The best of several rounds, but for the first two.
 */
#include "bench.h"

#include <mori/process.h>
#include <mori/sync.h>

#define BATCH   64 /* include/mori/process.h: so many, and the starter waits */
#define BATCHES 200

static async int waits(void *argument)
{
        mori_event never = MORI_EVENT_MANUAL;

        (void)argument;
        return await mori_event_wait(&never);
}

static async int returns(void *argument)
{
        (void)argument;
        return 0;
}

static async void start_all(mori_process_main *entry, mori_process *processes, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                bench_require(await mori_process_start(entry, NULL, 0, NULL, &processes[i]) == 0);
}

static async void join_all(const mori_process *processes, uint64_t count, enum mori_end_kind kind)
{
        struct mori_end end;

        for (uint64_t i = 0; i < count; i++) {
                bench_require(await mori_process_join(processes[i], &end) == 0);
                bench_require(end.kind == kind);
        }
}

static async void end_all(const mori_process *processes, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++)
                bench_require(mori_process_kill(processes[i]) == 0);
        await join_all(processes, count, MORI_END_KILLED);
}

struct figures {
        double start, end, life;
};

MORI_NONBLOCKING static void best(struct figures *all, struct figures one)
{
        if (all->start == 0 || one.start < all->start)
                all->start = one.start;
        if (all->end == 0 || one.end < all->end)
                all->end = one.end;
        if (all->life == 0 || one.life < all->life)
                all->life = one.life;
}

static async void recycled(struct figures *figures)
{
        mori_process processes[BATCH];
        uint64_t start = 0, end = 0, life = 0, began, started;

        for (int i = 0; i < BATCHES; i++) {
                began = bench_now();
                await start_all(waits, processes, BATCH);
                started = bench_now();
                await end_all(processes, BATCH);
                start += started - began;
                end += bench_now() - started;
                began = bench_now();
                await start_all(returns, processes, BATCH);
                await join_all(processes, BATCH, MORI_END_RETURNED);
                life += bench_now() - began;
        }
        best(figures, (struct figures){(double)start / BATCHES / BATCH,
                                       (double)end / BATCHES / BATCH,
                                       (double)life / BATCHES / BATCH});
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = (bench_argument(argc, argv, 1, 1000000) + BATCH - 1) / BATCH * BATCH;
        mori_process *processes = bench_memory(count, sizeof *processes);
        uint64_t before, began, started, ended;
        struct figures figures = {0};

        before = bench_resident();
        began = bench_now();
        await start_all(waits, processes, count);
        started = bench_now();
        bench_print("process_bytes", (double)(bench_resident() - before) / (double)count);
        bench_print("process_start_fresh_ns", bench_each(began, started, count));
        ended = bench_now();
        await end_all(processes, count);
        bench_print("process_start_end_ms",
                    (double)(started - began + bench_now() - ended) / 1e6);
        for (int round = 0; round < 7; round++)
                await recycled(&figures);
        bench_print("process_start_ns", figures.start);
        bench_print("process_end_ns", figures.end);
        bench_print("process_life_ns", figures.life);
        bench_memory_free(processes);
        return 0;
}
