/* SPDX-License-Identifier: MIT */
/*
 * Registered buffers: what is moved in them, what is wrong, and areas freed at any time or never.
 */
#include "io.h"

#define AREA ((size_t)64 << 10)
#define PAGE ((size_t)4096)

static async const mori_buffers *area_of(size_t bytes)
{
        const mori_buffers *area = NULL;

        EXPECT_EQ(await mori_buffers_new(bytes, &area), 0);
        EXPECT_EQ((int64_t)area->bytes, (int64_t)bytes);
        return area;
}

static async mori_file opened(int flags)
{
        mori_file file = MORI_NO_FILE;

        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "file", flags | O_CREAT, 0666, &file), 0);
        return file;
}

/* So many transfers in areas have gone well, and were all of the kind that this engine has. */
HELPER void counted(uint64_t transfers)
{
        const char *io = getenv("MORI_IO");
        bool registers = io != NULL && strcmp(io, "uring") == 0;
        mori_buffers_use use;

        mori_buffers_counts(&use);
        ck_assert_uint_eq(use.registered + use.plain, transfers);
        ck_assert_uint_eq(registers ? use.plain : use.registered, 0);
}

PROGRAM(every_way_to_move_bytes)
{
        const mori_buffers *area = await area_of(AREA);
        char *at = area->address;
        mori_file file = await opened(O_RDWR);
        struct iovec pieces[2] = {{at, 100}, {at + PAGE, 100}};

        fill(at, 0, AREA);
        EXPECT_EQ(await mori_file_write_at(file, at, AREA, 0), (int64_t)AREA);
        memset(at, 0, AREA);
        EXPECT_EQ(await mori_file_read_at(file, at, AREA, 0), (int64_t)AREA);
        verify(at, 0, AREA);
        EXPECT_EQ(await mori_file_read_at(file, at + 5, 3 * PAGE, 17), (int64_t)(3 * PAGE));
        verify(at + 5, 17, 3 * PAGE);
        verify(at, 0, 5);
        EXPECT_EQ(await mori_file_read(file, at + AREA - 7, 7), 7);
        verify(at + AREA - 7, 0, 7);
        EXPECT_EQ(await mori_file_read_exact(file, at, PAGE), 0);
        verify(at, 7, PAGE);
        EXPECT_EQ(await mori_file_write_all(file, at, 10), 0);
        counted(6);
        EXPECT_EQ(await mori_file_readv_at(file, pieces, 2, 1), 200); /* as in any memory */
        verify(at, 1, 100);
        verify(at + PAGE, 101, 100);
        counted(6);
        EXPECT_EQ(await mori_file_read_at(file, at, 0, 0), 0);
        counted(7);
        await mori_buffers_free(area);
        await mori_buffers_free(NULL);
        return await mori_file_close(file);
}

/* Bytes beside an area, or across its end, are plain ones; each of several areas is found. */
PROGRAM(several_areas)
{
        const mori_buffers *areas[3];
        mori_file file = await opened(O_RDWR);
        char own[100];

        for (unsigned i = 0; i < 3; i++)
                areas[i] = await area_of((i + 1) * PAGE);
        fill(areas[0]->address, 0, PAGE);
        EXPECT_EQ(await mori_file_write_at(file, areas[0]->address, PAGE, 0), (int64_t)PAGE);
        for (unsigned i = 0; i < 3; i++) {
                char *end = (char *)areas[i]->address + areas[i]->bytes;

                EXPECT_EQ(await mori_file_read_at(file, end - 100, 100, i), 100);
                verify(end - 100, i, 100);
        }
        counted(4);
        EXPECT_EQ(await mori_file_read_at(file, own, 100, 3), 100);
        verify(own, 3, 100);
        counted(4);
        await mori_buffers_free(areas[1]);
        for (unsigned i = 0; i < 3; i += 2)
                EXPECT_EQ(await mori_file_read_at(file, areas[i]->address, 100, 0), 100);
        counted(6);
        await mori_buffers_free(areas[2]);
        await mori_buffers_free(areas[0]);
        return await mori_file_close(file);
}

static async int reads_slice(mori_file file, char *at, uint64_t place)
{
        for (int round = 0; round < 8; round++) {
                EXPECT_EQ(await mori_file_read_at(file, at, PAGE, place), (int64_t)PAGE);
                verify(at, place, PAGE);
                memset(at, 0, PAGE);
        }
        return 0;
}

