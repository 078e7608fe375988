/* SPDX-License-Identifier: MIT */
/*
 * Connections: what two processes know of one another, over two lanes; and calls, from who makes
 * them to who serves them, wherever that is.
 *
 * Nouns.
 *   line        what the two share: the lanes, and a bell for each. Each side has its end. Where
 *               the other process is in another domain there is one end here, and `far` stands for
 *               it.
 *   connection  what a process has of it: the tables of rpc.capnp.
 *   question    a call that this process makes: who wants its results, and the places in them.
 *   answer      one that it is asked: who is to get the results. That is the other side of a
 *               connection, or, where caller and object are near, a question.
 *   export      a capability that the other side can call, counted by how often it was sent there.
 *
 * States of a question.
 *
 *      asked --question_return()--> returned --not wanted, no places, finished--> freed
 *        |                             ^
 *        +-- not wanted: a finish -----+
 *
 * Invariants.
 *  (1) The number of a question is used again only after its return was got and its finish sent.
 *      So at most MORI_CALLS_MAX records wait for a return or a finish, and they are where what
 *      finds no room in the lane waits for it.
 *  (2) An answer is freed when its return was sent and its finish was got; where it has not failed
 *      and there is nothing to be called in the results, with the return, and no finish comes, but
 *      for one under way.
 *  (3) What another side sends is checked before it is used: a connection on which something wrong
 *      comes is broken (-EPROTO).
 *  (4) What was put into the lane is published when the turn is over (process_commit()).
 */
#pragma once

#include "lane/lane.h"
#include "object/message.h"
#include "object/object.h"
#include "object/verb.h"

#include <errno.h>

struct crossing;
struct export;
struct line;
struct then;

/*
 * Who gives up an end's hold of the line, so that its bell is in no list by then:
 *
 *      unknown --its process finds it at its bell--> attached --closed, no ring under way--> gone
 *         |                                             +--closed--> postponed --answered--> gone
 *         +-- its process answers no bells any more: by the other side, of these two --> gone
 */
enum { END_UNKNOWN, END_ATTACHED, END_POSTPONED, END_GONE };

/* Why an end was closed. */
enum end_closed { CLOSED_BROKEN = 1, CLOSED_PROCESS_ENDED };

struct line_end {
        struct bell bell;
        struct line *line;
        struct line_far *far; /* or NULL */
        struct connection *connection; /* NULL: not yet */
        struct lane_out out;
        struct lane_in in;
        uint32_t closed; /* by this side, which puts and takes no more: 0, or enum end_closed */
        uint32_t state;  /* END_* */
};

struct line {
        struct line_end ends[2];
        uint32_t holds; /* ends that are not gone */
};

/*
 * The other side of a line, in another domain: what carries the bell there, and back. Made by
 * domain/border.c, which also says when that side is closed; all is called by the end's process.
 */
struct line_far {
        const char *name; /* for reports */
        /* Something was published, settled or closed. */
        void (*ring)(struct line_far *far);
        /* There is nothing to do here. False: there is, after all. */
        bool (*rest)(struct line_far *far);
        void (*close)(struct line_far *far);
        /* The line is gone. The process may be ending. */
        void (*free)(struct line_far *far);
        /* what the other side gets that asks for what is exported; NULL: that of the process */
        struct capability *given;
        struct line *line;
};

