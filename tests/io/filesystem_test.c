/* SPDX-License-Identifier: MIT */
/*
 * Names, attributes, directories beneath which everything stays, temporary files and new versions;
 * what the operations themselves do is src/platform/io_file_test.c's business.
 */
#include "io.h"

#include <mori/filesystem.h>

#include <dirent.h>

HELPER int entries_real(void)
{
        DIR *folder = opendir(".");
        int count = 0;

        while (readdir(folder) != NULL)
                count++;
        closedir(folder);
        return count - 2;
}

/* How many names are in the working directory. */
static async int entries(void)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        mori_file here;
        int count = 0;

        if (!simulated())
                return entries_real();
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "/", O_RDONLY | O_DIRECTORY, 0, &here), 0);
        while (await mori_directory_next(here, &cursor, &entry) == 1)
                count++;
        EXPECT_EQ(await mori_file_close(here), 0);
        return count;
}

static async void wrote(mori_file file, const char *text)
{
        EXPECT_EQ(await mori_file_write_all(file, text, strlen(text)), 0);
}

/* The text of a file is this. */
static async void is_text(mori_directory directory, const char *path, const char *text)
{
        char bytes[64];
        mori_file file;
        int64_t count;

        EXPECT_EQ(await mori_file_open(directory, path, O_RDONLY, 0, &file), 0);
        count = await mori_file_read(file, bytes, sizeof bytes);
        EXPECT_EQ(count, strlen(text));
        EXPECT(memcmp(bytes, text, strlen(text)) == 0);
        EXPECT_EQ(await mori_file_close(file), 0);
}

PROGRAM(names_come_and_go)
{
        char target[16];

        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "folder", 0755), 0);
        make_file("folder/one", "one", 3);
        EXPECT_EQ(await mori_rename(MORI_NO_FILE, "folder/one", MORI_NO_FILE, "two", 0), 0);
        EXPECT_EQ(await mori_hard_link(MORI_NO_FILE, "two", MORI_NO_FILE, "three"), 0);
        EXPECT_EQ(await mori_rename(MORI_NO_FILE, "two", MORI_NO_FILE, "three",
                                    MORI_RENAME_NOREPLACE),
                  -EEXIST);
        EXPECT_EQ(await mori_symlink("three", MORI_NO_FILE, "link"), 0);
        EXPECT_EQ(await mori_readlink(MORI_NO_FILE, "link", target, sizeof target), 5);
        EXPECT(strcmp(target, "three") == 0);
        EXPECT_EQ(await mori_readlink(MORI_NO_FILE, "link", target, 6), 5);
        EXPECT_EQ(await mori_readlink(MORI_NO_FILE, "link", target, 5), -ENAMETOOLONG);
        EXPECT_EQ(await mori_readlink(MORI_NO_FILE, "link", target, 0), -ENAMETOOLONG);
        EXPECT_EQ(await mori_readlink(MORI_NO_FILE, "three", target, 6), -EINVAL);
        EXPECT_EQ(await mori_unlink(MORI_NO_FILE, "two"), 0);
        await is_text(MORI_NO_FILE, "link", "one");
        EXPECT_EQ(await mori_truncate(MORI_NO_FILE, "link", 1), 0);
        await is_text(MORI_NO_FILE, "three", "o");
        EXPECT_EQ(await mori_truncate(MORI_NO_FILE, "folder", 1), -EISDIR);
        EXPECT_EQ(await mori_unlink(MORI_NO_FILE, "folder"), -EISDIR);
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "folder"), 0);
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "folder"), -ENOENT);
        return 0;
}

PROGRAM(attributes_are_set_and_read)
{
        const struct timespec times[2] = {{100, 0}, {200, 0}};
        struct statx found;
        struct stat st;
        mori_file file;

        make_file("file", "text", 4);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "file", O_RDWR, 0, &file), 0);
        EXPECT_EQ(await mori_chmod(MORI_NO_FILE, "file", 0604, 0), 0);
        EXPECT_EQ(await mori_file_stat(file, "", 0, &st), 0);
        EXPECT_EQ(st.st_mode & 07777, 0604);
        EXPECT_EQ(await mori_chmod(file, "", 0640, 0), 0);
        EXPECT_EQ(await mori_utimens(file, "", times, 0), 0);
        EXPECT_EQ(await mori_statx(MORI_NO_FILE, "file", 0, STATX_BASIC_STATS | STATX_BTIME,
                                   &found),
                  0);
        EXPECT_EQ(found.stx_mode & 07777, 0640);
        EXPECT_EQ(found.stx_atime.tv_sec, 100);
        EXPECT_EQ(found.stx_mtime.tv_sec, 200);
        EXPECT(found.stx_mask & STATX_MTIME);
        EXPECT_EQ(await mori_statx(MORI_NO_FILE, "none", 0, STATX_MODE, &found), -ENOENT);
        EXPECT_EQ(await mori_chown(file, "", (uid_t)-1, (gid_t)-1, 0), 0);
        EXPECT_EQ(await mori_access(MORI_NO_FILE, "file", R_OK | W_OK, 0), 0);
        EXPECT_EQ(await mori_access(MORI_NO_FILE, "file", X_OK, 0), -EACCES);
        EXPECT_EQ(await mori_access(MORI_NO_FILE, "none", F_OK, 0), -ENOENT);
        return await mori_file_close(file);
}

