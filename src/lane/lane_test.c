/* SPDX-License-Identifier: MIT */
/* A lane by itself: records of all sizes, full lanes, rings that are left, two threads. */
#include "support/test.h"

#include "lane/lane.h"
#include "platform/thread.h"

#include <sched.h>
#include <string.h>

static uint32_t next_random(uint64_t *seed)
{
        *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
        return (uint32_t)(*seed >> 33);
}

/* A record says its number and its size, in every byte. */
static bool put(struct lane_out *out, uint32_t number, uint32_t bytes)
{
        unsigned char *record = lane_reserve(out, bytes);

        if (record == NULL)
                return false;
        if ((uintptr_t)record % 8 != 0)
                ck_abort_msg("a record that is not aligned");
        memset(record, (int)(number & 0xff), bytes);
        lane_commit(out, bytes);
        return true;
}

static bool take(struct lane_in *in, uint32_t number, uint32_t bytes)
{
        uint32_t got;
        const unsigned char *record = lane_next(in, &got);
        bool good = true;

        if (record == NULL)
                return false;
        for (uint32_t i = 0; i < got; i++)
                good = good && record[i] == (number & 0xff);
        ck_assert_msg(good && got == bytes, "record %u: %u bytes, %u wanted", number, got, bytes);
        lane_taken(in);
        return true;
}

static uint32_t size_of(uint64_t *seed)
{
        uint32_t kind = next_random(seed) % 10;

        return next_random(seed) % (kind == 0 ? LANE_RECORD_MAX + 1 : kind < 4 ? 700 : 64);
}

START_TEST(records_come_in_order)
{
        struct lane_out out;
        struct lane_in in;
        uint64_t seed_put = 7, seed_take = 7, seed_turns = 9;
        uint32_t sent = 0, got = 0, size = size_of(&seed_put), expected = size_of(&seed_take);

        ck_assert_int_eq(lane_new(LANE_BYTES_MAX, &out, &in), 0);
        while (got < 20000) {
                for (uint32_t n = next_random(&seed_turns) % 50; n > 0; n--) {
                        if (!put(&out, sent, size))
                                break;
                        sent++;
                        size = size_of(&seed_put);
                }
                lane_publish(&out);
                for (uint32_t n = next_random(&seed_turns) % 50; n > 0; n--) {
                        if (!take(&in, got, expected))
                                break;
                        got++;
                        expected = size_of(&seed_take);
                }
                (void)lane_settle(&in);
        }
        lane_free(&in);
}
END_TEST

START_TEST(what_is_not_published_is_not_seen)
{
        struct lane_out out;
        struct lane_in in;

        ck_assert_int_eq(lane_new(LANE_BYTES_MAX, &out, &in), 0);
        ck_assert(put(&out, 1, 8));
        ck_assert(!take(&in, 1, 8));
        ck_assert(lane_publish(&out));
        ck_assert(!lane_publish(&out));
        ck_assert(take(&in, 1, 8));
        lane_free(&in);
}
END_TEST

/* A lane that is full says so once there is room; what was put fits into the most it may have. */
START_TEST(a_full_lane_is_bounded)
{
        struct lane_out out;
        struct lane_in in;
        uint32_t sent = 0, got = 0;

        ck_assert_int_eq(lane_new(LANE_BYTES_MAX, &out, &in), 0);
        while (put(&out, sent, 56))
                sent++;
        /* rings of 1, 2, ... 64 KiB, of which the smaller ones were left full */
        ck_assert_uint_gt(sent, LANE_BYTES_MAX / 64);
        ck_assert_uint_le(sent, 2 * LANE_BYTES_MAX / 64);
        lane_publish(&out);
        ck_assert(!lane_settle(&in));
        while (take(&in, got, 56))
                got++;
        ck_assert_uint_eq(got, sent);
        ck_assert(lane_settle(&in));
        ck_assert(!lane_settle(&in));
        ck_assert(put(&out, 5, LANE_RECORD_MAX));
        lane_publish(&out);
        ck_assert(take(&in, 5, LANE_RECORD_MAX));
        lane_free(&in);
}
END_TEST

#define ACROSS TEST_TIMES(200000u)

struct across {
        struct lane_out out;
        struct lane_in in;
        uint32_t room;
};

static void puts_all(void *argument)
{
        struct across *across = argument;
        uint64_t seed = 3, seed_publish = 4;

        for (uint32_t i = 0; i < ACROSS; i++) {
                uint32_t bytes = next_random(&seed) % 200;

                while (!put(&across->out, i, bytes)) {
                        lane_publish(&across->out);
                        while (atomic_exchange(&across->room, 0) == 0) /* it is told */
                                sched_yield();
                }
                if (next_random(&seed_publish) % 8 == 0)
                        lane_publish(&across->out);
        }
        lane_publish(&across->out);
}

START_TEST(two_threads)
{
        static struct across across;
        struct platform_thread *thread;
        uint64_t seed = 3;

        across.room = 0;
        ck_assert_int_eq(lane_new(4096, &across.out, &across.in), 0);
        ck_assert_int_eq(platform_thread_new(puts_all, &across, "puts", 0, &thread), 0);
        for (uint32_t i = 0; i < ACROSS; i++) {
                uint32_t bytes = next_random(&seed) % 200;

                while (!take(&across.in, i, bytes)) {
                        if (lane_settle(&across.in))
                                atomic_exchange(&across.room, 1);
                        sched_yield();
                }
                if (i % 16 == 0 && lane_settle(&across.in))
                        atomic_exchange(&across.room, 1);
        }
        platform_thread_join(thread);
        lane_free(&across.in);
}
END_TEST

TEST_MAIN("lane/lane", TEST(records_come_in_order), TEST(what_is_not_published_is_not_seen),
          TEST(a_full_lane_is_bounded), TEST(two_threads))
