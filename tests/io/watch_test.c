/* SPDX-License-Identifier: MIT */
/* Watching: what is told of directories, files and trees, in which order, and what not. */
#include "watch.h"

PROGRAM(names_in_a_directory)
{
        mori_watch *watch;
        uint32_t place;

        make_directory("d");
        make_directory("outside");
        make_file("d/before", "", 0);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &place), 0);
        EXPECT_EQ(place, 1);
        await nothing_told(watch);
        await touch(MORI_NO_FILE, "d/a");
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "d/sub", 0777), 0);
        await touch(MORI_NO_FILE, "d/sub/deeper");
        await renamed("d/a", "d/b");
        await renamed("d/b", "outside/b");
        await renamed("outside/b", "d/c");
        EXPECT_EQ(await mori_hard_link(MORI_NO_FILE, "d/c", MORI_NO_FILE, "d/link"), 0);
        EXPECT_EQ(await mori_unlink(MORI_NO_FILE, "d/c"), 0);
        await renamed("d/sub", "d/under");
        await renamed("d/link", "d/before");
        await told(watch, "1: created a");
        await told(watch, "1: created sub/");
        await told(watch, "1: renamed a -> b");
        await told(watch, "1: removed b");
        await told(watch, "1: created c");
        await told(watch, "1: created link");
        await told(watch, "1: removed c");
        await told(watch, "1: renamed sub -> under/");
        await told(watch, "1: renamed link -> before");
        await nothing_told(watch);
        await mori_watch_end(watch);
        await mori_watch_end(NULL);
        return 0;
}

PROGRAM(contents_of_a_directory)
{
        mori_watch *watch;
        mori_file file;
        uint32_t place;

        make_directory("d");
        make_file("d/f", "abc", 3);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d",
                                       MORI_WATCH_WRITTEN | MORI_WATCH_CONTENT |
                                               MORI_WATCH_ATTRIBUTES,
                                       &place),
                  0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "d/f", O_RDWR, 0, &file), 0);
        EXPECT_EQ(await mori_file_write_at(file, "x", 1, 1), 1);
        await told(watch, "1: changed f");
        EXPECT_EQ(await mori_file_truncate(file, 1), 0);
        await told(watch, "1: changed f");
        EXPECT_EQ(await mori_chmod(MORI_NO_FILE, "d/f", 0600, 0), 0);
        await told(watch, "1: attributes f");
        EXPECT_EQ(await mori_file_close(file), 0);
        await told(watch, "1: written f");
        EXPECT_EQ(await mori_chmod(MORI_NO_FILE, "d", 0700, 0), 0);
        await told(watch, "1: attributes");
        /* equal ones that follow each other are one */
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "d/f", O_WRONLY, 0, &file), 0);
        for (int i = 0; i < 10; i++)
                EXPECT_EQ(await mori_file_write_at(file, "x", 1, 1), 1);
        EXPECT_EQ(await mori_file_close(file), 0);
        await told(watch, "1: changed f");
        await told(watch, "1: written f");
        await nothing_told(watch);
        await mori_watch_end(watch);
        return 0;
}

PROGRAM(a_file)
{
        struct mori_watch_event event;
        mori_watch *watch;
        uint32_t place;

        make_file("f", "abc", 3);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "f", MORI_WATCH_WRITTEN, &place), 0);
        await touch(MORI_NO_FILE, "f");
        await told(watch, "1: written");
        await renamed("f", "g");
        await told(watch, "1: moved");
        await touch(MORI_NO_FILE, "g");
        await told(watch, "1: written");
        EXPECT_EQ(await mori_unlink(MORI_NO_FILE, "g"), 0);
        await told(watch, "1: gone");
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        EXPECT_EQ(mori_watch_remove(watch, place), -ENOENT);
        await mori_watch_end(watch);
        return 0;
}

