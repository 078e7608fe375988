/* SPDX-License-Identifier: MIT */
/*
 * Objects: calls within a process and between processes, on one seat and on several, with every
 * process moving to the next seat whenever it has run, and without.
 */
#include "object/served_test.h"

#include <mori/membrane.h>

/* ---- Near */

static async int near_calls(void *argument)
{
        calculator c;
        memory m;
        bool gone = false;
        int32_t result;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &c), 0);
        EXPECT_EQ(await calculator_add(c, 2, 3, &result), 0);
        EXPECT_EQ(result, 5);
        EXPECT_EQ(await calculator_add(c, 13, 3, &result), -EDOM);
        EXPECT_EQ(memory_new(10, &gone, &m), 0);
        EXPECT_EQ(await memory_change(m, 5, &result), 0);
        EXPECT_EQ(result, 15);
        EXPECT_EQ(await calculator_use(c, m, 1, &result), 0);
        EXPECT_EQ(result, 16);
        EXPECT_EQ(await mori_object_call(m.ref, &calculator_methods[0],
                                         &(struct calculator_add_call){.x = 1}),
                  -EOPNOTSUPP);
        EXPECT_EQ(await calculator_add((calculator){MORI_NO_REF}, 1, 1, &result), -EBADF);
        mori_ref_drop(m.ref);
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT(gone);
        mori_ref_drop(c.ref);
        mori_ref_drop(MORI_NO_REF);
        return 0;
}

START_TEST(near_calls_are_calls)
{
        all_run((struct member[]){{"main", near_calls, NULL}}, 1);
}
END_TEST

