/* SPDX-License-Identifier: MIT */
/*
 * Who holds a lock of <mori/lock.h>: what locks and reader-writer locks have in common.
 *
 * A holder is written into the lock, with its generation, so that one that has ended is known. What
 * it has is counted in its control block (layout.h), so that its end is noticed. Which locks they
 * were is not written down anywhere else, so that taking one costs nothing more: those for which
 * somebody waits are found by looking at everybody; the others when somebody wants them, because
 * they name a holder whose generation has ended.
 */
#pragma once

#include "activity/waiters.h"
#include "turn/report.h"

#include <mori/lock.h>

/* What a holder can be besides NULL and an activity. */
#define LOCK_BROKEN ((void *)1)
#define LOCK_GONE ((void *)2)
/* As the writer of a reader-writer lock: it is read, and somebody waits for it. */
#define LOCK_WANTED ((void *)3)

static inline bool holder_is_activity(const void *holder)
{
        return (uintptr_t)holder > (uintptr_t)LOCK_WANTED;
}

/* The running activity, which is to hold a lock. Callbacks of the loop hold none. */
static inline struct activity *holder_to_be(void)
{
        struct activity *self = worker_self()->activity;

        if (self == NULL)
                process_abandon("a lock is taken by code that no activity runs");
        return self;
}

static inline bool holder_is_self(const void *holder, uint32_t generation)
{
        const struct activity *self = worker_self()->activity;

        return holder == self && self != NULL && generation == self->segment.generation;
}

/* An activity that took it and has ended since. */
static inline bool holder_has_ended(const void *holder, uint32_t generation)
{
        const struct activity *activity = holder;

        return holder_is_activity(holder) && (activity->segment.generation != generation ||
                                              activity->segment.state == ACTIVITY_STATE_DONE);
}

/* Abandons the process: the lock is released by somebody who does not hold it. */
_Noreturn void holder_bad(const char *what, const void *holder, uint32_t generation,
                          const void *taken);
/* Where one that waits will have taken it: where it goes on, or what was started is the wait. */
const void *holder_takes_at(const struct activity *waiter);
/* Reports that what was taken there was never released. */
void holder_report(const char *what, const void *taken);

/* The holder has ended: where it is that of this lock, the lock is broken, or has a reader less. */
void lock_forgotten(mori_lock *lock, const struct activity *holder);
void rwlock_forgotten(mori_rwlock *lock, const struct activity *holder);
/* rwlock.c's part of lock_interrupt(). */
void rwlock_interrupt(struct activity *activity, int error);
