/* SPDX-License-Identifier: MIT */
/*
 * Programs that are run with many seeds and hold what happens against a model:
 *
 *      NAME COUNT [FIRST]       every seed is good: COUNT of them, from 1 or FIRST
 *      NAME --bug N COUNT       the runtime has bug N (base/base.h): a seed must find it
 */
#pragma once

#include "base/base.h"
#include "stack/stack.h"

#include <mori/program.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLD(condition)                                                                            \
        (__builtin_expect(!!(condition), 1) ? (void)0 : broken(__LINE__, #condition))

static struct {
        uint64_t seed, random, first, count;
        bool bug;
} seeded;

MORI_NONBLOCKING __attribute__((noinline)) static void broken(int line, const char *text)
{
        if (seeded.bug) {
                printf("seed %llu has found it: line %d: %s\n", (unsigned long long)seeded.seed,
                       line, text);
                fflush(stdout);
                _exit(0);
        }
        fprintf(stderr, "seed %llu: line %d: %s\n", (unsigned long long)seeded.seed, line, text);
        _exit(1);
}

MORI_NONBLOCKING __attribute__((noinline)) static unsigned draw(unsigned bound)
{
        seeded.random ^= seeded.random << 13;
        seeded.random ^= seeded.random >> 7;
        seeded.random ^= seeded.random << 17;
        return (unsigned)(seeded.random >> 20) % bound;
}

/* What the command line says; false where it is wrong, which is said. */
static bool seeded_arguments(int argc, char **argv)
{
        seeded.first = 1;
        if (argc == 4 && strcmp(argv[1], "--bug") == 0) {
#ifdef MORI_SEED_BUGS
                base_seed_bug = (unsigned)atoi(argv[2]);
                seeded.bug = true;
#endif
                seeded.count = strtoull(argv[3], NULL, 10);
                return true;
        }
        if (argc == 2 || argc == 3) {
                seeded.count = strtoull(argv[1], NULL, 10);
                if (argc == 3)
                        seeded.first = strtoull(argv[2], NULL, 10);
                return true;
        }
        fprintf(stderr, "usage: %s COUNT [FIRST], or --bug N COUNT\n", argv[0]);
        return false;
}

/* Runs a program in the simulation, with the seed; what it answers. Nothing may be left of it. */
__attribute__((unused)) static int seeded_program(mori_entry_point *program)
{
        struct mori_options options = {.io = MORI_IO_SIM, .seed = seeded.seed, .stall = -1};
        char name[] = "seeded", *arguments[] = {name, NULL};
        struct stack_usage usage;
        int code = mori_run(program, 1, arguments, &options);

        stack_usage(&usage);
        HOLD(usage.segments == 0);
        return code;
}

/* Calls run() with each seed. */
static void seeded_runs(void (*run)(void))
{
        for (uint64_t i = 0; i < seeded.count; i++) {
                seeded.seed = seeded.first + i;
                seeded.random = seeded.seed * 0x9e3779b97f4a7c15u;
                run();
        }
}
