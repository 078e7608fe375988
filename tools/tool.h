/* SPDX-License-Identifier: MIT */
/* The verbs of `mori`, and its exit codes (man/mori.1). */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        EXIT_PROGRAM = 1, /* a program that cannot be loaded, or cannot be read */
        EXIT_USAGE = 2,
        EXIT_INCOMPLETE = 3, /* not all that there is could be told */
        EXIT_CIRCLE = 4,     /* `why`: they wait for one another */
        EXIT_NOBODY = 5,     /* `why`: there is no such activity */
};

/* Loads a program and runs it to its end; returns its exit code. argv[0] is the program's path. */
int run_program(int argc, char **argv);
/*
 * Loads a shared object of mori's; it stays loaded. NULL, with the reason in `why`, without the
 * name.
 */
void *load_object(const char *name, char *why, size_t size);

/* Systems: by the name of a manifest. They return the exit code. */
int system_run(const char *path);
int system_check(const char *path, int json);
int system_graph(const char *path, int svg);

/* Tells what the machine offers. */
int info_write(int json);

enum { PS_JSON = 1, PS_STACKS = 2, PS_TREE = 4 };
/* Tell of a program that runs, or of a core; `program` may be NULL. They return the exit code. */
int ps(const char *what, const char *program, int flags);
int why(const char *what, const char *program, uint32_t number);
