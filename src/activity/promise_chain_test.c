/* SPDX-License-Identifier: MIT */
/* Promises from promises, from time, and from activities. */
#include "support/promise.h"

/* ---- Chains */

static void keeps(void *context, int error, const void *value, mori_resolver next)
{
        ck_assert_int_eq(error, 0);
        ck_assert_ptr_nonnull(value);
        *(mori_resolver *)context = next;
}

static async int chains(int argc, char **argv)
{
        mori_resolver resolver, next;
        mori_promise first = make_long(&resolver), second, third, fourth;
        long value;

        (void)argc;
        (void)argv;
        second = mori_promise_chain(first, sizeof(long), doubles, name("x"));
        third = mori_promise_chain(second, sizeof(long), doubles, name("y"));
        mori_promise_free(first);
        mori_promise_free(second);
        resolve_long(resolver, 5);
        EXPECT_EQ(await mori_promise_await(third, &value), 0);
        EXPECT_EQ(value, 20);
        expect_seen("x y ");

        /* A failure goes through the links, to one that takes either. */
        first = make_long(&resolver);
        second = mori_promise_chain(first, sizeof(long), doubles, name("x"));
        third = mori_promise_chain_either(second, sizeof(long), doubles, name("y"));
        mori_resolve_failure(resolver, -EIO);
        EXPECT_EQ(await mori_promise_await(third, &value), 0);
        EXPECT_EQ(value, -1);
        EXPECT_EQ(mori_promise_get(second, &value), -EIO);
        mori_promise_free(first);
        mori_promise_free(second);
        expect_seen("y ");

        /* The end of a chain is dropped: its beginning is asked, and the links are not called. */
        first = make_long(&resolver);
        EXPECT_EQ(mori_resolver_when_asked(resolver, sees, name("asked")), 0);
        EXPECT_EQ(mori_resolver_when_asked(resolver, sees, name("after")), 0);
        second = mori_promise_chain(first, sizeof(long), doubles, name("x"));
        third = mori_promise_chain(second, sizeof(long), doubles, name("y"));
        mori_promise_free(second);
        mori_promise_free(third);
        EXPECT_EQ(mori_resolver_asked(resolver), 0); /* its owner may want it */
        mori_promise_free(first);
        EXPECT_EQ(mori_resolver_asked(resolver), -ECANCELED);
        expect_seen("");
        await turns();
        expect_seen("asked!ECANCELED after!ECANCELED ");
        resolve_long(resolver, 1);
        await turns();
        expect_seen("");

        /* While a link's promise is still to come, its resolver is asked. */
        first = make_long(&resolver);
        second = mori_promise_chain(first, sizeof(long), keeps, &next);
        mori_promise_free(first);
        resolve_long(resolver, 1);
        await turns();
        EXPECT_EQ(mori_resolver_asked(next), 0);
        mori_promise_free(second);
        EXPECT_EQ(mori_resolver_asked(next), -ECANCELED);
        mori_resolver_drop(next);

        /* Constants are promises, too. */
        fourth = mori_promise_chain_either(MORI_PROMISE_FAILED(-EPERM), sizeof(long), doubles,
                                           name("z"));
        EXPECT_EQ(await mori_promise_await(fourth, &value), 0);
        expect_seen("z ");
        fourth = mori_promise_chain(MORI_PROMISE_FAILED(-EPERM), sizeof(long), doubles, name("z"));
        EXPECT_EQ(await mori_promise_await(fourth, &value), -EPERM);
        expect_seen("");
        return 0;
}

