/* SPDX-License-Identifier: MIT */
/* Pipes, the standard streams, printing, and moving bytes between files without touching them. */
#include "io.h"

#include <mori/select.h>

#include <poll.h>

PROGRAM(a_pipe_carries_bytes_and_its_end)
{
        mori_file pipe[2];
        char text[8];

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_file_write(pipe[1], "abcdef", 6), 6);
        EXPECT_EQ(await mori_file_read(pipe[0], text, 4), 4);
        EXPECT_EQ(await mori_file_read_exact(pipe[0], text + 4, 2), 0);
        EXPECT(memcmp(text, "abcdef", 6) == 0);
        EXPECT_EQ(await mori_file_read(pipe[1], text, 1), -EBADF);
        EXPECT_EQ(await mori_file_write(pipe[0], text, 1), -EBADF);
        EXPECT_EQ(await mori_file_read_at(pipe[0], text, 1, 0), -ESPIPE);
        EXPECT_EQ(await mori_file_write_at(pipe[1], text, 1, 0), -ESPIPE);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        EXPECT_EQ(await mori_file_read(pipe[0], text, 4), 0);
        EXPECT_EQ(await mori_file_read_exact(pipe[0], text, 4), -ENODATA);
        return await mori_file_close(pipe[0]);
}

PROGRAM(nobody_reads)
{
        mori_file pipe[2];
        Async(int64_t) writing;
        char *bytes = shared_bytes();

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(await mori_file_write(pipe[1], "x", 1), -EPIPE);
        EXPECT_EQ(await mori_file_write_all(pipe[1], "x", 1), -EPIPE);
        EXPECT_EQ(await mori_print(pipe[1], "%d", 1), -EPIPE);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        /* also while the writer waits for room */
        EXPECT_EQ(mori_pipe(pipe), 0);
        writing = start(write_from, pipe[1], (const void *)bytes, (size_t)1 << 20);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        (void)await join(writing); /* what it moved, or -EPIPE */
        EXPECT_EQ(await mori_file_write(pipe[1], "x", 1), -EPIPE);
        return await mori_file_close(pipe[1]);
}

static async int pour(mori_file file, size_t bytes, size_t step)
{
        char part[5000];

        for (size_t at = 0; at < bytes;) {
                size_t now = bytes - at < step ? bytes - at : step;

                fill(part, at, now);
                attempt(await mori_file_write_all(file, part, now));
                at += now;
        }
        return await mori_file_close(file);
}

static async int drain(mori_file file, size_t bytes, size_t step)
{
        char part[5000];
        uint64_t at = 0;
        int64_t count;

        while ((count = await mori_file_read(file, part, step)) > 0) {
                verify(part, at, (size_t)count);
                at += (uint64_t)count;
        }
        attempt((int)count);
        EXPECT_EQ(at, bytes);
        return await mori_file_close(file);
}

PROGRAM(megabytes_through_pipes)
{
        mori_file pipe[2];

        scope {
                for (size_t i = 1; i <= 5; i++) {
                        Async(int) pouring, draining;

                        EXPECT_EQ(mori_pipe(pipe), 0);
                        pouring = start(pour, pipe[1], (size_t)1000001, 997 * i);
                        draining = start(drain, pipe[0], (size_t)1000001, 4987 / i);
                        if (i < 3)
                                continue;
                        EXPECT_EQ(await join(pouring), 0);
                        EXPECT_EQ(await join(draining), 0);
                }
        }
        return 0;
}

PROGRAM(splice_between_pipes_and_files)
{
        mori_file pipe[2], second[2], file;
        char text[64];

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(mori_pipe(second), 0);
        EXPECT_EQ(await mori_file_write(pipe[1], "0123456789", 10), 10);
        EXPECT_EQ(await mori_splice(second[1], pipe[0], 4), 4);
        EXPECT_EQ(await mori_file_read(second[0], text, sizeof text), 4);
        EXPECT(memcmp(text, "0123", 4) == 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "spliced", O_CREAT | O_RDWR, 0600, &file), 0);
        EXPECT_EQ(await mori_splice(file, pipe[0], 100), 6);
        EXPECT_EQ(await mori_file_read_at(file, text, sizeof text, 0), 6);
        EXPECT(memcmp(text, "456789", 6) == 0);
        EXPECT_EQ(await mori_splice(file, file, 1), -EINVAL);
        EXPECT_EQ(await mori_splice(pipe[0], file, 1), -EBADF);
        EXPECT_EQ(await mori_splice(file, pipe[1], 1), -EBADF);
        EXPECT_EQ(await mori_splice(second[1], pipe[0], 0), 0);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        EXPECT_EQ(await mori_splice(second[1], pipe[0], 1), 0);
        EXPECT_EQ(await mori_file_close(second[0]), 0);
        EXPECT_EQ(await mori_file_close(second[1]), 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        return await mori_file_close(pipe[0]);
}

