/* SPDX-License-Identifier: MIT */
/* Real loops inside of a program (foreign.h): libuv's and GLib's, by loop.h. */
#include "asks.h"

#include "support/descriptors.h"

#include <mori/foreign.h>

#include <limits.h>
#include <unistd.h>

static const enum mori_io engines[] = {MORI_IO_EPOLL, MORI_IO_URING};

MORI_NONBLOCKING __attribute__((noinline)) static mori_foreign_loop *loop(void)
{
        static mori_foreign_loop one;

        return &one;
}

/* Runs the program on each engine that there is, with the loop open. */
static void on_engines(mori_entry_point *entry, int code)
{
        loop_open_inside(loop()); /* the first one opens what libuv keeps for ever */
        loop_close();
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                int before = descriptors_count(), result;

                loop_open_inside(loop());
                result = run_on(entry, engines[i], 1);
                ck_assert(result == code || (result == 78 && engines[i] == MORI_IO_URING));
                loop_close();
                if (result == code) {
                        ck_assert_not_reported();
                        assert_nothing_left();
                }
                ck_assert_int_eq(descriptors_count(), before);
        }
}

#define INSIDE(name, code)                                                                         \
        static async int name##_program(int argc, char **argv);                                    \
        START_TEST(name)                                                                           \
        {                                                                                          \
                on_engines(name##_program, code);                                                  \
        }                                                                                          \
        END_TEST                                                                                   \
        static async int name##_program(__attribute__((unused)) int argc,                          \
                                        __attribute__((unused)) char **argv)

static async int runs(void)
{
        return await mori_foreign_loop_run(loop());
}

MORI_NONBLOCKING __attribute__((noinline)) static void stops(void)
{
        loop_stop();
}

static void stops_later(void *unused)
{
        (void)unused;
        loop_stop();
}

MORI_NONBLOCKING __attribute__((noinline)) static void will_stop(unsigned ms)
{
        loop_after(ms, stops_later, NULL);
}

MORI_NONBLOCKING __attribute__((noinline)) static unsigned iterations(void)
{
        return loop_iterations();
}

/* ---- The loop and the program */

INSIDE(timers_and_work_inside, 5)
{
        Async(int) running;

        will_stop(1000000); /* so that it is not over before */
        running = start(runs);
        attempt(await takes_turns_with_loop());
        stops();
        EXPECT_EQ(await join(running), 0);
        return 5;
}

/* Both wait most of the time: neither makes the other go round. */
INSIDE(a_loop_inside_that_waits_does_nothing, 0)
{
        struct mori_statistics before, after;

        will_stop(300);
        mori_statistics_get(&before);
        EXPECT_EQ(await mori_foreign_loop_run(loop()), 0);
        mori_statistics_get(&after);
        EXPECT(iterations() <= 20);
        EXPECT(after.turns - before.turns <= 40);
        return 0;
}

INSIDE(cancelled_and_run_again, 0)
{
        Async(int) running;

        will_stop(1000000);
        running = start(runs);
        EXPECT_EQ(await mori_foreign_loop_run(loop()), -EBUSY);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        cancel(running);
        EXPECT_EQ(await join(running), -ECANCELED);
        EXPECT(loop()->wakes == NULL);
        mori_foreign_loop_wake(loop()); /* nothing to wake */
        within(MORI_MS(5)) {
                EXPECT_EQ(await mori_foreign_loop_run(loop()), -ETIMEDOUT);
        }
        will_stop(1);
        return await mori_foreign_loop_run(loop());
}

/* Cancelled at each of the moments of a wait. */
INSIDE(cancelled_at_every_moment, 0)
{
        will_stop(1000000);
        for (int rounds = 0; rounds < 100; rounds++) {
                Async(int) running = start(runs);

                for (int i = 0; i < rounds % 10; i++)
                        EXPECT_EQ(await mori_yield(), 0);
                if (rounds % 3 == 0)
                        mori_foreign_loop_wake(loop());
                cancel(running);
                EXPECT_EQ(await join(running), -ECANCELED);
        }
        return 0;
}

INSIDE(the_program_ends_first, 7)
{
        will_stop(1000000);
        ignore(start(runs));
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        mori_exit(7);
        return 0;
}

/* ---- Loops of the test's own */

struct fake {
        int timeout_ms, result;
        unsigned runs, runs_max;
};

static int fake_timeout_ms(void *pointer)
{
        const struct fake *fake = pointer;

        return fake->timeout_ms;
}

static int fake_run(void *pointer)
{
        struct fake *fake = pointer;

        return ++fake->runs == fake->runs_max ? fake->result : 1;
}

static async int runs_fake(mori_foreign_loop *one)
{
        return await mori_foreign_loop_run(one);
}

INSIDE(always_something_to_do, 0)
{
        struct fake fake = {.timeout_ms = 0};
        mori_foreign_loop one = {loop()->descriptor, fake_timeout_ms, fake_run, &fake, NULL};

        scope {
                Async(int) running = start(runs_fake, &one);

                for (unsigned i = 1; i <= 100; i++) {
                        EXPECT_EQ(await mori_yield(), 0);
                        EXPECT(fake.runs <= 2 * i);
                }
                EXPECT(fake.runs >= 50);
                cancel(running);
                EXPECT_EQ(await join(running), -ECANCELED);
        }
        return 0;
}

INSIDE(loops_that_are_none, 0)
{
        struct fake fake = {.timeout_ms = 1, .result = -EIO, .runs_max = 3};
        mori_foreign_loop one = {loop()->descriptor, fake_timeout_ms, fake_run, &fake, NULL};

        EXPECT_EQ(await mori_foreign_loop_run(&one), -EIO);
        EXPECT_EQ(fake.runs, 3);
        one.descriptor = -1;
        EXPECT_EQ(await mori_foreign_loop_run(&one), -EBADF);
        one.descriptor = INT_MAX;
        EXPECT_EQ(await mori_foreign_loop_run(&one), -EBADF);
        one.descriptor = loop()->descriptor;
        one.run = NULL;
        EXPECT_EQ(await mori_foreign_loop_run(&one), -EINVAL);
        one.run = fake_run;
        one.timeout_ms = NULL;
        EXPECT_EQ(await mori_foreign_loop_run(&one), -EINVAL);
        EXPECT_EQ(fake.runs, 3);
        return 0;
}

static async int in_the_simulation(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await mori_foreign_loop_run(loop()) == -EOPNOTSUPP ? 0 : 1;
}

START_TEST(the_simulation_has_no_foreign_descriptors)
{
        loop_open_inside(loop());
        ck_assert_int_eq(run(in_the_simulation), 0);
        loop_close();
}
END_TEST

void program_ended(void)
{
}

TEST_MAIN("inside", TEST(timers_and_work_inside), TEST(a_loop_inside_that_waits_does_nothing),
          TEST(cancelled_and_run_again), TEST(cancelled_at_every_moment),
          TEST(the_program_ends_first), TEST(always_something_to_do), TEST(loops_that_are_none),
          TEST(the_simulation_has_no_foreign_descriptors))
