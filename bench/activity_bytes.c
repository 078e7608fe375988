/* SPDX-License-Identifier: MIT */
/*
 * How much memory does a suspended activity take?
 *
 *      activity_bytes [COUNT [FRAMES]]
 *
 * Starts COUNT activities, each of which waits in FRAMES (1 or 2) small frames of its own for an
 * item of a queue, and divides what has become resident by their number: control blocks, stacks,
 * and whatever the runtime keeps for them. Their handles are not part of it. Then closes the queue,
 * which resumes all of them, and joins all; what that takes is printed as well.
 *
 * All of them wait at the same time: none is recycled for another.
 */
#include "bench.h"

#include <errno.h>

__attribute__((noinline)) static async int one(mori_queue *queue)
{
        uint64_t item;

        return await mori_queue_receive(queue, &item);
}

/* A frame above that one: what is live across the await is its own. */
__attribute__((noinline)) static async int two(mori_queue *queue, int more)
{
        return await one(queue) + more;
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 1000000);
        uint64_t frames = bench_argument(argc, argv, 2, 1);
        Async(int) *handles = bench_memory(count, sizeof *handles);
        mori_queue *queue = mori_queue_new(1, sizeof(uint64_t));
        uint64_t before = bench_resident(), began, started, ended, i;
        struct mori_statistics statistics;

        began = bench_now();
        for (i = 0; i < count; i++)
                handles[i] = frames == 1 ? start(one, queue) : start(two, queue, 1);
        started = bench_now();
        mori_statistics_get(&statistics);
        bench_require(statistics.activities >= count);
        bench_print("activity_bytes", (double)(bench_resident() - before) / (double)count);
        bench_print("activity_start_ns", bench_each(began, started, count));

        began = bench_now();
        mori_queue_close(queue);
        for (i = 0; i < count; i++)
                bench_require(await join(handles[i]) == -EPIPE + (frames == 1 ? 0 : 1));
        ended = bench_now();
        bench_print("activity_end_ns", bench_each(began, ended, count));
        mori_queue_free(queue);
        bench_memory_free(handles);
        return 0;
}
