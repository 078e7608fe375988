/* SPDX-License-Identifier: MIT */
/*
 * Failures are values.
 *
 * A function that can fail returns an int: 0 (or a count), or a negative errno that is passed up as
 * it is. Where it has a value to return as well, and an output parameter would be clumsy, it
 * returns a Result: `MORI_RESULT(T)`, a struct of an error and a value. A bug is not a failure: it
 * abandons the process (program.h).
 *
 * MORI_ATTEMPT(e) evaluates e, an int; where it is negative, the enclosing function returns it.
 * Else its value is that int. `attempt` with <mori/keywords.h>.
 */
#pragma once

#include <mori/base.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define MORI_ATTEMPT(e) \
        __extension__({ \
                __auto_type mori_detail_attempt = (e); \
                if (__builtin_expect(mori_detail_attempt < 0, 0)) \
                        return (int)mori_detail_attempt; \
                mori_detail_attempt; \
        })

/*
 * The Result of T; T is one word (a typedef where it is not). Declared once by
 * MORI_RESULT_DEFINE(T), which the types below have already.
 */
#define MORI_RESULT(T) struct mori_result_##T
#define MORI_RESULT_DEFINE(T) \
        MORI_RESULT(T) \
        { \
                int error; /* 0, or a negative errno; then the value says nothing */ \
                T value; \
        }

/* A pointer by a name of one word, and the Results that are declared already. */
typedef void *mori_pointer;

MORI_RESULT_DEFINE(int);
MORI_RESULT_DEFINE(long);
MORI_RESULT_DEFINE(double);
MORI_RESULT_DEFINE(size_t);
MORI_RESULT_DEFINE(int64_t);
MORI_RESULT_DEFINE(uint64_t);
MORI_RESULT_DEFINE(mori_pointer);

/* Results to return. */
#define MORI_OK(T, v) ((MORI_RESULT(T)){.error = 0, .value = (v)})
#define MORI_FAILED(T, e) ((MORI_RESULT(T)){.error = (e)})

/*
 * MORI_ATTEMPT_VALUE(e): e is a Result; where it failed, the enclosing function, which returns an
 * int, returns its error. Else its value is the Result's.
 */
#define MORI_ATTEMPT_VALUE(e) \
        __extension__({ \
                __auto_type mori_detail_attempt = (e); \
                if (__builtin_expect(mori_detail_attempt.error < 0, 0)) \
                        return mori_detail_attempt.error; \
                mori_detail_attempt.value; \
        })
