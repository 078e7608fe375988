/* SPDX-License-Identifier: MIT */
/* Promises: what is called, when, in which order, and what is reported. */
#include "support/promise.h"

#include <pthread.h>

/* ---- Callbacks */

static async int calls_back(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make_long(&resolver);

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_promise_then(promise, sees, name("then")), 0);
        EXPECT_EQ(mori_promise_on_failure(promise, sees, name("failure")), 0);
        EXPECT_EQ(mori_promise_when(promise, sees, name("when")), 0);
        EXPECT_EQ(mori_promise_finally(promise, sees, name("finally")), 0);
        await turns();
        expect_seen("");
        resolve_long(resolver, 7);
        expect_seen(""); /* (1): not inside of it */
        await turns();
        expect_seen("then=7 when=7 finally=7 ");
        EXPECT_EQ(mori_promise_then(promise, sees, name("late")), 0);
        expect_seen("");
        await turns();
        expect_seen("late=7 ");
        mori_promise_free(promise);

        promise = make_long(&resolver);
        EXPECT_EQ(mori_promise_then(promise, sees, name("then")), 0);
        EXPECT_EQ(mori_promise_finally(promise, sees, name("finally")), 0);
        EXPECT_EQ(mori_promise_on_failure(promise, sees, name("failure")), 0);
        mori_promise_free(promise);
        mori_resolve_failure(resolver, -EIO);
        await turns();
        expect_seen("finally!EIO failure!EIO ");
        return 0;
}

