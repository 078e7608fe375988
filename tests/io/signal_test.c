/* SPDX-License-Identifier: MIT */
/* Signals as something to wait for: before they come, after, together, and given up. */
#include "io.h"

#include <mori/signal.h>

HELPER void raise_it(int number)
{
        if (simulated())
                platform_sim_raise(engine(), number);
        else
                kill(getpid(), number);
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

PROGRAM(signals_that_cannot_be_waited_for)
{
        static const int wrong[] = {0, -1, 65, 1000, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                                    SIGILL};

        for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                EXPECT_EQ(await mori_signal_wait(wrong[i]), -EINVAL);
        return 0;
}

IO_MAIN("io/signal", TEST(waited_for_before_and_after), TEST(several_of_them),
        TEST(several_who_wait), TEST(cancelled_and_sent), TEST(signals_that_cannot_be_waited_for))
