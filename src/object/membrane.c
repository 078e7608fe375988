/* SPDX-License-Identifier: MIT */
/*
 * Membranes. A wrapped capability is one of this process, and so whoever has it calls it here; a
 * call that comes is asked again on the other side, as a question of ours, and has a crossing while
 * it is under way:
 *
 *      answer (of who has called) --forward--> question --answer--> what the call is made on
 *                                                 |
 *                                             crossing, in the membrane's list
 *
 *      wrapped_deliver() --> under way --crossing_return()--> the answer is given
 *                               |
 *                               +--mori_membrane_revoke()--> the answer is -EKEYREVOKED, and the
 *                                                            question is not wanted any more
 *
 * Invariants.
 *  (1) Of a capability, a membrane and a direction there is at most one wrapped capability: it is
 *      in the lists of both. It is found by walking the two at once, to the end of the shorter; so
 *      neither many membranes about one object nor many objects behind one membrane make it slow.
 *  (2) A membrane is counted: by its handle, by what it has wrapped, and by crossings.
 *  (3) A revoked membrane has wrapped nothing.
 */
#include "object/membrane.h"

#include "object/handoff.h"

#include <mori/membrane.h>

#include <errno.h>
#include <stdlib.h>

/* Membranes that a call goes through in one turn of this process. */
#define NESTED_MAX 64u
#define FEW        8u

struct membrane {
        struct listed listed; /* with all of the process */
        struct objects *objects;
        uint32_t count;
        bool is_shallow;
        struct listed *wrapped;   /* capabilities */
        struct listed *crossings; /* calls that are under way */
};

struct crossing {
        struct listed listed;
        struct membrane *membrane;
        struct question *question;
        bool inward; /* the way that the results go */
};

static void membrane_unref(struct membrane *membrane)
{
        if (--membrane->count != 0)
                return;
        list_remove(&membrane->listed);
        free(membrane);
}

static void crossing_free(struct crossing *crossing)
{
        stack_piece_free(crossing, sizeof *crossing);
}

void membranes_free_all(struct objects *objects)
{
        while (objects->membranes != NULL) {
                struct membrane *membrane =
                        CONTAINER_OF(objects->membranes, struct membrane, listed);

                while (membrane->crossings != NULL) {
                        struct crossing *crossing =
                                CONTAINER_OF(membrane->crossings, struct crossing, listed);

                        list_remove(&crossing->listed);
                        crossing_free(crossing);
                }
                list_remove(&membrane->listed);
                free(membrane);
        }
}

/* ---- What is wrapped */

static struct capability *of_membrane(struct listed *listed)
{
        return CONTAINER_OF(listed, struct capability, wrapped.of_membrane);
}

static bool is_wrapped(const struct capability *wrapped, const struct membrane *membrane,
                       const struct capability *inner, bool inward)
{
        return wrapped->wrapped.membrane == membrane && wrapped->wrapped.inner == inner &&
               wrapped->wrapped.inward == inward;
}

/* What stands for `inner` on the other side (1); NULL where there is nothing yet. */
static struct capability *wrapped_find(const struct membrane *membrane,
                                       const struct capability *inner, bool inward)
{
        struct listed *a = membrane->wrapped, *b = inner->wrappers;

        for (; a != NULL && b != NULL; a = a->next, b = b->next) {
                struct capability *one = of_membrane(a);
                struct capability *other = CONTAINER_OF(b, struct capability, wrapped.of_inner);

                if (is_wrapped(one, membrane, inner, inward))
                        return one;
                if (is_wrapped(other, membrane, inner, inward))
                        return other;
        }
        return NULL;
}

/* The same, held, and made where there is none. NULL where memory is exhausted. */
static struct capability *wrap(struct membrane *membrane, struct capability *inner, bool inward)
{
        struct capability *wrapped = wrapped_find(membrane, inner, inward);

