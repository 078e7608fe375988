/* SPDX-License-Identifier: MIT */
/*
 * Activities: handles and their misuse, results that nobody sees, children left behind, and
 * cancellation through trees and chains.
 */
#include "support/async.h"

#include "activity/queue.h"

#include <errno.h>

typedef Async(int) handle_int;

static async int sleeps(int ms)
{
        return await mori_sleep(MORI_MS(ms));
}

static async int answers(int value)
{
        return value;
}

static async int fails_later(int error)
{
        int cancelled = await mori_yield();

        return cancelled < 0 ? cancelled : error;
}

static async int yields(int times)
{
        while (times-- > 0)
                attempt(await mori_yield());
        return times;
}

static async int joins(handle_int handle)
{
        return join(handle);
}

/* ---- Handles that are misused */

static async int joins_twice(int argc, char **argv)
{
        Async(int) a = start(answers, 1);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 1);
        return join(a);
}

static async int joins_twice_with_others_between(int argc, char **argv)
{
        Async(int) a = start(sleeps, 1);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 0);
        for (int i = 0; i < 100; i++) {
                Async(int) b = start(answers, i);

                EXPECT_EQ(join(b), i);
        }
        return join(a);
}

static async int joins_what_another_joins(int argc, char **argv)
{
        Async(int) a = start(sleeps, 10);
        Async(int) b = start(joins, a);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 0);
        return join(b);
}

/* It is done, its joiner has been told, and comes too late. */
static async int joins_what_another_is_about_to_take(int argc, char **argv)
{
        for (int before = 0; before < 6; before++) {
                Async(int) a = start(yields, 3), b;

                (void)argc;
                (void)argv;
                for (int i = 0; i < before; i++)
                        EXPECT_EQ(await mori_yield(), 0);
                b = start(joins, a);
                for (int i = 0; i < 6; i++)
                        if (!mori_done(MORI_ACTIVITY(b)))
                                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(join(b), -1);
        }
        return 0;
}

static async int joins_after_ignore(int argc, char **argv)
{
        Async(int) a = start(sleeps, 1);

        (void)argc;
        (void)argv;
        ignore(a);
        return join(a);
}

static async int joins_after_ignore_of_done(int argc, char **argv)
{
        Async(int) a = start(answers, 1);

        (void)argc;
        (void)argv;
        ignore(a);
        return join(a);
}

static async int ignores_twice(int argc, char **argv)
{
        Async(int) a = start(sleeps, 1);

        (void)argc;
        (void)argv;
        ignore(a);
        ignore(a);
        return 0;
}

static async int joins_nothing(int argc, char **argv)
{
        Async(int) a = NULL;

        (void)argc;
        (void)argv;
        return join(a);
}

static async int cancels_nothing(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        mori_cancel((mori_activity){0});
        return 0;
}

static async int joins_itself(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return join((handle_int)(uintptr_t)mori_self().word);
}

static async int cancels_after_join(int argc, char **argv)
{
        Async(int) a = start(answers, 1);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 1);
        cancel(a);
        return 0;
}

static async int asks_after_join(int argc, char **argv)
{
        Async(int) a = start(answers, 1);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 1);
        return mori_done(MORI_ACTIVITY(a));
}

static async int waits_after_join(int argc, char **argv)
{
        Async(int) a = start(answers, 1);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), 1);
        return await mori_wait(MORI_ACTIVITY(a));
}

START_TEST(a_handle_is_used_once)
{
        static mori_entry_point *const misuses[] = {
                joins_twice,        joins_twice_with_others_between,
                joins_after_ignore, joins_after_ignore_of_done,
                ignores_twice,      joins_nothing,
                cancels_nothing,    joins_itself,
                cancels_after_join, asks_after_join,
                waits_after_join,   joins_what_another_joins};

        for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
                ck_assert_msg(run(misuses[i]) == 70, "misuse %zu", i);
                ck_assert_reported("abandoned");
                assert_nothing_left();
        }
}
END_TEST

