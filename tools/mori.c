/* SPDX-License-Identifier: MIT */
/*
 * The command `mori`: words in, verbs called.
 *
 *      mori run PROGRAM [-- ARGUMENT...]     run.c
 *      mori info [--json]                    info.c
 *      mori --version | --help
 */
#include "tool.h"

#include <mori/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
        "usage: mori run PROGRAM [-- ARGUMENT...]\n"
        "       mori info [--json]\n"
        "       mori --version | --help\n"
        "\n"
        "  run    loads PROGRAM, a shared object with an async entry point mori_main, and runs it\n"
        "  info   tells version, mode, engine, features of the kernel, and limits\n"
        "\n"
        "Environment: MORI_IO=uring|epoll|sim chooses the engine. See mori(1).\n";

static int wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int wrong(const char *format, ...)
{
        va_list arguments;

        fputs("mori: ", stderr);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputs("\nmori: `mori --help` says what can be asked\n", stderr);
        return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
        char *program;

        if (argc < 1)
                return wrong("run: which program?");
        if (argv[0][0] == '-')
                return wrong("run: %s: no such option", argv[0]);
        if (argc > 1 && strcmp(argv[1], "--") != 0)
                return wrong("run: %s: arguments of the program come after --", argv[1]);
        program = argv[0];
        if (argc > 1) { /* the program's path takes the place of the -- */
                argv++;
                argc--;
                argv[0] = program;
        }
        return run_program(argc, argv);
}

static int info(int argc, char **argv)
{
        if (argc > 1 || (argc == 1 && strcmp(argv[0], "--json") != 0))
                return wrong("info: %s: no such option", argv[argc - 1]);
        return info_write(argc == 1);
}

int main(int argc, char **argv)
{
        if (argc < 2)
                return wrong("what is to be done?");
        if (strcmp(argv[1], "run") == 0)
                return run(argc - 2, argv + 2);
        if (strcmp(argv[1], "info") == 0)
                return info(argc - 2, argv + 2);
        if (argc > 2)
                return wrong("%s: no such verb", argv[1]);
        if (strcmp(argv[1], "--version") == 0) {
                printf("mori %s\n", mori_version());
                return 0;
        }
        if (strcmp(argv[1], "--help") == 0) {
                fputs(help, stdout);
                return 0;
        }
        return wrong("%s: no such verb", argv[1]);
}
