/* SPDX-License-Identifier: MIT */
/* Programs as the threads around them see them: posts that come at any time. */
#include "support/async.h"

#include "base/atomic.h"
#include "platform/thread.h"

#include <errno.h>

#define PROGRAMS TEST_TIMES(100)

static async void posted(void *word)
{
        ++*(long *)word;
}

static void posts_for_ever(void *quit)
{
        while (atomic_load_acquire((uint32_t *)quit) == 0)
                for (int i = 0; i < 10; i++) {
                        int error = mori_post(posted, shared(0));

                        if (error != 0 && error != -ESRCH && error != -EAGAIN)
                                abort();
                        mori_post_expect(1);
                        mori_post_expect(-1);
                }
}

static async int sleeps_briefly(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await mori_sleep(MORI_US(50));
}

START_TEST(posts_come_whenever_a_program_begins_and_ends)
{
        struct platform_thread *thread;
        uint32_t quit = 0;

        ck_assert_int_eq(platform_thread_new(posts_for_ever, &quit, "posts", 0, &thread), 0);
        for (int i = 0; i < PROGRAMS; i++) {
                ck_assert_int_eq(run_on(sleeps_briefly, MORI_IO_EPOLL, 1), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
        atomic_store_release(&quit, 1);
        platform_thread_join(thread);
        ck_assert_int_gt(*shared(0), 0);
        ck_assert_int_eq(mori_post(posted, shared(0)), -ESRCH);
}
END_TEST

static async int posts_too_many(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        for (int round = 0; round < 2; round++) {
                *shared(0) = 0;
                for (int i = 0; i < MORI_POSTS_MAX; i++)
                        EXPECT_EQ(mori_post(posted, shared(0)), 0);
                EXPECT_EQ(mori_post(posted, shared(0)), -EAGAIN);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(*shared(0), MORI_POSTS_MAX);
        }
        return 0;
}

START_TEST(posts_are_bounded)
{
        ck_assert_int_eq(run(posts_too_many), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- What a program is told by its environment, and tells by its result */

static async int returns(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return (int)*shared(1);
}

START_TEST(what_is_no_exit_code_is_reported)
{
        *shared(1) = 256;
        ck_assert_int_eq(run(returns), 1);
        ck_assert_reported("256 is no exit code");
}
END_TEST

START_TEST(the_environment_is_believed_only_where_it_makes_sense)
{
        static const struct {
                const char *name, *value;
                int code;
        } cases[] = {
                {"MORI_IO", "sim", 0},
                {"MORI_IO", "tape", 78},
                {"MORI_SEED", "18446744073709551615", 0},
                {"MORI_SEED", "18446744073709551616", 78},
                {"MORI_SEED", "-1", 78},
                {"MORI_FAULTS", "1000", 0},
                {"MORI_FAULTS", "1001", 78},
                {"MORI_STALL_MS", "0x10", 0},
                {"MORI_STALL_MS", "ten", 78},
                {"MORI_STALL_MS", "18446744073709", 78},
        };

        *shared(1) = 0;
        base_report_to(reports_write);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                setenv(cases[i].name, cases[i].value, 1);
                reports_bytes = 0;
                ck_assert_msg(mori_run(returns, 0, NULL, NULL) == cases[i].code, "%s=%s",
                              cases[i].name, cases[i].value);
                ck_assert_int_eq(reports_bytes != 0, cases[i].code != 0);
                unsetenv(cases[i].name);
        }
}
END_TEST

static MORI_NONBLOCKING int run_within(void)
{
        return mori_run(sleeps_briefly, 0, NULL, NULL);
}

static async int runs_another(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return run_within() == 78 && await mori_sleep(MORI_US(50)) == 0 ? 5 : 6;
}

START_TEST(a_program_within_a_program_is_refused)
{
        ck_assert_int_eq(mori_run(runs_another, 0, NULL, NULL), 5);
}
END_TEST

TEST_MAIN("activity/program", TEST(a_program_within_a_program_is_refused),
          TEST(posts_come_whenever_a_program_begins_and_ends),
          TEST(posts_are_bounded),
          TEST(what_is_no_exit_code_is_reported),
          TEST(the_environment_is_believed_only_where_it_makes_sense))
