/* SPDX-License-Identifier: MIT */
/*
 * What the macros of activity.h ask of the machine. Not for users. x86-64; another architecture has
 * its own branch here.
 *
 * A start tells the runtime which function is meant by two words of the worker's thread-local
 * record (src/stack/layout.h has their offsets). They are reached through %fs, never through an
 * address, which an optimiser could keep across a wait that ends on another thread.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__x86_64__)

static inline __attribute__((always_inline)) void mori_detail_start(void *function, uint64_t kind)
{
        uintptr_t worker;

        __asm__ volatile("movq mori_worker@gottpoff(%%rip), %0\n\t"
                         "movq %1, %%fs:32(%0)\n\t"
                         "movq %2, %%fs:40(%0)"
                         : "=&r"(worker)
                         : "r"(function), "re"(kind)
                         : "memory");
}

static inline __attribute__((always_inline)) uint64_t mori_detail_started(void)
{
        uint64_t started;

        __asm__ volatile("movq mori_worker@gottpoff(%%rip), %0\n\t"
                         "movq %%fs:48(%0), %0"
                         : "=r"(started)
                         :
                         : "memory");
        return started;
}

/*
 * The part of the running activity's control block that inline functions use (src/stack/layout.h).
 * It is the same one for as long as a function runs, whatever thread runs it.
 */
struct __attribute__((may_alias)) mori_detail_control {
        char segment[12];
        uint32_t generation;
        char stack[8];
        uint64_t flags;
};

static inline __attribute__((always_inline)) struct mori_detail_control *mori_detail_self(void)
{
        struct mori_detail_control *self;

        __asm__("movq mori_worker@gottpoff(%%rip), %0\n\t"
                "movq %%fs:8(%0), %0"
                : "=r"(self));
        return self;
}

/* Where this code is. */
static inline __attribute__((always_inline)) const void *mori_detail_here(void)
{
        const void *here;

        __asm__("leaq (%%rip), %0" : "=r"(here));
        return here;
}

/*
 * The compiler must not see which function is called, because it is called as one of another type.
 */
static inline __attribute__((always_inline)) void *mori_detail_opaque(void *function)
{
        __asm__("" : "+r"(function));
        return function;
}

#else
#error "mori runs on x86-64; other architectures are not supported yet"
#endif

#ifdef __cplusplus
}
#endif
