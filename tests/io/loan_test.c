/* SPDX-License-Identifier: MIT */
/*
 * Reads on loan: the engine's buffers are shared by all connections, and every one of them can be
 * in the program's hands.
 */
#include "io.h"

#define LOANS 6000 /* more than the engine has buffers */

PROGRAM(a_loan_outlives_its_socket)
{
        mori_file one, other;
        mori_loan loan, none = {0};

        mori_loan_return(&none);
        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(await mori_file_write(one, "on loan", 7), 7);
        EXPECT_EQ(await mori_socket_borrow(other, &loan), 7);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT(loan.bytes == 7 && memcmp(loan.data, "on loan", 7) == 0);
        mori_loan_return(&loan);
        EXPECT(loan.held == NULL);
        mori_loan_return(&loan); /* nothing happens */
        return 0;
}

PROGRAM(loans_and_reads_in_turn)
{
        mori_file one, other;
        mori_loan loan;
        char text[8];

        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(await mori_file_write(one, "abcdef", 6), 6);
        EXPECT_EQ(await mori_file_read(other, text, 2), 2);
        EXPECT_EQ(await mori_socket_borrow(other, &loan), 4);
        EXPECT(memcmp(loan.data, "cdef", 4) == 0);
        EXPECT_EQ(await mori_file_write(one, "gh", 2), 2);
        EXPECT_EQ(await mori_file_read(other, text, 8), 2);
        EXPECT(memcmp(text, "gh", 2) == 0 && memcmp(loan.data, "cdef", 4) == 0);
        mori_loan_return(&loan);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_socket_borrow(other, &loan), 0);
        return await mori_file_close(other);
}

HELPER mori_loan *loans(void)
{
        return shared_bytes();
}

HELPER long *borrowed(void)
{
        return shared(0);
}

/* Borrows one message after the other and keeps all. */
static async int keep_all(mori_file file)
{
        for (;;) {
                int64_t count;

                if (*borrowed() == LOANS)
                        return 0;
                count = await mori_socket_borrow(file, &loans()[*borrowed()]);
                if (count <= 0)
                        return (int)count;
                ++*borrowed();
        }
}

static async int feed(mori_file file)
{
        char byte = 'x';

        for (;;) {
                attempt(await mori_file_write_all(file, &byte, 1));
                attempt(await mori_sleep(MORI_US(1)));
        }
}

static async int64_t borrow_and_return(mori_file file)
{
        mori_loan loan;
        int64_t count = await mori_socket_borrow(file, &loan);

        if (count > 0) {
                attempt(await mori_yield());
                mori_loan_return(&loan);
        }
        return count;
}

/* Takes every buffer that the engine has; whoever feeds is stopped then. */
static async void starve(mori_file one, mori_file other)
{
        long before = -1;

        scope {
                Async(int) feeding = start(feed, one), keeping = start(keep_all, other);

                while (*borrowed() != before) {
                        before = *borrowed();
                        EXPECT_EQ(await mori_sleep(MORI_MS(30)), 0);
                }
                cancel(feeding);
                cancel(keeping);
                (void)await join(feeding);
                (void)await join(keeping);
        }
        EXPECT(*borrowed() > 0 && *borrowed() < LOANS);
}

/* Every buffer is out: reads with a buffer go on, loans wait until one is returned. */
PROGRAM(every_buffer_is_out)
{
        mori_file one, other, first[3], second[3];
        Async(int64_t) waiting[3];
        char text[8];

        await connected("unix:@all", &one, &other);
        await starve(one, other);
        for (unsigned i = 0; i < 3; i++) {
                await connected("unix:@starved", &first[i], &second[i]);
                EXPECT_EQ(await mori_file_write(first[i], "hello", 5), 5);
                EXPECT_EQ(await mori_file_read(second[i], text, 2), 2); /* without a buffer */
                waiting[i] = start(borrow_and_return, second[i]);
        }
        EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
        for (unsigned i = 0; i < 3; i++)
                EXPECT(!mori_done(MORI_ACTIVITY(waiting[i])));
        /* The first who waits gives up: the others are served all the same. */
        cancel(waiting[0]);
        EXPECT_EQ(await join(waiting[0]), -ECANCELED);
        mori_loan_return(&loans()[0]);
        EXPECT_EQ(await join(waiting[1]), 3);
        EXPECT_EQ(await join(waiting[2]), 3);
        EXPECT_EQ(await mori_file_read(second[0], text, 8), 3);
        for (unsigned i = 0; i < 3; i++) {
                EXPECT_EQ(await mori_file_close(first[i]), 0);
                EXPECT_EQ(await mori_file_close(second[i]), 0);
        }
        for (long i = 1; i < *borrowed(); i++)
                mori_loan_return(&loans()[i]);
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

/* One that waits for a buffer is closed, and the program ends with all of them out. */
PROGRAM(the_end_comes_with_loans_out)
{
        mori_file one, other, first[3], second[3];
        Async(int64_t) waiting[3];

        await connected("unix:@out", &one, &other);
        await starve(one, other);
        for (unsigned i = 0; i < 3; i++) {
                await connected("unix:@outer", &first[i], &second[i]);
                EXPECT_EQ(await mori_file_write(first[i], "hello", 5), 5);
                waiting[i] = start(borrow_and_return, second[i]);
        }
        EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
        EXPECT_EQ(await mori_file_close(second[1]), 0);
        EXPECT_EQ(await join(waiting[1]), -EBADF);
        ignore(waiting[0]);
        ignore(waiting[2]);
        mori_exit(0);
        return 1;
}

/* Many wait for few buffers at once: all are served, though completions overtake one another. */
static async int borrow_often(mori_file file, unsigned times)
{
        for (unsigned i = 0; i < times; i++) {
                int64_t count = await borrow_and_return(file);

                if (count <= 0)
                        return count < 0 ? (int)count : -ENODATA;
        }
        return await mori_file_close(file); /* what it has not read holds buffers no longer */
}

static async int write_often(mori_file file, unsigned times)
{
        for (unsigned i = 0; i < times; i++) {
                int result = await mori_file_write_all(file, "12345678", 8);

                if (result < 0) /* the reader has had enough */
                        return result == -EPIPE || result == -ECONNRESET ? 0 : result;
                attempt(await mori_sleep(MORI_US(50)));
        }
        return 0;
}

PROGRAM(many_starve)
{
        mori_file one, other, first[40], second[40];
        unsigned keep = 2; /* buffers that are left */

        await connected("unix:@most", &one, &other);
        await starve(one, other);
        for (unsigned i = 0; i < keep; i++)
                mori_loan_return(&loans()[i]);
        scope {
                Async(int) borrowing[40], writing[40];

                for (unsigned i = 0; i < 40; i++) {
                        await connected("unix:@many", &first[i], &second[i]);
                        writing[i] = start(write_often, first[i], 30u);
                        borrowing[i] = start(borrow_often, second[i], 5u);
                }
                for (unsigned i = 0; i < 40; i++) {
                        EXPECT_EQ(await join(borrowing[i]), 0);
                        EXPECT_EQ(await join(writing[i]), 0);
                        EXPECT_EQ(await mori_file_close(first[i]), 0);
                }
        }
        return 0;
}

IO_MAIN("io/loan", TEST(a_loan_outlives_its_socket), TEST(loans_and_reads_in_turn),
        TEST(every_buffer_is_out), TEST(the_end_comes_with_loans_out), TEST(many_starve))
