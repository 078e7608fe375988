/* SPDX-License-Identifier: MIT */
/*
 * Hosting: a program of mori inside a thread that has a loop of its own: that of a user interface,
 * of GLib, of libuv.
 *
 *         mori_host_open(NULL, 0, NULL, NULL);
 *         for (;;) {
 *                 struct pollfd poll_fd = {.fd = mori_host_descriptor(), .events = POLLIN};
 *
 *                 poll(&poll_fd, 1, mori_host_timeout_ms());
 *                 if (mori_host_turn() == 0)
 *                         break;
 *         }
 *         mori_host_close();
 *
 * Rules.
 *   (1) The thread that opens is the host. It alone calls these functions, and not from within a
 *       turn; another thread gets -EPERM.
 *   (2) The host waits for its descriptor to be readable (level-triggered, as poll(2) and
 *       epoll(7) without EPOLLET have it), at most for the time-out, and calls mori_host_turn()
 *       then. A call too many does no harm.
 *   (3) Between turns the host may use promises (promise.h), mori_post() and these functions, and
 *       nothing else of mori. What it makes ready in this way makes the descriptor readable.
 *   (4) The host and the program's callbacks are one thread: while one runs, the other does not.
 *   (5) A program that waits for nothing but its host is not taken for deadlocked.
 */
#pragma once

#include <mori/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Begins a program on the calling thread. Nothing of it runs before the first mori_host_turn().
 * `entry` NULL: an entry that waits until mori_host_stop(), for a host that only posts and uses
 * promises. `options` NULL: from the environment. Returns 0, or a negative errno: -EBUSY where a
 * program runs already, -EINVAL for an environment that makes no sense; why is reported.
 */
MORI_API int mori_host_open(mori_entry_point *entry, int argc, char **argv,
                            const struct mori_options *options) MORI_MUST_CHECK;

/*
 * The descriptor that is readable while there is something to do. It stays the same until the
 * close, and is the runtime's. -1 in the simulation, which has none: its time-out is 0 while it
 * runs. -EPERM.
 */
MORI_API int mori_host_descriptor(void);

/*
 * How long the host may wait for the descriptor, at most: nanoseconds, MORI_FOREVER for as long as
 * it likes. _ms: milliseconds, rounded up, -1 for ever, as poll(2) wants it.
 */
MORI_API int64_t mori_host_timeout(void);
MORI_API int mori_host_timeout_ms(void);

/*
 * Runs what is ready, and does not wait. Returns 1 while the program goes on, also where there is
 * more to do than a turn of the host should take; 0 once it has ended. -EPERM.
 */
MORI_API int mori_host_turn(void);

/* Asks the program to end: its entry is cancelled, with all that it owns. The host goes on. */
MORI_API void mori_host_stop(void);

/*
 * Ends what was opened and returns the program's exit code, as mori_run() does. A program that has
 * not ended is stopped first and waited for: the host waits with it. -EPERM.
 */
MORI_API int mori_host_close(void);

#ifdef __cplusplus
}
#endif
