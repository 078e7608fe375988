/* SPDX-License-Identifier: MIT */
/*
 * no_uring ERRNO PROGRAM [ARGUMENT...]: runs a program for which io_uring_setup(2) answers ERRNO,
 * as in a container that forbids it (1, EPERM) or on a kernel that has none (38, ENOSYS).
 */
#include "support/forbid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        int error;

        if (argc < 3) {
                fprintf(stderr, "usage: no_uring ERRNO PROGRAM [ARGUMENT...]\n");
                return 2;
        }
        error = forbid_call(SYS_io_uring_setup, 0, FORBID_ANY, atoi(argv[1]));
        if (error < 0) {
                fprintf(stderr, "no_uring: %s\n", strerror(-error));
                return 77;
        }
        execv(argv[2], argv + 2);
        fprintf(stderr, "no_uring: %s: %s\n", argv[2], strerror(errno));
        return 2;
}
