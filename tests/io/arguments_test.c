/* SPDX-License-Identifier: MIT */
/*
 * Every call on files, sockets and names, with every kind of wrong argument: handles of nothing, of
 * a file that was closed, of one that took its place, of a file of another kind; NULL where that is
 * not allowed; numbers that overflow or mean nothing; flags that nobody knows; paths that are empty
 * or too long. Each answers one error, the same on every engine, and leaves everything as it was.
 */
#include "io.h"

#include <linux/stat.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* Kept from the compiler, which knows of some arguments that they must not be so. */
HELPER void *nothing(void)
{
        return NULL;
}

HELPER unsigned wrong(int64_t answer, int64_t expected, const char *call, int line)
{
        if (answer == expected)
                return 0;
        fprintf(stderr, "arguments_test.c:%d: %s answers %lld, not %lld\n", line, call,
                (long long)answer, (long long)expected);
        return 1;
}

/* The answer of a call: all of them are asked, then those that are wrong end the test. */
#define ASK(call, expected)                                                                        \
        (void)(mistakes += wrong((call), (expected), #call, __LINE__))
/* The same with each handle `f` that stands for no file. */
#define ASK_BAD(call)                                                                              \
        for (unsigned bad = 0; bad < BAD; bad++) {                                                 \
                mori_file f = bad_file(bad);                                                       \
                                                                                                   \
                ASK(call, -EBADF);                                                                 \
        }
#define NO_MISTAKES() EXPECT_EQ(mistakes, 0)

#define BAD 4

HELPER mori_file *bad_files(void)
{
        static mori_file files[BAD];

        return files;
}

HELPER mori_file bad_file(unsigned number)
{
        return bad_files()[number];
}

/* What is at hand: a file of each kind, and handles of none. */
struct scene {
        mori_file directory, file, pipe[2], socket[2], listener, datagram;
        char *path_long; /* longer than a path can be */
        char *name_long; /* than a name */
        char path[4200], name[300];
};

HELPER struct scene *scene_of(void)
{
        static struct scene scene;

        return &scene;
}

static async struct scene *scene_begin(void)
{
        struct scene *scene = scene_of();
        mori_file *bad = bad_files();

        make_file("file", "hello", 5);
        make_directory("folder");
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "file", O_RDWR, 0, &bad[1]), 0);
        EXPECT_EQ(await mori_file_close(bad[1]), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "file", O_RDWR, 0, &scene->file), 0);
        EXPECT((uint32_t)bad[1].word == (uint32_t)scene->file.word); /* it took its place */
        bad[0] = (mori_file){1};
        bad[2] = (mori_file){scene->file.word | 0xfffff000u};
        bad[3] = (mori_file){UINT64_MAX};
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "folder", O_RDONLY | O_DIRECTORY, 0,
                                       &scene->directory),
                  0);
        EXPECT_EQ(mori_pipe(scene->pipe), 0);
        await connected("127.0.0.1:0", &scene->socket[0], &scene->socket[1]);
        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &scene->listener), 0);
        EXPECT_EQ(mori_datagram_bind("127.0.0.1:0", 0, &scene->datagram), 0);
        memset(scene->path, 'a', sizeof scene->path - 1);
        for (size_t i = 100; i < sizeof scene->path; i += 100)
                scene->path[i] = '/';
        scene->path_long = scene->path;
        memset(scene->name, 'a', sizeof scene->name - 1);
        scene->name_long = scene->name;
        return scene;
}

static async int scene_end(struct scene *scene)
{
        EXPECT_EQ(operations_left(), 0);
        EXPECT_EQ(await mori_file_close(scene->directory), 0);
        EXPECT_EQ(await mori_file_close(scene->file), 0);
        for (unsigned i = 0; i < 2; i++) {
                EXPECT_EQ(await mori_file_close(scene->pipe[i]), 0);
                EXPECT_EQ(await mori_file_close(scene->socket[i]), 0);
        }
        EXPECT_EQ(await mori_file_close(scene->listener), 0);
        return await mori_file_close(scene->datagram);
}

/* ---- Reading and writing */

