/* SPDX-License-Identifier: MIT */
/*
 * Hand-off. B has a reference that leads by way of A to an object of C. What B calls over it waits
 * in B meanwhile; a call that asks for the hand-off goes the old way, behind all that was called
 * before, and C gives the capability to B:
 *
 *      B ------ask------> A ------ask------> C
 *      ^                                     |
 *      +---------------give------------------+
 *
 *      by the way it came --handoff_begin(): asked--> waits --handoff_taken()--> direct
 *            ^                                          |
 *            +--handoff_answered(): it was refused------+
 *
 * While it waits, the reference is a place in the results of a near question, which holds calls as
 * any other that has not come. The old way stands by: where C cannot be reached, or is not known
 * yet, it is the way again.
 *
 * Invariants.
 *  (1) What was called over a reference before it is handed off arrives before the call that asks,
 *      which is answered by nobody before the one who has the object; what is called after that is
 *      put after the capability was given. So the order is kept, whatever the two ways are.
 *  (2) The call that asks waits for nothing but room: where it comes to what is not known yet, it
 *      is refused. So no hand-offs wait for one another.
 *  (3) What asks goes through no membrane: what is wrapped is given as that.
 *  (4) The number of a hand-off is the asker's, and used once. What is given for one that is not
 *      under way any more is released.
 */
#include "object/handoff.h"

#include "turn/bond.h"
#include "turn/domain.h"

#include <errno.h>
#include <stdlib.h>

struct handoff {
        uint64_t number;           /* its handle */
        struct question *promises; /* in whose results the reference is a place, meanwhile */
        struct capability *old;    /* held */
};

/* What is asked: a struct of two words. */
struct asked {
        uint64_t pointer;
        uint64_t process; /* the handle of the one who asks */
        uint64_t number;
};

/* What is given: a struct of one word; with one capability. */
struct given {
        uint64_t pointer;
        uint64_t number;
};

#define STRUCT_POINTER(data_words) ((uint64_t)(data_words) << 32)

static struct message message_of(const void *words, size_t bytes)
{
        return (struct message){.words = words,
                                .words_count = (uint32_t)(bytes / sizeof(uint64_t)),
                                .segments = 1};
}

/* ---- Who asks */

static struct handoff *handoff_find(const struct objects *objects, uint64_t number)
{
        return handles_find(&objects->handoffs, number);
}

/*
 * The capability leads to what comes from now on, and the way that it was is another one's, which
 * is returned.
 */
static struct capability *way_part(struct capability *capability, struct capability *old,
                                   struct capability *place)
{
        struct capability **link;

        old->old = true;
        old->called = capability->called;
        old->elsewhere = capability->elsewhere;
        old->patience = capability->patience;
        old->kind = capability->kind;
        if (capability->kind == CAPABILITY_IMPORT) {
                old->import = capability->import;
                old->import.connection->imports[old->import.id] = old;
        } else {
                old->place = capability->place;
                link = &old->place.question->places;
                while (*link != capability)
                        link = &(*link)->place.next;
                *link = old;
        }
        capability_become(capability, place);
        return old;
}

/*
 * References that will be made of the results that the place is in lead to where it leads, behind
 * what was called over it.
 */
static void results_part(struct question *question, const struct capability *old,
                         struct capability *place)
{
        struct message *results = question->results;
        struct capability *found;

        if (results == NULL)
                return;
        found = message_capability(results, old->place.path, old->place.depth);
        for (uint32_t i = 0; i < results->capabilities_count && found != NULL; i++) {
                struct capability *one = results->capabilities[i];

                if (capability_resolve(one) == capability_resolve(found)) {
                        results->capabilities[i] = capability_hold(place);
                        capability_drop(one);
                }
        }
        capability_drop(found);
}

/* What is made before it is asked; all or nothing. */
struct parts {
        struct handoff *handoff;
        struct question *promises, *asks;
        struct capability *place, *old;
};

static void parts_undo(struct objects *objects, struct parts *parts)
{
        if (parts->asks != NULL)
                question_free(parts->asks);
        if (parts->old != NULL)
                capability_free(parts->old);
        if (parts->place != NULL)
                capability_free(parts->place);
        if (parts->promises != NULL) {
                if (parts->promises->answer != NULL)
                        answer_free(parts->promises->answer);
                question_free(parts->promises);
        }
        if (parts->handoff != NULL) {
                if (parts->handoff->number != 0)
                        handles_remove(&objects->handoffs, parts->handoff->number);
                free(parts->handoff);
        }
}

static bool parts_make(struct objects *objects, struct connection *connection,
                       struct capability *capability, struct parts *parts)
{
        static const uint16_t first = 0;

        parts->handoff = calloc(1, sizeof *parts->handoff);
        parts->promises = question_new_crossing(objects);
        parts->old = capability_new(objects, (enum capability_kind)capability->kind);
        if (parts->handoff == NULL || parts->promises == NULL || parts->old == NULL ||
            handles_add(&objects->handoffs, parts->handoff, &parts->handoff->number) < 0)
                return false;
        parts->promises->answer = answer_new(NULL, parts->promises);
        if (parts->promises->answer == NULL)
                return false;
        parts->place = promised_new(parts->promises, &first, 1);
        return parts->place != NULL && question_new(objects, connection, &parts->asks) == 0;
}

static int ask(struct objects *objects, struct connection *connection,
               struct capability *capability, struct parts *parts)
{
        const struct call_head head = {.interface = HANDOFF_INTERFACE};
        struct asked asked = {STRUCT_POINTER(2), process_handle(objects->process), 0};
        struct message message = message_of(&asked, sizeof asked);

