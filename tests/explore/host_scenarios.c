/* SPDX-License-Identifier: MIT */
/*
 * A host that takes turns with a seat, and sleeps in a loop of its own until the engine's
 * descriptor is readable; meanwhile others post.
 */
#include "scenarios.h"
#include "turn_model.h"

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "activity/host.c"
#endif
#include SUBJECT

#include "turn/domain.h"

#include <string.h>

static struct process *process;
static unsigned ran;

static int waits_for_ever(void *argument)
{
        (void)argument;
        return MODEL_WAITS;
}

static void posted(struct seat *seat, void *first, void *second)
{
        (void)seat;
        (void)first;
        (void)second;
        ran++;
}

static void posts(void *argument)
{
        EXPECT_ALWAYS(seat_post(argument, process, posted, NULL, NULL) == 0);
}

/* As mori_host_open() has it. */
static void host_make(void)
{
        struct seat_config config = {.stall_ns = -1, .seats = 1};

        model_turns_begin();
        ran = 0;
        memset(&host, 0, sizeof host);
        EXPECT_ALWAYS(seat_new(&config, &host.program.seat) == 0);
        EXPECT_ALWAYS(process_new(host.program.seat, "p", (void *)waits_for_ever, NULL,
                                  &process) == 0);
        host.program.seat->process = process;
        host.program.seat->hosted = true;
        host.program.seat->domain->posts_expected = 1;
        host.open = true;
        seat_begin(host.program.seat);
        EXPECT_ALWAYS(mori_host_turn() == 1);
}

static void host_sleeps(unsigned posters)
{
        struct explore_thread *threads[2];

        host_make();
        explore_begin();
        for (unsigned i = 0; i < posters; i++)
                threads[i] = explore_thread("posts", posts, host.program.seat, NULL);
        while (ran < posters) {
                if (mori_host_timeout() != 0)
                        model_poll(host.program.seat->io);
                EXPECT_ALWAYS(mori_host_turn() == 1);
        }
        for (unsigned i = 0; i < posters; i++)
                explore_join(threads[i]);
        explore_end();
        EXPECT_ALWAYS(ran == posters);
}

static void one_posts(void)
{
        host_sleeps(1);
}

static void two_post(void)
{
        host_sleeps(2);
}

const struct explore_scenario explore_scenarios[] = {
        {"a host sleeps, and one posts", NULL, one_posts, true, 0, 0},
        {"a host sleeps, and two post", NULL, two_post, true, 1, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
