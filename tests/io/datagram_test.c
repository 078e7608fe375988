/* SPDX-License-Identifier: MIT */
/* Datagrams: who gets what from whom, ends that are lost, errors of the network, bounds. */
#include "io.h"

#include <mori/datagram.h>
#include <mori/scope.h>
#include <mori/select.h>
#include <mori/socket.h>

#include <poll.h>

/* A socket at a free port, and its address. */
static MORI_ASYNC void bound(const char *where, unsigned flags, mori_file *ret_socket,
                             mori_address *ret_address)
{
        char text[128];

        EXPECT_EQ(mori_datagram_bind(own_name(where), flags, ret_socket), 0);
        EXPECT_EQ(mori_socket_address(*ret_socket, 0, text, sizeof text), 0);
        EXPECT_EQ(mori_address_parse(text, ret_address), 0);
}

static MORI_ASYNC int64_t receive(mori_file socket, void *buffer, size_t bytes)
{
        return await mori_datagram_receive(socket, buffer, bytes, NULL);
}

PROGRAM(addresses_there_and_back)
{
        static const char *const good[] = {"127.0.0.1:80", "[::1]:80",     "0.0.0.0:0",
                                           "unix:@name",   "unix:/a/path", "[2001:db8::1]:65535"};
        mori_address one, other;
        char text[128];

        for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
                EXPECT_EQ(mori_address_parse(good[i], &one), 0);
                EXPECT_EQ(mori_address_format(&one, text, sizeof text), 0);
                EXPECT(strcmp(text, good[i]) == 0);
                EXPECT(mori_address_equal(&one, &one));
                EXPECT_EQ(mori_address_parse("127.0.0.2:80", &other), 0);
                EXPECT(!mori_address_equal(&one, &other));
                other.bytes = 0;
                EXPECT(!mori_address_equal(&one, &other));
        }
        EXPECT_EQ(mori_address_parse("*:53", &one), 0);
        EXPECT_EQ(mori_address_format(&one, text, sizeof text), 0);
        EXPECT(strcmp(text, "[::]:53") == 0);
        EXPECT_EQ(mori_address_parse("[fe80::1%3]:53", &one), 0);
        EXPECT_EQ(mori_address_format(&one, text, sizeof text), 0);
        EXPECT(strcmp(text, "[fe80::1%3]:53") == 0);
        EXPECT_EQ(mori_address_parse("[fe80::1%lo]:53", &one), 0);
        EXPECT_EQ(mori_address_parse("[fe80::1%no-such]:53", &one), -ENODEV);
        EXPECT_EQ(mori_address_parse("[fe80::1%3x]:53", &one), -EINVAL);
        EXPECT_EQ(mori_address_parse("[fe80::1%]:53", &one), -ENODEV);
        EXPECT_EQ(mori_address_format(&one, text, 0), -EINVAL);
        EXPECT_EQ(mori_address_format(&one, text, 3), 0);
        EXPECT(strcmp(text, "[f") == 0);
        memset(&one, 0, sizeof one);
        EXPECT_EQ(mori_address_format(&one, text, sizeof text), 0);
        EXPECT(strcmp(text, "unix:") == 0);
        return 0;
}

PROGRAM(who_sent_it)
{
        static const char *const where[] = {"127.0.0.1:0", "[::1]:0", "unix:@datagram"};
        mori_file one, other;
        mori_address first, second, from;
        char text[64];

        for (unsigned i = 0; i < 3; i++) {
                await bound(where[i], 0, &one, &first);
                await bound(i == 2 ? "unix:@other" : where[i], 0, &other, &second);
                EXPECT_EQ(await mori_datagram_send(one, "hello", 5, &second), 0);
                EXPECT_EQ(await mori_datagram_send(one, "", 0, &second), 0);
                EXPECT_EQ(await mori_datagram_receive(other, text, sizeof text, &from), 5);
                EXPECT(memcmp(text, "hello", 5) == 0);
                EXPECT(mori_address_equal(&from, &first));
                EXPECT_EQ(await mori_datagram_receive(other, text, sizeof text, &from), 0);
                EXPECT_EQ(await mori_datagram_send(other, "back", 4, &from), 0);
                EXPECT_EQ(await mori_datagram_receive(one, text, 4, &from), 4);
                EXPECT(mori_address_equal(&from, &second));
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await mori_file_close(other), 0);
        }
        return 0;
}

