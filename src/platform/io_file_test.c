/* SPDX-License-Identifier: MIT */
/*
 * The operations of the file system, the same on every backend: names, attributes, sizes, locks,
 * listings; beneath a directory; and everything that can be wrong with their arguments.
 */
#include "platform/io_test.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

static struct platform_op op_path(enum platform_op_code code, int fd, const char *path)
{
        return (struct platform_op){
                .code = (uint8_t)code, .fd = fd, .address = plain(path), .mode = 0755};
}

static struct platform_op op_two(enum platform_op_code code, int fd, const char *path, int fd2,
                                 const char *path2)
{
        struct platform_op op = op_path(code, fd, path);

        op.fd2 = fd2;
        op.address2 = plain(path2);
        return op;
}

static int name_call(struct rig *rig, enum platform_op_code code, const char *path)
{
        return task_run(rig, op_path(code, AT_FDCWD, path));
}

static int two_call(struct rig *rig, enum platform_op_code code, const char *path,
                    const char *path2, uint32_t flags)
{
        struct platform_op op = op_two(code, AT_FDCWD, path, AT_FDCWD, path2);

        op.flags = flags;
        return task_run(rig, op);
}

static int remove_directory(struct rig *rig, const char *path)
{
        struct platform_op op = op_path(PLATFORM_UNLINK, AT_FDCWD, path);

        op.flags = AT_REMOVEDIR;
        return task_run(rig, op);
}

static void make(struct rig *rig, const char *path, const char *text)
{
        int fd = rig_open(rig, path, O_CREAT | O_EXCL | O_WRONLY);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fd, text, strlen(text), 0)),
                         (int)strlen(text));
        ck_assert_int_eq(rig_close(rig, fd), 0);
}

static void holds(struct rig *rig, const char *path, const char *text)
{
        char bytes[64] = "";
        int fd = rig_open(rig, path, O_RDONLY);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, sizeof(bytes), 0)),
                         (int)strlen(text));
        ck_assert_mem_eq(bytes, text, strlen(text));
        ck_assert_int_eq(rig_close(rig, fd), 0);
}

static int status(struct rig *rig, int fd, const char *path, uint32_t flags, struct statx *ret)
{
        struct platform_op op = op_path(PLATFORM_STATX, fd, path);

        op.flags = flags;
        op.mask = STATX_BASIC_STATS;
        op.address2 = ret;
        return task_run(rig, op);
}

static uint64_t inode(struct rig *rig, const char *path)
{
        struct statx found;

        ck_assert_int_eq(status(rig, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &found), 0);
        return found.stx_ino;
}

