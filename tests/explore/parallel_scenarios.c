/* SPDX-License-Identifier: MIT */
/* How threads share a parallel loop. */
#include "model.h"
#include "scenarios.h"

/* The subject, and what is static in it; or the same with a seeded bug. */
#ifndef SUBJECT
#define SUBJECT "activity/parallel.c"
#endif
#include SUBJECT

bool platform_call_cancelled(void)
{
        return false;
}

/* Each index is done once, whoever takes it; and of failures the lowest is told. */

#define INDEXES 3

static struct loop loop;
static unsigned done[INDEXES];

static int body(uint64_t begin, uint64_t end, const void *context)
{
        for (uint64_t i = begin; i < end; i++)
                EXPECT_ALWAYS(done[i]++ == 0);
        return context != NULL && begin > 0 ? -(int)begin : 0;
}

static void works(void *argument)
{
        uint64_t begin, end;

        (void)argument;
        while (piece_take(&loop, &begin, &end)) {
                int failure = loop.body(begin, end, loop.context);

                if (failure < 0) {
                        failure_note(&loop, begin, failure);
                        break;
                }
        }
}

static void loop_run(const void *context)
{
        struct explore_thread *threads[2];

        model_begin();
        memset(done, 0, sizeof done);
        loop = (struct loop){.count = INDEXES, .grain = 1, .body = body, .context = context,
                             .calls_count = 2};
        explore_begin();
        for (unsigned i = 0; i < 2; i++)
                threads[i] = explore_thread("works", works, NULL, NULL);
        for (unsigned i = 0; i < 2; i++)
                explore_join(threads[i]);
        explore_end();
}

static void loop_is_shared(void)
{
        loop_run(NULL);
        for (unsigned i = 0; i < INDEXES; i++)
                EXPECT_ALWAYS(done[i] == 1);
        EXPECT_ALWAYS(loop.next == INDEXES && loop.failure == 0);
}

static void loop_fails(void)
{
        loop_run("fails");
        EXPECT_ALWAYS(loop.failure == -1 && loop.failed_at == 1);
        EXPECT_ALWAYS(done[0] == 1 && done[1] == 1);
}

const struct explore_scenario explore_scenarios[] = {
        {"a loop is shared", NULL, loop_is_shared, true, 0, 0},
        {"a loop fails", NULL, loop_fails, true, 0, 0},
        {NULL, NULL, NULL, false, 0, 0},
};
