/* SPDX-License-Identifier: MIT */
/* Signals as operations: the platform keeps one that comes while nobody waits. */
#include "activity/wait.h"

#include <mori/signal.h>

#include <errno.h>
#include <signal.h>

/* Those that nobody may wait for: see the rules in the header. */
static bool is_refused(int number)
{
        switch (number) {
        case SIGKILL:
        case SIGSTOP:
        case SIGSEGV:
        case SIGBUS:
        case SIGFPE:
        case SIGILL:
                return true;
        default:
                return number <= 0 || number > SIGRTMAX ||
                       (number > 31 && number < SIGRTMIN) /* the C library's */ ||
                       number == SIGRTMAX - 1 /* the stall watch's */ ||
                       number == SIGRTMAX - 2 /* that of offloaded functions */;
        }
}

static int64_t any_begin(const int *numbers, unsigned count)
{
        struct operation *operation;
        uint64_t set = 0;

        if (numbers == NULL)
                return -EFAULT;
        for (unsigned i = 0; i < count; i++) {
                if (is_refused(numbers[i]))
                        return -EINVAL;
                set |= platform_signal_bit(numbers[i]);
        }
        if (set == 0)
                return -EINVAL;
        operation = operation_new(process_self());
        if (operation == NULL)
                return -ENOMEM;
        operation->op.code = PLATFORM_SIGNAL;
        operation->op.offset = set;
        return wait_operation(operation);
}

static int64_t one_begin(int number)
{
        return any_begin(&number, 1);
}

MORI_ASYNC int mori_signal_wait(int number)
{
        int64_t begun = one_begin(number);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_signal_wait_any(const int *signals, unsigned count)
{
        int64_t begun = any_begin(signals, count);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