PROGRAM(of_reads_and_writes)
{
        struct scene *s = await scene_begin();
        char text[8] = "";
        struct iovec one = {text, 1}, none = {nothing(), 1},
                     huge[2] = {{text, SIZE_MAX}, {text, 1}};
        unsigned mistakes = 0;

        ASK_BAD(await mori_file_read(f, text, 1));
        ASK_BAD(await mori_file_write(f, text, 1));
        ASK_BAD(await mori_file_read_at(f, text, 1, 0));
        ASK_BAD(await mori_file_write_at(f, text, 1, 0));
        ASK_BAD(await mori_file_readv(f, &one, 1));
        ASK_BAD(await mori_file_writev(f, &one, 1));
        ASK_BAD(await mori_file_readv_at(f, &one, 1, 0));
        ASK_BAD(await mori_file_writev_at(f, &one, 1, 0));
        ASK_BAD(await mori_file_read_exact(f, text, 1));
        ASK_BAD(await mori_file_write_all(f, text, 1));
        ASK_BAD(await mori_print(f, "x"));
        ASK_BAD(await mori_file_close(f));
        ASK_BAD(mori_file_descriptor(f));
        ASK_BAD(await mori_file_ready(f, POLLIN));
        {
                mori_file all[] = {s->file, s->pipe[1], s->socket[0]};

                for (unsigned i = 0; i < 3; i++) {
                        mori_file from = i == 1 ? s->pipe[0] : all[i];

                        EXPECT_EQ(await mori_file_write(i == 2 ? s->socket[1] : all[i], "xx", 2),
                                  2);
                        ASK(await mori_file_read(from, nothing(), 1), -EFAULT);
                        ASK(await mori_file_read_exact(from, nothing(), 1), -EFAULT);
                        ASK(await mori_file_readv(from, nothing(), 1), -EFAULT);
                        ASK(await mori_file_readv(from, &none, 1), -EFAULT);
                        ASK(await mori_file_readv(from, &one, 0), -EINVAL);
                        ASK(await mori_file_readv(from, &one, 65), -EINVAL);
                        ASK(await mori_file_readv(from, &one, UINT32_MAX), -EINVAL);
                        ASK(await mori_file_write(all[i], nothing(), 1), -EFAULT);
                        ASK(await mori_file_write_all(all[i], nothing(), 1), -EFAULT);
                        ASK(await mori_file_writev(all[i], nothing(), 1), -EFAULT);
                        ASK(await mori_file_writev(all[i], &none, 1), -EFAULT);
                        ASK(await mori_file_writev(all[i], &one, 0), -EINVAL);
                        ASK(await mori_file_writev(all[i], &one, 65), -EINVAL);
                        ASK(await mori_file_writev(all[i], huge, 2), -EINVAL);
                        ASK(await mori_file_read(from, nothing(), 0), 0);
                        ASK(await mori_file_write(all[i], nothing(), 0), 0);
                        ASK(await mori_print(all[i], nothing(), 1), -EFAULT);
                }
        }
        ASK(await mori_file_read_at(s->file, text, 1, UINT64_MAX), -EINVAL);
        ASK(await mori_file_read_at(s->file, text, 1, (uint64_t)INT64_MAX + 1), -EINVAL);
        ASK(await mori_file_read_at(s->file, text, 1, INT64_MAX), -EINVAL);
        ASK(await mori_file_read_at(s->file, nothing(), 1, 0), -EFAULT);
        ASK(await mori_file_readv_at(s->file, nothing(), 1, 0), -EFAULT);
        ASK(await mori_file_readv_at(s->file, &one, 1, UINT64_MAX), -EINVAL);
        ASK(await mori_file_write_at(s->file, text, 1, UINT64_MAX), -EINVAL);
        ASK(await mori_file_write_at(s->file, text, 1, INT64_MAX), -EINVAL);
        ASK(await mori_file_write_at(s->file, nothing(), 1, 0), -EFAULT);
        ASK(await mori_file_writev_at(s->file, nothing(), 1, 0), -EFAULT);
        ASK(await mori_file_writev_at(s->file, &one, 1, UINT64_MAX), -EINVAL);
        ASK(await mori_file_read_at(s->pipe[0], text, 1, 0), -ESPIPE);
        ASK(await mori_file_write_at(s->pipe[1], text, 1, 0), -ESPIPE);
        ASK(await mori_file_read_at(s->socket[0], text, 1, 0), -ESPIPE);
        ASK(await mori_file_readv_at(s->socket[0], &one, 1, 0), -ESPIPE);
        ASK(await mori_file_writev_at(s->socket[0], &one, 1, 0), -ESPIPE);
        ASK(await mori_file_read(s->directory, text, 1), -EISDIR);
        ASK(await mori_file_write(s->directory, text, 1), -EBADF);
        ASK(await mori_file_read(s->pipe[1], text, 1), -EBADF);
        ASK(await mori_file_write(s->pipe[0], text, 1), -EBADF);
        ASK(await mori_file_read(s->datagram, text, 1), -EOPNOTSUPP);
        ASK(await mori_file_write(s->datagram, text, 1), -EOPNOTSUPP);
        ASK(await mori_file_readv(s->datagram, &one, 1), -EOPNOTSUPP);
        ASK(await mori_file_writev(s->datagram, &one, 1), -EOPNOTSUPP);
        ASK(await mori_file_read(s->listener, text, 1), -ENOTCONN);
        ASK(await mori_file_write(s->listener, text, 1), -EPIPE);
        ASK(await mori_file_ready(s->pipe[0], 1 << 20), -EINVAL);
        ASK(await mori_file_ready(s->pipe[0], -1), -EINVAL);
        ASK(mori_file_adopt(-1, &s->file), -EBADF);
        ASK(mori_file_adopt(0, nothing()), -EFAULT);
        ASK(mori_pipe(nothing()), -EFAULT);
        NO_MISTAKES();
        return await scene_end(s);
}

/* ---- Files */

