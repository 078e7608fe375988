/* SPDX-License-Identifier: MIT */
/* Ends of processes: waits for them, for who interrupts waits; and in words. */
#pragma once

#include "stack/stack.h"

struct process;

/* The wait is ended, with the process's end where that has come meanwhile. */
void process_wait_interrupt(struct activity *activity, int error);
void trap_wait_interrupt(struct activity *activity, int error);

/* As mori_end_describe(), of a process that is gone, or about to be. */
char *process_end_describe(const struct process *process, char *text, size_t bytes);
