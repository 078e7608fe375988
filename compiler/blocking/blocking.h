/* SPDX-License-Identifier: MIT */
/*
 * The functions of libc and POSIX that may block, and why. The plugin refuses a direct call of one
 * in async code; mori-linkcheck refuses a path to one.
 *
 * "May block" means: the thread may leave the processor, for a time that another party decides. So
 * reading and writing descriptors, files and FILE streams may block, and so may whatever looks into
 * the file system: a slow disk is another party. printf() to a stream may block, snprintf() does
 * not. Memory functions do not, although a page fault may read a disk: nobody could write a program
 * otherwise. close(), munmap() and functions that do not return (abort, _exit, a failed assertion)
 * are not held against anybody.
 */
#ifndef MORI_BLOCKING_H
#define MORI_BLOCKING_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Returns why the function of this name may block, or null. Knows the names that the C library's
 * headers turn a name into: __read_chk, open64, __isoc99_fscanf and their like.
 */
const char *blocking_function_reason(const char *name);
/* Returns what async code calls instead of such a function; mori_offload() for one not known. */
const char *blocking_function_remedy(const char *name);

#ifdef __cplusplus
}
#endif

#endif
