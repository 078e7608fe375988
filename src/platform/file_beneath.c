/* SPDX-License-Identifier: MIT */
/*
 * Opening what is beneath a directory, and nothing else: openat2(2) with RESOLVE_BENEATH, or, where
 * the kernel or a filter has no such call, a walk that takes one name at a time.
 *
 * The walk keeps two things: `path`, the names from the directory down to where it stands, in which
 * no link and no ".." is left, and `rest`, what is still to be walked.
 *
 *      "."          nothing
 *      ".."         takes the last name from `path`; -EXDEV where there is none
 *      a link       its target goes before `rest`; -EXDEV for an absolute one; 40 links: -ELOOP
 *      a directory  is opened, and goes to `path`
 *      the last     is opened as the caller wants
 *
 * Invariants:
 *   (1) Every name is opened relative to a directory that is open, with O_NOFOLLOW: whatever is
 *       renamed or replaced meanwhile, no link is followed but by this code.
 *   (2) At ".." the walk begins anew from the directory with what is left of `path`, since the
 *       kernel's ".." is where a directory has been moved to, and that may be outside.
 *   (3) Two descriptors are open at a time, at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/backend.h"

#define LINKS_MAX 40
#define TRIES_MAX 64 /* of a path that others change while it is looked at */

struct walk {
        int top, at; /* `at` is `top`, or the walk's own */
        uint32_t links;
        char path[PATH_MAX], rest[PATH_MAX];
};

static void step_to(struct walk *walk, int fd)
{
        if (walk->at != walk->top)
                close(walk->at);
        walk->at = fd;
}

/* Takes the next name out of `rest`; false at its end. */
static bool take(struct walk *walk, char name[NAME_MAX + 1], bool *ret_last, int *ret_error)
{
        char *from = walk->rest + strspn(walk->rest, "/");
        size_t length = strcspn(from, "/");

        *ret_error = length > NAME_MAX ? -ENAMETOOLONG : 0;
        if (!length || length > NAME_MAX)
                return false;
        memcpy(name, from, length);
        name[length] = '\0';
        from += length;
        /* Slashes at the end ask for a directory: the name before them is not the last. */
        *ret_last = !*from;
        memmove(walk->rest, from, strlen(from) + 1);
        return true;
}

/* A link is replaced by its target. */
static int expand(struct walk *walk, const char *target, size_t length)
{
        size_t rest = strlen(walk->rest);

        if (++walk->links > LINKS_MAX)
                return -ELOOP;
        if (target[0] == '/')
                return -EXDEV;
        if (length + 1 + rest + 1 > sizeof(walk->rest))
                return -ENAMETOOLONG;
        memmove(walk->rest + length + 1, walk->rest, rest + 1);
        memcpy(walk->rest, target, length);
        walk->rest[length] = '/';
        if (!rest)
                walk->rest[length] = '\0';
        return 0;
}

static int enter(struct walk *walk, const char *name)
{
        size_t length = strlen(walk->path), more = strlen(name);
        int fd;

        if (length + more + 2 > sizeof(walk->path))
                return -ENAMETOOLONG;
        fd = openat(walk->at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        step_to(walk, fd);
        if (length)
                walk->path[length++] = '/';
        memcpy(walk->path + length, name, more + 1);
        return 0;
}

/* See (2). */
static int leave(struct walk *walk)
{
        char *slash = strrchr(walk->path, '/'), again[PATH_MAX];
        int error = 0;

        if (!walk->path[0])
                return -EXDEV;
        if (slash)
                *slash = '\0';
        else
                walk->path[0] = '\0';
        memcpy(again, walk->path, sizeof(again));
        walk->path[0] = '\0';
        step_to(walk, walk->top);
        for (char *name = again; *name && !error;) {
                size_t length = strcspn(name, "/");
                char *next = name + length + (name[length] == '/');

                name[length] = '\0';
                error = enter(walk, name);
                name = next;
        }
        return error;
}

/* The last name: opened as is wanted. -EAGAIN: it has turned into a link; once more. */
static int last(struct walk *walk, const char *name, int flags, mode_t mode)
{
        int fd = openat(walk->at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);

        if (fd >= 0)
                return fd;
        return errno == ELOOP && !(flags & O_NOFOLLOW) ? -EAGAIN : -errno;
}

static int walk_step(struct walk *walk, const char *name, bool is_last, int flags, mode_t mode,
                     int *ret_fd)
{
        bool follow = !is_last || !(flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL));
        char target[PATH_MAX];
        ssize_t length;
        int error;

        if (strcmp(name, "..") == 0)
                return leave(walk);
        if (strcmp(name, ".") == 0)
                return 0;
        length = follow ? readlinkat(walk->at, name, target, sizeof(target) - 1) : -1;
        if (length >= 0) {
                target[length] = '\0';
                return length ? expand(walk, target, (size_t)length) : -ENOENT;
        }
        if (follow && errno != EINVAL && !(errno == ENOENT && is_last && flags & O_CREAT))
                return -errno;
        if (!is_last)
                return enter(walk, name);
        *ret_fd = last(walk, name, flags, mode);
        if (*ret_fd != -EAGAIN)
                return *ret_fd < 0 ? *ret_fd : 0;
        *ret_fd = -1;
        if (++walk->links > LINKS_MAX)
                return -ELOOP;
        error = (int)strlen(name);
        memcpy(walk->rest, name, (size_t)error + 1); /* it was the last: `rest` is empty */
        return 0;
}

static int walk_open(int directory, const char *path, int flags, mode_t mode)
{
        struct walk walk = {.top = directory, .at = directory};
        char name[NAME_MAX + 1];
        bool is_last = false;
        int fd = -1, error = 0;

        memcpy(walk.rest, path, strlen(path) + 1);
        while (fd < 0 && !error && take(&walk, name, &is_last, &error))
                error = walk_step(&walk, name, is_last, flags, mode, &fd);
        /* It has ended in a directory: with "." or "..", or with a slash. */
        if (fd < 0 && !error) {
                fd = flags & O_CREAT && (flags & O_TMPFILE) != O_TMPFILE
                             ? -EISDIR
                             : openat(walk.at, ".", flags | O_CLOEXEC, mode);
                if (fd == -1)
                        fd = -errno;
                error = fd < 0 ? fd : 0;
        }
        step_to(&walk, directory);
        return error ? error : fd;
}

int file_open_beneath(int directory, const char *path, int flags, mode_t mode, uint32_t without)
{
        struct open_how how = {.flags = (uint32_t)flags | O_CLOEXEC,
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
        bool makes = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;

        if (strnlen(path, PATH_MAX) == PATH_MAX)
                return -ENAMETOOLONG;
        if (!*path)
                return -ENOENT;
        if (*path == '/')
                return -EXDEV;
        if (!makes)
                mode = 0;
        how.mode = mode & 07777;
        for (int i = 0; i < TRIES_MAX && !(without & PLATFORM_WITHOUT_NEW_FILES); i++) {
                long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));

                if (fd >= 0)
                        return (int)fd;
                if (errno == ENOSYS || errno == EPERM)
                        break; /* a filter says EPERM, and so does a file: the walk will, too */
                /* EAGAIN: something was renamed on the way. */
                if (errno != EINTR && errno != EAGAIN)
                        return -errno;
        }
        return walk_open(directory, path, flags, mode);
}
