/* SPDX-License-Identifier: MIT */
/* Sockets: addresses, connections of every kind, their ends, and many bytes both ways at once. */
#include "io.h"

#include "support/forbid.h"

#include <mori/select.h>

#include <netinet/in.h>
#include <poll.h>

PROGRAM(addresses_that_are_none)
{
        static const char *const wrong[] = {
                "",
                ":",
                ":80",
                "80",
                "127.0.0.1",
                "127.0.0.1:",
                "127.0.0.1:x",
                "127.0.0.1:80x",
                "127.0.0.1:-1",
                "127.0.0.1:+1",
                "127.0.0.1: 1",
                "127.0.0.1:65536",
                "127.0.0.1:99999999999999999999999",
                "127.0.0.1:1 ",
                " 127.0.0.1:1",
                "127.0.0:1",
                "1.2.3.4.5:1",
                "256.0.0.1:1",
                "127.0.0.1:0x50",
                "::1:80",
                "[::1]",
                "[::1]:",
                "[::1:80",
                "::1]:80",
                "[]:80",
                "[:80",
                "]:80",
                "[127.0.0.1]:80",
                "[::g]:80",
                "[::1]x:80",
                "[::1%lo]:80",
                "**:80",
                "*",
                "*:",
                "*:65536",
                "*80",
                "unix:",
                "unix",
                "UNIX:/x",
                "\xff\xfe:80",
                "%s%n:80",
                "127.0.0.1:80:80",
        };
        char text[4096];
        mori_file file = {9};

        for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                EXPECT_EQ(mori_socket_listen(wrong[i], 0, &file), -EINVAL);
                EXPECT_EQ(await mori_socket_connect(wrong[i], &file), -EINVAL);
        }
        memset(text, '1', sizeof text);
        text[sizeof text - 1] = '\0';
        EXPECT_EQ(mori_socket_listen(text, 0, &file), -EINVAL);
        memcpy(text + sizeof text - 4, ":80", 4);
        EXPECT_EQ(mori_socket_listen(text, 0, &file), -EINVAL);
        memcpy(text, "unix:", 5);
        EXPECT_EQ(mori_socket_listen(text, 0, &file), -EINVAL);
        text[5 + 108] = '\0'; /* one byte more than a Unix path can have */
        EXPECT_EQ(await mori_socket_connect(text, &file), -EINVAL);
        text[5 + 107] = '\0';
        EXPECT_EQ(await mori_socket_connect(text, &file), -ENOENT);
        EXPECT_EQ(file.word, 9);
        return 0;
}