PROGRAM(sizes_and_copies)
{
        mori_file from, to;
        struct stat st;

        make_file("from", "0123456789", 10);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "from", O_RDONLY, 0, &from), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "to", O_RDWR | O_CREAT, 0666, &to), 0);
        EXPECT_EQ(await mori_file_copy(to, 1, from, 4, 3), 3);
        EXPECT_EQ(await mori_file_copy(to, 0, from, 9, 1), 1);
        await is_text(MORI_NO_FILE, "to", "9456");
        EXPECT_EQ(await mori_file_copy(to, 0, from, 10, 3), 0);
        EXPECT_EQ(await mori_file_copy(from, 0, to, 0, 3), -EBADF);
        EXPECT_EQ(await mori_file_copy(to, 0, from, UINT64_MAX, 1), -EINVAL);
        EXPECT_EQ(await mori_file_copy(to, 0, MORI_NO_FILE, 0, 1), -EBADF);
        EXPECT_EQ(await mori_file_truncate(to, 2), 0);
        await is_text(MORI_NO_FILE, "to", "94");
        EXPECT_EQ(await mori_file_truncate(from, 2), -EINVAL);
        EXPECT_EQ(await mori_file_truncate(to, UINT64_MAX), -EINVAL);
        EXPECT_EQ(await mori_file_allocate(to, 0, 0, 4096), 0);
        EXPECT_EQ(await mori_file_stat(to, "", 0, &st), 0);
        EXPECT_EQ(st.st_size, 4096);
        EXPECT_EQ(await mori_file_allocate(to, 0, 0, 0), -EINVAL);
        EXPECT_EQ(await mori_file_sync(to), 0);
        EXPECT_EQ(await mori_file_sync_data(to), 0);
        EXPECT_EQ(await mori_file_sync_range(to, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
        EXPECT_EQ(await mori_file_sync_system(to), 0);
        EXPECT_EQ(await mori_file_close(from), 0);
        return await mori_file_close(to);
}

/* Everything that was opened beneath a directory is beneath it, however it was opened. */
PROGRAM(nothing_leads_out_of_a_directory)
{
        mori_directory top, sub;
        mori_file file;
        struct stat st;

        make_directory("top");
        make_directory("top/sub");
        make_file("outside", "secret", 6);
        make_file("top/file", "text", 4);
        make_link("top/out", "../outside");
        make_link("top/sub/in", "../file");
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "top", &top), 0);
        await is_text(top, "file", "text");
        await is_text(top, "sub/in", "text");
        EXPECT_EQ(await mori_file_open(top, "../outside", O_RDONLY, 0, &file), -EXDEV);
        EXPECT_EQ(await mori_file_open(top, "out", O_RDONLY, 0, &file), -EXDEV);
        EXPECT_EQ(await mori_file_open(top, "/etc/passwd", O_RDONLY, 0, &file), -EXDEV);
        EXPECT_EQ(await mori_file_stat(top, "out", 0, &st), -EXDEV);
        EXPECT_EQ(await mori_file_stat(top, "out", AT_SYMLINK_NOFOLLOW, &st), 0);
        EXPECT(S_ISLNK(st.st_mode));
        EXPECT_EQ(await mori_unlink(top, "../outside"), -EXDEV);
        EXPECT_EQ(await mori_chmod(top, "out", 0, 0), -EXDEV);
        EXPECT_EQ(await mori_truncate(top, "out", 0), -EXDEV);
        EXPECT_EQ(await mori_rename(top, "file", top, "../file", 0), -EXDEV);
        /* from a confined directory to one that is not: neither the one nor the other */
        EXPECT_EQ(await mori_rename(top, "file", MORI_NO_FILE, "file", 0), -EXDEV);
        EXPECT_EQ(await mori_hard_link(MORI_NO_FILE, "outside", top, "stolen"), -EXDEV);
        /* a directory that is found there is no way out either */
        EXPECT_EQ(await mori_file_open(top, "sub", O_RDONLY, 0, &sub), 0);
        await is_text(top, "sub/in", "text");
        EXPECT_EQ(await mori_file_open(sub, "../file", O_RDONLY, 0, &file), -EXDEV);
        EXPECT_EQ(await mori_file_open(sub, "in", O_RDONLY, 0, &file), -EXDEV);
        EXPECT_EQ(await mori_rename(top, "file", sub, "file", 0), 0);
        await is_text(sub, "file", "text");
        EXPECT_EQ(await mori_file_close(sub), 0);
        EXPECT_EQ(await mori_directory_open(top, "..", &sub), -EXDEV);
        EXPECT_EQ(await mori_directory_open(top, "out", &sub), -EXDEV);
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "outside", &sub), -ENOTDIR);
        await is_text(MORI_NO_FILE, "outside", "secret");
        return await mori_file_close(top);
}

