/* SPDX-License-Identifier: MIT */
/*
 * The stall watch. A worker writes two words that only it writes: `rounds`, which is odd while it
 * runs turns, and the count of its turns. The watch's thread wakes up every limit, and
 * where it finds the same odd round and the same turn as the last time, the turn has lasted for at
 * least one limit and at most two. If the worker has used the CPU in that time, or does not want it
 * (it blocks), the watch interrupts it, and it reports its own stack, on its alternate signal
 * stack. A worker that had to wait for a CPU because the machine is busy is not blamed.
 *
 * The interruption is a look (stall_look()), a signal. What is wanted of it stands in the worker's
 * `wants`: the report, and that it gives the seat away (spare.h). One that the spare asks for has
 * the worker serve its engine.
 *
 *      watching --same round and turn--> stalled (reported once) --another turn--> watching
 *      watching --nothing ran for IDLE_LOOKS--> dozing: looks only every IDLE_FACTOR limits
 */
#include "turn/stall.h"

#include "base/atomic.h"
#include "base/base.h"
#include "platform/fault.h"
#include "platform/thread.h"
#include "stack/stack.h"
#include "turn/report.h"
#include "turn/seat.h"
#include "turn/situation.h"
#include "turn/spare.h"

#include <errno.h>
#include <stdlib.h>

#define IDLE_LOOKS 50
#define IDLE_FACTOR 10

enum { WANT_REPORT = 1, WANT_SEAT = 2 };

struct stall {
        struct platform_thread *thread;
        struct seat *seat;
        uint64_t limit_ns;
        struct worker *worker;
        uint64_t count;
        uint32_t quit;
};

void stall_look(void)
{
        struct worker *worker = worker_self();
        struct seat *seat = worker->seat;
        uint32_t wants;

        if (seat == NULL) /* it has just left */
                return;
        wants = atomic_exchange(&worker->wants, 0);
        if (wants & WANT_REPORT) {
                base_report("mori: a turn has kept the worker for longer than the limit; it is at");
                report_activity(worker->activity);
                report_stack();
        }
        if (wants & WANT_SEAT)
                spare_offer(seat->spare);
        if (worker == seat->own)
                platform_io_serve(seat->io);
        if (wants & WANT_REPORT) /* last: it takes a while, and others can run by now */
                situation_report(worker->activity);
}

/* The worker is stuck: blamed once for a turn, asked for the seat again and again. */
static void stuck(struct stall *stall, struct worker *worker, uint32_t round, uint64_t turns)
{
        uint32_t wants = 0;

        if (worker->blamed_round != round || worker->blamed_turns != turns) {
                worker->blamed_round = round;
                worker->blamed_turns = turns;
                atomic_add(&stall->count, 1);
                wants = WANT_REPORT;
        }
        if (worker == stall->seat->own ? spare_prepare(stall->seat->spare)
                                       : spare_is_wanted_back(stall->seat->spare))
                wants |= WANT_SEAT;
        if (wants != 0) {
                atomic_or(&worker->wants, wants);
                platform_thread_look(worker->thread, stall_look);
        }
}

static void watch(void *argument)
{
        struct stall *stall = argument;
        struct worker *last_worker = NULL;
        uint64_t last_turns = 0, last_cpu = 0;
        uint32_t last_round = 0;
        unsigned idle = 0;

        while (atomic_load_acquire(&stall->quit) == 0) {
                struct worker *worker;
                uint64_t turns, cpu;
                uint32_t round;

                platform_thread_wait(&stall->quit, 0,
                                     idle >= IDLE_LOOKS ? stall->limit_ns * IDLE_FACTOR
                                                        : stall->limit_ns);
                worker = atomic_load_acquire(&stall->worker);
                if (worker == NULL)
                        continue;
                round = atomic_load_acquire(&worker->rounds);
                turns = atomic_load_relaxed(&worker->turns) + atomic_load_relaxed(&worker->starts);
                cpu = platform_thread_cpu_time_id(worker->thread);
                if (worker != last_worker || round != last_round || turns != last_turns) {
                        last_worker = worker;
                        last_round = round;
                        last_turns = turns;
                        last_cpu = cpu;
                        idle = 0;
                } else if ((round & 1) == 0) {
                        idle += idle < IDLE_LOOKS;
                } else if (cpu - last_cpu >= stall->limit_ns / 2 ||
                           !platform_thread_is_runnable(worker->thread)) {
                        /* not one that only had to wait for a CPU, on a machine that is busy */
                        stuck(stall, worker, round, turns);
                }
        }
}

int stall_watch_new(struct seat *seat, int64_t limit_ns, struct stall **ret_stall)
{
        struct stall *stall = calloc(1, sizeof *stall);
        int error;

        if (stall == NULL)
                return -ENOMEM;
        stall->seat = seat;
        stall->limit_ns = (uint64_t)limit_ns;
        error = platform_thread_new(watch, stall, "mori-stall", (size_t)64 * 1024, &stall->thread);
        if (error < 0) {
                free(stall);
                return error;
        }
        *ret_stall = stall;
        return 0;
}

struct stall *stall_watch_free(struct stall *stall)
{
        if (stall == NULL)
                return NULL;
        atomic_store_release(&stall->quit, 1);
        platform_thread_notify(&stall->quit);
        platform_thread_join(stall->thread);
        free(stall);
        return NULL;
}

void stall_watch_worker(struct stall *stall, struct worker *worker)
{
        if (stall != NULL)
                atomic_store_release(&stall->worker, worker);
}

uint64_t stall_watch_count(const struct stall *stall)
{
        return stall ? atomic_load_relaxed(&stall->count) : 0;
}
