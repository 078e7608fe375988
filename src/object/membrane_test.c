/* SPDX-License-Identifier: MIT */
/*
 * Membranes: near and far, with calls under way, with references that go in and come out, and with
 * ends in the midst. That calls through one are in order: object_test.c.
 */
#include "object/served_test.h"

#include <mori/membrane.h>

/* Who lends: a calculator inside, whose calls are kept track of; and what it was lent. */
struct lender {
        mori_membrane membrane;
        calculator inside, lent;
        memory kept;
        int waited; /* see wait_ns() */
};

static async int inside_use(void *self, struct calculator_use_call *call)
{
        struct lender *lender = self;

        mori_ref_drop(lender->kept.ref);
        attempt(mori_ref_copy(call->memory.ref, &lender->kept.ref));
        return call->by == 0 ? 0 : await memory_change(call->memory, call->by, &call->value);
}

static async int inside_wait(void *self, struct calculator_wait_call *call)
{
        return await wait_ns(&((struct lender *)self)->waited, call);
}

static const struct calculator_server inside_table = {
        .add = add, .open = open_memory, .use = inside_use, .wait = inside_wait};

/* What is asked of the lender itself: references by name, and this: */
enum { REVOKE, IS_KEPT_INSIDE, CALL_KEPT, WAITED, WRAP_SHALLOW };

static async int lender_add(void *self, struct calculator_add_call *call)
{
        struct lender *lender = self;
        int32_t result;

        switch (call->x) {
        case REVOKE:
                mori_membrane_revoke(lender->membrane);
                return 0;
        case IS_KEPT_INSIDE:
                call->sum = mori_ref_same(lender->kept.ref, lender->inside.ref);
                return 0;
        case CALL_KEPT:
                call->sum = await memory_change(lender->kept, 1, &result);
                return 0;
        case WAITED:
                call->sum = lender->waited;
                return 0;
        default:
                mori_ref_drop(lender->lent.ref);
                mori_membrane_drop(lender->membrane);
                attempt(mori_membrane_new(MORI_MEMBRANE_SHALLOW, &lender->membrane));
                return mori_membrane_wrap(lender->membrane, lender->inside.ref, &lender->lent.ref);
        }
}

static async int lender_open(void *self, struct calculator_open_call *call)
{
        struct lender *lender = self;

        return mori_ref_copy(call->name.count == 4 ? lender->lent.ref : lender->inside.ref,
                             &call->memory.ref);
}

static const struct calculator_server lender_table = {.add = lender_add, .open = lender_open};

static int lender_begin(struct lender *lender, calculator *ret_lender)
{
        *lender = (struct lender){.kept = {MORI_NO_REF}};
        attempt(mori_object_new(&calculator_interface, &inside_table, lender, NULL,
                                &lender->inside.ref));
        attempt(mori_membrane_new(0, &lender->membrane));
        attempt(mori_membrane_wrap(lender->membrane, lender->inside.ref, &lender->lent.ref));
        return mori_object_new(&calculator_interface, &lender_table, lender, NULL,
                               &ret_lender->ref);
}

