/* SPDX-License-Identifier: MIT */
/*
 * Callbacks of calls that were sent: when they are called, in which order, with what; who has the
 * results; and what becomes of them where calls fail, are dropped, or the process ends.
 */
#include "object/served_test.h"

#include <mori/promise.h>

#define CALLS 8

/* What callbacks note. Of one process. */
struct notes {
        int count;
        int error[2 * CALLS];
        int32_t value[2 * CALLS];
        int in_call; /* a function that registers one is under way */
        memory got;
};

static void note(struct notes *notes, int error, int32_t value)
{
        EXPECT_EQ(notes->in_call, 0);
        EXPECT(notes->count < 2 * CALLS);
        notes->error[notes->count] = error;
        notes->value[notes->count++] = value;
}

static void summed(void *context, int error, int32_t sum)
{
        note(context, error, sum);
}

static void opened(void *context, int error, memory m)
{
        struct notes *notes = context;

        note(notes, error, m.ref.word != 0);
        notes->got = m;
}

static void changed(void *context, int error, int32_t value)
{
        note(context, error, value);
}

static void waited(void *context, int error)
{
        note(context, error, 0);
}

static async void until(const struct notes *notes, int count)
{
        while (notes->count < count)
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        EXPECT_EQ(notes->count, count);
}

/* ---- With what, and when */

static async int notes_answers(calculator c)
{
        struct notes notes = {0};
        calculator_add_promise a, b;
        calculator_open_promise o;
        memory_change_promise p;
        int32_t value;

        notes.in_call = 1;
        a = calculator_add_send(c, 1, 2);
        EXPECT_EQ(calculator_add_then(&a, summed, &notes), 0);
        notes.in_call = 0;
        await until(&notes, 1);
        EXPECT_EQ(notes.value[0], 3);
        /* an answer that is there already */
        a = calculator_add_send(c, 1, 3);
        b = calculator_add_send(c, 1, 4);
        EXPECT_EQ(await calculator_add_join(&b, &value), 0);
        notes.in_call = 1;
        EXPECT_EQ(calculator_add_then(&a, summed, &notes), 0);
        notes.in_call = 0;
        await until(&notes, 2);
        EXPECT_EQ(notes.value[1], 4);
        /*
         * what is promised is called as before, and the reference that has come is the callback's
         */
        o = calculator_open_send(c, "later");
        EXPECT_EQ(calculator_open_then(&o, opened, &notes), 0);
        p = memory_change_send(calculator_open_memory(&o), 2);
        EXPECT_EQ(memory_change_then(&p, changed, &notes), 0);
        await until(&notes, 4);
        EXPECT_EQ(notes.error[2], 0);
        EXPECT_EQ(notes.value[2], 1);
        EXPECT_EQ(notes.value[3], 7);
        EXPECT_EQ(await memory_change(notes.got, 1, &value), 0);
        EXPECT_EQ(value, 8);
        mori_ref_drop(notes.got.ref);
        return 0;
}

static async int near_and_far(void *argument)
{
        calculator near, far = exported_by(1);

        (void)argument;
        EXPECT_EQ(calculator_new(NULL, &near), 0);
        EXPECT_EQ(await notes_answers(near), 0);
        EXPECT_EQ(await notes_answers(far), 0);
        mori_ref_drop(near.ref);
        mori_ref_drop(far.ref);
        return 0;
}

