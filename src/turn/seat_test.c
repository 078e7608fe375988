/* SPDX-License-Identifier: MIT */
/*
 * The turn loop: fairness, the order of sleeps, posts from other threads, and turns that last too
 * long.
 */
#include "support/async.h"

#include "platform/sim.h"
#include "platform/thread.h"
#include "turn/seat.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

/* ---- Fairness */

static async int yields(long *count, int times)
{
        for (int i = 0; i < times; i++) {
                EXPECT_EQ(await mori_yield(), 0);
                ++*count;
        }
        return 0;
}

static async int fairness(int argc, char **argv)
{
        long *counts = shared_bytes();

        (void)argc;
        (void)argv;
        scope
        {
                for (int i = 0; i < 1000; i++)
                        ignore(start(yields, &counts[i], 100));
                for (long round = 1; round <= 90; round++) {
                        EXPECT_EQ(await mori_yield(), 0);
                        for (int i = 0; i < 1000; i++)
                                EXPECT(counts[i] == round || counts[i] == round - 1);
                }
        }
        return 0;
}

START_TEST(turns_are_taken_in_turn)
{
        ck_assert_int_eq(run(fairness), 0);
        assert_nothing_left();
}
END_TEST

/* Activities that are always ready do not keep timers and completions waiting. */
static async int yields_until(long *stop)
{
        int64_t count = 0;

        while (!*stop) {
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT(++count < 200000000);
        }
        return 0;
}

static async int timers_fire_meanwhile(int argc, char **argv)
{
        mori_file pipe[2];
        char byte = 1;

        (void)argc;
        (void)argv;
        scope
        {
                ignore(start(yields_until, shared(0)));
                ignore(start(yields_until, shared(0)));
                for (int i = 0; i < 20; i++)
                        EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
                EXPECT_EQ(mori_pipe(pipe), 0);
                {
                        Async(int64_t) a = start(mori_file_read, pipe[0], &byte, (size_t)1);

                        EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
                        EXPECT_EQ(await mori_file_write(pipe[1], "x", 1), 1);
                        EXPECT_EQ(join(a), 1);
                }
                *shared(0) = 1;
        }
        return 0;
}

START_TEST(ready_activities_do_not_starve_the_rest)
{
        *shared(0) = 0;
        ck_assert_int_eq(run_on(timers_fire_meanwhile, MORI_IO_EPOLL, 0), 0);
        *shared(0) = 0;
        ck_assert_int_eq(run_on(timers_fire_meanwhile, MORI_IO_AUTO, 0), 0);
        *shared(0) = 0;
        ck_assert_int_eq(run(timers_fire_meanwhile), 0);
        assert_nothing_left();
}
END_TEST

/* ---- Sleeps */

struct sleepers {
        uint64_t random;
        int64_t woken;
        int count;
};

MORI_NONBLOCKING static uint64_t draw(struct sleepers *sleepers)
{
        sleepers->random ^= sleepers->random << 13;
        sleepers->random ^= sleepers->random >> 7;
        sleepers->random ^= sleepers->random << 17;
        return sleepers->random >> 5;
}

/* Never early; and in the order of deadlines, as far as a tick tells them apart. */
static async int sleeps_in_order(struct sleepers *sleepers, int64_t duration)
{
        int64_t deadline = mori_now() + duration;

        EXPECT_EQ(await mori_sleep(duration), 0);
        EXPECT(mori_now() >= deadline);
        EXPECT(mori_now() < deadline + 3 * (1 << 16));
        EXPECT(deadline + (1 << 16) > sleepers->woken);
        sleepers->woken = deadline;
        sleepers->count++;
        return 0;
}

static async int sleep_order(int argc, char **argv)
{
        struct sleepers *sleepers = shared_bytes();

        (void)argc;
        (void)argv;
        sleepers->random = 99;
        scope
        {
                for (int i = 0; i < TEST_MANY(50000); i++)
                        ignore(start(sleeps_in_order, sleepers,
                                     (int64_t)(draw(sleepers) % (1ull << (i % 36)) + 1)));
        }
        EXPECT_EQ(sleepers->count, TEST_MANY(50000));
        return 0;
}