/* Many at a time, on files of their own, so that with several seats more than one engine has it. */
PROGRAM(many_at_a_time)
{
        const mori_buffers *area = await area_of(AREA);
        mori_file files[AREA / PAGE];

        for (size_t i = 0; i < AREA / PAGE; i++)
                files[i] = await opened(O_RDWR);
        fill(area->address, 0, AREA);
        EXPECT_EQ(await mori_file_write_at(files[0], area->address, AREA, 0), (int64_t)AREA);
        scope {
                for (size_t i = 0; i < AREA / PAGE; i++)
                        MORI_IGNORE(start(reads_slice, files[i], (char *)area->address + i * PAGE,
                                          (uint64_t)(i * PAGE)));
        }
        counted(1 + 8 * AREA / PAGE);
        for (size_t i = 0; i < AREA / PAGE; i++)
                EXPECT_EQ(await mori_file_close(files[i]), 0);
        await mori_buffers_free(area);
        return 0;
}

static async int64_t sends(mori_file socket, const void *bytes, size_t count, unsigned flags)
{
        return await mori_socket_send(socket, bytes, count, flags);
}

/* What is sent comes from it; other sends, and receives, take it for any memory. */
PROGRAM(sockets)
{
        const mori_buffers *area = await area_of(2 * AREA);
        char *from = area->address, *to = from + AREA;
        mori_file ends[2];

        await connected("127.0.0.1:0", &ends[0], &ends[1]);
        fill(from, 0, AREA);
        for (unsigned i = 0; i < 3; i++) {
                scope {
                        Async(int64_t) sending = start(sends, ends[0], from, AREA,
                                                       i == 0 ? MORI_SEND_ZERO_COPY : 0);

                        EXPECT_EQ(await mori_file_read_exact(ends[1], to, AREA), 0);
                        EXPECT_EQ(await join(sending), (int64_t)AREA);
                }
                verify(to, 0, AREA);
                memset(to, 0, AREA);
        }
        EXPECT_EQ(await mori_file_close(ends[0]), 0);
        EXPECT_EQ(await mori_file_close(ends[1]), 0);
        await mori_buffers_free(area);
        return 0;
}

PROGRAM(wrong_arguments)
{
        const mori_buffers *areas[MORI_BUFFERS_MAX], *more = NULL;

        EXPECT_EQ(await mori_buffers_new(0, &more), -EINVAL);
        EXPECT_EQ(await mori_buffers_new(MORI_BUFFERS_BYTES_MAX + 1, &more), -EINVAL);
        EXPECT_EQ(await mori_buffers_new(SIZE_MAX, &more), -EINVAL);
        EXPECT_EQ(await mori_buffers_new(1, NULL), -EINVAL);
        for (unsigned i = 0; i < MORI_BUFFERS_MAX; i++)
                areas[i] = await area_of(1);
        EXPECT_EQ(await mori_buffers_new(1, &more), -ENOSPC);
        EXPECT(more == NULL);
        await mori_buffers_free(areas[5]);
        areas[5] = await area_of(1);
        for (unsigned i = 0; i < MORI_BUFFERS_MAX; i++)
                await mori_buffers_free(areas[i]);
        counted(0);
        return 0;
}

static async int frees(const mori_buffers *area)
{
        await mori_buffers_free(area);
        return 0;
}

/* What waits in an area that is freed answers that, unless it was cancelled; then the area goes. */
PROGRAM(freed_under_readers)
{
        for (int round = 0; round < 10; round++) {
                const mori_buffers *area = await area_of(AREA);
                mori_file ends[2];

                EXPECT_EQ(mori_pipe(ends), 0);
                scope {
                        Async(int64_t) first = start(read_into, ends[0], area->address, PAGE);
                        Async(int64_t) second = start(read_into, ends[0],
                                                      (char *)area->address + PAGE, PAGE);
                        Async(int64_t) third = start(read_into, ends[0], area->address, PAGE);
                        Async(int) freeing;

                        for (int turns = 0; turns < round; turns++)
                                EXPECT_EQ(await mori_yield(), 0);
                        mori_cancel(MORI_ACTIVITY(third));
                        freeing = start(frees, area);
                        if (round % 2)
                                mori_cancel(MORI_ACTIVITY(freeing)); /* which it does not heed */
                        EXPECT_EQ(await join(first), -EFAULT);
                        EXPECT_EQ(await join(second), -EFAULT);
                        EXPECT_EQ(await join(third), -ECANCELED);
                        EXPECT_EQ(await join(freeing), 0);
                }
                EXPECT_EQ(await mori_file_close(ends[0]), 0);
                EXPECT_EQ(await mori_file_close(ends[1]), 0);
        }
        counted(0);
        return 0;
}

