/* SPDX-License-Identifier: MIT */
/*
 * Locks, reader-writer locks and conditions.
 *
 *      lock:   free --acquire--> held --release, nobody waits--> free
 *                                 |  ^---release: the first who waits has it
 *                                 +--its holder has ended--> broken --repair--> free
 *
 *      rwlock: free --read--> read by n --release by all--> free
 *                |              |   ^---downgrade
 *                +--write--> written +---upgrade, once n is 1--> written --release--> free
 *
 * As in sync.c, a release gives the lock to him who waits, who finds himself its holder.
 *
 * What a holder has is counted in his control block (layout.h), so that his end is noticed. Which
 * locks they were is not written down anywhere, so that taking one costs nothing more: those for
 * which somebody waits are found by looking at everybody; the others when somebody wants them,
 * because they name a holder whose generation has ended.
 *
 * A condition's waiter that is signalled, or cancelled, goes over to the list of its lock, and is
 * woken as the lock's holder. It cannot be cancelled there: it must have the lock to go on.
 *
 * Invariants.
 *  (1) Nobody waits for a lock that is free or broken.
 *  (2) A reader-writer lock has a writer, or readers, or neither. Where somebody waits in its list
 *      it has a writer; or readers, and the first who waits wants to write, or there is an
 *      upgrader.
 *  (3) An upgrader is one of the readers.
 */
#include <mori/lock.h>

#include "activity/deadlock.h"
#include "activity/waiters.h"
#include "platform/symbol.h"
#include "turn/report.h"

/* What a holder can be besides NULL and an activity. */
#define LOCK_BROKEN ((void *)1)
#define LOCK_GONE ((void *)2)
/* From here on it is not counted how many locks an activity holds: perhaps it is none. */
#define HOLDS_MANY 15

static_assert(offsetof(struct mori_detail_control, generation) == ACTIVITY_GENERATION &&
                      offsetof(struct mori_detail_control, flags) == ACTIVITY_FLAGS &&
                      MORI_DETAIL_HOLD == ACTIVITY_HOLDS_UNIT &&
                      MORI_DETAIL_HOLDS_MANY == ACTIVITY_HOLDS_MASK && WORKER_ACTIVITY == 8,
              "the inline functions of lock.h know the control block");

/* A lock is held by an activity, so it is none for callbacks of the loop. */
static struct activity *holder_to_be(void)
{
        struct activity *self = worker_self()->activity;

        if (self == NULL)
                process_abandon("a lock is taken by code that no activity runs");
        return self;
}

static bool holder_is_self(const void *holder, uint32_t generation)
{
        const struct activity *self = worker_self()->activity;

        return holder == self && self != NULL && generation == self->segment.generation;
}

/* An activity that took it and has ended since. */
static bool holder_has_ended(const void *holder, uint32_t generation)
{
        const struct activity *activity = holder;

        if (holder == NULL || holder == LOCK_BROKEN || holder == LOCK_GONE)
                return false;
        return activity->segment.generation != generation ||
               activity->segment.state == ACTIVITY_STATE_DONE;
}

_Noreturn static void release_bad(const char *what, const void *holder, uint32_t generation,
                                  const void *taken)
{
        char place[256], started[256];

        if (holder == LOCK_GONE)
                process_abandon("%s is released that is no more", what);
        if (holder == LOCK_BROKEN)
                process_abandon("%s is released that is broken, and that nobody holds", what);
        if (holder == NULL)
                process_abandon("%s is released that nobody holds", what);
        if (holder_has_ended(holder, generation))
                process_abandon("%s is released by another than its holder, which took it at %s "
                                "and has ended",
                                what, platform_place(taken, place, sizeof place));
        process_abandon("%s is released by another than its holder, which took it at %s and was "
                        "started at %s",
                        what, platform_place(taken, place, sizeof place),
                        platform_place(activity_start_site(holder), started, sizeof started));
}

/* Where one that waits will have taken it: where it goes on, or what was started is the wait. */
static const void *taken_by(const struct activity *waiter)
{
        const void *place = activity_resumes_at(waiter);

        return place != mori_activity_base ? place : activity_start_site(waiter);
}

/* ---- Locks */

