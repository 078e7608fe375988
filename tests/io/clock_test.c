/* SPDX-License-Identifier: MIT */
/*
 * Clocks: points of them are waited for, and told when somebody sets one; a program that is
 * stopped.
 */
#include "io.h"

#include <mori/clock.h>

#include <sys/wait.h>
#include <time.h>

PROGRAM(points_of_time)
{
        for (int i = 0; i < 2; i++) {
                enum mori_clock clock = i == 0 ? MORI_CLOCK_WALL : MORI_CLOCK_BOOT;
                int64_t now = mori_clock_now(clock);
                int result = await mori_clock_wait(clock, now + MORI_MS(30));

                EXPECT(now > 0);
                /* somebody else may set the machine's clock just now */
                EXPECT(result == 0 || (clock == MORI_CLOCK_WALL && result == MORI_CLOCK_WAS_SET));
                if (result == 0)
                        EXPECT(mori_clock_now(clock) >= now + MORI_MS(30));
                EXPECT_EQ(await mori_clock_wait(clock, now), 0); /* it is past */
                EXPECT_EQ(await mori_clock_wait(clock, 0), 0);
        }
        EXPECT(mori_clock_now(MORI_CLOCK_WALL) > MORI_S(1577836800));
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

static async int waits_an_hour(enum mori_clock clock)
{
        return await mori_clock_wait(clock, mori_clock_now(clock) + MORI_S(3600));
}

PROGRAM(given_up)
{
        for (int i = 0; i < 20; i++) {
                Async(int) waiting =
                        start(waits_an_hour, i & 1 ? MORI_CLOCK_BOOT : MORI_CLOCK_WALL);
                int result;

                for (int k = 0; k < i % 3; k++)
                        EXPECT_EQ(await mori_yield(), 0);
                cancel(waiting);
                result = join(waiting);
                EXPECT(result == -ECANCELED || result == MORI_CLOCK_WAS_SET);
        }
        within(MORI_MS(10)) {
                EXPECT_EQ(await mori_clock_wait(MORI_CLOCK_BOOT,
                                                mori_clock_now(MORI_CLOCK_BOOT) + MORI_S(99)),
                          -ETIMEDOUT);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

PROGRAM(what_is_wrong)
{
        EXPECT_EQ(mori_clock_now((enum mori_clock)7), -EINVAL);
        EXPECT_EQ(await mori_clock_wait((enum mori_clock)7, 0), -EINVAL);
        EXPECT_EQ(await mori_clock_wait(MORI_CLOCK_WALL, -1), -EINVAL);
        if (!simulated()) {
                struct rlimit before, limit;
                int result;

                getrlimit(RLIMIT_NOFILE, &before);
                limit = before;
                limit.rlim_cur = 3;
                setrlimit(RLIMIT_NOFILE, &limit);
                result = await waits_an_hour(MORI_CLOCK_BOOT);
                setrlimit(RLIMIT_NOFILE, &before);
                EXPECT_EQ(result, -EMFILE);
        }
        return 0;
}

/* Ends in the midst of a wait: the descriptor goes with the process. */
PROGRAM(ended)
{
        ignore(start(waits_an_hour, MORI_CLOCK_WALL));
        ignore(start(waits_an_hour, MORI_CLOCK_BOOT));
        EXPECT_EQ(await mori_yield(), 0);
        mori_exit(0);
        return 0;
}

/* The machine's clock is set, to what it shows: who waits for a point of it is told. */
HELPER bool clock_set(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return clock_settime(CLOCK_REALTIME, &now) == 0;
}

PROGRAM(told_when_it_is_set)
{
        Async(int) wall, boot;

        if (simulated())
                return 0;
        wall = start(waits_an_hour, MORI_CLOCK_WALL);
        boot = start(waits_an_hour, MORI_CLOCK_BOOT);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        if (clock_set())
                EXPECT_EQ(join(wall), MORI_CLOCK_WAS_SET);
        else /* not ours to set */
                ignore(wall);
        EXPECT(!mori_done(MORI_ACTIVITY(boot)));
        mori_exit(0);
        return 0;
}

/*
 * SIGSTOP and SIGCONT of the whole program: what was due meanwhile is done once, when it goes on,
 * and nobody is blamed for a turn that took long.
 */
static async int ticks(long *count)
{
        while (*count < 5) {
                attempt(await mori_sleep(MORI_MS(20)));
                ++*count;
        }
        return 0;
}

static async int outlives_a_stop(UNUSED int argc, UNUSED char **argv)
{
        struct mori_statistics statistics;
        long count = 0;
        int64_t before = mori_now();

        scope {
                Async(int) ticking = start(ticks, &count);

                within(MORI_MS(150)) {
                        kill(getpid(), SIGSTOP);
                        /*
                         * Another thread may take the signal, and this one go on for a moment. The
                         * deadline has passed while nobody ran.
                         */
                        (void)!await mori_sleep(MORI_MS(100));
                        EXPECT_EQ(await mori_sleep(MORI_MS(100)), -ETIMEDOUT);
                }
                EXPECT(mori_now() - before >= MORI_MS(300));
                EXPECT(count <= 1); /* those that were missed are not made up for */
                EXPECT_EQ(join(ticking), 0);
        }
        mori_statistics_get(&statistics);
        EXPECT_EQ(statistics.stalls, 0);
        return 0;
}

START_TEST(stopped_and_continued)
{
        enum mori_io engine = strcmp(getenv("MORI_IO"), "epoll") == 0 ? MORI_IO_EPOLL
                                                                       : MORI_IO_URING;
        struct mori_options options = {.io = engine, .stall = MORI_MS(10)};
        struct timespec third = {0, 350000000};
        int status;
        pid_t program = fork();

        if (program == 0) {
                char name[] = "test", *arguments[] = {name, NULL};

                base_report_to(reports_write);
                status = mori_run(outlives_a_stop, 1, arguments, &options);
                _exit(status != 0 ? status : reports_bytes != 0 ? 99 : 0);
        }
        ck_assert_int_eq(waitpid(program, &status, WUNTRACED), program);
        ck_assert(WIFSTOPPED(status));
        nanosleep(&third, NULL);
        ck_assert_int_eq(kill(program, SIGCONT), 0);
        ck_assert_int_eq(waitpid(program, &status, 0), program);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}
END_TEST

int main(void)
{
        const struct test_case cases[] = {
                TEST(points_of_time), TEST(given_up),           TEST(what_is_wrong),
                TEST(ended),          TEST(told_when_it_is_set), TEST(stopped_and_continued)};
        size_t count = sizeof cases / sizeof cases[0];

        if (getenv("MORI_IO") == NULL || simulated())
                count--; /* a simulated program is stopped like any other, and notices nothing */
        return io_main("io/clock", cases, count);
}
