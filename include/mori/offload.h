/* SPDX-License-Identifier: MIT */
/*
 * Offload: sync code that blocks, or computes for long, on threads beside the seats.
 *
 *         static int digest(void *context)             (sync: it runs on a thread of its own)
 *         {
 *                 struct job *job = context;
 *                 ...
 *                 return 0;
 *         }
 *
 *         MORI_ATTEMPT(MORI_AWAIT mori_offload(digest, &job));
 *
 * What mori has an async call for needs no offload: this is for C libraries that block, and for
 * computations that would stall the turns of all others. For loops over many things see parallel.h.
 *
 * Nouns.
 *   offloaded function   an ordinary sync function. It gets one pointer, runs once, and what it
 *                        returns is what the await answers.
 *   context              what the pointer leads to. It is the function's alone until the await has
 *                        answered: nobody else reads or writes it meanwhile.
 *   begun                a thread has taken it. Before that it waits in a queue, first come first
 *                        served, behind at most MORI_OFFLOAD_THREADS others that run.
 *
 * Rules.
 *   (1) Cancelled before it has begun, it is taken back, and the await answers -ECANCELED
 *       (-ETIMEDOUT after a deadline): it never runs. Once it has begun, the await answers when the
 *       function has returned, and what that returned: the context may lie in the caller's frame.
 *       A function that takes long asks mori_offload_cancelled() now and then.
 *   (2) The function is on a thread without activity. It can block, use errno, and call
 *       mori_post(). It cannot await or start, which does not compile; what else belongs to the
 *       running program (mori_now(), queues, tokens, ...) is reported there and ends the program
 *       with exit code 70. Others run at the same time, so a mutable static or thread-local
 *       variable that is not MORI_SHARED does not compile, nor link by moricc, as far as the
 *       compiler's part sees (docs/compiler.md). Tables that are made once are MORI_FROZEN
 *       (frozen.h).
 *   (3) Threads are made when work waits and none is idle, up to the limit, and end after a second
 *       without work. A program whose end finds offloaded functions still running asks them to end
 *       and waits for MORI_OFFLOAD_END_MS; then it reports each, with the activity that offloaded
 *       it, and ends with exit code 71.
 *
 * Environment: MORI_OFFLOAD_THREADS=N how many block at a time at most (64); MORI_COMPUTE_THREADS=N
 * how many compute (the CPUs that the program may use, or the CPU quota of its cgroup, rounded up,
 * where that is less); MORI_OFFLOAD_QUEUE=N how many wait at most
 * (65536): one more answers -EAGAIN, and is reported once; MORI_OFFLOAD_END_MS=N as above (5000).
 *
 * In a simulation each function runs when the seed says, on a thread that the simulated kernel
 * waits for: whatever it does takes no virtual time, and one that waits for another never ends.
 */
#pragma once

#include <mori/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Runs function(context) on a thread of the pool for blocking work, and waits for it. Returns what
 * the function has returned; by the custom of this library that is 0 or more, or a negative errno.
 * Where it never ran: -ECANCELED, -ETIMEDOUT; -EINVAL without a function; -EAGAIN where too many
 * wait already, or no thread could be made; -ENOMEM.
 */
MORI_API MORI_ASYNC int mori_offload(int (*function)(void *context) MORI_OFFLOADED,
                                     void *context) MORI_MUST_CHECK;

/* What else is to be said of a function; several may be. */
enum mori_offload_flags {
        /* It computes: the pool has a thread for each CPU, and blocking work does not hold it up */
        MORI_OFFLOAD_COMPUTES = 1,
        /*
         * It may be interrupted: cancelled after it has begun, the system call in which its thread
         * is answers EINTR (SIGRTMAX - 2, again and again until the function has returned), and so
         * do further ones. It asks mori_offload_cancelled() when it meets EINTR.
         */
        MORI_OFFLOAD_INTERRUPT = 2,
        /* A result below 0 means "see errno", as in the C library: the answer is -errno instead. */
        MORI_OFFLOAD_ERRNO = 4,
};
/* The same with flags (enum mori_offload_flags); -EINVAL for others. */
MORI_API MORI_ASYNC int mori_offload_with(int (*function)(void *context) MORI_OFFLOADED,
                                          void *context, unsigned flags) MORI_MUST_CHECK;

/*
 * The same for a function that may never end, or cannot be waited for: it owns its context, and is
 * left behind when the await is cancelled after it has begun. Returns 0 where the function has
 * returned, its result in *ret_result: then the context is the caller's again. Any other answer
 * (those of mori_offload(); the function's own are not among them) means that it is not:
 * release(context) is called when the function has returned, on its thread, or at once where it has
 * not begun. It must not block. A process that is abandoned, or ends by mori_exit(), does not
 * release what had not begun. `context` must not lie in a frame; `release` may be NULL.
 */
MORI_API MORI_ASYNC int mori_offload_owned(int (*function)(void *context) MORI_OFFLOADED,
                                           void *context,
                                           void (*release)(void *context) MORI_OFFLOADED,
                                           unsigned flags, int *ret_result) MORI_MUST_CHECK;

/*
 * Asked by the offloaded function, and whatever it calls: whether its await has been cancelled, or
 * the program ends, so that it should return soon. 1 or 0. 0 everywhere else.
 */
MORI_API int mori_offload_cancelled(void);

/*
 * MORI_OFFLOAD(function, context): mori_offload() with types, for C. For `int function(struct job
 * *)`, or one that takes a const struct job *, context is a struct job *; another pointer, or an
 * async function, does not compile.
 */
#define MORI_OFFLOAD(function, context)                                                            \
        mori_offload((int (*)(void *))(MORI_DETAIL_FITS(function, context) ? (function)            \
                                                                           : (function)),          \
                     (void *)(context))

/* ---- What the macro is made of */

#define MORI_DETAIL_TAKES(function, type)                                                          \
        __builtin_types_compatible_p(__typeof__(*(function)), int(type))
#define MORI_DETAIL_FITS(function, context)                                                        \
        (sizeof(struct {                                                                           \
                 int mori_detail_unused;                                                           \
                 _Static_assert(                                                                   \
                         MORI_DETAIL_TAKES(function, __typeof__(context)) ||                       \
                                 MORI_DETAIL_TAKES(function, const __typeof__(*(context)) *) ||    \
                                 MORI_DETAIL_TAKES(function, void *) ||                            \
                                 MORI_DETAIL_TAKES(function, const void *),                        \
                         "an offloaded function is sync, takes the context, and returns an int");  \
         }))

#ifdef __cplusplus
}
#endif