PROGRAM(of_files)
{
        struct scene *s = await scene_begin();
        struct stat status;
        mori_file file = MORI_NO_FILE;
        unsigned mistakes = 0;

        ASK_BAD(await mori_file_open(f, "file", O_RDONLY, 0, &file));
        ASK_BAD(await mori_file_stat(f, "", 0, &status));
        ASK_BAD(await mori_file_stat(f, "file", 0, &status));
        ASK_BAD(await mori_file_sync(f));
        ASK_BAD(await mori_file_sync_data(f));
        ASK_BAD(await mori_file_sync_range(f, 0, 0, 0));
        ASK_BAD(await mori_file_sync_system(f));
        ASK_BAD(await mori_file_truncate(f, 0));
        ASK_BAD(await mori_file_allocate(f, 0, 0, 1));
        ASK_BAD(await mori_file_copy(f, 0, s->file, 0, 1));
        ASK_BAD(await mori_file_copy(s->file, 0, f, 0, 1));
        ASK_BAD(await mori_file_lock(f, MORI_FILE_SHARED, 0, 0));
        ASK_BAD(await mori_file_try_lock(f, MORI_FILE_SHARED, 0, 0));
        ASK_BAD(await mori_file_unlock(f, 0, 0));
        ASK_BAD(await mori_splice(f, s->pipe[0], 1));
        ASK_BAD(await mori_splice(s->pipe[1], f, 1));
        ASK_BAD(await mori_sendfile(f, s->file, 0, 1));
        ASK_BAD(await mori_sendfile(s->pipe[1], f, 0, 1));

        ASK(await mori_file_open(MORI_NO_FILE, nothing(), O_RDONLY, 0, &file), -EFAULT);
        ASK(await mori_file_open(MORI_NO_FILE, "file", O_RDONLY, 0, nothing()), -EFAULT);
        ASK(await mori_file_open(MORI_NO_FILE, "", O_RDONLY, 0, &file), -ENOENT);
        ASK(await mori_file_open(MORI_NO_FILE, s->path_long, O_RDONLY, 0, &file), -ENAMETOOLONG);
        ASK(await mori_file_open(MORI_NO_FILE, s->name_long, O_RDONLY, 0, &file), -ENAMETOOLONG);
        ASK(await mori_file_open(s->file, "file", O_RDONLY, 0, &file), -ENOTDIR);
        ASK(await mori_file_open(s->pipe[0], "file", O_RDONLY, 0, &file), -ENOTDIR);
        ASK(await mori_file_open(MORI_NO_FILE, "file/x", O_RDONLY, 0, &file), -ENOTDIR);
        ASK(await mori_file_open(MORI_NO_FILE, "file", O_RDONLY | O_DIRECTORY, 0, &file), -ENOTDIR);
        ASK(await mori_file_open(MORI_NO_FILE, "folder", O_WRONLY, 0, &file), -EISDIR);
        ASK(await mori_file_stat(MORI_NO_FILE, nothing(), 0, &status), -EFAULT);
        ASK(await mori_file_stat(MORI_NO_FILE, "file", 0, nothing()), -EFAULT);
        ASK(await mori_file_stat(MORI_NO_FILE, "file", 0x40000000, &status), -EINVAL);
        ASK(await mori_file_stat(MORI_NO_FILE, s->path_long, 0, &status), -ENAMETOOLONG);
        ASK(await mori_file_sync(s->pipe[0]), -EINVAL);
        ASK(await mori_file_sync_data(s->socket[0]), -EINVAL);
        ASK(await mori_file_sync_range(s->file, 0, 0, 0x100), -EINVAL);
        ASK(await mori_file_sync_range(s->file, (uint64_t)INT64_MAX + 1, 0, 0), -EINVAL);
        ASK(await mori_file_sync_range(s->file, INT64_MAX, 2, 0), -EINVAL);
        ASK(await mori_file_sync_range(s->pipe[0], 0, 0, 0), -ESPIPE);
        ASK(await mori_file_truncate(s->file, (uint64_t)INT64_MAX + 1), -EINVAL);
        ASK(await mori_file_truncate(s->file, UINT64_MAX), -EINVAL);
        ASK(await mori_file_truncate(s->pipe[1], 0), -EINVAL);
        ASK(await mori_file_truncate(s->directory, 0), -EINVAL);
        ASK(await mori_file_allocate(s->file, 0, 0, 0), -EINVAL);
        ASK(await mori_file_allocate(s->file, 0, 0, UINT64_MAX), -EINVAL);
        ASK(await mori_file_allocate(s->file, 0, INT64_MAX, 2), -EINVAL);
        ASK(await mori_file_allocate(s->file, 1 << 20, 0, 1), -EOPNOTSUPP);
        ASK(await mori_file_allocate(s->pipe[1], 0, 0, 1), -ESPIPE);
        ASK(await mori_file_copy(s->file, (uint64_t)INT64_MAX + 1, s->file, 0, 1), -EINVAL);
        ASK(await mori_file_copy(s->file, 0, s->file, UINT64_MAX, 1), -EINVAL);
        ASK(await mori_file_copy(s->pipe[1], 0, s->file, 0, 1), -EINVAL);
        ASK(await mori_file_copy(s->file, 0, s->directory, 0, 1), -EISDIR);
        ASK(await mori_file_lock(s->file, (enum mori_file_lock_kind)7, 0, 0), -EINVAL);
        ASK(await mori_file_try_lock(s->file, (enum mori_file_lock_kind)-1, 0, 0), -EINVAL);
        ASK(await mori_file_lock(s->file, MORI_FILE_SHARED, UINT64_MAX, 0), -EINVAL);
        ASK(await mori_file_lock(s->file, MORI_FILE_SHARED, INT64_MAX, 2), -EINVAL);
        ASK(await mori_file_unlock(s->file, 0, UINT64_MAX), -EINVAL);
        ASK(await mori_splice(s->file, s->file, 1), -EINVAL);
        ASK(await mori_splice(s->pipe[0], s->pipe[1], 1), -EBADF);
        ASK(await mori_sendfile(s->pipe[1], s->file, UINT64_MAX, 1), -EINVAL);
        ASK(await mori_sendfile(s->pipe[1], s->file, (uint64_t)INT64_MAX + 1, 1), -EINVAL);
        ASK(await mori_sendfile(s->pipe[1], s->pipe[0], 0, 1), -ESPIPE);
        ASK(await mori_sendfile(s->file, s->file, 0, 1), -EINVAL);
        NO_MISTAKES();
        return await scene_end(s);
}

/* ---- Names */

