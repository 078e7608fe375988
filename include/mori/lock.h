/* SPDX-License-Identifier: MIT */
/*
 * Locks between the activities of a process, and conditions.
 *
 * Turns do not interleave but at awaits and starts, so what is read and written between two awaits
 * needs no lock. A lock is for what must stay together across an await.
 *
 * They are plain structures; all bytes zero is one that nobody holds. Nothing is allocated, and
 * nothing must be freed. The rules of sync.h hold, and these:
 *
 *   (6) A lock is held by the activity that took it, and released by that activity. Releasing what
 *       one does not hold abandons the process. Taking again what one has answers -EDEADLK.
 *   (7) An activity that ends while it holds a lock has forgotten it: that is reported, with the
 *       place where it was taken and the one where the activity was started. What the lock guards
 *       may be half done, so the lock is broken from then on: who waits for it, and who comes,
 *       gets -EOWNERDEAD and does not have it, until mori_lock_repair(). (Up to 14 locks are
 *       counted for each activity; one that holds more at its end is not reported before somebody
 *       wants them.) A reader that ends so is reported and reads no more, for reading leaves
 *       nothing half done; of those who read as the fifth or later at a time this is not known, and
 *       writers wait for them for ever. MORI_LOCKED() and the like cannot forget.
 *   (8) Where waiting would close a circle of activities that wait for one another, it answers
 *       -EDEADLK at once, and the circle is reported: each activity with where it was started, what
 *       it waits for, and where that was taken. docs/activity.md ("Circles") says which waits are
 *       followed. A circle that a join closes, which cannot answer that, is answered to another of
 *       its members. No circle is reported that is none; but with a deadline or a cancellation it
 *       might have been cut later. Readers are followed up to the fourth that reads at a time, and
 *       circles of more than 1000 members are not looked for: those are found only when nothing
 *       else moves any more.
 */
#pragma once

#include <mori/detail/machine.h>
#include <mori/sync.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A lock */

/* One activity at a time holds it. */
typedef struct mori_lock {
        void *holder;      /* NULL, an activity, or what the runtime means by 1 and 2 */
        const void *taken; /* where */
        uint32_t generation;
        struct mori_waiters waiters;
} mori_lock;

/* A lock that nobody holds; and its end, for which nobody may hold it. */
#define MORI_LOCK \
        { \
                .holder = 0 \
        }
MORI_API void mori_lock_deinit(mori_lock *lock);
/*
 * Takes it, or waits until it is this activity's turn to. 0; -ECANCELED, -ETIMEDOUT; -EDEADLK (8);
 * -EOWNERDEAD (7).
 */
static inline MORI_ASYNC int mori_lock_acquire(mori_lock *lock) MORI_MUST_CHECK;
/* Without waiting: 0, -EBUSY, -EDEADLK where this activity has it, -EOWNERDEAD. */
MORI_API int mori_lock_try(mori_lock *lock) MORI_MUST_CHECK;
/* Releases it: the first who waits has it from now on. */
static inline void mori_lock_release(mori_lock *lock);
/* Whether the running activity holds it. */
MORI_API int mori_lock_is_mine(const mori_lock *lock);
/* What a broken lock guards is in order again. Does nothing to one that is not broken. */
MORI_API void mori_lock_repair(mori_lock *lock);

/*
 * MORI_LOCKED(lock): takes it until the enclosing block is left, in whatever way. Where that fails,
 * the enclosing function, which returns an int, returns the error. A statement.
 */
#define MORI_LOCKED(lock) MORI_DETAIL_LOCKED(__COUNTER__, mori_lock, lock)

/* ---- A reader-writer lock */

/* So many of those who read are known to the lock. */
#define MORI_DETAIL_READERS 4

/*
 * Many who read hold it, or one who writes. It is fair: who comes later waits behind a writer who
 * waits, so writers do not starve; and when a writer has released it all readers up to the next
 * writer go on. So a reader that reads again, while a writer waits, waits for itself: take it once.
 */
