/* SPDX-License-Identifier: MIT */
/* Walking trees: all of it, a part of it, and while it changes. */
#include "io.h"

#include <mori/directory.h>

HELPER void make_tree(unsigned folders, unsigned files)
{
        char path[64];

        make_directory("tree");
        for (unsigned i = 0; i < folders; i++) {
                sprintf(path, "tree/%s%u", i % 2 ? "0/" : "", i);
                make_directory(path);
                for (unsigned j = 0; j < files; j++) {
                        sprintf(path, "tree/%s%u/f%u", i % 2 ? "0/" : "", i, j);
                        make_file(path, "12345", j % 5);
                }
        }
}

struct seen {
        unsigned files, directories, links, errors, depth;
        uint64_t bytes;
};

HELPER void see(struct seen *seen, const struct mori_walk_entry *entry)
{
        ck_assert_str_eq(entry->path + strlen(entry->path) - strlen(entry->name), entry->name);
        if (entry->depth > seen->depth)
                seen->depth = entry->depth;
        if (entry->error < 0) {
                ck_assert_ptr_null(entry->status);
                seen->errors++;
        } else if (S_ISDIR(entry->status->st_mode)) {
                seen->directories++;
        } else if (S_ISLNK(entry->status->st_mode)) {
                seen->links++;
        } else {
                seen->files++;
                seen->bytes += (uint64_t)entry->status->st_size;
        }
}

static async int walked(const char *path, unsigned parallel, struct seen *seen)
{
        struct mori_walk_entry entry;
        mori_walk *walk;
        int more;

        memset(seen, 0, sizeof *seen);
        attempt(await mori_walk_begin(MORI_NO_FILE, path, parallel, &walk));
        while ((more = await mori_walk_next(walk, &entry)) == 1)
                see(seen, &entry);
        EXPECT_EQ(await mori_walk_next(walk, &entry), more);
        await mori_walk_end(walk);
        return more;
}

PROGRAM(all_of_a_tree)
{
        struct seen seen;

        make_tree(20, 30);
        make_link("tree/link", "0");
        make_link("tree/0/up", "..");
        for (unsigned parallel = 0; parallel < 3; parallel++) {
                EXPECT_EQ(await walked("tree", parallel * 30, &seen), 0);
                EXPECT_EQ(seen.files, 600);
                EXPECT_EQ(seen.directories, 20);
                EXPECT_EQ(seen.links, 2);
                EXPECT_EQ(seen.bytes, 1200);
                EXPECT_EQ(seen.depth, 3);
                EXPECT_EQ(seen.errors, 0);
        }
        return 0;
}

/* More than the buffer of a job holds. */
PROGRAM(a_large_directory)
{
        struct seen seen;

        make_tree(1, 3000);
        EXPECT_EQ(await walked("tree", 1, &seen), 0);
        EXPECT_EQ(seen.files, 3000);
        EXPECT_EQ(seen.bytes, 6000);
        EXPECT_EQ(await walked("tree/0/f7", 1, &seen), -ENOTDIR);
        EXPECT_EQ(await walked("none", 1, &seen), -ENOENT);
        EXPECT_EQ(await walked(NULL, 1, &seen), -EFAULT);
        return 0;
}

HELPER void make_wide_tree(unsigned folders, unsigned files)
{
        char path[300];

        make_directory("wide");
        for (unsigned i = 0; i < folders; i++) {
                int length = sprintf(path, "wide/%0*u", i % 3 == 0 ? 200 : 3, i);

                make_directory(path);
                for (unsigned j = 0; j < files * (i % 4) / 3; j++) {
                        sprintf(path + length, "/%u", j);
                        make_file(path, "12345", j % 5);
                }
                path[length] = '\0';
        }
}

/*
 * Directories that are read by one job: as many as fit, empty ones among them, and one whose
 * entries are of two jobs.
 */
