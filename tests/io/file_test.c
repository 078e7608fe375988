/* SPDX-License-Identifier: MIT */
/* Regular files: opening, reading and writing in every form, sizes and times, handles. */
#include "io.h"

static async mori_file made(const char *path, const char *text)
{
        mori_file file = MORI_NO_FILE;

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, O_CREAT | O_TRUNC | O_RDWR, 0640, &file),
                  0);
        if (*text != '\0')
                EXPECT_EQ(await mori_file_write_all(file, text, strlen(text)), 0);
        return file;
}

PROGRAM(open_tells_what_is_wrong)
{
        mori_file file = {77}, directory;
        char path[5000];

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "nothing", O_RDONLY, 0, &file), -ENOENT);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "", O_RDONLY, 0, &file), -ENOENT);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "no/such/way", O_CREAT | O_RDWR, 0600, &file),
                  -ENOENT);
        make_directory("folder");
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "folder", O_WRONLY, 0, &file), -EISDIR);
        make_file("plain", "x", 1);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain", O_DIRECTORY, 0, &file), -ENOTDIR);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain/below", O_RDONLY, 0, &file), -ENOTDIR);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain", O_CREAT | O_EXCL | O_RDWR, 0600,
                                       &file),
                  -EEXIST);
        make_link("loop", "loop");
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "loop", O_RDONLY, 0, &file), -ELOOP);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "loop", O_RDONLY | O_NOFOLLOW, 0, &file),
                  -ELOOP);
        memset(path, 'x', sizeof path);
        path[300] = '\0';
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, O_RDONLY, 0, &file), -ENAMETOOLONG);
        path[300] = 'x';
        path[sizeof path - 1] = '\0';
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, O_RDONLY, 0, &file), -ENAMETOOLONG);
        for (size_t i = 1; i < sizeof path - 1; i += 2)
                path[i] = '/';
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, O_RDONLY, 0, &file), -ENAMETOOLONG);
        EXPECT_EQ(await mori_file_open((mori_file){12345}, "plain", O_RDONLY, 0, &file), -EBADF);
        EXPECT_EQ(file.word, 77); /* touched on success only */
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "folder", O_DIRECTORY, 0, &directory), 0);
        EXPECT_EQ(await mori_file_open(directory, "inner", O_CREAT | O_RDWR, 0600, &file), 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain", O_RDONLY, 0, &file), 0);
        EXPECT_EQ(await mori_file_open(file, "inner", O_RDONLY, 0, &file), -ENOTDIR);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_file_close(directory), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "folder/inner", O_RDONLY, 0, &file), 0);
        return await mori_file_close(file);
}

PROGRAM(positions)
{
        mori_file file = await made("positions", "hello, world");
        char text[32] = {0};

        EXPECT_EQ(await mori_file_read(file, text, sizeof text), 0);
        EXPECT_EQ(await mori_file_read_at(file, text, 5, 7), 5);
        EXPECT(memcmp(text, "world", 5) == 0);
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 12);
        EXPECT_EQ(await mori_file_read_at(file, text, 5, 12), 0);
        EXPECT_EQ(await mori_file_read_at(file, text, 5, 1u << 20), 0);
        EXPECT_EQ(await mori_file_write_at(file, "HELLO", 5, 0), 5);
        EXPECT_EQ(await mori_file_write(file, "!", 1), 1); /* the position stayed where it was */
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 13);
        EXPECT(memcmp(text, "HELLO, world!", 13) == 0);
        EXPECT_EQ(await mori_file_write_at(file, "x", 1, 20), 1);
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 21);
        EXPECT(memcmp(text, "HELLO, world!\0\0\0\0\0\0\0x", 21) == 0);
        EXPECT_EQ(await mori_file_read(file, text, 3), 3);
        EXPECT_EQ(await mori_file_sync(file), 0);
        return await mori_file_close(file);
}

