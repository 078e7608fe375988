/* SPDX-License-Identifier: MIT */
/*
 * Child processes. The life of one is one operation, PLATFORM_SPAWN (io.h): it completes with
 * PLATFORM_MORE when the child runs its program, and without when it has ended and was reaped.
 *
 *      submit --> made by a thread of the pool --MORE--> runs --> ended and reaped: 0, with the
 *                       |                                |        status filled in
 *                       +-- could not be made: -errno    +--cancelled--> SIGKILL, and then so, too
 *                                                             (detached: forgotten, -ECANCELED)
 *
 * So a child is never lost: whoever ends a process cancels its operations and waits for their last
 * completions, and then there is neither a child nor a zombie.
 *
 * How one is made. By clone(2) with CLONE_VM and CLONE_VFORK, as posix_spawn() has it: nothing of
 * the parent is copied, and the thread of the pool, not the one that runs turns, waits until the
 * child runs its program or has failed. posix_spawn() itself has no limits, no controlling
 * terminal, and does not say at what it failed. CLONE_PIDFD gives a descriptor that means this
 * child and never another with its number: by it the end is waited for (it is readable then) and
 * signals are sent. Where the kernel (before 5.4) or a filter has no such descriptors, a thread
 * waits for the child and writes to an eventfd that stands in for it; the number cannot be another
 * child's before we reap this one.
 *
 * What is reset in the child: the mask of signals, and every disposition to the default (but for
 * signals that are ignored where PLATFORM_CHILD_KEEP_IGNORED says so). Descriptors above 2 that
 * are not named are closed. A child that is not detached is killed by the kernel when this program
 * dies without having ended it.
 */
#pragma once

#include "base/atomic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum {
        /* in a process group of its own; signals go to the group */
        PLATFORM_CHILD_GROUP = 1u,
        PLATFORM_CHILD_SESSION = 2u,      /* in a session of its own, which is a group as well */
        PLATFORM_CHILD_TERMINAL = 4u,     /* with SESSION: its descriptor 0 controls the session */
        PLATFORM_CHILD_DETACHED = 8u,     /* outlives us; cancelling forgets it */
        PLATFORM_CHILD_KEEP_IGNORED = 16u, /* signals that we ignore are ignored by it */
};

/* `from` of ours is `to` in the child; or /dev/null is. */
#define PLATFORM_CHILD_NULL (-1)
#define PLATFORM_CHILD_DESCRIPTORS_MAX 64
struct platform_child_descriptor {
        int from, to;
};

struct platform_child_limit {
        int resource; /* RLIMIT_* */
        struct rlimit limit;
};

/* At what the making of a child failed. */
enum platform_child_step {
        PLATFORM_CHILD_CLONE,
        PLATFORM_CHILD_WATCH, /* a descriptor to wait for its end */
        PLATFORM_CHILD_SETSID,
        PLATFORM_CHILD_SETPGID,
        PLATFORM_CHILD_DESCRIPTOR, /* `failed_at`: its number in the child */
        PLATFORM_CHILD_CONTROL,    /* descriptor 0 is no terminal, or controls another session */
        PLATFORM_CHILD_DIRECTORY,
        PLATFORM_CHILD_LIMIT, /* `failed_at`: the resource */
        PLATFORM_CHILD_EXEC,
};

struct platform_child {
        /* Filled in before submit; lent until the first completion. */
        const char *program;      /* with a slash, or looked for in the folders of PATH */
        char *const *arguments;   /* ends with NULL */
        char *const *environment; /* NULL: ours */
        const char *directory;    /* NULL: ours, or the descriptor's */
        int directory_fd;         /* what `directory` is relative to; AT_FDCWD */
        uint32_t flags;           /* PLATFORM_CHILD_* */
        const struct platform_child_descriptor *descriptors;
        const struct platform_child_limit *limits;
        unsigned descriptors_count, limits_count;
        bool without_pidfd; /* as on a kernel that has none: for tests */

        /* Where it failed, after a negative result. */
        enum platform_child_step failed;
        int failed_at;

        /* While it lives; from here on under the lock, once it runs. */
        struct base_lock lock; /* who signals it may be another thread than the engine's */
        pid_t pid;
        int watch;   /* readable when it has ended: a pidfd, or an eventfd */
        bool is_pidfd;
        bool killed; /* what is left of its group is killed with it */
        struct platform_child_waiter *waiter;

        /* After the last completion, where that is 0. */
        int code;    /* exit code; -1: a signal ended it */
        int signal;  /* that signal, or 0 */
        bool dumped; /* and it left a core */
};

/*
 * Sends a signal to a child that has not been reaped, or with GROUP or SESSION to its group. 0;
 * -ESRCH after its end, -EINVAL, -EPERM. Any thread.
 */
int platform_child_signal(struct platform_child *child, int signal);
/* Asks it to end: SIGTERM, and SIGCONT should it be stopped. What is left of its group when it has
 * ended is killed. Any thread. */
void platform_child_ask(struct platform_child *child);

/* ---- What the engines ask. Private to src/platform */

/* Makes it. Blocks until it runs its program. 0, or a negative errno. */
int child_spawn(struct platform_child *child);
/* 1: it has ended, was reaped, and `watch` is closed. 0: not yet. -ECHILD: somebody else has reaped
 * it. */
int child_reap(struct platform_child *child);
/* Its operation was cancelled while it lives: true where it was killed, so that its end will come;
 * false where it is detached, and is to be forgotten by child_forget(). */
bool child_cancel(struct platform_child *child);
void child_forget(struct platform_child *child);
