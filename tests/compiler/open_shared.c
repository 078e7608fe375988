/* SPDX-License-Identifier: MIT */
/* Opens a shared object of async code and runs its calls_all() as a program. */
#include <dlfcn.h>
#include <stdio.h>

#include <mori/mori.h>

static int run_found(void *function)
{
        mori_entry_point *entry = (mori_entry_point *)function;
        const struct mori_options options = {.io = MORI_IO_AUTO};

        return mori_run(entry, 0, NULL, &options);
}

int main(int count, char **words)
{
        void *object = count == 2 ? dlopen(words[1], RTLD_NOW | RTLD_LOCAL) : NULL;
        void *function = object ? dlsym(object, "mori_main") : NULL;

        if (!function) {
                fprintf(stderr, "%s\n", dlerror());
                return 2;
        }
        return run_found(function);
}
