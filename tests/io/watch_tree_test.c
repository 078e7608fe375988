/* SPDX-License-Identifier: MIT */
/*
 * Watching trees: the picture that a reader makes of the events is the tree, also of one that
 * changes at random while it is read.
 */
#include "watch.h"

#define VIEW_MAX 4000

struct view {
        unsigned count;
        char paths[VIEW_MAX][160];
};

HELPER struct view *view_new(void)
{
        static struct view view;

        view.count = 0;
        return &view;
}

HELPER bool is_at_or_beneath(const char *path, const char *above)
{
        size_t length = strlen(above);

        return strncmp(path, above, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

HELPER void view_remove(struct view *view, const char *path)
{
        for (unsigned i = 0; i < view->count;) {
                if (is_at_or_beneath(view->paths[i], path))
                        memcpy(view->paths[i], view->paths[--view->count], sizeof view->paths[0]);
                else
                        i++;
        }
}

HELPER bool view_has(const struct view *view, const char *path)
{
        for (unsigned i = 0; i < view->count; i++)
                if (strcmp(view->paths[i], path) == 0)
                        return true;
        return false;
}

HELPER void view_add(struct view *view, const char *path)
{
        if (view_has(view, path))
                return;
        ck_assert_uint_lt(view->count, VIEW_MAX);
        ck_assert_uint_lt(strlen(path), sizeof view->paths[0]);
        strcpy(view->paths[view->count++], path);
}

HELPER void view_rename(struct view *view, const char *old_path, const char *path)
{
        size_t old = strlen(old_path);

        view_remove(view, path);
        for (unsigned i = 0; i < view->count; i++) {
                char rest[160];

                if (!is_at_or_beneath(view->paths[i], old_path))
                        continue;
                strcpy(rest, view->paths[i] + old);
                ck_assert_uint_lt(strlen(path) + strlen(rest), sizeof view->paths[0]);
                snprintf(view->paths[i], sizeof view->paths[0], "%s%.*s", path, 100, rest);
        }
        view_add(view, path);
}

/* As mori/watch.h says, (2). */
HELPER void view_apply(struct view *view, const struct mori_watch_event *event)
{
        switch (event->kind) {
        case MORI_CREATED:
        case MORI_FOUND:
                view_add(view, event->path);
                break;
        case MORI_REMOVED:
                view_remove(view, event->path);
                break;
        case MORI_RENAMED:
                view_rename(view, event->old_path, event->path);
                break;
        case MORI_RESCAN:
                view->count = 0;
                break;
        case MORI_LISTED:
                break;
        default:
                ck_abort_msg("%s %s: %d", kinds[event->kind], event->path, event->error);
        }
}

static async void view_compare(struct view *view, const char *root)
{
        struct mori_walk_entry entry;
        unsigned entries = 0;
        mori_walk *walk;

        EXPECT_EQ(await mori_walk_begin(MORI_NO_FILE, root, 1, &walk), 0);
        while (await mori_walk_next(walk, &entry) == 1) {
                ck_assert_msg(view_has(view, entry.path), "%s is there, and was not told",
                              entry.path);
                entries++;
        }
        await mori_walk_end(walk);
        for (unsigned i = 0; i < view->count && entries != view->count; i++) {
                struct stat status;
                char path[256];

                snprintf(path, sizeof path, "%s/%s", root, view->paths[i]);
                ck_assert_msg(await mori_file_stat(MORI_NO_FILE, path, AT_SYMLINK_NOFOLLOW,
                                                   &status) == 0,
                              "%s is gone, and was not told", view->paths[i]);
        }
        EXPECT_EQ(entries, view->count);
}

/* Reads events until that of `last` has come, which is made when all else is done. */
static async void view_read(mori_watch *watch, struct view *view, const char *last)
{
        struct mori_watch_event event;

        do {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                view_apply(view, &event);
        } while (event.kind != MORI_CREATED || strcmp(event.path, last) != 0);
}

PROGRAM(a_tree)
{
        struct view *view = view_new();
        mori_watch *watch;
        uint32_t place;

        make_directory("t");
        make_directory("t/a");
        make_directory("t/a/b");
        make_file("t/a/b/f", "", 0);
        make_link("t/loop", ".");
        make_directory("outside");
        make_directory("outside/c");
        make_file("outside/c/g", "", 0);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &place), 0);
        await touch(MORI_NO_FILE, "t/last");
        await view_read(watch, view, "last");
        EXPECT_EQ(view->count, 5);
        await view_compare(view, "t");
        /* directories that come with what is in them, and that are made faster than watched */
        await renamed("outside/c", "t/a/b/c");
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "t/n", 0777), 0);
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "t/n/n", 0777), 0);
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "t/n/n/n", 0777), 0);
        await touch(MORI_NO_FILE, "t/n/n/n/f");
        await touch(MORI_NO_FILE, "t/last2");
        await view_read(watch, view, "last2");
        await view_compare(view, "t");
        EXPECT(view_has(view, "a/b/c/g"));
        EXPECT(view_has(view, "n/n/n/f"));
        /* renamed with all that is in them: told once, and watched where they are */
        await renamed("t/a", "t/n/moved");
        await told(watch, "1: renamed a -> n/moved/");
        view_rename(view, "a", "n/moved");
        await touch(MORI_NO_FILE, "t/n/moved/b/c/h");
        await told(watch, "1: created n/moved/b/c/h");
        view_add(view, "n/moved/b/c/h");
        await view_compare(view, "t");
        /* out of the tree: what happens there is not told */
        await renamed("t/n/moved", "outside/moved");
        await told(watch, "1: removed n/moved/");
        view_remove(view, "n/moved");
        await touch(MORI_NO_FILE, "outside/moved/b/i");
        await touch(MORI_NO_FILE, "t/quiet");
        await view_read(watch, view, "quiet");
        EXPECT(!view_has(view, "n/moved"));
        await view_compare(view, "t");
        /* and another directory where one was */
        EXPECT_EQ(await mori_mkdir(MORI_NO_FILE, "t/n/moved", 0777), 0);
        await renamed("outside/moved/b", "t/n/moved/b");
        await touch(MORI_NO_FILE, "t/last3");
        await view_read(watch, view, "last3");
        await view_compare(view, "t");
        EXPECT(view_has(view, "n/moved/b/i"));
        await mori_watch_end(watch);
        return 0;
}

