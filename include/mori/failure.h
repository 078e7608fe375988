/* SPDX-License-Identifier: MIT */
/*
 * Failures: what stands beside the negative errno that a call answers. An errno is passed up from
 * function to function; its text, and who has answered it, stay with the activity, and cost nothing
 * where nothing fails.
 *
 * Who finds out that something fails says why:
 *
 *         static async int open(void *self, struct bank_open_call *call)
 *         {
 *                 if (call->amount < 0)
 *                         return mori_fail(-ERANGE, "%d is no amount", (int)call->amount);
 *
 * and who wants to know asks, with the errno, anywhere up the calls, in the same process or in
 * another one that has called an object there:
 *
 *         int error = await bank_open(bank, -7, &account);
 *         char text[200];
 *
 *         if (error < 0)
 *                 await mori_print(mori_stderr(), "%s\n",
 *                                  mori_failure_describe(error, text, sizeof text));
 *
 * which prints: -7 is no amount [ERANGE], answered by Bank.open of process bank
 *
 * Nouns.
 *   failure  an errno below 0, its kind, and what is known besides: a text, and links
 *   kind     what a caller can do about it (enum mori_failure_kind); it follows from the errno
 *   link     another process that has answered it, and the interface and the method that were
 *            called there. Each that it passes through adds one: so they are the chain of its
 *            causes. A call of a near object adds none.
 *
 * Rules.
 *   (1) An activity has one failure, the last one: of a call of an object that it has waited for
 *       (mori/object.h), or of mori_fail(). It is not touched by waits, by other activities, or by
 *       what fails otherwise, a near call that says nothing or a join for instance: so it is asked
 *       for with an errno, and where that is another one there is nothing to tell but the errno and
 *       its kind. Where it is the same by chance, the last one that had something to say is told.
 *   (2) A failure that who serves a call returns goes to the caller with its text and links, where
 *       it is the last one of the activity that serves and has the errno that is returned.
 *   (3) What a failure is told as is a copy, and the caller's.
 *   (4) Of a text MORI_FAILURE_TEXT_MAX bytes are kept, of links MORI_FAILURE_LINKS_MAX: the
 *       nearest go first, the one with which it began stays, and how many are left out is told. Of
 *       a process the failures of MORI_FAILURES_MAX activities are kept; then some of others
 *       are forgotten, as all are where memory is exhausted: the errno is never lost.
 *   (5) The reports of a failure that nobody has seen tell all that is known of it; the end of a
 *       process that failed has the text (mori/process.h).
 */
#pragma once

#include <mori/base.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Kinds. The first four are those of Cap'n Proto's rpc.capnp (Exception.Type), with its numbers.
 * Each errno has one; those that are not named here are MORI_FAILURE_FAILED.
 */
enum mori_failure_kind {
        MORI_FAILURE_FAILED = 0, /* anything else */
        /* later it may go: EOVERFLOW, ENOMEM, ENFILE, EMFILE, ENOBUFS, EDQUOT */
        MORI_FAILURE_OVERLOADED = 1,
        /* the object is gone, and what has become of the call is not known: ECONNRESET, EPROTO */
        MORI_FAILURE_DISCONNECTED = 2,
        MORI_FAILURE_UNIMPLEMENTED = 3, /* EOPNOTSUPP, ENOSYS */
        MORI_FAILURE_CANCELLED = 4,     /* ECANCELED, ETIMEDOUT */
        MORI_FAILURE_REVOKED = 5,       /* EKEYREVOKED: the reference; as of DISCONNECTED */
        MORI_FAILURE_DEADLOCKED = 6,    /* EDEADLK: it would have waited for itself */
};

/* Of an errno, below 0 or not. */
MORI_API enum mori_failure_kind mori_failure_kind_of(int error);
/*
 * The errno, below 0, of a failure of which nothing but the kind is known: the first that stands
 * with it above; -EREMOTEIO for MORI_FAILURE_FAILED, and for what is none of these.
 */
MORI_API int mori_failure_error_of(enum mori_failure_kind kind);
/* "failed", "overloaded", ... Constant. */
MORI_API const char *mori_failure_kind_name(enum mori_failure_kind kind);

/* Bytes of a text that are kept; links; bytes of the names of a process and a method in these. */
#define MORI_FAILURE_TEXT_MAX   1023
#define MORI_FAILURE_LINKS_MAX  8
#define MORI_FAILURE_NAME_MAX   23
#define MORI_FAILURE_METHOD_MAX 43
/* Activities of a process whose failures are kept. */
#define MORI_FAILURES_MAX 4096

/* A process, and the method of an object in it, whose call has answered `error`. */
struct mori_failure_link {
        int error;
        char process[MORI_FAILURE_NAME_MAX + 1];
        char method[MORI_FAILURE_METHOD_MAX + 1]; /* "Bank.open"; empty where it is not known */
};

/* A failure, as a value. */
struct mori_failure {
        int error; /* below 0 */
        enum mori_failure_kind kind;
        /* the latter before the last of those that are here */
        unsigned links_count, links_left_out;
        struct mori_failure_link links[MORI_FAILURE_LINKS_MAX]; /* the nearest first */
        char text[MORI_FAILURE_TEXT_MAX + 1];                   /* or empty */
};

/*
 * The running activity fails: `error`, below 0, and why, as printf() has it. Returns `error`. What
 * failed before is forgotten. Of 0 or above: does nothing, and returns it.
 */
MORI_API int mori_fail(int error, const char *format, ...)
        __attribute__((__format__(__printf__, 2, 3)));
/*
 * The same because of what the activity has failed with last, another errno perhaps: that one's
 * text stands behind this one, after ": ", and its links stay.
 */
MORI_API int mori_fail_because(int error, const char *format, ...)
        __attribute__((__format__(__printf__, 2, 3)));

/*
 * What is known of the errno that the running activity has got (1). Fills in all of it, in any
 * case: where nothing is known the text is empty, and there are no links.
 */
MORI_API void mori_failure_get(int error, struct mori_failure *ret_failure);
/*
 * The same in words, on one line: at most `bytes` - 1 bytes and a 0. The text, or what strerror()
 * says where there is none; the errno's name; and the links. Returns `text`.
 */
MORI_API char *mori_failure_describe(int error, char *text, size_t bytes);

#ifdef __cplusplus
}
#endif