PROGRAM(wrong_offsets)
{
        mori_file file = await made("offsets", "abc");
        struct iovec piece = {NULL, 0};
        char text[8] = "unmoved";

        piece = (struct iovec){text, sizeof text};
        EXPECT_EQ(await mori_file_read_at(file, text, 3, UINT64_MAX), -EINVAL);
        EXPECT_EQ(await mori_file_write_at(file, text, 3, UINT64_MAX), -EINVAL);
        EXPECT_EQ(await mori_file_readv_at(file, &piece, 1, UINT64_MAX), -EINVAL);
        EXPECT_EQ(await mori_file_writev_at(file, &piece, 1, UINT64_MAX), -EINVAL);
        EXPECT_EQ(await mori_file_read_at(file, text, 3, (uint64_t)1 << 63), -EINVAL);
        EXPECT_EQ(await mori_file_write_at(file, text, 3, (uint64_t)1 << 63), -EINVAL);
        EXPECT(await mori_file_write_at(file, text, 3, INT64_MAX) < 0);
        EXPECT(strcmp(text, "unmoved") == 0);
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 3);
        return await mori_file_close(file);
}

PROGRAM(no_bytes)
{
        mori_file file = await made("none", "abc");
        char text[4];

        EXPECT_EQ(await mori_file_read(file, text, 0), 0);
        EXPECT_EQ(await mori_file_write(file, text, 0), 0);
        EXPECT_EQ(await mori_file_read_at(file, text, 0, 0), 0);
        EXPECT_EQ(await mori_file_write_at(file, text, 0, 9), 0);
        EXPECT_EQ(await mori_file_read_exact(file, text, 0), 0);
        EXPECT_EQ(await mori_file_write_all(file, text, 0), 0);
        EXPECT_EQ(await mori_file_read_at(file, text, 4, 0), 3);
        return await mori_file_close(file);
}

PROGRAM(pieces)
{
        mori_file file = await made("pieces", "");
        char first[4] = "abc", second[8] = "defghij", in[3][4] = {{0}};
        struct iovec out[] = {{first, 3}, {NULL, 0}, {second, 7}};
        struct iovec back[] = {{in[0], 4}, {in[1], 0}, {in[1], 4}, {in[2], 4}};
        struct iovec many[65];

        EXPECT_EQ(await mori_file_writev(file, out, 3), 10);
        EXPECT_EQ(await mori_file_readv_at(file, back, 4, 0), 10);
        EXPECT(memcmp(in[0], "abcd", 4) == 0 && memcmp(in[1], "efgh", 4) == 0);
        EXPECT(memcmp(in[2], "ij", 2) == 0);
        EXPECT_EQ(await mori_file_writev_at(file, out, 3, 5), 10);
        EXPECT_EQ(await mori_file_readv(file, back, 4), 5); /* the position was 10 */
        for (unsigned i = 0; i < 65; i++)
                many[i] = (struct iovec){&second[i % 7], 1};
        EXPECT_EQ(await mori_file_writev(file, many, 64), 64);
        EXPECT_EQ(await mori_file_writev(file, many, 65), -EINVAL);
        EXPECT_EQ(await mori_file_readv(file, many, 65), -EINVAL);
        EXPECT_EQ(await mori_file_writev(file, many, 0), -EINVAL);
        EXPECT_EQ(await mori_file_readv_at(file, many, 0, 0), -EINVAL);
        EXPECT_EQ(await mori_file_writev_at(file, many, UINT32_MAX, 0), -EINVAL);
        return await mori_file_close(file);
}

PROGRAM(exact_and_all)
{
        mori_file file = await made("exact", ""), again;
        char *bytes = (char *)shared_bytes() + 2 * 1024 * 1024;

        fill(shared_bytes(), 0, 1000000);
        EXPECT_EQ(await mori_file_write_all(file, shared_bytes(), 1000000), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "exact", O_RDONLY, 0, &again), 0);
        EXPECT_EQ(await mori_file_read_exact(again, bytes, 999000), 0);
        verify(bytes, 0, 999000);
        EXPECT_EQ(await mori_file_read_exact(again, bytes, 1001), -ENODATA);
        EXPECT_EQ(await mori_file_write(again, bytes, 1), -EBADF); /* opened for reading */
        EXPECT_EQ(await mori_file_write_all(again, bytes, 1), -EBADF);
        EXPECT_EQ(await mori_file_close(again), 0);
        return await mori_file_close(file);
}

