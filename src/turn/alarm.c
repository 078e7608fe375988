/* SPDX-License-Identifier: MIT */
/*
 * The timers of processes, in the wheels of seats. A timer is started in the wheel of the seat that
 * has its process then, and stays there: when it is due,
 *
 *      the process is loaded here ---------------------------------> called at once
 *      it is not --> in the process's list of fired timers --load--> called in order
 *
 * and until it is called it can be stopped, wherever the process is by then. With several seats a
 * wheel is used under its lock, since others stop timers in it.
 */
#include "turn/domain.h"
#include "turn/seat.h"

#include "platform/time.h"

uint64_t seat_deadline(struct seat *seat, int64_t duration)
{
        uint64_t now = seat->simulated ? platform_io_now(seat->io)
                                       : platform_time_near() + PLATFORM_TIME_NEAR_NS;

        return now + (uint64_t)(duration < INT64_MAX / 2 ? duration : INT64_MAX / 2);
}

uint64_t seat_now(const struct seat *seat)
{
        return platform_io_now(seat->io);
}

static inline void wheel_lock(struct seat *seat)
{
        if (unlikely(seat->shared))
                base_lock(&seat->timers_lock);
}

static inline void wheel_unlock(struct seat *seat)
{
        if (unlikely(seat->shared))
                base_unlock(&seat->timers_lock);
}

static __attribute__((noinline)) void start_shared(struct seat *seat, struct timer *timer,
                                                   uint64_t deadline)
{
        base_lock(&seat->timers_lock);
        timer_start(&seat->timers, timer, deadline);
        base_unlock(&seat->timers_lock);
}

void seat_timer_start(struct timer *timer, int64_t duration)
{
        struct seat *seat = seat_hold();
        uint64_t deadline = seat_deadline(seat, duration);

        timer->process = worker_self()->process;
        timer->seat = (seat->number + 1) & DOMAIN_SEATS_MAX;
        if (unlikely(seat->shared))
                start_shared(seat, timer, deadline);
        else
                timer_start(&seat->timers, timer, deadline);
        seat_release();
}

/* Not in a wheel any more: it may be in the list of its process. */
static void fired_stop(struct timer *timer)
{
        struct process *process = timer->process;

        base_lock(&process->fired_lock);
        timer_list_remove(&process->fired, (uintptr_t)stack_arena, timer);
        base_unlock(&process->fired_lock);
}

/* The same where the wheel may be another seat's, which is just looking at the timer. */
static void stop_shared(struct seat *seat, struct timer *timer)
{
        bool fired, last;

        base_lock(&seat->timers_lock);
        fired = timer->level == TIMER_FIRED;
        if (!fired)
                timer_stop(&seat->timers, timer);
        last = seat->timers.count == 0;
        base_unlock(&seat->timers_lock);
        if (fired)
                fired_stop(timer);
        else if (last)
                seat_wake(seat); /* it need not wait for that one any more */
}

void seat_timer_stop(struct timer *timer)
{
        struct seat *seat;
        uint8_t number = timer->seat;

        if (number == 0)
                return;
        seat = seat_hold();
        timer->seat = 0;
        if (unlikely(seat->shared))
                stop_shared(seat->domain->seats[number - 1], timer);
        else if (unlikely(timer->level == TIMER_FIRED))
                fired_stop(timer);
        else
                timer_stop(&seat->timers, timer);
        seat_release();
}

bool seat_timer_fires(struct timer *timer, struct process *process)
{
        (void)timer;
        return process->state == PROCESS_RUNNING;
}

uint64_t seat_timers_next(struct seat *seat)
{
        uint64_t next;

        wheel_lock(seat);
        next = timer_next(&seat->timers);
        wheel_unlock(seat);
        return next;
}

void seat_timers_fire(struct seat *seat)
{
        uint64_t now = seat_now(seat);
        const struct worker *worker = worker_self();

        for (;;) {
                struct process *process = NULL;
                struct timer *timer;
                bool here = false;

                wheel_lock(seat);
                timer = timer_take(&seat->timers, now);
                if (timer != NULL) {
                        process = timer->process;
                        here = process == worker->process && !process_has_news(process);
                        if (unlikely(!here)) {
                                base_lock(&process->fired_lock);
                                timer_list_add(&process->fired, (uintptr_t)stack_arena, timer);
                                base_unlock(&process->fired_lock);
                        }
                }
                wheel_unlock(seat);
                if (timer == NULL)
                        return;
                if (likely(here)) {
                        timer->seat = 0;
                        timer->fire(timer);
                } else {
                        atomic_or(&process->news, NEWS_TIMERS);
                        if (process_load(process))
                                process_news_take(process); /* unless the load has done so */
                        else
                                process_notify(process, 0);
                }
        }
}