/* Moved away while it is held, it is still the same tree. */
PROGRAM(a_directory_that_is_moved)
{
        mori_directory top, sub;
        mori_file file;

        make_directory("top");
        make_directory("top/sub");
        make_file("top/sub/file", "text", 4);
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "top", &top), 0);
        EXPECT_EQ(await mori_directory_open(top, "sub", &sub), 0);
        EXPECT_EQ(await mori_rename(MORI_NO_FILE, "top/sub", MORI_NO_FILE, "moved", 0), 0);
        await is_text(sub, "file", "text");
        EXPECT_EQ(await mori_file_open(top, "sub/file", O_RDONLY, 0, &file), -ENOENT);
        EXPECT_EQ(await mori_file_open(sub, "../top", O_RDONLY, 0, &file), -EXDEV);
        EXPECT_EQ(await mori_unlink(sub, "file"), 0);
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "moved"), 0);
        EXPECT_EQ(await mori_mkdir(sub, "new", 0777), -ENOENT);
        EXPECT_EQ(await mori_file_close(sub), 0);
        return await mori_file_close(top);
}

PROGRAM(a_new_version)
{
        struct mori_draft draft, second;
        struct stat st;

        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "file", 0640, &draft), 0);
        await wrote(draft.file, "first");
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "file", 0, &st), -ENOENT);
        EXPECT_EQ(await mori_draft_publish(&draft, MORI_DRAFT_NEW), 0);
        EXPECT_EQ(await mori_draft_publish(&draft, 0), -EBADF);
        await mori_draft_drop(&draft);
        await is_text(MORI_NO_FILE, "file", "first");
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "file", 0, &st), 0);
        EXPECT_EQ(st.st_mode & 07777, 0640);
        EXPECT_EQ(st.st_nlink, 1);

        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "./file", 0600, &draft), 0);
        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "file", 0600, &second), 0);
        await wrote(draft.file, "second");
        await wrote(second.file, "third");
        await is_text(MORI_NO_FILE, "file", "first");
        EXPECT_EQ(await mori_draft_publish(&draft, MORI_DRAFT_NEW), -EEXIST);
        EXPECT_EQ(await mori_draft_publish(&draft, 64), -EINVAL);
        EXPECT_EQ(await mori_draft_publish(&draft, 0), 0);
        await is_text(MORI_NO_FILE, "file", "second");
        EXPECT_EQ(await mori_draft_publish(&second, MORI_DRAFT_VOLATILE), 0);
        await is_text(MORI_NO_FILE, "file", "third");

        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "file", 0600, &draft), 0);
        await wrote(draft.file, "never");
        await mori_draft_drop(&draft);
        await is_text(MORI_NO_FILE, "file", "third");
        EXPECT_EQ(await entries(), 1);
        return 0;
}

/* Its directory may be confined, and may be moved; its name may be taken by a directory. */
PROGRAM(a_new_version_in_a_directory)
{
        struct mori_draft draft;
        mori_directory top;

        make_directory("top");
        make_directory("top/sub");
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "top", &top), 0);
        EXPECT_EQ(await mori_draft_open(top, "../file", 0600, &draft), -EXDEV);
        EXPECT_EQ(await mori_draft_open(top, "none/file", 0600, &draft), -ENOENT);
        EXPECT_EQ(await mori_draft_open(top, "sub/", 0600, &draft), -EISDIR);
        EXPECT_EQ(await mori_draft_open(top, "sub/..", 0600, &draft), -EISDIR);
        EXPECT_EQ(await mori_draft_open(top, "", 0600, &draft), -ENOENT);
        EXPECT_EQ(await mori_draft_open(top, NULL, 0600, &draft), -EFAULT);
        EXPECT_EQ(await mori_draft_open(top, "sub/file", 0600, &draft), 0);
        await wrote(draft.file, "text");
        EXPECT_EQ(await mori_rename(MORI_NO_FILE, "top/sub", MORI_NO_FILE, "moved", 0), 0);
        EXPECT_EQ(await mori_draft_publish(&draft, 0), 0);
        await is_text(MORI_NO_FILE, "moved/file", "text");
        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "moved", 0600, &draft), 0);
        EXPECT_EQ(await mori_draft_publish(&draft, 0), -EISDIR);
        await mori_draft_drop(&draft);
        EXPECT_EQ(await entries(), 2);
        return await mori_file_close(top);
}

