/* SPDX-License-Identifier: MIT */
/*
 * What does a switch cost?
 *
 *      switch [COUNT]
 *
 *      switch_ns        one bare switch, by the runtime's own two routines: activity_resume() from
 *                       the classical stack and activity_suspend() back, half a round trip
 *      turn_switch_ns   one mori_yield() of two activities that do nothing else: through the queue
 *                       of turns, with whatever the loop does between rounds
 *
 * The bare switch is measured where the turn loop makes it: in a function that is posted to the
 * seat.
 */
#include "turn/seat.h"

/* After the runtime's headers: the keywords are names of fields there. */
#include "bench.h"

#include <stdbool.h>

struct pair {
        struct activity *activity;
        uint64_t count;
        uint64_t resumed;
        uint64_t began;
        uint64_t ended;
        bool enough;
};

/* The activity's side: nothing but suspends. */
static async int suspends(struct pair *pair)
{
        while (!pair->enough) {
                pair->resumed++;
                await activity_suspend();
        }
        return 0;
}

/*
 * The loop's side. The last resume goes the usual way, through the queue, so that its end is a
 * turn.
 */
static void resumes(struct seat *seat, void *first, void *second)
{
        struct pair *pair = first;
        uint64_t i;

        (void)second;
        pair->began = bench_now();
        for (i = 0; i < pair->count; i++)
                activity_resume(pair->activity);
        pair->ended = bench_now();
        pair->enough = true;
        pair->activity->segment.state = ACTIVITY_STATE_WAITING_QUIET;
        process_wake(seat->process, pair->activity, 0);
}

static void post_resumes(struct pair *pair, uint64_t handle)
{
        pair->activity = activity_at((stack_ref)handle);
        MORI_REQUIRE(seat_post(worker_self()->seat, process_self(), resumes, pair, NULL) == 0);
}

static async double switches(uint64_t count)
{
        struct pair *pair = bench_memory(1, sizeof *pair);
        double each;

        pair->count = count;
        Async(int) activity = start(suspends, pair);
        post_resumes(pair, MORI_ACTIVITY(activity).word);
        bench_require(await join(activity) == 0);
        bench_require(pair->resumed == count + 1);
        each = bench_each(pair->began, pair->ended, 2 * count);
        bench_memory_free(pair);
        return each;
}

static async int yields(uint64_t count)
{
        uint64_t i;

        for (i = 0; i < count; i++)
                await mori_yield();
        return 0;
}

static async double turn_switches(uint64_t count)
{
        uint64_t began = bench_now();
        Async(int) other = start(yields, count);

        await yields(count);
        await join(other);
        return bench_each(began, bench_now(), 2 * count);
}

async int mori_main(int argc, char **argv)
{
        uint64_t count = bench_argument(argc, argv, 1, 500000);
        double bare = 1e9, turn = 1e9, each;
        int round;

        for (round = 0; round < BENCH_ROUNDS; round++) {
                each = await switches(count);
                bare = each < bare ? each : bare;
                each = await turn_switches(count);
                turn = each < turn ? each : turn;
        }
        bench_print("switch_ns", bare);
        bench_print("turn_switch_ns", turn);
        return 0;
}
