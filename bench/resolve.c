/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to look up a name that a server on this machine knows at once?
 *
 *      resolve [COUNT [SERVER]]
 *
 *      resolve_ns            one after another
 *      resolve_cpu_ns        processor time of one of them, of all threads
 *      resolve_64_ns         with 64 under way, each of 64 activities asking for one after another
 *      resolve_64_cpu_ns     processor time of one of those
 *
 * A lookup is two questions (A and AAAA) over UDP, to the server of /etc/resolv.conf or to SERVER
 * ("127.0.0.1:5353"); each has a name of its own. bench/serve runs the server, bench/dns_server.c,
 * on another core. On the wall's clock, where it does not say processor time; medians of rounds.
 */
#include "bench.h"

#include <mori/lookup.h>

#include <stdio.h>
#include <string.h>

#define ROUNDS     7
#define UNDER_WAY  64
#define NAME_BYTES 32
#define ANSWER     "127.0.0.7:80"

static async int look_up(uint64_t number)
{
        char text[64];
        mori_address addresses[2];
        int error;

        snprintf(text, NAME_BYTES, "n%llu.bench:80", (unsigned long long)number);
        attempt(await mori_lookup(text, addresses, 2));
        error = mori_address_format(&addresses[0], text, sizeof text);
        bench_require(error == 0 && strcmp(text, ANSWER) == 0);
        return 0;
}

/* Looks up one name after another until `*next` has come to `end`. */
static async int look_up_until(uint64_t *next, uint64_t end)
{
        while (*next < end)
                attempt(await look_up((*next)++));
        return 0;
}

static async int look_up_many(uint64_t *next, uint64_t end)
{
        scope
        {
                Async(int) all[UNDER_WAY];

                for (int k = 0; k < UNDER_WAY; k++)
                        all[k] = start(look_up_until, next, end);
                for (int k = 0; k < UNDER_WAY; k++)
                        attempt(await join(all[k]));
        }
        return 0;
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 2000), next = 0, began, used;
        double single[ROUNDS], single_cpu[ROUNDS], many[ROUNDS], many_cpu[ROUNDS];

        if (argc > 2)
                attempt(mori_lookup_servers(argv[2], 0, 0));
        attempt(await look_up_many(&next, UNDER_WAY * 4));
        for (int round = 0; round < ROUNDS; round++) {
                began = bench_wall_now();
                used = bench_now();
                attempt(await look_up_until(&next, next + count));
                single_cpu[round] = bench_each(used, bench_now(), count);
                single[round] = bench_each(began, bench_wall_now(), count);
                began = bench_wall_now();
                used = bench_now();
                attempt(await look_up_many(&next, next + count));
                many_cpu[round] = bench_each(used, bench_now(), count);
                many[round] = bench_each(began, bench_wall_now(), count);
        }
        bench_print("resolve_ns", bench_median(single, ROUNDS));
        bench_print("resolve_cpu_ns", bench_median(single_cpu, ROUNDS));
        bench_print("resolve_64_ns", bench_median(many, ROUNDS));
        bench_print("resolve_64_cpu_ns", bench_median(many_cpu, ROUNDS));
        return 0;
}