static async int near_sends(void *argument)
{
        calculator c;
        int32_t result;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &c), 0);
        for (int i = 0; i < 100; i++) {
                calculator_open_promise o = calculator_open_send(c, i % 2 ? "later" : "now");
                memory_change_promise a = memory_change_send(calculator_open_memory(&o), 7);
                memory_change_promise b = memory_change_send(calculator_open_memory(&o), 1);
                memory m;

                EXPECT_EQ(await memory_change_join(&b, &result), 0);
                EXPECT_EQ(result, (i % 2 ? 5 : 3) + 8);
                EXPECT_EQ(await memory_change_join(&a, &result), 0);
                EXPECT_EQ(result, (i % 2 ? 5 : 3) + 7);
                EXPECT_EQ(await calculator_open_join(&o, &m), 0);
                EXPECT_EQ(await memory_change(m, 1, &result), 0);
                EXPECT_EQ(result, (i % 2 ? 5 : 3) + 9);
                mori_ref_drop(m.ref);
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(near_sends_are_in_order)
{
        all_run((struct member[]){{"main", near_sends, NULL}}, 1);
}
END_TEST

/* ---- Far */

static async int far_calls(void *argument)
{
        calculator c = exported_by(1);
        int32_t result;
        memory m;

        (void)argument;
        for (int i = 0; i < 1000; i++) {
                EXPECT_EQ(await calculator_add(c, i, 3, &result), i == 13 ? -EDOM : 0);
                EXPECT(i == 13 || result == i + 3);
        }
        EXPECT_EQ(mori_ref_status(c.ref), 0);
        EXPECT_EQ(await calculator_open(c, "four", &m), 0);
        EXPECT_EQ(await memory_change(m, 1, &result), 0);
        EXPECT_EQ(result, 5);
        /* a reference of theirs comes back to them: the object is near to who uses it */
        EXPECT_EQ(await calculator_use(c, m, 2, &result), 0);
        EXPECT_EQ(result, 7);
        EXPECT_EQ(await mori_object_call(m.ref, &calculator_methods[0],
                                         &(struct calculator_add_call){.x = 1}),
                  -EOPNOTSUPP);
        EXPECT_EQ(await mori_object_call(m.ref, &memory_methods[1],
                                         &(struct memory_name_call){.name.count = 0}),
                  -EOPNOTSUPP);
        mori_ref_drop(m.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(far_calls_return)
{
        all_run((struct member[]){{"main", far_calls, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* A reference to an object of ours is used by them, who call us. */
static async int call_back(void *argument)
{
        calculator c = exported_by(1);
        bool gone = false;
        int32_t result;
        memory m;

        (void)argument;
        EXPECT_EQ(memory_new(100, &gone, &m), 0);
        for (int i = 0; i < 100; i++)
                EXPECT_EQ(await calculator_use(c, m, 1, &result), 0);
        EXPECT_EQ(result, 200);
        mori_ref_drop(m.ref);
        while (!gone) /* until they have let go of it, too */
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(references_are_passed)
{
        all_run((struct member[]){{"main", call_back, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

static async int pipelines(void *argument)
{
        calculator c = exported_by(1);
        int32_t result;

        (void)argument;
        for (int i = 0; i < 200; i++) {
                calculator_open_promise o = calculator_open_send(c, i % 2 ? "later" : "now");
                memory m = calculator_open_memory(&o), copy;
                memory_change_promise a = memory_change_send(m, 7);
                memory_change_promise b = memory_change_send(m, 1);

                EXPECT_EQ(calculator_open_memory(&o).ref.word, m.ref.word);
                EXPECT_EQ(mori_ref_copy(m.ref, &copy.ref), 0);
                if (i % 3 == 0) {
                        EXPECT_EQ(await memory_change_join(&b, &result), 0);
                        EXPECT_EQ(result, (i % 2 ? 5 : 3) + 8);
                        EXPECT_EQ(await memory_change_join(&a, &result), 0);
                        EXPECT_EQ(result, (i % 2 ? 5 : 3) + 7);
                } else {
                        mori_sent_drop(a.sent);
                        mori_sent_drop(b.sent);
                }
                if (i % 5 == 0) {
                        mori_sent_drop(o.sent);
                        mori_ref_drop(copy.ref);
                        continue;
                }
                EXPECT_EQ(await calculator_open_join(&o, &m), 0);
                EXPECT_EQ(await memory_change(m, 0, &result), 0);
                EXPECT_EQ(await memory_change(copy, 1, &result), 0);
                mori_ref_drop(m.ref);
                mori_ref_drop(copy.ref);
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(calls_of_promised_references)
{
        all_run((struct member[]){{"main", pipelines, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* A third process hands on a reference; whoever calls over it is in the order of its calls. */
static async int hands_on(void *argument)
{
        calculator c = exported_by(2);

        (void)argument;
        EXPECT_EQ(mori_export(c.ref), 0); /* theirs, as if it were ours */
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

START_TEST(references_are_handed_on)
{
        all_run((struct member[]){{"main", far_calls, NULL},
                                  {"between", hands_on, NULL},
                                  {"server", serves, NULL}},
                3);
        all_run((struct member[]){{"main", pipelines, NULL},
                                  {"between", hands_on, NULL},
                                  {"server", serves, NULL}},
                3);
        all_run((struct member[]){{"main", call_back, NULL},
                                  {"between", hands_on, NULL},
                                  {"server", serves, NULL}},
                3);
}
END_TEST

/* ---- References that come back to who has sent calls over them */

MORI_SHARED static mori_ref kept; /* of the server's process */

MORI_NONBLOCKING static int keep(mori_ref reference)
{
        return mori_ref_copy(reference, &kept);
}

MORI_NONBLOCKING static int give(mori_ref *ret_reference)
{
        return mori_ref_copy(kept, ret_reference);
}

static async int use_and_keep(void *self, struct calculator_use_call *call)
{
        (void)self;
        return keep(call->memory.ref);
}

static async int open_kept(void *self, struct calculator_open_call *call)
{
        (void)self;
        return give(&call->memory.ref);
}

static const struct calculator_server keeper_table = {.use = use_and_keep, .open = open_kept};

static async int keeps(void *argument)
{
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &keeper_table, &kept, NULL, &c.ref), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        return await waits_for_ever(argument);
}

/* What was called over the promise comes before what is called over the reference itself. */
static async int calls_in_order(void *argument)
{
        calculator c = exported_by(1);
        int32_t result, before = 0;
        memory mine, m;

        (void)argument;
        EXPECT_EQ(memory_new(0, NULL, &mine), 0);
        EXPECT_EQ(await calculator_use(c, mine, 1, &result), 0);
        for (int i = 0; i < 50; i++) {
                calculator_open_promise o = calculator_open_send(c, "m");
                memory promised = calculator_open_memory(&o);
                memory_change_promise p = memory_change_send(promised, 14);

                EXPECT_EQ(await calculator_open_join(&o, &m), 0);
                EXPECT_EQ(await memory_change(m, 1, &result), 0);
                EXPECT_EQ(result, before + 15);
                EXPECT_EQ(await memory_change_join(&p, &result), 0);
                EXPECT_EQ(result, before + 14);
                EXPECT_EQ(await memory_change(m, 0, &before), 0);
                mori_ref_drop(m.ref);
        }
        mori_ref_drop(mine.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(a_reference_that_comes_back)
{
        all_run((struct member[]){{"main", calls_in_order, NULL}, {"server", keeps, NULL}}, 2);
}
END_TEST

/* All of these, through a membrane. */
static async int wraps(void *argument)
{
        mori_membrane membrane;
        calculator c = exported_by(2);
        mori_ref wrapped;

        EXPECT_EQ(mori_membrane_new(argument != NULL ? MORI_MEMBRANE_SHALLOW : 0, &membrane), 0);
        EXPECT_EQ(mori_membrane_wrap(membrane, c.ref, &wrapped), 0);
        EXPECT_EQ(mori_export(wrapped), 0);
        mori_ref_drop(c.ref);
        mori_ref_drop(wrapped);
        mori_membrane_drop(membrane);
        return await waits_for_ever(argument);
}

START_TEST(references_through_a_membrane)
{
        async int (*const all[])(void *) = {far_calls, pipelines, call_back, calls_in_order};

        for (unsigned i = 0; i < ELEMENTS(all) * 2; i++)
                all_run((struct member[]){{"main", all[i / 2], NULL},
                                          {"between", wraps, i % 2 ? "shallow" : NULL},
                                          {"server", i / 2 == 3 ? keeps : serves, NULL}},
                        3);
}
END_TEST

/* ---- Processes that are started */

static async int uses_a_child(void *argument)
{
        struct mori_end end;
        mori_process child;
        int32_t result;
        calculator c;

        (void)argument;
        for (int i = 0; i < 50; i++) {
                EXPECT_EQ(await mori_process_start(serves, NULL, 0, NULL, &child), 0);
                EXPECT_EQ(mori_process_exported(child, &c.ref), 0);
                EXPECT_EQ(await calculator_add(c, i + 20, 1, &result), 0);
                EXPECT_EQ(result, i + 21);
                if (i % 2)
                        mori_ref_drop(c.ref);
                EXPECT_EQ(mori_process_kill(child), 0);
                EXPECT_EQ(await mori_process_join(child, &end), 0);
                EXPECT_EQ(end.kind, MORI_END_KILLED);
                if (i % 2 == 0) {
                        EXPECT_EQ(await calculator_add(c, i, 1, &result), -ECONNRESET);
                        mori_ref_drop(c.ref);
                }
                EXPECT_EQ(mori_process_exported(child, &c.ref), -ESRCH);
        }
        EXPECT_EQ(mori_process_exported(MORI_NO_PROCESS, &c.ref), -ESRCH);
        EXPECT_EQ(mori_process_exported(mori_process_self(), &c.ref), -ESRCH);
        return 0;
}

START_TEST(children_export)
{
        all_run((struct member[]){{"main", uses_a_child, NULL}}, 1);
}
END_TEST

/* ---- Many, and bounds */

#define MANY 3000

static async int sends_many(void *argument)
{
        calculator c = exported_by(1);
        calculator_add_promise *promises = calloc(MANY, sizeof *promises);
        int32_t result;

        (void)argument;
        EXPECT_EQ(await calculator_add(c, 1, 1, &result), 0);
        for (int round = 0; round < 3; round++) {
                unsigned overflows = 0;

                for (int i = 0; i < MANY; i++)
                        promises[i] = calculator_add_send(c, 100, i);
                for (int i = 0; i < MANY; i++) {
                        int error = await calculator_add_join(&promises[i], &result);

                        EXPECT(error == 0 || error == -EOVERFLOW);
                        EXPECT(error != 0 || result == i + 100);
                        overflows += error != 0;
                }
                EXPECT(overflows < MANY);
        }
        free(promises);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(a_full_connection_answers)
{
        all_run((struct member[]){{"main", sends_many, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* More than there may be under way: the others wait, and all return. */
static async int pulls_many(void *argument)
{
        int many = TEST_MANY(6000), done = 0;
        calculator c = exported_by(1);

        (void)argument;
        scope
        {
                for (int i = 0; i < many; i++) {
                        ignore(start(pulls, c, i, &done));
                        if (i % 100 == 99) /* some have room again, and go on being first */
                                EXPECT_EQ(await mori_yield(), 0);
                }
        }
        EXPECT_EQ(done, many);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(who_pulls_waits_for_room)
{
        all_run((struct member[]){{"main", pulls_many, NULL}, {"server", serves_in_order, NULL}},
                2);
}
END_TEST

/* ---- Cancelling */

static async int cancels(void *argument)
{
        calculator c = exported_by(1);
        int32_t result;

        (void)argument;
        EXPECT_EQ(await calculator_add(c, 1, 1, &result), 0);
        within(MORI_MS(1))
        {
                EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ETIMEDOUT);
        }
        scope
        {
                Async(int) a = start(calculator_wait, c, MORI_S(1000));

                EXPECT_EQ(await mori_yield(), 0);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
                /* the object serves one after the other: the second was never served */
                a = start(calculator_wait, c, MORI_S(1000));
                Async(int) b = start(calculator_wait, c, MORI_S(1000));

                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
                cancel(b);
                EXPECT_EQ(join(b), -ECANCELED);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
        }
        EXPECT_EQ(await calculator_add(c, 1, 1, &result), 0);
        mori_ref_drop(c.ref);
        return 0;
}

static async int cancels_near(void *argument)
{
        calculator c;
        int32_t result;
        int waited = 0;

        (void)argument;
        EXPECT_EQ(calculator_new(&waited, &c), 0);
        scope
        {
                Async(int) a = start(calculator_wait, c, MORI_S(1000));
                Async(int) b = start(calculator_wait, c, MORI_S(1000));
                calculator_add_promise p = calculator_add_send(c, 1, 2);
                calculator_add_promise q = calculator_add_send(c, 1, 2);

                EXPECT_EQ(await mori_yield(), 0);
                cancel(b);
                EXPECT_EQ(join(b), -ECANCELED);
                EXPECT_EQ(waited, 1);
                mori_sent_drop(q.sent);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
                EXPECT_EQ(waited, -ECANCELED);
                EXPECT_EQ(await calculator_add_join(&p, &result), 0);
                EXPECT_EQ(result, 3);
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(cancelling)
{
        all_run((struct member[]){{"main", cancels, NULL}, {"server", serves, NULL}}, 2);
        all_run((struct member[]){{"main", cancels_near, NULL}}, 1);
}
END_TEST

/* ---- Ends */

/* Until somebody waits. */
static async int serves_a_while(void *argument)
{
        calculator c;
        int waited = 0;

        EXPECT_EQ(calculator_new(&waited, &c), 0);
        EXPECT_EQ(mori_export(c.ref), 0);
        mori_ref_drop(c.ref);
        while (waited == 0)
                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        (void)argument;
        return 0;
}

static async int never_exports(void *argument)
{
        (void)argument;
        EXPECT_EQ(await mori_sleep(MORI_MS(3)), 0);
        return 0;
}

static async int sees_an_end(void *argument)
{
        calculator c = exported_by(1), never = exported_by(2);
        calculator_open_promise o;
        int32_t result;
        memory m;

        (void)argument;
        EXPECT_EQ(await calculator_open(c, "m", &m), 0);
        o = calculator_open_send(c, "m");
        EXPECT_EQ(await calculator_wait(c, MORI_S(1000)), -ECONNRESET);
        EXPECT_EQ(await calculator_add(c, 1, 1, &result), -ECONNRESET);
        EXPECT_EQ(await memory_change(m, 1, &result), -ECONNRESET);
        EXPECT_EQ(mori_ref_status(m.ref), -ECONNRESET);
        EXPECT_EQ(await calculator_add(never, 1, 1, &result), -ECONNRESET);
        mori_ref_drop(m.ref);
        EXPECT_EQ(await calculator_open_join(&o, &m), 0); /* it had come before */
        EXPECT_EQ(await memory_change(m, 1, &result), -ECONNRESET);
        mori_ref_drop(m.ref);
        mori_ref_drop(c.ref);
        /* one that is gone already */
        c = exported_by(1);
        EXPECT_EQ(await calculator_add(c, 1, 1, &result), -ECONNRESET);
        mori_ref_drop(c.ref);
        mori_ref_drop(never.ref);
        return 0;
}

START_TEST(a_process_that_ends)
{
        all_run((struct member[]){{"main", sees_an_end, NULL},
                                  {"server", serves_a_while, NULL},
                                  {"never", never_exports, NULL}},
                3);
}
END_TEST

/* Ends in the midst of everything: nothing is lost, and nothing is left. */
static async int calls_for_ever(void *argument)
{
        unsigned member = (unsigned)(uintptr_t)argument;
        calculator c = exported_by(member == 1 ? 2 : 1), mine;
        memory m;

        EXPECT_EQ(calculator_new(NULL, &mine), 0);
        EXPECT_EQ(mori_export(mine.ref), 0);
        EXPECT_EQ(memory_new(1, NULL, &m), 0);
        for (;;) {
                calculator_open_promise o = calculator_open_send(c, "later");
                memory_change_promise p = memory_change_send(calculator_open_memory(&o), 3);
                int32_t result;

                attempt(await calculator_use(c, m, 1, &result));
                mori_sent_drop(p.sent);
                mori_sent_drop(o.sent);
        }
}

static async int ends_soon(void *argument)
{
        return await mori_sleep(MORI_US((int64_t)(uintptr_t)argument));
}

START_TEST(ends_in_the_midst)
{
        const struct member members[] = {{"main", ends_soon, NULL},
                                         {"a", calls_for_ever, (void *)1},
                                         {"b", calls_for_ever, (void *)2}};
        struct member these[ELEMENTS(members)];

        for (uintptr_t i = 0; i < (uintptr_t)TEST_TIMES(20); i++) {
                memcpy(these, members, sizeof these);
                these[0].argument = (void *)(i * 37);
                domain_run(&configs[i % ELEMENTS(configs)], these, ELEMENTS(these));
                ck_assert_int_eq(status_of[0], 0);
                ck_assert_str_eq(reports, "");
        }
}
END_TEST

/* ---- What is wrong */

static async int uses_dropped(void *argument)
{
        int32_t result;
        calculator c;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &c), 0);
        mori_ref_drop(c.ref);
        (void)await calculator_add(c, 1, 1, &result);
        return 0;
}

static async int drops_twice(void *argument)
{
        calculator c;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &c), 0);
        mori_ref_drop(c.ref);
        mori_ref_drop(c.ref);
        return 0;
}

static async int makes_one_up(void *argument)
{
        int32_t result;

        (void)argument;
        (void)await calculator_add((calculator){{0x500000003ull}}, 1, 1, &result);
        return 0;
}

static async int passes_a_dropped_one(void *argument)
{
        calculator c = exported_by(1);
        int32_t result;
        memory m;

        (void)argument;
        EXPECT_EQ(memory_new(1, NULL, &m), 0);
        mori_ref_drop(m.ref);
        (void)await calculator_use(c, m, 1, &result);
        return 0;
}

static async int joins_twice(void *argument)
{
        calculator_add_promise p;
        int32_t result;
        calculator c;

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &c), 0);
        p = calculator_add_send(c, 1, 1);
        EXPECT_EQ(await calculator_add_join(&p, &result), 0);
        (void)await calculator_add_join(&p, &result);
        return 0;
}

START_TEST(handles_that_are_wrong)
{
        async int (*const all[])(void *) = {uses_dropped, drops_twice, makes_one_up,
                                            passes_a_dropped_one, joins_twice};

        for (unsigned i = 0; i < ELEMENTS(all); i++) {
                domain_run(&configs[i % 2],
                           (struct member[]){{"main", all[i], NULL}, {"server", serves, NULL}}, 2);
                ck_assert_int_eq(status_of[0], 70);
                ck_assert_ptr_nonnull(strstr(reports, "abandoned: "));
                ck_assert_ptr_nonnull(strstr(reports, "was never one of this process"));
        }
}
END_TEST

TEST_MAIN("object/object", TEST(near_calls_are_calls), TEST(near_sends_are_in_order),
          TEST(far_calls_return), TEST(references_are_passed), TEST(calls_of_promised_references),
          TEST(references_are_handed_on), TEST(references_through_a_membrane),
          TEST(a_reference_that_comes_back), TEST(children_export), TEST(a_full_connection_answers),
          TEST(who_pulls_waits_for_room), TEST(cancelling), TEST(a_process_that_ends),
          TEST(ends_in_the_midst), TEST(handles_that_are_wrong))
