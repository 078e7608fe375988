/* SPDX-License-Identifier: MIT */
/* Maps of files: ranges, errors, limits, files that are cut, and maps that nobody ends. */
#include "io.h"
#include "support/forbid.h"

#include "platform/map.h"
#include "platform/resident.h"

#include <sys/mman.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define PAGE ((size_t)4096)

static async mori_file opened(const char *path, int flags)
{
        mori_file file = MORI_NO_FILE;

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, path, flags, 0666, &file), 0);
        return file;
}

HELPER void make_known(size_t length)
{
        static unsigned char bytes[5 * PAGE];

        fill(bytes, 0, length);
        make_file("file", bytes, length);
}

/* A file of known bytes, open. */
static async mori_file made(size_t length, int flags)
{
        make_known(length);
        return await opened("file", flags);
}

PROGRAM(ranges)
{
        static const struct {
                uint64_t offset, bytes, found;
        } cases[] = {{0, 0, 3 * PAGE + 5},
                     {0, 1, 1},
                     {PAGE, PAGE, PAGE},
                     {PAGE - 1, 2, 2},
                     {17, 2 * PAGE, 2 * PAGE},
                     {3 * PAGE + 4, 0, 1},
                     {3 * PAGE + 4, 1, 1}};
        mori_file file = await made(3 * PAGE + 5, O_RDONLY);

        for (unsigned flags = 0; flags <= MORI_MAP_UNLOCKED; flags++)
                for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                        const mori_mapping *map = NULL;

                        EXPECT_EQ(await mori_map(file, cases[i].offset, cases[i].bytes, flags,
                                                 &map), 0);
                        EXPECT_EQ((int64_t)map->bytes, (int64_t)cases[i].found);
                        verify(map->address, cases[i].offset, map->bytes);
                        EXPECT_EQ(mori_map_status(map), 0);
                        await mori_map_end(map);
                }
        await mori_map_end(NULL);
        return await mori_file_close(file);
}

PROGRAM(wrong_arguments)
{
        const mori_mapping *map = NULL;
        mori_file file = await made(PAGE + 5, O_RDONLY), other, ends[2];

        EXPECT_EQ(await mori_map(file, PAGE + 5, 0, 0, &map), -ENODATA);
        EXPECT_EQ(await mori_map(file, PAGE + 5, 1, 0, &map), -ENODATA);
        EXPECT_EQ(await mori_map(file, PAGE, 6, 0, &map), -ENODATA);
        EXPECT_EQ(await mori_map(file, 0, INT64_MAX, 0, &map), -ENODATA);
        EXPECT_EQ(await mori_map(file, INT64_MAX, 0, 0, &map), -ENODATA);
        EXPECT_EQ(await mori_map(file, 1, INT64_MAX, 0, &map), -EINVAL);
        EXPECT_EQ(await mori_map(file, UINT64_MAX, 1, 0, &map), -EINVAL);
        EXPECT_EQ(await mori_map(file, 0, 0, 2, &map), -EINVAL);
        EXPECT_EQ(await mori_map(file, 0, 0, 0, NULL), -EFAULT);
        EXPECT_EQ(await mori_map(MORI_NO_FILE, 0, 0, 0, &map), -EBADF);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_map(file, 0, 0, 0, &map), -EBADF);
        other = await opened("file", O_WRONLY);
        EXPECT_EQ(await mori_map(other, 0, 0, 0, &map), -EACCES);
        EXPECT_EQ(await mori_file_close(other), 0);
        make_file("empty", "", 0);
        other = await opened("empty", O_RDONLY);
        EXPECT_EQ(await mori_map(other, 0, 0, 0, &map), -ENODATA);
        EXPECT_EQ(await mori_file_close(other), 0);
        make_directory("folder");
        other = await opened("folder", O_RDONLY | O_DIRECTORY);
        EXPECT_EQ(await mori_map(other, 0, 0, 0, &map), -ENODEV);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(mori_pipe(ends), 0);
        EXPECT_EQ(await mori_map(ends[0], 0, 0, 0, &map), -ENODEV);
        EXPECT_EQ(await mori_file_close(ends[0]), 0);
        EXPECT_EQ(await mori_file_close(ends[1]), 0);
        EXPECT(map == NULL);
        return 0;
}