START_TEST(promises_are_chained)
{
        ck_assert_int_eq(run(chains), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static void passes(void *context, int error, const void *value, mori_resolver next)
{
        (void)context;
        (void)value;
        ck_assert_int_eq(error, 0);
        mori_resolve_value(next, NULL, 0);
}

/* Of all: it could never succeed. Of any: another may settle it. */
static async int groups_of_themselves(int argc, char **argv)
{
        mori_resolver a, b;
        mori_promise first = make(0, &a), second = make(0, &b), both[] = {first, second}, inner[2];
        mori_promise all, outer, any;

        (void)argc;
        (void)argv;
        all = mori_promise_all(both, 2);
        inner[0] = mori_promise_after(MORI_MS(1));
        inner[1] = mori_promise_chain(all, 0, passes, NULL);
        outer = mori_promise_all(inner, 2);
        EXPECT_EQ(mori_resolve_with(a, all), -ELOOP);
        EXPECT_EQ(mori_resolve_with(b, outer), -ELOOP);
        any = mori_promise_chain(mori_promise_any(both, 2), 0, passes, NULL);
        EXPECT_EQ(mori_resolve_with(a, any), 0);
        mori_resolve_value(b, NULL, 0);
        /* and the first, which any needs no more, is cancelled */
        EXPECT_EQ(await mori_promise_wait_value(first, NULL, 0), -ECANCELED);
        EXPECT_EQ(await mori_promise_wait_value(outer, NULL, 0), -ECANCELED);

        /* The same of one that was asked to cancel. */
        first = make(0, &a);
        all = mori_promise_all(&first, 1);
        mori_promise_cancel(all);
        EXPECT_EQ(mori_resolve_with(a, all), -ELOOP);
        mori_resolve_value(a, NULL, 0);
        return 0;
}

START_TEST(a_group_that_waits_for_itself)
{
        ck_assert_int_eq(run(groups_of_themselves), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int follows(int argc, char **argv)
{
        mori_resolver a, b, c;
        mori_promise first = make_long(&a), second = make_long(&b), third = make_long(&c);
        long value;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_resolve_with(a, first), -ELOOP);
        EXPECT_EQ(mori_resolve_with(a, MORI_PROMISE_DONE), -EINVAL);
        EXPECT_EQ(mori_promise_then(second, sees, name("second")), 0);
        EXPECT_EQ(mori_resolve_with(a, second), 0);
        EXPECT_EQ(mori_resolve_with(b, first), -ELOOP);
        EXPECT_EQ(mori_resolve_with(b, third), 0);
        EXPECT_EQ(mori_resolver_asked(c), 0);
        resolve_long(c, 11);
        EXPECT_EQ(await mori_promise_await(first, &value), 0);
        EXPECT_EQ(value, 11);
        expect_seen("second=11 ");

        /* Handed over while its resolver's side is still to be told. */
        first = make_long(&a);
        second = make_long(&b);
        EXPECT_EQ(mori_resolver_when_asked(b, sees, name("second")), 0);
        mori_promise_cancel(second);
        EXPECT_EQ(mori_resolve_with(b, make_long(&c)), 0);
        EXPECT_EQ(mori_resolve_with(a, second), 0);
        await turns();
        expect_seen("second!ECANCELED ");
        resolve_long(c, 13);
        EXPECT_EQ(await mori_promise_await(first, &value), 0);
        EXPECT_EQ(value, 13);

        /* Asked along the way, and settled already. */
        first = make_long(&a);
        second = make_long(&b);
        EXPECT_EQ(mori_resolve_with(a, second), 0);
        mori_promise_cancel(first);
        EXPECT_EQ(mori_resolver_asked(b), -ECANCELED);
        resolve_long(b, 12); /* which came first */
        EXPECT_EQ(await mori_promise_await(first, &value), 0);
        EXPECT_EQ(value, 12);
        first = make_long(&a);
        second = make_long(&b);
        mori_resolve_failure(b, -EIO);
        EXPECT_EQ(mori_resolve_with(a, second), 0);
        EXPECT_EQ(mori_promise_get(first, &value), -EIO);
        mori_promise_free(first);
        first = make_long(&a);
        EXPECT_EQ(mori_resolve_with(a, MORI_PROMISE_FAILED(-EPERM)), 0);
        EXPECT_EQ(await mori_promise_await(first, &value), -EPERM);
        return 0;
}

START_TEST(a_promise_settles_as_another)
{
        ck_assert_int_eq(run(follows), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

#define LINKS TEST_TIMES(100000)

/* A chain that is as long as memory allows settles, and is cancelled, without a stack. */
static async int long_chains(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise;
        long value;

        (void)argc;
        (void)argv;
        for (int cancelled = 0; cancelled < 2; cancelled++) {
                promise = make_long(&resolver);
                for (int i = 0; i < LINKS; i++) {
                        mori_resolver behind;
                        mori_promise next = make_long(&behind);

                        EXPECT_EQ(mori_resolve_with(behind, promise), 0);
                        promise = next;
                        EXPECT_EQ(promises_live(), 3); /* the two ends, and what is between */
                }
                if (cancelled) {
                        mori_promise_free(promise);
                        EXPECT_EQ(mori_resolver_asked(resolver), -ECANCELED);
                        mori_resolver_drop(resolver);
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                } else {
                        resolve_long(resolver, 4);
                        EXPECT_EQ(await mori_promise_await(promise, &value), 0);
                        EXPECT_EQ(value, 4);
                }
        }
        return 0;
}

/* One that cannot be shortened. */
static void adds(void *context, int error, const void *value, mori_resolver next)
{
        (void)context;
        ck_assert_often(error == 0);
        resolve_long(next, *(const long *)value + 1);
}

static async int long_chains_of_links(int argc, char **argv)
{
        mori_resolver resolver;
        long value;

        (void)argc;
        (void)argv;
        for (int cancelled = 0; cancelled < 2; cancelled++) {
                mori_promise promise = make_long(&resolver);

                for (int i = 0; i < LINKS; i++) {
                        mori_promise next = mori_promise_chain(promise, 8, adds, NULL);

                        mori_promise_free(promise);
                        promise = next;
                }
                if (cancelled)
                        mori_promise_free(promise);
                EXPECT_EQ(mori_resolver_asked(resolver), cancelled ? -ECANCELED : 0);
                resolve_long(resolver, 0);
                if (!cancelled) {
                        EXPECT_EQ(await mori_promise_await(promise, &value), 0);
                        EXPECT_EQ(value, LINKS);
                }
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        }
        return 0;
}

START_TEST(long_chains_need_no_stack)
{
        ck_assert_int_eq(run(long_chains), 0);
        ck_assert_not_reported();
        ck_assert_int_eq(run(long_chains_of_links), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- All and any */

static async int groups(int argc, char **argv)
{
        mori_resolver resolvers[3];
        mori_promise promises[3], group;
        uint32_t index = 9;

        (void)argc;
        (void)argv;
        for (int i = 0; i < 3; i++)
                promises[i] = make_long(&resolvers[i]);
        group = mori_promise_all(promises, 3);
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(mori_promise_get_value(group, NULL, 0), -EAGAIN);
                resolve_long(resolvers[i], i);
                await turns();
        }
        EXPECT_EQ(await mori_promise_await_value(group, NULL, 0), 0);
        for (int i = 0; i < 3; i++)
                mori_promise_free(promises[i]);

        /* One fails: the others are asked. */
        for (int i = 0; i < 3; i++)
                promises[i] = make_long(&resolvers[i]);
        group = mori_promise_all(promises, 3);
        for (int i = 0; i < 3; i++)
                mori_promise_free(promises[i]);
        mori_resolve_failure(resolvers[1], -EIO);
        EXPECT_EQ(await mori_promise_await_value(group, NULL, 0), -EIO);
        EXPECT_EQ(mori_resolver_asked(resolvers[0]), -ECANCELED);
        EXPECT_EQ(mori_resolver_asked(resolvers[2]), -ECANCELED);
        mori_resolve_failure(resolvers[0], -ECANCELED);
        mori_resolver_drop(resolvers[2]);

        for (int i = 0; i < 3; i++)
                promises[i] = make_long(&resolvers[i]);
        group = mori_promise_any(promises, 3);
        for (int i = 0; i < 3; i++)
                mori_promise_free(promises[i]);
        mori_resolve_failure(resolvers[0], -EIO);
        resolve_long(resolvers[2], 1);
        EXPECT_EQ(await mori_promise_await(group, &index), 0);
        EXPECT_EQ(index, 2);
        EXPECT_EQ(mori_resolver_asked(resolvers[1]), -ECANCELED);
        mori_resolver_drop(resolvers[1]);

        /* All fail; the group is dropped; constants. */
        for (int i = 0; i < 3; i++)
                promises[i] = make_long(&resolvers[i]);
        group = mori_promise_any(promises, 3);
        for (int i = 0; i < 3; i++) {
                mori_promise_free(promises[i]);
                mori_resolve_failure(resolvers[i], -EIO - i);
        }
        EXPECT_EQ(await mori_promise_await(group, &index), -EIO - 2);
        for (int i = 0; i < 3; i++)
                promises[i] = make_long(&resolvers[i]);
        group = mori_promise_all(promises, 3);
        for (int i = 0; i < 3; i++)
                mori_promise_free(promises[i]);
        mori_promise_free(group);
        await turns();
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(mori_resolver_asked(resolvers[i]), -ECANCELED);
                mori_resolve_failure(resolvers[i], -ECANCELED);
        }
        promises[0] = MORI_PROMISE_DONE;
        promises[1] = MORI_PROMISE_FAILED(-EPERM);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_all(promises, 2), NULL, 0), -EPERM);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_all(promises, 1), NULL, 0), 0);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_all(NULL, 0), NULL, 0), 0);
        EXPECT_EQ(await mori_promise_await(mori_promise_any(NULL, 0), &index), -EINVAL);
        EXPECT_EQ(await mori_promise_await(mori_promise_any(NULL, 1), &index), -EINVAL);
        return 0;
}

