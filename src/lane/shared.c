/* SPDX-License-Identifier: MIT */
/* Lanes between two domains. The invariants are in shared.h. */
#include "lane/shared.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BESIDE_AT     (4096u + 256u * 1024u)
#define BESIDE_UNIT   64u
#define RING_BYTES    LANE_BYTES_MAX
#define COPY_BYTES    (RECORD_UNIT + LANE_RECORD_MAX)

struct lane_shared {
        struct lane_side *ours;
        const struct lane_side *theirs;
        int wrong;
        uint32_t woken_for; /* the sleep of theirs for which they were woken */
        /* our bytes beside: of all time */
        uint32_t beside_head, beside_tail;
        uint32_t beside_before; /* the tail before the last ones */
        uint32_t beside_seen;   /* what they have said last */
        /* theirs */
        uint32_t beside_taken;
        uint32_t tail;       /* of their ring, when it was looked at last */
        uint32_t wants_seen; /* how often they have wanted room */
        bool wants;          /* we do, since they had taken so much: */
        uint32_t wanted_at;
        bool ended;          /* no more of theirs is looked for */
        /* of one record, which was copied: the ring from which is taken */
        struct lane_ring copy;
};

static_assert(sizeof(struct lane_side) + sizeof(struct lane_ring) + RING_BYTES <= BESIDE_AT,
              "the ring ends before what is beside");
static_assert(BESIDE_AT + LANE_BESIDE_BYTES == LANE_SIDE_BYTES, "and that with the side");
static_assert(2 * LANE_BESIDE_MAX <= LANE_BESIDE_BYTES, "where nothing is beside, all fits");

static struct lane_ring *ring_of(struct lane_side *side)
{
        return (struct lane_ring *)(void *)side->rest;
}

/* Read-only. */
static const struct lane_ring *ring_at(const struct lane_side *side)
{
        return (const struct lane_ring *)(const void *)side->rest;
}

int lane_shared_new(struct lane_side *ours, const struct lane_side *theirs,
                    struct lane_out *ret_out, struct lane_in *ret_in)
{
        struct lane_shared *shared =
                aligned_alloc(64, round_up(sizeof *shared + COPY_BYTES, 64));

        if (shared == NULL)
                return -ENOMEM;
        memset(shared, 0, sizeof *shared + COPY_BYTES);
        shared->ours = ours;
        shared->theirs = theirs;
        lane_ring_init(ring_of(ours), RING_BYTES);
        *ret_out = (struct lane_out){
                .ring = ring_of(ours), .shared = shared, .bytes_max = RING_BYTES};
        /* any place in it is its beginning */
        lane_ring_init(&shared->copy, RECORD_UNIT);
        *ret_in = (struct lane_in){.ring = &shared->copy, .shared = shared};
        return 0;
}

void lane_shared_free(struct lane_shared *shared)
{
        free(shared);
}

int lane_shared_wrong(const struct lane_shared *shared)
{
        return shared->wrong;
}

static bool is_wrong(struct lane_shared *shared)
{
        shared->wrong = -EPROTO;
        return false;
}

void lane_spoil(const struct lane_in *in, int error)
{
        if (in->shared->wrong == 0)
                in->shared->wrong = error;
}

/* ---- Putting */

static bool look(struct lane_out *out, uint32_t taken)
{
        struct lane_shared *shared = out->shared;

        if (taken == out->head || shared->wrong < 0)
                return false;
        if (taken - out->head > out->tail - out->head)
                return is_wrong(shared);
        out->head = taken;
        return true;
}

bool lane_shared_look(struct lane_out *out)
{
        return look(out, atomic_load_acquire(&out->shared->theirs->taken));
}

bool lane_shared_want(struct lane_out *out)
{
        struct lane_shared *shared = out->shared;
        uint32_t head = out->head;

        if (!shared->wants)
                shared->wanted_at = head;
        shared->wants = true;
        do /* they may have seen a wish already, and do not tell twice: so again while they take */
                (void)atomic_add(&out->ring->wants_room, 1);
        while (look(out, atomic_load_ordered(&shared->theirs->taken)));
        return out->head != head;
}