HELPER int huge_file(void)
{
        int fd = simulated() ? -1 : memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);

        if (fd >= 0)
                ck_assert_int_eq(ftruncate(fd, 64 << 20), 0);
        return fd;
}

/* Huge pages, where the kernel has them. */
PROGRAM(huge_pages_are_refused)
{
        const mori_mapping *map = NULL;
        int fd = huge_file();
        mori_file file;

        if (fd < 0)
                return 0;
        EXPECT_EQ(mori_file_adopt(fd, &file), 0);
        EXPECT_EQ(await mori_map(file, 0, 0, 0, &map), -ENODEV);
        return await mori_file_close(file);
}

HELPER int resident_pages(const mori_mapping *map)
{
        unsigned char pages[5];
        int count = 0;

        ck_assert_int_eq(mincore((void *)(uintptr_t)map->address, map->bytes, pages), 0);
        for (size_t i = 0; i < map->bytes / PAGE; i++)
                count += pages[i] & 1;
        return count;
}

/* KiB of this OS process that are locked. */
HELPER long locked_now(void)
{
        FILE *status = fopen("/proc/self/status", "re");
        char line[256];
        long found = -1;

        ck_assert_ptr_nonnull(status);
        while (fgets(line, sizeof line, status) != NULL)
                if (sscanf(line, "VmLck: %ld", &found) == 1)
                        break;
        fclose(status);
        return found;
}

/* Locked as long as it is held, after its file was closed, too. */
PROGRAM(locked_while_held)
{
        mori_file file = await made(5 * PAGE, O_RDONLY);
        long before = locked_now(), expected = simulated() ? 0 : 20;
        const mori_mapping *map = NULL, *same = NULL;

        EXPECT_EQ(await mori_map(file, 0, 0, 0, &map), 0);
        EXPECT_EQ(locked_now() - before, expected);
        EXPECT_EQ(resident_pages(map), 5);
        EXPECT_EQ(await mori_map(file, 0, 0, MORI_MAP_UNLOCKED, &same), 0);
        EXPECT_EQ(locked_now() - before, expected);
        await mori_map_end(same);
        EXPECT_EQ(await mori_map(file, PAGE, PAGE, 0, &same), 0);
        await mori_map_end(same);
        EXPECT_EQ(locked_now() - before, expected); /* an overlap that ends takes nothing away */
        EXPECT_EQ(await mori_file_close(file), 0);
        verify(map->address, 0, map->bytes);
        await mori_map_end(map);
        EXPECT_EQ(locked_now() - before, 0);
        return 0;
}

/* What is written to the file is seen, but in the simulation. */
PROGRAM(writes_are_seen)
{
        mori_file file = await made(PAGE, O_RDWR);
        const mori_mapping *map = NULL;

        EXPECT_EQ(await mori_map(file, 0, 0, 0, &map), 0);
        EXPECT_EQ(await mori_file_write_at(file, "other", 5, 0), 5);
        EXPECT_EQ(memcmp(map->address, "other", 5) == 0, !simulated());
        await mori_map_end(map);
        return await mori_file_close(file);
}

HELPER int sum(const unsigned char *at, size_t length)
{
        int sum = 0;

        for (size_t i = 0; i < length; i++)
                sum += at[i];
        return sum;
}