        if (wrapped != NULL)
                return capability_hold(wrapped);
        wrapped = capability_new(membrane->objects, CAPABILITY_WRAPPED);
        if (wrapped == NULL)
                return NULL;
        wrapped->wrapped.membrane = membrane;
        wrapped->wrapped.inner = capability_hold(inner);
        wrapped->wrapped.inward = inward;
        list_add(&membrane->wrapped, &wrapped->wrapped.of_membrane);
        list_add(&inner->wrappers, &wrapped->wrapped.of_inner);
        membrane->count++;
        return wrapped;
}

void wrapped_forget(struct capability *wrapped)
{
        list_remove(&wrapped->wrapped.of_membrane);
        list_remove(&wrapped->wrapped.of_inner);
        membrane_unref(wrapped->wrapped.membrane);
}

/* A capability on its way in, or out: what it is there, held. NULL where memory is exhausted. */
static struct capability *pass(struct membrane *membrane, struct capability *capability,
                               bool inward)
{
        capability = capability_resolve(capability);
        if (capability->kind == CAPABILITY_BROKEN)
                return capability_hold(capability);
        if (capability->kind == CAPABILITY_WRAPPED && capability->wrapped.membrane == membrane)
                return capability_hold(capability->wrapped.inward == inward
                                               ? capability
                                               : capability_resolve(capability->wrapped.inner));
        return wrap(membrane, capability, inward);
}

/* ---- Messages that go through */

struct passed {
        struct message message; /* with the words of the one that it was */
        struct capability *few[FEW];
};

static void passed_end(struct passed *passed)
{
        message_release(&passed->message);
        if (passed->message.capabilities != passed->few)
                free(passed->message.capabilities);
}

/* 0, or -ENOMEM: then there is nothing to end. */
static int passed_begin(struct membrane *membrane, const struct message *message, bool inward,
                        struct passed *passed)
{
        uint32_t count = message->capabilities_count;

        passed->message = *message;
        passed->message.capabilities_count = 0;
        passed->message.capabilities =
                count <= FEW ? passed->few : malloc(count * sizeof(struct capability *));
        if (passed->message.capabilities == NULL)
                return -ENOMEM;
        for (uint32_t i = 0; i < count; i++) {
                struct capability *capability =
                        membrane->is_shallow ? capability_hold(message->capabilities[i])
                                             : pass(membrane, message->capabilities[i], inward);

                if (capability == NULL) {
                        passed_end(passed);
                        return -ENOMEM;
                }
                passed->message.capabilities[passed->message.capabilities_count++] = capability;
        }
        return 0;
}

/* ---- Calls that go through */

/* Asks on the other side, for who has called. NULL where memory is exhausted. */
static struct question *crossing_begin(struct membrane *membrane, struct answer *answer,
                                       bool inward)
{
        struct objects *objects = membrane->objects;
        struct crossing *crossing = stack_piece_new(sizeof *crossing);
        struct question *question = crossing != NULL ? question_new_crossing(objects) : NULL;

        if (question != NULL && (question->answer = answer_new(NULL, question)) == NULL) {
                question_free(question);
                question = NULL;
        }
        if (question == NULL) {
                if (crossing != NULL)
                        crossing_free(crossing);
                return NULL;
        }
        crossing->membrane = membrane;
        crossing->question = question;
        crossing->inward = inward;
        list_add(&membrane->crossings, &crossing->listed);
        membrane->count++;
        question->crossing = crossing;
        question->forward = answer;
        answer->forward = question;
        return question;
}

/* The call is not under way any more: who has called, and is still to be answered. */
static struct answer *crossing_end(struct crossing *crossing)
{
        struct question *question = crossing->question;
        struct answer *answer = question->forward;
        struct membrane *membrane = crossing->membrane;

        question->crossing = NULL;
        question->forward = NULL;
        answer->forward = NULL;
        list_remove(&crossing->listed);
        crossing_free(crossing);
        membrane_unref(membrane);
        return answer;
}

