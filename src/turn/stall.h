/* SPDX-License-Identifier: MIT */
/*
 * The stall watch: a thread that looks now and then whether a worker is still in the turn in which
 * it was the last time. A turn that takes longer than the limit is reported once, with the stack of
 * the worker at that moment, and counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct seat;
struct stall;
struct worker;

/* Makes a watch for the worker that has the seat. 0, or a negative errno. */
int stall_watch_new(struct seat *seat, int64_t limit_ns, struct stall **ret_stall);
/* Stops it. Takes NULL. */
struct stall *stall_watch_free(struct stall *stall);
/*
 * The worker to watch from now on; NULL: none. Takes NULL for the watch. The first time that a
 * worker comes it must be the calling one; after that it is async-signal-safe.
 */
void stall_watch_worker(struct stall *stall, struct worker *worker);
/* What a worker does that is looked at: a signal's handler calls it. Async-signal-safe but for the
 * report of a stall. */
void stall_look(void);
/*
 * How many stalls were seen; and how many turns were as long through no fault of theirs: the worker
 * wanted a CPU and had none, or was stopped.
 */
uint64_t stall_watch_count(const struct stall *stall);
uint64_t stall_watch_kept(const struct stall *stall);