static void names(struct rig *rig)
{
        char text[16];
        struct platform_op read_link = op_path(PLATFORM_READLINK, AT_FDCWD, "link");
        uint64_t first;

        ck_assert_int_eq(name_call(rig, PLATFORM_MKDIR, "a"), 0);
        ck_assert_int_eq(name_call(rig, PLATFORM_MKDIR, "a"), -EEXIST);
        ck_assert_int_eq(name_call(rig, PLATFORM_MKDIR, "a/b/c"), -ENOENT);
        ck_assert_int_eq(name_call(rig, PLATFORM_MKDIR, "a/b/"), 0);
        make(rig, "a/one", "one");
        make(rig, "a/two", "two");
        ck_assert_int_eq(name_call(rig, PLATFORM_MKDIR, "a/one/x"), -ENOTDIR);

        first = inode(rig, "a/one");
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/one", "a/two", RENAME_NOREPLACE),
                         -EEXIST);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/one", "a/two", RENAME_EXCHANGE), 0);
        ck_assert_uint_eq(inode(rig, "a/two"), first);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/two", "a/one", 0), 0);
        ck_assert_uint_eq(inode(rig, "a/one"), first);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/two", "x", 0), -ENOENT);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/one", "x", RENAME_EXCHANGE), -ENOENT);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a", "a/b/a", 0), -EINVAL);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/b", "a", 0), -ENOTEMPTY);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/one", "a/b", 0), -EISDIR);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/b", "a/one", 0), -ENOTDIR);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/one", "a/one", 0), 0);
        ck_assert_int_eq(two_call(rig, PLATFORM_RENAME, "a/one", "x",
                                  RENAME_NOREPLACE | RENAME_EXCHANGE),
                         -EINVAL);

        ck_assert_int_eq(two_call(rig, PLATFORM_LINK, "a/one", "second", 0), 0);
        ck_assert_int_eq(two_call(rig, PLATFORM_LINK, "a/one", "second", 0), -EEXIST);
        ck_assert_int_eq(two_call(rig, PLATFORM_LINK, "a", "third", 0), -EPERM);
        ck_assert_int_eq(two_call(rig, PLATFORM_LINK, "none", "third", 0), -ENOENT);
        ck_assert_uint_eq(inode(rig, "second"), first);
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "a/one"), 0);
        holds(rig, "second", "one");
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "a/one"), -ENOENT);
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "a/b"), -EISDIR);

        ck_assert_int_eq(two_call(rig, PLATFORM_SYMLINK, "link", "second", 0), 0);
        ck_assert_int_eq(two_call(rig, PLATFORM_SYMLINK, "link", "second", 0), -EEXIST);
        ck_assert_int_eq(two_call(rig, PLATFORM_SYMLINK, "empty", "", 0), -ENOENT);
        holds(rig, "link", "one");
        read_link.address2 = text;
        read_link.length = sizeof(text);
        ck_assert_int_eq(task_run(rig, read_link), 6);
        ck_assert_mem_eq(text, "second", 6);
        read_link.length = 3;
        ck_assert_int_eq(task_run(rig, read_link), 3);
        read_link.length = 0;
        ck_assert_int_eq(task_run(rig, read_link), -EINVAL);
        read_link.length = sizeof(text);
        read_link.address = plain("second");
        ck_assert_int_eq(task_run(rig, read_link), -EINVAL);

        ck_assert_int_eq(remove_directory(rig, "a"), -ENOTEMPTY);
        ck_assert_int_eq(remove_directory(rig, "second"), -ENOTDIR);
        ck_assert_int_eq(remove_directory(rig, "a/b"), 0);
        ck_assert_int_eq(remove_directory(rig, "a"), 0);
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "link"), 0);
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "second"), 0);
}
PORTABLE(names)

static int object_call(struct rig *rig, enum platform_op_code code, int fd, const char *path,
                       unsigned mode, const void *address2, uint32_t flags)
{
        struct platform_op op = op_path(code, fd, path);

        op.mode = (uint16_t)mode;
        op.address2 = plain(address2);
        op.flags = flags;
        op.length = op.mask = code == PLATFORM_CHOWN ? UINT32_MAX : 0;
        return task_run(rig, op);
}

