/* SPDX-License-Identifier: MIT */
/*
 * Watching, where limits are reached and file systems come and go. Both are the whole machine's, so
 * these programs run in a user namespace and a mount namespace of their own, whose limits are
 * theirs; where there are none to be had they are left out. In the simulation the limits alone.
 */
#include "watch.h"

#include <sched.h>
#include <sys/mount.h>

HELPER bool write_word(const char *path, const char *word)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool written = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);

        if (fd >= 0)
                close(fd);
        return written;
}

/* Into namespaces of our own, where we are root; false where they are not to be had. */
static bool enter_space(void)
{
        char user[32], group[32];

        snprintf(user, sizeof user, "0 %u 1", (unsigned)geteuid());
        snprintf(group, sizeof group, "0 %u 1", (unsigned)getegid());
        if (simulated() || unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
            !write_word("/proc/self/setgroups", "deny") ||
            !write_word("/proc/self/uid_map", user) || !write_word("/proc/self/gid_map", group) ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            access("/proc/sys/user/max_inotify_watches", W_OK) < 0) {
                printf("no namespaces: left out\n");
                return false;
        }
        return true;
}

/* ---- Limits */

/* Of the user, of so many: 0 leaves one as it is. */
HELPER void limit_to(uint32_t watchers, uint32_t watches)
{
        struct platform_sim_limits limits = {.watchers = watchers, .watches = watches};
        char number[16];

        if (simulated()) {
                platform_sim_limit(engine(), &limits);
                return;
        }
        snprintf(number, sizeof number, "%u", watchers);
        if (watchers > 0)
                ck_assert(write_word("/proc/sys/user/max_inotify_instances", number));
        snprintf(number, sizeof number, "%u", watches);
        if (watches > 0)
                ck_assert(write_word("/proc/sys/user/max_inotify_watches", number));
}

static async void limits(void)
{
        struct mori_watch_event event;
        mori_watch *watch, *second;
        uint32_t place;

        make_directory("t");
        make_directory("t/1");
        make_directory("t/2");
        make_directory("t/3");
        limit_to(1, 3);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(mori_watch_begin(&second), -EUSERS);
        EXPECT_EQ(mori_watch_begin(&second), -EUSERS);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &place), 0);
        for (int i = 0; i < 4; i++) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                EXPECT_EQ(event.kind, i < 3 ? MORI_FOUND : MORI_FAILED);
        }
        EXPECT_EQ(event.error, -ENOSPC);
        await told(watch, "1: listed");
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, event.path, 0, &place), -ENOENT);
        limit_to(0, 1);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, ".", 0, &place), -ENOSPC);
        await mori_watch_end(watch);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        await mori_watch_end(watch);
}

static async int limits_program(UNUSED int argc, UNUSED char **argv)
{
        await limits();
        return 0;
}

/* The machine's own are the user's, whose other programs need them. */
START_TEST(limits_are_named)
{
        const char *const *names;
        static const char *const users[] = {
                "all 1 of fs.inotify.max_user_instances are in use",
                "sysctl fs.inotify.max_user_instances=N",
                "all 3 of fs.inotify.max_user_watches are in use",
                "sysctl fs.inotify.max_user_watches=N",
        };
        static const char *const spaces[] = {
                "all 1 of user.max_inotify_instances are in use",
                "sysctl user.max_inotify_instances=N",
                "all 3 of user.max_inotify_watches are in use",
                "sysctl user.max_inotify_watches=N",
        };

        if (!simulated() && !enter_space())
                return;
        names = simulated() ? users : spaces;
        io_case(limits_program, 0);
        for (int i = 0; i < 4; i++) {
                ck_assert_reported(names[i]);
                /* once */
                ck_assert_ptr_null(strstr(strstr(reports, names[i]) + 1, names[i]));
        }
}
END_TEST

/* ---- A place that hangs, as on the file system of a server that is dead */

static async int open_it(const char *path, mori_file *ret_file)
{
        return await mori_file_open(MORI_NO_FILE, path, O_WRONLY, 0, ret_file);
}

