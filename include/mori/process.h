/* SPDX-License-Identifier: MIT */
/*
 * Processes: single-threaded units of one program, which share nothing that changes.
 *
 *         struct job { int from, to; };
 *
 *         static async int works(void *argument)
 *         {
 *                 const struct job *job = argument;    // this process's own copy
 *                 ...
 *                 return 0;
 *         }
 *
 *         struct job job = {1, 1000};
 *         struct mori_process_options options = {.name = "worker"};
 *         mori_process worker;
 *         struct mori_end end;
 *
 *         attempt(await mori_process_start(works, &job, sizeof job, &options, &worker));
 *         ...
 *         attempt(await mori_process_join(worker, &end));
 *         if (end.kind != MORI_END_RETURNED)
 *                 ... mori_end_describe(&end, text, sizeof text) says why, and for whose sake
 *
 * Nouns.
 *   process   a queue of turns, and all that its activities have: files, queues, timers, promises.
 *             It runs on one seat at a time, and its activities take turns with one another only.
 *             Several seats (MORI_SEATS=N) run several processes at a time.
 *   main      its entry: the process ends when main has returned, and everything that it started
 *   end       why a process has ended: struct mori_end
 *   handle    mori_process: one word, which may be copied, compared, sent. One that was made up, or
 *             whose process is gone and held by nobody, is found, and answered by -ESRCH
 *   holder    who started it and got its handle: as long as it is held its end can be asked for
 *   monitor   a wait for its end: any number of them, from anywhere, before and after that end
 *   link      ties two processes, so that the end of one is the end of the other
 *
 * Rules.
 *   (1) Nothing that changes is shared. The argument is copied, byte by byte, as the process is
 *       started; do not pass addresses in it, but of what never changes (constants, MORI_FROZEN).
 *       Handles of files, queues, promises, tokens and activities are those of one process.
 *   (2) A process may outlive the activity and the process that started it, but not the program:
 *       when the program's first process has ended all others are killed. Who wants it otherwise
 *       starts it MORI_PROCESS_OWNED (it is killed when its starter has ended) or
 *       MORI_PROCESS_LINKED.
 *   (3) However a process ends, it is one teardown: nothing of it runs any more, what the kernel
 *       has under way is waited for, all that it has is let go. Then, and not before, others are
 *       told. A broken contract (MORI_REQUIRE) or a quota ends one process, not the program. (A
 *       hardware fault ends the program.)
 *   (4) The order of ends is kept: who waits for two processes is told first of that which ended
 *       first. Telling needs no memory, and so is never lost.
 *   (5) A failure that nobody looked at is reported. A process that was abandoned, or exceeded a
 *       quota, is reported when that happens, with the stack; those that end with it by links
 *       report the chain.
 */
#pragma once

#include <mori/base.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A process. Zero is none. Two that are equal are the same process. */
struct mori_process {
        uint64_t word;
};
typedef struct mori_process mori_process;

#ifndef __cplusplus
/* No process. */
#define MORI_NO_PROCESS ((mori_process){0})
#endif

/*
 * What a process runs. The argument is a copy of the starter's bytes, at a multiple of 16, which
 * lives as long as the process; NULL where there were none. Returns 0 or above, or a negative
 * errno.
 */
typedef MORI_ASYNC int mori_process_main(void *argument);

/* How many bytes of a process's name are kept; what is longer is cut. */
#define MORI_PROCESS_NAME_MAX 23
/* How large an argument may be. */
#define MORI_PROCESS_ARGUMENT_MAX 65536
/* How many processes a program may have, those that are gone and held included. */
#define MORI_PROCESSES_MAX 16000000

enum {
        MORI_PROCESS_OWNED = 1,  /* it is killed when its starter has ended, for whatever reason */
        MORI_PROCESS_LINKED = 2, /* it is linked to its starter from the beginning */
};