PROGRAM(of_names)
{
        struct scene *s = await scene_begin();
        const struct timespec times[2] = {{0, 1000000000}, {0, 0}};
        struct mori_draft draft = {0};
        struct statx all;
        mori_file file;
        char text[8];
        unsigned mistakes = 0;

        ASK_BAD(await mori_mkdir(f, "new", 0777));
        ASK_BAD(await mori_rmdir(f, "folder"));
        ASK_BAD(await mori_unlink(f, "file"));
        ASK_BAD(await mori_rename(f, "file", MORI_NO_FILE, "new", 0));
        ASK_BAD(await mori_rename(MORI_NO_FILE, "file", f, "new", 0));
        ASK_BAD(await mori_hard_link(f, "file", MORI_NO_FILE, "new"));
        ASK_BAD(await mori_hard_link(MORI_NO_FILE, "file", f, "new"));
        ASK_BAD(await mori_symlink("target", f, "new"));
        ASK_BAD(await mori_readlink(f, "link", text, sizeof text));
        ASK_BAD(await mori_statx(f, "file", 0, STATX_SIZE, &all));
        ASK_BAD(await mori_access(f, "file", F_OK, 0));
        ASK_BAD(await mori_chmod(f, "file", 0600, 0));
        ASK_BAD(await mori_chown(f, "file", (uid_t)-1, (gid_t)-1, 0));
        ASK_BAD(await mori_utimens(f, "file", NULL, 0));
        ASK_BAD(await mori_truncate(f, "file", 0));
        ASK_BAD(await mori_temporary(f, ".", 0600, &file));
        ASK_BAD(await mori_draft_open(f, "file", 0600, &draft));

#define ASK_PATHS(call)                                                                            \
        do {                                                                                       \
                const char *path = nothing();                                                      \
                                                                                                   \
                ASK(call, -EFAULT);                                                                \
                path = s->path_long;                                                               \
                ASK(call, -ENAMETOOLONG);                                                          \
                path = s->name_long;                                                               \
                ASK(call, -ENAMETOOLONG);                                                          \
                path = "none/x";                                                                   \
                ASK(call, -ENOENT);                                                                \
                path = "file/x";                                                                   \
                ASK(call, -ENOTDIR);                                                               \
        } while (0)
        ASK_PATHS(await mori_mkdir(MORI_NO_FILE, path, 0777));
        ASK_PATHS(await mori_rmdir(MORI_NO_FILE, path));
        ASK_PATHS(await mori_unlink(MORI_NO_FILE, path));
        ASK_PATHS(await mori_rename(MORI_NO_FILE, path, MORI_NO_FILE, "new", 0));
        ASK_PATHS(await mori_rename(MORI_NO_FILE, "file", MORI_NO_FILE, path, 0));
        ASK_PATHS(await mori_hard_link(MORI_NO_FILE, path, MORI_NO_FILE, "new"));
        ASK_PATHS(await mori_hard_link(MORI_NO_FILE, "file", MORI_NO_FILE, path));
        ASK_PATHS(await mori_symlink("target", MORI_NO_FILE, path));
        ASK_PATHS(await mori_readlink(MORI_NO_FILE, path, text, sizeof text));
        ASK_PATHS(await mori_statx(MORI_NO_FILE, path, 0, STATX_SIZE, &all));
        ASK_PATHS(await mori_access(MORI_NO_FILE, path, F_OK, 0));
        ASK_PATHS(await mori_chmod(MORI_NO_FILE, path, 0600, 0));
        ASK_PATHS(await mori_chown(MORI_NO_FILE, path, (uid_t)-1, (gid_t)-1, 0));
        ASK_PATHS(await mori_utimens(MORI_NO_FILE, path, NULL, 0));
        ASK_PATHS(await mori_truncate(MORI_NO_FILE, path, 0));
        ASK_PATHS(await mori_temporary(MORI_NO_FILE, path, 0600, &file));
        ASK_PATHS(await mori_draft_open(MORI_NO_FILE, path, 0600, &draft));

        ASK(await mori_mkdir(MORI_NO_FILE, "", 0777), -ENOENT);
        ASK(await mori_rmdir(MORI_NO_FILE, ""), -ENOENT);
        ASK(await mori_unlink(MORI_NO_FILE, ""), -ENOENT);
        ASK(await mori_rename(MORI_NO_FILE, "", MORI_NO_FILE, "new", 0), -ENOENT);
        ASK(await mori_rename(MORI_NO_FILE, "file", MORI_NO_FILE, "", 0), -ENOENT);
        ASK(await mori_rename(MORI_NO_FILE, "file", MORI_NO_FILE, "new", 0x100), -EINVAL);
        ASK(await mori_rename(MORI_NO_FILE, "file", MORI_NO_FILE, "new",
                              MORI_RENAME_NOREPLACE | MORI_RENAME_EXCHANGE),
            -EINVAL);
        ASK(await mori_hard_link(MORI_NO_FILE, "", MORI_NO_FILE, "new"), -ENOENT);
        ASK(await mori_symlink(nothing(), MORI_NO_FILE, "new"), -EFAULT);
        ASK(await mori_symlink("", MORI_NO_FILE, "new"), -ENOENT);
        ASK(await mori_symlink(s->path_long, MORI_NO_FILE, "new"), -ENAMETOOLONG);
        ASK(await mori_readlink(MORI_NO_FILE, "file", nothing(), 8), -EFAULT);
        ASK(await mori_readlink(MORI_NO_FILE, "file", text, 0), -ENAMETOOLONG);
        ASK(await mori_readlink(MORI_NO_FILE, "file", text, sizeof text), -EINVAL);
        ASK(await mori_statx(MORI_NO_FILE, "file", 0, STATX_SIZE, nothing()), -EFAULT);
        ASK(await mori_statx(MORI_NO_FILE, "file", 0x40000000, STATX_SIZE, &all), -EINVAL);
        ASK(await mori_access(MORI_NO_FILE, "file", 0100, 0), -EINVAL);
        ASK(await mori_access(MORI_NO_FILE, "file", -1, 0), -EINVAL);
        ASK(await mori_access(MORI_NO_FILE, "file", F_OK, 0x40000000), -EINVAL);
        ASK(await mori_chmod(MORI_NO_FILE, "file", 0600, 0x40000000), -EINVAL);
        ASK(await mori_chown(MORI_NO_FILE, "file", (uid_t)-1, (gid_t)-1, 0x40000000), -EINVAL);
        ASK(await mori_utimens(MORI_NO_FILE, "file", times, 0), -EINVAL);
        ASK(await mori_utimens(MORI_NO_FILE, "file", NULL, 0x40000000), -EINVAL);
        ASK(await mori_truncate(MORI_NO_FILE, "file", UINT64_MAX), -EINVAL);
        ASK(await mori_truncate(MORI_NO_FILE, "folder", 0), -EISDIR);
        ASK(await mori_temporary(MORI_NO_FILE, ".", 0600, nothing()), -EFAULT);
        ASK(await mori_temporary(MORI_NO_FILE, "file", 0600, &file), -ENOTDIR);
        ASK(await mori_draft_open(MORI_NO_FILE, "new", 0600, nothing()), -EFAULT);
        ASK(await mori_draft_open(MORI_NO_FILE, "", 0600, &draft), -ENOENT);
        ASK(await mori_draft_publish(nothing(), 0), -EFAULT);
        ASK(await mori_draft_publish(&draft, 0), -EBADF);
        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "new", 0600, &draft), 0);
        ASK(await mori_draft_publish(&draft, 0x100), -EINVAL);
        await mori_draft_drop(&draft);
        await mori_draft_drop(&draft);
        ASK(await mori_draft_publish(&draft, 0), -EBADF);
        NO_MISTAKES();
        return await scene_end(s);
}

/* ---- Directories, watches, maps */

/* One that has failed is at its end. */
HELPER struct mori_cursor *cursor_anew(struct mori_cursor *cursor)
{
        mori_directory_done(cursor);
        *cursor = (struct mori_cursor){0};
        return cursor;
}