typedef struct mori_rwlock {
        void *writer; /* as `holder` above; 3 while somebody waits until it is not read any more */
        const void *taken;
        uint32_t generation;
        uint32_t upgrader; /* a reader that waits to be the writer */
        struct mori_waiters waiters;
        uint64_t others; /* who read, but the one in reader[0] */
        struct mori_detail_reader {
                void *activity;
                uint32_t generation;
        } reader[MORI_DETAIL_READERS];
} mori_rwlock;

/* One that nobody holds; and its end, for which nobody may hold it. */
#define MORI_RWLOCK \
        { \
                .writer = 0 \
        }
MORI_API void mori_rwlock_deinit(mori_rwlock *lock);
/* As mori_lock_acquire(). */
static inline MORI_ASYNC int mori_rwlock_read(mori_rwlock *lock) MORI_MUST_CHECK;
static inline MORI_ASYNC int mori_rwlock_write(mori_rwlock *lock) MORI_MUST_CHECK;
/* Without waiting: 0, -EBUSY, -EDEADLK where this activity is the writer, -EOWNERDEAD. */
MORI_API int mori_rwlock_try_read(mori_rwlock *lock) MORI_MUST_CHECK;
MORI_API int mori_rwlock_try_write(mori_rwlock *lock) MORI_MUST_CHECK;
static inline void mori_rwlock_read_release(mori_rwlock *lock);
static inline void mori_rwlock_write_release(mori_rwlock *lock);
/*
 * A reader becomes the writer, before all who wait, as soon as the other readers have released it;
 * nobody writes in between. Where it fails the caller still reads: -ECANCELED, -ETIMEDOUT; -EDEADLK
 * where another reader waits for the same already: each would wait for the other to stop reading.
 */
MORI_API MORI_ASYNC int mori_rwlock_upgrade(mori_rwlock *lock) MORI_MUST_CHECK;
/* The same without waiting: 0, or -EBUSY. */
MORI_API int mori_rwlock_try_upgrade(mori_rwlock *lock) MORI_MUST_CHECK;
/* The writer becomes a reader; readers who wait before the next writer go on. */
MORI_API void mori_rwlock_downgrade(mori_rwlock *lock);
MORI_API void mori_rwlock_repair(mori_rwlock *lock);

/*
 * As MORI_LOCKED(). It may be released, upgraded or downgraded in the block: what the activity has
 * of it at the end is released then.
 */
#define MORI_READING(lock) MORI_DETAIL_LOCKED(__COUNTER__, mori_rwlock_read, lock)
#define MORI_WRITING(lock) MORI_DETAIL_LOCKED(__COUNTER__, mori_rwlock_write, lock)

/* ---- A condition, with a lock */

/*
 * (C. A. R. Hoare, Per Brinch Hansen: monitors.) Who holds the lock and finds that it must wait for
 * something to change waits for the condition, and holds the lock again afterwards. Nobody wakes up
 * without a signal. What a waiter was signalled for may have been undone by another who took the
 * lock in between: ask again, in a loop. All bytes zero is a condition that nobody waits for.
 */
typedef struct mori_condition {
        struct mori_waiters waiters;
        uint32_t deinitialised;
} mori_condition;

/* One that nobody waits for; and its end, for which nobody may wait for it. */
#define MORI_CONDITION \
        { \
                .deinitialised = 0 \
        }
MORI_API void mori_condition_deinit(mori_condition *condition);
/*
 * Releases the lock, waits for a signal, and takes the lock again. 0, or -ECANCELED, -ETIMEDOUT: in
 * each case the lock is held again, and taking it again cannot be cancelled. -EOWNERDEAD: it is
 * broken, and not held. A signal that came first is answered with 0, also to who is cancelled then.
 * Abandons the process where the caller does not hold the lock.
 */
MORI_API MORI_ASYNC int mori_condition_wait(mori_condition *condition,
                                            mori_lock *lock) MORI_MUST_CHECK;
