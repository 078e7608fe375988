/* SPDX-License-Identifier: MIT */
/*
 * Promises: how they settle, how their callbacks run, and how cancellation goes up a chain. The
 * nouns and invariants are in promise.h.
 *
 *      new ---> pending --succeed, fail, drop--> settled ---> its callbacks run ---> gone
 *                 |  ^
 *                 +--+ asked, by its owner, a token, or who was made from it
 *
 * The runner takes callbacks from the pool's ring, at most BATCH in a turn, and goes behind the
 * other activities of its process then. For reports it bears the name of the callback that it runs.
 *
 * Nothing here recurses: a chain of a million promises settles in a million turns, and a
 * cancellation goes up it in a loop.
 */
#include "activity/promise.h"

#include "base/atomic.h"
#include "turn/seat.h"

#include <errno.h>
#include <string.h>

#define BATCH 64

/* ---- Rings: `last` is the last of them, and links to the first */

static inline void ring_append(struct promise **last, struct promise *callback)
{
        if (*last == NULL) {
                callback->next = callback;
        } else {
                callback->next = (*last)->next;
                (*last)->next = callback;
        }
        *last = callback;
}

static inline struct promise *ring_take(struct promise **last)
{
        struct promise *first = (*last)->next;

        if (first == *last)
                *last = NULL;
        else
                (*last)->next = first->next;
        return first;
}

/* All of another ring, behind. */
static inline void ring_join(struct promise **last, struct promise *other_last)
{
        struct promise *first = other_last->next;

        if (*last != NULL) {
                other_last->next = (*last)->next;
                (*last)->next = first;
                if (SEED_BUG(SEED_BUG_CALLBACKS_SWAPPED))
                        return;
        }
        *last = other_last;
}

/* ---- The runner */

static void runner_wake(struct promises *pool)
{
        struct activity *runner = pool->runner;

        if (runner != NULL && runner->segment.state == ACTIVITY_STATE_WAITING_CALLBACKS)
                process_wake(pool->process, runner, 0);
        seat_stir(pool->process->seat);
}

void promise_ready(struct promises *pool, struct promise *callback)
{
        bool was_empty = pool->ready_last == NULL;

        ring_append(&pool->ready_last, callback);
        if (was_empty)
                runner_wake(pool);
}

int promise_level_error(uint8_t level)
{
        return level == CANCEL_NONE ? 0 : level == CANCEL_DEADLINE ? -ETIMEDOUT : -ECANCELED;
}

void promise_turn_of(struct promises *pool, const void *function)
{
        struct activity *runner = pool->runner;

        runner->site = (runner->site & 0xffff) | (uint64_t)(uintptr_t)function << 16;
}

/* A turn begins: the runner bears the name of what it runs. */
static inline void turn_begin(struct promises *pool, const struct promise *callback)
{
        struct worker *worker = worker_self();

        pool->runner->causality = callback->causality;
        promise_turn_of(pool, callback->function);
        /* the stall watch reads it */
        atomic_store_relaxed(&worker->turns, worker->turns + 1);
}

/* Runs a callback that is in no ring any more. */
static void callback_run(struct promises *pool, struct promise *callback)
{
        struct promise *promise = callback->state == SLOT_CALLBACK ? callback->of : callback;
        enum callback_kind what = callback->what;
        mori_callback *function = (mori_callback *)callback->function;
        void *context = callback->context;
        bool succeeded = promise->state == PROMISE_SUCCEEDED;

        turn_begin(pool, callback);
        callback->what = CALLBACK_NONE;
        if (what == CALLBACK_INNER) {
                ((promise_inner *)callback->function)(pool, callback, promise);
        } else {
                if (callback != promise)
                        slot_free(pool, callback);
                if (what == CALLBACK_ASKED) {
                        if (promise->state == PROMISE_PENDING)
                                function(context, promise_level_error(promise->level), NULL);
                } else if (succeeded) {
                        if (what != CALLBACK_FAILURE)
                                function(context, 0, promise->value);
                } else if (what != CALLBACK_THEN &&
                           (what != CALLBACK_FINALLY || !SEED_BUG(SEED_BUG_CALLBACK_LOST))) {
                        function(context, promise->error, NULL);
                }
        }
        promise->callbacks--;
        promise_check(pool, promise);
}

