/* SPDX-License-Identifier: MIT */
/*
 * Timers: hierarchical timing wheels (G. Varghese and T. Lauck, "Hashed and Hierarchical Timing
 * Wheels", SOSP 1987, scheme 7), with a bit for every slot that is not empty, as in W. Ahern's
 * timeout.c. Starting and stopping one takes constant time.
 *
 * A tick is 2^16 ns (65.5 us). Eight levels of 64 slots reach 2^64 ns. A timer never fires early,
 * and at most one tick late.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIMER_TICK_SHIFT 16
#define TIMER_LEVELS 8
#define TIMER_SLOTS 64

struct process;

/*
 * Embedded in what owns it, at a multiple of 16 bytes; zero is a timer that is not started. Small,
 * because a server has one for each of a million connections: 32-bit numbers link it with others.
 *
 * While it is started, the links and the level are written by whoever has the wheel; its owner, who
 * may be on another seat, reads and writes the rest.
 */
struct timer {
        uint32_t next;     /* 0 for the last of its list */
        uint32_t previous; /* for the first of its list, the last; 0 while not started */
        uint32_t due_low;  /* the tick in which it fires, of 48 bits */
        uint16_t due_high;
        uint8_t level;     /* of the wheel; with the tick, that is its slot. Or TIMER_FIRED */
        uint8_t note : 2;  /* its owner's */
        uint8_t seat : 6;  /* number of the seat that it was started on, from 1 on; 0: of none */
        void (*fire)(struct timer *timer);
        struct process *process; /* whose it is: see seat_timer_start() */
};

/* A level that is none: it is due, and in the list of its process (struct timer_list). */
#define TIMER_FIRED TIMER_LEVELS

struct timer_wheel {
        uintptr_t base;
        uint64_t tick; /* everything up to here has fired */
        uint64_t occupied[TIMER_LEVELS];
        uint32_t slots[TIMER_LEVELS * TIMER_SLOTS];
        uint64_t count;
};

/* Its timers lie behind `base`, by less than 64 GiB: those of a seat in the arena. */
void timer_wheel_init(struct timer_wheel *wheel, uintptr_t base, uint64_t now);
/* Starts a timer that is not started. */
void timer_start(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline);
/* Stops it; does nothing where it is not started. After this it does not fire. */
void timer_stop(struct timer_wheel *wheel, struct timer *timer);
/* The tick in which it fires, or has fired last; 0 where it never was started. */
static inline uint64_t timer_due(const struct timer *timer)
{
        return (uint64_t)timer->due_high << 32 | timer->due_low;
}
static inline bool timer_started(const struct timer *timer)
{
        return timer->previous != 0;
}
/*
 * Fires what is due, each after it was stopped, in the order of ticks. A timer may start or stop
 * any timer. Returns how many fired.
 */
uint64_t timer_advance(struct timer_wheel *wheel, uint64_t now);
/*
 * When to call timer_advance() next: never later than a timer is due, perhaps earlier. UINT64_MAX
 * where there is none.
 */
uint64_t timer_next(const struct timer_wheel *wheel);
/*
 * One step of timer_advance(): takes the next timer that is due off the wheel, without calling it.
 * NULL where there is none; then the wheel has advanced.
 */
struct timer *timer_take(struct timer_wheel *wheel, uint64_t now);

/* Timers that are due, in order, and wait to be called. They lie behind `base` as in a wheel. */
struct timer_list {
        uint32_t first;
};
void timer_list_add(struct timer_list *list, uintptr_t base, struct timer *timer);
void timer_list_remove(struct timer_list *list, uintptr_t base, struct timer *timer);
struct timer *timer_list_first(const struct timer_list *list, uintptr_t base);

/* Asserts the invariants; for tests. */
void timer_check(const struct timer_wheel *wheel);