/* Wakes the one who waits longest, or all; does nothing where nobody waits. */
MORI_API void mori_condition_signal(mori_condition *condition);
MORI_API void mori_condition_broadcast(mori_condition *condition);

/* ---- What the macros are made of, and the inline functions */

MORI_API MORI_ASYNC int mori_lock_acquire_slow(mori_lock *lock);
MORI_API void mori_lock_release_slow(mori_lock *lock);
MORI_API MORI_ASYNC int mori_rwlock_read_slow(mori_rwlock *lock);
MORI_API MORI_ASYNC int mori_rwlock_write_slow(mori_rwlock *lock);
MORI_API void mori_rwlock_read_release_slow(mori_rwlock *lock);
MORI_API void mori_rwlock_write_release_slow(mori_rwlock *lock);

/* The running activity counts the locks that it holds: see src/stack/layout.h. */
#define MORI_DETAIL_HOLD ((uint64_t)0x1000)
#define MORI_DETAIL_HOLDS_MANY ((uint64_t)0xf000)

static inline __attribute__((always_inline)) MORI_ASYNC int mori_lock_acquire(mori_lock *lock)
{
        struct mori_detail_control *self = mori_detail_self();

        if (__builtin_expect(lock->holder != NULL || (~self->flags & MORI_DETAIL_HOLDS_MANY) == 0,
                             0))
                return MORI_AWAIT mori_lock_acquire_slow(lock);
        lock->holder = self;
        lock->generation = self->generation;
        lock->taken = mori_detail_here();
        self->flags += MORI_DETAIL_HOLD;
        return 0;
}

static inline __attribute__((always_inline)) void mori_lock_release(mori_lock *lock)
{
        struct mori_detail_control *self = mori_detail_self();
        uint64_t holds;

        if (__builtin_expect(lock->holder != self || lock->generation != self->generation ||
                                     lock->waiters.first != 0,
                             0)) {
                mori_lock_release_slow(lock);
                return;
        }
        holds = self->flags & MORI_DETAIL_HOLDS_MANY;
        if (__builtin_expect(holds != MORI_DETAIL_HOLDS_MANY, 1))
                self->flags -= MORI_DETAIL_HOLD;
        lock->holder = NULL;
}

static inline __attribute__((always_inline)) MORI_ASYNC int mori_rwlock_read(mori_rwlock *lock)
{
        struct mori_detail_control *self = mori_detail_self();

        if (__builtin_expect(lock->writer != NULL || lock->reader[0].activity != NULL ||
                                     (~self->flags & MORI_DETAIL_HOLDS_MANY) == 0,
                             0))
                return MORI_AWAIT mori_rwlock_read_slow(lock);
        lock->reader[0].activity = self;
        lock->reader[0].generation = self->generation;
        self->flags += MORI_DETAIL_HOLD;
        return 0;
}

static inline __attribute__((always_inline)) void mori_rwlock_read_release(mori_rwlock *lock)
{
        struct mori_detail_control *self = mori_detail_self();

        if (__builtin_expect(lock->writer != NULL || lock->reader[0].activity != self ||
                                     lock->reader[0].generation != self->generation ||
                                     (~self->flags & MORI_DETAIL_HOLDS_MANY) == 0,
                             0)) {
                mori_rwlock_read_release_slow(lock);
                return;
        }
        lock->reader[0].activity = NULL;
        self->flags -= MORI_DETAIL_HOLD;
}

static inline __attribute__((always_inline)) MORI_ASYNC int mori_rwlock_write(mori_rwlock *lock)
{
        struct mori_detail_control *self = mori_detail_self();

        if (__builtin_expect(lock->writer != NULL || lock->reader[0].activity != NULL ||
                                     lock->others != 0 ||
                                     (~self->flags & MORI_DETAIL_HOLDS_MANY) == 0,
                             0))
                return MORI_AWAIT mori_rwlock_write_slow(lock);
        lock->writer = self;
        lock->generation = self->generation;
        lock->taken = mori_detail_here();
        self->flags += MORI_DETAIL_HOLD;
        return 0;
}