/* Pages that were cut off are zeros and told of; the rest, and other maps, are as they were. */
PROGRAM(cut_under_a_reader)
{
        mori_file file = await made(5 * PAGE, O_RDWR);
        const mori_mapping *map = NULL, *first = NULL;

        EXPECT_EQ(await mori_map(file, 10, 0, 0, &map), 0);
        EXPECT_EQ(await mori_map(file, 0, PAGE, MORI_MAP_UNLOCKED, &first), 0);
        EXPECT_EQ(await mori_file_truncate(file, 2 * PAGE), 0);
        verify(map->address, 10, 2 * PAGE - 10);
        EXPECT_EQ(mori_map_status(map), 0); /* nobody has looked yet */
        if (simulated()) {
                verify(map->address, 10, map->bytes);
        } else {
                const unsigned char *at = map->address;

                EXPECT_EQ(sum(at + 2 * PAGE - 10, 3 * PAGE), 0);
                EXPECT_EQ(mori_map_status(map), -ESTALE);
                EXPECT_EQ(await mori_file_truncate(file, 5 * PAGE), 0);
                EXPECT_EQ(await mori_file_write_at(file, "again", 5, 2 * PAGE), 5);
                EXPECT_EQ(sum(at + 2 * PAGE - 10, PAGE), 0); /* it stays so */
        }
        verify(map->address, 10, 2 * PAGE - 10);
        EXPECT_EQ(mori_map_status(first), 0);
        verify(first->address, 0, PAGE);
        await mori_map_end(map);
        /* An entry of the table that is used again is not damaged. */
        EXPECT_EQ(await mori_map(file, 0, PAGE, 0, &map), 0);
        EXPECT_EQ(mori_map_status(map), 0);
        await mori_map_end(map);
        await mori_map_end(first);
        return await mori_file_close(file);
}

static async int maps(mori_file file, unsigned flags)
{
        const mori_mapping *map = NULL;
        int error = await mori_map(file, 0, 0, flags, &map);

        if (error == 0)
                await mori_map_end(map);
        return error;
}

/* Cancelled, or its file closed, at any time: there is a map or an error, and nothing is lost. */
PROGRAM(ends_while_it_is_made)
{
        int ended = 0;

        for (int round = 0; round < 60; round++) {
                mori_file file = await made(5 * PAGE, O_RDWR);
                int answer;

                EXPECT_EQ(await mori_file_truncate(file, 16 << 20), 0);
                scope {
                        Async(int) waiter = start(maps, file, MORI_MAP_UNLOCKED);

                        for (int turns = 0; turns < round / 2; turns++)
                                EXPECT_EQ(await mori_yield(), 0);
                        if (round % 2 == 0)
                                mori_cancel(MORI_ACTIVITY(waiter));
                        else
                                EXPECT_EQ(await mori_file_close(file), 0);
                        answer = await join(waiter);
                        EXPECT(answer == 0 || answer == (round % 2 == 0 ? -ECANCELED : -EBADF));
                        ended += answer != 0;
                }
                if (round % 2 == 0)
                        EXPECT_EQ(await mori_file_close(file), 0);
        }
        EXPECT(ended > 0);
        return 0;
}

/* A map that nobody ends is, with the process; so is one that is being made. */
PROGRAM(left_to_the_teardown)
{
        mori_file file = await made(5 * PAGE, O_RDWR);
        const mori_mapping *map = NULL;

        EXPECT_EQ(await mori_map(file, 0, 0, 0, &map), 0);
        EXPECT_EQ(await mori_file_truncate(file, 64 << 20), 0);
        scope {
                Async(int) waiter = start(maps, file, MORI_MAP_UNLOCKED);

                for (int turns = 0; turns < 20; turns++)
                        EXPECT_EQ(await mori_yield(), 0);
                if (mori_done(MORI_ACTIVITY(waiter)) >= 0)
                        mori_exit(0);
                (void)await join(waiter);
        }
        return 1;
}

HELPER bool locking_limited(int set)
{
        static struct rlimit before;
        struct rlimit none = {0, 0};

        if (set) {
                ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &before), 0);
                none.rlim_max = before.rlim_max;
                ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
                return platform_resident_limit() == 0;
        }
        return setrlimit(RLIMIT_MEMLOCK, &before) == 0;
}

HELPER bool limit_reported(void)
{
        return strstr(reports, "RLIMIT_MEMLOCK") != NULL;
}

static async int meets_the_limit(UNUSED int argc, UNUSED char **argv)
{
        mori_file file = await made(5 * PAGE, O_RDONLY);
        bool limited = locking_limited(1) && !simulated();

        for (int i = 0; i < 2; i++)
                EXPECT_EQ(await maps(file, 0), limited ? -ENOMEM : 0);
        EXPECT_EQ(await maps(file, MORI_MAP_UNLOCKED), 0);
        EXPECT(locking_limited(0));
        EXPECT_EQ(limited, limit_reported());
        return await mori_file_close(file);
}

