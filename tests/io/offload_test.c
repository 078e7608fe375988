/* SPDX-License-Identifier: MIT */
/*
 * mori_offload(): what it answers, who may be cancelled, and what is left behind, on each engine.
 */
#include "io.h"

#include "platform/call.h"
#include "platform/thread.h"

#include <mori/offload.h>

#include <poll.h>
#include <sys/wait.h>
#include <time.h>

/* What an offloaded function and its activity share. */
struct work {
        uint32_t begun, open, ended, released, asked;
        int thread, result;
        unsigned index;
};

HELPER struct work *works(void)
{
        static struct work all[256];

        return all;
}

static uint32_t look(const uint32_t *word)
{
        return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

HELPER void set(uint32_t *word)
{
        __atomic_add_fetch(word, 1, __ATOMIC_ACQ_REL);
}

static void pause_ms(long ms)
{
        nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static int answer(void *context)
{
        struct work *work = context;

        set(&work->begun);
        work->thread = platform_thread_id();
        return work->result;
}

/* Until it is let go. */
static int held(void *context)
{
        struct work *work = context;

        set(&work->begun);
        while (look(&work->open) == 0)
                pause_ms(1);
        set(&work->ended);
        return work->result;
}

/* Until it is cancelled. */
static int obedient(void *context)
{
        struct work *work = context;

        set(&work->begun);
        while (!mori_offload_cancelled())
                pause_ms(1);
        set(&work->ended);
        return -ECANCELED;
}

static int forever(void *context)
{
        set(&((struct work *)context)->begun);
        for (;;)
                pause_ms(1000);
        return 0;
}

static void release(void *context)
{
        set(&((struct work *)context)->released);
}

static MORI_ASYNC void until(const uint32_t *word, uint32_t value)
{
        while (look(word) < value)
                EXPECT_EQ(MORI_AWAIT mori_sleep(MORI_MS(1)), 0);
}

static MORI_ASYNC int call(int (*function)(void *), struct work *work)
{
        return MORI_AWAIT mori_offload(function, work);
}

/* ---- Answers */

PROGRAM(the_answer_is_the_functions)
{
        struct work work = {.result = -ENOTTY};

        EXPECT_EQ(await mori_offload(answer, &work), -ENOTTY);
        EXPECT(work.thread != 0 && work.thread != platform_thread_id());
        work.result = 17;
        EXPECT_EQ(await mori_offload(answer, &work), 17);
        EXPECT_EQ(await mori_offload_with(answer, &work, MORI_OFFLOAD_COMPUTES), 17);
        EXPECT_EQ(work.begun, 3);
        EXPECT_EQ(mori_offload_cancelled(), 0);
        return 0;
}

static int typed(struct work *work)
{
        return work->result + 1;
}

static int frozen(const struct work *work)
{
        return work->result + 2;
}

PROGRAM(the_macro_takes_a_typed_context)
{
        struct work work = {.result = 4};
        const struct work constant = {.result = 5};

        EXPECT_EQ(await MORI_OFFLOAD(typed, &work), 5);
        EXPECT_EQ(await MORI_OFFLOAD(frozen, &constant), 7);
        return 0;
}

static int fails_as_libc(void *context)
{
        (void)context;
        errno = ENOTDIR;
        return -1;
}

PROGRAM(errno_is_the_answer_where_it_is_asked_for)
{
        EXPECT_EQ(await mori_offload_with(fails_as_libc, NULL, MORI_OFFLOAD_ERRNO), -ENOTDIR);
        EXPECT_EQ(await mori_offload_with(fails_as_libc, NULL, 0), -1);
        return 0;
}

PROGRAM(wrong_arguments_are_refused)
{
        struct work *work = works();
        int result = 5;

        EXPECT_EQ(await mori_offload(NULL, NULL), -EINVAL);
        EXPECT_EQ(await mori_offload_with(answer, work, 8), -EINVAL);
        EXPECT_EQ(await mori_offload_owned(NULL, work, release, 0, &result), -EINVAL);
        EXPECT_EQ(await mori_offload_owned(answer, work, release, 64, &result), -EINVAL);
        EXPECT_EQ(await mori_offload_owned(answer, work, release, 0, NULL), -EINVAL);
        EXPECT_EQ(work->released, 3);
        EXPECT_EQ(work->begun, 0);
        EXPECT_EQ(result, 5);
        return 0;
}

PROGRAM(many_are_answered_each)
{
        struct work *all = works();

        for (unsigned round = 0; round < 20; round++)
                scope
                {
                        Async(int) calls[256];

                        for (unsigned i = 0; i < 256; i++) {
                                all[i].result = (int)(i + round);
                                calls[i] = start(call, answer, &all[i]);
                        }
                        for (unsigned i = 0; i < 256; i++)
                                EXPECT_EQ(join(calls[i]), i + round);
                }
        return 0;
}

PROGRAM(others_go_on_meanwhile)
{
        struct work *work = works();

        if (simulated())
                return 0;
        work->result = 3;
        scope
        {
                Async(int) one = start(call, held, work);

                await until(&work->begun, 1);
                EXPECT_EQ(work->ended, 0);
                set(&work->open);
                EXPECT_EQ(join(one), 3);
        }
        EXPECT_EQ(work->ended, 1);
        return 0;
}

/* ---- Cancellation */

static MORI_ASYNC int taken_back_program(int argc, char **argv)
{
        struct work *all = works();

        (void)argc, (void)argv;
        scope
        {
                Async(int) first = start(call, held, &all[0]), second, third;

                await until(&all[0].begun, 1);
                second = start(call, answer, &all[1]);
                third = start(call, answer, &all[2]);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                cancel(second);
                EXPECT_EQ(join(second), -ECANCELED);
                within(MORI_MS(5)) EXPECT_EQ(await call(answer, &all[3]), -ETIMEDOUT);
                set(&all[0].open);
                EXPECT_EQ(join(first), 0);
                EXPECT_EQ(join(third), 0);
        }
        EXPECT_EQ(all[1].begun, 0);
        EXPECT_EQ(all[2].begun, 1);
        EXPECT_EQ(all[3].begun, 0);
        return 0;
}

START_TEST(what_has_not_begun_is_taken_back)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_THREADS", "1", 1);
        io_case(taken_back_program, 0);
        ck_assert_not_reported();
}
END_TEST

PROGRAM(what_has_begun_is_waited_for)
{
        struct work *work = works();

        if (simulated())
                return 0;
        work->result = 9;
        scope
        {
                Async(int) one = start(call, held, work);

                await until(&work->begun, 1);
                cancel(one);
                EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
                EXPECT(!mori_done(MORI_ACTIVITY(one)));
                set(&work->open);
                EXPECT_EQ(join(one), 9); /* done is done */
        }
        return 0;
}

PROGRAM(a_function_can_ask_whether_it_is_cancelled)
{
        struct work *work = works();

        if (simulated())
                return 0;
        within(MORI_MS(20)) EXPECT_EQ(await call(obedient, work), -ETIMEDOUT);
        EXPECT_EQ(work->ended, 1);
        return 0;
}

PROGRAM(a_cancelled_activity_offloads_nothing)
{
        struct work *work = works();
        int result;

        scope
        {
                mori_scope_cancel();
                EXPECT_EQ(await mori_offload(answer, work), -ECANCELED);
                EXPECT_EQ(await mori_offload_owned(answer, work, release, 0, &result), -ECANCELED);
        }
        EXPECT_EQ(work->begun, 0);
        EXPECT_EQ(work->released, 1);
        return 0;
}

/* Blocks for good, but for a signal. */
static int interruptible(void *context)
{
        struct work *work = context;

        set(&work->begun);
        while (!mori_offload_cancelled())
                if (poll(NULL, 0, -1) < 0 && errno == EINTR)
                        set(&work->asked);
        set(&work->ended);
        return -EINTR;
}

static MORI_ASYNC int call_interruptible(struct work *work)
{
        return await mori_offload_with(interruptible, work, MORI_OFFLOAD_INTERRUPT);
}

PROGRAM(a_system_call_is_interrupted)
{
        struct work *work = works();

        if (simulated())
                return 0;
        for (uint32_t i = 1; i <= 20; i++) {
                scope
                {
                        Async(int) one = start(call_interruptible, work);

                        await until(&work->begun, i);
                        cancel(one);
                        EXPECT_EQ(join(one), -EINTR);
                }
        }
        EXPECT_EQ(work->ended, 20);
        return 0;
}

/* ---- Functions that own their context */

static MORI_ASYNC int call_owned(int (*function)(void *), struct work *work, int *result)
{
        return await mori_offload_owned(function, work, release, 0, result);
}

PROGRAM(an_owned_context_comes_back_with_the_result)
{
        struct work *work = works();
        int result = 0;

        work->result = -EPIPE;
        EXPECT_EQ(await call_owned(answer, work, &result), 0);
        EXPECT_EQ(result, -EPIPE);
        EXPECT_EQ(work->released, 0);
        return 0;
}

PROGRAM(an_owned_one_is_left_behind)
{
        struct work *work = works();
        int result = 5;

        if (simulated())
                return 0;
        scope
        {
                Async(int) one = start(call_owned, held, work, &result);

                await until(&work->begun, 1);
                cancel(one);
                EXPECT_EQ(join(one), -ECANCELED);
                EXPECT_EQ(work->ended, 0);
        }
        EXPECT_EQ(work->released, 0);
        set(&work->open);
        await until(&work->released, 1);
        EXPECT_EQ(work->ended, 1);
        EXPECT_EQ(result, 5);
        return 0;
}

static MORI_ASYNC int owned_queued_program(int argc, char **argv)
{
        struct work *all = works();
        int result = 5;

        (void)argc, (void)argv;
        scope
        {
                Async(int) first = start(call, held, &all[0]), second;

                await until(&all[0].begun, 1);
                second = start(call_owned, answer, &all[1], &result);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                cancel(second);
                EXPECT_EQ(join(second), -ECANCELED);
                EXPECT_EQ(all[1].released, 1);
                EXPECT_EQ(all[1].begun, 0);
                set(&all[0].open);
                EXPECT_EQ(join(first), 0);
        }
        return 0;
}

START_TEST(an_owned_one_that_waits_is_released)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_THREADS", "1", 1);
        io_case(owned_queued_program, 0);
        ck_assert_not_reported();
}
END_TEST

