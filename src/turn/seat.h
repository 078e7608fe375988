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
        uint32_t seats;   /* of the domain, at most DOMAIN_SEATS_MAX; 0: 1 */
        bool resident;    /* resident_begin() will be called */
        bool migrate;     /* each process goes to the next seat whenever it has run: for tests */
};

/*
 * Something for a process that comes from elsewhere: a function and two words that are to have a
 * turn, or a completion that came to a seat that has not got the process.
 */
struct letter {
        struct letter *next;
        void (*run)(struct seat *seat, void *first, void *second); /* NULL: a completion */
        union {
                struct {
                        void *first, *second;
                };
                struct platform_completion completion;
        };
};

/* Who waits for the seat, between two rounds of the one who has it. */
enum { SEAT_ASKED_BY_OWN = 1u, SEAT_ASKED_BY_SPARE = 2u };

struct seat {
        struct seat *next; /* in seats_all */
        struct platform_io *io;
        struct domain *domain;
        uint32_t number; /* in the domain */
        bool shared;     /* the domain has others */
        bool migrate;    /* see seat_config */
        bool is_quiet;   /* counted in the domain's `quiet` */
        struct timer_wheel timers;
        struct base_lock timers_lock; /* taken where there are several seats */
        struct worker *own; /* the worker that made the engine */
        struct worker *other; /* the spare's, once it has had the seat */
        /* the first: the program ends with it. Of the domain's first seat */
        struct process *process;
        struct process *all; /* of the domain that are not gone; of its first seat */
        struct base_lock lock; /* of the queue */
        struct process *queue, **queue_end; /* that have something to do */
        uint32_t queued;                    /* how many */
        struct process *lent; /* that it has, and that waits for another one (handover.h) */
        const struct worker *lent_by;
        struct process *ending; /* that it has, and that may be gone now */
        struct process *records; /* free ones (record.h) */
        uint32_t records_count;
        struct operation *requests; /* a stack that other seats push on */
        uint32_t buffers_back; /* the same, of buffers of the engine: their number + 1 */
        struct letter *letters; /* empty ones */
        uint32_t letters_count;
        uint64_t rounds;
        uint64_t trimmed; /* when memory was last given back, and whether there was more */
        bool trimming;
        struct stall *stall;
        struct spare *spare;
        uint32_t asked; /* SEAT_ASKED_BY_* */
        bool simulated;
        /* its thread is in a loop of its own, and waits for the engine's descriptor there */
        bool idle;
        struct platform_thread *thread; /* of its own worker, but for the first seat's */
        const struct seat_config *config; /* while it is made */
        int32_t made;                     /* 1, or what failed; a futex */
        bool resident;                         /* page faults are counted (resident.h) */
        char *stack_lowest, *stack_end;        /* of its own worker, where that is wanted */
        uint64_t faults_minor, faults_major;   /* so far */
        uint64_t faults_told;                  /* when there was a report of them */
        bool hosted; /* that thread may always have something for it: quiet is no deadlock */
};

/* All seats there are, newest first, for who looks from outside. */
extern struct seat *seats_all;

/*
 * Makes a domain of so many seats and returns the first. Each but the first has a thread, which
 * waits. 0, or a negative errno.
 */
int seat_new(const struct seat_config *config, struct seat **ret_seat);
struct seat *seat_free(struct seat *seat);

/*
 * Runs until its first process is gone, whose status is returned; then all others are ended, too.
 * They are the caller's to free. The calling thread (stack_worker_init()) becomes the seat's
 * worker. The domain's other seats run in their threads meanwhile.
 */
int seat_run(struct seat *seat);
/*
 * The same in parts, for a thread that has a loop of its own: begin, rounds until one answers
 * false, end. In a round the engine waits for at most `wait_ns`.
 */
void seat_begin(struct seat *seat);
bool seat_round(struct seat *seat, uint64_t wait_ns);
/* How long there is nothing to do but for the engine: 0, or until the next timer, in ns. */
uint64_t seat_idle_ns(struct seat *seat);
int seat_end(struct seat *seat);
/* The same until the spare is asked for the seat, by the spare. */
void seat_run_spare(struct seat *seat);

/*
 * The seat of the running worker. Between the two calls, which may be nested, it is that worker's.
 */
static inline struct seat *seat_hold(void);
static inline void seat_release(void);

/*
 * From any thread: has `run(seat, first, second)` called by the loop of the seat that has the
 * process, between turns, with the process loaded. 0 or -ENOMEM.
 */
int seat_post(struct seat *seat, struct process *process,
              void (*run)(struct seat *, void *, void *), void *first, void *second);

/*
 * Begins an activity of the process that is loaded, from the loop: `function(pointer)`, as if the
 * root had started it; nobody joins it.
 */
void seat_enter(void *function, void *pointer);
/* The same, of the runtime's own, or for others: the entry does not wait for its end. */
void seat_enter_beside(void *function, void *pointer);
/*
 * The running activity is one of these, and has done what it was begun for. Where it has not waited
 * and has left nothing behind it becomes another: with a handle of its own, in a turn of its own,
 * and goes on with what that would be begun for. False: it is to end.
 */
bool seat_enter_again(void);

/*
 * Asked first by what a timer calls. False where there is nothing to do: the process, which is
 * loaded, is ending.
 */
bool seat_timer_fires(struct timer *timer, struct process *process);

/* Sends a completion after the process: there is room, see gather() in seat.c. */
void seat_forward(struct seat *seat, struct process *process, struct platform_op *op,
                  int32_t result, uint32_t flags, uint16_t buffer);
/* Takes one more process that is ending into the list of those to look at. It is loaded. */
void seat_ending_add(struct seat *seat, struct process *process);
/* A buffer of a seat's engine goes back there. From the turn of any seat. */
void seat_buffer_return(struct process *process, uint8_t seat, uint16_t buffer);
void *seat_buffer(struct process *process, uint8_t seat, uint16_t buffer);

/* A letter, from the worker's own store if it has any; NULL where memory is exhausted. */
struct letter *letter_new(struct seat *seat);
void letter_free(struct seat *seat, struct letter *letter);
/* Of a process that is gone: those that came too late, from one on. */
void letters_free(struct letter *letter);
/* Has room for so many letters: answers for how many there is. */
uint32_t letters_reserve(struct seat *seat, uint32_t count);
void letter_send(struct process *process, struct letter *letter);

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
/* When the seat's next timer is due, or UINT64_MAX; calls those that are. From the loop. */
uint64_t seat_timers_next(struct seat *seat);
void seat_timers_fire(struct seat *seat);

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
