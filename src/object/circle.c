/* SPDX-License-Identifier: MIT */
/*
 * Circles of calls: each is served by somebody who waits for the next, and the last waits before an
 * object that serves the first. Nobody sees all of one: what waits for what is followed from one to
 * the next, in this process by pointers, and over a connection by a record that goes the way of the
 * call that is waited for, behind it (K. M. Chandy, J. Misra and L. M. Haas, "Distributed Deadlock
 * Detection", 1983).
 *
 *      a call before an object --> who is served there --waits for--> a question ~~~ an answer
 *         ^                                                                             |
 *         +---- it waits before an object, or is served by an activity that waits <-----+
 *         |                                                                             |
 *         +---- it waits for the results of another call, which it was made on <--------+
 *
 * A circle is closed by a call that begins to wait before an object, or for the results of another
 * one; so it is looked for then, from that call, which is the origin. Where the search comes back
 * to it there is a circle, and it is the one that is refused.
 *
 * Invariants.
 *  (1) What is followed waits when it is looked at, and nothing but what is looked at next, and all
 *      that comes behind, can end that wait: so all of them wait still when the origin is found.
 *      Only who is cancelled meanwhile may be an exception. Hence no circle is found that is none.
 *  (2) Each call from which it is looked for has a stamp, larger than those before it. A search
 *      stops at a call that has begun to wait after its origin: that one searches itself. So of
 *      several calls that closed a circle at the same time one is refused.
 *  (3) A call that waits before an object where somebody was let in who has not begun, or is done,
 *      closes none, and has the stamp 0: whatever leads on from there will have begun to wait after
 *      it.
 */
#include "object/circle.h"
#include "object/failing.h"

#include "activity/activity.h"
#include "activity/wait.h"
#include "base/atomic.h"
#include "base/words.h"
#include "object/verb.h"
#include "object/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A longer chain than this is not followed to its end. */
#define STEPS_MAX 1000u
/* Searches that wait for room to go on over a connection: many calls have waited meanwhile. */
#define SEARCHES_MAX (4 * MORI_CALLS_MAX)

enum found { FOUND_NOTHING, FOUND_ORIGIN };

/* A search, where it is. */
struct search {
        uint64_t stamp; /* of the origin */
        const struct activity *self; /* that is about to wait, and has no such state yet */
        uint32_t steps, hops;
        struct verb_hop hop[WAITS_HOPS_MAX];
        /* once it is found: one of these two */
        struct waiting_call *waiting;
        struct answer *held;
};

static uint64_t stamps = 1; /* the next one */

/* ---- Elsewhere */

struct asked {
        struct pending pending;
        uint32_t bytes;
        struct verb_waits record; /* and hops behind it */
};

static bool asked_put(struct connection *connection, struct pending *pending)
{
        struct asked *asked = CONTAINER_OF(pending, struct asked, pending);

        if (connection->broken == 0 && !verb_put(connection, &asked->record, asked->bytes))
                return false;
        connection->searches--;
        free(asked);
        return true;
}

void circle_forget(struct connection *connection)
{
        struct pending *pending = connection->pending, *next;

        for (; pending != NULL; pending = next) {
                next = pending->next;
                if (pending->put == asked_put)
                        free(CONTAINER_OF(pending, struct asked, pending));
        }
}

/* Goes on at the other side. Where memory or room is exhausted, nobody hears of a circle. */
static void ask(const struct search *search, const struct question *question)
{
        size_t hops = search->hops * sizeof search->hop[0];
        struct connection *connection = question->connection;
        struct asked *asked = connection->searches < SEARCHES_MAX ? malloc(sizeof *asked + hops)
                                                                  : NULL;

        if (asked == NULL) {
                base_report("mori: no %s to look for a circle of calls",
                            connection->searches < SEARCHES_MAX ? "memory" : "room");
                return;
        }
        connection->searches++;
        asked->pending = (struct pending){.put = asked_put};
        asked->bytes = (uint32_t)(sizeof asked->record + hops);
        asked->record = (struct verb_waits){.head = {.verb = VERB_WAITS,
                                                     .id = question->id,
                                                     .words = search->steps,
                                                     .capabilities = (uint16_t)search->hops},
                                            .stamp = search->stamp};
        memcpy(&asked->record + 1, search->hop, hops);
        connection_send(connection, &asked->pending);
}

/* ---- Following */

static void name_put(char *to, size_t bytes, const char *name)
{
        size_t length = strnlen(name, bytes - 1);

        memcpy(to, name, length);
        memset(to + length, 0, bytes - length);
}

