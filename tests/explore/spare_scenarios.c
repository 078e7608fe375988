/* SPDX-License-Identifier: MIT */
/*
 * The spare: a worker is stuck in a turn, the watch has it give its seat away in the handler of a
 * signal, the spare runs the other process, and the worker wants the seat back: in its turn, or at
 * the end of it. The signal comes at any signal fence of the worker, or in the midst of its turn.
 */
#include "scenarios.h"
#include "turn_model.h"

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "turn/spare.c"
#endif
#include SUBJECT

static struct seat *seat;
static bool touches; /* the long turn needs the seat */
static unsigned others;

/* What stall_look() does of it. */
static void look(void)
{
        if (worker_self()->seat != NULL)
                spare_offer(worker_self()->seat->spare);
}

static void watch(void *argument)
{
        (void)argument;
        if (spare_prepare(seat->spare))
                platform_thread_look(seat->own->thread, look);
}

static int long_turn(void *argument)
{
        (void)argument;
        model_interrupt();
        if (touches) {
                struct seat *held = seat_hold();

                model_interrupt();
                explore_touch(held->io, 8);
                seat_release();
        }
        model_interrupt();
        return 3;
}

static int other_turn(void *argument)
{
        (void)argument;
        others++;
        return 0;
}

static bool is_idle(const void *argument)
{
        (void)argument;
        return seat->spare->idle != 0;
}

static void stuck(bool touching)
{
        struct seat_config config = {.stall_ns = -1, .seats = 1};
        struct process *processes[2];
        struct explore_thread *watcher;

        model_turns_begin();
        model_signals_come();
        touches = touching;
        others = 0;
        EXPECT_ALWAYS(seat_new(&config, &seat) == 0 && spare_new(seat, &seat->spare) == 0);
        EXPECT_ALWAYS(process_new(seat, "stuck", (void *)long_turn, NULL, &processes[0]) == 0);
        EXPECT_ALWAYS(process_new(seat, "other", (void *)other_turn, NULL, &processes[1]) == 0);
        seat->process = processes[0];
        spare_prepare(seat->spare); /* makes the thread */
        explore_step(NULL, false, true, is_idle, NULL, "waits for the spare");
        seat_begin(seat);
        explore_begin();
        watcher = explore_thread("watch", watch, NULL, NULL);
        while (seat_round(seat, UINT64_MAX))
                ;
        EXPECT_ALWAYS(seat_end(seat) == 3);
        explore_join(watcher);
        seat->spare = spare_free(seat->spare);
        explore_end();
        EXPECT_ALWAYS(others <= 1);
        for (unsigned i = 0; i < 2; i++) {
                EXPECT_ALWAYS(processes[i]->state == PROCESS_GONE);
                process_free(processes[i]);
        }
        seat_free(seat);
        EXPECT_ALWAYS(explore_allocated() == 0);
}

static void turn_is_stuck(void)
{
        stuck(false);
}

static void turn_is_stuck_and_touches(void)
{
        stuck(true);
}

const struct explore_scenario explore_scenarios[] = {
        {"a turn is stuck", NULL, turn_is_stuck, true, 2, 3},
        {"a turn is stuck, and needs the seat", NULL, turn_is_stuck_and_touches, true, 2, 3},
        {NULL, NULL, NULL, false, 0, 0},
};
