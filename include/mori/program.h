/* SPDX-License-Identifier: MIT */
/*
 * Programs. A program is an async function
 *
 *         async int mori_main(int argc, char **argv);
 *
 * libmori brings a main() that runs it, so that it links into a plain executable; `mori run` runs
 * it from a shared object. When it has returned, and everything that it started has ended, the
 * program ends with what it returned: 0 to 255 is the exit code; a negative errno, or what is no
 * exit code, is reported, and the code is 1.
 *
 * A process that breaks a contract (MORI_REQUIRE, a handle joined twice, a limit) is abandoned:
 * that is reported with the stack and the place where the activity was started, none of its code
 * runs any more, and the exit code is 70.
 *
 * While a program runs, handlers of signals run on an alternate stack of 64 KiB, however they are
 * installed, and fork() fails with ENOSYS; posix_spawn() works.
 *
 * Environment: MORI_IO=uring|epoll|sim chooses the completion engine (default: io_uring where the
 * kernel has it, else epoll); MORI_SEED=N the run of the simulation; MORI_FAULTS=N how many of 1000
 * simulated operations meet a fault; MORI_STALL_MS=N the longest turn that is not reported (default
 * 10; 0: none are); MORI_PROMISES_MAX=N how many promises and callbacks there may be at a time
 * (promise.h). MORI_OFFLOAD_THREADS, MORI_COMPUTE_THREADS, MORI_OFFLOAD_QUEUE and
 * MORI_OFFLOAD_END_MS are those of offload.h. MORI_REPORT=full tells of each activity in the report
 * of a fault, an abandonment or a stall (default: short, which counts them).
 *
 * MORI_RESIDENT=1 runs the program in resident mode, for those who cannot afford to wait for memory
 * or a disk in a turn: before the first turn, memory is touched and locked: the program and its
 * libraries as they are loaded, 2 MiB of heap, the upper MiB of the workers' stacks, buffers of the
 * engine, and MORI_RESIDENT_MIB=N MiB for activities (default: 64, or what RLIMIT_MEMLOCK leaves,
 * at least 1). A limit that is too low for that is an error (78) that says which it should be.
 * Page faults of the workers that there are all the same are counted, reported when they come, once
 * a second at most, and told on a line at the end. What was locked stays so until the OS process
 * ends, and from then on nothing is given back to the system.
 */
#pragma once

#include <mori/base.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A program's entry point. */
typedef MORI_ASYNC int mori_entry_point(int argc, char **argv);

/* What the program defines. */
MORI_ASYNC int mori_main(int argc, char **argv);

/* What does input and output; AUTO: io_uring where the kernel has it, else epoll. */
enum mori_io { MORI_IO_AUTO, MORI_IO_URING, MORI_IO_EPOLL, MORI_IO_SIM };

/* How a program is run, for mori_run(); all zero is the default. */
struct mori_options {
        enum mori_io io;
        uint64_t seed;             /* sim */
        unsigned fault_per_mille;  /* sim */
        int64_t stall;             /* ns; 0: the default; below 0: no watch */
        unsigned promises_max;     /* promises and callbacks at a time (promise.h); 0: a million */
        unsigned refs_max;         /* references to objects (object.h); 0: a million */
        unsigned stream_window;    /* bytes of a stream's calls (object.h); 0: 64 KiB */
        /* offload.h: threads, calls that wait, ns; 0: the default */
        unsigned offload_threads, compute_threads, offload_queue;
        int64_t offload_end;
        bool resident;         /* resident mode */
        unsigned resident_mib; /* MiB for activities then; 0: the default */
};

/*
 * Runs a program on the calling thread, until it has ended, and returns its exit code. `options`
 * NULL: from the environment. Not async, and not from within a running program. Reports what goes
 * wrong before the program runs (an unknown MORI_IO, no such engine) and returns 78.
 */
MORI_API int mori_run(mori_entry_point *entry, int argc, char **argv,
                      const struct mori_options *options);

/*
 * Ends the running process, and with it the program where it is the first one, with this code, at
 * once: nothing of it runs any more, and clean-up blocks do not. Does not return.
 */
MORI_API void mori_exit(int code) __attribute__((noreturn));

/* A contract: abandons the process, with a report, where the condition does not hold. */
#define MORI_REQUIRE(condition)                                                                    \
        (__builtin_expect(!!(condition), 1)                                                        \
                 ? (void)0                                                                         \
                 : mori_broken(#condition, __FILE__, __LINE__, __func__))
/* Does not return; it is not declared so, because the stack's walk needs code behind the call. */
MORI_API void mori_broken(const char *condition, const char *file, int line, const char *function);

/*
 * Has function(pointer) started as an activity of its own by the running program, soon. For sync
 * code (rule 11: it can neither start nor wait), and for other threads and callbacks. The activity
 * belongs to the entry of the process that runs; what another thread posts, to that of the
 * program's first. At most MORI_POSTS_MAX wait at a time; one more is refused, and
 * posts of the runtime's own (of promises, for instance) have room all the same. Returns 0; -EAGAIN
 * at that limit, -ENOMEM, or -ESRCH where no program runs. What posts
 * from another thread must have called mori_post_expect(+1) from within the program first, lest a
 * program that waits for nothing else is taken for deadlocked.
 */
#define MORI_POSTS_MAX 10000
MORI_API int mori_post(MORI_ASYNC void (*function)(void *pointer), void *pointer);
MORI_API void mori_post_expect(int change);

/* What the running program has done and has now. Sync; from within it only. */
struct mori_statistics {
        uint64_t turns, starts, stalls, reports;
        uint32_t activities;   /* alive now */
        uint32_t operations;   /* under way */
        uint64_t stack_bytes;  /* of segments, in use or kept */
        uint64_t rounds;       /* of the turn loop */
        const char *io;        /* name of the engine */
        /*
         * turns that took as long as a stall though they hardly ran: their worker wanted a CPU and
         * had none, or the program was stopped. Only the first that a CPU quota has kept waiting is
         * reported
         */
        uint64_t kept;
        /* of the workers, in resident mode (else 0); major ones had to wait for a disk */
        uint64_t page_faults_minor, page_faults_major;
};
MORI_API void mori_statistics_get(struct mori_statistics *ret_statistics);

#ifdef __cplusplus
}
#endif
