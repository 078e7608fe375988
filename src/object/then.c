/* SPDX-License-Identifier: MIT */
/*
 * Callbacks of calls that were sent. The call's question has a promise of the process
 * (activity/promise.h), which nobody but the question knows, and which settles when the question
 * is returned: so its callback takes its turn among those of all other promises.
 *
 *      sent --mori_sent_then()--> waits --question_return()--> settled --its turn--> called, freed
 *                                   |                             |
 *                                   +---- mori_sent_drop() -------+--> settled --its turn--> freed
 *
 * The results stay with the question until then, as they do for who has not joined yet.
 */
#include "object/connection.h"
#include "object/failing.h"
#include "object/then.h"

#include "activity/promise.h"

#include <errno.h>

struct then {
        struct owned owned;
        struct question *question; /* NULL: it was dropped */
        struct promise *promise;   /* NULL: it has settled */
        mori_sent_answered *answered;
        void (*callback)(void);
        void *context;
        /* behind it: the call structure, for the results */
};

static inline struct mori_call_head *call_of(struct then *then)
{
        return (struct mori_call_head *)(void *)((char *)then + round_up(sizeof *then, 16));
}

static void then_release(struct owned *owned)
{
        free(CONTAINER_OF(owned, struct then, owned));
}

static void then_free(struct then *then)
{
        process_disown(&then->owned);
        free(then);
}

void then_settle(struct then *then)
{
        struct promise *promise = then->promise;

        then->promise = NULL;
        if (promise != NULL)
                promise_succeed(promises_running(), promise, NULL);
}

void then_drop(struct then *then)
{
        then->question->then = NULL;
        then->question = NULL;
        then_settle(then);
}

/* The results are there: what is left of the promise goes. 0 with them, or the failure. */
static int results_get(struct then *then)
{
        struct question *question = then->question;
        int error = question->error;

        if (error == 0)
                error = results_take(question, call_of(then), question->results);
        if (error < 0)
                question_fails(question, worker_self()->activity);
        handles_remove(&question->objects->sents, question->handle);
        question->handle = 0;
        question->then = NULL;
        promised_drop(question);
        question->wanted = false;
        question_look(question);
        return error;
}

/* In a turn of the runner. */
static void then_call(void *context, int ignored, const void *nothing)
{
        struct then *then = context;
        int error;

        (void)ignored;
        (void)nothing;
        if (then->question != NULL) {
                promise_turn_of(promises_running(), (void *)then->callback);
                error = results_get(then);
                then->answered(then->callback, then->context, error,
                               error < 0 ? NULL : call_of(then));
                if (error < 0) /* the next callback is another matter */
                        failure_set(process_self(), mori_self().word, NULL);
                mori_call_free(call_of(then));
        }
        then_free(then);
}

static int then_new(struct question *question, struct then **ret_then)
{
        static const struct mori_place place = {"a call that was sent", 0};
        size_t bytes = question->method != NULL ? question->method->call_bytes : 0;
        struct then *then = calloc(1, round_up(sizeof *then, 16) + bytes + sizeof *call_of(then));
        struct promises *promises;
        struct promise *callback;
        int error;

        if (then == NULL)
                return -ENOMEM;
        error = promise_make(0, &place, &promises, &then->promise);
        if (error < 0) {
                free(then);
                return error;
        }
        /* in the promise's own slot: it needs no memory */
        error = promise_add(promises, then->promise, CALLBACK_WHEN, (void *)then_call, then,
                            &callback);
        assert_always(error == 0);
        then->promise->flags &= (uint8_t)~PROMISE_HELD;
        then->promise->flags |= PROMISE_OURS;
        process_own(process_self(), &then->owned, then_release);
        *ret_then = then;
        return 0;
}

int then_begin(struct question *question, mori_sent_answered *answered, void (*callback)(void),
               void *context)
{
        struct then *then;
        int error = then_new(question, &then);

        if (error < 0)
                return error;
        then->question = question;
        then->answered = answered;
        then->callback = callback;
        then->context = context;
        question->then = then;
        if (question->returned)
                then_settle(then);
        return 0;
}
