/* SPDX-License-Identifier: MIT */
/*
 * The timing wheels against a model: an array of deadlines in which the due ones are looked for.
 */
#include "support/test.h"

#include "turn/timer.h"

#include <stdbool.h>
#include <string.h>

#define MODEL_ROUNDS TEST_TIMES(60)
#define TICK ((uint64_t)1 << TIMER_TICK_SHIFT)

struct watched {
        _Alignas(16) struct timer timer;
        bool expected; /* started, as the model has it */
        uint64_t deadline;
        uint64_t started_at;
        unsigned fired;
        uint64_t order; /* its number among all that fired */
};

static struct timer_wheel wheel;
static uint64_t now, last_due;
static uint64_t state = 1;

static uint64_t random_next(void)
{
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
}

/* An empty wheel for timers that stand in an array. Number 0 is none of them. */
static void wheel_init(void *timers)
{
        timer_wheel_init(&wheel, (uintptr_t)timers - 16, now);
}

/* Ticks are in order, and none comes early. */
static uint64_t order_next;

static void watched_fire(struct timer *timer)
{
        struct watched *watched = (struct watched *)timer;
        uint64_t due = watched->deadline > watched->started_at ? watched->deadline
                                                               : watched->started_at;

        ck_assert_often(watched->expected);
        ck_assert_often(!timer_started(timer));
        ck_assert_often(watched->deadline <= now);
        ck_assert_often(due / TICK + 1 >= last_due / TICK);
        last_due = due;
        watched->expected = false;
        watched->fired++;
        watched->order = ++order_next;
}

static void watched_start(struct watched *watched, uint64_t deadline)
{
        watched->timer.fire = watched_fire;
        watched->expected = true;
        watched->started_at = now;
        watched->deadline = deadline;
        timer_start(&wheel, &watched->timer, deadline);
}

/*
 * Advances, and checks that all that is due has fired: what is late by a whole tick, at the latest.
 */
static void advance(struct watched *all, size_t count, uint64_t to)
{
        now = to;
        last_due = 0;
        timer_advance(&wheel, now);
        timer_check(&wheel);
        for (size_t i = 0; i < count; i++) {
                const struct watched *watched = &all[i];
                uint64_t due = watched->deadline > watched->started_at ? watched->deadline
                                                                       : watched->started_at;

                ck_assert_often(watched->expected == timer_started(&watched->timer));
                if (watched->expected && now >= 2 * TICK)
                        ck_assert_often(due > now - 2 * TICK);
        }
}

/* The next deadline is never later than a timer. */
static void check_next(const struct watched *all, size_t count)
{
        uint64_t next = timer_next(&wheel), earliest = UINT64_MAX;

        for (size_t i = 0; i < count; i++)
                if (all[i].expected && all[i].deadline < earliest)
                        earliest = all[i].deadline;
        if (earliest == UINT64_MAX)
                ck_assert_often(next == UINT64_MAX);
        else if (earliest > now)
                ck_assert_often(next <= (earliest / TICK + 1) * TICK);
}

START_TEST(wheels_agree_with_a_model)
{
        static struct watched all[300];

        for (unsigned round = 0; round < MODEL_ROUNDS; round++) {
                memset(all, 0, sizeof all);
                now = round % 3 ? random_next() >> (random_next() % 50 + 14) : 0;
                wheel_init(all);
                for (unsigned step = 0; step < 3000; step++) {
                        struct watched *one = &all[random_next() % 300];
                        unsigned reach = (unsigned)(random_next() % (round % 2 ? 24 : 44));

                        switch (random_next() % 8) {
                        case 0:
                        case 1:
                        case 2:
                                if (!one->expected)
                                        watched_start(
                                                one, now + (random_next() & ((TICK << reach) - 1)));
                                break;
                        case 3: /* late */
                                if (!one->expected)
                                        watched_start(one,
                                                      now - now % (random_next() % 1000000 + 1));
                                break;
                        case 4:
                        case 5:
                                timer_stop(&wheel, &one->timer);
                                one->expected = false;
                                break;
                        case 6: { /* as the loop does */
                                uint64_t next = timer_next(&wheel);

                                check_next(all, 300);
                                if (next != UINT64_MAX && next > now)
                                        advance(all, 300, next);
                                break;
                        }
                        default:
                                if (step % 4 == 0)
                                        advance(all, 300,
                                                now + (random_next() &
                                                       ((TICK << (reach / 2)) - 1)));
                        }
                }
                /* To the end: nothing is left behind. */
                for (uint64_t next; (next = timer_next(&wheel)) != UINT64_MAX;)
                        advance(all, 300, next > now ? next : now + TICK);
                ck_assert_uint_eq(wheel.count, 0);
        }
}
END_TEST

START_TEST(every_boundary_of_a_wheel_is_crossed)
{
        static const uint64_t edges[] = {0,          1,          62,        63,
                                         64,         65,         4094,      4095,
                                         4096,       4097,       262143,    262144,
                                         262145,     16777215,   16777216,  (1ull << 30) - 1,
                                         1ull << 30, 1ull << 36, 1ull << 42};
        const size_t count = sizeof edges / sizeof edges[0];

        for (size_t from = 0; from < count; from++) {
                for (size_t to = from; to < count; to++) {
                        struct watched one = {0};

                        last_due = 0;
                        now = edges[from] * TICK;
                        wheel_init(&one);
                        watched_start(&one, edges[to] * TICK);
                        timer_check(&wheel);
                        while (timer_started(&one.timer)) {
                                uint64_t next = timer_next(&wheel);

                                ck_assert_often(next != UINT64_MAX);
                                ck_assert_often(next > now);
                                now = next;
                                timer_advance(&wheel, now);
                        }
                        ck_assert_uint_eq(one.fired, 1);
                        ck_assert_uint_le(now,
                                          edges[to] * TICK + (edges[from] == edges[to] ? TICK : 0));
                }
        }
}
END_TEST