static void lock_check(const mori_lock *lock)
{
        if (lock->holder == LOCK_GONE)
                process_abandon("a lock is used that is no more");
        waiters_check(&lock->waiters, "a lock");
}

static void lock_give(mori_lock *lock, struct activity *activity, const void *taken)
{
        lock->holder = activity;
        lock->generation = activity->segment.generation;
        lock->taken = taken;
        activity_hold(activity);
}

/* Its holder has ended. */
static void lock_break(mori_lock *lock)
{
        lock->holder = LOCK_BROKEN;
        while (waiters_wake(&lock->waiters, -EOWNERDEAD))
                continue;
}

static void report_forgotten(const char *what, const void *taken)
{
        char place[256];

        process_self()->reports++;
        base_report("mori: the activity that has taken %s at %s has ended without releasing it",
                    what, platform_place(taken, place, sizeof place));
}

static void lock_notice(mori_lock *lock)
{
        if (holder_has_ended(lock->holder, lock->generation)) {
                report_forgotten("a lock", lock->taken);
                lock_break(lock);
        }
}

void mori_lock_deinit(mori_lock *lock)
{
        lock_check(lock);
        lock_notice(lock);
        if (lock->waiters.first != 0)
                process_abandon("a lock is deinitialised while activities wait for it");
        if (lock->holder != NULL && lock->holder != LOCK_BROKEN)
                process_abandon("a lock is deinitialised while it is held");
        lock->holder = LOCK_GONE;
}

/* -EAGAIN: it is held by another. */
static int lock_take(mori_lock *lock)
{
        lock_check(lock);
        lock_notice(lock);
        if (lock->holder == LOCK_BROKEN)
                return -EOWNERDEAD;
        if (holder_is_self(lock->holder, lock->generation))
                return -EDEADLK;
        if (lock->holder != NULL)
                return -EAGAIN;
        lock_give(lock, holder_to_be(), NULL);
        return 0;
}

int mori_lock_try(mori_lock *lock)
{
        int error = lock_take(lock);

        if (error == 0)
                lock->taken = __builtin_return_address(0);
        return error == -EAGAIN ? -EBUSY : error;
}

