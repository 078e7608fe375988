/* SPDX-License-Identifier: MIT */
/*
 * Threads, over pthreads.
 *
 * A thread starts with its signals blocked: they are blocked in the creator around
 * pthread_create(), because the new thread inherits the mask, and blocking them first thing in the
 * new thread would leave a gap in which it could be chosen to take one. Signals of a fault stay
 * open: they are aimed at the thread that caused them, and blocking them turns a fault into a kill
 * without a report.
 *
 * The record of a thread is freed by the join; a thread that nobody joins is a leak, as in rule
 * "whoever starts, owns".
 */
#include "platform/thread.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct platform_thread {
        pthread_t handle;
        void (*run)(void *argument);
        void *argument;
        char name[16];
};

static void signals_fill(sigset_t *set)
{
        static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

        sigfillset(set);
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
                sigdelset(set, faults[i]);
}

static void *thread_main(void *argument)
{
        struct platform_thread *thread = argument;

        pthread_setname_np(pthread_self(), thread->name);
        thread->run(thread->argument);
        return NULL;
}

int platform_thread_new(void (*run)(void *argument), void *argument, const char *name,
                        size_t stack_bytes, struct platform_thread **ret_thread)
{
        struct platform_thread *thread = calloc(1, sizeof(*thread));
        pthread_attr_t attributes;
        sigset_t blocked, before;
        int error;

        if (!thread)
                return -ENOMEM;
        thread->run = run;
        thread->argument = argument;
        strncpy(thread->name, name, sizeof(thread->name) - 1);

        if (pthread_attr_init(&attributes)) {
                free(thread);
                return -ENOMEM;
        }
        if (stack_bytes) {
                if (stack_bytes < (size_t)PTHREAD_STACK_MIN)
                        stack_bytes = (size_t)PTHREAD_STACK_MIN;
                pthread_attr_setstacksize(&attributes, stack_bytes);
        }
        signals_fill(&blocked);
        pthread_sigmask(SIG_BLOCK, &blocked, &before);
        error = pthread_create(&thread->handle, &attributes, thread_main, thread);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_attr_destroy(&attributes);
        if (error) {
                free(thread);
                return -error;
        }
        *ret_thread = thread;
        return 0;
}

struct platform_thread *platform_thread_join(struct platform_thread *thread)
{
        if (thread) {
                int error = pthread_join(thread->handle, NULL);

                assert(!error);
                (void)error;
                free(thread);
        }
        return NULL;
}

void platform_thread_signals_block(void)
{
        sigset_t blocked;

        signals_fill(&blocked);
        pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

int platform_thread_pin(unsigned cpu)
{
        cpu_set_t set;

        if (cpu >= CPU_SETSIZE)
                return -EINVAL;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

unsigned platform_thread_cpus(void)
{
        cpu_set_t set;
        long online;

        if (!sched_getaffinity(0, sizeof(set), &set))
                return (unsigned)CPU_COUNT(&set);
        online = sysconf(
                _SC_NPROCESSORS_ONLN); /* a machine with more CPUs than a cpu_set_t has bits */
        return online > 0 ? (unsigned)online : 1;
}

int platform_thread_id(void)
{
        return (int)syscall(SYS_gettid);
}

char *platform_thread_stack(void)
{
        pthread_attr_t attributes;
        void *lowest = NULL;
        size_t bytes, guard = 0;

        if (pthread_getattr_np(pthread_self(), &attributes))
                return NULL;
        if (pthread_attr_getstack(&attributes, &lowest, &bytes) ||
            pthread_attr_getguardsize(&attributes, &guard))
                lowest = NULL;
        pthread_attr_destroy(&attributes);
        return lowest ? (char *)lowest + guard : NULL;
}

size_t platform_thread_stack_bytes(void)
{
        pthread_attr_t attributes;
        void *lowest;
        size_t bytes = 0, guard = 0;

        if (pthread_getattr_np(pthread_self(), &attributes))
                return 0;
        if (pthread_attr_getstack(&attributes, &lowest, &bytes) ||
            pthread_attr_getguardsize(&attributes, &guard))
                bytes = guard;
        pthread_attr_destroy(&attributes);
        return bytes - guard;
}

static uint64_t cpu_clock_read(clockid_t clock)
{
        struct timespec used;

        if (clock_gettime(clock, &used))
                return 0;
        return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

uint64_t platform_thread_cpu_time(void)
{
        return cpu_clock_read(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t platform_thread_cpu_time_of(struct platform_thread *thread)
{
        clockid_t clock;

        if (pthread_getcpuclockid(thread->handle, &clock))
                return 0;
        return cpu_clock_read(clock);
}

uint64_t platform_process_cpu_time(void)
{
        return cpu_clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t platform_thread_cpu_time_id(int id)
{
        /* How Linux numbers the clock of a thread: see pthread_getcpuclockid(3) in any libc. */
        return cpu_clock_read((clockid_t)(~(unsigned)id << 3 | 6));
}

bool platform_thread_is_runnable(int id)
{
        char path[64], text[128];
        const char *state;
        ssize_t length;
        int fd;

        snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        length = read(fd, text, sizeof text - 1);
        close(fd);
        text[length > 0 ? length : 0] = '\0';
        state = strrchr(text, ')'); /* behind the name, which may hold anything */
        return state != NULL && state[1] == ' ' && state[2] == 'R';
}
