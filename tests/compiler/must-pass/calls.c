/* SPDX-License-Identifier: MIT */
/*
 * Every kind of call that leaves async code: direct and through pointers, to static and to global
 * functions, variadic, with structures in and out, with many arguments, as tail calls, and those
 * that the compiler makes by itself. The sync functions say whether they run on the classical
 * stack: none of them may run on a segment.
 */
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mori/keywords.h>

#include "parts/calls_sync.h"

#define CHECK(condition) \
        do { \
                if (!(condition)) \
                        return __LINE__; \
        } while (0)

/* ---- Sync functions of this unit */

static __attribute__((noinline)) int own_static(int x)
{
        calls_sync_note();
        return 2 * x;
}

static int compare(const void *left, const void *right)
{
        calls_sync_note();
        return *(const int *)left - *(const int *)right;
}

static __attribute__((noinline)) struct calls_big own_big(struct calls_big in, int x)
{
        calls_sync_note();
        for (int i = 0; i < 40; i++)
                in.values[i] += x;
        return in;
}

static inline int small(int x)
{
        return x * 3;
}

/* ---- Async functions */

static async int one(int x)
{
        await mori_yield();
        return x + 1;
}

/* Deep enough to take segments, and to give them back. */
async int deep(int depth)
{
        char name[64];

        snprintf(name, sizeof(name), "%d", depth);
        if (depth == 0)
                return await one(0);
        return await deep(depth - 1) + (atoi(name) == depth);
}

static async __attribute__((noinline)) int ten(int a, int b, int c, int d, int e, int f, int g,
                                               int h, double i, long j)
{
        int x = await one(a);

        return x + b + c + d + e + f + 10 * g + 100 * h + (int)(1000 * i) + 10000 * (int)j;
}

/* An async function with variable arguments finds those that lie on the caller's segment. */
static async __attribute__((noinline)) int sum_of(int count, ...)
{
        va_list arguments;
        int sum = 0;

        va_start(arguments, count);
        await mori_yield();
        for (int i = 0; i < count; i++)
                sum += va_arg(arguments, int);
        va_end(arguments);
        return sum;
}

static async __attribute__((noinline)) double average(int count, ...)
{
        va_list arguments;
        double sum = 0;

        va_start(arguments, count);
        for (int i = 0; i < count; i++)
                sum += va_arg(arguments, double);
        va_end(arguments);
        await mori_yield();
        return sum / count;
}

static async struct calls_big big(struct calls_big in)
{
        await mori_yield();
        in.values[39]++;
        return in;
}

/* Tail calls: to async code, to sync code by a gate, through a pointer. */
static async __attribute__((noinline)) int tail_async(int x)
{
        return await one(x + 1);
}

static async __attribute__((noinline)) int tail_sync(int x)
{
        return calls_sync_add(x, 1);
}

static async __attribute__((noinline)) int tail_pointer(int (*pointer)(int, int), int x)
{
        return pointer(x, 2);
}

static async __attribute__((noinline)) int tail_async_pointer(async int (*pointer)(int), int x)
{
        return await pointer(x);
}

static async __attribute__((noinline)) int tail_many(int a, int b, int c, int d, int e, int f,
                                                     int g, int h)
{
        return calls_sync_eight(h, g, f, e, d, c, b, a);
}

static async __attribute__((noinline)) int direct(void)
{
        int values[5] = {5, 3, 9, 1, 7};
        char text[200];

        CHECK(own_static(4) == 8);
        CHECK(calls_sync_add(4, 5) == 9);
        CHECK(small(3) == 9);
        qsort(values, 5, sizeof(values[0]), compare);
        CHECK(values[0] == 1 && values[4] == 9);
        CHECK(calls_sync_eight(1, 2, 3, 4, 5, 6, 7, 8) == 12345678);
        snprintf(text, sizeof(text),
                 "%d %d %d %d %d %.2f %.2f %.2f %.2f %.2f %.2f %.2f %.2f %.2f %s", 1, 2, 3, 4, 5,
                 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.25, "end");
        CHECK(strcmp(text, "1 2 3 4 5 1.00 2.00 3.00 4.00 5.00 6.00 7.00 8.00 9.25 end") == 0);
        CHECK(calls_sync_variadic(3, 1.5, 2.5, 3.5) == 7.5);
        CHECK(calls_sync_variadic(10, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.) == 55);
        return 0;
}

