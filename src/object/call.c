/* SPDX-License-Identifier: MIT */
/*
 * Calls: questions and answers. Who makes a call has a question, who serves it an answer; what is
 * between the two is a connection, or, for a near object, nothing.
 *
 *      pulled, near, no queue:  the function is called in place
 *      pulled, far:             question ~~~ answer --> incoming --> served
 *                               woken <-- question ~~~ answer <----------+
 *      sent, near:              question --- answer (objects->sent)
 *      sent on, for others:     answer --> question ~~~
 */
#include "object/circle.h"
#include "object/failing.h"
#include "object/handoff.h"
#include "object/membrane.h"
#include "object/stream.h"
#include "object/then.h"
#include "object/block.h"
#include "object/table.h"

#include "activity/activity.h"
#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- What results point to */

struct call_memory {
        struct owned owned;
        struct call_memory *next;
        size_t bytes;            /* of it, and what is behind */
        struct message *message; /* or what is behind this */
        mori_ref *references;    /* words of those in the message, for who reads it */
};

static void memory_release(struct owned *owned)
{
        struct call_memory *memory = CONTAINER_OF(owned, struct call_memory, owned);

        message_forget(memory->message); /* the process ends: and capabilities with all others */
        free(memory->references);
        block_free(memory, memory->bytes);
}

static struct call_memory *memory_new(struct mori_call_head *call, size_t bytes)
{
        size_t all = round_up(sizeof(struct call_memory), 16) + bytes;
        struct call_memory *memory = bytes < SIZE_MAX / 2 ? block_new(all) : NULL;

        if (memory == NULL)
                return NULL;
        *memory = (struct call_memory){.bytes = all};
        process_own(process_self(), &memory->owned, memory_release);
        memory->next = call->memory;
        call->memory = memory;
        return memory;
}

void *mori_call_alloc(struct mori_call_head *call, size_t bytes)
{
        struct call_memory *memory = call != NULL ? memory_new(call, bytes) : NULL;

        return memory == NULL ? NULL : (char *)memory + round_up(sizeof *memory, 16);
}

void *mori_call_alloc_zero(struct mori_call_head *call, size_t bytes)
{
        void *memory = mori_call_alloc(call, bytes);

        return memory == NULL ? NULL : memset(memory, 0, bytes);
}

void mori_call_free(struct mori_call_head *call)
{
        struct call_memory *memory;

        while (call != NULL && (memory = call->memory) != NULL) {
                call->memory = memory->next;
                process_disown(&memory->owned);
                message_free(memory->message);
                free(memory->references);
                block_free(memory, memory->bytes);
        }
}

/* ---- From messages into call structures, and back */

/*
 * What stands for a capability among a question's results: a place that calls were sent over goes
 * on standing for it, so that what is called from now on comes behind them.
 */
static struct capability *result_at(const struct question *question,
                                    const struct message *results, uint32_t index)
{
        struct capability *capability = capability_resolve(results->capabilities[index]), *found;
        struct capability *place = question != NULL ? question->places : NULL;

        for (; place != NULL; place = place->place.next) {
                if (place->old) /* what stands for it is among the results */
                        continue;
                found = message_capability(results, place->place.path, place->place.depth);
                capability_drop(found);
                if (found != NULL && capability_resolve(found) == capability)
                        return capability_hold(place);
        }
        return capability_hold(capability);
}

int references_make(struct objects *objects, const struct question *question,
                    const struct message *message, mori_ref **ret_references)
{
        uint32_t count = message->capabilities_count;
        mori_ref *references = NULL;
        int error = 0;

        if (count != 0 && (references = calloc(count, sizeof *references)) == NULL)
                return -ENOMEM;
        for (uint32_t i = 0; i < count && error == 0; i++)
                error = reference_new(objects, result_at(question, message, i), &references[i]);
        for (uint32_t i = 0; i < count && error == 0 && question != NULL; i++)
                reference_kept(objects, references[i]);
        if (error < 0) {
                for (uint32_t i = 0; i < count; i++)
                        mori_ref_drop(references[i]);
                free(references);
                references = NULL;
        }
        *ret_references = references;
        return error;
}