PROGRAM(one_that_is_left_behind_is_told_of_the_end)
{
        struct work *work = works();
        int result;

        if (simulated())
                return 0;
        scope
        {
                Async(int) one = start(call_owned, obedient, work, &result);

                await until(&work->begun, 1);
                work->asked = 1;
                cancel(one);
                EXPECT_EQ(join(one), -ECANCELED);
        }
        return 0; /* the end of the program waits for it */
}

/* ---- Limits */

static MORI_ASYNC int queue_full_program(int argc, char **argv)
{
        struct work *all = works();

        (void)argc, (void)argv;
        scope
        {
                Async(int) calls[8];
                int again = 0;

                calls[0] = start(call, held, &all[0]);
                await until(&all[0].begun, 1);
                for (unsigned i = 1; i < 8; i++)
                        calls[i] = start(call, answer, &all[i]);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                set(&all[0].open);
                EXPECT_EQ(join(calls[0]), 0);
                for (unsigned i = 1; i < 8; i++) {
                        int result = join(calls[i]);

                        EXPECT(result == 0 || result == -EAGAIN);
                        again += result == -EAGAIN;
                        EXPECT_EQ(all[i].begun, result == 0);
                }
                EXPECT_EQ(again, 4);
        }
        return 0;
}

START_TEST(a_full_queue_is_told)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_THREADS", "1", 1);
        setenv("MORI_OFFLOAD_QUEUE", "3", 1);
        io_case(queue_full_program, 0);
        ck_assert_reported("MORI_OFFLOAD_QUEUE raises the limit");
}
END_TEST

