/* SPDX-License-Identifier: MIT */
/*
 * The peer OpenMP (libgomp, which comes with gcc): the sum of ../parallel.c, guided as ours is. As
 * there: on the wall's clock, medians of rounds.
 *
 *      openmp [COUNT]
 */
#include "peer.h"

#define ROUNDS 15

static uint64_t wall_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

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

static int ascending(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

static double median(double values[ROUNDS])
{
        qsort(values, ROUNDS, sizeof *values, ascending);
        return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 1, 20000000), began;
        double one[ROUNDS], all[ROUNDS], empty[ROUNDS];

        for (int round = 0; round < ROUNDS; round++) {
                uint64_t expected, sum;

                began = wall_now();
                expected = plain(count);
                one[round] = peer_each(began, wall_now(), 1000000);
                began = wall_now();
                sum = parallel(count);
                all[round] = peer_each(began, wall_now(), 1000000);
                peer_require(sum == expected);
                began = wall_now();
                for (int i = 0; i < 20; i++)
                        parallel(2);
                empty[round] = peer_each(began, wall_now(), 20000);
        }
        peer_print("parallel_ms", median(all));
        peer_print("parallel_speedup", median(one) / median(all));
        peer_print("parallel_empty_us", median(empty));
        return 0;
}