PROGRAM(bad_places)
{
        mori_directory directory;
        mori_watch *watch;
        mori_file file;
        uint32_t place = 77;

        make_directory("d");
        make_directory("d/sub");
        make_file("f", "", 0);
        make_link("d/out", "../f");
        make_link("d/in", "sub");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "none", 0, &place), -ENOENT);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "none", MORI_WATCH_TREE, &place),
                  -ENOENT);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "f", MORI_WATCH_TREE, &place),
                  -ENOTDIR);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "f", MORI_WATCH_LIST, &place),
                  -ENOTDIR);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 64, &place), -EINVAL);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, NULL, 0, &place), -EFAULT);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "", 0, &place), -ENOENT);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "f", O_RDONLY, 0, &file), 0);
        EXPECT_EQ(await mori_watch_add(watch, file, "f", 0, &place), -ENOTDIR);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_watch_add(watch, file, "f", 0, &place), -EBADF);
        /* a directory that is a capability */
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "d", &directory), 0);
        EXPECT_EQ(await mori_watch_add(watch, directory, "..", 0, &place), -EXDEV);
        EXPECT_EQ(await mori_watch_add(watch, directory, "../f", 0, &place), -EXDEV);
        EXPECT_EQ(await mori_watch_add(watch, directory, "out", 0, &place), -EXDEV);
        EXPECT_EQ(await mori_watch_add(watch, directory, "/", MORI_WATCH_TREE, &place), -EXDEV);
        EXPECT_EQ(place, 77);
        EXPECT_EQ(await mori_watch_add(watch, directory, "in", 0, &place), 0);
        await touch(directory, "sub/x");
        await touch(directory, "y");
        EXPECT_EQ(await mori_watch_add(watch, directory, ".", 0, &place), 0);
        await touch(directory, "z");
        EXPECT_EQ(await mori_file_close(directory), 0);
        await touch(MORI_NO_FILE, "d/last");
        {
                struct mori_watch_event event;

                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                ck_assert_str_eq(event.path, "x");
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                ck_assert_str_eq(event.path, "z");
                EXPECT_EQ(event.place, place);
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                ck_assert_str_eq(event.path, "last");
        }
        await mori_watch_end(watch);
        return 0;
}

PROGRAM(names_of_any_bytes)
{
        static const char *const names[] = {"\001\377\n", " ", "%s", "\\", "a\tb"};
        struct mori_watch_event event;
        char path[512], longest[256];
        mori_watch *watch;
        uint32_t place;

        make_directory("d");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", MORI_WATCH_TREE, &place), 0);
        await told(watch, "1: listed");
        memset(longest, 'l', 255);
        longest[255] = '\0';
        for (unsigned i = 0; i < 6; i++) {
                snprintf(path, sizeof path, "d/%s", i < 5 ? names[i] : longest);
                EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, path, 0777), 0);
                strcat(path, "/in");
                await touch(MORI_NO_FILE, path);
        }
        for (unsigned i = 0; i < 6; i++) {
                const char *name = i < 5 ? names[i] : longest;
                bool in = false;

                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                while (event.kind == MORI_CREATED && !event.directory) /* "in", told twice */
                        EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                EXPECT_EQ(event.kind, MORI_CREATED);
                ck_assert_str_eq(event.path, name);
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                snprintf(path, sizeof path, "%s/in", name);
                in = strcmp(event.path, path) == 0;
                EXPECT(in);
        }
        await mori_watch_end(watch);
        return 0;
}

/* ---- Several */

PROGRAM(several_watches_of_a_directory)
{
        mori_watch *watches[3];
        uint32_t place;

        make_directory("d");
        make_directory("d/sub");
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(mori_watch_begin(&watches[i]), 0);
                EXPECT_EQ(await mori_watch_add(watches[i], MORI_NO_FILE, "d", 0, &place), 0);
                EXPECT_EQ(await mori_watch_add(watches[i], MORI_NO_FILE, "./d", 0, &place),
                          -EEXIST);
        }
        await touch(MORI_NO_FILE, "d/a");
        for (int i = 0; i < 3; i++)
                await told(watches[i], "1: created a");
        /* from one place to another: two events */
        EXPECT_EQ(await mori_watch_add(watches[0], MORI_NO_FILE, "d/sub", 0, &place), 0);
        await renamed("d/a", "d/sub/b");
        await told(watches[0], "1: removed a");
        await told(watches[0], "3: created b");
        await told(watches[1], "1: removed a");
        for (int i = 0; i < 3; i++)
                await mori_watch_end(watches[i]);
        return 0;
}