/*
 * A turn of the runner's. True where it has to go on. Sync, and not a part of runner_main(): which
 * worker runs it is not known from one wait to the next.
 */
__attribute__((noinline)) static bool callbacks_run(struct promises *pool)
{
        unsigned left = BATCH;

        while (pool->ready_last != NULL && left-- > 0)
                callback_run(pool, ring_take(&pool->ready_last));
        return pool->ready_last != NULL;
}

__attribute__((noinline)) static void runner_wait(struct promises *pool, bool goes_on)
{
        struct activity *runner = wait_begin(ACTIVITY_STATE_WAITING_CALLBACKS, pool);

        if (goes_on)
                process_wake(pool->process, runner, 0); /* behind the others */
}

static void runner_began(struct promises *pool)
{
        pool->runner = worker_self()->activity;
}

static MORI_ASYNC void runner_main(void *pointer)
{
        struct promises *pool = pointer;

        runner_began(pool);
        for (;;) {
                runner_wait(pool, callbacks_run(pool));
                MORI_AWAIT activity_suspend();
        }
}

/* In the loop: the runner begins, as a child of the root. */
static void runner_begin(struct seat *seat, void *first, void *second)
{
        struct promises *pool = first;
        struct process *process = second;

        (void)seat;
        if (process->state == PROCESS_RUNNING)
                seat_enter_beside((void *)runner_main, pool);
}

int promise_runner_post(struct promises *pool)
{
        turns_pause(worker_self());
        return seat_post(pool->process->seat, pool->process, runner_begin, pool, pool->process);
}

/* ---- Making and going */

static inline uint64_t causality_here(void)
{
        struct activity *activity = worker_self()->activity;

        return likely(activity != NULL) ? activity->causality : 0;
}

static inline int make(size_t bytes, const struct mori_place *place, struct promises **ret_pool,
                       struct promise **ret_promise)
{
        struct promises *pool = promises_here();
        struct promise *promise;
        int error;

        if (unlikely(bytes > MORI_PROMISE_BYTES_MAX))
                return -EINVAL;
        if (unlikely(pool == NULL))
                return -ENOMEM;
        error = slot_new(pool, &promise);
        if (unlikely(error < 0))
                return error;
        if (unlikely(++pool->generation == 0))
                pool->generation = 1;
        promise->generation = pool->generation;
        promise->callbacks = 0;
        promise->state = PROMISE_PENDING;
        promise->what = CALLBACK_NONE;
        promise->flags = PROMISE_HELD | PROMISE_RESOLVER;
        promise->bytes = (uint8_t)bytes;
        promise->level = CANCEL_NONE;
        promise->error = 0;
        promise->place = place;
        promise->causality = causality_here();
        promise->last = promise->of = promise->asked = NULL;
        *ret_pool = pool;
        *ret_promise = promise;
        return 0;
}

int promise_make(size_t bytes, const struct mori_place *place, struct promises **ret_pool,
                 struct promise **ret_promise)
{
        return make(bytes, place, ret_pool, ret_promise);
}

int mori_promise_new_at(size_t bytes, mori_promise *ret_promise, mori_resolver *ret_resolver,
                        const struct mori_place *place)
{
        struct promises *pool;
        struct promise *promise;
        int error = make(bytes, place, &pool, &promise);

        if (unlikely(error < 0))
                return error;
        ret_promise->word = ret_resolver->word = slot_word(promise);
        return 0;
}

void promise_report(struct promises *pool, const struct promise *promise)
{
        if (promise->flags & PROMISE_LOOKED || promise->level != CANCEL_NONE ||
            promise->error == -ECANCELED)
                return;
        pool->process->reports++;
        if (promise->place == NULL)
                base_report("mori: nobody looked at the failure of a promise: %d (%s)",
                            promise->error, strerror(-promise->error));
        else
                base_report("mori: nobody looked at the failure of a promise: %d (%s); it was made "
                            "at %s:%d, causality %llu",
                            promise->error, strerror(-promise->error), promise->place->file,
                            promise->place->line, (unsigned long long)promise->causality);
}

