/* SPDX-License-Identifier: MIT */
/*
 * What the address and thread sanitizers must know of our stacks. Nothing in other builds. Mapped
 * mode only: the sanitizers instrument every frame, and linked stacks are compiled by a plugin that
 * refuses them.
 */
#pragma once

#include "stack/stack.h"

#ifdef MORI_SANITIZED
/*
 * The stack of an activity is new, is free again, or holds frames that were not left (an abandoned
 * process's).
 */
void stack_sanitizer_new(struct activity *activity);
void stack_sanitizer_free(struct activity *activity);
void stack_sanitizer_clear(struct activity *activity);
/*
 * Called by switch.S just before rsp moves to the stack of `activity`; NULL, or one without a
 * stack: the classical one.
 */
void stack_sanitizer_switch(struct activity *activity);
#else
static inline void stack_sanitizer_new(struct activity *activity)
{
        (void)activity;
}

static inline void stack_sanitizer_free(struct activity *activity)
{
        (void)activity;
}

static inline void stack_sanitizer_clear(struct activity *activity)
{
        (void)activity;
}
#endif
