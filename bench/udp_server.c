/* SPDX-License-Identifier: MIT */
/*
 * How many datagrams does a UDP echo server return for a second of processor time?
 *
 *      udp_server
 *
 * One activity, which takes what has come and sends it back. It runs until it is killed;
 * bench/serve drives it with bench/udp_load.c, pins both, and reads the time.
 */
#include "bench.h"

#define BYTES 2048

async int mori_main(int argc, char **argv)
{
        mori_datagram *datagrams = bench_memory(MORI_DATAGRAMS_MAX, sizeof *datagrams);
        char *bytes = bench_memory(MORI_DATAGRAMS_MAX, BYTES);
        mori_file socket;
        char address[64];

        (void)argc;
        (void)argv;
        for (int i = 0; i < MORI_DATAGRAMS_MAX; i++)
                datagrams[i] = (mori_datagram){.data = bytes + i * BYTES, .room = BYTES};
        attempt(mori_datagram_bind("127.0.0.1:0", 0, &socket));
        attempt(mori_socket_address(socket, 0, address, sizeof address));
        attempt(await mori_print(mori_stdout(), "listening on %s\n", address));
        for (;;) {
                int count = await mori_datagram_receive_many(socket, datagrams, MORI_DATAGRAMS_MAX);

                attempt(count);
                attempt(await mori_datagram_send_many(socket, datagrams, (unsigned)count));
        }
}