/* How much they have taken of what is beside; where that is all, it begins at its beginning. */
static bool beside_look(struct lane_shared *shared)
{
        uint32_t taken = atomic_load_acquire(&shared->theirs->taken_beside);

        if (taken != shared->beside_seen) {
                if (taken - shared->beside_head > shared->beside_tail - shared->beside_head)
                        return is_wrong(shared);
                shared->beside_head = shared->beside_seen = taken;
        }
        if (shared->beside_head == shared->beside_tail)
                shared->beside_head = shared->beside_tail =
                        (uint32_t)round_up(shared->beside_tail, LANE_BESIDE_BYTES);
        return true;
}

/* Where so many bytes would begin, in one piece. */
static bool beside_fits(struct lane_shared *shared, uint32_t bytes, uint32_t *ret_begin)
{
        uint32_t begin, to_end;

        if (shared->wrong < 0 || !beside_look(shared))
                return false;
        begin = shared->beside_tail;
        to_end = LANE_BESIDE_BYTES - (begin & (LANE_BESIDE_BYTES - 1));
        if (to_end < bytes)
                begin += to_end;
        *ret_begin = begin;
        return begin + bytes - shared->beside_head <= LANE_BESIDE_BYTES;
}

int lane_shared_beside(struct lane_out *out, size_t bytes, void **ret_bytes, uint64_t *ret_word)
{
        struct lane_shared *shared = out->shared;
        uint32_t all = (uint32_t)round_up(bytes, BESIDE_UNIT), begin;

        assert_always(bytes <= LANE_BESIDE_MAX);
        if (!beside_fits(shared, all, &begin)) {
                (void)lane_shared_want(out);
                if (!beside_fits(shared, all, &begin))
                        return -EAGAIN;
        }
        shared->beside_before = shared->beside_tail;
        shared->beside_tail = begin + all;
        *ret_bytes = (char *)shared->ours + BESIDE_AT + (begin & (LANE_BESIDE_BYTES - 1));
        *ret_word = begin;
        return 0;
}

void lane_shared_beside_undo(struct lane_out *out)
{
        out->shared->beside_tail = out->shared->beside_before;
}

/* ---- Taking */

/* How far they have put; false: there is nothing. */
static bool tail_look(struct lane_in *in)
{
        uint32_t tail = atomic_load_acquire(&ring_at(in->shared->theirs)->tail);

        if (tail == in->head || in->shared->ended)
                return false;
        if (tail - in->head > RING_BYTES || tail % RECORD_UNIT != 0)
                return is_wrong(in->shared);
        in->shared->tail = tail;
        return true;
}

bool lane_shared_next(struct lane_in *in)
{
        struct lane_shared *shared = in->shared;
        const unsigned char *bytes = ring_at(shared->theirs)->bytes;

        for (unsigned i = 0; shared->wrong == 0; i++) {
                uint32_t at = in->head & (RING_BYTES - 1), content;
                struct lane_record record;
                uint64_t word;

                if (in->head == shared->tail && !tail_look(in))
                        return false;
                word = atomic_load_relaxed((const uint64_t *)(const void *)(bytes + at));
                memcpy(&record, &word, sizeof record);
                content = record.content & ((1u << RECORD_KIND_SHIFT) - 1);
                if (record.bytes < RECORD_UNIT || record.bytes % RECORD_UNIT != 0 ||
                    record.bytes > shared->tail - in->head || record.bytes > RING_BYTES - at)
                        return is_wrong(shared);
                switch (record.content >> RECORD_KIND_SHIFT) {
                case RECORD_BYTES:
                        if (content > LANE_RECORD_MAX || content > record.bytes - RECORD_UNIT)
                                return is_wrong(shared);
                        memcpy(shared->copy.bytes, &record, sizeof record);
                        memcpy(shared->copy.bytes + RECORD_UNIT, bytes + at + RECORD_UNIT, content);
                        shared->copy.tail = in->head + record.bytes;
                        return true;
                case RECORD_NONE:
                        if (record.bytes != RING_BYTES - at || i > 0)
                                return is_wrong(shared);
                        in->tail = in->head += record.bytes;
                        break;
                default:
                        return is_wrong(shared);
                }
        }
        return false;
}

