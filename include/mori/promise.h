/* SPDX-License-Identifier: MIT */
/*
 * Promises: values that are still to come, for code that is not async. Sync code cannot wait: it
 * says what is to be done when the value is there, in a callback. Async code simply waits for one.
 *
 *         static void arrived(void *context, int error, const void *value)
 *         {
 *                 ...
 *         }
 *
 *         mori_promise answer = mori_promise_call(ask_the_server, &question, sizeof(int));
 *
 *         mori_promise_when(answer, arrived, &window);
 *         mori_promise_free(answer);
 *
 * Nouns.
 *   promise    the side that waits for a value of a fixed size, or for a failure, a negative errno.
 *   resolver   the side that brings it. Both are handles of one word, and each is linear: a promise
 *              is freed or ignored, once; a resolver resolves or is dropped, once. A handle that is
 *              used after that abandons the process, with a report.
 *   to settle  to get the value (to succeed) or the failure (to fail), once and for good.
 *   callback   a sync function and a pointer, registered with a promise.
 *   to ask     cancellation: the promise's side asks, the resolver's side is told.
 *
 * Rules.
 *   (1) A callback runs in a turn of its own: never inside the call that registers it or that
 *       settles the promise. It must not block: nobody else runs meanwhile.
 *   (2) Callbacks run one after the other, in the order in which their promises settled; those of
 *       one promise in the order in which they were registered. One that is registered after its
 *       promise has settled takes its place as if the promise had settled then. Between callbacks
 *       and activities there is no order, but that both come later.
 *   (3) Each callback runs once, or, where it is for the other outcome, not at all.
 *   (4) Who waits for a promise may be its owner, its callbacks, promises that were made from it,
 *       and activities. When its owner frees a promise for which nobody else waits, its resolver is
 *       asked to cancel, and so is the one before it in a chain.
 *   (5) Asking is level-triggered: once asked, a promise stays asked, and a chain does not go on
 *       behind it. It settles when the resolver's side has finished with it: usually with
 *       -ECANCELED, or with a result that came first.
 *   (6) A failure that nobody looked at is reported with the place where the promise was made, when
 *       the promise goes. Looking are mori_promise_when(), _on_failure(), _get(), _wait(), _chain()
 *       and whatever takes a promise over. After a cancellation nothing is reported.
 *   (7) Promises belong to the process: what is left when it ends goes with it, and callbacks that
 *       have not run do not run any more. A program does not end later because of a promise: its
 *       entry waits for what it wants to see.
 *   (8) Only code of the process may use them: its activities, its callbacks, and, between turns,
 *       the thread that hosts it (host.h). On any other thread the program is aborted.
 *
 * Limits: a value has at most MORI_PROMISE_BYTES_MAX bytes (let it be a pointer); a promise has at
 * most MORI_PROMISE_CALLBACKS_MAX callbacks at a time; a process has at most a million promises and
 * callbacks together (mori_options.promises_max, MORI_PROMISES_MAX in the environment). What would
 * exceed one answers -ENOBUFS; each takes 128 bytes.
 */
#pragma once

#include <mori/activity.h>
#include <mori/scope.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The side that waits: a promise, or a constant (below). */
typedef struct mori_promise {
        uint64_t word;
} mori_promise;

/* The side that settles it. */
typedef struct mori_resolver {
        uint64_t word;
} mori_resolver;

#define MORI_PROMISE_BYTES_MAX 48
#define MORI_PROMISE_CALLBACKS_MAX 1000

/*
 * Promises that have settled from the beginning, and need no memory: one without a value that has
 * succeeded, and one that has failed with a negative errno. Functions that return a promise and
 * cannot make one return the latter, with -ENOMEM, -ENOBUFS (a limit) or -EINVAL.
 */
#define MORI_PROMISE_DONE ((mori_promise){0})
#define MORI_PROMISE_FAILED(error) ((mori_promise){(uint32_t)(error)})

/*
 * A callback: `error` is 0 and `value` what the promise got, which lives as long as the callback
 * runs; or `error` is the failure and `value` NULL.
 */
typedef void mori_callback(void *context, int error, const void *value);

/* ---- Making and settling */

/*
 * Makes a promise of `bytes` bytes, 0 for one that says only that something is done. Both handles
 * are the caller's. Returns 0; -EINVAL for too many bytes, -ENOMEM, -ENOBUFS.
 */