/* By its path, by its descriptor, and by one that names it only. */
static void attributes(struct rig *rig)
{
        const struct timespec times[] = {{1000, 5}, {2000, 7}};
        const struct timespec second[] = {{0, UTIME_OMIT}, {3000, 0}};
        const struct timespec wrong[] = {{0, -1}, {0, 0}};
        struct statx found;
        int fds[2];

        make(rig, "file", "text");
        ck_assert_int_eq(two_call(rig, PLATFORM_SYMLINK, "link", "file", 0), 0);
        fds[0] = rig_open(rig, "file", O_RDONLY);
        fds[1] = rig_open(rig, "file", O_PATH);
        for (int i = 0; i < 4; i++) {
                int fd = i < 2 ? AT_FDCWD : fds[i - 2];
                const char *path = i == 0 ? "file" : i == 1 ? "link" : "";
                uint32_t flags = i < 2 ? 0 : AT_EMPTY_PATH;

                ck_assert_int_eq(object_call(rig, PLATFORM_CHMOD, fd, path,
                                             0640u + 2 * (unsigned)i, NULL, flags),
                                 0);
                ck_assert_int_eq(object_call(rig, PLATFORM_UTIMES, fd, path, 0, times, flags), 0);
                ck_assert_int_eq(status(rig, AT_FDCWD, "file", 0, &found), 0);
                ck_assert_uint_eq(found.stx_mode & 07777, 0640u + 2 * (unsigned)i);
                ck_assert_int_eq(found.stx_atime.tv_sec, 1000);
                ck_assert_int_eq(found.stx_mtime.tv_sec, 2000);
                ck_assert_uint_eq(found.stx_mtime.tv_nsec, 7);
                ck_assert_int_eq(object_call(rig, PLATFORM_UTIMES, fd, path, 0, second, flags), 0);
                ck_assert_int_eq(status(rig, fds[1], "", AT_EMPTY_PATH, &found), 0);
                ck_assert_int_eq(found.stx_atime.tv_sec, 1000);
                ck_assert_int_eq(found.stx_mtime.tv_sec, 3000);
                ck_assert_int_eq(object_call(rig, PLATFORM_UTIMES, fd, path, 0, NULL, flags), 0);
                ck_assert_int_eq(status(rig, AT_FDCWD, "file", 0, &found), 0);
                ck_assert_int_gt(found.stx_mtime.tv_sec, 1000000000);
                ck_assert_int_eq(object_call(rig, PLATFORM_UTIMES, fd, path, 0, wrong, flags),
                                 -EINVAL);
                ck_assert_int_eq(object_call(rig, PLATFORM_CHOWN, fd, path, 0, NULL, flags), 0);
                ck_assert_int_eq(object_call(rig, PLATFORM_ACCESS, fd, path, R_OK | W_OK, NULL,
                                             flags),
                                 0);
        }
        ck_assert_int_eq(object_call(rig, PLATFORM_ACCESS, AT_FDCWD, "file", X_OK, NULL, 0),
                         -EACCES);
        ck_assert_int_eq(object_call(rig, PLATFORM_ACCESS, AT_FDCWD, "none", F_OK, NULL, 0),
                         -ENOENT);
        ck_assert_int_eq(object_call(rig, PLATFORM_CHMOD, AT_FDCWD, "link", 0600, NULL,
                                     AT_SYMLINK_NOFOLLOW),
                         -EOPNOTSUPP);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "file"), 0);
        ck_assert_int_eq(object_call(rig, PLATFORM_CHMOD, AT_FDCWD, "link", 0600, NULL, 0),
                         -ENOENT);
        ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, "link"), 0);
}
PORTABLE(attributes)

static struct platform_op op_range(enum platform_op_code code, int fd, uint64_t offset,
                                   uint64_t bytes, uint32_t flags)
{
        struct platform_op op = {
                .code = (uint8_t)code, .fd = fd, .offset = offset, .flags = flags};

        platform_op_set_bytes(&op, bytes);
        return op;
}