/* What may be locked is a limit that is named; who may lock everything does not meet it. */
START_TEST(limit_on_locked_memory)
{
        io_case(meets_the_limit, 0);
}
END_TEST

/* Runs into a SIGBUS that is nobody's map. */
HELPER int runs_into_another(void)
{
        int fd = memfd_create("cut", MFD_CLOEXEC);
        const unsigned char *at;

        ck_assert_int_eq(ftruncate(fd, (off_t)PAGE), 0);
        at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
        ck_assert(at != MAP_FAILED);
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        return sum(at, PAGE);
}

static async int has_a_map_and_another(UNUSED int argc, UNUSED char **argv)
{
        mori_file file = await made(PAGE, O_RDONLY);
        const mori_mapping *map = NULL;

        EXPECT_EQ(await mori_map(file, 0, 0, 0, &map), 0);
        return runs_into_another();
}

/* Faults that are no map's end the program as ever. */
START_TEST(other_faults_are_faults)
{
        io_case(has_a_map_and_another, 0);
}
END_TEST

/* What is behind the end, for a file that was cut before its pages were read. */
HELPER int made_beyond_the_end(bool locked)
{
        struct platform_map map = {0};
        int fd = open("file", O_RDONLY | O_CLOEXEC);
        int error = platform_map_file(&map, fd, 0, 3 * PAGE, locked);

        ck_assert_ptr_null(map.address);
        close(fd);
        return error;
}

PROGRAM(cut_before_it_is_read)
{
        if (simulated())
                return 0;
        make_known(PAGE + 5);
        for (int i = 0; i < 4; i++) {
                EXPECT_EQ(made_beyond_the_end(i % 2), -ENODATA);
                EXPECT_EQ(locked_now(), 0);
        }
        return 0;
}

/* ---- Kernels before 5.14, which have no MADV_POPULATE_READ */

/* False in the simulation, where pages are not read that way. */
static bool forbid_populating(void)
{
        void *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (simulated())
                return false;
        ck_assert_int_eq(forbid_call(SYS_madvise, 2, MADV_POPULATE_READ, EINVAL), 0);
        ck_assert_int_eq(madvise(page, PAGE, MADV_POPULATE_READ), -1);
        ck_assert_int_eq(errno, EINVAL);
        munmap(page, PAGE);
        return true;
}

#define ON_OLD(name)                                                                               \
        START_TEST(old_##name)                                                                     \
        {                                                                                          \
                if (forbid_populating()) {                                                         \
                        io_case(name##_program, 0);                                                \
                        ck_assert_not_reported();                                                  \
                }                                                                                  \
        }                                                                                          \
        END_TEST

ON_OLD(ranges)
ON_OLD(locked_while_held)
ON_OLD(writes_are_seen)
ON_OLD(cut_under_a_reader)
ON_OLD(cut_before_it_is_read)
ON_OLD(ends_while_it_is_made)
ON_OLD(left_to_the_teardown)

START_TEST(old_limit_on_locked_memory)
{
        if (forbid_populating())
                io_case(meets_the_limit, 0);
}
END_TEST

IO_MAIN("io/map", TEST(ranges), TEST(wrong_arguments), TEST(huge_pages_are_refused),
        TEST(locked_while_held), TEST(writes_are_seen), TEST(cut_under_a_reader),
        TEST(cut_before_it_is_read), TEST(ends_while_it_is_made), TEST(left_to_the_teardown),
        TEST(limit_on_locked_memory), TEST_SIGNAL(other_faults_are_faults, SIGBUS),
        TEST(old_ranges), TEST(old_locked_while_held), TEST(old_writes_are_seen),
        TEST(old_cut_under_a_reader), TEST(old_cut_before_it_is_read),
        TEST(old_ends_while_it_is_made), TEST(old_left_to_the_teardown),
        TEST(old_limit_on_locked_memory))
