/* SPDX-License-Identifier: MIT */
/*
 * Calls: functions that block or compute, run by threads beside the seats. An operation with the
 * code PLATFORM_CALL asks for one; its completion is the function's result. This header is what the
 * layers below use besides; call.c has the engine's half, crew.c the threads.
 *
 * Nouns.
 *   call    one run of function(context), as an operation of an engine
 *   crew    the threads for one kind of work: for what blocks, and for what computes. Both are the
 *           OS process's, not an engine's: a limit on threads is one on all of them.
 *   begun   a thread has taken it from the queue
 *   left    its operation was cancelled after it had begun, and did not wait for it
 *
 * Invariants.
 *   (1) A call is in one place: gathered by its engine, in a crew's queue, with a thread, or done.
 *       The last three change under the crew's lock.
 *   (2) A thread reads the operation under the lock when it takes it, and writes its result when
 *       it is done, before it hands it to the engine. In between nobody but the owner touches it.
 *   (3) An operation that may be left (PLATFORM_CALL_LEAVE) is forgotten by its thread under the
 *       lock; whoever comes first, the end of the function or the cancellation, decides.
 */
#pragma once

#include "platform/io.h"

/* Flags of a PLATFORM_CALL. The first three are those of include/mori/offload.h. */
enum {
        PLATFORM_CALL_COMPUTES = 1u,
        PLATFORM_CALL_INTERRUPT = 2u,
        PLATFORM_CALL_ERRNO = 4u,
        PLATFORM_CALL_LEAVE = 8u,
};

/* What an operation is to call. */
static inline void platform_call_set(struct platform_op *op, int (*function)(void *context),
                                     void *context)
{
        op->code = PLATFORM_CALL;
        op->address = (void *)function;
        op->address2 = context;
}

/* What is called with the context by the thread of a call that was left, at its end; or NULL. */
static inline void platform_call_set_release(struct platform_op *op, void (*release)(void *context))
{
        op->offset = (uint64_t)(uintptr_t)release;
}

/* Who asked for it, for reports: where an activity was started. */
static inline void platform_call_set_site(struct platform_op *op, const void *site)
{
        op->length = (uint32_t)(uintptr_t)site;
        op->mask = (uint32_t)((uintptr_t)site >> 32);
}

static inline const void *platform_call_site(const struct platform_op *op)
{
        return (const void *)((uintptr_t)op->mask << 32 | op->length); /* NOLINT */
}

/* Limits of the OS process. Zero: the default. */
struct platform_call_limits {
        uint32_t blocking;  /* threads at most for what blocks: 64 */
        uint32_t computing; /* and for what computes: the CPUs that we may use */
        uint32_t queue;     /* calls of a kind that wait at most: 65536; one more answers -EAGAIN */
        uint64_t end_ns;    /* how long the end of a program waits for calls: 5 s */
};
/* Set while no call is under way. */
void platform_call_limit(const struct platform_call_limits *limits);
/* How many threads there may be for what computes. */
uint32_t platform_call_computing(void);

/* The calling thread is in a call: whether it was cancelled, or the program ends. Else false. */
bool platform_call_cancelled(void);
/* Whether the calling thread is in a call. */
bool platform_call_is_inside(void);

/* A call that a thread is in. */
struct platform_call_info {
        const void *function;
        const void *site;
        uint64_t begun_ns; /* platform_time_now() */
        int thread;        /* the kernel's number */
        bool computes;
        bool cancelled;
        bool left;
};
/* Tells of each that is begun. The threads wait meanwhile: `tell` is quick. */
void platform_call_each(void (*tell)(const struct platform_call_info *call, void *argument),
                        void *argument);
/* That of the calling thread: false where it is in none. From a handler of a fault, too. */
bool platform_call_here(struct platform_call_info *ret_call);

struct platform_call_statistics {
        uint32_t threads[2]; /* by kind: 0 for what blocks, 1 for what computes */
        uint32_t limit[2];
        uint32_t waiting[2];
        uint32_t begun[2];
        uint64_t calls; /* that have ended */
};
void platform_call_statistics(struct platform_call_statistics *ret_statistics);

/* One line on a call, for a person. */
void platform_call_report(const struct platform_call_info *call);

/*
 * The end of a program, in two steps. The first says that it ends: from now on each call is told
 * that it is cancelled, and if one has not returned after the limit of the end, all are reported
 * and the OS process ends with PLATFORM_CALL_EXIT_CODE. The second waits for them, and ends the
 * threads; after it calls may be made again. No call is made in between.
 */
#define PLATFORM_CALL_EXIT_CODE 71
void platform_call_ending(void);
void platform_call_end(void);
