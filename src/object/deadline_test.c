/* SPDX-License-Identifier: MIT */
/* Deadlines go with calls: who serves has them, and who calls is answered, whoever serves. */
#include "object/served_test.h"

#include <mori/membrane.h>

/* What is asked by add(): of the last wait, and of the deadline of who asks. */
enum { WAITED, SERVED, LEFT_S, LEFT_S_NEXT };

struct timed {
        calculator next; /* who is asked in turn */
        int waited, served;
        bool is_stubborn, is_let_go;
};

/* Seconds that are left, rounded up, but for a tick; -1: there is no deadline. */
static int32_t left_s(void)
{
        int64_t left = mori_time_left();

        return left == MORI_FOREVER ? -1 : (int32_t)((left + MORI_S(1) - 65537) / MORI_S(1));
}

static async int timed_add(void *self, struct calculator_add_call *call)
{
        struct timed *timed = self;

        switch (call->x) {
        case WAITED:
                call->sum = timed->waited;
                return 0;
        case SERVED:
                call->sum = timed->served;
                timed->is_let_go = true;
                return 0;
        case LEFT_S:
                call->sum = left_s();
                return 0;
        default:
                return await calculator_add(timed->next, LEFT_S, 0, &call->sum);
        }
}

static async int timed_wait(void *self, struct calculator_wait_call *call)
{
        struct timed *timed = self;

        timed->served++;
        timed->waited = 1;
        shield(timed->is_stubborn ? MORI_FOREVER : 1)
        {
                while (timed->is_stubborn && !timed->is_let_go)
                        EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        }
        timed->waited = await mori_sleep(call->ns);
        return timed->waited;
}

static const struct calculator_server timed_table = {.add = timed_add, .wait = timed_wait};

/* Process 1 asks process 2, whose `next` is nobody. */
static async int serves_timed(void *argument)
{
        struct timed timed = {.next = {MORI_NO_REF}};
        const char *what = argument;
        calculator c;

        timed.is_stubborn = what != NULL && what[0] == 's';
        if (what != NULL && what[0] == '1')
                timed.next = exported_by(2);
        EXPECT_EQ(mori_object_new(&calculator_interface, &timed_table, &timed, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

/* As it is over a membrane of one's own: a message, however near the object is. */
static async int serves_wrapped(void *argument)
{
        mori_membrane membrane;
        calculator c = exported_by(3);
        mori_ref wrapped;

        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, c.ref, &wrapped), 0);
        EXPECT_EQ(mori_export(wrapped), 0);
        return await waits_for_ever(argument);
}

static async int asks(calculator c, int what)
{
        int32_t result;
        int error = await calculator_add(c, what, 0, &result);

        return error < 0 ? error : result;
}

/* ---- Who serves has the deadline of who calls */

static async int knows_the_deadline(void *argument)
{
        mori_token *token = mori_token_new(MORI_S(20));
        calculator c = exported_by(1);

        (void)argument;
        EXPECT_EQ(left_s(), -1);
        EXPECT_EQ(await asks(c, LEFT_S), -1);
        EXPECT_EQ(await asks(c, LEFT_S_NEXT), -1);
        within(MORI_S(50))
        {
                EXPECT_EQ(left_s(), 50);
                EXPECT_EQ(await asks(c, LEFT_S), 50);
                EXPECT_EQ(await asks(c, LEFT_S_NEXT), 50);
                /* in what is started there, and in what that starts */
                EXPECT_EQ(await join(start(asks, c, LEFT_S_NEXT)), 50);
                within(MORI_S(60))
                {
                        EXPECT_EQ(await asks(c, LEFT_S), 50);
                        EXPECT_EQ(await join(start(asks, c, LEFT_S)), 50);
                }
                scope
                {
                        EXPECT_EQ(mori_token_attach(token), 0);
                        EXPECT_EQ(await asks(c, LEFT_S_NEXT), 20);
                        shield(MORI_S(70))
                        {
                                EXPECT_EQ(await asks(c, LEFT_S), 70);
                                EXPECT_EQ(await join(start(asks, c, LEFT_S)), 70);
                        }
                        shield(MORI_FOREVER)
                        {
                                EXPECT_EQ(await asks(c, LEFT_S), -1);
                        }
                }
        }
        EXPECT_EQ(await asks(c, LEFT_S_NEXT), -1);
        mori_token_free(token);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(who_serves_has_the_deadline)
{
        /* over the simulation: there no time passes between the call and what it finds */
        domain_run(&configs[1],
                   (struct member[]){{"main", knows_the_deadline, NULL},
                                     {"first", serves_timed, "1"},
                                     {"between", serves_wrapped, NULL},
                                     {"last", serves_timed, NULL}},
                   4);
        ck_assert_int_eq(status_of[0], 0);
        ck_assert_str_eq(reports, "");
}
END_TEST

/* ---- It passes */

static async int times_out(void *argument)
{
        calculator c = exported_by(1);
        calculator_wait_promise p;

        (void)argument;
        for (int64_t ms = 1; await asks(c, SERVED) == 0; ms *= 2) /* else it came too late */
                within(MORI_MS(ms))
                {
                        EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ETIMEDOUT);
                        EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ETIMEDOUT);
                }
        EXPECT_EQ(await asks(c, WAITED), -ETIMEDOUT);
        EXPECT_EQ(await asks(c, SERVED), 1);
        /* one behind another that is served: it never is */
        scope
        {
                Async(int) a = start(calculator_wait, c, MORI_S(1000));

                within(MORI_MS(1))
                {
                        EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ETIMEDOUT);
                }
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
        }
        EXPECT_EQ(await asks(c, WAITED), -ECANCELED);
        EXPECT_EQ(await asks(c, SERVED), 2);
        /* what was sent without one, and is waited for with one */
        p = (calculator_wait_promise){mori_object_send(
                c.ref, &calculator_methods[3], &(struct calculator_wait_call){.ns = MORI_S(1000)})};
        within(MORI_MS(1))
        {
                EXPECT_EQ(await mori_sent_join(p.sent, &(struct calculator_wait_call){.ns = 0}),
                          -ETIMEDOUT);
        }
        EXPECT_EQ(await asks(c, WAITED), -ETIMEDOUT);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(calls_that_time_out)
{
        all_run((struct member[]){{"main", times_out, NULL}, {"server", serves_timed, NULL}}, 2);
        all_run((struct member[]){{"main", times_out, NULL},
                                  {"between", serves_wrapped, NULL},
                                  {"none", waits_for_ever, NULL},
                                  {"server", serves_timed, NULL}},
                4);
}
END_TEST

