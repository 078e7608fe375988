/* SPDX-License-Identifier: MIT */
/*
 * A deep chain of awaits, whose innermost function does something that a profiler or a sanitizer
 * sees: deep WHAT.
 *
 *      sync        computes in a sync function, behind the gate
 *      async       computes in the innermost async function itself
 *      freed       reads memory there that was freed
 *      race        writes a variable there that an offloaded function writes as well
 *      overflow    adds 1 to the largest int there
 *
 * The frames are such that the chain lies in several segments.
 */
#include <mori/keywords.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define KEPT __attribute__((noinline, noclone))
#ifdef __clang__ /* which knows no other way to keep a function as it is */
#undef KEPT
#define KEPT __attribute__((noinline))
#endif

#define ROUNDS 60000000

static int raced MORI_SHARED;
static int begun MORI_SHARED, written MORI_SHARED; /* relaxed: they order nothing */

static KEPT int computes(int x)
{
        for (volatile int i = 0; i < ROUNDS; i++)
                x ^= i;
        return x;
}

static KEPT int reads_freed(void)
{
        int *volatile place = malloc(sizeof(int) * 10);
        int value;

        free(place);
        value = place[3];
        return value;
}

static KEPT int overflows(int x)
{
        return INT_MAX - 1 + x;
}

static KEPT int writes(void)
{
        raced++;
        return 0;
}

static int look(const int *word)
{
        return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static KEPT int writes_beside(void *nothing)
{
        (void)nothing;
        writes();
        __atomic_store_n(&begun, 1, __ATOMIC_RELAXED);
        while (!look(&written))
                ;
        return 0;
}

static KEPT int behind_gate(const char *what)
{
        int result = 0;

        if (strcmp(what, "sync") == 0)
                result = computes(1);
        else if (strcmp(what, "freed") == 0)
                result = reads_freed();
        else if (strcmp(what, "overflow") == 0)
                result = overflows((int)strlen(what));
        else if (strcmp(what, "race") == 0)
                result = writes();
        __atomic_store_n(&written, 1, __ATOMIC_RELAXED);
        return result & 1;
}

static async int offloads(void)
{
        return await mori_offload(writes_beside, NULL);
}

/* The innermost one. */
static KEPT async int level_4(const char *what, int x)
{
        char bytes[600];
        int result = 0;

        memset(bytes, x, sizeof(bytes));
        if (strcmp(what, "async") == 0) {
                for (volatile int i = 0; i < ROUNDS; i++)
                        result ^= i;
                return (result & 1) + bytes[x];
        }
        if (strcmp(what, "race") == 0) {
                Async(int) other = start(offloads);

                while (!look(&begun))
                        attempt(await mori_sleep(MORI_MS(1)));
                result = behind_gate(what);
                attempt(await join(other));
        } else {
                result = behind_gate(what);
        }
        return result + bytes[x];
}

#define LEVEL(name, next)                                                                          \
        static KEPT async int name(const char *what, int x)                                        \
        {                                                                                          \
                char bytes[300];                                                                   \
                int result;                                                                        \
                                                                                                   \
                memset(bytes, x, sizeof(bytes));                                                   \
                await mori_yield();                                                                \
                result = await next(what, x);                                                      \
                return result + bytes[x];                                                          \
        }
LEVEL(level_3, level_4)
LEVEL(level_2, level_3)
LEVEL(level_1, level_2)

static KEPT async int begins(const char *what)
{
        int result = await level_1(what, 0);

        return result & ~1;
}

async int mori_main(int argc, char **argv)
{
        Async(int) one = start(begins, argc > 1 ? argv[1] : "sync");

        return await join(one);
}
