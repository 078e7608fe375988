/* SPDX-License-Identifier: MIT */
/*
 * A file is closed while others use it: each of them is answered -EBADF, once, and what comes to
 * stand under the number is not reached.
 */
#include "io.h"

#include <mori/select.h>

#include <poll.h>

static async int accept_one(mori_file listener)
{
        mori_file socket;
        int result = await mori_socket_accept(listener, &socket);

        return result;
}

static async int wait_ready(mori_file file, int events)
{
        mori_case cases[] = {MORI_CASE_READY(file, events)};
        int index = await mori_select(cases, 1);

        return index < 0 ? index : cases[0].result;
}

static async int64_t borrow_one(mori_file socket)
{
        mori_loan loan;
        int64_t count = await mori_socket_borrow(socket, &loan);

        if (count > 0)
                mori_loan_return(&loan);
        return count;
}

/* Lets what was submitted begin, or not: the moments of a close are as many as there are rounds. */
static async void let_pass(unsigned rounds)
{
        for (unsigned i = 0; i < rounds; i++)
                (void)await mori_yield();
        if (rounds > 4)
                EXPECT_EQ(await mori_sleep(MORI_US(500)), 0);
}

PROGRAM(while_others_read)
{
        mori_file pipe[2], one, other;
        char text[2][16];

        for (unsigned i = 0; i < 7; i++) {
                Async(int64_t) first, second;

                EXPECT_EQ(mori_pipe(pipe), 0);
                first = start(read_into, pipe[0], (void *)text[0], sizeof text[0]);
                second = start(read_into, pipe[0], (void *)text[1], sizeof text[1]);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);
                EXPECT_EQ(await join(first), -EBADF);
                EXPECT_EQ(await join(second), -EBADF);
                EXPECT_EQ(await mori_file_close(pipe[0]), -EBADF);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);

                await connected("unix:@close-read", &one, &other);
                first = start(read_into, one, (void *)text[0], sizeof text[0]);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await join(first), -EBADF);
                EXPECT_EQ(await mori_file_read(other, text[0], 1), 0);
                first = start(borrow_one, other);
                EXPECT_EQ(await join(first), 0);
                EXPECT_EQ(await mori_file_close(other), 0);

                await connected("127.0.0.1:0", &one, &other);
                first = start(borrow_one, one);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await join(first), -EBADF);
                EXPECT_EQ(await mori_file_close(other), 0);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

PROGRAM(while_others_write)
{
        mori_file pipe[2], one, other;

        for (unsigned i = 0; i < 7; i++) {
                Async(int64_t) first, second;

                EXPECT_EQ(mori_pipe(pipe), 0);
                first = start(write_from, pipe[1], (const void *)shared_bytes(), (size_t)1 << 20);
                second = start(write_from, pipe[1], (const void *)shared_bytes(), (size_t)1 << 20);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);
                {
                        int64_t moved = await join(first), after = await join(second);

                        EXPECT(moved == -EBADF || (moved > 0 && moved <= 1 << 20));
                        EXPECT(after == -EBADF || (after > 0 && after <= 1 << 20));
                }
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);

                await connected("127.0.0.1:0", &one, &other);
                first = start(write_from, one, (const void *)shared_bytes(), (size_t)1 << 22);
                second = start(write_from, one, (const void *)shared_bytes(), (size_t)1 << 22);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(one), 0);
                {
                        int64_t moved = await join(first), after = await join(second);

                        EXPECT(moved == -EBADF || (moved > 0 && moved <= 1 << 22));
                        EXPECT(after == -EBADF || (after > 0 && after <= 1 << 22));
                }
                EXPECT_EQ(await mori_file_close(other), 0);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

PROGRAM(while_others_accept)
{
        for (unsigned i = 0; i < 7; i++) {
                Async(int) accepting[5];
                mori_file listener;

                EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &listener), 0);
                for (unsigned k = 0; k < 5; k++)
                        accepting[k] = start(accept_one, listener);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(listener), 0);
                for (unsigned k = 0; k < 5; k++)
                        EXPECT_EQ(await join(accepting[k]), -EBADF);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