START_TEST(what_is_answered)
{
        all_run((struct member[]){{"main", near_and_far, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* ---- In which order */

static void settled(void *context, int error, const void *value)
{
        note(context, error, *(const int32_t *)value);
}

/* Callbacks of calls and of promises run in the order in which they were answered. */
static async int in_order(void *argument)
{
        calculator c = exported_by(1);
        struct notes notes = {0};
        calculator_add_promise sent[CALLS];
        mori_resolver resolver;
        mori_promise promise;
        int32_t value;

        (void)argument;
        for (int i = 0; i < CALLS; i++)
                sent[i] = calculator_add_send(c, 0, i);
        for (int i = CALLS; i-- > 0;) /* in another order than they are answered */
                EXPECT_EQ(calculator_add_then(&sent[i], summed, &notes), 0);
        await until(&notes, CALLS);
        for (int i = 0; i < CALLS; i++)
                EXPECT_EQ(notes.value[i], i);
        /* those that have come take their places when they are registered */
        notes.count = 0;
        for (int i = 0; i < 3; i++)
                sent[i] = calculator_add_send(c, 0, CALLS + i);
        sent[3] = calculator_add_send(c, 0, CALLS + 3);
        EXPECT_EQ(await calculator_add_join(&sent[3], &value), 0);
        EXPECT_EQ(mori_promise_new(sizeof value, &promise, &resolver), 0);
        EXPECT_EQ(mori_promise_when(promise, settled, &notes), 0);
        value = 1000;
        EXPECT_EQ(calculator_add_then(&sent[2], summed, &notes), 0);
        mori_resolve(resolver, &value);
        EXPECT_EQ(calculator_add_then(&sent[0], summed, &notes), 0);
        mori_promise_free(promise);
        calculator_add_drop(&sent[1]);
        await until(&notes, 3);
        EXPECT_EQ(notes.value[0], CALLS + 2);
        EXPECT_EQ(notes.value[1], 1000);
        EXPECT_EQ(notes.value[2], CALLS);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(in_which_order)
{
        all_run((struct member[]){{"main", in_order, NULL}, {"server", serves_in_order, NULL}}, 2);
}
END_TEST

/* ---- Callbacks that call again */

struct chain {
        calculator c;
        int32_t left, sum;
};

static void goes_on(void *context, int error, int32_t sum)
{
        struct chain *chain = context;
        calculator_add_promise next;

        EXPECT_EQ(error, 0);
        chain->sum = sum;
        if (--chain->left == 0)
                return;
        next = calculator_add_send(chain->c, sum, 1);
        EXPECT_EQ(calculator_add_then(&next, goes_on, chain), 0);
}

static async int chains(void *argument)
{
        struct chain chain = {exported_by(1), 100, 0};
        calculator_add_promise first = calculator_add_send(chain.c, 20, 1);

        (void)argument;
        EXPECT_EQ(calculator_add_then(&first, goes_on, &chain), 0);
        while (chain.left != 0)
                EXPECT_EQ(await mori_sleep(MORI_US(50)), 0);
        EXPECT_EQ(chain.sum, 120);
        mori_ref_drop(chain.c.ref);
        return 0;
}

START_TEST(callbacks_that_call)
{
        all_run((struct member[]){{"main", chains, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* ---- Failures */

static void refused(void *context, int error, int32_t sum)
{
        struct mori_failure failure;

        mori_failure_get(error, &failure);
        EXPECT_EQ(failure.links_count, 1);
        EXPECT_EQ(sum, 0);
        note(context, error, sum);
}

/* Of a promise that fails behind it: what the call has failed with is not its failure. */
static void knows_nothing(void *context, int error, const void *value)
{
        struct mori_failure failure;

        (void)value;
        mori_failure_get(error, &failure);
        EXPECT_EQ(failure.links_count, 0);
        note(context, error, 0);
}

static async int notes_failures(void *argument)
{
        calculator c = exported_by(1), none = {MORI_NO_REF};
        struct notes notes = {0};
        calculator_add_promise a = calculator_add_send(c, 13, 2), sent[3];
        calculator_wait_promise flood;
        mori_resolver resolver;
        mori_promise promise;
        int overflown = 0;

        (void)argument;
        EXPECT_EQ(mori_promise_new(0, &promise, &resolver), 0);
        EXPECT_EQ(mori_promise_when(promise, knows_nothing, &notes), 0);
        EXPECT_EQ(calculator_add_then(&a, refused, &notes), 0);
        await until(&notes, 1);
        EXPECT_EQ(notes.error[0], -EDOM);
        mori_resolve_failure(resolver, -EDOM);
        mori_promise_free(promise);
        await until(&notes, 2);
        /* calls that were never made: of no reference, and without room */
        a = calculator_add_send(none, 1, 2);
        EXPECT_EQ(calculator_add_then(&a, summed, &notes), 0);
        await until(&notes, 3);
        EXPECT_EQ(notes.error[2], -EBADF);
        a = calculator_add_send(none, 1, 2);
        EXPECT_EQ(calculator_add_then(&a, summed, &notes), 0);
        calculator_add_drop(&a);
        EXPECT_EQ(mori_sent_then(NULL, NULL, NULL, NULL), -EINVAL);
        notes.count = 0;
        while (overflown == 0) {
                flood = calculator_wait_send(c, MORI_S(1000));
                if (flood.sent.word >> 32 == 0) {
                        EXPECT_EQ(calculator_wait_then(&flood, waited, &notes), 0);
                        overflown++;
                } else {
                        mori_sent_drop(flood.sent);
                }
        }
        await until(&notes, 1);
        EXPECT_EQ(notes.error[0], -EOVERFLOW);
        EXPECT_EQ(await mori_ref_flush(c.ref), 0); /* there is room again */
        /* dropped: before it is answered, and when it is, but its turn has not come */
        notes.count = 0;
        for (int i = 0; i < 3; i++) {
                sent[i] = calculator_add_send(c, 0, i);
                if (i == 0)
                        EXPECT_EQ(calculator_add_then(&sent[i], summed, &notes), 0);
        }
        calculator_add_drop(&sent[0]);
        EXPECT_EQ(await calculator_add_join(&sent[2], &notes.value[0]), 0);
        EXPECT_EQ(calculator_add_then(&sent[1], summed, &notes), 0);
        calculator_add_drop(&sent[1]);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(notes.count, 0);
        mori_ref_drop(c.ref);
        return 0;
}

START_TEST(calls_that_fail)
{
        all_run((struct member[]){{"main", notes_failures, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

/* The scope of who has sent it ends, or is cancelled: the call goes on. */
static async int leaves(calculator c, struct notes *notes)
{
        calculator_wait_promise sent = calculator_wait_send(c, MORI_MS(1));

        EXPECT_EQ(calculator_wait_then(&sent, waited, notes), 0);
        return await mori_sleep(MORI_S(1000));
}

static async int loses(void *argument)
{
        calculator c, promised;
        struct notes notes = {0};
        calculator_wait_promise sent;
        mori_process child;

        (void)argument;
        EXPECT_EQ(await mori_process_start(serves, NULL, 0, NULL, &child), 0);
        EXPECT_EQ(mori_process_exported(child, &c.ref), 0);
        scope
        {
                Async(int) a = start(leaves, c, &notes);

                EXPECT_EQ(await mori_yield(), 0);
                cancel(a);
                EXPECT_EQ(join(a), -ECANCELED);
        }
        await until(&notes, 1);
        EXPECT_EQ(notes.error[0], 0);
        /* the other process ends */
        sent = calculator_wait_send(c, MORI_S(1000));
        EXPECT_EQ(calculator_wait_then(&sent, waited, &notes), 0);
        EXPECT_EQ(await mori_ref_flush(c.ref), 0);
        EXPECT_EQ(mori_process_kill(child), 0);
        await until(&notes, 2);
        EXPECT_EQ(notes.error[1], -ECONNRESET);
        sent = calculator_wait_send(c, 1);
        EXPECT_EQ(calculator_wait_then(&sent, waited, &notes), 0);
        await until(&notes, 3);
        EXPECT_EQ(notes.error[2], -ECONNRESET);
        mori_ref_drop(c.ref);
        EXPECT_EQ(mori_process_release(child), 0);
        /* a promise that will not come */
        EXPECT_EQ(await mori_process_start(waits_for_ever, NULL, 0, NULL, &child), 0);
        EXPECT_EQ(mori_process_exported(child, &promised.ref), 0);
        sent = calculator_wait_send(promised, 1);
        EXPECT_EQ(calculator_wait_then(&sent, waited, &notes), 0);
        EXPECT_EQ(mori_process_kill(child), 0);
        await until(&notes, 4);
        EXPECT_EQ(notes.error[3], -ECONNRESET);
        mori_ref_drop(promised.ref);
        return mori_process_release(child);
}

START_TEST(who_is_gone)
{
        all_run((struct member[]){{"main", loses, NULL}}, 1);
}
END_TEST

/* The process ends with callbacks that were not called: the one that has come, and the others. */
static async int ends(void *argument)
{
        calculator c = exported_by(1);
        calculator_add_promise a = calculator_add_send(c, 1, 2), b = calculator_add_send(c, 1, 2),
                               d = calculator_add_send(c, 1, 2);
        calculator_wait_promise sent = calculator_wait_send(c, MORI_S(1000));
        struct notes notes = {.in_call = 1};
        int32_t sum;

        (void)argument;
        EXPECT_EQ(calculator_wait_then(&sent, waited, &notes), 0);
        EXPECT_EQ(await calculator_add_join(&d, &sum), 0);
        EXPECT_EQ(calculator_add_then(&a, summed, &notes), 0);
        EXPECT_EQ(calculator_add_then(&b, summed, &notes), 0);
        calculator_add_drop(&b);
        mori_exit(0);
}

START_TEST(the_end_of_the_process)
{
        all_run((struct member[]){{"main", ends, NULL}, {"server", serves, NULL}}, 2);
}
END_TEST

TEST_MAIN("object/then", TEST(what_is_answered), TEST(in_which_order), TEST(callbacks_that_call),
          TEST(calls_that_fail), TEST(who_is_gone), TEST(the_end_of_the_process))
