/* SPDX-License-Identifier: MIT */
/*
 * Random numbers.
 *
 * The generator is xoshiro256** 1.0 by David Blackman and Sebastiano Vigna
 * (https://prng.di.unimi.it, public domain), its state filled by splitmix64 as they advise, so that
 * no seed gives the all-zero state from which it would never leave. Bounded numbers come from the
 * multiply-and-shift of Daniel Lemire ("Fast Random Integer Generation in an Interval", 2019), with
 * his rejection step: no bias, and no division but in the rare case.
 *
 * platform_random_seed() must work where getrandom(2) is forbidden by a filter, because a program
 * that does not start is worse than one with a guessable order of its hash tables;
 * platform_random_bytes() answers the error instead.
 */
#include "platform/random.h"

#include <errno.h>
#include <sys/random.h>

#include "platform/time.h"

static uint64_t splitmix_next(uint64_t *state)
{
        uint64_t z = (*state += 0x9e3779b97f4a7c15u);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
        return (x << bits) | (x >> (64u - bits));
}

int platform_random_bytes(void *bytes, size_t count)
{
        char *at = bytes;

        while (count) {
                ssize_t got = getrandom(at, count, 0);

                if (got < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                at += got;
                count -= (size_t)got;
        }
        return 0;
}

uint64_t platform_random_seed(void)
{
        uint64_t seed;

        if (platform_random_bytes(&seed, sizeof(seed))) {
                seed = platform_time_real() ^ (platform_time_now() << 20) ^
                       (uint64_t)(uintptr_t)&seed;
                seed = splitmix_next(&seed);
        }
        return seed;
}

void platform_random_init(struct platform_random *random, uint64_t seed)
{
        for (unsigned i = 0; i < 4; i++)
                random->state[i] = splitmix_next(&seed);
}

uint64_t platform_random_next(struct platform_random *random)
{
        uint64_t *s = random->state;
        uint64_t result = rotate_left(s[1] * 5, 7) * 9;
        uint64_t t = s[1] << 17;

        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotate_left(s[3], 45);
        return result;
}

uint64_t platform_random_below(struct platform_random *random, uint64_t bound)
{
        __extension__ unsigned __int128 product =
                (unsigned __int128)platform_random_next(random) * bound;
        uint64_t low = (uint64_t)product;

        if (low < bound) {
                uint64_t threshold = (0 - bound) % bound;

                while (low < threshold) {
                        product = (unsigned __int128)platform_random_next(random) * bound;
                        low = (uint64_t)product;
                }
        }
        return (uint64_t)(product >> 64);
}
