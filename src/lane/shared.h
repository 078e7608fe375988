/* SPDX-License-Identifier: MIT */
/*
 * Lanes between two domains. Each side has memory that it alone writes, and the other has mapped
 * for reading; both lanes of a line are in the two:
 *
 *      ours:    how far we have taken of theirs | our ring | our bytes beside
 *      theirs:  how far they have taken of ours | their ring | their bytes beside
 *
 * What is behind it all lies in a memfd of sealed size (platform/shared.h).
 *
 * What is trusted: our own memory, which nobody else can write. What is not: all of theirs, which
 * may change at any time, also between two readings.
 *
 * Invariants.
 *  (1) Each word of theirs is read once, checked, and used from where it was copied to. A record is
 *      copied as well, before anybody looks at it.
 *  (2) Theirs may be wrong in three words: how far they have put, or taken, beyond what can be; a
 *      record that does not fit; bytes beside that are not there. Then the lane is wrong for good
 *      (lane_wrong()). Work is bounded by what was put, and a ring's size is the most that there
 *      is.
 *  (3) Bytes beside are taken in the order in which they were put. They are given back with the
 *      records that mention them.
 *  (4) A side that has nothing to do says so (lane_sleep()), and looks once more. Who has done
 *      something that is of interest to it looks whether it sleeps, and wakes it once for each
 *      sleep (lane_must_wake()). Both first write, and then read, in the one order of all: so one
 *      of the two sees the other. The bell itself is not here.
 */
#pragma once

#include "lane/lane.h"

/* A message's words, and its descriptors: more is not beside. */
#define LANE_BESIDE_MAX   ((16u << 20) + (1u << 20))
#define LANE_BESIDE_BYTES (64u << 20) /* a power of two; room for two of the largest, and more */

/* What one side writes. Numbers are of this machine. */
struct lane_side {
        uint32_t taken;        /* of the other's ring */
        uint32_t taken_beside; /* and of the other's bytes beside */
        uint32_t sleep;        /* odd: it sleeps */
        uint32_t closed;       /* it has done with it all */
        uint32_t told;         /* it has said its last word: */
        int32_t result;
        _Alignas(64) unsigned char rest[];
};

/* Bytes of a side, of whole pages. What is beside is memory where it was touched. */
#define LANE_SIDE_BYTES (4096u + 256u * 1024u + LANE_BESIDE_BYTES)

/* Both lanes, as one side has them. */
struct lane_shared;

/*
 * Ours is mapped for writing, theirs for reading; both LANE_SIDE_BYTES, zeroed where they are new.
 * They stay the caller's, and must be there as long as the lanes. -ENOMEM.
 */
int lane_shared_new(struct lane_side *ours, const struct lane_side *theirs,
                    struct lane_out *ret_out, struct lane_in *ret_in);
/* Takes NULL. */
void lane_shared_free(struct lane_shared *shared);

/*
 * There is nothing to do: true where this side sleeps from now on, and will be woken. False: there
 * is something, after all.
 */
bool lane_sleep(const struct lane_in *in);
/* It was woken. Any time. */
void lane_wake(const struct lane_in *in);
/* Something was published, settled or closed: is the other side to be woken now? */
bool lane_must_wake(const struct lane_out *out);
/* This side has done. */
void lane_close(const struct lane_out *out);
/* So has the other one. */
bool lane_is_closed(const struct lane_in *in);
/* Too much is wanted of us: from now on the lanes are wrong, with this error. */
void lane_spoil(const struct lane_in *in, int error);
/* What was put until now is the last that is taken: nothing more is looked for. */
void lane_end(struct lane_in *in);

/* A last word to the other side, beside the lanes; and that side's: false where there is none. */
void lane_tell(struct lane_shared *shared, int32_t result);
bool lane_told(const struct lane_shared *shared, int32_t *ret_result);

/* ---- What lane.c asks for */

void lane_ring_init(struct lane_ring *ring, uint32_t size);
/* Looks how far they have taken. False: no further than before. */
bool lane_shared_look(struct lane_out *out);
/* The same, and tells them first that room is wanted. */
bool lane_shared_want(struct lane_out *out);
/* Copies the next record, as the only one of a ring of ours. False: there is none. */
bool lane_shared_next(struct lane_in *in);
bool lane_shared_settle(struct lane_in *in);
int lane_shared_beside(struct lane_out *out, size_t bytes, void **ret_bytes, uint64_t *ret_word);
void lane_shared_beside_undo(struct lane_out *out);
int lane_shared_beside_take(struct lane_in *in, uint64_t word, size_t bytes, void **ret_bytes);
