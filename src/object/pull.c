/* SPDX-License-Identifier: MIT */
/*
 * What a program calls: to pull, to send, to join what was sent, and to refer to what is promised.
 *
 * A wait for a call is in one of three states: for its return (ACTIVITY_STATE_WAITING_CALL, a
 * question), for its turn before a near object (ACTIVITY_STATE_WAITING_TURN, a struct pulled), or
 * for room on the connection, in a list.
 */
#include "object/circle.h"
#include "object/failing.h"
#include "object/handoff.h"
#include "object/stream.h"
#include "object/then.h"

#include "activity/activity.h"
#include "activity/wait.h"
#include "turn/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the first half answers besides: the object is near and its turn is ours; look again. */
#define CALL_NEAR  (INT64_MIN + 1)
#define CALL_AGAIN (INT64_MIN + 2)
/* Suspended until it is one of these: what has to be remembered is on the caller's stack. */
#define CALL_STAY (INT64_MIN + 3)

/* A pulled call of a near object. */
struct pulled {
        struct waiting_call waiting;
        struct object *object; /* held */
        const void *server;
        void *self;
        struct caller caller; /* before it is that: it may wait for room */
};

/* ---- Near */

/* Others are served, or were first. */
__attribute__((noinline)) static int64_t near_wait(struct object *object, struct pulled *pulled)
{
        struct failure *circle;

        pulled->waiting.incoming = NULL;
        pulled->waiting.activity = worker_self()->activity;
        if (circle_closes(object, &pulled->waiting, &circle)) {
                object_forget(object, &pulled->waiting);
                (void)call_refused(object->capability.objects, -EDEADLK, circle);
                (void)failure_unref(circle);
                capability_drop(&object->capability);
                return -EDEADLK;
        }
        (void)wait_begin(ACTIVITY_STATE_WAITING_TURN, pulled);
        return CALL_STAY;
}

/* The object does not have the method. */
__attribute__((noinline)) static int64_t near_unserved(const struct object *object,
                                                       const struct mori_method *method)
{
        if (flush_is_asked(method->interface))
                return 0;
        return call_refused(object->capability.objects,
                            object->error < 0 ? object->error : -EOPNOTSUPP, object->failure);
}

static inline int64_t near_begin(struct object *object, const struct mori_method *method,
                                 struct pulled *pulled)
{
        const struct mori_method *served =
                object_method(object, method->interface, method->ordinal, &pulled->server);

        if (unlikely(served == NULL))
                return near_unserved(object, method);
        pulled->waiting.method = served;
        pulled->object = object;
        pulled->self = object->self;
        capability_hold(&object->capability);
        if (likely(object_enter(object, &pulled->waiting, (uintptr_t)worker_self()->activity)))
                return CALL_NEAR;
        return near_wait(object, pulled);
}

__attribute__((noinline)) static void near_end(struct pulled *pulled)
{
        struct object *object = pulled->object;

        object_leave(object, pulled->waiting.method);
        capability_drop(&object->capability);
}

void pulled_granted(struct waiting_call *waiting)
{
        struct pulled *pulled = CONTAINER_OF(waiting, struct pulled, waiting);

        process_wake(pulled->object->capability.objects->process, waiting->activity, CALL_NEAR);
}

struct object *pulled_waits(const struct activity *activity, struct waiting_call **ret_waiting)
{
        struct pulled *pulled = activity->wait;

        *ret_waiting = &pulled->waiting;
        return pulled->object;
}

void pulled_refused(struct waiting_call *waiting, int error, struct failure *cause)
{
        struct pulled *pulled = CONTAINER_OF(waiting, struct pulled, waiting);
        struct objects *objects = pulled->object->capability.objects;

        activity_fails(objects, waiting->activity, failure_ref(cause));
        capability_drop(&pulled->object->capability);
        process_wake(objects->process, waiting->activity, error);
}

void pulled_refuse(struct activity *activity, int error, struct failure *cause)
{
        struct pulled *pulled = activity->wait;

        object_forget(pulled->object, &pulled->waiting);
        pulled_refused(&pulled->waiting, error, cause);
}

void turn_interrupt(struct activity *activity, int error)
{
        pulled_refuse(activity, error, NULL);
}

