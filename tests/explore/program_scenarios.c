/* SPDX-License-Identifier: MIT */
/*
 * A program and threads that post to it: while it ends, and while it is run by a host that sleeps
 * in a loop of its own.
 */
#include "scenarios.h"
#include "turn_model.h"

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "activity/program.c"
#endif
#include SUBJECT

#include "base/base.h"

#include <mori/host.h>

static unsigned ran;
static int answers[2];

/* ---- What stands around it */

void platform_call_end(void)
{
}

void platform_domain_end(void)
{
}

void resident_end(struct domain *domain)
{
        (void)domain;
}

/* A program of one process on one seat, whose entry is called once for each of its turns. */
static void program_make(struct program *program, int (*entry)(void *argument))
{
        struct seat_config config = {.stall_ns = -1, .seats = 1};
        struct process *process;

        model_turns_begin();
        ran = 0;
        answers[0] = answers[1] = 1;
        EXPECT_ALWAYS(seat_new(&config, &program->seat) == 0);
        EXPECT_ALWAYS(process_new(program->seat, "p", (void *)entry, NULL, &process) == 0);
        program->seat->process = process;
        program_seat_set(program->seat);
}

/* Posts ask for this. */
static int posted(void *argument)
{
        (void)argument;
        ran++;
        return 0;
}

static void posts(void *argument)
{
        *(int *)argument = mori_post((MORI_ASYNC void (*)(void *))(void *)posted, NULL);
}

/* ---- Its end */

static int returns(void *argument)
{
        (void)argument;
        return 3;
}

/* What was posted runs, or is freed with the program; what comes later is told so. */
static void ends(unsigned posters)
{
        struct program program = {0};
        struct explore_thread *threads[2];
        unsigned accepted = 0;

        program_make(&program, returns);
        explore_begin();
        for (unsigned i = 0; i < posters; i++)
                threads[i] = explore_thread("posts", posts, &answers[i], NULL);
        EXPECT_ALWAYS(program_end(&program, seat_run(program.seat)) == 3);
        for (unsigned i = 0; i < posters; i++)
                explore_join(threads[i]);
        explore_end();
        for (unsigned i = 0; i < posters; i++) {
                EXPECT_ALWAYS(answers[i] == 0 || answers[i] == -ESRCH);
                accepted += answers[i] == 0;
        }
        EXPECT_ALWAYS(ran <= accepted);
        EXPECT_ALWAYS(explore_allocated() == 0);
}

static void one_posts_at_the_end(void)
{
        ends(1);
}

static void two_post_at_the_end(void)
{
        ends(2);
}

const struct explore_scenario explore_scenarios[] = {
        {"one posts at the end", NULL, one_posts_at_the_end, true, 0, 0},
        {"two post at the end", NULL, two_post_at_the_end, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
