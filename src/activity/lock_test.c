/* SPDX-License-Identifier: MIT */
/* Locks, reader-writer locks and conditions: their rules, broken contracts, and circles. */
#include "support/async.h"

#include <errno.h>

#define MAIN(name)                                                                                 \
        static async int name(int argc __attribute__((unused)), char **argv __attribute__((unused)))

/* ---- Locks */

struct shared_lock {
        mori_lock lock;
        mori_condition condition;
        mori_rwlock rwlock;
        mori_event go;
        int order[16];
        int count, inside;
};

static async int takes(struct shared_lock *all, int number)
{
        attempt(await mori_lock_acquire(&all->lock));
        EXPECT_EQ(all->inside++, 0);
        all->order[all->count++] = number;
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT(mori_lock_is_mine(&all->lock));
        EXPECT_EQ(--all->inside, 0);
        mori_lock_release(&all->lock);
        return 0;
}

MAIN(in_order)
{
        struct shared_lock all = {.count = 0};

        EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
        scope {
                Async(int) given_up;

                ignore(start(takes, &all, 1));
                given_up = start(takes, &all, 2);
                ignore(start(takes, &all, 3));
                EXPECT_EQ(mori_lock_try(&all.lock), -EDEADLK);
                EXPECT_EQ(await mori_yield(), 0);
                cancel(given_up);
                EXPECT_EQ(await join(given_up), -ECANCELED);
                EXPECT_EQ(all.count, 0);
                mori_lock_release(&all.lock);
                EXPECT(!mori_lock_is_mine(&all.lock));
                EXPECT_EQ(mori_lock_try(&all.lock), -EBUSY); /* it was given to 1 already */
        }
        EXPECT_EQ(all.count, 2);
        EXPECT(all.order[0] == 1 && all.order[1] == 3);
        EXPECT_EQ(mori_lock_try(&all.lock), 0);
        mori_lock_release(&all.lock);
        mori_lock_deinit(&all.lock);
        return 0;
}

