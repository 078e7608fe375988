/* SPDX-License-Identifier: MIT */
/* Circles of waits, of each kind; and what looks like one and is none. */
#include "support/async.h"

#include <mori/promise.h>
#include <mori/wide.h>

#include <errno.h>

#define MAIN(name)                                                                                 \
        static async int name(int argc __attribute__((unused)), char **argv __attribute__((unused)))

struct world {
        mori_lock lock, other;
        mori_rwlock rwlock;
        mori_condition condition;
        mori_event event;
        Async(int) first;
};

static async int takes(mori_lock *lock)
{
        attempt(await mori_lock_acquire(lock));
        mori_lock_release(lock);
        return 0;
}

/* ---- Readers */

static async int reads_then_locks(struct world *world)
{
        int error;

        attempt(await mori_rwlock_read(&world->rwlock));
        attempt(await mori_yield());
        error = await mori_lock_acquire(&world->lock);
        if (error == 0)
                mori_lock_release(&world->lock);
        mori_rwlock_read_release(&world->rwlock);
        return error;
}

static async int only_reads(struct world *world, int ms)
{
        attempt(await mori_rwlock_read(&world->rwlock));
        attempt(await mori_sleep(MORI_MS(ms)));
        mori_rwlock_read_release(&world->rwlock);
        return 0;
}

MAIN(readers)
{
        struct world world = {.lock = MORI_LOCK};

        EXPECT_EQ(await mori_lock_acquire(&world.lock), 0);
        scope {
                Async(int) one = start(only_reads, &world, 5);
                Async(int) two = start(reads_then_locks, &world);
                Async(int) three = start(only_reads, &world, 3);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_rwlock_write(&world.rwlock), -EDEADLK);
                mori_lock_release(&world.lock);
                EXPECT_EQ(await join(one) + await join(two) + await join(three), 0);
        }
        /* The other way round: the reader's wait closes it. */
        EXPECT_EQ(await mori_lock_acquire(&world.lock), 0);
        scope {
                Async(int) two = start(reads_then_locks, &world);

                EXPECT_EQ(await mori_rwlock_write(&world.rwlock), 0);
                EXPECT_EQ(await join(two), -EDEADLK);
        }
        mori_rwlock_write_release(&world.rwlock);
        mori_lock_release(&world.lock);
        mori_rwlock_deinit(&world.rwlock);
        return 0;
}

START_TEST(circles_through_readers)
{
        ck_assert_int_eq(run(readers), 0);
        ck_assert_reported("deadlock: 2 activities wait for one another, in a circle");
        ck_assert_reported("is waiting to write under a lock");
        ck_assert_reported("is waiting for a lock; that was taken at readers+0x");
        assert_nothing_left();
}
END_TEST

static async int writes(struct world *world)
{
        attempt(await mori_rwlock_write(&world->rwlock));
        mori_rwlock_write_release(&world->rwlock);
        return 0;
}

static async int upgrades(struct world *world)
{
        int error;

        attempt(await mori_rwlock_read(&world->rwlock));
        error = await mori_rwlock_upgrade(&world->rwlock);
        if (error == 0)
                mori_rwlock_downgrade(&world->rwlock);
        mori_rwlock_read_release(&world->rwlock);
        return error;
}

/* Behind a writer that waits; and before oneself. */
MAIN(reads_again)
{
        struct world world = {.lock = MORI_LOCK};

        EXPECT_EQ(await mori_rwlock_read(&world.rwlock), 0);
        scope {
                Async(int) writer = start(writes, &world);

                EXPECT_EQ(await mori_rwlock_read(&world.rwlock), -EDEADLK);
                EXPECT_EQ(await mori_rwlock_write(&world.rwlock), -EDEADLK);
                mori_rwlock_read_release(&world.rwlock);
                EXPECT_EQ(await join(writer), 0);
        }
        EXPECT_EQ(await mori_rwlock_read(&world.rwlock), 0);
        EXPECT_EQ(await join(start(upgrades, &world)), -EDEADLK); /* we wait for it, and read */
        mori_rwlock_read_release(&world.rwlock);
        mori_rwlock_deinit(&world.rwlock);
        return 0;
}

START_TEST(who_reads_waits_for_itself)
{
        ck_assert_int_eq(run(reads_again), 0);
        ck_assert_reported("is waiting to read under a lock");
        ck_assert_reported("is waiting for an activity to end");
        assert_nothing_left();
}
END_TEST

/* One that ends and reads still is no reader any more. */
static async int forgets(struct world *world)
{
        return await mori_rwlock_read(&world->rwlock);
}

