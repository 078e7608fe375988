/* SPDX-License-Identifier: MIT */
/*
 * `mori run`: a program is a shared object that defines mori_main. It is bound when it is loaded,
 * as every object of mori is, so what is missing is known before anything runs. The linker's
 * words are put into ours where they mean one of the mistakes that people make.
 */
#include "tool.h"

#include <mori/program.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#if MORI_LINKED
#define OWN_MODE "linked"
#define OTHER_MODE "mapped"
#define OTHER_LIBRARY "libmori-mapped.so"
#else
#define OWN_MODE "mapped"
#define OTHER_MODE "linked"
#define OTHER_LIBRARY "libmori.so"
#endif
#define OTHER_SYMBOL "mori_abi_" OTHER_MODE "_1"

static int other_mode(const char *path)
{
        fprintf(stderr,
                "mori: %s: was built for %s stacks (it needs %s), and this mori runs programs for "
                "%s stacks; build it with moricc -mori-mode=%s\n",
                path, OTHER_MODE, OTHER_SYMBOL, OWN_MODE, OWN_MODE);
        return EXIT_PROGRAM;
}

/* Why it could not be loaded: `words` are those of dlerror(3). */
static int not_loaded(const char *path, const char *words)
{
        const char *symbol = strstr(words, "undefined symbol: ");

        if (strstr(words, OTHER_SYMBOL) != NULL || strstr(words, OTHER_LIBRARY) != NULL)
                return other_mode(path);
        if (symbol != NULL && strstr(symbol, "mori_abi_") != NULL)
                fprintf(stderr, "mori: %s: was built for another version of mori (%s)\n", path,
                        symbol + strlen("undefined symbol: "));
        else if (symbol != NULL)
                fprintf(stderr, "mori: %s: needs %s, which nothing that it was linked with has\n",
                        path, symbol + strlen("undefined symbol: "));
        else if (strstr(words, "invalid ELF header") != NULL ||
                 strstr(words, "file too short") != NULL)
                fprintf(stderr, "mori: %s: is no program: not a shared object\n", path);
        else if (strstr(words, "cannot dynamically load") != NULL)
                fprintf(stderr,
                        "mori: %s: is an executable; run it by itself, or link it with -shared\n",
                        path);
        else
                fprintf(stderr, "mori: %s: cannot be loaded: %s\n", path, words);
        return EXIT_PROGRAM;
}

int run_program(int argc, char **argv)
{
        char path[4096];
        struct stat status;
        mori_entry_point *entry;
        void *program;

        if (stat(argv[0], &status) < 0) {
                fprintf(stderr, "mori: %s: %s\n", argv[0], strerror(errno));
                return EXIT_PROGRAM;
        }
        if (!S_ISREG(status.st_mode)) {
                fprintf(stderr, "mori: %s: is no program: not a file\n", argv[0]);
                return EXIT_PROGRAM;
        }
        /* a name without a slash would be looked for among the system's libraries */
        if ((size_t)snprintf(path, sizeof path, "%s%s", strchr(argv[0], '/') ? "" : "./",
                             argv[0]) >= sizeof path) {
                fprintf(stderr, "mori: %s: %s\n", argv[0], strerror(ENAMETOOLONG));
                return EXIT_PROGRAM;
        }
        program = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (program == NULL)
                return not_loaded(argv[0], dlerror());
        if (dlsym(program, OTHER_SYMBOL) != NULL)
                return other_mode(argv[0]);
        entry = (mori_entry_point *)dlsym(program, "mori_main");
        if (entry == NULL) {
                fprintf(stderr,
                        "mori: %s: has no entry point: it defines no "
                        "`async int mori_main(int argc, char **argv)`\n",
                        argv[0]);
                return EXIT_PROGRAM;
        }
        return mori_run(entry, argc, argv, NULL);
}
