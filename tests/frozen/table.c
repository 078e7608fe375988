/* SPDX-License-Identifier: MIT */
#include "table.h"

MORI_FROZEN uint32_t squares[1000];
uint32_t not_frozen[3];

static MORI_INITIALISES void set(uint32_t i, uint32_t value)
{
        squares[i] = value;
}

static MORI_INITIALISES void make_squares(void)
{
        for (uint32_t i = 0; i < 1000; i++)
                set(i, i * i);
}
MORI_AT_LOAD(make_squares);