PROGRAM(addresses_as_text)
{
        static const char *const address[] = {"127.0.0.1:0", "[::1]:0", "*:0"};
        mori_file listener, one, other;
        char text[128], again[128], small[8];

        for (unsigned i = 0; i < 3; i++) {
                int error = mori_socket_listen(address[i], 5, &listener);

                if (i > 0 && (error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL))
                        continue; /* a machine without IPv6 */
                EXPECT_EQ(error, 0);
                EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
                EXPECT(strrchr(text, ':') != NULL && strcmp(strrchr(text, ':'), ":0") != 0);
                EXPECT(mori_socket_address(listener, 1, again, sizeof again) < 0);
                EXPECT_EQ(await mori_file_close(listener), 0);
        }
        EXPECT_EQ(mori_socket_address(MORI_NO_FILE, 0, text, sizeof text), -EBADF);
        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(mori_socket_address(one, 0, text, sizeof text), 0);
        EXPECT_EQ(mori_socket_address(other, 1, again, sizeof again), 0);
        EXPECT(strcmp(text, again) == 0);
        EXPECT_EQ(mori_socket_address(one, 0, small, sizeof small), 0);
        EXPECT(strlen(small) == 7 && memcmp(small, text, 7) == 0);
        EXPECT_EQ(mori_socket_address(one, 0, small, 1), 0);
        EXPECT(small[0] == '\0');
        EXPECT_EQ(mori_socket_address(one, 0, small, 0), -EINVAL);
        EXPECT_EQ(mori_socket_option(one, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
        EXPECT(mori_socket_option(one, 12345, 6789, 1) < 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

PROGRAM(one_listener_to_an_address)
{
        mori_file listener, second, file;
        char text[64];

        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &listener), 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        EXPECT_EQ(mori_socket_listen(text, 0, &second), -EADDRINUSE);
        EXPECT_EQ(mori_socket_listen("unix:here", 0, &second), 0);
        EXPECT_EQ(mori_socket_listen("unix:here", 0, &file), -EADDRINUSE);
        EXPECT_EQ(await mori_file_close(second), 0);
        EXPECT_EQ(mori_socket_listen("unix:here", 0, &file), -EADDRINUSE);
        EXPECT_EQ(await mori_socket_connect("unix:here", &file), -ECONNREFUSED);
        remove_path("here");
        EXPECT_EQ(await mori_socket_connect("unix:here", &file), -ENOENT);
        EXPECT_EQ(mori_socket_listen("unix:no/such/folder", 0, &file), -ENOENT);
        EXPECT_EQ(mori_socket_listen(own_name("unix:@name"), 0, &second), 0);
        EXPECT_EQ(mori_socket_listen(own_name("unix:@name"), 0, &file), -EADDRINUSE);
        EXPECT_EQ(await mori_file_close(second), 0);
        EXPECT_EQ(await mori_socket_connect(own_name("unix:@name"), &file), -ECONNREFUSED);
        EXPECT_EQ(mori_socket_listen(own_name("unix:@name"), 0, &second), 0);
        EXPECT_EQ(await mori_file_close(second), 0);
        EXPECT_EQ(await mori_file_close(listener), 0);
        EXPECT_EQ(await mori_socket_connect(text, &file), -ECONNREFUSED);
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

static async void talk(const char *address)
{
        mori_file one, other;
        char text[16];
        struct stat st;

        await connected(address, &one, &other);
        EXPECT_EQ(await mori_file_stat(one, "", 0, &st), 0);
        EXPECT(S_ISSOCK(st.st_mode));
        EXPECT_EQ(await mori_file_write(one, "question", 8), 8);
        EXPECT_EQ(await mori_file_read_exact(other, text, 8), 0);
        EXPECT(memcmp(text, "question", 8) == 0);
        EXPECT_EQ(await mori_socket_shutdown(one, SHUT_WR), 0);
        EXPECT_EQ(await mori_file_read(other, text, 16), 0);
        EXPECT_EQ(await mori_file_read(other, text, 16), 0); /* and again */
        EXPECT_EQ(await mori_file_write(one, "x", 1), -EPIPE);
        EXPECT_EQ(await mori_file_write(other, "answer", 6), 6); /* half is open still */
        EXPECT_EQ(await mori_file_read_exact(one, text, 6), 0);
        EXPECT(memcmp(text, "answer", 6) == 0);
        EXPECT_EQ(await mori_socket_shutdown(other, 77), -EINVAL);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_file_read(one, text, 1), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
}

PROGRAM(tcp_and_unix)
{
        await talk("127.0.0.1:0");
        await talk("unix:@talk");
        await talk("unix:talk");
        return 0;
}

PROGRAM(what_a_socket_is_not)
{
        mori_file one, other, file, pipe[2];
        mori_loan loan;
        char text[8];

        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(await mori_file_read_at(one, text, 1, 0), -ESPIPE);
        EXPECT_EQ(await mori_file_write_at(one, text, 1, 0), -ESPIPE);
        EXPECT(await mori_socket_accept(one, &file) == -EINVAL);
        make_file("plain", "x", 1);
        EXPECT_EQ(await mori_file_open(MORI_NO_FILE, "plain", O_RDWR, 0, &file), 0);
        EXPECT_EQ(await mori_socket_accept(file, &other), -ENOTSOCK);
        EXPECT_EQ(await mori_socket_shutdown(file, SHUT_RD), -ENOTSOCK);
        EXPECT_EQ(mori_socket_address(file, 0, text, sizeof text), -ENOTSOCK);
        EXPECT_EQ(mori_socket_option(file, SOL_SOCKET, SO_KEEPALIVE, 1), -ENOTSOCK);
        EXPECT_EQ(await mori_socket_borrow(file, &loan), -ENOTSOCK);
        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_socket_borrow(pipe[0], &loan), -ENOTSOCK);
        return 0;
}

/* Unread bytes at a close reset the connection: the peer learns it, and gets no signal. */
PROGRAM(a_peer_that_resets)
{
        mori_file one, other;
        char text[8];
        int64_t result;

        for (unsigned i = 0; i < 20; i++) {
                await connected("127.0.0.1:0", &one, &other);
                EXPECT_EQ(await mori_file_write(one, "unread", 6), 6);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_file_close(other), 0);
                do
                        result = await mori_file_read(one, text, sizeof text);
                while (result > 0);
                EXPECT_EQ(result, -ECONNRESET);
                do
                        result = await mori_file_write(one, "x", 1);
                while (result > 0);
                EXPECT(result == -EPIPE || result == -ECONNRESET);
                EXPECT_EQ(await mori_file_close(one), 0);
        }
        return 0;
}

PROGRAM(one_reader_at_a_time)
{
        mori_file one, other;
        char text[8];
        mori_loan loan;
        Async(int64_t) reading;

        await connected("127.0.0.1:0", &one, &other);
        reading = start(read_into, one, (void *)text, sizeof text);
        EXPECT_EQ(await mori_file_read(one, text, 1), -EBUSY);
        EXPECT_EQ(await mori_socket_borrow(one, &loan), -EBUSY);
        EXPECT_EQ(await mori_file_write(other, "abc", 3), 3);
        EXPECT_EQ(await join(reading), 3);
        EXPECT_EQ(await mori_file_write(other, "def", 3), 3);
        EXPECT_EQ(await mori_file_read(one, text, sizeof text), 3);
        EXPECT_EQ(await mori_file_close(other), 0);
        return await mori_file_close(one);
}

PROGRAM(pieces_over_sockets)
{
        mori_file one, other;
        char text[3][4] = {{0}};
        struct iovec out[] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}};
        struct iovec in[] = {{NULL, 0}, {text[0], 4}, {text[1], 4}};

        await connected("unix:@pieces", &one, &other);
        EXPECT_EQ(await mori_file_writev(one, out, 3), 6);
        EXPECT_EQ(await mori_file_readv(other, in, 3), 4);
        EXPECT(memcmp(text[0], "abcd", 4) == 0);
        EXPECT_EQ(await mori_file_readv(other, in, 3), 2);
        EXPECT_EQ(await mori_file_readv(other, in, 0), -EINVAL);
        EXPECT_EQ(await mori_file_readv_at(other, in, 3, 0), -ESPIPE);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_readv(other, in, 3), 0);
        return await mori_file_close(other);
}