void wrapped_deliver(struct capability *wrapped, const struct call_head *head,
                     const struct message *message, struct answer *answer)
{
        struct membrane *membrane = wrapped->wrapped.membrane;
        struct objects *objects = membrane->objects;
        bool inward = wrapped->wrapped.inward;
        struct question *question = NULL;
        struct passed passed;
        int error;

        if (objects->nested == NESTED_MAX) {
                answer_fail(answer, -ELOOP);
                return;
        }
        error = passed_begin(membrane, message, !inward, &passed);
        if (error == 0 && (question = crossing_begin(membrane, answer, inward)) == NULL) {
                passed_end(&passed);
                error = -ENOMEM;
        }
        if (error < 0) {
                answer_fail(answer, error);
                return;
        }
        (void)handoff_used(capability_resolve(wrapped->wrapped.inner));
        objects->nested++;
        call_deliver(wrapped->wrapped.inner, head, &passed.message, question->answer);
        objects->nested--;
        passed_end(&passed);
}

void crossing_return(struct question *question, int error, const struct message *results)
{
        struct crossing *crossing = question->crossing;
        struct passed passed;
        int failed = passed_begin(crossing->membrane, results, crossing->inward, &passed);
        struct answer *answer = crossing_end(crossing);

        if (failed < 0) {
                answer_fail(answer, failed);
                return;
        }
        answer_pass(answer, error, &passed.message);
        passed_end(&passed);
}

/* ---- What a program calls */

static void revoke(struct membrane *membrane)
{
        while (membrane->wrapped != NULL) {
                struct capability *wrapped = of_membrane(membrane->wrapped);
                struct capability *inner = wrapped->wrapped.inner;

                wrapped_forget(wrapped);
                capability_break(wrapped, -EKEYREVOKED, NULL);
                capability_drop(inner);
        }
        while (membrane->crossings != NULL) {
                struct crossing *crossing =
                        CONTAINER_OF(membrane->crossings, struct crossing, listed);
                struct question *question = crossing->question;

                answer_fail(crossing_end(crossing), -EKEYREVOKED);
                question_look(question);
        }
}

int mori_membrane_new(unsigned flags, mori_membrane *ret_membrane)
{
        struct objects *objects = objects_self();
        struct membrane *membrane;
        int error;

        if (ret_membrane == NULL)
                return -EFAULT;
        if ((flags & ~(unsigned)MORI_MEMBRANE_SHALLOW) != 0)
                return -EINVAL;
        membrane = objects != NULL ? calloc(1, sizeof *membrane) : NULL;
        if (membrane == NULL)
                return -ENOMEM;
        error = handles_add(&objects->membrane_handles, membrane, &ret_membrane->word);
        if (error < 0) {
                free(membrane);
                return error;
        }
        membrane->objects = objects;
        membrane->count = 1;
        membrane->is_shallow = (flags & MORI_MEMBRANE_SHALLOW) != 0;
        list_add(&objects->membranes, &membrane->listed);
        return 0;
}

static _Noreturn void abandon(void)
{
        process_abandon("a membrane was used after it was revoked or dropped, or was never one of "
                        "this process");
}

int mori_membrane_wrap(mori_membrane membrane, mori_ref ref, mori_ref *ret_ref)
{
        struct objects *objects = objects_self();
        struct capability *capability;
        struct membrane *found;

        if (ret_ref == NULL)
                return -EFAULT;
        if (objects == NULL)
                return -ENOMEM;
        found = handles_find(&objects->membrane_handles, membrane.word);
        if (found == NULL)
                abandon();
        capability = reference_find(objects, ref);
        if (capability == NULL)
                return -EBADF;
        capability = pass(found, handoff_kept(capability), false);
        return capability == NULL ? -ENOMEM : reference_new(objects, capability, ret_ref);
}

/* Its handle stands for nothing any more. */
static struct membrane *membrane_spend(mori_membrane handle)
{
        struct objects *objects = process_self()->objects;
        struct membrane *membrane =
                objects != NULL ? handles_remove(&objects->membrane_handles, handle.word) : NULL;

        if (membrane == NULL)
                abandon();
        return membrane;
}

void mori_membrane_revoke(mori_membrane handle)
{
        struct membrane *membrane = membrane_spend(handle);

        revoke(membrane);
        membrane_unref(membrane);
}

void mori_membrane_drop(mori_membrane handle)
{
        membrane_unref(membrane_spend(handle));
}
