/* SPDX-License-Identifier: MIT */
/*
 * Errors that memcheck must find in an activity that has waited, and say where: a decision on what
 * was never set, a byte beyond the end of a heap block, a block that is read when it is free. With
 * the name of one as its argument; without, there is none.
 */
#include <mori/keywords.h>

#include <stdlib.h>
#include <string.h>

/* Plain calls of the C library, so that nothing is known at compile time. */
MORI_NONBLOCKING __attribute__((noinline)) static char *take(size_t bytes)
{
        return malloc(bytes);
}

MORI_NONBLOCKING __attribute__((noinline)) static void give(char *block)
{
        free(block);
}

static async __attribute__((noinline)) int decides_on_what_is_not_set(volatile int *word)
{
        attempt(await mori_sleep(MORI_US(10)));
        if (*word == 12345)
                attempt(await mori_sleep(MORI_US(10)));
        return 0;
}

static async __attribute__((noinline)) int unset(void)
{
        volatile int word;

        return await decides_on_what_is_not_set(&word);
}

static async __attribute__((noinline)) int beyond(volatile char *block, size_t at)
{
        attempt(await mori_sleep(MORI_US(10)));
        block[at] = 1;
        return 0;
}

static async int works(const char *what)
{
        char *block = take(10);
        int result = 0;

        if (strcmp(what, "unset") == 0)
                result = await unset();
        else if (strcmp(what, "freed") != 0)
                result = await beyond(block, strcmp(what, "beyond") == 0 ? 10 : 9);
        give(block);
        if (strcmp(what, "freed") == 0)
                result = await beyond(block, 3);
        return result;
}

async int mori_main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "nothing";

        /* Stacks that were used before, and several of them at a time. */
        for (int i = 0; i < 3; i++) {
                Async(int) a = start(works, "nothing"), b = start(works, "nothing");

                attempt(join(b));
                attempt(join(a));
        }
        return join(start(works, what));
}
