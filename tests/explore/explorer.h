/* SPDX-License-Identifier: MIT */
/*
 * The explorer: runs a scenario of a few threads in every order that their steps can have.
 *
 * Nouns.
 *   scenario   a setup, threads, and a check: the subject is the runtime's own code
 *   thread     of a scenario: a coroutine. There is one OS thread, and it decides who goes on
 *   step       one operation that others can notice (an atomic, a lock, a call of the modelled
 *              kernel), with all that the thread does up to its next one
 *   schedule   the threads of the steps of one run, in order; the run follows from it
 *   buffer     of a thread's stores that are not in memory yet, as in a processor (TSO): what is
 *              not seq_cst and no read-modify-write waits there. To flush one is a step of its own
 *   failure    a broken assertion; a run in which all sleep; a data race, by the orders that the
 *              source asks for (C17 5.1.2.4); a use of memory that was freed; a run without end
 *
 * How steps are found: the subject is compiled with -fsanitize=thread, and what that calls is
 * defined in memory.c. So atomics are seen wherever they are written, with the order that they
 * ask for, and plain accesses are, too, for races.
 *
 * How schedules are chosen: dynamic partial-order reduction (C. Flanagan, P. Godefroid, POPL 2005)
 * with sleep sets. Of schedules that differ only in the order of steps that have nothing to do with
 * one another, one is run. Without a bound that is every outcome there is.
 *
 * What is not explored: a load that answers an old value for another reason than a store buffer
 * (x86 has none; a missing acquire or release is found as a race instead, where it guards plain
 * memory); spurious wake-ups; time-outs, unless a scenario makes one a step.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLORE_THREADS_MAX 8

struct explore_scenario {
        const char *name;
        void (*reset)(void); /* puts back what is static; or NULL */
        /*
         * The first thread: makes what is needed, starts others, checks. It is explored between
         * explore_begin() and explore_end(); outside of them threads go on in a fixed order.
         */
        void (*run)(void);
        bool buffers; /* with store buffers */
        /*
         * Preemptions of a schedule at most, and with the wider bounds; 0: no bound. A bound may
         * miss what needs more.
         */
        unsigned preemptions, preemptions_wide;
};

/* What is printed, and answered: how many schedules there were. */
struct explore_result {
        uint64_t schedules;
        uint64_t cut;   /* of these, given up as the same as another one */
        uint64_t steps;
        unsigned depth; /* steps of the longest */
        bool complete;  /* none was left out for `schedules_max` */
        const char *failure; /* NULL: none */
};

/* Runs it until something fails, all schedules were run, or `schedules_max` (0: no limit) were. */
struct explore_result explore(const struct explore_scenario *scenario, uint64_t schedules_max);
/* The schedule that has failed, step by step, to standard error. */
void explore_report(void);

/* ---- From a scenario, and from the models */

/* Starts a thread. `worker` is what explore_worker is while it runs; NULL: one of its own. */
struct explore_thread *explore_thread(const char *name, void (*run)(void *argument),
                                      void *argument, void *worker);
struct explore_thread *explore_self(void);
void explore_join(struct explore_thread *thread);
bool explore_is_over(const struct explore_thread *thread);

/* The number of a thread, in the order in which they were made. */
unsigned explore_number(const struct explore_thread *thread);
struct explore_thread *explore_numbered(unsigned number);

void explore_begin(void);
void explore_end(void);

/*
 * A step of the calling thread on `object`, which others may write or read: returns when it is its
 * turn, and `enabled` (NULL: always) says so. What the caller does then, up to its next step, is
 * part of it. With `fence` the thread's buffer is flushed first.
 */
void explore_step(const void *object, bool writes, bool fence,
                  bool (*enabled)(const void *argument), const void *argument, const char *what);
/* Whoever wakes a thread hands on what it has done: called by the one, and then by the other. */
void explore_hand_over(struct explore_thread *to);
void explore_taken_over(void);

/* A plain access, for code that is not compiled as the subject is. */
void explore_touch(const void *memory, size_t bytes);

/* The run has failed. Does not return. */
_Noreturn void explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define EXPECT_ALWAYS(condition)                                                                   \
        ((condition) ? (void)0                                                                     \
                     : explore_fail("%s:%d: %s", __FILE__, __LINE__, #condition))

/* Memory of a run: gone at its end, and a use after its free is a failure. */
void *explore_allocate(size_t bytes);
void explore_free(void *memory);
size_t explore_allocated(void); /* pieces that were not freed */
char *explore_arena(void);
