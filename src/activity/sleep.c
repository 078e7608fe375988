/* SPDX-License-Identifier: MIT */
/*
 * Sleeping. The timer stands in a piece that the process owns, so that a teardown stops it; the
 * activity's `wait` is that piece.
 */
#include <mori/activity.h>

#include "activity/sleep.h"
#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>

static void sleeper_release(struct owned *owned)
{
        struct sleeper *sleeper = (struct sleeper *)owned;

        seat_timer_stop(&sleeper->timer);
        stack_piece_free(sleeper, sizeof *sleeper);
}

static void sleeper_end(struct sleeper *sleeper, int answer)
{
        struct process *process = sleeper->timer.process;
        struct activity *activity = sleeper->activity;

        process_disown(&sleeper->owned);
        sleeper_release(&sleeper->owned);
        process_wake(process, activity, answer);
}

static void sleeper_fire(struct timer *timer)
{
        struct sleeper *sleeper = CONTAINER_OF(timer, struct sleeper, timer);

        if (seat_timer_fires(timer, timer->process))
                sleeper_end(sleeper, 0);
}

void sleep_interrupt(struct activity *activity, int error)
{
        sleeper_end(activity->wait, error);
}

static int64_t sleep_begin(int64_t duration)
{
        struct process *process = process_self();
        struct sleeper *sleeper;
        int error = wait_cancelled();

        if (error < 0)
                return error;
        sleeper = stack_piece_new(sizeof *sleeper);
        if (sleeper == NULL)
                return -ENOMEM;
        sleeper->timer.fire = sleeper_fire;
        sleeper->activity = wait_begin(ACTIVITY_STATE_WAITING_TIMER, sleeper);
        process_own(process, &sleeper->owned, sleeper_release);
        seat_timer_start(&sleeper->timer, duration);
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_sleep(int64_t duration)
{
        int64_t begun;

        if (duration <= 0)
                return MORI_AWAIT mori_yield();
        begun = sleep_begin(duration);
        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
