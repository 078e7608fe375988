/* SPDX-License-Identifier: MIT */
/*
 * The peer OpenMP (libgomp, which comes with gcc): the sum of ../parallel.c, guided as ours is. As
 * there: on the wall's clock, medians of rounds.
 *
 *      openmp [COUNT]
 */
#include "peer.h"

#define ROUNDS 15

static uint64_t mix(uint64_t x)
{
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        return x ^ x >> 31;
}

__attribute__((noinline)) static uint64_t plain(uint64_t count)
{
        uint64_t sum = 0;

        for (uint64_t i = 0; i < count; i++)
                sum += mix(i);
        return sum;
}

__attribute__((noinline)) static uint64_t parallel(uint64_t count)
{
        uint64_t sum = 0;

#pragma omp parallel for schedule(guided) reduction(+ : sum)
        for (uint64_t i = 0; i < count; i++)
                sum += mix(i);
        return sum;
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 1, 20000000), began;
        double one[ROUNDS], all[ROUNDS], empty[ROUNDS];

        for (int round = 0; round < ROUNDS; round++) {
                uint64_t expected, sum;

                began = peer_wall_now();
                expected = plain(count);
                one[round] = peer_each(began, peer_wall_now(), 1000000);
                began = peer_wall_now();
                sum = parallel(count);
                all[round] = peer_each(began, peer_wall_now(), 1000000);
                peer_require(sum == expected);
                began = peer_wall_now();
                for (int i = 0; i < 20; i++)
                        parallel(2);
                empty[round] = peer_each(began, peer_wall_now(), 20000);
        }
        peer_print("parallel_ms", peer_median(all, ROUNDS));
        peer_print("parallel_speedup", peer_median(one, ROUNDS) / peer_median(all, ROUNDS));
        peer_print("parallel_empty_us", peer_median(empty, ROUNDS));
        return 0;
}
