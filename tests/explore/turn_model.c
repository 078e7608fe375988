/* SPDX-License-Identifier: MIT */
/*
 * What stands around src/turn in a scenario. An activity is a function that is called once for each
 * of its turns, on the stack of who runs it; so stacks and switches are left out. Reports count.
 */
#include "turn_model.h"

#include "memory/heap.h"
#include "platform/call.h"
#include "platform/fault.h"
#include "platform/sim.h"
#include "stack/stack.h"
#include "turn/bond.h"
#include "turn/report.h"
#include "turn/resident.h"
#include "turn/seat.h"
#include "turn/situation.h"
#include "turn/stall.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

char *stack_arena;
unsigned model_reports;

/* A control block, and what it stands for. */
struct model_activity {
        struct activity activity;
        int64_t result; /* at ACTIVITY_RESULT */
        int (*turn)(void *argument);
        void *argument;
};
_Static_assert(offsetof(struct model_activity, result) == ACTIVITY_RESULT, "as in the real one");

void model_turns_begin(void)
{
        model_begin();
        stack_arena = explore_arena();
        model_reports = 0;
}

/* ---- Memory */

void *stack_piece_new(size_t bytes)
{
        return explore_allocate(bytes);
}

void stack_piece_free(void *piece, size_t bytes)
{
        (void)bytes;
        explore_free(piece);
}

void stack_activity_free(struct activity *activity)
{
        explore_free(activity);
}

void *stack_block_new(void)
{
        return explore_allocate(4096);
}

void stack_block_free(void *block)
{
        explore_free(block);
}

bool stack_trim(void)
{
        return false;
}

void stack_worker_init(void)
{
}

void stack_worker_deinit(void)
{
}

void stack_exhausted(const void *start_site, size_t bytes, const char *what)
{
        (void)start_site;
        (void)bytes;
        explore_fail("no %s", what);
}

struct heap *heap_free(struct heap *heap)
{
        return heap;
}

void stack_quota_exceeded(const void *start_site, uint32_t activities_max)
{
        (void)start_site;
        explore_fail("the quota is %u", activities_max);
}

void trap_told(struct process *process)
{
        (void)process;
}

/* ---- Turns */

static void turn(struct model_activity *activity)
{
        int result;

        activity->activity.segment.state = ACTIVITY_STATE_RUNNING;
        result = activity->turn(activity->argument);
        if (result == MODEL_WAITS) {
                activity->activity.segment.state = ACTIVITY_STATE_WAITING_QUIET;
        } else {
                activity->result = result;
                activity->activity.segment.state = ACTIVITY_STATE_DONE;
        }
}

void activity_enter(void *function, void *argument, struct activity *starter)
{
        struct worker *worker = worker_self();
        struct model_activity *activity = explore_allocate(sizeof *activity);

        activity->turn = (int (*)(void *))function;
        activity->argument = argument;
        activity->activity.segment.generation = ++worker->generation;
        activity->activity.sibling_next = starter->children;
        starter->children = stack_ref_of(activity);
        activity->activity.scope = stack_ref_of(&activity->activity.children);
        worker->started =
                (uint64_t)activity->activity.segment.generation << 32 | stack_ref_of(activity);
        worker->live++;
        worker->starts++;
        turn(activity);
}

void activity_resume(struct activity *activity)
{
        worker_self()->turns++;
        turn((struct model_activity *)(void *)activity);
}

void activity_abandon_turn(void)
{
        explore_fail("a turn was abandoned");
}

void activity_finished(struct activity *activity)
{
        (void)activity;
}

void model_wake(struct process *process)
{
        struct activity *entry = activity_at((stack_ref)process->entry);

        if (process->state == PROCESS_RUNNING)
                process_wake(process, entry, 0);
}

/* ---- Reports */

void base_report(const char *format, ...)
{
        (void)format;
        model_reports++;
}

void base_abort(void)
{
        explore_fail("aborted");
}

void activity_report_wait(const struct activity *activity)
{
        (void)activity;
}

void report_activity(const struct activity *activity)
{
        (void)activity;
}

void report_stack(void)
{
}

void situation_report(const struct activity *activity)
{
        (void)activity;
}

/* ---- What no scenario uses */

int platform_fault_stack(bool yes)
{
        (void)yes;
        return 0;
}

void platform_thread_look_allow(void)
{
}

void platform_end_now(int code)
{
        explore_fail("ended with %d", code);
}

void platform_call_ending(void)
{
}

bool platform_call_here(struct platform_call_info *ret_call)
{
        (void)ret_call;
        return false;
}

void platform_call_report(const struct platform_call_info *call)
{
        (void)call;
}

void platform_sim_echo(struct platform_io *io, bool on)
{
        (void)io;
        (void)on;
}

bool platform_sim_is_quiet(const struct platform_io *io)
{
        (void)io;
        return false;
}

void platform_close_now(struct platform_io *io, int fd)
{
        (void)io;
        (void)fd;
}

int stall_watch_new(struct seat *seat, int64_t limit_ns, struct stall **ret_stall)
{
        (void)seat;
        (void)limit_ns;
        *ret_stall = NULL;
        return 0;
}

struct stall *stall_watch_free(struct stall *stall)
{
        return stall;
}

void stall_watch_worker(struct stall *stall, struct worker *worker)
{
        (void)stall;
        (void)worker;
}

void stall_look(void)
{
}

void platform_signal_keep(int number)
{
        (void)number;
}

void resident_thread(struct seat *seat)
{
        (void)seat;
}

void resident_sit_down(struct worker *worker)
{
        (void)worker;
}

void resident_look(struct seat *seat, struct worker *worker)
{
        (void)seat;
        (void)worker;
}
