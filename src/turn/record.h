/* SPDX-License-Identifier: MIT */
/*
 * Records: the memory of processes. They stand in blocks of the arena, one behind the other, and
 * have a number, from 1 on, which is the lower half of a process's handle. A record is that of one
 * process after the other, and nothing else until the domain is freed: who comes late (a seat that
 * looks at news, who has an old handle) finds a record, whatever it is by then.
 *
 *      never used --record_new--> a process's --record_free--> free, the seat's
 *                                      ^                          |       |
 *                                      +--------record_new--------+     batch
 *                                      |                                  v
 *                                      +--record_new, a batch--> free, the domain's
 *
 * What stays of a record: its domain and number, its generation, and the lock of its bonds; and
 * `holder` is HOLDER_GONE while it is no process's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct domain;
struct process;
struct seat;

/* As many as the public header says. */
#define RECORDS_MAX 16000000u

/*
 * A record for a process, all else of which is zero. By the seat's worker, or before it runs. 0,
 * -ENOMEM, or -EAGAIN at the limit.
 */
int record_new(struct seat *seat, struct process **ret_process);
/* Memory that is freed with the record, at a multiple of 16; NULL where there is none. */
void *record_baggage(struct process *process, size_t bytes);
/* To which nothing refers; frees its baggage. By a worker that has its seat. */
void record_free(struct process *process);
/* Of any number; NULL where there never was one. From any thread. */
struct process *record_at(const struct domain *domain, uint32_t number);
/* Of a domain that ends. */
void records_deinit(struct domain *domain);
