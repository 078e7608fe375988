/* SPDX-License-Identifier: MIT */
/*
 * Serving calls: objects, the turnstile before each, and the activities that serve what came from
 * elsewhere.
 *
 *      incoming_new() --> incoming_enter() --nobody in the way--> served: an activity of its own
 *                               |                                     |
 *                               +--> waits --object_leave()-----------+--> answer_give(): freed
 */
#include "object/circle.h"
#include "object/failing.h"

#include "activity/activity.h"
#include "turn/meter.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Objects */

static bool interface_is_good(const struct mori_interface *interface)
{
        return interface != NULL && interface->parts_count > 0 && interface->parts != NULL;
}

int mori_object_new(const struct mori_interface *interface, const void *server, void *self,
                    void (*gone)(void *self), mori_ref *ret_ref)
{
        struct objects *objects = objects_self();
        struct object *object;

        if (ret_ref == NULL || server == NULL || !interface_is_good(interface))
                return -EINVAL;
        object = objects != NULL ? calloc(1, sizeof *object) : NULL;
        if (object == NULL)
                return -ENOMEM;
        capability_init(&object->capability, objects, CAPABILITY_OBJECT);
        object->interface = interface;
        object->server = server;
        object->self = self;
        object->last = &object->first;
        object->gone = gone;
        return reference_new(objects, &object->capability, ret_ref);
}

/* `gone` is user code, and has an activity, like all of it. */
static MORI_ASYNC void gone_main(void *pointer)
{
        struct object *object = pointer;
        void (*gone)(void *) = object->gone;
        void *self = object->self;

        capability_free(&object->capability);
        gone(self);
}

void object_gone(struct object *object)
{
        struct objects *objects = object->capability.objects;

        assert_always(object->first == NULL && object->readers == 0 && object->writer == 0);
        if (object->gone == NULL || objects->process->state != PROCESS_RUNNING) {
                capability_free(&object->capability);
                return;
        }
        object->gone_next = objects->gone;
        objects->gone = object;
        objects_look(objects);
}

/* ---- The turnstile */

static void serve(struct incoming *incoming);

void object_grant(struct object *object)
{
        while (object->first != NULL && object_is_free(object, object->first->method)) {
                struct waiting_call *waiting = object->first;

                object->first = waiting->next;
                if (object->first == NULL)
                        object->last = &object->first;
                object_take(object, waiting->method,
                            waiting->incoming != NULL
                                    ? (uintptr_t)waiting->incoming | OBJECT_INCOMING
                                    : (uintptr_t)waiting->activity);
                if (waiting->incoming != NULL)
                        serve(waiting->incoming);
                else
                        pulled_granted(waiting);
        }
}

void object_forget(struct object *object, struct waiting_call *waiting)
{
        struct waiting_call **link = &object->first;

        while (*link != waiting)
                link = &(*link)->next;
        *link = waiting->next;
        if (object->last == &waiting->next)
                object->last = link;
        object_grant(object); /* who stood behind it may be served beside those that are */
}

/* What no call asks for: it has no method. */
static const struct mori_interface_part broken_part = {.interface = FLUSH_INTERFACE};
static const struct mori_interface broken_interface = {"broken", 1, &broken_part};

void object_break(struct object *object, int error, const struct failure *failure)
{
        struct waiting_call *waiting;

        if (object->error < 0 || SEED_BUG(SEED_BUG_STREAM_GOES_ON))
                return;
        object->interface = &broken_interface;
        object->error = error;
        object->failure = failure_ref((struct failure *)failure);
        while ((waiting = object->first) != NULL) {
                object->first = waiting->next;
                if (object->first == NULL)
                        object->last = &object->first;
                if (waiting->incoming != NULL) {
                        answer_refuse(waiting->incoming->answer, error, object->failure);
                        incoming_free(waiting->incoming);
                } else {
                        pulled_refused(waiting, error, object->failure);
                }
        }
}

/* A call of a stream fails, and not because its caller does not want it any more. */
static void stream_fails(const struct incoming *incoming, int error, const struct failure *failure)
{
        if (incoming->waiting.method->flags & MORI_METHOD_STREAM &&
            incoming->cancelled == CANCEL_NONE)
                object_break(incoming->object, error, failure);
}

/* ---- Calls that came */

/* Of calls with structures that are not larger than usual, what was freed is used again. */
#define INCOMING_BYTES 256u

