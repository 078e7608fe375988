/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: seeds from the kernel, and a small generator that a seed determines. The
 * generator is for scheduling, hashing and tests; it is no cryptography. One generator belongs to
 * one thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct platform_random {
        uint64_t state[4];
};

/* Fills the bytes from the kernel's generator, good enough for keys. 0, or a negative errno. */
int platform_random_bytes(void *bytes, size_t count);
/* A seed from the kernel. Never fails: without getrandom(2) it is made of the clock and of
 * addresses. */
uint64_t platform_random_seed(void);

/* The same seed gives the same numbers on every machine. */
void platform_random_init(struct platform_random *random, uint64_t seed);
uint64_t platform_random_next(struct platform_random *random);
/* Evenly in [0, bound); bound > 0. */
uint64_t platform_random_below(struct platform_random *random, uint64_t bound);