PROGRAM(a_place_is_taken_out)
{
        struct mori_watch_event event;
        uint32_t places[3];
        mori_watch *watch;
        char path[16];

        make_directory("0");
        make_directory("1");
        make_directory("2");
        make_directory("2/sub");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        for (int i = 0; i < 3; i++) {
                sprintf(path, "%d", i);
                EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, path,
                                               i == 2 ? MORI_WATCH_TREE : 0, &places[i]),
                          0);
        }
        await told(watch, "3: found sub/");
        await told(watch, "3: listed");
        await touch(MORI_NO_FILE, "0/a");
        await touch(MORI_NO_FILE, "1/b");
        await touch(MORI_NO_FILE, "2/sub/c");
        EXPECT_EQ(mori_watch_remove(watch, places[0]), 0);
        EXPECT_EQ(mori_watch_remove(watch, places[0]), -ENOENT);
        EXPECT_EQ(mori_watch_remove(watch, 99), -ENOENT);
        await told(watch, "2: created b");
        /* again, before the kernel was told that it is not watched any more; and a tree */
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "0", 0, &places[0]), 0);
        EXPECT_EQ(mori_watch_remove(watch, places[2]), 0);
        await nothing_told(watch);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "2", MORI_WATCH_TREE, &places[2]), 0);
        await touch(MORI_NO_FILE, "0/d");
        await told(watch, "5: found sub/");
        await told(watch, "5: found sub/c");
        await told(watch, "5: listed");
        await told(watch, "4: created d");
        for (int i = 0; i < 3; i++)
                EXPECT_EQ(mori_watch_remove(watch, places[i]), 0);
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        await mori_watch_end(watch);
        return 0;
}

static async int next_of(mori_watch *watch, struct mori_watch_event *event)
{
        return await mori_watch_next(watch, event);
}

PROGRAM(while_another_one_waits)
{
        struct mori_watch_event event, other;
        uint32_t first, second;
        mori_watch *watch;

        make_directory("d");
        make_directory("e");
        make_directory("e/sub");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &first), 0);
        scope {
                Async(int) waiting = start(next_of, watch, &event);

                EXPECT_EQ(await mori_watch_next(watch, &other), -EBUSY);
                EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "e", MORI_WATCH_TREE, &second),
                          0);
                EXPECT_EQ(await join(waiting), 1);
                EXPECT_EQ(event.kind, MORI_FOUND);
                EXPECT_EQ(event.place, second);
                await told(watch, "2: listed");
                waiting = start(next_of, watch, &event);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(mori_watch_remove(watch, first), 0);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(mori_watch_remove(watch, second), 0);
                EXPECT_EQ(await join(waiting), 0);
        }
        await mori_watch_end(watch);
        return 0;
}

/* Cancelled at any time, also while it lists: whoever calls again misses nothing. */
PROGRAM(a_cancellation_loses_nothing)
{
        struct mori_watch_event event;
        unsigned found = 0, cancelled = 0;
        mori_watch *watch;
        uint32_t place;
        char path[64];
        int more = 0;

        make_directory("d");
        for (int i = 0; i < 20; i++) {
                sprintf(path, "d/%d", i);
                make_directory(path);
                for (int j = 0; j < 5; j++) {
                        sprintf(path, "d/%d/%d", i, j);
                        if (j == 0)
                                make_directory(path);
                        else
                                make_file(path, "", 0);
                }
        }
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", MORI_WATCH_TREE, &place), 0);
        for (unsigned round = 0;; round++) {
                within(MORI_US(round % 50)) {
                        more = await mori_watch_next(watch, &event);
                }
                if (more == -ETIMEDOUT) {
                        cancelled++;
                        continue;
                }
                EXPECT_EQ(more, 1);
                if (event.kind == MORI_LISTED)
                        break;
                EXPECT_EQ(event.kind, MORI_FOUND);
                found++;
        }
        EXPECT_EQ(found, 120);
        EXPECT(cancelled > 0);
        await mori_watch_end(watch);
        return 0;
}