struct connection {
        struct wait_list callers; /* that pull, and wait for room; first: see wait_list */
        uint64_t woken; /* the one of them that has room now, and has not tried yet */
        struct held_call *passed, **passed_last; /* calls of others that wait for room, too */
        uint64_t tickets; /* the last that was given to who waits for room */
        struct objects *objects;
        struct connection *next;
        struct line_end *end, *other;
        struct effect effect;
        bool effect_listed;
        bool gone;      /* the other process answers no more */
        bool is_far;    /* the other process is in another domain */
        bool answering; /* its bell: who waits for room is woken at the end of that */
        bool waited;    /* somebody waits for room, or did; else nobody does */
        int broken; /* 0, or what is answered instead of calling over it */
        struct failure *failure; /* why, where it is known */
        struct question **questions;
        uint32_t questions_room, questions_used, questions_free; /* free: numbers, in a list */
        uint32_t questions_count;
        uint32_t beside; /* of all questions; at most MORI_CALLS_BYTES_MAX */
        uint32_t searches; /* for circles, that wait for room (circle.c) */
        /* that stand by for the direct way, with the same number on both sides; or NULL */
        struct question *standing_question;
        struct answer *standing_answer;
        struct answer **answers;
        uint32_t answers_room, answers_count;
        struct export *exports; /* table.c */
        uint32_t exports_room, exports_used, exports_free;
        struct capability **imports;
        uint32_t imports_room;
        struct pending *pending, **pending_last;
        uint32_t pending_count;
        uint32_t kept; /* bytes of calls that are served, as `beside` of who has made them */
};

/* Another domain may have us wait for its room with so many things to be sent. */
#define FAR_PENDING_MAX (1u << 20)

/* What is called. */
struct call_head {
        uint64_t interface;
        uint64_t causality;
        uint64_t deadline; /* the tick (turn/timer.h) behind which nobody waits for it; or 0 */
        uint16_t ordinal;
        uint16_t hops; /* how often it was passed on */
};

/* A call that was passed on so often comes back to where it was, again and again. */
#define CALL_HOPS_MAX 100u

/*
 * A call that waits for what it is to be made on: a capability, or a place in results; or for room,
 * to be passed on.
 */
struct held_call {
        struct held_call *next;
        uint64_t ticket; /* of who waits for room */
        struct call_head head;
        struct message *message;
        struct answer *answer;
        struct capability *capability; /* held; NULL: the place */
        uint16_t path[PLACE_DEPTH_MAX];
        uint8_t depth;
};

struct answer {
        struct pending pending; /* the return */
        struct objects *objects;
        struct connection *connection;
        struct question *question; /* where that is NULL */
        uint32_t id;
        uint32_t kept; /* bytes of its call that were not in the lane */
        bool returned, finished;
        bool timed_out; /* finished because of a deadline */
        int error;
        struct incoming *incoming; /* while it is served */
        struct question *forward;  /* while it is asked elsewhere */
        struct message *results;   /* once returned, where they have capabilities; or pending */
        struct held_call *held, **held_last; /* on places in the results */
        struct answer *held_on; /* while the call is held: on a place in whose results */
        uint64_t held_stamp;    /* when it began to be, or 0: circle.h */
        struct connection *room_of; /* while it waits for room there, to be passed on */
        struct answer *asked_next; /* of those who ask for what the process exports */
        bool asked;
};

/* A call that came, from then until it is answered. */
struct incoming {
        struct incoming *next; /* of those that are to be served */
        struct listed listed;  /* with all of the process */
        struct waiting_call waiting;
        struct object *object; /* held */
        struct answer *answer;
        const void *server;
        uint64_t causality, deadline; /* see struct call_head */
        uint64_t activity; /* its handle, while it is served */
        struct message *parameters;
        mori_ref *references; /* among the parameters: dropped at the end */
        uint32_t references_count;
        bool usual; /* of the usual size */
        uint8_t cancelled; /* enum cancel_level */
        bool queued; /* before its object */
        bool done;   /* served, with this result, for the direct way */
        int result;
        struct question *direct; /* while it is on the direct way (direct.c): that of the caller */
        struct failure *failure; /* what is known of a result below 0, or NULL */
        /* the rest is not cleared: the method's call structure begins with it */
        _Alignas(16) struct mori_call_head call;
};

/* Results of so few words are kept without memory for them. */
#define QUESTION_SMALL_WORDS 4

