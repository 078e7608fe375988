/* SPDX-License-Identifier: MIT */
/*
 * A meter of a thread: what the kernel has counted of it, for another thread to read. It says why
 * a thread took long: it ran, it waited for a CPU, it slept, or it waited for memory.
 *
 * All of it is read from files in /proc, which are open from the beginning, so that reading them
 * costs a system call each and never a descriptor that a program wants at that moment.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* CPU quotas lie in each other: of so many groups it is told that they were kept waiting. */
#define PLATFORM_METER_GROUPS_MAX 4

struct platform_meter {
        int thread; /* the kernel's number; 0: none */
        int schedstat, stat, status;
        int groups[PLATFORM_METER_GROUPS_MAX];
        unsigned groups_count;
};

/* All since the thread began, but for the last. Times are in nanoseconds. */
struct platform_meter_times {
        uint64_t now_ns;       /* platform_time_now() */
        uint64_t cpu_ns;       /* it had a CPU */
        uint64_t waiting_ns;   /* it wanted one; the wait that is not over is not in it */
        uint64_t throttled_ns; /* the quota of our cgroup, or of one above, was used up: of all
                                  threads, on all CPUs */
        uint64_t faults_minor, faults_major; /* major ones had to wait for a disk */
        uint64_t sleeps;                     /* how often it left the CPU by itself */
        uint64_t put_off;                    /* how often it was made to leave it */
        bool is_runnable;                    /* it has a CPU now, or wants one */
        bool is_running;                     /* it has one: it moved on while it was looked at */
};

/*
 * For the calling thread, or any other of this OS process. `root` is that of platform_quota_cpus();
 * groups that have no quota now are not looked at later. 0, or a negative errno: nothing is left
 * open then.
 */
int platform_meter_open(struct platform_meter *meter, int thread, const char *root);
/* Takes one that was not opened, if it is all zeros. */
void platform_meter_close(struct platform_meter *meter);
/* By any thread. False where the thread has ended, or the kernel does not tell. */
bool platform_meter_read(const struct platform_meter *meter,
                         struct platform_meter_times *ret_times);
