/* SPDX-License-Identifier: MIT */
/*
 * Step 18: a web server for files that is a system of processes (web.yaml).
 *
 *      listener   has an address, and lends connections
 *      files      has a directory, and lends what is in it, to be read only
 *      front      this: has a reference to both, accepts, and starts for each connection
 *      visit      a process that has that connection, the directory, and nothing else (visit.c)
 *
 * So what a client can make a process do, however it does it, is what that one has: to read files
 * beneath the directory, and to answer that client. One that breaks a contract, or takes more than
 * its quotas, ends alone. The parser, paths and types are those of step 7.
 */
#include "visit.h"

#include <mori/keywords.h>
#include <mori/service.h>

static const struct mori_process_options limits = {
        .name = "visit",
        .flags = MORI_PROCESS_OWNED, /* it goes with the front */
        .activities_max = 16,
        .heap_max = 4u << 20,
};

/* From its beginning to its end, whatever that is: it is nobody else's matter. */
static async int visit_run(const struct front_capabilities *has, service_connection connection)
{
        mori_process process;
        uint32_t requests;
        visit served;
        int error = await mori_process_start(visit_main, NULL, 0, &limits, &process);

        if (error == 0) {
                error = mori_process_exported(process, &served.ref);
                if (error == 0) {
                        (void)await visit_serve(served, connection, has->root, has->idle,
                                                &requests);
                        visit_drop(served);
                }
                (void)mori_process_kill(process);
                (void)mori_process_release(process);
        }
        service_connection_drop(connection);
        return 0;
}

static async int front_main(const struct front_capabilities *has)
{
        struct service_listener_address_results at;

        attempt(await service_listener_address(has->listener, &at));
        attempt(await mori_service_print(has->console, "listening on %s\n", at.address.bytes));
        service_listener_address_results_free(&at);
        scope {
                for (;;) {
                        service_connection connection;

                        attempt(await service_listener_accept(has->listener, &connection));
                        ignore(start(visit_run, has, connection));
                }
        }
        return 0;
}
MORI_PROGRAM(front, front_main);
