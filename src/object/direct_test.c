/* SPDX-License-Identifier: MIT */
/* The direct way of a call to another process, and what may come in between on it. */
#include "object/served_test.h"

/* What the server does, by the first number. */
enum { EXITS = 1001, BREAKS, STAYS, COMES_BACK_LATER };

static long *spins_until(void *self)
{
        return self;
}

/* Stays in its turn until another process says so: in a sync function, to be seen as it is. */
MORI_NONBLOCKING __attribute__((noinline)) static void stay(const long *until)
{
        while (__atomic_load_n(until, __ATOMIC_ACQUIRE) == 0)
                continue;
}

MORI_NONBLOCKING __attribute__((noinline)) static void let_go(long *until)
{
        __atomic_store_n(until, 1, __ATOMIC_RELEASE);
}

static async int does(void *self, struct calculator_add_call *call)
{
        switch (call->x) {
        case EXITS:
                mori_exit(4);
        case BREAKS:
                MORI_REQUIRE(call->x != BREAKS);
                break;
        case STAYS:
                stay(spins_until(self));
                break;
        case COMES_BACK_LATER:
                for (int i = 0; i < 3; i++)
                        attempt(await mori_yield());
                break;
        default:
                break;
        }
        call->sum = call->x + call->y;
        return 0;
}

static const struct calculator_server does_table = {.add = does};

