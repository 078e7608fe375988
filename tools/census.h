/* SPDX-License-Identifier: MIT */
/*
 * All processes and activities of a program that is looked at, at one time as nearly as that can be
 * had: where the program runs, it is not stopped, so a census that does not add up is taken again,
 * and the best of several is kept.
 */
#pragma once

#include "target.h"

struct entry {
        struct inspect_activity activity;
        uint32_t process; /* index in `processes` */
        uint32_t owner;   /* number of its owner, or 0 */
        uint32_t depth;
        uint64_t queue;   /* for which it waits, or 0 */
        int sends;        /* to that queue; else it receives */
        int thread;       /* that runs it, or 0 */
        uint64_t worker;  /* the same thread's record, or 0 */
        uint64_t frame;   /* its start frame, where it has started another; or 0 */
};

struct census_process {
        struct inspect_process process;
        uint64_t seat;
        uint32_t generation; /* of the newest activity; 0: not known */
        size_t first, count; /* its entries */
        uint64_t torn, cut;
};

struct census {
        struct census_process *processes;
        size_t processes_count;
        struct entry *entries; /* each behind its owner, in the order of the tree */
        size_t count, room;
        size_t *by_number;     /* indices of entries, sorted */
        uint64_t clock;        /* of the engine, or 0 */
        int complete;          /* 0: it could not be had whole */
};

/* 0, or an exit code after it has said what is wrong. */
int census_take(struct target *target, struct census *ret_census);
void census_free(struct census *census);
/* The entry of a number, or NULL. */
const struct entry *census_find(const struct census *census, uint32_t number);
/* The registers of an activity: 0, or -ENOENT where nobody knows them (it runs, and is no core). */
int census_registers(struct target *target, const struct entry *entry,
                     struct inspect_registers *ret_registers, int *ret_exact);
/* What it waits for, in words; *ret_number: for whom, or 0. */
void census_wait(struct target *target, const struct census *census, const struct entry *entry,
                 char *text, size_t bytes, uint32_t *ret_number);
/* Where it is: the innermost place that is not the runtime's own. False where nobody knows. */
int census_at(struct target *target, const struct entry *entry, struct place *ret_place);
/* How many activities have been started since; -1: not known. */
int64_t census_age(const struct census *census, const struct entry *entry);
/* Says in a line on standard error what is missing, if anything; returns the exit code. */
int census_judge(struct target *target, const struct census *census);
