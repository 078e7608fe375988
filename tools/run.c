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
#define OWN_MODE      "linked"
#define OTHER_MODE    "mapped"
#define OTHER_LIBRARY "libmori-mapped.so"
#else
#define OWN_MODE      "mapped"
#define OTHER_MODE    "linked"
#define OTHER_LIBRARY "libmori.so"
#endif
#define OTHER_SYMBOL "mori_abi_" OTHER_MODE "_1"
#define OTHER_WORDS                                                                                \
        "was built for " OTHER_MODE " stacks (it needs " OTHER_SYMBOL                              \
        "), and this mori runs programs for " OWN_MODE                                             \
        " stacks; build it with moricc -mori-mode=" OWN_MODE

/* Why it could not be loaded: `words` are those of dlerror(3). */
static void not_loaded(const char *words, char *why, size_t size)
{
        const char *symbol = strstr(words, "undefined symbol: ");

        if (symbol != NULL)
                symbol += strlen("undefined symbol: ");
        if (strstr(words, OTHER_SYMBOL) != NULL || strstr(words, OTHER_LIBRARY) != NULL)
                snprintf(why, size, OTHER_WORDS);
        else if (symbol != NULL && strstr(symbol, "mori_abi_") != NULL)
                snprintf(why, size, "was built for another version of mori (%s)", symbol);
        else if (symbol != NULL)
                snprintf(why, size, "needs %s, which nothing that it was linked with has", symbol);
        else if (strstr(words, "invalid ELF header") != NULL ||
                 strstr(words, "file too short") != NULL)
                snprintf(why, size, "is no program: not a shared object");
        else if (strstr(words, "cannot dynamically load") != NULL)
                snprintf(why, size, "is an executable; run it by itself, or link it with -shared");
        else
                snprintf(why, size, "cannot be loaded: %s", words);
}

void *load_object(const char *name, char *why, size_t size)
{
        char path[4096];
        struct stat status;
        void *object;

        if (stat(name, &status) < 0) {
                snprintf(why, size, "%s", strerror(errno));
                return NULL;
        }
        if (!S_ISREG(status.st_mode)) {
                snprintf(why, size, "is no program: not a file");
                return NULL;
        }
        /* a name without a slash would be looked for among the system's libraries */
        if ((size_t)snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? "" : "./", name) >=
            sizeof path) {
                snprintf(why, size, "%s", strerror(ENAMETOOLONG));
                return NULL;
        }
        object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (object == NULL) {
                not_loaded(dlerror(), why, size);
                return NULL;
        }
        if (dlsym(object, OTHER_SYMBOL) == NULL)
                return object;
        snprintf(why, size, OTHER_WORDS);
        return NULL;
}

int run_program(int argc, char **argv)
{
        mori_entry_point *entry;
        char why[1000];
        void *program = load_object(argv[0], why, sizeof why);

        if (program == NULL) {
                fprintf(stderr, "mori: %s: %s\n", argv[0], why);
                return EXIT_PROGRAM;
        }
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
