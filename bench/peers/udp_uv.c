/* SPDX-License-Identifier: MIT */
/* A UDP echo server on libuv: receives with recvmmsg(2), and sends at once. */
#include "echo_peer.h"

#include <uv.h>

/* Room for 20 datagrams, the most that libuv takes with one call. */
static void give_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buffer)
{
        static char buffer[20 * 65536];

        (void)handle;
        (void)wanted;
        *ret_buffer = uv_buf_init(buffer, sizeof buffer);
}

static void echo(uv_udp_t *socket, ssize_t count, const uv_buf_t *buffer,
                 const struct sockaddr *from, unsigned flags)
{
        uv_buf_t answer = uv_buf_init(buffer->base, count > 0 ? (unsigned)count : 0);

        (void)flags;
        echo_require(count >= 0, "receive");
        if (from != NULL)
                echo_require(uv_udp_try_send(socket, &answer, 1, from) == count, "send");
}

int main(void)
{
        uv_loop_t *loop = uv_default_loop();
        struct sockaddr_in address;
        int length = sizeof address;
        uv_udp_t socket;

        uv_udp_init_ex(loop, &socket, AF_INET | UV_UDP_RECVMMSG);
        uv_ip4_addr("127.0.0.1", 0, &address);
        echo_require(uv_udp_bind(&socket, (struct sockaddr *)&address, 0) == 0, "bind");
        uv_udp_getsockname(&socket, (struct sockaddr *)&address, &length);
        echo_announce(ntohs(address.sin_port));
        echo_require(uv_udp_recv_start(&socket, give_buffer, echo) == 0, "receive");
        return uv_run(loop, UV_RUN_DEFAULT);
}