PROGRAM(of_directories)
{
        struct scene *s = await scene_begin();
        struct mori_cursor cursor = {0};
        struct mori_walk_entry entry;
        struct mori_entry found;
        struct mori_watch_event event;
        const mori_mapping *map;
        mori_watch *watch;
        mori_file file;
        mori_walk *walk;
        uint32_t place;
        unsigned mistakes = 0;

        ASK_BAD(await mori_directory_open(f, "folder", &file));
        ASK_BAD(await mori_directory_next(f, cursor_anew(&cursor), &found));
        ASK_BAD(await mori_walk_begin(f, "folder", 0, &walk));
        ASK_BAD(await mori_map(f, 0, 1, 0, &map));
        ASK_PATHS(await mori_directory_open(MORI_NO_FILE, path, &file));
        ASK_PATHS(await mori_walk_begin(MORI_NO_FILE, path, 0, &walk));
        ASK(await mori_directory_open(MORI_NO_FILE, "folder", nothing()), -EFAULT);
        ASK(await mori_directory_open(MORI_NO_FILE, "", &file), -ENOENT);
        ASK(await mori_directory_open(MORI_NO_FILE, "file", &file), -ENOTDIR);
        ASK(await mori_directory_next(s->directory, nothing(), &found), -EFAULT);
        ASK(await mori_directory_next(s->directory, &cursor, nothing()), -EFAULT);
        ASK(await mori_directory_next(s->file, cursor_anew(&cursor), &found), -ENOTDIR);
        ASK(await mori_directory_next(s->pipe[0], cursor_anew(&cursor), &found), -ENOTDIR);
        mori_directory_done(&cursor);
        mori_directory_done(&cursor);
        ASK(await mori_walk_begin(MORI_NO_FILE, "folder", 0, nothing()), -EFAULT);
        ASK(await mori_walk_begin(MORI_NO_FILE, "file", 0, &walk), -ENOTDIR);
        ASK(await mori_walk_next(nothing(), &entry), -EFAULT);
        EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, "folder", UINT32_MAX, &walk), 0);
        ASK(await mori_walk_next(walk, nothing()), -EFAULT);
        ASK(await mori_walk_next(walk, &entry), 0);
        await mori_walk_end(walk);
        await mori_walk_end(nothing());
        mori_walk_skip(nothing());

        ASK(await mori_map(s->file, 0, 1, 0, nothing()), -EFAULT);
        ASK(await mori_map(s->file, 0, 1, 0x100, &map), -EINVAL);
        ASK(await mori_map(s->file, UINT64_MAX, 1, 0, &map), -EINVAL);
        ASK(await mori_map(s->pipe[0], 0, 1, 0, &map), -ENODEV);
        ASK(mori_map_status(nothing()), -EFAULT);
        await mori_map_end(nothing());

        ASK(mori_watch_begin(nothing()), -EFAULT);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        ASK_BAD(await mori_watch_add(watch, f, "folder", 0, &place));
        ASK_PATHS(await mori_watch_add(watch, MORI_NO_FILE, path, 0, &place));
        ASK(await mori_watch_add(nothing(), MORI_NO_FILE, "folder", 0, &place), -EFAULT);
        ASK(await mori_watch_add(watch, MORI_NO_FILE, "folder", 0, nothing()), -EFAULT);
        ASK(await mori_watch_add(watch, MORI_NO_FILE, "folder", 0x100, &place), -EINVAL);
        ASK(await mori_watch_add(watch, MORI_NO_FILE, "file", MORI_WATCH_TREE, &place), -ENOTDIR);
        ASK(mori_watch_remove(nothing(), 1), -EFAULT);
        ASK(mori_watch_remove(watch, 0), -ENOENT);
        ASK(mori_watch_remove(watch, 12345), -ENOENT);
        ASK(await mori_watch_next(nothing(), &event), -EFAULT);
        ASK(await mori_watch_next(watch, nothing()), -EFAULT);
        await mori_watch_end(watch);
        await mori_watch_end(nothing());
        NO_MISTAKES();
        return await scene_end(s);
}

/* ---- Sockets */

