/* SPDX-License-Identifier: MIT */
/*
 * Calls of the file system, made by a thread of the pool, which they block: what epoll.c has no
 * other way for, and what uring.c has no operation for.
 *
 * An operation names what it is about in one of two ways. An *entry* is a name in a directory, to
 * be made, removed or read: mkdir, unlink, rename, link, symlink, readlink. An *object* is what a
 * name leads to, or a descriptor: stat, access, chmod, chown, utimes, watch. With BENEATH, the
 * directory of an entry, or the object itself, is opened first by file_open_beneath(), as an O_PATH
 * descriptor: what was checked is then what is worked on, whatever others rename meanwhile.
 *
 * Invariants:
 *   (1) What is opened on the way is closed again before the answer.
 *   (2) EINTR is tried again, and never answered.
 *   (3) A call that a kernel lacks, or a filter refuses, has a second way (through /proc/self/fd,
 *       or by plain reading and writing); where that is missing too its error is the answer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/backend.h"
#include "platform/time.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define COPY_BYTES (16u << 10) /* read and written at a time: it lives on a small stack */
#define SCAN_BYTES (32u << 10) /* of a listing, at a time: on the same stack */
#define PROC_BYTES 40          /* "/proc/self/fd/" and a number */
#define SCAN_NS    2000000u    /* directories are listed together for so long */

static int64_t result_of(int64_t value)
{
        return value < 0 ? -errno : value;
}

/* ---- Where an operation takes place */

/* An entry: its name in a directory that is open. */
struct place {
        int directory;
        const char *name;
        int opened; /* -1: nothing was */
        char text[PATH_MAX];
};

static void place_leave(const struct place *place)
{
        if (place->opened >= 0)
                close(place->opened);
}

/*
 * Finds the entry that a path names, beneath the directory. The slashes at the end of what may be a
 * directory (`folder`) mean nothing; of anything else they are wrong.
 */
static int place_find(int directory, const char *path, bool beneath, bool folder, uint32_t without,
                      struct place *ret_place)
{
        struct place *place = ret_place;
        size_t length;
        char *slash;

        *place = (struct place){.directory = directory, .name = path, .opened = -1};
        if (!path)
                return -EFAULT;
        if (!beneath)
                return 0;
        length = strnlen(path, PATH_MAX);
        if (length == PATH_MAX)
                return -ENAMETOOLONG;
        memcpy(place->text, path, length + 1);
        while (length > 0 && place->text[length - 1] == '/') {
                if (!folder)
                        return length == 1 ? -EXDEV : -ENOTDIR;
                place->text[--length] = '\0';
        }
        if (!length)
                return *path ? -EXDEV : -ENOENT;
        slash = strrchr(place->text, '/');
        place->name = slash ? slash + 1 : place->text;
        if (strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0)
                return -EINVAL;
        if (!slash)
                return 0;
        if (slash == place->text)
                return -EXDEV;
        *slash = '\0';
        place->opened = file_open_beneath(directory, place->text, O_PATH | O_DIRECTORY, 0, without);
        place->directory = place->opened;
        return place->opened < 0 ? place->opened : 0;
}

/*
 * Opens the object of an operation where that is beneath a directory; -1: it is to be found by its
 * path. Other negative results are errnos.
 */
static int object_open(const struct platform_op *op, uint32_t without)
{
        const char *path = op->address;
        int flags = op->flags & AT_SYMLINK_NOFOLLOW ? O_PATH | O_NOFOLLOW : O_PATH;

        if (!path)
                return -EFAULT;
        if (!(op->op_flags & PLATFORM_OP_BENEATH) || (!*path && op->flags & AT_EMPTY_PATH))
                return INT_MIN;
        return file_open_beneath(op->fd, path, flags, 0, without);
}

static void proc_path(char text[PROC_BYTES], int fd)
{
        snprintf(text, PROC_BYTES, "/proc/self/fd/%d", fd);
}

/* ---- Objects */

/* True where a call that takes an empty path was refused for that, not for what it was to do. */
static bool has_no_empty_path(int64_t result)
{
        return result < 0 && (errno == ENOSYS || errno == EINVAL || errno == ENOENT ||
                              errno == EPERM || errno == EOPNOTSUPP);
}

