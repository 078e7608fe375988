/* SPDX-License-Identifier: MIT */
/*
 * How a process ends: it returns, exits, is abandoned, or can never go on; and nothing of it is
 * left, whatever was under way.
 */
#include "support/async.h"

#include <errno.h>
#include <poll.h>

static async int sleeps(int64_t ms)
{
        return await mori_sleep(MORI_MS(ms));
}

/* ---- Results */

static async int returns(int argc, char **argv)
{
        EXPECT(argc == 1 && strcmp(argv[0], "test") == 0 && argv[1] == NULL);
        return (int)*shared(0);
}

START_TEST(the_result_is_the_exit_code)
{
        static const struct {
                int result, code;
        } cases[] = {{0, 0}, {1, 1}, {70, 70}, {255, 255}, {-EIO, 1}, {-1, 1}};

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                *shared(0) = cases[i].result;
                ck_assert_int_eq(run(returns), cases[i].code);
                ck_assert_int_eq(reports_bytes != 0, cases[i].result < 0);
                assert_nothing_left();
        }
}
END_TEST

/* ---- Everything that can be under way */

static async int receives(mori_queue *queue)
{
        int item;

        return await mori_queue_receive(queue, &item);
}

static async int selects(mori_queue *queue)
{
        int item;
        Async(int) a = start(sleeps, 5000);
        mori_case cases[] = {MORI_CASE_RECEIVE(queue, &item), MORI_CASE_AFTER(MORI_S(100)),
                             MORI_CASE_DONE(a)};

        EXPECT(await mori_select(cases, 3) < 0);
        return join(a);
}

static async int waits_for_any(int count)
{
        mori_activity all[2] = {MORI_ACTIVITY(start(sleeps, 5000)),
                                MORI_ACTIVITY(start(sleeps, count))};

        return await mori_wait_any(all, 2);
}

static async void is_shielded(void *unused)
{
        (void)unused;
        EXPECT(mori_cancelled() == 0);
}

static async int nests(int depth)
{
        volatile char room[100];

        room[depth % 100] = 1;
        scope
        {
                Async(int) a = start(sleeps, 3000);

                (void)a;
                within(MORI_S(10))
                {
                        MORI_DEFER_CALL(is_shielded, NULL);
                        if (depth > 0)
                                return await nests(depth - 1);
                        attempt(await mori_sleep(MORI_S(1000)));
                }
        }
        return room[depth % 100];
}

static async int large(void)
{
        volatile char room[20000];

        room[1] = 1;
        attempt(await mori_sleep(MORI_S(1000)));
        return room[1];
}

static async int attached(mori_token *token)
{
        scope
        {
                EXPECT_EQ(mori_token_attach(token), 0);
                attempt(await mori_sleep(MORI_S(1000)));
        }
        return 0;
}

static async int reads(mori_file file)
{
        char bytes[10];
        int64_t count = await mori_file_read(file, bytes, sizeof bytes);

        return (int)count;
}

static async int leaves_scope_slowly(void)
{
        Async(int) a = start(nests, 3);

        (void)a;
        return 1;
}

static async void posted(void *pointer)
{
        (void)pointer;
        /* it belongs to the entry, which waits for it */
        EXPECT(await mori_sleep(MORI_S(1000)) == 0);
}

static async void not_posted_in_time(void *pointer)
{
        (void)pointer;
}

/* Starts all that there is; then the caller ends the process. */
static async int everything(void)
{
        mori_queue *queue = mori_queue_new(2, sizeof(int));
        mori_token *token = mori_token_new(MORI_S(500));
        mori_file pipe[2];

        for (int i = 0; i < 3; i++) {
                ignore(start(receives, queue));
                ignore(start(selects, queue));
                ignore(start(waits_for_any, 100));
                ignore(start(nests, i * 20));
                ignore(start(large));
                ignore(start(attached, token));
                ignore(start(mori_sleep, MORI_S(10)));
                ignore(start(mori_yield));
                ignore(start(leaves_scope_slowly));
                EXPECT_EQ(mori_post(posted, NULL), 0);
        }
        EXPECT_EQ(mori_pipe(pipe), 0);
        ignore(start(reads, pipe[0]));
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(mori_post(not_posted_in_time, NULL), 0);
        return 0;
}

static async __attribute__((noinline)) int deep(int depth)
{
        volatile char room[50];

        room[0] = 3;
        if (depth == 0) {
                switch (*shared(0)) {
                case 0:
                        mori_exit(42);
                case 1:
                        MORI_REQUIRE(room[0] == 4);
                        break;
                case 2: {
                        Async(int) a = NULL;

                        return join(a);
                }
                default:
                        return await deep(-1);
                }
        }
        if (depth < 0) {
                Async(int) a = start(deep, 0);

                *shared(0) = 0;
                return join(a);
        }
        return await deep(depth - 1) + room[0];
}

