/* SPDX-License-Identifier: MIT */
/*
 * Wide loops. The block is a scope with a semaphore of as many permits as there may be iterations.
 * An iteration takes one before it starts and gives it back at its end, of which nobody but the
 * block is told: it is marked as one that is ignored, and as one of a wide block, which is the
 * scope that owns it.
 *
 * Invariants.
 *  (1) What is marked ACTIVITY_FLAG_WIDE is owned by the scope of a struct mori_wide.
 *  (2) permits + iterations that have not ended = the bound, between turns.
 */
#include <mori/wide.h>

#include "activity/activity.h"
#include "activity/deadlock.h"
#include "activity/wait.h"
#include "turn/report.h"

#include <errno.h>
#include <string.h>

struct mori_wide *mori_wide_enter(struct mori_wide *wide, uint32_t bound)
{
        if (bound == 0)
                process_abandon("a wide loop with a bound of 0 iterations");
        mori_semaphore_init(&wide->slots, bound, bound);
        wide->failure = wide->answered = 0;
        mori_scope_enter(&wide->scope, MORI_FOREVER, 0);
        return wide;
}

/* What the block answers from now on: the first failure, and that somebody has seen it. */
static int wide_answer(struct mori_wide *wide, int error)
{
        if (wide->failure == 0)
                return error;
        wide->answered = 1;
        return wide->failure;
}

static int slot_begin(struct mori_wide *wide)
{
        int error = mori_cancelled();

        if (worker_self()->activity->scope != stack_ref_of(&wide->scope))
                process_abandon("an iteration is started in a scope inside of its wide block");
        if (error < 0 || wide->failure != 0)
                return wide_answer(wide, error);
        return mori_semaphore_try(&wide->slots, 1);
}

MORI_ASYNC int mori_wide_slot(struct mori_wide *wide)
{
        int error = slot_begin(wide);

        if (error == -EAGAIN)
                error = MORI_AWAIT mori_semaphore_acquire_slow(&wide->slots);
        return error < 0 ? wide_answer(wide, error) : 0;
}

void mori_wide_started(struct mori_wide *wide, MORI_HANDLE(int) handle)
{
        struct activity *activity = activity_of_handle(MORI_ACTIVITY(handle));

        assert_always(activity != NULL && activity->owner == stack_ref_of(&wide->scope));
        activity_flags_set(activity,
                           ACTIVITY_FLAG_WIDE | ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_NOTIFY);
        if (activity->segment.state == ACTIVITY_STATE_DONE)
                activity_finished(activity);
}

bool wide_activity_done(struct activity *activity)
{
        struct mori_wide *wide = stack_at(activity->owner);
        int failure = activity_failure(activity);
        bool first = failure != 0 && wide->failure == 0 &&
                     activity_level_own(activity) == CANCEL_NONE;

        if (first) {
                wide->failure = failure;
                activity_cancel_scope(activity_at(wide->scope.activity), &wide->scope, CANCEL_HARD);
        }
        mori_semaphore_release_many(&wide->slots, 1);
        if (unlikely(wide->slots.waiters.first != 0))
                deadlock_changed(activity_at(wide->scope.activity)); /* for one less */
        return first;
}

MORI_ASYNC int mori_wide_end(struct mori_wide *wide)
{
        int error = MORI_AWAIT mori_semaphore_acquire_many(&wide->slots, wide->slots.limit);

        if (error < 0 || wide->failure != 0)
                return wide_answer(wide, error);
        MORI_AWAIT mori_scope_end(&wide->scope);
        return 0;
}

static void wide_report(const struct mori_wide *wide)
{
        if (wide->failure == 0 || wide->answered)
                return;
        process_self()->reports++;
        base_report("mori: nobody saw that an iteration of a wide loop failed: result %d (%s)",
                    wide->failure, strerror(-wide->failure));
        report_activity(worker_self()->activity);
}

MORI_ASYNC void mori_wide_leave(struct mori_wide *wide)
{
        MORI_AWAIT mori_scope_leave(&wide->scope);
        wide_report(wide);
}