/* What was moved is not lost by it. */
PROGRAM(freed_under_transfers)
{
        mori_file file = await opened(O_RDWR);

        for (int round = 0; round < 20; round++) {
                const mori_buffers *area = await area_of(AREA);
                int64_t wrote;

                scope {
                        Async(int64_t) writing = start(write_from, file, area->address, AREA);

                        for (int turns = 0; turns < round / 4; turns++)
                                EXPECT_EQ(await mori_yield(), 0);
                        await mori_buffers_free(area);
                        wrote = await join(writing);
                        EXPECT((wrote > 0 && wrote <= (int64_t)AREA) || wrote == -EFAULT);
                }
        }
        return await mori_file_close(file);
}

static async int makes_and_frees(size_t bytes)
{
        const mori_buffers *area = NULL;
        int error = await mori_buffers_new(bytes, &area);

        if (error == 0)
                await mori_buffers_free(area);
        return error;
}

/* Cancelled at any time there is an area or there is none. */
PROGRAM(cancelled_while_it_is_made)
{
        int cancelled = 0;

        for (int round = 0; round < 40; round++) {
                int answer;

                scope {
                        Async(int) making = start(makes_and_frees, (size_t)4 << 20);

                        for (int turns = 0; turns < round / 2; turns++)
                                EXPECT_EQ(await mori_yield(), 0);
                        mori_cancel(MORI_ACTIVITY(making));
                        answer = await join(making);
                        EXPECT(answer == 0 || answer == -ECANCELED);
                        cancelled += answer != 0;
                }
        }
        EXPECT(cancelled > 0);
        return 0;
}

static async int leaves_it_in_use(int code)
{
        const mori_buffers *area = await area_of(AREA), *unused = await area_of(PAGE);
        mori_file ends[2], file = await opened(O_RDWR);

        EXPECT(unused != NULL);
        EXPECT_EQ(mori_pipe(ends), 0);
        EXPECT_EQ(await mori_file_write_at(file, area->address, AREA, 0), (int64_t)AREA);
        scope {
                Async(int64_t) reading = start(read_into, ends[0], area->address, PAGE);
                Async(int64_t) writing = start(write_from, file, area->address, AREA);
                Async(int) making = start(makes_and_frees, (size_t)4 << 20);

                EXPECT_EQ(await mori_yield(), 0);
                if (code != 70)
                        mori_exit(code);
                MORI_REQUIRE(code != 70);
                (void)await join(making);
                (void)await join(writing);
                (void)await join(reading);
        }
        return 1;
}

/* The end of the process waits for the last word on all of it, and lets it go. */
PROGRAM(left_to_the_teardown)
{
        return await leaves_it_in_use(0);
}

static async int is_abandoned(UNUSED int argc, UNUSED char **argv)
{
        return await leaves_it_in_use(70);
}

START_TEST(abandoned_in_use)
{
        io_case(is_abandoned, 70);
        ck_assert_ptr_nonnull(strstr(reports, "code != 70"));
}
END_TEST

static async int frees_twice(UNUSED int argc, UNUSED char **argv)
{
        const mori_buffers *area = await area_of(PAGE);
        const mori_buffers other = *area;

        if (argc == 1)
                await mori_buffers_free(&other);
        return 0;
}

START_TEST(freeing_what_is_none)
{
        io_case(frees_twice, 70);
        ck_assert_ptr_nonnull(strstr(reports, "mori_buffers_free() of what is no area"));
}
END_TEST

/* Where so little memory can surely be pinned: elsewhere what cannot be is reported. */
static bool may_pin(void)
{
        struct rlimit limit;

        return geteuid() == 0 ||
               (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= ((rlim_t)8 << 20));
}

int main(void)
{
        const struct test_case cases[] = {
                TEST(every_way_to_move_bytes),
                TEST(several_areas),
                TEST(many_at_a_time),
                TEST(sockets),
                TEST(wrong_arguments),
                TEST(freed_under_readers),
                TEST(freed_under_transfers),
                TEST(cancelled_while_it_is_made),
                TEST(left_to_the_teardown),
                TEST(abandoned_in_use),
                TEST(freeing_what_is_none),
        };
        const char *io = getenv("MORI_IO");

        if (io != NULL && strcmp(io, "uring") == 0 && !may_pin())
                return 77;
        return io_main("io/buffers", cases, sizeof(cases) / sizeof(cases[0]));
}
