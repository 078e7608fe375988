/* SPDX-License-Identifier: MIT */
/*
 * Clocks that go on while the machine sleeps, and the one that people set.
 *
 * mori_sleep() and every deadline count by the monotonic clock (mori_now()): nobody sets it, and it
 * stands still while the machine is suspended, so that one that wakes up does not find every
 * deadline of the night passed. It goes on while the program is stopped (SIGSTOP): a deadline that
 * passes meanwhile is met when it goes on. What has to happen at a time of the day, or some time
 * after it was asked for even if the machine was suspended, waits here.
 */
#pragma once

#include <mori/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The clocks beside mori_now(). */
enum mori_clock {
        MORI_CLOCK_WALL, /* ns since 1970-01-01 00:00 UTC; jumps when somebody sets it */
        MORI_CLOCK_BOOT, /* ns since the machine was started, suspended or not */
};

/*
 * What the clock shows. In a simulation the wall clock begins at 2020-01-01, both go with
 * mori_now(), and nobody sets them. -EINVAL for no clock.
 */
MORI_API int64_t mori_clock_now(enum mori_clock clock);

/* What mori_clock_wait() answers where the clock was set. */
#define MORI_CLOCK_WAS_SET 1

/*
 * Waits until the clock shows `when`, in ns; at once where it does. Returns 0, or
 * MORI_CLOCK_WAS_SET where somebody has set the wall clock before: what `when` was computed from
 * may be another now, so look again. -EINVAL (no clock, below 0), -EMFILE (it takes a descriptor
 * while it waits), -ENOMEM, -ECANCELED, -ETIMEDOUT.
 */
MORI_API MORI_ASYNC int mori_clock_wait(enum mori_clock clock, int64_t when) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