MAIN(forgotten)
{
        struct world world = {.lock = MORI_LOCK};

        scope {
                Async(int) writer;

                EXPECT_EQ(await join(start(forgets, &world)), 0);
                EXPECT_EQ(await mori_rwlock_write(&world.rwlock), 0);
                writer = start(writes, &world);
                mori_rwlock_downgrade(&world.rwlock);
                EXPECT(!MORI_DONE(writer));
                mori_rwlock_read_release(&world.rwlock);
                EXPECT_EQ(await join(writer), 0);
        }
        mori_rwlock_deinit(&world.rwlock);
        return 0;
}

START_TEST(a_reader_that_has_ended_is_none)
{
        ck_assert_int_eq(run(forgotten), 0);
        ck_assert_reported("an activity ends and has 1 lock not released");
        assert_nothing_left();
}
END_TEST

/* The fifth and later are only counted. */
MAIN(many_readers)
{
        struct world world = {.lock = MORI_LOCK};

        for (int round = 0; round < 3; round++) {
                EXPECT_EQ(await mori_rwlock_read(&world.rwlock), 0);
                scope {
                        for (int i = 0; i < 9; i++)
                                ignore(start(only_reads, &world, (i * 4 + round) % 9 + 1));
                        EXPECT_EQ(mori_rwlock_try_write(&world.rwlock), -EBUSY);
                        mori_rwlock_read_release(&world.rwlock);
                        EXPECT_EQ(mori_rwlock_try_write(&world.rwlock), -EBUSY);
                        EXPECT_EQ(await mori_rwlock_write(&world.rwlock), 0);
                        mori_rwlock_write_release(&world.rwlock);
                }
        }
        mori_rwlock_deinit(&world.rwlock);
        return 0;
}

