/* SPDX-License-Identifier: MIT */
/*
 * Objects and who refers to them, inside of one process. docs/object.md has the nouns and the way
 * of a call; connection.h what goes to other processes.
 *
 * A capability is what references lead to. It is counted: by the handles that stand for it, by the
 * tables of connections that export it, and by messages that it is in.
 *
 *      CAPABILITY_OBJECT   an object of this process
 *      CAPABILITY_IMPORT   one that the process at the other end of a connection has exported
 *      CAPABILITY_PLACE    a place in the results of a question: that capability, once it is there
 *      CAPABILITY_BROKEN   none: calls answer `error`
 *      CAPABILITY_SAME     what another capability is: a place that has come
 *      CAPABILITY_WRAPPED  another one behind a membrane (membrane.h)
 *
 * Invariants.
 *  (1) A place becomes another capability only where nothing was called over it, or where both ways
 *      are the same connection: so what was called before arrives before.
 *  (2) An object serves at most one call that is neither readonly nor reentrant, and then no
 *      readonly one. Who waits, waits in the order of arrival.
 *  (3) A call that is served holds its object.
 *  (4) An object that is broken (object_break()) has an interface without methods: so it is looked
 *      at only where it has not got one.
 */
#pragma once

#include "activity/wait.h"
#include "base/list.h"
#include "object/handle.h"
#include "turn/bell.h"
#include "turn/process.h"

#include <mori/object.h>
#include <mori/wire.h>
#include <mori/wire_build.h>

#include <stdlib.h>
#include <string.h>

struct answer;
struct call_head;
struct connection;
struct export_of;
struct failure;
struct incoming;
struct membrane;
struct message;
struct objects;
struct question;
struct stream;

enum capability_kind {
        CAPABILITY_OBJECT,
        CAPABILITY_IMPORT,
        CAPABILITY_PLACE,
        CAPABILITY_BROKEN,
        CAPABILITY_SAME,
        CAPABILITY_WRAPPED,
};

#define PLACE_DEPTH_MAX 8

/* What waits for room in a lane; embedded. */
struct pending {
        struct pending *next;
        bool (*put)(struct connection *connection, struct pending *pending); /* false: no room */
        bool waits;
};

struct capability {
        uint32_t count;
        uint8_t kind;
        bool called : 1; /* something was called over it */
        bool is_block : 1; /* and not a part of an object */
        bool old : 1;    /* the way that one which is handed off had before (handoff.c) */
        /*
         * Of an import, or a place that has come: what it leads to may be another process's, or
         * reached in another way (handoff.h). 1, and more for each time that was asked in vain;
         * then it is asked again after `patience` calls more.
         */
        uint8_t elsewhere, patience;
        struct objects *objects;
        struct listed listed; /* with all of the process */
        struct export_of *exports; /* where it is exported (table.c) */
        struct listed *wrappers;   /* what has wrapped it: wrapped.of_inner */
        struct stream *stream;     /* of calls over it, or NULL (stream.h) */
        union {
                struct {
                        struct pending pending; /* its release */
                        struct connection *connection;
                        uint32_t id;
                        uint32_t received; /* how often it came */
                } import;
                struct {
                        struct question *question;
                        struct capability *next; /* of the same question */
                        uint16_t path[PLACE_DEPTH_MAX];
                        uint8_t depth;
                        uint64_t reference; /* the promise's own handle of it, or 0 */
                } place;
                struct {
                        struct membrane *membrane;
                        struct capability *inner; /* held */
                        struct listed of_membrane, of_inner;
                        bool inward; /* of the outside, for those inside */
                } wrapped;
                struct capability *same;
                struct {
                        int error;
                        struct failure *failure; /* what is known of it, or NULL */
                };
        };
};

/* Who waits before an object: a call that came, or an activity that pulls. */
struct waiting_call {
        struct waiting_call *next;
        const struct mori_method *method;
        struct incoming *incoming; /* or NULL: */
        struct activity *activity;
        uint64_t stamp; /* when it began to wait: circle.h */
};

struct object {
        struct capability capability; /* first */
        const struct mori_interface *interface;
        const void *server;
        void *self;
        void (*gone)(void *self);
        struct object *gone_next;
        uint32_t readers; /* that are served */
        /* who is served alone: an activity that pulls, or a struct incoming + OBJECT_INCOMING */
        uintptr_t writer;
        struct waiting_call *first, **last; /* who waits */
        int error; /* 0, or what it answers since a call of a stream has failed */
        struct failure *failure; /* why, or NULL */
};

