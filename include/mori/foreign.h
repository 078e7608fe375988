/* SPDX-License-Identifier: MIT */
/*
 * Foreign loops: the loop of a library (libuv, GLib, ...) inside of a program of mori, driven by an
 * activity. The other way round, a program inside of a foreign loop, is host.h.
 *
 *         static int timeout(void *uv)
 *         {
 *                 uv_update_time(uv);
 *                 return uv_backend_timeout(uv);
 *         }
 *
 *         static int run(void *uv)
 *         {
 *                 return uv_run(uv, UV_RUN_NOWAIT) != 0;
 *         }
 *
 *         mori_foreign_loop loop = {
 *                 .descriptor = uv_backend_fd(uv),
 *                 .timeout_ms = timeout,
 *                 .run = run,
 *                 .context = uv,
 *         };
 *
 *         MORI_ATTEMPT(MORI_AWAIT mori_foreign_loop_run(&loop));
 *
 * (uv.h has parameters that are called `async`: it is included before keywords.h.)
 *
 * With GLib, `timeout_ms` is g_main_context_prepare() and _query(), and `run` is poll(2) without
 * waiting, g_main_context_check() and _dispatch(). A loop with several descriptors hands over one
 * of epoll(7) that watches them, and brings it up to date in `timeout_ms`.
 *
 * A library that has no loop, and hands out a descriptor to wait for, needs no more than
 * mori_file_adopt() and mori_file_ready() (file.h).
 *
 * Rules.
 *   (1) Both functions are sync code in turns of the activity that runs the loop: what they call
 *       may use queues and promises, resolve, and post, and must not block.
 *   (2) The loop is the program's, and so is its descriptor: neither is closed here.
 *   (3) While the loop waits it does not see what others do to it, such as a timer that they add.
 *       They call mori_foreign_loop_wake() afterwards; what its own callbacks do needs no wake.
 *   (4) It is run by whichever worker runs the process. A loop that must stay on one thread needs a
 *       program of one seat.
 *   (5) A loop that always has something to do has a turn, and then all others have theirs.
 *   (6) In the simulation there are no foreign descriptors: -EOPNOTSUPP.
 */
#pragma once

#include <mori/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mori_foreign_loop {
        /* Readable, level-triggered, while the loop has something to do. */
        int descriptor;
        /*
         * Called before each wait: for how many milliseconds the loop may wait at most; 0 where it
         * has something to do, -1 for as long as it likes.
         */
        int (*timeout_ms)(void *context);
        /*
         * Runs what is ready, and does not wait; a call too many does no harm. Returns 1 while the
         * loop goes on, 0 once it is over, or a negative errno that ends it.
         */
        int (*run)(void *context);
        void *context;
        mori_queue *wakes; /* the runtime's; NULL while the loop is not run */
} mori_foreign_loop;

/*
 * Runs the loop until `run` says that it is over, and waits with it meanwhile. *loop must stay
 * where it is until then. Returns 0; what `run` has failed with; -ECANCELED or -ETIMEDOUT between
 * two calls of `run`, after which the loop may be run again, in a shield to clean up, for instance;
 * -EBUSY where it is being run already; -EINVAL without one of the functions; -EBADF for no
 * descriptor; -EMFILE, -ENOMEM: the wait takes a descriptor of its own.
 */
MORI_API MORI_ASYNC int mori_foreign_loop_run(mori_foreign_loop *loop) MORI_MUST_CHECK;

/*
 * The loop is looked at again: it ends its wait, asks for its time-out anew and runs what is ready.
 * Sync code may call it, too, in the process that runs the loop. Does nothing while it is not run.
 */
MORI_API void mori_foreign_loop_wake(mori_foreign_loop *loop);

#ifdef __cplusplus
}
#endif