static int64_t object_chmod(int fd, const char *path, int flags, mode_t mode, uint32_t without)
{
        char text[PROC_BYTES];
        int64_t result;

        if (!(flags & AT_EMPTY_PATH) || *path)
                return fchmodat(fd, path, mode, flags & ~AT_EMPTY_PATH);
        result = fchmod(fd, mode);
        if (!result || errno != EBADF)
                return result;
        /* It may be an O_PATH descriptor. */
        if (!(without & PLATFORM_WITHOUT_NEW_FILES)) {
                result = syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH);
                if (!has_no_empty_path(result))
                        return result;
        }
        proc_path(text, fd);
        return chmod(text, mode);
}

static int64_t object_access(int fd, const char *path, int mode, int flags, uint32_t without)
{
        char text[PROC_BYTES];
        int64_t result;

        if (!(without & PLATFORM_WITHOUT_NEW_FILES)) {
                result = faccessat(fd, path, mode, flags);
                if (!(flags & AT_EMPTY_PATH) || *path || !has_no_empty_path(result))
                        return result;
        } else if (!(flags & AT_EMPTY_PATH) || *path) {
                return faccessat(fd, path, mode, flags & AT_SYMLINK_NOFOLLOW);
        }
        proc_path(text, fd);
        return faccessat(AT_FDCWD, text, mode, 0);
}

static int64_t object_utimes(int fd, const char *path, const struct timespec *times, int flags,
                             uint32_t without)
{
        char text[PROC_BYTES];
        int64_t result;

        if (!(flags & AT_EMPTY_PATH) || *path)
                return utimensat(fd, path, times, flags & ~AT_EMPTY_PATH);
        result = futimens(fd, times);
        if (!result || errno != EBADF)
                return result;
        if (!(without & PLATFORM_WITHOUT_NEW_FILES)) {
                result = utimensat(fd, "", times, AT_EMPTY_PATH);
                if (!has_no_empty_path(result))
                        return result;
        }
        proc_path(text, fd);
        return utimensat(AT_FDCWD, text, times, 0);
}

static int64_t object_call(const struct platform_op *op, uint32_t without)
{
        int opened = object_open(op, without), fd = opened, flags = (int)op->flags;
        const char *path = op->address;
        int64_t result;

        if (opened < 0 && opened != INT_MIN)
                return opened;
        if (opened < 0) {
                fd = op->fd;
        } else {
                path = "";
                flags = AT_EMPTY_PATH | (flags & ~AT_SYMLINK_NOFOLLOW);
        }
        do {
                switch (op->code) {
                case PLATFORM_STATX:
                        result = syscall(SYS_statx, fd, path, flags,
                                         op->mask ? op->mask : op->mode, op->address2);
                        break;
                case PLATFORM_CHMOD:
                        result = object_chmod(fd, path, flags, op->mode, without);
                        break;
                case PLATFORM_CHOWN:
                        result = fchownat(fd, path, op->length, op->mask, flags);
                        break;
                case PLATFORM_UTIMES:
                        result = object_utimes(fd, path, op->address2, flags, without);
                        break;
                case PLATFORM_WATCH:
                        result = watch_call(op->fd2, fd, path, flags, op->mask);
                        break;
                default:
                        result = object_access(fd, path, op->mode, flags, without);
                }
                result = result_of(result);
        } while (result == -EINTR);
        if (opened >= 0)
                close(opened);
        return result;
}

/* ---- Entries */

/* A name for an object that may have none yet: an O_TMPFILE. */
static int64_t object_link(int fd, int directory, const char *name)
{
        char text[PROC_BYTES];

        if (!linkat(fd, "", directory, name, AT_EMPTY_PATH))
                return 0;
        /* Without the right to read everything that is refused: open(2), O_TMPFILE. */
        if (errno != ENOENT && errno != EPERM && errno != EACCES && errno != EINVAL)
                return -1;
        proc_path(text, fd);
        return linkat(AT_FDCWD, text, directory, name, AT_SYMLINK_FOLLOW);
}

static int64_t link_call(const struct platform_op *op, const struct place *from,
                         const struct place *to)
{
        if (op->flags & AT_EMPTY_PATH)
                return object_link(op->fd, to->directory, to->name);
        return linkat(from->directory, from->name, to->directory, to->name,
                      (int)op->flags & ~AT_EMPTY_PATH);
}

