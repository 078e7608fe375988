/* SPDX-License-Identifier: MIT */
/*
 * To flush a reference: it waits for the way, and not for the object; what others call from then
 * on comes behind.
 */
#include "object/served_test.h"

#include <mori/membrane.h>

#define ROUNDS 50
#define CALLS  5
#define LARGE_CALLS 40
#define LARGE_BYTES 15000 /* four of these fill a lane */

/* ---- What it waits for */

/* `c` is of an object that is free; others of it wait. */
static async int flushes(calculator c)
{
        memory none;
        int32_t value;

        EXPECT_EQ(await mori_ref_flush(c.ref), 0);
        scope
        {
                Async(int) a = start(calculator_wait, c, MORI_S(1000));
                calculator_open_promise o, late;
                memory_change_promise p, q;

                EXPECT_EQ(await mori_yield(), 0);
                o = calculator_open_send(c, "one");
                EXPECT_EQ(await mori_ref_flush(c.ref), 0); /* though the object is not free */
                EXPECT_EQ(mori_done(MORI_ACTIVITY(a)), 0);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
                p = memory_change_send(calculator_open_memory(&o), 1);
                EXPECT_EQ(await mori_ref_flush(calculator_open_memory(&o).ref), 0);
                /* it has come, or what was called would not be with it */
                EXPECT_EQ(await memory_change_join(&p, &value), 0);
                EXPECT_EQ(value, 4);
                EXPECT_EQ(await calculator_open_join(&o, &none), 0);
                mori_ref_drop(none.ref);
                late = calculator_open_send(c, "later");
                q = memory_change_send(calculator_open_memory(&late), 7);
                EXPECT_EQ(await mori_ref_flush(calculator_open_memory(&late).ref), 0);
                EXPECT_EQ(await memory_change_join(&q, &value), 0);
                EXPECT_EQ(value, 12);
                EXPECT_EQ(await calculator_open_join(&late, &none), 0);
                EXPECT_EQ(await mori_ref_flush(none.ref), 0);
                mori_ref_drop(none.ref);
        }
        return 0;
}

static async int flushes_near_and_far(void *argument)
{
        calculator near, far = exported_by(1), wrapped;
        mori_membrane membrane;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &near), 0);
        EXPECT_EQ(await flushes(near), 0);
        EXPECT_EQ(await flushes(far), 0);
        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, far.ref, &wrapped.ref), 0);
        EXPECT_EQ(await mori_ref_flush(wrapped.ref), 0);
        mori_membrane_revoke(membrane);
        EXPECT_EQ(await mori_ref_flush(wrapped.ref), -EKEYREVOKED);
        EXPECT_EQ(await mori_ref_flush(MORI_NO_REF), -EBADF);
        within(0)
        {
                EXPECT_EQ(await mori_ref_flush(far.ref), -ETIMEDOUT);
        }
        mori_ref_drop(wrapped.ref);
        mori_ref_drop(near.ref);
        mori_ref_drop(far.ref);
        return 0;
}

START_TEST(what_it_waits_for)
{
        all_run((struct member[]){{"main", flushes_near_and_far, NULL},
                                  {"server", serves, NULL}},
                2);
}
END_TEST

static async int flushes_who_is_gone(void *argument)
{
        mori_process child;
        calculator c;

        (void)argument;
        EXPECT_EQ(await mori_process_start(serves, NULL, 0, NULL, &child), 0);
        EXPECT_EQ(mori_process_exported(child, &c.ref), 0);
        EXPECT_EQ(await mori_ref_flush(c.ref), 0);
        EXPECT_EQ(mori_process_kill(child), 0);
        EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ECONNRESET);
        EXPECT_EQ(await mori_ref_flush(c.ref), -ECONNRESET);
        mori_ref_drop(c.ref);
        return mori_process_release(child);
}

START_TEST(who_is_gone)
{
        all_run((struct member[]){{"main", flushes_who_is_gone, NULL}}, 1);
}
END_TEST

/* ---- What comes behind */

/* Calls the object of another process for who calls: its own way there. */
static async int add_there(void *self, struct calculator_add_call *call)
{
        const calculator *there = self;

        return await calculator_add(*there, call->x, call->y, &call->sum);
}

