/* SPDX-License-Identifier: MIT */
/*
 * The words that every other header uses: the marks of functions, durations, and the version.
 *
 * MORI_ASYNC marks a function that may wait, as part of its type:
 *
 *         MORI_ASYNC int copy(mori_file from, mori_file to);
 *
 * Such a function is called with MORI_AWAIT, or started (activity.h), from another such function
 * and from nowhere else. With <mori/keywords.h> these read `async` and `await`. MORI_LINKED is 1
 * where the code is compiled for linked stacks (moricc's default: GCC with mori's plugin, which
 * checks all this), 0 where it is compiled for mapped stacks (any compiler; nothing is checked).
 */
#pragma once

#if !defined(MORI_MAPPED) && !defined(__MORI_LINKED__)
#error "compile with moricc, or with the flags of pkg-config mori or mori-mapped"
#endif

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. */
#define MORI_VERSION_MAJOR 0
#define MORI_VERSION_MINOR 1

/*
 * Marks for the compiler's part. Each says something of the function or variable that it stands on;
 * on mapped stacks they say nothing.
 */
#ifdef MORI_MAPPED
#define MORI_LINKED 0
#define MORI_ASYNC
#define MORI_NOGATE
#define MORI_SHARED
#define MORI_BLOCKS(why)
#define MORI_NONBLOCKING
#define MORI_OFFLOADED
#define MORI_THREAD_SAFE
#else
#define MORI_LINKED 1
#define MORI_ASYNC __attribute__((mori_async))
/*
 * Runs on the caller's segment although it is not async: for routines that switch stacks
 * themselves.
 */
#define MORI_NOGATE __attribute__((mori_nogate))
/*
 * On a variable: async code and offloaded functions may use it although it is mutable and static,
 * and the latter although it is a thread's; whoever writes this has thought about it.
 */
#define MORI_SHARED __attribute__((mori_shared))
/* On a function: it can block, and why; a call from async code, however deep, is an error. */
#define MORI_BLOCKS(why) __attribute__((mori_blocks(why)))
/* On a function: it cannot block, whatever it calls; whoever writes this vouches for it. */
#define MORI_NONBLOCKING __attribute__((mori_nonblocking))
/*
 * On a parameter, a member or a variable that is a pointer to a function: what it leads to runs on
 * a thread beside the others (offload.h), so mutable statics and thread-locals are an error there.
 */
#define MORI_OFFLOADED __attribute__((mori_offloaded))
/* On a function: offloaded ones may call it, whatever it touches; whoever writes this vouches. */
#define MORI_THREAD_SAFE __attribute__((mori_thread_safe))
#endif

/* Marks a wait at the place where it happens. */
#define MORI_AWAIT

/* What the library exports; and a result that must not be dropped. */
#define MORI_API __attribute__((visibility("default")))
#define MORI_MUST_CHECK __attribute__((warn_unused_result))

/* Durations and times are nanoseconds: int64_t durations, times of the monotonic clock. */
#define MORI_NS(n) ((int64_t)(n))
#define MORI_US(n) ((int64_t)(n)*1000)
#define MORI_MS(n) ((int64_t)(n)*1000000)
#define MORI_S(n) ((int64_t)(n)*1000000000)
#define MORI_FOREVER INT64_MAX

/* The version of the library that runs, as "0.1.0". */
MORI_API const char *mori_version(void);

#if defined(MORI_MAPPED) && !defined(MORI_BUILDING)
/* Only libmori-mapped defines it, so what is compiled for mapped stacks links with no other. */
extern const char mori_abi_mapped_1;
static const char *const mori_detail_abi __attribute__((used)) = &mori_abi_mapped_1;
#endif

#ifdef __cplusplus
}
#endif
