/* SPDX-License-Identifier: MIT */
/*
 * Supervisors: who starts processes again when they have ended.
 *
 *         static const struct mori_supervised children[] = {
 *                 {.name = "log", .main = logs},
 *                 {.name = "worker", .main = works, .restart = MORI_RESTART_TRANSIENT},
 *         };
 *         static const struct mori_supervisor supervisor = {
 *                 .strategy = MORI_ONE_FOR_ONE, .children = children, .count = 2};
 *
 *         result = await mori_supervise(&supervisor);
 *
 * A supervisor is an activity of whatever process: that process owns the children (they are killed
 * when it ends, for whatever reason), and mori_supervise() returns when there is nothing more to
 * supervise. One that is the main of a process of its own may be the child of another: so
 * supervisors nest. They are those of Erlang/OTP (supervisor(3)).
 *
 * Rules.
 *   (1) Children are started in the order of the list, and stopped in the reverse order: each is
 *       asked, has its time limit, and is killed after it; then the next.
 *   (2) A child that has ended is started again as its `restart` says, and others are stopped and
 *       started again with it as the strategy says. Of these one that is temporary does not come
 *       back, unless it was stopped because of what it needs (MORI_USERS_FOR_ONE); and one that had
 *       ended by itself, and is not permanent, stays so.
 *   (3) More than `restarts_max` in the last `restarts_within` ns, and the supervisor gives up: it
 *       stops the others and answers -ENOTRECOVERABLE. If its process fails with that, that child's
 *       end stands among the causes (mori_process_blame()).
 *   (4) Cancelled, or past its deadline, it stops all children and answers -ECANCELED or
 *       -ETIMEDOUT. So mori_process_stop() of a supervisor's process stops the tree in order; its
 *       time limit has to be that of all.
 */
#pragma once

#include <mori/process.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is done about one child's end. */
enum mori_strategy {
        MORI_ONE_FOR_ONE,  /* it is started again */
        MORI_ONE_FOR_ALL,  /* all others are stopped, and all are started again */
        MORI_REST_FOR_ONE, /* those behind it in the list are stopped, and started again with it */
        MORI_USERS_FOR_ONE, /* those that need it are, and those that need these */
};

/* After which ends a child is started again. */
enum mori_restart {
        MORI_RESTART_PERMANENT, /* after each */
        MORI_RESTART_TRANSIENT, /* not after it has returned 0 or above, or was stopped */
        MORI_RESTART_TEMPORARY, /* never */
};

/* How long a child that was asked to stop may take, where its entry does not say. */
#define MORI_SUPERVISED_LIMIT MORI_S(5)

/* A child. */
struct mori_supervised {
        const char *name;
        mori_process_main *main;
        const void *argument; /* copied at each start */
        size_t bytes;
        enum mori_restart restart;
        int64_t limit; /* to stop in, ns; 0: MORI_SUPERVISED_LIMIT; below 0: it is killed at once */
        struct mori_process_options options; /* its name and flags are not looked at */
        const unsigned *needs; /* MORI_USERS_FOR_ONE: places in the list, before its own */
        unsigned needs_count;
};

/* What a supervisor does; it and its list are lent while it does. */
struct mori_supervisor {
        enum mori_strategy strategy;
        const struct mori_supervised *children;
        unsigned count;
        unsigned restarts_max;   /* 0: 3, unless restarts_within is set: then none */
        int64_t restarts_within; /* ns; 0: 5 s */
        /* A pause before each restart: the first, doubled with each within the time, at most. */
        int64_t pause, pause_max; /* ns; 0: none; 0: 30 s */
        /*
         * Where they are not NULL: `started` is called when a child has been started, before the
         * next one is. If it fails the child is killed, which is an end as any other; -ECANCELED
         * and -ETIMEDOUT are the supervisor's own (4). `ended` is called when a child has ended by
         * itself; `again` says whether it is to be started again. Where that answers other than 0
         * the supervisor stops the others, and answers the same.
         */
        MORI_ASYNC int (*started)(void *context, unsigned child, mori_process process);
        int (*ended)(void *context, unsigned child, const struct mori_end *end, bool again);
        void *context;
};

/* How many children a supervisor may have, and how many restarts it counts. */
#define MORI_SUPERVISED_MAX 1024
#define MORI_RESTARTS_MAX 1000

/*
 * Starts the children and keeps them. Returns
 *   0                 every child has ended, and none is to be started again
 *   -ENOTRECOVERABLE  it has given up (3)
 *   -EINVAL           no children, one without a main, too many, a strategy that is none, ...
 *   what `ended` has answered
 *   -ECANCELED, -ETIMEDOUT (4); -ENOMEM and -EAGAIN, where a child cannot be started
 * In each case no child is left.
 */
MORI_API MORI_ASYNC int mori_supervise(const struct mori_supervisor *supervisor) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
