/* SPDX-License-Identifier: MIT */
/*
 * Activities: what `start` begins.
 *
 * Nouns.
 *   activity   one chain of awaits on one small stack. It belongs to the scope in which it was
 *              started (scope.h), and never outlives it.
 *   turn       what a process runs between two waits. Activities of a process never run at the same
 *              time; they take turns, and turns change at awaits and starts, nowhere else.
 *   handle     `MORI_HANDLE(T)`, one word: an activity whose function returns T. It is linear:
 *              joined or ignored, once. A handle that is used a second time abandons the process,
 *              with a report.
 *
 * Rules.
 *   (1) `start` runs the function at once, on a stack of its own, until it first waits or returns;
 *       then the starter goes on. A function that never waits has run to its end, and nothing was
 *       allocated beyond a segment from the lookaside.
 *   (2) The result stays with the activity until it is joined. T has at most 16 bytes and comes
 *       back in registers: it is no long double, no structure with one, none that is packed so that
 *       a field is not aligned.
 *   (3) Arguments are evaluated once, before the activity begins. A literal 0 for a pointer must be
 *       written NULL. The address of a local may be passed only where a scope inside the local's
 *       block ends before it (scope.h). On mapped stacks the arguments of a start have at most
 *       256 bytes together. On linked stacks a function with `...` can be started with arguments
 *       in registers only.
 *   (4) What was started and neither joined nor ignored is joined when its scope is left; where its
 *       result says failure, and the scope was not cancelled, that is reported with the place where
 *       it was started.
 *   (5) A result fails if it is an int below 0. (Other types cannot say; use a Result, result.h.)
 */
#pragma once

#include <mori/base.h>
#include <mori/detail/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An activity in general, without its type. Zero is no activity. */
struct mori_activity_handle {
        uint64_t word;
};
typedef struct mori_activity_handle mori_activity;

/*
 * The handle of an activity whose function returns T; `Async(T)` with <mori/keywords.h>. A pointer
 * type, so that handles of different T do not mix; it is never dereferenced.
 */
#define MORI_HANDLE(T) __typeof__(T(**)(struct mori_activity_handle))

/*
 * MORI_START(function, arguments...): starts function(arguments...) (at most 12 arguments) and
 * returns its MORI_HANDLE. `start` with <mori/keywords.h>. Cannot fail: where memory or a limit is
 * exhausted the process is abandoned, with a report that names the function and the limit.
 */
#define MORI_START(...) MORI_DETAIL_START(__VA_ARGS__)

/*
 * MORI_JOIN(handle): waits until the activity has returned, and returns what it returned. The
 * handle is spent. Joining is not interrupted by cancellation: who owns the activity is cancelled
 * with it, and ends soon. To wait no longer than a deadline: mori_wait(). Async.
 */
#define MORI_JOIN(handle) MORI_DETAIL_JOIN(handle)

/*
 * The activity of a typed handle, for the functions below. The handle is still to be joined or
 * ignored.
 */
#define MORI_ACTIVITY(handle) ((mori_activity){(uint64_t)(uintptr_t)(handle)})

/*
 * Asks an activity to end, with everything that its scopes own: from now on every wait of theirs
 * answers -ECANCELED (scope.h). Does not wait; the handle is still to be joined. Does nothing to an
 * activity that has ended.
 */
#define MORI_CANCEL(handle) mori_cancel(MORI_ACTIVITY(handle))
MORI_API void mori_cancel(mori_activity activity);
/* Asks it to come to a good end: only waits in a MORI_SOFT block answer -ECANCELED. */
MORI_API void mori_cancel_soft(mori_activity activity);

/*
 * Nobody will join this activity: its result is dropped when it ends, and reported if it says
 * failure (not where it was cancelled). The handle is spent. Its scope still owns it.
 */
#define MORI_IGNORE(handle) mori_ignore(MORI_ACTIVITY(handle))
MORI_API void mori_ignore(mori_activity activity);

/* Whether the activity has ended, so that a join would not wait. */
#define MORI_DONE(handle) mori_done(MORI_ACTIVITY(handle))
MORI_API int mori_done(mori_activity activity);

/*
 * Waits until the activity has ended and leaves it to be joined. Returns 0; -ECANCELED or
 * -ETIMEDOUT where the waiting scope was cancelled or its deadline has passed.
 */
MORI_API MORI_ASYNC int mori_wait(mori_activity activity) MORI_MUST_CHECK;

