/* SPDX-License-Identifier: MIT */
/* The frame of an async function has one size, and nothing but waits leaves it. */
#include <alloca.h>
#include <setjmp.h>

#include <mori/keywords.h>

void use(void *pointer);
void use_function(int (*function)(int));
extern jmp_buf somewhere __attribute__((mori_shared));

async void allocates(int count)
{
        use(alloca((unsigned)count)); /* error: 'alloca' in async code */
}

async void allocates_by_builtin(int count)
{
        use(__builtin_alloca((unsigned)count)); /* error: 'alloca' in async code */
}

async void has_array(int count)
{
        char array[count]; /* error: array 'array' of variable length in async code */

        use(array);
}

async int jumps(void)
{
        return setjmp(somewhere); /* error: '_setjmp' in async code */
}

async int has_nested(int x)
{
        int add(int y)
        {
                return x + y;
        }

        use_function(add); /* error: address of the nested function 'add' in async code */
        return add(1);
}

/* Sync code may do all of this. */
void sync_may(int count)
{
        char array[count];

        use(array);
        use(alloca((unsigned)count));
        if (setjmp(somewhere) == 0)
                use(&somewhere);
}
