/* SPDX-License-Identifier: MIT */
/* Signals as operations: the platform keeps one that comes while nobody waits. */
#include "activity/wait.h"

#include <mori/signal.h>

#include <errno.h>
#include <signal.h>

static int64_t signal_begin(int number)
{
        struct operation *operation;

        if (number <= 0 || number > SIGRTMAX || number == SIGKILL || number == SIGSTOP ||
            number == SIGRTMAX - 1 /* the stall watch's */ ||
            number == SIGRTMAX - 2 /* that of offloaded functions */ || number == SIGSEGV ||
            number == SIGBUS || number == SIGFPE || number == SIGILL)
                return -EINVAL;
        operation = operation_new(process_self());
        if (operation == NULL)
                return -ENOMEM;
        operation->op.code = PLATFORM_SIGNAL;
        operation->op.flags = (uint32_t)number;
        return wait_operation(operation);
}

MORI_ASYNC int mori_signal_wait(int number)
{
        int64_t begun = signal_begin(number);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
