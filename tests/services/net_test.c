/* SPDX-License-Identifier: MIT */
/* The service of a listener: connections of another process, as objects. */
#include "io/io.h"

#include <mori/service.h>
#include <mori/socket.h>

static async service_listener listens(const char *address, uint32_t open_max,
                                      mori_process *ret_process)
{
        struct mori_service_address of = {.open_max = open_max};
        service_listener listener = {MORI_NO_REF};

        strcpy(of.address, own_name(address));
        EXPECT_EQ(await mori_service_start(mori_service_listener, &of, sizeof of, "listener",
                                           ret_process, &listener.ref),
                  0);
        return listener;
}

static async void ends(service_listener listener, mori_process process)
{
        struct mori_end end;

        service_listener_drop(listener);
        EXPECT_EQ(mori_process_stop(process, MORI_S(10)), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT_EQ(end.kind, MORI_END_STOPPED);
}

/* A plain socket that is connected to it. */
static async mori_file connects(service_listener listener)
{
        struct service_listener_address_results at;
        mori_file socket = MORI_NO_FILE;

        EXPECT_EQ(await service_listener_address(listener, &at), 0);
        EXPECT_EQ(await mori_socket_connect(at.address.bytes, &socket), 0);
        service_listener_address_results_free(&at);
        return socket;
}

/* The next bytes that come are these, in whatever pieces, and so large at most. */
static async void expect_bytes(service_connection connection, uint32_t wanted, const char *text)
{
        size_t left = strlen(text);

        while (left > 0) {
                struct service_connection_read_results read;

                EXPECT_EQ(await service_connection_read(connection, wanted, &read), 0);
                EXPECT(read.data.count > 0 && read.data.count <= left &&
                       read.data.count <= wanted);
                EXPECT(memcmp(read.data.bytes, text, read.data.count) == 0);
                text += read.data.count;
                left -= read.data.count;
                service_connection_read_results_free(&read);
        }
}

static async void expect_end(service_connection connection)
{
        struct service_connection_read_results read;

        EXPECT_EQ(await service_connection_read(connection, 100, &read), 0);
        EXPECT_EQ(read.data.count, 0);
        service_connection_read_results_free(&read);
}

static async int reads(service_connection connection)
{
        struct service_connection_read_results read;

        return await service_connection_read(connection, 10, &read);
}

static async void both_ways(const char *address)
{
        mori_process process;
        service_listener listener = await listens(address, 0, &process);
        service_listener_accept_promise accepting = service_listener_accept_send(listener);
        struct service_connection_peer_results peer;
        mori_file socket = await connects(listener);
        service_connection connection = {MORI_NO_REF};
        char text[16];

        EXPECT_EQ(await service_listener_accept_join(&accepting, &connection), 0);
        EXPECT_EQ(await mori_file_write_all(socket, "hello, there", 12), 0);
        await expect_bytes(connection, 5, "hello");
        await expect_bytes(connection, 1, ", th");
        await expect_bytes(connection, 2, "ere");
        EXPECT_EQ(await service_connection_peer(connection, &peer), 0);
        service_connection_peer_results_free(&peer);

        {
                /* a read that waits is in nobody's way */
                service_connection_read_promise reading =
                        service_connection_read_send(connection, 10);
                struct service_connection_read_results read;

                EXPECT_EQ(await service_connection_write(connection,
                                                         mori_wire_data_of("answer", 6)),
                          0);
                EXPECT_EQ(await mori_file_read_exact(socket, text, 6), 0);
                EXPECT(memcmp(text, "answer", 6) == 0);
                EXPECT_EQ(await mori_file_write_all(socket, "more", 4), 0);
                EXPECT_EQ(await service_connection_read_join(&reading, &read), 0);
                EXPECT(read.data.count > 0);
                await expect_bytes(connection, 10, &"more"[read.data.count]);
                service_connection_read_results_free(&read);
        }
        {
                /* nor is one that is not wanted any more: nothing that comes after it is lost */
                scope {
                        Async(int) given_up = start(reads, connection);

                        EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                        cancel(given_up);
                        EXPECT_EQ(await join(given_up), -ECANCELED);
                }
                EXPECT_EQ(await mori_file_write_all(socket, "again", 5), 0);
                await expect_bytes(connection, 5, "again");
        }
        EXPECT_EQ(await service_connection_end(connection), 0);
        EXPECT_EQ(await mori_file_read(socket, text, 1), 0);
        EXPECT_EQ(await service_connection_write(connection, mori_wire_data_of("x", 1)), -EPIPE);
        EXPECT_EQ(await mori_file_write_all(socket, "last", 4), 0);
        EXPECT_EQ(await mori_socket_shutdown(socket, SHUT_WR), 0);
        await expect_bytes(connection, 3, "last");
        await expect_end(connection);
        await expect_end(connection);
        service_connection_drop(connection);
        EXPECT_EQ(await mori_file_close(socket), 0);
        await ends(listener, process);
}

PROGRAM(bytes_go_both_ways)
{
        await both_ways("127.0.0.1:0");
        await both_ways("unix:@services-net");
        return 0;
}

/* More than a message, a lane or a socket has room for: in their order, and none lost. */
static async int pours(mori_file socket, const char *bytes, size_t count)
{
        attempt(await mori_file_write_all(socket, bytes, count));
        return await mori_socket_shutdown(socket, SHUT_WR);
}

PROGRAM(much)
{
        mori_process process;
        service_listener listener = await listens("127.0.0.1:0", 0, &process);
        mori_file socket = await connects(listener);
        const uint32_t size = 600000;
        char *out = mori_alloc(size), *back = mori_alloc(size);
        service_connection connection = {MORI_NO_REF};
        uint64_t at = 0;

        fill(out, 0, size);
        EXPECT_EQ(await service_listener_accept(listener, &connection), 0);
        scope {
                Async(int) pouring = start(pours, socket, out, (size_t)size);

                for (;;) {
                        struct service_connection_read_results read;

                        EXPECT_EQ(await service_connection_read(connection, 5000, &read), 0);
                        if (read.data.count == 0)
                                break;
                        verify(read.data.bytes, at, read.data.count);
                        at += read.data.count;
                        service_connection_read_results_free(&read);
                }
                EXPECT_EQ(at, size);
                EXPECT_EQ(await join(pouring), 0);
        }
        {
                /* written all at once, and in pieces; then the end */
                service_connection_write_promise pieces[10];
                service_connection_end_promise end;

                for (unsigned i = 0; i < 10; i++)
                        pieces[i] = service_connection_write_send(
                                connection, mori_wire_data_of(out + i * (size / 10), size / 10));
                end = service_connection_end_send(connection);
                EXPECT_EQ(await mori_file_read_exact(socket, back, size), 0);
                verify(back, 0, size);
                EXPECT_EQ(await mori_file_read(socket, back, 1), 0);
                for (unsigned i = 0; i < 10; i++)
                        EXPECT_EQ(await service_connection_write_join(&pieces[i]), 0);
                EXPECT_EQ(await service_connection_end_join(&end), 0);
        }
        mori_free(out);
        mori_free(back);
        service_connection_drop(connection);
        EXPECT_EQ(await mori_file_close(socket), 0);
        await ends(listener, process);
        return 0;
}

static async int writes(service_connection connection, const char *bytes, size_t count)
{
        return await service_connection_write(connection, mori_wire_data_of(bytes, count));
}

/*
 * A write that is cancelled within its bytes: what is behind it would not stand where it belongs.
 */
PROGRAM(a_torn_stream)
{
        mori_process process;
        service_listener listener = await listens("127.0.0.1:0", 0, &process);
        mori_file socket = await connects(listener);
        const uint32_t size = 12u << 20;
        char *bytes = mori_alloc(size);
        service_connection connection = {MORI_NO_REF};
        uint64_t at = 0;

        fill(bytes, 0, size);
        EXPECT_EQ(await service_listener_accept(listener, &connection), 0);
        scope {
                Async(int) writing = start(writes, connection, bytes, (size_t)size);
                Async(int) behind = start(writes, connection, bytes, (size_t)10);

                EXPECT_EQ(await mori_file_read_exact(socket, bytes, 1), 0); /* it is on its way */
                cancel(writing);
                EXPECT_EQ(await join(writing), -ECANCELED);
                EXPECT_EQ(await join(behind), -EPIPE);
        }
        EXPECT_EQ(await service_connection_write(connection, mori_wire_data_of("x", 1)), -EPIPE);
        EXPECT_EQ(await service_connection_end(connection), -EPIPE);
        service_connection_drop(connection);
        for (int64_t count = 1; count > 0; at += (uint64_t)count) {
                count = await mori_file_read(socket, bytes, size);
                EXPECT(count >= 0);
                verify(bytes, 1 + at, (size_t)count);
        }
        EXPECT(1 + at < size);
        mori_free(bytes);
        EXPECT_EQ(await mori_file_close(socket), 0);
        await ends(listener, process);
        return 0;
}

/* Who came first has the first connection; one that is not wanted any more takes none. */
static async int accepts(service_listener listener)
{
        service_connection connection;

        return await service_listener_accept(listener, &connection);
}

PROGRAM(those_who_accept_are_in_order)
{
        mori_process process;
        service_listener listener = await listens("127.0.0.1:0", 0, &process);
        service_listener_accept_promise accepting[4];
        service_connection connections[4] = {{MORI_NO_REF}};
        mori_file sockets[4];

        accepting[0] = service_listener_accept_send(listener);
        scope {
                Async(int) given_up = start(accepts, listener);

                accepting[2] = service_listener_accept_send(listener);
                accepting[3] = service_listener_accept_send(listener);
                cancel(given_up);
                EXPECT_EQ(await join(given_up), -ECANCELED);
        }
        for (unsigned i = 0; i < 4; i++) {
                char name = (char)('a' + i);

                if (i == 1)
                        continue;
                sockets[i] = await connects(listener);
                EXPECT_EQ(await mori_file_write_all(sockets[i], &name, 1), 0);
                EXPECT_EQ(await service_listener_accept_join(&accepting[i], &connections[i]), 0);
        }
        for (unsigned i = 0; i < 4; i++) {
                char name[] = {(char)('a' + i), '\0'};

                if (i == 1)
                        continue;
                await expect_bytes(connections[i], 1, name);
                service_connection_drop(connections[i]);
                EXPECT_EQ(await mori_file_read(sockets[i], name, 1), 0); /* it is closed */
                EXPECT_EQ(await mori_file_close(sockets[i]), 0);
        }
        await ends(listener, process);
        return 0;
}

/* With as many connections as it may lend, a listener waits for one that comes back. */
PROGRAM(as_many_as_it_may)
{
        mori_process process;
        service_listener listener = await listens("127.0.0.1:0", 2, &process);
        service_listener_accept_promise third;
        service_connection connections[3] = {{MORI_NO_REF}};
        mori_file sockets[3];

        for (unsigned i = 0; i < 3; i++)
                sockets[i] = await connects(listener);
        for (unsigned i = 0; i < 2; i++)
                EXPECT_EQ(await service_listener_accept(listener, &connections[i]), 0);
        third = service_listener_accept_send(listener);
        EXPECT_EQ(await mori_sleep(MORI_MS(2)), 0);
        EXPECT_EQ(mori_ref_status(service_listener_accept_connection(&third).ref), -EAGAIN);
        service_connection_drop(connections[0]);
        EXPECT_EQ(await service_listener_accept_join(&third, &connections[2]), 0);
        for (unsigned i = 0; i < 3; i++)
                EXPECT_EQ(await mori_file_close(sockets[i]), 0);
        await expect_end(connections[1]);
        await expect_end(connections[2]);
        service_connection_drop(connections[1]);
        service_connection_drop(connections[2]);
        await ends(listener, process);
        return 0;
}

/* A process that has a connection, and is killed. */
static async int holds(void *argument)
{
        struct mori_service_address of = *(const struct mori_service_address *)argument;
        service_connection connection = {MORI_NO_REF};
        service_listener listener;
        mori_process process;

        EXPECT_EQ(await mori_service_start(mori_service_listener, &of, sizeof of, "listener",
                                           &process, &listener.ref),
                  0);
        EXPECT_EQ(await service_listener_accept(listener, &connection), 0);
        (void)service_connection_read_send(connection, 10);
        EXPECT_EQ(await service_connection_write(connection, mori_wire_data_of("x", 1)), 0);
        return await mori_sleep(MORI_FOREVER);
}

PROGRAM(who_has_it_is_killed)
{
        struct mori_service_address of = {.open_max = 3};
        mori_process process;
        struct mori_end end;
        mori_file socket = MORI_NO_FILE;
        char byte;

        strcpy(of.address, own_name("unix:@services-kill"));
        EXPECT_EQ(await mori_process_start(holds, &of, sizeof of, NULL, &process), 0);
        while (await mori_socket_connect(of.address, &socket) < 0)
                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
        EXPECT_EQ(await mori_file_read_exact(socket, &byte, 1), 0);
        EXPECT_EQ(mori_process_kill(process), 0);
        EXPECT_EQ(await mori_process_join(process, &end), 0);
        EXPECT(await mori_file_read(socket, &byte, 1) <= 0);
        EXPECT_EQ(await mori_file_close(socket), 0);
        return 0;
}

/* At a path, again: when it was stopped, which leaves nothing, or killed, which leaves a file. */
PROGRAM(at_a_path_again)
{
        mori_file socket = MORI_NO_FILE;
        struct stat status;

        for (int i = 0; i < 3; i++) {
                mori_process process, second;
                service_listener listener = await listens("unix:socket", 0, &process), none;
                service_connection connection = {MORI_NO_REF};
                struct mori_end end;

                socket = await connects(listener);
                EXPECT_EQ(await service_listener_accept(listener, &connection), 0);
                service_connection_drop(connection);
                EXPECT_EQ(await mori_file_close(socket), 0);
                none = await listens("unix:socket", 0, &second); /* one at a time */
                EXPECT_EQ(await mori_process_join(second, &end), 0);
                EXPECT_EQ(end.code, -EADDRINUSE);
                service_listener_drop(none);
                if (i % 2 == 0) {
                        await ends(listener, process);
                        EXPECT_EQ(await mori_file_stat(MORI_NO_FILE, "socket", 0, &status),
                                  -ENOENT);
                        continue;
                }
                service_listener_drop(listener);
                EXPECT_EQ(mori_process_kill(process), 0);
                EXPECT_EQ(await mori_process_join(process, &end), 0);
        }
        return 0;
}

PROGRAM(what_cannot_begin_says_so)
{
        static const char *const bad[] = {"nonsense", ""};

        for (unsigned i = 0; i < 2; i++) {
                mori_process process;
                service_listener listener = await listens(bad[i], 0, &process);
                service_connection connection = {MORI_NO_REF};
                struct mori_end end;

                EXPECT_EQ(await service_listener_accept(listener, &connection), -ECONNRESET);
                service_listener_drop(listener);
                EXPECT_EQ(await mori_process_join(process, &end), 0);
                EXPECT(end.kind == MORI_END_FAILED && end.code == -EINVAL);
                EXPECT(strstr(end.text, i == 0 ? "are: `nonsense`" : "are: ``") != NULL);
        }
        return 0;
}

IO_MAIN("services/net", TEST(bytes_go_both_ways), TEST(much), TEST(a_torn_stream),
        TEST(those_who_accept_are_in_order),
        TEST(as_many_as_it_may), TEST(who_has_it_is_killed), TEST(at_a_path_again),
        TEST(what_cannot_begin_says_so))
