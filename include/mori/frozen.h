/* SPDX-License-Identifier: MIT */
/*
 * Frozen variables: constants that need code to build, such as tables.
 *
 *         static MORI_FROZEN uint32_t table[256];
 *
 *         static MORI_INITIALISES void make_table(void)
 *         {
 *                 for (uint32_t i = 0; i < 256; i++)
 *                         table[i] = ...;
 *         }
 *         MORI_AT_LOAD(make_table);
 *
 * A frozen variable is written while its module (the program, or a shared object) is loaded, and
 * only read from then on. So async code, offloaded functions (offload.h) and every thread may read
 * it. All bytes of it that nobody has written are what its initialiser says, or 0.
 *
 * Rules.
 *   (1) Functions marked MORI_INITIALISES write it. MORI_AT_LOAD names those that are called when
 *       the module is loaded, once each, before main(), in the order in which constructors are
 *       called; they may call others that are marked, which nobody else may. They are sync code,
 *       and mori does not run yet. They write what is frozen in their own module alone.
 *   (2) Before and after that the variable is read-only memory: writing to it is a fault, which
 *       ends the program. While mori runs, the report of the fault names the variable.
 *   (3) The compiler's part refuses what it sees to break this (docs/compiler.md). On mapped stacks
 *       only (2) holds.
 *   (4) What a frozen pointer leads to is not frozen by this.
 *
 * The module must have RELRO, as what Debian's compilers link does: one that was linked with
 * -Wl,-z,norelro is reported when it is loaded, and ends the program with exit code 78. A frozen
 * variable takes its size in the file, too.
 */
#pragma once

#include <mori/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* On a variable with static storage that is no constant and belongs to no thread; see above. */
#define MORI_FROZEN MORI_DETAIL_FROZEN __attribute__((section(".data.rel.ro.mori_frozen")))

/* MORI_AT_LOAD(function); outside of functions: `void function(void)` makes what is frozen. */
#define MORI_AT_LOAD(function)                                                                     \
        static __attribute__((constructor)) void mori_detail_load_##function(void)                 \
        {                                                                                          \
                mori_detail_at_load(function);                                                     \
        }                                                                                          \
        typedef int mori_detail_loads_##function

/* ---- What the macros are made of */

#ifdef MORI_MAPPED
#define MORI_DETAIL_FROZEN
#define MORI_INITIALISES
#else
#define MORI_DETAIL_FROZEN __attribute__((mori_frozen))
/* On a function: it is called at load, and by others of the kind; it may write frozen variables. */
#define MORI_INITIALISES __attribute__((mori_initialises))
#endif

/* Calls the function while its module's frozen variables are writable. */
MORI_API void mori_detail_at_load(void (*function)(void));

#ifdef __cplusplus
}
#endif
