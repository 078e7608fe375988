/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks.
 *
 *      free --read--> read by n --release by all--> free
 *        |              |   ^---downgrade
 *        +--write--> written +---upgrade, once n is 1--> written --release--> free
 *
 * A release gives the lock to those who wait and may have it, who find themselves its holders.
 *
 * Of those who read, the first few stand in `reader`, which is how circles through them are found
 * (deadlock.c); the others are only counted. `reader[0]` is the inline functions', so that a lone
 * reader costs no more than a writer; `others` counts all readers but that one.
 *
 * Invariants.
 *  (1) Nobody waits for a lock that is free or broken.
 *  (2) It has a writer, or readers, or neither. Where somebody waits in its list it has a writer;
 *      or readers, and the first who waits wants to write, or there is an upgrader.
 *  (3) An upgrader is one of the readers.
 *  (4) While it is read, `writer` is LOCK_WANTED if somebody waits, and NULL otherwise.
 */
#include "activity/deadlock.h"
#include "activity/holder.h"

static bool is_written(const mori_rwlock *lock)
{
        return lock->writer != NULL && lock->writer != LOCK_WANTED;
}

static void rwlock_check(const mori_rwlock *lock)
{
        if (lock->writer == LOCK_GONE)
                process_abandon("a reader-writer lock is used that is no more");
        waiters_check(&lock->waiters, "a reader-writer lock");
}

static void rwlock_give(mori_rwlock *lock, struct activity *activity, const void *taken)
{
        lock->writer = activity;
        lock->generation = activity->segment.generation;
        lock->taken = taken;
}

static void rwlock_break(mori_rwlock *lock)
{
        lock->writer = LOCK_BROKEN;
        while (waiters_wake(&lock->waiters, -EOWNERDEAD))
                continue;
}

/* ---- Who reads */

static uint64_t readers(const mori_rwlock *lock)
{
        return lock->others + (lock->reader[0].activity != NULL);
}

static void reader_add(mori_rwlock *lock, struct activity *activity)
{
        unsigned i;

        for (i = 0; i < MORI_DETAIL_READERS && lock->reader[i].activity != NULL; i++)
                continue;
        if (i < MORI_DETAIL_READERS) {
                lock->reader[i].activity = activity;
                lock->reader[i].generation = activity->segment.generation;
        }
        lock->others += i != 0;
}

static void reader_clear(mori_rwlock *lock, unsigned i)
{
        lock->reader[i].activity = NULL;
        lock->others -= i != 0;
}

/* One of its entries, or MORI_DETAIL_READERS where it has none. */
static unsigned reader_find(const mori_rwlock *lock, const struct activity *activity)
{
        unsigned i;

        for (i = 0; i < MORI_DETAIL_READERS; i++)
                if (lock->reader[i].activity == activity &&
                    lock->reader[i].generation == activity->segment.generation)
                        break;
        return i;
}

/* How many of those who read stand nowhere. */
static uint64_t readers_unknown(const mori_rwlock *lock)
{
        uint64_t unknown = lock->others;
        unsigned i;

        for (i = 1; i < MORI_DETAIL_READERS; i++)
                unknown -= lock->reader[i].activity != NULL;
        return unknown;
}

/* One of those who read does not any more. */
static void reader_remove(mori_rwlock *lock, const struct activity *activity)
{
        unsigned i = reader_find(lock, activity);

        if (i < MORI_DETAIL_READERS)
                reader_clear(lock, i);
        else
                lock->others--;
}

static void reader_check(const mori_rwlock *lock, const char *what)
{
        const struct activity *self = worker_self()->activity;

        rwlock_check(lock);
        if (self == NULL || activity_holds(self) == 0 ||
            (reader_find(lock, self) == MORI_DETAIL_READERS && readers_unknown(lock) == 0))
                process_abandon("a reader-writer lock is %s by an activity that does not read",
                                what);
}

/* ---- Giving */