static void sizes(struct rig *rig)
{
        struct statx found;
        char bytes[16];
        int fd, reader, folder, other;
        struct platform_op copy;

        make(rig, "file", "0123456789");
        fd = rig_open(rig, "file", O_RDWR);
        reader = rig_open(rig, "file", O_RDONLY);
        folder = rig_open(rig, ".", O_RDONLY | O_DIRECTORY);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_TRUNCATE, fd, 4, 0, 0)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_TRUNCATE, fd, 8, 0, 0)), 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 16, 0)), 8);
        ck_assert_mem_eq(bytes, "0123\0\0\0\0", 8);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_TRUNCATE, reader, 4, 0, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_TRUNCATE, folder, 4, 0, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_TRUNCATE, fd, UINT64_MAX, 0, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_TRUNCATE, -1, 4, 0, 0)), -EBADF);

        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_ALLOCATE, fd, 0, 100, 0)), 0);
        ck_assert_int_eq(status(rig, fd, "", AT_EMPTY_PATH, &found), 0);
        ck_assert_uint_eq(found.stx_size, 100);
        ck_assert_int_eq(
                task_run(rig, op_range(PLATFORM_ALLOCATE, fd, 0, 5000, FALLOC_FL_KEEP_SIZE)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_ALLOCATE, fd, 1, 2,
                                                FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)),
                         0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 4, 0)), 4);
        ck_assert_mem_eq(bytes, "0\0\0003", 4);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_ALLOCATE, fd, 0, 0, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_ALLOCATE, fd, 5, UINT64_MAX, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_ALLOCATE, reader, 0, 9, 0)), -EBADF);

        make(rig, "from", "abcdefgh");
        other = rig_open(rig, "from", O_RDONLY);
        copy = op_range(PLATFORM_COPY_RANGE, fd, 10, 4, 0);
        copy.fd2 = other;
        copy.address = (void *)(uintptr_t)2;
        ck_assert_int_eq(task_run(rig, copy), 4);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 4, 10)), 4);
        ck_assert_mem_eq(bytes, "cdef", 4);
        platform_op_set_bytes(&copy, 5000000000u);
        ck_assert_int_eq(task_run(rig, copy), 6); /* to its end */
        copy.address = (void *)(uintptr_t)8;
        ck_assert_int_eq(task_run(rig, copy), 0);
        copy.fd = other;
        copy.fd2 = fd;
        ck_assert_int_eq(task_run(rig, copy), -EBADF);
        copy.fd = -1;
        ck_assert_int_eq(task_run(rig, copy), -EBADF);

        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_FSYNC, fd, 0, 0, PLATFORM_SYNC_DATA)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_FSYNC, fd, 0, 0, 8)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_SYNC_RANGE, fd, 0, 0,
                                                SYNC_FILE_RANGE_WRITE)),
                         0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_SYNC_RANGE, fd, 0, 0, 64)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_SYNC_FS, folder, 0, 0, 0)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_SYNC_FS, -1, 0, 0, 0)), -EBADF);
        rig_close(rig, fd);
        rig_close(rig, reader);
        rig_close(rig, folder);
        rig_close(rig, other);
        name_call(rig, PLATFORM_UNLINK, "file");
        name_call(rig, PLATFORM_UNLINK, "from");
}
PORTABLE(sizes)

static void locks(struct rig *rig)
{
        int a, b, reader;

        make(rig, "file", "x");
        a = rig_open(rig, "file", O_RDWR);
        b = rig_open(rig, "file", O_RDWR);
        reader = rig_open(rig, "file", O_RDONLY);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, a, 0, 100, F_WRLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 99, 1, F_RDLCK)), -EAGAIN);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 100, 0, F_WRLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, a, 40, 20, F_UNLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 40, 20, F_WRLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 39, 1, F_WRLCK)), -EAGAIN);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 60, 1, F_WRLCK)), -EAGAIN);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, a, 0, 0, F_RDLCK)), -EAGAIN);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 0, 0, F_UNLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, a, 0, 0, F_RDLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, reader, 0, 0, F_RDLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, reader, 0, 0, F_WRLCK)), -EBADF);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 0, 0, F_WRLCK)), -EAGAIN);
        /* Who closes lets go. */
        ck_assert_int_eq(rig_close(rig, a), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 0, 0, F_WRLCK)), -EAGAIN);
        ck_assert_int_eq(rig_close(rig, reader), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 0, 0, F_WRLCK)), 0);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, 0, 0, 77)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, b, INT64_MAX, 9, F_WRLCK)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_range(PLATFORM_LOCK, a, 0, 0, F_WRLCK)), -EBADF);
        ck_assert_int_eq(rig_close(rig, b), 0);
        name_call(rig, PLATFORM_UNLINK, "file");
}
PORTABLE(locks)

/* One piece of a listing that goes on behind *offset: how many names. */
static int listed(struct rig *rig, int fd, uint64_t *offset)
{
        _Alignas(8) char bytes[256];
        int filled = task_run(rig, op_transfer(PLATFORM_GETDENTS, fd, bytes, sizeof(bytes),
                                               *offset));
        int count = 0;

        ck_assert_int_ge(filled, 0);
        for (int at = 0; at < filled; count++) {
                const struct platform_record *record =
                        (const struct platform_record *)(bytes + at);

                *offset = (uint64_t)record->offset;
                at += record->bytes;
        }
        return count;
}