PROGRAM(many_directories)
{
        struct seen seen;

        make_wide_tree(120, 150);
        for (unsigned parallel = 1; parallel <= 8; parallel *= 8) {
                EXPECT_EQ(await walked("wide", parallel, &seen), 0);
                EXPECT_EQ(seen.files, 30 * (50 + 100 + 150));
                EXPECT_EQ(seen.directories, 120);
                EXPECT_EQ(seen.bytes, 2 * 30 * (50 + 100 + 150));
                EXPECT_EQ(seen.errors, 0);
        }
        return 0;
}

PROGRAM(a_part_of_it)
{
        struct mori_walk_entry entry;
        struct seen seen = {0};
        mori_walk *walk;

        make_tree(6, 10);
        EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, "tree", 2, &walk), 0);
        while (await mori_walk_next(walk, &entry) == 1) {
                see(&seen, &entry);
                if (strcmp(entry.path, "0") == 0)
                        mori_walk_skip(walk);
                mori_walk_skip(walk); /* of what is no directory, or twice: nothing */
        }
        await mori_walk_end(walk);
        EXPECT_EQ(seen.directories, 3);
        EXPECT_EQ(seen.files, 0);
        /* left in the middle, while more is being read */
        for (unsigned left = 0; left < 20; left++) {
                EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, "tree", 3, &walk), 0);
                for (unsigned i = 0; i < left; i++)
                        EXPECT_EQ(await mori_walk_next(walk, &entry), 1);
                await mori_walk_end(walk);
        }
        await mori_walk_end(NULL);
        /* and one that is left to the end of the program */
        EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, "tree", 3, &walk), 0);
        EXPECT_EQ(await mori_walk_next(walk, &entry), 1);
        return 0;
}

HELPER void remove_some(unsigned folder)
{
        char path[64];

        for (unsigned j = 0; j < 10; j++) {
                sprintf(path, "tree/%s%u/f%u", folder % 2 ? "0/" : "", folder, j);
                remove_path(path);
        }
        sprintf(path, "tree/%s%u", folder % 2 ? "0/" : "", folder);
        remove_path(path);
}

/* Directories go while they wait to be read: the walk goes on, and what stays is found. */
PROGRAM(while_it_changes)
{
        struct mori_walk_entry entry;
        struct seen seen = {0};
        mori_walk *walk;
        int more;

        make_tree(20, 10);
        EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, "tree", 1, &walk), 0);
        EXPECT_EQ(await mori_walk_next(walk, &entry), 1);
        see(&seen, &entry);
        for (unsigned i = 10; i < 20; i++)
                remove_some(i);
        while ((more = await mori_walk_next(walk, &entry)) == 1) {
                if (entry.error < 0)
                        EXPECT(entry.error == -ENOENT);
                see(&seen, &entry);
        }
        EXPECT_EQ(more, 0);
        EXPECT(seen.files >= 100 && seen.files <= 200);
        EXPECT(seen.directories >= 10);
        await mori_walk_end(walk);
        return 0;
}

static async int walks_on(mori_walk *walk, struct seen *seen)
{
        struct mori_walk_entry entry;
        int more;

        while ((more = await mori_walk_next(walk, &entry)) == 1)
                see(seen, &entry);
        return more;
}

/* Cancelled, again and again: nothing is lost, nothing comes twice. */
PROGRAM(cancelled)
{
        struct seen *seen = shared_bytes();
        mori_walk *walk;
        int more = 1;

        make_tree(30, 5);
        EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, "tree", 2, &walk), 0);
        for (unsigned i = 0; more != 0; i++) {
                scope {
                        Async(int) walker = start(walks_on, walk, seen);

                        if (i < 50) {
                                for (unsigned j = 0; j < i % 7; j++)
                                        EXPECT_EQ(await mori_yield(), 0);
                                mori_cancel(MORI_ACTIVITY(walker));
                        }
                        more = await join(walker);
                        EXPECT(more == 0 || more == -ECANCELED);
                }
        }
        EXPECT_EQ(seen->files, 150);
        EXPECT_EQ(seen->directories, 30);
        EXPECT_EQ(seen->errors, 0);
        await mori_walk_end(walk);
        return 0;
}

IO_MAIN("io/walk", TEST(all_of_a_tree), TEST(a_large_directory), TEST(many_directories),
        TEST(a_part_of_it), TEST(while_it_changes), TEST(cancelled))
