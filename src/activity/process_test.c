/* SPDX-License-Identifier: MIT */
/*
 * Processes by the public API: how they are started, how they end, and who is told. Over the
 * simulation; some cases on several seats, with every process moving whenever it has run.
 */
#include "support/async.h"

#include <errno.h>
#include <stdlib.h>

static async int returns_argument(void *argument)
{
        return argument == NULL ? -1 : *(int *)argument;
}

static async int sleeps(void *argument)
{
        const int64_t *ns = argument;

        return await mori_sleep(ns == NULL ? MORI_S(1000) : *ns);
}

static async int breaks_contract(void *argument)
{
        const int *number = argument;

        attempt(await mori_yield());
        MORI_REQUIRE(*number == 4711);
        return 0;
}

static async int ignores_asking(void *argument)
{
        (void)argument;
        for (;;)
                (void)await mori_yield();
        return 0;
}

static async int waits_in_many(void *argument)
{
        int count = *(int *)argument;

        scope
        {
                for (int i = 0; i < count; i++)
                        ignore(start(mori_sleep, MORI_S(1)));
        }
        return count;
}

static async int exits_with(void *argument)
{
        mori_exit(*(int *)argument);
        return 0;
}

static async mori_process begin(mori_process_main *entry, int argument, const char *name)
{
        struct mori_process_options options = {.name = name};
        mori_process process = {0};

        EXPECT_EQ(await mori_process_start(entry, &argument, sizeof argument, &options, &process),
                  0);
        EXPECT(process.word != 0);
        return process;
}

static bool is_named(const struct mori_end *end, const char *name)
{
        return strcmp(end->name, name) == 0;
}

static bool says(const struct mori_end *end, const char *words)
{
        char text[300];

        mori_end_describe(end, text, sizeof text);
        return strstr(text, words) != NULL;
}

#define EXPECT_SAYS(end, words) EXPECT(says(end, words))

/* ---- Ends */

