/* SPDX-License-Identifier: MIT */
/*
 * Promises and what else can wait or come to an end: activities that wait for a promise, activities
 * whose end is promised, time, and tokens.
 *
 * A waiting activity is a callback in the promise's ring; when the promise settles it is woken at
 * once and takes its turn, and the runner has no part in it. Where the value goes is written then,
 * so that the promise may be gone when the activity runs.
 */
#include "activity/promise.h"

#include "activity/deadlock.h"

#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Waiting */

static int64_t promise_wait_begin(mori_promise handle, void *ret_value, size_t bytes)
{
        int error = mori_promise_get_value(handle, ret_value, bytes);
        struct promise *promise, *ignored;
        struct promises *pool;

        if (error != -EAGAIN)
                return error;
        promise = promise_find(&pool, handle);
        if (promise->state != PROMISE_PENDING) /* that is its failure */
                return error;
        error = wait_cancelled();
        if (error == 0 && (promise->of != NULL || promise->asked != NULL) &&
            deadlock_closes(ACTIVITY_STATE_WAITING_PROMISE, promise))
                return -EDEADLK;
        if (error == 0)
                error = promise_add(pool, promise, CALLBACK_WAKE, ret_value,
                                    worker_self()->activity, &ignored);
        if (error < 0)
                return error;
        promise->flags |= PROMISE_WAITED;
        wait_begin(ACTIVITY_STATE_WAITING_PROMISE, promise);
        return WAIT_SUSPEND;
}