void promise_check(struct promises *pool, struct promise *promise)
{
        if (promise->callbacks != 0 || promise->flags & (PROMISE_HELD | PROMISE_RESOLVER))
                return;
        if (unlikely(promise->state == PROMISE_FAILED))
                promise_report(pool, promise);
        slot_free(pool, promise);
}

/* ---- Settling */

/* What was to be told of a cancellation is not any more. */
static void asked_drop(struct promises *pool, struct promise *promise)
{
        struct promise *callback, *next;

        for (callback = promise->asked; callback != NULL; callback = next) {
                next = callback->next;
                if (callback->what == CALLBACK_ATTACHED)
                        promise_detach(callback);
                promise->callbacks--;
                slot_free(pool, callback);
        }
        promise->asked = NULL;
}

/* Those of a ring that wake activities are done with at once; the others stay. */
static struct promise *wakes_take(struct promises *pool, struct promise *promise)
{
        struct promise *rest = NULL, *last = promise->last;

        while (last != NULL) {
                struct promise *callback = ring_take(&last);

                if (callback->what != CALLBACK_WAKE) {
                        ring_append(&rest, callback);
                        continue;
                }
                promise->callbacks--;
                promise_wake(pool, callback, promise);
        }
        return rest;
}

static void settle(struct promises *pool, struct promise *promise, uint8_t state)
{
        struct promise *last = promise->last;

        promise->state = state;
        promise->flags &= (uint8_t)~(PROMISE_RESOLVER | PROMISE_OURS);
        promise->of = NULL;
        if (unlikely(promise->asked != NULL))
                asked_drop(pool, promise);
        if (unlikely(promise->flags & PROMISE_WAITED)) {
                last = wakes_take(pool, promise);
                seat_stir(pool->process->seat);
        }
        promise->last = NULL;
        if (likely(last != NULL)) {
                bool was_empty = pool->ready_last == NULL;

                ring_join(&pool->ready_last, last);
                if (was_empty)
                        runner_wake(pool);
        } else {
                promise_check(pool, promise);
        }
}

void promise_succeed(struct promises *pool, struct promise *promise, const void *value)
{
        if (likely(promise->bytes == 8))
                memcpy(promise->value, value, 8);
        else if (promise->bytes != 0)
                memcpy(promise->value, value, promise->bytes);
        settle(pool, promise, PROMISE_SUCCEEDED);
}

void promise_fail(struct promises *pool, struct promise *promise, int error)
{
        promise->error = error;
        settle(pool, promise, PROMISE_FAILED);
}

void promise_copy(struct promises *pool, struct promise *promise, const struct promise *from)
{
        if (from->state == PROMISE_SUCCEEDED)
                promise_succeed(pool, promise, from->value);
        else
                promise_fail(pool, promise, from->error);
}

void mori_resolve_value(mori_resolver resolver, const void *value, size_t bytes)
{
        struct promises *pool;
        struct promise *promise = resolver_find(&pool, resolver);

        if (unlikely(bytes != promise->bytes))
                process_abandon("a promise of %u bytes is resolved with %zu; it was made at %s:%d",
                                promise->bytes, bytes, promise->place->file, promise->place->line);
        promise_succeed(pool, promise, value);
}

void mori_resolve_failure(mori_resolver resolver, int error)
{
        struct promises *pool;
        struct promise *promise = resolver_find(&pool, resolver);

        if (unlikely(error >= 0))
                process_abandon("a promise fails with %d, which is no negative errno; it was made "
                                "at %s:%d",
                                error, promise->place->file, promise->place->line);
        promise_fail(pool, promise, error);
}

void mori_resolver_drop(mori_resolver resolver)
{
        struct promises *pool;
        struct promise *promise = resolver_find(&pool, resolver);

        promise_fail(pool, promise, -EOWNERDEAD);
}

/* ---- Callbacks */

