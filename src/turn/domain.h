/* SPDX-License-Identifier: MIT */
/*
 * A domain: the seats of one OS process, and the processes that they run.
 *
 * Nouns.
 *   seat       a core's run queue of processes, its timers and its completion engine (seat.h)
 *   to have    a process is had by at most one seat at a time, or by nobody: `holder` says whose
 *              it is. Only a seat that has a process may touch what is in it.
 *   home       the seat that has it, or had it last: `process->seat`
 *   letter     something that comes for a process from elsewhere: a post, or a completion that
 *              arrived at a seat that has not got the process. Timers that are due come in a list
 *              of their own.
 *   to move    to be given from one seat to another, between two turns
 *
 * Who has a process.
 *
 *      nobody (it has no turns) --a completion, a timer at seat s: seat_claim()--> s, loaded
 *      nobody --a letter from anywhere: process_notify()--> its home, in the queue
 *      s, in the queue --the loop of s: process_load()--> s, loaded
 *      s, in the queue --another seat has nothing to do: seat_steal()--> that seat, loaded
 *      s, loaded --process_unload(): it has turns, or letters--> s, in the queue
 *      s, loaded --process_unload(): nothing to do--> nobody
 *      s, loaded --process_unload(), where processes migrate--> the next seat
 *
 * Invariants.
 *  (1) A process is in at most one queue, its holder's, and is changed there under that seat's
 *      lock.
 *  (2) Whoever has put something into a process looks at `holder` after that; whoever lets go of a
 *      process looks at `news` after that. Both are single orders of all threads, so one of the two
 *      sees the other: nothing is left lying in a process that nobody has.
 *  (3) A seat that sleeps has no process but what it would be woken for: with several seats none at
 *      all, but for one that is away with its stuck worker.
 *  (4) An operation remembers its seat: it was given to that engine, completes there, and is
 *      cancelled there. Where the process is elsewhere by then, submitting and cancelling are
 *      requests to that seat, and the completion is a letter to the process.
 *  (5) A timer stays in the wheel that it was started in, and is stopped there from anywhere, under
 *      the wheel's lock. One that is due while its process is elsewhere goes to the process's list.
 *
 * The domain is quiet when each seat has found itself without turns, timers and operations and
 * none has been woken since: the last one to find so looks at the processes, and at who may post.
 */
#pragma once

#include "base/atomic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct seat;

#define DOMAIN_SEATS_MAX 63 /* as many as the number in a timer can name */

/*
 * Who has a process: nobody; nobody yet, for it is just being put into a queue; nobody any more,
 * for it is gone. Others are seat numbers + 1.
 */
#define HOLDER_NOBODY  0u
#define HOLDER_TRANSIT UINT32_MAX
#define HOLDER_GONE    (UINT32_MAX - 1)

struct domain {
        struct seat *seats[DOMAIN_SEATS_MAX];
        uint32_t seats_count;
        struct base_lock lock; /* of the first seat's `all`, and of the records */
        struct process *first; /* the program ends with it */
        uint32_t processes;    /* not gone */
        /*
         * records (record.h): where their blocks are, how many were ever used, those that are free
         */
        uint32_t *record_blocks;
        uint32_t records_made;
        struct process *records;
        struct base_lock links_lock; /* of all links between processes (bond.h) */
        uint32_t promises_max;       /* of each process; 0: the default */
        uint32_t refs_max;           /* the same */
        uint32_t stream_window;      /* the same; bytes */
        uint32_t deadlocks;          /* processes that were reported for one */
        /* others that may post: while there are any, quiet is not deadlock */
        uint32_t posts_expected;
        uint64_t resting; /* a bit for each seat that has nothing to do and looks for work */
        uint32_t quiet;   /* how many seats have nothing to wait for */
        uint32_t stirred; /* how often one of them had something to do again */
        uint32_t closing; /* the first process is gone: the others are ended */
        uint32_t over;    /* all are gone */
        uint32_t begun;   /* DOMAIN_*; a futex */
        size_t resident_bytes; /* locked, in resident mode */
};

enum { DOMAIN_MADE, DOMAIN_RUNS, DOMAIN_NEVER };

/* A process is made, and is gone: called by process.c. */
void domain_process_add(struct domain *domain, struct process *process);
void domain_process_remove(struct domain *domain, struct process *process);
/* Ends the wait of each seat's engine, or its next one. */
void domain_wake(const struct domain *domain);
/* All seats return from their loops. */
void domain_end(struct domain *domain);
/* Wakes a seat that looks for work, if there is one. */
void domain_rouse(struct domain *domain);
/*
 * This seat has nothing to wait for. Where that is so for all: a deadlock, which is reported. True
 * then, since there is something to do.
 */
bool domain_quiet_begin(struct seat *seat);
void domain_quiet_end(struct seat *seat);
/* Nothing can happen any more: each process that still runs is told. */
void domain_deadlock(struct domain *domain);
/* Reports the deadlock of a process, which is loaded, and ends it. */
void domain_deadlock_report(struct process *process);

/*
 * The queue of processes of a seat. The process is had by the running worker's seat, or in transit;
 * from now on it is the seat's. Wakes the seat.
 */
void seat_give(struct seat *seat, struct process *process);
/* The first of the seat's own queue; NULL where it is empty. */
struct process *seat_take(struct seat *seat);
/*
 * A process from another seat's queue, which is loaded: it has a turn before it can be stolen back,
 * or two seats could steal it from each other for ever. Where from; NULL: there was none. The seat
 * has none loaded.
 */
struct seat *seat_steal(struct seat *seat);
/* The process is the running worker's, for loading: true. Another's, or away: false. */
bool seat_claim(struct seat *seat, struct process *process);
/* The process is not loaded any more: it is queued, moved, or nobody's. */
void seat_let_go(struct seat *seat, struct process *process);
/* The seat's loop sees what was given to it, though it may be about to sleep. */
void seat_wake(struct seat *seat);

/*
 * Something was put into a process: whoever has it will see it, and if nobody has, its home does.
 */
void process_notify(struct process *process, uint32_t news);
