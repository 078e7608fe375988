/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzers share. A fuzzer is one file, x.c, with a function fuzz() that makes something of
 * bytes and checks it. With FUZZ_SEEDED it has a bug, in the code that it tests or in how that is
 * used: a test asks that it is found within a bounded number of runs.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_SEEDED
#define FUZZ_SEEDED 0
#endif

#ifdef MORI_MAPPED
#define FUZZ_SYNC __attribute__((unused, noinline)) static
#else
#define FUZZ_SYNC __attribute__((unused, noinline, mori_nonblocking)) static
#endif

/* What is left of the input; zeros behind its end. */
struct input {
        const uint8_t *bytes;
        size_t left;
};

FUZZ_SYNC unsigned input_byte(struct input *input)
{
        if (input->left == 0)
                return 0;
        input->left--;
        return *input->bytes++;
}

FUZZ_SYNC uint64_t input_word(struct input *input, unsigned bytes)
{
        uint64_t word = 0;

        while (bytes-- > 0)
                word = word << 8 | input_byte(input);
        return word;
}

#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __LINE__))

FUZZ_SYNC void fuzz_failed(const char *condition, int line)
{
        fprintf(stderr, "line %d: '%s' does not hold\n", line, condition);
        abort();
}

void fuzz(struct input *input);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZER                                                                                     \
        int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                              \
        {                                                                                          \
                struct input input = {data, size}  ;                                               \
                                                                                                   \
                fuzz(&input);                                                                      \
                return 0;                                                                          \
        }
