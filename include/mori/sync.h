/* SPDX-License-Identifier: MIT */
/*
 * Semaphores, events, barriers, and what is done once. Locks and conditions are in lock.h.
 *
 * They are plain structures: put them where you like, in a structure of yours, on a stack, and
 * initialise them as each says. Nothing is allocated, and nothing must be freed. Their fields are
 * the runtime's.
 *
 * Rules.
 *   (1) All activities that use one belong to one process; so it is used by one thread at a time
 *       and needs no atomic operation. One for which activities of two processes wait abandons the
 *       process that came second.
 *   (2) What need not wait succeeds even where the activity is cancelled. A wait answers 0;
 *       -ECANCELED or -ETIMEDOUT where its scope was cancelled or its deadline has passed, and then
 *       it has not happened: no permit was taken, no event consumed. What was granted to a waiter
 *       is the waiter's: a cancellation that comes after it does not undo it, and the wait answers
 *       0.
 *   (3) Waiters are served in the order in which they came.
 *   (4) It must stay where it is, and live, as long as somebody waits for it. The `_deinit`
 *       functions check that, and that it is not used any more; they free nothing, and where there
 *       is no doubt they may be left out.
 *   (5) A broken contract abandons the process with a report: more permits released than there are,
 *       one that was never initialised, or deinitialised twice or while somebody waits.
 */
#pragma once

#include <mori/base.h>
#include <mori/detail/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who waits: the first and the last, 0 where nobody does. */
struct mori_waiters {
        uint32_t first, last;
};

/*
 * A semaphore (E. W. Dijkstra, 1965): a number of permits. Who acquires one waits until there is
 * one. Permits have no owner: any activity, and sync code, may release them. `limit`, at least 1,
 * is the number that there can be at most.
 *
 *         mori_semaphore connections = MORI_SEMAPHORE(8, 8);
 */
typedef struct mori_semaphore {
        uint32_t permits, limit;
        struct mori_waiters waiters;
} mori_semaphore;

/* One with so many permits at first, and at most. */
#define MORI_SEMAPHORE(at_first, at_most) \
        { \
                .permits = (at_first), .limit = (at_most) \
        }
/* The same at run time. Abandons the process for a limit of 0, or fewer than the permits. */
MORI_API void mori_semaphore_init(mori_semaphore *semaphore, uint32_t permits, uint32_t limit);
MORI_API void mori_semaphore_deinit(mori_semaphore *semaphore);

/* Takes one permit, or waits for it: rule (2). */
static inline MORI_ASYNC int mori_semaphore_acquire(mori_semaphore *semaphore) MORI_MUST_CHECK;
/*
 * Takes `count` permits at once. Who waits for many is not overtaken by who wants few. -EINVAL for
 * 0, or more than the limit: that could never succeed.
 */
MORI_API MORI_ASYNC int mori_semaphore_acquire_many(mori_semaphore *semaphore,
                                                    uint32_t count) MORI_MUST_CHECK;
/*
 * Without waiting: 0, or -EAGAIN where there are not as many, or others wait for them. -EINVAL as
 * above. Also for sync code.
 */
MORI_API int mori_semaphore_try(mori_semaphore *semaphore, uint32_t count) MORI_MUST_CHECK;
/*
 * Gives permits back. Where that would be more than the limit the process is abandoned. 0 does
 * nothing.
 */
static inline void mori_semaphore_release(mori_semaphore *semaphore);
MORI_API void mori_semaphore_release_many(mori_semaphore *semaphore, uint32_t count);

/*
 * An event is set or not. Waiting for one that is set goes on at once. A manual one stays set until
 * it is reset; an automatic one lets one waiter through, and is reset by that. Setting one that is
 * set does nothing: sets are not counted (that is a semaphore). Who was waiting when it was set
 * goes on, even if it is reset at once.
 */
typedef struct mori_event {
        uint8_t state; /* bit 0: set; bit 1: deinitialised */
        uint8_t automatic;
        struct mori_waiters waiters;
} mori_event;

/* Not set at first. All bytes zero is a manual event. */
#define MORI_EVENT_MANUAL \
        { \
                .state = 0 \
        }
#define MORI_EVENT_AUTOMATIC \
        { \
                .automatic = 1 \
        }
