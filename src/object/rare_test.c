/* SPDX-License-Identifier: MIT */
/*
 * Calls in the rare orders: cancelled before they were made or after they had returned, behind
 * promises that lead to themselves, and among the last that a process serves.
 */
#include "object/served_test.h"

#include "activity/activity.h"

#include <mori/failure.h>

/* Promises have all the numbers: who waits for one is woken when they are dropped. */
static async int pulls_behind_promises(void *argument)
{
        calculator_add_promise *promises = calloc(MORI_CALLS_MAX, sizeof *promises);
        calculator c = exported_by(1);
        int done = 0;

        (void)argument;
        for (int i = 0; i < MORI_CALLS_MAX; i++) {
                promises[i] = calculator_add_send(c, 100, i);
                if (i % 64 == 63)
                        EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        }
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        scope
        {
                Async(int) a = start(pulls, c, 1, &done);

                EXPECT_EQ(await mori_yield(), 0);
                for (int i = 0; i < MORI_CALLS_MAX; i++)
                        mori_sent_drop(promises[i].sent);
                EXPECT_EQ(await join(a), 0);
        }
        EXPECT_EQ(done, 1);
        free(promises);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(who_waits_for_a_number)
{
        all_run((struct member[]){{"main", pulls_behind_promises, NULL}, {"server", serves, NULL}},
                2);
}
END_TEST

/* ---- Promises that lead to themselves */

struct looping {
        calculator other;
        memory kept;
};

/* "other": another object; else what that one was given. */
static async int looping_open(void *self, struct calculator_open_call *call)
{
        struct looping *looping = self;

        if (call->name.count == 5)
                return mori_ref_copy(looping->other.ref, &call->memory.ref);
        while (looping->kept.ref.word == 0)
                attempt(await mori_sleep(MORI_US(50)));
        return mori_ref_copy(looping->kept.ref, &call->memory.ref);
}

static async int looping_use(void *self, struct calculator_use_call *call)
{
        return mori_ref_copy(call->memory.ref, &((struct looping *)self)->kept.ref);
}

static const struct calculator_server looping_table = {.open = looping_open, .use = looping_use};

static async int serves_looping(void *argument)
{
        struct looping looping = {.kept = {MORI_NO_REF}};
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &looping_table, &looping, NULL, &c.ref),
                  0);
        EXPECT_EQ(mori_object_new(&calculator_interface, &looping_table, &looping, NULL,
                                  &looping.other.ref),
                  0);
        EXPECT_EQ(mori_export(c.ref), 0);
        return await waits_for_ever(argument);
}

