/* SPDX-License-Identifier: MIT */
/* What processes have to do with one another's ends. See bond.h. */
#include "turn/bond.h"

#include "base/atomic.h"
#include "turn/domain.h"
#include "turn/record.h"
#include "turn/report.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Finding */

struct process *bond_find(struct domain *domain, uint64_t handle)
{
        struct process *process = record_at(domain, (uint32_t)handle);

        if (process == NULL)
                return NULL;
        base_lock(&process->bonds_lock);
        if (process->references != 0 && process->generation == handle >> 32)
                return process;
        base_unlock(&process->bonds_lock);
        return NULL;
}

/* ---- Holds */

static struct process *at(stack_ref ref)
{
        return ref != 0 ? stack_at(ref) : NULL;
}

void bond_hold(struct process *holder, struct process *process)
{
        struct process *next = at(holder->held);

        process->held_by = stack_ref_of(holder);
        process->held_next = holder->held;
        process->held_previous = 0;
        if (next != NULL)
                next->held_previous = stack_ref_of(process);
        holder->held = stack_ref_of(process);
}

/* A failure that nobody has seen, and nobody can see any more. */
static void report_unseen(const struct process *process)
{
        if (process->end.kind == END_FAILED && !process->is_end_seen &&
            process->domain->first != process && !atomic_load_acquire(&process->domain->closing))
                base_report("mori: nobody saw that process %s failed: %d (%s)%s%s", process->name,
                            process->end.code, strerror(-process->end.code),
                            process->end.detail != NULL ? ": " : "",
                            process->end.detail != NULL ? process->end.detail->text : "");
}

void bond_unref(struct process *process, uint32_t reference)
{
        bool last;

        base_lock(&process->bonds_lock);
        assert_always(process->references >= reference);
        process->references -= reference;
        last = process->references == 0;
        if (last && ++process->generation == 0)
                process->generation = 1;
        base_unlock(&process->bonds_lock);
        if (!last)
                return;
        report_unseen(process);
        record_free(process);
}

void bond_release(struct process *process)
{
        struct process *next = at(process->held_next), *previous = at(process->held_previous);

        if (previous != NULL)
                previous->held_next = process->held_next;
        else
                at(process->held_by)->held = process->held_next;
        if (next != NULL)
                next->held_previous = process->held_previous;
        process->held_by = 0;
        bond_unref(process, PROCESS_REFERENCE_HELD);
}

static void holds_cut(struct process *process)
{
        while (process->held != 0) {
                struct process *held = at(process->held);

                if (held->is_owned && !SEED_BUG(SEED_BUG_OWNED_OUTLIVES))
                        process_kill(held);
                bond_release(held);
        }
}

/* ---- Monitors */

void bond_monitor_free(struct monitor *monitor)
{
        if (monitor->owned.link != NULL)
                process_disown(&monitor->owned);
        (void)end_detail_unref(monitor->told.end.detail);
        stack_piece_free(monitor, sizeof *monitor);
}

static void monitor_release(struct owned *owned)
{
        struct monitor *monitor = (struct monitor *)owned;

        (void)bond_unwatch(monitor);
        bond_monitor_free(monitor);
}

void bond_watch(struct process *target, struct monitor *monitor)
{
        monitor->watcher = worker_self()->process;
        monitor->target = target;
        monitor->next = target->monitors;
        monitor->link = &target->monitors;
        if (monitor->next != NULL)
                monitor->next->link = &monitor->next;
        target->monitors = monitor;
        process_own(monitor->watcher, &monitor->owned, monitor_release);
}

bool bond_unwatch(struct monitor *monitor)
{
        struct process *target = monitor->target;
        bool watched;

        base_lock(&target->bonds_lock); /* it may be another's record by now, which harms nobody */
        watched = !monitor->is_told;
        if (watched) {
                *monitor->link = monitor->next;
                if (monitor->next != NULL)
                        monitor->next->link = monitor->link;
        }
        base_unlock(&target->bonds_lock);
        return watched;
}

