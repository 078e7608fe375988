/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the public I/O calls share. A case is a program; it runs on the engine that
 * MORI_IO names, and must mean the same on all of them:
 *
 *      PROGRAM(reads_what_was_written)
 *      {
 *              EXPECT_EQ(await mori_file_write(...), 5);
 *              return 0;
 *      }
 *
 *      IO_MAIN("io/file", TEST(reads_what_was_written), ...)
 *
 * Each runs in an empty working directory of its own. Afterwards nothing may be left of it: no
 * segment, no descriptor, no report.
 */
#pragma once

#include "support/async.h"
#include "support/descriptors.h"

#include "platform/sim.h"
#include "turn/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
/* Sync code that async code may call: on the classical stack, and known not to wait. */
#define HELPER MORI_NONBLOCKING __attribute__((unused, noinline)) static

#define PROGRAM_OF(name, parameter)                                                                \
        static MORI_ASYNC int name##_program(int argc, char **argv);                               \
        START_TEST(name)                                                                           \
        {                                                                                          \
                io_case(name##_program, 0);                                                        \
                ck_assert_not_reported();                                                          \
        }                                                                                          \
        END_TEST                                                                                   \
        static MORI_ASYNC int name##_program(parameter int argc, parameter char **argv)
#define PROGRAM(name) PROGRAM_OF(name, UNUSED)

HELPER bool simulated(void)
{
        const char *io = getenv("MORI_IO");

        return io != NULL && strcmp(io, "sim") == 0;
}

/* Runs a program, which must answer `code`, and looks whether something is left of it. */
UNUSED static void io_case(mori_entry_point *entry, int code)
{
        char name[] = "test", *arguments[] = {name, NULL};
        int before = descriptors_count();
        char folder[32];

        snprintf(folder, sizeof folder, "%d", (int)getpid());
        ck_assert_int_eq(mkdir(folder, 0777), 0);
        ck_assert_int_eq(chdir(folder), 0);
        reports_bytes = 0;
        reports[0] = '\0';
        base_report_to(reports_write);
        ck_assert_int_eq(mori_run(entry, 1, arguments, NULL), code);
        assert_nothing_left();
        ck_assert_int_eq(descriptors_count(), before);
}

/* Answers 77 (skipped) where the engine is not to be had. */
UNUSED static int io_main(const char *name, const struct test_case *cases, size_t count)
{
        struct platform_io_config config = {.kind = PLATFORM_IO_URING};
        char folder[4096], place[4200];
        const char *io = getenv("MORI_IO"), *top = getenv("TMPDIR");
        struct platform_io *engine;
        int result;

        if (io == NULL)
                setenv("MORI_IO", "sim", 1);
        setenv("MORI_STALL_MS", "0", 1);
        if (io != NULL && strcmp(io, "uring") == 0) {
                if (platform_io_new(&config, &engine) < 0)
                        return 77;
                platform_io_free(engine);
        }
        snprintf(folder, sizeof folder, "%s/mori-io-XXXXXX", top != NULL ? top : P_tmpdir);
        if (mkdtemp(folder) == NULL || chdir(folder) < 0)
                return EXIT_FAILURE;
        result = test_run(name, cases, count);
        snprintf(place, sizeof place, "rm -rf '%s'", folder);
        if (system(place) != 0)
                return EXIT_FAILURE;
        return result;
}

#define IO_MAIN(name, ...)                                                                         \
        int main(void)                                                                             \
        {                                                                                          \
                const struct test_case cases[] = {__VA_ARGS__};                                    \
                                                                                                   \
                return io_main((name), cases, sizeof(cases) / sizeof(cases[0]));                   \
        }

/* ---- The file system, for what mori has no call for */

HELPER struct platform_io *engine(void)
{
        return process_self()->seat->io;
}

/* How many descriptors are open, in this OS process or in the simulation. */
HELPER int open_now(void)
{
        struct platform_sim_statistics statistics;

        if (!simulated())
                return descriptors_count();
        platform_sim_statistics(engine(), &statistics);
        return (int)statistics.descriptors;
}

HELPER void make_directory(const char *path)
{
        ck_assert_int_eq(simulated() ? platform_sim_directory(engine(), path) : mkdir(path, 0777),
                         0);
}

HELPER void make_link(const char *path, const char *target)
{
        ck_assert_int_eq(simulated() ? platform_sim_symlink(engine(), path, target)
                                     : symlink(target, path),
                         0);
}

HELPER void make_file(const char *path, const void *bytes, size_t length)
{
        int fd;

        if (simulated()) {
                ck_assert_int_eq(platform_sim_file(engine(), path, bytes, length), 0);
                return;
        }
        fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0666);
        ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
        close(fd);
}

HELPER void remove_path(const char *path)
{
        ck_assert_int_eq(simulated() ? platform_sim_remove(engine(), path) : remove(path), 0);
}

HELPER uint32_t operations_left(void)
{
        struct mori_statistics statistics;

        mori_statistics_get(&statistics);
        return statistics.operations;
}

/* ---- Streams of known bytes: what stands at a place can be told from the place */

HELPER unsigned char byte_at(uint64_t place)
{
        return (unsigned char)((place * 0x9E3779B97F4A7C15u) >> 56);
}

HELPER void fill(void *buffer, uint64_t place, size_t bytes)
{
        unsigned char *at = buffer;

        for (size_t i = 0; i < bytes; i++)
                at[i] = byte_at(place + i);
}

HELPER void verify(const void *buffer, uint64_t place, size_t bytes)
{
        const unsigned char *at = buffer;

        for (size_t i = 0; i < bytes; i++)
                if (at[i] != byte_at(place + i))
                        ck_abort_msg("byte %llu of the stream is wrong",
                                     (unsigned long long)(place + i));
}

/* Abstract names are the whole system's: a name that is this test's own. */
HELPER const char *own_name(const char *name)
{
        static char text[4][64];
        static unsigned next;
        char *own = text[next++ % 4];

        snprintf(own, sizeof text[0], strncmp(name, "unix:@", 6) == 0 ? "%s-%d" : "%s", name,
                 (int)getpid());
        return own;
}

/* A connection over an address that is listened to; the listener is closed again. */
UNUSED static MORI_ASYNC int accept_into(mori_file listener, mori_file *ret_socket)
{
        return MORI_AWAIT mori_socket_accept(listener, ret_socket);
}

UNUSED static MORI_ASYNC void connected(const char *address, mori_file *ret_first,
                                        mori_file *ret_second)
{
        mori_file listener;
        char text[128];

        EXPECT_EQ(mori_socket_listen(own_name(address), 0, &listener), 0);
        EXPECT_EQ(mori_socket_address(listener, 0, text, sizeof text), 0);
        MORI_SCOPE {
                MORI_HANDLE(int) accepting = MORI_START(accept_into, listener, ret_second);

                EXPECT_EQ(MORI_AWAIT mori_socket_connect(text, ret_first), 0);
                EXPECT_EQ(MORI_AWAIT MORI_JOIN(accepting), 0);
        }
        EXPECT_EQ(MORI_AWAIT mori_file_close(listener), 0);
}

UNUSED static MORI_ASYNC int64_t read_into(mori_file file, void *buffer, size_t bytes)
{
        return MORI_AWAIT mori_file_read(file, buffer, bytes);
}

UNUSED static MORI_ASYNC int64_t write_from(mori_file file, const void *buffer, size_t bytes)
{
        return MORI_AWAIT mori_file_write(file, buffer, bytes);
}
