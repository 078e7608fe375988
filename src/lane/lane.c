/* SPDX-License-Identifier: MIT */
/* Lanes. The invariants are in lane.h. */
#include "lane/lane.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum record_kind {
        RECORD_BYTES,
        RECORD_NONE, /* up to the end of the ring: the next one did not fit there */
        RECORD_LEFT, /* the next ring is ring->next */
};

struct record {
        uint32_t bytes; /* of it all, a multiple of 8 */
        uint32_t content; /* bytes of what it says, and above them the kind */
};

#define KIND_SHIFT 28
#define UNIT       8u

static_assert(sizeof(struct record) == UNIT, "what is behind a record's head is aligned");
static_assert(LANE_RECORD_MAX < 1u << KIND_SHIFT, "a size leaves room for the kind");

static struct lane_ring *ring_new(uint32_t size)
{
        struct lane_ring *ring = aligned_alloc(64, sizeof *ring + size);

        if (ring == NULL)
                return NULL;
        ring->next = NULL;
        ring->size = size;
        ring->tail = ring->head = 0;
        ring->wants_room = 0;
        return ring;
}

static inline struct record *record_at(struct lane_ring *ring, uint32_t at)
{
        return (struct record *)(void *)(ring->bytes + (at & (ring->size - 1)));
}

int lane_new(uint32_t bytes_max, struct lane_out *ret_out, struct lane_in *ret_in)
{
        struct lane_ring *ring = ring_new(LANE_BYTES_FIRST);

        if (ring == NULL)
                return -ENOMEM;
        *ret_out = (struct lane_out){.ring = ring, .bytes_max = bytes_max};
        *ret_in = (struct lane_in){.ring = ring};
        return 0;
}

void lane_free(struct lane_in *in)
{
        while (in->ring != NULL) {
                struct lane_ring *next = in->ring->next;

                free(in->ring);
                in->ring = next;
        }
}

/* ---- Putting */

static void record_put(struct lane_out *out, enum record_kind kind, uint32_t bytes,
                       uint32_t content)
{
        *record_at(out->ring, out->tail) =
                (struct record){bytes, content | (uint32_t)kind << KIND_SHIFT};
        out->tail += bytes;
}

/*
 * Is there room for a record of so many bytes, in one piece, and for the one that says that the
 * ring is left? Puts what is needed before it where the end of the ring is nearer.
 */
static bool fits(struct lane_out *out, uint32_t bytes)
{
        uint32_t size = out->ring->size, used = out->tail - out->head;
        uint32_t to_end = size - (out->tail & (size - 1));
        uint32_t before = to_end < bytes ? to_end : 0;

        /* After it there must be a piece of one unit: any free bytes have that. */
        if (used + before + bytes + UNIT > size)
                return false;
        if (before != 0)
                record_put(out, RECORD_NONE, before, 0);
        return true;
}

/* Goes on in a larger ring. False where there may be none, or is no memory for it. */
static bool ring_leave(struct lane_out *out, uint32_t bytes)
{
        uint32_t size = out->ring->size;
        struct lane_ring *next;

        do
                size *= 2;
        while (size < bytes + 2 * UNIT && size < out->bytes_max);
        if (size > out->bytes_max)
                return false;
        next = ring_new(size);
        if (next == NULL)
                return false;
        out->ring->next = next;
        record_put(out, RECORD_LEFT, UNIT, 0);
        atomic_store_release(&out->ring->tail, out->tail); /* it is not ours any more (3) */
        out->ring = next;
        out->tail = out->head = 0;
        return true;
}

/* Looks how far the other side is; where there is still no room, that is wanted (4). */
static bool fits_now(struct lane_out *out, uint32_t bytes)
{
        out->head = atomic_load_acquire(&out->ring->head);
        if (fits(out, bytes))
                return true;
        if (ring_leave(out, bytes))
                return fits(out, bytes);
        atomic_exchange(&out->ring->wants_room, 1);
        out->head = atomic_load_ordered(&out->ring->head);
        return fits(out, bytes);
}

void *lane_reserve(struct lane_out *out, uint32_t bytes)
{
        uint32_t all = (uint32_t)round_up(bytes + sizeof(struct record), UNIT);

        assert_always(bytes <= LANE_RECORD_MAX);
        if (unlikely(!fits(out, all)) && !fits_now(out, all))
                return NULL;
        return record_at(out->ring, out->tail) + 1;
}

void lane_commit(struct lane_out *out, uint32_t bytes)
{
        record_put(out, RECORD_BYTES, (uint32_t)round_up(bytes + sizeof(struct record), UNIT),
                   bytes);
        out->dirty = true;
}

/* ---- Taking */

const void *lane_next(struct lane_in *in, uint32_t *ret_bytes)
{
        for (;;) {
                const struct record *record;

                if (in->head == in->tail) {
                        in->tail = atomic_load_acquire(&in->ring->tail);
                        if (in->head == in->tail)
                                return NULL;
                }
                record = record_at(in->ring, in->head);
                switch ((enum record_kind)(record->content >> KIND_SHIFT)) {
                case RECORD_BYTES:
                        *ret_bytes = record->content & ((1u << KIND_SHIFT) - 1);
                        return record + 1;
                case RECORD_NONE:
                        in->head += record->bytes;
                        break;
                case RECORD_LEFT: {
                        struct lane_ring *next = in->ring->next;
                        bool wanted = in->wanted || atomic_load_relaxed(&in->ring->wants_room) != 0;

                        free(in->ring);
                        *in = (struct lane_in){.ring = next, .wanted = wanted};
                        break;
                }
                default:
                        assert_always(false); /* there is no other kind */
                }
        }
}

void lane_taken(struct lane_in *in)
{
        in->head += record_at(in->ring, in->head)->bytes;
}

bool lane_settle(struct lane_in *in)
{
        bool wanted = in->wanted;

        in->wanted = false;
        if (in->settled == in->head)
                return wanted;
        in->settled = in->head;
        atomic_exchange(&in->ring->head, in->head); /* then */
        if (atomic_load_ordered(&in->ring->wants_room) != 0 &&
            atomic_exchange(&in->ring->wants_room, 0) != 0)
                wanted = true;
        return wanted;
}
