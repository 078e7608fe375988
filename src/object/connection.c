/* SPDX-License-Identifier: MIT */
/*
 * Connections: how they begin and end, and what is done when a bell is rung.
 *
 * One side makes the line and rings; the other finds at its bell a line that it does not know, and
 * makes its own connection. Each closes its end once, at its end or when something wrong came, and
 * rings for the last time; who has closed last frees the line.
 */
#include "object/circle.h"

#include "activity/activity.h"
#include "activity/process.h"
#include "lane/shared.h"
#include "object/failing.h"
#include "object/verb.h"
#include "object/table.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Records that are taken before others have their turns. */
#define RECORDS_AT_ONCE 256

static void end_answer(struct bell *bell, bool closing);

/* ---- Lines */

static struct line *line_new(struct process *ours, struct process *theirs)
{
        struct line *line = calloc(1, sizeof *line);
        struct line_end *a, *b;

        if (line == NULL)
                return NULL;
        a = &line->ends[0];
        b = &line->ends[1];
        if (lane_new(LANE_BYTES_MAX, &a->out, &b->in) < 0) {
                free(line);
                return NULL;
        }
        if (lane_new(LANE_BYTES_MAX, &b->out, &a->in) < 0) {
                lane_free(&b->in);
                free(line);
                return NULL;
        }
        a->line = b->line = line;
        a->bell = (struct bell){.process = ours, .answer = end_answer};
        b->bell = (struct bell){.process = theirs, .answer = end_answer};
        line->holds = 2;
        a->state = END_ATTACHED;
        process_hold(ours);
        process_hold(theirs);
        return line;
}

static void lane_forget(struct lane_in *in)
{
        const void *record;
        uint32_t bytes;

        while ((record = lane_next(in, &bytes)) != NULL) {
                verb_forget(record, bytes);
                lane_taken(in);
        }
        lane_free(in);
}

static void line_release(struct line *line)
{
        struct line_far *far = line->ends[0].far;

        if (atomic_add(&line->holds, -1u) != 0)
                return;
        if (far != NULL) {
                process_release(line->ends[0].bell.process);
                free(line);
                far->free(far);
                return;
        }
        for (unsigned i = 0; i < 2; i++) {
                lane_forget(&line->ends[i].in);
                process_release(line->ends[i].bell.process);
        }
        free(line);
}

static struct line_end *other_end(struct line_end *end)
{
        return &end->line->ends[end == &end->line->ends[0]];
}

static bool state_change(struct line_end *end, uint32_t from, uint32_t to)
{
        return atomic_compare_exchange(&end->state, &from, to);
}

/*
 * Rings the other side's bell. False where its process answers none any more: then nobody is left
 * to give up its hold, where it has not done so.
 */
static bool other_ring(struct line_end *end)
{
        struct line_end *other = other_end(end);

        if (unlikely(end->far != NULL)) {
                end->far->ring(end->far);
                return true;
        }
        if (bell_ring(&other->bell))
                return true;
        if (state_change(other, END_UNKNOWN, END_GONE) ||
            state_change(other, END_POSTPONED, END_GONE))
                line_release(end->line);
        return false;
}

/* This side puts and takes no more, and has said so. */
static void end_shut(struct line_end *end, enum end_closed why)
{
        (void)lane_publish(&end->out);
        atomic_exchange(&end->closed, why);
        if (end->far != NULL)
                end->far->close(end->far);
        (void)other_ring(end);
}

/* The same, while its process may still be rung. */
static void end_leave(struct line_end *end)
{
        end->connection = NULL;
        end_shut(end, CLOSED_BROKEN);
        atomic_exchange(&end->state, END_POSTPONED);
        /* Where it is not rung, it never will be: it seems to be. */
        if (atomic_exchange(&end->bell.rung, 1) == 0 &&
            state_change(end, END_POSTPONED, END_GONE))
                line_release(end->line);
}

/* The same, when its process answers no bells any more. */
static void end_leave_last(struct line_end *end)
{
        end_shut(end, CLOSED_PROCESS_ENDED);
        atomic_exchange(&end->state, END_GONE);
        line_release(end->line);
}

/* ---- Connections */

static void effect_commit(struct effect *effect)
{
        struct connection *connection = CONTAINER_OF(effect, struct connection, effect);
        struct line_end *end = connection->end;

        connection->effect_listed = false;
        if (end == NULL)
                connection_look(connection);
        if (end == NULL || !lane_publish(&end->out) || other_ring(end))
                return;
        connection->gone = true;
        bell_again(&end->bell);
}

