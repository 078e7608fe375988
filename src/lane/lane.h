/* SPDX-License-Identifier: MIT */
/*
 * Lanes: bytes in order from one process to one other, in records, through a ring that both see.
 * One side puts, the other takes; each has a record of its own of how far it is, and of the other
 * only what that one has published. Neither waits, and neither is told anything here: whoever has
 * published, or made room that was wanted, rings the other's bell (turn/bell.h).
 *
 *      lane_reserve(), lane_commit()   a record          lane_next(), lane_taken()   a record
 *      and so on                                         and so on
 *      lane_publish()                  one store         lane_settle()           one store: room
 *
 * A ring begins small. Where it is full it is left behind: its last record says so, and the next
 * one is twice as large, up to the most that the lane may have. Then it is full.
 *
 * Invariants.
 *  (1) What lies between head and tail of a ring is whole records; each is in one piece, and begins
 *      with its size. What is read of a record was published before.
 *  (2) In a ring there is always room for the record that says that it is left.
 *  (3) A ring that was left is the taker's, who frees it; the putter does not touch it any more.
 *  (4) Who finds no room has said so (`wants_room`), and is told by lane_settle() of the other.
 */
#pragma once

#include "base/atomic.h"
#include "base/base.h"

#define LANE_BYTES_FIRST 1024u
#define LANE_BYTES_MAX   65536u
/* A record that is longer does not fit into any ring, whatever room there is. */
#define LANE_RECORD_MAX (LANE_BYTES_MAX / 4)

struct lane_ring;

/* The end of who puts. */
struct lane_out {
        struct lane_ring *ring;
        uint32_t tail; /* behind what was put */
        uint32_t head; /* of the other side, when it was looked at last */
        uint32_t bytes_max;
        bool dirty; /* something was put since lane_publish() */
};

/* The end of who takes. */
struct lane_in {
        struct lane_ring *ring;
        uint32_t head;    /* of what is to be taken next */
        uint32_t settled; /* that of the ring */
        uint32_t tail;    /* of the other side, when it was looked at last */
        bool wanted; /* room, in a ring that was left since */
};

/* An empty lane. 0, or -ENOMEM. */
int lane_new(uint32_t bytes_max, struct lane_out *ret_out, struct lane_in *ret_in);
/* Frees the rings. Both sides have done with it; what was not taken is lost. */
void lane_free(struct lane_in *in);

/*
 * Room for a record of `bytes`, at a multiple of 8; until lane_commit() it is the caller's. NULL
 * where there is none: then the other side's lane_settle() will say so when there is. At most
 * LANE_RECORD_MAX (asserted).
 */
void *lane_reserve(struct lane_out *out, uint32_t bytes);
/* The record is written, and has so many bytes, at most as many as were reserved. */
void lane_commit(struct lane_out *out, uint32_t bytes);
/* Lets the other side see what was put. True where there was something: ring its bell. */
static inline bool lane_publish(struct lane_out *out);

/* The next record, there until the next lane_next() or lane_settle(). NULL where there is none. */
const void *lane_next(struct lane_in *in, uint32_t *ret_bytes);
/* It was taken. */
void lane_taken(struct lane_in *in);
/* Gives back the room of what was taken. True where the other side waits for room: tell it. */
bool lane_settle(struct lane_in *in);

/* Nothing is under way in it. Of who has both ends. */
static inline bool lane_is_empty(const struct lane_out *out, const struct lane_in *in)
{
        return out->ring == in->ring && out->tail == in->head;
}

struct lane_ring {
        struct lane_ring *next; /* once it was left */
        uint32_t size;          /* a power of two */
        _Alignas(64) uint32_t tail;
        _Alignas(64) uint32_t head;
        uint32_t wants_room;
        _Alignas(64) unsigned char bytes[];
};

static inline bool lane_publish(struct lane_out *out)
{
        if (!out->dirty)
                return false;
        out->dirty = false;
        atomic_store_release(&out->ring->tail, out->tail);
        return true;
}