PROGRAM(an_end_that_is_lost)
{
        mori_file one, other;
        mori_address first, second;
        char text[16] = "..............", more[16];
        mori_datagram both[2] = {{.data = text, .room = 3}, {.data = more, .room = 16}};

        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        for (int i = 0; i < 3; i++)
                EXPECT_EQ(await mori_datagram_send(one, "hello", 5, &second), 0);
        EXPECT_EQ(await receive(other, text, 3), -EMSGSIZE);
        EXPECT(memcmp(text, "hel..", 5) == 0);
        for (int got = 0; got < 2;)
                got += await mori_datagram_receive_many(other, both + got, (unsigned)(2 - got));
        EXPECT(both[0].flags == MORI_DATAGRAM_IS_TRUNCATED && both[0].bytes == 3);
        EXPECT(both[1].flags == 0 && both[1].bytes == 5);
        EXPECT(mori_address_equal(&both[1].address, &first));
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

PROGRAM(peers)
{
        mori_file one, other, third;
        mori_address first, second, last;
        char text[16];

        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        await bound("127.0.0.1:0", 0, &third, &last);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, NULL), -EDESTADDRREQ);
        EXPECT_EQ(mori_datagram_connect(one, &second), 0);
        EXPECT_EQ(await mori_datagram_send(third, "no", 2, &first), 0); /* from somebody else */
        EXPECT_EQ(await mori_datagram_send(one, "hello", 5, NULL), 0);
        EXPECT_EQ(await receive(other, text, 16), 5);
        EXPECT_EQ(await mori_datagram_send(other, "yes", 3, &first), 0);
        EXPECT_EQ(await receive(one, text, 16), 3);
        EXPECT_EQ(mori_datagram_connect(one, &last), 0); /* another one */
        EXPECT_EQ(await mori_datagram_send(one, "four", 4, NULL), 0);
        EXPECT_EQ(await receive(third, text, 16), 4);
        EXPECT_EQ(mori_datagram_connect(one, NULL), 0);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, NULL), -EDESTADDRREQ);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await mori_file_close(third), 0);
        return await mori_file_close(other);
}

PROGRAM(many_at_once)
{
        enum { COUNT = MORI_DATAGRAMS_MAX };
        mori_file one, other;
        mori_address first, second;
        mori_datagram *out = calloc(COUNT, sizeof *out), *in = calloc(COUNT, sizeof *in);
        char *bytes = calloc(COUNT, 200), *room = calloc(COUNT, 200);
        unsigned seen = 0;

        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        for (unsigned i = 0; i < COUNT; i++) {
                fill(bytes + i * 200, i * 1000, 100 + i);
                out[i] = (mori_datagram){
                        .data = bytes + i * 200, .bytes = 100 + i, .address = second};
                in[i] = (mori_datagram){.data = room + i * 200, .room = 200};
        }
        EXPECT_EQ(await mori_datagram_send_many(one, out, COUNT), COUNT);
        while (seen < COUNT) {
                int count = await mori_datagram_receive_many(other, in, COUNT);

                EXPECT(count > 0 && seen + (unsigned)count <= COUNT);
                for (int i = 0; i < count; i++, seen++) {
                        EXPECT_EQ(in[i].bytes, 100 + seen);
                        EXPECT_EQ(in[i].flags, 0);
                        EXPECT(mori_address_equal(&in[i].address, &first));
                        verify(in[i].data, seen * 1000, in[i].bytes);
                }
        }
        /* What goes wrong in the middle: those before it are sent. */
        out[5].bytes = 100000;
        out[5].data = bytes;
        EXPECT_EQ(await mori_datagram_send_many(one, out + 3, 1), 1);
        EXPECT_EQ(await mori_file_close(one), 0);
        free(out);
        free(in);
        free(bytes);
        free(room);
        return await mori_file_close(other);
}

