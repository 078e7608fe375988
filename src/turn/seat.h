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
 *
 * Whose the seat is. The seat's own worker made its engine. Where that worker is stuck in a turn,
 * and there are other processes, the spare sits down in its place (spare.h); the process of the
 * turn stays with the stuck worker. So code that runs in turns touches the seat, which is its
 * engine, its timers and its queues, between seat_hold() and seat_release() only: a worker that has
 * lost the seat gets it back there first. The loop itself holds it but for the turns.
 */
#pragma once

#include "base/atomic.h"
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
        struct process *process; /* for which it is done, or NULL */
        void (*run)(struct seat *seat, void *first, void *second);
        void *first, *second;
};

/* A completion for a process that is with a stuck worker. */
struct deferred {
        struct platform_op *op;
        int32_t result;
        uint32_t flags;
        uint16_t buffer;
};

/* Who waits for the seat, between two rounds of the one who has it. */
enum { SEAT_ASKED_BY_OWN = 1u, SEAT_ASKED_BY_SPARE = 2u };

struct seat {
        struct seat *next; /* in seats_all */
        struct platform_io *io;
        struct timer_wheel timers;
        struct worker *own; /* the worker that made the engine */
        struct worker *other; /* the spare's, once it has had the seat */
        struct process *process; /* the first: the program ends with it */
        struct process *all;
        struct process *queue, **queue_end; /* that have turns, and are not loaded */
        struct process *ending;
        uint32_t processes_made, processes; /* ever; not gone */
        struct post *posts;      /* a stack that any thread pushes on; the loop takes it whole */
        /* taken from there, in order; between two rounds only those for a process that is away */
        struct post *posts_taken, **posts_taken_end;
        struct deferred *deferred;
        uint32_t deferred_count, deferred_room;
        /* others that may post: while there are any, quiet is not deadlock */
        uint32_t posts_expected;
        uint64_t rounds;
        uint64_t trimmed; /* when memory was last given back, and whether there was more */
        bool trimming;
        struct stall *stall;
        struct spare *spare;
        uint32_t asked; /* SEAT_ASKED_BY_* */
        bool simulated;
        /* its thread is in a loop of its own, and waits for the engine's descriptor there */
        bool idle;
};

/* All seats there are, newest first, for who looks from outside. */
extern struct seat *seats_all;

int seat_new(const struct seat_config *config, struct seat **ret_seat);
struct seat *seat_free(struct seat *seat);

/*
 * Runs until its first process is gone, whose status is returned; then all others are ended, too.
 * They are the caller's to free. The calling thread (stack_worker_init()) becomes the seat's
 * worker.
 */
int seat_run(struct seat *seat);
/*
 * The same in parts, for a thread that has a loop of its own: begin, rounds until one answers
 * false, end. In a round the engine waits for at most `wait_ns`.
 */
void seat_begin(struct seat *seat);
bool seat_round(struct seat *seat, uint64_t wait_ns);
int seat_end(struct seat *seat);
/* The same until the spare is asked for the seat, by the spare. */
void seat_run_spare(struct seat *seat);

/*
 * The seat of the running worker. Between the two calls, which may be nested, it is that worker's.
 */
static inline struct seat *seat_hold(void);
static inline void seat_release(void);

/*
 * From any thread: has `run(seat, first, second)` called by the loop between turns, with the
 * process loaded, if one is given. 0 or -ENOMEM.
 */
int seat_post(struct seat *seat, struct process *process,
              void (*run)(struct seat *, void *, void *), void *first, void *second);

/*
 * Begins an activity of the process that is loaded, from the loop: `function(pointer)`, as if the
 * root had started it; nobody joins it.
 */
void seat_enter(void *function, void *pointer);

/*
 * Asked first by what a timer calls: loads its process. False where there is nothing to do: the
 * process is ending, or away, for which the timer is set again.
 */
bool seat_timer_fires(struct timer *timer, struct process *process);

/* What process.c asks of the seat. */
void seat_process_add(struct seat *seat, struct process *process);
void seat_process_remove(struct seat *seat, struct process *process);
void seat_queue(struct seat *seat, struct process *process);
/* Keeps a completion until the process is back: there is room, see gather() in seat.c. */
void seat_defer(struct seat *seat, struct platform_op *op, int32_t result, uint32_t flags,
                uint16_t buffer);

/*
 * When `duration` ns from now will have passed, for a timer: exact to 16 us, and never too early.
 * Above a quarter of the clock's range it is that quarter.
 */
uint64_t seat_deadline(struct seat *seat, int64_t duration);

/* The seat's clock, read anew. */
uint64_t seat_now(const struct seat *seat);

/* A timer of the process that is loaded. */
void seat_timer_start(struct timer *timer, int64_t duration);
void seat_timer_stop(struct timer *timer);

/* Gets the seat back. Called by seat_hold() on a worker that has lost it. */
void seat_regain(void);

static inline struct seat *seat_hold(void)
{
        struct worker *worker = worker_self();

        worker->holds++;
        atomic_signal_barrier(); /* the handler that gives the seat away looks at `holds` */
        if (unlikely(worker->lost))
                seat_regain();
        return worker->seat;
}

/* Something of the seat's has become ready outside of a round: whoever waits for it is to know. */
static inline void seat_stir(struct seat *seat)
{
        if (unlikely(seat->idle))
                platform_io_wake(seat->io);
}

static inline void seat_release(void)
{
        atomic_signal_barrier();
        worker_self()->holds--;
}
