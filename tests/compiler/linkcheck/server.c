/* SPDX-License-Identifier: MIT */
/*
 * Async functions that reach blocking calls, and offloaded ones that reach variables that others
 * share, in ways that expected.txt names; and ways that are none.
 */
#include <stdlib.h>

#include <mori/keywords.h>

#include "log.h"

static int helper(int x)
{
        return log_line(x) + 1;
}

static int compare(const void *left, const void *right)
{
        return log_compare(left, right);
}

static async int other(int x)
{
        return x;
}

async int handle_request(int x)
{
        return helper(x);
}

async void sort(int *values)
{
        qsort(values, 3, sizeof(*values), compare);
}

async int direct(void)
{
        return log_attribute();
}

/* These are looked at by themselves, vouched for, handed to a thread, or never called. */
async void offload(int (*function)(int)) __attribute__((mori_nonblocking));

async int clean(int x)
{
        await offload(log_line);
        x += await handle_request(x);
        x += await other(log_vouched(x));
        return x;
}

static int counts(int x)
{
        return log_count() + x;
}

static int digest(void *context)
{
        return counts(context != NULL) + log_line(1);
}

static int guarded(void *context)
{
        return log_guarded() + (context != NULL);
}

static int body(uint64_t begin, uint64_t end, void *accumulator, const void *context)
{
        *(int *)accumulator = (int)(end - begin);
        return context != NULL ? log_count() : 0;
}

static void combine(void *into, const void *from, const void *context)
{
        *(int *)into += *(const int *)from + (context != NULL);
}

static const struct mori_reduction reduction = {
        .bytes = sizeof(int), .body = body, .combine = combine};

async int offloads(int *number)
{
        attempt(await mori_offload(digest, number));
        attempt(await mori_offload(guarded, number));
        return await mori_parallel_reduce(0, 9, &reduction, number, number);
}

int sync_only(int x)
{
        return helper(x);
}

async int mori_main(int count, char **words)
{
        (void)words;
        return await clean(count);
}

async void offload(int (*function)(int))
{
        (void)function;
}
