/* SPDX-License-Identifier: MIT */
/*
 * How many messages does an echo server return for a second of processor time?
 *
 *      echo_server
 *
 * One activity per connection, which borrows what has come and writes it back: nothing is copied,
 * and an idle connection has no buffer. It runs until it is killed; bench/serve drives it with
 * bench/echo_load.c, pins both, and reads the time. examples/05-echo-server is the same with
 * a buffer in the frame and with an orderly end.
 */
#include "bench.h"

static async int echo(mori_file peer)
{
        mori_loan loan;
        int64_t count;

        for (;;) {
                count = await mori_socket_borrow(peer, &loan);
                if (count <= 0)
                        break;
                count = await mori_file_write_all(peer, loan.data, loan.bytes);
                mori_loan_return(&loan);
                if (count < 0)
                        break;
        }
        return await mori_file_close(peer);
}

async int mori_main(int argc, char **argv)
{
        mori_file listener, peer;
        char address[64];

        (void)argc;
        (void)argv;
        attempt(mori_socket_listen("127.0.0.1:0", 0, &listener));
        attempt(mori_socket_address(listener, 0, address, sizeof address));
        attempt(await mori_print(mori_stdout(), "listening on %s\n", address));
        scope {
                for (;;) {
                        attempt(await mori_socket_accept(listener, &peer));
                        ignore(start(echo, peer));
                }
        }
        return 0;
}
