/* SPDX-License-Identifier: MIT */
/*
 * Borders: what is between a process of this domain and one of another. Two memories that each side
 * has mapped, its own for writing and the other's for reading (lane/shared.h), and a pair of
 * connected sockets as bells: a byte wakes the other side, and the end of one is seen by the other,
 * also where it was killed.
 *
 *      border_new(): lanes, a socket that is watched ---> a connection (object/connection.h)
 *
 * A byte is sent only to who sleeps, and never waited for: a socket, and no eventfd, because
 * whether sending waits is said with each call here, and there by a flag that the other side can
 * change.
 *
 * Invariants.
 *  (1) The memory stays mapped until nobody touches the lanes any more: while there is the line, or
 *      the process owns the border. It owns it until it ends; or until the line is gone, who has
 *      made the border has done with it, and the socket's operation has had its last completion.
 *  (2) What the socket brings is not looked at.
 */
#pragma once

#include "lane/shared.h"
#include "object/connection.h"

/* What a border is made of; the border's from then on, also where it fails. */
struct border_parts {
        int socket;
        struct lane_side *ours;
        struct lane_side *theirs; /* mapped for reading */
};

struct border;

/*
 * Has the running process have a connection over a border. `given`: what the other side gets that
 * asks for what this one exports, of which it takes a hold; NULL: what the process exports. The
 * border is the caller's until border_done(). NULL where memory is exhausted.
 */
struct border *border_new(struct objects *objects, const struct border_parts *parts,
                          const char *name, struct capability *given,
                          struct connection **ret_connection);
void border_done(struct border *border);
/* Lets go of parts of which no border was made; -1 and NULL are none. */
void border_parts_free(struct border_parts *parts);
struct process *border_process(const struct border *border);
/* NULL: it is broken. */
struct connection *border_connection(const struct border *border);
/* A last word to the other side: a result. */
void border_tell(struct border *border, int result);
/* The other side's; false: it has said none. */
bool border_told(const struct border *border, int *ret_result);
