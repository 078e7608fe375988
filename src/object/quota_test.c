/* SPDX-License-Identifier: MIT */
/* What a process uses up: messages and CPU time. Who exceeds that ends alone, and others are told.
 */
#include "object/served_test.h"

/* What is passed to a child. */
struct spends {
        int calls;
};

static async int adds(calculator c, int count)
{
        int32_t result;

        for (int i = 0; i < count; i++)
                attempt(await calculator_add(c, 1, i, &result));
        return 0;
}

/* Serves its own calculator, or calls the one that it is given by a call of use(). */
static async int child_serves(void *argument)
{
        return await serves(argument);
}

static async int grandchild_calls(void *argument)
{
        const struct spends *spends = argument;
        mori_process child;
        calculator c;

        attempt(await mori_process_start(
                child_serves, NULL, 0, &(struct mori_process_options){.flags = MORI_PROCESS_OWNED},
                &child));
        attempt(mori_process_exported(child, &c.ref));
        attempt(await adds(c, spends->calls));
        mori_ref_drop(c.ref);
        return 0;
}

/* 100 messages are enough for 50 calls, and not for 200; who called is told, and what it served. */
static async int callers(void *argument)
{
        struct mori_process_options options = {.name = "calls", .messages_max = 100};
        struct mori_process_counters counters;
        struct spends spends = {.calls = 50};
        struct mori_end end;
        mori_process caller;

        (void)argument;
        EXPECT_EQ(await mori_process_start(grandchild_calls, &spends, sizeof spends, &options,
                                           &caller),
                  0);
        EXPECT_EQ(await mori_process_wait(caller, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        EXPECT_EQ(mori_process_counters_get(caller, &counters), 0);
        EXPECT(counters.messages >= 50 && counters.messages <= 100);
        EXPECT_EQ(mori_process_release(caller), 0);

        spends.calls = 200;
        EXPECT_EQ(await mori_process_start(grandchild_calls, &spends, sizeof spends, &options,
                                           &caller),
                  0);
        EXPECT_EQ(await mori_process_wait(caller, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_QUOTA);
        EXPECT_EQ(end.code, MORI_QUOTA_MESSAGES);
        EXPECT(strstr(end.text, "the quota of 100 messages is exceeded, by a call of "
                                "Calculator.add") != NULL);
        EXPECT_EQ(mori_process_counters_get(caller, &counters), 0);
        EXPECT_EQ(counters.messages, 100);
        return 0;
}

/* A server's answers count, too; its callers are told that it is gone. */
static async int servers(void *argument)
{
        struct mori_process_options options = {.name = "serves", .messages_max = 100};
        struct mori_end end;
        mori_process server;
        calculator c;

        (void)argument;
        EXPECT_EQ(await mori_process_start(child_serves, NULL, 0, &options, &server), 0);
        EXPECT_EQ(mori_process_exported(server, &c.ref), 0);
        EXPECT_EQ(await adds(c, 50), 0);
        EXPECT_EQ(await adds(c, 200), -ECONNRESET);
        EXPECT_EQ(await mori_process_wait(server, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_QUOTA);
        EXPECT_EQ(end.code, MORI_QUOTA_MESSAGES);
        mori_ref_drop(c.ref);
        return 0;
}

/* ---- CPU time */

MORI_NONBLOCKING __attribute__((noinline)) static void computes(void)
{
        for (volatile unsigned i = 0; i < 100000;)
                i = i + 1;
}

static async int burns(void *argument)
{
        (void)argument;
        for (;;) {
                computes();
                attempt(await mori_yield());
        }
        return 0;
}

/* The same in turns of which each begins with a wait. */
static async int burns_and_sleeps(void *argument)
{
        (void)argument;
        for (;;) {
                computes();
                attempt(await mori_sleep(MORI_US(10)));
        }
        return 0;
}

static async int waits(void *argument)
{
        (void)argument;
        return await mori_sleep(MORI_MS(1));
}

static async int ends_by_cpu(mori_process_main *runs)
{
        struct mori_process_options options = {.name = "burns", .cpu_max = MORI_MS(5)};
        struct mori_process_counters counters;
        struct mori_end end;
        mori_process process;

        EXPECT_EQ(await mori_process_start(runs, NULL, 0, &options, &process), 0);
        EXPECT_EQ(await mori_process_wait(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_QUOTA);
        EXPECT_EQ(end.code, MORI_QUOTA_CPU);
        EXPECT(strstr(end.text, "the quota of 5.000 ms of CPU time is exceeded") != NULL);
        EXPECT_EQ(mori_process_counters_get(process, &counters), 0);
        EXPECT(counters.cpu > (uint64_t)MORI_MS(5));
        return mori_process_release(process);
}

static async int burners(void *argument)
{
        struct mori_process_options options = {.cpu_max = MORI_S(1000)};
        mori_process frugal;
        struct mori_end end;

        (void)argument;
        EXPECT_EQ(await mori_process_start(waits, NULL, 0, &options, &frugal), 0);
        EXPECT_EQ(await ends_by_cpu(burns), 0);
        EXPECT_EQ(await ends_by_cpu(burns_and_sleeps), 0);
        EXPECT_EQ(await mori_process_join(frugal, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        return 0;
}

static void quota_run(unsigned config, async int (*entry)(void *argument))
{
        domain_run(&configs[config], (struct member[]){{"main", entry, NULL}}, 1);
        ck_assert_int_eq(status_of[0], 0);
        ck_assert_msg(strstr(reports, "abandoned: the quota of") != NULL, "%s", reports);
}

START_TEST(messages_of_a_caller)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++)
                quota_run(i, callers);
}
END_TEST

START_TEST(messages_of_a_server)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++)
                quota_run(i, servers);
}
END_TEST

START_TEST(cpu_time)
{
        for (unsigned i = 0; i < ELEMENTS(configs); i++)
                if (configs[i].io.kind != PLATFORM_IO_SIM)
                        quota_run(i, burners);
}
END_TEST

TEST_MAIN("object/quota", TEST(messages_of_a_caller), TEST(messages_of_a_server), TEST(cpu_time))