static int64_t rename_call(const struct platform_op *op, const struct place *from,
                           const struct place *to)
{
        int64_t result = renameat2(from->directory, from->name, to->directory, to->name, op->flags);

        if (result < 0 && errno == ENOSYS && !op->flags)
                return renameat(from->directory, from->name, to->directory, to->name);
        return result;
}

/* An operation on one entry, or on two: `to` is the new name. */
static int64_t entry_call(const struct platform_op *op, uint32_t without)
{
        bool beneath = op->op_flags & PLATFORM_OP_BENEATH;
        bool folder = op->code == PLATFORM_MKDIR || op->code == PLATFORM_RENAME ||
                      (op->code == PLATFORM_UNLINK && op->flags & AT_REMOVEDIR);
        bool has_new = op->code == PLATFORM_RENAME || op->code == PLATFORM_LINK;
        bool is_object = op->code == PLATFORM_LINK && op->flags & AT_EMPTY_PATH;
        struct place from = {.opened = -1}, to = {.opened = -1};
        int64_t result;

        result = place_find(op->fd, op->address, beneath && !is_object, folder, without, &from);
        if (!result && has_new)
                result = place_find(op->fd2, op->address2, beneath, folder, without, &to);
        while (!result) {
                switch (op->code) {
                case PLATFORM_RENAME:
                        result = rename_call(op, &from, &to);
                        break;
                case PLATFORM_UNLINK:
                        result = unlinkat(from.directory, from.name, (int)op->flags);
                        break;
                case PLATFORM_MKDIR:
                        result = mkdirat(from.directory, from.name, op->mode);
                        break;
                case PLATFORM_LINK:
                        result = link_call(op, &from, &to);
                        break;
                case PLATFORM_SYMLINK:
                        result = symlinkat(op->address2, from.directory, from.name);
                        break;
                default:
                        result = readlinkat(from.directory, from.name, op->address2, op->length);
                }
                result = result_of(result);
                if (result != -EINTR)
                        break;
                result = 0;
        }
        place_leave(&from);
        place_leave(&to);
        return result;
}

/* ---- Descriptors */

static int64_t call_open(const struct platform_op *op, uint32_t without)
{
        int flags = (int)op->flags | O_CLOEXEC, kind, fd;

        if (!op->address)
                return -EFAULT;
        if ((flags & O_TMPFILE) == O_TMPFILE && without & PLATFORM_WITHOUT_NEW_FILES)
                return -EOPNOTSUPP;
        if (op->op_flags & PLATFORM_OP_BENEATH)
                fd = file_open_beneath(op->fd, op->address, flags, op->mode, without);
        else
                fd = (int)result_of(openat(op->fd, op->address, flags, (mode_t)op->mode));
        if (fd < 0)
                return fd;
        kind = platform_descriptor_look(fd);
        /* Only files: a socket cannot be opened, and the mode of a pipe or terminal is not ours. */
        if (kind == DESCRIPTOR_FILE)
                platform_descriptor_made(fd, DESCRIPTOR_FILE);
        else
                platform_descriptor_gone(fd);
        return fd;
}

/*
 * Going to a place and reading there are two calls: of the threads that list one directory, each
 * makes both before another one does.
 */
static int64_t call_getdents(const struct platform_op *op)
{
        static pthread_mutex_t locks[16] = {[0 ... 15] = PTHREAD_MUTEX_INITIALIZER};
        pthread_mutex_t *lock = &locks[(uint32_t)op->fd % 16];
        int64_t result = 0;

        if (op->offset == UINT64_MAX)
                return result_of(syscall(SYS_getdents64, op->fd, op->address, op->length));
        pthread_mutex_lock(lock);
        if (lseek(op->fd, (off_t)op->offset, SEEK_SET) < 0)
                result = errno == ESPIPE ? -ENOTDIR : -errno;
        if (!result)
                result = result_of(syscall(SYS_getdents64, op->fd, op->address, op->length));
        pthread_mutex_unlock(lock);
        return result;
}

/* What copy_file_range(2) does where it cannot: a piece, by reading and writing. */
static int64_t copy_by_hand(const struct platform_op *op, off_t from, off_t to, uint64_t bytes)
{
        char buffer[COPY_BYTES];
        int mode = fcntl(op->fd, F_GETFL);
        ssize_t got;

        if (mode >= 0 && ((mode & O_ACCMODE) == O_RDONLY || mode & O_APPEND)) {
                errno = EBADF;
                mode = -1;
        }
        if (mode < 0)
                return -1;
        got = pread(op->fd2, buffer, bytes < COPY_BYTES ? bytes : COPY_BYTES, from);
        return got <= 0 ? got : pwrite(op->fd, buffer, (size_t)got, to);
}