int results_take(struct question *question, struct mori_call_head *call,
                 const struct message *results)
{
        const struct mori_method *method = question->method;
        struct call_memory *memory;
        int error;

        if (method->results_pointers == 0)
                return message_values(results, call, method->get_results);
        memory = memory_new(call, 0);
        if (memory == NULL)
                return -ENOMEM;
        memory->message = message_keep(results);
        if (memory->message == NULL)
                return -ENOMEM;
        error = references_make(question->objects, question, memory->message,
                                &memory->references);
        if (error < 0)
                return error;
        error = message_objects(memory->message, memory->references, call, method->get_results);
        if (error < 0)
                for (uint32_t i = 0; i < results->capabilities_count; i++)
                        mori_ref_drop(memory->references[i]);
        return error;
}

/* ---- Spares */

/* Zeroed, or NULL where memory is exhausted. */
static void *spare_take(struct spares *spares, size_t bytes)
{
        void *spare = spare_pick(spares);

        return likely(spare != NULL) ? memset(spare, 0, bytes) : calloc(1, bytes);
}

/* ---- Questions */

static void question_references_free(struct question *question)
{
        if (question->references != question->few_references)
                free(question->references);
}

void promised_drop_all(struct question *question)
{
        while (question->references_count != 0)
                capability_drop(
                        handles_remove(&question->objects->references,
                                       question->references[--question->references_count].word));
        question_references_free(question);
        question->references = NULL;
}

static int question_counted(struct objects *objects, struct connection *connection,
                            struct question *question)
{
        if (connection != NULL)
                return question_number(connection, question);
        if (objects->near >= MORI_CALLS_MAX)
                return -EOVERFLOW;
        objects->near++;
        return 0;
}

int question_new(struct objects *objects, struct connection *connection,
                 struct question **ret_question)
{
        struct question *question;
        int error;

        if (connection != NULL && connection->broken != 0)
                return connection->broken;
        question = spare_take(&objects->questions_spare, sizeof *question);
        if (question == NULL)
                return -ENOMEM;
        error = question_counted(objects, connection, question);
        if (error < 0) {
                spare_give(&objects->questions_spare, question);
                return error;
        }
        question->objects = objects;
        question->connection = connection;
        list_add(&objects->questions, &question->listed);
        *ret_question = question;
        return 0;
}

struct question *question_new_crossing(struct objects *objects)
{
        struct question *question = spare_take(&objects->questions_spare, sizeof *question);

        if (question == NULL)
                return NULL;
        question->objects = objects;
        question->crosses = true;
        list_add(&objects->questions, &question->listed);
        return question;
}

void question_free(struct question *question)
{
        struct objects *objects = question->objects;

        if (question->connection != NULL) {
                question->connection->beside -= question->beside;
                question_number_free(question->connection, question->id);
        } else if (!question->crosses) {
                objects->near--;
        }
        if (unlikely(question->error < 0))
                (void)failure_unref(question->failure);
        list_remove(&question->listed);
        spare_give(&objects->questions_spare, question);
}

void questions_free_all(struct objects *objects)
{
        struct held_call *held;

        while ((held = objects->sent) != NULL) {
                objects->sent = held->next;
                message_forget(held->message);
                held_forget(held);
        }
        while (objects->questions != NULL) {
                struct question *question =
                        CONTAINER_OF(objects->questions, struct question, listed);

                if (question->answer != NULL)
                        answer_free(question->answer);
                if (question->results != &question->small)
                        message_forget(question->results);
                if (question->error < 0)
                        (void)failure_unref(question->failure);
                question_references_free(question);
                list_remove(&question->listed); /* its connection is gone, with the number */
                free(question);
        }
        spares_free(&objects->questions_spare);
        spares_free(&objects->answers_spare);
}

