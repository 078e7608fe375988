/* SPDX-License-Identifier: MIT */
/* The list of all processes, the end of the program, and quiet. See domain.h. */
#include "turn/domain.h"

#include "platform/thread.h"
#include "turn/process.h"
#include "turn/report.h"
#include "turn/seat.h"

#define DEADLOCK_LISTED 16
#define DEADLOCKS_REPORTED 16 /* processes: there may be a million */

void domain_wake(const struct domain *domain)
{
        uint32_t i;

        for (i = 0; i < domain->seats_count; i++)
                platform_io_wake(domain->seats[i]->io);
}

void domain_end(struct domain *domain)
{
        atomic_store_release(&domain->over, 1);
        domain_wake(domain);
}

void domain_process_add(struct domain *domain, struct process *process)
{
        struct process **all = &domain->seats[0]->all;

        base_lock(&domain->lock);
        process->all_next = *all;
        process->all_link = all;
        if (*all != NULL)
                (*all)->all_link = &process->all_next;
        *all = process;
        atomic_add(&domain->processes, 1);
        if (domain->closing)
                atomic_or(&process->news, NEWS_END);
        base_unlock(&domain->lock);
}

void domain_process_remove(struct domain *domain, struct process *process)
{
        struct process *other;
        bool last;

        base_lock(&domain->lock);
        *process->all_link = process->all_next;
        if (process->all_next != NULL)
                process->all_next->all_link = process->all_link;
        last = atomic_add(&domain->processes, -1u) == 0;
        if (process == domain->first) {
                domain->closing = 1;
                for (other = domain->seats[0]->all; other != NULL; other = other->all_next)
                        process_kill(other);
        }
        last = last && domain->closing;
        base_unlock(&domain->lock);
        if (last)
                domain_end(domain);
}

void domain_rouse(struct domain *domain)
{
        uint64_t resting = atomic_load_relaxed(&domain->resting);

        while (resting != 0) {
                uint64_t bit = resting & -resting;

                if (atomic_fetch_and(&domain->resting, ~bit) & bit) {
                        platform_io_wake(domain->seats[__builtin_ctzll(bit)]->io);
                        return;
                }
                resting &= ~bit;
        }
}

/* ---- Quiet */

/* The runtime's own activity that runs callbacks: it always waits, and nobody misses it. */
static bool is_runner(const struct activity *activity)
{
        return activity->segment.state == ACTIVITY_STATE_WAITING_CALLBACKS;
}

static void deadlock_count(struct activity *activity, void *argument)
{
        *(unsigned *)argument += !is_runner(activity);
}

/* Of a list that could be long: the first, and how many more there are. */
static void deadlock_list(struct activity *activity, void *argument)
{
        unsigned *listed = argument;

        if (activity_waits(activity) && !is_runner(activity) && (*listed)++ < DEADLOCK_LISTED)
                activity_report_wait(activity);
}

void domain_deadlock_report(struct process *process)
{
        unsigned count = 0, listed = 0;

        if (process->state != PROCESS_RUNNING)
                return;
        if (atomic_add(&process->domain->deadlocks, 1) > DEADLOCKS_REPORTED) {
                process->abandoned = true;
                process_end_as(process, END_ABANDONED, 0, end_detail_new("deadlock"));
                return;
        }
        process_each_activity(process, deadlock_count, &count);
        base_report("mori: process %s: deadlock: %u activities wait, and nothing is under way that "
                    "could wake them",
                    process->name, count);
        process_each_activity(process, deadlock_list, &listed);
        if (listed > DEADLOCK_LISTED)
                base_report("mori:   ... and %u more", listed - DEADLOCK_LISTED);
        if (atomic_load_relaxed(&process->domain->deadlocks) == DEADLOCKS_REPORTED)
                base_report("mori: of further processes that are in the deadlock none is reported");
        process->abandoned = true;
        process_end_as(process, END_ABANDONED, 0, end_detail_new("deadlock"));
}

void domain_deadlock(struct domain *domain)
{
        struct process *process;

        base_lock(&domain->lock);
        for (process = domain->seats[0]->all; process != NULL; process = process->all_next)
                process_notify(process, NEWS_DEADLOCK);
        base_unlock(&domain->lock);
}

/* All seats have found nothing to wait for: is there nothing that has come since? */
static bool is_quiet(const struct seat *seat)
{
        struct domain *domain = seat->domain;
        struct process *process;
        bool quiet = true;
        uint32_t i;

        for (i = 0; i < domain->seats_count && quiet; i++)
                quiet = atomic_load_ordered(&domain->seats[i]->requests) == NULL;
        base_lock(&domain->lock);
        for (process = domain->seats[0]->all; process != NULL && quiet;
             process = process->all_next) {
                uint32_t holder = atomic_load_ordered(&process->holder);

                /* one that was just given to us waits in our queue */
                quiet = !process_has_news(process) &&
                        (holder == HOLDER_NOBODY ||
                         (holder == seat->number + 1 && atomic_load_relaxed(&seat->queued) == 0));
        }
        base_unlock(&domain->lock);
        return quiet;
}

bool domain_quiet_begin(struct seat *seat)
{
        struct domain *domain = seat->domain;
        uint32_t stirred, expected;

        if (!seat->is_quiet) {
                seat->is_quiet = true;
                atomic_add(&domain->quiet, 1);
        }
        stirred = atomic_load_ordered(&domain->stirred);
        if (atomic_load_ordered(&domain->quiet) != domain->seats_count)
                return false;
        /* Before the news: who expects none any more has posted before it said so. */
        expected = atomic_load_ordered(&domain->posts_expected);
        if (expected != 0 || !is_quiet(seat))
                return false;
        /* one that was just waking up may have done something behind the look's back */
        if (atomic_load_ordered(&domain->stirred) != stirred)
                return false;
        domain_deadlock(domain);
        return true;
}

void domain_quiet_end(struct seat *seat)
{
        seat->is_quiet = false;
        atomic_add(&seat->domain->quiet, -1u);
        atomic_add(&seat->domain->stirred, 1); /* then, and before anything is done */
}