struct incoming *incoming_new(struct object *object, const struct mori_method *method,
                              const void *server, struct answer *answer,
                              const struct call_head *head)
{
        struct objects *objects = object->capability.objects;
        size_t bytes = offsetof(struct incoming, call) + method->call_bytes;
        bool usual = bytes <= INCOMING_BYTES;
        struct incoming *incoming = usual ? spare_pick(&objects->incoming_spare) : NULL;

        if (incoming == NULL)
                incoming = malloc(usual ? INCOMING_BYTES : bytes);
        if (incoming == NULL)
                return NULL;
        *incoming = (struct incoming){
                .waiting = {.method = method, .incoming = incoming},
                .object = object_of(capability_hold(&object->capability)),
                .answer = answer,
                .server = server,
                .causality = head->causality,
                .deadline = head->deadline,
                .usual = usual,
        };
        list_add(&objects->incoming, &incoming->listed);
        return incoming;
}

void incoming_keep(struct incoming *incoming, struct message *message, mori_ref *references,
                   uint32_t count)
{
        incoming->parameters = message;
        incoming->references = references;
        incoming->references_count = count;
}

void incoming_free(struct incoming *incoming)
{
        struct object *object = incoming->object;

        if (incoming->references != NULL) {
                for (uint32_t i = 0; i < incoming->references_count; i++)
                        mori_ref_drop(incoming->references[i]);
                free(incoming->references);
        }
        if (incoming->parameters != NULL) {
                message_release(incoming->parameters);
                message_forget(incoming->parameters);
        }
        if (incoming->call.memory != NULL)
                mori_call_free(&incoming->call);
        if (unlikely(incoming->failure != NULL))
                (void)failure_unref(incoming->failure);
        list_remove(&incoming->listed);
        if (incoming->usual)
                spare_give(&object->capability.objects->incoming_spare, incoming);
        else
                free(incoming);
        capability_drop(&object->capability);
}

void incoming_free_all(struct objects *objects)
{
        struct incoming *incoming;

        while (objects->incoming != NULL) {
                incoming = CONTAINER_OF(objects->incoming, struct incoming, listed);
                list_remove(&incoming->listed);
                (void)failure_unref(incoming->failure);
                free(incoming->references);
                message_forget(incoming->parameters);
                free(incoming);
        }
        spares_free(&objects->incoming_spare);
}

void incoming_over(struct incoming *incoming)
{
        struct object *object = object_of(capability_hold(&incoming->object->capability));
        const struct mori_method *method = incoming->waiting.method;

        incoming_free(incoming);
        object_leave(object, method);
        capability_drop(&object->capability);
}

void incoming_answer(struct incoming *incoming, int result)
{
        struct process *process = incoming->object->capability.objects->process;

        if (unlikely(process->is_metered)) /* then this is a turn of it: see direct_begin() */
                meter_messages(process, incoming->waiting.method->name);
        if (unlikely(result < 0))
                answer_refuse(incoming->answer, result, incoming->failure);
        else
                answer_give(incoming->answer, incoming->waiting.method, &incoming->call);
        incoming_over(incoming);
}

/* What its activity knows of the failure is the caller's from now on. */
__attribute__((noinline)) static void served_badly(struct incoming *incoming, int error)
{
        struct process *process = incoming->object->capability.objects->process;

        incoming->failure = failure_ref(failure_of(process, incoming->activity, error));
        failure_set(process, incoming->activity, NULL);
        stream_fails(incoming, error, incoming->failure);
}

/* The call that was let in next. It stays where it is until it is served, or taken. */
static struct incoming *granted_take(struct objects *objects)
{
        struct incoming *incoming = objects->granted;

        objects->granted = incoming->next;
        if (objects->granted == NULL)
                objects->granted_last = &objects->granted;
        return incoming;
}

/*
 * Sync: the results are on their way, and the next call is let in. That is the activity's, too,
 * where it need not end; or NULL.
 */
__attribute__((noinline)) static struct incoming *served(struct incoming *incoming, int result)
{
        struct objects *objects = incoming->object->capability.objects;

        if (unlikely(result < 0))
                served_badly(incoming, result);
        incoming->activity = 0;
        if (incoming->direct != NULL) {
                incoming->done = true;
                incoming->result = result;
                return NULL;
        }
        incoming_answer(incoming, result);
        return objects->running && objects->granted != NULL && seat_enter_again()
                       ? granted_take(objects)
                       : NULL;
}

/* Sync: what is to be known of the activity before it serves. */
__attribute__((noinline)) static void serving(struct incoming *incoming)
{
        struct activity *activity = worker_self()->activity;

        incoming->activity = activity_handle_of(activity).word;
        activity->causality = incoming->causality;
        if (unlikely(incoming->causality == 0))
                (void)mori_causality_set(0);
        if (unlikely(incoming->cancelled != CANCEL_NONE))
                activity_cancel(activity, incoming->cancelled);
}