static async int pour(mori_file file, size_t bytes, size_t step)
{
        char part[4096];

        for (size_t at = 0; at < bytes;) {
                size_t now = bytes - at < step ? bytes - at : step;

                fill(part, at, now);
                attempt(await mori_file_write_all(file, part, now));
                at += now;
        }
        return await mori_socket_shutdown(file, SHUT_WR);
}

static async int drain(mori_file file, size_t bytes, size_t step)
{
        char part[4096];
        uint64_t at = 0;
        int64_t count;

        while ((count = await mori_file_read(file, part, step)) > 0) {
                verify(part, at, (size_t)count);
                at += (uint64_t)count;
        }
        attempt((int)count);
        EXPECT_EQ(at, bytes);
        return 0;
}

static async int drain_loans(mori_file file, size_t bytes)
{
        uint64_t at = 0;
        int64_t count;
        mori_loan loan;

        while ((count = await mori_socket_borrow(file, &loan)) > 0) {
                EXPECT_EQ(count, loan.bytes);
                if (at % 3 == 0)
                        EXPECT_EQ(await mori_yield(), 0);
                verify(loan.data, at, (size_t)count);
                at += (uint64_t)count;
                mori_loan_return(&loan);
                EXPECT(loan.held == NULL && loan.bytes == 0);
        }
        attempt((int)count);
        EXPECT_EQ(at, bytes);
        return 0;
}

/* Megabytes in both directions at once through small buffers. */
PROGRAM(megabytes_both_ways)
{
        static const char *const address[] = {"127.0.0.1:0", "unix:@both"};
        const size_t bytes = 1500001;

        for (unsigned i = 0; i < 4; i++) {
                mori_file one, other;

                await connected(address[i % 2], &one, &other);
                EXPECT_EQ(mori_socket_option(one, SOL_SOCKET, SO_SNDBUF, 4096), 0);
                EXPECT_EQ(mori_socket_option(other, SOL_SOCKET, SO_SNDBUF, 4096), 0);
                /* below that, TCP itself falls into waiting for its timers */
                EXPECT_EQ(mori_socket_option(one, SOL_SOCKET, SO_RCVBUF, 40000), 0);
                EXPECT_EQ(mori_socket_option(other, SOL_SOCKET, SO_RCVBUF, 40000), 0);
                scope {
                        Async(int) work[4];

                        work[0] = start(pour, one, bytes, (size_t)4000);
                        work[1] = start(pour, other, bytes, (size_t)1777);
                        work[2] = start(drain, one, bytes, i < 2 ? (size_t)4096 : (size_t)333);
                        work[3] = i < 2 ? start(drain, other, bytes, (size_t)4000)
                                        : start(drain_loans, other, bytes);
                        for (unsigned k = 0; k < 4; k++)
                                EXPECT_EQ(await join(work[k]), 0);
                }
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await mori_file_close(other), 0);
        }
        return 0;
}