static async int64_t splice_into(mori_file to, mori_file from, size_t bytes)
{
        return await mori_splice(to, from, bytes);
}

static async int64_t send_into(mori_file to, mori_file from, uint64_t offset, size_t bytes)
{
        return await mori_sendfile(to, from, offset, bytes);
}

/* Both ends of a splice are in use: closing either ends it. */
PROGRAM(either_end_of_a_splice_is_closed)
{
        mori_file first[2], second[2];

        for (int i = 0; i < 2; i++) {
                Async(int64_t) moving;

                EXPECT_EQ(mori_pipe(first), 0);
                EXPECT_EQ(mori_pipe(second), 0);
                moving = start(splice_into, second[1], first[0], (size_t)100);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_file_close(i == 0 ? first[0] : second[1]), 0);
                EXPECT_EQ(await join(moving), -EBADF);
                EXPECT_EQ(await mori_file_close(i != 0 ? first[0] : second[1]), 0);
                EXPECT_EQ(await mori_file_close(first[1]), 0);
                EXPECT_EQ(await mori_file_close(second[0]), 0);
        }
        return 0;
}

PROGRAM(sendfile_to_pipes_and_sockets)
{
        mori_file file, pipe[2], one, other;
        char *bytes = (char *)shared_bytes() + 2 * 1024 * 1024;

        fill(shared_bytes(), 0, 300000);
        make_file("sent", shared_bytes(), 300000);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "sent", O_RDONLY, 0, &file), 0);
        EXPECT_EQ(mori_pipe(pipe), 0);
        scope {
                Async(int64_t) sending =
                        start(send_into, pipe[1], file, (uint64_t)100, (size_t)1000000);

                EXPECT_EQ(await mori_file_read_exact(pipe[0], bytes, 299900), 0);
                verify(bytes, 100, 299900);
                EXPECT_EQ(await join(sending), 299900);
        }
        await connected("127.0.0.1:0", &one, &other);
        scope {
                Async(int64_t) sending =
                        start(send_into, one, file, (uint64_t)7, (size_t)250000);

                EXPECT_EQ(await mori_file_read_exact(other, bytes, 250000), 0);
                verify(bytes, 7, 250000);
                EXPECT_EQ(await join(sending), 250000);
        }
        EXPECT_EQ(await mori_sendfile(one, file, 300000, 10), 0);
        EXPECT_EQ(await mori_sendfile(one, file, 400000, 10), 0);
        EXPECT_EQ(await mori_sendfile(one, file, 0, 0), 0);
        EXPECT_EQ(await mori_sendfile(one, file, UINT64_MAX, 10), -EINVAL);
        EXPECT_EQ(await mori_sendfile(one, file, (uint64_t)1 << 63, 10), -EINVAL);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(await mori_sendfile(pipe[1], file, 0, 10), -EPIPE);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        return await mori_file_close(file);
}

/* The file that is being sent is closed: the sending is over before its number can be reused. */
PROGRAM(the_source_of_a_sendfile_is_closed)
{
        mori_file file, other, pipe[2];
        Async(int64_t) sending;
        char *bytes = shared_bytes();
        int64_t sent, count, got = 0;

        fill(bytes, 0, 400000);
        make_file("first", bytes, 400000);
        memset(bytes, 0xEE, 400000);
        make_file("second", bytes, 400000);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "first", O_RDONLY, 0, &file), 0);
        EXPECT_EQ(mori_pipe(pipe), 0);
        sending = start(send_into, pipe[1], file, (uint64_t)0, (size_t)400000);
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "second", O_RDONLY, 0, &other), 0);
        sent = await join(sending);
        EXPECT(sent >= 0 || sent == -EBADF);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        while ((count = await mori_file_read(pipe[0], bytes, 400000)) > 0) {
                verify(bytes, (uint64_t)got, (size_t)count);
                got += count;
        }
        EXPECT_EQ(got, sent < 0 ? 0 : sent);
        EXPECT_EQ(await mori_file_close(other), 0);
        return await mori_file_close(pipe[0]);
}

PROGRAM(printing)
{
        mori_file pipe[2];
        char *text = shared_bytes();

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_print(pipe[1], "%s-%d-%05.1f-%c", "a", 2, 3.25, 'z'), 11);
        EXPECT_EQ(await mori_file_read(pipe[0], text, 100), 11);
        EXPECT(memcmp(text, "a-2-003.2-z", 11) == 0);
        EXPECT_EQ(await mori_print(pipe[1], "%s", ""), 0);
        EXPECT_EQ(await mori_print(pipe[1], "%50000d", 1), 50000);
        EXPECT_EQ(await mori_file_read_exact(pipe[0], text, 50000), 0);
        EXPECT(text[49999] == '1' && text[0] == ' ');
        EXPECT_EQ(await mori_print(MORI_NO_FILE, "x"), -EBADF);
        EXPECT_EQ(await mori_print(pipe[0], "x"), -EBADF);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        return await mori_file_close(pipe[1]);
}

