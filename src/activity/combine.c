/* SPDX-License-Identifier: MIT */
/*
 * Several activities as one.
 *
 *      look at each: ended already? --enough is known--> cancel the rest, join all
 *            | not enough                                          ^
 *      arm: each has the caller as its joiner                      |
 *            |                                                     |
 *      waiting (ENDS) --ends come, until enough is known: disarm---+
 *            +-----------cancelled: disarm, cancel all-------------+
 *
 * The record lies in the frame of the call, and an end takes the same time however many there are.
 * A select, which does more, would need a node for each.
 *
 * Invariants.
 *  (1) While the caller waits, every activity of the array that has not ended has it as its joiner.
 *  (2) When the call returns every activity has been joined.
 */
#include "activity/combine.h"

#include "activity/activity.h"
#include "activity/deadlock.h"
#include "activity/wait.h"
#include "turn/report.h"

#include <errno.h>

/* Of more than so many, not each end is taken for the reason to look for a circle of waits. */
#define WATCHED_MAX 100

static struct activity *ends_activity(const struct ends *ends, unsigned i)
{
        mori_activity handle = MORI_ACTIVITY(ends->handles[i]);
        struct activity *activity = activity_of_handle(handle);

        if (activity == NULL)
                activity_handle_bad(handle.word);
        return activity;
}

/* One has ended. True where that is enough to know. */
static bool ends_note(struct ends *ends, struct activity *activity)
{
        int failure = activity_failure(activity);

        ends->remaining--;
        switch (ends->mode) {
        case ENDS_ALL:
                if (failure != 0)
                        ends->deciding = activity;
                break;
        case ENDS_RACE:
                ends->deciding = activity;
                break;
        case ENDS_ANY:
                if (failure == 0 || ends->remaining == 0)
                        ends->deciding = activity;
                break;
        case ENDS_EACH:
                break;
        }
        return ends->deciding != NULL || ends->remaining == 0;
}

static void ends_disarm(const struct ends *ends)
{
        for (unsigned i = 0; i < ends->count; i++) {
                struct activity *activity = ends_activity(ends, i);

                activity->joiner = 0;
                activity_flags_clear(activity, ACTIVITY_FLAG_NOTIFY);
        }
}

void ends_interrupt(struct activity *activity, int error)
{
        ends_disarm(activity->wait);
        process_wake(process_self(), activity, error);
}

void ends_activity_done(struct activity *waiter, struct activity *done)
{
        struct ends *ends = waiter->wait;

        if (ends_note(ends, done)) {
                ends_disarm(ends);
                process_wake(process_self(), waiter, 0);
        } else if (ends->mode != ENDS_EACH && ends->count <= WATCHED_MAX) {
                deadlock_changed(waiter); /* for one less */
        }
}

static int64_t ends_begin(struct ends *ends)
{
        stack_ref self = stack_ref_of(worker_self()->activity);
        bool known = false;
        int error;

        /* Marked at once, so that one that is there twice is caught. */
        for (unsigned i = 0; i < ends->count; i++) {
                struct activity *activity = ends_activity(ends, i);

                if (activity->joiner != 0 || stack_ref_of(activity) == self ||
                    activity_flags(activity) & ACTIVITY_FLAGS_TAKEN)
                        activity_handle_bad(MORI_ACTIVITY(ends->handles[i]).word);
                activity->joiner = self;
                activity_flags_set(activity, ACTIVITY_FLAG_NOTIFY);
        }
        for (unsigned i = 0; i < ends->count && !known; i++) {
                struct activity *activity = ends_activity(ends, i);

                if (activity->segment.state == ACTIVITY_STATE_DONE)
                        known = ends_note(ends, activity);
        }
        error = known || ends->remaining == 0 ? 0 : wait_cancelled();
        if (!known && ends->remaining != 0 && error == 0 &&
            deadlock_closes(ACTIVITY_STATE_WAITING_ENDS, ends))
                error = -EDEADLK;
        if (known || ends->remaining == 0 || error < 0) {
                ends_disarm(ends);
                return error;
        }
        wait_begin(ACTIVITY_STATE_WAITING_ENDS, ends);
        return WAIT_SUSPEND;
}

/*
 * Enough is known: the others are cancelled. A failure among them that came by itself will be seen
 * by nobody. (Who wants any that succeeds, or the first, has said that he does not care.)
 */
static void ends_cancel(const struct ends *ends)
{
        for (unsigned i = 0; i < ends->count; i++) {
                struct activity *activity = ends_activity(ends, i);

                if (activity->segment.state != ACTIVITY_STATE_DONE)
                        activity_cancel(activity, CANCEL_HARD);
                else if (ends->mode == ENDS_ALL && activity != ends->deciding &&
                         activity_failure(activity) != 0)
                        activity_report_unseen(activity, "nobody saw that an activity failed");
        }
}

static bool ends_decided(const struct ends *ends, unsigned i)
{
        return ends->deciding != NULL && ends_activity(ends, i) == ends->deciding;
}

/* Joins all; the answer is that of the one that decided it, or `answer`. */
static MORI_ASYNC int ends_join(struct ends *ends, int answer, unsigned *ret_index, int *results)
{
        for (unsigned i = 0; i < ends->count; i++) {
                bool decided = ends_decided(ends, i);
                int result = MORI_JOIN(ends->handles[i]);

                if (decided) {
                        ends->deciding = NULL;
                        answer = result;
                        if (ret_index != NULL)
                                *ret_index = i;
                }
                if (results != NULL) {
                        results[i] = result;
                        answer += answer >= 0 && result < 0;
                }
        }
        return answer;
}

static MORI_ASYNC int ends_of(const mori_int_handle *handles, unsigned count, enum ends_mode mode,
                              unsigned *ret_index, int *results)
{
        struct ends ends = {handles, count, count, mode, NULL};
        int64_t begun = ends_begin(&ends);

        if (begun == WAIT_SUSPEND)
                begun = MORI_AWAIT activity_suspend();
        if (ret_index != NULL)
                *ret_index = (unsigned)-1;
        if (begun < 0)
                ends.deciding = NULL;
        if (begun < 0 || mode != ENDS_EACH)
                ends_cancel(&ends);
        return MORI_AWAIT ends_join(&ends, (int)begun, ret_index, results);
}

MORI_ASYNC int mori_all(const mori_int_handle *activities, unsigned count)
{
        int answer = MORI_AWAIT ends_of(activities, count, ENDS_ALL, NULL, NULL);

        return answer < 0 ? answer : 0;
}

MORI_ASYNC int mori_race(const mori_int_handle *activities, unsigned count, unsigned *ret_index)
{
        if (count == 0)
                return -EINVAL;
        return MORI_AWAIT ends_of(activities, count, ENDS_RACE, ret_index, NULL);
}

MORI_ASYNC int mori_any(const mori_int_handle *activities, unsigned count, unsigned *ret_index)
{
        if (count == 0)
                return -EINVAL;
        return MORI_AWAIT ends_of(activities, count, ENDS_ANY, ret_index, NULL);
}

MORI_ASYNC int mori_collect(const mori_int_handle *activities, unsigned count, int *results)
{
        return MORI_AWAIT ends_of(activities, count, ENDS_EACH, NULL, results);
}
