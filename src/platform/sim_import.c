/* SPDX-License-Identifier: MIT */
/*
 * Real files, read into the tree of the simulation at set-up, so that a program such as a web file
 * server can run over them.
 *
 *      real path --lstat--> regular file:  its bytes and mode
 *                           symbolic link: its target, as it is written
 *                           directory:     its names in sorted order, each in turn
 *                           anything else: left out
 *
 * Invariants.
 *   (1) The same real tree gives the same simulated one on every host: names are taken in the order
 *       of strcmp(), and neither times nor numbers nor owners are taken over.
 *   (2) Nothing real is opened after this; the program never reaches the host's files.
 *   (3) On failure the tree holds what had been read until then.
 */
#include "platform/sim_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64

static int import_path(struct platform_io *io, const char *real_path, const char *path,
                       unsigned depth);

static int bytes_read(int fd, size_t size, uint8_t *bytes, size_t *ret_length)
{
        size_t length = 0;

        while (length < size) {
                ssize_t n = read(fd, bytes + length, size - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        *ret_length = length;
        return 0;
}

static int import_file(struct platform_io *io, const char *real_path, const char *path,
                       const struct stat *status)
{
        struct sim *sim = sim_of(io);
        size_t length = 0, size = (size_t)status->st_size;
        uint8_t *bytes;
        int fd, r;

        if (size > sim->limits.disk_bytes)
                return -ENOSPC;
        fd = open(real_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        bytes = sim_allocate(sim, size + 1);
        r = bytes_read(fd, size, bytes, &length);
        close(fd);
        if (r == 0)
                r = platform_sim_file(io, path, bytes, length);
        if (r == 0)
                r = platform_sim_mode(io, path, status->st_mode & 07777);
        free(bytes);
        return r;
}

static int import_link(struct platform_io *io, const char *real_path, const char *path)
{
        char target[PATH_MAX];
        ssize_t n = readlink(real_path, target, sizeof(target) - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        return platform_sim_symlink(io, path, target);
}

static int is_wanted(const struct dirent *entry)
{
        return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* alphasort() follows the locale; the run must not. */
static int name_compare(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int import_directory(struct platform_io *io, const char *real_path, const char *path,
                            unsigned depth)
{
        struct dirent **entries;
        char real_child[PATH_MAX], child[PATH_MAX];
        int count, r = platform_sim_directory(io, path);

        if (r < 0)
                return r;
        count = scandir(real_path, &entries, is_wanted, name_compare);
        if (count < 0)
                return -errno;
        for (int i = 0; i < count; ++i) {
                const char *name = entries[i]->d_name;

                if (r == 0) {
                        int real_length =
                                snprintf(real_child, sizeof(real_child), "%s/%s", real_path, name);
                        int length = snprintf(child, sizeof(child), "%s/%s", path, name);

                        if (real_length >= (int)sizeof(real_child) || length >= (int)sizeof(child))
                                r = -ENAMETOOLONG;
                        else
                                r = import_path(io, real_child, child, depth + 1);
                }
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int import_path(struct platform_io *io, const char *real_path, const char *path,
                       unsigned depth)
{
        struct stat status;

        if (depth > DEPTH_MAX)
                return -ENAMETOOLONG;
        if (lstat(real_path, &status) < 0)
                return -errno;
        if (S_ISREG(status.st_mode))
                return import_file(io, real_path, path, &status);
        if (S_ISLNK(status.st_mode))
                return import_link(io, real_path, path);
        if (S_ISDIR(status.st_mode))
                return import_directory(io, real_path, path, depth);
        return 0;
}

int platform_sim_import(struct platform_io *io, const char *real_path, const char *path)
{
        char resolved[PATH_MAX];

        if (realpath(real_path, resolved) == NULL)
                return -errno;
        return import_path(io, resolved, path, 0);
}
