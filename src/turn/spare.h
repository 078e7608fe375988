/* SPDX-License-Identifier: MIT */
/*
 * The spare: a thread that takes a seat whose own worker is stuck in a turn, so that the other
 * processes of the seat go on. There is one for a seat, made when it is wanted for the first time.
 *
 *      own ---- the watch finds the worker stuck; a look makes it offer the seat ----> offered
 *       ^ ^                                                                              |   |
 *       | +--------------------- the worker is back: it takes the offer back ------------+   |
 *       |                                                                                    v
 *       +---- the worker is back and asks; given between two rounds of the loop ----- the spare's
 *
 * The process of the turn stays loaded on the stuck worker ("away"). That worker gets the seat back
 * before it enters the loop again, after this turn and what else the process has ready, or when a
 * turn touches the seat (seat_hold()): it asks for it and waits for the end of the spare's round.
 * Where the spare is stuck by then, too, a look makes it give the
 * seat back at once; it asks for it in turn when it needs it, and is lent it between two rounds,
 * for the rest of its turn (spare_lend()). Where both are stuck, nobody runs until one of them
 * returns.
 *
 * Invariants.
 *  (1) The seat is touched by its holder only: `holder` says who. The worker gives it away in a
 *      signal handler on its own thread, and only where it holds nothing (worker->holds), so that
 *      no half-done change is given away.
 *  (2) The engine belongs to the thread that made it, as the kernel sees it (SINGLE_ISSUER). The
 *      spare has that thread make the system calls that only it may make, by a look; a blocking
 *      call in which it is stuck may answer EINTR for it.
 *  (3) Only with at least two processes is there anything that a spare could do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct seat;
struct spare;

int spare_new(struct seat *seat, struct spare **ret_spare);
/* Takes NULL. The seat is its own worker's. */
struct spare *spare_free(struct spare *spare);

/* Called by the watch: true where a spare is ready to take the seat. */
bool spare_prepare(struct spare *spare);
/* Called by the watch, where the spare is stuck: true where the seat's own worker waits for it. */
bool spare_is_wanted_back(const struct spare *spare);
/* Called by a look, on the worker that is stuck: gives the seat away, if that is possible now. */
void spare_offer(struct spare *spare);
/* Called by a worker that has lost the seat, in a turn or at its end: has it again. */
void spare_regain(struct spare *spare);
/* The seat's own worker lends the seat to the spare that asks, and has it again. */
void spare_lend(struct spare *spare);
/* How often the seat was taken. */
uint64_t spare_count(const struct spare *spare);