struct question {
        struct pending pending; /* the finish */
        struct objects *objects;
        struct connection *connection; /* NULL: of a near object */
        struct answer *answer;         /* of a near one */
        struct listed listed; /* with all of the process */
        uint32_t id;
        uint32_t beside; /* bytes of its call that are not in the lane */
        bool returned, finished, wanted;
        bool last; /* it was returned for the last time: no finish is due */
        bool crosses; /* a membrane: it is not counted */
        bool timed_out;
        bool streams;
        int error;
        uint64_t handle; /* of the promise, or 0 */
        mori_ref *references; /* to places, which belong to the promise; or NULL */
        mori_ref few_references[2];
        uint32_t references_count;
        uint32_t params_bytes; /* of a message with pointers; of a stream, what it counts */
        struct message *results; /* kept; or `small` */
        union {
                struct message small;
                struct failure *failure; /* once it has failed: what is known of that, or NULL */
        };
        union {
                uint64_t small_words[QUESTION_SMALL_WORDS];
                struct { /* while `streams`: a call of a stream (stream.h), not returned yet */
                        struct capability *over; /* held */
                        struct question *next;   /* of those behind which somebody waits */
                        struct activity *waiter; /* that */
                } stream;
        };
        struct capability *places;
        struct answer *forward; /* who gets the results instead of us */
        struct crossing *crossing; /* through a membrane (membrane.c) */
        uint64_t handoff; /* that it asks for; of a near one, that it stands for; or 0 */
        struct activity *waiter;
        struct then *then; /* the callback that wants them, or NULL (then.h) */
        const struct mori_method *method;
        struct mori_call_head *call; /* where the waiter wants them */
};

/* ---- connection.c */

/*
 * The connection to another process, whose record is there (bell.h). NULL where memory is
 * exhausted.
 */
struct connection *connection_to(struct objects *objects, struct process *process);
/*
 * A connection to a process of another domain, over lanes that are made; the line has `far` from
 * now on. NULL where memory is exhausted: nothing has happened.
 */
struct connection *connection_far(struct objects *objects, struct line_far *far,
                                  const struct lane_out *out, const struct lane_in *in);
/* The name of the process, or domain, at the other side. */
const char *connection_other(const struct connection *connection);
/* The other side has rung. Its process is loaded. */
void line_far_rung(struct line_far *far);
/* It puts and takes no more; what it has put before is there. */
void line_far_closed(struct line_far *far);
/* Frees those that are broken and of no use any more. */
void connections_trim(struct objects *objects);
/* It is broken, and may be of no use any more: they are trimmed in a turn to come. */
void connection_look(struct connection *connection);
/* The end of the process: all of them. */
void connections_close(struct objects *objects);
/* Something was put: it is to be published. */
void connection_put(struct connection *connection);
/*
 * Who waits for room has it in the order of their tickets: activities that pull, which are woken
 * one after the other, each by the one before when that has found its room; and calls that are
 * passed on for others. Does anybody wait, or has not tried yet?
 */
bool callers_wait_still(struct connection *connection);
static inline bool callers_wait(struct connection *connection)
{
        return unlikely(connection->waited) && callers_wait_still(connection);
}
/* An activity that waits for room; on its stack, and its `wait`. */
struct caller {
        struct connection *room_of; /* where it has waited for room, and was woken; or NULL */
        uint64_t ticket;
};
/* The running activity will wait for room; `again`: it was first, and is. */
void caller_wait(struct connection *connection, struct caller *caller, bool again);
/* A call that is kept waits for room, behind those that do; it is the connection's from now on. */
void passed_wait(struct connection *connection, struct held_call *held);
/* The call of such an answer is not to be passed on any more: what was kept of it. */
struct held_call *passed_forget(struct answer *answer);
/* A number, or room, may be there again: who waits for it is told. */
void room_look_now(struct connection *connection);
static inline void room_look(struct connection *connection)
{
        if (unlikely(connection->waited))
                room_look_now(connection);
}
/* Who was woken has tried; it waits again, or is `done`, and the next may try. */
void caller_tried(struct objects *objects, struct connection *connection, bool done);
/* Has `pending` put, now or when there is room; where the connection is broken, too. */
void connection_send(struct connection *connection, struct pending *pending);

/* ---- verb.c: what is put, and what comes */