/* ---- The storm */

struct storm {
        uint64_t random;
        mori_watch *watch;
        struct view view;
        unsigned made;
};

HELPER unsigned roll(struct storm *storm, unsigned bound)
{
        storm->random = storm->random * 6364136223846793005u + 1442695040888963407u;
        return (unsigned)(storm->random >> 33) % bound;
}

/* A path of at most four of three names each, in the tree or (rarely) outside of it. */
HELPER void path_roll(struct storm *storm, char path[64])
{
        unsigned depth = 1 + roll(storm, 4);

        strcpy(path, roll(storm, 8) == 0 ? "outside" : "t");
        for (unsigned i = 0; i < depth; i++)
                sprintf(path + strlen(path), "/%c", "abc"[roll(storm, 3)]);
}

/* Changes something, if it can be done. */
static async void change(struct storm *storm)
{
        char path[64], other[64];
        mori_file file;
        int result;

        path_roll(storm, path);
        switch (roll(storm, 8)) {
        case 0:
        case 1:
        case 2:
                result = await mori_mkdir(MORI_NO_FILE, path, 0777);
                break;
        case 3:
                result = await mori_file_open(MORI_NO_FILE, path, O_CREAT | O_EXCL | O_WRONLY, 0666,
                                              &file);
                if (result == 0)
                        EXPECT_EQ(await mori_file_close(file), 0);
                break;
        case 4:
                result = await mori_unlink(MORI_NO_FILE, path);
                break;
        case 5:
                result = await mori_rmdir(MORI_NO_FILE, path);
                break;
        default:
                path_roll(storm, other);
                result = await mori_rename(MORI_NO_FILE, path, MORI_NO_FILE, other,
                                           roll(storm, 8) == 0 ? RENAME_EXCHANGE : 0);
        }
        storm->made += result == 0;
}

static async int changes(struct storm *storm, unsigned count, const char *last)
{
        for (unsigned i = 0; i < count; i++)
                await change(storm);
        await touch(MORI_NO_FILE, last);
        return 0;
}

HELPER struct storm *storm_new(void)
{
        static struct storm storm;

        return &storm;
}

/* Whoever reads is ahead of the changes, behind, or in the middle of them. */
PROGRAM(a_storm)
{
        struct storm *storm = storm_new();
        unsigned rounds = simulated() ? TEST_TIMES(200) : 10;
        uint32_t place;

        make_directory("old");
        for (unsigned round = 0; round < rounds; round++) {
                char last[32];

                if (round % 10 == 0) { /* small again */
                        for (int i = 0; i < 2 && round > 0; i++) {
                                sprintf(last, "old/%u-%d", round, i);
                                await renamed(i == 0 ? "t" : "outside", last);
                        }
                        make_directory("t");
                        make_directory("outside");
                }
                storm->random = round * 7919;
                storm->view.count = 0;
                EXPECT_EQ(mori_watch_begin(&storm->watch), 0);
                EXPECT_EQ(await mori_watch_add(storm->watch, MORI_NO_FILE, "t", MORI_WATCH_TREE,
                                               &place),
                          0);
                for (unsigned part = 0; part < 6; part++) {
                        sprintf(last, "t/last-%u-%u", round, part);
                        if (part % 2 == 0) {
                                scope {
                                        Async(int) changing =
                                                start(changes, storm, 60, (const char *)last);

                                        await view_read(storm->watch, &storm->view, last + 2);
                                        EXPECT_EQ(await join(changing), 0);
                                }
                        } else {
                                EXPECT_EQ(await changes(storm, 60, last), 0);
                                await view_read(storm->watch, &storm->view, last + 2);
                        }
                        await view_compare(&storm->view, "t");
                }
                await mori_watch_end(storm->watch);
        }
        EXPECT(storm->made > rounds * 30);
        return 0;
}

IO_MAIN("io/watch_tree", TEST(a_tree), TEST(a_storm))
