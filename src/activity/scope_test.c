/* SPDX-License-Identifier: MIT */
/*
 * Blocks that are scopes: every way out, deadlines, shields, soft cancellation, deferred blocks,
 * tokens.
 */
#include "support/async.h"

#include <errno.h>

static async int sleeps(int64_t ms)
{
        return await mori_sleep(MORI_MS(ms));
}

static async int counts_later(long *word, int64_t ms)
{
        int result = await mori_sleep(MORI_MS(ms));

        *word += result == 0 ? 1 : 1000;
        return result;
}

/* ---- Ways out */

enum way { END, RETURN, BREAK, GOTO, CONTINUE, ATTEMPT };

static async int leaves(enum way way, long *word)
{
        for (int round = 0; round < 2; round++) {
                scope
                {
                        Async(int) a = start(counts_later, word, 10);
                        Async(int) b = start(counts_later, word, 20);

                        (void)a;
                        (void)b;
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                        if (way == RETURN)
                                return 5;
                        if (way == BREAK)
                                break;
                        if (way == GOTO)
                                goto out;
                        if (way == CONTINUE)
                                continue;
                        if (way == ATTEMPT)
                                attempt(-EIO);
                }
        }
out:
        return 6;
}

static async int ways_out(int argc, char **argv)
{
        static const struct {
                enum way way;
                int result;
                long count;
                int64_t ms;
        } ways[] = {
                {END, 6, 4, 40},       {RETURN, 5, 2000, 1},   {BREAK, 6, 4000, 2},
                {GOTO, 6, 2000, 1},    {CONTINUE, 6, 4, 40},   {ATTEMPT, -EIO, 2000, 1},
        };

        (void)argc;
        (void)argv;
        for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
                int64_t before = mori_now(), passed;

                *shared(0) = 0;
                EXPECT_EQ(await leaves(ways[i].way, shared(0)), ways[i].result);
                passed = mori_now() - before;
                EXPECT_EQ(*shared(0), ways[i].count);
                EXPECT(passed >= MORI_MS(ways[i].ms) && passed < MORI_MS(ways[i].ms + 5));
                EXPECT_EQ(mori_cancelled(), 0);
        }
        return 0;
}