/* Two listings of one descriptor at once: each has its own place. */
static void listings(struct rig *rig)
{
        uint64_t first = 0, second = 0;
        int counts[2] = {0, 0}, folder, more;
        char name[32];

        for (int i = 0; i < 50; i++) {
                snprintf(name, sizeof(name), "a-name-of-some-length-%d", i);
                make(rig, name, "");
        }
        folder = rig_open(rig, ".", O_RDONLY | O_DIRECTORY);
        do {
                counts[0] += more = listed(rig, folder, &first);
                counts[1] += listed(rig, folder, &second);
        } while (more);
        ck_assert_int_eq(counts[0], 52);
        ck_assert_int_eq(counts[1], 52);
        first = 0;
        ck_assert_int_gt(listed(rig, folder, &first), 0);
        for (int i = 0; i < 50; i++) {
                snprintf(name, sizeof(name), "a-name-of-some-length-%d", i);
                ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, name), 0);
        }
        rig_close(rig, folder);
}
PORTABLE(listings)

static int beneath(struct rig *rig, struct platform_op op)
{
        op.op_flags = PLATFORM_OP_BENEATH;
        return task_run(rig, op);
}

static int open_beneath(struct rig *rig, int fd, const char *path, int flags)
{
        struct platform_op op = op_path(PLATFORM_OPEN, fd, path);
        int got;

        op.flags = (uint32_t)flags;
        op.mode = 0600;
        got = beneath(rig, op);
        if (got >= 0)
                ck_assert_int_eq(rig_close(rig, got), 0);
        return got >= 0 ? 0 : got;
}

/*
 * top/ is the directory; outside is beside it.
 *      in -> sub/file, up -> sub/../file, out -> ../outside, far -> /outside, loop -> loop,
 *      sub/back -> ../file, sub/away -> ../../outside, folder -> sub
 */