START_TEST(sleeps_end_in_order)
{
        ck_assert_int_eq(run(sleep_order), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int odd_sleeps(int argc, char **argv)
{
        Async(int) a = start(mori_sleep, MORI_FOREVER), b = start(mori_sleep, INT64_MAX / 2);
        Async(int) c = start(mori_sleep, (int64_t)-1), d = start(mori_sleep, INT64_MIN);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(c), 0);
        EXPECT_EQ(join(d), 0);
        EXPECT_EQ(await mori_sleep(MORI_S(1000000)), 0);
        EXPECT(!mori_done(MORI_ACTIVITY(a)) && !mori_done(MORI_ACTIVITY(b)));
        cancel(a);
        cancel(b);
        EXPECT_EQ(join(a), -ECANCELED);
        EXPECT_EQ(join(b), -ECANCELED);
        return 0;
}

START_TEST(sleeps_of_every_length)
{
        ck_assert_int_eq(run(odd_sleeps), 0);
        assert_nothing_left();
}
END_TEST

/* ---- A clock that jumps, as for a machine that stood still while its clock did not */

MORI_NONBLOCKING static __attribute__((noinline)) void clock_jump(int64_t ns)
{
        platform_sim_advance(worker_self()->seat->io, (uint64_t)ns);
}

static async int sleeps_and_tells(int64_t duration, long number)
{
        int result = await mori_sleep(duration);

        *shared(0) = *shared(0) * 10 + number;
        return result;
}

static async int an_hour_is_missed(int argc, char **argv)
{
        int64_t before = mori_now();

        (void)argc;
        (void)argv;
        *shared(0) = 0;
        scope
        {
                Async(int) third = start(sleeps_and_tells, MORI_S(10000), 3L);
                Async(int) second = start(sleeps_and_tells, MORI_S(3000), 2L);
                Async(int) first = start(sleeps_and_tells, MORI_MS(1), 1L);

                within(MORI_S(100))
                {
                        clock_jump(MORI_S(3600));
                        EXPECT_EQ(await mori_sleep(MORI_S(1)), -ETIMEDOUT);
                }
                EXPECT_EQ(join(first), 0);
                EXPECT_EQ(join(second), 0);
                EXPECT_EQ(*shared(0), 12); /* each once, and in order */
                EXPECT(mori_now() - before < MORI_S(3601));
                EXPECT_EQ(join(third), 0); /* not sooner for the jump, and not later */
                EXPECT_EQ(*shared(0), 123);
                EXPECT(mori_now() - before >= MORI_S(10000));
                EXPECT(mori_now() - before < MORI_S(10001));
        }
        return 0;
}

START_TEST(a_clock_that_jumps_fires_each_once)
{
        ck_assert_int_eq(run(an_hour_is_missed), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Posts */

#define POSTS TEST_TIMES(20000)

static async void posted(void *pointer)
{
        long *counts = shared_bytes(), thread = (long)(uintptr_t)pointer >> 32,
             number = (long)(uintptr_t)pointer & 0xffffffff;

        if (counts[thread] != number)
                *shared(9) += 1; /* the posts of one thread come in its order */
        counts[thread]++;
        if (number % 16 == 0)
                EXPECT_EQ(await mori_yield(), 0);
        *shared(10) += 1;
}

static void posts(void *argument)
{
        for (uintptr_t i = 0; i < POSTS; i++) {
                void *word = (void *)((uintptr_t)argument << 32 | i);
                int error;

                while ((error = mori_post(posted, word)) == -EAGAIN) /* as many wait as may */
                        sched_yield();
                ck_assert_int_eq(error, 0);
        }
}

MORI_NONBLOCKING static void threads_begin(struct platform_thread **threads)
{
        for (uintptr_t i = 0; i < 3; i++)
                ck_assert_int_eq(platform_thread_new(posts, (void *)i, "posts", 0, &threads[i]), 0);
}

MORI_NONBLOCKING static void threads_end(struct platform_thread **threads)
{
        for (uintptr_t i = 0; i < 3; i++)
                platform_thread_join(threads[i]);
}

static async int posted_to(int argc, char **argv)
{
        struct platform_thread *threads[3];

        (void)argc;
        (void)argv;
        mori_post_expect(1);
        threads_begin(threads);
        while (*shared(10) < 3 * POSTS)
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        threads_end(threads);
        mori_post_expect(-1);
        EXPECT_EQ(*shared(9), 0);
        return 0;
}

START_TEST(threads_post)
{
        static const enum mori_io engines[] = {MORI_IO_EPOLL, MORI_IO_AUTO};

        for (int i = 0; i < 2; i++) {
                memset(shared_bytes(), 0, 100);
                *shared(9) = *shared(10) = 0;
                ck_assert_int_eq(run_on(posted_to, engines[i], 0), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
        ck_assert_int_eq(mori_post(posted, NULL), -ESRCH);
}
END_TEST

static async int receives(mori_queue *queue)
{
        long item;

        attempt(await mori_queue_receive(queue, &item));
        return (int)item;
}

static async void sends(void *pointer)
{
        long item = 5;

        EXPECT_EQ(await mori_queue_send((mori_queue *)pointer, &item), 0);
}

static void posts_late(void *argument)
{
        struct timespec pause = {.tv_nsec = 30000000};

        nanosleep(&pause, NULL);
        ck_assert_int_eq(mori_post(sends, argument), 0);
}

MORI_NONBLOCKING static struct platform_thread *thread_begin(void (*function)(void *),
                                                             void *argument)
{
        struct platform_thread *thread;

        ck_assert_int_eq(platform_thread_new(function, argument, "late", 0, &thread), 0);
        return thread;
}

MORI_NONBLOCKING static void thread_end(struct platform_thread *thread)
{
        platform_thread_join(thread);
}

/* While a post is expected, quiet is not deadlock. */
static async int waits_for_a_post(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(1, sizeof(long));
        struct platform_thread *thread;
        int result;

        (void)argc;
        (void)argv;
        mori_post_expect(1);
        thread = thread_begin(posts_late, queue);
        result = await receives(queue);
        thread_end(thread);
        mori_post_expect(-1);
        mori_queue_free(queue);
        return result;
}

static void gives_up(void *argument)
{
        struct timespec pause = {.tv_nsec = 30000000};

        (void)argument;
        nanosleep(&pause, NULL);
        mori_post_expect(-1);
}

/* When nobody is expected to post any more, it is. */
static async int waits_for_no_post(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(1, sizeof(long));

        (void)argc;
        (void)argv;
        mori_post_expect(1);
        *shared(11) = (long)(uintptr_t)thread_begin(gives_up, NULL);
        return await receives(queue);
}

START_TEST(an_expected_post_is_waited_for)
{
        ck_assert_int_eq(run_on(waits_for_a_post, MORI_IO_EPOLL, 0), 5);
        ck_assert_int_eq(run_on(waits_for_a_post, MORI_IO_AUTO, 0), 5);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

START_TEST(a_post_that_never_comes_is_a_deadlock)
{
        ck_assert_int_eq(run_on(waits_for_no_post, MORI_IO_EPOLL, 0), 70);
        platform_thread_join((struct platform_thread *)(uintptr_t)*shared(11));
        ck_assert_reported("deadlock");
        assert_nothing_left();
}
END_TEST

/* ---- Turns that last too long */

MORI_NONBLOCKING __attribute__((noinline)) static void computes(int ms)
{
        struct timespec begun, now;

        clock_gettime(CLOCK_MONOTONIC, &begun);
        do
                clock_gettime(CLOCK_MONOTONIC, &now);
        while ((now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000 < ms);
}

MORI_NONBLOCKING __attribute__((noinline)) static void leaves_the_cpu(int ms)
{
        struct timespec duration = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

        while (nanosleep(&duration, &duration) != 0)
                ;
}

/*
 * One turn, until it has been seen: on a busy machine the watch comes late, and waits until the
 * turn has had the CPU for long enough.
 */
static async __attribute__((noinline)) int stalls_here(void)
{
        struct mori_statistics statistics;

        EXPECT_EQ(await mori_yield(), 0);
        do {
                if (*shared(12))
                        leaves_the_cpu(50);
                else
                        computes(50);
                mori_statistics_get(&statistics);
        } while (statistics.stalls == 0);
        if (*shared(12))
                leaves_the_cpu(100);
        else
                computes(100);
        return 0;
}

static async int stalls(int argc, char **argv)
{
        struct mori_statistics statistics;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await stalls_here(), 0);
        EXPECT_EQ(await mori_yield(), 0);
        mori_statistics_get(&statistics);
        EXPECT_EQ(statistics.stalls, 1);
        return 0;
}

static void stall_is_reported(void)
{
        struct mori_options options = {.io = MORI_IO_EPOLL, .stall = MORI_MS(20)};
        char name[] = "test", *arguments[] = {name, NULL};

        reports_bytes = 0;
        base_report_to(reports_write);
        ck_assert_int_eq(mori_run(stalls, 1, arguments, &options), 0);
        ck_assert_reported("longer than the limit");
        ck_assert_reported("in the activity started at");
        ck_assert_reported("#1");
        assert_nothing_left();
}

START_TEST(a_long_turn_is_reported_once)
{
        stall_is_reported();
}
END_TEST

START_TEST(a_turn_that_blocks_is_reported_once)
{
        *shared(12) = 1;
        stall_is_reported();
}
END_TEST

TEST_MAIN("turn/seat", TEST(turns_are_taken_in_turn), TEST(ready_activities_do_not_starve_the_rest),
          TEST(sleeps_end_in_order), TEST(sleeps_of_every_length),
          TEST(a_clock_that_jumps_fires_each_once), TEST(threads_post),
          TEST(an_expected_post_is_waited_for), TEST(a_post_that_never_comes_is_a_deadlock),
          TEST(a_long_turn_is_reported_once), TEST(a_turn_that_blocks_is_reported_once))