/* Whatever has changed: lets in who may come in, and sees to (4). */
static void rwlock_grant(mori_rwlock *lock)
{
        struct activity *first;

        if (is_written(lock))
                return;
        lock->writer = NULL;
        if (lock->upgrader != 0 && readers(lock) == 1) {
                struct activity *upgrader = activity_at(lock->upgrader);

                lock->upgrader = 0;
                reader_remove(lock, upgrader);
                rwlock_give(lock, upgrader, holder_takes_at(upgrader));
                process_wake(process_self(), upgrader, 0);
                return;
        }
        while (lock->upgrader == 0 && (first = waiters_first(&lock->waiters)) != NULL) {
                if (first->segment.state == ACTIVITY_STATE_WAITING_WRITE) {
                        if (readers(lock) != 0)
                                break;
                        rwlock_give(lock, first, holder_takes_at(first));
                        activity_hold(first);
                        waiters_wake(&lock->waiters, 0);
                        return;
                }
                reader_add(lock, first);
                activity_hold(first);
                waiters_wake(&lock->waiters, 0);
        }
        if (lock->upgrader != 0 || lock->waiters.first != 0)
                lock->writer = LOCK_WANTED;
}

/* Who has ended without releasing it. */
static void rwlock_notice(mori_rwlock *lock)
{
        bool fewer = false;
        unsigned i;

        if (holder_has_ended(lock->writer, lock->generation)) {
                holder_report("a reader-writer lock, to write,", lock->taken);
                rwlock_break(lock);
        }
        for (i = 0; i < MORI_DETAIL_READERS; i++) {
                if (!holder_has_ended(lock->reader[i].activity, lock->reader[i].generation))
                        continue;
                reader_clear(lock, i); /* its end has been reported */
                fewer = true;
        }
        if (fewer)
                rwlock_grant(lock);
}

void rwlock_forgotten(mori_rwlock *lock, const struct activity *holder)
{
        unsigned i;

        if (lock->writer == holder) {
                holder_report("a reader-writer lock, to write,", lock->taken);
                rwlock_break(lock);
        }
        while ((i = reader_find(lock, holder)) < MORI_DETAIL_READERS)
                reader_clear(lock, i);
        rwlock_grant(lock);
}

void mori_rwlock_deinit(mori_rwlock *lock)
{
        rwlock_check(lock);
        rwlock_notice(lock);
        if (lock->waiters.first != 0 || lock->upgrader != 0)
                process_abandon("a reader-writer lock is deinitialised while activities wait for "
                                "it");
        if (readers(lock) != 0 || (lock->writer != NULL && lock->writer != LOCK_BROKEN))
                process_abandon("a reader-writer lock is deinitialised while it is held");
        lock->writer = LOCK_GONE;
}

/* ---- Taking */

/* -EAGAIN: others have it, or come first. */
static int rwlock_take(mori_rwlock *lock, bool to_write)
{
        struct activity *self = holder_to_be();

        rwlock_check(lock);
        rwlock_notice(lock);
        if (lock->writer == LOCK_BROKEN)
                return -EOWNERDEAD;
        if (holder_is_self(lock->writer, lock->generation))
                return -EDEADLK;
        if (lock->writer != NULL || (to_write && readers(lock) != 0))
                return -EAGAIN;
        if (to_write)
                rwlock_give(lock, self, NULL);
        else
                reader_add(lock, self);
        activity_hold(self);
        return 0;
}

int mori_rwlock_try_read(mori_rwlock *lock)
{
        int error = rwlock_take(lock, false);

        return error == -EAGAIN ? -EBUSY : error;
}

int mori_rwlock_try_write(mori_rwlock *lock)
{
        int error = rwlock_take(lock, true);

        if (error == 0)
                lock->taken = __builtin_return_address(0);
        return error == -EAGAIN ? -EBUSY : error;
}

