/* SPDX-License-Identifier: MIT */
/*
 * Accepting. An error of one connection, or no descriptors for more, is no reason to stop: what
 * is there goes on, and connections wait in the kernel's queue until one of the others has ended.
 */
#include "server.h"

#define PAUSE MORI_MS(20)

async int listener_run(struct server *server, mori_file listener)
{
        int result = 0;

        scope {
                while (result != -ECANCELED) {
                        mori_file peer;

                        soft {
                                result = await mori_socket_accept(listener, &peer);
                        }
                        if (result == 0) {
                                server->totals.connections++;
                                ignore(start(connection_run, server, peer));
                        } else if (result != -ECANCELED) {
                                server->totals.connections_refused++;
                                soft {
                                        result = await mori_sleep(PAUSE);
                                }
                        }
                }
                (void)await mori_file_close(listener);
        } /* waits for the connections */
        return 0;
}
