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

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* What is done with the folder of a group that has a quota, of so many CPUs. */
struct visit {
        void (*group)(const char *folder, unsigned cpus, struct visit *visit);
        unsigned cpus; /* the smallest; 0: none */
        int *fds;
        unsigned fds_count, fds_max;
};

static void group_quota(const char *folder, long long quota_us, long long period_us,
                        struct visit *visit)
{
        long long count;

        if (quota_us <= 0 || period_us <= 0)
                return;
        count = quota_us / period_us + (quota_us % period_us != 0);
        if (count <= UINT_MAX)
                visit->group(folder, (unsigned)count, visit);
}

/* One folder, of either version. */
static void folder_look(const char *folder, struct visit *visit)
{
        char path[LINE_MAX_BYTES * 2], line[LINE_MAX_BYTES];
        long long quota, period;

        snprintf(path, sizeof path, "%s/cpu.max", folder);
        if (line_read(path, line) && sscanf(line, "%lld %lld", &quota, &period) == 2)
                group_quota(folder, quota, period, visit);
        snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
        if (!line_read(path, line) || sscanf(line, "%lld", &quota) != 1)
                return;
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        if (line_read(path, line) && sscanf(line, "%lld", &period) == 1)
                group_quota(folder, quota, period, visit);
}

/* The group at `path` below a mount, and all that it is in. */
static void path_look(const char *root, const char *mount, const char *path, struct visit *visit)
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
                folder_look(folder, visit);
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

static void groups_visit(const char *root, struct visit *visit)
{
        char line[LINE_MAX_BYTES], *controllers, *path;
        FILE *file;

        snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
        file = fopen(line, "re");
        if (file == NULL)
                return;
        while (fgets(line, sizeof line, file) != NULL) {
                line[strcspn(line, "\n")] = '\0';
                controllers = strchr(line, ':');
                path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
                if (path == NULL)
                        continue;
                *controllers++ = '\0';
                *path++ = '\0';
                if (*controllers == '\0') {
                        path_look(root, "", path, visit);
                        path_look(root, "/unified", path, visit); /* both versions are mounted */
                } else if (has_cpu(controllers)) {
                        path_look(root, "/cpu", path, visit);
                        path_look(root, "/cpu,cpuacct", path, visit);
                }
        }
        fclose(file);
}

static void group_smallest(const char *folder, unsigned cpus, struct visit *visit)
{
        (void)folder;
        if (visit->cpus == 0 || cpus < visit->cpus)
                visit->cpus = cpus;
}

unsigned platform_quota_cpus(const char *root)
{
        struct visit visit = {.group = group_smallest};

        groups_visit(root, &visit);
        return visit.cpus;
}

/* One file may be found by two names: "cpu" often is a link to "cpu,cpuacct". */
static bool is_open(const struct visit *visit, int fd)
{
        struct stat file, other;

        if (fstat(fd, &file) < 0)
                return true;
        for (unsigned i = 0; i < visit->fds_count; i++)
                if (fstat(visit->fds[i], &other) == 0 && other.st_dev == file.st_dev &&
                    other.st_ino == file.st_ino)
                        return true;
        return false;
}

static void group_open(const char *folder, unsigned cpus, struct visit *visit)
{
        char path[LINE_MAX_BYTES * 2];
        int fd;

        (void)cpus;
        if (visit->fds_count == visit->fds_max)
                return;
        snprintf(path, sizeof path, "%s/cpu.stat", folder);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        if (is_open(visit, fd))
                close(fd);
        else
                visit->fds[visit->fds_count++] = fd;
}

unsigned platform_quota_open(const char *root, int *fds, unsigned max)
{
        struct visit visit = {.group = group_open, .fds = fds, .fds_max = max};

        groups_visit(root, &visit);
        return visit.fds_count;
}