START_TEST(callbacks_run_in_turns_of_their_own)
{
        ck_assert_int_eq(run(calls_back), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int in_order(int argc, char **argv)
{
        mori_resolver resolvers[3];
        mori_promise promises[3];
        static const char *const names[] = {"a", "b", "c"};

        (void)argc;
        (void)argv;
        for (int i = 0; i < 3; i++) {
                promises[i] = make_long(&resolvers[i]);
                EXPECT_EQ(mori_promise_then(promises[i], sees, name(names[i])), 0);
                EXPECT_EQ(mori_promise_then(promises[i], sees, name(names[i])), 0);
        }
        resolve_long(resolvers[1], 1);
        resolve_long(resolvers[0], 2);
        EXPECT_EQ(mori_promise_then(promises[1], sees, name("later")), 0);
        resolve_long(resolvers[2], 3);
        await turns();
        expect_seen("b=1 b=1 a=2 a=2 later=1 c=3 c=3 ");
        for (int i = 0; i < 3; i++)
                mori_promise_free(promises[i]);
        return 0;
}

START_TEST(callbacks_run_in_the_order_of_settling_and_registering)
{
        ck_assert_int_eq(run(in_order), 0);
        ck_assert_not_reported();
}
END_TEST

/* A callback that registers, settles and frees: never inside of itself. */
struct nest {
        mori_promise promise, other;
        mori_resolver resolver;
};

static void nests(void *context, int error, const void *value)
{
        struct nest *nest = context;

        (void)error;
        see("in ");
        ck_assert_int_eq(mori_promise_then(nest->promise, sees, name("again")), 0);
        ck_assert_int_eq(mori_promise_then(nest->other, sees, name("other")), 0);
        mori_promise_free(nest->promise);
        mori_resolve_value(nest->resolver, value, sizeof(long));
        mori_promise_free(nest->other);
        see("out ");
}

static async int nested(int argc, char **argv)
{
        struct nest *nest = shared_bytes();
        mori_resolver resolver;

        (void)argc;
        (void)argv;
        nest->promise = make_long(&resolver);
        nest->other = make_long(&nest->resolver);
        EXPECT_EQ(mori_promise_then(nest->promise, nests, nest), 0);
        resolve_long(resolver, 5);
        await turns();
        expect_seen("in out again=5 other=5 ");
        return 0;
}

START_TEST(a_callback_never_runs_inside_another)
{
        ck_assert_int_eq(run(nested), 0);
        ck_assert_not_reported();
}
END_TEST

/* The others have their turns between batches, and the causality is that of who registered. */
static void causes(void *context, int error, const void *value)
{
        (void)context;
        (void)error;
        (void)value;
        *shared(0) += 1;
        *shared(2) = (long)mori_causality();
}

static async int shares_turns(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        *shared(0) = 0;
        EXPECT_EQ(mori_causality_set(77), 77);
        for (int i = 0; i < 1000; i++) {
                mori_resolver resolver;
                mori_promise promise = make(0, &resolver);

                EXPECT_EQ(mori_promise_then(promise, causes, NULL), 0);
                mori_promise_free(promise);
                mori_resolve_value(resolver, NULL, 0);
        }
        mori_causality_set(78);
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT(*shared(0) > 0 && *shared(0) < 1000);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(*shared(0), 1000);
        EXPECT_EQ(*shared(2), 77);
        return 0;
}

START_TEST(activities_have_turns_between_callbacks)
{
        ck_assert_int_eq(run(shares_turns), 0);
        ck_assert_not_reported();
}
END_TEST

/* ---- Failures that nobody looks at */

static async int unseen(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make_long(&resolver);

        (void)argc;
        (void)argv;
        mori_resolve_failure(resolver, -EIO);
        switch (*shared(0)) {
        case 0: /* freed without a look */
                mori_promise_free(promise);
                break;
        case 1: /* only then */
                EXPECT_EQ(mori_promise_then(promise, sees, name("then")), 0);
                mori_promise_free(promise);
                break;
        case 2:
                mori_promise_ignore(promise);
                break;
        case 3: /* left to the end of the process */
                break;
        case 4:
                mori_promise_ignore(MORI_PROMISE_FAILED(-EIO));
                break;
        }
        await turns();
        return 0;
}

START_TEST(a_failure_that_nobody_looked_at_is_reported)
{
        for (*shared(0) = 0; *shared(0) < 5; ++*shared(0)) {
                ck_assert_int_eq(run(unseen), 0);
                ck_assert_reported("nobody looked at the failure of a promise: -5");
                ck_assert_reported("it was made at tests/support/promise.h:");
                expect_seen("");
        }
}
END_TEST

static async int looked_at(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make_long(&resolver), chain;
        long value = 0;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_promise_get(promise, &value), -EAGAIN);
        mori_resolver_drop(resolver);
        EXPECT_EQ(mori_promise_get(promise, &value), -EOWNERDEAD);
        mori_promise_free(promise);

        promise = make_long(&resolver);
        mori_promise_ignore(promise);
        resolve_long(resolver, 3); /* nobody wants it, and nothing is wrong */

        promise = make_long(&resolver);
        chain = mori_promise_chain(promise, 0, doubles, NULL);
        mori_promise_ignore(promise);
        mori_promise_free(chain);
        EXPECT_EQ(mori_resolver_asked(resolver), 0); /* it is to come all the same */
        resolve_long(resolver, 4);

        promise = make_long(&resolver);
        mori_promise_free(promise);
        EXPECT_EQ(mori_resolver_asked(resolver), -ECANCELED);
        mori_resolve_failure(resolver, -EIO); /* it was cancelled */
        return 0;
}

START_TEST(what_was_looked_at_or_cancelled_is_not_reported)
{
        ck_assert_int_eq(run(looked_at), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Waiting */

static async int waits(mori_promise promise, long *ret_value)
{
        return await mori_promise_wait(promise, ret_value);
}

static async int waiting(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make_long(&resolver);
        long first = 0, second = 0, third = 0;
        char wrong;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_promise_wait(promise, &wrong), -EINVAL);
        scope {
                Async(int) a = start(waits, promise, &first);
                Async(int) b = start(waits, promise, &second);
                Async(int) c = start(waits, promise, &third);

                EXPECT_EQ(mori_promise_then(promise, sees, name("then")), 0);
                cancel(b);
                EXPECT_EQ(await join(b), -ECANCELED);
                mori_promise_free(promise); /* two still wait */
                EXPECT_EQ(mori_resolver_asked(resolver), 0);
                resolve_long(resolver, 9);
                EXPECT_EQ(await join(a), 0);
                EXPECT_EQ(await join(c), 0);
        }
        EXPECT(first == 9 && second == 0 && third == 9);
        await turns();
        expect_seen("then=9 ");

        /* The last who waits is cancelled, and nobody owns it: so it is asked. */
        promise = make_long(&resolver);
        scope {
                Async(int) a = start(waits, promise, &first);

                mori_promise_free(promise);
                EXPECT_EQ(mori_resolver_asked(resolver), 0);
                cancel(a);
                EXPECT_EQ(await join(a), -ECANCELED);
                EXPECT_EQ(mori_resolver_asked(resolver), -ECANCELED);
        }
        mori_resolver_drop(resolver);

        promise = make_long(&resolver);
        within(MORI_MS(1))
        {
                EXPECT_EQ(await mori_promise_await(promise, &first), -ETIMEDOUT);
        }
        EXPECT_EQ(mori_resolver_asked(resolver), -ECANCELED);
        mori_resolver_drop(resolver);

        EXPECT_EQ(await mori_promise_wait_value(MORI_PROMISE_DONE, NULL, 0), 0);
        EXPECT_EQ(await mori_promise_wait(MORI_PROMISE_FAILED(-EPERM), &first), -EPERM);
        promise = make_long(&resolver);
        mori_resolve_failure(resolver, -EAGAIN);
        EXPECT_EQ(await mori_promise_await(promise, &first), -EAGAIN);
        return 0;
}

START_TEST(activities_wait_for_a_promise)
{
        ck_assert_int_eq(run(waiting), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int waits_for_ever(int argc, char **argv)
{
        mori_resolver resolver;
        long value;

        (void)argc;
        (void)argv;
        return await mori_promise_wait(make_long(&resolver), &value);
}

START_TEST(waiting_for_what_nobody_brings_is_a_deadlock)
{
        ck_assert_int_eq(run(waits_for_ever), 70);
        ck_assert_reported("1 activities wait");
        ck_assert_reported("waiting for a promise");
        assert_nothing_left();
}
END_TEST

/* ---- Wrong arguments */

static async int wrong(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise, ignored;
        long value;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_promise_new(MORI_PROMISE_BYTES_MAX + 1, &promise, &resolver), -EINVAL);
        EXPECT_EQ(mori_promise_new(MORI_PROMISE_BYTES_MAX, &promise, &resolver), 0);
        EXPECT_EQ(mori_promise_then(promise, NULL, NULL), -EINVAL);
        EXPECT_EQ(mori_promise_when(promise, NULL, NULL), -EINVAL);
        EXPECT_EQ(mori_promise_on_failure(promise, NULL, NULL), -EINVAL);
        EXPECT_EQ(mori_promise_finally(promise, NULL, NULL), -EINVAL);
        EXPECT_EQ(mori_resolver_when_asked(resolver, NULL, NULL), -EINVAL);
        EXPECT_EQ(mori_promise_get(promise, &value), -EINVAL);
        ignored = mori_promise_chain(promise, 0, NULL, NULL);
        EXPECT_EQ(mori_promise_get_value(ignored, NULL, 0), -EINVAL);
        for (int i = 0; i < MORI_PROMISE_CALLBACKS_MAX; i++)
                EXPECT_EQ(mori_promise_finally(promise, sees, name("")), 0);
        EXPECT_EQ(mori_promise_then(promise, sees, name("")), -ENOBUFS);
        EXPECT_EQ(mori_resolver_when_asked(resolver, sees, name("")), -ENOBUFS);
        ignored = mori_promise_chain(promise, 0, doubles, NULL);
        EXPECT_EQ(mori_promise_get_value(ignored, NULL, 0), -ENOBUFS);
        EXPECT_EQ(await mori_promise_wait_value(promise, shared_bytes(), MORI_PROMISE_BYTES_MAX),
                  -ENOBUFS);
        return 0;
}

START_TEST(wrong_arguments_are_answered)
{
        ck_assert_int_eq(run(wrong), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int misuses(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make_long(&resolver), other;
        int value = 0;

        (void)argc;
        (void)argv;
        switch (*shared(0)) {
        case 0:
                resolve_long(resolver, 1);
                resolve_long(resolver, 2);
                break;
        case 1: /* freed with both sides */
                resolve_long(resolver, 1);
                mori_promise_free(promise);
                mori_resolver_drop(resolver);
                break;
        case 2:
                mori_promise_free(promise);
                mori_promise_free(promise);
                break;
        case 3:
                mori_resolve(resolver, &value);
                break;
        case 4:
                mori_resolve_failure(resolver, 5);
                break;
        case 5:
                mori_promise_ignore(promise);
                (void)mori_promise_then(promise, sees, name("no"));
                break;
        case 6:
                mori_promise_free((mori_promise){0x123456789abcdef0});
                break;
        case 7: /* a promise that was taken over */
                other = make_long(&resolver);
                EXPECT_EQ(mori_resolve_with(resolver, promise), 0);
                mori_promise_cancel(promise);
                mori_promise_free(other);
                break;
        case 8: /* the runtime's resolver */
                promise = mori_promise_after(MORI_S(1));
                mori_resolver_drop((mori_resolver){promise.word});
                break;
        case 9: /* of a program before: see below */
                mori_promise_free((mori_promise){(uint64_t)*shared(1)});
                break;
        default:
                *shared(1) = (long)promise.word;
                return 0;
        }
        EXPECT_EQ(0, 1); /* it is not reached */
        return 0;
}

START_TEST(misuse_abandons_the_process)
{
        static const char *const texts[] = {
                "a resolver is used that was spent: a promise settles once; it was made at",
                "a resolver is used that was spent: a promise settles once, or of another process",
                "a promise is used that was freed, ignored or taken over; it was made at",
                "a promise of 8 bytes is resolved with 4; it was made at",
                "a promise fails with 5, which is no negative errno; it was made at",
                "a promise is used that was freed, ignored or taken over; it was made at",
                "a promise is used that was freed, ignored or taken over, or of another process",
                "a promise is used that was freed, ignored or taken over; it was made at",
                "a resolver is used that was spent: a promise settles once; it was made at",
                "a promise is used that was freed, ignored or taken over, or of another process",
        };

        *shared(0) = -1;
        ck_assert_int_eq(run(misuses), 0);
        for (*shared(0) = 0; (size_t)*shared(0) < ELEMENTS(texts); ++*shared(0)) {
                ck_assert_int_eq(run(misuses), 70);
                ck_assert_reported(texts[*shared(0)]);
                assert_nothing_left();
        }
}
END_TEST

static void *uses_a_promise(void *word)
{
        mori_promise_free(*(mori_promise *)word);
        return NULL;
}

MORI_NONBLOCKING __attribute__((noinline)) static void on_a_thread(mori_promise promise)
{
        pthread_t thread;

        ck_assert_int_eq(pthread_create(&thread, NULL, uses_a_promise, &promise), 0);
        pthread_join(thread, NULL);
}

static async int foreign(int argc, char **argv)
{
        mori_resolver resolver;

        (void)argc;
        (void)argv;
        on_a_thread(make_long(&resolver));
        return 0;
}

START_TEST(another_thread_is_caught)
{
        run_on(foreign, MORI_IO_EPOLL, 1);
}
END_TEST

/* A callback that breaks a contract: the report says which callback it was. */
static void breaks(void *context, int error, const void *value)
{
        (void)error;
        (void)value;
        MORI_REQUIRE(context != NULL);
}

static async int broken(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make(0, &resolver);

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_promise_then(promise, breaks, NULL), 0);
        mori_resolve_value(resolver, NULL, 0);
        return await mori_sleep(MORI_S(1));
}

START_TEST(a_callback_that_breaks_a_contract_is_named)
{
        ck_assert_int_eq(run(broken), 70);
        ck_assert_reported("in the activity started at breaks+0x0");
        assert_nothing_left();
}
END_TEST

/* Everything that there is, under way when the process ends. */
static async int leaves_all(int argc, char **argv)
{
        mori_resolver resolver;
        mori_promise promise = make_long(&resolver), both[2];
        mori_token *token = mori_token_new(MORI_S(1));
        long count = 0, number = 3;

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_promise_then(promise, sees, name("no")), 0);
        EXPECT_EQ(mori_promise_attach(promise, token), 0);
        EXPECT_EQ(mori_resolver_when_asked(resolver, sees, name("no")), 0);
        both[0] = mori_promise_chain(promise, 8, doubles, name("no"));
        both[1] = mori_promise_for(9, sleeps_long, &count);
        promise = mori_promise_all(both, 2);
        promise = mori_promise_any(both, 2);
        promise = mori_promise_call(squares, &number, sizeof(long));
        await turns();
        both[0] = mori_promise_call(squares, &number, sizeof(long));
        promise = make(0, &resolver);
        EXPECT_EQ(mori_promise_then(promise, sees, name("no")), 0);
        mori_resolve_value(resolver, NULL, 0);
        mori_exit(0);
        return 0;
}

START_TEST(what_is_left_goes_with_the_process)
{
        ck_assert_int_eq(run(leaves_all), 0);
        ck_assert_not_reported();
        ck_assert_str_eq(seen, "");
        assert_nothing_left();
}
END_TEST

/* ---- Limits and memory */

static async int spikes(int argc, char **argv)
{
        mori_resolver *resolvers = shared_bytes();
        mori_promise *promises = (mori_promise *)(void *)(resolvers + 10000);
        mori_promise one;

        (void)argc;
        (void)argv;
        for (int i = 0; i < 10000; i++)
                promises[i] = make(0, &resolvers[i]);
        EXPECT_EQ(mori_promise_new(0, &one, resolvers), -ENOBUFS);
        EXPECT_EQ(mori_promise_when(promises[1], sees, name("")), 0); /* in its own slot */
        EXPECT_EQ(mori_promise_when(promises[1], sees, name("")), -ENOBUFS);
        EXPECT_EQ(mori_promise_get_value(mori_promise_for(1, rounds, NULL), NULL, 0), -ENOBUFS);
        for (int i = 1; i < 10000; i += 2) {
                mori_promise_free(promises[i]);
                mori_resolver_drop(resolvers[i]);
        }
        for (int i = 0; i < 10000; i += 2) {
                mori_promise_free(promises[i]);
                mori_resolver_drop(resolvers[i]);
        }
        await turns();
        EXPECT_EQ(promises_live(), 0);
        for (int i = 0; i < 2; i++) { /* what a spike needed goes back some time after it */
                EXPECT_EQ(await mori_sleep(MORI_MS(200)), 0);
                for (int k = 0; k < 64; k++) {
                        promises[k] = make(0, &resolvers[k]);
                        mori_promise_free(promises[k]);
                        mori_resolver_drop(resolvers[k]);
                }
                await turns();
        }
        EXPECT(process_self()->promises->chunks_made <= 3);
        for (int i = 0; i < 10000; i++)
                promises[i] = make(0, &resolvers[i]);
        return 0;
}

START_TEST(a_limit_is_answered_and_memory_goes_back)
{
        struct mori_options options = {
                .io = MORI_IO_SIM, .seed = 1, .stall = -1, .promises_max = 10000};
        char program[] = "test", *arguments[] = {program, NULL};

        ck_assert_int_eq(mori_run(spikes, 1, arguments, &options), 0);
        assert_nothing_left();
}
END_TEST

TEST_MAIN("activity/promise", TEST(callbacks_run_in_turns_of_their_own),
          TEST(callbacks_run_in_the_order_of_settling_and_registering),
          TEST(a_callback_never_runs_inside_another), TEST(activities_have_turns_between_callbacks),
          TEST(a_failure_that_nobody_looked_at_is_reported),
          TEST(what_was_looked_at_or_cancelled_is_not_reported),
          TEST(activities_wait_for_a_promise), TEST(waiting_for_what_nobody_brings_is_a_deadlock),
          TEST(wrong_arguments_are_answered), TEST(misuse_abandons_the_process),
          TEST_SIGNAL(another_thread_is_caught, SIGABRT),
          TEST(a_callback_that_breaks_a_contract_is_named),
          TEST(what_is_left_goes_with_the_process), TEST(a_limit_is_answered_and_memory_goes_back))
