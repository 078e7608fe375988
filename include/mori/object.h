/* SPDX-License-Identifier: MIT */
/*
 * Objects: who is called, and references to them. Interfaces are written in the Cap'n Proto schema
 * language; capnpc-mori makes of each a typed reference, a table of functions for who serves it,
 * and functions that call it (docs/object.md shows them). What stands here is what those are made
 * of, and what is done with a reference whatever its type.
 *
 * Nouns.
 *   object     lives in one process: a table of functions, and a pointer that they get.
 *   reference  a capability: who has it can call the object, and nobody else can. It is a handle of
 *              one word, of the process that has it, and linear: dropped once. A reference that is
 *              used after that, or was made up, abandons the process, with a report.
 *   near       an object is near to the references of its own process. The others are far.
 *   to pull    to call and wait: a call like any other.
 *   to send    to call and go on: what comes back is a promise of the results, and references among
 *              them may be called already (pipelining). It is joined, or a callback has them.
 *
 * Rules.
 *   (1) Calls over one reference arrive in the order in which they were made, pulled or sent; so do
 *       those over its copies, and over a reference that a sent call has promised, also after it
 *       has come. A reference that is passed on takes that along: what was called before arrives
 *       before what is called by who gets it, and it comes to lead to the object's process without
 *       whoever has passed it on. Nothing else is ordered, but by mori_ref_flush().
 *   (2) An object serves one call after the other, in the order of their arrival. Calls of methods
 *       that the schema calls readonly may be served at the same time as others of these, those
 *       that it calls reentrant at any time.
 *   (3) Parameters are the caller's: references among them, too. Who serves the call and wants to
 *       keep one copies it (mori_ref_copy()). Results are the caller's from the return on.
 *   (4) A near call that is pulled, while nothing is in its way, is a call of the function: nothing
 *       is copied. Any other is a message, and so is each that is sent: its data is copied.
 *   (5) Who is cancelled while it waits for a call cancels the call; its wait ends when the object
 *       has finished with it: usually with -ECANCELED, or with a result that came first. A promise
 *       that is dropped cancels its call, and waits for nothing.
 *   (6) The causality goes with the call, and so does the nearest deadline of who calls: what is
 *       waited for where it is served has that, too (mori_time_left() in scope.h). When it passes
 *       the call is cancelled, and who waits for a call that is not near goes on at once, whether
 *       or not the object has finished with it: so a server that never answers holds up nobody for
 *       longer than that.
 *   (7) When nobody has a reference to an object any more, its `gone` is called, once. When a
 *       process ends, its references are dropped, and its objects are gone without that: calls of
 *       them, under way or to come, answer -ECONNRESET.
 *
 * What a call answers: 0; what the function answered that serves it, where that is below 0 (what is
 * above is 0 for who calls, near or far: results say more); or
 *   -ECANCELED               by the waiting scope (scope.h), or the object's side
 *   -ETIMEDOUT               a deadline of these has passed: whether it was served is not known
 *   -ECONNRESET              the object's process is gone: whether it was served is not known
 *   -EOPNOTSUPP              the object does not have the method
 *   -EKEYREVOKED             the reference was revoked (membrane.h): the same is not known
 *   -EBADMSG                 the message is not what the schema says
 *   -EOVERFLOW               too many calls are under way (MORI_CALLS_MAX of a process to another,
 *                            or MORI_CALLS_BYTES_MAX; or sent to its own objects): of sent ones; a
 *                            pulled one waits until there are fewer
 *   -EMSGSIZE                more than MORI_MESSAGE_BYTES_MAX
 *   -EDEADLK                 it would wait for itself: who is served by the object waits for what
 *                            this call is made for; it was not served, and the circle was reported
 *   -EBADF                   MORI_NO_REF was called
 *   -ELOOP                   a promised reference leads to itself, also through other processes
 *   -ENOMEM
 * What is known besides, mori_failure_describe() tells: the text that who serves it has given with
 * mori_fail(), the way that it has come, and of -ECONNRESET the end of the process (failure.h).
 */
#pragma once

#include <mori/failure.h>
#include <mori/process.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mori_wire_reader;
struct mori_wire_writer;

/* A reference. Generated types have it as their one member, `ref`. */
typedef struct mori_ref {
        uint64_t word;
} mori_ref;

#define MORI_NO_REF ((mori_ref){0})