static async int ends_in_turn(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(await everything(), 0);
        return await deep(200);
}

static async int ends_in_start(int argc, char **argv)
{
        Async(int) a;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await everything(), 0);
        a = start(deep, 100);
        return join(a);
}

static async int ends_at_once(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await deep(0);
}

static async int ends_in_start_at_once(int argc, char **argv)
{
        Async(int) a = start(deep, 0);

        (void)argc;
        (void)argv;
        return join(a);
}

static async int ends_with_children_cancelled(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        scope
        {
                EXPECT_EQ(await everything(), 0);
                break;
        }
        return 42;
}

START_TEST(a_process_ends_whatever_is_under_way)
{
        static mori_entry_point *const entries[] = {ends_in_turn, ends_in_start, ends_at_once,
                                                    ends_in_start_at_once};
        static const enum mori_io engines[] = {MORI_IO_SIM, MORI_IO_EPOLL, MORI_IO_AUTO};

        for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
                for (size_t j = 0; j < 3; j++) {
                        for (long how = 0; how < 3; how++) {
                                *shared(0) = how;
                                ck_assert_int_eq(run_on(entries[i], engines[j], 1),
                                                 how == 0 ? 42 : 70);
                                if (how > 0)
                                        ck_assert_reported("abandoned");
                                assert_nothing_left();
                        }
                }
        }
}
END_TEST

START_TEST(a_process_ends_after_everything_was_cancelled)
{
        ck_assert_int_eq(run(ends_with_children_cancelled), 42);
        assert_nothing_left();
}
END_TEST

/* What an abandonment says: the condition, the place, and the activity. */
static async int breaks_a_contract(int argc, char **argv)
{
        EXPECT_EQ(await mori_yield(), 0);
        MORI_REQUIRE(argc == 2 && argv != NULL);
        return 0;
}

START_TEST(a_broken_contract_is_named)
{
        ck_assert_int_eq(run(breaks_a_contract), 70);
        ck_assert_reported("process_test.c");
        ck_assert_reported("argc == 2 && argv != NULL");
        ck_assert_reported("breaks_a_contract");
        ck_assert_reported("in the activity started at");
        ck_assert_reported("#0");
}
END_TEST

/* ---- Deadlock */

static async int joins_its_parent(mori_activity parent)
{
        return await mori_wait(parent);
}

static async int waits_for_its_child(int argc, char **argv)
{
        Async(int) a = start(joins_its_parent, mori_self());

        (void)argc;
        (void)argv;
        EXPECT_EQ(join(a), -EDEADLK); /* found when it began to wait */
        return 0;
}

static async int waits_for_nobody(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(1, sizeof(int));

        (void)argc;
        (void)argv;
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        return await receives(queue);
}

static async int waits_for_nobody_in_children(int argc, char **argv)
{
        mori_queue *queue = mori_queue_new(1, sizeof(int));

        (void)argc;
        (void)argv;
        for (int i = 0; i < 1000; i++) {
                Async(int) a = start(receives, queue);

                (void)a;
        }
        return 0;
}

static async int waits_for_a_pipe(int argc, char **argv)
{
        mori_file pipe[2];

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_pipe(pipe), 0);
        return await reads(pipe[0]);
}

START_TEST(a_deadlock_is_reported)
{
        ck_assert_int_eq(run(waits_for_its_child), 0);
        ck_assert_reported("deadlock: 1 activity waits");
        assert_nothing_left();
        ck_assert_int_eq(run(waits_for_nobody), 70);
        ck_assert_reported("deadlock");
        ck_assert_reported("waiting for a queue");
        assert_nothing_left();
        ck_assert_int_eq(run(waits_for_nobody_in_children), 70);
        ck_assert_reported("1001 activities");
        assert_nothing_left();
        ck_assert_int_eq(run_on(waits_for_nobody, MORI_IO_EPOLL, 0), 70);
        ck_assert_reported("deadlock");
        assert_nothing_left();
}
END_TEST

/* In the simulation there is nobody else who could write into a pipe. */
START_TEST(a_simulation_that_stands_still_is_a_deadlock)
{
        ck_assert_int_eq(run(waits_for_a_pipe), 70);
        ck_assert_reported("deadlock");
        assert_nothing_left();
}
END_TEST

/* ---- Memory */

static size_t resident(void)
{
        FILE *file = fopen("/proc/self/statm", "r");
        size_t total, pages = 0;

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%zu %zu", &total, &pages), 2);
        fclose(file);
        return pages * 4096;
}

MORI_NONBLOCKING static long resident_now(void)
{
        return (long)resident();
}

