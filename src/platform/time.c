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
#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

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

uint64_t platform_time_boot(void)
{
        return clock_read(CLOCK_BOOTTIME);
}

int platform_clock_timer_new(bool real, uint64_t when)
{
        struct itimerspec at = {.it_value = {(time_t)(when / 1000000000u),
                                             (long)(when % 1000000000u)}};
        int fd = timerfd_create(real ? CLOCK_REALTIME : CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        int error;

        if (fd < 0)
                return -errno;
        if (timerfd_settime(fd, TFD_TIMER_ABSTIME | (real ? TFD_TIMER_CANCEL_ON_SET : 0), &at,
                            NULL) < 0) {
                error = -errno;
                close(fd);
                return error;
        }
        return fd;
}

int platform_clock_timer_read(int fd)
{
        uint64_t count;

        if (read(fd, &count, sizeof count) > 0)
                return 0;
        return errno == ECANCELED ? 1 : -errno;
}

uint64_t platform_time_real(void)
{
        return clock_read(CLOCK_REALTIME);
}

#if defined(__x86_64__)

/*
 * A time that was read is good for as many cycles as take less than PLATFORM_TIME_NEAR_NS on any
 * machine: no cycle counter runs at more than 8 GHz or less than 1 GHz, and we stay below the
 * latter. One that goes backwards (another processor's) is not believed.
 */
#define NEAR_CYCLES 16000u

uint64_t platform_time_near(void)
{
        static __thread uint64_t read_at, read;
        uint64_t cycles = __builtin_ia32_rdtsc();

        if (cycles - read_at >= NEAR_CYCLES) {
                read_at = cycles;
                read = platform_time_now();
        }
        return read;
}

#else

uint64_t platform_time_near(void)
{
        return platform_time_now();
}

#endif