/* Whoever tells has the bonds of a process that the watcher watches: so the watcher lives. */
static void told_push(struct process *watcher, struct monitor *monitor)
{
        struct monitor *head = atomic_load_relaxed(&watcher->told);

        do
                monitor->next = head;
        while (!atomic_compare_exchange(&watcher->told, &head, monitor));
        process_notify(watcher, NEWS_TOLD);
}

void bonds_tell(struct process *process)
{
        struct monitor *monitor, *oldest = NULL;

        base_lock(&process->bonds_lock);
        process->is_told = true;
        while ((monitor = process->monitors) != NULL) {
                process->monitors = monitor->next;
                monitor->next = oldest;
                oldest = monitor;
        }
        while ((monitor = oldest) != NULL) {
                oldest = monitor->next;
                process->is_end_seen = true;
                end_tell(process, &monitor->told);
                monitor->is_told = true;
                if (!SEED_BUG(SEED_BUG_END_UNTOLD))
                        told_push(monitor->watcher, monitor);
        }
        base_unlock(&process->bonds_lock);
}

void bond_told_take(struct process *process)
{
        struct monitor *monitor = atomic_exchange(&process->told, NULL), *oldest = NULL;

        while (monitor != NULL) {
                struct monitor *next = monitor->next;

                monitor->next = oldest;
                oldest = monitor;
                monitor = next;
        }
        while ((monitor = oldest) != NULL && process->state == PROCESS_RUNNING) {
                oldest = monitor->next;
                monitor->done(monitor);
        }
}

/* ---- Links: all of them under the domain's lock */

static struct link *link_of(struct link_half *half, struct link_half **ret_other)
{
        struct link *link;

        /* which of the two it is: the halves stand one behind the other, and know their process */
        link = half->is_second ? CONTAINER_OF(half, struct link, halves[1])
                               : CONTAINER_OF(half, struct link, halves[0]);
        *ret_other = &link->halves[half->is_second ? 0 : 1];
        return link;
}

static void half_add(struct link_half *half, struct process *process, bool is_second)
{
        half->process = process;
        half->is_second = is_second;
        half->next = process->ties->links;
        half->link = &process->ties->links;
        if (half->next != NULL)
                half->next->link = &half->next;
        process->ties->links = half;
}

static void half_remove(struct link_half *half)
{
        *half->link = half->next;
        if (half->next != NULL)
                half->next->link = half->link;
}

/* The half of the process that links it to the other, or NULL. */
static struct link_half *half_find(const struct process *process, uint64_t other)
{
        struct link_half *half = process->ties != NULL ? process->ties->links : NULL, *there;

        for (; half != NULL; half = half->next) {
                (void)link_of(half, &there);
                if (process_handle(there->process) == other)
                        break;
        }
        return half;
}

static struct ties *ties_new(void)
{
        struct ties *ties = calloc(1, sizeof *ties);

        if (ties != NULL)
                ties->told_end = &ties->told;
        return ties;
}

/* Under the lock: the other's ties, or these, which are new. */
static void ties_give(struct process *process, struct ties **ties)
{
        if (process->ties != NULL)
                return;
        atomic_store_release(&process->ties, *ties);
        *ties = NULL;
}

struct ties *bond_ties(struct process *process)
{
        struct ties *ties = NULL;

        if (atomic_load_acquire(&process->ties) == NULL) { /* another may just be giving it some */
                ties = ties_new();
                if (ties == NULL)
                        return NULL;
        }
        base_lock(&process->domain->links_lock);
        ties_give(process, &ties);
        base_unlock(&process->domain->links_lock);
        free(ties);
        return process->ties;
}

int bond_link(struct process *process, uint64_t handle)
{
        struct domain *domain = process->domain;
        struct link *link = calloc(1, sizeof *link);
        struct ties *ties = ties_new();
        struct process *other;
        int error = 0;

        if (link == NULL || ties == NULL || bond_ties(process) == NULL) {
                free(link);
                free(ties);
                return -ENOMEM;
        }
        base_lock(&domain->links_lock);
        other = bond_find(domain, handle);
        if (other == NULL || other->is_cut) {
                error = -ESRCH;
        } else if (half_find(process, handle) == NULL) {
                ties_give(other, &ties);
                half_add(&link->halves[0], process, false);
                half_add(&link->halves[1], other, true);
                link = NULL;
        }
        if (other != NULL)
                bond_done(other);
        base_unlock(&domain->links_lock);
        free(link);
        free(ties);
        return error;
}