MORI_NONBLOCKING static long room_for_turns(void)
{
        return (long)worker_self()->ready->mask + 1;
}

/* A sanitizer keeps what was freed for a while. */
#ifdef MORI_SANITIZED
#define RESIDENT_MEANS_NOTHING 1
#else
#define RESIDENT_MEANS_NOTHING 0
#endif

#if MORI_LINKED
#define SPIKE 1000000
#else
#define SPIKE TEST_MANY(30000)
#endif

static async int spike(int argc, char **argv)
{
        struct mori_statistics statistics;
        long before = resident_now(), high = 0, after;

        (void)argc;
        (void)argv;
        scope
        {
                for (int i = 0; i < SPIKE; i++) {
                        Async(int) a = start(sleeps, 1000);

                        (void)a;
                }
                mori_statistics_get(&statistics);
                EXPECT_EQ(statistics.activities, SPIKE + 1);
                high = resident_now();
                EXPECT(room_for_turns() > SPIKE);
        }
        for (int i = 0; i < 600; i++)
                EXPECT_EQ(await mori_sleep(MORI_MS(100)), 0);
        after = resident_now();
        EXPECT(high - before > 100 * SPIKE);
        EXPECT(RESIDENT_MEANS_NOTHING || after - before < (high - before) / 8);
        EXPECT(room_for_turns() < 1000);
        mori_statistics_get(&statistics);
        EXPECT_EQ(statistics.activities, 1);
        return 0;
}

START_TEST(memory_goes_back_after_a_spike)
{
        ck_assert_int_eq(run(spike), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

static async int waits_once(int i)
{
        attempt(await mori_yield());
        return i;
}

static async int million(int argc, char **argv)
{
        struct mori_statistics before, after;

        (void)argc;
        (void)argv;
        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 10000; i++) {
                        Async(int) a = start(waits_once, i);

                        EXPECT_EQ(join(a), i);
                }
                if (round == 0)
                        mori_statistics_get(&before);
        }
        for (int i = 0; i < 1000000; i++) {
                Async(int) a = start(waits_once, i), b = start(waits_once, i + 1);

                EXPECT_EQ(join(b), i + 1);
                EXPECT_EQ(join(a), i);
        }
        mori_statistics_get(&after);
        EXPECT(after.stack_bytes <= before.stack_bytes + (1 << 18));
        EXPECT_EQ(after.activities, 1);
        EXPECT(after.starts >= before.starts + 2000000);
        return 0;
}

START_TEST(a_million_activities_one_by_one_do_not_grow)
{
        ck_assert_int_eq(run(million), 0);
        assert_nothing_left();
}
END_TEST

START_TEST(programs_run_one_after_another)
{
        size_t before = 0;

        for (int i = 0; i < TEST_TIMES(300); i++) {
                ck_assert_int_eq(run(ends_with_children_cancelled), 42);
                if (i == 50)
                        before = resident();
                assert_nothing_left();
        }
        ck_assert(RESIDENT_MEANS_NOTHING || resident() <= before + (1 << 20));
}
END_TEST

/* ---- The queue of turns */

/*
 * Takes each of its turns after the one that was started before it. The queue grows meanwhile,
 * wherever its beginning is.
 */
static async int takes_turns(long number, long *last, const long *enough)
{
        do {
                await mori_yield();
                EXPECT(number == 0 || *last == number - 1);
                *last = number;
        } while (!*enough);
        return 0;
}

static async int many_take_turns(int argc, char **argv)
{
        long *last = shared(0), *enough = shared(1), number = 0;

        (void)argc;
        (void)argv;
        scope
        {
                for (int step = 1; number < TEST_MANY(5000); step++) {
                        for (int i = 0; i < step; i++)
                                ignore(start(takes_turns, number++, last, enough));
                        await mori_yield();
                        EXPECT_EQ(*last, number - 1);
                }
                *enough = 1;
        }
        EXPECT_EQ(*last, number - 1);
        return 0;
}

START_TEST(turns_keep_their_order_however_many)
{
        *shared(0) = *shared(1) = 0;
        ck_assert_int_eq(run(many_take_turns), 0);
        assert_nothing_left();
}
END_TEST

TEST_MAIN("turn/process", TEST(the_result_is_the_exit_code),
          TEST(a_process_ends_whatever_is_under_way),
          TEST(a_process_ends_after_everything_was_cancelled), TEST(a_broken_contract_is_named),
          TEST(a_deadlock_is_reported), TEST(a_simulation_that_stands_still_is_a_deadlock),
          TEST(memory_goes_back_after_a_spike), TEST(a_million_activities_one_by_one_do_not_grow),
          TEST(programs_run_one_after_another), TEST(turns_keep_their_order_however_many))
