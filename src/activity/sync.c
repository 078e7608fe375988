/* SPDX-License-Identifier: MIT */
/*
 * Semaphores, events, barriers, and what is done once.
 *
 * Whoever gives (releases, sets, comes last, has done it) gives to the first waiter itself: it
 * takes him out of the list and wakes him with 0. So a waiter never looks again, nobody overtakes
 * him, and a cancellation finds him either in the list, and then nothing has happened, or ready,
 * and then it has. As with queues (queue.c).
 *
 * Invariants.
 *  (1) Of a semaphore, permits <= limit, and the first who waits wants more than there are.
 *  (2) Nobody waits for an event that is set.
 *  (3) Of a barrier, arrived is the number of those who wait, and below parties.
 *  (4) Nobody waits for a once that is done. While somebody waits it has a runner, or the first who
 *      waited has been woken to be it.
 */
#include <mori/sync.h>

#include "activity/deadlock.h"
#include "activity/waiters.h"

/* ---- Semaphores */

static void semaphore_check(const mori_semaphore *semaphore)
{
        if (semaphore->limit == 0)
                process_abandon("a semaphore is used that was never initialised, or is no more");
        waiters_check(&semaphore->waiters, "a semaphore");
}

void mori_semaphore_init(mori_semaphore *semaphore, uint32_t permits, uint32_t limit)
{
        if (limit == 0 || permits > limit)
                process_abandon("a semaphore is made with %u permits and a limit of %u", permits,
                                limit);
        *semaphore = (mori_semaphore)MORI_SEMAPHORE(permits, limit);
}

void mori_semaphore_deinit(mori_semaphore *semaphore)
{
        semaphore_check(semaphore);
        if (semaphore->waiters.first != 0)
                process_abandon("a semaphore is deinitialised while activities wait for it");
        semaphore->limit = 0;
        semaphore->permits = 0;
}

static uint32_t permits_wanted(const struct activity *waiter)
{
        if (waiter->segment.state == ACTIVITY_STATE_WAITING_PERMITS)
                return ((const struct permits_wait *)waiter->wait)->count;
        return 1;
}

/* Gives what there is to the first waiters. */
static void semaphore_grant(mori_semaphore *semaphore)
{
        struct activity *first;

        while ((first = waiters_first(&semaphore->waiters)) != NULL) {
                uint32_t count = permits_wanted(first);

                if (count > semaphore->permits)
                        break;
                semaphore->permits -= count;
                waiters_wake(&semaphore->waiters, 0);
        }
}

int mori_semaphore_try(mori_semaphore *semaphore, uint32_t count)
{
        semaphore_check(semaphore);
        if (count == 0 || count > semaphore->limit)
                return -EINVAL;
        if (semaphore->waiters.first != 0 || semaphore->permits < count)
                return -EAGAIN;
        semaphore->permits -= count;
        return 0;
}

void mori_semaphore_release_many(mori_semaphore *semaphore, uint32_t count)
{
        semaphore_check(semaphore);
        if (count > semaphore->limit - semaphore->permits)
                process_abandon("%u permits are released to a semaphore that has %u of at most %u",
                                count, semaphore->permits, semaphore->limit);
        semaphore->permits += count;
        semaphore_grant(semaphore);
}

static int64_t acquire_begin(mori_semaphore *semaphore, uint32_t count, uint8_t state, void *wait)
{
        int error = mori_semaphore_try(semaphore, count);

        if (error != -EAGAIN)
                return error;
        error = wait_cancelled();
        if (error < 0)
                return error;
        if (deadlock_closes(state, wait))
                return -EDEADLK;
        waiters_add(&semaphore->waiters, wait_begin(state, wait));
        return WAIT_SUSPEND;
}

static int64_t acquire_one_begin(mori_semaphore *semaphore)
{
        return acquire_begin(semaphore, 1, ACTIVITY_STATE_WAITING_SEMAPHORE, semaphore);
}

