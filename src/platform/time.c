/* SPDX-License-Identifier: MIT */
/*
 * Clocks, read through the vDSO: no system call on any kernel that we run on.
 *
 * The clocks that are asked for exist since Linux 2.6.32, so an error can only mean that our
 * arguments are wrong: asserted. CLOCK_MONOTONIC stands still while the machine is suspended, which
 * is what timers want: a laptop that wakes up does not find every deadline of the night passed.
 */
#include "platform/time.h"

#include <assert.h>
#include <time.h>

static uint64_t clock_read(clockid_t clock)
{
        struct timespec now;
        int error = clock_gettime(clock, &now);

        assert(!error);
        (void)error;
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t platform_time_now(void)
{
        return clock_read(CLOCK_MONOTONIC);
}

uint64_t platform_time_coarse(void)
{
        return clock_read(CLOCK_MONOTONIC_COARSE);
}

uint64_t platform_time_real(void)
{
        return clock_read(CLOCK_REALTIME);
}