static async __attribute__((noinline)) int
through_pointers(const struct calls_operations *operations)
{
        int (*pointers[2])(int, int) = {operations->add, calls_sync_add};

        CHECK(operations->add(1, 2) == 3);
        CHECK(pointers[operations->index](3, 4) == 7);
        CHECK(operations->eight(1, 2, 3, 4, 5, 6, 7, 8) == 12345678);
        CHECK(operations->variadic(10, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.) == 55);
        return 0;
}

static async __attribute__((noinline)) int structures(const struct calls_operations *operations)
{
        struct calls_big value = {{0}};
        struct calls_pair pair;

        value.values[0] = 1;
        value = own_big(value, 2);
        CHECK(value.values[0] == 3 && value.values[39] == 2);
        value = operations->big(value, 1);
        CHECK(value.values[0] == 4 && value.values[39] == 3);
        value = await big(value);
        CHECK(value.values[0] == 4 && value.values[39] == 4);
        pair = calls_sync_pair(7);
        CHECK(pair.whole == 7 && pair.part == 7.5);
        return 0;
}

static async __attribute__((noinline)) int made_by_the_compiler(struct calls_big *from,
                                                                struct calls_big *to, __int128 x,
                                                                __int128 y, __float128 z)
{
        *to = *from;
        to[0].values[0]++;
        CHECK(x / y == 7 && x % y == 2);
        z = z * z + 1;
        CHECK((int)z == 5);
        CHECK(__builtin_popcountll((unsigned long long)x) > 0);
        return 0;
}

static async __attribute__((noinline)) int awaits(void)
{
        CHECK(await ten(1, 2, 3, 4, 5, 6, 7, 8, 9.0, 10) == 2 + 20 + 70 + 800 + 9000 + 100000);
        CHECK(await sum_of(3, 1, 2, 3) == 6);
        CHECK(await sum_of(12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) == 78);
        CHECK(await average(12, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.) == 6.5);
        CHECK(await tail_async(1) == 3);
        CHECK(await tail_sync(1) == 2);
        CHECK(await tail_pointer(calls_sync_add, 1) == 3);
        CHECK(await tail_async_pointer(one, 1) == 2);
        CHECK(await tail_many(8, 7, 6, 5, 4, 3, 2, 1) == 12345678);
        CHECK(await deep(200) == 201);
        return 0;
}

static async __attribute__((noinline)) int starts(void)
{
        Async(int) few = start(one, 41);
        Async(int) many = start(ten, 1, 2, 3, 4, 5, 6, 7, 8, 9.0, 10);
        Async(int) far = start(deep, 300);
        Async(int) late = start(tail_sync, 9);

        CHECK(join(few) == 42);
        CHECK(join(many) == 109892);
        CHECK(join(far) == 301);
        CHECK(join(late) == 10);
        return 0;
}

async int calls_all(void)
{
        struct calls_big from = {{1}}, to;
        int line;

        if ((line = await direct()) || (line = await through_pointers(&calls_sync_operations)) ||
            (line = await structures(&calls_sync_operations)) || (line = await awaits()) ||
            (line = await starts()) ||
            (line = await made_by_the_compiler(&from, &to, ((__int128)1 << 70) * 7 + 2,
                                               (__int128)1 << 70, 2)))
                return line;
        CHECK(to.values[0] == 2);
#ifdef __MORI_LINKED__
        CHECK(calls_sync_misplaced() == 0);
#endif
        CHECK(calls_sync_notes() > 20);
        return 0;
}

async int mori_main(int count, char **words)
{
        int line = await join(start(calls_all)); /* the entry activity has a large first segment */

        (void)count;
        (void)words;
        if (line)
                calls_sync_say(line);
        return line ? 1 : 0;
}