/* One step over everything fires everything, however far apart it lies. */
START_TEST(a_long_sleep_fires_all)
{
        static struct watched all[1000];
        uint64_t horizon = 1000ull * 365 * 24 * 3600 * 1000000000 / 8;

        for (unsigned steps = 1; steps < 4; steps++) {
                memset(all, 0, sizeof all);
                now = 12345678901234;
                wheel_init(all);
                for (size_t i = 0; i < 1000; i++)
                        watched_start(&all[i], now + random_next() % (horizon >> (i % 50)));
                for (unsigned i = 1; i <= steps; i++)
                        advance(all, 1000, 12345678901234 + horizon / steps * i + 3 * TICK);
                for (size_t i = 0; i < 1000; i++)
                        ck_assert_uint_eq(all[i].fired, 1);
        }
}
END_TEST

START_TEST(the_end_of_time_is_a_deadline)
{
        struct watched both[2] = {{.expected = false}};

        now = 1;
        wheel_init(both);
        watched_start(&both[0], INT64_MAX);
        watched_start(&both[1], (uint64_t)INT64_MAX - 1);
        timer_check(&wheel);
        ck_assert_uint_ne(timer_next(&wheel), UINT64_MAX);
        advance(both, 2, (uint64_t)1 << 62);
        ck_assert(timer_started(&both[0].timer) && timer_started(&both[1].timer));
        timer_stop(&wheel, &both[0].timer);
        timer_stop(&wheel, &both[1].timer);
        timer_check(&wheel);
        ck_assert_uint_eq(timer_next(&wheel), UINT64_MAX);
}
END_TEST

/* ---- A timer that fires may start and stop any. */

struct meddler {
        _Alignas(16) struct timer timer;
        struct timer *stops, *starts;
        uint64_t again;
        unsigned fired;
};

static void meddle(struct timer *timer)
{
        struct meddler *meddler = (struct meddler *)timer;

        meddler->fired++;
        if (meddler->stops != NULL)
                timer_stop(&wheel, meddler->stops);
        if (meddler->starts != NULL && !timer_started(meddler->starts))
                timer_start(&wheel, meddler->starts, meddler->again);
        timer_check(&wheel);
}

START_TEST(timers_stop_and_start_each_other)
{
        static struct meddler all[64];

        now = 0;
        wheel_init(all);
        for (size_t i = 0; i < 64; i++) {
                all[i] = (struct meddler){.timer.fire = meddle,
                                          .stops = &all[i ^ 1].timer,
                                          .starts = i % 4 < 2 ? &all[i].timer : NULL,
                                          .again = 70 * TICK};
                timer_start(&wheel, &all[i].timer, 65 * TICK);
        }
        timer_advance(&wheel, 66 * TICK);
        for (size_t i = 0; i < 64; i += 2)
                ck_assert_uint_eq(all[i].fired + all[i + 1].fired, 1);
        timer_advance(&wheel, 71 * TICK);
        ck_assert_uint_ge(wheel.count, 1); /* again at once, in the tick after this one */
        for (size_t i = 0; i < 64; i++)
                timer_stop(&wheel, &all[i].timer);
        timer_check(&wheel);
        ck_assert_uint_eq(wheel.count, 0);
}
END_TEST

START_TEST(a_million_timers)
{
        struct watched *all = calloc(1000000, sizeof *all);
        uint64_t fired = 0;

        ck_assert_ptr_nonnull(all);
        now = 0;
        wheel_init(all);
        for (size_t i = 0; i < 1000000; i++)
                watched_start(&all[i], random_next() % (3600ull * 1000000000));
        timer_check(&wheel);
        for (size_t i = 0; i < 1000000; i += 2) {
                timer_stop(&wheel, &all[i].timer);
                all[i].expected = false;
        }
        timer_check(&wheel);
        while (wheel.count > 0) {
                now = timer_next(&wheel);
                fired += timer_advance(&wheel, now);
        }
        ck_assert_uint_eq(fired, 500000);
        free(all);
}
END_TEST

/*
 * Timers of one deadline fire in the order of their start, however often they moved down the
 * levels.
 */
START_TEST(equal_deadlines_fire_in_order)
{
        static struct watched all[64];
        uint64_t fired_at[64] = {0}, deadline = 5000 * TICK;
        size_t i, j;

        now = 3 * TICK;
        wheel_init(all);
        for (i = 0; i < 64; i++)
                watched_start(&all[i], deadline);
        timer_stop(&wheel, &all[0].timer);
        timer_stop(&wheel, &all[31].timer);
        timer_stop(&wheel, &all[63].timer);
        timer_check(&wheel);
        order_next = 0;
        while (now < deadline + TICK) {
                now += 40 * TICK;
                timer_advance(&wheel, now);
                timer_check(&wheel);
        }
        for (i = 0; i < 64; i++)
                fired_at[i] = all[i].order;
        for (i = 0; i < 64; i++)
                for (j = i + 1; j < 64; j++)
                        if (all[i].fired && all[j].fired)
                                ck_assert_uint_lt(fired_at[i], fired_at[j]);
        ck_assert_uint_eq(order_next, 61);
}
END_TEST

TEST_MAIN("turn/timer", TEST(equal_deadlines_fire_in_order), TEST(wheels_agree_with_a_model),
          TEST(every_boundary_of_a_wheel_is_crossed), TEST(a_long_sleep_fires_all),
          TEST(the_end_of_time_is_a_deadline), TEST(timers_stop_and_start_each_other),
          TEST(a_million_timers))
