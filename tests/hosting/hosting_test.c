/* SPDX-License-Identifier: MIT */
/* Programs inside of the loops of others, which are real ones: libuv's and GLib's (loop.h). */
#include "asks.h"

#include <mori/host.h>

/* The simulation has no descriptor to wait for. */
static const enum mori_io engines[] = {MORI_IO_EPOLL, MORI_IO_URING};

static bool ended, loop_goes_on;

void program_ended(void)
{
        ended = true;
        if (!loop_goes_on)
                loop_stop();
}

/* False where the kernel has no such engine. */
static bool opened(mori_entry_point *entry, enum mori_io io)
{
        struct mori_options options = {.io = io, .stall = -1};
        int error;

        reports_bytes = 0;
        base_report_to(reports_write);
        error = mori_host_open(entry, 0, NULL, &options);
        ck_assert(error == 0 || (error == -EINVAL && io == MORI_IO_URING));
        ended = loop_goes_on = false;
        if (error == 0)
                loop_open();
        return error == 0;
}

static void closed(int code)
{
        loop_close();
        ck_assert_int_eq(mori_host_close(), code);
        ck_assert_not_reported();
        assert_nothing_left();
}

/* ---- What the loop does for the program */

static async int takes_turns(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        attempt(await takes_turns_with_loop());
        return 5;
}

START_TEST(timers_and_work_of_the_loop)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                if (!opened(takes_turns, engines[i]))
                        continue;
                loop_run();
                ck_assert(ended);
                closed(5);
        }
}
END_TEST

/* ---- Idle */

static async int sleeps_once(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await mori_sleep(MORI_MS(300));
}

START_TEST(a_loop_that_waits_does_nothing)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                if (!opened(sleeps_once, engines[i]))
                        continue;
                loop_run();
                ck_assert(ended);
                ck_assert_uint_le(loop_iterations(), 20);
                closed(0);
        }
}
END_TEST

/* ---- Who ends first */

static async int sleeps_long_indeed(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await mori_sleep(MORI_S(1000)) == -ECANCELED ? 3 : 4;
}

static void stops_the_loop(void *unused)
{
        (void)unused;
        loop_stop();
}

START_TEST(the_loop_stops_first)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                if (!opened(sleeps_long_indeed, engines[i]))
                        continue;
                loop_after(5, stops_the_loop, NULL);
                loop_run();
                ck_assert(!ended);
                closed(3);
        }
}
END_TEST

static void stops_the_program(void *unused)
{
        (void)unused;
        mori_host_stop();
}

START_TEST(the_program_is_stopped_by_the_loop)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                if (!opened(sleeps_long_indeed, engines[i]))
                        continue;
                loop_after(2, stops_the_program, NULL);
                loop_run();
                ck_assert(ended);
                closed(3);
        }
}
END_TEST

static async int ends_at_once(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await mori_sleep(MORI_MS(1));
}

START_TEST(the_loop_goes_on_without_the_program)
{
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                if (!opened(ends_at_once, engines[i]))
                        continue;
                loop_goes_on = true;
                loop_after(200, stops_the_loop, NULL);
                loop_run();
                ck_assert(ended);
                ck_assert_uint_le(loop_iterations(), 20);
                closed(0);
        }
}
END_TEST

TEST_MAIN("hosting", TEST(timers_and_work_of_the_loop), TEST(a_loop_that_waits_does_nothing),
          TEST(the_loop_stops_first), TEST(the_program_is_stopped_by_the_loop),
          TEST(the_loop_goes_on_without_the_program))