START_TEST(a_joiner_is_told_once)
{
        ck_assert_int_eq(run(joins_what_another_is_about_to_take), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* Two joiners: the second must be caught, whenever it comes. */
static async int second_joiner(handle_int handle, int yields_before)
{
        EXPECT_EQ(await yields(yields_before), -1);
        return join(handle);
}

#define SECOND_JOINERS 8
static async int two_joiners(int argc, char **argv)
{
        Async(int) a, b, c;

        (void)argc;
        (void)argv;
        /* so that the round of turns ends at any point of what follows */
        EXPECT_EQ(await yields((int)*shared(1)), -1);
        a = start(yields, 4);
        b = start(second_joiner, a, (int)*shared(0) % SECOND_JOINERS);
        c = start(second_joiner, a, (int)*shared(0) / SECOND_JOINERS);
        EXPECT_EQ(join(b), -1);
        return join(c);
}

START_TEST(a_second_joiner_is_caught_whenever_it_comes)
{
        for (long i = 0; i < SECOND_JOINERS * SECOND_JOINERS; i++) {
                *shared(0) = i;
                for (*shared(1) = 235; *shared(1) < 260; ++*shared(1)) {
                        ck_assert_int_eq(run(two_joiners), 70);
                        assert_nothing_left();
                }
        }
}
END_TEST

/* ---- Waiting for the end without joining */

static async int waits_for(mori_activity activity)
{
        return await mori_wait(activity);
}

static async int wait_leaves_it_to_be_joined(int argc, char **argv)
{
        Async(int) a = start(fails_later, 5), b = start(sleeps, 50), c = start(sleeps, 20);
        mori_activity all[3] = {MORI_ACTIVITY(b), MORI_ACTIVITY(a), MORI_ACTIVITY(c)};

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_wait(MORI_ACTIVITY(a)), 0);
        EXPECT_EQ(await mori_wait(MORI_ACTIVITY(a)), 0);
        EXPECT_EQ(await mori_wait_any(all, 3), 1);
        all[1] = all[0];
        EXPECT_EQ(await mori_wait_any(all, 3), 2);
        EXPECT_EQ(await mori_wait_all(all, 3), 0);
        EXPECT_EQ(await mori_wait_any(all, 3), 0);
        EXPECT_EQ(await mori_wait_any(all, 0), -EINVAL);
        EXPECT_EQ(join(a), 5);
        EXPECT_EQ(join(b), 0);
        EXPECT_EQ(join(c), 0);
        return 0;
}

START_TEST(a_wait_leaves_it_to_be_joined)
{
        ck_assert_int_eq(run(wait_leaves_it_to_be_joined), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int wait_is_cancelled(int argc, char **argv)
{
        Async(int) a = start(sleeps, 100), b = start(waits_for, MORI_ACTIVITY(a));

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_yield(), 0);
        cancel(b);
        EXPECT_EQ(join(b), -ECANCELED);
        within(MORI_MS(10))
        {
                EXPECT_EQ(await mori_wait(MORI_ACTIVITY(a)), -ETIMEDOUT);
        }
        EXPECT_EQ(join(a), 0);
        return 0;
}

START_TEST(a_wait_that_is_cancelled_leaves_no_trace)
{
        ck_assert_int_eq(run(wait_is_cancelled), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/*
 * The waiter stands before what it waits for in the scope, or behind it; in both cases it is told.
 */
static async int waits_for_what_comes(mori_queue *queue)
{
        mori_activity activity;

        attempt(await mori_queue_receive(queue, &activity));
        return await mori_wait(activity);
}

static async int scope_ends_with_an_outsider(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(mori_activity));
        Async(int) b = start(waits_for_what_comes, queue);

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) a = start(sleeps, 10);
                mori_activity activity = MORI_ACTIVITY(a);

                EXPECT_EQ(await mori_queue_send(queue, &activity), 0);
                EXPECT_EQ(await mori_yield(), 0);
        }
        return join(b);
}

static async int scope_ends_with_a_waiter(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(mori_activity));

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) a = start(sleeps, 10);
                Async(int) b = start(waits_for, MORI_ACTIVITY(a));

                (void)b;
        }
        mori_queue_free(queue);
        return 0;
}

static async int joins_what_comes(mori_queue *queue)
{
        mori_activity activity;

        attempt(await mori_queue_receive(queue, &activity));
        return join((handle_int)(uintptr_t)activity.word);
}

static async int scope_ends_with_an_earlier_waiter(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(mori_activity));

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) b = start(waits_for_what_comes, queue);
                Async(int) a = start(sleeps, 10);
                mori_activity activity = MORI_ACTIVITY(a);

                (void)b;
                EXPECT_EQ(await mori_queue_send(queue, &activity), 0);
                EXPECT_EQ(await mori_yield(), 0);
        }
        mori_queue_free(queue);
        return 0;
}

