/* SPDX-License-Identifier: MIT */
/*
 * Locks, conditions, semaphores, events, barriers, combinations and wide loops, in any order, by
 * activities that are cancelled and have deadlines, against a model: who holds a lock holds it
 * alone, who writes does so without readers, as many permits are out as were granted, and in the
 * end everything is free.
 *
 * An activity holds one thing at a time, so that there is no deadlock but that of two readers who
 * both want to write, and nothing else to report.
 */
#include "fuzz.h"

#if FUZZ_SEEDED
/*
 * who waits is not taken out of the list of a semaphore, but for the first: the others hear of it
 */
#include "activity/waiters.h"
#define waiters_remove(waiters, activity)                                                          \
        waiters_remove((waiters), waiters_first(waiters) != NULL ? waiters_first(waiters)          \
                                                                 : (activity))
#endif
#include "activity/lock.c"
#undef waiters_remove

#include "turn/seat.h"

#include <mori/keywords.h>

#define PERMITS 3

struct world {
        struct input *input;
        mori_lock lock;
        mori_condition condition;
        mori_rwlock rwlock;
        mori_semaphore semaphore;
        mori_event event;
        mori_barrier barrier;
        int locked, reading, writing, signals;
        uint32_t permits;
        unsigned started;
};

static async int live(struct world *world, unsigned depth);

FUZZ_SYNC bool expected(int result)
{
        return result == 0 || result == -ECANCELED || result == -ETIMEDOUT;
}

static async void rest(unsigned code)
{
        if (code & 1)
                FUZZ_CHECK(expected(await mori_yield()));
        if (code & 2)
                FUZZ_CHECK(expected(await mori_sleep(MORI_US(code))));
}

static async void with_lock(struct world *world, unsigned code)
{
        int result = code & 4 ? mori_lock_try(&world->lock) : await mori_lock_acquire(&world->lock);

        FUZZ_CHECK(expected(result) || (code & 4 && result == -EBUSY));
        if (result != 0)
                return;
        FUZZ_CHECK(world->locked++ == 0);
        await rest(code);
        if (code & 8) {
                world->locked--;
                result = await mori_condition_wait(&world->condition, &world->lock);
                FUZZ_CHECK(expected(result));
                FUZZ_CHECK(world->locked++ == 0);
                /* no wake-up without a signal */
                FUZZ_CHECK(result != 0 || world->signals-- > 0);
        }
        FUZZ_CHECK(--world->locked == 0 && mori_lock_is_mine(&world->lock));
        mori_lock_release(&world->lock);
}

FUZZ_SYNC void signal_one(struct world *world, unsigned all)
{
        uint32_t ref;

        if (all) {
                for (ref = world->condition.waiters.first; ref != 0;
                     ref = activity_at(ref)->link_next)
                        world->signals++;
                mori_condition_broadcast(&world->condition);
        } else {
                world->signals += world->condition.waiters.first != 0;
                mori_condition_signal(&world->condition);
        }
}

static async void with_reading(struct world *world, unsigned code)
{
        int result = code & 4 ? mori_rwlock_try_read(&world->rwlock)
                              : await mori_rwlock_read(&world->rwlock);

        FUZZ_CHECK(expected(result) || (code & 4 && result == -EBUSY));
        if (result != 0)
                return;
        world->reading++;
        FUZZ_CHECK(world->writing == 0);
        await rest(code);
        if (code & 8) {
                world->reading--; /* or still, where it fails */
                result = await mori_rwlock_upgrade(&world->rwlock);
                FUZZ_CHECK(expected(result) || result == -EDEADLK);
                if (result == 0) {
                        FUZZ_CHECK(world->writing++ == 0 && world->reading == 0);
                        await rest(code >> 1);
                        world->writing--;
                        mori_rwlock_downgrade(&world->rwlock);
                }
                world->reading++;
                FUZZ_CHECK(world->writing == 0);
        }
        world->reading--;
        mori_rwlock_read_release(&world->rwlock);
}

static async void with_writing(struct world *world, unsigned code)
{
        int result = code & 4 ? mori_rwlock_try_write(&world->rwlock)
                              : await mori_rwlock_write(&world->rwlock);

        FUZZ_CHECK(expected(result) || (code & 4 && result == -EBUSY));
        if (result != 0)
                return;
        FUZZ_CHECK(world->writing++ == 0 && world->reading == 0);
        await rest(code);
        FUZZ_CHECK(--world->writing == 0 && world->reading == 0);
        mori_rwlock_write_release(&world->rwlock);
}

static async void with_permits(struct world *world, unsigned code)
{
        uint32_t count = code % PERMITS + 1;
        int result = await mori_semaphore_acquire_many(&world->semaphore, count);

        FUZZ_CHECK(expected(result));
        if (result != 0)
                return;
        world->permits += count;
        FUZZ_CHECK(world->permits <= PERMITS);
        await rest(code);
        world->permits -= count;
        mori_semaphore_release_many(&world->semaphore, count);
}

static async int quick(struct world *world, unsigned code)
{
        await with_permits(world, code);
        return code % 5 == 0 ? -EIO : 0;
}