void question_over(struct question *question)
{
        struct connection *connection = question->connection;

        if (connection != NULL)
                room_look(connection); /* who waited for a number */
        question_free(question);
        if (connection != NULL && unlikely(connection->broken != 0))
                connection_look(connection);
}

static bool finish_put(struct connection *connection, struct pending *pending)
{
        struct question *question = CONTAINER_OF(pending, struct question, pending);

        if (connection->broken == 0 && !question->last &&
            !verb_finish(connection, question->id, question->timed_out))
                return false;
        question->finished = true;
        if (question->returned)
                question_over(question);
        return true;
}

/* Asks for the end of what it asks, once. It may be freed then. */
static void question_finish(struct question *question)
{
        struct answer *answer = question->answer;

        if (question->finished || question->pending.waits)
                return;
        if (question->connection != NULL) {
                question->pending.put = finish_put;
                connection_send(question->connection, &question->pending);
                return;
        }
        question->finished = true;
        if (answer != NULL) {
                answer->timed_out = question->timed_out;
                answer_finish(answer); /* which may return the question */
        }
}

/* Nobody wants them any more; among them may be what leads to places of the same question. */
static void results_free(struct question *question)
{
        struct message *results = question->results;

        question->results = NULL;
        if (results == &question->small)
                return;
        question->wanted = true; /* until we have done with it */
        message_free(results);
        question->wanted = false;
}

/* Whoever wanted something of it may have been the last. */
void question_look(struct question *question)
{
        if (question->wanted || question->waiter != NULL)
                return;
        if (question->results != NULL)
                results_free(question);
        if (question->places != NULL || question->forward != NULL)
                return;
        if (likely(question->last) && !question->finished && !question->pending.waits) {
                question->finished = true; /* and nothing is to be sent for that */
                question_over(question);
        } else if (question->connection != NULL) {
                question_finish(question);
        } else if (question->returned) {
                if (!question->finished)
                        question_finish(question);
                question_over(question);
        } else {
                question_finish(question);
        }
}

void places_break(struct question *question, int error)
{
        const struct connection *connection = question->connection;
        struct capability *place;

        while ((place = question->places) != NULL) {
                question->places = place->place.next;
                capability_break(place, error, connection != NULL ? connection->failure : NULL);
        }
}

void question_cancel(struct question *question)
{
        if (question->connection != NULL)
                places_break(question, -ECANCELED); /* behind a finish nothing is called by it */
        question_finish(question);
}

void question_time_out(struct question *question)
{
        struct process *process = question->objects->process;
        struct activity *waiter = question->waiter;

        question->wanted = true; /* until we have done with it */
        question->waiter = NULL;
        promised_drop(question);
        question->wanted = false;
        question->timed_out = true;
        activity_fails(question->objects, waiter, NULL);
        question_cancel(question);
        process_wake(process, waiter, -ETIMEDOUT);
}

/* The results at a place, once they are there. */
static void place_come(struct question *question, struct capability *place,
                       const struct message *results)
{
        struct capability *found;

        if (question->error < 0) {
                capability_break(place, question->error, question->failure);
                return;
        }
        found = message_capability(results, place->place.path, place->place.depth);
        if (found == NULL || capability_behind(found) == place) {
                capability_break(place, found == NULL ? -EBADF : -ELOOP, NULL);
                capability_drop(found);
                return;
        }
        if (place->called && question->connection != NULL &&
            !(found->kind == CAPABILITY_IMPORT &&
              found->import.connection == question->connection)) {
                place->place.next = question->places; /* what was called goes first (1) */
                question->places = place;
                place->elsewhere = 1;
        } else {
                capability_become(place, found);
        }
        capability_drop(found);
}

static void question_wake(struct question *question, int error)
{
        struct activity *waiter = question->waiter;

        question->waiter = NULL;
        if (unlikely(error < 0))
                question_fails(question, waiter);
        process_wake(question->objects->process, waiter, error);
}

