/* SPDX-License-Identifier: MIT */
/*
 * Async functions that reach blocking calls, in ways that expected.txt names; and ways that are
 * none.
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
