/* SPDX-License-Identifier: MIT */
/*
 * How long does a tree of a million activities take?
 *
 *      skynet [LEAVES [wait]]
 *
 *      skynet_ms, skynet_wait_ms               the best of several trees
 *      skynet_first_ms, skynet_wait_first_ms   the first tree of the process
 *
 * Skynet (A. Temerev, 2016): an activity starts ten, each of which starts ten, down to LEAVES
 * leaves (a power of ten); each leaf answers its number, each other activity the sum of its ten.
 * With "wait" every leaf waits once for its next turn before it answers, so that all of them are
 * alive at a time; without, a start runs its leaf to its end at once, and only a path of the tree
 * is alive.
 *
 * The first tree also pays for the first touch of its memory, 200 MB where the leaves wait, and on
 * a virtual machine that is mostly the host's work.
 */
#include "bench.h"

#include <string.h>

#define CHILDREN 10

static async uint64_t leaf(uint64_t number)
{
        return number;
}

static async uint64_t leaf_that_waits(uint64_t number)
{
        await mori_yield();
        return number;
}

static async uint64_t node(uint64_t number, uint64_t size, int waits)
{
        Async(uint64_t) children[CHILDREN];
        uint64_t part = size / CHILDREN, sum = 0;
        int i;

        for (i = 0; i < CHILDREN; i++, number += part) {
                if (part > 1)
                        children[i] = start(node, number, part, waits);
                else if (waits)
                        children[i] = start(leaf_that_waits, number);
                else
                        children[i] = start(leaf, number);
        }
        for (i = 0; i < CHILDREN; i++)
                sum += await join(children[i]);
        return sum;
}

async int mori_main(int argc, char **argv)
{
        uint64_t leaves = bench_argument(argc, argv, 1, 1000000), began, sum;
        int waits = argc > 2 && strcmp(argv[2], "wait") == 0, round;
        double first = 0, best = 1e9, each;

        for (round = 0; round < BENCH_ROUNDS / 5; round++) {
                began = bench_now();
                sum = await node(0, leaves, waits);
                each = (double)(bench_now() - began) / 1e6;
                bench_require(sum == leaves * (leaves - 1) / 2);
                if (round == 0)
                        first = each;
                best = each < best ? each : best;
        }
        bench_print(waits ? "skynet_wait_ms" : "skynet_ms", best);
        bench_print(waits ? "skynet_wait_first_ms" : "skynet_first_ms", first);
        return 0;
}
