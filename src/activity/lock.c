/* SPDX-License-Identifier: MIT */
/*
 * Locks and conditions. Reader-writer locks are in rwlock.c, what both have in holder.h.
 *
 *      lock:   free --acquire--> held --release, nobody waits--> free
 *                                 |  ^---release: the first who waits has it
 *                                 +--its holder has ended--> broken --repair--> free
 *
 * As in sync.c, a release gives the lock to him who waits, who finds himself its holder.
 *
 * A condition's waiter that is signalled, or cancelled, goes over to the list of its lock, and is
 * woken as the lock's holder. It cannot be cancelled there: it must have the lock to go on.
 *
 * Invariant.
 *  (1) Nobody waits for a lock that is free or broken.
 */
#include "activity/deadlock.h"
#include "activity/holder.h"

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

static void lock_notice(mori_lock *lock)
{
        if (holder_has_ended(lock->holder, lock->generation)) {
                holder_report("a lock", lock->taken);
                lock_break(lock);
        }
}

void lock_forgotten(mori_lock *lock, const struct activity *holder)
{
        if (lock->holder == holder) {
                holder_report("a lock", lock->taken);
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
                lock_give(lock, first, holder_takes_at(first));
                waiters_wake(&lock->waiters, 0);
        }
}

void mori_lock_release_slow(mori_lock *lock)
{
        if (!holder_is_self(lock->holder, lock->generation))
                holder_bad("a lock", lock->holder, lock->generation, lock->taken);
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
                lock_give(lock, waiter, holder_takes_at(waiter));
                process_wake(process_self(), waiter, 0);
        } else {
                waiter->segment.state = ACTIVITY_STATE_WAITING_RELOCK;
                waiter->wait = lock;
                waiters_add(&lock->waiters, waiter);
                deadlock_changed(waiter);
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

/* ---- Cancellation */

bool lock_interrupt(struct activity *activity, int error)
{
        switch (activity->segment.state) {
        case ACTIVITY_STATE_WAITING_LOCK:
                waiters_remove(&((mori_lock *)activity->wait)->waiters, activity);
                process_wake(process_self(), activity, error);
                return true;
        case ACTIVITY_STATE_WAITING_READ:
        case ACTIVITY_STATE_WAITING_WRITE:
                rwlock_interrupt(activity, error);
                return true;
        case ACTIVITY_STATE_WAITING_CONDITION:
                condition_leave(activity, error);
                return true;
        default:
                return false;
        }
}
