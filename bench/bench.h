/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks share: a clock, a count on the command line, and lines of results.
 *
 * A benchmark is a mori program that answers one question. It prints a line "NAME VALUE" for each
 * figure; bench/run knows the units and the targets. Its first argument is how much it does, so
 * that the test suite can run it small. A figure is the best of several rounds within the program,
 * because on a shared machine whatever disturbs only adds; bench/run takes the median of several
 * programs.
 */
#pragma once

#include <mori/keywords.h>
#include <mori/queue.h>
#include <mori/program.h>

#include <stdint.h>

/* The rounds of which the best counts. */
#define BENCH_ROUNDS 50

/*
 * Nanoseconds of processor time that the program has used. On a core of its own that is the time of
 * the clock on the wall; on a shared one it leaves out what others have used.
 */
MORI_NONBLOCKING uint64_t bench_now(void);

typedef uint64_t bench_clock(void);

/* Nanoseconds of the clock on the wall: for what several threads do, or the kernel beside us. */
MORI_NONBLOCKING uint64_t bench_wall_now(void);

/* The value in the middle; sorts the values. */
MORI_NONBLOCKING double bench_median(double *values, size_t count);

/* Says what a benchmark is, on the standard error where the code is not 0, and exits with it. */
MORI_NONBLOCKING void bench_usage(const char *program, int code);

/*
 * The argument at `index`, a number above 0, or `otherwise` where it is not there. Where the first
 * is --help, says what that is for and ends the program.
 */
MORI_NONBLOCKING uint64_t bench_argument(int argc, char **argv, int index, uint64_t otherwise);

/* Prints one figure. */
MORI_NONBLOCKING void bench_print(const char *name, double value);

/* Bytes of memory that are resident now. */
MORI_NONBLOCKING uint64_t bench_resident(void);

/* Memory for handles, zeroed and touched, so that it is resident before anything is measured. */
MORI_NONBLOCKING void *bench_memory(uint64_t count, uint64_t bytes);
MORI_NONBLOCKING void bench_memory_free(void *memory);

/* How often malloc, calloc, realloc and aligned_alloc have been called by anybody. */
MORI_NONBLOCKING uint64_t bench_allocations(void);

/* Ends the program with a report where a benchmark has computed something wrong. */
#define bench_require(condition) MORI_REQUIRE(condition)

/* Nanoseconds since `began` for each of `count`. */
static inline double bench_each(uint64_t began, uint64_t ended, uint64_t count)
{
        return (double)(ended - began) / (double)count;
}