/* Its end ends the wait, the descriptors and the memory. */
PROGRAM(left_to_the_end_of_the_program)
{
        struct mori_watch_event event;
        mori_watch *watch;
        uint32_t place;

        make_directory("d");
        make_directory("d/sub");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", MORI_WATCH_TREE, &place), 0);
        EXPECT_EQ(await mori_watch_next(watch, &event), 1);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &place), 0);
        ignore(start(next_of, watch, &event));
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        mori_exit(0);
}

/* ---- Places that go */

PROGRAM(a_place_that_goes)
{
        struct mori_watch_event event;
        mori_watch *watch;
        uint32_t place;

        make_directory("d");
        make_directory("t");
        make_directory("t/sub");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &place), 0);
        await renamed("d", "e");
        await told(watch, "1: moved");
        await touch(MORI_NO_FILE, "e/a");
        await told(watch, "1: created a");
        EXPECT_EQ(await mori_unlink(MORI_NO_FILE, "e/a"), 0);
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "e"), 0);
        await told(watch, "1: removed a");
        await told(watch, "1: gone");
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        /* a tree */
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &place), 0);
        await told(watch, "2: found sub/");
        await told(watch, "2: listed");
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "t/sub"), 0);
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "t"), 0);
        await told(watch, "2: removed sub/");
        await told(watch, "2: gone");
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        await mori_watch_end(watch);
        return 0;
}

/* A tree whose root was moved is found by its path no more, when a directory comes. */
PROGRAM(a_tree_that_is_moved)
{
        struct mori_watch_event event;
        mori_directory directory;
        mori_watch *watch;
        uint32_t place;

        make_directory("t");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &place), 0);
        await told(watch, "1: listed");
        await renamed("t", "u");
        await touch(MORI_NO_FILE, "u/a");
        await told(watch, "1: moved");
        await told(watch, "1: created a");
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "u/sub", 0777), 0);
        await told(watch, "1: created sub/");
        EXPECT_EQ(await mori_watch_next(watch, &event), 1);
        EXPECT_EQ(event.kind, MORI_GONE);
        EXPECT_EQ(event.error, -ENOENT);
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        /* another one in its place */
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "u", MORI_WATCH_TREE, &place), 0);
        for (int i = 0; i < 2; i++) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                EXPECT_EQ(event.kind, MORI_FOUND);
        }
        await told(watch, "2: listed");
        await renamed("u", "v");
        await told(watch, "2: moved");
        make_directory("u");
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "v/new", 0777), 0);
        await told(watch, "2: created new/");
        EXPECT_EQ(await mori_watch_next(watch, &event), 1);
        EXPECT_EQ(event.kind, MORI_GONE);
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        /* whoever holds it need not care for its name */
        EXPECT_EQ(await mori_directory_open(MORI_NO_FILE, "v", &directory), 0);
        EXPECT_EQ(await mori_watch_add(watch, directory, ".", MORI_WATCH_TREE, &place), 0);
        do
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
        while (event.kind != MORI_LISTED);
        await renamed("v", "w");
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "w/more", 0777), 0);
        await touch(MORI_NO_FILE, "w/more/x");
        await told(watch, "3: moved");
        await told(watch, "3: created more/");
        await told(watch, "3: found more/x");
        EXPECT_EQ(await mori_file_close(directory), 0);
        await mori_watch_end(watch);
        return 0;
}

/* ---- Limits */

HELPER void limit_watches(uint32_t watchers, uint32_t watches, uint32_t events)
{
        struct platform_sim_limits limits = {
                .watchers = watchers, .watches = watches, .watch_events = events};

        platform_sim_limit(engine(), &limits);
}

HELPER void rename_now(const char *path, const char *new_path)
{
        ck_assert_int_eq(rename(path, new_path), 0);
}

