/* SPDX-License-Identifier: MIT */
/*
 * The CPU quota of the cgroup that we run in: how much CPU time the kernel lets its threads have in
 * a period, whichever CPUs they run on. Containers are limited by it.
 */
#pragma once

/*
 * The smallest quota of our cgroup and of those that it is in, in CPUs, rounded up and at least 1;
 * 0 where there is none. `root` stands before the paths that are read: "" for the system's own,
 * tests give a folder. Version 2 (cpu.max) and 1 (cpu.cfs_quota_us) of cgroups; what cannot be read
 * is no quota.
 */
unsigned platform_quota_cpus(const char *root);

/*
 * Opens cpu.stat of each group that counts for platform_quota_cpus() and has a quota, innermost
 * first, at most `max`: it tells how long the group was kept waiting. How many were opened; they
 * are the caller's to close.
 */
unsigned platform_quota_open(const char *root, int *fds, unsigned max);