/* ---- Far */

void call_interrupt(struct activity *activity, int error)
{
        struct question *question = activity->wait;

        if (question->streams)
                stream_interrupt(question);
        else if (error == -ETIMEDOUT)
                question_time_out(question);
        else
                question_cancel(question); /* the wait ends with its return */
}

/* The parameters as a message; then draft_end() and message_release() are due. */
static int parameters_put(struct objects *objects, const struct mori_method *method,
                          const void *call, struct draft *draft, struct message *ret_message)
{
        struct mori_wire_writer root;
        int error = draft_begin(draft, method->params_data, method->params_pointers, &root);

        if (error < 0)
                return error;
        if (method->put_params != NULL)
                error = method->put_params(call, &root);
        if (error == 0)
                error = draft_written(draft, objects, ret_message);
        if (error < 0)
                draft_end(draft);
        return error;
}

static struct call_head head_of(const struct mori_method *method)
{
        return (struct call_head){.interface = method->interface,
                                  .causality = mori_causality(),
                                  .deadline = scope_deadline(),
                                  .ordinal = method->ordinal};
}

/*
 * Asks the other side of a connection. 0; -EAGAIN, -EOVERFLOW: there is no room now; other
 * failures.
 */
static int far_ask(struct objects *objects, struct capability *capability,
                   struct connection *connection, const struct mori_method *method,
                   const void *call, struct question **ret_question)
{
        struct call_head head = head_of(method);
        struct question *question;
        struct message message;
        struct draft draft;
        int error;

        if (unlikely(objects->process->is_metered))
                meter_messages(objects->process, method->name);
        error = question_new(objects, connection, &question);
        if (error < 0)
                return error;
        if (likely(method->params_pointers == 0 && method->params_data <= FLAT_WORDS_MAX)) {
                error = verb_call_flat(connection, question->id, capability, &head, method, call);
        } else if ((error = parameters_put(objects, method, call, &draft, &message)) == 0) {
                error = verb_call(connection, question, capability, &head, &draft, &message);
                question->params_bytes = message.words_count * 8u;
                message_release(&message);
                draft_end(&draft);
        }
        if (error < 0) {
                question_free(question);
                return error;
        }
        question->method = method;
        *ret_question = question;
        return 0;
}

static bool is_handed_off(const struct capability *capability)
{
        return capability->kind == CAPABILITY_PLACE && capability->place.question->handoff != 0;
}

/*
 * The same of an object that is near, or will be. Who pulls what is being handed off waits, as it
 * would for one that is far: such calls are as many as there are activities.
 */
static int near_ask(struct objects *objects, struct capability *capability,
                    const struct mori_method *method, const void *call, bool is_pulled,
                    struct question **ret_question)
{
        struct call_head head = head_of(method);
        struct held_call *held = NULL;
        struct question *question;
        struct message message;
        struct draft draft;
        int error;

        if (unlikely(objects->process->is_metered) && capability->kind != CAPABILITY_OBJECT)
                meter_messages(objects->process, method->name); /* it will be passed on */
        if (is_pulled && is_handed_off(capability)) {
                question = question_new_crossing(objects);
                error = question == NULL ? -ENOMEM : 0;
        } else {
                error = question_new(objects, NULL, &question);
        }
        if (error < 0)
                return error;
        question->answer = answer_new(NULL, question);
        error = question->answer == NULL ? -ENOMEM
                                         : parameters_put(objects, method, call, &draft, &message);
        if (error == 0) {
                held = held_new(&head, &draft, &message, question->answer);
                question->params_bytes = message.words_count * 8u;
                message_release(&message);
                draft_end(&draft);
                if (held == NULL)
                        error = -ENOMEM;
        }
        if (error < 0) {
                if (question->answer != NULL)
                        answer_free(question->answer);
                question_free(question);
                return error;
        }
        question->method = method;
        held->capability = capability_hold(capability);
        *objects->sent_last = held;
        objects->sent_last = &held->next;
        objects_look(objects);
        *ret_question = question;
        return 0;
}