static async int goes_round(void *argument)
{
        struct looping looping = {.kept = {MORI_NO_REF}};
        memory_change_promise p = {{0}};
        calculator_open_promise o;
        calculator c, other;
        int32_t result;
        memory m, copy;

        if (argument == NULL) {
                EXPECT_EQ(mori_object_new(&calculator_interface, &looping_table, &looping, NULL,
                                          &c.ref),
                          0);
                EXPECT_EQ(mori_object_new(&calculator_interface, &looping_table, &looping, NULL,
                                          &looping.other.ref),
                          0);
        } else {
                c = exported_by(1);
        }
        EXPECT_EQ(await calculator_open(c, "other", &m), 0);
        other.ref = m.ref;
        o = calculator_open_send(c, "");
        EXPECT_EQ(mori_ref_copy(calculator_open_memory(&o).ref, &copy.ref), 0);
        if (argument == NULL || *(const char *)argument == 'c')
                p = memory_change_send(copy, 1);
        EXPECT_EQ(await calculator_use(other, copy, 0, &result), 0);
        EXPECT_EQ(await calculator_open_join(&o, &m), 0);
        EXPECT_EQ(mori_ref_status(m.ref), -ELOOP);
        EXPECT_EQ(await memory_change(copy, 1, &result), -ELOOP);
        if (p.sent.word != 0)
                EXPECT_EQ(await memory_change_join(&p, &result), -ELOOP);
        mori_ref_drop(copy.ref);
        mori_ref_drop(m.ref);
        mori_ref_drop(other.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(promises_that_lead_to_themselves)
{
        all_run((struct member[]){{"main", goes_round, NULL}}, 1);
        all_run((struct member[]){{"main", goes_round, "called"},
                                  {"server", serves_looping, NULL}},
                2);
        all_run((struct member[]){{"main", goes_round, "not called"},
                                  {"server", serves_looping, NULL}},
                2);
}
END_TEST

/* ---- The turnstile */

static async int memory_reads(void *self, struct memory_name_call *call)
{
        struct memory_state *state = self;

        (void)call;
        state->changes++;
        return state->changes == 1 ? await mori_sleep(MORI_S(1000)) : 0;
}

static const struct memory_server reading_table = {.change = change, .name = memory_reads};

static async int reads(memory m, int *ret_done)
{
        struct memory_name_call call = {.name.count = 0};
        int error = await mori_object_call(m.ref, &memory_methods[1], &call);

        *ret_done = 1;
        mori_call_free(&call.call);
        return error;
}

static async int writes(memory m)
{
        int32_t result;

        return await memory_change(m, 1, &result);
}

/* Who stood behind a call that was cancelled is served beside the others. */
static async int reads_beside(void *argument)
{
        struct memory_state state = {.value = 0};
        int first = 0, second = 0;
        memory m;

        (void)argument;
        EXPECT_EQ(mori_object_new(&memory_interface, &reading_table, &state, NULL, &m.ref), 0);
        scope
        {
                Async(int) a = start(reads, m, &first), w = start(writes, m);
                Async(int) b = start(reads, m, &second);

                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(second, 0);
                cancel(w);
                EXPECT_EQ(join(w), -ECANCELED);
                EXPECT_EQ(join(b), 0);
                EXPECT_EQ(first, 0);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
        }
        mori_ref_drop(m.ref);
        return 0;
}

START_TEST(readers_behind_a_cancelled_writer)
{
        all_run((struct member[]){{"main", reads_beside, NULL}}, 1);
}
END_TEST

/* ---- Cancelling */

static async int joins(calculator_open_promise *promise)
{
        memory m;

        return await calculator_open_join(promise, &m);
}

/* The same of one that is cancelled before. */
static async int joins_cancelled(calculator_open_promise *promise)
{
        (void)await mori_yield(); /* it is cancelled meanwhile */
        return await joins(promise);
}

/* What a call is made on never comes: the call ends without it. */
static async int cancels_held(void *argument)
{
        calculator c, never;
        calculator_open_promise o;
        memory_change_promise p;
        int32_t result;

        EXPECT_EQ(calculator_new(NULL, &c), 0);
        if (argument != NULL) {
                mori_ref_drop(c.ref);
                c = exported_by(1);
        }
        never = exported_by(2);
        within(MORI_MS(1))
        {
                EXPECT_EQ(await calculator_add(never, 1, 1, &result), -ETIMEDOUT);
        }
        scope
        {
                Async(int) a = start(calculator_wait, c, MORI_S(1000)), b;

                EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
                o = calculator_open_send(c, "behind it");
                p = memory_change_send(calculator_open_memory(&o), 1);
                within(MORI_MS(1))
                {
                        EXPECT_EQ(await memory_change(calculator_open_memory(&o), 1, &result),
                                  -ETIMEDOUT);
                }
                if (argument != NULL)
                        b = start(joins, &o);
                else
                        b = start(joins_cancelled, &o);
                cancel(b);
                EXPECT_EQ(join(b), -ECANCELED);
                EXPECT_EQ(await memory_change_join(&p, &result), -ECANCELED);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
        }
        EXPECT_EQ(await calculator_add(c, 1, 1, &result), 0);
        mori_ref_drop(never.ref);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(cancelling_what_never_was_made)
{
        const struct member members[] = {{"main", cancels_held, NULL},
                                         {"server", serves, NULL},
                                         {"never", waits_for_ever, NULL}};
        struct member these[ELEMENTS(members)];

        memcpy(these, members, sizeof these);
        all_run(these, ELEMENTS(these));
        these[0].argument = these;
        all_run(these, ELEMENTS(these));
}
END_TEST

static async int adds_and_drops(void *self, struct calculator_add_call *call)
{
        (void)call;
        if (++*(int *)self == 1)
                mori_ref_drop((mori_ref){0x500000003ull});
        return 0;
}

static const struct calculator_server dropping_table = {.add = adds_and_drops};

/* What was let in with it is not served any more. */
static async int ends_among_calls(void *argument)
{
        calculator c;

        EXPECT_EQ(mori_object_new(&calculator_interface, &dropping_table, argument, NULL, &c.ref),
                  0);
        for (int i = 0; i < 10; i++)
                (void)calculator_add_send(c, 1, i);
        return await mori_sleep(MORI_S(1000));
}

START_TEST(no_call_is_served_after_the_end)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++) {
                int served = 0;

                domain_run(&configs[i], (struct member[]){{"main", ends_among_calls, &served}}, 1);
                ck_assert_int_eq(status_of[0], 70);
                ck_assert_int_eq(served, 1);
        }
}
END_TEST

/* ---- References at their limit */

async static int refers_too_often(void *argument)
{
        calculator all[10], one_more;

        for (unsigned i = 0; i < ELEMENTS(all); i++)
                EXPECT_EQ(mori_object_new(&calculator_interface, &dropping_table, argument, NULL,
                                          &all[i].ref),
                          0);
        EXPECT_EQ(mori_object_new(&calculator_interface, &dropping_table, argument, NULL,
                                  &one_more.ref),
                  -ENFILE);
        EXPECT_EQ(mori_ref_copy(all[0].ref, &one_more.ref), -ENFILE);
        mori_ref_drop(all[0].ref);
        EXPECT_EQ(mori_ref_copy(all[1].ref, &one_more.ref), 0);
        return 0;
}

START_TEST(references_at_their_limit)
{
        struct seat *seat = crowd_begin(
                &configs[0], (struct member[]){{"main", refers_too_often, NULL}}, 1, processes);

        seat->domain->refs_max = 10;
        seat_run(seat);
        ck_assert_int_eq(processes[0]->status, 0);
        process_free(processes[0]);
        crowd_end(seat);
}
END_TEST

/* ---- Calls that one activity serves, one after the other */

static async int naps(void)
{
        return await mori_sleep(MORI_US(50));
}

/*
 * Whatever a call before has done: each has a handle of its own, is not cancelled, and knows of no
 * failure.
 */
static async int add_as_itself(void *self, struct calculator_add_call *call)
{
        mori_activity *served = self, before = *served, now = mori_self();
        char text[100];

        EXPECT(now.word != before.word);
        EXPECT(before.word == 0 || activity_of_handle(before) == NULL);
        EXPECT_EQ(mori_cancelled(), 0);
        EXPECT(strstr(mori_failure_describe(-EDOM, text, sizeof text), "known") == NULL);
        *served = now;
        call->sum = call->x + call->y;
        switch (call->x % 8) {
        case 1:
                EXPECT_EQ(mori_fail(-EDOM, "known to %d alone", (int)call->y), -EDOM);
                return 0;
        case 2:
                mori_cancel(now);
                return 0;
        case 3:
                *served = (mori_activity){0};
                ignore(start(naps)); /* which it waits for at its end */
                return 0;
        case 4:
                *served = (mori_activity){0};
                return await mori_yield();
        default:
                return 0;
        }
}

static async int serves_as_itself(void *argument)
{
        static const struct calculator_server table = {.add = add_as_itself};
        mori_activity served = {0};

        (void)argument;
        return await serves_as(&table, &served);
}

static async int sends_to_each(void *argument)
{
        calculator c = exported_by(1);
        calculator_add_promise sums[64];
        int32_t sum;

        (void)argument;
        for (int round = 0; round < 20; round++) {
                for (int i = 0; i < 64; i++)
                        sums[i] = calculator_add_send(c, i * (1 + round % 5), i);
                for (int i = 0; i < 64; i++) {
                        EXPECT_EQ(await calculator_add_join(&sums[i], &sum), 0);
                        EXPECT_EQ(sum, i * (2 + round % 5));
                }
        }
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(each_call_has_an_activity_of_its_own)
{
        all_run((struct member[]){{"main", sends_to_each, NULL},
                                  {"server", serves_as_itself, NULL}},
                2);
}
END_TEST

TEST_MAIN("object/rare", TEST(who_waits_for_a_number), TEST(promises_that_lead_to_themselves),
          TEST(readers_behind_a_cancelled_writer), TEST(cancelling_what_never_was_made),
          TEST(no_call_is_served_after_the_end), TEST(references_at_their_limit),
          TEST(each_call_has_an_activity_of_its_own))
