/* SPDX-License-Identifier: MIT */
/*
 * Signals, as something to wait for.
 *
 *         static const int stop[] = {SIGINT, SIGTERM};
 *
 *         attempt(number = await mori_signal_wait_any(stop, 2));
 *
 * Rules.
 *   (1) From the first wait for a signal on it no longer has its default effect. One that comes
 *       while nobody waits for it is kept, once, for the next wait.
 *   (2) One that comes is told to all who wait for it then.
 *   (3) Not to be waited for are SIGKILL and SIGSTOP, the signals of faults (SIGSEGV, SIGBUS,
 *       SIGFPE, SIGILL), those that the C library has for itself (32 up to SIGRTMIN - 1), and two
 *       of the runtime's own (SIGRTMAX - 1, SIGRTMAX - 2).
 */
#pragma once

#include <mori/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Waits until the signal (SIGINT, SIGTERM, SIGHUP, SIGUSR1, ...) is sent to the program, and
 * returns its number. -EINVAL for a signal that cannot be waited for (3).
 */
MORI_API MORI_ASYNC int mori_signal_wait(int signal);

/*
 * Waits for the first of several signals, and returns its number. It takes that one alone: others
 * that come are kept (1). Where several have come already, it is the lowest number. A signal may
 * stand in the array twice. -EINVAL for a count of 0, or where one of them cannot be waited for
 * (3): then none is. -EFAULT: `signals` is NULL.
 */
MORI_API MORI_ASYNC int mori_signal_wait_any(const int *signals, unsigned count);

#ifdef __cplusplus
}
#endif