#define mori_promise_new(bytes, ret_promise, ret_resolver) \
        mori_promise_new_at((bytes), (ret_promise), (ret_resolver), MORI_DETAIL_PLACE)

/*
 * mori_resolve(resolver, pointer): the promise succeeds with a copy of *pointer. The size must be
 * the promise's (a contract). mori_resolve_value(): the same for an untyped pointer; NULL for 0
 * bytes. The resolver is spent, by these and the following two.
 */
#define mori_resolve(resolver, pointer) mori_resolve_value(resolver, pointer, sizeof *(pointer))
MORI_API void mori_resolve_value(mori_resolver resolver, const void *value, size_t bytes);
/* It fails with `error`, below 0 (a contract). */
MORI_API void mori_resolve_failure(mori_resolver resolver, int error);
/*
 * It settles as `promise` does, which is taken over: its handle is spent. 0; -ELOOP where `promise`
 * waits for this very one, through chains and groups of all, -EINVAL where it is of another size:
 * then neither is spent.
 */
MORI_API int mori_resolve_with(mori_resolver resolver, mori_promise promise) MORI_MUST_CHECK;
/* The promise is broken: it fails with -EOWNERDEAD. */
MORI_API void mori_resolver_drop(mori_resolver resolver);

/* What the resolver is asked for: 0, or -ECANCELED or -ETIMEDOUT, with which it is to fail. */
MORI_API int mori_resolver_asked(mori_resolver resolver);
/*
 * Has the callback called when the resolver is asked to cancel, with that error; soon, where it has
 * been asked. Not called after the promise has settled. Returns 0, -EINVAL, -ENOMEM or -ENOBUFS.
 */
MORI_API int mori_resolver_when_asked(mori_resolver resolver, mori_callback *callback,
                                      void *context);

/* ---- Callbacks. Each returns 0; -EINVAL for NULL, -ENOMEM, -ENOBUFS: then it is not registered */

/* When the promise succeeds. This is not looking at a failure (6). */
MORI_API int mori_promise_then(mori_promise promise, mori_callback *callback, void *context);
/* When it fails. */
MORI_API int mori_promise_on_failure(mori_promise promise, mori_callback *callback, void *context);
/* When it settles, either way. */
MORI_API int mori_promise_when(mori_promise promise, mori_callback *callback, void *context);
/* The same for cleaning up: a failure is not looked at. */
MORI_API int mori_promise_finally(mori_promise promise, mori_callback *callback, void *context);

/* ---- What its owner does with a promise */

/*
 * The owner does not want it any more: the handle is spent. Where nobody else waits for it, its
 * resolver is asked to cancel (4).
 */
MORI_API void mori_promise_free(mori_promise promise);
/*
 * Nobody looks at the outcome, but it is to come: the handle is spent, nothing is cancelled, and a
 * failure is reported (6). That holds for good: freeing a promise that was made from it does not
 * ask its resolver to cancel either.
 */
MORI_API void mori_promise_ignore(mori_promise promise);
/* Asks the resolver to cancel, whoever else waits. Does not wait. The handle stays. */
MORI_API void mori_promise_cancel(mori_promise promise);
/*
 * Cancelling the token, or its deadline, asks the resolver, too, until the promise has settled. The
 * token must not be freed before. Returns 0, -ENOMEM or -ENOBUFS.
 */
MORI_API int mori_promise_attach(mori_promise promise, mori_token *token) MORI_MUST_CHECK;
/*
 * mori_promise_get(promise, pointer): the outcome without waiting: 0 with the value in *pointer,
 * the failure, or -EAGAIN where it has not settled. -EINVAL for a pointer of another size; NULL and
 * 0 for a promise without a value: mori_promise_get_value().
 */
#define mori_promise_get(promise, pointer)                                                         \
        mori_promise_get_value(promise, pointer, sizeof *(pointer))
MORI_API int mori_promise_get_value(mori_promise promise, void *ret_value,
                                    size_t bytes) MORI_MUST_CHECK;

/* ---- Promises from promises. Those that they are made from stay the caller's. */

/*
 * A link of a chain: what it gets is what a callback gets, and it settles `next`, now or later.
 */
typedef void mori_link(void *context, int error, const void *value, mori_resolver next);

