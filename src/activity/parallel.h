/* SPDX-License-Identifier: MIT */
/* Data-parallel loops, for wait.c. */
#pragma once

#include "stack/stack.h"

void parallel_interrupt(struct activity *activity, int error);
