/* SPDX-License-Identifier: MIT */
/*
 * A process of a system, from the inside: it offers what it will export, takes what it needs, and
 * runs its program.
 */
#pragma once

#include <mori/system.h>

/* Where a need is met, as the process is told. */
struct program_need {
        mori_process process;
        const char *name; /* of that process */
        unsigned export_index;
};

/* The argument of a process that runs a program. What it points to is the plan's. */
struct program_begin {
        const struct mori_program *program;
        const void *settings;
        unsigned needs_count;
        struct program_need needs[];
};

/* Its main. */
MORI_ASYNC int program_main(void *argument);

/*
 * What a process that runs a program exports, the index counted among its exports: waits until it
 * has. 0; -ESRCH: there is no such process any more; -ECONNRESET: it has ended; -ECANCELED ...
 */
MORI_ASYNC int program_exported(mori_process process, unsigned export_index, mori_ref *ret_ref);

/* How many fields of a program are of a kind. */
unsigned program_count(const struct mori_program_schema *schema, enum mori_program_kind kind);
