/* SPDX-License-Identifier: MIT */
/*
 * A seat in somebody else's loop. A turn of the host is rounds of the seat that do not wait:
 *
 *      rise ---> round ---> round ---> ... ---> nothing is ready ---> the engine sleeps
 *       ^                                                                   |
 *       +---- the host: its descriptor is readable, or the time-out --------+
 *
 * While the engine sleeps (platform_io_sleep()), whatever happens to it makes its descriptor
 * readable; what the host itself makes ready wakes it, too (seat_stir()).
 */
#include <mori/host.h>
#include <mori/promise.h>
#include <mori/result.h>

#include "activity/activity.h"
#include "activity/program.h"
#include "activity/wait.h"
#include "base/atomic.h"

#include <errno.h>
#include <limits.h>

#define ROUNDS_MAX 16 /* of a turn: the host has more to do */

static struct {
        struct program program;
        uint64_t engine_ns; /* how long the engine may sleep */
        bool open, over;
} host;

static struct seat *host_seat(void)
{
        struct seat *seat = host.program.seat;

        return host.open && worker_self() == seat->own && worker_self()->activity == NULL ? seat
                                                                                         : NULL;
}

/* What a host gets that has no program of its own. */
static MORI_ASYNC int waits(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise;

        (void)argc;
        (void)argv;
        MORI_ATTEMPT(mori_promise_new(0, &promise, &resolver));
        (void)(MORI_AWAIT mori_promise_await_value(promise, NULL, 0) == 0);
        mori_resolver_drop(resolver);
        return 0;
}

int mori_host_open(mori_entry_point *entry, int argc, char **argv,
                   const struct mori_options *options)
{
        struct program program = {entry != NULL ? entry : waits, argc, argv, NULL, true};
        int error;

        if (host.open || program_runs())
                return -EBUSY;
        host.program = program;
        if (program_begin(&host.program, options) != 0)
                return -EINVAL;
        host.program.seat->hosted = true;
        host.engine_ns = 0;
        host.over = false;
        host.open = true;
        mori_post_expect(1);
        seat_begin(host.program.seat);
        error = platform_io_descriptor(host.program.seat->io);
        if (error < 0 && error != -EOPNOTSUPP) {
                mori_host_close();
                return error;
        }
        process_load(host.program.seat->process);
        return 0;
}

int mori_host_descriptor(void)
{
        struct seat *seat = host_seat();
        int descriptor;

        if (seat == NULL)
                return -EPERM;
        descriptor = platform_io_descriptor(seat->io);
        return descriptor < 0 ? -1 : descriptor;
}

int64_t mori_host_timeout(void)
{
        struct seat *seat = host_seat();
        uint64_t timeout;

        if (seat == NULL || host.over)
                return 0;
        timeout = seat_idle_ns(seat);
        if (timeout > host.engine_ns)
                timeout = host.engine_ns;
        return timeout < INT64_MAX / 2 ? (int64_t)timeout : MORI_FOREVER;
}

int mori_host_timeout_ms(void)
{
        int64_t timeout = mori_host_timeout();

        if (timeout == MORI_FOREVER)
                return -1;
        return timeout > (int64_t)INT_MAX * 999999 ? INT_MAX : (int)((timeout + 999999) / 1000000);
}

int mori_host_turn(void)
{
        struct seat *seat = host_seat();
        unsigned rounds;

        if (seat == NULL)
                return -EPERM;
        if (host.over)
                return 0;
        seat->idle = false;
        host.engine_ns = 0;
        platform_io_rise(seat->io);
        for (rounds = 0; rounds < ROUNDS_MAX && !seat->idle; rounds++) {
                /* simulated time passes in a round */
                if (!seat_round(seat, seat->simulated ? UINT64_MAX : 0)) {
                        host.over = true;
                        return 0;
                }
                if (seat_idle_ns(seat) == 0)
                        continue;
                host.engine_ns = platform_io_sleep(seat->io);
                seat->idle = host.engine_ns != 0;
        }
        if (seat->process->state == PROCESS_RUNNING)
                process_load(seat->process); /* the host may use its promises */
        return 1;
}

void mori_host_stop(void)
{
        struct seat *seat = host_seat();
        struct process *process;
        struct activity *entry;

        if (seat == NULL || host.over)
                return;
        process = seat->process;
        if (process->state != PROCESS_RUNNING)
                return;
        if (process->entry_function != NULL) {
                process_end(process, 0); /* it has not begun */
        } else {
                entry = activity_of_handle((mori_activity){process->entry});
                if (entry != NULL)
                        activity_cancel(entry, CANCEL_HARD);
        }
        seat_stir(seat);
}

int mori_host_close(void)
{
        struct seat *seat = host_seat();

        if (seat == NULL)
                return -EPERM;
        mori_host_stop();
        mori_post_expect(-1);
        seat->idle = seat->hosted = false;
        platform_io_rise(seat->io);
        while (!host.over)
                host.over = !seat_round(seat, UINT64_MAX);
        host.open = false;
        return program_end(&host.program, seat_end(seat));
}
