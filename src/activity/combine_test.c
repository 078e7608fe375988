/* SPDX-License-Identifier: MIT */
/* Several activities as one; wide loops; retries and rates. */
#include "support/async.h"

#include <errno.h>

#define MAIN(name)                                                                                 \
        static async int name(int argc __attribute__((unused)), char **argv __attribute__((unused)))

static async int after(int ms, int result)
{
        if (ms > 0)
                attempt(await mori_sleep(MORI_MS(ms)));
        return result;
}

/* Answers only when it is cancelled, and then something else. */
static async int stubborn(int *ret_cancelled)
{
        int error = await mori_sleep(MORI_S(1000));

        *ret_cancelled += error == -ECANCELED;
        return -EIO;
}

/* ---- Several as one */

MAIN(alls)
{
        int cancelled = 0;

        EXPECT_EQ(await mori_all(NULL, 0), 0);
        scope {
                Async(int) good[] = {start(after, 3, 1), start(after, 0, 2), start(after, 1, 0)};
                Async(int) bad[] = {start(stubborn, &cancelled), start(after, 2, -EPIPE),
                                    start(after, 1, 3), start(stubborn, &cancelled)};
                Async(int) both[] = {start(after, 1, 0), start(after, 0, -ENOENT),
                                     start(after, 0, -EPERM)};

                EXPECT_EQ(await mori_all(good, 3), 0);
                EXPECT_EQ(await mori_all(bad, 4), -EPIPE);
                EXPECT_EQ(cancelled, 2);
                EXPECT_EQ(await mori_all(both, 3), -ENOENT);
                within (MORI_MS(1)) {
                        Async(int) late[] = {start(after, 5, 0), start(stubborn, &cancelled)};

                        EXPECT_EQ(await mori_all(late, 2), -ETIMEDOUT);
                }
                scope {
                        Async(int) late[] = {start(after, 5, 0), start(after, 0, 0)};

                        mori_scope_cancel();
                        EXPECT_EQ(await mori_all(late, 2), -ECANCELED);
                }
                Async(int) one[] = {start(stubborn, &cancelled)};
                Async(int) other = start(after, 1, 0);

                MORI_CANCEL(one[0]);
                EXPECT_EQ(await mori_all(one, 1), -EIO);
                EXPECT_EQ(await join(other), 0);
        }
        return 0;
}

START_TEST(all_must_succeed)
{
        ck_assert_int_eq(run(alls), 0);
        ck_assert_reported("nobody saw that an activity failed: result -1 ");
        ck_assert(!reported("result -5"));
        assert_nothing_left();
}
END_TEST

MAIN(races)
{
        unsigned which = 9;
        int cancelled = 0, results[3] = {9, 9, 9};

        EXPECT_EQ(await mori_race(NULL, 0, &which), -EINVAL);
        EXPECT_EQ(await mori_any(NULL, 0, &which), -EINVAL);
        EXPECT_EQ(await mori_collect(NULL, 0, results), 0);
        scope {
                Async(int) race[] = {start(stubborn, &cancelled), start(after, 2, -EPIPE),
                                     start(after, 3, 3)};
                Async(int) done[] = {start(after, 50, 1), start(after, 0, 7), start(after, 0, 8)};
                Async(int) any[] = {start(after, 1, -EIO), start(after, 4, 4),
                                    start(stubborn, &cancelled)};
                Async(int) none[] = {start(after, 50, -EIO), start(after, 60, -EPERM),
                                     start(after, 0, -EPIPE)};
                Async(int) each[] = {start(after, 3, -EIO), start(after, 2, 6),
                                     start(after, 0, -EPIPE)};

                EXPECT_EQ(await mori_race(race, 3, &which), -EPIPE);
                EXPECT_EQ(which, 1);
                EXPECT_EQ(await mori_race(done, 3, &which), 7);
                EXPECT_EQ(which, 1);
                EXPECT_EQ(await mori_any(any, 3, &which), 4);
                EXPECT_EQ(which, 1);
                EXPECT_EQ(cancelled, 2);
                EXPECT_EQ(await mori_any(none, 3, &which), -EPERM);
                EXPECT_EQ(await mori_collect(each, 3, results), 2);
                EXPECT(results[0] == -EIO && results[1] == 6 && results[2] == -EPIPE);
                within (MORI_MS(1)) {
                        Async(int) late[] = {start(after, 5, 0), start(after, 0, 5)};

                        EXPECT_EQ(await mori_collect(late, 2, results), -ETIMEDOUT);
                        EXPECT(results[0] == -ETIMEDOUT && results[1] == 5);
                }
                within (MORI_MS(1)) {
                        Async(int) late[] = {start(after, 5, 0), start(after, 6, 5)};

                        EXPECT_EQ(await mori_race(late, 2, &which), -ETIMEDOUT);
                }
        }
        return 0;
}

