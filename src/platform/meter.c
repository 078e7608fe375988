/* SPDX-License-Identifier: MIT */
/*
 * The files, of /proc/self/task/THREAD (proc(5), and Documentation/scheduler/sched-stats.rst of
 * the kernel):
 *
 *      schedstat   time on a CPU, time waiting for one, in ns
 *      stat        the state; page faults
 *      status      how often it left the CPU, by itself and not
 *
 * and cpu.stat of cgroups that have a CPU quota. The first number of schedstat is as old as the
 * scheduler's last tick, so the thread's clock is read instead of it.
 */
#include "platform/meter.h"

#include "platform/quota.h"
#include "platform/thread.h"
#include "platform/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 2048 /* of each file, what we look for stands in so many */
#define END_BYTES  256  /* and of the end of status, in so many */

static int file_open(int thread, const char *name)
{
        char path[64];
        int fd;

        snprintf(path, sizeof path, "/proc/self/task/%d/%s", thread, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int platform_meter_open(struct platform_meter *meter, int thread, const char *root)
{
        struct platform_meter made = {.thread = thread};
        int error;

        made.schedstat = file_open(thread, "schedstat");
        made.stat = file_open(thread, "stat");
        made.status = file_open(thread, "status");
        error = made.schedstat < 0 ? made.schedstat : made.stat < 0 ? made.stat : made.status;
        made.groups_count = platform_quota_open(root, made.groups, PLATFORM_METER_GROUPS_MAX);
        if (error < 0) {
                platform_meter_close(&made);
                return error;
        }
        *meter = made;
        return 0;
}

void platform_meter_close(struct platform_meter *meter)
{
        unsigned i;

        if (meter->thread == 0)
                return;
        if (meter->schedstat >= 0)
                close(meter->schedstat);
        if (meter->stat >= 0)
                close(meter->stat);
        if (meter->status >= 0)
                close(meter->status);
        for (i = 0; i < meter->groups_count; i++)
                close(meter->groups[i]);
        *meter = (struct platform_meter){0};
}

static bool text_read(int fd, char text[TEXT_BYTES])
{
        ssize_t length = pread(fd, text, TEXT_BYTES - 1, 0);

        text[length > 0 ? length : 0] = '\0';
        return length > 0;
}

/*
 * The same of a file's end. What we look for in status stands there, behind lists of groups and of
 * CPUs that may be long.
 */
static bool end_read(int fd, char text[TEXT_BYTES])
{
        ssize_t length;
        off_t at = 0;

        while ((length = pread(fd, text, TEXT_BYTES - 1, at)) == TEXT_BYTES - 1)
                at += length - END_BYTES;
        text[length > 0 ? length : 0] = '\0';
        return length > 0;
}

/* "NAME NUMBER" on a line of its own; false where there is none. */
static bool number_find(const char *text, const char *name, uint64_t *ret_number)
{
        const char *at = strstr(text, name);
        unsigned long long number;

        if (at == NULL || sscanf(at + strlen(name), " %llu", &number) != 1)
                return false;
        *ret_number = number;
        return true;
}

static uint64_t throttled(const struct platform_meter *meter)
{
        char text[TEXT_BYTES];
        uint64_t total = 0, number;
        unsigned i;

        for (i = 0; i < meter->groups_count; i++) {
                if (!text_read(meter->groups[i], text))
                        continue;
                if (number_find(text, "throttled_usec", &number))
                        total += number * 1000; /* version 2 */
                else if (number_find(text, "throttled_time", &number))
                        total += number;
        }
        return total;
}

bool platform_meter_read(const struct platform_meter *meter, struct platform_meter_times *ret_times)
{
        struct platform_meter_times times = {.now_ns = platform_time_now()};
        unsigned long long waiting, minor, major;
        char text[TEXT_BYTES], state;
        const char *behind;

        if (meter->thread == 0)
                return false;
        times.cpu_ns = platform_thread_cpu_time_id(meter->thread);
        if (!text_read(meter->stat, text))
                return false;
        behind = strrchr(text, ')'); /* of the name, which may hold anything */
        if (behind == NULL || sscanf(behind, ") %c %*d %*d %*d %*d %*d %*u %llu %*u %llu", &state,
                                     &minor, &major) != 3)
                return false;
        if (!end_read(meter->status, text) ||
            !number_find(text, "\nvoluntary_ctxt_switches:", &times.sleeps) ||
            !number_find(text, "\nnonvoluntary_ctxt_switches:", &times.put_off))
                return false;
        times.is_running = platform_thread_cpu_time_id(meter->thread) > times.cpu_ns;
        /* Last: a wait is in it once the thread has a CPU again. */
        if (!text_read(meter->schedstat, text) || sscanf(text, "%*u %llu", &waiting) != 1)
                return false;
        times.waiting_ns = waiting;
        times.throttled_ns = throttled(meter);
        times.faults_minor = minor;
        times.faults_major = major;
        times.is_runnable = state == 'R';
        *ret_times = times;
        return true;
}
