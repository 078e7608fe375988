/* SPDX-License-Identifier: MIT */
/*
 * Child processes: other programs that this one runs.
 *
 *         struct mori_child child;
 *         char *words[] = {"sort", "-n", NULL}, why[200];
 *         struct mori_child_plan plan = {.program = "sort", .arguments = words,
 *                                        .in = MORI_CHILD_PIPE, .out = MORI_CHILD_PIPE,
 *                                        .error = why, .error_bytes = sizeof why};
 *
 *         scope {
 *                 if (await mori_child_spawn(&plan, &child) < 0)
 *                         ... `why` says: sort: cannot be run: No such file or directory
 *                 ... write to child.in, read from child.out
 *                 status = join(child.life);
 *         }
 *
 * Nouns.
 *   plan     what is to be run, and with what
 *   life     the activity that a child is: MORI_HANDLE(int), owned by the innermost scope of the
 *            one who spawned it, like any other activity. It ends when the child has ended and was
 *            reaped; its result is the child's status
 *   status   0: it exited with 0; to 255: it exited with that code; from 256 on: a signal ended it
 *            (MORI_CHILD_SIGNAL(status), MORI_CHILD_DUMPED(status)). -ECHILD: it has ended, and
 *            somebody else has taken its status: a waitpid() for any child, SIGCHLD ignored
 *   grace    how long a child that was asked to end may take
 *
 * Rules.
 *   (1) A child does not outlive its scope: leaving one at its end waits for the child, leaving it
 *       in any other way cancels its life first.
 *   (2) Cancelling a life asks the child to end: SIGTERM (and SIGCONT, should it be stopped), and
 *       after its grace SIGKILL. The life ends when it was reaped, and its result is its status
 *       even so. A deadline that passes does the same.
 *   (3) When the process ends, for whatever reason, its children are killed and reaped. When this
 *       program dies without being able to (a crash, SIGKILL), the kernel kills them.
 *       MORI_CHILD_DETACHED excepts a child from all this: it is left alone.
 *   (4) A child has the three streams that its plan names and the descriptors that it lists, and no
 *       others. Its signals are not blocked and have their default effects.
 *   (5) Handlers of SIGCHLD are not touched.
 *   (6) Under the simulation there are no other programs: -EOPNOTSUPP.
 */
#pragma once

#include <mori/activity.h>
#include <mori/file.h>

#include <sys/resource.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one of its streams is. */
enum mori_child_stream_kind {
        MORI_CHILD_STREAM_INHERIT, /* ours */
        MORI_CHILD_STREAM_NULL,    /* /dev/null */
        MORI_CHILD_STREAM_PIPE,    /* a pipe, whose other end is ours: see struct mori_child */
        MORI_CHILD_STREAM_FILE,    /* an open file of ours; it stays open here */
};

/* One of its streams: MORI_CHILD_INHERIT (zero), _NULL, _PIPE or _FILE(file). */
struct mori_child_stream {
        enum mori_child_stream_kind kind;
        mori_file file;
};

#ifndef __cplusplus
/* Streams of a plan. */
#define MORI_CHILD_INHERIT ((struct mori_child_stream){MORI_CHILD_STREAM_INHERIT, {0}})
#define MORI_CHILD_NULL    ((struct mori_child_stream){MORI_CHILD_STREAM_NULL, {0}})
#define MORI_CHILD_PIPE    ((struct mori_child_stream){MORI_CHILD_STREAM_PIPE, {0}})
#define MORI_CHILD_FILE(f) ((struct mori_child_stream){MORI_CHILD_STREAM_FILE, (f)})
#endif

/* A further descriptor: `file` of ours is `number`, 3 or above, in the child. */
struct mori_child_descriptor {
        int number;
        mori_file file;
};

/* A limit of its resources, RLIMIT_*: what `ulimit` sets. */
struct mori_child_limit {
        int resource;
        struct rlimit limit;
};

enum {
        /* A process group of its own; what is sent to it is sent to the group. */
        MORI_CHILD_GROUP = 1,
        /* A session of its own (which is a group): it has no terminal. */
        MORI_CHILD_SESSION = 2,
        /* With SESSION: its standard input is a terminal, and is to control the session. */
        MORI_CHILD_TERMINAL = 4,
        /*
         * It may outlive its scope and this program: cancelling its life, and the end of the
         * process, leave it alone. While its life is waited for it is reaped. See (3).
         */
        MORI_CHILD_DETACHED = 8,
        /* Signals that this program ignores are ignored by it, as exec(2) has it. */
        MORI_CHILD_KEEP_IGNORED = 16,
};