PROGRAM(while_others_poll)
{
        for (unsigned i = 0; i < 7; i++) {
                Async(int) waiting[3];
                mori_file pipe[2];

                EXPECT_EQ(mori_pipe(pipe), 0);
                for (unsigned k = 0; k < 3; k++)
                        waiting[k] = start(wait_ready, pipe[0], POLLIN);
                await let_pass(i);
                EXPECT_EQ(await mori_file_close(pipe[0]), 0);
                for (unsigned k = 0; k < 3; k++)
                        EXPECT_EQ(await join(waiting[k]), -EBADF);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

static async int close_it(mori_file file)
{
        return await mori_file_close(file);
}

/* Of several that close one file one does; also where they are cancelled while they do. */
PROGRAM(by_several_at_once)
{
        mori_file pipe[2];
        char text[8];

        for (unsigned i = 0; i < 50; i++) {
                Async(int64_t) reading;
                Async(int) closing[4];
                int good = 0;

                EXPECT_EQ(mori_pipe(pipe), 0);
                reading = start(read_into, pipe[0], (void *)text, sizeof text);
                for (unsigned k = 0; k < 4; k++) {
                        closing[k] = start(close_it, pipe[0]);
                        cancel(closing[k]);
                }
                for (unsigned k = 0; k < 4; k++) {
                        int result = await join(closing[k]);

                        EXPECT(result == 0 || result == -EBADF);
                        good += result == 0;
                }
                EXPECT_EQ(good, 1);
                EXPECT_EQ(await join(reading), -EBADF);
                EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        }
        return 0;
}

/* Numbers are reused at once: whoever waited for the old file never sees the new one's bytes. */
PROGRAM(and_the_number_is_used_again)
{
        mori_file old[2], fresh[2];
        char text[16] = "untouched", now[8];

        for (unsigned i = 0; i < 100; i++) {
                Async(int64_t) reading;

                EXPECT_EQ(mori_pipe(old), 0);
                reading = start(read_into, old[0], (void *)text, sizeof text);
                await let_pass(i % 6);
                EXPECT_EQ(await mori_file_close(old[0]), 0);
                EXPECT_EQ(await mori_file_close(old[1]), 0);
                EXPECT_EQ(mori_pipe(fresh), 0);
                EXPECT_EQ(await mori_file_write(fresh[1], "fresh", 5), 5);
                EXPECT_EQ(await mori_file_read(fresh[0], now, 8), 5);
                EXPECT_EQ(await join(reading), -EBADF);
                EXPECT(strcmp(text, "untouched") == 0);
                EXPECT_EQ(await mori_file_close(fresh[0]), 0);
                EXPECT_EQ(await mori_file_close(fresh[1]), 0);
        }
        return 0;
}

/* The program ends while everything is under way. */
static async int forever(mori_file listener, mori_file reader, mori_file writer)
{
        scope {
                char text[64];

                ignore(start(accept_one, listener));
                ignore(start(read_into, reader, (void *)text, sizeof text));
                ignore(start(write_from, writer, (const void *)shared_bytes(), (size_t)1 << 22));
                ignore(start(wait_ready, reader, POLLOUT | POLLIN));
                EXPECT(await mori_sleep(MORI_S(1000)) <= 0);
        }
        return 0;
}

PROGRAM(the_end_closes_all)
{
        for (unsigned i = 0; i < 10; i++) {
                mori_file listener, one, other;

                EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &listener), 0);
                await connected("127.0.0.1:0", &one, &other);
                ignore(start(forever, listener, one, one));
                ignore(start(forever, listener, other, other));
        }
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        mori_exit(0);
        return 1;
}

IO_MAIN("io/close", TEST(while_others_read), TEST(while_others_write), TEST(while_others_accept),
        TEST(while_others_poll), TEST(by_several_at_once), TEST(and_the_number_is_used_again),
        TEST(the_end_closes_all))
