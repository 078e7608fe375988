/* SPDX-License-Identifier: MIT */
/* A shared object with frozen variables, which its program was linked with, or opens. */
#include "table.h"

static MORI_FROZEN uint32_t cubes[1000];
static MORI_FROZEN uint32_t sum;

static MORI_INITIALISES void make_cubes(void)
{
        for (uint32_t i = 0; i < 1000; i++)
                cubes[i] = i * i * i;
}
MORI_AT_LOAD(make_cubes);

/* Later than what it needs: the order is that of the text. */
static MORI_INITIALISES void make_sum(void)
{
        for (uint32_t i = 0; i < 1000; i++)
                sum += cubes[i];
}
MORI_AT_LOAD(make_sum);

const uint32_t *library_cubes(void)
{
        return cubes;
}

uint32_t library_sum(void)
{
        return sum;
}