START_TEST(races_and_collections)
{
        ck_assert_int_eq(run(races), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

MAIN(twice_in_the_array)
{
        Async(int) one = start(after, 1, 0);
        Async(int) two[] = {one, one};

        return await mori_all(two, 2);
}

MAIN(a_joined_one)
{
        Async(int) one[] = {start(after, 0, 0)};

        attempt(await join(one[0]));
        return await mori_all(one, 1);
}

START_TEST(wrong_handles_abandon)
{
        ck_assert_int_eq(run(twice_in_the_array), 70);
        ck_assert_int_eq(run(a_joined_one), 70);
        assert_nothing_left();
}
END_TEST

/* A cancellation that comes while the ends do. */
static async int races_often(unsigned seed)
{
        unsigned which;

        for (unsigned i = 0; i < 30; i++) {
                int answer = 0;

                seed = seed * 1103515245 + 12345;
                within (MORI_US(seed % 3000)) {
                        Async(int) some[] = {start(after, 1, 1), start(after, (int)(seed % 4), -5),
                                             start(after, 2, 3)};

                        if (seed & 1024)
                                answer = await mori_all(some, 3);
                        else
                                answer = await mori_any(some, 3, &which);
                }
                EXPECT(answer == -5 || answer == 1 || answer == 3 || answer == -ETIMEDOUT ||
                       answer == 0);
        }
        return 0;
}

MAIN(many_races)
{
        scope
                for (unsigned i = 0; i < 50; i++)
                        ignore(start(races_often, i + (unsigned)*shared(0) * 1000));
        return 0;
}

START_TEST(ends_race_with_deadlines)
{
        for (unsigned seed = 0; seed < 40; seed++) {
                *shared(0) = seed;
                ck_assert_int_eq(run_on(many_races, MORI_IO_SIM, seed), 0);
                assert_nothing_left();
        }
}
END_TEST

/* ---- Wide loops */

struct wide_test {
        int inside, most, done, fail_at;
};

static async int iteration(struct wide_test *test, int i)
{
        test->inside++;
        test->most = test->inside > test->most ? test->inside : test->most;
        if (i % 5 != 0 && await mori_sleep(MORI_US(100 + i % 7 * 50)) < 0) {
                test->inside--;
                return -ECANCELED;
        }
        test->inside--;
        test->done++;
        return test->fail_at == i ? -ENOSPC : 0;
}

static async int over_a_counter(struct wide_test *test, int count)
{
        wide (8) {
                for (int i = 0; i < count; i++)
                        iterate(iteration, test, i);
        }
        EXPECT_EQ(test->inside, 0);
        return 0;
}

static async int over_a_queue(struct wide_test *test, mori_queue *queue)
{
        int i, result = 0;

        wide (3)
                while ((result = await mori_queue_receive(queue, &i)) == 0)
                        iterate(iteration, test, i);
        return result == -EPIPE ? 0 : result;
}

static async int left_early(struct wide_test *test)
{
        wide (4) {
                for (int i = 1; i < 4; i++)
                        iterate(iteration, test, i);
                break;
        }
        EXPECT_EQ(test->inside, 0);
        return 0;
}

static async int unseen(struct wide_test *test)
{
        wide (4) {
                iterate(iteration, test, 1);
                attempt(await mori_sleep(MORI_S(1)));
        }
        return 0;
}

MAIN(wides)
{
        struct wide_test test = {.fail_at = -1};
        mori_queue *queue = mori_queue_new(4, sizeof(int));

        EXPECT_EQ(await over_a_counter(&test, 1000), 0);
        EXPECT(test.most == 8 && test.done == 1000);
        EXPECT_EQ(await over_a_counter(&test, 0), 0);
        test = (struct wide_test){.fail_at = 501}; /* one that waits */
        EXPECT_EQ(await over_a_counter(&test, 1000), -ENOSPC);
        EXPECT(test.inside == 0 && test.done < 520);
        test = (struct wide_test){.fail_at = 500}; /* one that does not */
        EXPECT_EQ(await over_a_counter(&test, 1000), -ENOSPC);
        EXPECT(test.inside == 0);
        test = (struct wide_test){.fail_at = 999};
        EXPECT_EQ(await over_a_counter(&test, 1000), -ENOSPC);
        test = (struct wide_test){.fail_at = -1};
        within (MORI_MS(3))
                EXPECT_EQ(await over_a_counter(&test, 100000), -ETIMEDOUT);
        EXPECT_EQ(test.inside, 0);
        scope { /* also where no iteration waits */
                mori_scope_cancel();
                EXPECT_EQ(await over_a_counter(&test, 5), -ECANCELED);
        }
        EXPECT_EQ(await left_early(&test), 0);
        test = (struct wide_test){.fail_at = 1};
        EXPECT_EQ(await unseen(&test), -ECANCELED);
        test = (struct wide_test){.fail_at = 6};
        scope {
                Async(int) reader = start(over_a_queue, &test, queue);

                for (int i = 0; i < 7; i++)
                        EXPECT_EQ(await mori_queue_send(queue, &i), 0);
                EXPECT_EQ(await join(reader), -ENOSPC); /* while it waited for the queue */
                test = (struct wide_test){.fail_at = -1};
                reader = start(over_a_queue, &test, queue);
                for (int i = 0; i < 100; i++)
                        EXPECT_EQ(await mori_queue_send(queue, &i), 0);
                mori_queue_close(queue);
                EXPECT_EQ(await join(reader), 0);
                EXPECT(test.most == 3 && test.done == 100);
        }
        mori_queue_free(queue);
        return 0;
}

START_TEST(wide_loops_keep_their_bound)
{
        ck_assert_int_eq(run(wides), 0);
        ck_assert_reported("nobody saw that an iteration of a wide loop failed: result -28");
        assert_nothing_left();
}
END_TEST

MAIN(wide_zero)
{
        wide (0)
                iterate(after, 0, 0);
        return 0;
}

MAIN(wide_nested)
{
        wide (2)
                scope
                        iterate(after, 0, 0);
        return 0;
}

START_TEST(wide_loops_that_are_wrong)
{
        ck_assert_int_eq(run(wide_zero), 70);
        ck_assert_reported("a wide loop with a bound of 0");
        ck_assert_int_eq(run(wide_nested), 70);
        ck_assert_reported("an iteration is started in a scope inside of its wide block");
        assert_nothing_left();
}
END_TEST

/* ---- Retries and rates */

static async int fails_often(int *calls, int succeeds_at, int error)
{
        attempt(await mori_yield());
        return ++*calls >= succeeds_at ? 7 : error;
}

MORI_NONBLOCKING static int worth_eio(int error)
{
        return error == -EIO;
}

MAIN(retries)
{
        const mori_retry policy = {.attempts = 6, .delay = MORI_MS(10), .delay_max = MORI_MS(25)};
        const mori_retry mine = {.worth = worth_eio, .delay = -1};
        const mori_retry longest = {.attempts = 100, .delay = INT64_MAX, .delay_max = INT64_MAX};
        int64_t began = mori_now();
        int calls = 0;

        EXPECT_EQ(MORI_RETRY(&policy, await fails_often(&calls, 5, -EAGAIN)), 7);
        EXPECT_EQ(calls, 5);
        EXPECT(mori_now() - began < MORI_MS(10 + 20 + 25 + 25 + 2));
        calls = 0;
        EXPECT_EQ(MORI_RETRY(&policy, await fails_often(&calls, 50, -EAGAIN)), -EAGAIN);
        EXPECT_EQ(calls, 6);
        calls = 0;
        EXPECT_EQ(MORI_RETRY(&policy, await fails_often(&calls, 50, -ENOENT)), -ENOENT);
        EXPECT_EQ(calls, 1);
        calls = 0;
        EXPECT_EQ(MORI_RETRY(NULL, await fails_often(&calls, 50, -EPIPE)), -EPIPE);
        EXPECT_EQ(calls, 4);
        calls = 0;
        began = mori_now();
        EXPECT_EQ(MORI_RETRY(&mine, await fails_often(&calls, 50, -EIO)), -EIO);
        EXPECT(calls == 4 && mori_now() - began < MORI_MS(1));
        calls = 0;
        within (MORI_MS(100))
                EXPECT_EQ(MORI_RETRY(&longest, await fails_often(&calls, 50, -EAGAIN)), -ETIMEDOUT);
        EXPECT_EQ(calls, 1);
        scope {
                mori_scope_cancel();
                EXPECT_EQ(MORI_RETRY(&policy, await fails_often(&calls, 50, -EAGAIN)), -ECANCELED);
        }
        return 0;
}

START_TEST(retries_back_off)
{
        for (unsigned seed = 0; seed < 20; seed++) {
                ck_assert_int_eq(run_on(retries, MORI_IO_SIM, seed), 0);
                ck_assert_not_reported();
        }
        ck_assert_int_eq(run_on(retries, MORI_IO_EPOLL, 1), 0);
}
END_TEST

static async int takes(mori_rate *rate, uint32_t count, int *order, int number)
{
        attempt(await mori_rate_acquire(rate, count));
        order[++order[0]] = number;
        return 0;
}

MAIN(rates)
{
        mori_rate rate = MORI_RATE(10, MORI_S(1), 5);
        int64_t began = mori_now();
        int order[8] = {0};

        EXPECT_EQ(await mori_rate_acquire(&rate, 0), -EINVAL);
        EXPECT_EQ(await mori_rate_acquire(&rate, 6), -EINVAL);
        for (int i = 0; i < 5; i++)
                EXPECT_EQ(mori_rate_try(&rate, 1), 0);
        EXPECT_EQ(mori_rate_try(&rate, 1), -EAGAIN);
        EXPECT(mori_now() - began < MORI_MS(50));
        scope {
                Async(int) first = start(takes, &rate, 5u, order, 1), second;

                second = start(takes, &rate, 1u, order, 2);
                ignore(start(takes, &rate, 1u, order, 3));
                ignore(start(takes, &rate, 1u, order, 4));
                EXPECT_EQ(await mori_sleep(MORI_MS(350)), 0); /* 3 tokens, for the first */
                EXPECT_EQ(order[0], 0);
                EXPECT_EQ(mori_rate_try(&rate, 1), -EAGAIN);
                cancel(first); /* then they are for the others */
                EXPECT_EQ(await join(first), -ECANCELED);
                EXPECT_EQ(await join(second), 0);
                EXPECT(mori_now() - began < MORI_MS(370));
        }
        EXPECT(order[0] == 3 && order[1] == 2 && order[2] == 3 && order[3] == 4);
        began = mori_now();
        for (int i = 0; i < 30; i++)
                EXPECT_EQ(await mori_rate_acquire(&rate, 1), 0);
        EXPECT(mori_now() - began > MORI_MS(2900) && mori_now() - began < MORI_MS(3100));
        within (MORI_MS(10))
                EXPECT_EQ(await mori_rate_acquire(&rate, 5), -ETIMEDOUT);
        EXPECT_EQ(await mori_sleep(MORI_S(100)), 0);
        EXPECT_EQ(mori_rate_try(&rate, 5), 0); /* the bucket holds no more than that */
        EXPECT_EQ(mori_rate_try(&rate, 1), -EAGAIN);
        return 0;
}

MAIN(rate_zero)
{
        mori_rate rate = {.count = 0};

        return await mori_rate_acquire(&rate, 1);
}

START_TEST(rates_are_kept)
{
        ck_assert_int_eq(run(rates), 0);
        ck_assert_not_reported();
        ck_assert_int_eq(run(rate_zero), 70);
        ck_assert_reported("a rate is used that was never initialised");
}
END_TEST

static async int serves(int *ret_why)
{
        MORI_SOFT_WITHIN(MORI_MS(5))
                *ret_why = await mori_sleep(MORI_S(1));
        return await mori_yield(); /* outside of it the soft cancellation says nothing */
}

MAIN(soft_and_deadline)
{
        int why = 0;

        EXPECT_EQ(await serves(&why), 0);
        EXPECT_EQ(why, -ETIMEDOUT);
        scope {
                Async(int) server = start(serves, &why);

                mori_cancel_soft(MORI_ACTIVITY(server));
                EXPECT_EQ(await join(server), 0);
                EXPECT_EQ(why, -ECANCELED);
        }
        return 0;
}

START_TEST(a_soft_block_with_a_deadline)
{
        ck_assert_int_eq(run(soft_and_deadline), 0);
        ck_assert_not_reported();
}
END_TEST

TEST_MAIN("activity/combine", TEST(all_must_succeed), TEST(races_and_collections),
          TEST(wrong_handles_abandon), TEST(ends_race_with_deadlines),
          TEST(wide_loops_keep_their_bound), TEST(wide_loops_that_are_wrong),
          TEST(retries_back_off), TEST(rates_are_kept), TEST(a_soft_block_with_a_deadline))