#define OBJECT_INCOMING 1u

/* Memory for things of one size, that was freed and is kept for the next. */
struct spares {
        void *first; /* each begins with the address of the next */
        uint32_t count;
};

/* NULL where there is none. */
static inline void *spare_pick(struct spares *spares)
{
        void *spare = spares->first;

        if (unlikely(spare == NULL))
                return NULL;
        memcpy(&spares->first, spare, sizeof spares->first);
        spares->count--;
        return spare;
}

#define SPARED_MAX 256u

/* What malloc() has given; freed where there are many. */
static inline void spare_give(struct spares *spares, void *spare)
{
        if (unlikely(spares->count >= SPARED_MAX)) {
                free(spare);
                return;
        }
        memcpy(spare, &spares->first, sizeof spares->first);
        spares->first = spare;
        spares->count++;
}

static inline void spares_free(struct spares *spares)
{
        void *spare;

        while ((spare = spare_pick(spares)) != NULL)
                free(spare);
}

/* What a process has of all this. */
struct objects {
        struct owned owned;
        struct process *process;
        struct handles references; /* of struct capability */
        struct handles sents;      /* of struct question */
        struct handles membrane_handles;
        struct handles handoffs; /* that this process has asked for: struct handoff */
        struct connection *connections;
        bool trims; /* some of them may be of no use any more */
        struct bell bell;          /* our own: something is to be done in a turn */
        bool running;              /* that is done now, or will be in this turn */
        struct object *gone;       /* whose `gone` is to be called */
        struct incoming *granted, **granted_last; /* to be served */
        struct held_call *sent, **sent_last;      /* what was sent to near objects */
        /* all there are, for the end of the process */
        struct listed *capabilities, *incoming, *questions, *membranes;
        /* what was freed, for the next: a call needs no memory but what was there */
        struct spares questions_spare, answers_spare, incoming_spare;
        uint32_t near; /* calls of our own objects that are under way, or promised */
        uint32_t nested; /* membranes that the call which is delivered goes through */
        struct capability *exported; /* what the process gives to others, see mori_export() */
        struct answer *asked;        /* who waits for that */
};

/* Of the running process; made where there were none. NULL where memory is exhausted. */
struct objects *objects_self(void);
/* The same of a process that is loaded. */
struct objects *objects_of(struct process *process);

/* ---- capability.c */

static inline struct capability *capability_hold(struct capability *capability)
{
        capability->count++;
        return capability;
}
/* Nobody holds it any more: frees it. */
void capability_over(struct capability *capability);
/* Takes NULL. */
static inline void capability_drop(struct capability *capability)
{
        if (capability != NULL && --capability->count == 0)
                capability_over(capability);
}
/* A new one, held once. NULL where memory is exhausted. */
struct capability *capability_new(struct objects *objects, enum capability_kind kind);
/* What it leads to, behind those that are the same. */
static inline struct capability *capability_resolve(struct capability *capability)
{
        while (unlikely(capability->kind == CAPABILITY_SAME))
                capability = capability->same;
        return capability;
}
/* The same, behind membranes, too. */
struct capability *capability_behind(struct capability *capability);
/* A place has come, or an import is broken: it is `same` from now on, of which it takes a hold. */
void capability_become(struct capability *capability, struct capability *same);
void capability_break(struct capability *capability, int error, struct failure *failure);
/* Of a reference, which is checked: abandons the process. NULL for MORI_NO_REF. */
struct capability *reference_find(struct objects *objects, mori_ref ref);
/* A reference is kept by who has it: it need not go by way of who has given it (handoff.h). */
void reference_kept(struct objects *objects, mori_ref ref);
/* A handle for it, which takes over a hold, also where it fails. 0, -ENOMEM, -ENFILE. */
int reference_new(struct objects *objects, struct capability *capability, mori_ref *ret_ref);

static inline struct object *object_of(struct capability *capability)
{
        return (struct object *)capability;
}

/* Counts it, and links it with all that there are; for who has memory for a larger one. */
void capability_init(struct capability *capability, struct objects *objects,
                     enum capability_kind kind);
/* Frees its memory. */
void capability_free(struct capability *capability);

