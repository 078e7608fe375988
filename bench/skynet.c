/* SPDX-License-Identifier: MIT */
/*
 * How long does a tree of a million activities take, in a fresh process?
 *
 *      skynet [LEAVES [wait]]
 *
 * Skynet (A. Temerev, 2016): an activity starts ten, each of which starts ten, down to LEAVES
 * leaves (a power of ten); each leaf answers its number, each other activity the sum of its ten.
 * With "wait" every leaf waits once for its next turn before it answers, so that all of them are
 * alive at a time; without, a start runs its leaf to its end at once, and only a path of the tree
 * is alive.
 *
 * Once and cold: the memory that it needs is touched for the first time within the measured time.
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
        uint64_t leaves = bench_argument(argc, argv, 1, 1000000);
        int waits = argc > 2 && strcmp(argv[2], "wait") == 0;
        uint64_t began = bench_now(), sum = await node(0, leaves, waits), ended = bench_now();

        bench_require(sum == leaves * (leaves - 1) / 2);
        bench_print(waits ? "skynet_wait_ms" : "skynet_ms", (double)(ended - began) / 1e6);
        return 0;
}