/*
 * Each puts a record: 0; -EAGAIN where the lane has no room, -ENOMEM, -ENFILE. The message is that
 * of the draft, or stands by itself. A call's target is an import or a place; NULL: what the other
 * process exports, or who it is where the call is about a hand-off.
 */
int verb_call(struct connection *connection, struct question *question, struct capability *target,
              const struct call_head *head, const struct draft *draft,
              const struct message *message);
int verb_return(struct connection *connection, uint32_t id, int result, const struct draft *draft,
                const struct message *message);
/* Structs of at most so many words go into a lane directly. */
#define FLAT_WORDS_MAX 256u
/*
 * The same of parameters and results without pointers, from the call structure. -EAGAIN, or false:
 * there is no room; other failures of `put`.
 */
int verb_call_flat(struct connection *connection, uint32_t question, struct capability *target,
                   const struct call_head *head, const struct mori_method *method,
                   const void *call);
bool verb_return_flat(struct connection *connection, uint32_t id, const struct mori_method *method,
                      const void *call);
/* False: no room. `timed_out`: a deadline has passed. */
bool verb_finish(struct connection *connection, uint32_t id, bool timed_out);
/* A record as it is. False: no room. */
bool verb_put(struct connection *connection, const void *record, uint32_t bytes);
bool verb_release(struct connection *connection, uint32_t id, uint32_t received);
/* Takes a record: 0, or a negative errno where it is wrong. */
int verb_take(struct connection *connection, const void *record, uint32_t bytes);
/* Frees what a record has that nobody takes. */
void verb_forget(const void *record, uint32_t bytes);

/* ---- table.c: exports and imports; numbers are in table.h */

/* The capability is exported once more: its number. -ENOMEM. */
int64_t export_add(struct connection *connection, struct capability *capability);
/* So many of it are not used any more. 0, or -EPROTO. */
int export_release(struct connection *connection, uint32_t id, uint32_t count);
/* What has come by its number, and a descriptor of that kind, held. NULL: -ENOMEM. */
struct capability *import_add(struct connection *connection, uint32_t id,
                              enum descriptor_kind kind);
void import_drop(struct capability *import);
void tables_free(struct connection *connection);
/* The connection is broken: nothing is called over it any more. */
void imports_break(struct connection *connection, int error);
void exports_break(struct connection *connection);

/* ---- deliver.c */

/* A call of a capability, whose message is only read. */
void call_deliver(struct capability *capability, const struct call_head *head,
                  const struct message *message, struct answer *answer);
/*
 * Asks elsewhere, for an answer of ours: now, or when there is room. What waits is bounded by who
 * has called: it is one of the calls that they have under way. Without a capability what is asked
 * is not what one leads to, but the other process.
 */
void forward(struct capability *capability, struct connection *connection,
             const struct call_head *head, const struct message *message, struct answer *answer);
/* Passes on the first call that waits for room. False: there is none; it waits still. */
bool passed_put(struct connection *connection);
/* Nothing is passed on over it any more. */
void passed_fail(struct connection *connection, int error);
/* Delivers what was sent to near objects. */
void sent_near_run(struct objects *objects);

/* ---- call.c: questions and answers */

/* Of a connection, or of a question. NULL where memory is exhausted. */
struct answer *answer_new(struct connection *connection, struct question *question);
/* The results of a call that was served, from its call structure. */
void answer_give(struct answer *answer, const struct mori_method *method,
                 const struct mori_call_head *call);
/* The results are there: the message is that of the draft, or stands by itself; it is read. */
void answer_return(struct answer *answer, int error, const struct draft *draft,
                   const struct message *message);
/* The same of a message that is only read. */
void answer_pass(struct answer *answer, int error, const struct message *results);
/* It has failed. */
static inline void answer_fail(struct answer *answer, int error)
{
        answer_pass(answer, error, &(struct message){0});
}
/* What a call answers that was never made because nobody wants it any more. */
static inline int answer_end(const struct answer *answer)
{
        return answer->timed_out ? -ETIMEDOUT : -ECANCELED;
}
/* The other side does not want it any more, or has got it. */
void answer_finish(struct answer *answer);
/* A call of a place in the results, whose message is only read. */
void answer_call(struct answer *target, const uint16_t *path, unsigned depth,
                 const struct call_head *head, const struct message *message,
                 struct answer *answer);
