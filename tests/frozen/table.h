/* SPDX-License-Identifier: MIT */
/* The frozen variables of the other object, and of the shared one. */
#ifndef TABLE_H
#define TABLE_H

#include <mori/frozen.h>

extern MORI_FROZEN uint32_t squares[1000];
/* What lies beside it and is written all the time. */
extern uint32_t not_frozen[3];

/* The table of a shared object, and the sum of the one that nobody else sees. */
const uint32_t *library_cubes(void);
uint32_t library_sum(void);

#endif
