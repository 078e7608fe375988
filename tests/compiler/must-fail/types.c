/* SPDX-License-Identifier: MIT */
/* Async is a part of the type: at every depth, in both directions. */
#include <stdlib.h>

#include <mori/keywords.h>

async int later(int x);
int now(int x);
typedef async int (*later_pointer)(int);
typedef int (*now_pointer)(int);

/*
 * error: initialization of 'int (__attribute__((mori_async)) *)(int)' from incompatible pointer
 * type
 */
async int (*table_of_async[2])(int) = {later, now};
now_pointer table_of_sync[2] = {now, later}; /* error: incompatible pointer type */

now_pointer async_as_sync(void)
{
        return later; /* error: incompatible return type */
}

later_pointer sync_as_async(void)
{
        return now; /* error: incompatible return type */
}

async int compare_later(const void *left, const void *right);

void sort(int *values, size_t count)
{
        /* error: passing argument 4 of 'qsort' from incompatible pointer type */
        qsort(values, count, sizeof(*values), compare_later);
}

void deeper(later_pointer *async_pointer, now_pointer *sync_pointer)
{
        async int (**also_async)(int) = async_pointer;

        (void)also_async;
        /* error: assignment to 'int (__attribute__((mori_async)) **)(int)' */
        async_pointer = sync_pointer;
        sync_pointer = async_pointer; /* error: incompatible pointer type */
}

int later(int x) /* error: conflicting types for 'later' */
{
        return x;
}

/* What is the same, is the same. */
async int again(int x);
__typeof__(again) *again_pointer = again;
_Static_assert(__builtin_types_compatible_p(__typeof__(again), async int(int)), "async is async");
_Static_assert(!__builtin_types_compatible_p(__typeof__(again), int(int)), "async is not sync");
/* error: 'mori_async' makes sense only for a function */
int not_a_function __attribute__((mori_async));
