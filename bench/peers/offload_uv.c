/* SPDX-License-Identifier: MIT */
/*
 * The peer libuv: its work queue, with a pool of 4 threads, as it is without UV_THREADPOOL_SIZE. As
 * in ../offload.c: on the wall's clock, medians of rounds.
 *
 *      offload_uv [COUNT]
 */
#include "peer.h"

#include <uv.h>

#define BATCH 64
#define ROUNDS 15

struct one {
        uv_work_t work;
        uint64_t counter;
};

static struct one all[BATCH];
static uint64_t left, under_way;

static void add_one(uv_work_t *work)
{
        ((struct one *)work)->counter++;
}

static void again(uv_work_t *work, int status)
{
        peer_require(status == 0);
        if (--left > 0)
                uv_queue_work(uv_default_loop(), work, add_one, again);
}

static void one_by_one(uint64_t count)
{
        left = count;
        uv_queue_work(uv_default_loop(), &all[0].work, add_one, again);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

static void batch(void)
{
        extern void batch_done(uv_work_t *, int);

        for (under_way = 0; under_way < BATCH; under_way++)
                uv_queue_work(uv_default_loop(), &all[under_way].work, add_one, batch_done);
}

void batch_done(uv_work_t *work, int status)
{
        (void)work;
        peer_require(status == 0);
        if (--under_way == 0 && --left > 0)
                batch();
}

static void batches(uint64_t count)
{
        left = count / BATCH;
        batch();
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 1, 20000) / BATCH * BATCH, began, used;
        double single[ROUNDS], many[ROUNDS], cpu[ROUNDS];

        batches(BATCH * 10);
        for (int round = 0; round < ROUNDS; round++) {
                began = peer_wall_now();
                one_by_one(count);
                single[round] = peer_each(began, peer_wall_now(), count);
                began = peer_wall_now();
                used = peer_now();
                batches(count);
                many[round] = peer_each(began, peer_wall_now(), count);
                cpu[round] = peer_each(used, peer_now(), count);
        }
        peer_print("offload_ns", peer_median(single, ROUNDS));
        peer_print("offload_64_ns", peer_median(many, ROUNDS));
        peer_print("offload_cpu_ns", peer_median(cpu, ROUNDS));
        return 0;
}