/* Who serves does not answer to it, nor to being cancelled: whoever calls goes on all the same. */
static async int calls_the_stubborn(void *argument)
{
        calculator c = exported_by(1);

        (void)argument;
        within(MORI_MS(10))
        {
                scope
                {
                        Async(int) a = start(calculator_wait, c, MORI_S(1000));
                        int error = await mori_sleep(MORI_MS(1));

                        EXPECT(error == 0 || error == -ETIMEDOUT);
                        cancel(a); /* waits for who serves it, if it has come so far */
                        error = join(a);
                        EXPECT(error == -ETIMEDOUT || error == -ECANCELED);
                }
        }
        within(MORI_MS(1))
        {
                EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ETIMEDOUT);
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(a_server_that_never_answers)
{
        all_run((struct member[]){{"main", calls_the_stubborn, NULL},
                                  {"server", serves_timed, "stubborn"}},
                2);
}
END_TEST

/* Deadlines among everything: each call is answered once, and the next one works. */
static async int times_out_often(void *argument)
{
        calculator c = exported_by(1);
        int32_t result;

        (void)argument;
        for (int i = 0; i < TEST_TIMES(100); i++) {
                within(MORI_US(i % 50 * 5))
                {
                        calculator_open_promise o = calculator_open_send(c, "later");
                        memory_change_promise p = memory_change_send(calculator_open_memory(&o), 7);
                        int error = await calculator_add(c, 100, i, &result);
                        memory m;

                        EXPECT(error == 0 || error == -ETIMEDOUT);
                        error = await memory_change_join(&p, &result);
                        EXPECT(error == 0 || error == -ETIMEDOUT || error == -ECANCELED);
                        error = await calculator_open_join(&o, &m);
                        EXPECT(error == 0 || error == -ETIMEDOUT);
                        if (error == 0)
                                mori_ref_drop(m.ref);
                }
                EXPECT_EQ(await calculator_add(c, 100, i, &result), 0);
                EXPECT_EQ(result, 100 + i);
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(deadlines_in_the_midst)
{
        all_run((struct member[]){{"main", times_out_often, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

TEST_MAIN("object/deadline", TEST(who_serves_has_the_deadline), TEST(calls_that_time_out),
          TEST(a_server_that_never_answers), TEST(deadlines_in_the_midst))
