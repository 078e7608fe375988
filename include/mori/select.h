/* SPDX-License-Identifier: MIT */
/*
 * Select: the first of several things that can happen.
 *
 *         mori_case cases[] = {
 *                 MORI_CASE_RECEIVE(orders, &order),
 *                 MORI_CASE_SEND(log, &line),
 *                 MORI_CASE_DONE(worker),
 *                 MORI_CASE_AFTER(MORI_S(1)),
 *         };
 *         switch (await mori_select(cases, 4)) {
 *         case 0: ...
 *
 * Exactly one case happens, the first in the array where several could at once; of the others
 * nothing has happened. A case that a queue answers with -EPIPE because it is closed happens too;
 * its `result` tells.
 */
#pragma once

#include <mori/activity.h>
#include <mori/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What may happen: see the macros below, which fill in a case. */
enum mori_case_kind {
        MORI_CASE_KIND_RECEIVE = 1,
        MORI_CASE_KIND_SEND,
        MORI_CASE_KIND_DONE,
        MORI_CASE_KIND_AFTER,
        MORI_CASE_KIND_READY,
};

typedef struct mori_case {
        enum mori_case_kind kind;
        int result; /* of the case that happened: 0, or a negative errno; READY: the poll events */
        union {
                struct {
                        mori_queue *queue;
                        void *item;
                        size_t bytes;
                } queue;
                mori_activity activity; /* ends; it is not joined */
                int64_t duration;       /* nanoseconds have passed */
                struct {
                        uint64_t file; /* a mori_file's word: readable or writable */
                        int events;    /* as mori_file_ready() has them */
                } ready;
        } on;
        void *node; /* the runtime's */
} mori_case;

/*
 * Cases: something is received from a queue into *pointer, or *pointer is sent to it; an activity
 * has ended; a time has passed; a file is ready for what poll_events says (mori_file_ready()).
 */
#define MORI_CASE_RECEIVE(q, pointer)                                                              \
        {                                                                                          \
                .kind = MORI_CASE_KIND_RECEIVE,                                                    \
                .on = {.queue = {(q), (pointer), sizeof *(pointer)} }                              \
        }
#define MORI_CASE_SEND(q, pointer) \
        { \
                .kind = MORI_CASE_KIND_SEND, .on = {.queue = {(q), (pointer), sizeof *(pointer)}} \
        }
#define MORI_CASE_DONE(handle) \
        { \
                .kind = MORI_CASE_KIND_DONE, .on = {.activity = MORI_ACTIVITY(handle)} \
        }
#define MORI_CASE_AFTER(nanoseconds) \
        { \
                .kind = MORI_CASE_KIND_AFTER, .on = {.duration = (nanoseconds)} \
        }
#define MORI_CASE_READY(f, poll_events) \
        { \
                .kind = MORI_CASE_KIND_READY, .on = {.ready = {(f).word, (poll_events)}} \
        }

/*
 * Waits for the first case to happen and returns its index. -ECANCELED, -ETIMEDOUT; -EINVAL for no
 * case or a wrong item size; -EBADF for a closed file, also as the `result` of a case whose file is
 * closed by then; -EBUSY where another activity waits for the end of the same activity; -EDEADLK
 * where all cases are ends, and none can come before this activity goes on (lock.h, rule 8). The
 * array must stay where it is until the call returns.
 */
MORI_API MORI_ASYNC int mori_select(mori_case *cases, unsigned count);

#ifdef __cplusplus
}
#endif
