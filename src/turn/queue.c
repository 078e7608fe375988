/* SPDX-License-Identifier: MIT */
/*
 * The queues of processes, and how a process goes from one seat to another. The states and
 * invariants are in domain.h.
 *
 * A queue is changed under its seat's lock, for others put processes into it and steal from it.
 * `queued` is read without: whoever sleeps for nothing is woken after it was changed.
 */
#include "turn/domain.h"

#include "turn/process.h"
#include "turn/seat.h"

static void put(struct seat *seat, struct process *process)
{
        process->queue_next = NULL;
        process->queue_link = seat->queue_end;
        *seat->queue_end = process;
        seat->queue_end = &process->queue_next;
        atomic_store_relaxed(&seat->queued, seat->queued + 1);
}

static void take_out(struct seat *seat, struct process *process)
{
        *process->queue_link = process->queue_next;
        if (process->queue_next != NULL)
                process->queue_next->queue_link = process->queue_link;
        else
                seat->queue_end = process->queue_link;
        process->queue_link = NULL;
        atomic_store_relaxed(&seat->queued, seat->queued - 1);
}

void seat_wake(struct seat *seat)
{
        const struct worker *worker = worker_self();

        /* whose loop runs on this thread will look; one that has lost the seat has no loop */
        if (worker->seat != seat || worker->lost)
                platform_io_wake(seat->io);
}

void seat_give(struct seat *seat, struct process *process)
{
        atomic_store_relaxed(&process->seat, seat);
        base_lock(&seat->lock);
        if (process->queue_link == NULL)
                put(seat, process);
        atomic_store_release(&process->holder, seat->number + 1);
        base_unlock(&seat->lock);
        seat_wake(seat);
}

struct process *seat_take(struct seat *seat)
{
        struct process *process;

        base_lock(&seat->lock);
        process = seat->queue;
        if (process != NULL)
                take_out(seat, process);
        base_unlock(&seat->lock);
        return process;
}

/* The first of a queue that is not loaded leaves it, as this seat's. */
static struct process *steal_from(struct seat *victim, struct seat *seat)
{
        struct process *process;

        base_lock(&victim->lock);
        process = victim->queue;
        while (process != NULL && process->worker != NULL)
                process = process->queue_next;
        if (process != NULL) {
                if (seat->is_quiet) /* before its queue is empty, for it may look now */
                        domain_quiet_end(seat);
                take_out(victim, process);
                atomic_store_relaxed(&process->seat, seat);
                atomic_store_release(&process->holder, seat->number + 1);
        }
        base_unlock(&victim->lock);
        return process;
}

struct seat *seat_steal(struct seat *seat)
{
        const struct domain *domain = seat->domain;
        uint32_t i;

        for (i = 1; i < domain->seats_count; i++) {
                struct seat *victim = domain->seats[(seat->number + i) % domain->seats_count];
                struct process *process;

                if (atomic_load_relaxed(&victim->queued) == 0)
                        continue;
                process = steal_from(victim, seat);
                if (process != NULL) {
                        process_load(process); /* it is in no queue: nobody else can have it */
                        return victim;
                }
        }
        return NULL;
}

bool seat_claim(struct seat *seat, struct process *process)
{
        uint32_t holder = atomic_load_acquire(&process->holder);
        bool ours;

        if (holder == HOLDER_NOBODY) {
                if (seat->migrate && atomic_load_relaxed(&process->seat) != seat)
                        return false; /* it is to run at its home */
                if (!atomic_compare_exchange(&process->holder, &holder, seat->number + 1))
                        return false;
                atomic_store_relaxed(&process->seat, seat);
                process->worker = worker_self();
                return true;
        }
        if (holder != seat->number + 1)
                return false;
        base_lock(&seat->lock);
        ours = atomic_load_relaxed(&process->holder) == seat->number + 1 &&
               process->worker == NULL;
        if (ours)
                process->worker = worker_self();
        base_unlock(&seat->lock);
        return ours;
}

/* Where a process goes when it is let go. */
static struct seat *seat_next(struct seat *seat)
{
        const struct domain *domain = seat->domain;

        return seat->migrate ? domain->seats[(seat->number + 1) % domain->seats_count] : seat;
}

/* Nobody has it from now on. */
static void let_go(struct seat *home, struct process *process)
{
        atomic_store_relaxed(&process->seat, home);
        atomic_exchange(&process->holder, HOLDER_NOBODY);
        /*
         * That came meanwhile. Another seat may have it by now, or have ended it: its memory stays
         * a record, and to wake another process for nothing does no harm (record.h).
         */
        if (process_has_news(process))
                process_notify(process, 0);
}

void seat_let_go(struct seat *seat, struct process *process)
{
        struct seat *next = seat_next(seat);
        bool wanted = process_has_news(process) ||
                      (process->state == PROCESS_RUNNING && process_has_turns(process));

        if (process->is_ending_listed || process->state == PROCESS_GONE) {
                base_lock(&seat->lock);
                if (process->queue_link != NULL)
                        take_out(seat, process);
                process->worker = NULL;
                if (process->state == PROCESS_GONE)
                        atomic_store_release(&process->holder, HOLDER_GONE);
                base_unlock(&seat->lock);
                return;
        }
        if (likely(!wanted && process->queue_link == NULL)) {
                process->worker = NULL;
                let_go(next, process);
                return;
        }
        base_lock(&seat->lock);
        if (process->queue_link != NULL && (!wanted || next != seat))
                take_out(seat, process);
        process->worker = NULL;
        if (wanted && next == seat && process->queue_link == NULL)
                put(seat, process);
        base_unlock(&seat->lock);
        if (wanted) {
                if (next != seat)
                        seat_give(next, process);
                return;
        }
        let_go(next, process);
}

void process_notify(struct process *process, uint32_t news)
{
        uint32_t holder;

        if (news != 0)
                atomic_or(&process->news, news);
        holder = atomic_load_ordered(&process->holder);
        while (holder == HOLDER_NOBODY)
                if (atomic_compare_exchange(&process->holder, &holder, HOLDER_TRANSIT)) {
                        seat_give(atomic_load_relaxed(&process->seat), process);
                        return;
                }
        if (holder == HOLDER_TRANSIT || holder == HOLDER_GONE)
                return;
        atomic_store_relaxed(&process->ready.limit, 0); /* it may be loaded, and busy */
        seat_wake(process->domain->seats[holder - 1]);
}
