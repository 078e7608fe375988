/* SPDX-License-Identifier: MIT */
/*
 * Why a turn took long: what its worker did in that time, and what is to blame for most of it. From
 * two readings of the worker's meter; nothing here asks the kernel.
 */
#pragma once

#include "platform/meter.h"

#include <stddef.h>

/* What most of the time went to. */
enum blame_culprit {
        BLAME_COMPUTES, /* it had a CPU */
        BLAME_MEMORY,  /* it had a CPU, and used most of that on pages touched for the first time */
        BLAME_BUSY,    /* it wanted a CPU, which others had */
        BLAME_QUOTA,   /* it wanted a CPU, but the cgroup's quota was used up */
        BLAME_SLEEPS,  /* it slept in the kernel: a call that blocks */
        BLAME_DISK,    /* it slept until pages came from a disk */
        BLAME_STOPPED, /* nothing of the program ran: SIGSTOP, a debugger */
};

/* Times are in ns. The first three and `stopped` make up `wall`. */
struct blame {
        enum blame_culprit culprit;
        uint64_t wall;
        uint64_t cpu, waiting, asleep, stopped;
        uint64_t throttled; /* of `waiting`: at most so much by the quota */
        uint64_t faults_minor, faults_major, put_off;
};

/*
 * Between two readings of one meter. `late`: for so long of that time its reader waited and was
 * woken late, as if all had been stopped; where the thread slept as well, they were.
 */
void blame_find(const struct platform_meter_times *from, const struct platform_meter_times *to,
                uint64_t late, struct blame *ret_blame);
/* Writes it for a person, on one line: what is to blame, and the figures. Always terminated. */
void blame_tell(const struct blame *blame, char *text, size_t bytes);
