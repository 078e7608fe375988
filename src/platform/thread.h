/* SPDX-License-Identifier: MIT */
/*
 * Threads of the operating system: few, one for each seat and some for files. Nothing here waits
 * but platform_thread_join().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platform_thread;

/*
 * Starts a thread that calls run(argument) and ends when that returns. `name` (at most 15
 * characters are kept) is what `top` and debuggers show. stack_bytes 0: the system's default. Every
 * signal but those of a fault is blocked in it, so that signals go to the thread that asked for
 * them. Returns 0, -EAGAIN, or -ENOMEM.
 */
int platform_thread_new(void (*run)(void *argument), void *argument, const char *name,
                        size_t stack_bytes, struct platform_thread **ret_thread);
/* Waits for its end and frees it. Takes NULL. */
struct platform_thread *platform_thread_join(struct platform_thread *thread);

/* Blocks every signal but those of a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT,
 * SIGSYS) in the calling thread. */
void platform_thread_signals_block(void);
/* Keeps the calling thread on one CPU, numbered as the kernel does. 0, or -EINVAL where it may not
 * run there. */
int platform_thread_pin(unsigned cpu);
/* How many CPUs the calling thread may run on: at least 1. */
unsigned platform_thread_cpus(void);
/* The kernel's number of the calling thread. */
int platform_thread_id(void);
/*
 * The lowest address that the calling thread's stack may reach: for the main thread by the limit
 * that holds now (ulimit -s). NULL where the system does not tell.
 */
char *platform_thread_stack(void);
/* How many bytes that stack has from there on. */
size_t platform_thread_stack_bytes(void);
/* CPU time used, in nanoseconds: by the calling thread, and by another (0 once it has ended). */
uint64_t platform_thread_cpu_time(void);
uint64_t platform_thread_cpu_time_of(struct platform_thread *thread);
/*
 * The same of a thread by its kernel's number, and whether it wants a CPU (runs, or waits for its
 * turn to run); one that waits for anything else does not.
 */
uint64_t platform_thread_cpu_time_id(int id);
bool platform_thread_is_runnable(int id);
/* CPU time of the whole OS process. */
uint64_t platform_process_cpu_time(void);