static MORI_ASYNC int many_threads_program(int argc, char **argv)
{
        struct work *all = works();
        struct platform_call_statistics statistics;

        (void)argc, (void)argv;
        scope
        {
                Async(int) calls[20];

                for (unsigned i = 0; i < 20; i++)
                        calls[i] = start(call, held, &all[i]);
                for (unsigned i = 0; i < 7; i++)
                        await until(&all[i].begun, 1);
                EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
                platform_call_statistics(&statistics);
                EXPECT_EQ(statistics.threads[0], 7);
                EXPECT_EQ(statistics.begun[0], 7);
                EXPECT_EQ(statistics.waiting[0], 13);
                for (unsigned i = 0; i < 20; i++)
                        EXPECT_EQ(look(&all[i].begun), i < 7);
                for (unsigned i = 0; i < 20; i++)
                        set(&all[i].open);
                for (unsigned i = 0; i < 20; i++)
                        EXPECT_EQ(join(calls[i]), 0);
        }
        return 0;
}

START_TEST(threads_grow_up_to_the_limit)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_THREADS", "7", 1);
        io_case(many_threads_program, 0);
        ck_assert_not_reported();
}
END_TEST

PROGRAM(threads_end_when_idle)
{
        struct platform_call_statistics statistics;
        struct work *work = works();

        if (simulated())
                return 0;
        EXPECT_EQ(await mori_offload(answer, work), 0);
        platform_call_statistics(&statistics);
        EXPECT(statistics.threads[0] == 1);
        do {
                EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0);
                platform_call_statistics(&statistics);
        } while (statistics.threads[0] > 0);
        EXPECT_EQ(await mori_offload(answer, work), 0);
        EXPECT_EQ(work->begun, 2);
        return 0;
}

