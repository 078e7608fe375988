/* SPDX-License-Identifier: MIT */
/*
 * How long does a message take from one activity to the next?
 *
 *      ring [HOPS [MEMBERS]]
 *
 * A ring of MEMBERS activities (100,000, as at the peers), each with a queue of one item before it,
 * and one token that makes HOPS hops. At every hop the receiver waits already.
 */
#include "bench.h"

#include <errno.h>

static async int member(mori_queue *from, mori_queue *to)
{
        uint64_t token;

        while (await mori_queue_receive(from, &token) == 0) {
                token++;
                attempt(await mori_queue_send(to, &token));
        }
        mori_queue_close(to);
        return 0;
}

async int mori_main(int argc, char **argv)
{
        uint64_t hops = bench_argument(argc, argv, 1, 1000000);
        uint64_t members = bench_argument(argc, argv, 2, 100000), i, token, began;
        mori_queue **queues = bench_memory(members, sizeof *queues);
        double best = 1e9, each;
        int round;

        for (i = 0; i < members; i++)
                queues[i] = mori_queue_new(1, sizeof token);
        scope {
                for (i = 0; i + 1 < members; i++)
                        ignore(start(member, queues[i], queues[i + 1]));
                for (round = 0; round < BENCH_ROUNDS / 2; round++) {
                        began = bench_now();
                        for (token = 0; token < hops; token++) {
                                attempt(await mori_queue_send(queues[0], &token));
                                attempt(await mori_queue_receive(queues[members - 1], &token));
                        }
                        each = bench_each(began, bench_now(), token);
                        best = each < best ? each : best;
                }
                mori_queue_close(queues[0]);
        }
        for (i = 0; i < members; i++)
                mori_queue_free(queues[i]);
        bench_memory_free(queues);
        bench_print("ring_ns", best);
        return 0;
}