/* Writers of one socket are served in turn: their bytes do not mix. */
static async int shout(mori_file file, char letter)
{
        char *bytes = malloc(100000);
        int result;

        memset(bytes, letter, 100000);
        result = (int)await mori_file_write(file, bytes, 100000);
        free(bytes);
        return result;
}

PROGRAM(writers_in_turn)
{
        mori_file one, other;
        char part[1000], last = '\0';
        unsigned changes = 0;
        Async(int) shouting[5];

        await connected("127.0.0.1:0", &one, &other);
        for (unsigned i = 0; i < 5; i++)
                shouting[i] = start(shout, one, (char)('a' + i));
        for (unsigned i = 0; i < 500; i++) {
                EXPECT_EQ(await mori_file_read_exact(other, part, sizeof part), 0);
                for (unsigned k = 0; k < sizeof part; k++) {
                        changes += part[k] != last;
                        last = part[k];
                }
        }
        EXPECT_EQ(changes, 5);
        for (unsigned i = 0; i < 5; i++)
                EXPECT_EQ(await join(shouting[i]), 100000);
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

/* A poll of a socket knows of bytes that have come already, wherever they are. */
PROGRAM(ready_after_reads)
{
        for (unsigned i = 0; i < 6; i++) {
                mori_file one, other;
                char text[8];
                mori_case cases[2];

                await connected("unix:@ready", &one, &other);
                cases[0] = (mori_case)MORI_CASE_READY(other, POLLIN);
                cases[1] = (mori_case)MORI_CASE_AFTER(MORI_S(5));
                EXPECT_EQ(await mori_file_write(one, "abcd", 4), 4);
                EXPECT_EQ(await mori_file_read(other, text, i % 2 ? 4 : 2), i % 2 ? 4 : 2);
                if (i % 2)
                        EXPECT_EQ(await mori_file_write(one, "ef", 2), 2);
                if (i >= 2)
                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_select(cases, 2), 0);
                EXPECT_EQ(await mori_file_read(other, text, 8), 2);
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_select(cases, 2), 0); /* its end counts, too */
                EXPECT_EQ(await mori_file_read(other, text, 8), 0);
                EXPECT_EQ(await mori_file_close(other), 0);
        }
        EXPECT_EQ(operations_left(), 0);
        return 0;
}

static async int write_later(mori_file file)
{
        attempt(await mori_sleep(MORI_MS(2)));
        return await mori_file_write_all(file, "now", 3);
}

