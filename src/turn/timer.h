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

/*
 * Embedded in what owns it, at a multiple of 16 bytes; zero is a timer that is not started. Small,
 * because a server has one for each of a million connections: 32-bit numbers link it with others.
 */
struct timer {
        uint32_t next;     /* 0 for the last of its slot */
        uint32_t previous; /* for the first of its slot, the last; 0 while not started */
        uint32_t due_low;  /* the tick in which it fires, of 48 bits */
        uint16_t due_high;
        uint16_t place : 9; /* its slot, counted through the levels */
        uint16_t note : 7;  /* its owner's */
        void (*fire)(struct timer *timer);
};

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
/* Asserts the invariants; for tests. */
void timer_check(const struct timer_wheel *wheel);