bool lane_shared_settle(struct lane_in *in)
{
        struct lane_shared *shared = in->shared;
        uint32_t wants;

        atomic_store_relaxed(&shared->ours->taken_beside, shared->beside_taken);
        (void)atomic_exchange(&shared->ours->taken, in->head); /* then */
        wants = atomic_load_ordered(&ring_at(shared->theirs)->wants_room);
        if (wants == shared->wants_seen)
                return false;
        shared->wants_seen = wants;
        return true;
}

int lane_shared_beside_take(struct lane_in *in, uint64_t word, size_t bytes, void **ret_bytes)
{
        struct lane_shared *shared = in->shared;
        uint32_t begin = (uint32_t)word, at = begin & (LANE_BESIDE_BYTES - 1);
        void *copy;

        if (word > UINT32_MAX || bytes > LANE_BESIDE_MAX || bytes > LANE_BESIDE_BYTES - at)
                return -EPROTO;
        copy = malloc(bytes != 0 ? bytes : 1);
        if (copy == NULL)
                return -ENOMEM;
        memcpy(copy, (const char *)shared->theirs + BESIDE_AT + at, bytes);
        shared->beside_taken = begin + (uint32_t)round_up(bytes, BESIDE_UNIT);
        *ret_bytes = copy;
        return 0;
}

/* ---- Sleep */

bool lane_sleep(const struct lane_in *in)
{
        struct lane_shared *shared = in->shared;

        if (shared->wrong < 0)
                return false;
        if (shared->ours->sleep % 2 == 0)
                (void)atomic_exchange(&shared->ours->sleep, shared->ours->sleep + 1); /* then */
        if (atomic_load_ordered(&ring_at(shared->theirs)->tail) == in->head &&
            atomic_load_ordered(&shared->theirs->closed) == 0 &&
            !(shared->wants && atomic_load_ordered(&shared->theirs->taken) != shared->wanted_at))
                return true;
        shared->wants = false; /* who still wants it says so again */
        lane_wake(in);
        return false;
}

void lane_wake(const struct lane_in *in)
{
        struct lane_side *ours = in->shared->ours;

        if (ours->sleep % 2 != 0)
                atomic_store_release(&ours->sleep, ours->sleep + 1);
}

bool lane_must_wake(const struct lane_out *out)
{
        struct lane_shared *shared = out->shared;
        uint32_t sleep;

        /* in the one order of all: so it is behind what was put, taken or closed */
        (void)atomic_exchange(&out->ring->tail, atomic_load_relaxed(&out->ring->tail));
        sleep = atomic_load_ordered(&shared->theirs->sleep);
        if (sleep % 2 == 0 || sleep == shared->woken_for)
                return false;
        shared->woken_for = sleep;
        return true;
}

void lane_close(const struct lane_out *out)
{
        (void)atomic_exchange(&out->shared->ours->closed, 1);
}

bool lane_is_closed(const struct lane_in *in)
{
        return atomic_load_ordered(&in->shared->theirs->closed) != 0;
}

void lane_tell(struct lane_shared *shared, int32_t result)
{
        shared->ours->result = result;
        atomic_store_release(&shared->ours->told, 1);
}

bool lane_told(const struct lane_shared *shared, int32_t *ret_result)
{
        if (atomic_load_acquire(&shared->theirs->told) == 0)
                return false;
        *ret_result = atomic_load_relaxed(&shared->theirs->result);
        return true;
}

void lane_end(struct lane_in *in)
{
        if (!in->shared->ended)
                (void)tail_look(in);
        in->shared->ended = true;
}