/*
 * Waits until one of `count` activities has ended: returns its index, the lowest where several
 * have. -ECANCELED, -ETIMEDOUT; -EINVAL for a count of 0. None is joined.
 */
MORI_API MORI_ASYNC int mori_wait_any(const mori_activity *activities,
                                      unsigned count) MORI_MUST_CHECK;
/* Waits until all have ended. Returns 0, -ECANCELED or -ETIMEDOUT. */
MORI_API MORI_ASYNC int mori_wait_all(const mori_activity *activities,
                                      unsigned count) MORI_MUST_CHECK;

/* The activity that runs now. */
MORI_API mori_activity mori_self(void);

/*
 * Lets the other activities of this process take their turns. Returns 0, -ECANCELED or -ETIMEDOUT.
 */
MORI_API MORI_ASYNC int mori_yield(void);

/*
 * Waits for a duration in nanoseconds; 0 or less is mori_yield(). Returns 0, -ECANCELED or
 * -ETIMEDOUT.
 */
MORI_API MORI_ASYNC int mori_sleep(int64_t duration) MORI_MUST_CHECK;

/*
 * Nanoseconds of the monotonic clock (virtual in a simulation), as of the beginning of the seat's
 * round of turns at the latest.
 */
MORI_API int64_t mori_now(void);

/*
 * Where the work of this activity came from: a number that `start` hands down. Set it to begin a
 * new piece of work, for instance at each request; a fresh one is made for 0. Returns the number
 * that was set.
 */
MORI_API uint64_t mori_causality(void);
MORI_API uint64_t mori_causality_set(uint64_t causality);

/* ---- What the macros are made of */

MORI_API void mori_enter(void);
MORI_API void mori_join_enter(void);

#define MORI_DETAIL_ARGUMENT_BYTES_MAX 256
#define MORI_DETAIL_KIND(T) ((uint64_t)(__builtin_types_compatible_p(T, int) ? 16u : 0u))

#define MORI_DETAIL_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, n, ...) n
#define MORI_DETAIL_COUNT(...)                                                                     \
        MORI_DETAIL_COUNT_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, )
#define MORI_DETAIL_CAT_(a, b) a##b
#define MORI_DETAIL_CAT(a, b) MORI_DETAIL_CAT_(a, b)

#define MORI_DETAIL_START(...) \
        MORI_DETAIL_CAT(MORI_DETAIL_START_, MORI_DETAIL_COUNT(__VA_ARGS__))(__VA_ARGS__)

#define MORI_DETAIL_BEGIN(function, arguments)                                                     \
        typedef __typeof__((function)arguments) mori_detail_result;                                \
        enum { mori_detail_bytes_0 = 0 };                                                          \
        __typeof__(&*(function)) mori_detail_function = (function), mori_detail_enter;             \
        _Static_assert(                                                                            \
                sizeof(mori_detail_result) <= 16,                                                  \
                "a started function returns at most 16 bytes: return through a pointer instead");  \
        _Static_assert(!__builtin_types_compatible_p(mori_detail_result, long double),             \
                       "a started function cannot return a long double");

#define MORI_DETAIL_END(arguments) \
        mori_detail_start((void *)mori_detail_function, MORI_DETAIL_KIND(mori_detail_result)); \
        mori_detail_enter = (__typeof__(mori_detail_enter))mori_detail_opaque((void *)mori_enter); \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wunused-result\"") \
        /* A literal is an int in its copy. */ \
        _Pragma("GCC diagnostic ignored \"-Wsign-conversion\"") \
        (void)mori_detail_enter arguments; \
        _Pragma("GCC diagnostic pop") \
        (MORI_HANDLE(mori_detail_result))(uintptr_t)mori_detail_started();

/*
 * An argument: evaluated, and its bytes added to those before. A mapped start copies a fixed number
 * of bytes of stack arguments, because nobody tells it how many there are.
 */
#define MORI_DETAIL_A(n, before, a) \
        __auto_type mori_detail_##n = (a); \
        enum { \
                mori_detail_bytes_##n = \
                        mori_detail_bytes_##before + MORI_DETAIL_BYTES(mori_detail_##n) \
        }; \
        _Static_assert(MORI_LINKED || __alignof__(mori_detail_##n) <= 32, \
                       "an argument of a start is aligned to at most 32 bytes: pass its address"); \
        _Static_assert(MORI_LINKED || \
                               (int)mori_detail_bytes_##n <= MORI_DETAIL_ARGUMENT_BYTES_MAX, \
                       "the arguments of a start have at most 256 bytes: pass their address");
/* On the stack, with what its alignment may cost. */
#define MORI_DETAIL_BYTES(a) \
        ((sizeof(a) + 7) / 8 * 8 + (__alignof__(a) > 8 ? __alignof__(a) - 8 : 0))
#define MORI_DETAIL_START_0(f) __extension__({ MORI_DETAIL_BEGIN(f, ()) MORI_DETAIL_END(()) })
#define MORI_DETAIL_START_1(f, a1) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1)) \
                MORI_DETAIL_A(1, 0, a1) \
                MORI_DETAIL_END((mori_detail_1)) \
        })
