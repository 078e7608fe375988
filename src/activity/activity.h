/* SPDX-License-Identifier: MIT */
/*
 * Activities, for the other files of this layer: see activity.c for how cancellation goes through
 * the tree.
 */
#pragma once

#include "turn/process.h"

#include <mori/scope.h>

/* Flags of a lexical scope. */
#define SCOPE_SHIELD 1u
#define SCOPE_SOFT 2u
#define SCOPE_ENDED 4u /* its end was reached: nothing is left in it */
#define SCOPE_DEFER 8u

/* Raises the level of an activity as a whole, or of one of its blocks, and of everything below. */
void activity_cancel(struct activity *activity, uint8_t level);
void activity_cancel_scope(struct activity *activity, struct mori_scope *block, uint8_t level);
/* Recomputes the effective level after a block was entered or left. */
void activity_level_update(struct activity *activity);

/*
 * The nearest deadline of the running activity, of all scopes that it is in and no shield keeps
 * out: its tick (turn/timer.h), or 0 where there is none.
 */
static inline uint64_t scope_deadline(void)
{
        uint64_t scope_deadline_find(void);

        return likely(worker_self()->process->deadlines == 0) ? 0 : scope_deadline_find();
}
/* What is left until a tick, in ns: at least 0. */
int64_t deadline_left(uint64_t tick);
/* The tick in which a token is cancelled, or 0. */
uint64_t token_deadline(const struct mori_token *token);

/* Attaches a block that has no token yet: that of an activity, or one that stands for a promise. */
void token_attach(struct mori_token *token, struct mori_scope *block);
/* Lets go of the token that a block is attached to, if any. */
void token_detach(struct mori_scope *block);
/* The token of a block that stands for a promise was raised. */
void promise_token_raised(struct mori_scope *block, uint8_t level);

/*
 * Whose handle it is; NULL where the activity is gone, or never was one. Any word may be asked
 * about.
 */
struct activity *activity_of_handle(mori_activity handle);
static inline mori_activity activity_handle_of(const struct activity *activity)
{
        return (mori_activity){(uint64_t)activity->segment.generation << 32 |
                               stack_ref_of(activity)};
}
/* The result of one that is done where it says failure, else 0. */
int activity_failure(const struct activity *activity);
/* The same before the result is in its place. */
int activity_failure_of(const struct activity *activity, int32_t result);
/* Reports a failure that nobody saw, unless it comes of a cancellation. */
void activity_report_unseen(const struct activity *activity, const char *what);
/* Takes it from the list of its owner. */
void activity_unlink(struct activity *activity);
/*
 * Called by assembly when an activity returns, with the lower half of its %rax, while its own scope
 * owns others.
 */
MORI_ASYNC void activity_leave_root_scope(int32_t result);
