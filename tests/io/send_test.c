/* SPDX-License-Identifier: MIT */
/*
 * Sends with flags: what arrives, how many segments it takes, and what becomes of a send without a
 * copy whose bytes nobody takes.
 */
#include "io.h"

#include <mori/send.h>

#include <linux/tcp.h>
#include <netinet/in.h>

#define BIG (1u << 20)

/* Two buffers of BIG: what is sent, and what came. */
HELPER char *big(int which)
{
        return (char *)shared_bytes() + (size_t)which * BIG;
}

static async int reads_all(mori_file file, size_t bytes)
{
        attempt(await mori_file_read_exact(file, big(1), bytes));
        verify(big(1), 0, bytes);
        return 0;
}

static async void sends_over(mori_file from, mori_file to, unsigned flags)
{
        static const size_t lengths[] = {1, 100, MORI_ZERO_COPY_BYTES - 1, MORI_ZERO_COPY_BYTES,
                                         300000};
        struct iovec pieces[4];
        Async(int) reading;

        for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
                size_t length = lengths[i];

                /* what is kept back is sent by the next one; the last one keeps nothing */
                scope {
                        reading = start(reads_all, to, length);
                        EXPECT_EQ(await mori_socket_send(from, big(0), length - 1, flags),
                                  length - 1);
                        EXPECT_EQ(await mori_socket_send(from, big(0) + length - 1, 1,
                                                         flags & ~(unsigned)MORI_SEND_MORE),
                                  1);
                        EXPECT_EQ(await join(reading), 0);
                        reading = start(reads_all, to, length);
                        pieces[0] = (struct iovec){big(0), 0};
                        pieces[1] = (struct iovec){big(0), length / 3};
                        pieces[2] = (struct iovec){NULL, 0};
                        pieces[3] = (struct iovec){big(0) + length / 3, length - length / 3};
                        EXPECT_EQ(await mori_socket_sendv(from, pieces, 4,
                                                          flags & ~(unsigned)MORI_SEND_MORE),
                                  length);
                        EXPECT_EQ(await join(reading), 0);
                }
        }
        EXPECT_EQ(await mori_socket_send(from, big(0), 0, flags), 0);
        EXPECT_EQ(await mori_file_close(from), 0);
        EXPECT_EQ(await mori_file_read(to, big(1), 1), 0);
        EXPECT_EQ(await mori_file_close(to), 0);
}

PROGRAM(all_of_it_arrives)
{
        mori_file from, to;

        fill(big(0), 0, BIG);
        for (unsigned flags = 0; flags < 4; flags++) {
                await connected("127.0.0.1:0", &from, &to);
                await sends_over(from, to, flags);
                await connected("unix:@send", &from, &to);
                await sends_over(from, to, flags);
        }
        return 0;
}

PROGRAM(wrong_arguments)
{
        mori_file from, to, pipe[2], datagrams;
        struct iovec pieces[65] = {{big(0), 0}};

        EXPECT_EQ(await mori_socket_send(MORI_NO_FILE, "x", 1, 0), -EBADF);
        EXPECT_EQ(await mori_socket_sendv(MORI_NO_FILE, pieces, 1, 0), -EBADF);
        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_socket_send(pipe[1], "x", 1, 0), -ENOTSOCK);
        EXPECT_EQ(await mori_socket_send(pipe[1], big(0), BIG, MORI_SEND_ZERO_COPY), -ENOTSOCK);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        EXPECT_EQ(mori_datagram_bind("127.0.0.1:0", 0, &datagrams), 0);
        EXPECT_EQ(await mori_socket_send(datagrams, "x", 1, 0), -EOPNOTSUPP);
        EXPECT_EQ(await mori_file_close(datagrams), 0);
        await connected("127.0.0.1:0", &from, &to);
        EXPECT_EQ(await mori_socket_send(from, "x", 1, 4), -EINVAL);
        EXPECT_EQ(await mori_socket_send(from, "x", 1, ~0u), -EINVAL);
        EXPECT_EQ(await mori_socket_sendv(from, pieces, 0, 0), -EINVAL);
        EXPECT_EQ(await mori_socket_sendv(from, pieces, 65, 0), -EINVAL);
        EXPECT_EQ(await mori_socket_sendv(from, NULL, 1, 0), -EFAULT);
        pieces[1].iov_len = (size_t)1 << 30;
        pieces[2].iov_len = 1;
        EXPECT_EQ(await mori_socket_sendv(from, pieces, 3, 0), -EINVAL);
        pieces[1].iov_len = SIZE_MAX;
        EXPECT_EQ(await mori_socket_sendv(from, pieces, 3, 0), -EINVAL);
        EXPECT_EQ(await mori_file_close(from), 0);
        EXPECT_EQ(await mori_socket_send(from, "x", 1, MORI_SEND_MORE), -EBADF);
        EXPECT_EQ(await mori_file_close(to), 0);
        return 0;
}

/* ---- What becomes of them */

