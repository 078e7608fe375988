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

/* Embedded in what owns it; zero is a timer that is not started. */
struct timer {
        struct timer *next;     /* NULL for the last of its slot */
        struct timer *previous; /* for the first of its slot, the last; NULL while not started */
        uint64_t deadline;   /* ns of the seat's clock */
        void (*fire)(struct timer *timer);
        uint8_t level, slot;
};

struct timer_wheel {
        uint64_t tick; /* everything up to here has fired */
        uint64_t occupied[TIMER_LEVELS];
        struct timer *slots[TIMER_LEVELS][TIMER_SLOTS];
        uint64_t count;
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now);
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
