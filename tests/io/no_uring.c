/* SPDX-License-Identifier: MIT */
/*
 * no_uring ERRNO PROGRAM [ARGUMENT...]: runs a program for which io_uring_setup(2) answers ERRNO,
 * as in a container that forbids it (1, EPERM) or on a kernel that has none (38, ENOSYS).
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};

        if (argc < 3) {
                fprintf(stderr, "usage: no_uring ERRNO PROGRAM [ARGUMENT...]\n");
                return 2;
        }
        filter[2].k |= (unsigned)atoi(argv[1]) & SECCOMP_RET_DATA;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
                fprintf(stderr, "no_uring: %s\n", strerror(errno));
                return 77;
        }
        execv(argv[2], argv + 2);
        fprintf(stderr, "no_uring: %s: %s\n", argv[2], strerror(errno));
        return 2;
}
