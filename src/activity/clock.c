/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a point of a clock: a timer of the kernel with a descriptor (timerfd), which is
 * polled like any other and then says whether the point was reached or the clock was set. The
 * descriptor belongs to the process until the completion. In a simulation, whose clocks nobody
 * sets, it is a sleep.
 */
#include <mori/activity.h>
#include <mori/clock.h>

#include "activity/wait.h"
#include "platform/time.h"
#include "turn/seat.h"

#include <errno.h>
#include <poll.h>

#define SIMULATED_START INT64_C(1577836800000000000) /* 2020-01-01 */

struct clock_wait {
        struct owned owned;
        int fd;
        enum mori_clock clock; /* for debuggers */
        int64_t when;
};

static void clock_wait_release(struct owned *owned)
{
        struct clock_wait *wait = (struct clock_wait *)owned;

        process_close_now(wait->fd);
        stack_piece_free(wait, sizeof *wait);
}

static bool is_simulated(void)
{
        return process_self()->seat->simulated;
}

int64_t mori_clock_now(enum mori_clock clock)
{
        int64_t now;

        if (clock != MORI_CLOCK_WALL && clock != MORI_CLOCK_BOOT)
                return -EINVAL;
        if (!is_simulated())
                return (int64_t)(clock == MORI_CLOCK_WALL ? platform_time_real()
                                                          : platform_time_boot());
        now = (int64_t)platform_io_now(seat_hold()->io);
        seat_release();
        return clock == MORI_CLOCK_WALL ? SIMULATED_START + now : now;
}

static void clock_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct clock_wait *wait = operation->owner;

        if (result >= 0)
                result = platform_clock_timer_read(wait->fd);
        process_disown(&wait->owned);
        clock_wait_release(&wait->owned);
        wait_operation_done(operation, result == 1 ? MORI_CLOCK_WAS_SET : result, flags, buffer);
}

static int64_t clock_begin(enum mori_clock clock, int64_t when)
{
        struct process *process = process_self();
        struct operation *operation;
        struct clock_wait *wait;
        int64_t begun;
        int fd;

        wait = stack_piece_new(sizeof *wait);
        if (wait == NULL)
                return -ENOMEM;
        fd = platform_clock_timer_new(clock == MORI_CLOCK_WALL, (uint64_t)when);
        if (fd < 0) {
                stack_piece_free(wait, sizeof *wait);
                return fd;
        }
        wait->fd = fd;
        wait->clock = clock;
        wait->when = when;
        process_own(process, &wait->owned, clock_wait_release);
        operation = operation_new(process);
        begun = -ENOMEM;
        if (operation != NULL) {
                operation->op.code = PLATFORM_POLL;
                operation->op.fd = fd;
                operation->op.flags = POLLIN;
                operation->owner = wait;
                operation->done = clock_done;
                begun = wait_operation(operation);
        }
        if (begun != WAIT_SUSPEND) {
                process_disown(&wait->owned);
                clock_wait_release(&wait->owned);
        }
        return begun;
}

MORI_ASYNC int mori_clock_wait(enum mori_clock clock, int64_t when)
{
        int64_t now = mori_clock_now(clock), begun;

        if (now < 0 || when < 0)
                return -EINVAL;
        if (when <= now || is_simulated())
                return MORI_AWAIT mori_sleep(when - now);
        begun = clock_begin(clock, when);
        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