PROGRAM(of_sockets)
{
        static const char *const no_addresses[] = {
                "",        ":",     "127.0.0.1",  "127.0.0.1:65536", "127.0.0.1:-1",
                "[::1:80", "unix:", "256.0.0.1:1"};
        struct scene *s = await scene_begin();
        mori_address address = {0}, parsed;
        struct iovec one = {(char *)"x", 1}, none = {nothing(), 1};
        char text[64];
        mori_loan loan = {0};
        mori_file file, pair[2];
        mori_server server;
        unsigned mistakes = 0;

        ASK_BAD(await mori_socket_accept(f, &file));
        ASK_BAD(await mori_socket_shutdown(f, SHUT_WR));
        ASK_BAD(await mori_socket_borrow(f, &loan));
        ASK_BAD(mori_socket_address(f, 0, text, sizeof text));
        ASK_BAD(mori_socket_option(f, SOL_SOCKET, SO_RCVBUF, 1));
        ASK_BAD(await mori_socket_send(f, "x", 1, 0));
        ASK_BAD(await mori_socket_sendv(f, &one, 1, 0));
        for (unsigned i = 0; i < sizeof no_addresses / sizeof no_addresses[0]; i++) {
                ASK(mori_socket_listen(no_addresses[i], 0, &file), -EINVAL);
                ASK(mori_packet_listen(no_addresses[i], 0, &file), -EINVAL);
                ASK(await mori_packet_connect(no_addresses[i], &file), -EINVAL);
                if (i != 7)
                        ASK(await mori_socket_connect(no_addresses[i], &file), -EINVAL);
                if (i != 6)
                        ASK(mori_datagram_bind(no_addresses[i], 0, &file), -EINVAL);
                ASK(mori_address_parse(no_addresses[i], &parsed), -EINVAL);
                ASK(await mori_server_begin(no_addresses[i], SOCK_STREAM, 0, &server), -EINVAL);
        }
        ASK(mori_socket_listen(nothing(), 0, &file), -EFAULT);
        ASK(mori_socket_listen("127.0.0.1:0", 0, nothing()), -EFAULT);
        ASK(mori_packet_listen(nothing(), 0, &file), -EFAULT);
        ASK(mori_packet_listen(own_name("unix:@x"), 0, nothing()), -EFAULT);
        ASK(mori_packet_listen("127.0.0.1:0", 0, &file), -EINVAL);
        ASK(await mori_packet_connect(nothing(), &file), -EFAULT);
        ASK(await mori_packet_connect(own_name("unix:@x"), nothing()), -EFAULT);
        ASK(await mori_packet_connect("127.0.0.1:1", &file), -EINVAL);
        ASK(await mori_socket_accept(s->listener, nothing()), -EFAULT);
        ASK(await mori_socket_accept(s->file, &file), -ENOTSOCK);
        ASK(await mori_socket_accept(s->socket[0], &file), -EINVAL);
        ASK(await mori_socket_accept(s->datagram, &file), -EOPNOTSUPP);
        ASK(await mori_socket_connect(nothing(), &file), -EFAULT);
        ASK(await mori_socket_connect("127.0.0.1:1", nothing()), -EFAULT);
        ASK(await mori_socket_connect_any(nothing(), 1, &file), -EFAULT);
        ASK(await mori_socket_connect_any(&address, 1, nothing()), -EFAULT);
        ASK(await mori_socket_connect_any(&address, 0, &file), -EINVAL);
        ASK(await mori_socket_connect_any(&address, 9, &file), -EINVAL);
        ASK(await mori_socket_connect_any(&address, 1, &file), -EINVAL);
        ASK(await mori_socket_shutdown(s->socket[0], 3), -EINVAL);
        ASK(await mori_socket_shutdown(s->socket[0], -1), -EINVAL);
        ASK(await mori_socket_shutdown(s->file, SHUT_WR), -ENOTSOCK);
        ASK(await mori_socket_shutdown(s->listener, 9), -EINVAL);
        ASK(await mori_socket_borrow(s->socket[0], nothing()), -EFAULT);
        ASK(await mori_socket_borrow(s->file, &loan), -ENOTSOCK);
        ASK(await mori_socket_borrow(s->listener, &loan), -ENOTSOCK);
        ASK(mori_socket_address(s->socket[0], 0, nothing(), 8), -EFAULT);
        ASK(mori_socket_address(s->socket[0], 0, text, 0), -EINVAL);
        ASK(mori_socket_address(s->file, 0, text, sizeof text), -ENOTSOCK);
        ASK(mori_socket_address(s->listener, 1, text, sizeof text), -ENOTCONN);
        ASK(mori_socket_option(s->file, SOL_SOCKET, SO_RCVBUF, 1), -ENOTSOCK);
        ASK(mori_socket_option(s->socket[0], SOL_SOCKET, 12345, 1), -ENOPROTOOPT);
        ASK(await mori_socket_send(s->socket[0], nothing(), 1, 0), -EFAULT);
        ASK(await mori_socket_send(s->socket[0], "x", 1, 0x100), -EINVAL);
        ASK(await mori_socket_send(s->file, "x", 1, 0), -ENOTSOCK);
        ASK(await mori_socket_send(s->datagram, "x", 1, 0), -EOPNOTSUPP);
        ASK(await mori_socket_send(s->listener, "x", 1, 0), -EPIPE);
        ASK(await mori_socket_sendv(s->socket[0], nothing(), 1, 0), -EFAULT);
        ASK(await mori_socket_sendv(s->socket[0], &none, 1, 0), -EFAULT);
        ASK(await mori_socket_sendv(s->socket[0], &one, 0, 0), -EINVAL);
        ASK(await mori_socket_sendv(s->socket[0], &one, 65, 0), -EINVAL);
        ASK(mori_socket_pair(SOCK_STREAM, nothing()), -EFAULT);
        ASK(mori_socket_pair(12345, pair), -EINVAL);
        ASK(mori_address_parse(nothing(), &parsed), -EFAULT);
        ASK(mori_address_parse("127.0.0.1:1", nothing()), -EFAULT);
        ASK(mori_address_format(nothing(), text, sizeof text), -EFAULT);
        ASK(mori_address_format(&address, nothing(), 8), -EFAULT);
        ASK(mori_address_format(&address, text, 0), -EINVAL);
        ASK(mori_address_format(&address, text, sizeof text), 0); /* who has none */
        ASK(await mori_server_begin(nothing(), SOCK_STREAM, 0, &server), -EFAULT);
        ASK(await mori_server_begin("unix:x", SOCK_STREAM, 0, nothing()), -EFAULT);
        ASK(await mori_server_begin("unix:x", 12345, 0, &server), -EINVAL);
        ASK(await mori_server_end(nothing()), -EFAULT);
        mori_loan_return(&loan);
        mori_loan_return(nothing());
        NO_MISTAKES();
        return await scene_end(s);
}