/*
 * A new promise of `bytes` bytes: when `promise` succeeds, `link` is called, as a callback, with
 * its resolver; when it fails, the new one fails in the same way and `link` is not called.
 */
#define mori_promise_chain(promise, bytes, link, context) \
        mori_promise_chain_at(promise, bytes, link, context, 0, MORI_DETAIL_PLACE)
/* The same, and `link` is called either way, so that it may turn a failure into a value. */
#define mori_promise_chain_either(promise, bytes, link, context) \
        mori_promise_chain_at(promise, bytes, link, context, 1, MORI_DETAIL_PLACE)

/*
 * Of `count` promises: a promise without a value that succeeds when all have; with the first
 * failure it fails, and the others are asked to cancel. Of none: MORI_PROMISE_DONE.
 */
#define mori_promise_all(promises, count) mori_promise_all_at(promises, count, MORI_DETAIL_PLACE)
/*
 * The first to succeed: a promise of its index, a uint32_t; the others are asked to cancel. Where
 * all fail it fails as the last of them. Of none it has failed with -EINVAL.
 */
#define mori_promise_any(promises, count) mori_promise_any_at(promises, count, MORI_DETAIL_PLACE)

/*
 * Loops without a stack. `body` is called in a turn of its own for each round, and the next one
 * begins when the promise that it returned has succeeded; MORI_PROMISE_DONE goes on at once. The
 * loop takes that promise over. It ends with the first failure, or when the loop's own promise is
 * asked to cancel, and needs the same memory however many rounds it has.
 */
typedef mori_promise mori_body(void *context, uint64_t round);
/* For rounds 0 to count - 1. A promise without a value. */
#define mori_promise_for(count, body, context) \
        mori_promise_loop_at(count, (int (*)(void *))0, body, context, MORI_DETAIL_PLACE)
/* While more(context) is not 0, which is asked before each round. */
#define mori_promise_while(more, body, context) \
        mori_promise_loop_at(UINT64_MAX, more, body, context, MORI_DETAIL_PLACE)

/*
 * A promise without a value that succeeds when `duration` nanoseconds have passed. Asked to cancel,
 * it fails at once.
 */
#define mori_promise_after(duration) mori_promise_after_at(duration, MORI_DETAIL_PLACE)

/* ---- Promises and async code */

/*
 * Has `function(pointer, ret_value)` run as an activity of its own, soon, and promises its result:
 * a failure where it returns one (below 0), else the `bytes` that it left in *ret_value. Asking
 * cancels the activity; where it has not begun it does not begin. It belongs to the program's
 * entry, as what is posted does, and `ret_value` is aligned to 16 bytes.
 */
typedef MORI_ASYNC int mori_call(void *pointer, void *ret_value);
#define mori_promise_call(function, pointer, bytes) \
        mori_promise_call_at(function, pointer, bytes, MORI_DETAIL_PLACE)

/*
 * mori_promise_of(handle): a promise of what an activity returns, an integer, a pointer, a float or
 * a double; of nothing for void. An int below 0 is a failure. The handle is spent: asking cancels
 * the activity. Async; the scope that it is called in is not left before the activity has ended.
 */
#define mori_promise_of(handle) MORI_DETAIL_PROMISE_OF(handle)

/*
 * mori_promise_wait(promise, pointer): waits until it has settled. Returns 0 with the value in
 * *pointer, or its failure; -ECANCELED or -ETIMEDOUT by the waiting scope, which leaves the promise
 * as it is; -EDEADLK, likewise, where what settles it waits for this activity (lock.h, rule 8);
 * -EINVAL as mori_promise_get(). mori_promise_wait_value(promise, NULL, 0) for a promise
 * without a value.
 */
#define mori_promise_wait(promise, pointer) \
        mori_promise_wait_value(promise, pointer, sizeof *(pointer))
MORI_API MORI_ASYNC int mori_promise_wait_value(mori_promise promise, void *ret_value,
                                                size_t bytes) MORI_MUST_CHECK;
/*
 * The same, and the promise is freed then, whatever the answer: so where the waiting scope is
 * cancelled, the resolver is asked to cancel.
 */
#define mori_promise_await(promise, pointer) \
        mori_promise_await_value(promise, pointer, sizeof *(pointer))
MORI_API MORI_ASYNC int mori_promise_await_value(mori_promise promise, void *ret_value,
                                                 size_t bytes) MORI_MUST_CHECK;