/* Where calls of a capability go; NULL: nowhere but here. */
static struct connection *connection_of(const struct capability *capability)
{
        if (capability->kind == CAPABILITY_IMPORT)
                return capability->import.connection;
        if (capability->kind == CAPABILITY_PLACE)
                return capability->place.question->connection;
        return NULL;
}

static int64_t question_wait(struct question *question, struct mori_call_head *call)
{
        question->call = call;
        question->waiter = wait_begin(ACTIVITY_STATE_WAITING_CALL, question);
        return WAIT_SUSPEND;
}

static int64_t far_begin(struct objects *objects, struct capability *capability,
                         const struct mori_method *method, struct mori_call_head *call,
                         struct connection *woken_at, struct pulled *pulled)
{
        struct connection *connection = connection_of(capability);
        bool is_first = connection != NULL && connection == woken_at;
        struct question *question;
        int error;

        if (connection == NULL) {
                error = near_ask(objects, capability, method, call, true, &question);
        } else if (connection->broken == 0 && !is_first && callers_wait(connection) &&
                   !(SEED_BUG(SEED_BUG_STREAM_OVERTAKES) && method->flags & MORI_METHOD_STREAM)) {
                error = -EAGAIN; /* others wait for room already, and are first */
                bell_again(&connection->end->bell);
        } else {
                error = far_ask(objects, capability, connection, method, call, &question);
        }
        if (connection != NULL && (error == -EAGAIN || error == -EOVERFLOW)) {
                capability->called = true; /* it will be, behind those that wait */
                caller_wait(connection, &pulled->caller, is_first);
                return CALL_STAY;
        }
        if (error < 0)
                return call_refused(objects, error,
                                    connection != NULL ? connection->failure : NULL);
        if (unlikely(method->flags & MORI_METHOD_STREAM))
                return stream_asked(capability, question);
        return question_wait(question, call);
}

/* In one piece, and so behind one gate. */
#define SYNC __attribute__((noinline)) static

/* A call of a stream over it can be made: 0. */
__attribute__((noinline)) static int begin_stream(struct objects *objects,
                                                  struct capability *capability)
{
        struct stream *stream = stream_of(capability);

        return stream == NULL ? call_refused(objects, -ENOMEM, NULL)
                              : stream_status(objects, stream);
}

static int64_t begin(struct objects *objects, mori_ref ref, const struct mori_method *method,
                     struct mori_call_head *call, struct connection *woken_at,
                     struct pulled *pulled)
{
        struct capability *capability = reference_find(objects, ref);
        bool streams = (method->flags & MORI_METHOD_STREAM) != 0;
        int error;

        if (unlikely(capability == NULL))
                return call_refused(objects, -EBADF, NULL);
        error = wait_cancelled();
        if (unlikely(error < 0))
                return call_refused(objects, error, NULL);
        if (unlikely(objects->sent != NULL))
                sent_near_run(objects); /* what was sent before comes before (1) */
        if (likely(capability->kind == CAPABILITY_OBJECT && !streams))
                return near_begin(object_of(capability), method, pulled);
        if (capability->kind == CAPABILITY_BROKEN)
                return call_refused(objects, capability->error, capability->failure);
        capability = handoff_used(capability_resolve(capability));
        if (unlikely(streams) && (error = begin_stream(objects, capability)) < 0)
                return error;
        return far_begin(objects, capability, method, call, woken_at, pulled);
}

static int64_t call_begin_otherwise(mori_ref ref, const struct mori_method *method,
                                    struct mori_call_head *call, struct pulled *pulled)
{
        struct connection *woken_at = pulled->caller.room_of;
        struct objects *objects = objects_self();
        int64_t begun;

        if (unlikely(objects == NULL))
                return -ENOMEM;
        if (unlikely(method == NULL || call == NULL))
                return -EFAULT;
        pulled->caller.room_of = NULL;
        begun = begin(objects, ref, method, call, woken_at, pulled);
        if (woken_at != NULL)
                caller_tried(objects, woken_at, pulled->caller.room_of != woken_at);
        return begun;
}

/*
 * Neither is there anything in the way of the direct way, as far as it can be seen here: else it is
 * called like all others.
 */
__attribute__((noinline)) static int64_t
call_begin_far(struct objects *objects, struct capability *capability, mori_ref ref,
               const struct mori_method *method, struct mori_call_head *call,
               struct pulled *pulled)
{
        struct question *question;