START_TEST(all_and_any)
{
        ck_assert_int_eq(run(groups), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Loops */

#define ROUNDS TEST_TIMES(100000)

static int below_ten(void *context)
{
        return *(long *)context < 10;
}

static mori_promise fails_at_five(void *context, uint64_t round)
{
        ++*(long *)context;
        return round == 5 ? MORI_PROMISE_FAILED(-EIO) : MORI_PROMISE_DONE;
}

static mori_promise itself(void *context, uint64_t round)
{
        (void)round;
        return *(mori_promise *)context;
}

static async int loops(int argc, char **argv)
{
        long count = 0;
        mori_promise loop;
        uint32_t before;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_promise_await_value(mori_promise_for(ROUNDS, rounds, &count), NULL, 0),
                  0);
        EXPECT_EQ(count, ROUNDS);
        EXPECT_EQ(promises_live(), 0);
        count = 0;
        EXPECT_EQ(await mori_promise_await_value(mori_promise_while(below_ten, rounds, &count),
                                                 NULL, 0),
                  0);
        EXPECT_EQ(count, 10);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_for(0, rounds, &count), NULL, 0), 0);
        EXPECT_EQ(count, 10);
        count = 0;
        EXPECT_EQ(
                await mori_promise_await_value(mori_promise_for(9, fails_at_five, &count), NULL, 0),
                -EIO);
        EXPECT_EQ(count, 6);
        count = 0;
        loop = mori_promise_for(9, sleeps_long, &count);
        await turns();
        before = promises_live();
        EXPECT_EQ(before, 4); /* the loop's, its callback, its round's, and what that is asked by */
        mori_promise_cancel(loop);
        EXPECT_EQ(await mori_promise_await_value(loop, NULL, 0), -ECANCELED);
        EXPECT_EQ(count, 1);
        loop = mori_promise_for(3, itself, &loop);
        EXPECT_EQ(await mori_promise_await_value(loop, NULL, 0), -ELOOP);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_for(3, NULL, NULL), NULL, 0),
                  -EINVAL);
        EXPECT_EQ(promises_live(), 0);
        return 0;
}