/* Calls that a process has under way to objects of another one. */
#define MORI_CALLS_MAX 4096
/* And the bytes of their parameters, where those of one are more than 16 KiB. */
#define MORI_CALLS_BYTES_MAX (64u << 20)
/* Of the parameters or results of a call. */
#define MORI_MESSAGE_BYTES_MAX (16u << 20)
/*
 * Bytes of calls of a stream that are under way over a reference when its caller is held up; each
 * counts 64 more than its parameters. MORI_STREAM_WINDOW in the environment sets it for all of a
 * program, mori_ref_window() for one reference; up to the maximum.
 */
#define MORI_STREAM_WINDOW 65536
#define MORI_STREAM_WINDOW_MAX (1u << 30)
/* References that a process has; MORI_REFS_MAX in the environment raises it. */
#define MORI_REFS_MAX 1000000

/* ---- References */

/*
 * Another reference to the same object, which the caller owns as well. 0; -EBADF for MORI_NO_REF;
 * -ENOMEM, -ENFILE where the process has MORI_REFS_MAX.
 */
MORI_API int mori_ref_copy(mori_ref ref, mori_ref *ret_ref) MORI_MUST_CHECK;
/* The reference is spent. Takes MORI_NO_REF. Does not wait. */
MORI_API void mori_ref_drop(mori_ref ref);
/* Whether both lead to the same object, as far as is known: promised ones that are still to come
 * are the same only where they are promised by the same call. */
MORI_API int mori_ref_same(mori_ref a, mori_ref b);
/*
 * 0 where it leads to an object; -EAGAIN where that is still to come; what calls over it would
 * answer, where it is known that they fail.
 */
MORI_API int mori_ref_status(mori_ref ref);

/*
 * Waits until all calls that were made over this reference before, or over its copies, pulled and
 * sent, are with the object: in its process, and in their places before it. It does not wait for
 * them to be served: that is what joining them is for. From then on, whoever calls the object,
 * told by who knows that this has returned, comes behind them; so that is the order of calls from
 * several sides, without a wait for each. Returns 0, or what calls answer that fail: it is not
 * known then which of those before have come.
 */
MORI_API MORI_ASYNC int mori_ref_flush(mori_ref ref) MORI_MUST_CHECK;

/* ---- Interfaces, as they are generated */

enum {
        MORI_METHOD_READONLY = 1,  /* served beside others of these */
        MORI_METHOD_REENTRANT = 2, /* served at any time */
        MORI_METHOD_STREAM = 4,    /* not waited for, see mori_object_stream(); neither of these */
};

/* A method, as callers and servers must know it. Constant. */
struct mori_method {
        const char *name;   /* "Calculator.add" */
        uint64_t interface; /* its number in the schema */
        uint16_t ordinal;
        uint16_t flags;
        uint16_t call_bytes; /* of its call structure, which begins with a struct mori_call_head */
        /* of the structs of parameters and results, in words */
        uint16_t params_data, params_pointers, results_data, results_pointers;
        /* Calls the function in the server's table: `server` is that of the method's interface. */
        MORI_ASYNC int (*serve)(const void *server, void *self, void *call);
        /* From the call structure into a message, and back. 0, or a negative errno. */
        int (*put_params)(const void *call, const struct mori_wire_writer *to);
        int (*get_params)(void *call, const struct mori_wire_reader *from);
        int (*put_results)(const void *call, const struct mori_wire_writer *to);
        int (*get_results)(void *call, const struct mori_wire_reader *from);
};

/* An interface that another one extends, itself included, and where its table is in that one's. */
struct mori_interface_part {
        uint64_t interface;
        size_t table;
        const struct mori_method *methods; /* by ordinal */
        uint16_t methods_count;
};

/* An interface, as an object is made with it. Constant. */
struct mori_interface {
        const char *name;
        uint16_t parts_count;
        const struct mori_interface_part *parts; /* its own first */
};

/* ---- Serving */

/*
 * What every call structure begins with. It is the runtime's; all 0 where a call begins.
 */
struct mori_call_head {
        void *memory; /* of mori_call_alloc(), and what results point to */
        void *record;
};

/*
 * Makes an object of the running process. `server` and what it points to must last as long as the
 * object; `gone`, if it is not NULL, is called with `self` when nobody has a reference any more: a
 * sync function, in a turn of its own. 0; -EINVAL, -ENOMEM, -ENFILE.
 */
MORI_API int mori_object_new(const struct mori_interface *interface, const void *server, void *self,
                             void (*gone)(void *self), mori_ref *ret_ref) MORI_MUST_CHECK;

/*
 * What this process gives to its holder (process.h), who may ask for it. Once: 0; -EALREADY,
 * -EBADF, -ENOMEM.
 */