static void question_keep(struct question *question, const struct message *results)
{
        if (results->words_count <= QUESTION_SMALL_WORDS && results->capabilities_count == 0) {
                question->small = *results;
                question->small.words = question->small_words;
                memcpy(question->small_words, results->words,
                       results->words_count * sizeof results->words[0]);
                question->results = &question->small;
                return;
        }
        question->results = message_keep(results);
        if (question->results == NULL)
                question->error = -ENOMEM;
}

void question_return(struct question *question, int error, const struct message *results)
{
        struct capability *place = question->places;

        question->returned = true;
        question->error = error;
        question->places = NULL;
        if (unlikely(error < 0) && question->crossing == NULL)
                question->failure = question_failure(question, error, results);
        while (place != NULL) {
                struct capability *next = place->place.next;

                place_come(question, place, results);
                place = next;
        }
        if (question->crossing != NULL) {
                crossing_return(question, error, results);
        } else if (question->forward != NULL) {
                struct answer *answer = question->forward;

                question->forward = NULL;
                answer->forward = NULL;
                if (error < 0)
                        answer_fail_because(answer, error, question->failure);
                else
                        answer_pass(answer, error, results);
        } else if (question->waiter != NULL) {
                if (error == 0)
                        error = results_take(question, question->call, results);
                promised_drop(question);
                question->wanted = false;
                question_wake(question, error);
        } else if (question->wanted) {
                if (question->streams)
                        stream_returned(question, error);
                else if (error == 0)
                        question_keep(question, results);
                if (question->then != NULL)
                        then_settle(question->then);
        } else if (unlikely(question->handoff != 0) && question->connection != NULL) {
                handoff_answered(question, error);
        }
        if (question->connection != NULL && question->finished)
                question_over(question);
        else
                question_look(question);
}

/* ---- Answers */

struct answer *answer_new(struct connection *connection, struct question *question)
{
        struct objects *objects = connection != NULL ? connection->objects : question->objects;
        struct answer *answer = spare_take(&objects->answers_spare, sizeof *answer);

        if (answer == NULL)
                return NULL;
        answer->connection = connection;
        answer->question = question;
        answer->objects = objects;
        answer->held_last = &answer->held;
        return answer;
}

void answer_free(struct answer *answer)
{
        struct held_call *held;

        while ((held = answer->held) != NULL) {
                answer->held = held->next;
                message_forget(held->message);
                held_forget(held);
        }
        if (answer->results != NULL)
                message_forget(answer->results);
        spare_give(&answer->objects->answers_spare, answer);
}

/* Returned and finished: nobody knows it any more. */
static void answer_over(struct answer *answer)
{
        if (answer->connection != NULL) {
                answer_number_free(answer->connection, answer->id);
                if (unlikely(answer->connection->broken != 0))
                        connection_look(answer->connection);
        }
        if (answer->results != NULL)
                message_free(answer->results);
        answer->results = NULL;
        answer_free(answer);
}

void answer_forget(struct answer *answer)
{
        answer->incoming = NULL;
        answer_over(answer);
}

/* Do the results lead to what the same results are to bring? */
static bool is_promised_by(struct capability *capability, const struct answer *answer)
{
        capability = capability_behind(capability);
        return capability->kind == CAPABILITY_PLACE &&
               capability->place.question == answer->question && answer->question != NULL;
}

/* Calls of places in the results, which have come. */
static void held_deliver(struct answer *answer, struct held_call *held)
{
        struct capability *capability = NULL;
        int error = answer->error < 0 ? answer->error : -EBADF;

        if (answer->error == 0 && answer->results != NULL)
                capability = message_capability(answer->results, held->path, held->depth);
        if (capability != NULL && is_promised_by(capability, answer)) {
                capability_drop(capability);
                capability = NULL;
                error = -ELOOP;
        }
        if (capability == NULL && answer->error < 0 && answer->results != NULL)
                answer_pass(held->answer, error, answer->results); /* why it has failed */
        else if (capability == NULL)
                answer_fail(held->answer, error);
        else
                call_deliver(capability, &held->head, held->message, held->answer);
        capability_drop(capability);
        message_free(held->message);
        held_forget(held);
}