/* ---- dispatch.c */

/*
 * A call that is to be served. Its call structure has its head, and no more. It holds the object.
 * NULL where memory is exhausted.
 */
struct incoming *incoming_new(struct object *object, const struct mori_method *method,
                              const void *server, struct answer *answer,
                              const struct call_head *head);
/* What its parameters point to is its own from now on; takes NULL. */
void incoming_keep(struct incoming *incoming, struct message *message, mori_ref *references,
                   uint32_t count);
/* Its parameters are there: it is served when its turn comes. */
void incoming_enter(struct incoming *incoming);
/*
 * The same for one on the direct way: true where it was begun, and may be done. Else it waits, and
 * goes on as any other. From the loop.
 */
bool incoming_serve_now(struct incoming *incoming);
/* What was served is answered, and the next is let in. */
void incoming_answer(struct incoming *incoming, int result);
/* The same of one that needs no answer any more. */
void incoming_over(struct incoming *incoming);
/*
 * Who has called does not want it any more: -ECANCELED, or -ETIMEDOUT. It is answered all the same,
 * perhaps at once.
 */
void incoming_cancel(struct incoming *incoming, int error);
/* One that did not enter. */
void incoming_free(struct incoming *incoming);
/* Frees those that are left when the process ends. */
void incoming_free_all(struct objects *objects);

/* Who stands first before an object is let in, and so on. */
void object_grant(struct object *object);

/* The method of an interface, and the server's table for it. NULL: it has none. */
static inline const struct mori_method *object_method(const struct object *object,
                                                      uint64_t interface, uint16_t ordinal,
                                                      const void **ret_server)
{
        const struct mori_interface_part *part = object->interface->parts;
        const struct mori_interface_part *end = part + object->interface->parts_count;

        while (unlikely(part->interface != interface))
                if (++part == end)
                        return NULL;
        *ret_server = (const char *)object->server + part->table;
        return likely(ordinal < part->methods_count) ? &part->methods[ordinal] : NULL;
}

/*
 * Of what mori_ref_flush() asks: no schema has this number, because capnp's have the top bit. (1 is
 * that of handoff.h.)
 */
#define FLUSH_INTERFACE 2u

/* A call of no method that the object has: is it answered all the same, by 0? */
static inline bool flush_is_asked(uint64_t interface)
{
        return interface == FLUSH_INTERFACE;
}

static inline bool object_is_free(const struct object *object, const struct mori_method *method)
{
        if (method->flags & MORI_METHOD_REENTRANT)
                return true;
        if (object->writer != 0)
                return false;
        return (method->flags & MORI_METHOD_READONLY) || object->readers == 0;
}

static inline void object_take(struct object *object, const struct mori_method *method,
                               uintptr_t who)
{
        if (method->flags & MORI_METHOD_REENTRANT)
                return;
        if (method->flags & MORI_METHOD_READONLY)
                object->readers++;
        else
                object->writer = who;
}

/* The call may be served now, for `who` (struct object): true. Else `waiting` is in the queue. */
static inline bool object_enter(struct object *object, struct waiting_call *waiting,
                                uintptr_t who)
{
        if (likely(object->first == NULL && object_is_free(object, waiting->method))) {
                object_take(object, waiting->method, who);
                return true;
        }
        waiting->next = NULL;
        *object->last = waiting;
        object->last = &waiting->next;
        return false;
}

static inline void object_leave(struct object *object, const struct mori_method *method)
{
        if (!(method->flags & MORI_METHOD_REENTRANT)) {
                if (method->flags & MORI_METHOD_READONLY)
                        object->readers--;
                else
                        object->writer = 0;
        }
        if (unlikely(object->first != NULL))
                object_grant(object);
}

/* Takes one that waits out of the queue. */
void object_forget(struct object *object, struct waiting_call *waiting);
/*
 * A call of a stream has failed: those behind it are not to be served as if it had not. Who waits,
 * and all calls to come, answer the same.
 */
void object_break(struct object *object, int error, const struct failure *failure);
/* Nobody has a reference any more. */
void object_gone(struct object *object);
/*
 * Something is to be done by objects_run(): it will be called, where that is not just being done.
 */
void objects_look(struct objects *objects);
/* Serves what may be served, and calls what is to be called. Between turns. */
void objects_run(struct objects *objects);