MORI_ASYNC int mori_promise_wait_value(mori_promise promise, void *ret_value, size_t bytes)
{
        int64_t begun = promise_wait_begin(promise, ret_value, bytes);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_promise_await_value(mori_promise promise, void *ret_value, size_t bytes)
{
        int answer = MORI_AWAIT mori_promise_wait_value(promise, ret_value, bytes);

        mori_promise_free(promise);
        return answer;
}

void promise_wake(struct promises *pool, struct promise *callback, const struct promise *promise)
{
        struct activity *activity = callback->context;
        bool succeeded = promise->state == PROMISE_SUCCEEDED;

        if (succeeded && promise->bytes != 0)
                memcpy(callback->function, promise->value, promise->bytes);
        slot_free(pool, callback);
        process_wake(pool->process, activity, succeeded ? 0 : promise->error);
}

void promise_interrupt(struct activity *activity, int error)
{
        struct promises *pool = process_self()->promises;
        struct promise *promise = activity->wait, *callback = promise->last;

        while (callback->what != CALLBACK_WAKE || callback->context != activity)
                callback = callback->next;
        promise_remove(promise, callback);
        slot_free(pool, callback);
        process_wake(pool->process, activity, error);
        if (!(promise->flags & PROMISE_HELD))
                promise_let_go(pool, promise); /* it was the last who waited, perhaps */
}

/* ---- A call: an activity that sync code has begun */

struct call {
        struct owned owned;
        struct promises *pool;
        struct promise *promise; /* NULL where it was cancelled before it began */
        mori_call *function;
        void *pointer;
        struct activity *activity; /* once it has begun */
        bool is_skipped; /* its turn came after it was cancelled, and before it was told that */
        _Alignas(16) char value[MORI_PROMISE_BYTES_MAX];
};

static void call_release(struct owned *owned)
{
        free(CONTAINER_OF(owned, struct call, owned));
}

static void call_free(struct call *call)
{
        process_disown(&call->owned);
        free(call);
}

static void call_began(struct call *call)
{
        call->activity = worker_self()->activity;
        call->activity->causality = call->promise->causality;
}

static void call_ended(struct call *call, int result)
{
        if (result < 0)
                promise_fail(call->pool, call->promise, result);
        else
                promise_succeed(call->pool, call->promise, call->value);
        call_free(call);
}

static MORI_ASYNC void call_main(void *pointer)
{
        struct call *call = pointer;
        int result;

        call_began(call);
        result = MORI_AWAIT call->function(call->pointer, call->value);
        call_ended(call, result);
}

/* In the loop. */
static void call_begin(struct seat *seat, void *first, void *second)
{
        struct process *process = second;
        struct call *call = first;

        (void)seat;
        if (process->state != PROCESS_RUNNING)
                return; /* the call has gone with it */
        if (call->promise == NULL)
                call_free(call);
        else if (call->promise->level != CANCEL_NONE)
                call->is_skipped = true;
        else
                seat_enter((void *)call_main, call);
}

static void call_asked(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct call *call = callback->context;

        slot_free(pool, callback);
        if (promise->state != PROMISE_PENDING)
                return; /* the call is over, and gone */
        if (call->activity != NULL) {
                activity_cancel(call->activity, promise->level);
        } else {
                call->promise = NULL;
                if (call->is_skipped)
                        call_free(call);
                promise_fail(pool, promise, promise_level_error(promise->level));
        }
}

/* A promise of ours that could not be made whole. */
static mori_promise undo(struct promises *pool, struct promise *promise, int error)
{
        promise->flags = PROMISE_RESOLVER | PROMISE_LOOKED;
        promise_fail(pool, promise, error);
        return promise_failed(error);
}

mori_promise mori_promise_call_at(mori_call *function, void *pointer, size_t bytes,
                                  const struct mori_place *place)
{
        struct promise *promise, *ignored;
        struct promises *pool;
        struct call *call;
        int error = function == NULL ? -EINVAL : promise_make(bytes, place, &pool, &promise);

        if (error < 0)
                return promise_failed(error);
        promise->flags |= PROMISE_OURS;
        call = calloc(1, sizeof *call);
        if (call == NULL)
                return undo(pool, promise, -ENOMEM);
        call->pool = pool;
        call->promise = promise;
        call->function = function;
        call->pointer = pointer;
        error = promise_add_asked(pool, promise, CALLBACK_INNER, (void *)call_asked, call,
                                  &ignored);
        if (error == 0)
                error = seat_post(pool->process->seat, pool->process, call_begin, call,
                                  pool->process);
        if (error < 0) {
                free(call);
                return undo(pool, promise, error);
        }
        process_own(pool->process, &call->owned, call_release);
        return (mori_promise){slot_word(promise)};
}

/* ---- The end of an activity */

static void of_asked(struct promises *pool, struct promise *callback, struct promise *promise)
{
        mori_activity handle = {(uint64_t)(uintptr_t)callback->context};
        struct activity *activity = activity_of_handle(handle);

        slot_free(pool, callback);
        if (promise->state == PROMISE_PENDING && activity != NULL)
                activity_cancel(activity, promise->level);
}

int mori_promise_of_begin(int kind, size_t bytes, mori_activity activity, mori_promise *ret_promise,
                          mori_resolver *ret_resolver, const struct mori_place *place)
{
        struct promise *promise, *ignored;
        struct promises *pool;
        int error;

        (void)kind;
        if (activity_of_handle(activity) == NULL)
                activity_handle_bad(activity.word);
        error = promise_make(bytes, place, &pool, &promise);
        if (error == 0) {
                error = promise_add_asked(pool, promise, CALLBACK_INNER, (void *)of_asked,
                                          (void *)(uintptr_t)activity.word, &ignored);
                if (error < 0)
                        undo(pool, promise, error);
        }
        if (error < 0) {
                mori_ignore(activity);
                *ret_promise = promise_failed(error);
                return error;
        }
        ret_promise->word = ret_resolver->word = slot_word(promise);
        return 0;
}

struct activity *promise_activity(const struct promise *promise)
{
        const struct promise *callback;

        for (callback = promise->asked; callback != NULL; callback = callback->next) {
                if (callback->what != CALLBACK_INNER)
                        continue;
                if (callback->function == (void *)of_asked)
                        return activity_of_handle(
                                (mori_activity){(uint64_t)(uintptr_t)callback->context});
                if (callback->function == (void *)call_asked)
                        return ((const struct call *)callback->context)->activity;
        }
        return NULL;
}

/* Its scope is left while it waits: so is what it waits for, which is its own now. */
static void of_cancel(mori_activity activity)
{
        if (activity_of_handle(activity) != NULL)
                activity_cancel(activity_of_handle(activity), CANCEL_HARD);
}

static void of_settle(mori_resolver resolver, int kind, size_t bytes, const void *result)
{
        int failure;

        memcpy(&failure, result, sizeof failure);
        if (kind == MORI_PROMISE_OF_INT && failure < 0)
                mori_resolve_failure(resolver, failure);
        else
                mori_resolve_value(resolver, result, bytes);
}

MORI_ASYNC int mori_promise_of_run(int kind, size_t bytes, mori_activity activity,
                                   mori_resolver resolver)
{
        if (MORI_AWAIT mori_wait(activity) < 0)
                of_cancel(activity);
        if (kind == MORI_PROMISE_OF_REAL) {
                double real = MORI_JOIN((MORI_HANDLE(double))(uintptr_t)activity.word);

                of_settle(resolver, kind, bytes, &real);
        } else {
                int64_t word = MORI_JOIN((MORI_HANDLE(int64_t))(uintptr_t)activity.word);

                of_settle(resolver, kind, bytes, &word);
        }
        return 0;
}

/* ---- Time */

struct after {
        struct owned owned;
        struct promises *pool;
        _Alignas(16) struct timer timer;
        struct promise *promise;
};

static void after_release(struct owned *owned)
{
        struct after *after = CONTAINER_OF(owned, struct after, owned);

        seat_timer_stop(&after->timer);
        stack_piece_free(after, sizeof *after);
}

static void after_free(struct after *after)
{
        process_disown(&after->owned);
        after_release(&after->owned);
}

static void after_fire(struct timer *timer)
{
        struct after *after = CONTAINER_OF(timer, struct after, timer);
        struct promises *pool = after->pool;
        struct promise *promise = after->promise;

        if (!seat_timer_fires(timer, pool->process))
                return;
        after_free(after);
        promise_succeed(pool, promise, NULL);
}

static void after_asked(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct after *after = callback->context;

        slot_free(pool, callback);
        if (promise->state != PROMISE_PENDING)
                return;
        after_free(after);
        promise_fail(pool, promise, promise_level_error(promise->level));
}

mori_promise mori_promise_after_at(int64_t duration, const struct mori_place *place)
{
        struct promise *promise, *ignored;
        struct promises *pool;
        struct after *after;
        int error;

        if (duration <= 0)
                return MORI_PROMISE_DONE;
        error = promise_make(0, place, &pool, &promise);
        if (error < 0)
                return promise_failed(error);
        promise->flags |= PROMISE_OURS;
        after = stack_piece_new(sizeof *after);
        if (after == NULL)
                return undo(pool, promise, -ENOMEM);
        error = promise_add_asked(pool, promise, CALLBACK_INNER, (void *)after_asked, after,
                                  &ignored);
        if (error < 0) {
                stack_piece_free(after, sizeof *after);
                return undo(pool, promise, error);
        }
        after->pool = pool;
        after->promise = promise;
        after->timer.fire = after_fire;
        process_own(pool->process, &after->owned, after_release);
        if (duration != MORI_FOREVER)
                seat_timer_start(&after->timer, duration);
        return (mori_promise){slot_word(promise)};
}

/* ---- Tokens: to a token, what is attached is a block of no activity (token.c) */

struct attachment {
        struct owned owned;
        struct promises *pool;
        struct promise *promise;
        struct mori_scope block;
};

static void attachment_release(struct owned *owned)
{
        free(CONTAINER_OF(owned, struct attachment, owned));
}

int mori_promise_attach(mori_promise handle, mori_token *token)
{
        struct attachment *attachment;
        struct promise *promise, *ignored;
        struct promises *pool;
        int error;

        if (promise_is_constant(handle))
                return 0;
        promise = promise_find(&pool, handle);
        if (promise->state != PROMISE_PENDING)
                return 0;
        attachment = calloc(1, sizeof *attachment);
        if (attachment == NULL)
                return -ENOMEM;
        error = promise_add_asked(pool, promise, CALLBACK_ATTACHED, NULL, attachment, &ignored);
        if (error < 0) {
                free(attachment);
                return error;
        }
        attachment->pool = pool;
        attachment->promise = promise;
        process_own(pool->process, &attachment->owned, attachment_release);
        token_attach(token, &attachment->block);
        return 0;
}

void promise_token_raised(struct mori_scope *block, uint8_t level)
{
        struct attachment *attachment = CONTAINER_OF(block, struct attachment, block);

        promise_ask(attachment->pool, attachment->promise, level);
}

void promise_detach(struct promise *callback)
{
        struct attachment *attachment = callback->context;

        token_detach(&attachment->block);
        process_disown(&attachment->owned);
        free(attachment);
}