/* ---- Ends */

static MORI_ASYNC int exits_program(int argc, char **argv)
{
        struct work *work = works();

        (void)argc, (void)argv;
        mori_ignore(MORI_ACTIVITY(start(call, obedient, work)));
        await until(&work->begun, 1);
        mori_exit(0);
        return 1;
}

START_TEST(the_teardown_waits_for_the_last_word)
{
        if (simulated())
                return;
        io_case(exits_program, 0);
        ck_assert_uint_eq(works()->ended, 1);
        ck_assert_not_reported();
}
END_TEST

/* What a program says on standard error, and how it ends. */
static void dies(mori_entry_point *entry, int code, const char *const texts[])
{
        static char said[65536];
        size_t bytes = 0;
        ssize_t got;
        int ends[2], status;
        pid_t child;

        ck_assert_int_eq(pipe(ends), 0);
        fflush(NULL);
        child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
                char name[] = "test", *arguments[] = {name, NULL};

                dup2(ends[1], STDERR_FILENO);
                close(ends[0]);
                close(ends[1]);
                _exit(mori_run(entry, 1, arguments, NULL));
        }
        close(ends[1]);
        while ((got = read(ends[0], said + bytes, sizeof said - 1 - bytes)) > 0)
                bytes += (size_t)got;
        close(ends[0]);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        for (; *texts != NULL; texts++)
                ck_assert_msg(strstr(said, *texts) != NULL, "not said: %s; but:\n%s", *texts, said);
        if (code >= 0)
                ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code, "status %d:\n%s",
                              status, said);
        else
                ck_assert_msg(!WIFEXITED(status) || WEXITSTATUS(status) != 0, "status %d", status);
}

static MORI_ASYNC int never_ends_program(int argc, char **argv)
{
        struct work *work = works();

        (void)argc, (void)argv;
        mori_ignore(MORI_ACTIVITY(start(call, forever, work)));
        await until(&work->begun, 1);
        mori_exit(0);
        return 1;
}

START_TEST(what_never_ends_does_not_hold_up_the_end)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_END_MS", "50", 1);
        dies(never_ends_program, 71,
             (const char *const[]){"MORI_OFFLOAD_END_MS", "offloaded function ",
                                   "for the activity started at never_ends_program", NULL});
}
END_TEST

static MORI_ASYNC int left_never_ends_program(int argc, char **argv)
{
        struct work *work = works();
        int result;

        (void)argc, (void)argv;
        scope
        {
                Async(int) one = start(call_owned, forever, work, &result);

                await until(&work->begun, 1);
                cancel(one);
                EXPECT_EQ(join(one), -ECANCELED);
        }
        return 0;
}

START_TEST(what_was_left_behind_neither)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_END_MS", "50", 1);
        dies(left_never_ends_program, 71, (const char *const[]){"MORI_OFFLOAD_END_MS", NULL});
}
END_TEST

/* Reports come from another thread here: lines are counted as they come. */
static void starved_write(const char *line, size_t bytes)
{
        if (memmem(line, bytes, "MORI_OFFLOAD_THREADS raises the limit", 37) != NULL)
                set(&works()[2].begun);
        if (memmem(line, bytes, "offloaded function held", 23) != NULL)
                set(&works()[2].ended);
}

HELPER void starved_listen(void)
{
        base_report_to(starved_write);
}

static MORI_ASYNC int starved_program(int argc, char **argv)
{
        struct work *all = works();

        (void)argc, (void)argv;
        starved_listen();
        scope
        {
                Async(int) first = start(call, held, &all[0]), second;

                await until(&all[0].begun, 1);
                second = start(call, answer, &all[1]);
                await until(&all[2].ended, 1);
                set(&all[0].open);
                EXPECT_EQ(join(first), 0);
                EXPECT_EQ(join(second), 0);
        }
        EXPECT_EQ(all[2].begun, 1);
        return 0;
}

START_TEST(a_pool_that_is_stuck_is_reported)
{
        if (simulated())
                return;
        setenv("MORI_OFFLOAD_THREADS", "1", 1);
        io_case(starved_program, 0);
}
END_TEST

/* ---- What an offloaded function must not do */

static int asks_the_time(void *context)
{
        (void)context;
        return (int)mori_now();
}

static MORI_ASYNC int trespass_program(int argc, char **argv)
{
        (void)argc, (void)argv;
        return await mori_offload(asks_the_time, NULL);
}

START_TEST(the_programs_own_is_out_of_reach)
{
        dies(trespass_program, 70,
             (const char *const[]){"an offloaded function has called what belongs to the running "
                                   "program",
                                   "offloaded function ", "mori:   #", NULL});
}
END_TEST