#define MORI_DETAIL_START_2(f, a1, a2) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2)) \
        })
#define MORI_DETAIL_START_3(f, a1, a2, a3) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3)) \
        })
#define MORI_DETAIL_START_4(f, a1, a2, a3, a4) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4)) \
        })
#define MORI_DETAIL_START_5(f, a1, a2, a3, a4, a5) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5)) \
        })
#define MORI_DETAIL_START_6(f, a1, a2, a3, a4, a5, a6) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6)) \
        })
#define MORI_DETAIL_START_7(f, a1, a2, a3, a4, a5, a6, a7) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6, a7)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_A(7, 6, a7) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6, mori_detail_7)) \
        })
#define MORI_DETAIL_START_8(f, a1, a2, a3, a4, a5, a6, a7, a8) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6, a7, a8)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_A(7, 6, a7) MORI_DETAIL_A(8, 7, a8) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6, mori_detail_7, mori_detail_8)) \
        })
#define MORI_DETAIL_START_9(f, a1, a2, a3, a4, a5, a6, a7, a8, a9) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6, a7, a8, a9)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_A(7, 6, a7) MORI_DETAIL_A(8, 7, a8) MORI_DETAIL_A(9, 8, a9) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6, mori_detail_7, mori_detail_8, \
                                 mori_detail_9)) \
        })
#define MORI_DETAIL_START_10(f, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6, a7, a8, a9, a10)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_A(7, 6, a7) MORI_DETAIL_A(8, 7, a8) MORI_DETAIL_A(9, 8, a9) \
                MORI_DETAIL_A(10, 9, a10) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6, mori_detail_7, mori_detail_8, \
                                 mori_detail_9, mori_detail_10)) \
        })
#define MORI_DETAIL_START_11(f, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_A(7, 6, a7) MORI_DETAIL_A(8, 7, a8) MORI_DETAIL_A(9, 8, a9) \
                MORI_DETAIL_A(10, 9, a10) MORI_DETAIL_A(11, 10, a11) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6, mori_detail_7, mori_detail_8, \
                                 mori_detail_9, mori_detail_10, mori_detail_11)) \
        })
#define MORI_DETAIL_START_12(f, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) \
        __extension__({ \
                MORI_DETAIL_BEGIN(f, (a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)) \
                MORI_DETAIL_A(1, 0, a1) MORI_DETAIL_A(2, 1, a2) MORI_DETAIL_A(3, 2, a3) \
                MORI_DETAIL_A(4, 3, a4) MORI_DETAIL_A(5, 4, a5) MORI_DETAIL_A(6, 5, a6) \
                MORI_DETAIL_A(7, 6, a7) MORI_DETAIL_A(8, 7, a8) MORI_DETAIL_A(9, 8, a9) \
                MORI_DETAIL_A(10, 9, a10) MORI_DETAIL_A(11, 10, a11) MORI_DETAIL_A(12, 11, a12) \
                MORI_DETAIL_END((mori_detail_1, mori_detail_2, mori_detail_3, mori_detail_4, \
                                 mori_detail_5, mori_detail_6, mori_detail_7, mori_detail_8, \
                                 mori_detail_9, mori_detail_10, mori_detail_11, mori_detail_12)) \
        })

#define MORI_DETAIL_JOIN(handle)                                                                   \
        __extension__({                                                                            \
                typedef __typeof__((*(handle))(                                                    \
                        (struct mori_activity_handle){0})) mori_detail_joined;                     \
                typedef MORI_ASYNC mori_detail_joined mori_detail_joiner(uint64_t);                \
                uint64_t mori_detail_word = (uint64_t)(uintptr_t)(handle);                         \
                mori_detail_joiner *mori_detail_join =                                             \
                        (mori_detail_joiner *)mori_detail_opaque((void *)mori_join_enter);         \
                mori_detail_join(mori_detail_word);                                                \
        })

#ifdef __cplusplus
}
#endif
