/* SPDX-License-Identifier: MIT */
/*
 * What every layer uses: assertions that stay on, and the marks of functions from the public
 * header.
 */
#pragma once

#include <mori/base.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A broken invariant of mori itself. Prints the place and the condition and aborts the program:
 * nothing can be trusted any more. (A broken contract of a user's program abandons its process
 * instead: process_abandon() in turn/process.h.)
 */
_Noreturn void base_assertion_failed(const char *condition, const char *file, int line,
                                     const char *function);

#define assert_always(condition)                                                                   \
        (__builtin_expect(!!(condition), 1)                                                        \
                 ? (void)0                                                                         \
                 : base_assertion_failed(#condition, __FILE__, __LINE__, __func__))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * Bugs that the simulation must find. They are compiled in for that test alone (tests/sim), which
 * chooses one of them; elsewhere nothing is left of them.
 */
enum {
        SEED_BUG_LOST_WAKE_UP = 1,
        SEED_BUG_DOUBLE_WAKE_UP,
        SEED_BUG_BUFFER_TOO_EARLY,
        SEED_BUG_TEARDOWN_LEAK,
        SEED_BUG_CIRCLE_FALSE,
        SEED_BUG_CIRCLE_MISSED,
        SEED_BUG_CALLBACKS_SWAPPED,
        SEED_BUG_CALLBACK_LOST,
        SEED_BUG_ASKING_STOPS,
        SEED_BUG_PROMISE_LEAK,
        SEED_BUG_END_UNTOLD,
        SEED_BUG_OWNED_OUTLIVES,
        SEED_BUG_LINK_FORGOTTEN,
        SEED_BUG_CALL_OVERTAKES,
        SEED_BUG_RELEASE_SHORT,
        SEED_BUG_CALLER_FORGOTTEN,
        SEED_BUG_PASSED_OVERTAKES,
        SEED_BUG_HANDOFF_UNORDERED,
        SEED_BUG_HANDOFF_FORGOTTEN,
        SEED_BUG_FLUSH_EARLY,
        SEED_BUG_STREAM_OVERTAKES,
        SEED_BUG_STREAM_GOES_ON,
        SEED_BUGS
};
#ifdef MORI_SEED_BUGS
extern unsigned base_seed_bug;
#define SEED_BUG(n) unlikely(base_seed_bug == (n))
#else
#define SEED_BUG(n) false
#endif

/* ThreadSanitizer is told what it cannot see: other stacks, and what the kernel does by itself. */
#if defined(__SANITIZE_THREAD__)
#define BASE_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BASE_THREAD_SANITIZER 1
#endif
#endif
#ifndef BASE_THREAD_SANITIZER
#define BASE_THREAD_SANITIZER 0
#endif

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline size_t round_up(size_t value, size_t unit)
{
        return (value + unit - 1) / unit * unit;
}

/* Ends the program at once, with a core where that is wanted. */
_Noreturn void base_abort(void);
/* A variable of the environment; NULL where it is not set, or empty. */
const char *base_environment(const char *name);

/*
 * Writes a line to standard error in one system call, without allocating: for reports of what went
 * wrong. Truncated at 1024 bytes.
 */
void base_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where reports go; the default is standard error. Tests read them. */
void base_report_to(void (*write_line)(const char *line, size_t bytes));
