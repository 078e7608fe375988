/* SPDX-License-Identifier: MIT */
/*
 * Wide loops: an asynchronous loop with at most so many iterations outstanding.
 *
 *         wide (16) {
 *                 for (size_t i = 0; i < count; i++)
 *                         iterate(fetch, urls[i], &pages[i]);
 *         }
 *
 * with <mori/keywords.h>; MORI_WIDE and MORI_ITERATE without. The block is an ordinary one: it may
 * go through an array, count, or take from a queue or a socket.
 *
 * Rules.
 *   (1) The block is a scope (scope.h). Its end waits until every iteration has ended.
 *   (2) An iteration is an activity whose function returns an int. `iterate` waits until there are
 *       fewer than the bound, and starts it. It is not joined: its memory goes back at its end.
 *   (3) When an iteration fails the others are cancelled, and so is the block: its waits answer
 *       -ECANCELED. The next `iterate`, or the end of the block, returns that failure from the
 *       enclosing function, which returns an int. Where the block is left in another way the
 *       failure is reported. Failures after the first are reported unless they come of the
 *       cancellation.
 *   (4) `iterate` stands in the block itself, not in one nested in it that is a scope of its own,
 *       and not in a function; a wide block in another stands in a function of its own.
 */
#pragma once

#include <mori/scope.h>
#include <mori/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The record of a wide block. Its fields are the runtime's. */
struct mori_wide {
        struct mori_scope scope;
        mori_semaphore slots;
        int failure;
        int answered;
};

/*
 * MORI_WIDE(bound) { ... }: a block in which at most `bound` iterations are outstanding. A bound of
 * 0 abandons the process. `break` leaves it as any other way out: that cancels.
 */
#define MORI_WIDE(bound) MORI_DETAIL_WIDE(__COUNTER__, bound)
/* MORI_ITERATE(function, arguments...): as MORI_START, in a wide block. A statement. */
#define MORI_ITERATE(...)                                                                          \
        do {                                                                                       \
                int mori_detail_slot = MORI_AWAIT mori_wide_slot(mori_detail_wide);                \
                if (__builtin_expect(mori_detail_slot < 0, 0))                                     \
                        return mori_detail_slot;                                                   \
                mori_wide_started(mori_detail_wide, MORI_START(__VA_ARGS__));                      \
        } while (0)

/* ---- What the macros are made of */

MORI_API struct mori_wide *mori_wide_enter(struct mori_wide *wide, uint32_t bound);
MORI_API MORI_ASYNC int mori_wide_slot(struct mori_wide *wide);
MORI_API void mori_wide_started(struct mori_wide *wide, MORI_HANDLE(int) activity);
MORI_API MORI_ASYNC int mori_wide_end(struct mori_wide *wide);
MORI_API MORI_ASYNC void mori_wide_leave(struct mori_wide *wide);

#define MORI_DETAIL_WIDE(n, bound) MORI_DETAIL_WIDE_(n, bound)
#define MORI_DETAIL_WIDE_(n, bound)                                                                \
        for (struct mori_wide mori_detail_scope_##n __attribute__((cleanup(mori_wide_leave))) =    \
                     {.failure = 0},                                                               \
             *mori_detail_wide = mori_wide_enter(&mori_detail_scope_##n, bound);                   \
             mori_detail_wide != 0; mori_detail_wide = __extension__({                             \
                     int mori_detail_end = MORI_AWAIT mori_wide_end(mori_detail_wide);             \
                     if (__builtin_expect(mori_detail_end < 0, 0))                                 \
                             return mori_detail_end;                                               \
                     (struct mori_wide *)0;                                                        \
             }))

#ifdef __cplusplus
}
#endif