static void ways_out(struct rig *rig)
{
        static const struct {
                const char *path;
                int error;
        } ways[] = {
                {"file", 0},          {"sub/file", 0},       {"./sub/./file", 0},
                {"sub/../file", 0},   {"in", 0},             {"up", 0},
                {"sub/back", 0},      {"folder/file", 0},    {"folder/back", 0},
                {"sub//file", 0},     {"../outside", -EXDEV}, {"..", -EXDEV},
                {"/outside", -EXDEV}, {"sub/../../outside", -EXDEV},
                {"out", -EXDEV},      {"far", -EXDEV},       {"sub/away", -EXDEV},
                {"folder/../../outside", -EXDEV},            {"loop", -ELOOP},
                {"none", -ENOENT},    {"none/file", -ENOENT}, {"file/none", -ENOTDIR},
                {"", -ENOENT},        {"sub/..", 0},         {".", 0},
                {"file/", -ENOTDIR},  {"sub/", 0},
        };
        struct statx found;
        char text[32];
        int top;

        make(rig, "outside", "secret");
        name_call(rig, PLATFORM_MKDIR, "top");
        name_call(rig, PLATFORM_MKDIR, "top/sub");
        make(rig, "top/file", "");
        make(rig, "top/sub/file", "");
        two_call(rig, PLATFORM_SYMLINK, "top/in", "sub/file", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/up", "sub/../file", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/out", "../outside", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/far", "/outside", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/loop", "loop", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/folder", "sub", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/sub/back", "../file", 0);
        two_call(rig, PLATFORM_SYMLINK, "top/sub/away", "../../outside", 0);
        top = rig_open(rig, "top", O_RDONLY | O_DIRECTORY);

        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
                struct platform_op op = op_path(PLATFORM_STATX, top, ways[i].path);

                ck_assert_msg(open_beneath(rig, top, ways[i].path, O_RDONLY) == ways[i].error,
                              "opening '%s'", ways[i].path);
                op.address2 = &found;
                op.mask = STATX_BASIC_STATS;
                ck_assert_msg(beneath(rig, op) == ways[i].error, "stat of '%s'", ways[i].path);
                op.code = PLATFORM_ACCESS;
                op.mode = R_OK;
                op.mask = 0;
                ck_assert_msg(beneath(rig, op) == ways[i].error, "access of '%s'", ways[i].path);
        }
        /* A link is made, removed and read where it stands. */
        ck_assert_int_eq(open_beneath(rig, top, "out", O_RDONLY | O_NOFOLLOW), -ELOOP);
        ck_assert_int_eq(open_beneath(rig, top, "out", O_WRONLY | O_CREAT), -EXDEV);
        ck_assert_int_eq(open_beneath(rig, top, "out", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
        ck_assert_int_eq(open_beneath(rig, top, "sub/made", O_WRONLY | O_CREAT | O_EXCL), 0);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_UNLINK, top, "folder/made")), 0);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_UNLINK, top, "../outside")), -EXDEV);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_UNLINK, top, "/outside")), -EXDEV);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_UNLINK, top, "file/")), -ENOTDIR);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_UNLINK, top, "sub/..")), -EINVAL);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_MKDIR, top, "../made")), -EXDEV);
        ck_assert_int_eq(beneath(rig, op_path(PLATFORM_MKDIR, top, "sub/made/")), 0);
        ck_assert_int_eq(beneath(rig, op_two(PLATFORM_RENAME, top, "sub/made", top, "made")), 0);
        ck_assert_int_eq(beneath(rig, op_two(PLATFORM_RENAME, top, "made", top, "../made")),
                         -EXDEV);
        ck_assert_int_eq(beneath(rig, op_two(PLATFORM_LINK, top, "../outside", top, "stolen")),
                         -EXDEV);
        ck_assert_int_eq(beneath(rig, op_two(PLATFORM_LINK, top, "file", top, "sub/again")), 0);
        ck_assert_int_eq(beneath(rig, op_two(PLATFORM_SYMLINK, top, "sub/x/y", 0, "z")), -ENOENT);
        ck_assert_int_eq(beneath(rig, op_two(PLATFORM_SYMLINK, top, "sub/new", 0, "/etc")), 0);
        {
                struct platform_op op = op_path(PLATFORM_READLINK, top, "sub/new");

                op.address2 = text;
                op.length = sizeof(text);
                ck_assert_int_eq(beneath(rig, op), 4);
                op.address = plain("folder/../../top/in");
                ck_assert_int_eq(beneath(rig, op), -EXDEV);
        }
        {
                struct platform_op op = op_path(PLATFORM_CHMOD, top, "out");

                ck_assert_int_eq(beneath(rig, op), -EXDEV);
                op.address = plain("in");
                op.mode = 0611;
                ck_assert_int_eq(beneath(rig, op), 0);
                ck_assert_int_eq(status(rig, AT_FDCWD, "top/sub/file", 0, &found), 0);
                ck_assert_uint_eq(found.stx_mode & 07777, 0611);
                op.code = PLATFORM_UTIMES;
                op.address2 = NULL;
                ck_assert_int_eq(beneath(rig, op), 0);
                op.code = PLATFORM_NOP;
                ck_assert_int_eq(beneath(rig, op), -EINVAL);
        }
        holds(rig, "outside", "secret");

        static const char *const left[] = {"outside",     "top/file",     "top/in",
                                           "top/up",      "top/out",      "top/far",
                                           "top/loop",    "top/folder",   "top/sub/back",
                                           "top/sub/away", "top/sub/file", "top/sub/again",
                                           "top/sub/new"};
        for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
                ck_assert_int_eq(name_call(rig, PLATFORM_UNLINK, left[i]), 0);
        ck_assert_int_eq(remove_directory(rig, "top/made"), 0);
        ck_assert_int_eq(remove_directory(rig, "top/sub"), 0);
        ck_assert_int_eq(remove_directory(rig, "top"), 0);
        rig_close(rig, top);
}
PORTABLE(ways_out)

