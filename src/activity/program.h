/* SPDX-License-Identifier: MIT */
/* What a program needs around its turn loop, for mori_run() and for a host (host.c). */
#pragma once

#include "turn/seat.h"

#include <mori/program.h>

struct program {
        mori_entry_point *entry;
        int argc;
        char **argv;
        struct seat *seat;
        bool hosted; /* its engine is to have a descriptor */
};

/* One runs already: there is one at a time. */
bool program_runs(void);
/*
 * From options to a seat with a process, on which the calling thread may sit down. 0; 78 where that
 * could not be, as reported.
 */
int program_begin(struct program *program, const struct mori_options *options);
/*
 * What a later layer defines, in programs that have it (domain/domain.c): this OS process is a new
 * domain, and has another entry. 0, or a negative errno, as reported.
 */
int domain_inherit(mori_entry_point **ret_entry) __attribute__((weak));
/* After the seat's last round: frees all, and answers the exit code. */
int program_end(struct program *program, int status);
