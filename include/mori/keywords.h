/* SPDX-License-Identifier: MIT */
/*
 * The keywords, for C programs that opt in. Each is one of the macros of the other headers, which
 * say what it does.
 */
#pragma once

#ifdef __cplusplus
#error "<mori/keywords.h> is for C; C++ uses the MORI_ names"
#endif

#include <mori/mori.h>

/* base.h: functions that may wait, and where they do. */
#define async MORI_ASYNC
#define await MORI_AWAIT

/* activity.h and result.h: what a start answers, a value or a failure, and both. */
#define Async(T) MORI_HANDLE(T)
#define Result(T) MORI_RESULT(T)
#define AsyncResult(T) MORI_HANDLE(MORI_RESULT(T))

/* activity.h: what begins and ends activities. */
#define start(...) MORI_START(__VA_ARGS__)
#define join(handle) MORI_JOIN(handle)
#define cancel(handle) MORI_CANCEL(handle)
#define ignore(handle) MORI_IGNORE(handle)

/* result.h, and scope.h for `defer`: failures, and what is done on every way out. */
#define attempt(e) MORI_ATTEMPT(e)
#define attempt_value(e) MORI_ATTEMPT_VALUE(e)
#define defer MORI_DEFER

/* scope.h: blocks that own what is started in them. */
#define scope MORI_SCOPE
#define within(duration) MORI_WITHIN(duration)
#define shield(duration) MORI_SHIELD(duration)
#define soft MORI_SOFT

/* wide.h: loops with many iterations outstanding. */
#define wide(bound) MORI_WIDE(bound)
#define iterate(...) MORI_ITERATE(__VA_ARGS__)