PROGRAM(too_long)
{
        mori_file one, other;
        mori_address first, second;
        char *bytes = calloc(1, 100000);
        mori_datagram three[3];

        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        EXPECT_EQ(await mori_datagram_send(one, bytes, 65508, &second), -EMSGSIZE);
        EXPECT_EQ(await mori_datagram_send(one, bytes, 65507, &second), 0);
        EXPECT_EQ(await receive(other, bytes, 100000), 65507);
        for (int i = 0; i < 3; i++)
                three[i] = (mori_datagram){
                        .data = bytes, .bytes = i == 1 ? 70000 : 10, .address = second};
        EXPECT_EQ(await mori_datagram_send_many(one, three, 3), 1);
        EXPECT_EQ(await mori_datagram_send_many(one, three + 1, 2), -EMSGSIZE);
        EXPECT_EQ(await mori_datagram_send_many(one, three + 2, 1), 1);
        EXPECT_EQ(await receive(other, bytes, 100), 10);
        EXPECT_EQ(await receive(other, bytes, 100), 10);
        EXPECT_EQ(await mori_file_close(one), 0);
        free(bytes);
        return await mori_file_close(other);
}

PROGRAM(wrong_arguments)
{
        static const char *const wrong[] = {"", "127.0.0.1", "localhost:53", "unix", "[::1]"};
        mori_file one, stream, again, pipe[2];
        mori_address first, address = {.bytes = 0}, monstrous = {.bytes = 5000};
        mori_datagram datagrams[65] = {{.data = NULL}};
        char text[16], name[64];
        uint64_t count;

        for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                EXPECT_EQ(mori_datagram_bind(wrong[i], 0, &one), -EINVAL);
        EXPECT_EQ(mori_datagram_bind("127.0.0.1:0", 32, &one), -EINVAL);
        EXPECT_EQ(mori_datagram_bind("127.0.0.1:0", MORI_DATAGRAM_IPV6_ONLY, &one), -EINVAL);
        EXPECT_EQ(mori_datagram_bind("unix:", MORI_DATAGRAM_SHARED, &one), -EINVAL);
        EXPECT_EQ(mori_datagram_bind("192.0.2.1:0", 0, &one), -EADDRNOTAVAIL);
        await bound("127.0.0.1:0", 0, &one, &first);
        EXPECT_EQ(mori_address_format(&first, name, sizeof name), 0);
        EXPECT_EQ(mori_datagram_bind(name, 0, &again), -EADDRINUSE);
        EXPECT_EQ(await mori_datagram_receive_many(one, datagrams, 0), -EINVAL);
        EXPECT_EQ(await mori_datagram_receive_many(one, datagrams, 65), -EINVAL);
        EXPECT_EQ(await mori_datagram_send_many(one, datagrams, 0), -EINVAL);
        EXPECT_EQ(await mori_datagram_send_many(one, datagrams, 65), -EINVAL);
        datagrams[0].segment_bytes = 65536;
        EXPECT_EQ(await mori_datagram_send_many(one, datagrams, 1), -EINVAL);
        datagrams[0] = (mori_datagram){.address = monstrous};
        EXPECT_EQ(await mori_datagram_send_many(one, datagrams, 1), -EINVAL);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, &monstrous), -EINVAL);
        EXPECT_EQ(mori_datagram_connect(one, &monstrous), -EINVAL);
        EXPECT_EQ(mori_datagram_connect(one, &address), -EINVAL);
        EXPECT_EQ(mori_address_parse("127.0.0.1:0", &address), 0);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, &address), -EINVAL); /* port 0 */
        EXPECT_EQ(await mori_datagram_send(one, NULL, 5, &first), -EFAULT);
        EXPECT_EQ(await mori_file_read(one, text, sizeof text), -EOPNOTSUPP);
        EXPECT_EQ(await mori_file_write(one, text, 1), -EOPNOTSUPP);

        EXPECT_EQ(await receive(MORI_NO_FILE, text, 1), -EBADF);
        EXPECT_EQ(await mori_datagram_send(MORI_NO_FILE, "x", 1, &first), -EBADF);
        EXPECT_EQ(mori_datagram_connect(MORI_NO_FILE, &first), -EBADF);
        EXPECT_EQ(mori_datagram_dropped(MORI_NO_FILE, &count), -EBADF);
        EXPECT_EQ(mori_datagram_join(MORI_NO_FILE, "224.0.0.1", NULL), -EBADF);
        EXPECT_EQ(mori_datagram_multicast(MORI_NO_FILE, NULL, 1, 1), -EBADF);
        EXPECT_EQ(mori_datagram_multicast(one, NULL, 256, 1), -EINVAL);
        EXPECT_EQ(mori_datagram_multicast(one, NULL, 1, 2), -EINVAL);
        EXPECT_EQ(mori_datagram_join(one, "no address", NULL), -EINVAL);
        EXPECT_EQ(mori_datagram_join(one, "224.0.0.1", "no-such"), -ENODEV);

        EXPECT_EQ(mori_socket_listen("127.0.0.1:0", 0, &stream), 0);
        EXPECT_EQ(await receive(stream, text, 1), -EPROTOTYPE);
        EXPECT_EQ(mori_datagram_connect(stream, &first), -EPROTOTYPE);
        EXPECT_EQ(mori_pipe(pipe), 0);
        EXPECT_EQ(await receive(pipe[0], text, 1), -ENOTSOCK);
        EXPECT_EQ(await mori_datagram_send(pipe[1], "x", 1, NULL), -ENOTSOCK);
        EXPECT_EQ(await mori_file_close(pipe[0]), 0);
        EXPECT_EQ(await mori_file_close(pipe[1]), 0);
        EXPECT_EQ(await mori_file_close(stream), 0);
        EXPECT_EQ(await mori_file_close(one), 0);
        EXPECT_EQ(await receive(one, text, 1), -EBADF);
        return 0;
}

