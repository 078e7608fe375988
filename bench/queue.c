/* SPDX-License-Identifier: MIT */
/*
 * How many items a second go from one activity to another through a queue?
 *
 *      queue [COUNT]
 *
 *      queue_items_per_s        one sender, one receiver, a queue of 1024 items of 8 bytes, one by
 *                               one
 *      queue_many_items_per_s   the same in batches of 64
 *      queue_round_trip_ns      there and back through two queues of one item
 */
#include "bench.h"

#include <errno.h>

#define CAPACITY 1024
#define BATCH 64

static async int sends(mori_queue *queue, uint64_t count)
{
        uint64_t i;

        for (i = 0; i < count; i++)
                attempt(await mori_queue_send(queue, &i));
        mori_queue_close(queue);
        return 0;
}

static async uint64_t receives(mori_queue *queue)
{
        uint64_t item, sum = 0;

        while (await mori_queue_receive(queue, &item) == 0)
                sum += item;
        return sum;
}

static async int sends_many(mori_queue *queue, uint64_t count)
{
        uint64_t items[BATCH], i = 0, k;

        while (i < count) {
                uint64_t batch = count - i < BATCH ? count - i : BATCH, sent = 0;

                for (k = 0; k < batch; k++)
                        items[k] = i + k;
                while (sent < batch) {
                        int64_t more =
                                await mori_queue_send_many(queue, items + sent, batch - sent);

                        if (more < 0)
                                return (int)more;
                        sent += (uint64_t)more;
                }
                i += batch;
        }
        mori_queue_close(queue);
        return 0;
}

static async uint64_t receives_many(mori_queue *queue)
{
        uint64_t items[BATCH], sum = 0;
        int64_t received, k;

        while ((received = await mori_queue_receive_many(queue, items, BATCH)) > 0)
                for (k = 0; k < received; k++)
                        sum += items[k];
        return sum;
}

static async int echoes(mori_queue *from, mori_queue *to)
{
        uint64_t item;

        while (await mori_queue_receive(from, &item) == 0)
                attempt(await mori_queue_send(to, &item));
        return 0;
}

static async double items_per_s(uint64_t count, int many)
{
        mori_queue *queue = mori_queue_new(CAPACITY, sizeof(uint64_t));
        uint64_t began = bench_now(), ended, sum;
        Async(int) sender = many ? start(sends_many, queue, count) : start(sends, queue, count);

        sum = many ? await receives_many(queue) : await receives(queue);
        ended = bench_now();
        bench_require(await join(sender) == 0);
        bench_require(sum == count * (count - 1) / 2);
        mori_queue_free(queue);
        return (double)count / (double)(ended - began) * 1e9;
}

static async double round_trip_ns(uint64_t count)
{
        mori_queue *there = mori_queue_new(1, sizeof(uint64_t));
        mori_queue *back = mori_queue_new(1, sizeof(uint64_t));
        Async(int) echo = start(echoes, there, back);
        uint64_t began = bench_now(), ended, i, item;

        for (i = 0; i < count; i++) {
                bench_require(await mori_queue_send(there, &i) == 0);
                bench_require(await mori_queue_receive(back, &item) == 0);
                bench_require(item == i);
        }
        ended = bench_now();
        mori_queue_close(there);
        bench_require(await join(echo) == 0);
        mori_queue_free(there);
        mori_queue_free(back);
        return bench_each(began, ended, count);
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 1000000);
        double one = 0, many = 0, trip = 1e9, rate;
        int round;

        for (round = 0; round < BENCH_ROUNDS; round++) {
                rate = await items_per_s(count, 0);
                one = rate > one ? rate : one;
                rate = await items_per_s(count, 1);
                many = rate > many ? rate : many;
                rate = await round_trip_ns(count / 10 + 1);
                trip = rate < trip ? rate : trip;
        }
        bench_print("queue_items_per_s", one);
        bench_print("queue_many_items_per_s", many);
        bench_print("queue_round_trip_ns", trip);
        return 0;
}
