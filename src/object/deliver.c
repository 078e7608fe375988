/* SPDX-License-Identifier: MIT */
/*
 * Delivering: a call that was made goes to where its capability leads, which is an object of this
 * process, another process, the results of a call that have not come, or a membrane.
 *
 *      call_deliver() --object--> incoming: served when its turn comes (dispatch.c)
 *            |  ^-----\--place, near--> held, until that has come (call.c)
 *            |         +--wrapped--> again, on the other side (membrane.c)
 *            +--import, or a place there--> passed on, or kept until there is room --> question ~~~
 */
#include "object/failing.h"
#include "object/handoff.h"
#include "object/membrane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void object_deliver(struct object *object, const struct call_head *head,
                           const struct message *message, struct answer *answer)
{
        struct objects *objects = object->capability.objects;
        const void *server = NULL;
        const struct mori_method *method =
                object_method(object, head->interface, head->ordinal, &server);
        struct message *parameters;
        mori_ref *references;
        struct incoming *incoming;
        int error;

        if (method == NULL) {
                if (is_handoff(head))
                        handoff_arrived(&object->capability, message, answer);
                else if (flush_is_asked(head->interface))
                        answer_pass(answer, 0, &(struct message){0});
                else if (object->error < 0)
                        answer_fail_because(answer, object->error, object->failure);
                else
                        answer_fail(answer, -EOPNOTSUPP);
                return;
        }
        incoming = incoming_new(object, method, server, answer, head);
        if (incoming == NULL) {
                if (method->flags & MORI_METHOD_STREAM)
                        object_break(object, -ENOMEM, NULL);
                answer_fail(answer, -ENOMEM);
                return;
        }
        memset(&incoming->call + 1, 0, method->call_bytes - sizeof incoming->call);
        if (method->params_pointers == 0) {
                error = message_values(message, &incoming->call, method->get_params);
        } else {
                parameters = message_keep(message);
                error = parameters == NULL
                                ? -ENOMEM
                                : references_make(objects, NULL, parameters, &references);
                if (error < 0)
                        references = NULL;
                incoming_keep(incoming, parameters, references,
                              references != NULL ? parameters->capabilities_count : 0);
                if (error == 0)
                        error = message_objects(parameters, references, &incoming->call,
                                             method->get_params);
        }
        if (error < 0) {
                if (method->flags & MORI_METHOD_STREAM)
                        object_break(object, error, NULL);
                incoming_free(incoming);
                answer_fail(answer, error);
                return;
        }
        answer->incoming = incoming;
        incoming_enter(incoming);
}

/* ---- Passing on */

/* Asks elsewhere, for an answer of ours. 0; -EAGAIN where there is no room; other failures. */
static int pass_on(struct capability *capability, struct connection *connection,
                   const struct call_head *head, const struct message *message,
                   struct answer *answer)
{
        struct call_head passed = *head;
        struct question *question;
        int error = question_new(answer->objects, connection, &question);

        if (error < 0)
                return error == -EOVERFLOW ? -EAGAIN : error;
        passed.hops++;
        error = verb_call(connection, question, capability, &passed, NULL, message);
        if (error < 0) {
                question_free(question);
                return error;
        }
        question->forward = answer;
        answer->forward = question;
        return 0;
}

void forward(struct capability *capability, struct connection *connection,
             const struct call_head *head, const struct message *message, struct answer *answer)
{
        struct held_call *held;
        int error = -EAGAIN; /* where others wait for room, they come first (1) */

        if (head->hops >= CALL_HOPS_MAX)
                error = -ELOOP;
        else if (connection->broken != 0 || !callers_wait(connection))
                error = pass_on(capability, connection, head, message, answer);
        if (error == -EAGAIN) {
                held = held_new(head, NULL, message, answer);
                if (held != NULL) {
                        if (capability != NULL) {
                                held->capability = capability_hold(capability);
                                capability->called = true; /* it will be, behind those that wait */
                        }
                        passed_wait(connection, held);
                        return;
                }
                error = -ENOMEM;
        }
        if (error < 0)
                answer_fail_because(answer, error, connection->failure);
}

bool passed_put(struct connection *connection)
{
        struct held_call *held = connection->passed;
        struct capability *target =
                held->capability != NULL ? capability_resolve(held->capability) : NULL;
        bool is_broken = target != NULL && target->kind == CAPABILITY_BROKEN;
        int error = is_broken ? target->error
                              : pass_on(target, connection, &held->head, held->message,
                                        held->answer);

        if (error == -EAGAIN)
                return false;
        connection->passed = held->next;
        if (connection->passed == NULL)
                connection->passed_last = &connection->passed;
        held->answer->room_of = NULL;
        if (error < 0)
                answer_fail_because(held->answer, error, is_broken ? target->failure : NULL);
        held_free(held);
        return true;
}

void passed_fail(struct connection *connection, int error)
{
        struct held_call *held;

        while ((held = connection->passed) != NULL) {
                held = passed_forget(held->answer);
                answer_fail_because(held->answer, error, connection->failure);
                held_free(held);
        }
}

/* ---- All */

void call_deliver(struct capability *capability, const struct call_head *head,
                  const struct message *message, struct answer *answer)
{
        capability = capability_resolve(capability);
        if (answer->finished) { /* nobody wants it any more */
                answer_fail(answer, answer_end(answer));
                return;
        }
        switch ((enum capability_kind)capability->kind) {
        case CAPABILITY_OBJECT:
                object_deliver(object_of(capability), head, message, answer);
                return;
        case CAPABILITY_IMPORT:
                if (is_handoff(head) && capability->import.connection->is_far)
                        handoff_arrived(capability, message, answer);
                else
                        forward(capability, capability->import.connection, head, message, answer);
                return;
        case CAPABILITY_PLACE: {
                struct question *question = capability->place.question;

                if (SEED_BUG(SEED_BUG_HANDOFF_UNORDERED) && handoff_old(question) != NULL)
                        call_deliver(handoff_old(question), head, message, answer);
                else if (question->connection == NULL && is_handoff(head))
                        handoff_refused(question, message, answer);
                else if (is_handoff(head) && question->connection->is_far)
                        handoff_arrived(capability, message, answer);
                else if (question->connection != NULL)
                        forward(capability, question->connection, head, message, answer);
                else
                        answer_call(question->answer, capability->place.path,
                                    capability->place.depth, head, message, answer);
                return;
        }
        case CAPABILITY_WRAPPED:
                if (is_handoff(head))
                        handoff_arrived(capability, message, answer);
                else
                        wrapped_deliver(capability, head, message, answer);
                return;
        case CAPABILITY_BROKEN:
                answer_fail_because(answer, capability->error, capability->failure);
                return;
        case CAPABILITY_SAME:
                break;
        }
        assert_always(false); /* it was resolved */
}

void sent_near_run(struct objects *objects)
{
        struct held_call *held;

        while ((held = objects->sent) != NULL) {
                objects->sent = held->next;
                if (objects->sent == NULL)
                        objects->sent_last = &objects->sent;
                call_deliver(held->capability, &held->head, held->message, held->answer);
                capability_drop(held->capability);
                message_free(held->message);
                held_forget(held);
        }
}
