/* SPDX-License-Identifier: MIT */
/* Lanes. The invariants are in lane.h. */
#include "lane/shared.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static_assert(sizeof(struct lane_record) == RECORD_UNIT,
              "what is behind a record's head is aligned");
static_assert(LANE_RECORD_MAX < 1u << RECORD_KIND_SHIFT, "a size leaves room for the kind");

void lane_ring_init(struct lane_ring *ring, uint32_t size)
{
        ring->next = NULL;
        ring->size = size;
        ring->tail = ring->head = 0;
        ring->wants_room = 0;
}

static struct lane_ring *ring_new(uint32_t size)
{
        struct lane_ring *ring = aligned_alloc(64, sizeof *ring + size);

        if (ring != NULL)
                lane_ring_init(ring, size);
        return ring;
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
        if (in->shared != NULL)
                return;
        while (in->ring != NULL) {
                struct lane_ring *next = in->ring->next;

                free(in->ring);
                in->ring = next;
        }
}

/* ---- Putting */

static void record_put(struct lane_out *out, enum lane_record_kind kind, uint32_t bytes,
                       uint32_t content)
{
        *lane_record_at(out->ring, out->tail) =
                (struct lane_record){bytes, content | (uint32_t)kind << RECORD_KIND_SHIFT};
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
        if (used + before + bytes + RECORD_UNIT > size)
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
        while (size < bytes + 2 * RECORD_UNIT && size < out->bytes_max);
        if (size > out->bytes_max)
                return false;
        next = ring_new(size);
        if (next == NULL)
                return false;
        out->ring->next = next;
        record_put(out, RECORD_LEFT, RECORD_UNIT, 0);
        atomic_store_release(&out->ring->tail, out->tail); /* it is not ours any more (3) */
        out->ring = next;
        out->tail = out->head = 0;
        return true;
}

/* Looks how far the other side is; where there is still no room, that is wanted (4). */
static bool fits_now(struct lane_out *out, uint32_t bytes)
{
        if (out->shared != NULL)
                return (lane_shared_look(out) && fits(out, bytes)) ||
                       (lane_shared_want(out) && fits(out, bytes));
        out->head = atomic_load_acquire(&out->ring->head);
        if (fits(out, bytes))
                return true;
        if (ring_leave(out, bytes))
                return fits(out, bytes);
        atomic_exchange(&out->ring->wants_room, 1);
        out->head = atomic_load_ordered(&out->ring->head);
        return fits(out, bytes);
}

void *lane_reserve_look(struct lane_out *out, uint32_t bytes)
{
        uint32_t all = lane_record_bytes(bytes);

        assert_always(bytes <= LANE_RECORD_MAX);
        if (unlikely(!fits(out, all)) && !fits_now(out, all))
                return NULL;
        return lane_record_at(out->ring, out->tail) + 1;
}

/* ---- Taking */

const void *lane_next_look(struct lane_in *in, uint32_t *ret_bytes)
{
        for (;;) {
                const struct lane_record *record;

                if (in->head == in->tail) {
                        if (unlikely(in->shared != NULL) && !lane_shared_next(in))
                                return NULL;
                        in->tail = atomic_load_acquire(&in->ring->tail);
                        if (in->head == in->tail)
                                return NULL;
                }
                record = lane_record_at(in->ring, in->head);
                switch ((enum lane_record_kind)(record->content >> RECORD_KIND_SHIFT)) {
                case RECORD_BYTES:
                        *ret_bytes = record->content & ((1u << RECORD_KIND_SHIFT) - 1);
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

bool lane_settle(struct lane_in *in)
{
        bool wanted = in->wanted;

        in->wanted = false;
        if (in->settled == in->head)
                return wanted;
        in->settled = in->head;
        if (unlikely(in->shared != NULL))
                return lane_shared_settle(in);
        atomic_exchange(&in->ring->head, in->head); /* then */
        if (atomic_load_ordered(&in->ring->wants_room) != 0 &&
            atomic_exchange(&in->ring->wants_room, 0) != 0)
                wanted = true;
        return wanted;
}

/* ---- Beside */

int lane_beside(struct lane_out *out, size_t bytes, void **ret_bytes, uint64_t *ret_word)
{
        if (out->shared != NULL)
                return lane_shared_beside(out, bytes, ret_bytes, ret_word);
        *ret_bytes = malloc(bytes);
        *ret_word = (uintptr_t)*ret_bytes;
        return *ret_bytes != NULL ? 0 : -ENOMEM;
}

void lane_beside_undo(struct lane_out *out, uint64_t word)
{
        if (out->shared != NULL)
                lane_shared_beside_undo(out);
        else
                free((void *)(uintptr_t)word);
}

int lane_beside_take(struct lane_in *in, uint64_t word, size_t bytes, void **ret_bytes,
                     bool *ret_stays)
{
        *ret_stays = in->shared == NULL;
        if (in->shared != NULL)
                return lane_shared_beside_take(in, word, bytes, ret_bytes);
        *ret_bytes = (void *)(uintptr_t)word;
        return 0;
}