/* A call that came with a deadline: what its serving waits for has that, too. */
static MORI_ASYNC int serve_within(struct incoming *incoming)
{
        int64_t left = deadline_left(incoming->deadline);
        int result = -ETIMEDOUT;

        if (left > 0)
                MORI_WITHIN(left)
                        result = MORI_AWAIT incoming->waiting.method->serve(
                                incoming->server, incoming->object->self, &incoming->call);
        return result;
}

static MORI_ASYNC void serve_main(void *pointer)
{
        struct incoming *incoming = pointer;

        do {
                const struct mori_method *method = incoming->waiting.method;

                serving(incoming);
                if (unlikely(incoming->deadline != 0))
                        incoming = served(incoming, MORI_AWAIT serve_within(incoming));
                else
                        incoming = served(incoming, MORI_AWAIT method->serve(
                                                            incoming->server,
                                                            incoming->object->self,
                                                            &incoming->call));
        } while (incoming != NULL);
}

static void serve(struct incoming *incoming)
{
        struct objects *objects = incoming->object->capability.objects;

        incoming->queued = false;
        incoming->next = NULL;
        *objects->granted_last = incoming;
        objects->granted_last = &incoming->next;
        objects_look(objects);
}

/* It waits before its object, and never was served: nothing of it has happened. */
static void unserved(struct incoming *incoming, int error, const struct failure *failure)
{
        object_forget(incoming->object, &incoming->waiting);
        stream_fails(incoming, error, failure);
        answer_refuse(incoming->answer, error, failure);
        incoming_free(incoming);
}

void incoming_refuse(struct incoming *incoming, const struct failure *failure)
{
        unserved(incoming, -EDEADLK, failure);
}

static inline bool enters(struct incoming *incoming)
{
        return object_enter(incoming->object, &incoming->waiting,
                            (uintptr_t)incoming | OBJECT_INCOMING);
}

/* Is its turn somebody's who was let in, and does not run yet, or has just been served? */
static inline bool object_is_granted(const struct object *object)
{
        const struct incoming *incoming;

        if (!(object->writer & OBJECT_INCOMING))
                return false;
        incoming = (const struct incoming *)(object->writer & ~(uintptr_t)OBJECT_INCOMING);
        return incoming->activity == 0;
}

__attribute__((noinline)) static void waits(struct incoming *incoming)
{
        struct failure *circle;

        incoming->direct = NULL;
        incoming->queued = true;
        incoming->waiting.stamp = 0;
        if (object_is_granted(incoming->object)) /* invariant (3) of circle.c */
                return;
        if (circle_closes(incoming->object, &incoming->waiting, &circle)) {
                incoming_refuse(incoming, circle);
                (void)failure_unref(circle);
        }
}

void incoming_enter(struct incoming *incoming)
{
        incoming->queued = true;
        if (enters(incoming))
                serve(incoming);
        else
                waits(incoming);
}

bool incoming_serve_now(struct incoming *incoming)
{
        if (unlikely(!enters(incoming))) {
                waits(incoming);
                return false;
        }
        seat_enter_beside((void *)serve_main, incoming);
        return true;
}

void incoming_cancel(struct incoming *incoming, int error)
{
        incoming->cancelled = error == -ETIMEDOUT ? CANCEL_DEADLINE : CANCEL_HARD;
        if (incoming->queued)
                unserved(incoming, error, NULL);
        else if (incoming->activity != 0)
                activity_cancel(activity_of_handle((mori_activity){incoming->activity}),
                                incoming->cancelled);
}

/* ---- What is done in a turn */

void objects_look(struct objects *objects)
{
        if (!objects->running)
                bell_again(&objects->bell);
}

void objects_run(struct objects *objects)
{
        const struct process *process = objects->process;
        struct object *object;

        objects->running = true;
        /* what goes first makes room for what is served */
        while (process->state == PROCESS_RUNNING && (object = objects->gone) != NULL) {
                objects->gone = object->gone_next;
                seat_enter_beside((void *)gone_main, object);
        }
        while (process->state == PROCESS_RUNNING && objects->granted != NULL)
                seat_enter_beside((void *)serve_main, granted_take(objects));
        if (process->state == PROCESS_RUNNING)
                sent_near_run(objects);
        objects->running = false;
        if (objects->granted != NULL || objects->gone != NULL || objects->sent != NULL)
                objects_look(objects);
}
