/* SPDX-License-Identifier: MIT */
/*
 * Handlers of signals, whoever installs them, run on the thread's alternate stack.
 *
 * The kernel writes the frame of a signal, from 1 to more than 10 KiB, below the stack pointer.
 * While async code runs, that is a segment of 200 bytes, and what lies below belongs to others. So
 * the functions of the C library that install a handler are defined here once more, and what a
 * program and its libraries call are these: they add SA_ONSTACK. Every worker has an alternate
 * stack (fault.c); on a thread that has none the flag means nothing.
 *
 *      sigaction() ---+
 *      signal(), bsd_signal(), ssignal() ----+--> install() ---> __sigaction() of the C library
 *      sysv_signal(), sigset() --------------+
 *      siginterrupt() ---> remembers what signal() needs
 *
 * Who asks what is installed is told what was asked for: `added` remembers for each signal whether
 * the flag is ours. Nothing is locked, because sigaction() may be called from a handler: two
 * threads that install handlers of one signal at the same time have no order, and what one of them
 * is told of the other's flag has none either.
 *
 * All names are weak. In a program that is linked statically with everything, those of the C
 * library are weak, too, and come later in the link. Under the sanitizers, which define the same
 * functions for reasons of their own, nothing is defined: their builds have mapped stacks, where a
 * handler has some room.
 */
#include "platform/domain.h"

#ifndef MORI_SANITIZED

#include "base/atomic.h"

#include <mori/base.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INTERPOSED __attribute__((weak)) MORI_API
#define SIGNALS 65

/* What the C library calls sigaction(), under a name that nobody else defines. */
int __sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);
__sighandler_t bsd_signal(int number, __sighandler_t handler);
__sighandler_t __sysv_signal(int number, __sighandler_t handler);

static uint8_t added[SIGNALS];       /* SA_ONSTACK is ours */
static uint8_t interrupting[SIGNALS]; /* siginterrupt() has said so */

static int install(int number, const struct sigaction *action, struct sigaction *ret_before)
{
        struct sigaction changed;
        uint8_t add = 0, was;

        if (number <= 0 || number >= SIGNALS)
                return __sigaction(number, action, ret_before);
        was = atomic_load_relaxed(&added[number]);
        if (action != NULL && action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN &&
            (action->sa_flags & SA_ONSTACK) == 0) {
                changed = *action;
                changed.sa_flags |= SA_ONSTACK;
                action = &changed;
                add = 1;
        }
        if (__sigaction(number, action, ret_before) < 0)
                return -1;
        if (action != NULL)
                atomic_store_relaxed(&added[number], add);
        if (ret_before != NULL && was)
                ret_before->sa_flags &= ~SA_ONSTACK;
        return 0;
}

INTERPOSED int sigaction(int number, const struct sigaction *action, struct sigaction *ret_before)
{
        return install(number, action, ret_before);
}

static __sighandler_t install_handler(int number, __sighandler_t handler, int flags, bool masked)
{
        struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;

        if (handler == SIG_ERR || number <= 0 || number >= SIGNALS) {
                errno = EINVAL;
                return SIG_ERR;
        }
        sigemptyset(&action.sa_mask);
        if (masked)
                sigaddset(&action.sa_mask, number);
        return install(number, &action, &before) < 0 ? SIG_ERR : before.sa_handler;
}

INTERPOSED __sighandler_t bsd_signal(int number, __sighandler_t handler)
{
        bool restarts = number <= 0 || number >= SIGNALS ||
                        atomic_load_relaxed(&interrupting[number]) == 0;

        return install_handler(number, handler, restarts ? SA_RESTART : 0, true);
}

INTERPOSED __sighandler_t signal(int number, __sighandler_t handler)
{
        return bsd_signal(number, handler);
}

INTERPOSED __sighandler_t ssignal(int number, __sighandler_t handler)
{
        return bsd_signal(number, handler);
}

/* What signal() is where BSD's ways are not asked for. */
INTERPOSED __sighandler_t __sysv_signal(int number, __sighandler_t handler)
{
        return install_handler(number, handler, (int)(SA_RESETHAND | SA_NODEFER), false);
}

INTERPOSED __sighandler_t sysv_signal(int number, __sighandler_t handler)
{
        return __sysv_signal(number, handler);
}

INTERPOSED __sighandler_t sigset(int number, __sighandler_t handler)
{
        sigset_t one, before;
        __sighandler_t installed;
        struct sigaction action;

        if (number <= 0 || number >= SIGNALS || handler == SIG_ERR) {
                errno = EINVAL;
                return SIG_ERR;
        }
        sigemptyset(&one);
        sigaddset(&one, number);
        if (handler == SIG_HOLD) {
                if (install(number, NULL, &action) < 0)
                        return SIG_ERR;
                installed = action.sa_handler;
        } else {
                installed = install_handler(number, handler, 0, false);
                if (installed == SIG_ERR)
                        return SIG_ERR;
        }
        errno = pthread_sigmask(handler == SIG_HOLD ? SIG_BLOCK : SIG_UNBLOCK, &one, &before);
        return sigismember(&before, number) == 1 ? SIG_HOLD : installed;
}

INTERPOSED int siginterrupt(int number, int interrupts)
{
        struct sigaction action;

        if (install(number, NULL, &action) < 0)
                return -1;
        atomic_store_relaxed(&interrupting[number], interrupts != 0);
        if (interrupts)
                action.sa_flags &= ~SA_RESTART;
        else
                action.sa_flags |= SA_RESTART;
        return install(number, &action, NULL);
}

/* ---- What was installed earlier, or around the functions above */

/* As the kernel has it. */
struct kernel_action {
        uintptr_t handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
};

/*
 * The kernel is asked, because the C library hides two signals of its own from sigaction(). (It
 * gives its handler for setuid(), which interrupts every thread, SA_ONSTACK by itself.)
 */
static void change(int number)
{
        struct kernel_action action;

        if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof action.mask) < 0 ||
            action.handler == (uintptr_t)SIG_DFL || action.handler == (uintptr_t)SIG_IGN ||
            (action.flags & SA_ONSTACK) != 0)
                return;
        action.flags |= SA_ONSTACK;
        if (syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask) == 0)
                atomic_store_relaxed(&added[number], 1);
}

void handlers_change_all(void)
{
        for (int number = 1; number < SIGNALS; number++)
                change(number);
}

#else

void handlers_change_all(void)
{
}

#endif
