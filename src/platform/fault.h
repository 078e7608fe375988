/* SPDX-License-Identifier: MIT */
/*
 * Signals that the kernel sends to a thread about itself (faults), and that one thread sends to
 * another to look at its stack. Async code runs on small stacks, so every handler runs on an
 * alternate stack.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Gives the calling thread an alternate stack for signals; taken back with false. 0 or a negative
 * errno.
 */
int platform_fault_stack(bool given);
/*
 * Has SIGSEGV, SIGBUS, SIGFPE and SIGILL call `fault(signal, address)` on the alternate stack of
 * the thread that caused it. When it returns the signal has its default effect. Once in a program.
 * A SIGBUS in a map of a file (map.h) is mended instead.
 */
int platform_fault_handle(void (*fault)(int signal, void *address));
/*
 * In such a handler: calls run(argument), and answers false where that was a fault itself, which
 * then ends nothing else. What run() held is lost.
 */
bool platform_fault_guard(void (*run)(void *argument), void *argument);
/*
 * Has `look()` be called on the thread (platform_thread_id()) that is interrupted for it. One kind
 * of look in a program.
 */
int platform_thread_look(int thread, void (*look)(void));
/* Lets the calling thread be looked at, whatever signals are blocked in it. */
void platform_thread_look_allow(void);
/* Ends the OS process at once, with an exit code; nothing of it runs any more. */
_Noreturn void platform_end_now(int code);
/*
 * Waits until *word differs from `value`, or for a duration in nanoseconds. For threads that are
 * not workers.
 */
void platform_thread_wait(uint32_t *word, uint32_t value, uint64_t duration);
/* Ends the waits of all threads for the word, which has been changed before. */
void platform_thread_notify(uint32_t *word);