static inline __attribute__((always_inline)) void mori_rwlock_write_release(mori_rwlock *lock)
{
        struct mori_detail_control *self = mori_detail_self();

        if (__builtin_expect(lock->writer != self || lock->generation != self->generation ||
                                     lock->waiters.first != 0 ||
                                     (~self->flags & MORI_DETAIL_HOLDS_MANY) == 0,
                             0)) {
                mori_rwlock_write_release_slow(lock);
                return;
        }
        lock->writer = NULL;
        self->flags -= MORI_DETAIL_HOLD;
}

/*
 * How each kind is taken by MORI_LOCKED() and the like, and released where the block is left,
 * unless that was done before.
 */
static inline __attribute__((always_inline)) MORI_ASYNC int
mori_detail_mori_lock_take(mori_lock *lock)
{
        return MORI_AWAIT mori_lock_acquire(lock);
}

static inline void mori_detail_mori_lock_leave(mori_lock **lock)
{
        if (*lock != NULL && (*lock)->holder == mori_detail_self())
                mori_lock_release(*lock);
}

static inline __attribute__((always_inline)) MORI_ASYNC int
mori_detail_mori_rwlock_read_take(mori_rwlock *lock)
{
        return MORI_AWAIT mori_rwlock_read(lock);
}

/* Whether the running activity reads, as far as is known; one of those that stand nowhere may. */
static inline int mori_detail_reads(const mori_rwlock *lock)
{
        uint64_t unknown = lock->others;

        for (unsigned i = 0; i < MORI_DETAIL_READERS; i++) {
                if (lock->reader[i].activity == mori_detail_self())
                        return 1;
                unknown -= i != 0 && lock->reader[i].activity != NULL;
        }
        return unknown != 0;
}

/* Whatever it has become in the block: see mori_rwlock_upgrade(). */
static inline void mori_detail_mori_rwlock_read_leave(mori_rwlock **lock)
{
        if (*lock == NULL)
                return;
        if ((*lock)->writer == mori_detail_self())
                mori_rwlock_write_release(*lock);
        else if (mori_detail_reads(*lock))
                mori_rwlock_read_release(*lock);
}

static inline __attribute__((always_inline)) MORI_ASYNC int
mori_detail_mori_rwlock_write_take(mori_rwlock *lock)
{
        return MORI_AWAIT mori_rwlock_write(lock);
}

static inline void mori_detail_mori_rwlock_write_leave(mori_rwlock **lock)
{
        unsigned i;

        if (*lock == NULL)
                return;
        if ((*lock)->writer == mori_detail_self()) {
                mori_rwlock_write_release(*lock);
                return;
        }
        for (i = 0; i < MORI_DETAIL_READERS; i++) { /* it was the first to read then */
                if ((*lock)->reader[i].activity == mori_detail_self()) {
                        mori_rwlock_read_release(*lock);
                        return;
                }
        }
}

#define MORI_DETAIL_LOCKED(n, kind, lock) MORI_DETAIL_LOCKED_(n, kind, lock)
#define MORI_DETAIL_LOCKED_(n, kind, lock)                                                         \
        __typeof__(lock) mori_detail_held_##n                                                      \
                __attribute__((cleanup(mori_detail_##kind##_leave), unused)) = NULL;               \
        do {                                                                                       \
                __typeof__(lock) mori_detail_wanted_##n = (lock);                                  \
                int mori_detail_error_##n =                                                        \
                        MORI_AWAIT mori_detail_##kind##_take(mori_detail_wanted_##n);              \
                if (__builtin_expect(mori_detail_error_##n < 0, 0))                                \
                        return mori_detail_error_##n;                                              \
                mori_detail_held_##n = mori_detail_wanted_##n;                                     \
        } while (0)

#ifdef __cplusplus
}
#endif
