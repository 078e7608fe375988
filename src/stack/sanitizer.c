/* SPDX-License-Identifier: MIT */
/*
 * The sanitizers' view of a switch. The address sanitizer wants to know the bounds of the stack
 * that runs; it is told just before rsp changes, when nothing that it instruments can come between.
 * (Its fake stacks, which catch uses after a return, are not supported: they would have to be kept
 * for each activity.) The thread sanitizer keeps a fiber for each stack, with its own history.
 *
 * Valgrind is told of each stack once. Then it takes a change of the stack pointer from one to
 * another for a switch, and memcheck forgets nothing and allows nothing by it. What is left is the
 * start frames: they are written below the stack pointer that the classical stack last had, where
 * memcheck takes memory for gone. That is said to be no error, in the part of the classical stack
 * on which only the turn loop runs; and the frame of a start from the loop itself, over which the
 * stack pointer goes on its way to C, keeps what was written there.
 */
#include "stack/sanitizer.h"

#ifdef MORI_SANITIZED

#include "platform/thread.h"

#if BASE_THREAD_SANITIZER
#define UNINSTRUMENTED __attribute__((no_sanitize("thread")))
#else
#define UNINSTRUMENTED __attribute__((no_sanitize("address")))
#endif

#define BLOCK_BYTES ((size_t)1 << STACK_BLOCK_SHIFT)

#if BASE_THREAD_SANITIZER

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

static __thread void *classical;

static void **fiber_of(struct activity *activity)
{
        return (void **)((char *)activity + STACK_MAPPED_FIBER);
}

void stack_sanitizer_new(struct activity *activity)
{
        *fiber_of(activity) = __tsan_create_fiber(0);
}

void stack_sanitizer_free(struct activity *activity)
{
        if (*fiber_of(activity) != NULL)
                __tsan_destroy_fiber(*fiber_of(activity));
        *fiber_of(activity) = NULL;
}

void stack_sanitizer_clear(struct activity *activity)
{
        (void)activity;
}

/* The turns of a worker are in order, so what one wrote the next may read: flags 0. */
UNINSTRUMENTED void stack_sanitizer_switch(struct activity *activity)
{
        if (classical == NULL)
                /* the first switch is away from the classical stack */
                classical = __tsan_get_current_fiber();
        if (activity == NULL || activity->segment.size16 * 16u < BLOCK_BYTES)
                __tsan_switch_to_fiber(classical, 0);
        else
                __tsan_switch_to_fiber(*fiber_of(activity), 0);
}

#else

void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t bytes);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *bytes);
void __asan_unpoison_memory_region(const volatile void *address, size_t bytes);

static __thread char *classical_bottom;
static __thread size_t classical_bytes;

static void unpoison(struct activity *activity)
{
        char *end = (char *)activity + STACK_MAPPED_CONTROL;

        __asan_unpoison_memory_region(end - BLOCK_BYTES, BLOCK_BYTES);
}

void stack_sanitizer_new(struct activity *activity)
{
        unpoison(activity);
}

void stack_sanitizer_free(struct activity *activity)
{
        unpoison(activity);
}

void stack_sanitizer_clear(struct activity *activity)
{
        unpoison(activity);
}

UNINSTRUMENTED void stack_sanitizer_switch(struct activity *activity)
{
        char *bottom = classical_bottom;
        size_t bytes = classical_bytes;

        if (bottom == NULL) { /* the first switch is away from the classical stack */
                bottom = classical_bottom = platform_thread_stack();
                bytes = classical_bytes = platform_thread_stack_bytes();
        }
        if (activity != NULL && activity->segment.size16 * 16u >= BLOCK_BYTES) {
                bottom = (char *)activity + STACK_MAPPED_CONTROL - BLOCK_BYTES;
                bytes = BLOCK_BYTES - STACK_MAPPED_CONTROL;
        }
        __sanitizer_start_switch_fiber(NULL, bottom, bytes);
        __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

#endif

#elif defined(MORI_MAPPED) && MORI_HAVE_VALGRIND

#include <valgrind/memcheck.h>

#define CLASSICAL_BYTES_MIN (1 << 20)

static bool on_valgrind;

char *stack_valgrind_classical(char *lowest, char *highest)
{
        static __thread char *said_lowest, *said_highest;

        on_valgrind = RUNNING_ON_VALGRIND != 0;
        if (!on_valgrind)
                return lowest;
        /* The main thread's stack grows, and is shown as far as it has grown. */
        if (highest - lowest < CLASSICAL_BYTES_MIN && highest != NULL)
                lowest = highest - CLASSICAL_BYTES_MIN;
        if (said_highest != NULL)
                VALGRIND_ENABLE_ADDR_ERROR_REPORTING_IN_RANGE(said_lowest,
                                                              said_highest - said_lowest);
        if (highest != NULL)
                VALGRIND_DISABLE_ADDR_ERROR_REPORTING_IN_RANGE(lowest, highest - lowest);
        said_lowest = lowest;
        said_highest = highest;
        return lowest;
}

void stack_valgrind_made(void *stack, size_t bytes)
{
        if (on_valgrind)
                VALGRIND_STACK_REGISTER(stack, (char *)stack + bytes - 1);
}

void stack_valgrind_start(void *start_frame)
{
        if (on_valgrind)
                VALGRIND_MAKE_MEM_DEFINED(start_frame, STACK_START_FRAME);
}

#endif
