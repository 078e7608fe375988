/* SPDX-License-Identifier: MIT */
/*
 * Failures of calls on their way to who has called (turn/failure.h). What is known of one besides
 * its errno is the message of its return: a struct like Exception of rpc.capnp, with what mori adds
 * behind it. A return without one says that there is no more to know.
 *
 *      struct Failure {
 *        reason @0 :Text;                     # as in Exception, like the next four
 *        obsoleteIsCallersFault @1 :Bool;     # not written
 *        obsoleteDurability @2 :UInt16;       # not written
 *        type @3 :UInt16;                     # enum mori_failure_kind, 0 where that is above 3
 *        trace @4 :Text;                      # not written between processes of a domain
 *        links @5 :List(Link);
 *        error @6 :Int32;
 *        linksLeftOut @7 :UInt16;
 *      }
 *      struct Link { process @0 :Text; method @1 :Text; error @2 :Int32; }
 *
 * The link of a call is made where its return comes to: there it is known which process was asked,
 * whatever that one says. A near call has none.
 */
#pragma once

#include "object/connection.h"
#include "object/message.h"

#include "turn/failure.h"

/* The call has failed; what is known of it may be NULL. */
void answer_fail_because(struct answer *answer, int error, const struct failure *failure);
/* The same of one that was served, or is not to be. */
void answer_refuse(struct answer *answer, int error, const struct failure *failure);

/* What is known of what a question was answered, with its link; counted, or NULL. */
struct failure *question_failure(const struct question *question, int error,
                                 const struct message *results);

/* An activity of the process fails; the count is taken over, which may be NULL. */
static inline void activity_fails(struct objects *objects, const struct activity *activity,
                                  struct failure *failure)
{
        failure_set(objects->process,
                    (uint64_t)activity->segment.generation << 32 | stack_ref_of(activity),
                    failure);
}
/* A call of the running activity is not made. Returns `error`; the cause may be NULL. */
static inline int call_refused(struct objects *objects, int error, struct failure *cause)
{
        activity_fails(objects, worker_self()->activity, failure_ref(cause));
        return error;
}
/* The same of one that has waited for a question: that has failed, or its results were no good. */
static inline void question_fails(const struct question *question,
                                  const struct activity *activity)
{
        activity_fails(question->objects, activity,
                       question->error < 0 ? failure_ref(question->failure) : NULL);
}
