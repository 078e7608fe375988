/* SPDX-License-Identifier: MIT */
/*
 * What is looked at in these tests: subject WHAT. It writes "ready" when it is as it should be.
 *
 *      waits       activities in every state that the reader has words for
 *      circle      two that join each other
 *      chain N     N activities, of which each joins the next
 *      many N      N that sleep
 *      churn       starts and ends activities as fast as it can
 *      brief       ends at once
 *      crash       a null pointer behind a gate, in an activity that another one joins
 *      spin        does not end a turn, nor does "spins", which says "ready" before
 *      broken      breaks a contract
 *      offloads N  N that have offloaded a function, which blocks until the program ends
 */
#include <mori/keywords.h>
#include <mori/mori.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

static async int ready(void)
{
        return await mori_print(mori_stdout(), "ready\n");
}

/* ---- States */

static async int sleeps(void)
{
        return await mori_sleep(MORI_S(3600));
}

static async int joins_one(void)
{
        Async(int) one = start(sleeps);
        int result = await join(one);

        return result + 1; /* no tail call: the frame stays */
}

static async int receives(mori_queue *queue)
{
        long item;
        int result = await mori_queue_receive(queue, &item);

        return result < 0 ? result : (int)item;
}

static async int sends(mori_queue *queue)
{
        long item = 1;

        for (;;)
                attempt(await mori_queue_send(queue, &item));
}

static async int selects(mori_queue *queue)
{
        long item;
        mori_case cases[] = {MORI_CASE_RECEIVE(queue, &item), MORI_CASE_AFTER(MORI_S(3600))};

        return await mori_select(cases, 2);
}

static async int reads(void)
{
        char byte;

        return (int)await mori_file_read(mori_stdin(), &byte, 1);
}

static async int locks(mori_lock *lock)
{
        attempt(await mori_lock_acquire(lock));
        attempt(await sleeps());
        mori_lock_release(lock);
        return 0;
}

/* Larger than a segment, each. */
__attribute__((noinline)) static async int deep(int depth)
{
        volatile char room[300];
        int result;

        room[0] = (char)depth;
        result = depth > 0 ? await deep(depth - 1) : await sleeps();
        return result + room[0];
}

static async int waits(void)
{
        mori_lock lock = MORI_LOCK;
        mori_queue *empty = mori_queue_new(4, sizeof(long));
        mori_queue *full = mori_queue_new(2, sizeof(long));

        MORI_REQUIRE(empty != NULL && full != NULL);
        scope {
                ignore(start(joins_one));
                ignore(start(receives, empty));
                ignore(start(sends, full));
                ignore(start(selects, empty));
                ignore(start(reads));
                ignore(start(deep, 7));
                ignore(start(locks, &lock));
                ignore(start(locks, &lock));
                attempt(await ready());
                attempt(await sleeps());
        }
        return 0;
}

/* ---- Waits for one another */

struct circle {
        Async(int) other;
};

static async int joins(struct circle *circle)
{
        int result;

        attempt(await mori_yield());
        result = await join(circle->other);
        return result;
}

static async int clock_ticks(void)
{
        for (;;)
                attempt(await mori_sleep(MORI_MS(100)));
}

static async int circle(void)
{
        struct circle first, second;

        scope {
                Async(int) one = start(joins, &first), other = start(joins, &second);

                first.other = other;
                second.other = one;
                ignore(start(clock_ticks)); /* something can happen, so that it is no deadlock */
                attempt(await mori_yield());
                attempt(await ready());
                attempt(await sleeps());
        }
        return 0;
}

static async int chain(int length)
{
        int result;

        if (length <= 1)
                return await sleeps();
        attempt(await mori_yield());
        {
                Async(int) next = start(chain, length - 1);

                result = await join(next);
        }
        return result;
}

static async int chained(int length)
{
        scope {
                ignore(start(chain, length));
                for (int i = 0; i < length + 2; i++)
                        attempt(await mori_yield());
                attempt(await ready());
                attempt(await sleeps());
        }
        return 0;
}

/* ---- Many, and changing */

static async int many(int count)
{
        scope {
                for (int i = 0; i < count; i++)
                        ignore(start(sleeps));
                attempt(await ready());
                attempt(await sleeps());
        }
        return 0;
}

static async int brief(int depth)
{
        attempt(await mori_yield());
        if (depth > 0) {
                scope {
                        ignore(start(brief, depth - 1));
                        ignore(start(brief, depth - 1));
                        attempt(await mori_yield());
                }
        }
        return 0;
}

static async int churn(void)
{
        attempt(await ready());
        for (;;) {
                scope {
                        for (int i = 0; i < 100; i++)
                                ignore(start(brief, 3));
                }
        }
}

/* ---- Offloaded functions */

__attribute__((noinline)) static int blocks(void *context)
{
        (void)context;
        while (!mori_offload_cancelled())
                nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        return 0;
}

static async int offloader(void)
{
        return await mori_offload(blocks, NULL);
}

static async int offloads(int count)
{
        scope {
                for (int i = 0; i < count; i++)
                        ignore(start(offloader));
                attempt(await mori_sleep(MORI_MS(10)));
                attempt(await ready());
                attempt(await sleeps());
        }
        return 0;
}

/* ---- Ends that are no good */

__attribute__((noinline)) static int touches(volatile int *pointer)
{
        return *pointer;
}

__attribute__((noinline)) static async int falls(int *pointer)
{
        int result;

        attempt(await mori_sleep(MORI_MS(1)));
        result = touches(pointer); /* sync code, behind a gate */
        attempt(await mori_sleep(MORI_MS(1)));
        return result;
}

static async int falls_joined(void)
{
        Async(int) one = start(falls, NULL);
        int result;

        attempt(await mori_sleep(MORI_US(100)));
        result = await join(one);
        return result;
}

__attribute__((noinline)) static void spins(void)
{
        for (volatile unsigned long i = 0; i < 4000000000u; i++)
                ;
}

static async int spinning(void)
{
        attempt(await mori_sleep(MORI_MS(1)));
        spins();
        return 0;
}

static async int breaks(int zero)
{
        attempt(await mori_sleep(MORI_MS(1)));
        MORI_REQUIRE(zero != 0);
        return 0;
}

static async int among_others(async int (*what)(void))
{
        mori_queue *queue = mori_queue_new(1, sizeof(long));

        MORI_REQUIRE(queue != NULL);
        scope {
                Async(int) one;

                ignore(start(receives, queue));
                ignore(start(receives, queue));
                ignore(start(sleeps));
                one = start(what);
                attempt(await join(one));
                mori_scope_cancel();
        }
        return 0;
}

static async int breaking(void)
{
        return await breaks(0);
}

async int mori_main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";
        int count = argc > 2 ? atoi(argv[2]) : 1000;

        if (strcmp(what, "waits") == 0)
                return await waits();
        if (strcmp(what, "circle") == 0)
                return await circle();
        if (strcmp(what, "chain") == 0)
                return await chained(count);
        if (strcmp(what, "many") == 0)
                return await many(count);
        if (strcmp(what, "churn") == 0)
                return await churn();
        if (strcmp(what, "brief") == 0)
                return await brief(8);
        if (strcmp(what, "offloads") == 0)
                return await offloads(count);
        if (strcmp(what, "spins") == 0) {
                attempt(await ready());
                return await spinning();
        }
        if (strcmp(what, "crash") == 0)
                return await among_others(falls_joined);
        if (strcmp(what, "spin") == 0)
                return await among_others(spinning);
        if (strcmp(what, "broken") == 0)
                return await among_others(breaking);
        return 64;
}
