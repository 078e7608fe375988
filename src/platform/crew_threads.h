/* SPDX-License-Identifier: MIT */
/*
 * The crews' records, for crew.c and crew_minder.c alone, and for the table that says where their
 * fields stand (activity/root.c).
 */
#pragma once

#include "platform/crew.h"

struct crew;

struct crew_thread {
        struct crew *crew;
        struct platform_thread *thread; /* NULL: this place is free */
        bool ended;                     /* it has nothing more to do, and is to be joined */
        uint32_t wake;                  /* futex: 1 says that there may be work */
        struct crew_thread *sleeper;    /* the next that sleeps */
        int id;
        /* the call that it is in; `function` NULL: none */
        struct platform_op *op; /* NULL where it was left */
        int (*function)(void *context);
        void *context;
        void (*release)(void *context);
        const void *site;
        uint32_t flags;
        uint32_t cancelled;
        uint64_t begun_ns;
};

/* What the fields mean is at the head of crew.c. */
struct crew {
        struct base_lock lock;
        struct platform_call_list waiting;
        uint32_t waiting_count; /* the same count, for who spins without the lock */
        uint32_t threads, begun, coming, spinning, making;
        struct platform_call_patience patience;
        uint32_t limit;
        uint64_t calls;
        struct crew_thread *sleepers;
        struct crew_thread *places; /* as many as the limit, never given back */
        uint32_t places_count;
        bool computes;
};

extern struct crew crews[2];
extern struct platform_call_limits crew_limits; /* all set */

/* The program ends. */
bool crew_program_ends(void);

/*
 * Has the minder (crew_minder.c) look after the crews: soon, where all threads are busy while calls
 * wait; now, where a call that may be interrupted was cancelled.
 */
void crew_minder_want(bool now);
/* The program ends now: that is when its limit begins. To be followed by crew_minder_want(). */
void crew_minder_ending(void);
/* Waits for its end: no thread is in a call any more. */
void crew_minder_end(void);
/* Lets the signal of an interruption through on the calling thread, or not. */
void crew_interruptible(bool yes);
