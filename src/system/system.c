/* SPDX-License-Identifier: MIT */
/*
 * Systems: a supervisor whose children run programs, and who is told where its needs are met.
 *
 * What a child is told (struct program_begin) is copied as it starts. It names processes by their
 * handles, so those that need a process are told its handle whenever it has been started: they come
 * behind it in the list, and start after it, and again after it.
 */
#include <mori/system.h>

#include "base/base.h"
#include "system/program.h"

#include <mori/activity.h>
#include <mori/heap.h>
#include <mori/result.h>
#include <mori/scope.h>

#include <errno.h>
#include <string.h>

#define START_LIMIT MORI_S(30)

/* What `ended` answers for an end that is the system's. */
#define OVER        1

struct running {
        const struct mori_system *plan;
        struct mori_supervised *children;
        struct mori_end end; /* the system's */
};

/* ---- The plan */

static bool need_is_good(const struct mori_system *plan, unsigned at,
                         const struct mori_program_field *field,
                         const struct mori_system_need *need)
{
        const struct mori_program_field *met =
                need->process < at
                        ? mori_program_nth(plan->processes[need->process].program->schema,
                                           MORI_PROGRAM_EXPORT, need->export_index)
                        : NULL;

        return met != NULL && mori_interface_extends(met->interface, field->interface);
}

static bool is_good(const struct mori_system *plan)
{
        if (plan == NULL || plan->processes == NULL || plan->count == 0 ||
            plan->count > MORI_SYSTEM_PROCESSES_MAX || plan->start_limit < 0)
                return false;
        for (unsigned i = 0; i < plan->count; i++) {
                const struct mori_system_process *process = &plan->processes[i];
                const struct mori_program_field *field;

                if (process->name == NULL || process->program == NULL)
                        return false;
                for (unsigned n = 0; (field = mori_program_nth(process->program->schema,
                                                            MORI_PROGRAM_NEED, n)) != NULL;
                     n++)
                        if (process->needs == NULL ||
                            !need_is_good(plan, i, field, &process->needs[n]))
                                return false;
        }
        return true;
}

static void child_init(struct running *running, unsigned index)
{
        const struct mori_system_process *process = &running->plan->processes[index];
        struct mori_supervised *child = &running->children[index];
        unsigned count = program_count(process->program->schema, MORI_PROGRAM_NEED), *needs;
        struct program_begin *begin =
                mori_alloc_zero(1, sizeof *begin + count * sizeof begin->needs[0]);

        begin->program = process->program;
        begin->settings = process->settings;
        begin->needs_count = count;
        needs = mori_alloc((count + 1) * sizeof *needs);
        for (unsigned i = 0; i < count; i++) {
                needs[i] = process->needs[i].process;
                begin->needs[i].name = running->plan->processes[needs[i]].name;
                begin->needs[i].export_index = process->needs[i].export_index;
        }
        *child = (struct mori_supervised){
                .name = process->name,
                .main = program_main,
                .argument = begin,
                .bytes = sizeof *begin + count * sizeof begin->needs[0],
                .restart = process->restart,
                .limit = process->limit,
                .options = process->options,
                .needs = needs,
                .needs_count = count,
        };
}

static void running_free(struct running *running)
{
        for (unsigned i = 0; i < running->plan->count; i++) {
                mori_free((void *)running->children[i].argument);
                mori_free((void *)running->children[i].needs);
        }
        mori_free(running->children);
        mori_free(running);
}

/* ---- Starting */

/* Tells those that need it who it is. */
static void introduce(struct running *running, unsigned index, mori_process process)
{
        for (unsigned i = index + 1; i < running->plan->count; i++) {
                struct program_begin *begin = (void *)running->children[i].argument;

                for (unsigned n = 0; n < begin->needs_count; n++)
                        if (running->children[i].needs[n] == index)
                                begin->needs[n].process = process;
        }
}

/* The next one starts when this one has exported. */
static MORI_ASYNC int started(void *context, unsigned index, mori_process process)
{
        struct running *running = context;
        const struct mori_system_process *of = &running->plan->processes[index];
        int64_t limit = running->plan->start_limit != 0 ? running->plan->start_limit : START_LIMIT;
        mori_ref ref = MORI_NO_REF;
        int error = 0;

        introduce(running, index, process);
        if (program_count(of->program->schema, MORI_PROGRAM_EXPORT) == 0)
                return 0;
        MORI_WITHIN(limit)
        {
                error = MORI_AWAIT program_exported(process, 0, &ref);
        }
        mori_ref_drop(ref);
        if (error == 0)
                return 0;
        MORI_ATTEMPT(mori_cancelled());
        if (error == -ETIMEDOUT || error == -ECANCELED) /* of the block above */
                base_report("mori: process %s has not exported what others need of it within "
                            "%lld ms: it is killed",
                            of->name, (long long)(limit / MORI_MS(1)));
        return -EPIPE;
}

/* ---- Ends */

static bool is_failure(const struct mori_end *end)
{
        return end->kind != MORI_END_RETURNED && end->kind != MORI_END_STOPPED;
}

/* As the supervisor sees it. */
static bool is_to_be_restarted(const struct mori_system_process *process,
                               const struct mori_end *end)
{
        return process->restart == MORI_RESTART_PERMANENT ||
               (process->restart == MORI_RESTART_TRANSIENT && is_failure(end));
}

static int ended(void *context, unsigned index, const struct mori_end *end, bool again)
{
        struct running *running = context;
        const struct mori_system_process *process = &running->plan->processes[index];
        const char *then = "the system ends";
        char words[300];

        running->end = *end;
        if (again)
                then = "it is started again, with those that need it";
        else if (is_to_be_restarted(process, end))
                then = "it was started again too often: the system ends";
        else if (!is_failure(end))
                return process->ends ? OVER : 0;
        base_report("mori: process %s %s: %s", process->name,
                    mori_end_describe(end, words, sizeof words), then);
        return again ? 0 : OVER;
}

/* ---- The whole */

MORI_ASYNC int mori_system_run(const struct mori_system *system, struct mori_end *ret_end)
{
        struct mori_supervisor supervisor = {.strategy = MORI_USERS_FOR_ONE};
        struct running *running;
        int result;

        if (!is_good(system))
                return -EINVAL;
        running = mori_alloc_zero(1, sizeof *running);
        running->plan = system;
        running->children = mori_alloc_zero(system->count, sizeof running->children[0]);
        for (unsigned i = 0; i < system->count; i++)
                child_init(running, i);
        supervisor.children = running->children;
        supervisor.count = system->count;
        supervisor.restarts_max = system->restarts_max;
        supervisor.restarts_within = system->restarts_within;
        supervisor.pause = system->pause;
        supervisor.pause_max = system->pause_max;
        supervisor.started = started;
        supervisor.ended = ended;
        supervisor.context = running;
        result = MORI_AWAIT mori_supervise(&supervisor);
        if (result == 0) /* all have ended well */
                memset(&running->end, 0, sizeof running->end);
        if (result >= 0 || result == -ENOTRECOVERABLE)
                *ret_end = running->end;
        running_free(running);
        return result == OVER ? 0 : result;
}