static async int drains(mori_file file)
{
        int64_t got;

        while ((got = await mori_file_read(file, big(1), BIG)) > 0)
                ;
        return (int)got;
}

PROGRAM(they_are_counted)
{
        mori_zero_copy counts;
        mori_file from, to;

        await connected("127.0.0.1:0", &from, &to);
        mori_zero_copy_counts(&counts);
        EXPECT(counts.lent == 0 && counts.copied == 0 && counts.declined == 0);
        scope {
                Async(int) draining = start(drains, to);

                EXPECT_EQ(await mori_socket_send(from, big(0), 100, MORI_SEND_ZERO_COPY), 100);
                EXPECT_EQ(await mori_socket_send(from, big(0), BIG, 0), BIG);
                mori_zero_copy_counts(&counts);
                EXPECT(counts.lent == 0 && counts.copied == 0 && counts.declined == 1);
                EXPECT_EQ(await mori_socket_send(from, big(0), BIG, MORI_SEND_ZERO_COPY), BIG);
                mori_zero_copy_counts(&counts);
                EXPECT_EQ(counts.lent + counts.copied, 1);
                EXPECT(simulated() || counts.copied == 1); /* to the same machine */
                for (unsigned i = 0; i < 64; i++)
                        EXPECT_EQ(await mori_socket_send(from, big(0), MORI_ZERO_COPY_BYTES,
                                                         MORI_SEND_ZERO_COPY),
                                  MORI_ZERO_COPY_BYTES);
                mori_zero_copy_counts(&counts);
                EXPECT_EQ(counts.lent + counts.copied + counts.declined, 66);
                if (!simulated())
                        EXPECT(counts.copied == 2 && counts.declined == 64);
                EXPECT_EQ(await mori_file_close(from), 0);
                EXPECT_EQ(await join(draining), 0);
        }
        return await mori_file_close(to);
}

/* ---- Segments */

/* Segments with data that a connection has sent so far. */
HELPER long segments(mori_file file)
{
        struct tcp_info info = {0};
        socklen_t length = sizeof info;

        ck_assert_int_eq(getsockopt(mori_file_descriptor(file), IPPROTO_TCP, TCP_INFO, &info,
                                    &length),
                         0);
        return (long)info.tcpi_data_segs_out;
}

enum tail { TAIL_SEND, TAIL_WRITE, TAIL_FILE };

/* A head of 100 bytes and 500 behind it: how many segments that was. */
static async long head_and_tail(mori_file from, mori_file to, mori_file file, unsigned flags,
                                enum tail tail)
{
        long before = segments(from);

        EXPECT_EQ(await mori_socket_send(from, big(0), 100, flags), 100);
        if (tail == TAIL_SEND)
                EXPECT_EQ(await mori_socket_send(from, big(0) + 100, 500, 0), 500);
        else if (tail == TAIL_WRITE)
                EXPECT_EQ(await mori_file_write(from, big(0) + 100, 500), 500);
        else
                EXPECT_EQ(await mori_sendfile(from, file, 100, 500), 500);
        EXPECT_EQ(await reads_all(to, 600), 0);
        return segments(from) - before;
}

/*
 * On a busy machine what was kept back may be sent before the rest comes, so the best of some
 * rounds counts; and the worst, where nothing is kept back.
 */
PROGRAM(a_head_shares_the_segment)
{
        mori_file from, to, file;

        if (simulated())
                return 0; /* it has bytes, and no segments */
        fill(big(0), 0, 1000);
        make_file("file", big(0), 1000);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "file", O_RDONLY, 0, &file), 0);
        await connected("127.0.0.1:0", &from, &to);
        for (enum tail tail = TAIL_SEND; tail <= TAIL_FILE; tail++) {
                long together = 9, apart = 0, count;

                for (int i = 0; i < 20 && (together > 1 || apart < 2); i++) {
                        count = await head_and_tail(from, to, file, MORI_SEND_MORE, tail);
                        together = count < together ? count : together;
                        count = await head_and_tail(from, to, file, 0, tail);
                        apart = count > apart ? count : apart;
                }
                EXPECT_EQ(together, 1);
                EXPECT_EQ(apart, 2);
        }
        EXPECT_EQ(await mori_file_close(file), 0);
        EXPECT_EQ(await mori_file_close(from), 0);
        return await mori_file_close(to);
}

/* What is kept back and not followed goes out by itself. */
PROGRAM(what_is_kept_back_is_not_lost)
{
        mori_file from, to;

        fill(big(0), 0, 100);
        await connected("127.0.0.1:0", &from, &to);
        EXPECT_EQ(await mori_socket_send(from, big(0), 100, MORI_SEND_MORE), 100);
        EXPECT_EQ(await reads_all(to, 100), 0);
        EXPECT_EQ(await mori_socket_send(from, big(0), 100, MORI_SEND_MORE), 100);
        EXPECT_EQ(await mori_file_close(from), 0);
        EXPECT_EQ(await reads_all(to, 100), 0);
        return await mori_file_close(to);
}