START_TEST(loops_grow_nothing)
{
        ck_assert_int_eq(run(loops), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Time and tokens */

static async int times(int argc, char **argv)
{
        mori_token *token = mori_token_new(MORI_MS(5)), *other = mori_token_new(MORI_FOREVER);
        mori_promise promise = mori_promise_after(MORI_MS(1));
        mori_resolver resolver;
        int64_t began = mori_now();

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_promise_await_value(promise, NULL, 0), 0);
        EXPECT(mori_now() - began >= MORI_MS(1));
        promise = mori_promise_after(MORI_S(1));
        EXPECT_EQ(mori_promise_attach(promise, token), 0);
        EXPECT_EQ(await mori_promise_await_value(promise, NULL, 0), -ETIMEDOUT);
        EXPECT(mori_now() - began < MORI_MS(10));
        promise = make(0, &resolver);
        EXPECT_EQ(mori_promise_attach(promise, token), 0); /* its deadline has passed already */
        EXPECT_EQ(mori_resolver_asked(resolver), -ETIMEDOUT);
        EXPECT_EQ(mori_promise_attach(promise, other), 0);
        mori_resolver_drop(resolver);
        EXPECT_EQ(mori_promise_attach(promise, token), 0);
        EXPECT_EQ(mori_promise_get_value(promise, NULL, 0), -EOWNERDEAD);
        mori_promise_free(promise);
        mori_token_free(token);
        mori_token_free(other);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_after(0), NULL, 0), 0);
        return 0;
}

