/* SPDX-License-Identifier: MIT */
/* Systems that are made in C: what processes are given, how they start, end, and start again. */
#include "support/async.h"

#include "relay.h"

/* A source, a doubler of it, and a user of both. */
struct plan {
        struct source_capabilities source;
        struct user_capabilities user;
        struct mori_system_need doubler_needs[1], user_needs[2];
        struct mori_system_process processes[3];
        struct mori_system system;
};

enum { SOURCE, DOUBLER, USER };

static void plan_make(struct plan *plan)
{
        memset(plan, 0, sizeof *plan);
        mori_program_defaults(mori_program_source.schema, &plan->source);
        mori_program_defaults(mori_program_user.schema, &plan->user);
        plan->user_needs[0] = (struct mori_system_need){.process = DOUBLER};
        plan->processes[SOURCE] = (struct mori_system_process){.name = "source",
                                                               .program = &mori_program_source,
                                                               .settings = &plan->source,
                                                               .restart = MORI_RESTART_TEMPORARY};
        plan->processes[DOUBLER] = (struct mori_system_process){.name = "doubler",
                                                                .program = &mori_program_doubler,
                                                                .needs = plan->doubler_needs,
                                                                .restart = MORI_RESTART_TRANSIENT};
        plan->processes[USER] = (struct mori_system_process){.name = "user",
                                                             .program = &mori_program_user,
                                                             .needs = plan->user_needs,
                                                             .settings = &plan->user,
                                                             .restart = MORI_RESTART_TEMPORARY,
                                                             .ends = true};
        plan->system.processes = plan->processes;
        plan->system.count = 3;
}

/* ---- It runs, and ends with the process that ends it */

static async int runs(int argc, char **argv)
{
        static const char *const words[] = {"a", "b", NULL};
        struct mori_end end;
        struct plan plan;

        (void)argc;
        (void)argv;
        plan_make(&plan);
        EXPECT_EQ(plan.source.begin, 10);
        EXPECT_EQ(plan.user.times, 2);
        EXPECT(plan.user.words[0] == NULL);
        plan.user.words = words;
        EXPECT_EQ(await mori_system_run(&plan.system, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_RETURNED);
        EXPECT_EQ(end.code, 3);
        EXPECT(strcmp(end.name, "user") == 0);
        return 0;
}

START_TEST(a_system_runs_to_its_end)
{
        ck_assert_int_eq(run(runs), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* Until it is stopped after so long. */
static async int runs_for(struct plan *plan, int64_t duration)
{
        struct mori_end end;

        within(duration)
        {
                return await mori_system_run(&plan->system, &end);
        }
        return 0;
}

static async int is_stopped(int argc, char **argv)
{
        struct plan plan;

        (void)argc;
        (void)argv;
        plan_make(&plan);
        plan.user.times = 100;
        plan.user.pause = 10;
        EXPECT_EQ(await runs_for(&plan, MORI_MS(25)), -ETIMEDOUT);
        /* nobody `ends` this one: it ends when all have, and those that serve never do */
        plan_make(&plan);
        plan.processes[USER].ends = false;
        EXPECT_EQ(await runs_for(&plan, MORI_S(10)), -ETIMEDOUT);
        return 0;
}

START_TEST(a_system_is_stopped_in_order)
{
        ck_assert_int_eq(run(is_stopped), 0);
        ck_assert_not_reported();
        assert_nothing_left();
}
END_TEST

/* ---- Failures */

static async int source_fails(int argc, char **argv)
{
        struct mori_end end;
        struct plan plan;

        (void)argc;
        (void)argv;
        plan_make(&plan);
        plan.user.times = 100;
        plan.user.pause = 10;
        plan.source.lives = 25;
        EXPECT_EQ(await mori_system_run(&plan.system, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT_EQ(end.code, -EIO);
        EXPECT(strcmp(end.name, "source") == 0);
        return 0;
}

START_TEST(a_failure_that_nobody_handles_ends_the_system)
{
        ck_assert_int_eq(run(source_fails), 0);
        ck_assert_reported("process source failed");
        ck_assert_reported("the system ends");
        assert_nothing_left();
}
END_TEST

/* The source fails each 25 ms, and is started again with the two others. */
static async int all_again(int argc, char **argv)
{
        struct mori_end end;
        struct plan plan;

        (void)argc;
        (void)argv;
        plan_make(&plan);
        plan.user.times = 100;
        plan.user.pause = 10;
        plan.source.lives = 25;
        plan.processes[SOURCE].restart = plan.processes[USER].restart = MORI_RESTART_TRANSIENT;
        EXPECT_EQ(await mori_system_run(&plan.system, &end), -ENOTRECOVERABLE);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT(strcmp(end.name, "source") == 0);
        return 0;
}

START_TEST(those_that_need_it_are_started_again_with_it)
{
        ck_assert_int_eq(run(all_again), 0);
        ck_assert_reported("it is started again, with those that need it");
        ck_assert_reported("too often");
        assert_nothing_left();
}
END_TEST

/* ---- Starting */

static async int never_exports(int argc, char **argv)
{
        struct mori_end end;
        struct plan plan;

        (void)argc;
        (void)argv;
        plan_make(&plan);
        plan.source.silent = true;
        plan.system.start_limit = MORI_MS(50);
        EXPECT_EQ(await mori_system_run(&plan.system, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_KILLED);

        /* it fails before the limit */
        plan.source.lives = 5;
        EXPECT_EQ(await mori_system_run(&plan.system, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_FAILED);
        EXPECT_EQ(await runs_for(&plan, MORI_MS(2)), -ETIMEDOUT); /* or the system is stopped */
        return 0;
}

START_TEST(who_never_exports_is_killed)
{
        ck_assert_int_eq(run(never_exports), 0);
        ck_assert_reported("has not exported what others need of it within 50 ms");
        assert_nothing_left();
}
END_TEST

static async int plans_are_refused(int argc, char **argv)
{
        struct mori_end end;
        struct plan plan;

        (void)argc;
        (void)argv;
        plan_make(&plan);
        plan.doubler_needs[0].process = DOUBLER; /* itself */
        EXPECT_EQ(await mori_system_run(&plan.system, &end), -EINVAL);
        plan_make(&plan);
        plan.user_needs[1].export_index = 1; /* it has no such export */
        EXPECT_EQ(await mori_system_run(&plan.system, &end), -EINVAL);
        plan_make(&plan);
        plan.processes[USER].needs = NULL;
        EXPECT_EQ(await mori_system_run(&plan.system, &end), -EINVAL);
        plan_make(&plan);
        plan.system.count = 0;
        EXPECT_EQ(await mori_system_run(&plan.system, &end), -EINVAL);
        EXPECT(mori_interface_extends(&big_interface, &number_interface));
        EXPECT(!mori_interface_extends(&number_interface, &big_interface));
        EXPECT(mori_interface_extends(&number_interface, NULL));
        EXPECT(!mori_interface_extends(NULL, &number_interface));
        return 0;
}

START_TEST(plans_that_cannot_start_are_refused)
{
        ck_assert_int_eq(run(plans_are_refused), 0);
        assert_nothing_left();
}
END_TEST

TEST_MAIN("system/system", TEST(a_system_runs_to_its_end), TEST(a_system_is_stopped_in_order),
          TEST(a_failure_that_nobody_handles_ends_the_system),
          TEST(those_that_need_it_are_started_again_with_it), TEST(who_never_exports_is_killed),
          TEST(plans_that_cannot_start_are_refused))
