/* SPDX-License-Identifier: MIT */
/*
 * The command `mori`: words in, verbs called.
 *
 *      mori run PROGRAM [-- ARGUMENT...]     run.c
 *      mori run SYSTEM                       system/verb.c
 *      mori check [--json] SYSTEM            system/verb.c
 *      mori graph [--svg] SYSTEM             system/verb.c
 *      mori info [--json]                    info.c
 *      mori ps [OPTION...] PID|CORE [PROGRAM]     ps.c
 *      mori why PID|CORE [PROGRAM] NUMBER         why.c
 *      mori --version | --help
 */
#include "tool.h"

#include <mori/base.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
        "usage: mori run PROGRAM [-- ARGUMENT...]\n"
        "       mori run SYSTEM\n"
        "       mori check [--json] SYSTEM\n"
        "       mori graph [--svg] SYSTEM\n"
        "       mori info [--json]\n"
        "       mori ps [--json] [--stacks] [--tree] PID|CORE [PROGRAM]\n"
        "       mori why PID|CORE [PROGRAM] NUMBER\n"
        "       mori --version | --help\n"
        "\n"
        "  run    loads PROGRAM, a shared object with an async entry point mori_main, and runs "
        "it;\n"
        "         or runs SYSTEM, a manifest of processes, NAME.yaml, to its end\n"
        "  check  says what is wrong with a manifest, and runs nothing\n"
        "  graph  draws who has a reference to whom, for graphviz, or as SVG\n"
        "  info   tells version, mode, engine, features of the kernel, and limits\n"
        "  ps     lists the activities of a program that runs, or of a core file\n"
        "  why    tells for whom an activity waits, and who started it\n"
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

/* A manifest, by its name. */
static bool is_system(const char *name)
{
        const char *dot = strrchr(name, '.');

        return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
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
        if (is_system(program))
                return argc == 1 ? system_run(program)
                                 : wrong("run: the arguments of a system stand in its manifest");
        if (argc > 1) { /* the program's path takes the place of the -- */
                argv++;
                argc--;
                argv[0] = program;
        }
        return run_program(argc, argv);
}

/* Of a verb with one option and a manifest. */
static int of_system(const char *verb, const char *option, int (*work)(const char *path, int asked),
                     int argc, char **argv)
{
        int asked = 0;

        for (; argc > 0 && argv[0][0] == '-'; argc--, argv++) {
                if (strcmp(argv[0], option) != 0)
                        return wrong("%s: %s: no such option", verb, argv[0]);
                asked = 1;
        }
        if (argc != 1)
                return wrong("%s: of which system? One manifest is to be named", verb);
        return work(argv[0], asked);
}

static int info(int argc, char **argv)
{
        if (argc > 1 || (argc == 1 && strcmp(argv[0], "--json") != 0))
                return wrong("info: %s: no such option", argv[argc - 1]);
        return info_write(argc == 1);
}

static int list(int argc, char **argv)
{
        int flags = 0;

        for (; argc > 0 && argv[0][0] == '-'; argc--, argv++) {
                if (strcmp(argv[0], "--json") == 0)
                        flags |= PS_JSON;
                else if (strcmp(argv[0], "--stacks") == 0)
                        flags |= PS_STACKS;
                else if (strcmp(argv[0], "--tree") == 0)
                        flags |= PS_TREE;
                else
                        return wrong("ps: %s: no such option", argv[0]);
        }
        if (argc < 1)
                return wrong("ps: of which process, or which core file?");
        if (argc > 2)
                return wrong("ps: %s: one process or core file, and one program, are enough",
                             argv[2]);
        return ps(argv[0], argc == 2 ? argv[1] : NULL, flags);
}

static int explain(int argc, char **argv)
{
        unsigned long number;
        char *end;

        if (argc > 0 && argv[0][0] == '-')
                return wrong("why: %s: no such option", argv[0]);
        if (argc < 2 || argc > 3)
                return wrong("why: of which process or core file, and which activity?");
        errno = 0;
        number = strtoul(argv[argc - 1], &end, 10);
        if (argv[argc - 1][0] < '0' || argv[argc - 1][0] > '9' || *end != '\0' || errno != 0 ||
            number == 0 || number > UINT32_MAX)
                return wrong("why: %s: no number of an activity", argv[argc - 1]);
        return why(argv[0], argc == 3 ? argv[1] : NULL, (uint32_t)number);
}

int main(int argc, char **argv)
{
        if (argc < 2)
                return wrong("what is to be done?");
        if (strcmp(argv[1], "run") == 0)
                return run(argc - 2, argv + 2);
        if (strcmp(argv[1], "check") == 0)
                return of_system("check", "--json", system_check, argc - 2, argv + 2);
        if (strcmp(argv[1], "graph") == 0)
                return of_system("graph", "--svg", system_graph, argc - 2, argv + 2);
        if (strcmp(argv[1], "info") == 0)
                return info(argc - 2, argv + 2);
        if (strcmp(argv[1], "ps") == 0)
                return list(argc - 2, argv + 2);
        if (strcmp(argv[1], "why") == 0)
                return explain(argc - 2, argv + 2);
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