PROGRAM(append)
{
        mori_file file = await made("append", "one"), again;
        char text[16];

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "append", O_WRONLY | O_APPEND, 0, &again), 0);
        EXPECT_EQ(await mori_file_write(again, "two", 3), 3);
        EXPECT_EQ(await mori_file_write(file, "3", 1), 1);
        EXPECT_EQ(await mori_file_write(again, "four", 4), 4);
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 10);
        EXPECT(memcmp(text, "one3wofour", 10) == 0);
        EXPECT_EQ(await mori_file_read(again, text, 1), -EBADF);
        EXPECT_EQ(await mori_file_close(again), 0);
        return await mori_file_close(file);
}

PROGRAM(stat_of_paths_links_and_files)
{
        mori_file file = await made("target", "12345"), folder;
        struct stat st, same;

        EXPECT_EQ(await mori_file_stat(file, "", 0, &st), 0);
        EXPECT(S_ISREG(st.st_mode) && st.st_size == 5 && (st.st_mode & 0777) == 0640);
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "target", 0, &same), 0);
        EXPECT(same.st_ino == st.st_ino && same.st_dev == st.st_dev && same.st_nlink == 1);
        EXPECT(same.st_mtim.tv_sec == st.st_mtim.tv_sec);
        make_link("link", "target");
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "link", 0, &same), 0);
        EXPECT(same.st_ino == st.st_ino);
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "link", AT_SYMLINK_NOFOLLOW, &same), 0);
        EXPECT(S_ISLNK(same.st_mode) && same.st_size == 6 && same.st_ino != st.st_ino);
        make_link("lost", "nowhere");
        same.st_size = 42;
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "lost", 0, &same), -ENOENT);
        EXPECT_EQ(same.st_size, 42);
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "lost", AT_SYMLINK_NOFOLLOW, &same), 0);
        make_directory("folder");
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "folder", O_RDONLY | O_DIRECTORY, 0, &folder),
                  0);
        make_file("folder/below", "xyz", 3);
        EXPECT_EQ(await mori_file_stat(folder, "below", 0, &same), 0);
        EXPECT_EQ(same.st_size, 3);
        EXPECT_EQ(await mori_file_stat(folder, "", 0, &same), 0);
        EXPECT(S_ISDIR(same.st_mode));
        EXPECT_EQ(await mori_file_stat(folder, "absent", 0, &same), -ENOENT);
        EXPECT_EQ(await mori_file_stat(file, "below", 0, &same), -ENOTDIR);
        EXPECT_EQ(await mori_file_stat(folder, "below", 0x40000000, &same), -EINVAL);
        EXPECT_EQ(await mori_file_stat((mori_file){99}, "", 0, &same), -EBADF);
        EXPECT_EQ(await mori_file_close(folder), 0);
        EXPECT_EQ(await mori_file_stat(folder, "below", 0, &same), -EBADF);
        return await mori_file_close(file);
}

PROGRAM(removed_while_open)
{
        mori_file file = await made("removed", "still here");
        struct stat st;
        char text[16];

        remove_path("removed");
        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "removed", 0, &st), -ENOENT);
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 10);
        EXPECT_EQ(await mori_file_stat(file, "", 0, &st), 0);
        EXPECT_EQ(st.st_nlink, 0);
        return await mori_file_close(file);
}