void promise_add_slot(struct promises *pool, struct promise *promise, struct promise *callback)
{
        promise->callbacks++;
        if (promise->state == PROMISE_PENDING)
                ring_append(&promise->last, callback);
        else
                promise_ready(pool, callback);
}

static int callback_new(struct promises *pool, struct promise *promise, enum callback_kind what,
                        void *function, void *context, struct promise **ret_callback)
{
        struct promise *callback = promise;

        if (unlikely(promise->callbacks >= MORI_PROMISE_CALLBACKS_MAX))
                return -ENOBUFS;
        if (unlikely(what > CALLBACK_SIMPLE_LAST || promise->what != CALLBACK_NONE)) {
                int error = slot_new(pool, &callback);

                if (error < 0)
                        return error;
                callback->state = SLOT_CALLBACK;
                callback->of = promise;
                callback->to = NULL;
        }
        callback->what = (uint8_t)what;
        callback->function = function;
        callback->context = context;
        callback->causality = causality_here();
        *ret_callback = callback;
        return 0;
}

int promise_add(struct promises *pool, struct promise *promise, enum callback_kind what,
                void *function, void *context, struct promise **ret_callback)
{
        int error = callback_new(pool, promise, what, function, context, ret_callback);

        if (unlikely(error < 0))
                return error;
        if (what != CALLBACK_THEN && what != CALLBACK_FINALLY)
                promise->flags |= PROMISE_LOOKED;
        promise_add_slot(pool, promise, *ret_callback);
        return 0;
}

void promise_remove(struct promise *promise, struct promise *callback)
{
        struct promise *before = promise->last;

        while (before->next != callback)
                before = before->next;
        before->next = callback->next;
        if (promise->last == callback)
                promise->last = before == callback ? NULL : before;
        promise->callbacks--;
}

static inline __attribute__((always_inline)) int
callback_register(mori_promise handle, enum callback_kind what, mori_callback *callback,
                  void *context)
{
        struct promises *pool;
        struct promise *promise, *ignored;
        int error;

        if (unlikely(callback == NULL))
                return -EINVAL;
        error = promise_find_any(&pool, handle, &promise);
        if (unlikely(error < 0))
                return error;
        if (likely(promise->state == PROMISE_PENDING && promise->callbacks == 0)) {
                /* The usual way: the only one, in the promise's own slot. */
                promise->what = (uint8_t)what;
                promise->function = (void *)callback;
                promise->context = context;
                promise->causality = causality_here();
                promise->callbacks = 1;
                promise->next = promise->last = promise;
                if (what != CALLBACK_THEN && what != CALLBACK_FINALLY)
                        promise->flags |= PROMISE_LOOKED;
                return 0;
        }
        error = promise_add(pool, promise, what, (void *)callback, context, &ignored);
        if (unlikely(error < 0))
                promise_check(pool, promise); /* of a constant */
        return error;
}

int mori_promise_then(mori_promise promise, mori_callback *callback, void *context)
{
        return callback_register(promise, CALLBACK_THEN, callback, context);
}

int mori_promise_on_failure(mori_promise promise, mori_callback *callback, void *context)
{
        return callback_register(promise, CALLBACK_FAILURE, callback, context);
}

int mori_promise_when(mori_promise promise, mori_callback *callback, void *context)
{
        return callback_register(promise, CALLBACK_WHEN, callback, context);
}

int mori_promise_finally(mori_promise promise, mori_callback *callback, void *context)
{
        return callback_register(promise, CALLBACK_FINALLY, callback, context);
}

/* ---- Cancellation */

int promise_add_asked(struct promises *pool, struct promise *promise, enum callback_kind what,
                      void *function, void *context, struct promise **ret_callback)
{
        struct promise *callback;
        int error = callback_new(pool, promise, what, function, context, &callback);

        if (error < 0)
                return error;
        promise->callbacks++;
        if (promise->level != CANCEL_NONE && what != CALLBACK_ATTACHED) {
                promise_ready(pool, callback);
        } else {
                callback->next = promise->asked;
                promise->asked = callback;
        }
        *ret_callback = callback;
        return 0;
}

/*
 * Those who want to be told are told, in turns of their own, in the order in which they were
 * registered (the list has the latest first); tokens stay.
 */