/* Nothing can be called in what was answered, and nobody need know that it fails: see verb.h. */
static bool is_last(const struct answer *answer, const struct message *results)
{
        return answer->error == 0 && results->capabilities_count == 0;
}

static bool return_put(struct connection *connection, struct pending *pending)
{
        struct answer *answer = CONTAINER_OF(pending, struct answer, pending);
        const struct message nothing = {0}, *results = answer->results;
        int error = 0;

        if (results == NULL)
                results = &nothing;
        if (connection->broken == 0)
                error = verb_return(connection, answer->id, answer->error, NULL, results);
        if (error < 0 && error != -EAGAIN) {
                answer->error = error;
                results = &nothing;
                error = verb_return(connection, answer->id, error, NULL, results);
        }
        if (error == -EAGAIN)
                return false;
        answer->returned = true;
        if (answer->finished || is_last(answer, results))
                answer_over(answer);
        return true;
}

/* Something may be called in it, or in what it has failed to bring. */
static inline bool is_wanted_later(int error, const struct message *message)
{
        return message->capabilities_count != 0 || (error < 0 && message->words_count != 0);
}

void answer_return(struct answer *answer, int error, const struct draft *draft,
                   const struct message *message)
{
        struct connection *connection = answer->connection;
        struct held_call *held = answer->held, *next;
        bool put = false;

        answer->error = error;
        answer->held = NULL;
        answer->held_last = &answer->held;
        if (connection != NULL && connection->broken == 0 && connection->pending == NULL)
                put = verb_return(connection, answer->id, error, draft, message) == 0;
        if (!put || held != NULL || (is_wanted_later(error, message) && !answer->finished)) {
                answer->results = draft_keep(draft, message);
                if (answer->results == NULL && !put && error == 0)
                        answer->error = -ENOMEM;
        }
        for (; held != NULL; held = next) {
                next = held->next;
                held->answer->held_on = NULL;
                held_deliver(answer, held);
        }
        if (connection == NULL) {
                struct question *question = answer->question;
                struct message none = {0};

                answer->returned = true;
                question->answer = NULL;
                question_return(question, answer->error,
                                answer->results != NULL ? answer->results : &none);
                answer_over(answer);
        } else if (put) {
                answer->returned = true;
                if (answer->finished || is_last(answer, message))
                        answer_over(answer);
        } else {
                answer->pending.put = return_put;
                connection_send(connection, &answer->pending);
        }
}

void answer_pass(struct answer *answer, int error, const struct message *results)
{
        answer_return(answer, error, NULL, results);
}

/* References that were given with the results are not the server's any more. */
static void references_drop(const struct draft *draft)
{
        for (uint32_t i = 0; i < draft->builder.references_count; i++)
                mori_ref_drop((mori_ref){draft->builder.references[i]});
}

/* Results without pointers, right into the lane; false where that cannot be. */
static bool give_flat(struct answer *answer, const struct mori_method *method,
                      const struct mori_call_head *call)
{
        struct connection *connection = answer->connection;

        if (method->results_pointers != 0 || method->results_data > FLAT_WORDS_MAX ||
            connection == NULL || connection->broken != 0 || connection->pending != NULL ||
            answer->held != NULL || !verb_return_flat(connection, answer->id, method, call))
                return false;
        answer_over(answer);
        return true;
}

__attribute__((noinline)) static void give_draft(struct answer *answer,
                                                 const struct mori_method *method,
                                                 const struct mori_call_head *call)
{
        struct message message = {0};
        struct mori_wire_writer root;
        struct draft draft;
        int error;

        /* what was sent over a reference comes before what is called by who gets it (1) */
        if (unlikely(answer->objects->sent != NULL) && !SEED_BUG(SEED_BUG_CALL_OVERTAKES))
                sent_near_run(answer->objects);
        error = draft_begin(&draft, method->results_data, method->results_pointers, &root);
        if (error < 0) {
                answer_fail(answer, error);
                return;
        }
        if (method->put_results != NULL)
                error = method->put_results(call, &root);
        if (error == 0)
                error = draft_written(&draft, answer->objects, &message);
        if (error < 0)
                answer_fail(answer, error);
        else
                answer_return(answer, 0, &draft, &message);
        message_release(&message);
        references_drop(&draft);
        draft_end(&draft);
}

