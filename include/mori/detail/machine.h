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