/* A process that ends leaves no draft behind. */
static async int leaves_a_draft(UNUSED int argc, UNUSED char **argv)
{
        struct mori_draft draft, published;

        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "file", 0600, &draft), 0);
        EXPECT_EQ(await mori_draft_open(MORI_NO_FILE, "other", 0600, &published), 0);
        EXPECT_EQ(await mori_draft_publish(&published, 0), 0);
        EXPECT(await entries() <= 2);
        return 0;
}

START_TEST(a_draft_is_left)
{
        io_case(leaves_a_draft, 0);
        if (!simulated())
                ck_assert_int_eq(entries_real(), 1);
}
END_TEST

PROGRAM(a_temporary_file)
{
        struct stat st;
        mori_file file;
        char bytes[4];

        EXPECT_EQ(await mori_temporary(MORI_NO_FILE, ".", 0600, &file), 0);
        EXPECT_EQ(await entries(), 0);
        await wrote(file, "text");
        EXPECT_EQ(await mori_file_read_at(file, bytes, 4, 0), 4);
        EXPECT_EQ(await mori_file_stat(file, "", 0, &st), 0);
        EXPECT_EQ(st.st_nlink, 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_temporary(MORI_NO_FILE, "none", 0600, &file), -ENOENT);
        EXPECT_EQ(await mori_temporary(MORI_NO_FILE, NULL, 0600, &file), -EFAULT);
        make_file("file", "", 0);
        EXPECT_EQ(await mori_temporary(MORI_NO_FILE, "file", 0600, &file), -ENOTDIR);
        return 0;
}

/* Each call, with a path and a handle that are wrong in one way: the same answer from all. */
static async void all_answer(mori_file handle, const char *path, int error)
{
        struct mori_draft draft;
        struct statx found;
        struct stat st;
        mori_file file;
        char bytes[8];

        EXPECT_EQ(await mori_file_open(handle, path, O_RDONLY, 0, &file), error);
        EXPECT_EQ(await mori_directory_open(handle, path, &file), error);
        EXPECT_EQ(await mori_file_stat(handle, path, 0, &st), error);
        EXPECT_EQ(await mori_statx(handle, path, 0, STATX_MODE, &found), error);
        EXPECT_EQ(await mori_access(handle, path, F_OK, 0), error);
        EXPECT_EQ(await mori_chmod(handle, path, 0600, 0), error);
        EXPECT_EQ(await mori_chown(handle, path, (uid_t)-1, (gid_t)-1, 0), error);
        EXPECT_EQ(await mori_utimens(handle, path, NULL, 0), error);
        EXPECT_EQ(await mori_truncate(handle, path, 0), error);
        EXPECT_EQ(await mori_mkdir(handle, path, 0700), error);
        EXPECT_EQ(await mori_rmdir(handle, path), error);
        EXPECT_EQ(await mori_unlink(handle, path), error);
        EXPECT_EQ(await mori_readlink(handle, path, bytes, sizeof bytes), error);
        EXPECT_EQ(await mori_symlink("target", handle, path), error);
        EXPECT_EQ(await mori_rename(handle, path, handle, "new", 0), error);
        EXPECT_EQ(await mori_hard_link(handle, path, handle, "new"), error);
        EXPECT_EQ(await mori_draft_open(handle, path, 0600, &draft), error);
}