/* A handle that was closed reaches nothing, also when the descriptor's number is another file's. */
PROGRAM(stale_handles)
{
        mori_file stale = await made("stale", "abc"), file;
        struct stat st;
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        struct iovec piece;
        char text[64];
        int fd = mori_file_descriptor(stale);

        piece = (struct iovec){text, sizeof text};
        EXPECT(fd >= 0);
        EXPECT_EQ(await mori_file_close(stale), 0);
        for (unsigned i = 0; i < 200; i++) {
                file = await made("stale", "new");
                EXPECT_EQ(mori_file_descriptor(file), fd);
                EXPECT(file.word != stale.word);
                EXPECT_EQ(mori_file_descriptor(stale), -EBADF);
                EXPECT_EQ(await mori_file_read(stale, text, 1), -EBADF);
                EXPECT_EQ(await mori_file_write(stale, text, 1), -EBADF);
                EXPECT_EQ(await mori_file_read_at(stale, text, 1, 0), -EBADF);
                EXPECT_EQ(await mori_file_write_at(stale, text, 1, 0), -EBADF);
                EXPECT_EQ(await mori_file_readv(stale, &piece, 1), -EBADF);
                EXPECT_EQ(await mori_file_writev(stale, &piece, 1), -EBADF);
                EXPECT_EQ(await mori_file_sync(stale), -EBADF);
                EXPECT_EQ(await mori_file_stat(stale, "", 0, &st), -EBADF);
                EXPECT_EQ(await mori_file_close(stale), -EBADF);
                EXPECT_EQ(await mori_directory_next(stale, &cursor, &entry), -EBADF);
                cursor = (struct mori_cursor){0};
                EXPECT_EQ(await mori_splice(stale, file, 1), -EBADF);
                EXPECT_EQ(await mori_splice(file, stale, 1), -EBADF);
                EXPECT_EQ(await mori_sendfile(stale, file, 0, 1), -EBADF);
                EXPECT_EQ(await mori_sendfile(file, stale, 0, 1), -EBADF);
                EXPECT_EQ(await mori_socket_accept(stale, &file), -EBADF);
                EXPECT_EQ(await mori_socket_shutdown(stale, SHUT_RD), -EBADF);
                EXPECT_EQ(mori_socket_address(stale, 0, text, sizeof text), -EBADF);
                EXPECT_EQ(mori_socket_option(stale, SOL_SOCKET, SO_KEEPALIVE, 1), -EBADF);
                EXPECT_EQ(await mori_print(stale, "lost"), -EBADF);
                EXPECT_EQ(await mori_file_close(file), 0);
                stale = i % 2 ? stale : file;
        }
        return 0;
}

PROGRAM(handles_that_were_made_up)
{
        char text[4];

        for (uint64_t i = 0; i < 64; i++) {
                EXPECT_EQ(await mori_file_read((mori_file){i}, text, 1), -EBADF);
                EXPECT_EQ(await mori_file_close((mori_file){i << 32 | i}), -EBADF);
                EXPECT_EQ(await mori_file_write((mori_file){UINT64_MAX - i}, text, 1), -EBADF);
                EXPECT_EQ(await mori_file_close((mori_file){(uint64_t)1 << i}), -EBADF);
        }
        return 0;
}

/* Open files are the process's: they are closed when it ends. */
PROGRAM(left_open)
{
        mori_file files[100];

        make_file("left", "abc", 3);
        for (unsigned i = 0; i < 100; i++)
                EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "left", O_RDONLY, 0, &files[i]), 0);
        for (unsigned i = 0; i < 100; i += 3)
                EXPECT_EQ(await mori_file_close(files[i]), 0);
        return 0;
}

HELPER int adopted_descriptor(void)
{
        int fds[2];

        if (simulated()) {
                EXPECT_EQ(platform_pipe_new(engine(), fds), 0);
                platform_close_now(engine(), fds[1]);
                return fds[0];
        }
        EXPECT_EQ(pipe(fds), 0);
        close(fds[1]);
        return fds[0];
}

PROGRAM(adopted_descriptors)
{
        mori_file file = {5};
        char text[4];
        int fd = adopted_descriptor();

        EXPECT_EQ(mori_file_adopt(-1, &file), -EBADF);
        EXPECT_EQ(file.word, 5);
        EXPECT_EQ(mori_file_adopt(fd, &file), 0);
        EXPECT_EQ(mori_file_descriptor(file), fd);
        EXPECT_EQ(await mori_file_read(file, text, sizeof text), 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_file_read(file, text, sizeof text), -EBADF);
        EXPECT_EQ(mori_file_adopt(adopted_descriptor(), &file), 0);
        return 0;
}

IO_MAIN("io/file", TEST(open_tells_what_is_wrong), TEST(positions), TEST(wrong_offsets),
        TEST(no_bytes), TEST(pieces), TEST(exact_and_all), TEST(append),
        TEST(stat_of_paths_links_and_files), TEST(removed_while_open), TEST(stale_handles),
        TEST(handles_that_were_made_up), TEST(left_open), TEST(adopted_descriptors))