static const struct calculator_server there_table = {.add = add_there};

static async int serves_there(void *argument)
{
        calculator there = exported_by(3);

        (void)argument;
        return await serves_as(&there_table, &there);
}

/* Hands on what process 3 exports, behind a membrane: a long way there. */
static async int serves_long_way(void *argument)
{
        calculator there = exported_by(3), c;
        mori_membrane membrane;

        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, there.ref, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        return await waits_for_ever(argument);
}

static async int keeps_in_order(void *argument)
{
        calculator long_way = exported_by(1), other_way = exported_by(2);
        calculator_add_promise sent[CALLS];
        int32_t y = 0, sum;

        (void)argument;
        for (int round = 0; round < TEST_TIMES(ROUNDS); round++) {
                for (int i = 0; i < CALLS; i++)
                        sent[i] = calculator_add_send(long_way, 0, y++);
                EXPECT_EQ(await mori_ref_flush(long_way.ref), 0);
                EXPECT_EQ(await calculator_add(other_way, 0, y++, &sum), 0);
                EXPECT_EQ(sum, y - 1);
                for (int i = 0; i < CALLS; i++)
                        EXPECT_EQ(await calculator_add_join(&sent[i], &sum), 0);
        }
        mori_ref_drop(long_way.ref);
        mori_ref_drop(other_way.ref);
        return 0;
}

START_TEST(what_comes_behind)
{
        all_run((struct member[]){{"main", keeps_in_order, NULL},
                                  {"long", serves_long_way, NULL},
                                  {"other", serves_there, NULL},
                                  {"server", serves_in_order, NULL}},
                4);
}
END_TEST

/* Large calls: they wait for room on the second part of the way. */
static async int open_counted(void *self, struct calculator_open_call *call)
{
        (void)call;
        ++*(int32_t *)self;
        return -EIO;
}

static async int counts_large(void *argument)
{
        static const struct calculator_server table = {.add = add_in_order, .open = open_counted};
        int32_t next = 0;

        (void)argument;
        return await serves_as(&table, &next);
}

static async int opens_large(calculator c, const char *name)
{
        memory none;

        EXPECT_EQ(await calculator_open(c, name, &none), -EIO);
        return 0;
}

static async int keeps_large_in_order(void *argument)
{
        calculator long_way = exported_by(1), other_way = exported_by(2);
        char *name = malloc(LARGE_BYTES + 1);
        int32_t y = 0, sum;

        (void)argument;
        memset(name, 'x', LARGE_BYTES);
        name[LARGE_BYTES] = '\0';
        for (int round = 0; round < TEST_TIMES(ROUNDS) / 10; round++) {
                scope
                {
                        for (int i = 0; i < LARGE_CALLS; i++)
                                ignore(start(opens_large, long_way, name));
                        EXPECT_EQ(await mori_ref_flush(long_way.ref), 0);
                        y += LARGE_CALLS;
                        EXPECT_EQ(await calculator_add(other_way, 0, y, &sum), 0);
                        EXPECT_EQ(sum, y++);
                }
        }
        free(name);
        mori_ref_drop(long_way.ref);
        mori_ref_drop(other_way.ref);
        return 0;
}

/* What process 3 exports, as it is: it is handed off. */
static async int exports_what_is_there(void *argument)
{
        EXPECT_EQ(mori_export(exported_by(3).ref), 0);
        return await waits_for_ever(argument);
}

START_TEST(what_comes_behind_large_calls)
{
        all_run((struct member[]){{"main", keeps_large_in_order, NULL},
                                  {"long", serves_long_way, NULL},
                                  {"other", serves_there, NULL},
                                  {"server", counts_large, NULL}},
                4);
        all_run((struct member[]){{"main", keeps_large_in_order, NULL},
                                  {"long", exports_what_is_there, NULL},
                                  {"other", serves_there, NULL},
                                  {"server", counts_large, NULL}},
                4);
}
END_TEST

TEST_MAIN("object/flush", TEST(what_it_waits_for), TEST(who_is_gone), TEST(what_comes_behind),
          TEST(what_comes_behind_large_calls))