/* How a process is started; all zero is the default. */
struct mori_process_options {
        const char *name; /* for reports and `mori ps`; copied. NULL: "process" */
        unsigned flags;   /* MORI_PROCESS_* */
        /*
         * Quotas: what the process may have at a time; 0: no limit of its own. One activity more
         * than the next power of two (at least 4) of activities_max ends it with MORI_END_QUOTA.
         */
        uint32_t activities_max;
        size_t heap_max; /* bytes of its heap (heap.h), rounded up to KiB; 0: MORI_HEAP_MAX */
        /*
         * And what it may use up in its life: messages that it sends to other processes (calls,
         * answers and what goes with them), asked for when it calls and when it has served a call;
         * ns of CPU time, asked for when its turns are over: a turn without an end is not ended by
         * it. In the simulation no CPU time passes.
         */
        uint64_t messages_max;
        uint64_t cpu_max;
};

/*
 * Starts a process: main(copy of the argument) will have its turn. Where `ret_process` is not NULL
 * the caller's process holds it then, until mori_process_release() or mori_process_join(); else
 * nobody does. Who starts many in a row is made to wait until they have begun: after each 64 it
 * goes behind all that are ready. Returns
 *   0         it is started
 *   -EINVAL   no main, an argument of bytes without an address, or too large; unknown flags
 *   -EAGAIN   MORI_PROCESSES_MAX
 *   -ENOMEM   nothing was started
 */
MORI_API MORI_ASYNC int mori_process_start(mori_process_main *main, const void *argument,
                                           size_t bytes, const struct mori_process_options *options,
                                           mori_process *ret_process) MORI_MUST_CHECK;

/* The running process. It is not held. */
MORI_API mori_process mori_process_self(void);

/*
 * Its holder lets go of it; it runs on. Returns 0; -ESRCH where the running process does not hold
 * it.
 */
MORI_API int mori_process_release(mori_process process);

/* ---- Ends */

/* Why a process has ended. */
enum mori_end_kind {
        MORI_END_NONE,      /* it has not */
        MORI_END_RETURNED,  /* main returned `code`, 0 or above; or it has called mori_exit(code) */
        MORI_END_FAILED,    /* main returned `code`, a negative errno */
        MORI_END_STOPPED,   /* it was asked to stop, and main returned `code` in time */
        MORI_END_KILLED,    /* by somebody, by a time limit, with its owner, with the program */
        MORI_END_ABANDONED, /* it broke a contract, which `text` names, or could never go on */
        /* it exceeded a quota; `code` is an enum mori_quota, `text` says more */
        MORI_END_QUOTA,
        MORI_END_LINKED,    /* a process that it was linked to has ended: causes[0] */
};

/* Which quota. */
enum mori_quota {
        MORI_QUOTA_NONE,
        MORI_QUOTA_ACTIVITIES, /* activities at a time */
        MORI_QUOTA_HEAP,       /* bytes of its heap, or there is no memory */
        MORI_QUOTA_MESSAGES,   /* sent to other processes */
        MORI_QUOTA_CPU,        /* CPU time */
};

/* How many bytes of a text, and how many causes, are kept. */
#define MORI_END_TEXT_MAX 119
#define MORI_END_CAUSES_MAX 4

/* Somebody else's end that was the cause of one. */
struct mori_cause {
        enum mori_end_kind kind;
        int code;
        mori_process process;
        char name[MORI_PROCESS_NAME_MAX + 1];
};

/* An end, as a value. */
struct mori_end {
        enum mori_end_kind kind;
        int code;
        mori_process process;
        char name[MORI_PROCESS_NAME_MAX + 1];
        /* of the last cause, where there is one; of what failed (failure.h); or empty */
        char text[MORI_END_TEXT_MAX + 1];
        /*
         * Whose end was the cause, the nearest first, back to the one with which it began. Of a
         * chain that is longer than there is room for the last one stays, and how many were left
         * out before it is told.
         */
        unsigned causes_count, causes_left_out;
        struct mori_cause causes[MORI_END_CAUSES_MAX];
};

/*
 * Says an end in words, as in "returned 3" or "linked to parser, which was abandoned: ...": at most
 * `bytes` - 1 bytes and a 0. Returns `text`.
 */