static int breaks_a_contract(void *context)
{
        MORI_REQUIRE(context != NULL);
        return 0;
}

static MORI_ASYNC int broken_program(int argc, char **argv)
{
        (void)argc, (void)argv;
        return await mori_offload(breaks_a_contract, NULL);
}

START_TEST(a_broken_contract_names_the_function)
{
        dies(broken_program, 70,
             (const char *const[]){"the contract `context != NULL` is broken",
                                   "offloaded function ", NULL});
}
END_TEST

#ifndef MORI_SANITIZED
__attribute__((noinline)) static int faults(void *context)
{
        *(volatile int *)context = 1;
        return 0;
}

static MORI_ASYNC int faults_program(int argc, char **argv)
{
        (void)argc, (void)argv;
        return await mori_offload(faults, (void *)8);
}

START_TEST(a_fault_is_that_offloads)
{
        dies(faults_program, -1,
             (const char *const[]){"signal 11", "offloaded function ", "mori:   #", NULL});
}
END_TEST
#endif

static MORI_ASYNC void posted(void *word)
{
        set(word);
}

static int posts(void *context)
{
        return mori_post(posted, context);
}

PROGRAM(a_post_comes_from_an_offloaded_function)
{
        struct work *work = works();

        EXPECT_EQ(await mori_offload(posts, &work->asked), 0);
        await until(&work->asked, 1);
        return 0;
}

/* ---- Races */

static MORI_ASYNC int call_compute(struct work *work)
{
        return await mori_offload_with(answer, work, MORI_OFFLOAD_COMPUTES);
}

/* Cancellation before, while and after it runs: the answer says which. */
PROGRAM(cancellation_races_with_the_end)
{
        struct work *all = works();
        const unsigned rounds = TEST_TIMES(2000);

        for (unsigned round = 0; round < rounds; round++) {
                scope
                {
                        Async(int) calls[4];
                        int result = 0;

                        for (unsigned i = 0; i < 4; i++) {
                                all[i].begun = 0;
                                all[i].result = 1;
                        }
                        calls[0] = start(call, answer, &all[0]);
                        calls[1] = start(call_compute, &all[1]);
                        calls[2] = start(call_owned, answer, &all[2], &result);
                        calls[3] = start(call, answer, &all[3]);
                        for (unsigned i = 0; i < round % 7; i++)
                                EXPECT_EQ(await mori_yield(), 0);
                        for (unsigned i = 0; i < 4; i++)
                                cancel(calls[i]);
                        for (unsigned i = 0; i < 4; i++) {
                                int answered = join(calls[i]);

                                if (i == 2) {
                                        EXPECT((answered == 0 && result == 1) ||
                                               answered == -ECANCELED);
                                        if (answered != 0) /* by its thread, perhaps */
                                                await until(&all[2].released, 1);
                                        EXPECT_EQ(look(&all[2].released), answered != 0);
                                        continue;
                                }
                                EXPECT(answered == 1 || answered == -ECANCELED);
                                EXPECT_EQ(all[i].begun, answered == 1);
                        }
                        all[2].released = 0;
                }
        }
        return 0;
}

IO_MAIN("io/offload", TEST(the_answer_is_the_functions), TEST(the_macro_takes_a_typed_context),
        TEST(errno_is_the_answer_where_it_is_asked_for), TEST(wrong_arguments_are_refused),
        TEST(many_are_answered_each), TEST(others_go_on_meanwhile),
        TEST(what_has_not_begun_is_taken_back), TEST(what_has_begun_is_waited_for),
        TEST(a_function_can_ask_whether_it_is_cancelled),
        TEST(a_cancelled_activity_offloads_nothing), TEST(a_system_call_is_interrupted),
        TEST(an_owned_context_comes_back_with_the_result), TEST(an_owned_one_is_left_behind),
        TEST(an_owned_one_that_waits_is_released), TEST(one_that_is_left_behind_is_told_of_the_end),
        TEST(a_full_queue_is_told), TEST(threads_grow_up_to_the_limit), TEST(threads_end_when_idle),
        TEST(the_teardown_waits_for_the_last_word), TEST(what_never_ends_does_not_hold_up_the_end),
        TEST(what_was_left_behind_neither), TEST(a_pool_that_is_stuck_is_reported),
        TEST(the_programs_own_is_out_of_reach), TEST(a_broken_contract_names_the_function),
#ifndef MORI_SANITIZED
        TEST(a_fault_is_that_offloads),
#endif
        TEST(a_post_comes_from_an_offloaded_function), TEST(cancellation_races_with_the_end))