/* An address where nobody is. */
static MORI_ASYNC mori_address nowhere(void)
{
        mori_address address;
        mori_file socket;

        await bound("127.0.0.1:0", 0, &socket, &address);
        EXPECT_EQ(await mori_file_close(socket), 0);
        return address;
}

PROGRAM(nobody_there)
{
        mori_file one, other;
        mori_address first, second, dead = await nowhere();
        char text[64];
        mori_datagram error = {.data = text, .room = sizeof text};

        /* A socket with a peer is told by its next call, once. */
        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        EXPECT_EQ(mori_datagram_connect(one, &dead), 0);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, NULL), 0);
        EXPECT_EQ(await receive(one, text, 1), -ECONNREFUSED);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, NULL), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, NULL), -ECONNREFUSED);
        EXPECT_EQ(mori_datagram_connect(one, NULL), 0);

        /* One without a peer is not. */
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, &dead), 0);
        EXPECT_EQ(await mori_datagram_send(one, "hello", 5, &first), 0);
        EXPECT_EQ(await receive(one, text, 64), 5);
        EXPECT_EQ(await mori_file_close(one), 0);

        /* Unless it wants to be: then about whom, and what concerns one fails no send to others. */
        await bound("127.0.0.1:0", MORI_DATAGRAM_ERRORS, &one, &first);
        EXPECT_EQ(await mori_datagram_send(one, "dead", 4, &dead), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0);
        EXPECT_EQ(await mori_datagram_send(one, "hello", 5, &second), 0);
        EXPECT_EQ(await receive(other, text, 64), 5);
        EXPECT_EQ(await mori_datagram_receive_many(one, &error, 1), 1);
        EXPECT_EQ(error.flags, MORI_DATAGRAM_IS_ERROR);
        EXPECT_EQ(error.error, -ECONNREFUSED);
        EXPECT(mori_address_equal(&error.address, &dead));
        EXPECT(error.bytes == 4 && memcmp(text, "dead", 4) == 0);
        EXPECT_EQ(await mori_datagram_send(one, "dead", 4, &dead), 0);
        EXPECT_EQ(await mori_datagram_receive(one, text, 64, &second), -ECONNREFUSED);
        EXPECT(mori_address_equal(&second, &dead));
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