        if (capability->kind == CAPABILITY_SAME)
                capability = reference_find(objects, ref);
        if (capability->kind == CAPABILITY_IMPORT && capability->elsewhere == 0 &&
            !callers_wait(capability->import.connection)) {
                question = direct_begin(objects, capability, method, call);
                if (question != NULL)
                        return question_wait(question, call);
        }
        return call_begin_otherwise(ref, method, call, pulled);
}

/* The near call with nobody in the way comes first: it is to cost little more than the call. */
SYNC int64_t call_begin(mori_ref ref, const struct mori_method *method,
                        struct mori_call_head *call, struct pulled *pulled)
{
        const struct worker *worker = worker_self();
        struct objects *objects = worker->process->objects;
        struct capability *capability;

        if (unlikely(objects == NULL || method == NULL || call == NULL || objects->sent != NULL ||
                     pulled->caller.room_of != NULL))
                return call_begin_otherwise(ref, method, call, pulled);
        capability = handles_find(&objects->references, ref.word);
        if (unlikely(capability == NULL || activity_level(worker->activity) != CANCEL_NONE))
                return call_begin_otherwise(ref, method, call, pulled);
        if (unlikely(capability->kind != CAPABILITY_OBJECT))
                return call_begin_far(objects, capability, ref, method, call, pulled);
        return near_begin(object_of(capability), method, pulled);
}

/*
 * What the function answered above 0 is 0 for who calls, as it is from far. Not inline: a branch
 * that is not taken costs less than a choice.
 */
SYNC int64_t near_above_zero(void)
{
        return 0;
}

/*
 * The call was not made: it waited for room, or for its turn, when the scope gave up, or the
 * connection broke. Those behind it may want less room.
 */
SYNC int64_t given_up(const struct pulled *pulled, int64_t error)
{
        struct objects *objects = worker_self()->process->objects;
        struct connection *at = objects->connections;

        if (error == -ECANCELED || error == -ETIMEDOUT)
                (void)call_refused(objects, (int)error, NULL);
        if (pulled->caller.room_of == NULL)
                return error;
        while (at != NULL && at != pulled->caller.room_of) /* it may be gone */
                at = at->next;
        if (at != NULL)
                room_look(at);
        return error;
}

MORI_ASYNC int mori_object_call(mori_ref ref, const struct mori_method *method, void *call)
{
        struct pulled pulled;
        int64_t begun;

        pulled.caller.room_of = NULL;
        do {
                begun = call_begin(ref, method, call, &pulled);
                if (begun == WAIT_SUSPEND)
                        return MORI_AWAIT activity_suspend_int();
                if (begun == CALL_STAY) {
                        begun = MORI_AWAIT activity_suspend();
                        if (begun == 0)
                                begun = CALL_AGAIN;
                        else if (begun < 0 && begun > -ERRNO_MAX)
                                begun = given_up(&pulled, begun);
                }
        } while (begun == CALL_AGAIN);
        if (begun == CALL_NEAR) {
                begun = MORI_AWAIT method->serve(pulled.server, pulled.self, call);
                near_end(&pulled);
                if (unlikely(begun > 0))
                        begun = near_above_zero();
        }
        return (int)begun;
}

/* ---- Streams */

SYNC int64_t stream_begin(mori_ref ref, const struct mori_method *method,
                          struct mori_call_head *call, struct pulled *pulled)
{
        if (method != NULL && !(method->flags & MORI_METHOD_STREAM))
                return -EINVAL;
        return call_begin_otherwise(ref, method, call, pulled);
}

MORI_ASYNC int mori_object_stream(mori_ref ref, const struct mori_method *method, void *call)
{
        struct pulled pulled;
        int64_t begun;

        pulled.caller.room_of = NULL;
        do {
                begun = stream_begin(ref, method, call, &pulled);
                if (begun == WAIT_SUSPEND)
                        return MORI_AWAIT activity_suspend_int();
                if (begun == CALL_STAY) {
                        begun = MORI_AWAIT activity_suspend();
                        begun = begun == 0 ? CALL_AGAIN : given_up(&pulled, begun);
                }
        } while (begun == CALL_AGAIN);
        return (int)begun;
}

