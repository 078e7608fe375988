/* SPDX-License-Identifier: MIT */
/*
 * Lanes: bytes in order from one process to one other, in records, through a ring that both see.
 * The two may be in different domains (shared.h): then the ring lies in memory that the one writes
 * and the other only reads, and all that is read there is checked.
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
struct lane_shared;

/* The end of who puts. */
struct lane_out {
        struct lane_ring *ring;
        struct lane_shared *shared; /* where the other side is in another domain; or NULL */
        uint32_t tail; /* behind what was put */
        uint32_t head; /* of the other side, when it was looked at last */
        uint32_t bytes_max;
        bool dirty; /* something was put since lane_publish() */
};

/* The end of who takes. */
struct lane_in {
        struct lane_ring *ring;
        struct lane_shared *shared; /* as above */
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
 * Each side may have something done wrong, where it is in another domain: 0, or what is wrong
 * (-EPROTO). Then there is no room for anything, and nothing to be taken.
 */
static inline int lane_wrong(const struct lane_in *in);

/*
 * Room for a record of `bytes`, at a multiple of 8; until lane_commit() it is the caller's. NULL
 * where there is none: then the other side's lane_settle() will say so when there is. At most
 * LANE_RECORD_MAX (asserted).
 */
static inline void *lane_reserve(struct lane_out *out, uint32_t bytes);
/* The record is written, and has so many bytes, at most as many as were reserved. */
static inline void lane_commit(struct lane_out *out, uint32_t bytes);
/* Lets the other side see what was put. True where there was something: ring its bell. */
static inline bool lane_publish(struct lane_out *out);

/* The next record, there until the next lane_next() or lane_settle(). NULL where there is none. */
static inline const void *lane_next(struct lane_in *in, uint32_t *ret_bytes);
/* It was taken. */
static inline void lane_taken(struct lane_in *in);
/* Gives back the room of what was taken. True where the other side waits for room: tell it. */
bool lane_settle(struct lane_in *in);

/*
 * Bytes beside the lane, for what is longer than a record: written by who puts, who says in a
 * record where they are, by `ret_word`. Of each there is one at a time that is not undone, or its
 * record committed. 0; -EAGAIN: there is no room, as with a record; -ENOMEM.
 */
int lane_beside(struct lane_out *out, size_t bytes, void **ret_bytes, uint64_t *ret_word);
void lane_beside_undo(struct lane_out *out, uint64_t word);
/*
 * What the word in a record leads to, for who takes: to be freed by free(). Until then it is the
 * lane's own, where it `stays`: what is not taken is still freed by whoever has the record. 0;
 * -EPROTO, -ENOMEM.
 */
int lane_beside_take(struct lane_in *in, uint64_t word, size_t bytes, void **ret_bytes,
                     bool *ret_stays);

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

/* What stands behind the head of a ring. */
enum lane_record_kind {
        RECORD_BYTES,
        RECORD_NONE, /* up to the end of the ring: the next one did not fit there */
        RECORD_LEFT, /* the next ring is ring->next */
};

struct lane_record {
        uint32_t bytes;   /* of it all, a multiple of 8 */
        uint32_t content; /* bytes of what it says, and above them the kind */
};

#define RECORD_KIND_SHIFT 28
#define RECORD_UNIT       8u

static inline struct lane_record *lane_record_at(struct lane_ring *ring, uint32_t at)
{
        return (struct lane_record *)(void *)(ring->bytes + (at & (ring->size - 1)));
}

/* Of a record that says so many bytes. */
static inline uint32_t lane_record_bytes(uint32_t bytes)
{
        return (bytes + (uint32_t)sizeof(struct lane_record) + RECORD_UNIT - 1) & -RECORD_UNIT;
}

/* Where the end of the ring is near, or the other side is to be looked at. */
void *lane_reserve_look(struct lane_out *out, uint32_t bytes);

static inline void *lane_reserve(struct lane_out *out, uint32_t bytes)
{
        uint32_t size = out->ring->size, all = lane_record_bytes(bytes);

        if (unlikely(bytes > LANE_RECORD_MAX || size - (out->tail & (size - 1)) < all ||
                     out->tail - out->head + all + RECORD_UNIT > size))
                return lane_reserve_look(out, bytes);
        return lane_record_at(out->ring, out->tail) + 1;
}

static inline void lane_commit(struct lane_out *out, uint32_t bytes)
{
        uint32_t all = lane_record_bytes(bytes);

        *lane_record_at(out->ring, out->tail) =
                (struct lane_record){all, bytes | (uint32_t)RECORD_BYTES << RECORD_KIND_SHIFT};
        out->tail += all;
        out->dirty = true;
}

/* Where nothing is known to be there, or a record says where it goes on. */
const void *lane_next_look(struct lane_in *in, uint32_t *ret_bytes);

static inline const void *lane_next(struct lane_in *in, uint32_t *ret_bytes)
{
        const struct lane_record *record = lane_record_at(in->ring, in->head);

        if (unlikely(in->head == in->tail) ||
            unlikely(record->content >> RECORD_KIND_SHIFT != RECORD_BYTES))
                return lane_next_look(in, ret_bytes);
        *ret_bytes = record->content & ((1u << RECORD_KIND_SHIFT) - 1);
        return record + 1;
}

static inline void lane_taken(struct lane_in *in)
{
        in->head += lane_record_at(in->ring, in->head)->bytes;
}

static inline bool lane_publish(struct lane_out *out)
{
        if (!out->dirty)
                return false;
        out->dirty = false;
        atomic_store_release(&out->ring->tail, out->tail);
        return true;
}

/* shared.c's part of it. */
int lane_shared_wrong(const struct lane_shared *shared);

static inline int lane_wrong(const struct lane_in *in)
{
        return unlikely(in->shared != NULL) ? lane_shared_wrong(in->shared) : 0;
}
