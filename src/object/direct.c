/* SPDX-License-Identifier: MIT */
/*
 * The direct way of a pulled call to another process, which has nothing to do: the worker is handed
 * over to it (turn/handover.h), the call structure is copied instead of being put into a lane, and
 * an answer that is there at the end of that turn comes back with the worker.
 *
 *      direct_begin(): question ~~~ answer --> incoming     the caller waits, as for any call
 *      run(): served at once --> results copied, caller woken
 *             else --> goes on like a call that came over the lane, and is answered there
 *
 * Only where nothing is under way between the two, so that the order of calls is that of the lane;
 * only without pointers in parameters and results; and only where caller and server have the same
 * generated method, and so the same call structure.
 */
#include "object/failing.h"
#include "object/table.h"

#include "activity/activity.h"
#include "turn/handover.h"

#include <string.h>

/* Nothing waits to be put, or published. */
static inline bool is_quiet(const struct connection *connection)
{
        return connection->broken == 0 && connection->pending == NULL && !connection->effect_listed;
}

/* Nothing is under way between the two. Both are this worker's seat's. */
static inline bool are_idle(const struct connection *here, const struct connection *there)
{
        return there != NULL && is_quiet(there) &&
               lane_is_empty(&here->end->out, &there->end->in) &&
               lane_is_empty(&there->end->out, &here->end->in);
}

/* The object that would serve the call, where nothing is before it. */
static struct object *object_idle(const struct connection *at, uint32_t export,
                                  const struct mori_method *method, const void **ret_server)
{
        struct capability *capability = export_at(at, export);
        struct object *object;

        if (unlikely(capability == NULL))
                return NULL;
        capability = capability_resolve(capability);
        if (unlikely(capability->kind != CAPABILITY_OBJECT))
                return NULL;
        object = object_of(capability);
        if (object_method(object, method->interface, method->ordinal, ret_server) != method ||
            object->first != NULL || !object_is_free(object, method))
                return NULL;
        return object;
}

/* A question that is asked of nobody yet, and the answer to it. */
static bool stand_by(struct objects *objects, struct connection *connection,
                     struct connection *there)
{
        struct question *question;
        struct answer *answer;

        if (question_new(objects, connection, &question) < 0)
                return false;
        answer = answer_new(there, NULL);
        if (answer == NULL || answer_number(there, answer, question->id) < 0) {
                if (answer != NULL)
                        answer_free(answer);
                question_free(question);
                return false;
        }
        connection->standing_question = question;
        there->standing_answer = answer;
        return true;
}

void direct_end(struct connection *connection)
{
        if (connection->standing_question != NULL)
                question_free(connection->standing_question);
        connection->standing_question = NULL;
        if (connection->standing_answer != NULL)
                answer_forget(connection->standing_answer);
        connection->standing_answer = NULL;
}

/* The results are copied, and both sides have done with the call. */
static void give_back(struct incoming *incoming, struct question *question, int error)
{
        struct answer *answer = incoming->answer;
        struct activity *waiter = question->waiter;

        if (unlikely(error < 0))
                activity_fails(question->objects, waiter,
                               question_failure(question, error, &(struct message){0}));
        else
                memcpy(question->call + 1, &incoming->call + 1,
                       question->method->call_bytes - sizeof incoming->call);
        answer->incoming = NULL;
        answer->connection->standing_answer = answer;
        question->waiter = NULL;
        question->connection->standing_question = question;
        incoming_over(incoming);
        process_wake(question->objects->process, waiter, error < 0 ? error : 0);
        room_look(question->connection); /* its number may be used again */
}

/* With the server loaded, between two turns. */
static void run(void *argument)
{
        struct incoming *incoming = argument;
        const struct process *server = incoming->object->capability.objects->process;
        struct question *question = incoming->direct;

        if (server->state != PROCESS_RUNNING)
                return; /* it has ended meanwhile: the connection's end answers */
        if (!incoming_serve_now(incoming))
                return;
        if (server->state != PROCESS_RUNNING)
                return;
        incoming->direct = NULL;
        if (!incoming->done)
                return; /* it waits */
        if (handover_lender() != NULL && incoming->failure == NULL && question->waiter != NULL &&
            !question->finished && !question->pending.waits && !incoming->answer->finished)
                give_back(incoming, question, incoming->result);
        else
                incoming_answer(incoming, incoming->result);
}

/* Both are this worker's seat's. NULL: the call cannot go this way. */
static struct question *begin(struct objects *objects, const struct capability *import,
                              const struct mori_method *method, const struct mori_call_head *call)
{
        struct connection *connection = import->import.connection;
        struct connection *there = connection->other->connection;
        const struct call_head head = {.interface = method->interface,
                                       .causality = mori_causality(),
                                       .deadline = scope_deadline(),
                                       .ordinal = method->ordinal};
        struct incoming *incoming;
        struct question *question;
        struct object *object;
        struct answer *answer;
        const void *server;

        if (!are_idle(connection, there))
                return NULL;
        object = object_idle(there, import->import.id, method, &server);
        if (object == NULL ||
            (connection->standing_question == NULL && !stand_by(objects, connection, there)))
                return NULL;
        answer = there->standing_answer;
        incoming = incoming_new(object, method, server, answer, &head);
        if (incoming == NULL)
                return NULL;
        memcpy(&incoming->call + 1, call + 1, method->call_bytes - sizeof *call);
        question = connection->standing_question;
        question->method = method;
        incoming->direct = question;
        answer->incoming = incoming;
        connection->standing_question = NULL;
        there->standing_answer = NULL;
        handover_begin(there->objects->process, run, incoming);
        return question;
}

/* The turn is not over when the caller waits: whoever has started it goes on in it. */
static bool starter_goes_on(void)
{
        const struct activity *activity = worker_self()->activity;
        const struct activity *root = activity_at(process_self()->root);

        return !(activity_flags(activity) & ACTIVITY_FLAG_WAITED) &&
               activity->owner != stack_ref_of(&root->children);
}

struct question *direct_begin(struct objects *objects, const struct capability *import,
                              const struct mori_method *method, const struct mori_call_head *call)
{
        const struct connection *connection = import->import.connection;
        struct process *server = connection->other->bell.process;
        struct question *question;

        if (method->params_pointers != 0 || method->results_pointers != 0 || starter_goes_on() ||
            !is_quiet(connection) || process_has_turns(objects->process) ||
            unlikely(objects->process->is_metered || server->is_metered) || /* it may be its last */
            !handover_claim(server))
                return NULL;
        question = begin(objects, import, method, call);
        if (question == NULL)
                handover_decline(server);
        return question;
}