PROGRAM(of_datagrams_and_messages)
{
        struct scene *s = await scene_begin();
        mori_datagram one = {.data = (char *)"x", .bytes = 1, .room = 1},
                      none = {.bytes = 1, .room = 1};
        mori_message message = {.data = (char *)"x", .bytes = 1}, empty = {.bytes = 1, .room = 1};
        mori_address to = {0};
        mori_credentials credentials;
        mori_file pair[2], file;
        uint64_t dropped;
        char text[8];
        unsigned mistakes = 0;

        EXPECT_EQ(mori_socket_pair(SOCK_SEQPACKET, pair), 0);
        ASK_BAD(mori_datagram_connect(f, NULL));
        ASK_BAD(await mori_datagram_receive(f, text, 1, NULL));
        ASK_BAD(await mori_datagram_send(f, "x", 1, NULL));
        ASK_BAD(await mori_datagram_receive_many(f, &one, 1));
        ASK_BAD(await mori_datagram_send_many(f, &one, 1));
        ASK_BAD(mori_datagram_dropped(f, &dropped));
        ASK_BAD(mori_datagram_join(f, "224.0.0.251", NULL));
        ASK_BAD(mori_datagram_leave(f, "224.0.0.251", NULL));
        ASK_BAD(mori_datagram_multicast(f, NULL, 1, 1));
        ASK_BAD(await mori_message_send(f, &message));
        ASK_BAD(await mori_message_receive(f, &message));
        ASK_BAD(mori_socket_peer(f, &credentials));
        ASK_BAD(mori_socket_peer_process(f, &file));

        ASK(mori_datagram_bind(nothing(), 0, &file), -EFAULT);
        ASK(mori_datagram_bind("127.0.0.1:0", 0, nothing()), -EFAULT);
        ASK(mori_datagram_bind("127.0.0.1:0", 0x100, &file), -EINVAL);
        ASK(mori_datagram_bind("unix:@x", MORI_DATAGRAM_ERRORS, &file), -EINVAL);
        ASK(mori_datagram_connect(s->datagram, &to), -EINVAL);
        ASK(mori_datagram_connect(s->file, NULL), -ENOTSOCK);
        ASK(mori_datagram_connect(s->socket[0], NULL), -EPROTOTYPE);
        ASK(await mori_datagram_receive(s->datagram, nothing(), 1, NULL), -EFAULT);
        ASK(await mori_datagram_receive(s->file, text, 1, NULL), -ENOTSOCK);
        ASK(await mori_datagram_receive(s->socket[0], text, 1, NULL), -EPROTOTYPE);
        ASK(await mori_datagram_send(s->datagram, "x", 1, NULL), -EDESTADDRREQ);
        ASK(await mori_datagram_send(s->datagram, "x", 1, &to), -EDESTADDRREQ);
        ASK(await mori_datagram_send(s->datagram, nothing(), 1, NULL), -EFAULT);
        ASK(await mori_datagram_send(s->datagram, "x", SIZE_MAX, NULL), -EMSGSIZE);
        ASK(await mori_datagram_send(s->file, "x", 1, NULL), -ENOTSOCK);
        ASK(await mori_datagram_send(s->socket[0], "x", 1, NULL), -EPROTOTYPE);
        ASK(await mori_datagram_receive_many(s->datagram, nothing(), 1), -EFAULT);
        ASK(await mori_datagram_receive_many(s->datagram, &none, 1), -EFAULT);
        ASK(await mori_datagram_receive_many(s->datagram, &one, 0), -EINVAL);
        ASK(await mori_datagram_receive_many(s->datagram, &one, 65), -EINVAL);
        ASK(await mori_datagram_send_many(s->datagram, nothing(), 1), -EFAULT);
        ASK(await mori_datagram_send_many(s->datagram, &none, 1), -EFAULT);
        ASK(await mori_datagram_send_many(s->datagram, &one, 0), -EINVAL);
        ASK(await mori_datagram_send_many(s->datagram, &one, 65), -EINVAL);
        ASK(mori_datagram_dropped(s->datagram, nothing()), -EFAULT);
        ASK(mori_datagram_dropped(s->file, &dropped), -ENOTSOCK);
        ASK(mori_datagram_join(s->datagram, nothing(), NULL), -EFAULT);
        ASK(mori_datagram_join(s->datagram, "nonsense", NULL), -EINVAL);
        ASK(mori_datagram_join(s->datagram, "127.0.0.1", NULL),
            simulated() ? -EOPNOTSUPP : -EINVAL);
        ASK(mori_datagram_leave(s->datagram, nothing(), NULL), -EFAULT);
        ASK(mori_datagram_join(s->file, "224.0.0.251", NULL), -ENOTSOCK);
        ASK(mori_datagram_multicast(s->datagram, NULL, 256, -1), -EINVAL);

        ASK(await mori_message_send(pair[0], nothing()), -EFAULT);
        ASK(await mori_message_send(pair[0], &empty), -EFAULT);
        message.files_count = 1;
        ASK(await mori_message_send(pair[0], &message), -EFAULT);
        message.files = bad_files();
        ASK(await mori_message_send(pair[0], &message), -EBADF);
        message.files_count = 254;
        ASK(await mori_message_send(pair[0], &message), -EINVAL);
        message.files_count = 0;
        message.flags = 0x100;
        ASK(await mori_message_send(pair[0], &message), -EINVAL);
        message.flags = 0;
        ASK(await mori_message_send(s->file, &message), -ENOTSOCK);
        ASK(await mori_message_receive(pair[0], nothing()), -EFAULT);
        ASK(await mori_message_receive(pair[0], &empty), -EFAULT);
        empty.room = 0;
        empty.files_room = 1;
        ASK(await mori_message_receive(pair[0], &empty), -EFAULT);
        empty.files = bad_files();
        empty.files_room = 254;
        ASK(await mori_message_receive(pair[0], &empty), -EINVAL);
        ASK(await mori_message_receive(s->file, &message), -ENOTSOCK);
        ASK(mori_socket_peer(pair[0], nothing()), -EFAULT);
        ASK(mori_socket_peer(s->file, &credentials), -ENOTSOCK);
        ASK(mori_socket_peer_process(pair[0], nothing()), -EFAULT);
        EXPECT_EQ(await mori_file_close(pair[0]), 0);
        EXPECT_EQ(await mori_file_close(pair[1]), 0);
        NO_MISTAKES();
        return await scene_end(s);
}

/* ---- Children, terminals, signals, clocks, names of hosts, work elsewhere */

HELPER int does_nothing(void *context)
{
        return context == NULL ? 0 : 1;
}

HELPER int adds_nothing(uint64_t begin, uint64_t end, const void *context)
{
        return begin <= end && context == NULL ? 0 : 1;
}

