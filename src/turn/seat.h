/* SPDX-License-Identifier: MIT */
/*
 * Seats and workers: who runs turns.
 *
 * A seat is a core's run queue of processes, its timers and its completion engine. A worker is the
 * OS thread that sits in it, with the one classical stack. The turn loop runs there:
 *
 *      for ever: take a process that has turns; let it run up to a budget of them;
 *                gather completions (wait only while nobody has turns); fire timers; take what was
 *                posted
 *
 * The effects of turns, which are wake-ups and submissions, are gathered: a wake-up appends to a
 * queue, a submission to the engine's batch, and both are committed by the loop.
 */
#pragma once

#include "turn/process.h"

#include <stddef.h>

struct seat_config {
        struct platform_io_config io;
        int64_t stall_ns; /* a turn that is longer is reported; 0: 10 ms, below 0: none */
};

/*
 * Something that another thread, or a signal handler's thread, wants done on the seat: a function
 * and two words.
 */
struct post {
        struct post *next;
        void (*run)(struct seat *seat, void *first, void *second);
        void *first, *second;
};

struct seat {
        struct platform_io *io;
        struct timer_wheel timers;
        struct process *process; /* the processes of the seat: one, so far */
        uint64_t now;            /* ns, as of the last time that the loop looked */
        struct post *posts;      /* a stack that any thread pushes on; the loop takes it whole */
        /* others that may post: while there are any, quiet is not deadlock */
        uint32_t posts_expected;
        uint64_t rounds;
        uint64_t trimmed; /* when memory was last given back, and whether there was more */
        bool trimming;
        struct stall *stall;
        bool simulated;
};

int seat_new(const struct seat_config *config, struct seat **ret_seat);
struct seat *seat_free(struct seat *seat);

/*
 * Runs until its process is gone; its status is returned. The calling thread (stack_worker_init())
 * becomes the seat's worker.
 */
int seat_run(struct seat *seat);

/*
 * From any thread: has `run(seat, first, second)` called by the loop between turns. 0 or -ENOMEM.
 */
int seat_post(struct seat *seat, void (*run)(struct seat *, void *, void *), void *first,
              void *second);

/*
 * Begins an activity of the seat's process, from the loop: `function(pointer)`, as if the root had
 * started it; nobody joins it.
 */
void seat_enter(struct seat *seat, void *function, void *pointer);

/*
 * When `duration` ns from now will have passed, for a timer: exact to 16 us, and never too early.
 * Above a quarter of the clock's range it is that quarter.
 */
uint64_t seat_deadline(struct seat *seat, int64_t duration);

/* The seat's clock, read anew. */
uint64_t seat_now(struct seat *seat);