START_TEST(a_lock_goes_to_who_waits_longest)
{
        ck_assert_int_eq(run(in_order), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int granted_and_cancelled(struct shared_lock *all)
{
        EXPECT_EQ(await mori_lock_acquire(&all->lock), 0); /* it came first: not undone */
        EXPECT_EQ(await mori_yield(), -ECANCELED);
        all->count++;
        mori_lock_release(&all->lock);
        return 0;
}

static async int locked_until_left(struct shared_lock *all, int error)
{
        MORI_LOCKED(&all->lock);
        EXPECT(mori_lock_is_mine(&all->lock));
        attempt(error);
        return await mori_yield();
}

static async int reads_and_writes_until_left(struct shared_lock *all)
{
        {
                MORI_READING(&all->rwlock);
                EXPECT_EQ(mori_rwlock_try_write(&all->rwlock), -EBUSY);
        }
        {
                MORI_WRITING(&all->rwlock);
                EXPECT_EQ(mori_rwlock_try_read(&all->rwlock), -EDEADLK);
        }
        {
                MORI_READING(&all->rwlock);
                mori_rwlock_read_release(&all->rwlock);
        }
        {
                MORI_READING(&all->rwlock);
                EXPECT_EQ(await mori_rwlock_upgrade(&all->rwlock), 0);
        }
        {
                MORI_WRITING(&all->rwlock);
                mori_rwlock_downgrade(&all->rwlock);
        }
        return mori_rwlock_try_write(&all->rwlock);
}

MAIN(cancellations)
{
        struct shared_lock all = {.count = 0};

        EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
        scope {
                Async(int) other = start(granted_and_cancelled, &all);

                mori_lock_release(&all.lock);
                cancel(other);
                EXPECT_EQ(await join(other), 0);
                EXPECT_EQ(all.count, 1);
        }
        EXPECT_EQ(await locked_until_left(&all, -EIO), -EIO);
        EXPECT_EQ(await locked_until_left(&all, 0), 0);
        EXPECT_EQ(await mori_lock_acquire(&all.lock), 0); /* it was released both times */
        scope {
                Async(int) other = start(locked_until_left, &all, 0);

                cancel(other);
                EXPECT_EQ(await join(other), -ECANCELED); /* it never had it */
        }
        within (MORI_MS(1)) {
                Async(int) other = start(locked_until_left, &all, 0);

                EXPECT_EQ(await mori_sleep(MORI_S(1)), -ETIMEDOUT);
                EXPECT_EQ(await join(other), -ETIMEDOUT);
                EXPECT_EQ(await mori_lock_acquire(&all.lock), -EDEADLK);
        }
        mori_lock_release(&all.lock);
        EXPECT_EQ(await reads_and_writes_until_left(&all), 0);
        mori_rwlock_write_release(&all.rwlock);
        scope {
                mori_scope_cancel();
                EXPECT_EQ(await mori_lock_acquire(&all.lock), 0); /* need not wait */
        }
        mori_lock_release(&all.lock);
        return 0;
}

START_TEST(what_is_cancelled_does_not_have_it)
{
        ck_assert_int_eq(run(cancellations), 0);
        ck_assert_reported("deadlock: 1 activity waits for one another");
        assert_nothing_left();
}
END_TEST

/* ---- Dropped locks */

static async int forgets(struct shared_lock *all, int waits)
{
        attempt(await mori_lock_acquire(&all->lock));
        return waits ? await mori_event_wait(&all->go) : 0;
}

static async int forgets_writing(struct shared_lock *all)
{
        attempt(await mori_rwlock_write(&all->rwlock));
        return await mori_event_wait(&all->go);
}

static async int forgets_reading(struct shared_lock *all)
{
        return await mori_rwlock_read(&all->rwlock);
}

static async int wants(struct shared_lock *all)
{
        return await mori_lock_acquire(&all->lock);
}

static async int wants_to_read(struct shared_lock *all)
{
        return await mori_rwlock_read(&all->rwlock);
}

MAIN(forgotten)
{
        struct shared_lock all = {.count = 0};

        scope {
                Async(int) one, two, three;

                /* nobody waits: the next who comes is told */
                EXPECT_EQ(await join(start(forgets, &all, 0)), 0);
                EXPECT_EQ(await mori_lock_acquire(&all.lock), -EOWNERDEAD);
                EXPECT_EQ(mori_lock_try(&all.lock), -EOWNERDEAD);
                mori_lock_repair(&all.lock);
                EXPECT_EQ(mori_lock_try(&all.lock), 0);
                mori_lock_repair(&all.lock); /* not broken: nothing */
                mori_lock_release(&all.lock);

                /* others wait: told at once */
                one = start(forgets, &all, 1);
                two = start(wants, &all);
                three = start(wants, &all);
                mori_event_set(&all.go);
                EXPECT_EQ(await join(two), -EOWNERDEAD);
                EXPECT_EQ(await join(three), -EOWNERDEAD);
                EXPECT_EQ(await join(one), 0);
                mori_lock_repair(&all.lock);

                /* an owner that has ended, and is not joined yet */
                one = start(forgets, &all, 0);
                EXPECT_EQ(mori_lock_try(&all.lock), -EOWNERDEAD);
                EXPECT_EQ(await join(one), 0);

                mori_event_reset(&all.go);
                one = start(forgets_writing, &all);
                two = start(wants_to_read, &all);
                mori_event_set(&all.go);
                EXPECT_EQ(await join(two), -EOWNERDEAD);
                EXPECT_EQ(await join(one), 0);
                EXPECT_EQ(mori_rwlock_try_write(&all.rwlock), -EOWNERDEAD);
                mori_rwlock_repair(&all.rwlock);
                EXPECT_EQ(mori_rwlock_try_write(&all.rwlock), 0);
                mori_rwlock_write_release(&all.rwlock);

                EXPECT_EQ(await join(start(forgets_reading, &all)), 0);
                EXPECT_EQ(mori_rwlock_try_write(&all.rwlock), 0); /* it reads no more */
                mori_rwlock_write_release(&all.rwlock);
        }
        return 0;
}

START_TEST(a_lock_that_is_forgotten_is_broken)
{
        ck_assert_int_eq(run(forgotten), 0);
        ck_assert_reported("an activity ends and has 1 lock not released; it was started at "
                           "forgotten+0x");
        ck_assert_reported("the activity that has taken a lock at forgets");
        ck_assert_reported("the activity that has taken a reader-writer lock, to write, at "
                           "forgets_writing");
        assert_nothing_left();
}
END_TEST

/* One whose scope still owns somebody who wants the lock: no deadlock, but a broken lock. */
static async int forgets_with_a_child(struct shared_lock *all)
{
        attempt(await mori_lock_acquire(&all->lock));
        ignore(start(wants, all));
        return 0;
}

static async int has_many(struct shared_lock *all, int release)
{
        mori_lock locks[20] = {0};

        for (int i = 0; i < 20; i++)
                attempt(await mori_lock_acquire(&locks[i]));
        attempt(await mori_lock_acquire(&all->lock));
        for (int i = 0; i < 20 && release; i++)
                mori_lock_release(&locks[i]);
        attempt(await mori_rwlock_read(&all->rwlock));
        mori_rwlock_read_release(&all->rwlock);
        attempt(await mori_rwlock_write(&all->rwlock));
        mori_rwlock_write_release(&all->rwlock);
        mori_lock_release(&all->lock);
        return 0;
}

MAIN(forgotten_children)
{
        struct shared_lock all = {.count = 0};

        scope
                EXPECT_EQ(await join(start(forgets_with_a_child, &all)), 0);
        mori_lock_repair(&all.lock);
        scope
                EXPECT_EQ(await join(start(has_many, &all, 1)), 0);
        return 0;
}

START_TEST(forgotten_before_children_are_joined)
{
        ck_assert_int_eq(run(forgotten_children), 0);
        ck_assert_reported("has 1 lock not released; it was started at forgotten_children");
        ck_assert_reported("nobody saw that an activity failed: result -130");
        ck_assert(!reported("15 lock")); /* from there on it is not counted */
        ck_assert(!reported("0 lock"));
}
END_TEST

/* ---- Broken contracts */

MAIN(release_unheld)
{
        mori_lock lock = MORI_LOCK;

        mori_lock_release(&lock);
        return 0;
}

static async int release_anothers(mori_lock *lock)
{
        mori_lock_release(lock);
        return 0;
}

MAIN(release_by_another)
{
        mori_lock lock = MORI_LOCK;

        EXPECT_EQ(await mori_lock_acquire(&lock), 0);
        scope
                EXPECT_EQ(await join(start(release_anothers, &lock)), 0);
        return 0;
}

MAIN(release_twice)
{
        mori_lock lock = MORI_LOCK;

        EXPECT_EQ(await mori_lock_acquire(&lock), 0);
        mori_lock_release(&lock);
        mori_lock_release(&lock);
        return 0;
}

MAIN(deinit_held)
{
        mori_lock lock = MORI_LOCK;

        EXPECT_EQ(await mori_lock_acquire(&lock), 0);
        mori_lock_deinit(&lock);
        return 0;
}

MAIN(deinit_twice)
{
        mori_lock lock = MORI_LOCK;

        mori_lock_deinit(&lock);
        mori_lock_deinit(&lock);
        return 0;
}

MAIN(use_gone)
{
        mori_lock lock = MORI_LOCK;

        mori_lock_deinit(&lock);
        return await mori_lock_acquire(&lock);
}

MAIN(read_release_unheld)
{
        mori_rwlock lock = MORI_RWLOCK;

        mori_rwlock_read_release(&lock);
        return 0;
}

static async int read_release_anothers(mori_rwlock *lock)
{
        mori_rwlock_read_release(lock);
        return 0;
}

MAIN(read_release_by_another)
{
        mori_rwlock lock = MORI_RWLOCK;

        EXPECT_EQ(await mori_rwlock_read(&lock), 0);
        scope
                EXPECT_EQ(await join(start(read_release_anothers, &lock)), 0);
        return 0;
}

MAIN(write_release_of_a_reader)
{
        mori_rwlock lock = MORI_RWLOCK;

        EXPECT_EQ(await mori_rwlock_read(&lock), 0);
        mori_rwlock_write_release(&lock);
        return 0;
}

MAIN(upgrade_unheld)
{
        mori_rwlock lock = MORI_RWLOCK;

        return await mori_rwlock_upgrade(&lock);
}

MAIN(downgrade_unheld)
{
        mori_rwlock lock = MORI_RWLOCK;

        mori_rwlock_downgrade(&lock);
        return 0;
}

MAIN(deinit_read)
{
        mori_rwlock lock = MORI_RWLOCK;

        EXPECT_EQ(await mori_rwlock_read(&lock), 0);
        mori_rwlock_deinit(&lock);
        return 0;
}

MAIN(condition_without_lock)
{
        mori_lock lock = MORI_LOCK;
        mori_condition condition = MORI_CONDITION;

        return await mori_condition_wait(&condition, &lock);
}

static async int waits_for(struct shared_lock *all)
{
        attempt(await mori_lock_acquire(&all->lock));
        return await mori_condition_wait(&all->condition, &all->lock);
}

MAIN(condition_deinit)
{
        struct shared_lock all = {.count = 0};

        scope {
                ignore(start(waits_for, &all));
                mori_condition_deinit(&all.condition);
        }
        return 0;
}

MAIN(deinit_waited)
{
        struct shared_lock all = {.count = 0};

        scope {
                EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
                ignore(start(wants, &all));
                mori_lock_deinit(&all.lock);
        }
        return 0;
}

static const struct {
        mori_entry_point *program;
        const char *report;
} broken[] = {
        {release_unheld, "a lock is released that nobody holds"},
        {release_by_another, "a lock is released by another than its holder, which took it at "
                             "release_by_another"},
        {release_twice, "a lock is released that nobody holds"},
        {deinit_held, "a lock is deinitialised while it is held"},
        {deinit_twice, "a lock is used that is no more"},
        {use_gone, "a lock is used that is no more"},
        {deinit_waited, "a lock is deinitialised while activities wait for it"},
        {read_release_unheld, "is released by an activity that does not read"},
        {read_release_by_another, "is released by an activity that does not read"},
        {write_release_of_a_reader, "a reader-writer lock is released that nobody holds"},
        {upgrade_unheld, "is upgraded by an activity that does not read"},
        {downgrade_unheld, "a reader-writer lock is released that nobody holds"},
        {deinit_read, "a reader-writer lock is deinitialised while it is held"},
        {condition_without_lock, "waits for a condition and does not hold the lock"},
        {condition_deinit, "a condition is deinitialised while activities wait for it"},
};

START_TEST(a_broken_contract_abandons)
{
        for (size_t i = 0; i < ELEMENTS(broken); i++) {
                ck_assert_int_eq(run(broken[i].program), 70);
                ck_assert_reported(broken[i].report);
                assert_nothing_left();
        }
}
END_TEST

/*
 * The next activity has the memory of the one that forgot the lock, and not its lock: a release by
 * it is one by another.
 */
static async int forgets_at_once(mori_lock *lock)
{
        return await mori_lock_acquire(lock);
}

MAIN(release_by_a_successor)
{
        mori_lock lock = MORI_LOCK;

        scope {
                EXPECT_EQ(await join(start(forgets_at_once, &lock)), 0);
                EXPECT_EQ(await join(start(release_anothers, &lock)), 0);
        }
        return 0;
}

START_TEST(a_successor_does_not_inherit)
{
        ck_assert_int_eq(run(release_by_a_successor), 70);
        ck_assert_reported("a lock is released by another than its holder, which took it at "
                           "forgets_at_once+0x");
        assert_nothing_left();
}
END_TEST

/* ---- Reader-writer locks */

static async int reads(struct shared_lock *all, int number)
{
        attempt(await mori_rwlock_read(&all->rwlock));
        all->inside++;
        all->order[all->count++] = number;
        attempt(await mori_yield());
        all->inside--;
        mori_rwlock_read_release(&all->rwlock);
        return 0;
}

static async int writes(struct shared_lock *all, int number)
{
        attempt(await mori_rwlock_write(&all->rwlock));
        EXPECT_EQ(all->inside, 0);
        all->inside = 100;
        all->order[all->count++] = number;
        attempt(await mori_yield());
        EXPECT_EQ(all->inside, 100);
        all->inside = 0;
        mori_rwlock_write_release(&all->rwlock);
        return 0;
}

MAIN(fair)
{
        struct shared_lock all = {.count = 0};

        EXPECT_EQ(await mori_rwlock_read(&all.rwlock), 0);
        scope {
                Async(int) writer;

                ignore(start(reads, &all, 1)); /* beside us */
                ignore(start(writes, &all, 2));
                ignore(start(reads, &all, 3)); /* behind the writer */
                ignore(start(reads, &all, 4));
                writer = start(writes, &all, 5);
                ignore(start(reads, &all, 6));
                EXPECT_EQ(mori_rwlock_try_read(&all.rwlock), -EBUSY);
                EXPECT_EQ(all.count, 1);
                mori_rwlock_read_release(&all.rwlock);
                while (all.count < 4)
                        EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(all.inside, 2); /* 3 and 4 at a time */
                cancel(writer); /* then 6 need not wait for it */
                EXPECT_EQ(await join(writer), -ECANCELED);
        }
        EXPECT_EQ(all.count, 5);
        for (int i = 0; i < 4; i++)
                EXPECT_EQ(all.order[i], i + 1);
        EXPECT_EQ(all.order[4], 6);
        mori_rwlock_deinit(&all.rwlock);
        return 0;
}

START_TEST(a_reader_writer_lock_is_fair)
{
        ck_assert_int_eq(run(fair), 0);
        ck_assert_not_reported();
}
END_TEST

static async int upgrades(struct shared_lock *all)
{
        attempt(await mori_rwlock_read(&all->rwlock));
        int error = await mori_rwlock_upgrade(&all->rwlock);

        if (error < 0) {
                mori_rwlock_read_release(&all->rwlock); /* still a reader */
                return error;
        }
        all->order[all->count++] = 7;
        mori_rwlock_downgrade(&all->rwlock);
        mori_rwlock_read_release(&all->rwlock);
        return 0;
}

MAIN(upgraded)
{
        struct shared_lock all = {.count = 0};

        EXPECT_EQ(await mori_rwlock_read(&all.rwlock), 0);
        EXPECT_EQ(mori_rwlock_try_upgrade(&all.rwlock), 0);
        mori_rwlock_downgrade(&all.rwlock);
        scope {
                Async(int) one = start(upgrades, &all), two;

                ignore(start(writes, &all, 1));
                two = start(upgrades, &all);
                EXPECT_EQ(mori_rwlock_try_upgrade(&all.rwlock), -EBUSY);
                EXPECT_EQ(await mori_rwlock_upgrade(&all.rwlock), -EDEADLK);
                mori_rwlock_read_release(&all.rwlock);
                EXPECT_EQ(await join(one), 0);
                EXPECT_EQ(await join(two), 0);
        }
        EXPECT_EQ(all.order[0], 7); /* before the writer, which had waited for longer */
        EXPECT_EQ(await mori_rwlock_read(&all.rwlock), 0);
        scope {
                Async(int) one = start(upgrades, &all);
                Async(int) reader = start(reads, &all, 9);

                EXPECT(!MORI_DONE(reader));
                cancel(one);
                EXPECT_EQ(await join(one), -ECANCELED);
                EXPECT_EQ(await join(reader), 0); /* nobody is in its way any more */
        }
        mori_rwlock_read_release(&all.rwlock);
        mori_rwlock_deinit(&all.rwlock);
        return 0;
}

START_TEST(one_reader_can_upgrade)
{
        ck_assert_int_eq(run(upgraded), 0);
        ck_assert_reported("is waiting to write under a lock");
}
END_TEST

/* ---- Conditions */

static async int consumes(struct shared_lock *all, int number)
{
        int result = 0;

        attempt(await mori_lock_acquire(&all->lock));
        while (all->inside == 0 && result == 0)
                result = await mori_condition_wait(&all->condition, &all->lock);
        EXPECT(mori_lock_is_mine(&all->lock));
        if (result == 0) {
                all->inside--;
                all->order[all->count++] = number;
        }
        mori_lock_release(&all->lock);
        return result;
}

MAIN(signals)
{
        struct shared_lock all = {.count = 0};

        mori_condition_signal(&all.condition); /* is not kept */
        scope {
                Async(int) one = start(consumes, &all, 1), two = start(consumes, &all, 2);
                Async(int) three = start(consumes, &all, 3), four = start(consumes, &all, 4);

                EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
                mori_condition_signal(&all.condition);
                all.inside = 1;
                cancel(two); /* it must have the lock before it can go on */
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT(!MORI_DONE(two));
                mori_lock_release(&all.lock);
                EXPECT_EQ(await join(one), 0);
                EXPECT_EQ(await join(two), -ECANCELED);
                all.inside = 2;
                mori_condition_broadcast(&all.condition);
                EXPECT_EQ(await join(three), 0);
                EXPECT_EQ(await join(four), 0);
                /* signalled first, cancelled then: the signal is not lost */
                one = start(consumes, &all, 5);
                all.inside = 1;
                mori_condition_signal(&all.condition);
                cancel(one);
                EXPECT_EQ(await join(one), 0);
        }
        EXPECT_EQ(all.count, 4);
        EXPECT(all.order[0] == 1 && all.order[1] == 3 && all.order[2] == 4 && all.order[3] == 5);
        within (MORI_MS(1)) {
                EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
                EXPECT_EQ(await mori_condition_wait(&all.condition, &all.lock), -ETIMEDOUT);
                EXPECT(mori_lock_is_mine(&all.lock));
                mori_lock_release(&all.lock);
        }
        mori_condition_deinit(&all.condition);
        return 0;
}

START_TEST(conditions_lose_no_signal)
{
        ck_assert_int_eq(run(signals), 0);
        ck_assert_not_reported();
}
END_TEST

static async int signals_and_forgets(struct shared_lock *all)
{
        attempt(await mori_lock_acquire(&all->lock));
        mori_condition_broadcast(&all->condition);
        return await mori_yield();
}

static async int guarded_wait(struct shared_lock *all)
{
        MORI_LOCKED(&all->lock);
        return await mori_condition_wait(&all->condition, &all->lock);
}

MAIN(broken_condition)
{
        struct shared_lock all = {.count = 0};

        scope {
                Async(int) one = start(guarded_wait, &all);

                EXPECT_EQ(await join(start(signals_and_forgets, &all)), 0);
                EXPECT_EQ(await join(one), -EOWNERDEAD);
        }
        return 0;
}

START_TEST(a_condition_on_a_broken_lock)
{
        ck_assert_int_eq(run(broken_condition), 0);
        ck_assert_reported("has taken a lock at signals_and_forgets");
}
END_TEST

/* ---- Circles */

struct pair {
        mori_lock first, second;
};

static async int takes_both(struct pair *pair, int other_way)
{
        mori_lock *one = other_way ? &pair->second : &pair->first;
        mori_lock *two = other_way ? &pair->first : &pair->second;
        int error;

        attempt(await mori_lock_acquire(one));
        attempt(await mori_yield());
        error = await mori_lock_acquire(two);
        if (error == 0)
                mori_lock_release(two);
        mori_lock_release(one);
        return error;
}

MAIN(two_locks)
{
        struct pair pair = {.first = MORI_LOCK};

        scope {
                Async(int) one = start(takes_both, &pair, 0), two = start(takes_both, &pair, 1);

                EXPECT_EQ(await join(two), -EDEADLK); /* the one that closed it */
                EXPECT_EQ(await join(one), 0);        /* and so the other could go on */
        }
        return 0;
}

START_TEST(two_locks_in_different_order)
{
        ck_assert_int_eq(run(two_locks), 0);
        ck_assert_reported("deadlock: 2 activities wait for one another, in a circle");
        ck_assert_reported("the activity started at two_locks+0x");
        ck_assert_reported("is waiting for a lock; that was taken at takes_both+0x");
}
END_TEST

MAIN(joins_holding)
{
        struct shared_lock all = {.count = 0};

        EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
        scope {
                Async(int) other = start(wants, &all);

                EXPECT_EQ(await join(other), -EDEADLK); /* what it could not have */
        }
        EXPECT_EQ(await mori_rwlock_write(&all.rwlock), 0);
        scope
                ignore(start(wants_to_read, &all)); /* leaving is a join, too */
        mori_rwlock_write_release(&all.rwlock);
        mori_lock_release(&all.lock);
        return 0;
}

START_TEST(a_join_that_closes_a_circle)
{
        ck_assert_int_eq(run(joins_holding), 0);
        ck_assert_reported("is waiting for an activity to end");
        ck_assert_reported("is waiting for a lock");
        ck_assert_reported("is waiting to read under a lock");
        ck_assert_reported("; that was taken at joins_holding+0x");
}
END_TEST

static async int middle(struct shared_lock *all)
{
        return await join(start(wants, all));
}

/* Through an activity that holds nothing; and the other way round, the join first. */
static async int wants_late(struct shared_lock *all)
{
        attempt(await mori_yield());
        return await mori_lock_acquire(&all->lock);
}

MAIN(joins_through_another)
{
        struct shared_lock all = {.count = 0};

        EXPECT_EQ(await mori_lock_acquire(&all.lock), 0);
        scope
                EXPECT_EQ(await join(start(middle, &all)), -EDEADLK);
        scope
                EXPECT_EQ(await join(start(wants_late, &all)), -EDEADLK);
        mori_lock_release(&all.lock);
        return 0;
}

START_TEST(circles_through_others)
{
        ck_assert_int_eq(run(joins_through_another), 0);
        ck_assert_reported("deadlock: 3 activities wait for one another, in a circle");
        ck_assert_reported("deadlock: 2 activities wait for one another, in a circle");
}
END_TEST

static async int takes_two(mori_lock *locks, unsigned i, unsigned count)
{
        int error;

        attempt(await mori_lock_acquire(&locks[i]));
        attempt(await mori_sleep(MORI_US(i * 100 + 1)));
        error = await mori_lock_acquire(&locks[(i + 1) % count]);
        if (error == 0)
                mori_lock_release(&locks[(i + 1) % count]);
        mori_lock_release(&locks[i]);
        return error;
}

static async int ring(unsigned count)
{
        mori_lock *locks = shared_bytes();
        int last = 0;

        scope {
                for (unsigned i = 0; i + 1 < count; i++)
                        ignore(start(takes_two, locks, i, count));
                last = await join(start(takes_two, locks, count - 1, count));
        }
        return last;
}

MAIN(long_circle)
{
        return await ring(900) == -EDEADLK ? 0 : 1;
}

START_TEST(a_circle_of_hundreds)
{
        ck_assert_int_eq(run(long_circle), 0);
        ck_assert_reported("deadlock: 900 activities wait for one another, in a circle");
        ck_assert_reported("... and 884 more");
}
END_TEST

TEST_MAIN("activity/lock", TEST(a_lock_goes_to_who_waits_longest),
          TEST(what_is_cancelled_does_not_have_it), TEST(a_lock_that_is_forgotten_is_broken),
          TEST(forgotten_before_children_are_joined), TEST(a_broken_contract_abandons),
          TEST(a_successor_does_not_inherit),
          TEST(a_reader_writer_lock_is_fair), TEST(one_reader_can_upgrade),
          TEST(conditions_lose_no_signal), TEST(a_condition_on_a_broken_lock),
          TEST(two_locks_in_different_order), TEST(a_join_that_closes_a_circle),
          TEST(circles_through_others), TEST(a_circle_of_hundreds))