PROGRAM(ready_while_subscribed)
{
        mori_file one, other;
        char text[8];
        mori_case cases[2];

        await connected("127.0.0.1:0", &one, &other);
        cases[0] = (mori_case)MORI_CASE_READY(other, POLLIN);
        cases[1] = (mori_case)MORI_CASE_AFTER(MORI_S(5));
        EXPECT_EQ(await mori_file_write(one, "abcd", 4), 4);
        EXPECT_EQ(await mori_file_read(other, text, 8), 4);
        for (unsigned i = 0; i < 5; i++) {
                Async(int) writing = start(write_later, one);

                EXPECT_EQ(await mori_select(cases, 2), 0);
                EXPECT_EQ(await mori_file_read(other, text, 8), 3);
                EXPECT_EQ(await join(writing), 0);
        }
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

static async int ready_later(mori_file file, int events)
{
        return await mori_file_ready(file, events);
}

/* A peer that will send no more, told apart from bytes that have come. */
PROGRAM(ready_for_the_end)
{
        mori_file one, other;
        Async(int) waiting;

        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(await mori_file_write(one, "abc", 3), 3);
        waiting = start(ready_later, other, POLLRDHUP);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(await mori_socket_shutdown(one, SHUT_WR), 0);
        EXPECT_EQ(await join(waiting), POLLRDHUP);
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

/* What was read by subscription and not yet handed out comes first, whoever takes it. */
PROGRAM(splice_after_reads)
{
        mori_file one, other, pipe[2];
        char text[16];
        int64_t got = 0, count;

        await connected("127.0.0.1:0", &one, &other);
        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await mori_file_write(one, "0123456789", 10), 10);
        EXPECT_EQ(await mori_file_read_exact(other, text, 3), 0);
        EXPECT_EQ(await mori_file_write(one, "abcdef", 6), 6);
        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        while (got < 13) {
                count = await mori_splice(pipe[1], other, 5);
                EXPECT(count > 0 && count <= 5);
                EXPECT_EQ(await mori_file_read_exact(pipe[0], text + got, (size_t)count), 0);
                got += count;
        }
        EXPECT(memcmp(text, "3456789abcdef", 13) == 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_splice(pipe[1], other, 5), 0);
        return 0;
}

/* A thousand connections at once. */
static async int ping(mori_file file, unsigned number)
{
        unsigned answer;

        for (unsigned i = 0; i < 3; i++) {
                attempt(await mori_file_write_all(file, &number, sizeof number));
                attempt(await mori_file_read_exact(file, &answer, sizeof answer));
                EXPECT_EQ(answer, number + 1);
        }
        return await mori_file_close(file);
}

static async int pong(mori_file file)
{
        unsigned number;
        int result;

        while ((result = await mori_file_read_exact(file, &number, sizeof number)) == 0) {
                number++;
                attempt(await mori_file_write_all(file, &number, sizeof number));
        }
        attempt(await mori_file_close(file));
        return result == -ENODATA ? 0 : result;
}

static async int serve(mori_file listener, unsigned count)
{
        scope {
                for (unsigned i = 0; i < count; i++) {
                        mori_file file;

                        attempt(await mori_socket_accept(listener, &file));
                        ignore(start(pong, file));
                }
        }
        return 0;
}

HELPER unsigned connections_possible(void)
{
        struct rlimit limit;

        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        return limit.rlim_cur > 2100 ? 1000 : (unsigned)(limit.rlim_cur - 50) / 2;
}

/* As on a machine whose kernel has no IPv6. */
HELPER void forbid_ipv6(void)
{
        ck_assert_int_eq(forbid_call(SYS_socket, 0, AF_INET6, EAFNOSUPPORT), 0);
}

PROGRAM(every_address_without_ipv6)
{
        mori_file listener, one, other;
        char text[64], byte = 0;

        if (simulated())
                return 0;
        forbid_ipv6();
        EXPECT_EQ(mori_socket_listen("[::]:0", 0, &listener), -EAFNOSUPPORT);
        EXPECT_EQ(mori_socket_listen("*:0", 0, &listener), 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        EXPECT(strncmp(text, "0.0.0.0:", 8) == 0);
        EXPECT_EQ(await mori_socket_connect(text, &one), 0);
        EXPECT_EQ(await mori_socket_accept(listener, &other), 0);
        EXPECT_EQ(await mori_file_write(one, "x", 1), 1);
        EXPECT_EQ(await mori_file_read(other, &byte, 1), 1);
        EXPECT_EQ(byte, 'x');
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
        return await mori_file_close(listener);
}

PROGRAM(a_thousand_connections)
{
        unsigned count = connections_possible();
        mori_file listener;
        char text[64];

        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 4096, &listener), 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        scope {
                Async(int) serving = start(serve, listener, count);

                scope {
                        mori_file file;

                        for (unsigned i = 0; i < count; i++) {
                                EXPECT_EQ(await mori_socket_connect(text, &file), 0);
                                ignore(start(ping, file, i));
                        }
                }
                EXPECT_EQ(await join(serving), 0);
        }
        EXPECT_EQ(operations_left(), 0);
        return await mori_file_close(listener);
}

IO_MAIN("io/socket", TEST(addresses_that_are_none), TEST(addresses_as_text),
        TEST(one_listener_to_an_address), TEST(tcp_and_unix), TEST(what_a_socket_is_not),
        TEST(a_peer_that_resets), TEST(one_reader_at_a_time), TEST(pieces_over_sockets),
        TEST(megabytes_both_ways), TEST(writers_in_turn), TEST(ready_after_reads),
        TEST(ready_while_subscribed), TEST(ready_for_the_end), TEST(splice_after_reads),
        TEST(every_address_without_ipv6), TEST(a_thousand_connections))