MORI_API char *mori_end_describe(const struct mori_end *end, char *text, size_t bytes);

/*
 * Where the running process fails (its main returns a negative errno), that other end was the
 * cause: it will stand among the causes. The last one blamed counts. 0; -ESRCH where there is no
 * such process, or it has not ended.
 */
MORI_API int mori_process_blame(mori_process process);

/*
 * Waits for the end of a process, and tells it. Anybody may wait, any number of times. Returns
 *   0            *ret_end is its end
 *   -ESRCH       there is no such process, or it has ended and is held by nobody
 *   -EDEADLK     it is the running process
 *   -ENOMEM, -ECANCELED, -ETIMEDOUT
 */
MORI_API MORI_ASYNC int mori_process_wait(mori_process process,
                                          struct mori_end *ret_end) MORI_MUST_CHECK;

/* The same, and its holder lets go of it where it has ended. -ESRCH also for who is no holder. */
MORI_API MORI_ASYNC int mori_process_join(mori_process process,
                                          struct mori_end *ret_end) MORI_MUST_CHECK;

/* Tells the end without a wait; its kind is MORI_END_NONE while the process runs. 0, or -ESRCH. */
MORI_API int mori_process_end(mori_process process, struct mori_end *ret_end);

/*
 * Whether a process is ending, or has ended: 1 from when it lets go of what it has on, so before
 * others can find that its objects are gone, while its end is told only behind that (3). 0: it is
 * not; -ESRCH.
 */
MORI_API int mori_process_is_ending(mori_process process);

/*
 * Asks a process to end: main is cancelled, with all that it owns, and so every wait of theirs
 * answers -ECANCELED from now on (scope.h). Who has not ended when `limit` ns have passed is
 * killed; 0 or below: at once. One that has not begun does not begin. A second stop changes
 * nothing. Returns 0; -ESRCH.
 */
MORI_API int mori_process_stop(mori_process process, int64_t limit);

/*
 * Ends a process: no code of it runs any more, clean-up blocks neither. A turn that runs just now
 * on another seat is finished. Returns 0, also where it has ended already and is held; -ESRCH.
 */
MORI_API int mori_process_kill(mori_process process);

/* ---- Links */

/*
 * Links the running process and another, both ways: when one of the two ends, other than by
 * returning 0, the other ends as well (MORI_END_LINKED), unless it traps. A second link of the two
 * changes nothing. Returns 0; -ESRCH where it has ended already; -EINVAL for itself; -ENOMEM.
 */
MORI_API int mori_process_link(mori_process process);
/* Takes the link away. 0; -ESRCH where there is none. */
MORI_API int mori_process_unlink(mori_process process);

/*
 * Says whether the running process traps: it does not end with those it is linked to, but is told
 * of each end of theirs, whatever it was, by mori_process_trapped(). What was told and not taken
 * stays until it is. Returns what was set before.
 */
MORI_API bool mori_process_trap(bool traps);
/*
 * Waits for the next end of a linked process. Returns 0; -EBUSY where another activity waits for
 * it; -ECANCELED, -ETIMEDOUT.
 */
MORI_API MORI_ASYNC int mori_process_trapped(struct mori_end *ret_end) MORI_MUST_CHECK;

/* ---- Accounts */

/* What a process has done and has. */
struct mori_process_counters {
        uint64_t turns, starts;  /* turns that were run, activities that were started */
        uint64_t operations_all; /* of the kernel, ever */
        uint32_t operations;     /* under way */
        uint32_t activities;     /* alive */
        uint64_t messages;       /* sent to other processes through lanes */
        uint64_t cpu;            /* ns of CPU time, where it has a quota of that; else 0 */
};

/*
 * Of another process: as of when it last waited, or was moved. Those of one that is gone are what
 * they were at its end. Returns 0, or -ESRCH.
 */
MORI_API int mori_process_counters_get(mori_process process,
                                       struct mori_process_counters *ret_counters);

#ifdef __cplusplus
}
#endif