PROGRAM(ends_of_a_wait)
{
        mori_file one, other;
        mori_address first, second;
        char text[16];

        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        MORI_WITHIN(MORI_MS(2)) {
                EXPECT_EQ(await receive(one, text, 16), -ETIMEDOUT);
        }
        MORI_SCOPE {
                MORI_HANDLE(int64_t) waits = MORI_START(receive, one, text, sizeof text);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                mori_cancel(MORI_ACTIVITY(waits));
                EXPECT_EQ(await MORI_JOIN(waits), -ECANCELED);
        }
        MORI_SCOPE {
                MORI_HANDLE(int64_t) waits = MORI_START(receive, one, text, sizeof text);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await MORI_JOIN(waits), -EBADF);
        }
        EXPECT_EQ(mori_datagram_connect(other, &second), 0);
        MORI_SCOPE {
                MORI_HANDLE(int64_t) waits = MORI_START(receive, other, text, sizeof text);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_socket_shutdown(other, SHUT_RDWR), 0);
                EXPECT_EQ(await MORI_JOIN(waits), -ESHUTDOWN);
        }
        EXPECT_EQ(await receive(other, text, sizeof text), -ESHUTDOWN);
        EXPECT_EQ(await mori_datagram_send(other, "x", 1, NULL), -EPIPE);
        EXPECT_EQ(operations_left(), 0);
        return await mori_file_close(other);
}

PROGRAM(first_come_first_served)
{
        mori_file one;
        mori_address first;
        char text[3][16];

        await bound("127.0.0.1:0", 0, &one, &first);
        MORI_SCOPE {
                MORI_HANDLE(int64_t) a = MORI_START(receive, one, text[0], 16);
                MORI_HANDLE(int64_t) b = MORI_START(receive, one, text[1], 16);
                MORI_HANDLE(int64_t) c = MORI_START(receive, one, text[2], 16);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                mori_cancel(MORI_ACTIVITY(b));
                EXPECT_EQ(await mori_datagram_send(one, "1", 1, &first), 0);
                EXPECT_EQ(await MORI_JOIN(a), 1);
                EXPECT_EQ(await mori_datagram_send(one, "22", 2, &first), 0);
                EXPECT_EQ(await MORI_JOIN(b), -ECANCELED);
                EXPECT_EQ(await MORI_JOIN(c), 2);
        }
        return await mori_file_close(one);
}

