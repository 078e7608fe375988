/* SPDX-License-Identifier: MIT */
/* The shares of a turn's time, and the largest of them: see blame.h. */
#include "turn/blame.h"

#include <stdio.h>

/*
 * A page that is touched for the first time costs from 0.25 us (warm) to 4 us (cleared, on a
 * machine that is busy): between.
 */
#define FAULT_NS 1000u

static uint64_t least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

static enum blame_culprit culprit_of(const struct blame *blame)
{
        if (blame->cpu >= blame->waiting && blame->cpu >= blame->asleep &&
            blame->cpu >= blame->stopped)
                return blame->faults_minor * FAULT_NS >= blame->cpu / 4 ? BLAME_MEMORY
                                                                        : BLAME_COMPUTES;
        if (blame->waiting >= blame->asleep && blame->waiting >= blame->stopped)
                return blame->throttled >= blame->waiting / 2 ? BLAME_QUOTA : BLAME_BUSY;
        if (blame->stopped >= blame->asleep)
                return BLAME_STOPPED;
        return blame->faults_major != 0 ? BLAME_DISK : BLAME_SLEEPS;
}

void blame_find(const struct platform_meter_times *from, const struct platform_meter_times *to,
                uint64_t late, struct blame *ret_blame)
{
        struct blame blame = {
                .wall = to->now_ns - from->now_ns,
                .faults_minor = to->faults_minor - from->faults_minor,
                .faults_major = to->faults_major - from->faults_major,
                .put_off = to->put_off - from->put_off,
        };
        uint64_t rest;
        bool slept;

        blame.cpu = least(to->cpu_ns - from->cpu_ns, blame.wall);
        rest = blame.wall - blame.cpu;
        blame.waiting = least(to->waiting_ns - from->waiting_ns, rest);
        rest -= blame.waiting;
        /* Who is stopped leaves the CPU by itself, as who sleeps does. */
        slept = to->sleeps != from->sleeps || !from->is_runnable || !to->is_runnable;
        if (slept)
                blame.stopped = least(rest, late);
        rest -= blame.stopped;
        /* A wait that goes on is counted by the kernel afterwards. */
        if (!slept || (to->is_runnable && !to->is_running))
                blame.waiting += rest;
        else
                blame.asleep = rest;
        blame.throttled = least(to->throttled_ns - from->throttled_ns, blame.waiting);
        blame.culprit = culprit_of(&blame);
        *ret_blame = blame;
}

static double ms(uint64_t ns)
{
        return (double)ns / 1e6;
}

void blame_tell(const struct blame *blame, char *text, size_t bytes)
{
        static const char *const words[] = {
                [BLAME_COMPUTES] = "it computes",
                [BLAME_MEMORY] = "it computes, much of it in page faults: memory that is new to it",
                [BLAME_BUSY] = "it waits for a CPU, which others have",
                [BLAME_QUOTA] = "it waits for a CPU: the CPU quota of the cgroup is used up",
                [BLAME_SLEEPS] = "it sleeps in the kernel: a call that blocks",
                [BLAME_DISK] = "it waits for a disk: page faults of memory that was not resident",
                [BLAME_STOPPED] = "the program was stopped, or hardly ran",
        };

        snprintf(text, bytes,
                 "%s; of the last %.1f ms %.1f on a CPU, %.1f waiting for one (%.1f by a quota), "
                 "%.1f asleep, %.1f stopped; page faults: %llu minor, %llu major; put off the CPU "
                 "%llu times",
                 words[blame->culprit], ms(blame->wall), ms(blame->cpu), ms(blame->waiting),
                 ms(blame->throttled), ms(blame->asleep), ms(blame->stopped),
                 (unsigned long long)blame->faults_minor, (unsigned long long)blame->faults_major,
                 (unsigned long long)blame->put_off);
}
