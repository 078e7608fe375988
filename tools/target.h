/* SPDX-License-Identifier: MIT */
/*
 * A program that is looked at: one that runs, which is neither stopped nor made to run anything, or
 * a core file. Its memory is read, and addresses in it get names, lines and callers by libdw.
 */
#pragma once

#include "inspect/reader.h"

#include <stdio.h>

struct target;

/*
 * Opens the program with a process id, or the core file, of that name; `program` is the executable
 * of a core, NULL: as the core has it. Says on standard error what is wrong. NULL where it cannot
 * be read.
 */
struct target *target_open(const char *what, const char *program);
/* Takes NULL. */
void target_close(struct target *target);

struct inspect_reader *target_reader(struct target *target);
/* "process 4711", or the name of the core. */
const char *target_name(const struct target *target);
int target_is_core(const struct target *target);
/* What of a core is not there, as a sentence; NULL where nothing is missing. */
const char *target_missing(const struct target *target);
/* True where a program that ran is gone, and nothing more can be read. */
int target_is_gone(const struct target *target);
/* The clock of the program's engine now, where it runs; 0: not to be had. */
uint64_t target_clock(const struct target *target);
/* The registers of a thread, which only a core has. 0 or -ENOENT. */
int target_thread(const struct target *target, int thread, struct inspect_registers *ret_registers);

struct place {
        char function[96]; /* "" where it has no name */
        char file[160];    /* "" where there is no debug information */
        int line;
        char module[64];
        uint64_t offset; /* in the module */
        int is_own;      /* a function of the runtime */
};

/*
 * What is at a code address: functions that are inlined there, innermost first, and the one that
 * they are inlined into. At least one. For a return address, what called is at the byte before.
 */
size_t target_places(struct target *target, uint64_t address, struct place *ret_places, size_t max);
/* The first of these. */
void target_place(struct target *target, uint64_t address, struct place *ret_place);
/* "brew (main.c:20)", as much as is known. */
void place_print(const struct place *place, char *text, size_t bytes);

/*
 * Calls `frame` for each frame, from the innermost outwards, until it answers other than 0, or the
 * base of the activity is reached, or nothing more is known. The routines that join segments and
 * stacks are left out. `exact`: the pc is that of an instruction, not a return address.
 */
void target_unwind(struct target *target, const struct inspect_registers *registers, int exact,
                   int (*frame)(void *argument, const struct place *place, uint64_t pc),
                   void *argument);