int bond_unlink(struct process *process, uint64_t handle)
{
        struct domain *domain = process->domain;
        struct link *link = NULL;
        struct link_half *half, *other;

        base_lock(&domain->links_lock);
        half = half_find(process, handle);
        if (half != NULL) {
                link = link_of(half, &other);
                half_remove(half);
                half_remove(other);
        }
        base_unlock(&domain->links_lock);
        free(link);
        return half != NULL ? 0 : -ESRCH;
}

bool bond_trap_take(struct process *process, struct end_told *ret_told)
{
        struct ties *ties = process->ties;
        struct link *link;

        base_lock(&process->domain->links_lock);
        link = ties->told;
        if (link != NULL) {
                ties->told = link->next;
                if (ties->told == NULL)
                        ties->told_end = &ties->told;
        }
        base_unlock(&process->domain->links_lock);
        if (link == NULL)
                return false;
        *ret_told = link->told;
        free(link);
        return true;
}

/* A normal end is nobody else's business but of those who trap. */
static bool is_taking_along(const struct process *process)
{
        return process->end.kind != END_RETURNED || process->end.code != 0;
}

/* One process ends, under the lock: the other is told, or is to end as well. */
static void link_cut(struct process *process, struct link_half *half)
{
        struct link_half *there;
        struct link *link = link_of(half, &there);
        struct process *other = there->process;

        half_remove(half);
        half_remove(there);
        if (other->ties->traps) {
                end_tell(process, &link->told);
                process->is_end_seen = true;
                link->next = NULL;
                *other->ties->told_end = link;
                other->ties->told_end = &link->next;
                process_notify(other, NEWS_TOLD);
                return;
        }
        free(link);
        if (!is_taking_along(process) || SEED_BUG(SEED_BUG_LINK_FORGOTTEN))
                return;
        process->is_end_seen = true;
        if (other->ties->end == NULL) { /* the first of several is the cause */
                other->ties->end = end_detail_of(process);
                process_notify(other, NEWS_TOLD);
        }
}

static void ties_cut(struct process *process)
{
        struct domain *domain = process->domain;
        struct ties *ties = process->ties;
        struct link *link;

        base_lock(&domain->links_lock);
        while (ties->links != NULL)
                link_cut(process, ties->links);
        process->ties = NULL;
        base_unlock(&domain->links_lock);
        (void)end_detail_unref(ties->end);
        while ((link = ties->told) != NULL) {
                ties->told = link->next;
                (void)end_detail_unref(link->told.end.detail);
                free(link);
        }
        free(ties);
}

void bonds_cut(struct process *process)
{
        bool tied;

        base_lock(&process->bonds_lock);
        process->is_cut = true; /* nobody links it from now on */
        tied = process->ties != NULL;
        base_unlock(&process->bonds_lock);
        if (tied)
                ties_cut(process);
        if (process->held != 0)
                holds_cut(process);
}

/* The process ends because another has. */
static void linked_end_take(struct process *process)
{
        struct end_detail *detail;
        const struct end_cause *first, *last;

        base_lock(&process->domain->links_lock);
        detail = process->ties->end;
        process->ties->end = NULL;
        base_unlock(&process->domain->links_lock);
        if (detail == NULL)
                return;
        first = &detail->causes[0];
        last = detail->causes_count > 0 ? &detail->causes[detail->causes_count - 1] : first;
        if (last->kind != END_KILLED && last->kind != END_STOPPED)
                base_report("mori: process %s ends with process %s, which it is linked to%s%s%s%s",
                            process->name, first->name,
                            last != first ? "; it began with process " : "",
                            last != first ? last->name : "", detail->text[0] != '\0' ? ": " : "",
                            detail->text);
        process_end_as(process, END_LINKED, 0, detail);
}

void bond_news_take(struct process *process)
{
        bond_told_take(process);
        if (atomic_load_acquire(&process->ties) == NULL)
                return;
        linked_end_take(process);
        if (process->state == PROCESS_RUNNING)
                trap_told(process);
}
