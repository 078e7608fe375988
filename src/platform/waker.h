/* SPDX-License-Identifier: MIT */
/*
 * How other threads and signal handlers end the wait of an engine: an eventfd, which the engine
 * watches, and a word that spares writing it while the engine does not sleep.
 *
 *      awake --waker_sleep()--> sleeping --waker_wake(), writes--> woken --waker_rise()--> awake
 *      awake --waker_wake()--> woken: then waker_sleep() refuses
 *
 * The descriptor's count is never read: each write makes an edge, and edges are what is watched.
 *
 * Not by base/atomic.h, whose names are those of <stdatomic.h>, which liburing.h includes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum waker_state { WAKER_AWAKE, WAKER_SLEEPING, WAKER_WOKEN };

struct waker {
        int fd; /* -1: none */
        /* a waker_state; on a line of its own, because other threads write it */
        uint32_t state __attribute__((aligned(64)));
};

/* Opens the descriptor. 0, or -errno, and then `fd` is -1. */
int waker_open(struct waker *waker);
void waker_close(struct waker *waker);

/* Ends the engine's wait, or its next one. Any thread, any signal handler; keeps errno. */
void waker_wake(struct waker *waker);

/* True where the engine may sleep now; false where it has been woken. */
static inline bool waker_sleep(struct waker *waker)
{
        uint32_t expected = WAKER_AWAKE;

        return __atomic_compare_exchange_n(&waker->state, &expected, WAKER_SLEEPING, false,
                                           __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* After a sleep, or one that was refused. Returns true where it was woken. */
static inline bool waker_rise(struct waker *waker)
{
        return __atomic_exchange_n(&waker->state, WAKER_AWAKE, __ATOMIC_ACQ_REL) == WAKER_WOKEN;
}

/* Whether a wake-up is there that no wait has found. */
static inline bool waker_woken(const struct waker *waker)
{
        return __atomic_load_n(&waker->state, __ATOMIC_RELAXED) == WAKER_WOKEN;
}

/* Takes such a wake-up. Returns true where there was one. */
static inline bool waker_take(struct waker *waker)
{
        return __builtin_expect(waker_woken(waker), 0) && waker_rise(waker);
}
