/* SPDX-License-Identifier: MIT */
/*
 * Waits: what every call that can wait is made of, and how one is interrupted.
 *
 * A call that waits has two halves. The first is sync code (behind a gate, on the classical stack):
 * it looks whether the activity is cancelled, arms what is waited for, sets the activity's state
 * and `wait`, and answers WAIT_SUSPEND, or the result at once. The second is activity_suspend(), as
 * a tail call, so that a suspended activity keeps nothing of ours on its stack. Whatever ends the
 * wait does the cleaning up, frees its record and calls process_wake() with the answer.
 */
#pragma once

#include "turn/process.h"

#include <mori/scope.h>

/* What a first half answers instead of a result; no result has this value. */
#define WAIT_SUSPEND INT64_MIN

enum cancel_level { CANCEL_NONE, CANCEL_SOFT, CANCEL_HARD, CANCEL_DEADLINE };

/* Answers what a wait of the running activity must answer at once: 0, -ECANCELED or -ETIMEDOUT. */
int wait_cancelled(void);

/* The running activity will wait: its state and what it waits for. Returns the activity. */
struct activity *wait_begin(uint8_t state, void *wait);

/*
 * A list of waiters: a ring through a head whose two links lie as they do in a control block, so
 * that a node is removed without knowing the list. The head stands in a piece of the arena, at a
 * multiple of 16 bytes and at least 32 bytes from its start: as a node it begins 32 bytes before,
 * and only the links are it.
 */
struct wait_list {
        stack_ref next, previous;
};

static inline struct activity *wait_list_node(const struct wait_list *list)
{
        return (struct activity *)((char *)(uintptr_t)list - offsetof(struct activity, link_next));
}

void wait_list_init(struct wait_list *list);
bool wait_list_is_empty(const struct wait_list *list);
/* The node that waits longest, or NULL. An activity, or a select's node (select.h). */
struct activity *wait_list_first(const struct wait_list *list);
void wait_list_add(struct wait_list *list, struct activity *node);
/* Before those that wait: it has waited already. */
void wait_list_add_first(struct wait_list *list, struct activity *node);
void wait_list_remove(struct activity *node);

/*
 * Ends the wait of an activity that has been cancelled. Called for every state; does nothing to one
 * that cannot be interrupted.
 */
void wait_interrupt(struct activity *activity, int error);

/*
 * A wait for an operation: submits it for the running activity, and answers WAIT_SUSPEND, or an
 * error after it has freed it. One that has a `done` of its own does there what it has to, and then
 * calls wait_operation_done().
 */
static inline int64_t wait_operation(struct operation *operation);
/* The same in another state than ACTIVITY_STATE_WAITING_OP, with the operation as its `wait`. */
int64_t wait_operation_as(struct operation *operation, uint8_t state);
/* The same, neither refused nor interrupted by cancellation. */
int64_t wait_operation_quiet(struct operation *operation);

static inline int64_t wait_operation(struct operation *operation)
{
        return wait_operation_as(operation, ACTIVITY_STATE_WAITING_OP);
}

/* An operation is about to be on its file, and on its source; it is no more. */
void wait_files_enter(const struct operation *operation);
void wait_files_leave(struct process *process, uint32_t file, uint32_t source);
/* What is answered instead of -ECANCELED on a file that is being closed: else `result`. */
int32_t wait_files_answer(const struct operation *operation, int32_t result);
void wait_operation_done(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer);

/* Ends of waits that other files know how to interrupt. */
void sleep_interrupt(struct activity *activity, int error);
void select_interrupt(struct activity *activity, int error);
void receive_interrupt(struct activity *activity, int error);
void resolve_interrupt(struct activity *activity, int error);
void promise_interrupt(struct activity *activity, int error);
/* A child process is asked to end; its end is what ends the wait. */
void child_interrupt(struct activity *activity);
void ends_interrupt(struct activity *activity, int error);
/* An activity that a select, mori_wait() or a combination (combine.c) waits for has ended. */
void select_activity_done(struct activity *waiter, struct activity *done);
void ends_activity_done(struct activity *waiter, struct activity *done);
/* An iteration of a wide block has ended; true where its failure is the block's now. */
bool wide_activity_done(struct activity *activity);

/* What a later layer defines (object/pull.c): a call of an object, its turn there. */
void call_interrupt(struct activity *activity, int error);
void turn_interrupt(struct activity *activity, int error);
