/* SPDX-License-Identifier: MIT */
/* Listing directories: none, many, and while they change. */
#include "io.h"

#include <dirent.h>

HELPER void *seen(void)
{
        return shared_bytes();
}

HELPER void name_of(char *text, unsigned number)
{
        sprintf(text, "many/entry-with-a-name-of-some-length-%u", number);
}

HELPER void make_many(unsigned count)
{
        char text[128];

        make_directory("many");
        for (unsigned i = 0; i < count; i++) {
                name_of(text, i);
                make_file(text, "", 0);
        }
}

HELPER void remove_many(unsigned from, unsigned to)
{
        char text[128];

        for (unsigned i = from; i < to; i++) {
                name_of(text, i);
                remove_path(text);
        }
}

HELPER void see(const struct mori_entry *entry)
{
        unsigned number = (unsigned)atoi(strrchr(entry->name, '-') + 1);

        ck_assert_uint_lt(number, 10000);
        ((unsigned char *)seen())[number]++;
        ck_assert_uint_eq(((unsigned char *)seen())[number], 1);
        ck_assert(entry->type == DT_REG || entry->type == DT_UNKNOWN);
        ck_assert_uint_ne(entry->inode, 0);
}

static async mori_file opened(const char *path)
{
        mori_file file = MORI_NO_FILE;

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, O_RDONLY | O_DIRECTORY, 0, &file), 0);
        return file;
}

PROGRAM(an_empty_one)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        mori_file folder;

        make_directory("empty");
        folder = await opened("empty");
        EXPECT_EQ(await mori_directory_next(folder, &cursor, &entry), 0);
        EXPECT_EQ(await mori_directory_next(folder, &cursor, &entry), 0);
        mori_directory_done(&cursor);
        mori_directory_done(&cursor);
        EXPECT_EQ(await mori_directory_next(folder, &cursor, &entry), 0);
        return await mori_file_close(folder);
}

PROGRAM(ten_thousand_entries)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        unsigned count = 0;
        mori_file folder;
        int result;

        make_many(10000);
        folder = await opened("many");
        while ((result = await mori_directory_next(folder, &cursor, &entry)) == 1) {
                see(&entry);
                count++;
        }
        EXPECT_EQ(result, 0);
        EXPECT_EQ(count, 10000);
        return await mori_file_close(folder);
}

/* Each listing has its own place, whatever others of the same handle do, or have done. */
PROGRAM(listed_twice)
{
        struct mori_cursor cursors[3] = {{0}};
        struct mori_entry entry;
        unsigned counts[3] = {0};
        mori_file folder;
        int more = 1;

        make_many(2000);
        folder = await opened("many");
        while (await mori_directory_next(folder, &cursors[0], &entry) == 1)
                counts[0]++;
        while (more) {
                more = 0;
                for (unsigned i = 1; i < 3; i++) {
                        if (await mori_directory_next(folder, &cursors[i], &entry) == 1) {
                                counts[i]++;
                                more = 1;
                        }
                }
        }
        for (unsigned i = 0; i < 3; i++)
                EXPECT_EQ(counts[i], 2000);
        return await mori_file_close(folder);
}

/* What is removed meanwhile may be listed or not; what stays is listed once. */
PROGRAM(removed_while_listed)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        unsigned count = 0;
        mori_file folder;
        int result;

        make_many(3000);
        folder = await opened("many");
        while ((result = await mori_directory_next(folder, &cursor, &entry)) == 1) {
                see(&entry);
                if (++count == 10)
                        remove_many(1000, 3000);
        }
        EXPECT_EQ(result, 0);
        EXPECT(count >= 1000 && count <= 3000);
        for (unsigned i = 0; i < 1000; i++)
                EXPECT_EQ(((unsigned char *)seen())[i], 1);
        remove_many(0, 1000);
        remove_path("many");
        cursor = (struct mori_cursor){0};
        result = await mori_directory_next(folder, &cursor, &entry);
        EXPECT(result == 0 || result == -ENOENT);
        return await mori_file_close(folder);
}

PROGRAM(what_stands_in_it)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        unsigned found = 0;
        mori_file folder;

        make_directory("things");
        make_directory("things/folder");
        make_file("things/file", "x", 1);
        make_link("things/link", "nowhere");
        folder = await opened("things");
        while (await mori_directory_next(folder, &cursor, &entry) == 1) {
                struct stat st;

                EXPECT_EQ(await mori_file_stat(folder, entry.name, AT_SYMLINK_NOFOLLOW, &st), 0);
                EXPECT(st.st_ino == entry.inode);
                EXPECT(entry.type == DT_UNKNOWN || entry.type == (st.st_mode & S_IFMT) >> 12);
                found += entry.name[0] != '.';
        }
        EXPECT_EQ(found, 3);
        return await mori_file_close(folder);
}

PROGRAM(what_cannot_be_listed)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        mori_file file, pipe[2];

        make_file("plain", "x", 1);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain", O_RDONLY, 0, &file), 0);
        EXPECT_EQ(await mori_directory_next(file, &cursor, &entry), -ENOTDIR);
        EXPECT_EQ(mori_pipe(pipe), 0);
        cursor = (struct mori_cursor){0};
        EXPECT_EQ(await mori_directory_next(pipe[0], &cursor, &entry), -ENOTDIR);
        cursor = (struct mori_cursor){0};
        EXPECT_EQ(await mori_directory_next(MORI_NO_FILE, &cursor, &entry), -EBADF);
        return 0;
}

/* A cursor that is given up, by its owner or by the end of the program, holds nothing. */
PROGRAM(given_up)
{
        struct mori_cursor cursors[20] = {{0}};
        struct mori_entry entry;

        make_directory("one");
        make_file("one/entry", "", 0);
        for (unsigned i = 0; i < 20; i++) {
                mori_file folder = await opened("one");

                EXPECT_EQ(await mori_directory_next(folder, &cursors[i], &entry), 1);
                if (i % 2)
                        mori_directory_done(&cursors[i]);
                if (i % 3)
                        EXPECT_EQ(await mori_file_close(folder), 0);
        }
        return 0;
}

IO_MAIN("io/directory", TEST(an_empty_one), TEST(ten_thousand_entries), TEST(listed_twice),
        TEST(removed_while_listed), TEST(what_stands_in_it), TEST(what_cannot_be_listed),
        TEST(given_up))