MORI_API int mori_export(mori_ref ref) MORI_MUST_CHECK;
/*
 * What a process that the running one holds has exported, or will: calls of it wait for that. 0;
 * -ESRCH where it does not hold it, -EOVERFLOW, -ENOMEM, -ENFILE.
 */
MORI_API int mori_process_exported(mori_process process, mori_ref *ret_ref) MORI_MUST_CHECK;

/*
 * Memory for results, of who serves a call: `bytes`, at a multiple of 16, with whatever was there.
 * It lasts until the caller has done with the results, who gets what they point to and nothing
 * beside. NULL where memory is exhausted.
 */
MORI_API void *mori_call_alloc(struct mori_call_head *call, size_t bytes);
/* The same, zeroed. */
MORI_API void *mori_call_alloc_zero(struct mori_call_head *call, size_t bytes);
/* Frees what results point to. Of a caller that has done with them; once or many times. */
MORI_API void mori_call_free(struct mori_call_head *call);

/* ---- Calling */

/*
 * Pulls: has the method served with the parameters in the call structure, whose results are there
 * when it returns 0. References among the results are the caller's; what others point to lasts
 * until mori_call_free().
 */
MORI_API MORI_ASYNC int mori_object_call(mori_ref ref, const struct mori_method *method,
                                         void *call) MORI_MUST_CHECK;

/*
 * Pulls a method of a stream (docs/object.md): makes the call, and waits only while there is no
 * room for the next one (mori_ref_window()), not for it to be served. 0 says that it is on its way.
 * The first of them that fails fails the stream: from then on this answers the same, and the object
 * does so to all calls, of whatever method, without serving them. An ordinary call over the
 * reference comes behind, and so says whether all were served. Where the waiting scope is cancelled
 * before the call was made, -ECANCELED; behind that, 0 at once.
 */
MORI_API MORI_ASYNC int mori_object_stream(mori_ref ref, const struct mori_method *method,
                                           void *call) MORI_MUST_CHECK;
/*
 * How much of streams may be under way over this reference and its copies: bytes, 1 to
 * MORI_STREAM_WINDOW_MAX. 0; -EINVAL, -EBADF, -ENOMEM.
 */
MORI_API int mori_ref_window(mori_ref ref, size_t bytes) MORI_MUST_CHECK;

/* The promise of a call that was sent: linear, joined, dropped or given a callback, once. */
typedef struct mori_sent {
        uint64_t word;
} mori_sent;

/*
 * Sends: what could not be sent is a promise that has failed. The parameters may be forgotten when
 * it returns.
 */
MORI_API mori_sent mori_object_send(mori_ref ref, const struct mori_method *method,
                                    const void *call);
/*
 * Waits for the results, which are in the call structure where it returns 0, as mori_object_call()
 * says. The promise is spent, whatever the answer.
 */
MORI_API MORI_ASYNC int mori_sent_join(mori_sent sent, void *call) MORI_MUST_CHECK;
/* Nobody wants the results: the promise is spent, and the call cancelled. */
MORI_API void mori_sent_drop(mori_sent sent);
/*
 * In place of a join, also by code that is not async: when the answer is there, `answered` is
 * called with the callback and the context, once, as the callback of a promise (promise.h, rules 1,
 * 2, 7 and 8) that has settled when the answer came: in a turn of its own, never before this
 * returns. `error` is what a join answers, and what is known of it mori_failure_describe() tells
 * there. Where that is 0, `call` is the call structure: references among the results are the
 * callback's, what others point to lasts until it returns. Else it is NULL. Generated code has it,
 * typed.
 *
 * The promise is spent when it is called. Until then it can be called over (mori_sent_ref()), and
 * dropped: then the callback is not called. Nothing else drops it: what was sent goes on where the
 * scope of who has sent it ends. *sent is another word afterwards where the call was not sent.
 * Returns 0; -EINVAL for NULL, -ENOMEM, -ENFILE, -ENOBUFS (a limit of promises): then nothing has
 * happened.
 */
typedef void mori_sent_answered(void (*callback)(void), void *context, int error, void *call);
MORI_API int mori_sent_then(mori_sent *sent, mori_sent_answered *answered, void (*callback)(void),
                            void *context) MORI_MUST_CHECK;
/*
 * The reference that the results will have at a place: pointer `path[0]` of the results' struct, or
 * in the struct that it leads to pointer path[1], and so on, at most 8. It can be called at once,
 * belongs to the promise, and goes with it: copy it to keep it. MORI_NO_REF where memory or a limit
 * is exhausted.
 */
MORI_API mori_ref mori_sent_ref(mori_sent sent, const uint16_t *path, unsigned count);

#ifdef __cplusplus
}
#endif