PROGRAM(wrong_arguments)
{
        mori_file file, again;
        mori_directory top;
        char *long_path = shared_bytes(), *long_name = long_path + 8192;

        memset(long_path, 'x', 5000);
        for (int i = 100; i < 5000; i += 100)
                long_path[i] = '/';
        memset(long_name, 'x', 256);
        make_file("file", "", 0);
        make_directory("top");
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "file", O_RDWR, 0, &file), 0);
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "top", &top), 0);
        await all_answer(MORI_NO_FILE, NULL, -EFAULT);
        await all_answer(top, NULL, -EFAULT);
        await all_answer(MORI_NO_FILE, long_path, -ENAMETOOLONG);
        await all_answer(top, long_path, -ENAMETOOLONG);
        await all_answer(MORI_NO_FILE, long_name, -ENAMETOOLONG);
        await all_answer(top, long_name, -ENAMETOOLONG);
        await all_answer(file, "x", -ENOTDIR);
        EXPECT_EQ(await mori_rename(top, "x", top, NULL, 0), -EFAULT);
        EXPECT_EQ(await mori_hard_link(top, "x", top, NULL), -EFAULT);
        EXPECT_EQ(await mori_symlink(NULL, top, "x"), -EFAULT);
        EXPECT_EQ(await mori_symlink("", top, "x"), -ENOENT);

        EXPECT_EQ(await mori_file_close(file), 0);
        await all_answer(file, "x", -EBADF);
        /* the number of the closed file stands for another one now */
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "top", O_RDONLY, 0, &again), 0);
        await all_answer(file, "x", -EBADF);
        EXPECT_EQ(await mori_rename(again, "x", file, "y", 0), -EBADF);
        EXPECT_EQ(await mori_file_sync(file), -EBADF);
        EXPECT_EQ(await mori_file_sync_data(file), -EBADF);
        EXPECT_EQ(await mori_file_sync_range(file, 0, 0, 0), -EBADF);
        EXPECT_EQ(await mori_file_sync_system(file), -EBADF);
        EXPECT_EQ(await mori_file_truncate(file, 0), -EBADF);
        EXPECT_EQ(await mori_file_allocate(file, 0, 0, 1), -EBADF);
        EXPECT_EQ(await mori_file_copy(file, 0, again, 0, 1), -EBADF);
        EXPECT_EQ(await mori_file_copy(again, 0, file, 0, 1), -EBADF);
        EXPECT_EQ(await mori_file_close(again), 0);
        return await mori_file_close(top);
}

/* Cancelled before they begin; nothing has happened. */
static async int makes_all(mori_directory top)
{
        mori_file file;
        struct mori_draft draft;

        EXPECT_EQ(await mori_mkdir(top, "new", 0700), -ECANCELED);
        EXPECT_EQ(await mori_unlink(top, "file"), -ECANCELED);
        EXPECT_EQ(await mori_rename(top, "file", top, "x", 0), -ECANCELED);
        EXPECT_EQ(await mori_draft_open(top, "file", 0600, &draft), -ECANCELED);
        EXPECT_EQ(await mori_temporary(top, ".", 0600, &file), -ECANCELED);
        EXPECT_EQ(await mori_directory_open(top, ".", &file), -ECANCELED);
        return 0;
}

static async int waits_and_makes(mori_directory top)
{
        EXPECT_EQ(await mori_sleep(MORI_S(1000)), -ECANCELED);
        return await makes_all(top);
}

static async int draws(mori_directory top, bool *ret_drawn)
{
        struct mori_draft draft;

        EXPECT_EQ(await mori_draft_open(top, "file", 0600, &draft), 0);
        *ret_drawn = true;
        EXPECT_EQ(await mori_sleep(MORI_S(1000)), -ECANCELED);
        EXPECT_EQ(await mori_draft_publish(&draft, 0), -ECANCELED);
        await mori_draft_drop(&draft);
        return 0;
}

PROGRAM(cancelled)
{
        mori_directory top;
        bool drawn = false;

        make_directory("top");
        make_file("top/file", "text", 4);
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "top", &top), 0);
        scope {
                Async(int) first = start(waits_and_makes, top);
                Async(int) second = start(draws, top, &drawn);

                while (!drawn) /* its first wait must not be the one that is cancelled */
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                mori_cancel(MORI_ACTIVITY(first));
                mori_cancel(MORI_ACTIVITY(second));
                EXPECT_EQ(await join(first), 0);
                EXPECT_EQ(await join(second), 0);
        }
        await is_text(top, "file", "text");
        EXPECT_EQ(await mori_unlink(top, "file"), 0);
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "top"), 0);
        return await mori_file_close(top);
}

IO_MAIN("io/filesystem", TEST(names_come_and_go), TEST(attributes_are_set_and_read),
        TEST(sizes_and_copies), TEST(nothing_leads_out_of_a_directory),
        TEST(a_directory_that_is_moved), TEST(a_new_version), TEST(a_new_version_in_a_directory),
        TEST(a_draft_is_left), TEST(a_temporary_file), TEST(wrong_arguments), TEST(cancelled))