MORI_API void mori_event_deinit(mori_event *event);
static inline MORI_ASYNC int mori_event_wait(mori_event *event) MORI_MUST_CHECK;
/* Both also for sync code. */
MORI_API void mori_event_set(mori_event *event);
MORI_API void mori_event_reset(mori_event *event);
static inline int mori_event_is_set(const mori_event *event)
{
        return event->state & 1;
}

/*
 * Something that is done once, by the first who needs it, while the others wait. All bytes zero is
 * one that was not done.
 */
typedef struct mori_once {
        void *runner;  /* the activity that does it now */
        const void *begun; /* where */
        uint32_t generation; /* of the runner */
        uint8_t done; /* bit 0: done; bit 1: deinitialised */
        struct mori_waiters waiters;
} mori_once;

/* One that was not done; and its end, for which nobody may be doing it. */
#define MORI_ONCE \
        { \
                .runner = 0 \
        }
MORI_API void mori_once_deinit(mori_once *once);
/*
 * Has function(pointer) done, unless it was. 0: it was done, now or earlier. Where the function
 * answers below 0, whoever ran it gets that, and the next who waits or comes tries again.
 * -EDEADLK: who does it now waits for this activity, or is this activity.
 */
static inline MORI_ASYNC int mori_once_run(mori_once *once, MORI_ASYNC int (*function)(void *),
                                           void *pointer) MORI_MUST_CHECK;

/*
 * A barrier: those who come wait until `parties` have come; then all go on, and it is as new. A
 * wait that is cancelled is withdrawn: it counts as if it had not come.
 */
typedef struct mori_barrier {
        uint32_t parties, arrived;
        struct mori_waiters waiters;
} mori_barrier;

/* One for so many parties. */
#define MORI_BARRIER(count) \
        { \
                .parties = (count) \
        }
/* The same at run time. Abandons the process for 0. */
MORI_API void mori_barrier_init(mori_barrier *barrier, uint32_t parties);
MORI_API void mori_barrier_deinit(mori_barrier *barrier);
/* Answers 1 to the last who came, which did not wait, 0 to the others, or an error: rule (2). */
MORI_API MORI_ASYNC int mori_barrier_wait(mori_barrier *barrier) MORI_MUST_CHECK;
/*
 * One of the parties will not come again: from now on there is one less to wait for. The others go
 * on if they were waiting for that one alone. Abandons the process where no party is left.
 */
MORI_API void mori_barrier_leave(mori_barrier *barrier);

/* ---- What the macros are made of, and the inline functions */

MORI_API MORI_ASYNC int mori_semaphore_acquire_slow(mori_semaphore *semaphore);
MORI_API MORI_ASYNC int mori_event_wait_slow(mori_event *event);
MORI_API MORI_ASYNC int mori_once_run_slow(mori_once *once, MORI_ASYNC int (*function)(void *),
                                           void *pointer, const void *place);

static inline __attribute__((always_inline)) MORI_ASYNC int
mori_semaphore_acquire(mori_semaphore *semaphore)
{
        if (__builtin_expect(semaphore->permits == 0 || semaphore->waiters.first != 0, 0))
                return MORI_AWAIT mori_semaphore_acquire_slow(semaphore);
        semaphore->permits--;
        return 0;
}

static inline __attribute__((always_inline)) void mori_semaphore_release(mori_semaphore *semaphore)
{
        if (__builtin_expect(semaphore->waiters.first != 0 ||
                                     semaphore->permits >= semaphore->limit,
                             0))
                mori_semaphore_release_many(semaphore, 1);
        else
                semaphore->permits++;
}

static inline __attribute__((always_inline)) MORI_ASYNC int mori_event_wait(mori_event *event)
{
        if (__builtin_expect(event->state != 1 || event->automatic, 0))
                return MORI_AWAIT mori_event_wait_slow(event);
        return 0;
}

static inline __attribute__((always_inline)) MORI_ASYNC int
mori_once_run(mori_once *once, MORI_ASYNC int (*function)(void *), void *pointer)
{
        if (__builtin_expect(once->done != 1, 0))
                return MORI_AWAIT mori_once_run_slow(once, function, pointer, mori_detail_here());
        return 0;
}

#ifdef __cplusplus
}
#endif
