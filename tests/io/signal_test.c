/* SPDX-License-Identifier: MIT */
/* Signals as something to wait for: before they come, after, together, and given up. */
#include "io.h"

#include <mori/signal.h>

#include <limits.h>

HELPER void raise_it(int number)
{
        if (simulated())
                platform_sim_raise(engine(), number);
        else
                kill(getpid(), number);
}

/* Check has handlers of its own, which get what comes before the engine's thread has blocked it. */
HELPER void drop_handlers(void)
{
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGALRM, SIG_DFL);
}

static async int wait_for(int number)
{
        return await mori_signal_wait(number);
}

PROGRAM(waited_for_before_and_after)
{
        Async(int) waiting = start(wait_for, SIGUSR1);

        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT(!mori_done(MORI_ACTIVITY(waiting)));
        raise_it(SIGUSR1);
        EXPECT_EQ(await join(waiting), SIGUSR1);
        /* Nobody waits: it is kept, once. */
        raise_it(SIGUSR1);
        raise_it(SIGUSR1);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(await mori_signal_wait(SIGUSR1), SIGUSR1);
        within(MORI_MS(5)) {
                EXPECT_EQ(await mori_signal_wait(SIGUSR1), -ETIMEDOUT);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

PROGRAM(several_of_them)
{
        static const int number[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM};
        Async(int) waiting[7];

        drop_handlers();
        for (unsigned i = 0; i < 7; i++)
                waiting[i] = start(wait_for, number[i]);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        for (unsigned i = 0; i < 7; i++)
                raise_it(number[6 - i]);
        for (unsigned i = 0; i < 7; i++)
                EXPECT_EQ(await join(waiting[i]), number[i]);
        return 0;
}

/* All who wait for it are told. */
PROGRAM(several_who_wait)
{
        Async(int) waiting[5];

        for (unsigned i = 0; i < 5; i++)
                waiting[i] = start(wait_for, SIGUSR2);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        cancel(waiting[2]);
        EXPECT_EQ(await join(waiting[2]), -ECANCELED);
        raise_it(SIGUSR2);
        for (unsigned i = 0; i < 5; i++)
                if (i != 2)
                        EXPECT_EQ(await join(waiting[i]), SIGUSR2);
        return 0;
}

/* One that comes while the wait is being cancelled is not lost. */
PROGRAM(cancelled_and_sent)
{
        for (unsigned i = 0; i < 100; i++) {
                Async(int) waiting = start(wait_for, SIGUSR1);
                int result;

                for (unsigned k = 0; k < i % 4; k++)
                        EXPECT_EQ(await mori_yield(), 0);
                raise_it(SIGUSR1);
                cancel(waiting);
                result = await join(waiting);
                if (result == -ECANCELED)
                        EXPECT_EQ(await mori_signal_wait(SIGUSR1), SIGUSR1);
                else
                        EXPECT_EQ(result, SIGUSR1);
        }
        return 0;
}

/* ---- Of a set */

/* Ascending, as the kernel hands them out. */
static const int seven[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGWINCH};

static async int wait_for_any(const int *numbers, unsigned count)
{
        return await mori_signal_wait_any(numbers, count);
}

/* Those that come together come out one after the other. */
PROGRAM(the_first_of_a_set)
{
        static const int twice[] = {SIGUSR2, SIGUSR1, SIGUSR2};
        Async(int) waiting;

        drop_handlers();
        waiting = start(wait_for_any, seven, 7);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT(!mori_done(MORI_ACTIVITY(waiting)));
        raise_it(SIGTERM);
        EXPECT_EQ(await join(waiting), SIGTERM);
        for (unsigned i = 0; i < 7; i++)
                raise_it(seven[6 - i]);
        for (unsigned i = 0; i < 7; i++)
                EXPECT_EQ(await mori_signal_wait_any(seven, 7), seven[i]);
        within(MORI_MS(5)) {
                EXPECT_EQ(await mori_signal_wait_any(seven, 7), -ETIMEDOUT);
        }
        raise_it(SIGUSR1);
        EXPECT_EQ(await mori_signal_wait_any(twice, 3), SIGUSR1);
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

/* What comes while a set is waited for is taken once, however much of the set it is. */
PROGRAM(all_of_a_set_while_it_is_waited_for)
{
        drop_handlers();
        for (unsigned round = 0; round < 20; round++) {
                Async(int) waiting = start(wait_for_any, seven, 7);
                unsigned seen = 0;
                int number;

                if (round % 2)
                        EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
                for (unsigned i = 0; i < 7; i++)
                        raise_it(seven[i]);
                number = await join(waiting);
                for (unsigned i = 0; i < 7; i++) {
                        EXPECT(number > 0);
                        EXPECT((seen & 1u << number) == 0);
                        seen |= 1u << number;
                        if (i < 6)
                                number = await mori_signal_wait_any(seven, 7);
                }
                within(MORI_US(200)) {
                        EXPECT_EQ(await mori_signal_wait_any(seven, 7), -ETIMEDOUT);
                }
        }
        return 0;
}

/* Sets that overlap: all are told of the one that comes, and of no other. */
PROGRAM(sets_that_overlap)
{
        static const int left[] = {SIGUSR1, SIGUSR2}, right[] = {SIGUSR2, SIGALRM};

        drop_handlers();
        for (unsigned round = 0; round < 20; round++) {
                Async(int) first = start(wait_for_any, left, 2);
                Async(int) second = start(wait_for_any, right, 2);
                Async(int) third = start(wait_for, SIGALRM);
                Async(int) given_up = start(wait_for_any, seven, 7);

                EXPECT_EQ(await mori_sleep(MORI_US(200)), 0);
                cancel(given_up);
                EXPECT_EQ(await join(given_up), -ECANCELED);
                raise_it(SIGUSR2);
                EXPECT_EQ(await join(first), SIGUSR2);
                EXPECT_EQ(await join(second), SIGUSR2);
                EXPECT(!mori_done(MORI_ACTIVITY(third)));
                raise_it(SIGUSR1);
                raise_it(SIGALRM);
                EXPECT_EQ(await join(third), SIGALRM);
                EXPECT_EQ(await mori_signal_wait_any(seven, 7), SIGUSR1);
        }
        return 0;
}

PROGRAM(a_set_that_is_cancelled_while_it_is_sent)
{
        static const int both[] = {SIGUSR1, SIGUSR2};

        for (unsigned i = 0; i < 100; i++) {
                Async(int) waiting = start(wait_for_any, both, 2);
                int first, second;

                for (unsigned k = 0; k < i % 4; k++)
                        EXPECT_EQ(await mori_yield(), 0);
                raise_it(SIGUSR2);
                raise_it(SIGUSR1);
                cancel(waiting);
                first = await join(waiting);
                if (first == -ECANCELED)
                        first = await mori_signal_wait_any(both, 2);
                second = await mori_signal_wait_any(both, 2);
                EXPECT_EQ(first + second, SIGUSR1 + SIGUSR2);
        }
        return 0;
}

PROGRAM(signals_that_cannot_be_waited_for)
{
        static const int wrong[] = {0, -1, 32, 33, 65, 1000, INT_MAX, INT_MIN, SIGKILL, SIGSTOP,
                                    SIGSEGV, SIGBUS, SIGFPE, SIGILL};

        for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                int with[] = {SIGUSR1, wrong[i]};

                EXPECT_EQ(await mori_signal_wait(wrong[i]), -EINVAL);
                EXPECT_EQ(await mori_signal_wait_any(with, 2), -EINVAL);
        }
        EXPECT_EQ(await mori_signal_wait_any(wrong, 0), -EINVAL);
        EXPECT_EQ(await mori_signal_wait_any(NULL, 2), -EFAULT);
        return 0;
}

IO_MAIN("io/signal", TEST(waited_for_before_and_after), TEST(several_of_them),
        TEST(several_who_wait), TEST(cancelled_and_sent), TEST(the_first_of_a_set),
        TEST(all_of_a_set_while_it_is_waited_for), TEST(sets_that_overlap),
        TEST(a_set_that_is_cancelled_while_it_is_sent), TEST(signals_that_cannot_be_waited_for))
