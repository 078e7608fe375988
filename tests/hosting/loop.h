/* SPDX-License-Identifier: MIT */
/*
 * A loop that hosts a program, or is run by one, as the cases see it: uv.c and glib.c are such,
 * each as its manual has it. One at a time, on one thread.
 */
#pragma once

#include <mori/foreign.h>

/* After mori_host_open(): waits for the program's descriptor and time-out as well from now on. */
void loop_open(void);
/*
 * The other way round: for a program that runs the loop (foreign.h), which is over after
 * loop_stop(). It counts as an iteration that the loop is asked for its time-out.
 */
void loop_open_inside(mori_foreign_loop *ret_loop);
/* Runs until loop_stop(), which may be called in whatever it calls. */
void loop_run(void);
void loop_stop(void);
/* Has `function` called in so many milliseconds; at most 8 at a time. */
void loop_after(unsigned ms, void (*function)(void *), void *pointer);
/* Has `work` called on another thread, and `after` by the loop. */
void loop_work(void (*work)(void *), void (*after)(void *), void *pointer);
/* How often it has waited. */
unsigned loop_iterations(void);
/* Lets go of the program, which may have ended, and of the loop. */
void loop_close(void);
/* What the cases do when the program has ended. */
void program_ended(void);