START_TEST(time_passes_and_tokens_reach_promises)
{
        ck_assert_int_eq(run(times), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Async code for sync code, and the reverse */

static async int calls(int argc, char **argv)
{
        long numbers[] = {5, 50}, value = 0;
        mori_promise promise = mori_promise_call(squares, &numbers[0], sizeof(long));

        (void)argc;
        (void)argv;
        *shared(9) = 0;
        EXPECT_EQ(await mori_promise_await(promise, &value), 0);
        EXPECT_EQ(value, 25);
        promise = mori_promise_call(squares, &numbers[1], sizeof(long));
        EXPECT_EQ(await mori_promise_await(promise, &value), -ERANGE);
        /* Cancelled before it begins, and while it waits. */
        promise = mori_promise_call(squares, &numbers[0], sizeof(long));
        mori_promise_cancel(promise);
        EXPECT_EQ(await mori_promise_await(promise, &value), -ECANCELED);
        EXPECT_EQ(*shared(9), 0);
        promise = mori_promise_call(squares, &numbers[0], sizeof(long));
        EXPECT_EQ(await mori_sleep(MORI_US(500)), 0);
        mori_promise_cancel(promise);
        EXPECT_EQ(await mori_promise_await(promise, &value), -ECANCELED);
        EXPECT_EQ(*shared(9), 1);
        mori_promise_ignore(mori_promise_call(squares, &numbers[0], sizeof(long)));
        EXPECT_EQ(await mori_promise_await(mori_promise_call(NULL, NULL, 0), &value), -EINVAL);
        return 0;
}

START_TEST(sync_code_calls_async_code)
{
        ck_assert_int_eq(run(calls), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int an_int(int64_t duration, int value)
{
        attempt(await mori_sleep(duration));
        return value;
}

static async double a_double(double value)
{
        (void)await mori_yield();
        return value * 2;
}

static async float a_float(float value)
{
        return value * 2;
}

static async void *a_pointer(void *pointer)
{
        (void)await mori_yield();
        return pointer;
}

static async void nothing(void)
{
        (void)await mori_yield();
}

static async int ends(int argc, char **argv)
{
        mori_promise promise = mori_promise_of(start(an_int, MORI_MS(1), 7));
        double real = 0;
        float shorter = 0;
        void *pointer = NULL;
        int value = 0;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_promise_get(promise, &value), -EAGAIN);
        EXPECT_EQ(await mori_promise_await(promise, &value), 0);
        EXPECT_EQ(value, 7);
        promise = mori_promise_of(start(an_int, MORI_MS(1), -EIO));
        EXPECT_EQ(await mori_promise_await(promise, &value), -EIO);
        EXPECT_EQ(await mori_promise_await(mori_promise_of(start(a_double, 1.5)), &real), 0);
        EXPECT(real == 3.0);
        EXPECT_EQ(await mori_promise_await(mori_promise_of(start(a_float, 1.25f)), &shorter), 0);
        EXPECT(shorter == 2.5f);
        EXPECT_EQ(await mori_promise_await(mori_promise_of(start(a_pointer, &value)), &pointer), 0);
        EXPECT(pointer == &value);
        EXPECT_EQ(await mori_promise_await_value(mori_promise_of(start(nothing)), NULL, 0), 0);
        promise = mori_promise_of(start(an_int, MORI_S(100), 7));
        mori_promise_cancel(promise);
        EXPECT_EQ(await mori_promise_await(promise, &value), -ECANCELED);
        /* A scope that is left early ends what the promise is of. */
        scope {
                promise = mori_promise_of(start(an_int, MORI_S(100), 7));
                break;
        }
        EXPECT_EQ(await mori_promise_await(promise, &value), -ECANCELED);
        return 0;
}

START_TEST(the_end_of_an_activity_is_promised)
{
        ck_assert_int_eq(run(ends), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

TEST_MAIN("activity/promise_chain", TEST(promises_are_chained), TEST(a_promise_settles_as_another),
          TEST(a_group_that_waits_for_itself),
          TEST(long_chains_need_no_stack), TEST(all_and_any), TEST(loops_grow_nothing),
          TEST(time_passes_and_tokens_reach_promises), TEST(sync_code_calls_async_code),
          TEST(the_end_of_an_activity_is_promised))
