/* SPDX-License-Identifier: MIT */
/*
 * Step 5: a server, and how it stops.
 *
 *      05-echo-server [ADDRESS...]
 *
 * with addresses such as 127.0.0.1:7007, [::1]:7007, *:7007, unix:/run/echo.sock, unix:@echo.
 *
 * One activity accepts, one serves each connection; all belong to the scope in which they were
 * started, so stopping is one call. It comes in two degrees. A soft cancellation reaches only
 * waits inside of a `soft` block, where there is nothing to lose: here, waiting for the next
 * connection or the next bytes. Bytes that have come are still sent back. Whoever is not done
 * after a while, because a peer does not read, is cancelled in the hard way: then every wait
 * answers -ECANCELED.
 */
#include <mori/keywords.h>

#include <signal.h>
#include <string.h>

#define ADDRESSES_MAX 8

/* Sends back what comes, until the peer has said everything or we are to stop. */
static async int echo(mori_file peer)
{
        char buffer[512];
        int64_t count = 0;

        defer {
                (void)await mori_file_close(peer);
        }
        for (;;) {
                soft {
                        count = await mori_file_read(peer, buffer, sizeof buffer);
                }
                if (count <= 0)
                        return 0; /* the end, a peer that has gone, a stop: no failure of ours */
                if (await mori_file_write_all(peer, buffer, (size_t)count) < 0)
                        return 0;
        }
}

/* Accepts until it is stopped. Where descriptors run out it waits for some to come back. */
static async int serve(mori_file listener)
{
        int result;

        scope {
                for (;;) {
                        mori_file peer;

                        soft {
                                result = await mori_socket_accept(listener, &peer);
                        }
                        if (result == -EMFILE || result == -ENFILE || result == -ENOBUFS) {
                                soft {
                                        result = await mori_sleep(MORI_MS(50));
                                }
                        } else if (result == 0) {
                                ignore(start(echo, peer));
                        }
                        if (result == -ECANCELED)
                                goto stopped;
                }
stopped:;
        } /* the end of the block: waits for every connection */
        attempt(await mori_file_close(listener));
        return 0;
}

/* Waits for whichever of the two signals comes first. */
static async int wait_for_stop(void)
{
        static const int stops[] = {SIGINT, SIGTERM};

        attempt(await mori_signal_wait_any(stops, 2));
        return 0;
}

/* Lets what is under way come to its end, for at most a second. */
static async int stop(Async(int) server)
{
        mori_cancel_soft(MORI_ACTIVITY(server));
        within (MORI_S(1)) {
                if (await mori_wait(MORI_ACTIVITY(server)) == -ETIMEDOUT)
                        cancel(server);
        }
        return await join(server);
}

async int mori_main(int argc, char **argv)
{
        static const char *const default_address[] = {"127.0.0.1:0"};
        const char *const *addresses = argc > 1 ? (const char *const *)argv + 1 : default_address;
        int count = argc > 1 ? argc - 1 : 1;
        Async(int) servers[ADDRESSES_MAX];

        if (count > ADDRESSES_MAX) {
                await mori_print(mori_stderr(), "at most %d addresses\n", ADDRESSES_MAX);
                return 2;
        }
        for (int i = 0; i < count; i++) {
                mori_file listener;
                char text[128];
                int error = mori_socket_listen(addresses[i], 0, &listener);

                if (error < 0) {
                        await mori_print(mori_stderr(), "%s: %s\n", addresses[i], strerror(-error));
                        return 1;
                }
                servers[i] = start(serve, listener);
                attempt(mori_socket_address(listener, 0, text, sizeof text));
                attempt(await mori_print(mori_stdout(), "listening on %s\n", text));
        }
        attempt(await wait_for_stop());
        for (int i = 0; i < count; i++)
                attempt(await stop(servers[i]));
        attempt(await mori_print(mori_stdout(), "stopped\n"));
        return 0;
}