PROGRAM(standard_streams)
{
        mori_file out = mori_stdout();

        EXPECT(out.word != 0 && out.word == mori_stdout().word);
        EXPECT(mori_stderr().word != out.word && mori_stdin().word != out.word);
        EXPECT_EQ(mori_file_descriptor(mori_stdin()), 0);
        EXPECT_EQ(mori_file_descriptor(out), 1);
        EXPECT_EQ(mori_file_descriptor(mori_stderr()), 2);
        EXPECT_EQ(await mori_file_close(out), -EBADF);
        EXPECT_EQ(await mori_print(out, "%s", ""), 0);
        EXPECT_EQ(await mori_file_write(out, "", 0), 0);
        return 0;
}

/* A process may end while its text is being written. */
static async int print_much(mori_file file)
{
        return await mori_print(file, "%300000d", 1);
}

PROGRAM(leaves_a_print_behind)
{
        mori_file pipe[2];
        char text[10];

        EXPECT_EQ(mori_pipe(pipe), 0);
        ignore(start(print_much, pipe[1]));
        EXPECT_EQ(await mori_file_read(pipe[0], text, 10), 10);
        mori_exit(0);
        return 1;
}

PROGRAM(ready_pipes)
{
        mori_file pipe[2];
        char text[4];

        EXPECT_EQ(mori_pipe(pipe), 0);
        {
                mori_case cases[] = {MORI_CASE_READY(pipe[0], POLLIN), MORI_CASE_AFTER(MORI_MS(1))};

                EXPECT_EQ(await mori_select(cases, 2), 1);
                EXPECT_EQ(await mori_file_write(pipe[1], "abc", 3), 3);
                EXPECT_EQ(await mori_select(cases, 2), 0);
                EXPECT(cases[0].result & POLLIN);
                EXPECT_EQ(await mori_file_read(pipe[0], text, 4), 3);
                EXPECT_EQ(await mori_select(cases, 2), 1);
        }
        {
                mori_case cases[] = {MORI_CASE_READY(pipe[1], POLLOUT),
                                     MORI_CASE_AFTER(MORI_S(100))};

                EXPECT_EQ(await mori_select(cases, 2), 0);
                EXPECT(cases[0].result & POLLOUT);
        }
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        {
                mori_case cases[] = {MORI_CASE_READY(pipe[0], POLLIN),
                                     MORI_CASE_AFTER(MORI_S(100))};

                EXPECT_EQ(await mori_select(cases, 2), 0);
                EXPECT(cases[0].result & (POLLIN | POLLHUP));
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);
                EXPECT(await mori_select(cases, 2) < 0);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

static async int ready_later(mori_file file, int events)
{
        return await mori_file_ready(file, events);
}

/* What a file is ready for, and what is told unasked. */
PROGRAM(ready_for_what)
{
        mori_file pipe[2];
        Async(int) waiting;
        int events;

        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_file_ready(pipe[1], POLLIN | POLLOUT), POLLOUT);
        EXPECT_EQ(await mori_file_ready(pipe[1], 1 << 16), -EINVAL);
        EXPECT_EQ(await mori_file_ready(pipe[1], -1), -EINVAL);
        EXPECT_EQ(await mori_file_ready(pipe[1], POLLOUT | POLLPRI), -EINVAL);
        EXPECT_EQ(await mori_file_ready(pipe[1], POLLNVAL), -EINVAL);
        waiting = start(ready_later, pipe[0], POLLIN | POLLRDHUP);
        EXPECT_EQ(await mori_file_write(pipe[1], "a", 1), 1);
        EXPECT_EQ(await join(waiting), POLLIN);
        within(MORI_MS(1)) {
                EXPECT_EQ(await mori_file_ready(pipe[1], POLLRDHUP), -ETIMEDOUT);
        }
        waiting = start(ready_later, pipe[0], 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        cancel(waiting);
        EXPECT_EQ(await join(waiting), -ECANCELED);
        waiting = start(ready_later, pipe[0], 0);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        EXPECT_EQ(await join(waiting), POLLHUP);
        EXPECT_EQ(await mori_file_ready(pipe[0], POLLIN), POLLIN | POLLHUP);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(await mori_file_ready(pipe[0], POLLIN), -EBADF);
        /* the other end */
        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        events = await mori_file_ready(pipe[1], 0);
        EXPECT_EQ(events, POLLERR);
        return await mori_file_close(pipe[1]);
}

IO_MAIN("io/pipe", TEST(a_pipe_carries_bytes_and_its_end), TEST(nobody_reads),
        TEST(megabytes_through_pipes), TEST(splice_between_pipes_and_files),
        TEST(either_end_of_a_splice_is_closed), TEST(sendfile_to_pipes_and_sockets),
        TEST(the_source_of_a_sendfile_is_closed), TEST(printing), TEST(standard_streams),
        TEST(leaves_a_print_behind), TEST(ready_pipes), TEST(ready_for_what))