static async int add_it(mori_watch *watch, const char *path, uint32_t *ret_place)
{
        return await mori_watch_add(watch, MORI_NO_FILE, path, 0, ret_place);
}

static async int next_of(mori_watch *watch, struct mori_watch_event *event)
{
        return await mori_watch_next(watch, event);
}

HELPER bool make_fifo(const char *path)
{
        const char *io = getenv("MORI_IO");

        return io != NULL && strcmp(io, "epoll") == 0 && mkfifo(path, 0600) == 0;
}

HELPER int open_end(const char *path)
{
        return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

HELPER uint64_t turns_now(void)
{
        struct mori_statistics statistics;

        mori_statistics_get(&statistics);
        return statistics.turns;
}

/*
 * Openings of a FIFO that nobody reads keep all threads of the epoll engine's pool, so that the
 * kernel is not told of the new place. Who waits for events hears of the old ones meanwhile, and
 * does not look every now and then.
 */
PROGRAM(an_add_that_hangs)
{
        struct mori_watch_event event;
        Async(int) opening[4], adding, reading;
        mori_file files[4];
        mori_watch *watch;
        uint32_t first, second;
        uint64_t turns;
        int end;

        if (!make_fifo("fifo"))
                return 0;
        make_directory("d");
        make_directory("e");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &first), 0);
        for (int i = 0; i < 4; i++)
                opening[i] = start(open_it, "fifo", &files[i]);
        adding = start(add_it, watch, "e", &second);
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        make_file("d/b", "", 0);
        await told(watch, "1: created b");
        EXPECT_EQ(mori_watch_remove(watch, first), 0);
        make_file("d/c", "", 0); /* of a number that what is added might have */
        reading = start(next_of, watch, &event);
        EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
        turns = turns_now();
        EXPECT_EQ(await mori_sleep(MORI_MS(50)), 0);
        EXPECT(turns_now() - turns < 10);
        EXPECT(!mori_done(MORI_ACTIVITY(adding)));
        end = open_end("fifo");
        for (int i = 0; i < 4; i++) {
                EXPECT_EQ(await join(opening[i]), 0);
                EXPECT_EQ(await mori_file_close(files[i]), 0);
        }
        EXPECT_EQ(await join(adding), 0);
        make_file("e/x", "", 0);
        EXPECT_EQ(await join(reading), 1);
        EXPECT_EQ(event.place, second);
        ck_assert_str_eq(event.path, "x");
        close(end);
        await mori_watch_end(watch);
        return 0;
}

/* ---- File systems that go */

HELPER void mount_new(const char *path)
{
        ck_assert_int_eq(mount("none", path, "tmpfs", 0, "size=1m"), 0);
}

HELPER void mount_again(const char *path, const char *at)
{
        ck_assert_int_eq(mount(path, at, NULL, MS_BIND, NULL), 0);
}

HELPER void unmount(const char *path)
{
        ck_assert_int_eq(umount(path), 0);
}

#define IN_SPACE(name)                                                                             \
        static MORI_ASYNC int name##_program(int argc, char **argv);                               \
        START_TEST(name)                                                                           \
        {                                                                                          \
                if (!enter_space())                                                                \
                        return;                                                                    \
                io_case(name##_program, 0);                                                        \
                ck_assert_not_reported();                                                          \
        }                                                                                          \
        END_TEST                                                                                   \
        static MORI_ASYNC int name##_program(UNUSED int argc, UNUSED char **argv)

IN_SPACE(a_place_whose_file_system_is_unmounted)
{
        struct mori_watch_event event;
        mori_watch *watch;
        uint32_t place;

        make_directory("d");
        mount_new("d");
        make_directory("d/sub");
        make_file("d/f", "", 0);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d", 0, &place), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d/f", 0, &place), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "d/sub", MORI_WATCH_TREE, &place), 0);
        await told(watch, "3: listed");
        await touch(MORI_NO_FILE, "d/a");
        await told(watch, "1: created a");
        unmount("d");
        for (int i = 0; i < 3; i++) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                EXPECT_EQ(event.kind, MORI_GONE);
                ck_assert_str_eq(event.path, "");
        }
        EXPECT_EQ(await mori_watch_next(watch, &event), 0);
        EXPECT_EQ(mori_watch_remove(watch, place), -ENOENT);
        await mori_watch_end(watch);
        return 0;
}

