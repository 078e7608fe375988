/* SPDX-License-Identifier: MIT */
/* An echo server on libuv: reads into one shared buffer, and writes at once. */
#include "echo_peer.h"

#include <uv.h>

static void give_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buffer)
{
        static char buffer[65536];

        (void)handle;
        (void)wanted;
        *ret_buffer = uv_buf_init(buffer, sizeof buffer);
}

static void closed(uv_handle_t *handle)
{
        free(handle);
}

static void echo(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
        uv_buf_t answer = uv_buf_init(buffer->base, count > 0 ? (unsigned)count : 0);

        if (count < 0)
                uv_close((uv_handle_t *)stream, closed);
        else if (count > 0)
                echo_require(uv_try_write(stream, &answer, 1) == count, "write");
}

static void connected(uv_stream_t *listener, int status)
{
        uv_tcp_t *peer = malloc(sizeof *peer);

        echo_require(status == 0 && peer != NULL, "accept");
        uv_tcp_init(listener->loop, peer);
        echo_require(uv_accept(listener, (uv_stream_t *)peer) == 0, "accept");
        uv_read_start((uv_stream_t *)peer, give_buffer, echo);
}

int main(void)
{
        uv_loop_t *loop = uv_default_loop();
        uv_tcp_t listener;

        uv_tcp_init(loop, &listener);
        uv_tcp_open(&listener, echo_listen(SOCK_NONBLOCK));
        echo_require(uv_listen((uv_stream_t *)&listener, 4096, connected) == 0, "listen");
        return uv_run(loop, UV_RUN_DEFAULT);
}
