/* SPDX-License-Identifier: MIT */
/*
 * Step 7: a real program, a web server for files.
 *
 *      07-web-file-server [--root DIRECTORY] [--listen ADDRESS] [--json] ...
 *
 * HTTP/1.1 with keep-alive and pipelining, GET and HEAD, ranges, conditions, listings. llhttp
 * parses; it is plain C that knows nothing of mori, and is called like any function. All requests
 * of a connection are served by one activity, written as if it could block:
 *
 *      main.c        options, starting, stopping, what it has done
 *      listener.c    accepts, and starts an activity for each connection
 *      connection.c  reads requests, sends answers
 *      exchange.c    the buffers of both, taken while a connection is busy
 *      request.c     llhttp, and what it finds
 *      fetch.c       opens, reads, looks again
 *      response.c    answers: statuses, conditions, ranges
 *      cache.c       files in memory; listing.c, path.c, mime.c, date.c: as they say
 *
 * SIGTERM and SIGINT stop it: idle connections end at once, busy ones after their answer, those
 * that do not take theirs when the grace period is over.
 */
#include "server.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define EXIT_NO_ROOT 3
#define EXIT_NO_ADDRESS 4

static const char usage[] =
        "usage: 07-web-file-server [OPTION...]\n"
        "Serves the files of a directory over HTTP/1.1.\n"
        "\n"
        "  --root DIRECTORY     what is served (default: the working directory)\n"
        "  --listen ADDRESS     127.0.0.1:8080, [::1]:8080, *:8080 or unix:PATH; port 0: any\n"
        "                       free one (default: 127.0.0.1:8080)\n"
        "  --idle SECONDS       end a connection that says nothing for so long (75)\n"
        "  --timeout SECONDS    give a request so long to arrive, and a peer to take a piece\n"
        "                       of its answer (20)\n"
        "  --grace SECONDS      give connections so long to end after SIGTERM (5)\n"
        "  --json               at the end, write what was done as JSON\n"
        "  --help\n"
        "\n"
        "Exit codes: 0 stopped by a signal, 2 wrong arguments, 3 no such root, 4 the address\n"
        "cannot be listened on.\n";

/* Seconds, with a fraction; false where it is no number. */
static bool seconds_read(const char *text, int64_t *ret_duration)
{
        char *rest;
        double seconds = strtod(text, &rest);

        if (*text == '\0' || *rest != '\0' || !(seconds > 0 && seconds < 1e9))
                return false;
        *ret_duration = (int64_t)(seconds * 1e9);
        return true;
}

enum parsed { PARSED_RUN, PARSED_HELP, PARSED_WRONG };

static enum parsed options_read(int argc, char **argv, struct options *ret_options)
{
        static const struct option names[] = {
                {"root", required_argument, NULL, 'r'},
                {"listen", required_argument, NULL, 'l'},
                {"idle", required_argument, NULL, 'i'},
                {"timeout", required_argument, NULL, 't'},
                {"grace", required_argument, NULL, 'g'},
                {"json", no_argument, NULL, 'j'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct options options = {".", "127.0.0.1:8080", MORI_S(75), MORI_S(20), MORI_S(5), false};
        bool good = true;
        int option;

        opterr = 0; /* getopt would write to the standard error output by itself, and block */
        while (good && (option = getopt_long(argc, argv, "", names, NULL)) != -1) {
                switch (option) {
                case 'r':
                        options.root = optarg;
                        break;
                case 'l':
                        options.listen = optarg;
                        break;
                case 'i':
                        good = seconds_read(optarg, &options.idle);
                        break;
                case 't':
                        good = seconds_read(optarg, &options.request);
                        break;
                case 'g':
                        good = seconds_read(optarg, &options.grace);
                        break;
                case 'j':
                        options.json = true;
                        break;
                case 'h':
                        return PARSED_HELP;
                default:
                        good = false;
                }
        }
        *ret_options = options;
        return good && optind == argc ? PARSED_RUN : PARSED_WRONG;
}

/* Waits for whichever of the two signals comes first. */
static async int wait_for_stop(void)
{
        static const int stops[] = {SIGINT, SIGTERM};

        attempt(await mori_signal_wait_any(stops, 2));
        return 0;
}

static async int write_json(const struct server *server)
{
        const struct totals *totals = &server->totals;
        struct mori_statistics statistics;

        mori_statistics_get(&statistics);
        return await mori_print(
                mori_stdout(),
                "{\"connections\": %lu, \"accepts_failed\": %lu, \"timed_out\": %lu, "
                "\"requests\": %lu, \"status_2xx\": %lu, \"status_3xx\": %lu, "
                "\"status_4xx\": %lu, \"status_5xx\": %lu, \"bytes\": %lu, "
                "\"activities_started\": %lu, \"turns\": %lu, \"stalls\": %lu, \"io\": \"%s\"}\n",
                totals->connections, totals->connections_refused, totals->timed_out,
                totals->requests, totals->statuses[2], totals->statuses[3], totals->statuses[4],
                totals->statuses[5], totals->bytes, statistics.starts, statistics.turns,
                statistics.stalls, statistics.io);
}

/* Runs the server until it is stopped, and lets connections end. */
static async int run(struct server *server, mori_file listener)
{
        scope {
                Async(int) listening = start(listener_run, server, listener);

                attempt(await wait_for_stop());
                server->stopping = true;
                mori_cancel_soft(MORI_ACTIVITY(listening));
                within (server->options.grace) {
                        if (await mori_wait(MORI_ACTIVITY(listening)) < 0)
                                cancel(listening);
                }
                attempt(await join(listening));
        }
        return 0;
}

static async void server_free(void *pointer)
{
        struct server *server = pointer;

        cache_deinit(&server->cache);
        exchange_pool_deinit(&server->pool);
        free(server);
}

async int mori_main(int argc, char **argv)
{
        struct server *server;
        mori_file listener;
        char address[128];
        int error;

        server = calloc(1, sizeof *server);
        if (server == NULL)
                return -ENOMEM;
        MORI_DEFER_CALL(server_free, server);
        switch (options_read(argc, argv, &server->options)) {
        case PARSED_HELP:
                attempt(await mori_print(mori_stdout(), "%s", usage));
                return 0;
        case PARSED_WRONG:
                attempt(await mori_print(mori_stderr(), "%s", usage));
                return EXIT_USAGE;
        case PARSED_RUN:
                break;
        }
        error = await mori_file_open(MORI_NO_FILE, server->options.root, O_PATH | O_DIRECTORY, 0,
                                     &server->root);
        if (error < 0) {
                await mori_print(mori_stderr(), "%s: %s\n", server->options.root, strerror(-error));
                return EXIT_NO_ROOT;
        }
        error = mori_socket_listen(server->options.listen, 0, &listener);
        if (error < 0) {
                await mori_print(mori_stderr(), "%s: %s\n", server->options.listen,
                                 strerror(-error));
                return EXIT_NO_ADDRESS;
        }
        attempt(mori_socket_address(listener, 0, address, sizeof address));
        attempt(await mori_print(mori_stdout(), "listening on %s\n", address));
        attempt(await run(server, listener));
        if (server->options.json)
                attempt(await write_json(server));
        return 0;
}
