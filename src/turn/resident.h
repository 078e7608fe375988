/* SPDX-License-Identifier: MIT */
/*
 * Resident mode: what turns use is locked and touched before the first of them, and page faults of
 * the workers' threads are counted. Only seats of a domain in this mode call what is below; others
 * pay for one look at seat->resident a round.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct domain;
struct seat;
struct worker;

/* Before the domain is made: its memory comes from one heap, which keeps what it has. */
void resident_prepare(void);
/*
 * Locks for all seats of the domain, whose first worker is the calling thread. What fails is
 * reported. 0 or a negative errno.
 */
int resident_begin(struct domain *domain, size_t arena_mib);
/* Says how it was, on one line. */
void resident_end(struct domain *domain);

/* For a seat's own thread, when it is made: where its stack lies, touched. */
void resident_thread(struct seat *seat);
/* The worker counts from now on. */
void resident_sit_down(struct worker *worker);
/* Counts what has happened since; reports faults, at most once a second. */
void resident_look(struct seat *seat, struct worker *worker);
/* All that were counted. */
void resident_faults(const struct domain *domain, uint64_t *ret_minor, uint64_t *ret_major);