static int64_t rwlock_begin(mori_rwlock *lock, bool to_write)
{
        uint8_t state = to_write ? ACTIVITY_STATE_WAITING_WRITE : ACTIVITY_STATE_WAITING_READ;
        int error = rwlock_take(lock, to_write);

        if (error == -EAGAIN)
                error = wait_cancelled();
        else if (error != -EDEADLK)
                return error;
        if ((error == 0 || error == -EDEADLK) && deadlock_closes(state, lock))
                return -EDEADLK;
        if (error < 0)
                return error;
        waiters_add(&lock->waiters, wait_begin(state, lock));
        rwlock_grant(lock); /* (4) */
        return WAIT_SUSPEND;
}

static int64_t read_begin(mori_rwlock *lock)
{
        return rwlock_begin(lock, false);
}

static int64_t write_begin(mori_rwlock *lock)
{
        return rwlock_begin(lock, true);
}

MORI_ASYNC int mori_rwlock_read_slow(mori_rwlock *lock)
{
        int64_t begun = read_begin(lock);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_rwlock_write_slow(mori_rwlock *lock)
{
        int64_t begun = write_begin(lock);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

void mori_rwlock_read_release_slow(mori_rwlock *lock)
{
        reader_check(lock, "released");
        activity_unhold(worker_self()->activity);
        reader_remove(lock, worker_self()->activity);
        rwlock_grant(lock);
}

static void writer_check(const mori_rwlock *lock)
{
        if (!holder_is_self(lock->writer, lock->generation))
                holder_bad("a reader-writer lock", lock->writer, lock->generation, lock->taken);
        rwlock_check(lock);
}

void mori_rwlock_write_release_slow(mori_rwlock *lock)
{
        writer_check(lock);
        activity_unhold(worker_self()->activity);
        lock->writer = NULL;
        rwlock_grant(lock);
}

/* ---- From the one to the other */

/* -EAGAIN: there are other readers. */
static int upgrade_take(mori_rwlock *lock)
{
        reader_check(lock, "upgraded");
        rwlock_notice(lock);
        if (readers(lock) != 1)
                return -EAGAIN;
        reader_remove(lock, worker_self()->activity);
        rwlock_give(lock, worker_self()->activity, NULL);
        return 0;
}

int mori_rwlock_try_upgrade(mori_rwlock *lock)
{
        int error = upgrade_take(lock);

        if (error == 0)
                lock->taken = __builtin_return_address(0);
        return error == -EAGAIN ? -EBUSY : error;
}

static int64_t upgrade_begin(mori_rwlock *lock)
{
        int error = upgrade_take(lock);

        if (error != -EAGAIN)
                return error;
        if (lock->upgrader != 0) {
                (void)deadlock_closes(ACTIVITY_STATE_WAITING_WRITE, lock); /* reports it */
                return -EDEADLK;
        }
        error = wait_cancelled();
        if (error < 0)
                return error;
        lock->upgrader = stack_ref_of(worker_self()->activity);
        if (deadlock_closes(ACTIVITY_STATE_WAITING_WRITE, lock)) {
                lock->upgrader = 0;
                return -EDEADLK;
        }
        wait_begin(ACTIVITY_STATE_WAITING_WRITE, lock);
        rwlock_grant(lock); /* (4) */
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_rwlock_upgrade(mori_rwlock *lock)
{
        int64_t begun = upgrade_begin(lock);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

void mori_rwlock_downgrade(mori_rwlock *lock)
{
        writer_check(lock);
        lock->writer = NULL;
        reader_add(lock, worker_self()->activity);
        rwlock_grant(lock);
}

void mori_rwlock_repair(mori_rwlock *lock)
{
        rwlock_check(lock);
        rwlock_notice(lock);
        if (lock->writer == LOCK_BROKEN)
                lock->writer = NULL;
}

/* ---- Cancellation */

void rwlock_interrupt(struct activity *activity, int error)
{
        mori_rwlock *lock = activity->wait;

        if (lock->upgrader == stack_ref_of(activity))
                lock->upgrader = 0;
        else
                waiters_remove(&lock->waiters, activity);
        process_wake(process_self(), activity, error);
        rwlock_grant(lock); /* those behind it may come in now */
}
