/* SPDX-License-Identifier: MIT */
/* Signals, as something to wait for. */
#pragma once

#include <mori/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Waits until the signal (SIGINT, SIGTERM, SIGHUP, SIGUSR1, ...) is sent to the program, and
 * returns its number. From the first wait on, the signal no longer has its default effect; one that
 * comes while nobody waits is kept for the next wait. -EINVAL for a signal that cannot be waited
 * for.
 */
MORI_API MORI_ASYNC int mori_signal_wait(int signal);

#ifdef __cplusplus
}
#endif
