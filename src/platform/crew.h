/* SPDX-License-Identifier: MIT */
/*
 * Between call.c, which is an engine's half of a call, and crew.c, which has the threads. Private
 * to src/platform.
 */
#pragma once

#include "base/atomic.h"
#include "platform/call.h"

enum call_state { CALL_GATHERED = 1, CALL_WAITING, CALL_BEGUN, CALL_DONE, CALL_HANDED_OUT };
/*
 * In op_flags, where no flag of the owner's is: it was left (crew_cancel()), and its function has
 * returned.
 */
#define CALL_WAS_LEFT 128u
#define CALL_RAN 64u

/* The engine's words of an operation that is a call. */
struct __attribute__((may_alias)) call_words {
        struct platform_io *io; /* NULL: the simulation's, see crew_run() */
        int32_t result;
        uint32_t state; /* enum call_state */
};

static inline struct call_words *call_words(struct platform_op *op)
{
        return (struct call_words *)(void *)op->engine;
}

static inline unsigned call_kind(const struct platform_op *op)
{
        return op->flags & PLATFORM_CALL_COMPUTES ? 1 : 0;
}

/* Linked through engine_next and engine_previous. */
static inline void call_list_append(struct platform_call_list *list, struct platform_op *op)
{
        op->engine_next = NULL;
        op->engine_previous = list->last;
        if (list->last != NULL)
                list->last->engine_next = op;
        else
                list->first = op;
        list->last = op;
        list->count++;
}

static inline void call_list_remove(struct platform_call_list *list, struct platform_op *op)
{
        if (op->engine_previous != NULL)
                op->engine_previous->engine_next = op->engine_next;
        else
                list->first = op->engine_next;
        if (op->engine_next != NULL)
                op->engine_next->engine_previous = op->engine_previous;
        else
                list->last = op->engine_previous;
        list->count--;
}

static inline struct platform_op *call_list_pop(struct platform_call_list *list)
{
        struct platform_op *op = list->first;

        if (op != NULL)
                call_list_remove(list, op);
        return op;
}

/*
 * Whether to spin before a sleep. To wake somebody on another CPU takes 40 us, so who finds what it
 * waits for within that time by spinning has gained it. But where no other CPU is free spinning
 * takes the time of the very thread that is waited for. So it is done as long as it has been of use
 * of late, and else tried once in a while.
 */
#define CREW_SPIN_NS 50000u
bool crew_spin_try(struct platform_call_patience *patience);
/* How it went: whether something was found, and when the spinning began. */
void crew_spin_learn(struct platform_call_patience *patience, bool found, uint64_t began_ns);

/*
 * Gives a crew all calls of the list, which is empty then, but for those that find its queue full:
 * they stay in the list.
 */
void crew_add(unsigned kind, struct platform_call_list *calls);

enum crew_cancel {
        CREW_GOES_ON,    /* it is with a thread, or done: its completion comes */
        CREW_TAKEN_BACK, /* it had not begun, and is the caller's again */
        CREW_LEFT,       /* it had begun, and its thread has forgotten the operation */
};
enum crew_cancel crew_cancel(struct platform_op *op);

/* Runs a call of the simulation, and waits for its end. Returns its result,
 * and whether it ran. */
int32_t crew_run(const struct platform_op *op, bool *ret_ran);
/* Such a call is done. */
void crew_run_done(struct platform_op *op);

/* Called by a thread, without the lock, with a call that is done. In call.c. */
void call_done(struct platform_op *op);