        if (!parts_make(objects, connection, capability, parts))
                return -ENOMEM;
        asked.number = parts->handoff->number;
        return verb_call(connection, parts->asks, capability, &head, NULL, &message);
}

void handoff_later(struct capability *capability)
{
        if (capability->elsewhere < 8)
                capability->elsewhere++;
        capability->patience = (uint8_t)((1u << capability->elsewhere) - 1);
}

void handoff_begin(struct capability *capability)
{
        struct objects *objects = capability->objects;
        struct connection *connection = capability->kind == CAPABILITY_IMPORT
                                                ? capability->import.connection
                                                : capability->place.question->connection;
        struct parts parts = {0};

        if (capability->patience > 0) {
                capability->patience--;
                return;
        }
        if (connection->is_far) /* another domain does not know the number of this process */
                return;
        /* who waits for room would be overtaken (1) */
        if (connection->broken != 0 || callers_wait(connection))
                return;
        if (ask(objects, connection, capability, &parts) < 0) {
                parts_undo(objects, &parts);
                handoff_later(capability);
                return;
        }
        parts.asks->handoff = parts.promises->handoff = parts.handoff->number;
        parts.handoff->promises = parts.promises;
        parts.handoff->old = way_part(capability, parts.old, parts.place);
        if (parts.old->kind == CAPABILITY_PLACE)
                results_part(parts.old->place.question, parts.old, parts.place);
        capability_drop(parts.place);
}

/* It is over: the reference is what was given, or goes the old way. False: it was over already. */
static bool handoff_end(struct objects *objects, uint64_t number, int error,
                        struct capability *given)
{
        static const uint64_t words[] = {(uint64_t)1 << 48, 3}; /* a struct of capability 0 */
        struct message message = message_of(words, sizeof words);
        struct handoff *handoff = handles_remove(&objects->handoffs, number);
        struct answer *answer;

        if (handoff == NULL)
                return false;
        answer = handoff->promises->answer;
        if (given == NULL) {
                given = handoff->old;
                if (given->kind == CAPABILITY_IMPORT || given->kind == CAPABILITY_PLACE)
                        handoff_later(given);
        }
        message.capabilities = &given;
        message.capabilities_count = 1;
        if (error == -ELOOP) /* it leads to itself */
                answer_fail(answer, error);
        else
                answer_pass(answer, 0, &message);
        capability_drop(handoff->old);
        free(handoff);
        return true;
}

void handoff_taken(struct objects *objects, const struct message *message, struct answer *answer)
{
        const struct given *given = (const struct given *)(const void *)message->words;
        const struct message nothing = {0};
        bool taken;

        if (message->words_count * sizeof(uint64_t) != sizeof *given ||
            message->capabilities_count != 1) {
                answer_fail(answer, -EBADMSG);
                return;
        }
        taken = handoff_end(objects, given->number, 0, message->capabilities[0]);
        answer_pass(answer, taken ? 0 : -ESRCH, &nothing);
}

void handoff_answered(struct question *question, int error)
{
        if (SEED_BUG(SEED_BUG_HANDOFF_FORGOTTEN) && error == -ECONNRESET)
                return;
        (void)handoff_end(question->objects, question->handoff, error, NULL);
}

struct capability *handoff_old(const struct question *question)
{
        const struct handoff *handoff = handoff_find(question->objects, question->handoff);

        return handoff != NULL ? handoff->old : NULL;
}

int handoff_status(const struct question *question)
{
        struct capability *old = handoff_old(question);

        return old != NULL && old->kind == CAPABILITY_BROKEN ? old->error : 0;
}

void handoffs_free_all(struct objects *objects)
{
        for (uint32_t i = 1; i < objects->handoffs.used; i++)
                free(objects->handoffs.all[i].what);
        handles_deinit(&objects->handoffs);
}

/* ---- Who is asked */

static const struct asked *asked_of(const struct message *message)
{
        return message->words_count * sizeof(uint64_t) == sizeof(struct asked)
                       ? (const struct asked *)(const void *)message->words
                       : NULL;
}

void handoff_refused(const struct question *question, const struct message *message,
                     struct answer *answer)
{
        const struct asked *asked = asked_of(message);
        const struct process *process = answer->objects->process;
        bool is_itself = asked != NULL && question != NULL && question->handoff != 0 &&
                         asked->number == question->handoff &&
                         asked->process == process_handle(process);

        answer_fail(answer, is_itself ? -ELOOP : -EAGAIN);
}

/* The connection to who has asked; NULL where that is gone, or memory is exhausted. */
static struct connection *connection_to_asker(struct objects *objects, uint64_t handle)
{
        struct process *process = bond_find(objects->process->domain, handle);
        struct connection *connection;

        if (process == NULL)
                return NULL;
        process->references += PROCESS_REFERENCE_ONE;
        bond_done(process);
        connection = connection_to(objects, process);
        process_release(process);
        return connection;
}

void handoff_arrived(struct capability *capability, const struct message *message,
                     struct answer *answer)
{
        const struct call_head head = {.interface = HANDOFF_INTERFACE};
        const struct asked *asked = asked_of(message);
        struct objects *objects = answer->objects;
        struct connection *connection;
        struct given given;
        struct message gives = message_of(&given, sizeof given);

        if (asked == NULL) {
                answer_fail(answer, -EBADMSG);
                return;
        }
        given = (struct given){STRUCT_POINTER(1), asked->number};
        gives.capabilities = &capability;
        gives.capabilities_count = 1;
        if (asked->process == process_handle(objects->process)) { /* it has come home */
                handoff_taken(objects, &gives, answer);
                return;
        }
        connection = connection_to_asker(objects, asked->process);
        if (connection == NULL)
                answer_fail(answer, -ESRCH);
        else
                forward(NULL, connection, &head, &gives, answer);
}