static async int widely(struct world *world, unsigned code)
{
        wide (code % 3 + 1)
                for (unsigned i = 0; i < code % 7; i++)
                        iterate(quick, world, code + i);
        return 0;
}

static async void several(struct world *world, unsigned code)
{
        scope {
                Async(int) some[] = {start(quick, world, code), start(quick, world, code + 3),
                                     start(live, world, 9u)};
                int results[3], result;

                if (code & 1)
                        cancel(some[code / 2 % 3]);
                if (code & 16)
                        result = await mori_race(some, 3, NULL);
                else if (code & 32)
                        result = await mori_any(some, 3, NULL);
                else
                        result = await mori_collect(some, 3, results);
                FUZZ_CHECK(result <= 3);
        }
}

static async void in_a_scope(struct world *world, unsigned code, unsigned depth)
{
        switch (code % 3) {
        case 0:
                scope {
                        ignore(start(live, world, depth + 1));
                        (void)await live(world, depth + 1);
                        if (code & 4)
                                break;
                }
                break;
        case 1:
                within (MORI_US(code * 10))
                        (void)await live(world, depth + 1);
                break;
        default:
                scope {
                        Async(int) other = start(live, world, depth + 1);

                        FUZZ_CHECK(expected(await mori_yield()));
                        cancel(other);
                        FUZZ_CHECK(await join(other) == 0);
                }
                break;
        }
}

static async int live(struct world *world, unsigned depth)
{
        unsigned steps = 0;
        int result;

        while (world->input->left > 0 && steps++ < 40) {
                unsigned code = input_byte(world->input), more = input_byte(world->input);

                switch (code % 14) {
                case 0:
                case 1:
                        await with_lock(world, more);
                        break;
                case 2:
                case 3:
                        await with_reading(world, more);
                        break;
                case 4:
                        await with_writing(world, more);
                        break;
                case 5:
                case 6:
                        await with_permits(world, more);
                        break;
                case 7:
                        FUZZ_CHECK(expected(await mori_event_wait(&world->event)));
                        break;
                case 8:
                        mori_event_set(&world->event);
                        if (more & 1)
                                mori_event_reset(&world->event);
                        break;
                case 9:
                        result = await mori_barrier_wait(&world->barrier);
                        FUZZ_CHECK(expected(result) || result == 1);
                        break;
                case 10:
                        signal_one(world, more & 1);
                        break;
                case 11:
                        if (depth < 6 && world->started++ < 30)
                                await in_a_scope(world, more, depth);
                        break;
                case 12:
                        if (depth < 6 && world->started++ < 30) {
                                result = await widely(world, more);
                                FUZZ_CHECK(expected(result) || result == -EIO);
                        }
                        break;
                default:
                        if (depth < 6 && world->started++ < 30)
                                await several(world, more);
                        break;
                }
        }
        return 0;
}

FUZZ_SYNC struct world *the_world(void)
{
        static struct world world;

        return &world;
}

static async int program(int argc, char **argv)
{
        struct world *world = the_world();

        (void)argc;
        (void)argv;
        /* Whoever waits for what nobody brings is cancelled in the end. */
        within (MORI_MS(50)) {
                ignore(start(live, world, 0u));
                ignore(start(live, world, 0u));
                (void)await live(world, 0);
        }
        FUZZ_CHECK(world->locked == 0 && world->reading == 0 && world->writing == 0);
        FUZZ_CHECK(world->permits == 0 && world->semaphore.permits == PERMITS);
        FUZZ_CHECK(world->barrier.arrived == 0);
        mori_lock_deinit(&world->lock);
        mori_condition_deinit(&world->condition);
        mori_rwlock_deinit(&world->rwlock);
        mori_semaphore_deinit(&world->semaphore);
        mori_event_deinit(&world->event);
        mori_barrier_deinit(&world->barrier);
        return 0;
}

static void no_reports(const char *line, size_t bytes)
{
        /* What a combination or a wide loop does not answer is reported, and may be. */
        if (memmem(line, bytes, "nobody saw", 10) != NULL ||
            memmem(line, bytes, "an ignored activity has failed: result -5 ", 42) != NULL ||
            memmem(line, bytes, "mori: deadlock: 2 activities ", 29) != NULL ||
            memmem(line, bytes, "is waiting to write under a lock", 32) != NULL)
                return;
        fwrite(line, 1, bytes, stderr);
        fuzz_failed("the runtime has something to report", __LINE__);
}

void fuzz(struct input *input)
{
        struct mori_options options = {.io = MORI_IO_SIM, .seed = 1, .stall = -1};
        struct stack_usage usage;
        char name[] = "fuzz", *arguments[] = {name, NULL};

        *the_world() = (struct world){.input = input,
                                      .semaphore = MORI_SEMAPHORE(PERMITS, PERMITS),
                                      .barrier = MORI_BARRIER(2)};
        base_report_to(no_reports);
        FUZZ_CHECK(mori_run(program, 1, arguments, &options) == 0);
        stack_usage(&usage);
        FUZZ_CHECK(usage.segments == 0);
}

FUZZER
