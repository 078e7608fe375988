/* SPDX-License-Identifier: MIT */
/* Sync code can neither start nor wait. */
#include <mori/keywords.h>

async int later(int x);

void starts(void)
{
        ignore(start(later, 1)); /* error: start or wait in 'starts', which is not async */
}

__attribute__((mori_starter)) void starts_for_the_runtime(void)
{
        ignore(start(later, 1));
}