/* ---- Nobody takes the bytes */

static async int64_t lends(mori_file file, size_t bytes)
{
        return await mori_socket_send(file, big(0), bytes, MORI_SEND_ZERO_COPY);
}

/* A connection whose reader does not read: of what is sent most stays with the sender's kernel. */
static async void connected_narrow(mori_file *ret_from, mori_file *ret_to)
{
        await connected("127.0.0.1:0", ret_from, ret_to);
        if (!simulated()) {
                EXPECT_EQ(mori_socket_option(*ret_from, SOL_SOCKET, SO_SNDBUF, 2 * BIG), 0);
                EXPECT_EQ(mori_socket_option(*ret_to, SOL_SOCKET, SO_RCVBUF, 16384), 0);
        }
}

/* What came of a send of `bytes` that was ended: all of it was taken, some, or none. */
HELPER bool is_an_end(int64_t result, int64_t bytes, int error)
{
        return (result > 0 && result <= bytes) || result == error || result == -ECONNRESET ||
               result == -EPIPE || result == -ENOTCONN;
}

/* The peer has, of what was sent, the beginning; the rest was never the new bytes. */
static async void expect_beginning(mori_file to)
{
        uint64_t place = 0;
        int64_t got;

        while ((got = await mori_file_read(to, big(1), BIG)) > 0) {
                verify(big(1), place, (size_t)got);
                place += (uint64_t)got;
        }
        EXPECT(got == 0 || got == -ECONNRESET);
        EXPECT_EQ(await mori_file_close(to), 0);
}

PROGRAM(a_deadline_reaches_it)
{
        static const size_t lengths[] = {BIG / 2, BIG};

        for (unsigned i = 0; i < 2; i++) {
                int64_t result = 0;
                mori_file from, to;

                await connected_narrow(&from, &to);
                fill(big(0), 0, BIG);
                within(MORI_MS(20)) {
                        result = await lends(from, lengths[i]);
                }
                EXPECT(is_an_end(result, (int64_t)lengths[i], -ETIMEDOUT));
                fill(big(0), 12345, BIG); /* they are ours again */
                EXPECT_EQ(await mori_file_close(from), 0);
                await expect_beginning(to);
        }
        return 0;
}

PROGRAM(a_close_reaches_it)
{
        for (unsigned settle = 0; settle < 2; settle++) {
                mori_file from, to;
                int64_t result;

                await connected_narrow(&from, &to);
                fill(big(0), 0, BIG);
                scope {
                        Async(int64_t) lending = start(lends, from, BIG / 2);

                        if (settle)
                                EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
                        EXPECT_EQ(await mori_file_close(from), 0);
                        result = await join(lending);
                        EXPECT(is_an_end(result, BIG / 2, -EBADF));
                }
                fill(big(0), 12345, BIG);
                await expect_beginning(to);
        }
        return 0;
}

/* The whole process is abandoned meanwhile: its memory stays until the kernel has done with it. */
static MORI_ASYNC int abandoned_program(UNUSED int argc, UNUSED char **argv)
{
        mori_file from, to;

        await connected_narrow(&from, &to);
        ignore(start(lends, from, BIG / 2));
        ignore(start(lends, from, BIG));
        EXPECT_EQ(await mori_sleep(MORI_MS(5)), 0);
        mori_exit(3);
}

START_TEST(the_end_of_the_process_reaches_it)
{
        io_case(abandoned_program, 3);
}
END_TEST

/* Several are under way at a time, and arrive in the order in which they were begun. */
static async int64_t lends_piece(mori_file file, size_t place, size_t bytes)
{
        return await mori_socket_send(file, big(0) + place, bytes, MORI_SEND_ZERO_COPY);
}

PROGRAM(several_under_way)
{
        enum { PIECES = 8, BYTES = BIG / PIECES };
        Async(int64_t) pieces[PIECES];
        mori_file from, to;

        fill(big(0), 0, BIG);
        await connected("127.0.0.1:0", &from, &to);
        scope {
                Async(int) reading;

                for (size_t i = 0; i < PIECES; i++)
                        pieces[i] = start(lends_piece, from, i * BYTES, (size_t)BYTES);
                reading = start(reads_all, to, BIG);
                for (size_t i = 0; i < PIECES; i++)
                        EXPECT_EQ(await join(pieces[i]), BYTES);
                EXPECT_EQ(await join(reading), 0);
        }
        EXPECT_EQ(await mori_file_close(from), 0);
        return await mori_file_close(to);
}

IO_MAIN("io/send", TEST(all_of_it_arrives), TEST(wrong_arguments), TEST(they_are_counted),
        TEST(a_head_shares_the_segment), TEST(what_is_kept_back_is_not_lost),
        TEST(a_deadline_reaches_it), TEST(a_close_reaches_it),
        TEST(the_end_of_the_process_reaches_it), TEST(several_under_way))
