/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int helper(int x)
{
        fprintf(stderr, "%d\n", x);
        return x;
}

int log_line(int x)
{
        return helper(x);
}

int __attribute__((mori_nonblocking)) log_vouched(int x)
{
        return helper(x);
}

int log_compare(const void *left, const void *right)
{
        usleep(1);
        return memcmp(left, right, sizeof(int));
}

static __attribute__((noinline, mori_blocks("it waits for the moon"))) int moon(void)
{
        return 1;
}

int log_attribute(void)
{
        return moon();
}

static int lines;
_Thread_local int log_depth;

int log_count(void)
{
        return lines++ + lines + log_depth;
}

int log_guarded(void)
{
        return log_count();
}
