/* SPDX-License-Identifier: MIT */
/*
 * Watching files by inotify(7). The kernel wants a path, which is relative to the working directory
 * alone; so what is to be watched is opened first (O_PATH), and named by /proc/self/fd. Where there
 * is no /proc, only a path that is absolute or relative to the working directory can be watched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

int64_t real_watch_limit(struct platform_io *io, enum platform_watch_limit limit)
{
        static const char *const paths[] = {
                [PLATFORM_WATCH_INSTANCES] = "/proc/sys/fs/inotify/max_user_instances",
                [PLATFORM_WATCH_PLACES] = "/proc/sys/fs/inotify/max_user_watches",
        };
        char text[24] = "";
        int fd = open(paths[limit], O_RDONLY | O_CLOEXEC);
        ssize_t got;

        (void)io;
        if (fd < 0)
                return -1;
        got = read(fd, text, sizeof(text) - 1);
        close(fd);
        return got > 0 ? strtoll(text, NULL, 10) : -1;
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