/* How long a child that was asked to end may take, where its plan does not say. */
#define MORI_CHILD_GRACE MORI_S(5)
/* How many descriptors, beside the streams, and limits a plan may have. */
#define MORI_CHILD_DESCRIPTORS_MAX 61
#define MORI_CHILD_LIMITS_MAX 16

/* What is to be run. Zero is a good beginning; only `program` must be set. */
struct mori_child_plan {
        /*
         * A path, or a name without a slash, which is looked for in the folders of PATH. Relative
         * ones mean the child's working directory. Scripts need a line with #!: without it
         * -ENOEXEC.
         */
        const char *program;
        char *const *arguments;   /* from argv[0] on, ends with NULL; NULL: the program alone */
        char *const *environment; /* NAME=value, ends with NULL; NULL: ours */
        /* Its working directory: a path relative to an open directory; both empty: ours. */
        mori_file directory;
        const char *directory_path;
        struct mori_child_stream in, out, err;
        const struct mori_child_descriptor *descriptors;
        unsigned descriptors_count;
        const struct mori_child_limit *limits;
        unsigned limits_count;
        unsigned flags; /* MORI_CHILD_* */
        int64_t grace;  /* 0: MORI_CHILD_GRACE; below 0: none, SIGKILL at once */
        /* Where a sentence that names what failed and at which path is put; NULL: nowhere. */
        char *error;
        size_t error_bytes;
};

struct mori_child {
        MORI_HANDLE(int) life; /* the caller's, to be joined or ignored */
        mori_file in, out, err; /* the caller's, to be closed: ends of pipes, else MORI_NO_FILE */
        pid_t pid;              /* to be shown; it may be another's once the life has ended */
};

/*
 * Runs a program. Returns 0 when it runs, with *ret_child filled in. Everything in the plan is lent
 * until then. Or it does not run, and nothing is left of it:
 *   -ENOENT, -EACCES, -ENOEXEC, -ENOTDIR, -E2BIG, ...   as execve(2) says of the program, chdir(2)
 *           of the directory, setrlimit(2) of a limit: plan->error tells which
 *   -EMFILE, -ENFILE                       no descriptors (a pipe takes two, each child one)
 *   -EAGAIN                                no more processes (RLIMIT_NPROC, pids.max of the cgroup)
 *   -EBADF                                 a file of the plan is closed
 *   -EINVAL                                the plan is wrong
 *   -ENOMEM, -EOPNOTSUPP (the simulation), -ECANCELED, -ETIMEDOUT
 */
MORI_API MORI_ASYNC int mori_child_spawn(const struct mori_child_plan *plan,
                                         struct mori_child *ret_child) MORI_MUST_CHECK;

/* Of a status of 256 or more: the signal that ended it, and whether it left a core; else 0. */
#define MORI_CHILD_SIGNAL(status) \
        __extension__({ \
                int mori_detail_status = (status); \
                mori_detail_status >= 256 ? mori_detail_status & 127 : 0; \
        })
#define MORI_CHILD_DUMPED(status) \
        __extension__({ \
                int mori_detail_status = (status); \
                mori_detail_status >= 256 && (mori_detail_status & 128) != 0; \
        })

/*
 * Sends a signal; 0 only looks. It never reaches another process, not even one that has got the
 * number. 0; -ESRCH where the child has ended, -EPERM, -EINVAL.
 */
MORI_API int mori_child_signal(const struct mori_child *child, int signal);

/*
 * What is said between us and a child whose streams are pipes. What it writes beyond the room is
 * read and counted, and dropped.
 */
struct mori_child_talk {
        const void *input;
        size_t input_bytes;
        void *output;
        size_t output_room;
        void *errors;
        size_t errors_room;
        /* How much it has read; how much it has written, also beyond the room. */
        size_t input_taken, output_bytes, errors_bytes;
};

/*
 * Writes the input, closes child->in, and reads child->out and child->err until they end, all at
 * the same time, however much it is; closes those, joins the life and returns the status. Where a
 * stream is no pipe its part is left out. A child that closes its input early has taken what it
 * has. On failure (-ECANCELED, -ETIMEDOUT, an error of reading) the pipes are closed, and the life
 * is cancelled and joined.
 */
MORI_API MORI_ASYNC int mori_child_communicate(struct mori_child *child,
                                               struct mori_child_talk *talk) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
