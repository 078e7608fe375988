/* SPDX-License-Identifier: MIT */
/*
 * Memory that OS processes share, and functions that are to be found again in another one that runs
 * the same file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory of `bytes` (whole pages), zeroed, behind a descriptor, whose size is sealed: nobody can
 * make it smaller, and so have others run into a fault. *ret_address is a mapping of it, to be
 * written where `writes`; then nobody else can ever map it so, or write to it: others only read.
 * 0, or a negative errno: -EMFILE, -ENFILE, -ENOMEM, -ENOSYS.
 */
int platform_shared_new(size_t bytes, bool writes, int *ret_fd, void **ret_address);
/*
 * Maps such memory of another OS process, and closes the descriptor where it did. -EINVAL: it is
 * not of that size, or its size is not sealed; -EPERM: it may not be written; and those of mmap(2).
 */
int platform_shared_map(int fd, size_t bytes, bool writes, void **ret_address);
void platform_shared_unmap(void *address, size_t bytes);

/* From one of these descriptors on, nobody inherits it. 0, or -EBADF. */
int platform_shared_inherited(int fd);
/* Reads so many bytes of a socket, and waits for them: for a program that does not run yet. */
int platform_shared_receive(int fd, void *bytes, size_t count);

/* The environment, and one more, NAME=value, in its place; to be freed. NULL: -ENOMEM. */
char **platform_environment_with(const char *variable);
/* Takes a variable out of it. While there is one thread. */
void platform_environment_without(const char *name);

/* Where a function or constant is, in a file that is loaded. */
struct platform_image {
        char path[4096]; /* "": the program's own */
        uint64_t offset; /* from where the file was loaded to */
        /* what the linker has called this very build of it; zeros where it has none */
        unsigned char build[32];
};

/* 0; -EINVAL: it is in no file. */
int platform_image_of(const void *address, struct platform_image *ret_image);
/*
 * Finds it in this OS process, where the file is loaded if it was not. 0; -ENOENT: it cannot be
 * loaded; -ESTALE: that is another build of it; -EINVAL: it has no such place.
 */
int platform_image_find(const struct platform_image *image, void **ret_address);
/* The program's file, for another OS process that is to run it. */
#define PLATFORM_IMAGE_SELF "/proc/self/exe"