static async int serves_odd(void *argument)
{
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &does_table, argument, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

/* The exported object itself, not the promise of it. */
static async calculator known(unsigned member)
{
        calculator c = exported_by(member);
        int32_t sum;

        EXPECT_EQ(await calculator_add(c, 1, 1, &sum), 0);
        return c;
}

/* ---- Answers at once, and later */

static async int answers_come(void *argument)
{
        calculator c = await known(1);
        int32_t sum;

        for (int i = 0; i < 50; i++) {
                EXPECT_EQ(await calculator_add(c, i, 1, &sum), 0);
                EXPECT_EQ(sum, i + 1);
                if (i % 5 == 0) {
                        EXPECT_EQ(await calculator_add(c, COMES_BACK_LATER, i, &sum), 0);
                        EXPECT_EQ(sum, COMES_BACK_LATER + i);
                }
        }
        mori_ref_drop(c.ref);
        return argument != NULL;
}

START_TEST(at_once_and_later)
{
        all_run((struct member[]){{"main", answers_come, NULL}, {"server", serves_odd, NULL}}, 2);
}
END_TEST

/* ---- Through a process in between */

static async int passes_on(void *self, struct calculator_add_call *call)
{
        return await calculator_add((calculator){*(mori_ref *)self}, call->x, call->y, &call->sum);
}

static const struct calculator_server relay_table = {.add = passes_on};

static async int relays(void *argument)
{
        calculator next = await known(2), c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &relay_table, &next.ref, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

START_TEST(through_another)
{
        all_run((struct member[]){{"main", answers_come, NULL},
                                  {"relay", relays, NULL},
                                  {"server", serves_odd, NULL}},
                3);
}
END_TEST

/* ---- Order */

static async int changes_by(memory m, int32_t by, int32_t *ret_value)
{
        return await memory_change(m, by, ret_value);
}

/* What is called first arrives first, whichever ways the calls go. */
static async int order_is_kept(void *argument)
{
        calculator c = exported_by(1);
        memory m;
        int32_t first, value, expected = 3;

        EXPECT_EQ(await calculator_open(c, "abc", &m), 0);
        for (int i = 1; i < 40; i++) {
                scope
                {
                        Async(int) a = start(changes_by, m, i, &first);
                        memory_change_promise b = memory_change_send(m, 1000);
                        Async(int) d = start(changes_by, m, 1, &value);

                        EXPECT_EQ(await memory_change_join(&b, &value), 0);
                        EXPECT_EQ(join(a), 0);
                        EXPECT_EQ(join(d), 0);
                }
                EXPECT_EQ(first, expected + i);
                expected += i + 1001;
                EXPECT_EQ(value, expected);
        }
        mori_ref_drop(m.ref);
        mori_ref_drop(c.ref);
        return argument != NULL;
}

START_TEST(in_order)
{
        all_run((struct member[]){{"main", order_is_kept, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* ---- Ends */

static async int sees_its_end(void *argument)
{
        calculator c = await known(1);
        int what = (int)(uintptr_t)argument;
        int32_t sum;

        EXPECT_EQ(await calculator_add(c, what, 1, &sum), -ECONNRESET);
        EXPECT_EQ(await calculator_add(c, 1, 1, &sum), -ECONNRESET);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(the_server_ends)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                const struct member exits[] = {{"main", sees_its_end, (void *)EXITS},
                                               {"server", serves_odd, NULL}};
                const struct member breaks[] = {{"main", sees_its_end, (void *)BREAKS},
                                                {"server", serves_odd, NULL}};

                domain_run(&configs[i], exits, 2);
                ck_assert_int_eq(status_of[0], 0);
                ck_assert_int_eq(status_of[1], 4);
                domain_run(&configs[i], breaks, 2);
                ck_assert_int_eq(status_of[0], 0);
                ck_assert_int_eq(status_of[1], 70);
        }
}
END_TEST

/* In the turn in which it has called. */
static async int ends_having_called(void *argument)
{
        calculator c = await known(1);
        int32_t sum;

        scope
        {
                Async(int) a = start(calculator_add, c, 2, 2, &sum);

                if (argument != NULL)
                        mori_exit(3);
                EXPECT_EQ(join(a), 0);
        }
        return 0;
}

START_TEST(the_caller_ends)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                domain_run(&configs[i],
                           (struct member[]){{"main", ends_having_called, "at once"},
                                             {"server", serves_odd, NULL}},
                           2);
                ck_assert_int_eq(status_of[0], 3);
        }
}
END_TEST

/* ---- A server that is stuck */

static async int lets_go(void *argument)
{
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        let_go(argument);
        return 0;
}

/* The caller goes on while the server is stuck in the turn that it was given. */
static async int calls_who_is_stuck(void *argument)
{
        calculator c = await known(1);
        long *until = argument;
        int32_t sum;

        for (int i = 0; i < 3; i++) {
                *until = 0;
                scope
                {
                        Async(int) a = start(lets_go, argument);

                        /* by who is not just started: this one takes the worker along */
                        EXPECT_EQ(await calculator_add(c, STAYS, i, &sum), 0);
                        EXPECT_EQ(join(a), 0);
                }
                EXPECT_EQ(sum, STAYS + i);
                *until = 0;
                scope
                {
                        Async(int) a = start(calculator_add, c, STAYS, -i, &sum);
                        Async(int) b = start(lets_go, argument);

                        EXPECT_EQ(join(b), 0);
                        EXPECT_EQ(join(a), 0);
                }
                EXPECT_EQ(sum, STAYS - i);
        }
        EXPECT_EQ(await calculator_add(c, 1, 1, &sum), 0);
        mori_ref_drop(c.ref);
        return 0;
}

static const struct seat_config stalling[] = {
        {.io.kind = PLATFORM_IO_URING, .stall_ns = 1000000},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = 1000000},
        {.io.kind = PLATFORM_IO_EPOLL, .stall_ns = 1000000, .seats = 2},
};

START_TEST(a_stuck_server_holds_nobody_up)
{
        for (unsigned i = 0; i < ELEMENTS(stalling); i++) {
                long until = 0;

                domain_run(&stalling[i],
                           (struct member[]){{"main", calls_who_is_stuck, &until},
                                             {"server", serves_odd, &until}},
                           2);
                ck_assert_int_eq(status_of[0], 0);
        }
}
END_TEST

TEST_MAIN("object/direct", TEST(at_once_and_later), TEST(through_another), TEST(in_order),
          TEST(the_server_ends), TEST(the_caller_ends), TEST(a_stuck_server_holds_nobody_up))
