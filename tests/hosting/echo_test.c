/* SPDX-License-Identifier: MIT */
/*
 * libuv inside of a program serves its clients: they are activities, the server is callbacks, and
 * both have one thread. The loop is over when its last handle is closed.
 */
#include <uv.h> /* has parameters of the name of a keyword: before keywords.h */

#include "support/async.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENTS 8
#define BYTES 300000
#define PIECE 5000

struct connection {
        uv_tcp_t tcp;
        uv_write_t request;
        char bytes[4096];
};

static struct {
        uv_loop_t uv;
        uv_tcp_t listener;
        unsigned accepted, closed;
} server;

static void require(int error)
{
        if (error != 0)
                abort();
}

static void on_closed(uv_handle_t *handle)
{
        server.closed++;
        free(handle->data);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
        struct connection *connection = handle->data;

        (void)suggested;
        *ret_buffer = uv_buf_init(connection->bytes, sizeof connection->bytes);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void on_written(uv_write_t *request, int status)
{
        struct connection *connection = request->handle->data;

        require(status);
        require(uv_read_start((uv_stream_t *)&connection->tcp, on_room, on_read));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
        struct connection *connection = stream->data;
        uv_buf_t answer;

        if (count == 0)
                return;
        require(uv_read_stop(stream)); /* one buffer: it is written first */
        if (count < 0) {
                require(count == UV_EOF ? 0 : (int)count);
                uv_close((uv_handle_t *)stream, on_closed);
                return;
        }
        answer = uv_buf_init(buffer->base, (unsigned)count);
        require(uv_write(&connection->request, stream, &answer, 1, on_written));
}

static void on_connection(uv_stream_t *listener, int status)
{
        struct connection *connection = calloc(1, sizeof *connection);

        require(status);
        if (connection == NULL)
                abort();
        connection->tcp.data = connection;
        require(uv_tcp_init(listener->loop, &connection->tcp));
        require(uv_accept(listener, (uv_stream_t *)&connection->tcp));
        require(uv_read_start((uv_stream_t *)&connection->tcp, on_room, on_read));
        if (++server.accepted == CLIENTS)
                uv_close((uv_handle_t *)listener, on_closed);
}

static int timeout_ms(void *uv)
{
        uv_update_time(uv);
        return uv_backend_timeout(uv);
}

static int run_once(void *uv)
{
        return uv_run(uv, UV_RUN_NOWAIT) != 0;
}

MORI_NONBLOCKING __attribute__((noinline)) static void serve(mori_foreign_loop *ret_loop,
                                                             char *ret_address, size_t bytes)
{
        struct sockaddr_in address;
        int length = sizeof address;

        server.accepted = server.closed = 0;
        require(uv_loop_init(&server.uv));
        require(uv_ip4_addr("127.0.0.1", 0, &address));
        require(uv_tcp_init(&server.uv, &server.listener));
        require(uv_tcp_bind(&server.listener, (struct sockaddr *)&address, 0));
        require(uv_listen((uv_stream_t *)&server.listener, CLIENTS, on_connection));
        require(uv_tcp_getsockname(&server.listener, (struct sockaddr *)&address, &length));
        snprintf(ret_address, bytes, "127.0.0.1:%d", ntohs(address.sin_port));
        *ret_loop = (mori_foreign_loop){.descriptor = uv_backend_fd(&server.uv),
                                        .timeout_ms = timeout_ms,
                                        .run = run_once,
                                        .context = &server.uv};
}

MORI_NONBLOCKING __attribute__((noinline)) static void over(void)
{
        ck_assert_uint_eq(server.accepted, CLIENTS);
        ck_assert_uint_eq(server.closed, CLIENTS + 1);
        require(uv_loop_close(&server.uv));
}

static async int run_loop(mori_foreign_loop *loop)
{
        return await mori_foreign_loop_run(loop);
}

static async int ask(const char *address, unsigned number)
{
        char sent[PIECE], echoed[PIECE];
        mori_file file;

        attempt(await mori_socket_connect(address, &file));
        for (unsigned at = 0; at < BYTES; at += PIECE) {
                memset(sent, (int)(number + at / PIECE), sizeof sent);
                attempt(await mori_file_write_all(file, sent, sizeof sent));
                attempt(await mori_file_read_exact(file, echoed, sizeof echoed));
                EXPECT(memcmp(sent, echoed, sizeof sent) == 0);
        }
        attempt(await mori_socket_shutdown(file, SHUT_WR));
        EXPECT_EQ(await mori_file_read(file, echoed, sizeof echoed), 0);
        return await mori_file_close(file);
}

static async int echoes(int argc, char **argv)
{
        mori_foreign_loop loop;
        char address[64];

        (void)argc;
        (void)argv;
        serve(&loop, address, sizeof address);
        scope {
                Async(int) running = start(run_loop, &loop), asking[CLIENTS];

                for (unsigned i = 0; i < CLIENTS; i++)
                        asking[i] = start(ask, (const char *)address, i);
                for (unsigned i = 0; i < CLIENTS; i++)
                        EXPECT_EQ(await join(asking[i]), 0);
                EXPECT_EQ(await join(running), 0);
        }
        over();
        return 0;
}

START_TEST(a_server_of_libuv_and_clients_of_ours)
{
        static const enum mori_io engines[] = {MORI_IO_EPOLL, MORI_IO_URING};

        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                int code = run_on(echoes, engines[i], 1);

                if (code == 78 && engines[i] == MORI_IO_URING)
                        continue;
                ck_assert_int_eq(code, 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
}
END_TEST

TEST_MAIN("inside/echo", TEST(a_server_of_libuv_and_clients_of_ours))
