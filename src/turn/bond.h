/* SPDX-License-Identifier: MIT */
/*
 * What processes have to do with one another's ends: who holds a process, who waits for its end,
 * who is linked to it.
 *
 * Nouns.
 *   record   the memory of a process (record.h): it is one as long as the process lives or is held
 *   hold     of a process, by the one that started it. While it is held its end can be asked for
 *   monitor  a wait for a process's end. It stands in the list of that process, its target, and is
 *            owned by the watcher; when the target is gone it goes to the watcher's stack of those
 *            told. So telling needs no memory.
 *   link     between two processes, in the list of both; where one ends, the other is ended, or,
 *            where it traps, the link itself becomes what it is told.
 *
 * States of a monitor.
 *
 *      watching --the target is gone--> told --its watcher takes its news--> freed
 *         |                               |
 *         +--cancelled, or the watcher ends (it is owned)--> freed
 *
 * Invariants.
 *  (1) `bonds_lock` of a process guards its list of monitors, their state, its `references` and
 *      `generation`. Who has it may notify other processes, and takes no other process's.
 *  (2) A process that is in a list lives: its teardown takes its own monitors out of the lists of
 *      others before it is gone, and its links under the lock of all links.
 *  (3) A record is recycled when nothing refers to it. Its memory stays that of a record, so that
 *      whoever comes late locks it, and finds another generation.
 *  (4) Locks are taken in this order: the domain's links, a process's bonds, a seat's queue.
 */
#pragma once

#include "turn/end.h"
#include "turn/process.h"

struct monitor {
        struct owned owned; /* by the watcher */
        struct monitor *next, **link; /* in the list of the target, or the watcher's stack */
        struct process *watcher, *target;
        /* The watcher, while it is loaded and runs: frees the monitor. */
        void (*done)(struct monitor *monitor);
        void *owner;
        stack_ref activity;
        bool is_told;
        struct end_told told;
};

/* A half of a link, in the list of one of the two. */
struct link_half {
        struct link_half *next, **link;
        struct process *process;
        bool is_second; /* of the two */
};

struct link {
        struct link_half halves[2];
        struct link *next; /* in the list of those told to one that traps */
        struct end_told told;
};

/* Of a process that was linked once, or traps: under the lock of all links, but for `activity`. */
struct ties {
        struct link_half *links;
        struct end_detail *end; /* why it is to end with another; or NULL */
        bool traps;
        struct link *told, **told_end; /* to one that traps */
        stack_ref activity;            /* who waits for the next, or 0 */
};

/*
 * The process that a handle stands for, with its bonds locked; NULL where there is none. From any
 * process of the domain.
 */
struct process *bond_find(struct domain *domain, uint64_t handle);
static inline void bond_done(struct process *process)
{
        base_unlock(&process->bonds_lock);
}
static inline bool bond_is_gone(const struct process *process)
{
        return process->is_told; /* under the lock */
}

/* The running process holds another, from now on; and not any more. */
void bond_hold(struct process *holder, struct process *process);
void bond_release(struct process *process);

/* The record loses a reference, and is recycled with the last. From any worker. */
void bond_unref(struct process *process, uint32_t reference);

/*
 * Watches a target, which is locked and not gone, for the running process. The monitor is new but
 * for `done`, `owner` and `activity`.
 */
void bond_watch(struct process *target, struct monitor *monitor);
/* Ends the watch; false where it was told already: bond_told_take() will call `done`. */
bool bond_unwatch(struct monitor *monitor);
void bond_told_take(struct process *process);
/* One that is not watching: lets go of what it was told, and frees it. Owned or not. */
void bond_monitor_free(struct monitor *monitor);

/*
 * Links the running process and another: 0, -ESRCH, -ENOMEM. Takes the link away: 0, -ESRCH.
 */
int bond_link(struct process *process, uint64_t other);
int bond_unlink(struct process *process, uint64_t other);
/* The ties of the running process, which are made where there are none: NULL without memory. */
struct ties *bond_ties(struct process *process);
/* The next end that was told: false where there is none. */
bool bond_trap_take(struct process *process, struct end_told *ret_told);

/* ---- For process.c */

/* News of ends: what was told, and links. The process is loaded. */
void bond_news_take(struct process *process);
/* The teardown: what it watches and holds is let go, and what it is linked to learns of its end. */
void bonds_cut(struct process *process);
/* It is gone: those who watch it are told. */
void bonds_tell(struct process *process);

/* What the later layer knows: a trap has something for the activity that waits for it. */
void trap_told(struct process *process);
