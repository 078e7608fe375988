/* SPDX-License-Identifier: MIT */
/* See meter.h. */
#include "turn/meter.h"

#include "platform/thread.h"
#include "turn/seat.h"

#include <mori/process.h>

#include <errno.h>
#include <stdio.h>

int meter_set(struct process *process, uint64_t messages_max, uint64_t cpu_max)
{
        struct process_rare *rare = process_rare(process);

        if (rare == NULL)
                return -ENOMEM;
        rare->quota.messages = messages_max;
        rare->quota.cpu = process->seat->simulated ? 0 : cpu_max;
        process->is_metered = true;
        return 0;
}

void meter_pause(struct process *process)
{
        if (process->rare != NULL && process->rare->quota.cpu != 0)
                atomic_store_relaxed(&process->cpu, process->cpu + platform_thread_cpu_time() -
                                                            process->rare->quota.since);
}

void meter_begin(struct process *process)
{
        const struct process_rare *rare = process->rare;
        char text[END_TEXT_MAX + 1];

        if (rare == NULL || rare->quota.cpu == 0)
                return;
        process->rare->quota.since = platform_thread_cpu_time();
        if (process->cpu <= rare->quota.cpu || process->state != PROCESS_RUNNING)
                return;
        snprintf(text, sizeof text, "the quota of %llu.%03llu ms of CPU time is exceeded",
                 (unsigned long long)rare->quota.cpu / 1000000,
                 (unsigned long long)rare->quota.cpu / 1000 % 1000);
        base_report("mori: process %s abandoned: %s", process->name, text);
        process->abandoned = true;
        process_end_as(process, END_QUOTA, MORI_QUOTA_CPU, end_detail_new(text));
}

void meter_again(struct process *process)
{
        meter_pause(process);
        meter_begin(process);
}

void meter_messages(struct process *process, const char *method)
{
        uint64_t max = process->rare->quota.messages;

        if (max != 0 && process->messages >= max)
                process_abandon_quota(MORI_QUOTA_MESSAGES,
                                      "the quota of %llu messages is exceeded, by a call of %s",
                                      (unsigned long long)max, method);
}