/* Is the other side's process at home on another seat, or in another domain: may it be running? */
static bool other_elsewhere(const struct connection *connection, const struct worker *worker)
{
        const struct line_end *end = connection->end;

        if (likely(!worker->seat->shared && (end == NULL || end->far == NULL)))
                return false;
        return end != NULL &&
               (end->far != NULL ||
                atomic_load_relaxed(&connection->other->bell.process->seat) != worker->seat);
}

void connection_put(struct connection *connection)
{
        struct process *process = connection->objects->process;
        struct worker *worker = worker_self();

        process_sends(process);
        if (connection->effect_listed)
                return;
        connection->effect_listed = true;
        connection->effect.next = process->effects;
        process->effects = &connection->effect;
        if (other_elsewhere(connection, worker)) /* else it would come only after our turns */
                turns_pause(worker);
}

static struct connection *connection_new(struct objects *objects, struct line_end *end)
{
        struct connection *connection = stack_piece_new(sizeof *connection);

        if (connection == NULL)
                return NULL;
        wait_list_init(&connection->callers);
        connection->objects = objects;
        connection->end = end;
        connection->other = other_end(end);
        connection->effect.commit = effect_commit;
        connection->pending_last = &connection->pending;
        connection->passed_last = &connection->passed;
        connection->next = objects->connections;
        objects->connections = connection;
        end->connection = connection;
        return connection;
}

struct connection *connection_to(struct objects *objects, struct process *process)
{
        struct connection *connection = objects->connections;
        struct line *line;

        while (connection != NULL &&
               (connection->broken != 0 || connection->end->far != NULL ||
                connection->other->bell.process != process))
                connection = connection->next;
        if (connection != NULL)
                return connection;
        line = line_new(objects->process, process);
        if (line == NULL)
                return NULL;
        connection = connection_new(objects, &line->ends[0]);
        if (connection == NULL) {
                line->ends[1].state = END_GONE;
                line_release(line);
                line_release(line);
        }
        return connection;
}

struct connection *connection_far(struct objects *objects, struct line_far *far,
                                  const struct lane_out *out, const struct lane_in *in)
{
        struct line *line = calloc(1, sizeof *line);
        struct connection *connection;
        struct line_end *end;

        if (line == NULL)
                return NULL;
        end = &line->ends[0];
        *end = (struct line_end){
                .bell = {.process = objects->process, .answer = end_answer},
                .line = line,
                .far = far,
                .out = *out,
                .in = *in,
                .state = END_ATTACHED,
        };
        line->ends[1].bell.process = objects->process; /* which is never idle: see direct.c */
        line->holds = 1;
        connection = connection_new(objects, end);
        if (connection == NULL) {
                free(line);
                return NULL;
        }
        connection->is_far = true;
        process_hold(objects->process);
        far->line = line;
        (void)bell_ring(&end->bell); /* something may be there, and else it is to rest */
        return connection;
}

void line_far_rung(struct line_far *far)
{
        (void)bell_ring(&far->line->ends[0].bell);
}

void line_far_closed(struct line_far *far)
{
        atomic_exchange(&far->line->ends[1].closed, 1);
}

const char *connection_other(const struct connection *connection)
{
        const struct line_end *end = connection->end;

        if (end == NULL)
                return "(gone)";
        return end->far != NULL ? end->far->name : connection->other->bell.process->name;
}

/* ---- What waits for room */

void connection_send(struct connection *connection, struct pending *pending)
{
        if (connection->pending == NULL && pending->put(connection, pending))
                return;
        pending->waits = true;
        pending->next = NULL;
        *connection->pending_last = pending;
        connection->pending_last = &pending->next;
        if (unlikely(++connection->pending_count > FAR_PENDING_MAX) &&
            connection->broken == 0 && connection->end->far != NULL) {
                lane_spoil(&connection->end->in, -ENOBUFS); /* the bell's answer breaks it */
                bell_again(&connection->end->bell);
        }
}

static void pending_put(struct connection *connection)
{
        struct pending *pending;

        while ((pending = connection->pending) != NULL) {
                connection->pending = pending->next;
                if (connection->pending == NULL)
                        connection->pending_last = &connection->pending;
                connection->pending_count--;
                pending->waits = false;
                if (pending->put(connection, pending)) /* it may be freed */
                        continue;
                pending->waits = true;
                pending->next = connection->pending;
                if (connection->pending == NULL)
                        connection->pending_last = &pending->next;
                connection->pending = pending;
                connection->pending_count++;
                return;
        }
}