START_TEST(more_readers_than_are_known)
{
        ck_assert_int_eq(run(many_readers), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Ends */

static async int joins_first(struct world *world)
{
        attempt(await mori_yield());
        return await join(world->first);
}

MAIN(joins_in_a_circle)
{
        struct world world = {.lock = MORI_LOCK};

        scope {
                Async(int) other;

                world.first = start(joins_first, &world);
                /* the wait for its end closes it; there is nobody who could be refused */
                other = start(joins_first, &world);
                EXPECT_EQ(await mori_wait(MORI_ACTIVITY(other)), 0);
        }
        return 0;
}

START_TEST(a_circle_of_joins_alone)
{
        ck_assert_int_eq(run(joins_in_a_circle), 70);
        ck_assert_reported("handle");
}
END_TEST

/* It joins somebody else, who runs, but owns who waits for the lock. */
static async int owns_one_that_locks(struct world *world)
{
        scope {
                ignore(start(takes, &world->lock));
                attempt(await mori_sleep(MORI_S(3600)));
        }
        return 0;
}

static async int owner(struct world *world)
{
        attempt(await mori_yield()); /* until we are waited for */
        return await owns_one_that_locks(world);
}

MAIN(through_ownership)
{
        struct world world = {.lock = MORI_LOCK};
        int64_t before = mori_now();

        EXPECT_EQ(await mori_lock_acquire(&world.lock), 0);
        scope {
                Async(int) one = start(owner, &world);

                EXPECT_EQ(await mori_wait(MORI_ACTIVITY(one)), 0);
        }
        EXPECT(mori_now() - before > MORI_S(1)); /* refused was who wanted the lock */
        mori_lock_release(&world.lock);
        return 0;
}

START_TEST(an_end_needs_those_below)
{
        ck_assert_int_eq(run(through_ownership), 0);
        ck_assert_reported("deadlock: 2 activities wait for one another, in a circle");
        ck_assert_reported("an ignored activity has failed: result -35");
        assert_nothing_left();
}
END_TEST

static async int sleeps(int ms, int result)
{
        attempt(await mori_sleep(MORI_MS(ms)));
        return result;
}

/* All, any, race, collect, a select: each of them, while one of several ways is open, and not. */
MAIN(several)
{
        struct world world = {.lock = MORI_LOCK};
        int results[2];

        EXPECT_EQ(await mori_lock_acquire(&world.lock), 0);
        scope {
                Async(int) race[] = {start(takes, &world.lock), start(sleeps, 1, 7)};

                EXPECT_EQ(await mori_race(race, 2, NULL), 7); /* no circle */
                Async(int) any[] = {start(takes, &world.lock), start(sleeps, 1, -EIO)};

                EXPECT_EQ(await mori_any(any, 2, NULL), -EDEADLK); /* when the other has failed */
                Async(int) all[] = {start(takes, &world.lock), start(sleeps, 1, 0)};

                EXPECT_EQ(await mori_all(all, 2), -EDEADLK);
                Async(int) each[] = {start(takes, &world.lock), start(sleeps, 1, 0)};

                EXPECT_EQ(await mori_collect(each, 2, results), -EDEADLK);
                Async(int) one = start(takes, &world.lock), two = start(takes, &world.lock);
                mori_case cases[] = {MORI_CASE_DONE(one), MORI_CASE_DONE(two),
                                     MORI_CASE_AFTER(MORI_MS(1))};

                EXPECT_EQ(await mori_select(cases, 3), 2);
                EXPECT_EQ(await mori_select(cases, 2), -EDEADLK);
                mori_lock_release(&world.lock);
                EXPECT_EQ(await join(one) + await join(two), 0);
        }
        return 0;
}

START_TEST(one_of_several)
{
        ck_assert_int_eq(run(several), 0);
        ck_assert_reported("is waiting for several activities to end");
        ck_assert_reported("is waiting for the first of several");
        ck_assert_reported("deadlock: 3 activities wait for one another, in a circle");
        assert_nothing_left();
}
END_TEST

static async int takes_in_a_loop(struct world *world)
{
        MORI_LOCKED(&world->lock);
        wide (2)
                for (int i = 0; i < 5; i++)
                        iterate(takes, i == 3 ? &world->lock : &world->other);
        return 0;
}

static async int takes_at_once(struct world *world, int count)
{
        MORI_LOCKED(&world->lock);
        wide (2)
                for (int i = 0; i < count; i++)
                        iterate(takes, &world->lock);
        return 0;
}

MAIN(wide_loops)
{
        struct world world = {.lock = MORI_LOCK};

        EXPECT_EQ(await takes_at_once(&world, 3), -EDEADLK); /* at the third */
        EXPECT_EQ(await takes_at_once(&world, 2), -EDEADLK); /* at the end */
        EXPECT_EQ(await takes_in_a_loop(&world), -EDEADLK);
        EXPECT_EQ(await takes(&world.lock), 0);
        return 0;
}

START_TEST(a_wide_loop_under_a_lock)
{
        ck_assert_int_eq(run(wide_loops), 0);
        ck_assert_reported("is waiting for a semaphore");
        ck_assert_reported("is waiting for permits of a semaphore");
        assert_nothing_left();
}
END_TEST

/* ---- Conditions: the signal closes it */

static async int waits_for_a_signal(struct world *world)
{
        int error;

        attempt(await mori_lock_acquire(&world->other));
        attempt(await mori_lock_acquire(&world->lock));
        error = await mori_condition_wait(&world->condition, &world->lock);
        mori_lock_release(&world->lock);
        mori_lock_release(&world->other);
        return error;
}

static async int takes_the_other(struct world *world)
{
        int error;

        attempt(await mori_lock_acquire(&world->lock));
        error = await mori_lock_acquire(&world->other);
        if (error == 0)
                mori_lock_release(&world->other);
        mori_lock_release(&world->lock);
        return error;
}

MAIN(signalled)
{
        struct world world = {.lock = MORI_LOCK};

        scope {
                Async(int) waiter = start(waits_for_a_signal, &world);
                Async(int) taker = start(takes_the_other, &world);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                mori_condition_signal(&world.condition);
                EXPECT_EQ(await join(taker), -EDEADLK);
                EXPECT_EQ(await join(waiter), 0);
        }
        return 0;
}

START_TEST(a_signal_that_closes_a_circle)
{
        ck_assert_int_eq(run(signalled), 0);
        ck_assert_reported("is waiting for a lock, after a condition");
        assert_nothing_left();
}
END_TEST

/* ---- Promises */

MAIN(promised)
{
        struct world world = {.lock = MORI_LOCK};

        EXPECT_EQ(await mori_lock_acquire(&world.lock), 0);
        scope {
                mori_promise one = mori_promise_of(start(takes, &world.lock));
                mori_promise two = mori_promise_of(start(takes, &world.lock));
                mori_promise both[] = {one, two}, soon[] = {one, mori_promise_after(MORI_MS(1))};
                mori_promise all = mori_promise_all(both, 2), any = mori_promise_any(soon, 2);
                uint32_t index;
                int value;

                EXPECT_EQ(await mori_promise_wait(one, &value), -EDEADLK);
                EXPECT_EQ(await mori_promise_wait_value(all, NULL, 0), -EDEADLK);
                EXPECT_EQ(await mori_promise_wait(any, &index), 0);
                mori_lock_release(&world.lock);
                mori_promise_ignore(one);
                mori_promise_ignore(two);
                mori_promise_ignore(soon[1]);
                mori_promise_free(all);
                mori_promise_free(any);
        }
        return 0;
}

START_TEST(circles_through_promises)
{
        ck_assert_int_eq(run(promised), 0);
        ck_assert_reported("is waiting for a promise");
        assert_nothing_left();
}
END_TEST

TEST_MAIN("activity/deadlock", TEST(circles_through_readers), TEST(who_reads_waits_for_itself),
          TEST(a_reader_that_has_ended_is_none), TEST(more_readers_than_are_known),
          TEST(a_circle_of_joins_alone), TEST(an_end_needs_those_below), TEST(one_of_several),
          TEST(a_wide_loop_under_a_lock), TEST(a_signal_that_closes_a_circle),
          TEST(circles_through_promises))