/* ---- Sending */

/* A promise that has failed has no question: its word is the failure, as 32 bits. */
static mori_sent sent_failed(int error)
{
        return (mori_sent){(uint32_t)error};
}

static int sent_failure(mori_sent sent)
{
        return sent.word >> 32 == 0 ? (int)(int32_t)(uint32_t)sent.word : 0;
}

mori_sent mori_object_send(mori_ref ref, const struct mori_method *method, const void *call)
{
        struct objects *objects = objects_self();
        struct capability *capability;
        struct connection *connection;
        struct question *question;
        mori_sent sent;
        int error;

        if (objects == NULL)
                return sent_failed(-ENOMEM);
        if (method == NULL || call == NULL)
                return sent_failed(-EFAULT);
        capability = reference_find(objects, ref);
        if (capability == NULL)
                return sent_failed(-EBADF);
        capability = handoff_used(capability);
        if (objects->sent != NULL && connection_of(capability) != NULL) {
                sent_near_run(objects); /* sent over the same reference, before it had come (1) */
                capability = reference_find(objects, ref);
        }
        if (capability->kind == CAPABILITY_BROKEN && capability->failure == NULL)
                return sent_failed(capability->error);
        connection = connection_of(capability);
        if (connection == NULL)
                error = near_ask(objects, capability, method, call, false, &question);
        else if (!callers_wait(connection))
                error = far_ask(objects, capability, connection, method, call, &question);
        else
                error = -EOVERFLOW;
        if (error < 0)
                return sent_failed(error == -EAGAIN ? -EOVERFLOW : error);
        question->wanted = true;
        error = handles_add(&objects->sents, question, &sent.word);
        if (error < 0) {
                question->wanted = false;
                question_look(question);
                return sent_failed(error);
        }
        question->handle = sent.word;
        return sent;
}

static struct question *sent_find(struct objects *objects, mori_sent sent)
{
        struct question *question =
                objects != NULL ? handles_find(&objects->sents, sent.word) : NULL;

        if (question == NULL || question->waiter != NULL)
                process_abandon("the promise of a call was joined or dropped a second time, or was "
                                "never one of this process");
        return question;
}

/* The same of one that no callback is to be called for. */
static struct question *sent_find_free(struct objects *objects, mori_sent sent)
{
        struct question *question = sent_find(objects, sent);

        if (unlikely(question->then != NULL))
                process_abandon("the promise of a call is joined, but a callback is to have its "
                                "results");
        return question;
}

/* Its handle stands for nothing any more. */
static void sent_spend(struct objects *objects, struct question *question)
{
        handles_remove(&objects->sents, question->handle);
        question->handle = 0;
}

SYNC int64_t join_begin(mori_sent sent, struct mori_call_head *call)
{
        struct objects *objects = process_self()->objects;
        int error = sent_failure(sent);
        struct question *question;

        if (error < 0) {
                failure_set(process_self(), mori_self().word, NULL);
                return error;
        }
        question = sent_find_free(objects, sent);
        sent_spend(objects, question);
        if (!question->returned && wait_cancelled() < 0)
                question_cancel(question); /* which may return it */
        if (!question->returned)
                return question_wait(question, call);
        error = question->error;
        if (error == 0)
                error = results_take(question, call, question->results);
        if (unlikely(error < 0))
                question_fails(question, worker_self()->activity);
        promised_drop(question);
        question->wanted = false;
        question_look(question);
        return error;
}

