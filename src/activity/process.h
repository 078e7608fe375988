/* SPDX-License-Identifier: MIT */
/* Waits for ends of processes, for who interrupts waits. */
#pragma once

#include "stack/stack.h"

/* The wait is ended, with the process's end where that has come meanwhile. */
void process_wait_interrupt(struct activity *activity, int error);
void trap_wait_interrupt(struct activity *activity, int error);