static int64_t call_copy(const struct platform_op *op, uint32_t without)
{
        off_t from = (off_t)(uintptr_t)op->address, to = (off_t)op->offset;
        uint64_t bytes = platform_op_bytes(op), moved = 0;
        bool by_hand = without & PLATFORM_WITHOUT_NEW_FILES;

        if (bytes > PLATFORM_TRANSFER_MAX)
                bytes = PLATFORM_TRANSFER_MAX;
        while (moved < bytes) {
                loff_t in = from + (off_t)moved, out = to + (off_t)moved;
                int64_t count;

                if (by_hand)
                        count = copy_by_hand(op, in, out, bytes - moved);
                else
                        count = copy_file_range(op->fd2, &in, op->fd, &out, bytes - moved, 0);
                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0 && !by_hand && !moved &&
                    (errno == ENOSYS || errno == EXDEV || errno == EOPNOTSUPP || errno == EPERM)) {
                        by_hand = true;
                        continue;
                }
                /* Some files say that they are empty, and are not: those of /proc. */
                if (!count && !by_hand && !moved) {
                        by_hand = true;
                        continue;
                }
                if (count < 0 && !moved)
                        return -errno;
                if (count <= 0)
                        break;
                moved += (uint64_t)count;
        }
        return (int64_t)moved;
}

static int64_t call_lock(const struct platform_op *op)
{
        struct flock lock = {.l_type = (short)op->flags,
                             .l_whence = SEEK_SET,
                             .l_start = (off_t)op->offset,
                             .l_len = (off_t)platform_op_bytes(op)};

        if (!fcntl(op->fd, F_OFD_SETLK, &lock))
                return 0;
        return errno == EACCES ? -EAGAIN : -errno;
}

/* ---- Lists with attributes */

