/* SPDX-License-Identifier: MIT */
/* What offloaded functions share with others: mutable statics and thread-locals, however deep. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <mori/keywords.h>

static int counter, deep, quiet, compared, combined, stored, assigned, nested, wrapped, typed;
static int comma;
static _Thread_local int per_thread;
static int shared MORI_SHARED;
static _Thread_local int cached MORI_SHARED;
static atomic_int atomic; /* nobody has thought about it unless he says so */
static const int constant[] = {1, 2};
extern int elsewhere;
int another_unit(int *x);
int MORI_THREAD_SAFE guarded(int *x);

static int helper(int x)
{
        deep += x; /* error: mutable static variable 'deep' in offloaded code */
        return x;
}

static int digest(void *context)
{
        static int calls;

        calls++; /* error: mutable static variable 'calls' in offloaded code */
        per_thread = 1; /* error: thread-local variable 'per_thread' in offloaded code */
        atomic++; /* error: mutable static variable 'atomic' in offloaded code */
        /* error: mutable static variable 'elsewhere' in offloaded code */
        elsewhere += elsewhere;
        int initial = counter; /* error: mutable static variable 'counter' in offloaded code */
        another_unit(&nested); /* error: mutable static variable 'nested' in offloaded code */
        shared = cached + constant[0];
        fprintf(stderr, "%d\n", errno);
        return context ? helper(initial) : guarded(NULL);
}

static int compare(const void *left, const void *right)
{
        compared++; /* error: mutable static variable 'compared' in offloaded code */
        return *(const int *)left - *(const int *)right;
}

static int sorts(uint64_t begin, uint64_t end, const void *context)
{
        int values[2] = {(int)begin, (int)end};

        qsort(values, 2, sizeof(values[0]), compare);
        return context != NULL;
}

static void combine(void *into, const void *from, const void *context)
{
        /* error: mutable static variable 'combined' in offloaded code */
        *(int *)into += *(const int *)from + combined;
        (void)context;
}

static int adds(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        *(int *)accumulator += (int)(end - begin) + (context != NULL);
        return 0;
}

/* Found where it is initialised, although only its address is used. */
static const struct mori_reduction sum = {.bytes = sizeof(int), .body = adds, .combine = combine};

static int stores(void *context)
{
        stored = context != NULL; /* error: mutable static variable 'stored' in offloaded code */
        return 0;
}

static int assigns(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        assigned++; /* error: mutable static variable 'assigned' in offloaded code */
        return adds(begin, end, accumulator, context);
}

static void releases(void *context)
{
        free(context);
        wrapped--; /* error: mutable static variable 'wrapped' in offloaded code */
}

static int types(const int *context)
{
        return *context + typed; /* error: mutable static variable 'typed' in offloaded code */
}

static int commas(int *context)
{
        *context = comma; /* error: mutable static variable 'comma' in offloaded code */
        return 0;
}

/* The program's own way to a thread. */
async int by_two(int (*first)(void *) MORI_OFFLOADED, int (*second)(void *));

static int vouched_inside(void *context);

async int uses(int *ret)
{
        struct mori_reduction reduction = {.bytes = sizeof(int), .combine = sum.combine};
        int result;

        attempt(await mori_offload(digest, ret));
        attempt(await mori_parallel_for(0, 9, 0, sorts, NULL));
        attempt(await mori_parallel_reduce(0, 9, &sum, NULL, ret));
        attempt(await by_two(ret ? stores : digest, vouched_inside));
        reduction.body = assigns;
        attempt(await mori_parallel_reduce(0, 9, &reduction, NULL, ret));
        attempt(await mori_offload_owned(digest, ret, releases, 0, &result));
        attempt(await MORI_OFFLOAD(types, ret));
        attempt(await mori_offload((*ret = 1, (int (*)(void *))commas), ret));
        return 0;
}

/* Sync code that nobody offloads, and what only goes through a pointer that does not say so. */
int never_offloaded(void)
{
        return quiet++ + per_thread;
}

static int vouched_inside(void *context)
{
        (void)context;
        return never_offloaded();
}
