/* SPDX-License-Identifier: MIT */
/* The verbs of `mori`, and its exit codes (man/mori.1). */
#pragma once

enum {
        EXIT_PROGRAM = 1, /* a program that cannot be loaded */
        EXIT_USAGE = 2,
};

/* Loads a program and runs it to its end; returns its exit code. argv[0] is the program's path. */
int run_program(int argc, char **argv);
/* Tells what the machine offers. */
int info_write(int json);
