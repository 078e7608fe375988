/* SPDX-License-Identifier: MIT */
/*
 * Handing the worker over: a process that will wait for another one, which has nothing to do, has
 * its worker go there at once, and come back after that turn. What is asked for and answered this
 * way needs no queue, no bell and no round of the loop (after the direct process switch of L4:
 * J. Liedtke, "Improving IPC by kernel design", 1993).
 *
 *      idle --handover_claim()--> claimed: nobody else has it
 *        ^                           |    |
 *        +----handover_decline()-----+    +--handover_begin()--> begun, until the turn ends
 *                                                                  |
 *      the first process waits: it is lent, and this seat's; the other one is loaded, and run() is
 *      called, which may enter activities; then the first one is loaded again
 *
 * Where that turn takes so long that the seat is taken from the worker, the lent process goes to
 * whoever takes the seat: nobody waits for a process that it has only called. run() finds out by
 * handover_lender().
 */
#pragma once

#include "turn/process.h"

/*
 * From a turn: has an idle process of the same domain, for a turn of it. False where it is not
 * idle, or there is something before it. Then one of the two that follow is due.
 */
bool handover_claim(struct process *process);
void handover_decline(struct process *process);
/* When the turn is over, run(argument) is called by the loop, with the claimed process loaded. */
void handover_begin(struct process *process, void (*run)(void *argument), void *argument);

/*
 * In run(): the process that has handed over, which is still this seat's and idle, so that what is
 * in it may be touched as if it were loaded; NULL where it is not.
 */
struct process *handover_lender(void);

/* From the loop, after a turn in which something was begun. */
void handover_run(struct worker *worker);
/* A worker has got the seat: a process that the other one has lent is taken over. */
void handover_take_over(struct seat *seat, const struct worker *worker);
