/* SPDX-License-Identifier: MIT */
/*
 * Offloaded calls: an engine that gives some to a crew, the crew's threads, which are made, sleep
 * and end, cancellations; and how threads share a parallel loop.
 */
#include "model.h"
#include "scenarios.h"

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "platform/crew.c"
#endif
#include SUBJECT

#include "platform/backend.h"

#define CALLS 2

/* The minder interrupts and reports; it is not part of what is explored. */
void crew_minder_want(bool now)
{
        (void)now;
}

void crew_minder_ending(void)
{
}

void crew_minder_end(void)
{
}

void crew_interruptible(bool yes)
{
        (void)yes;
}

unsigned platform_quota_cpus(const char *root)
{
        (void)root;
        return 0;
}

int platform_fault_stack(bool yes)
{
        (void)yes;
        return 0;
}

void base_report(const char *format, ...)
{
        explore_fail("reported: %s", format);
}

static struct platform_io *io;
static struct platform_op ops[CALLS];
static uint32_t ran[CALLS];
static unsigned completed[CALLS];

static void reset(void)
{
        memset(crews, 0, sizeof crews);
        crews[1].computes = true;
        crew_limits = (struct platform_call_limits){.queue = QUEUE_DEFAULT};
        ending = queue_full = 0;
        cpus = 1;
        memset(ops, 0, sizeof ops);
        memset(ran, 0, sizeof ran);
        memset(completed, 0, sizeof completed);
}

static int runs(void *context)
{
        return (int)atomic_add((uint32_t *)context, 1);
}

static void submit(unsigned number, uint32_t flags)
{
        platform_call_set(&ops[number], runs, &ran[number]);
        ops[number].flags = flags;
        platform_io_submit(io, &ops[number]);
}

/* Waits until so many have completed; each does once. */
static void wait_for(unsigned count)
{
        struct platform_completion out[CALLS];

        while (count > 0) {
                size_t got = platform_io_wait(io, UINT64_MAX, out, CALLS);

                for (size_t i = 0; i < got; i++) {
                        unsigned number = (unsigned)(out[i].op - ops);

                        EXPECT_ALWAYS(number < CALLS && completed[number]++ == 0);
                        if (out[i].flags & PLATFORM_LEFT) /* it may run still */
                                EXPECT_ALWAYS(out[i].result == -ECANCELED);
                        else
                                EXPECT_ALWAYS(out[i].result == (ran[number] ? 1 : -ECANCELED));
                        count--;
                }
        }
}

static void calls_begin(unsigned threads)
{
        struct platform_io_config config = {0};

        model_begin();
        reset();
        platform_call_limit(&(struct platform_call_limits){.blocking = threads, .computing = 1});
        platform_io_new(&config, &io);
        explore_begin();
}

static void calls_end(void)
{
        platform_call_end();
        explore_end();
        EXPECT_ALWAYS(crews[0].threads == 0 && crews[0].begun == 0);
        EXPECT_ALWAYS(io->calls.under_way == 0 && io->pending == 0);
}

static void one_call(void)
{
        calls_begin(1);
        submit(0, 0);
        wait_for(1);
        calls_end();
        EXPECT_ALWAYS(ran[0] == 1);
}

static void two_calls(void)
{
        calls_begin(2);
        submit(0, 0);
        submit(1, 0);
        wait_for(2);
        calls_end();
        EXPECT_ALWAYS(ran[0] == 1 && ran[1] == 1);
}

/* The thread may have gone to sleep by the second, or be about to. */
static void one_after_the_other(void)
{
        calls_begin(1);
        submit(0, 0);
        wait_for(1);
        submit(1, 0);
        wait_for(1);
        calls_end();
        EXPECT_ALWAYS(ran[0] == 1 && ran[1] == 1);
}

static void cancelled(uint32_t flags)
{
        struct platform_completion out[1];

        calls_begin(1);
        submit(0, flags);
        EXPECT_ALWAYS(platform_io_wait(io, 0, out, 0) == 0); /* it is given to the crew */
        platform_io_cancel(io, &ops[0]);
        wait_for(1);
        calls_end();
        EXPECT_ALWAYS(ran[0] <= 1);
}

static void call_is_cancelled(void)
{
        cancelled(0);
}

static void call_is_left(void)
{
        cancelled(PLATFORM_CALL_LEAVE);
}

const struct explore_scenario explore_scenarios[] = {
        {"a call", NULL, one_call, true, 0, 0},
        {"two calls", NULL, two_calls, true, 1, 2},
        {"a call after the other", NULL, one_after_the_other, true, 2, 0},
        {"a call is cancelled", NULL, call_is_cancelled, true, 0, 0},
        {"a call is left", NULL, call_is_left, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