START_TEST(every_way_out_of_a_scope_waits)
{
        ck_assert_int_eq(run(ways_out), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int many_scopes(int depth, long *word)
{
        int result = 0;

        scope
        {
                Async(int) a = start(counts_later, word, depth);

                (void)a;
                scope
                {
                        Async(int) b = start(counts_later, word, 1);

                        (void)b;
                        if (depth > 0)
                                result = await many_scopes(depth - 1, word);
                        if (depth % 7 == 3)
                                break;
                }
        }
        return result + 1;
}

static async int nested(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(await many_scopes(100, shared(0)), 101);
        EXPECT(*shared(0) % 1000 + *shared(0) / 1000 == 202);
        return 0;
}

START_TEST(scopes_nest)
{
        ck_assert_int_eq(run(nested), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int cancels_own(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        scope
        {
                Async(int) a = start(counts_later, shared(0), 1000), b;

                (void)a;
                scope
                {
                        mori_scope_cancel();
                        EXPECT_EQ(mori_cancelled(), -ECANCELED);
                        EXPECT_EQ(await mori_yield(), -ECANCELED);
                        b = start(sleeps, 1);
                        EXPECT(mori_done(MORI_ACTIVITY(b)));
                        EXPECT_EQ(join(b), -ECANCELED);
                }
                EXPECT_EQ(mori_cancelled(), 0);
                EXPECT_EQ(await mori_yield(), 0);
                EXPECT_EQ(*shared(0), 0);
                mori_scope_cancel();
        }
        EXPECT_EQ(*shared(0), 1000);
        EXPECT_EQ(mori_cancelled(), 0);
        return 0;
}

START_TEST(a_scope_is_cancelled_from_inside)
{
        ck_assert_int_eq(run(cancels_own), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Deadlines */

static async int deadlines(int argc, char **argv)
{
        int64_t before = mori_now();

        (void)argc;
        (void)argv;
        within(MORI_MS(10))
        {
                EXPECT_EQ(await mori_sleep(MORI_S(5)), -ETIMEDOUT);
                EXPECT(mori_now() - before >= MORI_MS(10) && mori_now() - before < MORI_MS(11));
                EXPECT_EQ(await mori_sleep(MORI_S(5)), -ETIMEDOUT);
                EXPECT_EQ(mori_cancelled(), -ETIMEDOUT);
        }
        EXPECT_EQ(mori_cancelled(), 0);
        within(0)
        {
                EXPECT_EQ(mori_cancelled(), -ETIMEDOUT);
                EXPECT_EQ(await mori_sleep(1), -ETIMEDOUT);
        }
        within(-5)
        {
                EXPECT_EQ(await mori_yield(), -ETIMEDOUT);
        }
        within(MORI_FOREVER)
        {
                EXPECT_EQ(await mori_sleep(1), 0);
        }
        within(MORI_FOREVER - 1)
        {
                EXPECT_EQ(await mori_sleep(1), 0);
        }
        before = mori_now();
        within(MORI_MS(50))
        {
                within(MORI_MS(10))
                {
                        EXPECT_EQ(await mori_sleep(MORI_S(5)), -ETIMEDOUT);
                }
                EXPECT_EQ(mori_cancelled(), 0);
                EXPECT(mori_now() - before < MORI_MS(11));
                within(MORI_S(10))
                {
                        EXPECT_EQ(await mori_sleep(MORI_S(5)), -ETIMEDOUT);
                        EXPECT(mori_now() - before < MORI_MS(51));
                }
                EXPECT_EQ(mori_cancelled(), -ETIMEDOUT);
        }
        EXPECT_EQ(mori_cancelled(), 0);
        before = mori_now();
        within(MORI_MS(10))
        {
                Async(int) a = start(counts_later, shared(0), 1000);

                EXPECT_EQ(join(a), -ETIMEDOUT);
        }
        EXPECT(mori_now() - before < MORI_MS(11));
        within(MORI_MS(10))
        {
                Async(int) a = start(counts_later, shared(0), 1000);

                (void)a; /* the end of the block waits, and its deadline holds */
        }
        EXPECT(mori_now() - before < MORI_MS(22));
        EXPECT_EQ(*shared(0), 2000);
        return 0;
}

START_TEST(deadlines_end_waits)
{
        ck_assert_int_eq(run(deadlines), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Shields */

static async int shielded(long *words)
{
        EXPECT_EQ(await mori_yield(), 0);
        shield(MORI_MS(100))
        {
                Async(int) a = start(counts_later, &words[0], 20);

                EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
                EXPECT_EQ(mori_cancelled(), 0);
                scope
                {
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                        within(MORI_MS(1))
                        {
                                EXPECT_EQ(await mori_sleep(MORI_MS(5)), -ETIMEDOUT);
                        }
                        EXPECT_EQ(mori_cancelled(), 0);
                }
                EXPECT_EQ(join(a), 0);
                EXPECT_EQ(await mori_sleep(MORI_S(1)), -ETIMEDOUT);
        }
        EXPECT_EQ(mori_cancelled(), -ECANCELED);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), -ECANCELED);
        shield(0)
        {
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), -ETIMEDOUT);
        }
        shield(MORI_MS(5))
        {
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        }
        EXPECT_EQ(await mori_yield(), -ECANCELED);
        words[1] = 1;
        return 9;
}

static async int shields(int argc, char **argv)
{
        long *words = shared_bytes();

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) a = start(shielded, words);

                EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
                cancel(a);
                EXPECT_EQ(join(a), 9);
        }
        EXPECT_EQ(words[0], 1);
        EXPECT_EQ(words[1], 1);
        words[0] = words[1] = 0;
        scope
        {
                Async(int) a = start(shielded, words);

                (void)a;
                EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
                break; /* the way out cancels, and waits for the shield */
        }
        EXPECT_EQ(words[0], 1);
        EXPECT_EQ(words[1], 1);
        return 0;
}

START_TEST(a_shield_keeps_cancellation_out)
{
        ck_assert_int_eq(run(shields), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Soft cancellation */

static async int server(long *word)
{
        int result = 0;

        while (result == 0) {
                soft
                {
                        result = await mori_sleep(MORI_MS(10));
                }
                if (result == 0) {
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                        EXPECT_EQ(await mori_yield(), 0);
                        ++*word;
                }
        }
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        soft
        {
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), -ECANCELED);
                EXPECT_EQ(await mori_yield(), -ECANCELED);
        }
        EXPECT_EQ(await mori_sleep(MORI_MS(50)), *word > 100 ? 0 : -ECANCELED);
        return result;
}

static async int softly(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        scope
        {
                Async(int) a = start(server, shared(0));

                EXPECT_EQ(await mori_sleep(MORI_MS(105)), 0);
                mori_cancel_soft(MORI_ACTIVITY(a));
                mori_cancel_soft(MORI_ACTIVITY(a));
                EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
                EXPECT(!mori_done(MORI_ACTIVITY(a)));
                cancel(a); /* soft first and then hard */
                EXPECT_EQ(join(a), -ECANCELED);
                EXPECT_EQ(*shared(0), 9);
        }
        return 0;
}

START_TEST(soft_cancellation_reaches_soft_waits)
{
        ck_assert_int_eq(run(softly), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Deferred blocks */

MORI_NONBLOCKING static void note(char what)
{
        char *text = shared_bytes();
        size_t length = strlen(text);

        text[length] = what;
        text[length + 1] = '\0';
}

MORI_NONBLOCKING static void noted(const char *expected)
{
        char *text = shared_bytes();

        ck_assert_str_eq(text, expected);
        text[0] = '\0';
}

static async void noted_later(void *pointer)
{
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        note(*(char *)pointer);
}

#ifndef __clang__
static async int deferring(int way)
{
        defer { note('a'); }
        defer
        {
                EXPECT_EQ(mori_cancelled(), 0);
                EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
                note('b');
        }
        if (way == 1)
                return 1;
        {
                defer { note('c'); }
                note('d');
                if (way == 2)
                        return 2;
                attempt(way == 3 ? -EIO : 0);
        }
        for (int i = 0; i < 3; i++) {
                defer
                {
                        EXPECT_EQ(await mori_yield(), 0);
                        note('e');
                }
                if (way == 4 && i == 1)
                        break;
                if (way == 5 && i == 1)
                        continue;
                note('f');
        }
        scope
        {
                Async(int) a = start(sleeps, 1);

                defer { note('g'); }
                (void)a;
                if (way == 6)
                        return 6;
        }
        if (way == 7) {
                int result = await mori_sleep(MORI_S(100));

                EXPECT_EQ(await mori_sleep(1), result);
                return result;
        }
        note('h');
        return way;
}

static async int defers(int argc, char **argv)
{
        Async(int) a;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await deferring(0), 0);
        noted("dcfefefeghba");
        EXPECT_EQ(await deferring(1), 1);
        noted("ba");
        EXPECT_EQ(await deferring(2), 2);
        noted("dcba");
        EXPECT_EQ(await deferring(3), -EIO);
        noted("dcba");
        EXPECT_EQ(await deferring(4), 4);
        noted("dcfeeghba");
        EXPECT_EQ(await deferring(5), 5);
        noted("dcfeefeghba");
        EXPECT_EQ(await deferring(6), 6);
        noted("dcfefefegba");
        a = start(deferring, 7);
        EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0);
        cancel(a);
        EXPECT_EQ(join(a), -ECANCELED);
        noted("dcfefefegba");
        return 0;
}

START_TEST(deferred_blocks_run_on_every_way_out)
{
        ck_assert_int_eq(run(defers), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int defers_for_long(void)
{
        defer
        {
                EXPECT_EQ(await mori_sleep(MORI_S(4)), 0);
                EXPECT_EQ(await mori_sleep(MORI_S(4)), -ETIMEDOUT);
                note('a');
        }
        return await mori_sleep(MORI_S(100));
}

static async int long_defer(int argc, char **argv)
{
        int64_t before = mori_now();
        Async(int) a = start(defers_for_long);

        (void)argc;
        (void)argv;
        cancel(a);
        EXPECT_EQ(join(a), -ECANCELED);
        EXPECT(mori_now() - before >= MORI_S(5) && mori_now() - before < MORI_S(6));
        noted("a");
        return 0;
}

START_TEST(a_deferred_block_has_a_deadline)
{
        ck_assert_int_eq(run(long_defer), 0);
        assert_nothing_left();
}
END_TEST

/* What a deferred block starts is joined before the next runs. */
static async int defers_and_starts(long *word)
{
        defer { EXPECT_EQ(*word, 2); }
        defer
        {
                Async(int) a = start(counts_later, word, 10);
                Async(int) b = start(counts_later, word, 5);

                (void)a;
                (void)b;
        }
        return await mori_sleep(MORI_S(100));
}

static async int starting_defer(int argc, char **argv)
{
        Async(int) a = start(defers_and_starts, shared(5));

        (void)argc;
        (void)argv;
        cancel(a);
        EXPECT_EQ(join(a), -ECANCELED);
        EXPECT_EQ(*shared(5), 2);
        return 0;
}

START_TEST(a_deferred_block_owns_what_it_starts)
{
        ck_assert_int_eq(run(starting_defer), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST
#endif

static async int calls(void)
{
        char a = 'a', b = 'b';

        MORI_DEFER_CALL(noted_later, &a);
        MORI_DEFER_CALL(noted_later, &b);
        return await mori_sleep(MORI_S(100));
}

static async int deferred_calls(int argc, char **argv)
{
        Async(int) a = start(calls);

        (void)argc;
        (void)argv;
        cancel(a);
        EXPECT_EQ(join(a), -ECANCELED);
        noted("ba");
        return 0;
}

START_TEST(deferred_calls_run)
{
        ck_assert_int_eq(run(deferred_calls), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Tokens */

static async int attached(mori_token *token, long *word)
{
        int result = 0;

        scope
        {
                Async(int) a = start(sleeps, 1000);

                EXPECT_EQ(mori_token_attach(token), 0);
                EXPECT_EQ(mori_token_attach(token), -EBUSY);
                scope
                {
                        result = await mori_sleep(MORI_S(10));
                        ++*word;
                }
                EXPECT_EQ(join(a), result);
        }
        return result;
}

static async int tokens(int argc, char **argv)
{
        mori_token *token = mori_token_new(MORI_FOREVER);
        int64_t before;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_token_attach(token), -EINVAL);
        scope
        {
                Async(int) a = start(attached, token, shared(0)),
                           b = start(attached, token, shared(0));
                Async(int) c = start(attached, token, shared(0));

                cancel(b);
                EXPECT_EQ(join(b), -ECANCELED);
                EXPECT_EQ(*shared(0), 1);
                EXPECT_EQ(await mori_yield(), 0);
                mori_token_cancel_soft(token);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(*shared(0), 1);
                mori_token_cancel(token);
                mori_token_cancel(token);
                EXPECT_EQ(join(a), -ECANCELED);
                EXPECT_EQ(join(c), -ECANCELED);
                EXPECT_EQ(*shared(0), 3);
                EXPECT_EQ(await attached(token, shared(0)), -ECANCELED); /* it stays cancelled */
        }
        EXPECT(mori_token_free(token) == NULL);
        token = mori_token_new(MORI_MS(10));
        before = mori_now();
        EXPECT_EQ(await attached(token, shared(0)), -ETIMEDOUT);
        EXPECT(mori_now() - before >= MORI_MS(10) && mori_now() - before < MORI_MS(12));
        EXPECT_EQ(await attached(token, shared(0)), -ETIMEDOUT);
        mori_token_free(token);
        token = mori_token_new(0);
        EXPECT_EQ(await attached(token, shared(0)), -ETIMEDOUT);
        mori_token_free(token);
        token = mori_token_new(MORI_S(100)); /* one that does not fire */
        mori_token_free(token);
        EXPECT(mori_token_free(NULL) == NULL);
        token = mori_token_new(MORI_MS(5)); /* left to the process, with its timer */
        return token == NULL;
}

START_TEST(a_token_cancels_what_is_attached)
{
        ck_assert_int_eq(run(tokens), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int freed_too_early(int argc, char **argv)
{
        mori_token *token = mori_token_new(MORI_FOREVER);

        (void)argc;
        (void)argv;
        scope
        {
                EXPECT_EQ(mori_token_attach(token), 0);
                mori_token_free(token);
        }
        return 0;
}

START_TEST(a_token_outlives_what_is_attached)
{
        ck_assert_int_eq(run(freed_too_early), 70);
        ck_assert_reported("a token is freed while scopes are attached");
        assert_nothing_left();
}
END_TEST

/*
 * As in a server with a token for its end and many connections: letting go is quick wherever one
 * stands.
 */
#define ATTACHED TEST_MANY(100000)
static async int attached_for(mori_token *token, int64_t us)
{
        int result = 0;

        scope
        {
                EXPECT_EQ(mori_token_attach(token), 0);
                result = await mori_sleep(MORI_US(us));
        }
        /* -ECANCELED is not reported, though the activity itself was not cancelled */
        return result;
}

static async int many_attached(int argc, char **argv)
{
        mori_token *token = mori_token_new(MORI_FOREVER);

        (void)argc;
        (void)argv;
        for (int round = 0; round < 2; round++) {
                scope
                {
                        for (int i = 0; i < ATTACHED; i++)
                                ignore(start(attached_for, token, 1000 + i));
                        if (round == 1)
                                mori_token_cancel(token);
                }
        }
        mori_token_free(token);
        return 0;
}

START_TEST(a_token_serves_a_hundred_thousand)
{
        ck_assert_int_eq(run(many_attached), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* Its own deadline is not a cancellation by others, nor is another failure after one. */
static async int fails_by_token(mori_token *token, int result_cancelled)
{
        int result = 0;

        scope
        {
                EXPECT_EQ(mori_token_attach(token), 0);
                result = await mori_sleep(MORI_MS(1000));
        }
        return result == -ECANCELED ? result_cancelled : result;
}

static async int tokens_and_failures(int argc, char **argv)
{
        mori_token *cancelled = mori_token_new(MORI_FOREVER), *late = mori_token_new(MORI_MS(2));

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) left = start(fails_by_token, cancelled, -ECANCELED);

                (void)left;
                ignore(start(fails_by_token, cancelled, -ECANCELED));
                if (*shared(0) == 1)
                        ignore(start(fails_by_token, cancelled, -EIO));
                if (*shared(0) == 2)
                        ignore(start(fails_by_token, late, 0));
                EXPECT_EQ(await mori_sleep(MORI_MS(4)), 0);
                mori_token_cancel(cancelled);
        }
        mori_token_free(cancelled);
        mori_token_free(late);
        return 0;
}

START_TEST(cancelled_by_a_token_is_no_failure)
{
        *shared(0) = 0;
        ck_assert_int_eq(run(tokens_and_failures), 0);
        ck_assert_not_reported();
        *shared(0) = 1;
        ck_assert_int_eq(run(tokens_and_failures), 0);
        ck_assert_reported("Input/output error");
        *shared(0) = 2;
        ck_assert_int_eq(run(tokens_and_failures), 0);
        ck_assert_reported("Connection timed out");
        assert_nothing_left();
}
END_TEST

/*
 * An activity with a small frame and many arguments leaves children: its control block is no stack.
 */
static async void sleeps_a_little(void)
{
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
}

static __attribute__((noinline)) async int
leaves_one(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k,
           long l)
{
        Async(void) child = start(sleeps_a_little);

        (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
        (void)g, (void)h, (void)i, (void)j, (void)k, (void)l;
        ignore(child);
        return mori_causality_set(1234) == 1234;
}

MORI_NONBLOCKING static void expect_control_block(mori_activity activity)
{
        const struct activity *block = activity_at((stack_ref)activity.word);

        ck_assert_uint_eq(block->causality, 1234);
        ck_assert_uint_eq(block->process, 1);
}

static async int many_arguments(int argc, char **argv)
{
        Async(int) a = start(leaves_one, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);

        (void)argc;
        (void)argv;
        expect_control_block(MORI_ACTIVITY(a));
        EXPECT_EQ(await mori_wait(MORI_ACTIVITY(a)), 0);
        expect_control_block(MORI_ACTIVITY(a));
        return join(a) - 1;
}

START_TEST(a_control_block_is_kept_while_children_end)
{
        ck_assert_int_eq(run(many_arguments), 0);
        assert_nothing_left();
}
END_TEST

/* The expression of a duration may leave the function before the block is entered. */
static async int leaves_before_it_enters(int64_t duration)
{
        within(attempt(duration))
        {
                return 1;
        }
        return 0;
}

static async int leaves_early(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(await leaves_before_it_enters(-5), -5);
        EXPECT_EQ(await leaves_before_it_enters(5), 1);
        return 0;
}

START_TEST(a_block_that_was_not_entered_is_not_left)
{
        ck_assert_int_eq(run(leaves_early), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

TEST_MAIN("activity/scope", TEST(every_way_out_of_a_scope_waits), TEST(scopes_nest),
          TEST(a_scope_is_cancelled_from_inside), TEST(deadlines_end_waits),
          TEST(a_shield_keeps_cancellation_out), TEST(soft_cancellation_reaches_soft_waits),
#ifndef __clang__
          TEST(deferred_blocks_run_on_every_way_out), TEST(a_deferred_block_has_a_deadline),
          TEST(a_deferred_block_owns_what_it_starts),
#endif
          TEST(deferred_calls_run), TEST(a_token_cancels_what_is_attached),
          TEST(a_token_outlives_what_is_attached), TEST(a_token_serves_a_hundred_thousand),
          TEST(cancelled_by_a_token_is_no_failure),
          TEST(a_block_that_was_not_entered_is_not_left),
          TEST(a_control_block_is_kept_while_children_end))