static void wrong_arguments(struct rig *rig)
{
        static const uint8_t paths[] = {PLATFORM_OPEN,     PLATFORM_STATX, PLATFORM_RENAME,
                                        PLATFORM_UNLINK,   PLATFORM_MKDIR, PLATFORM_LINK,
                                        PLATFORM_SYMLINK,  PLATFORM_READLINK,
                                        PLATFORM_CHMOD,    PLATFORM_CHOWN, PLATFORM_UTIMES,
                                        PLATFORM_ACCESS};
        static const uint8_t descriptors[] = {PLATFORM_GETDENTS,   PLATFORM_FSYNC,
                                              PLATFORM_SYNC_RANGE, PLATFORM_SYNC_FS,
                                              PLATFORM_TRUNCATE,   PLATFORM_ALLOCATE,
                                              PLATFORM_COPY_RANGE, PLATFORM_LOCK};
        static char too_long[PATH_MAX + 10], long_name[300];
        struct statx found;
        int file, closed;

        memset(too_long, '/', sizeof(too_long) - 1);
        memset(long_name, 'n', sizeof(long_name) - 1);
        make(rig, "file", "");
        file = rig_open(rig, "file", O_RDWR);
        closed = rig_open(rig, "file", O_RDWR);
        rig_close(rig, closed);
        for (size_t i = 0; i < 2 * sizeof(paths); i++) {
                struct platform_op op = {.code = paths[i / 2],
                                         .op_flags = i % 2 ? PLATFORM_OP_BENEATH : 0,
                                         .fd = file,
                                         .fd2 = file,
                                         .address2 = &found,
                                         .length = 8};

                if (op.code == PLATFORM_RENAME || op.code == PLATFORM_LINK ||
                    op.code == PLATFORM_SYMLINK || op.code == PLATFORM_UTIMES)
                        op.address2 = op.code == PLATFORM_UTIMES ? NULL : plain("new");
                ck_assert_msg(task_run(rig, op) == -EFAULT, "no path, operation %d", op.code);
                op.address = plain("x");
                ck_assert_msg(task_run(rig, op) == -ENOTDIR, "a file's, operation %d", op.code);
                op.fd = closed;
                ck_assert_msg(task_run(rig, op) == -EBADF, "closed, operation %d", op.code);
                op.fd = AT_FDCWD;
                op.fd2 = AT_FDCWD;
                op.address = plain(too_long + 1);
                ck_assert_msg(task_run(rig, op) == -ENAMETOOLONG, "too long, operation %d",
                              op.code);
                op.address = plain(long_name);
                ck_assert_msg(task_run(rig, op) == -ENAMETOOLONG, "a long name, operation %d",
                              op.code);
                op.address = plain("");
                ck_assert_msg(task_run(rig, op) == -ENOENT, "empty, operation %d", op.code);
        }
        for (size_t i = 0; i < sizeof(descriptors); i++) {
                struct platform_op op = {.code = descriptors[i],
                                         .fd = closed,
                                         .fd2 = file,
                                         .address = &found,
                                         .length = 64};

                ck_assert_msg(task_run(rig, op) == -EBADF, "operation %d", op.code);
                op.fd = -1;
                ck_assert_msg(task_run(rig, op) == -EBADF, "operation %d", op.code);
        }
        rig_close(rig, file);
        name_call(rig, PLATFORM_UNLINK, "file");
}
PORTABLE(wrong_arguments)

/* A file without a name gets one, once it is complete. */
static void without_a_name(struct rig *rig)
{
        struct platform_op link_it = op_two(PLATFORM_LINK, 0, "", AT_FDCWD, "named");
        int fd = task_run(rig, (struct platform_op){.code = PLATFORM_OPEN,
                                                    .fd = AT_FDCWD,
                                                    .address = plain("."),
                                                    .flags = O_TMPFILE | O_RDWR,
                                                    .mode = 0600});

        if (fd == -EOPNOTSUPP)
                return; /* made to be so, or a file system that has none */
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fd, "text", 4, 0)), 4);
        link_it.fd = fd;
        link_it.flags = AT_EMPTY_PATH;
        ck_assert_int_eq(task_run(rig, link_it), 0);
        ck_assert_int_eq(task_run(rig, link_it), -EEXIST);
        holds(rig, "named", "text");
        rig_close(rig, fd);
        name_call(rig, PLATFORM_UNLINK, "named");
}
PORTABLE(without_a_name)

TEST_MAIN("platform/io_file", TESTS_PORTABLE(names), TESTS_PORTABLE(attributes),
          TESTS_PORTABLE(sizes), TESTS_PORTABLE(locks), TESTS_PORTABLE(listings),
          TESTS_PORTABLE(ways_out), TESTS_PORTABLE(wrong_arguments),
          TESTS_PORTABLE(without_a_name))