void answer_give(struct answer *answer, const struct mori_method *method,
                 const struct mori_call_head *call)
{
        answer->incoming = NULL;
        if (!give_flat(answer, method, call))
                give_draft(answer, method, call);
}

void held_forget(struct held_call *held)
{
        block_free(held, sizeof *held);
}

void held_free(struct held_call *held)
{
        capability_drop(held->capability);
        message_free(held->message);
        held_forget(held);
}

void held_refuse(struct answer *answer, int error, const struct failure *failure)
{
        struct answer *target = answer->held_on;
        struct held_call **link = &target->held, *held;

        while ((*link)->answer != answer)
                link = &(*link)->next;
        held = *link;
        *link = held->next;
        if (target->held_last == &held->next)
                target->held_last = link;
        answer->held_on = NULL;
        answer_fail_because(answer, error, failure);
        held_free(held);
}

/* A call that is held was never made: it need not wait for what it was to be made on. */
static void held_cancel(struct answer *answer)
{
        held_refuse(answer, answer_end(answer), NULL);
}

/* Nor need it wait for room to be passed on. */
static void passed_cancel(struct answer *answer)
{
        struct held_call *held = passed_forget(answer);

        answer_fail(answer, answer_end(answer));
        held_free(held);
}

void answer_finish(struct answer *answer)
{
        struct objects *objects = answer->objects;

        answer->finished = true;
        if (answer->returned) {
                answer_over(answer);
        } else if (answer->incoming != NULL) {
                incoming_cancel(answer->incoming, answer_end(answer));
        } else if (answer->forward != NULL) {
                answer->forward->timed_out = answer->timed_out;
                question_cancel(answer->forward);
        } else if (answer->held_on != NULL) {
                held_cancel(answer);
        } else if (answer->room_of != NULL) {
                passed_cancel(answer);
        } else if (answer->asked) {
                struct answer **link = &objects->asked;

                while (*link != answer)
                        link = &(*link)->asked_next;
                *link = answer->asked_next;
                answer->asked = false;
                answer_fail(answer, answer_end(answer));
        }
}

struct held_call *held_new(const struct call_head *head, const struct draft *draft,
                           const struct message *message, struct answer *answer)
{
        struct held_call *held = block_new_zero(sizeof *held);

        if (held == NULL)
                return NULL;
        held->head = *head;
        held->answer = answer;
        held->message = draft_keep(draft, message);
        if (held->message == NULL) {
                held_forget(held);
                return NULL;
        }
        return held;
}

/* Are the results of `target` only there when `answer` is given? */
static bool waits_for(const struct answer *target, const struct answer *answer)
{
        if (target != answer && answer->held == NULL) /* nothing waits for it */
                return false;
        while (target != NULL && target != answer)
                target = target->held_on;
        return target != NULL;
}

void answer_call(struct answer *target, const uint16_t *path, unsigned depth,
                 const struct call_head *head, const struct message *message,
                 struct answer *answer)
{
        struct held_call *held;

        if (is_handoff(head) && !target->returned && !target->pending.waits) {
                handoff_refused(NULL, message, answer);
                return;
        }
        if (waits_for(target, answer)) {
                answer_fail(answer, -ELOOP);
                return;
        }
        held = held_new(head, NULL, message, answer);
        if (held == NULL) {
                answer_fail(answer, -ENOMEM);
                return;
        }
        memcpy(held->path, path, depth * sizeof held->path[0]);
        held->depth = (uint8_t)depth;
        if (target->returned || target->pending.waits) {
                held_deliver(target, held);
                return;
        }
        *target->held_last = held;
        target->held_last = &held->next;
        answer->held_on = target;
        if (target->forward != NULL || target->held_on != NULL || target->incoming != NULL)
                circle_holds(answer);
}
