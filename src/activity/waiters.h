/* SPDX-License-Identifier: MIT */
/*
 * Who waits for an object of <mori/sync.h> or <mori/lock.h>: a list through the links of control
 * blocks, in the order in which they came. Its head lies in memory of the user's, so it ends in 0
 * and not in the head, and what is removed is removed from a given list. No activity of another
 * process gets into it.
 */
#pragma once

#include "activity/wait.h"

#include <mori/lock.h>

#include <errno.h>

/* The `wait` of an activity that waits for several permits. */
struct permits_wait {
        mori_semaphore *semaphore;
        uint32_t count;
};

/* The `wait` of an activity that waits for a condition. */
struct condition_wait {
        mori_condition *condition;
        mori_lock *lock;
        int answer; /* once it has the lock again */
};

static inline struct activity *waiters_first(const struct mori_waiters *waiters)
{
        return waiters->first == 0 ? NULL : activity_at(waiters->first);
}

static inline void waiters_add(struct mori_waiters *waiters, struct activity *activity)
{
        stack_ref ref = stack_ref_of(activity);

        activity->link_next = 0;
        activity->link_previous = waiters->last;
        if (waiters->last != 0)
                activity_at(waiters->last)->link_next = ref;
        else
                waiters->first = ref;
        waiters->last = ref;
}

static inline void waiters_remove(struct mori_waiters *waiters, struct activity *activity)
{
        if (activity->link_next != 0)
                activity_at(activity->link_next)->link_previous = activity->link_previous;
        else
                waiters->last = activity->link_previous;
        if (activity->link_previous != 0)
                activity_at(activity->link_previous)->link_next = activity->link_next;
        else
                waiters->first = activity->link_next;
        activity->link_next = activity->link_previous = 0;
}

/*
 * Before anything is done about waiters: they are of the process that runs, or it is abandoned,
 * because two processes may not share what has no lock of its own.
 */
static inline void waiters_check(const struct mori_waiters *waiters, const char *what)
{
        if (waiters->first != 0 && activity_at(waiters->first)->process != process_self()->index)
                process_abandon("%s is used by two processes", what);
}

/* Takes the first out and wakes it with `answer`. False where there is none. */
static inline bool waiters_wake(struct mori_waiters *waiters, int answer)
{
        struct activity *first = waiters_first(waiters);

        if (first == NULL)
                return false;
        waiters_remove(waiters, first);
        process_wake(process_self(), first, answer);
        return true;
}

/*
 * The ends of waits, for wait_interrupt(): of states that are not theirs, nothing; false then.
 */
bool sync_interrupt(struct activity *activity, int error);
bool lock_interrupt(struct activity *activity, int error);

/* An activity that holds locks has ended, or is about to leave its own scope: see lock.h (7). */
void activity_holds_left(struct activity *activity);