/* Frees it as it is. */
void answer_free(struct answer *answer);
/* The same, and its number: it was answered in another way. */
void answer_forget(struct answer *answer);

/* What a question was asked has come, for whoever wants it. */
void question_return(struct question *question, int error, const struct message *results);
/* What was promised will not come. */
void places_break(struct question *question, int error);
/* Nobody wants it any more: asks for its end. What it has promised may fail. */
void question_cancel(struct question *question);
/* Who waits for it waits no longer: it is cancelled, and answered -ETIMEDOUT. */
void question_time_out(struct question *question);
void questions_free_all(struct objects *objects);
/*
 * A new one, which is not asked yet: of a connection, with its number, or of near objects (NULL).
 * 0; -EOVERFLOW where there are MORI_CALLS_MAX, -ENOMEM, or why the connection is broken.
 */
int question_new(struct objects *objects, struct connection *connection,
                 struct question **ret_question);
/* One for a call through a membrane, which is counted already. NULL where memory is exhausted. */
struct question *question_new_crossing(struct objects *objects);
/* Frees it, and its number: it was not asked, or is over. */
void question_free(struct question *question);
/* The same of one that was asked; who waits for a number is told. */
void question_over(struct question *question);
/* Somebody does not want it any more, and may have been the last. It may be freed. */
void question_look(struct question *question);
/*
 * Results into a call structure: what they point to is the call's, references among them the
 * caller's. 0, or a negative errno.
 */
int results_take(struct question *question, struct mori_call_head *call,
                 const struct message *results);
/* References that belong to a promise go with it. */
void promised_drop_all(struct question *question);
static inline void promised_drop(struct question *question)
{
        if (unlikely(question->references != NULL))
                promised_drop_all(question);
}
/* A call that is kept. NULL where memory is exhausted. */
struct held_call *held_new(const struct call_head *head, const struct draft *draft,
                           const struct message *message, struct answer *answer);
/* Frees it, and what it holds. */
void held_free(struct held_call *held);
/* It alone, of which nothing is left. */
void held_forget(struct held_call *held);
/*
 * A message's capabilities as references of ours; of a question's results, or parameters (NULL). 0,
 * or a negative errno: then there are none.
 */
int references_make(struct objects *objects, const struct question *question,
                    const struct message *message, mori_ref **ret_references);

/* ---- direct.c */

/*
 * Asks by the direct way: the caller, which is the running activity, is to wait for the question.
 * NULL: it cannot go this way now, and nothing has happened. The target is an import.
 */
struct question *direct_begin(struct objects *objects, const struct capability *import,
                              const struct mori_method *method, const struct mori_call_head *call);

/* The connection is broken: what stands by on this side is freed. */
void direct_end(struct connection *connection);

/* ---- pull.c: what a program calls */

/* The turn of an activity that pulls a near object has come. */
void pulled_granted(struct waiting_call *waiting);
/* It will not come: it is in the object's queue no more. */
void pulled_refused(struct waiting_call *waiting, int error, struct failure *cause);
/* A place in the results of a question; held once. NULL where memory is exhausted. */
struct capability *promised_new(struct question *question, const uint16_t *path, unsigned depth);
void place_forget(struct capability *place);
int place_status(const struct capability *place);
/* ---- exported.c: with what processes begin to know one another */

/* What the process exports, once it does. */
void answer_exported(struct objects *objects, struct answer *answer);
/* What another process exports, once it does; calls of it wait. 0, -ENOMEM, -ENFILE. */
int object_exported_by(struct process *process, mori_ref *ret_ref);
/* The same of the other side of a connection, or NULL: -ENOMEM. */
int object_exported_over(struct connection *connection, mori_ref *ret_ref);