static bool is_one_woken(const struct connection *connection)
{
        const struct activity *woken = activity_of_handle((mori_activity){connection->woken});

        return woken != NULL && woken->segment.state == ACTIVITY_STATE_READY;
}

static bool is_room_wanted(const struct connection *connection)
{
        return !wait_list_is_empty(&connection->callers) || connection->passed != NULL;
}

bool callers_wait_still(struct connection *connection)
{
        connection->waited = is_room_wanted(connection) || is_one_woken(connection);
        return connection->waited;
}

void caller_wait(struct connection *connection, struct caller *caller, bool again)
{
        struct activity *activity = wait_begin(ACTIVITY_STATE_WAITING_LIST, caller);

        caller->room_of = connection;
        connection->waited = true;
        if (again) {
                wait_list_add_first(&connection->callers, activity);
                return;
        }
        caller->ticket = ++connection->tickets;
        wait_list_add(&connection->callers, activity);
}

void passed_wait(struct connection *connection, struct held_call *held)
{
        held->answer->room_of = connection;
        connection->waited = true;
        held->ticket = ++connection->tickets;
        *connection->passed_last = held;
        connection->passed_last = &held->next;
        bell_again(&connection->end->bell);
}

struct held_call *passed_forget(struct answer *answer)
{
        struct connection *connection = answer->room_of;
        struct held_call **link = &connection->passed, *held;

        while ((*link)->answer != answer)
                link = &(*link)->next;
        held = *link;
        *link = held->next;
        if (connection->passed_last == &held->next)
                connection->passed_last = link;
        answer->room_of = NULL;
        room_look(connection); /* those behind it may want less */
        return held;
}

void room_look_now(struct connection *connection)
{
        if (!connection->answering && connection->broken == 0 && is_room_wanted(connection))
                bell_again(&connection->end->bell);
}

/* An activity that waits is before the first call that is passed on. */
static bool is_before_passed(const struct connection *connection, const struct activity *activity)
{
        const struct caller *caller = activity->wait;

        return connection->passed == NULL || (caller->ticket < connection->passed->ticket &&
                                              !SEED_BUG(SEED_BUG_PASSED_OVERTAKES));
}

/* Who waits longest may try. */
static void caller_wake(struct connection *connection)
{
        struct activity *caller;

        while (!is_one_woken(connection)) { /* that one wakes the next */
                caller = wait_list_first(&connection->callers);
                if (caller != NULL && is_before_passed(connection, caller)) {
                        wait_list_remove(caller);
                        connection->woken = activity_handle_of(caller).word;
                        process_wake(connection->objects->process, caller, 0);
                } else if (connection->passed == NULL || !passed_put(connection)) {
                        return;
                }
        }
}

void caller_tried(struct objects *objects, struct connection *connection, bool done)
{
        const struct connection *at = objects->connections;

        while (at != NULL && at != connection)
                at = at->next;
        if (at == NULL) /* it was broken meanwhile, and is gone */
                return;
        connection->woken = 0;
        if (done && !SEED_BUG(SEED_BUG_CALLER_FORGOTTEN))
                caller_wake(connection);
}

static void callers_wake(struct connection *connection, int64_t answer)
{
        struct activity *caller;

        while ((caller = wait_list_first(&connection->callers)) != NULL) {
                wait_list_remove(caller);
                activity_fails(connection->objects, caller, failure_ref(connection->failure));
                process_wake(connection->objects->process, caller, answer);
        }
}

/* ---- The end of a connection */

/* What the other side has come to; or what has come from it. */
static struct failure *cause_of(const struct connection *connection, int error)
{
        const struct process *other = connection->other->bell.process;
        char end[MORI_END_TEXT_MAX + 128], text[sizeof end + MORI_PROCESS_NAME_MAX + 16];
        const struct line_far *far = connection->end->far;

        if (far != NULL)
                (void)snprintf(text, sizeof text, error != -ECONNRESET
                                       ? "what domain %s has sent cannot be used"
                                       : "domain %s has ended",
                               far->name);
        else if (error != -ECONNRESET)
                (void)snprintf(text, sizeof text, "what process %s has sent cannot be used",
                               other->name);
        else if (connection->gone ||
                 atomic_load_ordered(&connection->other->closed) == CLOSED_PROCESS_ENDED)
                (void)snprintf(text, sizeof text, "process %s %s", other->name,
                               process_end_describe(other, end, sizeof end));
        else
                (void)snprintf(text, sizeof text, "process %s has broken the connection",
                               other->name);
        return failure_new(error, NULL, text, NULL);
}

