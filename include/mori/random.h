/* SPDX-License-Identifier: MIT */
/*
 * Random numbers.
 */
#pragma once

#include <mori/base.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Fills in so many random bytes: the kernel's, good for keys; in a simulation those that follow
 * from its seed, which anybody can tell. Sync, and does not block once the machine has started.
 * Returns 0; -EFAULT for NULL; -EPERM, -ENOSYS where a filter keeps getrandom(2) from the program,
 * and then nothing is to be taken for random. From within a program only.
 */
MORI_API int mori_random_bytes(void *bytes, size_t count) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