PROGRAM(of_the_rest)
{
        static const char *const no_names[] = {"", ".", "..", "a..b", "-", "a b", "a/b", "\n"};
        struct scene *s = await scene_begin();
        struct mori_terminal_size size = {0};
        struct mori_terminal_saved saved;
        struct mori_reduction reduction = {0};
        mori_address address;
        mori_file file;
        /* the simulation has none */
        const int no_terminal = simulated() ? -EOPNOTSUPP : -ENOTTY;
        unsigned mistakes = 0;
        int result;

        ASK_BAD(mori_terminal_check(f));
        ASK_BAD(mori_terminal_get_size(f, &size));
        ASK_BAD(mori_terminal_resize(f, size));
        ASK_BAD(await mori_terminal_resized(f, &size));
        ASK_BAD(mori_terminal_set_mode(f, MORI_TERMINAL_RAW));
        ASK_BAD(mori_terminal_enter(f, MORI_TERMINAL_RAW, &saved));
        ASK(mori_terminal_check(s->file), no_terminal);
        ASK(mori_terminal_get_size(s->file, &size), no_terminal);
        ASK(mori_terminal_get_size(s->file, nothing()), -EFAULT);
        ASK(mori_terminal_resize(s->pipe[0], size), no_terminal);
        ASK(await mori_terminal_resized(s->file, &size), no_terminal);
        ASK(await mori_terminal_resized(s->file, nothing()), -EFAULT);
        ASK(mori_terminal_set_mode(s->file, 12345), no_terminal);
        ASK(mori_terminal_set_mode(s->file, MORI_TERMINAL_RAW), no_terminal);
        ASK(mori_terminal_enter(s->file, MORI_TERMINAL_RAW, nothing()), -EFAULT);
        ASK(mori_terminal_enter(s->file, MORI_TERMINAL_RAW, &saved), no_terminal);
        ASK(mori_terminal_pair(size, nothing(), &file), -EFAULT);
        ASK(mori_terminal_pair(size, &file, nothing()), -EFAULT);

        ASK(await mori_signal_wait(0), -EINVAL);
        ASK(await mori_signal_wait(-1), -EINVAL);
        ASK(await mori_signal_wait(65), -EINVAL);
        ASK(await mori_signal_wait(SIGKILL), -EINVAL);
        ASK(await mori_signal_wait(SIGSTOP), -EINVAL);
        ASK(mori_clock_now((enum mori_clock)12345), -EINVAL);
        ASK(await mori_clock_wait((enum mori_clock)12345, 0), -EINVAL);
        ASK(await mori_clock_wait(MORI_CLOCK_BOOT, INT64_MIN), -EINVAL);
        ASK(await mori_clock_wait(MORI_CLOCK_WALL, -1), -EINVAL);

        for (unsigned i = 0; i < sizeof no_names / sizeof no_names[0]; i++)
                ASK(await mori_lookup(no_names[i], &address, 1), -EINVAL);
        ASK(await mori_lookup(nothing(), &address, 1), -EFAULT);
        ASK(await mori_lookup("localhost", nothing(), 1), -EFAULT);
        ASK(await mori_lookup("localhost", &address, 0), -EINVAL);
        ASK(await mori_lookup(s->path_long, &address, 1), -EINVAL);
        ASK(mori_lookup_servers("nonsense", 0, 0), -EINVAL);
        ASK(mori_lookup_servers("127.0.0.1:99999", 0, 0), -EINVAL);
        ASK(mori_lookup_servers("127.0.0.1", -1, 1), -EINVAL);

        ASK(await mori_offload(nothing(), NULL), -EINVAL);
        ASK(await mori_offload_with(nothing(), NULL, 0), -EINVAL);
        ASK(await mori_offload_with(does_nothing, NULL, 0x100), -EINVAL);
        ASK(await mori_offload_owned(nothing(), NULL, NULL, 0, &result), -EINVAL);
        ASK(await mori_offload_owned(does_nothing, NULL, NULL, 0x100, &result), -EINVAL);
        ASK(await mori_offload_owned(does_nothing, NULL, NULL, 0, nothing()), -EINVAL);
        ASK(await mori_parallel_for(0, 1, 1, nothing(), NULL), -EINVAL);
        ASK(await mori_parallel_for(1, 0, 1, adds_nothing, NULL), -EINVAL);
        ASK(await mori_parallel_reduce(0, 1, nothing(), NULL, &result), -EINVAL);
        ASK(await mori_parallel_reduce(0, 1, &reduction, NULL, &result), -EINVAL);
        ASK(await mori_parallel_reduce(0, 1, &reduction, NULL, nothing()), -EINVAL);
        ASK(mori_post(nothing(), NULL), -EINVAL);
        ASK(await mori_select(nothing(), 1), -EFAULT);
        NO_MISTAKES();
        return await scene_end(s);
}

PROGRAM(of_children)
{
        char *no_arguments[] = {NULL};
        struct mori_child_descriptor descriptor = {.number = 0, .file = MORI_NO_FILE};
        struct mori_child_limit limit = {.resource = 12345};
        struct mori_child_plan plan = {.program = "/bin/true"};
        struct mori_child_talk talk = {0};
        struct mori_child child = {0};
        struct scene *s;
        unsigned mistakes = 0;

        if (simulated())
                return 0;
        s = await scene_begin();
        ASK(await mori_child_spawn(nothing(), &child), -EFAULT);
        ASK(await mori_child_spawn(&plan, nothing()), -EFAULT);
        plan.program = nothing();
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan.program = "";
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan.program = "/none";
        ASK(await mori_child_spawn(&plan, &child), -ENOENT);
        plan.program = s->path_long;
        ASK(await mori_child_spawn(&plan, &child), -ENAMETOOLONG);
        plan = (struct mori_child_plan){.program = "/bin/true", .arguments = no_arguments};
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan = (struct mori_child_plan){.program = "/bin/true", .flags = 0x10000};
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan = (struct mori_child_plan){.program = "/bin/true", .in.kind = 77};
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan = (struct mori_child_plan){.program = "/bin/true", .in.kind = MORI_CHILD_STREAM_FILE};
        ASK(await mori_child_spawn(&plan, &child), -EBADF);
        plan.in.file = bad_file(1);
        ASK(await mori_child_spawn(&plan, &child), -EBADF);
        plan = (struct mori_child_plan){.program = "/bin/true", .directory = bad_file(1)};
        ASK(await mori_child_spawn(&plan, &child), -EBADF);
        plan = (struct mori_child_plan){.program = "/bin/true", .directory_path = "none"};
        ASK(await mori_child_spawn(&plan, &child), -ENOENT);
        plan = (struct mori_child_plan){.program = "/bin/true", .descriptors_count = 1};
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan.descriptors = &descriptor;
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        descriptor.number = -1;
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        descriptor.number = 5;
        ASK(await mori_child_spawn(&plan, &child), -EBADF);
        plan.descriptors_count = UINT32_MAX;
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan = (struct mori_child_plan){.program = "/bin/true", .limits_count = 1};
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan.limits = &limit;
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        plan.limits_count = UINT32_MAX;
        ASK(await mori_child_spawn(&plan, &child), -EINVAL);
        ASK(mori_child_signal(nothing(), 0), -EFAULT);
        ASK(mori_child_signal(&child, SIGTERM), -ESRCH);
        ASK(await mori_child_communicate(nothing(), &talk), -EFAULT);
        ASK(await mori_child_communicate(&child, nothing()), -EFAULT);
        NO_MISTAKES();
        return await scene_end(s);
}

IO_MAIN("io/arguments", TEST(of_reads_and_writes), TEST(of_files), TEST(of_names),
        TEST(of_directories), TEST(of_sockets), TEST(of_datagrams_and_messages), TEST(of_the_rest),
        TEST(of_children))
