/* SPDX-License-Identifier: MIT */
/*
 * Takes a system call away from this process and its children for good, by a filter, as a container
 * or an older kernel does. A test does it in a process of its own.
 */
#pragma once

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Any value of the argument. */
#define FORBID_ANY (-1)

/*
 * The call `number` answers `error` (EPERM, ...) from now on where the lower half of its argument
 * `argument` (0 to 5) is `value`; with FORBID_ANY as `value` always. Returns 0, or -errno where
 * there are no filters.
 */
__attribute__((unused)) static int forbid_call(unsigned number, unsigned argument, int64_t value,
                                               int error)
{
        bool any = value == FORBID_ANY;
        size_t place = offsetof(struct seccomp_data, args) + 8 * (size_t)argument;
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)place),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)value, 0, any ? 0 : 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA)),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                return -errno;
        return 0;
}