/* What was beneath the file system is there again, and is told. */
IN_SPACE(a_directory_of_a_tree_is_unmounted)
{
        struct mori_watch_event event;
        mori_watch *watch;
        bool seen = false;
        uint32_t place;

        make_directory("t");
        make_directory("t/m");
        make_directory("t/m/under");
        mount_new("t/m");
        make_directory("t/m/sub");
        make_file("t/m/sub/x", "", 0);
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &place), 0);
        await told(watch, "1: found m/");
        await told(watch, "1: found m/sub/");
        await told(watch, "1: found m/sub/x");
        await told(watch, "1: listed");
        unmount("t/m");
        await told(watch, "1: removed m/");
        await told(watch, "1: created m/");
        await told(watch, "1: found m/under/");
        await touch(MORI_NO_FILE, "t/m/under/y");
        await touch(MORI_NO_FILE, "t/z");
        for (;;) {
                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                if (strcmp(event.path, "z") == 0)
                        break;
                ck_assert_str_eq(event.path, "m/under/y"); /* found, or created, or both */
                seen = true;
        }
        EXPECT(seen);
        await touch(MORI_NO_FILE, "t/m/under/w");
        await told(watch, "1: created m/under/w");
        await mori_watch_end(watch);
        return 0;
}

static async void one_of(mori_watch *watch, const char *expected, const char *or)
{
        struct mori_watch_event event;
        char line[1024];

        EXPECT_EQ(await mori_watch_next(watch, &event), 1);
        line_of(&event, line);
        if (strcmp(line, or) != 0)
                ck_assert_str_eq(line, expected);
}

/* It is told at one of them, whichever. */
IN_SPACE(a_directory_at_two_places)
{
        mori_watch *watch;
        uint32_t place;
        int count = 0;

        make_directory("t");
        make_directory("t/a");
        make_directory("t/a/sub");
        make_directory("t/b");
        make_directory("t/top");
        mount_again("t/a", "t/b");
        mount_again("t", "t/top");
        EXPECT_EQ(mori_watch_begin(&watch), 0);
        EXPECT_EQ(await mori_watch_add(watch, MORI_NO_FILE, "t", MORI_WATCH_TREE, &place), 0);
        for (;;) {
                struct mori_watch_event event;

                EXPECT_EQ(await mori_watch_next(watch, &event), 1);
                if (event.kind == MORI_LISTED)
                        break;
                EXPECT_EQ(event.kind, MORI_FOUND);
                count++;
        }
        EXPECT_EQ(count, 4); /* a, b, top, and sub in one of a and b */
        await touch(MORI_NO_FILE, "t/a/sub/y");
        await one_of(watch, "1: created a/sub/y", "1: created b/sub/y");
        await touch(MORI_NO_FILE, "t/b/z");
        await one_of(watch, "1: created a/z", "1: created b/z");
        await touch(MORI_NO_FILE, "t/top/w");
        await told(watch, "1: created w");
        /* what is unmounted is there still, at its other place */
        unmount("t/b");
        await touch(MORI_NO_FILE, "t/a/v");
        await one_of(watch, "1: created a/v", "1: created b/v");
        unmount("t/top");
        await nothing_told(watch);
        await mori_watch_end(watch);
        return 0;
}

IO_MAIN("io/watch_space", TEST(limits_are_named), TEST(an_add_that_hangs),
        TEST(a_place_whose_file_system_is_unmounted),
        TEST(a_directory_of_a_tree_is_unmounted), TEST(a_directory_at_two_places))
