/* SPDX-License-Identifier: MIT */
/*
 * What the address and thread sanitizers must know of our stacks. Nothing in other builds. Mapped
 * mode only: the sanitizers instrument every frame, and linked stacks are compiled by a plugin that
 * refuses them.
 *
 * And what Valgrind must know, in the other builds of mapped mode: which memory is a stack, so that
 * memcheck takes a switch for one. It is told by words that do nothing outside of Valgrind, where
 * there is time for them.
 */
#pragma once

#include "stack/stack.h"

#include <stddef.h>

#if defined(MORI_MAPPED) && !defined(MORI_SANITIZED) && MORI_HAVE_VALGRIND
/*
 * The thread's classical stack, as far down as starts may use it, and up to the caller's frame;
 * NULL, NULL: it is no worker any more. Answers how far down they may.
 */
char *stack_valgrind_classical(char *lowest, char *highest);
/* A block has become a stack, for good. */
void stack_valgrind_made(void *stack, size_t bytes);
/* C found an activity for a start whose frame is at `start_frame`. */
void stack_valgrind_start(void *start_frame);
#else
static inline char *stack_valgrind_classical(char *lowest, char *highest)
{
        (void)highest;
        return lowest;
}

static inline void stack_valgrind_made(void *stack, size_t bytes)
{
        (void)stack;
        (void)bytes;
}

static inline void stack_valgrind_start(void *start_frame)
{
        (void)start_frame;
}
#endif

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