static async int lends(void *argument)
{
        struct lender lender;
        calculator c;

        EXPECT_EQ(lender_begin(&lender, &c), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

static async int asks(calculator lender, int what)
{
        int32_t result;
        int error = await calculator_add(lender, what, 0, &result);

        return error < 0 ? error : result;
}

static async int gets(calculator lender, const char *name, calculator *ret_calculator)
{
        memory m;
        int error = await calculator_open(lender, name, &m);

        ret_calculator->ref = m.ref;
        return error;
}

/* As long as it is not revoked. */
static async int borrows(calculator lender, calculator lent, memory mine)
{
        calculator_open_promise o;
        memory_change_promise p;
        calculator again, raw;
        int32_t result;
        memory m;

        EXPECT_EQ(await calculator_add(lent, 2, 3, &result), 0);
        EXPECT_EQ(result, 5);
        EXPECT_EQ(await calculator_add(lent, 13, 3, &result), -EDOM);
        EXPECT_EQ(mori_ref_status(lent.ref), 0);
        o = calculator_open_send(lent, "later");
        p = memory_change_send(calculator_open_memory(&o), 7);
        EXPECT_EQ(await memory_change_join(&p, &result), 0);
        EXPECT_EQ(result, 12);
        EXPECT_EQ(await calculator_open_join(&o, &m), 0);
        EXPECT_EQ(await memory_change(m, 1, &result), 0);
        EXPECT_EQ(result, 13);
        /* what came out is what it was when it goes back, and the same when it comes again */
        EXPECT_EQ(await calculator_use(lent, m, 1, &result), 0);
        EXPECT_EQ(result, 14);
        EXPECT_EQ(await calculator_use(lent, (memory){lent.ref}, 0, &result), 0);
        EXPECT_EQ(await asks(lender, IS_KEPT_INSIDE), 1);
        EXPECT_EQ(await gets(lender, "lent", &again), 0);
        EXPECT(mori_ref_same(lent.ref, again.ref));
        EXPECT_EQ(await gets(lender, "inside", &raw), 0);
        EXPECT(!mori_ref_same(lent.ref, raw.ref));
        mori_ref_drop(again.ref);
        mori_ref_drop(raw.ref);
        mori_ref_drop(m.ref);
        /* and what goes in is called from there */
        EXPECT_EQ(await calculator_use(lent, mine, 1, &result), 0);
        EXPECT_EQ(await asks(lender, CALL_KEPT), 0);
        return 0;
}

static async int is_revoked(void *argument)
{
        struct lender near;
        calculator c, lent, raw;
        int32_t result;
        memory m, mine;
        bool gone = false;

        if (argument == NULL)
                EXPECT_EQ(lender_begin(&near, &c), 0);
        else
                c = exported_by(1);
        EXPECT_EQ(memory_new(100, &gone, &mine), 0);
        EXPECT_EQ(await gets(c, "lent", &lent), 0);
        EXPECT_EQ(await borrows(c, lent, mine), 0);
        EXPECT_EQ(await calculator_open(lent, "m", &m), 0);
        scope
        {
                Async(int) a = start(calculator_wait, lent, MORI_S(1000));
                calculator_open_promise o = calculator_open_send(lent, "m");
                memory_change_promise p = memory_change_send(calculator_open_memory(&o), 7);
                calculator_add_promise q = calculator_add_send(lent, 1, 1);
                memory promised;

                while (await asks(c, WAITED) != 1)
                        EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
                EXPECT_EQ(await asks(c, REVOKE), 0);
                EXPECT_EQ(join(a), -EKEYREVOKED);
                EXPECT_EQ(await memory_change_join(&p, &result), -EKEYREVOKED);
                EXPECT_EQ(await calculator_open_join(&o, &promised), -EKEYREVOKED);
                mori_sent_drop(q.sent);
        }
        EXPECT_EQ(await calculator_add(lent, 2, 3, &result), -EKEYREVOKED);
        EXPECT_EQ(await memory_change(m, 2, &result), -EKEYREVOKED);
        if (argument == NULL) {
                EXPECT_EQ(mori_ref_status(lent.ref), -EKEYREVOKED);
                EXPECT_EQ(mori_ref_status(m.ref), -EKEYREVOKED);
        }
        EXPECT_EQ(await asks(c, CALL_KEPT), -EKEYREVOKED);
        while (await asks(c, WAITED) == 1) /* the call is cancelled inside */
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        EXPECT_EQ(await asks(c, WAITED), -ECANCELED);
        EXPECT_EQ(await gets(c, "inside", &raw), 0);
        EXPECT_EQ(await calculator_add(raw, 2, 3, &result), 0);
        /* what was lent to those inside is let go, although they keep their reference */
        mori_ref_drop(mine.ref);
        while (!gone)
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        mori_ref_drop(raw.ref);
        mori_ref_drop(m.ref);
        mori_ref_drop(lent.ref);
        mori_ref_drop(c.ref);
        return 0;
}

static struct member near_members[] = {{"main", is_revoked, NULL}};
static struct member far_members[] = {{"main", is_revoked, "far"}, {"lender", lends, NULL}};

START_TEST(what_is_revoked)
{
        all_run(near_members, 1);
        all_run(far_members, 2);
}
END_TEST

/* The first reference alone. */
static async int is_revoked_alone(void *argument)
{
        calculator c = exported_by(1), lent;
        int32_t result;
        memory m;

        (void)argument;
        EXPECT_EQ(await asks(c, WRAP_SHALLOW), 0);
        EXPECT_EQ(await gets(c, "lent", &lent), 0);
        EXPECT_EQ(await calculator_open(lent, "m", &m), 0);
        EXPECT_EQ(await asks(c, REVOKE), 0);
        EXPECT_EQ(await calculator_add(lent, 2, 3, &result), -EKEYREVOKED);
        EXPECT_EQ(await memory_change(m, 2, &result), 0);
        EXPECT_EQ(result, 3);
        mori_ref_drop(m.ref);
        mori_ref_drop(lent.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(one_reference_alone)
{
        all_run((struct member[]){{"main", is_revoked_alone, NULL}, {"lender", lends, NULL}}, 2);
}
END_TEST

/* Many of each: what goes twice is found, and all is revoked. */
static async int wraps_many(void *argument)
{
        mori_membrane membranes[40], one;
        mori_ref wrapped[40], again, objects[40], behind[40];
        int32_t result;

        (void)argument;
        EXPECT_EQ(mori_membrane_new(2, &one), -EINVAL);
        EXPECT_EQ(mori_membrane_new(0, &one), 0);
        EXPECT_EQ(mori_membrane_wrap(one, MORI_NO_REF, &again), -EBADF);
        for (unsigned i = 0; i < 40; i++) {
                EXPECT_EQ(memory_new(1, NULL, (memory *)(void *)&objects[i]), 0);
                EXPECT_EQ(mori_membrane_wrap(one, objects[i], &behind[i]), 0);
                EXPECT_EQ(mori_membrane_new(0, &membranes[i]), 0);
                EXPECT_EQ(mori_membrane_wrap(membranes[i], objects[0], &wrapped[i]), 0);
        }
        for (unsigned i = 0; i < 40; i++) {
                EXPECT_EQ(mori_membrane_wrap(one, objects[i], &again), 0);
                EXPECT(mori_ref_same(again, behind[i]));
                mori_ref_drop(again);
                EXPECT_EQ(mori_membrane_wrap(membranes[i], objects[0], &again), 0);
                EXPECT(mori_ref_same(again, wrapped[i]));
                EXPECT(!mori_ref_same(again, wrapped[(i + 1) % 40]));
                mori_ref_drop(again);
                if (i % 2)
                        mori_ref_drop(objects[i]); /* the wrapped one keeps it */
        }
        for (unsigned i = 0; i < 40; i++) {
                int error = i % 3 == 0 ? -EKEYREVOKED : 0;

                if (i % 3 == 0)
                        mori_membrane_revoke(membranes[i]);
                else
                        mori_membrane_drop(membranes[i]);
                EXPECT_EQ(await memory_change((memory){wrapped[i]}, 0, &result), error);
                EXPECT_EQ(await memory_change((memory){behind[i]}, 0, &result), 0);
                mori_ref_drop(wrapped[i]);
        }
        mori_membrane_revoke(one);
        for (unsigned i = 0; i < 40; i++) {
                EXPECT_EQ(mori_ref_status(behind[i]), -EKEYREVOKED);
                mori_ref_drop(behind[i]);
                if (i % 2 == 0)
                        mori_ref_drop(objects[i]);
        }
        return 0;
}

START_TEST(many_membranes)
{
        all_run((struct member[]){{"main", wraps_many, NULL}}, 1);
}
END_TEST

/* One behind the other: 64 in one process, and no more. */
static async int wraps_what_is_wrapped(void *argument)
{
        mori_membrane membranes[65];
        int32_t result;
        memory m, next;

        (void)argument;
        EXPECT_EQ(memory_new(1, NULL, &m), 0);
        for (unsigned i = 0; i < 65; i++) {
                EXPECT_EQ(await memory_change(m, 1, &result), 0);
                EXPECT_EQ(mori_membrane_new(0, &membranes[i]), 0);
                EXPECT_EQ(mori_membrane_wrap(membranes[i], m.ref, &next.ref), 0);
                mori_ref_drop(m.ref);
                m = next;
        }
        EXPECT_EQ(await memory_change(m, 1, &result), -ELOOP);
        EXPECT_EQ(mori_ref_status(m.ref), 0);
        mori_membrane_revoke(membranes[30]);
        EXPECT_EQ(await memory_change(m, 1, &result), -EKEYREVOKED);
        mori_membrane_revoke(membranes[63]);
        EXPECT_EQ(await memory_change(m, 1, &result), -EKEYREVOKED);
        EXPECT_EQ(mori_ref_status(m.ref), -EKEYREVOKED);
        mori_ref_drop(m.ref);
        for (unsigned i = 0; i < 65; i++)
                if (i != 30 && i != 63)
                        mori_membrane_drop(membranes[i]);
        return 0;
}

START_TEST(one_behind_the_other)
{
        all_run((struct member[]){{"main", wraps_what_is_wrapped, NULL}}, 1);
}
END_TEST

/* ---- In the midst */

/* Lends, and revokes, again and again. */
static async int revokes_again(void *argument)
{
        struct lender lender;
        mori_membrane membrane;
        calculator c;

        EXPECT_EQ(lender_begin(&lender, &c), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        for (unsigned i = 0;; i++) {
                attempt(await mori_sleep(MORI_US((int64_t)(uintptr_t)argument + i % 7)));
                membrane = lender.membrane;
                mori_ref_drop(lender.lent.ref);
                EXPECT_EQ(mori_membrane_new(0, &lender.membrane), 0);
                EXPECT_EQ(mori_membrane_wrap(lender.membrane, lender.inside.ref, &lender.lent.ref),
                          0);
                mori_membrane_revoke(membrane);
        }
}

static bool is_fine(int error)
{
        return error == 0 || error == -EKEYREVOKED;
}

/* Each call is answered, by the object or by the revocation. */
static async int borrows_again(void *argument)
{
        calculator c = exported_by(1), lent;
        int32_t result;
        memory m, mine;

        EXPECT_EQ(memory_new(1, NULL, &mine), 0);
        for (intptr_t i = (intptr_t)argument; i > 0; i--) {
                calculator_open_promise o, dropped;
                memory_change_promise p;

                EXPECT_EQ(await gets(c, "lent", &lent), 0);
                o = calculator_open_send(lent, i % 2 ? "later" : "m");
                dropped = calculator_open_send(lent, "later");
                p = memory_change_send(calculator_open_memory(&o), 1);
                EXPECT(is_fine(await calculator_use(lent, mine, 1, &result)));
                mori_sent_drop(dropped.sent);
                EXPECT(is_fine(await memory_change_join(&p, &result)));
                if (await calculator_open_join(&o, &m) == 0) {
                        EXPECT(is_fine(await calculator_use(lent, m, 0, &result)));
                        mori_ref_drop(m.ref);
                }
                mori_ref_drop(lent.ref);
        }
        mori_ref_drop(mine.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(revoked_in_the_midst)
{
        for (uintptr_t i = 0; i < 4; i++)
                all_run((struct member[]){{"main", borrows_again, (void *)(intptr_t)TEST_TIMES(30)},
                                          {"lender", revokes_again, (void *)(i * 13)}},
                        2);
}
END_TEST

static async int borrows_for_ever(void *argument)
{
        calculator c = exported_by(1), lent;
        int32_t result;
        memory mine;

        (void)argument;
        EXPECT_EQ(memory_new(1, NULL, &mine), 0);
        for (;;) {
                calculator_open_promise o;
                memory_change_promise p;
                int error;

                attempt(await gets(c, "lent", &lent));
                o = calculator_open_send(lent, "later");
                p = memory_change_send(calculator_open_memory(&o), 1);
                error = await calculator_use(lent, mine, 1, &result);
                EXPECT(error != -EBADF && error != -EPROTO);
                mori_sent_drop(p.sent);
                mori_sent_drop(o.sent);
                mori_ref_drop(lent.ref);
        }
}

static async int ends_soon(void *argument)
{
        return await mori_sleep(MORI_US((int64_t)(uintptr_t)argument));
}

START_TEST(ends_in_the_midst)
{
        for (uintptr_t i = 0; i < (uintptr_t)TEST_TIMES(20); i++) {
                domain_run(&configs[i % ELEMENTS(configs)],
                           (struct member[]){{"main", ends_soon, (void *)(i * 23)},
                                             {"lender", revokes_again, (void *)(i * 3)},
                                             {"a", borrows_for_ever, NULL},
                                             {"b", borrows_for_ever, NULL}},
                           4);
                ck_assert_int_eq(status_of[0], 0);
                ck_assert_str_eq(reports, "");
        }
}
END_TEST

/* ---- What is wrong */

static async int revokes_twice(void *argument)
{
        mori_membrane membrane;

        (void)argument;
        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        mori_membrane_revoke(membrane);
        mori_membrane_revoke(membrane);
        return 0;
}

static async int drops_after(void *argument)
{
        mori_membrane membrane;

        (void)argument;
        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        mori_membrane_revoke(membrane);
        mori_membrane_drop(membrane);
        return 0;
}

static async int wraps_after(void *argument)
{
        mori_membrane membrane;
        mori_ref wrapped;
        memory m;

        (void)argument;
        EXPECT_EQ(memory_new(1, NULL, &m), 0);
        EXPECT_EQ(mori_membrane_new(0, &membrane), 0);
        mori_membrane_drop(membrane);
        (void)!mori_membrane_wrap(membrane, m.ref, &wrapped);
        return 0;
}

START_TEST(handles_that_are_wrong)
{
        async int (*const all[])(void *) = {revokes_twice, drops_after, wraps_after};

        for (unsigned i = 0; i < ELEMENTS(all); i++) {
                domain_run(&configs[i % 2], (struct member[]){{"main", all[i], NULL}}, 1);
                ck_assert_int_eq(status_of[0], 70);
                ck_assert_reported("a membrane was used after it was revoked or dropped");
        }
}
END_TEST

TEST_MAIN("object/membrane", TEST(what_is_revoked), TEST(one_reference_alone),
          TEST(many_membranes), TEST(one_behind_the_other), TEST(revoked_in_the_midst),
          TEST(ends_in_the_midst), TEST(handles_that_are_wrong))