static bool is_dots(const char *name)
{
        return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* The length of a record's name. Its zero is among the last eight bytes. */
static size_t record_length(const struct platform_record *record)
{
        const uint64_t ones = 0x0101010101010101u;
        size_t last = record->bytes - sizeof(ones);
        uint64_t word;

        memcpy(&word, (const char *)record + last, sizeof(word));
        if (last < offsetof(struct platform_record, name))
                word |= 0xffffff; /* what is before the name */
        word = (word - ones) & ~word & ones << 7;
        return last + (size_t)__builtin_ctzll(word) / 8 - offsetof(struct platform_record, name);
}

/* Appends an entry, which it looks at. False where there is no room for it. */
static bool scan_entry(int fd, const struct platform_record *record, char *to, size_t room,
                       size_t *used)
{
        const size_t head = offsetof(struct platform_record, bytes);
        struct platform_scan_entry *entry = (struct platform_scan_entry *)(void *)(to + *used);
        size_t bytes = offsetof(struct platform_scan_entry, bytes) + record->bytes - head;

        if (bytes > room - *used)
                return false;
        entry->error = fstatat(fd, record->name, &entry->status, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
        entry->length = (uint16_t)record_length(record);
        for (size_t at = 0; at < record->bytes - head; at += sizeof(uint64_t))
                memcpy((char *)&entry->bytes + at, (const char *)&record->bytes + at,
                       sizeof(uint64_t));
        entry->bytes = (uint16_t)bytes;
        *used += bytes;
        return true;
}

/* Lists a directory that is open: what is written into the room. */
static int64_t scan_listing(const struct platform_op *op, int fd, uint64_t place,
                            struct platform_scan *scan, size_t room)
{
        _Alignas(8) char records[SCAN_BYTES];
        size_t used = sizeof(*scan);

        if (op->mask) {
                scan->number = watch_call(op->fd2, fd, "", AT_EMPTY_PATH, op->mask);
                if (scan->number < 0)
                        return -errno;
        }
        if (place && lseek(fd, (off_t)place, SEEK_SET) < 0)
                return -errno;
        for (;;) {
                long got = syscall(SYS_getdents64, fd, records, sizeof(records));

                if (got < 0)
                        return -errno;
                if (!got)
                        break;
                for (long at = 0; at < got;) {
                        const struct platform_record *record =
                                (const struct platform_record *)(records + at);

                        if (!is_dots(record->name) &&
                            !scan_entry(fd, record, (char *)scan, room, &used)) {
                                scan->next = place;
                                return (int64_t)used;
                        }
                        place = (uint64_t)record->offset;
                        at += record->bytes;
                }
        }
        scan->next = 0;
        return (int64_t)used;
}

/* One directory, from a place on. The bytes, or a negative errno; both stand in its record, too. */
static int64_t scan_directory(const struct platform_op *op, const char *path, uint64_t place,
                              struct platform_scan *scan, size_t room, uint32_t without)
{
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
        int64_t result;

        do {
                int fd = file_open_beneath(op->fd, path, flags, 0, without);

                *scan = (struct platform_scan){.bytes = sizeof(*scan)};
                result = fd < 0 ? fd : scan_listing(op, fd, place, scan, room);
                if (fd >= 0)
                        close(fd);
        } while (result == -EINTR);
        if (result < 0)
                scan->error = (int32_t)result;
        else
                scan->bytes = (uint32_t)result;
        return result;
}

/*
 * Directories one after the other. No more is begun where the room may not do for one like the
 * last, or when the first of them have been waited for long enough.
 */
static int64_t call_scan(const struct platform_op *op, uint32_t without)
{
        const char *path = op->address;
        uint64_t began = op->mode ? platform_time_now() : 0;
        size_t used = 0, last;

        if (!path || !op->address2)
                return -EFAULT;
        for (unsigned left = op->mode;; left--) {
                struct platform_scan *scan = (void *)((char *)op->address2 + used);
                int64_t result = scan_directory(op, path, used ? 0 : op->offset, scan,
                                                op->length - used, without);

                if (result < 0 && !used)
                        return result;
                last = scan->bytes;
                used += last;
                if (!left || scan->next || op->length - used < last ||
                    op->length - used < PLATFORM_SCAN_BYTES_MIN ||
                    platform_time_now() - began > SCAN_NS)
                        return (int64_t)used;
                path += strlen(path) + 1;
        }
}

static int64_t descriptor_call(const struct platform_op *op, uint32_t without)
{
        switch (op->code) {
        case PLATFORM_OPEN:
                return call_open(op, without);
        case PLATFORM_GETDENTS:
                return call_getdents(op);
        case PLATFORM_FSYNC:
                return result_of(op->flags & PLATFORM_SYNC_DATA ? fdatasync(op->fd)
                                                                 : fsync(op->fd));
        case PLATFORM_SYNC_RANGE:
                return result_of(sync_file_range(op->fd, (off_t)op->offset,
                                                 (off_t)platform_op_bytes(op), op->flags));
        case PLATFORM_SYNC_FS:
                return result_of(syncfs(op->fd));
        case PLATFORM_TRUNCATE:
                return result_of(ftruncate(op->fd, (off_t)op->offset));
        case PLATFORM_ALLOCATE:
                return result_of(fallocate(op->fd, (int)op->flags, (off_t)op->offset,
                                           (off_t)platform_op_bytes(op)));
        case PLATFORM_COPY_RANGE:
                return call_copy(op, without);
        case PLATFORM_LOCK:
                return call_lock(op);
        case PLATFORM_SCAN:
                return call_scan(op, without);
        case PLATFORM_UNWATCH:
                return unwatch_call(op);
        case PLATFORM_WATCHED:
                return watched_call(op);
        default:
                return -EINVAL;
        }
}

int64_t file_call(const struct platform_op *op, uint32_t without)
{
        int64_t result;

        switch (op->code) {
        case PLATFORM_STATX:
        case PLATFORM_CHMOD:
        case PLATFORM_CHOWN:
        case PLATFORM_UTIMES:
        case PLATFORM_ACCESS:
        case PLATFORM_WATCH:
                return object_call(op, without);
        case PLATFORM_RENAME:
        case PLATFORM_UNLINK:
        case PLATFORM_MKDIR:
        case PLATFORM_LINK:
        case PLATFORM_SYMLINK:
        case PLATFORM_READLINK:
                return entry_call(op, without);
        default:
                do
                        result = descriptor_call(op, without);
                while (result == -EINTR);
                return result;
        }
}
