/* SPDX-License-Identifier: MIT */
/*
 * Tests whose subject is async code. A case is a sync function (START_TEST) that runs a small
 * program:
 *
 *      static async int sleeps(int argc, char **argv)
 *      {
 *              EXPECT(await mori_sleep(MORI_MS(1)) == 0);
 *              return 0;
 *      }
 *
 *      START_TEST(sleep_returns)
 *      {
 *              ck_assert_int_eq(run(sleeps), 0);
 *      }
 *      END_TEST
 *
 * Programs run over the simulation, where time costs nothing, unless a case asks for an engine of
 * the kernel. What the runtime reports is kept, so that a case can ask for it.
 */
#ifndef MORI_TESTS_SUPPORT_ASYNC_H
#define MORI_TESTS_SUPPORT_ASYNC_H

#include "support/test.h"

#include "base/atomic.h"
#include "base/base.h"
#include "stack/stack.h"

#include <mori/keywords.h>

#include <string.h>

/* An assertion in async code: the failure is Check's, the case ends at once. */
#define EXPECT(condition)                                                                          \
        (__builtin_expect(!!(condition), 1)                                                        \
                 ? (void)0                                                                         \
                 : expect_failed(__FILE__, __LINE__, "'" #condition "' does not hold"))
/* The same for two integers, whose values are shown. */
#define EXPECT_EQ(left, right)                                                                     \
        expect_equal((long long)(left), (long long)(right), #left " == " #right, __FILE__, __LINE__)

MORI_NONBLOCKING __attribute__((unused, noinline)) static void
expect_failed(const char *file, int line, const char *text)
{
        _ck_assert_failed(file, line, "Assertion failed", "%s", text);
}

MORI_NONBLOCKING __attribute__((unused, noinline)) static void
expect_equal(long long left, long long right, const char *text, const char *file, int line)
{
        if (left != right)
                _ck_assert_failed(file, line, "Assertion failed", "%s: %lld and %lld", text, left,
                                  right);
}

/*
 * As many activities at a time as a case wants. ThreadSanitizer has room for 8000 fibers; and under
 * AddressSanitizer each has pages of shadow beside those of its stack.
 */
#ifdef __SANITIZE_THREAD__
#define TEST_MANY(count) ((count) < 2000 ? (count) : 2000)
#elif defined MORI_SANITIZED
#define TEST_MANY(count) ((count) < 10000 ? (count) : 10000)
#else
#define TEST_MANY(count) (count)
#endif

/* Reports of the runtime since the last run() began; echoed to standard error as well. */
static char reports[65536];
static size_t reports_bytes;

__attribute__((unused)) static void reports_write(const char *line, size_t bytes)
{
        static struct base_lock lock; /* several seats may report at a time */

        base_lock(&lock);
        if (bytes > sizeof reports - 1 - reports_bytes)
                bytes = sizeof reports - 1 - reports_bytes;
        memcpy(reports + reports_bytes, line, bytes);
        reports_bytes += bytes;
        reports[reports_bytes] = '\0';
        base_unlock(&lock);
}

__attribute__((unused)) static bool reported(const char *text)
{
        return strstr(reports, text) != NULL;
}

#define ck_assert_reported(text)                                                                   \
        ck_assert_msg(reported(text), "not reported: %s; only:\n%.2000s", text, reports)
#define ck_assert_not_reported() ck_assert_msg(reports_bytes == 0, "reported: %.2000s", reports)

__attribute__((unused)) static int run_on(mori_entry_point *entry, enum mori_io io, uint64_t seed)
{
        struct mori_options options = {.io = io, .seed = seed, .stall = -1};
        char name[] = "test", *arguments[] = {name, NULL};

        reports_bytes = 0;
        reports[0] = '\0';
        base_report_to(reports_write);
        return mori_run(entry, 1, arguments, &options);
}

__attribute__((unused)) static int run(mori_entry_point *entry)
{
        return run_on(entry, MORI_IO_SIM, 1);
}

/*
 * After a program has ended nothing is left of it: asserts that, and the invariants of the arena.
 */
__attribute__((unused)) static void assert_nothing_left(void)
{
        struct stack_usage usage;

        stack_check();
        stack_usage(&usage);
        ck_assert_uint_eq(usage.segments, 0);
}

/*
 * A word of memory that async code of one case shares: by pointer, since it has no mutable statics.
 */
MORI_NONBLOCKING __attribute__((unused, noinline)) static long *shared(unsigned index)
{
        static long words[64];

        return &words[index];
}

/* The same for what is larger than a word; zero at first. */
MORI_NONBLOCKING __attribute__((unused, noinline)) static void *shared_bytes(void)
{
        static _Alignas(64) char bytes[1 << 22];

        return bytes;
}

#endif