static void hop_add(struct search *search, const struct object *object,
                    const struct waiting_call *waiting, const struct mori_method *served)
{
        struct verb_hop *hop = &search->hop[search->hops];

        if (search->hops == WAITS_HOPS_MAX)
                return;
        search->hops++;
        name_put(hop->process, sizeof hop->process, object->capability.objects->process->name);
        name_put(hop->waits, sizeof hop->waits, waiting->method->name);
        name_put(hop->served, sizeof hop->served, served != NULL ? served->name : "");
}

/* The answer that a question waits for here, or NULL: elsewhere, or for nobody any more. */
static struct answer *next_answer(const struct search *search, const struct question *question)
{
        if (question->returned || question->finished || question->pending.waits)
                return NULL;
        if (question->connection == NULL)
                return question->answer;
        if (question->connection->broken == 0 && !question->connection->is_far)
                ask(search, question);
        return NULL;
}

/*
 * What an activity waits for: a question, or an object (whose queue `ret_waiting` is in). The end
 * of another activity: what that one waits for.
 */
static const struct question *next_question(struct search *search, const struct activity *activity,
                                            struct object **ret_object,
                                            struct waiting_call **ret_waiting)
{
        for (; search->steps < STEPS_MAX; search->steps++) {
                if (activity == search->self) { /* the origin */
                        *ret_object = NULL;
                        *ret_waiting = search->waiting;
                        return NULL;
                }
                switch (activity->segment.state) {
                case ACTIVITY_STATE_WAITING_CALL:
                        return activity->wait;
                case ACTIVITY_STATE_WAITING_TURN:
                        *ret_object = pulled_waits(activity, ret_waiting);
                        return NULL;
                case ACTIVITY_STATE_WAITING_JOIN:
                        activity = activity->wait;
                        break;
                default:
                        return NULL;
                }
        }
        return NULL;
}

/* Who serves a call; NULL: nobody yet, or it was cancelled. */
static const struct activity *serving_activity(const struct incoming *incoming)
{
        return incoming->activity != 0 && incoming->cancelled == CANCEL_NONE
                       ? activity_of_handle((mori_activity){incoming->activity})
                       : NULL;
}

/* Who is served by an object alone; NULL: nobody, or several, or one that has not begun. */
static const struct activity *next_activity(const struct object *object,
                                            const struct mori_method **ret_method)
{
        const struct incoming *incoming;

        *ret_method = NULL;
        if (!(object->writer & OBJECT_INCOMING))
                return (const struct activity *)object->writer;
        incoming = (const struct incoming *)(object->writer & ~(uintptr_t)OBJECT_INCOMING);
        *ret_method = incoming->waiting.method;
        return serving_activity(incoming);
}

/*
 * From a call that waits before an object, or an answer, on; until it is found, or goes on
 * elsewhere, or by itself.
 */
static enum found follow(struct search *search, struct object *object,
                         struct waiting_call *waiting, struct answer *answer)
{
        const struct activity *activity;
        const struct question *question;
        const struct mori_method *served;

        for (; search->steps < STEPS_MAX; search->steps++) {
                if (waiting != NULL) {
                        activity = next_activity(object, &served);
                        if (activity == NULL)
                                return FOUND_NOTHING;
                        hop_add(search, object, waiting, served);
                } else if (answer == NULL || answer->returned || answer->finished) {
                        return FOUND_NOTHING;
                } else if (answer->forward != NULL) {
                        answer = next_answer(search, answer->forward);
                        continue;
                } else if (answer->held_on != NULL) {
                        if (answer->held_stamp >= search->stamp) {
                                search->waiting = NULL;
                                search->held = answer;
                                return answer->held_stamp == search->stamp ? FOUND_ORIGIN
                                                                           : FOUND_NOTHING;
                        }
                        answer = answer->held_on;
                        continue;
                } else if (answer->incoming == NULL) {
                        return FOUND_NOTHING;
                } else if (answer->incoming->queued) {
                        object = answer->incoming->object;
                        waiting = &answer->incoming->waiting;
                        activity = NULL;
                } else {
                        activity = serving_activity(answer->incoming);
                        if (activity == NULL)
                                return FOUND_NOTHING;
                }
                answer = NULL;
                if (activity != NULL) {
                        waiting = NULL;
                        question = next_question(search, activity, &object, &waiting);
                        if (question != NULL)
                                answer = next_answer(search, question);
                }
                if (waiting != NULL && waiting->stamp >= search->stamp) {
                        search->waiting = waiting;
                        return waiting->stamp == search->stamp ? FOUND_ORIGIN : FOUND_NOTHING;
                }
        }
        return FOUND_NOTHING;
}

