/* SPDX-License-Identifier: MIT */
/*
 * Fault handlers and looks at another thread. The alternate stack has 64 KiB, enough to walk and
 * print a stack, and above that what the kernel needs for a frame with all of this machine's
 * registers (10 KiB where there are tiles). It is mapped with a guard page below it, so that a
 * handler that goes wrong is a fault too, and the last one.
 */
#include "platform/fault.h"

#include "base/atomic.h"
#include "base/base.h"
#include "platform/map.h"
#include "platform/terminal.h"
#include "platform/thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HANDLER_BYTES ((size_t)64 * 1024)
#define GUARD_BYTES ((size_t)4096)

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static void (*fault_handler)(int signal, void *address);
static void (*look_handler)(void);
static __thread char *alternate;

/* Older kernels do not say what they need; then it is less than MINSIGSTKSZ. */
static size_t alternate_bytes(void)
{
        size_t frame_bytes = getauxval(AT_MINSIGSTKSZ);

        return HANDLER_BYTES + (frame_bytes + GUARD_BYTES - 1) / GUARD_BYTES * GUARD_BYTES;
}

int platform_fault_stack(bool given)
{
        size_t bytes = alternate_bytes();
        stack_t stack = {.ss_size = bytes};

        if (!given) {
                stack.ss_flags = SS_DISABLE;
                sigaltstack(&stack, NULL);
                if (alternate != NULL)
                        munmap(alternate, bytes + GUARD_BYTES);
                alternate = NULL;
                return 0;
        }
        if (alternate != NULL)
                return 0;
        alternate = mmap(NULL, bytes + GUARD_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (alternate == MAP_FAILED) {
                alternate = NULL;
                return -ENOMEM;
        }
        mprotect(alternate, GUARD_BYTES, PROT_NONE);
        stack.ss_sp = alternate + GUARD_BYTES;
        return sigaltstack(&stack, NULL) < 0 ? -errno : 0;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
        struct sigaction action = {.sa_handler = SIG_DFL};

        (void)context;
        if (signal == SIGBUS && info->si_code == BUS_ADRERR && platform_map_repair(info->si_addr))
                return;
        sigaction(signal, &action, NULL);
        platform_terminals_restore(); /* the report is read there */
        fault_handler(signal, info->si_addr);
        /* The default is back: returning runs into the fault again, and ends the program. */
        if (info->si_code <= 0)
                raise(signal);
}

int platform_fault_handle(void (*fault)(int signal, void *address))
{
        struct sigaction action = {
                .sa_sigaction = on_fault,
                .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_NODEFER)};
        size_t i;

        fault_handler = fault;
        for (i = 0; i < sizeof fault_signals / sizeof fault_signals[0]; i++)
                if (sigaction(fault_signals[i], &action, NULL) < 0)
                        return -errno;
        return 0;
}

static __thread sigjmp_buf *guarded; /* where a fault of this thread goes now, or NULL */

static void on_second_fault(int signal)
{
        struct sigaction action = {.sa_handler = SIG_DFL};

        if (guarded != NULL)
                siglongjmp(*guarded, 1);
        sigaction(signal, &action, NULL); /* another thread's first: it runs into it again */
}

bool platform_fault_guard(void (*run)(void *argument), void *argument)
{
        struct sigaction action = {.sa_handler = on_second_fault,
                                   .sa_flags = (int)(SA_ONSTACK | SA_NODEFER)};
        struct sigaction before[ELEMENTS(fault_signals)];
        sigjmp_buf here;
        volatile bool good = false;
        size_t i;

        for (i = 0; i < ELEMENTS(fault_signals); i++)
                sigaction(fault_signals[i], &action, &before[i]);
        guarded = &here;
        if (sigsetjmp(here, 1) == 0) {
                run(argument);
                good = true;
        }
        guarded = NULL;
        for (i = 0; i < ELEMENTS(fault_signals); i++)
                sigaction(fault_signals[i], &before[i], NULL);
        return good;
}

static int look_signal(void)
{
        return SIGRTMAX - 1;
}

static void on_look(int signal)
{
        int saved = errno;

        (void)signal;
        atomic_load_relaxed(&look_handler)();
        errno = saved;
}

int platform_thread_look(int thread, void (*look)(void))
{
        struct sigaction action = {.sa_handler = on_look, .sa_flags = SA_ONSTACK | SA_RESTART};

        atomic_store_relaxed(&look_handler, look); /* by several threads, the same each time */
        if (sigaction(look_signal(), &action, NULL) < 0)
                return -errno;
        return syscall(SYS_tgkill, getpid(), thread, look_signal()) < 0 ? -errno : 0;
}

void platform_thread_look_allow(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, look_signal());
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void platform_end_now(int code)
{
        platform_terminals_restore();
        _exit(code);
}

void platform_thread_wait(uint32_t *word, uint32_t value, uint64_t duration)
{
        struct timespec timeout = {.tv_sec = (time_t)(duration / 1000000000),
                                   .tv_nsec = (long)(duration % 1000000000)};

        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &timeout, NULL, 0);
}

void platform_thread_notify(uint32_t *word)
{
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