static void asked_tell(struct promises *pool, struct promise *promise)
{
        struct promise **link = &promise->asked, *callback, *told = NULL;

        while ((callback = *link) != NULL) {
                if (callback->what == CALLBACK_ATTACHED) {
                        link = &callback->next;
                        continue;
                }
                *link = callback->next;
                callback->next = told;
                told = callback;
        }
        while ((callback = told) != NULL) {
                told = callback->next;
                promise_ready(pool, callback);
        }
}

void promise_ask(struct promises *pool, struct promise *promise, uint8_t level)
{
        while (promise != NULL && promise->state == PROMISE_PENDING && promise->level < level) {
                promise->level = level;
                asked_tell(pool, promise);
                promise = promise->of;
                if (SEED_BUG(SEED_BUG_ASKING_STOPS) ||
                    (promise != NULL && !promise_is_given_up(promise)))
                        break;
        }
}

bool promise_is_given_up(const struct promise *promise)
{
        const struct promise *callback = promise->last;

        if (promise->flags & (PROMISE_HELD | PROMISE_IGNORED))
                return false;
        if (callback == NULL)
                return true;
        do {
                callback = callback->next;
                if (callback->what != CALLBACK_INNER || callback->to == NULL ||
                    callback->to->level == CANCEL_NONE)
                        return false;
        } while (callback != promise->last);
        return true;
}

void promise_let_go(struct promises *pool, struct promise *promise)
{
        promise->flags &= (uint8_t)~PROMISE_HELD;
        if (promise->state == PROMISE_PENDING && promise_is_given_up(promise))
                promise_ask(pool, promise, CANCEL_HARD);
        promise_check(pool, promise);
}

void mori_promise_free(mori_promise handle)
{
        struct promises *pool;

        if (!promise_is_constant(handle)) {
                struct promise *promise = promise_find(&pool, handle);

                if (likely(promise->callbacks != 0 && promise->state != PROMISE_PENDING))
                        promise->flags &= (uint8_t)~PROMISE_HELD;
                else
                        promise_let_go(pool, promise);
        }
}

void mori_promise_ignore(mori_promise handle)
{
        struct promises *pool;
        struct promise *promise;

        if (promise_is_constant(handle)) {
                if (promise_find_any(&pool, handle, &promise) == 0)
                        promise_check(pool, promise); /* reports a failure */
                return;
        }
        promise = promise_find(&pool, handle);
        promise->flags = (uint8_t)((promise->flags & ~PROMISE_HELD) | PROMISE_IGNORED);
        promise_check(pool, promise);
}

void mori_promise_cancel(mori_promise handle)
{
        struct promises *pool;

        if (!promise_is_constant(handle)) {
                struct promise *promise = promise_find(&pool, handle);

                promise_ask(pool, promise, CANCEL_HARD);
        }
}

int mori_resolver_asked(mori_resolver resolver)
{
        struct promises *pool;

        return promise_level_error(resolver_find(&pool, resolver)->level);
}

int mori_resolver_when_asked(mori_resolver resolver, mori_callback *callback, void *context)
{
        struct promises *pool;
        struct promise *promise = resolver_find(&pool, resolver), *ignored;

        if (callback == NULL)
                return -EINVAL;
        return promise_add_asked(pool, promise, CALLBACK_ASKED, (void *)callback, context,
                                 &ignored);
}

int mori_promise_get_value(mori_promise handle, void *ret_value, size_t bytes)
{
        struct promises *pool;
        struct promise *promise;

        if (promise_is_constant(handle))
                return promise_constant_error(handle) < 0 ? promise_constant_error(handle)
                       : bytes != 0                       ? -EINVAL
                                                          : 0;
        promise = promise_find(&pool, handle);
        if (bytes != promise->bytes)
                return -EINVAL;
        if (promise->state == PROMISE_PENDING)
                return -EAGAIN;
        promise->flags |= PROMISE_LOOKED;
        if (promise->state == PROMISE_FAILED)
                return promise->error;
        if (bytes != 0)
                memcpy(ret_value, promise->value, bytes);
        return 0;
}
