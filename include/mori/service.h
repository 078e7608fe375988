/* SPDX-License-Identifier: MIT */
/*
 * Services: programs that come with mori, each a process that serves an interface. What they serve
 * is written in the schemas beside this header (mori/service/console.capnp and so on), of which
 * what is included here is made.
 *
 *         struct mori_service_directory of = {.path = "/srv/www", .readonly = true};
 *         service_directory www;
 *         mori_process files;
 *         service_file page;
 *
 *         attempt(await mori_service_start(mori_service_files, &of, sizeof of, "files", &files,
 *                                          &www.ref));
 *         attempt(await service_directory_open(www, "index.html", SERVICE_DIRECTORY_HOW_READ,
 *                                              &page));
 *
 * Rules.
 *   (1) A service has what it was given as it was started, a directory for instance, and lends
 *       parts of it as objects: files, connections. Who has a reference to one may use that one.
 *   (2) What an object stands for is closed when nobody has a reference any more, and when a
 *       process ends that had it. So nobody has to close anything.
 *   (3) The service's process ends when it is stopped or killed, or its owner has ended. Calls of
 *       what it has lent answer -ECONNRESET then. One that cannot begin (no such directory, an
 *       address in use) fails with that error, which its end tells (process.h).
 *   (4) Everything is bounded: how many objects a service lends at a time (`open_max`), how much a
 *       call moves (the schemas say it).
 *
 * Link with libmori-services before libmori; moricc and pkg-config do.
 */
#pragma once

#include <mori/object.h>
#include <mori/service/clock.mori.h>
#include <mori/service/console.mori.h>
#include <mori/service/files.mori.h>
#include <mori/service/net.mori.h>
#include <mori/service/programs.mori.h>
#include <mori/service/random.mori.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Starts a service, or whatever else exports an object: main(argument) as a process of that name,
 * which is killed when the running process has ended, and which that holds (mori_process_stop(),
 * mori_process_release()); and asks for what it exports. Calls of *ret_ref, which is the caller's,
 * wait until the service has begun. Returns 0, or a negative errno of mori_process_start() or
 * mori_process_exported() with which nothing was started.
 */
MORI_API MORI_ASYNC int mori_service_start(mori_process_main *main, const void *argument,
                                           size_t bytes, const char *name,
                                           mori_process *ret_process,
                                           mori_ref *ret_ref) MORI_MUST_CHECK;

/* ---- Services that need nothing: `argument` is not looked at */

/* A service_console: the program's standard output and standard error output. */
MORI_API MORI_ASYNC int mori_service_console(void *argument);
/* A service_clock. */
MORI_API MORI_ASYNC int mori_service_clock(void *argument);
/* A service_random. */
MORI_API MORI_ASYNC int mori_service_random(void *argument);

/* ---- Files */

/* How long paths and addresses may be, the 0 at their end included. */
#define MORI_SERVICE_TEXT_MAX 1024
/* How many objects a service lends at a time, where it is not told otherwise; and at most. */
#define MORI_SERVICE_OPEN     1000
#define MORI_SERVICE_OPEN_MAX 1000000

/* What mori_service_files() is told. */
struct mori_service_directory {
        char path[MORI_SERVICE_TEXT_MAX]; /* of the directory; relative: to the working directory */
        bool readonly;                    /* nothing can be changed */
        uint32_t open_max; /* files, directories and listings at a time; 0: MORI_SERVICE_OPEN */
};

/*
 * A service_directory. `argument` is a struct mori_service_directory. Fails with the error of
 * opening the directory; -EINVAL for an empty path, one that does not end, or an open_max above
 * MORI_SERVICE_OPEN_MAX. The text of its end (process.h) says which it was.
 */
MORI_API MORI_ASYNC int mori_service_files(void *argument);

/* ---- The network */

/* What mori_service_listener() is told. */
struct mori_service_address {
        char address[MORI_SERVICE_TEXT_MAX]; /* as socket.h has them: "127.0.0.1:0", "unix:..." */
        uint32_t open_max;                   /* connections at a time; 0: MORI_SERVICE_OPEN */
};

/*
 * A service_listener. `argument` is a struct mori_service_address. At the path of a Unix socket it
 * is the only server, in the place of one that has died (serve.h), and removes the socket's file
 * when it is stopped. Fails with the error of mori_socket_listen() or mori_server_begin(); -EINVAL
 * as mori_service_files(), and the text as there.
 */
MORI_API MORI_ASYNC int mori_service_listener(void *argument);

/* ---- As programs of systems (system.h): service/programs.capnp has their settings and exports */

extern const struct mori_program mori_service_program_clock;
extern const struct mori_program mori_service_program_console;
extern const struct mori_program mori_service_program_files;
extern const struct mori_program mori_service_program_listener;
extern const struct mori_program mori_service_program_random;
/* All of them, with a NULL at the end. */
extern const struct mori_program *const mori_service_programs[];

/* ---- Conveniences for who calls */

/* How long what is printed may be. */
#define MORI_SERVICE_PRINT_MAX 65536

/*
 * Formats as printf(3) does and prints it on a console. 0; -EMSGSIZE for more than
 * MORI_SERVICE_PRINT_MAX bytes; or as any call.
 */
MORI_API MORI_ASYNC int mori_service_print(service_console console, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