static int64_t lock_begin(mori_lock *lock)
{
        int error = lock_take(lock);

        if (error == -EAGAIN)
                error = wait_cancelled();
        else if (error != -EDEADLK)
                return error;
        if (error == -EDEADLK || error == 0) {
                if (deadlock_closes(ACTIVITY_STATE_WAITING_LOCK, lock))
                        return -EDEADLK;
        }
        if (error < 0)
                return error;
        waiters_add(&lock->waiters, wait_begin(ACTIVITY_STATE_WAITING_LOCK, lock));
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_lock_acquire_slow(mori_lock *lock)
{
        int64_t begun = lock_begin(lock);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* The first who waits has it, or nobody. */
static void lock_pass(mori_lock *lock)
{
        struct activity *first = waiters_first(&lock->waiters);

        lock->holder = NULL;
        if (first != NULL) {
                lock_give(lock, first, taken_by(first));
                waiters_wake(&lock->waiters, 0);
        }
}

void mori_lock_release_slow(mori_lock *lock)
{
        if (!holder_is_self(lock->holder, lock->generation))
                release_bad("a lock", lock->holder, lock->generation, lock->taken);
        lock_check(lock);
        activity_unhold(worker_self()->activity);
        lock_pass(lock);
}

int mori_lock_is_mine(const mori_lock *lock)
{
        return holder_is_self(lock->holder, lock->generation);
}

void mori_lock_repair(mori_lock *lock)
{
        lock_check(lock);
        lock_notice(lock);
        if (lock->holder == LOCK_BROKEN)
                lock->holder = NULL;
}

/* ---- Conditions */

static void condition_check(const mori_condition *condition)
{
        if (condition->deinitialised)
                process_abandon("a condition is used that is no more");
        waiters_check(&condition->waiters, "a condition");
}

void mori_condition_deinit(mori_condition *condition)
{
        condition_check(condition);
        if (condition->waiters.first != 0)
                process_abandon("a condition is deinitialised while activities wait for it");
        condition->deinitialised = 1;
}

/* One that waits for it goes over to the lock, and will answer so when it has that. */
static void condition_leave(struct activity *waiter, int answer)
{
        struct condition_wait *wait = waiter->wait;
        mori_lock *lock = wait->lock;

        waiters_remove(&wait->condition->waiters, waiter);
        wait->answer = answer;
        lock_check(lock);
        lock_notice(lock);
        if (lock->holder == LOCK_BROKEN) {
                process_wake(process_self(), waiter, -EOWNERDEAD);
        } else if (lock->holder == NULL) {
                lock_give(lock, waiter, taken_by(waiter));
                process_wake(process_self(), waiter, 0);
        } else {
                waiter->segment.state = ACTIVITY_STATE_WAITING_RELOCK;
                waiter->wait = lock;
                waiters_add(&lock->waiters, waiter);
        }
}

void mori_condition_signal(mori_condition *condition)
{
        condition_check(condition);
        if (condition->waiters.first != 0)
                condition_leave(waiters_first(&condition->waiters), 0);
}

void mori_condition_broadcast(mori_condition *condition)
{
        condition_check(condition);
        while (condition->waiters.first != 0)
                condition_leave(waiters_first(&condition->waiters), 0);
}

static int64_t condition_begin(struct condition_wait *wait)
{
        int error;

        condition_check(wait->condition);
        if (!mori_lock_is_mine(wait->lock))
                process_abandon("an activity waits for a condition and does not hold the lock");
        error = wait_cancelled();
        if (error < 0)
                return error;
        waiters_add(&wait->condition->waiters, wait_begin(ACTIVITY_STATE_WAITING_CONDITION, wait));
        activity_unhold(worker_self()->activity);
        lock_pass(wait->lock);
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_condition_wait(mori_condition *condition, mori_lock *lock)
{
        struct condition_wait wait = {condition, lock, 0};
        int64_t begun = condition_begin(&wait);

        if (begun == WAIT_SUSPEND) {
                begun = MORI_AWAIT activity_suspend();
                if (begun == 0)
                        begun = wait.answer;
        }
        return (int)begun;
}

/* ---- Reader-writer locks */

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

static void rwlock_notice(mori_rwlock *lock)
{
        if (holder_has_ended(lock->writer, lock->generation)) {
                report_forgotten("a reader-writer lock, to write,", lock->taken);
                rwlock_break(lock);
        }
}

void mori_rwlock_deinit(mori_rwlock *lock)
{
        rwlock_check(lock);
        rwlock_notice(lock);
        if (lock->waiters.first != 0 || lock->upgrader != 0)
                process_abandon("a reader-writer lock is deinitialised while activities wait for "
                                "it");
        if (lock->readers != 0 || (lock->writer != NULL && lock->writer != LOCK_BROKEN))
                process_abandon("a reader-writer lock is deinitialised while it is held");
        lock->writer = LOCK_GONE;
}

/* After something was released, or somebody waits no more: lets in who may come in (2). */
static void rwlock_grant(mori_rwlock *lock)
{
        struct activity *first;

        if (lock->writer != NULL)
                return;
        if (lock->upgrader != 0) {
                if (lock->readers == 1) {
                        struct activity *upgrader = activity_at(lock->upgrader);

                        lock->upgrader = 0;
                        lock->readers = 0;
                        rwlock_give(lock, upgrader, taken_by(upgrader));
                        process_wake(process_self(), upgrader, 0);
                }
                return;
        }
        while ((first = waiters_first(&lock->waiters)) != NULL) {
                if (first->segment.state == ACTIVITY_STATE_WAITING_WRITE) {
                        if (lock->readers == 0) {
                                rwlock_give(lock, first, taken_by(first));
                                activity_hold(first);
                                waiters_wake(&lock->waiters, 0);
                        }
                        return;
                }
                lock->readers++;
                activity_hold(first);
                waiters_wake(&lock->waiters, 0);
        }
}

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
        if (lock->writer != NULL || lock->waiters.first != 0 || lock->upgrader != 0 ||
            (to_write && lock->readers != 0))
                return -EAGAIN;
        if (to_write)
                rwlock_give(lock, self, NULL);
        else
                lock->readers++;
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

static void reader_check(const mori_rwlock *lock, const char *what)
{
        rwlock_check(lock);
        if (lock->readers == 0 || activity_holds(worker_self()->activity) == 0)
                process_abandon("a reader-writer lock is %s by an activity that does not read",
                                what);
}

void mori_rwlock_read_release_slow(mori_rwlock *lock)
{
        reader_check(lock, "released");
        activity_unhold(worker_self()->activity);
        lock->readers--;
        rwlock_grant(lock);
}

void mori_rwlock_write_release_slow(mori_rwlock *lock)
{
        if (!holder_is_self(lock->writer, lock->generation))
                release_bad("a reader-writer lock", lock->writer, lock->generation, lock->taken);
        rwlock_check(lock);
        activity_unhold(worker_self()->activity);
        lock->writer = NULL;
        rwlock_grant(lock);
}

/* -EAGAIN: there are other readers. */
static int upgrade_take(mori_rwlock *lock)
{
        reader_check(lock, "upgraded");
        if (lock->readers != 1)
                return -EAGAIN;
        lock->readers = 0;
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
        if (lock->upgrader != 0)
                return -EDEADLK;
        error = wait_cancelled();
        if (error < 0)
                return error;
        lock->upgrader = stack_ref_of(wait_begin(ACTIVITY_STATE_WAITING_WRITE, lock));
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_rwlock_upgrade(mori_rwlock *lock)
{
        int64_t begun = upgrade_begin(lock);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

void mori_rwlock_downgrade(mori_rwlock *lock)
{
        if (!holder_is_self(lock->writer, lock->generation))
                release_bad("a reader-writer lock", lock->writer, lock->generation, lock->taken);
        rwlock_check(lock);
        lock->writer = NULL;
        lock->readers = 1;
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

bool lock_interrupt(struct activity *activity, int error)
{
        mori_rwlock *rwlock;

        switch (activity->segment.state) {
        case ACTIVITY_STATE_WAITING_LOCK:
                waiters_remove(&((mori_lock *)activity->wait)->waiters, activity);
                process_wake(process_self(), activity, error);
                return true;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                rwlock = activity->wait;
                if (rwlock->upgrader == stack_ref_of(activity))
                        rwlock->upgrader = 0;
                else
                        waiters_remove(&rwlock->waiters, activity);
                process_wake(process_self(), activity, error);
                rwlock_grant(rwlock); /* those behind it may come in now */
                return true;
        case ACTIVITY_STATE_WAITING_CONDITION:
                condition_leave(activity, error);
                return true;
        default:
                return false;
        }
}

/* ---- Ends */

struct left {
        struct activity *holder;
        unsigned found;
};

/* Somebody waits for a lock that the holder has not released. */
static void left_visit(struct activity *waiter, void *argument)
{
        struct left *left = argument;
        mori_rwlock *rwlock;
        mori_lock *lock;

        switch (waiter->segment.state) {
        case ACTIVITY_STATE_WAITING_LOCK:
        case ACTIVITY_STATE_WAITING_RELOCK:
                lock = waiter->wait;
                if (lock->holder == left->holder) {
                        report_forgotten("a lock", lock->taken);
                        lock_break(lock);
                        left->found++;
                }
                break;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                rwlock = waiter->wait;
                if (rwlock->writer == left->holder) {
                        report_forgotten("a reader-writer lock, to write,", rwlock->taken);
                        rwlock_break(rwlock);
                        left->found++;
                }
                break;
        default:
                break;
        }
}

void activity_holds_left(struct activity *activity)
{
        struct left left = {activity, 0};
        unsigned holds = activity_holds(activity);
        char place[256];

        if (holds < HOLDS_MANY) {
                process_self()->reports++;
                base_report("mori: an activity ends and has %u lock%s not released; it was started "
                            "at %s, causality %llu",
                            holds, holds == 1 ? "" : "s",
                            platform_place(activity_start_site(activity), place, sizeof place),
                            (unsigned long long)activity->causality);
        }
        process_each_activity(process_self(), left_visit, &left);
        activity->site &= ~(uint64_t)ACTIVITY_HOLDS_MASK;
}
