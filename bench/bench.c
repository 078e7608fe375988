/* SPDX-License-Identifier: MIT */
/*
 * See bench.h. All of it is sync code, called through gates where it is called from async code.
 *
 * Allocations are counted by standing in front of the C library's malloc: the program's own
 * definition is the one that everything in the process finds, the runtime included.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t allocations;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes)
{
        __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
        return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
        __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
        return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
        __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
        return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
        __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
        return __libc_memalign(alignment, bytes);
}

uint64_t bench_allocations(void)
{
        return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

uint64_t bench_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t bench_wall_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

double bench_median(double *values, size_t count)
{
        qsort(values, count, sizeof *values, ascending);
        return values[count / 2];
}

void bench_usage(const char *program, int code)
{
        fprintf(code == 0 ? stdout : stderr,
                "usage: %s [ARGUMENT...]\n"
                "Prints a line \"NAME VALUE\" for each figure. What it asks, and with which\n"
                "arguments, stands at the top of its source; bench/run runs all of them.\n",
                program);
        exit(code);
}

uint64_t bench_argument(int argc, char **argv, int index, uint64_t otherwise)
{
        char *end;
        uint64_t value;

        if (argc > 1 && strcmp(argv[1], "--help") == 0)
                bench_usage(argv[0], 0);
        if (index >= argc)
                return otherwise;
        value = strtoull(argv[index], &end, 10);
        if (*end != '\0' || value == 0) {
                fprintf(stderr, "%s: %s: not a number above 0\n", argv[0], argv[index]);
                exit(2);
        }
        return value;
}

void bench_print(const char *name, double value)
{
        printf("%s %.3f\n", name, value);
        fflush(stdout);
}

uint64_t bench_resident(void)
{
        FILE *file = fopen("/proc/self/statm", "r");
        unsigned long total, resident;

        if (file == NULL || fscanf(file, "%lu %lu", &total, &resident) != 2) {
                fprintf(stderr, "bench: cannot read /proc/self/statm\n");
                exit(1);
        }
        fclose(file);
        return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void *bench_memory(uint64_t count, uint64_t bytes)
{
        void *memory = malloc(count * bytes);

        if (memory == NULL) {
                fprintf(stderr, "bench: no memory\n");
                exit(1);
        }
        return memset(memory, 0, count * bytes);
}

void bench_memory_free(void *memory)
{
        free(memory);
}