/* Does it wait for something that is followed? Most do not. */
static bool may_lead_on(const struct activity *activity)
{
        return activity->segment.state == ACTIVITY_STATE_WAITING_CALL ||
               activity->segment.state == ACTIVITY_STATE_WAITING_TURN ||
               activity->segment.state == ACTIVITY_STATE_WAITING_JOIN;
}

/* The circle, as a report and as a failure; NULL where memory is exhausted. */
static struct failure *report(const struct search *search)
{
        char text[MORI_FAILURE_TEXT_MAX + 1];
        struct words words = {text, 0, sizeof text};

        process_self()->reports++;
        base_report("mori: deadlock: calls of objects wait for one another, in a circle");
        words_add(&words, "a circle of calls");
        for (uint32_t i = 0; i < search->hops; i++) {
                const struct verb_hop *hop = &search->hop[i];

                base_report("mori:   process %s: a call of %s waits for its turn; the object "
                            "serves %s%s",
                            hop->process, hop->waits, hop->served[0] != '\0' ? hop->served : "one",
                            hop->served[0] != '\0' ? "" : " of its own process");
                words_add(&words, "%s %s waits for %s in process %s", i == 0 ? ":" : ",",
                          hop->waits, hop->served[0] != '\0' ? hop->served : "another call",
                          hop->process);
        }
        if (search->hops == WAITS_HOPS_MAX)
                base_report("mori:   ... and perhaps more");
        if (search->held == NULL)
                base_report("mori:   the first of these is refused");
        else
                base_report("mori:   process %s: a call waits for the results of another one, "
                            "which waits for it, and is refused",
                            search->held->objects->process->name);
        return failure_new(-EDEADLK, NULL, text, NULL);
}

/* From a call with this stamp. Not all of it is cleared: the hops are many. */
static void search_begin(struct search *search, uint64_t stamp)
{
        search->stamp = stamp;
        search->self = NULL;
        search->waiting = NULL;
        search->held = NULL;
        search->steps = search->hops = 0;
}

bool circle_closes(struct object *object, struct waiting_call *waiting,
                   struct failure **ret_failure)
{
        const struct activity *self = waiting->incoming == NULL ? waiting->activity : NULL;
        const struct mori_method *served;
        const struct activity *activity = next_activity(object, &served);
        struct search search;

        waiting->stamp = atomic_add(&stamps, 1);
        if (activity == NULL || (activity != self && !may_lead_on(activity)))
                return false;
        search_begin(&search, waiting->stamp);
        search.self = self;
        search.waiting = waiting;
        if (follow(&search, object, waiting, NULL) != FOUND_ORIGIN)
                return false;
        *ret_failure = report(&search);
        return true;
}

/* The origin was found again. */
static void refuse(const struct search *search)
{
        struct failure *failure = report(search);

        if (search->held != NULL)
                held_refuse(search->held, -EDEADLK, failure);
        else if (search->waiting->incoming != NULL)
                incoming_refuse(search->waiting->incoming, failure);
        else
                pulled_refuse(search->waiting->activity, -EDEADLK, failure);
        (void)failure_unref(failure);
}

void circle_holds(struct answer *answer)
{
        struct search search;

        answer->held_stamp = atomic_add(&stamps, 1);
        search_begin(&search, answer->held_stamp);
        if (follow(&search, NULL, NULL, answer->held_on) == FOUND_ORIGIN)
                refuse(&search);
}

int circle_take(struct connection *connection, const void *bytes_of, uint32_t bytes)
{
        const struct verb_waits *record = bytes_of;
        struct search search = {.hops = record->head.capabilities};
        struct answer *answer;

        if (bytes < sizeof *record || search.hops > WAITS_HOPS_MAX ||
            bytes != sizeof *record + search.hops * sizeof search.hop[0])
                return -EPROTO;
        search.stamp = record->stamp;
        search.steps = record->head.words;
        memcpy(search.hop, record + 1, search.hops * sizeof search.hop[0]);
        for (uint32_t i = 0; i < search.hops; i++) {
                struct verb_hop *hop = &search.hop[i];

                hop->process[sizeof hop->process - 1] = hop->waits[sizeof hop->waits - 1] =
                        hop->served[sizeof hop->served - 1] = '\0';
        }
        answer = answer_at(connection, record->head.id);
        if (follow(&search, NULL, NULL, answer) == FOUND_ORIGIN)
                refuse(&search);
        return 0;
}
