/* SPDX-License-Identifier: MIT */
/*
 * The stall watch: a thread that looks now and then whether a worker is still in the turn in which
 * it was the last time. A turn that takes longer than the limit is reported once, with the stack of
 * the worker at that moment, and counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct stall;
struct worker;

/* Makes a watch for one worker. 0, or a negative errno. */
int stall_watch_new(int64_t limit_ns, struct stall **ret_stall);
/* Stops it. Takes NULL. */
struct stall *stall_watch_free(struct stall *stall);
/* The calling thread is the worker to watch; NULL: no more. Takes NULL for the watch. */
void stall_watch_worker(struct stall *stall, struct worker *worker);
/* The worker begins, or ends, a round of turns. */
void stall_watch_turn(struct stall *stall, bool begins);
/* How many stalls were seen. */
uint64_t stall_watch_count(const struct stall *stall);