/* ---- What the macros are made of */

/* Where a promise was made, for reports. */
struct mori_place {
        const char *file;
        int line;
};

#define MORI_DETAIL_PLACE                                                                          \
        __extension__({                                                                            \
                static const struct mori_place mori_detail_place = {__FILE__, __LINE__};           \
                &mori_detail_place;                                                                \
        })

MORI_API int mori_promise_new_at(size_t bytes, mori_promise *ret_promise,
                                 mori_resolver *ret_resolver,
                                 const struct mori_place *place) MORI_MUST_CHECK;
MORI_API mori_promise mori_promise_chain_at(mori_promise promise, size_t bytes, mori_link *link,
                                            void *context, int either,
                                            const struct mori_place *place) MORI_MUST_CHECK;
MORI_API mori_promise mori_promise_all_at(const mori_promise *promises, unsigned count,
                                          const struct mori_place *place) MORI_MUST_CHECK;
MORI_API mori_promise mori_promise_any_at(const mori_promise *promises, unsigned count,
                                          const struct mori_place *place) MORI_MUST_CHECK;
MORI_API mori_promise mori_promise_loop_at(uint64_t count, int (*more)(void *context),
                                           mori_body *body, void *context,
                                           const struct mori_place *place) MORI_MUST_CHECK;
MORI_API mori_promise mori_promise_after_at(int64_t duration,
                                            const struct mori_place *place) MORI_MUST_CHECK;
MORI_API mori_promise mori_promise_call_at(mori_call *function, void *pointer, size_t bytes,
                                           const struct mori_place *place) MORI_MUST_CHECK;

/* How an activity's result comes back. */
enum mori_promise_kind {
        MORI_PROMISE_OF_NOTHING,
        MORI_PROMISE_OF_INT, /* which may say failure */
        MORI_PROMISE_OF_WORD,
        MORI_PROMISE_OF_REAL,
};
MORI_API int mori_promise_of_begin(int kind, size_t bytes, mori_activity activity,
                                   mori_promise *ret_promise, mori_resolver *ret_resolver,
                                   const struct mori_place *place);
MORI_API MORI_ASYNC int mori_promise_of_run(int kind, size_t bytes, mori_activity activity,
                                            mori_resolver resolver);

#define MORI_DETAIL_PROMISE_OF(handle)                                                             \
        __extension__({                                                                            \
                typedef __typeof__((*(handle))((struct mori_activity_handle){0})) mori_detail_of;  \
                enum {                                                                             \
                        mori_detail_void = __builtin_types_compatible_p(mori_detail_of, void),     \
                        mori_detail_class = __builtin_classify_type(*__builtin_choose_expr(        \
                                mori_detail_void, (int *)0, (mori_detail_of *)0)),                 \
                        mori_detail_of_kind = mori_detail_void ? MORI_PROMISE_OF_NOTHING           \
                                              : __builtin_types_compatible_p(mori_detail_of, int)  \
                                                      ? MORI_PROMISE_OF_INT                        \
                                              : mori_detail_class == 8 ? MORI_PROMISE_OF_REAL      \
                                                                       : MORI_PROMISE_OF_WORD,     \
                        mori_detail_of_bytes =                                                     \
                                mori_detail_void ? 0 : (int)sizeof(mori_detail_of),                \
                };                                                                                 \
                _Static_assert(                                                                    \
                        mori_detail_class <= 8 && (int)mori_detail_of_bytes <= 8,                  \
                        "a promise of an activity is of an integer, a pointer, a float or a "      \
                        "double: where it returns a structure, join it");                          \
                mori_promise mori_detail_promise;                                                  \
                mori_resolver mori_detail_resolver;                                                \
                mori_activity mori_detail_activity = MORI_ACTIVITY(handle);                        \
                if (mori_promise_of_begin(mori_detail_of_kind, mori_detail_of_bytes,               \
                                          mori_detail_activity, &mori_detail_promise,              \
                                          &mori_detail_resolver, MORI_DETAIL_PLACE) == 0)          \
                        MORI_IGNORE(MORI_START(mori_promise_of_run, (int)mori_detail_of_kind,      \
                                               (size_t)mori_detail_of_bytes, mori_detail_activity, \
                                               mori_detail_resolver));                             \
                mori_detail_promise;                                                               \
        })

#ifdef __cplusplus
}
#endif
