/* SPDX-License-Identifier: MIT */
/*
 * The stall watch. The worker writes two words that only it writes: `rounds`, which is odd while it
 * is in a round of turns, and the count of its turns. The watch's thread wakes up every limit, and
 * where it finds the same odd round and the same turn as the last time, the turn has lasted for at
 * least one limit and at most two. If the worker has used the CPU in that time, or does not want it
 * (it blocks), the watch interrupts it, and it reports its own stack, on its alternate signal
 * stack. A worker that had to wait for a CPU because the machine is busy is not blamed.
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

#include <errno.h>
#include <stdlib.h>

#define IDLE_LOOKS 50
#define IDLE_FACTOR 10

struct stall {
        struct platform_thread *thread;
        uint64_t limit_ns;
        struct worker *worker;
        int worker_thread;
        uint64_t rounds;
        uint64_t count;
        uint32_t quit;
};

static void look_at_worker(void)
{
        struct worker *worker = worker_self();

        base_report("mori: a turn has kept the worker for longer than the limit; it is at");
        report_activity(worker->activity);
        report_stack();
}

static void watch(void *argument)
{
        struct stall *stall = argument;
        uint64_t last_round = 0, last_turns = 0, last_cpu = 0;
        bool reported = false;
        unsigned idle = 0;

        while (atomic_load_acquire(&stall->quit) == 0) {
                uint64_t round, turns;
                struct worker *worker;

                platform_thread_wait(&stall->quit, 0,
                                     idle >= IDLE_LOOKS ? stall->limit_ns * IDLE_FACTOR
                                                        : stall->limit_ns);
                worker = atomic_load_acquire(&stall->worker);
                if (worker == NULL)
                        continue;
                round = atomic_load_acquire(&stall->rounds);
                turns = atomic_load_relaxed(&worker->turns) + atomic_load_relaxed(&worker->starts);
                if (round == last_round && turns == last_turns) {
                        if ((round & 1) != 0 && !reported) {
                                uint64_t cpu = platform_thread_cpu_time_id(stall->worker_thread);

                                /*
                                 * A machine that is busy with others makes no stall: the worker
                                 * must have run, or not want to.
                                 */
                                if (cpu - last_cpu < stall->limit_ns / 2 &&
                                    platform_thread_is_runnable(stall->worker_thread))
                                        continue;
                                reported = true;
                                atomic_add(&stall->count, 1);
                                platform_thread_look(stall->worker_thread, look_at_worker);
                        }
                        idle += idle < IDLE_LOOKS && (round & 1) == 0;
                        continue;
                }
                last_round = round;
                last_turns = turns;
                last_cpu = platform_thread_cpu_time_id(stall->worker_thread);
                reported = false;
                idle = 0;
        }
}

int stall_watch_new(int64_t limit_ns, struct stall **ret_stall)
{
        struct stall *stall = calloc(1, sizeof *stall);
        int error;

        if (stall == NULL)
                return -ENOMEM;
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
        if (stall == NULL)
                return;
        stall->worker_thread = platform_thread_id();
        platform_fault_stack(worker != NULL);
        atomic_store_release(&stall->worker, worker);
}

void stall_watch_turn(struct stall *stall, bool begins)
{
        (void)begins;
        if (stall != NULL)
                atomic_store_release(&stall->rounds, stall->rounds + 1);
}

uint64_t stall_watch_count(const struct stall *stall)
{
        return stall ? atomic_load_relaxed(&stall->count) : 0;
}
