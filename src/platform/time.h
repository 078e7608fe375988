/* SPDX-License-Identifier: MIT */
/*
 * Clocks. All answer nanoseconds; none can fail. The simulation has a clock of its own
 * (platform_io_now()): code that runs in it never asks here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Monotonic, exact: about 30 ns a call. */
uint64_t platform_time_now(void);
/* Monotonic, as old as the last tick (1 to 10 ms): about 8 ns a call. Never ahead of
 * platform_time_now(). */
uint64_t platform_time_coarse(void);
/*
 * Monotonic, at most PLATFORM_TIME_NEAR_NS old and never ahead: 8 ns a call, where the processor's
 * cycle counter can be read; else as platform_time_now().
 */
#define PLATFORM_TIME_NEAR_NS 16000
uint64_t platform_time_near(void);
/* Since 1970, in the time zone of the universe. Jumps when somebody sets the clock. */
uint64_t platform_time_real(void);
/* Since the machine was started, the time in which it was suspended included. */
uint64_t platform_time_boot(void);

/*
 * A descriptor that is readable when the clock (the real one, or that since the start) shows
 * `when`, or has been set. Closed as any other. A negative errno: -EMFILE, -ENFILE, -ENOMEM.
 */
int platform_clock_timer_new(bool real, uint64_t when);
/* Asked when it is readable. 0: the time has come. 1: the clock was set. -EAGAIN: neither. */
int platform_clock_timer_read(int fd);
