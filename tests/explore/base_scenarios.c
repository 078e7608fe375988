/* SPDX-License-Identifier: MIT */
/* The lock of base/atomic.h, and the word by which an engine is woken. */
#include "base/atomic.h"
#include "model.h"
#include "scenarios.h"

#include <stddef.h>

/* ---- The lock: counts are plain words, so two that hold it at a time are a race, too */

static struct base_lock lock;
static unsigned counted, inside;

static void counts(void *argument)
{
        (void)argument;
        base_lock(&lock);
        EXPECT_ALWAYS(inside++ == 0);
        counted++;
        inside--;
        base_unlock(&lock);
}

static void lock_run(unsigned count, void (*run)(void *argument))
{
        struct explore_thread *threads[3];

        model_begin();
        lock.state = 0;
        counted = inside = 0;
        explore_begin();
        for (unsigned i = 0; i < count; i++)
                threads[i] = explore_thread("counts", run, NULL, NULL);
        for (unsigned i = 0; i < count; i++)
                explore_join(threads[i]);
        EXPECT_ALWAYS(lock.state == 0);
}

static void two_lock(void)
{
        lock_run(2, counts);
        EXPECT_ALWAYS(counted == 2);
}

static void three_lock(void)
{
        lock_run(3, counts);
        EXPECT_ALWAYS(counted == 3);
}

static void counts_twice(void *argument)
{
        counts(argument);
        counts(argument);
}

static void two_lock_twice(void)
{
        lock_run(2, counts_twice);
        EXPECT_ALWAYS(counted == 4);
}

/* ---- An engine that is woken */

static struct platform_io *io;
static uint32_t asked[2];

/* As a seat does that wants something of another: a word, and then the call. */
static void asks(void *argument)
{
        atomic_store_release(&asked[(uintptr_t)argument], 1);
        platform_io_wake(io);
}

/* As a seat's loop: looks, and sleeps where there was nothing. */
static void serves(void *argument)
{
        unsigned served = 0;

        while (served < (uintptr_t)argument) {
                struct platform_completion out[2];
                uint64_t timeout = UINT64_MAX;

                for (unsigned i = 0; i < 2; i++) {
                        if (atomic_load_acquire(&asked[i]) == 1) {
                                atomic_store_relaxed(&asked[i], 2);
                                served++;
                                timeout = 0;
                        }
                }
                if (served < (uintptr_t)argument)
                        platform_io_wait(io, timeout, out, 2);
        }
}

static void woken(uintptr_t callers)
{
        struct platform_io_config config = {0};
        struct explore_thread *threads[3];

        model_begin();
        asked[0] = asked[1] = 0;
        platform_io_new(&config, &io);
        explore_begin();
        threads[2] = explore_thread("serves", serves, (void *)callers, NULL);
        for (uintptr_t i = 0; i < callers; i++)
                threads[i] = explore_thread("asks", asks, (void *)i, NULL);
        for (uintptr_t i = 0; i < callers; i++)
                explore_join(threads[i]);
        explore_join(threads[2]);
}

static void one_wakes(void)
{
        woken(1);
}

static void two_wake(void)
{
        woken(2);
}

const struct explore_scenario explore_scenarios[] = {
        {"two take a lock", NULL, two_lock, true, 0, 0},
        {"three take a lock", NULL, three_lock, true, 3, 0},
        {"two take a lock twice", NULL, two_lock_twice, true, 0, 0},
        {"one wakes an engine", NULL, one_wakes, true, 0, 0},
        {"two wake an engine", NULL, two_wake, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
