/* SPDX-License-Identifier: MIT */
/*
 * Bells: how processes call at one another's door, without memory for it.
 *
 * Nouns.
 *   bell    belongs to one process, which answers it, and is embedded in something that both sides
 *           know. Others ring it.
 *   to ring the process will answer, once, when it has its turns, with what was written before the
 *           ring in its sight. A bell that has been rung and not answered is not rung again.
 *   to hold a process's record stays where it is while it is held, though the process may be gone:
 *           so a bell may be rung as long as its process is held.
 *
 *      silent --bell_ring()--> rung, in the process's stack --bells_take()--> heard, in its list
 *        ^                                                                      |           |
 *        +-- bells_answer(): silent, and answered <------------------------------+           |
 *                                    answered, `closing` <--the process ends: bells_close()--+
 *
 * Invariants.
 *  (1) A bell is in the stack or in the list once, while it is rung.
 *  (2) What was put where a bell's owner looks, before the ring, is seen by the answer; a ring that
 *      comes while the bell is answered is answered again.
 *  (3) After bells_close() no bell of the process is rung any more: bell_ring() says so.
 */
#pragma once

#include "turn/process.h"

struct bell {
        struct bell *next; /* in the stack, or in the list */
        struct process *process;
        /* Called between turns, with the process loaded; `closing`: for the last time. */
        void (*answer)(struct bell *bell, bool closing);
        uint32_t rung;
};

/* From any thread, while the bell's process is held. False: it is gone, or about to be. */
bool bell_ring(struct bell *bell);

/* Hears what was rung: it has turns for that now. The process is loaded. */
void bells_take(struct process *process);
/* Answers what was heard, oldest first: a turn of the process's. */
void bells_answer(struct process *process);
/*
 * In an answer: there is more to do, and the others have their turns first. As if it had been rung.
 */
void bell_again(struct bell *bell);
/* The end of the process: the last answers. */
void bells_close(struct process *process);

/* Keeps the record of a process; from whoever holds it already, or is its loop. */
void process_hold(struct process *process);
void process_release(struct process *process);
