/* SPDX-License-Identifier: MIT */
/*
 * CPU quotas, by the files that cgroups(7) names. /proc/self/cgroup says where we are:
 *
 *      0::/a/b              version 2: cpu.max, "QUOTA PERIOD" or "max PERIOD" in microseconds
 *      3:cpu,cpuacct:/a/b   version 1: cpu.cfs_quota_us, -1 for none, and cpu.cfs_period_us
 *
 * A group has no more than those that it is in, so each is looked at up to the mount's root. In a
 * container that root is often the container's own group while the path is that of the machine: the
 * folders of the path are missing then, and the root has what holds.
 */
#include "platform/quota.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4352 /* a path of PATH_MAX and what stands around it */

/* The first line of a file; false where there is none. */
static bool line_read(const char *path, char line[LINE_MAX_BYTES])
{
        FILE *file = fopen(path, "re");
        bool good = file != NULL && fgets(line, LINE_MAX_BYTES, file) != NULL;

        if (file != NULL)
                fclose(file);
        return good;
}

static void smallest(long long quota_us, long long period_us, unsigned *cpus)
{
        long long count;

        if (quota_us <= 0 || period_us <= 0)
                return;
        count = quota_us / period_us + (quota_us % period_us != 0);
        if (count <= UINT_MAX && (*cpus == 0 || count < *cpus))
                *cpus = (unsigned)count;
}

/* Of one folder, of either version. */
static void folder_look(const char *folder, unsigned *cpus)
{
        char path[LINE_MAX_BYTES * 2], line[LINE_MAX_BYTES];
        long long quota, period;

        snprintf(path, sizeof path, "%s/cpu.max", folder);
        if (line_read(path, line) && sscanf(line, "%lld %lld", &quota, &period) == 2)
                smallest(quota, period, cpus);
        snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
        if (!line_read(path, line) || sscanf(line, "%lld", &quota) != 1)
                return;
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        if (line_read(path, line) && sscanf(line, "%lld", &period) == 1)
                smallest(quota, period, cpus);
}

/* The group at `path` below a mount, and all that it is in. */
static void path_look(const char *root, const char *mount, const char *path, unsigned *cpus)
{
        char folder[LINE_MAX_BYTES + 256];
        size_t base;

        base = (size_t)snprintf(folder, sizeof folder, "%s/sys/fs/cgroup%s", root, mount);
        if (base + strlen(path) >= sizeof folder)
                return;
        if (strncmp(path, "/..", 3) != 0) /* out of what we are shown: its root is all there is */
                strcpy(folder + base, path);
        for (;;) {
                char *slash = strrchr(folder + base, '/');

                if (slash != NULL && slash[1] == '\0') {
                        *slash = '\0'; /* "/" alone, or at the end */
                        continue;
                }
                folder_look(folder, cpus);
                if (slash == NULL)
                        return;
                *slash = '\0';
        }
}

/* Is "cpu" one of a list with commas? */
static bool has_cpu(const char *list)
{
        for (; list != NULL; list = strchr(list, ',')) {
                list += *list == ',';
                if (strncmp(list, "cpu", 3) == 0 && (list[3] == '\0' || list[3] == ','))
                        return true;
        }
        return false;
}

unsigned platform_quota_cpus(const char *root)
{
        char line[LINE_MAX_BYTES], *controllers, *path;
        unsigned cpus = 0;
        FILE *file;

        snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
        file = fopen(line, "re");
        if (file == NULL)
                return 0;
        while (fgets(line, sizeof line, file) != NULL) {
                line[strcspn(line, "\n")] = '\0';
                controllers = strchr(line, ':');
                path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
                if (path == NULL)
                        continue;
                *controllers++ = '\0';
                *path++ = '\0';
                if (*controllers == '\0') {
                        path_look(root, "", path, &cpus);
                        path_look(root, "/unified", path, &cpus); /* both versions are mounted */
                } else if (has_cpu(controllers)) {
                        path_look(root, "/cpu", path, &cpus);
                        path_look(root, "/cpu,cpuacct", path, &cpus);
                }
        }
        fclose(file);
        return cpus;
}
