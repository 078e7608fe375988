/* SPDX-License-Identifier: MIT */
/*
 * What stands below the subject in a scenario: threads, futexes, time and an engine, as the kernel
 * would have them, and made of steps.
 *
 * A wait with a time-out never ends by it: a wake-up that is lost shows as threads that all sleep.
 * The engine completes what a scenario has it complete.
 */
#pragma once

#include "explorer.h"
#include "platform/io.h"

/* All that was is forgotten: called first in a scenario. */
void model_begin(void);
/*
 * A NOP completes at the next wait; what else is submitted does when it is cancelled, or by this,
 * from any thread.
 */
void model_complete(struct platform_io *io, struct platform_op *op, int32_t result);
/* A buffer of the engine is in somebody's hands; and whether it still is. */
void model_buffer_lend(struct platform_io *io, uint16_t buffer);
bool model_buffer_is_lent(struct platform_io *io, uint16_t buffer);
/* Waits until the engine's descriptor is readable, as a host does. */
void model_poll(struct platform_io *io);
/* Signals are sent in this scenario (platform_thread_look()). */
void model_signals_come(void);
/*
 * A point at which the calling thread has a signal delivered that was sent to it. Each signal fence
 * of the subject is one.
 */
void model_interrupt(void);
/* The clock stands still but for this. */
void model_time_pass(uint64_t ns);
/* Time passes in this scenario: to look at the clock is a step from now on. */
void model_time_passes(void);

/*
 * Locks and conditions of POSIX threads, zeroed to begin with. Conditions are signalled under the
 * lock; nobody wakes for nothing.
 */
void model_mutex_lock(void *mutex);
void model_mutex_unlock(void *mutex);
void model_cond_wait(void *cond, void *mutex);
void model_cond_signal(void *cond);
void model_cond_broadcast(void *cond);

/* Of model_waker.c. */
struct waker;
bool model_waker_sleep(struct waker *waker);
bool model_waker_rise(struct waker *waker);
bool model_waker_take(struct waker *waker);