PROGRAM(a_queue_with_a_bound)
{
        mori_file one, other;
        mori_address first, second;
        uint64_t dropped;
        char bytes[1000] = {0};
        int got = 0;

        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", 0, &other, &second);
        EXPECT_EQ(mori_socket_option(other, SOL_SOCKET, SO_RCVBUF, 10000), 0);
        EXPECT_EQ(mori_datagram_dropped(other, &dropped), 0);
        EXPECT_EQ(dropped, 0);
        for (int i = 0; i < 100; i++)
                EXPECT_EQ(await mori_datagram_send(one, bytes, sizeof bytes, &second), 0);
        EXPECT_EQ(mori_datagram_dropped(other, &dropped), 0);
        EXPECT(dropped > 0 && dropped < 100);
        for (; got < 100 - (int)dropped; got++)
                EXPECT_EQ(await receive(other, bytes, sizeof bytes), 1000);
        MORI_WITHIN(MORI_MS(5)) {
                EXPECT_EQ(await receive(other, bytes, sizeof bytes), -ETIMEDOUT);
        }
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

static MORI_ASYNC int send_all(mori_file socket, const mori_address *to, int count)
{
        for (int i = 0; i < count; i++) {
                int error = await mori_datagram_send(socket, &i, sizeof i, to);

                if (error < 0)
                        return error;
        }
        return count;
}

PROGRAM(local_senders_wait_for_room)
{
        mori_file one, other, unnamed;
        mori_address first, second, from;
        char text[64];
        int number;

        await bound("unix:@full", 0, &one, &first);
        EXPECT_EQ(mori_datagram_bind("unix:", 0, &unnamed), 0);
        MORI_SCOPE {
                MORI_HANDLE(int) sends = MORI_START(send_all, unnamed, &first, 3000);

                for (int i = 0; i < 3000; i++) {
                        EXPECT_EQ(await mori_datagram_receive(one, &number, sizeof number, &from),
                                  sizeof number);
                        EXPECT_EQ(number, i);
                }
                EXPECT_EQ(await MORI_JOIN(sends), 3000);
        }
        EXPECT_EQ(mori_address_format(&from, text, sizeof text), 0);
        EXPECT(strcmp(text, "unix:") == 0);
        EXPECT_EQ(mori_datagram_bind("unix:path", 0, &other), 0);
        EXPECT_EQ(mori_address_parse("unix:path", &second), 0);
        EXPECT_EQ(await mori_datagram_send(unnamed, "hello", 5, &second), 0);
        EXPECT_EQ(await receive(other, text, sizeof text), 5);
        EXPECT_EQ(await mori_file_close(other), 0);
        EXPECT_EQ(await mori_datagram_send(unnamed, "x", 1, &second), -ECONNREFUSED);
        remove_path("path");
        EXPECT_EQ(await mori_datagram_send(unnamed, "x", 1, &second), -ENOENT);
        /* The receiver closes while a sender waits. */
        MORI_SCOPE {
                MORI_HANDLE(int) sends = MORI_START(send_all, unnamed, &first, 1000000);

                EXPECT_EQ(await mori_sleep(MORI_MS(30)), 0);
                EXPECT_EQ(await mori_file_close(one), 0);
                EXPECT_EQ(await MORI_JOIN(sends), -ECONNREFUSED);
        }
        return await mori_file_close(unnamed);
}

PROGRAM(both_families)
{
        mori_file one, other, third;
        mori_address first, second, from, four;
        char text[64];

        await bound("*:0", 0, &one, &first);
        if (first.as.any.sa_family != AF_INET6)
                return await mori_file_close(one); /* a machine without IPv6 */
        await bound("127.0.0.1:0", 0, &other, &second);
        EXPECT_EQ(mori_address_parse("127.0.0.1:1", &four), 0);
        four.as.ipv4.sin_port = first.as.ipv6.sin6_port;
        EXPECT_EQ(await mori_datagram_send(other, "hello", 5, &four), 0);
        EXPECT_EQ(await mori_datagram_receive(one, text, sizeof text, &from), 5);
        EXPECT(from.as.any.sa_family == AF_INET6 &&
               IN6_IS_ADDR_V4MAPPED(&from.as.ipv6.sin6_addr));
        EXPECT_EQ(await mori_datagram_send(one, "back", 4, &from), 0);
        EXPECT_EQ(await receive(other, text, sizeof text), 4);
        EXPECT_EQ(await mori_datagram_send(one, "again", 5, &second), 0);
        EXPECT_EQ(await mori_datagram_receive(other, text, sizeof text, &from), 5);
        EXPECT(mori_address_equal(&from, &four));
        EXPECT_EQ(await mori_file_close(one), 0);

        /* IPv6 alone: the port of IPv4 is free. */
        await bound("*:0", MORI_DATAGRAM_IPV6_ONLY, &one, &first);
        four.as.ipv4.sin_port = first.as.ipv6.sin6_port;
        EXPECT_EQ(mori_address_format(&four, text, sizeof text), 0);
        if (!simulated()) {
                EXPECT_EQ(mori_datagram_bind(text, 0, &third), 0);
                EXPECT_EQ(await mori_file_close(third), 0);
        }
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

PROGRAM(a_port_that_is_shared)
{
        mori_file one, other, third;
        mori_address first;
        char text[64];

        await bound("127.0.0.1:0", MORI_DATAGRAM_SHARED, &one, &first);
        EXPECT_EQ(mori_address_format(&first, text, sizeof text), 0);
        EXPECT_EQ(mori_datagram_bind(text, MORI_DATAGRAM_SHARED, &other), 0);
        EXPECT_EQ(mori_datagram_bind(text, 0, &third), -EADDRINUSE);
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

HELPER int option_of(mori_file socket, int level, int option)
{
        int value = -1;
        socklen_t length = sizeof value;

        getsockopt(mori_file_descriptor(socket), level, option, &value, &length);
        return value;
}

PROGRAM(groups)
{
        mori_file one, other, sender;
        mori_address first, group;
        char text[64], address[64];

        await bound("0.0.0.0:0", MORI_DATAGRAM_SHARED, &one, &first);
        if (simulated()) {
                EXPECT_EQ(mori_datagram_join(one, "239.1.2.3", "lo"), -EOPNOTSUPP);
                EXPECT_EQ(mori_datagram_multicast(one, "lo", 1, 1), -EOPNOTSUPP);
                return await mori_file_close(one);
        }
        EXPECT_EQ(mori_address_format(&first, address, sizeof address), 0);
        EXPECT_EQ(mori_datagram_bind(address, MORI_DATAGRAM_SHARED, &other), 0);
        EXPECT_EQ(mori_datagram_join(one, "239.1.2.3", "lo"), 0);
        EXPECT_EQ(mori_datagram_join(one, "239.1.2.3", "lo"), -EADDRINUSE);
        EXPECT_EQ(mori_datagram_join(one, "127.0.0.1", "lo"), -EINVAL);
        EXPECT_EQ(mori_datagram_join(one, "ff02::fb", "lo"), -EINVAL);
        EXPECT_EQ(mori_datagram_join(other, "239.1.2.3", "lo"), 0);
        await bound("127.0.0.1:0", 0, &sender, &group);
        EXPECT_EQ(mori_address_parse("239.1.2.3:1", &group), 0);
        group.as.ipv4.sin_port = first.as.ipv4.sin_port;
        EXPECT_EQ(mori_datagram_multicast(sender, "lo", 1, -1), 0);
        EXPECT_EQ(await mori_datagram_send(sender, "all", 3, &group), 0);
        EXPECT_EQ(await receive(one, text, sizeof text), 3);
        EXPECT_EQ(await receive(other, text, sizeof text), 3);
        EXPECT_EQ(mori_datagram_leave(other, "239.1.2.3", "lo"), 0);
        EXPECT_EQ(mori_datagram_leave(other, "239.1.2.3", "lo"), -EADDRNOTAVAIL);
        EXPECT_EQ(option_of(sender, IPPROTO_IP, IP_MULTICAST_TTL), 1);
        EXPECT_EQ(option_of(sender, IPPROTO_IP, IP_MULTICAST_LOOP), 1);
        EXPECT_EQ(mori_datagram_multicast(sender, NULL, 7, 0), 0);
        EXPECT_EQ(option_of(sender, IPPROTO_IP, IP_MULTICAST_TTL), 7);
        EXPECT_EQ(option_of(sender, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
        EXPECT_EQ(await mori_file_close(sender), 0);
        EXPECT_EQ(await mori_file_close(other), 0);
        return await mori_file_close(one);
}

PROGRAM(groups_of_ipv6)
{
        mori_file one;
        mori_address first, group;
        char text[64];
        int error;

        if (simulated())
                return 0;
        await bound("*:0", MORI_DATAGRAM_SHARED, &one, &first);
        if (first.as.any.sa_family == AF_INET6 && mori_datagram_join(one, "ff02::fb", "lo") == 0) {
                EXPECT_EQ(mori_datagram_join(one, "239.1.2.3", "lo"), 0); /* both, then */
                EXPECT_EQ(mori_datagram_multicast(one, "lo", 1, 1), 0);
                EXPECT_EQ(mori_address_parse("[ff02::fb%lo]:1", &group), 0);
                group.as.ipv6.sin6_port = first.as.ipv6.sin6_port;
                error = await mori_datagram_send(one, "six", 3, &group);
                if (error == 0)
                        EXPECT_EQ(await receive(one, text, sizeof text), 3);
                else
                        EXPECT_EQ(error, -ENETUNREACH); /* no route for groups on this machine */
                EXPECT_EQ(mori_address_parse("239.1.2.3:1", &group), 0);
                group.as.ipv4.sin_port = first.as.ipv6.sin6_port;
                EXPECT_EQ(await mori_datagram_send(one, "four", 4, &group), 0);
                EXPECT_EQ(await receive(one, text, sizeof text), 4);
        }
        return await mori_file_close(one);
}

PROGRAM(broadcasts)
{
        mori_file one, other;
        mori_address first, everybody;
        char text[64];

        if (simulated())
                return 0; /* it has one interface, which has no broadcast address */
        await bound("0.0.0.0:0", 0, &one, &first);
        EXPECT_EQ(mori_address_parse("127.255.255.255:1", &everybody), 0);
        everybody.as.ipv4.sin_port = first.as.ipv4.sin_port;
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, &everybody), -EACCES);
        EXPECT_EQ(mori_datagram_bind("0.0.0.0:0", MORI_DATAGRAM_BROADCAST, &other), 0);
        EXPECT_EQ(await mori_datagram_send(other, "all", 3, &everybody), 0);
        EXPECT_EQ(await receive(one, text, sizeof text), 3);
        EXPECT_EQ(await mori_file_close(other), 0);
        return await mori_file_close(one);
}

PROGRAM(segments)
{
        mori_file one, other;
        mori_address first, second;
        char *bytes = malloc(65536), *room = malloc(65536);
        mori_datagram datagram = {.data = bytes, .bytes = 950, .segment_bytes = 100};
        size_t seen = 0;
        int error;

        fill(bytes, 0, 950);
        await bound("127.0.0.1:0", 0, &one, &first);
        await bound("127.0.0.1:0", MORI_DATAGRAM_JOINED, &other, &second);
        datagram.address = second;
        error = await mori_datagram_send_many(one, &datagram, 1);
        if (simulated()) {
                EXPECT_EQ(error, -EOPNOTSUPP);
        } else {
                EXPECT_EQ(error, 1);
                datagram = (mori_datagram){.data = room, .room = 65536};
                while (seen < 950) { /* joined, or one by one */
                        EXPECT_EQ(await mori_datagram_receive_many(other, &datagram, 1), 1);
                        verify(room, seen, datagram.bytes);
                        EXPECT(datagram.segment_bytes == 0 || datagram.segment_bytes == 100);
                        EXPECT(datagram.segment_bytes != 0 || datagram.bytes <= 100);
                        seen += datagram.bytes;
                }
                EXPECT_EQ(seen, 950);
        }
        free(bytes);
        free(room);
        EXPECT_EQ(await mori_file_close(one), 0);
        return await mori_file_close(other);
}

PROGRAM(readable_and_not)
{
        mori_file one;
        mori_address first;
        mori_case cases[2];
        char text[4];

        await bound("127.0.0.1:0", 0, &one, &first);
        cases[0] = (mori_case)MORI_CASE_READY(one, POLLIN);
        cases[1] = (mori_case)MORI_CASE_AFTER(MORI_MS(1));
        EXPECT_EQ(await mori_select(cases, 2), 1);
        EXPECT_EQ(await mori_datagram_send(one, "x", 1, &first), 0);
        cases[1] = (mori_case)MORI_CASE_AFTER(MORI_S(5));
        EXPECT_EQ(await mori_select(cases, 2), 0);
        EXPECT_EQ(cases[0].result, POLLIN);
        EXPECT_EQ(await receive(one, text, 4), 1);
        return await mori_file_close(one);
}

IO_MAIN("io/datagram", TEST(addresses_there_and_back), TEST(who_sent_it),
        TEST(an_end_that_is_lost), TEST(peers), TEST(many_at_once), TEST(too_long),
        TEST(wrong_arguments), TEST(nobody_there), TEST(ends_of_a_wait),
        TEST(first_come_first_served), TEST(a_queue_with_a_bound),
        TEST(local_senders_wait_for_room), TEST(both_families), TEST(a_port_that_is_shared),
        TEST(groups), TEST(groups_of_ipv6), TEST(broadcasts), TEST(segments),
        TEST(readable_and_not))