/* More than the kernel's queue holds: what is lost is told, and a tree is listed anew. */
static async int lost_program(UNUSED int argc, UNUSED char **argv)
{
        struct mori_watch_event event;
        unsigned before = 0, found = 0;
        uint32_t plain, tree, place;
        mori_watch *watch;

        if (simulated())
                limit_watches(0, 0, 50);
        make_directory("d");
        make_directory("gone");
        make_directory("moved");
        make_file("f", "", 0);
        make_directory("t");
        make_directory("t/sub");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &plain), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &tree), 0);
        await told(watch, "2: found sub/");
        await told(watch, "2: listed");
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "gone", 0, &place), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "moved", 0, &place), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "f", 0, &place), 0);
        make_file("d/a", "", 0);
        for (int i = 0; i < (simulated() ? 60 : 20000); i++) {
                const char *names[] = {"d/a", "d/b"};

                if (simulated())
                        await renamed(names[i % 2], names[(i + 1) % 2]);
                else
                        rename_now(names[i % 2], names[(i + 1) % 2]);
        }
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "t/new", 0777), 0);
        await touch(MORI_NO_FILE, "t/new/x");
        EXPECT_EQ(await mori_rmdir(MORI_NO_FILE, "gone"), 0);
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "gone", 0777), 0); /* another one */
        EXPECT_EQ(await mori_unlink(MORI_NO_FILE, "f"), 0);
        await renamed("moved", "elsewhere");
        for (;;) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                if (event.kind == MORI_RESCAN)
                        break;
                EXPECT_EQ(event.place, plain);
                before++;
        }
        EXPECT(before > 20);
        EXPECT_EQ(event.place, 0);
        ck_assert_str_eq(event.path, "");
        for (;;) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                if (event.kind == MORI_LISTED)
                        break;
                EXPECT_EQ(event.kind, MORI_FOUND);
                EXPECT_EQ(event.place, tree);
                found++;
        }
        EXPECT_EQ(found, 3);
        /* the end of a place that is not listed was lost, too: those that are no more are told */
        for (int i = 0; i < 2; i++) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                EXPECT_EQ(event.kind, MORI_GONE);
                EXPECT(event.place == 3 || event.place == 5);
                EXPECT_EQ(mori_watch_remove(watch, event.place), -ENOENT);
        }
        await touch(MORI_NO_FILE, "elsewhere/z");
        await told(watch, "4: created z");
        /* and then it goes on, also in what was found */
        await touch(MORI_NO_FILE, "t/new/y");
        await touch(MORI_NO_FILE, "d/c");
        await told(watch, "2: created new/y");
        await told(watch, "1: created c");
        await mori_watch_end(watch);
        return 0;
}

START_TEST(what_is_lost_is_told)
{
        io_case(lost_program, 0);
        ck_assert_reported("sysctl fs.inotify.max_queued_events=N");
}
END_TEST

PROGRAM(a_thousand_places)
{
        struct mori_watch_event event;
        uint32_t place, first = 0;
        mori_watch *watch;
        char path[32];

        EXPECT_EQ(mori_watch_begin(&watch), 0);
        for (unsigned i = 0; i < 1000; i++) {
                sprintf(path, "%u", i);
                make_directory(path);
                EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, path, 0, &place), 0);
                first = i == 0 ? place : first;
        }
        for (unsigned i = 0; i < 1000; i += 7) {
                sprintf(path, "%u/f", i);
                make_file(path, "", 0);
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                EXPECT_EQ(event.place, first + i);
                ck_assert_str_eq(event.path, "f");
        }
        await mori_watch_end(watch);
        return 0;
}

IO_MAIN("io/watch", TEST(names_in_a_directory), TEST(contents_of_a_directory), TEST(a_file),
        TEST(bad_places), TEST(names_of_any_bytes), TEST(several_watches_of_a_directory),
        TEST(a_place_is_taken_out), TEST(while_another_one_waits),
        TEST(a_cancellation_loses_nothing), TEST(left_to_the_end_of_the_program),
        TEST(a_place_that_goes), TEST(a_tree_that_is_moved), TEST(what_is_lost_is_told),
        TEST(a_thousand_places))