static async int scope_ends_with_an_earlier_joiner(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(mori_activity));

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) b = start(joins_what_comes, queue);
                Async(int) a = start(sleeps, 10);
                mori_activity activity = MORI_ACTIVITY(a);

                (void)b;
                EXPECT_EQ(await mori_queue_send(queue, &activity), 0);
                EXPECT_EQ(await mori_yield(), 0);
        }
        mori_queue_free(queue);
        return 0;
}

static async int scope_is_left_with_an_earlier_waiter(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(2, sizeof(mori_activity));

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) b = start(waits_for_what_comes, queue);
                Async(int) a = start(sleeps, 1000);
                mori_activity activity = MORI_ACTIVITY(a);

                (void)b;
                EXPECT_EQ(await mori_queue_send(queue, &activity), 0);
                EXPECT_EQ(await mori_yield(), 0);
                break;
        }
        mori_queue_free(queue);
        return 0;
}

START_TEST(a_scope_that_ends_tells_who_waits_in_it)
{
        ck_assert_int_eq(run(scope_ends_with_a_waiter), 0);
        ck_assert_not_reported();
        ck_assert_int_eq(run(scope_ends_with_an_earlier_waiter), 0);
        ck_assert_not_reported();
        ck_assert_int_eq(run(scope_is_left_with_an_earlier_waiter), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

START_TEST(nobody_outside_waits_for_what_a_scope_ends)
{
        ck_assert_int_eq(run(scope_ends_with_an_outsider), 70);
        ck_assert_reported("an activity outside of it waits");
        assert_nothing_left();
}
END_TEST

START_TEST(a_scope_that_ends_lets_siblings_join)
{
        ck_assert_int_eq(run(scope_ends_with_an_earlier_joiner), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int ignored_while_waited_for(int argc, char **argv)
{
        Async(int) a = start(sleeps, 10);
        Async(int) b = start(waits_for, MORI_ACTIVITY(a));

        (void)argc;
        (void)argv;
        ignore(a);
        EXPECT_EQ(join(b), 0);
        return 0;
}

START_TEST(a_waiter_is_told_of_the_end_of_an_ignored_one)
{
        ck_assert_int_eq(run(ignored_while_waited_for), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Results that nobody sees */

static async int ignored_fails(int argc, char **argv)
{
        Async(int) a = start(fails_later, -EIO), b = start(answers, -EPERM), c = start(sleeps, 1);

        (void)argc;
        (void)argv;
        ignore(a);
        ignore(b);
        ignore(c);
        EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
        return 0;
}

START_TEST(an_ignored_one_that_fails_is_reported)
{
        ck_assert_int_eq(run(ignored_fails), 0);
        ck_assert_reported("Input/output error");
        ck_assert_reported("Operation not permitted");
        ck_assert_ptr_null(strstr(reports, "Success"));
        assert_nothing_left();
}
END_TEST

static async int ignored_is_cancelled(int argc, char **argv)
{
        Async(int) a = start(sleeps, 1000);

        (void)argc;
        (void)argv;
        cancel(a);
        ignore(a);
        scope
        {
                Async(int) b = start(sleeps, 1000);

                ignore(b);
                break;
        }
        return 0;
}

START_TEST(one_that_was_cancelled_is_not_reported)
{
        ck_assert_int_eq(run(ignored_is_cancelled), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* Handles that are dropped: what nobody joins is joined by the scope, and its failure reported. */
static async int left_behind(int argc, char **argv)
{
        Async(int) a = start(fails_later, -EIO);
        Async(int) b = start(fails_later, 3);
        Async(int) c = start(answers, -EPERM);

        (void)argc;
        (void)argv;
        (void)a;
        (void)b;
        (void)c;
        return 4;
}

START_TEST(failures_of_dropped_handles_are_reported)
{
        ck_assert_int_eq(run(left_behind), 4);
        ck_assert_reported("Input/output error");
        ck_assert_reported("Operation not permitted");
        assert_nothing_left();
}
END_TEST

/* ---- Children of an activity that returns */

static async int sets_later(long *word, int ms)
{
        attempt(await mori_sleep(MORI_MS(ms)));
        *word += 1;
        return 0;
}

static async int leaves_three(int result)
{
        Async(int) a = start(sets_later, shared(1), 10);
        Async(int) b = start(sets_later, shared(1), 20);
        Async(int) c = start(sets_later, shared(1), 5);

        (void)a;
        (void)b;
        (void)c;
        return result;
}

typedef struct {
        double a, b;
} two_doubles;

static async two_doubles leaves_one(double a)
{
        Async(int) b = start(sets_later, shared(1), 10);

        (void)b;
        return (two_doubles){a, a + 1};
}

static async long leaves_one_long(long a)
{
        Async(int) b = start(sets_later, shared(1), 10);

        (void)b;
        return a;
}

/* The smallest frame there is: what is pushed for its end must not reach its result. */
static async int fails_and_leaves_one(void)
{
        ignore(start(sets_later, shared(1), 1000));
        return -EIO;
}

static async int children_of_an_activity(int argc, char **argv)
{
        Async(int) a = start(leaves_three, 7);
        Async(two_doubles) b;
        Async(long) c;
        two_doubles both;

        (void)argc;
        (void)argv;
        EXPECT(!mori_done(MORI_ACTIVITY(a)));
        EXPECT_EQ(join(a), 7);
        EXPECT_EQ(*shared(1), 3);
        b = start(leaves_one, 1.5);
        both = join(b);
        EXPECT(both.a == 1.5 && both.b == 2.5);
        EXPECT_EQ(*shared(1), 4);
        c = start(leaves_one_long, 123456789012345);
        EXPECT_EQ(join(c), 123456789012345);
        EXPECT_EQ(*shared(1), 5);
        return 0;
}

static async int children_of_a_failure(int argc, char **argv)
{
        for (int i = 0; i < 100; i++) {
                int64_t before = mori_now();
                Async(int) a = start(leaves_three, -EIO);
                Async(int) b = start(fails_and_leaves_one);

                (void)argc;
                (void)argv;
                EXPECT_EQ(join(a), -EIO);
                EXPECT_EQ(join(b), -EIO);
                EXPECT(mori_now() < before + MORI_MS(5));
        }
        EXPECT_EQ(*shared(1), 0);
        return 0;
}

START_TEST(an_activity_joins_what_it_has_started)
{
        ck_assert_int_eq(run(children_of_an_activity), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

START_TEST(an_activity_that_fails_cancels_what_it_has_started)
{
        ck_assert_int_eq(run(children_of_a_failure), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Cancellation of trees and chains */

static async int tree(int depth)
{
        Async(int) a, b;
        int result;

        if (depth == 0)
                return await mori_sleep(MORI_S(1000));
        a = start(tree, depth - 1);
        b = start(tree, depth - 1);
        result = join(a);
        EXPECT_EQ(join(b), result);
        EXPECT_EQ(await mori_sleep(MORI_S(1)), result);
        EXPECT_EQ(await mori_yield(), result);
        return result;
}

static async int cancel_tree(int argc, char **argv)
{
        int64_t before = mori_now();
        Async(int) a = start(tree, TEST_MANY(1 << 16) == 1 << 16 ? 16 : 9);

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_yield(), 0);
        cancel(a);
        cancel(a);
        EXPECT_EQ(join(a), -ECANCELED);
        EXPECT(mori_now() < before + MORI_S(1));
        return 0;
}

START_TEST(a_tree_of_activities_is_cancelled)
{
        ck_assert_int_eq(run(cancel_tree), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int chain(int depth)
{
        int result;

        if (depth == 0) {
                EXPECT_EQ(await mori_yield(), 0);
                return await mori_sleep(MORI_S(1000));
        }
        EXPECT_EQ(await mori_yield(), 0); /* lest the classical stack is used up */
        {
                Async(int) a = start(chain, depth - 1);

                result = join(a);
        }
        EXPECT_EQ(mori_cancelled(), result);
        return result;
}

static async int cancel_chain(int argc, char **argv)
{
        struct mori_statistics statistics;
        Async(int) a = start(chain, TEST_MANY(20000));

        (void)argc;
        (void)argv;
        do {
                EXPECT_EQ(await mori_yield(), 0);
                mori_statistics_get(&statistics);
        } while (statistics.activities < TEST_MANY(20000) + 2);
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(await mori_yield(), 0);
        cancel(a);
        EXPECT_EQ(join(a), -ECANCELED);
        return 0;
}

START_TEST(a_chain_of_activities_is_cancelled)
{
        ck_assert_int_eq(run(cancel_chain), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int level_triggered(void)
{
        int result = await mori_sleep(MORI_S(1000));

        for (int i = 0; i < 10; i++) {
                EXPECT_EQ(result, -ECANCELED);
                EXPECT_EQ(mori_cancelled(), -ECANCELED);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), -ECANCELED);
                EXPECT_EQ(await mori_sleep(0), -ECANCELED);
                EXPECT_EQ(await mori_yield(), -ECANCELED);
                {
                        Async(int) a = start(sleeps, 1);

                        EXPECT(mori_done(MORI_ACTIVITY(a)));
                        EXPECT_EQ(join(a), -ECANCELED);
                }
        }
        return 5; /* it need not say so */
}

static async int cancel_one(int argc, char **argv)
{
        Async(int) a = start(level_triggered);

        (void)argc;
        (void)argv;
        cancel(a);
        EXPECT(!mori_done(MORI_ACTIVITY(a)));
        cancel(a);
        EXPECT_EQ(join(a), 5);
        EXPECT_EQ(mori_cancelled(), 0);
        return 0;
}

START_TEST(cancellation_stays)
{
        ck_assert_int_eq(run(cancel_one), 0);
        ck_assert_not_reported();
}
END_TEST

/*
 * Cancelled at every stage of its life: the answer is its own, or -ECANCELED, never anything else.
 */
static async int staged(void)
{
        attempt(await mori_yield());
        attempt(await mori_sleep(MORI_US(70)));
        attempt(await mori_yield());
        scope
        {
                Async(int) a = start(sleeps, 1);

                attempt(join(a));
        }
        attempt(await mori_yield());
        return 7;
}

static async int cancel_at_stage(int argc, char **argv)
{
        int cancelled = 0, completed = 0;

        (void)argc;
        (void)argv;
        for (int stage = 0; stage < 60; stage++) {
                Async(int) a = start(staged);
                int result;

                for (int i = 0; i < stage; i++)
                        EXPECT_EQ(i % 3 ? await mori_yield() : await mori_sleep(MORI_US(40)), 0);
                cancel(a);
                result = join(a);
                EXPECT(result == 7 || result == -ECANCELED);
                cancelled += result != 7;
                completed += result == 7;
        }
        EXPECT(cancelled > 3);
        EXPECT(completed > 3);
        return 0;
}

START_TEST(cancellation_comes_at_every_stage)
{
        ck_assert_int_eq(run(cancel_at_stage), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int cancels_itself(void)
{
        mori_cancel(mori_self());
        EXPECT_EQ(mori_cancelled(), -ECANCELED);
        return await mori_sleep(MORI_S(1));
}

static async int cancel_self(int argc, char **argv)
{
        Async(int) a = start(cancels_itself);

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), -ECANCELED);
        EXPECT_EQ(await mori_sleep(1), 0);
        return 0;
}

START_TEST(an_activity_cancels_itself)
{
        ck_assert_int_eq(run(cancel_self), 0);
        assert_nothing_left();
}
END_TEST

/* ---- Causality */

static async long causality_of(int waits)
{
        if (waits)
                EXPECT_EQ(await mori_yield(), 0);
        return (long)mori_causality();
}

static async int causality(int argc, char **argv)
{
        uint64_t fresh = mori_causality_set(0);
        Async(long) a = start(causality_of, 1), b;

        (void)argc;
        (void)argv;
        EXPECT(mori_causality_set(0) != fresh);
        b = start(causality_of, 0);
        EXPECT(join(a) == (long)fresh);
        EXPECT(join(b) == (long)mori_causality());
        EXPECT(mori_causality_set(77) == 77);
        return 0;
}

START_TEST(causality_is_handed_down)
{
        ck_assert_int_eq(run(causality), 0);
}
END_TEST

TEST_MAIN("activity/activity", TEST(a_handle_is_used_once), TEST(a_joiner_is_told_once),
          TEST(a_second_joiner_is_caught_whenever_it_comes), TEST(a_wait_leaves_it_to_be_joined),
          TEST(a_wait_that_is_cancelled_leaves_no_trace),
          TEST(a_scope_that_ends_tells_who_waits_in_it), TEST(a_scope_that_ends_lets_siblings_join),
          TEST(nobody_outside_waits_for_what_a_scope_ends),
          TEST(a_waiter_is_told_of_the_end_of_an_ignored_one),
          TEST(an_ignored_one_that_fails_is_reported), TEST(one_that_was_cancelled_is_not_reported),
          TEST(failures_of_dropped_handles_are_reported),
          TEST(an_activity_joins_what_it_has_started),
          TEST(an_activity_that_fails_cancels_what_it_has_started),
          TEST(a_tree_of_activities_is_cancelled), TEST(a_chain_of_activities_is_cancelled),
          TEST(cancellation_stays), TEST(cancellation_comes_at_every_stage),
          TEST(an_activity_cancels_itself), TEST(causality_is_handed_down))
