/* SPDX-License-Identifier: MIT */
/*
 * Watching files by inotify(7). The kernel wants a path, which is relative to the working directory
 * alone; so what is to be watched is opened first (O_PATH), and named by /proc/self/fd. Where there
 * is no /proc, only a path that is absolute or relative to the working directory can be watched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/backend.h"

int real_watch_new(struct platform_io *io)
{
        int fd = inotify_init1(IN_CLOEXEC), other;

        (void)io;
        if (fd >= 0) {
                platform_descriptor_made(fd, DESCRIPTOR_STREAM);
                return fd;
        }
        if (errno != EMFILE)
                return -errno;
        /* Which limit was it? */
        other = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        if (other < 0)
                return -EMFILE;
        close(other);
        return -EUSERS;
}

int real_watch_pending(struct platform_io *io, int fd)
{
        int bytes;

        (void)io;
        return ioctl(fd, FIONREAD, &bytes) ? -errno : bytes;
}

/* The number in a file of /proc/sys, or -1. */
static int64_t setting(const char *name)
{
        char path[64] = "", text[24] = "";
        ssize_t got;
        int fd;

        snprintf(path, sizeof(path), "/proc/sys/%s", name);
        for (char *at = path; *at != '\0'; at++)
                if (*at == '.')
                        *at = '/';
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -1;
        got = read(fd, text, sizeof(text) - 1);
        close(fd);
        return got > 0 ? strtoll(text, NULL, 10) : -1;
}

int64_t real_watch_limit(struct platform_io *io, enum platform_watch_limit limit,
                         const char **ret_name)
{
        /* of the user, and of the user namespace: where there is but one, they are the same */
        static const char *const names[][2] = {
                [PLATFORM_WATCH_INSTANCES] = {"fs.inotify.max_user_instances",
                                              "user.max_inotify_instances"},
                [PLATFORM_WATCH_PLACES] = {"fs.inotify.max_user_watches",
                                           "user.max_inotify_watches"},
                [PLATFORM_WATCH_EVENTS] = {"fs.inotify.max_queued_events", NULL},
        };
        int64_t users = setting(names[limit][0]);
        int64_t spaces = names[limit][1] != NULL ? setting(names[limit][1]) : -1;
        bool lower = spaces >= 0 && (users < 0 || spaces < users);

        (void)io;
        *ret_name = names[limit][lower];
        return lower ? spaces : users;
}

/* What is open: a link that was not followed on the way is watched itself. */
static int64_t watch_open(int queue, int fd, uint32_t mask)
{
        char path[40];
        int number;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        number = inotify_add_watch(queue, path, mask & ~(uint32_t)IN_DONT_FOLLOW);
        if (number < 0 && errno == ENOENT && access("/proc/self/fd", F_OK))
                errno = ENOSYS;
        return number;
}

int64_t watch_call(int queue, int fd, const char *path, int flags, uint32_t mask)
{
        bool follow = !(flags & AT_SYMLINK_NOFOLLOW);
        int opened, error;
        int64_t number;

        if (fd == AT_FDCWD)
                return inotify_add_watch(queue, path, mask | (follow ? 0u : IN_DONT_FOLLOW));
        if (!*path && flags & AT_EMPTY_PATH)
                return watch_open(queue, fd, mask);
        opened = openat(fd, path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
        if (opened < 0)
                return -1;
        number = watch_open(queue, opened, mask);
        error = errno;
        close(opened);
        errno = error;
        return number;
}

int64_t unwatch_call(const struct platform_op *op)
{
        const int32_t *numbers = op->address;

        /* What is not watched any more was removed. */
        for (uint32_t i = 0; i < op->length; i++)
                if (inotify_rm_watch(op->fd, numbers[i]) && errno != EINVAL)
                        return -errno;
        return 0;
}

/*
 * /proc/self/fdinfo has a line for each watch of an inotify descriptor (proc(5)); nothing else
 * tells whether there is one without ending or changing it.
 */
int64_t watched_call(const struct platform_op *op)
{
        const int32_t *numbers = op->address;
        uint8_t *watched = op->address2;
        char line[512];
        unsigned number;
        FILE *list;

        snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", op->fd);
        list = fopen(line, "re");
        if (list == NULL)
                return -errno;
        memset(watched, 0, op->length);
        while (fgets(line, sizeof(line), list) != NULL) {
                if (sscanf(line, "inotify wd:%x ", &number) != 1)
                        continue;
                for (uint32_t i = 0; i < op->length; i++)
                        watched[i] |= numbers[i] == (int32_t)number;
        }
        number = (unsigned)ferror(list);
        fclose(list);
        return number != 0 ? -EIO : 0;
}
