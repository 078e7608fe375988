/* SPDX-License-Identifier: MIT */
/*
 * What a process uses up in its life, where it has a quota of that: messages and CPU time. A
 * process without such quotas (is_metered) costs nothing here but that its messages are counted.
 *
 * CPU time is that of the worker's thread, from where the process is loaded to where it is not any
 * more, with what the loop does between its turns.
 */
#pragma once

#include "turn/process.h"

/* The quotas; 0: none. 0, or -ENOMEM. Before the process has turns. */
int meter_set(struct process *process, uint64_t messages_max, uint64_t cpu_max);

/* It is loaded, or not any more; and between its turns. A quota that is exceeded ends it. */
__attribute__((cold)) void meter_begin(struct process *process);
__attribute__((cold)) void meter_pause(struct process *process);
__attribute__((cold)) void meter_again(struct process *process);
static inline void meter_look(struct process *process)
{
        if (process != NULL && unlikely(process->is_metered))
                meter_again(process);
}

/* In a turn of the running process that sends, on the classical stack. May not return. */
void meter_messages(struct process *process, const char *method);