static async int ends(int argc, char **argv)
{
        struct mori_end end;
        mori_process process;

        (void)argc;
        (void)argv;
        process = await begin(returns_argument, 3, "three");
        EXPECT_EQ(mori_process_end(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_NONE);
        EXPECT(is_named(&end, "three"));
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        EXPECT_EQ(end.code, 3);
        EXPECT(end.process.word == process.word);
        EXPECT(is_named(&end, "three"));
        EXPECT_SAYS(&end, "returned 3");
        EXPECT_EQ(await mori_process_wait(process, &end), -ESRCH);

        process = await begin(returns_argument, -EIO, NULL);
        EXPECT_EQ(await mori_process_wait(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT_EQ(end.code, -EIO);
        EXPECT(is_named(&end, "process"));
        /* held: its end can be asked for again */
        EXPECT_EQ(await mori_process_wait(process, &end), 0);
        EXPECT_EQ(mori_process_end(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT_SAYS(&end, "failed: Input/output error");
        EXPECT_EQ(mori_process_kill(process), 0);
        EXPECT_EQ(mori_process_stop(process, 0), 0);
        EXPECT_EQ(mori_process_release(process), 0);
        EXPECT_EQ(mori_process_release(process), -ESRCH);
        EXPECT_EQ(mori_process_kill(process), -ESRCH);

        process = await begin(exits_with, 7, "leaver");
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        EXPECT_EQ(end.code, 7);

        process = await begin(breaks_contract, 5, "a name that is much too long to be kept");
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_ABANDONED);
        EXPECT(is_named(&end, "a name that is much too"));
        EXPECT_SAYS(&end, "was abandoned");
        EXPECT_SAYS(&end, "4711");
        return 42;
}

START_TEST(ends_are_told)
{
        ck_assert_int_eq(run(ends), 42);
        ck_assert_reported("4711");
        assert_nothing_left();
}
END_TEST

static async int unseen(int argc, char **argv)
{
        mori_process process;
        int code = -EIO;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_process_start(returns_argument, &code, sizeof code,
                                           &(struct mori_process_options){.name = "lost"}, NULL),
                  0);
        process = await begin(returns_argument, -ENOENT, "released");
        EXPECT_EQ(mori_process_release(process), 0);
        return await mori_sleep(MORI_MS(1));
}

START_TEST(a_failure_that_nobody_saw_is_reported)
{
        ck_assert_int_eq(run(unseen), 0);
        ck_assert_reported("nobody saw that process lost failed: -5");
        ck_assert_reported("nobody saw that process released failed: -2");
        assert_nothing_left();
}
END_TEST

static async int bad_calls(int argc, char **argv)
{
        static const struct mori_process_options unknown = {.flags = 64},
                                                 nobody = {.flags = MORI_PROCESS_OWNED};
        const mori_process forged[] = {{0}, {1}, {UINT64_MAX}, {1ull << 32 | 5}, {1ull << 32}};
        mori_process process, self = mori_process_self();
        struct mori_process_counters counters;
        struct mori_end end;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_process_start(NULL, NULL, 0, NULL, &process), -EINVAL);
        EXPECT_EQ(await mori_process_start(sleeps, NULL, 1, NULL, &process), -EINVAL);
        EXPECT_EQ(await mori_process_start(sleeps, "", MORI_PROCESS_ARGUMENT_MAX + 1, NULL, NULL),
                  -EINVAL);
        EXPECT_EQ(await mori_process_start(sleeps, NULL, 0, &unknown, NULL), -EINVAL);
        EXPECT_EQ(await mori_process_start(sleeps, NULL, 0, &nobody, NULL), -EINVAL);
        for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
                if (forged[i].word == self.word)
                        continue;
                EXPECT_EQ(await mori_process_wait(forged[i], &end), -ESRCH);
                EXPECT_EQ(mori_process_end(forged[i], &end), -ESRCH);
                EXPECT_EQ(mori_process_stop(forged[i], 1), -ESRCH);
                EXPECT_EQ(mori_process_kill(forged[i]), -ESRCH);
                EXPECT_EQ(mori_process_link(forged[i]), -ESRCH);
                EXPECT_EQ(mori_process_unlink(forged[i]), -ESRCH);
                EXPECT_EQ(mori_process_release(forged[i]), -ESRCH);
                EXPECT_EQ(mori_process_counters_get(forged[i], &counters), -ESRCH);
        }
        EXPECT_EQ(await mori_process_wait(self, &end), -EDEADLK);
        EXPECT_EQ(await mori_process_wait(self, NULL), -EFAULT);
        EXPECT_EQ(mori_process_link(self), -EINVAL);
        EXPECT_EQ(mori_process_release(self), -ESRCH);
        EXPECT_EQ(mori_process_counters_get(self, &counters), 0);
        EXPECT_EQ(counters.activities, 1);
        return 0;
}

START_TEST(bad_handles_and_arguments)
{
        ck_assert_int_eq(run(bad_calls), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Stop and kill */

static async int stops_slowly(void *argument)
{
        int result = await mori_sleep(MORI_S(1000));

        shield(MORI_S(10))
        {
                attempt(await mori_sleep(*(int64_t *)argument));
        }
        return result;
}

static async int stops(int argc, char **argv)
{
        int64_t short_ns = MORI_MS(5), long_ns = MORI_S(5);
        mori_process process;
        struct mori_end end;

        (void)argc;
        (void)argv;
        /* before it has begun */
        EXPECT_EQ(await mori_process_start(sleeps, NULL, 0, NULL, &process), 0);
        EXPECT_EQ(mori_process_stop(process, MORI_S(1)), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_STOPPED);

        EXPECT_EQ(await mori_process_start(sleeps, NULL, 0, NULL, &process), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(mori_process_stop(process, MORI_FOREVER), 0);
        EXPECT_EQ(mori_process_stop(process, 0), 0); /* the second changes nothing */
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_STOPPED);
        EXPECT_EQ(end.code, -ECANCELED);
        EXPECT_SAYS(&end, "was stopped");

        EXPECT_EQ(await mori_process_start(stops_slowly, &short_ns, 8, NULL, &process), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(mori_process_stop(process, MORI_S(1)), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_STOPPED);

        EXPECT_EQ(await mori_process_start(stops_slowly, &long_ns, 8, NULL, &process), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(mori_process_stop(process, MORI_MS(100)), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_KILLED);

        process = await begin(ignores_asking, 0, "busy");
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(mori_process_kill(process), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_KILLED);

        process = await begin(waits_in_many, 1000, "crowd");
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(mori_process_stop(process, MORI_S(1)), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_STOPPED);
        return 0;
}

START_TEST(stop_asks_and_kill_does_not)
{
        ck_assert_int_eq(run(stops), 0);
        ck_assert_reported("did not stop in time");
        assert_nothing_left();
}
END_TEST

/* ---- Quotas */

static async int quota(int argc, char **argv)
{
        struct mori_process_options options = {.name = "many", .activities_max = 30};
        int count = 31; /* and main */
        mori_process process;
        struct mori_end end;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_process_start(waits_in_many, &count, sizeof count, &options, &process),
                  0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        count++;
        EXPECT_EQ(await mori_process_start(waits_in_many, &count, sizeof count, &options, &process),
                  0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_QUOTA);
        EXPECT_EQ(end.code, MORI_QUOTA_ACTIVITIES);
        EXPECT_SAYS(&end, "exceeded a quota: the quota of 32 activities");
        return 0;
}

START_TEST(a_quota_ends_one_process)
{
        ck_assert_int_eq(run(quota), 0);
        ck_assert_reported("32 activities");
        assert_nothing_left();
}
END_TEST

/* ---- Monitors */

static async int waits_for(mori_process process, int expected)
{
        struct mori_end end;

        attempt(await mori_process_wait(process, &end));
        EXPECT_EQ(end.code, expected);
        return 0;
}

static async int waits_elsewhere(void *argument)
{
        const mori_process *process = argument;

        return await waits_for(*process, 5);
}

static async int returns_late(void *argument)
{
        attempt(await mori_sleep(MORI_MS(10)));
        return *(int *)argument;
}

static async int monitors(int argc, char **argv)
{
        mori_process process = await begin(returns_late, 5, "watched"), elsewhere[3];
        struct mori_end end;

        (void)argc;
        (void)argv;
        scope
        {
                Async(int) gives_up = start(waits_for, process, 5);

                for (int i = 0; i < 20; i++)
                        ignore(start(waits_for, process, 5));
                for (int i = 0; i < 3; i++)
                        EXPECT_EQ(await mori_process_start(waits_elsewhere, &process,
                                                           sizeof process, NULL, &elsewhere[i]),
                                  0);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                cancel(gives_up);
                EXPECT_EQ(join(gives_up), -ECANCELED);
                EXPECT_EQ(mori_process_kill(elsewhere[0]), 0);
                within(MORI_MS(1))
                {
                        EXPECT_EQ(await mori_process_wait(process, &end), -ETIMEDOUT);
                }
        }
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(await mori_process_join(elsewhere[0], &end), 0);
        EXPECT_EQ(end.kind, MORI_END_KILLED);
        for (int i = 1; i < 3; i++) {
                EXPECT_EQ(await mori_process_join(elsewhere[i], &end), 0);
                EXPECT_EQ(end.kind, MORI_END_RETURNED);
                EXPECT_EQ(end.code, 0);
        }
        return 0;
}

START_TEST(any_number_waits_for_an_end)
{
        ck_assert_int_eq(run(monitors), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Owners */

static async int starts_owned(void *argument)
{
        struct mori_process_options options = {.name = "owned", .flags = MORI_PROCESS_OWNED};
        mori_process owned, *ret = *(mori_process **)argument;

        EXPECT_EQ(await mori_process_start(sleeps, NULL, 0, &options, &owned), 0);
        options.flags = 0;
        EXPECT_EQ(await mori_process_start(sleeps, NULL, 0, &options, ret), 0);
        return await mori_sleep(MORI_MS(5));
}

static async int owners(int argc, char **argv)
{
        mori_process starter, *other = shared_bytes();
        struct mori_end end;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_process_start(starts_owned, &other, sizeof other, NULL, &starter), 0);
        EXPECT_EQ(await mori_process_join(starter, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        /* that which was only held goes on, and can be waited for */
        EXPECT_EQ(mori_process_end(*other, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_NONE);
        scope
        {
                Async(int) waiter = start(mori_process_wait, *other, &end);

                EXPECT_EQ(mori_process_kill(*other), 0);
                EXPECT_EQ(join(waiter), 0);
        }
        EXPECT_EQ(end.kind, MORI_END_KILLED);
        EXPECT_EQ(mori_process_kill(*other), -ESRCH);
        return 0;
}

START_TEST(what_is_owned_ends_with_its_starter)
{
        ck_assert_int_eq(run(owners), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Links */

/* A chain: each starts the next, linked; the last one breaks a contract. */
static async int is_in_chain(void *argument)
{
        int left = *(int *)argument;
        char name[] = "chain-0";
        struct mori_process_options options = {.name = name, .flags = MORI_PROCESS_LINKED};

        if (left == 0) {
                attempt(await mori_sleep(MORI_MS(5)));
                return await breaks_contract(argument);
        }
        name[6] = (char)('0' + --left);
        attempt(await mori_process_start(is_in_chain, &left, sizeof left, &options, NULL));
        return await mori_sleep(MORI_S(1000));
}

static async int chain(int argc, char **argv)
{
        mori_process process = await begin(is_in_chain, 7, "chain-7");
        struct mori_end end;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_LINKED);
        EXPECT_EQ(end.causes_count, MORI_END_CAUSES_MAX);
        EXPECT_EQ(end.causes_left_out, 3);
        EXPECT_EQ(end.causes[0].kind, MORI_END_LINKED);
        EXPECT(strcmp(end.causes[0].name, "chain-6") == 0);
        EXPECT_EQ(end.causes[3].kind, MORI_END_ABANDONED);
        EXPECT(strcmp(end.causes[3].name, "chain-0") == 0);
        EXPECT_SAYS(&end, "4711");
        EXPECT_SAYS(&end, "through 3 more");
        return 0;
}

START_TEST(an_end_goes_along_links)
{
        ck_assert_int_eq(run(chain), 0);
        ck_assert_reported("process chain-7 ends with process chain-6, which it is linked to; it "
                           "began with process chain-0");
        assert_nothing_left();
}
END_TEST

static async int links_to(void *argument)
{
        const mori_process *process = argument;

        attempt(mori_process_link(*process));
        return await mori_sleep(MORI_S(1000));
}

static async int links_and_unlinks(void *argument)
{
        const mori_process *process = argument;

        attempt(mori_process_link(*process));
        attempt(mori_process_link(*process));
        attempt(mori_process_unlink(*process));
        EXPECT_EQ(mori_process_unlink(*process), -ESRCH);
        return await mori_sleep(MORI_S(1));
}

static async int links(int argc, char **argv)
{
        mori_process centre = await begin(ignores_asking, 0, "centre"), around[10], not;
        struct mori_end end;

        (void)argc;
        (void)argv;
        for (int i = 0; i < 10; i++)
                EXPECT_EQ(await mori_process_start(links_to, &centre, sizeof centre, NULL,
                                                   &around[i]),
                          0);
        EXPECT_EQ(await mori_process_start(links_and_unlinks, &centre, sizeof centre, NULL, &not),
                  0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        /* one of them takes the centre along, and that all the others */
        EXPECT_EQ(mori_process_kill(around[3]), 0);
        for (int i = 0; i < 10; i++) {
                EXPECT_EQ(await mori_process_join(around[i], &end), 0);
                EXPECT_EQ(end.kind, i == 3 ? MORI_END_KILLED : MORI_END_LINKED);
        }
        EXPECT_EQ(end.causes_count, 2);
        EXPECT_EQ(end.causes[1].kind, MORI_END_KILLED);
        EXPECT_EQ(await mori_process_join(centre, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_LINKED);
        EXPECT_EQ(end.causes_count, 1);
        EXPECT_EQ(end.causes[0].process.word, around[3].word);
        EXPECT_EQ(await mori_process_join(not, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        return 0;
}

START_TEST(links_go_both_ways)
{
        ck_assert_int_eq(run(links), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int traps(int argc, char **argv)
{
        static const struct mori_process_options linked = {.flags = MORI_PROCESS_LINKED};
        int codes[] = {0, 3, -EIO};
        struct mori_end end;
        int sum = 0;

        (void)argc;
        (void)argv;
        EXPECT(!mori_process_trap(true));
        EXPECT(mori_process_trap(true));
        for (int i = 0; i < 3; i++)
                EXPECT_EQ(await mori_process_start(returns_argument, &codes[i], sizeof codes[i],
                                                   &linked, NULL),
                          0);
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(await mori_process_trapped(&end), 0);
                sum += end.code;
        }
        EXPECT_EQ(sum, 3 - EIO);
        within(MORI_MS(1))
        {
                EXPECT_EQ(await mori_process_trapped(&end), -ETIMEDOUT);
        }
        scope
        {
                struct mori_end other;
                Async(int) waiter = start(mori_process_trapped, &end);

                EXPECT_EQ(await mori_process_trapped(&other), -EBUSY);
                EXPECT_EQ(await mori_process_start(returns_argument, &codes[1], sizeof codes[1],
                                                   &linked, NULL),
                          0);
                EXPECT_EQ(join(waiter), 0);
        }
        EXPECT_EQ(end.code, 3);
        /* told and not taken, when the process ends */
        EXPECT_EQ(await mori_process_start(returns_argument, &codes[1], sizeof codes[1], &linked,
                                           NULL),
                  0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        return 0;
}

START_TEST(who_traps_is_told)
{
        ck_assert_int_eq(run(traps), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- The program */

static async int leaves_many(int argc, char **argv)
{
        int code = 1;

        (void)argc;
        (void)argv;
        for (int i = 0; i < TEST_MANY(1000); i++) {
                EXPECT_EQ(await mori_process_start(i % 3 == 0   ? sleeps
                                                   : i % 3 == 1 ? ignores_asking
                                                                : waits_in_many,
                                                   &code, i % 3 == 2 ? sizeof code : 0, NULL, NULL),
                          0);
        }
        return 9;
}

START_TEST(all_end_with_the_first)
{
        ck_assert_int_eq(run(leaves_many), 9);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* Each posts to itself. */
static async void posted(void *pointer)
{
        *(mori_process *)pointer = mori_process_self();
}

static async int posts(void *argument)
{
        mori_process ran_in = {0};

        (void)argument;
        EXPECT_EQ(mori_post(posted, &ran_in), 0);
        attempt(await mori_sleep(MORI_MS(1)));
        EXPECT(ran_in.word == mori_process_self().word);
        return 0;
}

static async int posting(int argc, char **argv)
{
        mori_process process;
        struct mori_end end;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await posts(NULL), 0);
        EXPECT_EQ(await mori_process_start(posts, NULL, 0, NULL, &process), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        return 0;
}

START_TEST(a_post_is_to_who_posts)
{
        ck_assert_int_eq(run(posting), 0);
        assert_nothing_left();
}
END_TEST

/* Two processes that always have turns, one of which has news in each. */
struct busy {
        long *turns, *other; /* its own, and those of the other one */
        bool posts;
};

static async void nothing_is_done(void *pointer)
{
        (void)pointer;
}

static async int is_busy(void *argument)
{
        const struct busy *busy = argument;

        while (*busy->turns + *busy->other < 100000) {
                ++*busy->turns;
                if (busy->posts)
                        EXPECT_EQ(mori_post(nothing_is_done, NULL), 0);
                attempt(await mori_yield());
        }
        return 0;
}

static async int shares(int argc, char **argv)
{
        long turns[2] = {0};
        struct busy one = {&turns[0], &turns[1], false}, other = {&turns[1], &turns[0], true};
        mori_process processes[2];
        struct mori_end end;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_process_start(is_busy, &one, sizeof one, NULL, &processes[0]), 0);
        EXPECT_EQ(await mori_process_start(is_busy, &other, sizeof other, NULL, &processes[1]), 0);
        for (int i = 0; i < 2; i++) {
                EXPECT_EQ(await mori_process_join(processes[i], &end), 0);
                EXPECT_EQ(end.kind, MORI_END_RETURNED);
        }
        EXPECT(turns[0] > 30000 && turns[1] > 30000);
        return 0;
}

START_TEST(who_has_news_keeps_its_share)
{
        ck_assert_int_eq(run(shares), 0);
        assert_nothing_left();
}
END_TEST

/*
 * A tree: each starts two, waits for them, and answers how many there are below it; on several
 * seats, which they share as they like.
 */
static async int is_tree(void *argument)
{
        int depth = *(int *)argument, sum = 1, below = depth - 1;
        mori_process two[2];
        struct mori_end end;

        if (depth == 0)
                return 1;
        for (int i = 0; i < 2; i++)
                attempt(await mori_process_start(is_tree, &below, sizeof below, NULL, &two[i]));
        for (int i = 0; i < 2; i++) {
                attempt(await mori_process_join(two[i], &end));
                EXPECT_EQ(end.kind, MORI_END_RETURNED);
                sum += end.code;
        }
        return sum;
}

static async int tree(int argc, char **argv)
{
        struct mori_end end;

        (void)argc;
        (void)argv;
        for (int i = 0; i < 3; i++) {
                mori_process root = await begin(is_tree, 8, "root");

                EXPECT_EQ(await mori_process_join(root, &end), 0);
                EXPECT_EQ(end.kind, MORI_END_RETURNED);
                EXPECT_EQ(end.code, 511);
        }
        return 0;
}

START_TEST(a_tree_on_several_seats)
{
        static const struct {
                const char *seats, *migrate;
                enum mori_io io;
        } configs[] = {{"1", "0", MORI_IO_SIM},
                       {"2", "0", MORI_IO_AUTO},
                       {"2", "1", MORI_IO_EPOLL},
                       {"5", "1", MORI_IO_AUTO}};

        for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
                setenv("MORI_SEATS", configs[i].seats, 1);
                setenv("MORI_MIGRATE", configs[i].migrate, 1);
                ck_assert_int_eq(run_on(tree, configs[i].io, 1), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
        unsetenv("MORI_SEATS");
        unsetenv("MORI_MIGRATE");
}
END_TEST

TEST_MAIN("activity/process", TEST(ends_are_told), TEST(a_failure_that_nobody_saw_is_reported),
          TEST(bad_handles_and_arguments), TEST(stop_asks_and_kill_does_not),
          TEST(a_quota_ends_one_process), TEST(any_number_waits_for_an_end),
          TEST(what_is_owned_ends_with_its_starter), TEST(an_end_goes_along_links),
          TEST(links_go_both_ways), TEST(who_traps_is_told), TEST(all_end_with_the_first),
          TEST(a_post_is_to_who_posts), TEST(who_has_news_keeps_its_share),
          TEST(a_tree_on_several_seats))
