/* SPDX-License-Identifier: MIT */
/*
 * What the peers in C and C++ share: the same clock, counts and lines of results as in ../bench.h.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PEER_ROUNDS 50

/* Processor time, as in ../bench.h. */
static inline uint64_t peer_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The clock on the wall, and the value in the middle, as there. */
static inline uint64_t peer_wall_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline int peer_ascending(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

static inline double peer_median(double *values, size_t count)
{
        qsort(values, count, sizeof *values, peer_ascending);
        return values[count / 2];
}

static inline double peer_each(uint64_t began, uint64_t ended, uint64_t count)
{
        return (double)(ended - began) / (double)count;
}

static inline uint64_t peer_argument(int argc, char **argv, int index, uint64_t otherwise)
{
        return index < argc ? strtoull(argv[index], NULL, 10) : otherwise;
}

static inline void peer_print(const char *name, double value)
{
        printf("%s %.3f\n", name, value);
        fflush(stdout);
}

static inline double peer_resident(void)
{
        FILE *file = fopen("/proc/self/statm", "r");
        unsigned long total, resident;

        if (file == NULL || fscanf(file, "%lu %lu", &total, &resident) != 2)
                abort();
        fclose(file);
        return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static inline void peer_require(int condition)
{
        if (!condition) {
                fprintf(stderr, "peer: a wrong result\n");
                abort();
        }
}