MORI_ASYNC int mori_sent_join(mori_sent sent, void *call)
{
        int64_t begun = join_begin(sent, call);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

void mori_sent_drop(mori_sent sent)
{
        struct objects *objects = process_self()->objects;
        struct question *question;

        if (sent_failure(sent) < 0)
                return;
        question = sent_find(objects, sent);
        sent_spend(objects, question);
        if (question->then != NULL)
                then_drop(question->then);
        promised_drop(question);
        question->wanted = false;
        question_look(question);
}

/* ---- Callbacks */

/* A call that was not sent, as one that was, and has failed: it has a callback, and a handle. */
static int sent_again(struct objects *objects, mori_sent *sent, struct question **ret_question)
{
        int error = sent_failure(*sent);
        struct question *question = question_new_crossing(objects);

        if (question == NULL)
                return -ENOMEM;
        question->returned = question->finished = true;
        question->error = error;
        error = handles_add(&objects->sents, question, &question->handle);
        if (error < 0) {
                question_free(question);
                return error;
        }
        question->wanted = true;
        sent->word = question->handle;
        *ret_question = question;
        return 0;
}

int mori_sent_then(mori_sent *sent, mori_sent_answered *answered, void (*callback)(void),
                   void *context)
{
        struct objects *objects = objects_self();
        struct question *question;
        int error;

        if (sent == NULL || answered == NULL || callback == NULL)
                return -EINVAL;
        if (objects == NULL)
                return -ENOMEM;
        if (sent_failure(*sent) < 0) {
                error = sent_again(objects, sent, &question);
                if (error < 0)
                        return error;
        } else {
                question = sent_find_free(objects, *sent);
        }
        return then_begin(question, answered, callback, context);
}

/* ---- What is promised */

struct capability *promised_new(struct question *question, const uint16_t *path, unsigned depth)
{
        struct capability *place = capability_new(question->objects, CAPABILITY_PLACE), *found;

        if (place == NULL)
                return NULL;
        place->place.question = question;
        memcpy(place->place.path, path, depth * sizeof path[0]);
        place->place.depth = (uint8_t)depth;
        if (!question->returned) {
                place->place.next = question->places;
                question->places = place;
                return place;
        }
        found = question->results != NULL ? message_capability(question->results, path, depth)
                                          : NULL;
        if (found != NULL) {
                capability_become(place, found);
                capability_drop(found);
        } else {
                capability_break(place, question->error < 0 ? question->error : -EBADF,
                                 question->error < 0 ? question->failure : NULL);
        }
        return place;
}

void place_forget(struct capability *place)
{
        struct question *question = place->place.question;
        struct capability **link = &question->places;

        while (*link != place)
                link = &(*link)->place.next;
        *link = place->place.next;
        question_look(question);
}

int place_status(const struct capability *place)
{
        const struct question *question = place->place.question;

        if (unlikely(question->handoff != 0))
                return handoff_status(question);
        return question->returned ? 0 : -EAGAIN;
}

/* One that was asked for already, by the same path. */
static mori_ref reference_at(struct objects *objects, const struct question *question,
                             const uint16_t *path, unsigned depth)
{
        for (uint32_t i = 0; i < question->references_count; i++) {
                const struct capability *place =
                        handles_find(&objects->references, question->references[i].word);

                if (place != NULL && place->kind == CAPABILITY_PLACE &&
                    place->place.question == question && place->place.depth == depth &&
                    memcmp(place->place.path, path, depth * sizeof path[0]) == 0)
                        return question->references[i];
        }
        return MORI_NO_REF;
}

/* Room for one more that belongs to the promise, or NULL: memory is exhausted. */
static mori_ref *references_room(struct question *question)
{
        bool are_few = question->references_count < ELEMENTS(question->few_references);
        mori_ref *references;

        if (are_few)
                return question->references = question->few_references;
        references = realloc(
                question->references == question->few_references ? NULL : question->references,
                (question->references_count + 1) * sizeof *references);
        if (references == NULL)
                return NULL;
        if (question->references == question->few_references)
                memcpy(references, question->few_references, sizeof question->few_references);
        return question->references = references;
}

mori_ref mori_sent_ref(mori_sent sent, const uint16_t *path, unsigned count)
{
        struct objects *objects = objects_self();
        int error = sent_failure(sent);
        struct question *question = NULL;
        struct capability *place;
        mori_ref reference, *references;

        if (path == NULL || count == 0 || count > PLACE_DEPTH_MAX || error < 0)
                return MORI_NO_REF;
        question = sent_find(objects, sent);
        reference = reference_at(objects, question, path, count);
        if (reference.word != 0)
                return reference;
        references = references_room(question);
        if (references == NULL)
                return MORI_NO_REF;
        place = promised_new(question, path, count);
        if (place == NULL || reference_new(objects, place, &reference) < 0)
                return MORI_NO_REF;
        references[question->references_count++] = reference;
        return reference;
}