MORI_ASYNC int mori_semaphore_acquire_slow(mori_semaphore *semaphore)
{
        int64_t begun = acquire_one_begin(semaphore);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

static int64_t acquire_many_begin(struct permits_wait *wait)
{
        return acquire_begin(wait->semaphore, wait->count, ACTIVITY_STATE_WAITING_PERMITS, wait);
}

MORI_ASYNC int mori_semaphore_acquire_many(mori_semaphore *semaphore, uint32_t count)
{
        struct permits_wait wait = {semaphore, count};
        int64_t begun = acquire_many_begin(&wait);

        return begun != WAIT_SUSPEND ? (int)begun : (int)MORI_AWAIT activity_suspend();
}

/* ---- Events */

enum { EVENT_SET = 1, EVENT_GONE = 2 };

static void event_check(const mori_event *event)
{
        if (event->state & EVENT_GONE)
                process_abandon("an event is used that is no more");
        waiters_check(&event->waiters, "an event");
}

void mori_event_deinit(mori_event *event)
{
        event_check(event);
        if (event->waiters.first != 0)
                process_abandon("an event is deinitialised while activities wait for it");
        event->state = EVENT_GONE;
}

void mori_event_set(mori_event *event)
{
        event_check(event);
        if (event->automatic) {
                if (!waiters_wake(&event->waiters, 0))
                        event->state = EVENT_SET;
                return;
        }
        event->state = EVENT_SET;
        while (waiters_wake(&event->waiters, 0))
                continue;
}

void mori_event_reset(mori_event *event)
{
        event_check(event);
        event->state = 0;
}

static int64_t event_begin(mori_event *event)
{
        int error;

        event_check(event);
        if (event->state == EVENT_SET) {
                if (event->automatic)
                        event->state = 0;
                return 0;
        }
        error = wait_cancelled();
        if (error < 0)
                return error;
        waiters_add(&event->waiters, wait_begin(ACTIVITY_STATE_WAITING_EVENT, event));
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_event_wait_slow(mori_event *event)
{
        int64_t begun = event_begin(event);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* ---- Once */

enum { ONCE_DONE = 1, ONCE_GONE = 2 };
/* What a waiter is woken with who has to run it. */
#define ONCE_RUN 1

static void once_check(const mori_once *once)
{
        if (once->done & ONCE_GONE)
                process_abandon("a once is used that is no more");
        waiters_check(&once->waiters, "a once");
}

void mori_once_deinit(mori_once *once)
{
        once_check(once);
        if (once->runner != NULL)
                process_abandon("a once is deinitialised while it is done");
        once->done = ONCE_GONE;
}

static void once_run_by(mori_once *once, struct activity *runner)
{
        once->runner = runner;
        once->generation = runner->segment.generation;
        activity_hold(runner);
}

static int64_t once_begin(mori_once *once)
{
        struct activity *self = worker_self()->activity;
        int error;

        once_check(once);
        if (once->done == ONCE_DONE)
                return 0;
        if (once->runner == NULL) {
                once_run_by(once, self);
                return ONCE_RUN;
        }
        error = wait_cancelled();
        if (error < 0)
                return error;
        if (deadlock_closes(ACTIVITY_STATE_WAITING_ONCE, once))
                return -EDEADLK;
        waiters_add(&once->waiters, wait_begin(ACTIVITY_STATE_WAITING_ONCE, once));
        return WAIT_SUSPEND;
}

/* The first who waits does it now, where it could not be done. */
static void once_end(mori_once *once, int result)
{
        struct activity *first = waiters_first(&once->waiters);

        activity_unhold(once->runner);
        once->runner = NULL;
        if (result >= 0) {
                once->done = ONCE_DONE;
                while (waiters_wake(&once->waiters, 0))
                        continue;
        } else if (first != NULL) {
                once_run_by(once, first);
                waiters_wake(&once->waiters, ONCE_RUN);
        }
}

MORI_ASYNC int mori_once_run_slow(mori_once *once, MORI_ASYNC int (*function)(void *),
                                  void *pointer, const void *place)
{
        int64_t begun = once_begin(once);
        int result;

        if (begun == WAIT_SUSPEND)
                begun = MORI_AWAIT activity_suspend();
        if (begun != ONCE_RUN)
                return (int)begun;
        once->begun = place;
        result = MORI_AWAIT function(pointer);
        once_end(once, result);
        return result < 0 ? result : 0;
}

/* ---- Barriers */

static void barrier_check(const mori_barrier *barrier)
{
        if (barrier->parties == 0)
                process_abandon("a barrier is used that was never initialised, that all have left, "
                                "or that is no more");
        waiters_check(&barrier->waiters, "a barrier");
}

void mori_barrier_init(mori_barrier *barrier, uint32_t parties)
{
        *barrier = (mori_barrier)MORI_BARRIER(parties);
        barrier_check(barrier);
}

/* arrived of one that is deinitialised */
#define BARRIER_GONE UINT32_MAX

void mori_barrier_deinit(mori_barrier *barrier)
{
        if (barrier->arrived == BARRIER_GONE)
                barrier_check(barrier);
        if (barrier->arrived != 0)
                process_abandon("a barrier is deinitialised while activities wait at it");
        barrier->parties = 0;
        barrier->arrived = BARRIER_GONE;
}

static void barrier_open(mori_barrier *barrier)
{
        barrier->arrived = 0;
        while (waiters_wake(&barrier->waiters, 0))
                continue;
}

static int64_t barrier_begin(mori_barrier *barrier)
{
        int error;

        barrier_check(barrier);
        if (barrier->arrived + 1 == barrier->parties) {
                barrier_open(barrier);
                return 1;
        }
        error = wait_cancelled();
        if (error < 0)
                return error;
        barrier->arrived++;
        waiters_add(&barrier->waiters, wait_begin(ACTIVITY_STATE_WAITING_BARRIER, barrier));
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_barrier_wait(mori_barrier *barrier)
{
        int64_t begun = barrier_begin(barrier);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

void mori_barrier_leave(mori_barrier *barrier)
{
        barrier_check(barrier);
        if (--barrier->parties == barrier->arrived)
                barrier_open(barrier);
}

/* ---- Cancellation */

bool sync_interrupt(struct activity *activity, int error)
{
        struct mori_waiters *waiters;
        mori_semaphore *semaphore = NULL;

        switch (activity->segment.state) {
        case ACTIVITY_STATE_WAITING_SEMAPHORE:
                semaphore = activity->wait;
                waiters = &semaphore->waiters;
                break;
        case ACTIVITY_STATE_WAITING_PERMITS:
                semaphore = ((struct permits_wait *)activity->wait)->semaphore;
                waiters = &semaphore->waiters;
                break;
        case ACTIVITY_STATE_WAITING_EVENT:
                waiters = &((mori_event *)activity->wait)->waiters;
                break;
        case ACTIVITY_STATE_WAITING_ONCE:
                waiters = &((mori_once *)activity->wait)->waiters;
                break;
        case ACTIVITY_STATE_WAITING_BARRIER:
                waiters = &((mori_barrier *)activity->wait)->waiters;
                ((mori_barrier *)activity->wait)->arrived--;
                break;
        default:
                return false;
        }
        waiters_remove(waiters, activity);
        process_wake(process_self(), activity, error);
        if (semaphore != NULL)
                semaphore_grant(semaphore); /* those behind may want less */
        return true;
}