static void connection_break(struct connection *connection, int error)
{
        if (connection->broken != 0)
                return;
        connection->broken = error;
        connection->failure = cause_of(connection, error);
        direct_end(connection);
        imports_break(connection, error);
        for (uint32_t id = 0; id < connection->questions_used; id++) {
                struct question *question = question_at(connection, id);

                if (question == NULL)
                        continue;
                if (!question->returned) {
                        question_return(question, error, &(struct message){0});
                } else { /* places that go on over it */
                        places_break(question, error);
                        question_look(question);
                }
        }
        passed_fail(connection, error);
        pending_put(connection);
        for (uint32_t id = 0; id < connection->answers_room; id++) {
                struct answer *answer = answer_at(connection, id);

                if (answer != NULL && !answer->finished)
                        answer_finish(answer);
        }
        exports_break(connection);
        callers_wake(connection, error);
        end_leave(connection->end);
        connection->end = NULL;
}

static void connection_free(struct connection *connection)
{
        struct held_call *held;

        while ((held = connection->passed) != NULL) { /* the process ends */
                connection->passed = held->next;
                message_forget(held->message);
                held_forget(held);
        }
        circle_forget(connection);
        tables_free(connection);
        (void)failure_unref(connection->failure);
        stack_piece_free(connection, sizeof *connection);
}

void connection_look(struct connection *connection)
{
        connection->objects->trims = true;
        bell_again(&connection->objects->bell);
}

void connections_trim(struct objects *objects)
{
        struct connection **link = &objects->connections;

        objects->trims = false;
        while (*link != NULL) {
                struct connection *connection = *link;

                if (connection->broken == 0 || connection->questions_count != 0 ||
                    connection->answers_count != 0 || connection->effect_listed) {
                        link = &connection->next;
                        continue;
                }
                *link = connection->next;
                connection_free(connection);
        }
}

void connections_close(struct objects *objects)
{
        struct connection *connection;

        objects->process->effects = NULL;
        while ((connection = objects->connections) != NULL) {
                objects->connections = connection->next;
                if (connection->end != NULL)
                        end_leave_last(connection->end);
                connection_free(connection);
        }
}

/* ---- The bell */

static void records_take(struct connection *connection)
{
        struct line_end *end = connection->end;
        uint32_t closed = atomic_load_ordered(&connection->other->closed), bytes;
        unsigned count = 0;
        const void *record;
        int error = 0;

        while (count < RECORDS_AT_ONCE && (record = lane_next(&end->in, &bytes)) != NULL) {
                error = verb_take(connection, record, bytes);
                if (error < 0)
                        break;
                lane_taken(&end->in);
                count++;
        }
        if (error == 0)
                error = lane_wrong(&end->in);
        worker_self()->turns_end -= count; /* each is as good as a turn */
        if (lane_settle(&end->in))
                (void)other_ring(end); /* it has room now */
        if (error < 0) {
                base_report("mori: process %s: what process %s has sent it cannot be used (%d): "
                            "the connection is broken",
                            connection->objects->process->name, connection_other(connection),
                            error);
                connection_break(connection, error);
        } else if (count == RECORDS_AT_ONCE) {
                bell_again(&end->bell);
        } else if (closed != 0 || connection->gone) {
                connection_break(connection, -ECONNRESET);
        }
}

static void end_answer(struct bell *bell, bool closing)
{
        struct line_end *end = CONTAINER_OF(bell, struct line_end, bell);
        struct connection *connection = end->connection;
        struct objects *objects;

        if (closing) { /* one that is attached is closed with the others */
                if (state_change(end, END_UNKNOWN, END_ATTACHED))
                        end_leave_last(end);
                else if (state_change(end, END_POSTPONED, END_GONE))
                        line_release(end->line);
                return;
        }
        if (connection == NULL) {
                if (state_change(end, END_POSTPONED, END_GONE)) {
                        line_release(end->line);
                        return;
                }
                atomic_exchange(&end->state, END_ATTACHED);
                objects = objects_of(bell->process);
                connection = objects != NULL ? connection_new(objects, end) : NULL;
                if (connection == NULL) {
                        end_leave(end);
                        return;
                }
        }
        objects = connection->objects;
        if (connection->broken == 0) {
                connection->answering = true;
                objects->running = true; /* until objects_run() */
                records_take(connection);
                if (connection->broken == 0) {
                        pending_put(connection);
                        caller_wake(connection);
                        if (unlikely(end->far != NULL) && !end->far->rest(end->far))
                                bell_again(&end->bell);
                }
                connection->answering = false;
        }
        objects_run(objects);
        if (connection->broken != 0)
                connections_trim(objects);
}
