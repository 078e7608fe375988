/* SPDX-License-Identifier: MIT */
/*
 * Scopes: who owns what was started, and how it is cancelled.
 *
 *         MORI_SCOPE {
 *                 MORI_HANDLE(int) a = MORI_START(work, 1);
 *                 ...
 *         }
 *
 * Nouns.
 *   scope      owns the activities that are started in it. Every activity is one; a block can be
 *              one. Leaving a scope waits for all of them: at its end it joins them; on every other
 *              way out (return, break, goto, attempt) it cancels them first.
 *   level      how far cancellation has gone in a scope: not at all, soft, hard, or its deadline
 *              has passed. It never goes back.
 *   shield     a scope into which cancellation from outside does not reach until it is left. It has
 *              a deadline of its own.
 *
 * Rules.
 *   (1) Once a scope is cancelled, every wait in it, and in whatever was started in it, answers
 *       -ECANCELED (its deadline: -ETIMEDOUT), at once and again and again, until the scope is
 *       left. What need not wait may still succeed.
 *   (2) Soft cancellation reaches only waits inside a MORI_SOFT block: those at which there is
 *       nothing to lose, such as waiting for the next request.
 *   (3) A wait that is cancelled answers when the other side has finished with it: a buffer that
 *       was lent is the caller's again. A result that came first is answered, not lost. (A call of
 *       an object is not waited for behind a deadline: object.h, rule 6.)
 *   (4) Scopes nest in blocks and are left in order. A block must not be left by longjmp.
 */
#pragma once

#include <mori/activity.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The record of a block that is a scope. Its fields are the runtime's. */
struct mori_scope {
        uint32_t children;
        uint32_t outer;
        uint32_t activity;
        uint8_t level;
        uint8_t flags;
        uint16_t reserved;
        void *timer;
        struct mori_token *token;
        struct mori_scope *token_next;
        struct mori_scope **token_link;
} __attribute__((aligned(16)));

/*
 * A block that owns what is started in it. `continue` ends it, `break` leaves it as any other way
 * out.
 */
#define MORI_SCOPE MORI_DETAIL_SCOPE(__COUNTER__, MORI_FOREVER, 0)
/*
 * The same with a deadline, `duration` nanoseconds from now: then every wait in it answers
 * -ETIMEDOUT.
 */
#define MORI_WITHIN(duration) MORI_DETAIL_SCOPE(__COUNTER__, duration, 0)
/*
 * A block that must be allowed to finish: cancellation from outside waits until it is left, but for
 * its own deadline.
 */
#define MORI_SHIELD(duration) MORI_DETAIL_SCOPE(__COUNTER__, duration, 1)
/* A block whose waits answer to a soft cancellation too. */
#define MORI_SOFT MORI_DETAIL_SCOPE(__COUNTER__, MORI_FOREVER, 2)
/*
 * The two in one: its waits answer -ECANCELED to a soft cancellation, and -ETIMEDOUT after
 * `duration`.
 */
#define MORI_SOFT_WITHIN(duration) MORI_DETAIL_SCOPE(__COUNTER__, duration, 2)

/* Cancels the innermost block that is a scope, from inside of it. */
MORI_API void mori_scope_cancel(void);
/*
 * Whether the running activity has been cancelled: 0, -ECANCELED or -ETIMEDOUT. What its next wait
 * would answer. For long computations.
 */
MORI_API int mori_cancelled(void);
/*
 * How long until the nearest deadline that the running activity's waits end at: of a scope that it
 * is in, a token, or who has called the method that it serves (object.h). In ns, at most 65536 more
 * than it is; 0 where it has passed, MORI_FOREVER where there is none.
 */
MORI_API int64_t mori_time_left(void);

/*
 * A token: cancellation and deadline as a thing that can be handed on, for instance to other
 * activities. Scopes attach themselves to it; cancelling it cancels them all. Owned by whoever made
 * it; it must be freed after the last scope that is attached has been left.
 */
typedef struct mori_token mori_token;
/*
 * Makes a token, cancelled when `duration` has passed (MORI_FOREVER: never by itself). NULL where
 * memory is exhausted.
 */
MORI_API mori_token *mori_token_new(int64_t duration);
/* Cancels what is attached. Once is enough; soft first and then hard is useful. */
MORI_API void mori_token_cancel(mori_token *token);
MORI_API void mori_token_cancel_soft(mori_token *token);
/* Frees it; asserts that nothing is attached. Takes NULL. Returns NULL. */
MORI_API mori_token *mori_token_free(mori_token *token);
/*
 * Attaches the innermost block that is a scope to the token until it is left. Returns 0, -EBUSY
 * where it has one already, or -EINVAL where the activity is in no such block.
 */
MORI_API int mori_token_attach(mori_token *token) MORI_MUST_CHECK;

/*
 * MORI_DEFER { ... }: runs the block when the enclosing one is left, on every way out, last
 * deferred first. It may await: it runs in a shield of MORI_DEFER_DEADLINE. GCC only (a nested
 * function); elsewhere MORI_DEFER_CALL(function, pointer), where function is `MORI_ASYNC void
 * function(void *)`.
 */
#define MORI_DEFER_DEADLINE MORI_S(5)
#ifndef __clang__
#define MORI_DEFER MORI_DETAIL_DEFER(__COUNTER__)
#endif
#define MORI_DEFER_CALL(function, pointer) \
        struct mori_deferred MORI_DETAIL_CAT(mori_detail_deferred_, __COUNTER__) \
                __attribute__((cleanup(mori_deferred_run), unused)) = {(function), (pointer)}

/* ---- What the macros are made of */

struct mori_deferred {
        MORI_ASYNC void (*function)(void *pointer);
        void *pointer;
};

MORI_API MORI_ASYNC void mori_deferred_run(struct mori_deferred *deferred);
MORI_API struct mori_scope *mori_scope_enter(struct mori_scope *scope, int64_t duration, int kind);
MORI_API MORI_ASYNC struct mori_scope *mori_scope_end(struct mori_scope *scope);
MORI_API MORI_ASYNC void mori_scope_leave(struct mori_scope *scope);
MORI_API MORI_ASYNC void mori_defer_leave(struct mori_scope *scope);
MORI_API void mori_defer_enter(struct mori_scope **scope);

#define MORI_DETAIL_SCOPE(n, duration, kind) MORI_DETAIL_SCOPE_(n, duration, kind)
#define MORI_DETAIL_SCOPE_(n, duration, kind)                                                      \
        for (struct mori_scope mori_detail_scope_##n                                               \
             __attribute__((cleanup(mori_scope_leave))) = {0},                                     \
             *mori_detail_once_##n = mori_scope_enter(&mori_detail_scope_##n, duration, kind);     \
             mori_detail_once_##n != 0;                                                            \
             mori_detail_once_##n = mori_scope_end(&mori_detail_scope_##n))

#define MORI_DETAIL_DEFER(n) MORI_DETAIL_DEFER_(n)
#define MORI_DETAIL_DEFER_(n)                                                                      \
        struct mori_scope mori_detail_shield_##n __attribute__((cleanup(mori_defer_leave))) = {0}; \
        auto MORI_ASYNC void mori_detail_defer_##n(int *);                                         \
        int mori_detail_run_##n __attribute__((cleanup(mori_detail_defer_##n), unused)) = 0;       \
        struct mori_scope *mori_detail_enter_##n                                                   \
                __attribute__((cleanup(mori_defer_enter), unused)) = &mori_detail_shield_##n;      \
        MORI_ASYNC void mori_detail_defer_##n(int *mori_detail_unused __attribute__((unused)))

#ifdef __cplusplus
}
#endif
