/* SPDX-License-Identifier: MIT */
/*
 * Files whose end meets something: closes while others use the file, teardowns in the midst of a
 * close, reads that find no buffer. On every engine where it can matter.
 */
#include "support/async.h"

#include "platform/sim.h"
#include "turn/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Runs a program on each engine that this machine has. */
static void run_everywhere(mori_entry_point *entry)
{
        static const enum mori_io engines[] = {MORI_IO_SIM, MORI_IO_EPOLL, MORI_IO_URING};
        char folder[] = P_tmpdir "/mori-file-XXXXXX", command[64];

        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(chdir(folder), 0);
        for (size_t i = 0; i < ELEMENTS(engines); i++) {
                int code = run_on(entry, engines[i], 1);

                if (engines[i] == MORI_IO_URING && code == 78)
                        continue; /* this kernel has no io_uring */
                ck_assert_msg(code == 0, "engine %d: %d %s", (int)engines[i], code, reports);
                ck_assert_not_reported();
                assert_nothing_left();
        }
        snprintf(command, sizeof command, "rm -r %s", folder);
        ck_assert_int_eq(system(command), 0);
}

/* ---- A file that is closed while it is the source of something */

#define BIG (1 << 20)

static async int64_t sends_file(mori_file to, mori_file from)
{
        return await mori_sendfile(to, from, 0, BIG);
}

static async int writes_filled(const char *path, int byte, mori_file *ret_file)
{
        attempt(await mori_file_open(MORI_NO_FILE, path, O_RDWR | O_CREAT | O_TRUNC, 0600,
                                     ret_file));
        for (int i = 0; i < BIG / 4096; i++) {
                char bytes[4096];

                memset(bytes, byte, sizeof bytes);
                attempt(await mori_file_write_all(*ret_file, bytes, sizeof bytes));
        }
        return 0;
}

/* How many bytes came, of which none is a secret. */
static async int64_t drains(mori_file file)
{
        int64_t got, total = 0;
        char bytes[4096];

        while ((got = await mori_file_read(file, bytes, sizeof bytes)) > 0) {
                total += got;
                EXPECT(memchr(bytes, 's', (size_t)got) == NULL);
        }
        return got < 0 ? got : total;
}

static async int closes_the_source(int argc, char **argv)
{
        mori_file ends[2], mine, secret;
        Async(int64_t) sending, draining;
        int64_t sent;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await writes_filled("mine", 'm', &mine), 0);
        EXPECT_EQ(mori_pipe(ends), 0);
        sending = start(sends_file, ends[1], mine);
        EXPECT_EQ(await mori_sleep(MORI_MS(20)), 0); /* the pipe is full by now */
        EXPECT_EQ(await mori_file_close(mine), 0);
        EXPECT_EQ(await writes_filled("secret", 's', &secret), 0);
        draining = start(drains, ends[0]);
        sent = join(sending);
        EXPECT(sent > 0 && sent < BIG);
        EXPECT_EQ(await mori_file_close(ends[1]), 0);
        EXPECT_EQ(join(draining), sent);
        EXPECT_EQ(await mori_file_close(ends[0]), 0);
        return await mori_file_close(secret);
}

START_TEST(a_source_that_is_closed_is_not_another_file)
{
        run_everywhere(closes_the_source);
}
END_TEST

/* ---- Who is answered what by a close */

static async int64_t reads(mori_file file)
{
        char byte;

        return await mori_file_read(file, &byte, 1);
}

static async int polls(mori_file file)
{
        mori_case cases[] = {MORI_CASE_READY(file, POLLIN)};

        EXPECT_EQ(await mori_select(cases, 1), 0);
        return cases[0].result;
}

static async int closes_under_readers(int argc, char **argv)
{
        mori_file ends[2];

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_pipe(ends), 0);
        scope {
                Async(int64_t) reading = start(reads, ends[0]);
                Async(int) polling = start(polls, ends[0]);

                EXPECT_EQ(await mori_sleep(MORI_MS(1)), 0);
                EXPECT_EQ(await mori_file_close(ends[0]), 0);
                EXPECT_EQ(join(reading), -EBADF);
                EXPECT_EQ(join(polling), -EBADF);
        }
        return await mori_file_close(ends[1]);
}

START_TEST(a_close_answers_those_who_wait)
{
        run_everywhere(closes_under_readers);
}
END_TEST

/* A close that has to wait does not turn the loop: a thread reads, and nobody can interrupt it. */
#define LONG (64 << 20)

static async int64_t reads_long(mori_file file, void *buffer)
{
        return await mori_file_read_at(file, buffer, LONG, 0);
}

static async int closes_what_is_busy(int argc, char **argv)
{
        struct mori_statistics before, after;
        void *buffer = malloc(LONG);
        Async(int64_t) reading;
        mori_file file;
        int64_t got;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await writes_filled("busy", 'b', &file), 0);
        EXPECT_EQ(await mori_file_write_at(file, "x", 1, LONG - 1), 1);
        reading = start(reads_long, file, buffer);
        EXPECT_EQ(await mori_sleep(MORI_US(100)), 0);
        mori_statistics_get(&before);
        EXPECT_EQ(await mori_file_close(file), 0);
        mori_statistics_get(&after);
        EXPECT(after.rounds - before.rounds < 20);
        got = join(reading);
        EXPECT(got > 0 || got == -EBADF);
        free(buffer);
        return 0;
}

START_TEST(a_close_that_waits_is_quiet)
{
        run_everywhere(closes_what_is_busy);
}
END_TEST

/* ---- Teardowns */

static long bad_closes;

/* Takes the place of close(2) in this program, to see what is closed twice. */
int close(int fd)
{
        int result = (int)syscall(SYS_close, fd);

        bad_closes += result < 0;
        return result;
}

static async int closes(mori_file file)
{
        return await mori_file_close(file);
}

static async int ends_in_a_close(int argc, char **argv)
{
        Async(int) first, second;
        mori_file ends[2];

        (void)argc;
        (void)argv;
        EXPECT_EQ(mori_pipe(ends), 0);
        first = start(closes, ends[0]);
        second = start(closes, ends[1]);
        ignore(first);
        ignore(second);
        mori_exit(0);
}

START_TEST(a_teardown_closes_each_file_once)
{
        run_everywhere(ends_in_a_close);
        ck_assert_int_eq(bad_closes, 0);
}
END_TEST

/* ---- Sockets: reads while the engine has no buffer */

static async int accepts(mori_file listener, mori_file *ret_socket)
{
        return await mori_socket_accept(listener, ret_socket);
}

static async int pairs(mori_file *ret_first, mori_file *ret_second)
{
        mori_file listener;
        char address[64];

        attempt(mori_socket_listen("127.0.0.1:0", 0, &listener));
        attempt(mori_socket_address(listener, 0, address, sizeof address));
        scope {
                Async(int) accepting = start(accepts, listener, ret_second);

                attempt(await mori_socket_connect(address, ret_first));
                attempt(await join(accepting));
        }
        return await mori_file_close(listener);
}

/*
 * What a socket has received, and nobody has read, makes it ready; and so does what comes while a
 * subscription takes it from the kernel, the end, and a close.
 */
static async int ready(mori_file socket, int events)
{
        mori_case cases[] = {MORI_CASE_READY(socket, events), MORI_CASE_AFTER(MORI_S(1))};
        int index = await mori_select(cases, 2);

        return index == 0 ? cases[0].result : index == 1 ? -ETIMEDOUT : index;
}

static async int reads_and_selects(int argc, char **argv)
{
        Async(int) waiting, other;
        mori_file here, there;
        char byte;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await pairs(&here, &there), 0);
        waiting = start(ready, here, POLLIN);
        EXPECT_EQ(await mori_file_write_all(there, "ab", 2), 0);
        EXPECT_EQ(join(waiting), POLLIN);
        EXPECT_EQ(await mori_file_read(here, &byte, 1), 1);
        EXPECT_EQ(await ready(here, POLLIN), POLLIN);
        EXPECT_EQ(await mori_file_read(here, &byte, 1), 1);
        waiting = start(ready, here, POLLIN);
        other = start(ready, here, POLLIN);
        EXPECT_EQ(await mori_file_write_all(there, "c", 1), 0);
        EXPECT_EQ(join(waiting), POLLIN);
        EXPECT_EQ(join(other), POLLIN);
        EXPECT_EQ(await mori_file_read(here, &byte, 1), 1);
        EXPECT_EQ(await ready(here, POLLIN | POLLOUT) & POLLOUT, POLLOUT);
        waiting = start(ready, here, POLLIN);
        other = start(ready, here, POLLIN);
        cancel(other);
        EXPECT_EQ(join(other), -ECANCELED);
        EXPECT_EQ(await mori_socket_shutdown(there, SHUT_WR), 0);
        EXPECT_EQ(join(waiting), POLLIN);
        EXPECT_EQ(await ready(here, POLLIN), POLLIN);
        EXPECT_EQ(await mori_file_read(here, &byte, 1), 0);
        EXPECT_EQ(await mori_file_write_all(here, "d", 1), 0);
        EXPECT_EQ(await mori_file_read(there, &byte, 1), 1);
        waiting = start(ready, there, POLLIN);
        EXPECT_EQ(await mori_yield(), 0);
        EXPECT_EQ(await mori_file_close(there), 0);
        EXPECT_EQ(join(waiting), -EBADF);
        return await mori_file_close(here);
}

START_TEST(what_was_received_makes_a_socket_ready)
{
        run_everywhere(reads_and_selects);
}
END_TEST

#define BUFFERS 1024 /* of an engine */
#define IDLE    40

struct starving {
        mori_file source, sink, here[IDLE], there[IDLE];
        mori_loan loans[BUFFERS];
};

static async int64_t borrows(mori_file socket)
{
        mori_loan loan;
        int64_t got = await mori_socket_borrow(socket, &loan);

        if (got > 0)
                mori_loan_return(&loan);
        return got;
}

static async int feeds(mori_file file)
{
        char bytes[4096] = {0};

        for (;;)
                attempt(await mori_file_write_all(file, bytes, sizeof bytes));
}

/*
 * While every buffer is on loan, many starve. One that is given up must not take the chance of the
 * next, and one whose peer is silent must not either.
 */
static async int starves(int argc, char **argv)
{
        struct starving *all = shared_bytes();
        Async(int64_t) waiting[IDLE];
        Async(int) feeding;
        int loans = 0;

        (void)argc;
        (void)argv;
        EXPECT_EQ(await pairs(&all->source, &all->sink), 0);
        for (int i = 0; i < IDLE; i++)
                EXPECT_EQ(await pairs(&all->here[i], &all->there[i]), 0);
        feeding = start(feeds, all->source);
        within(MORI_S(1))
        {
                while (loans < BUFFERS &&
                       await mori_socket_borrow(all->sink, &all->loans[loans]) > 0)
                        loans++;
        }
        EXPECT(loans > BUFFERS - 16); /* some may wait where nobody reads */
        for (int i = 0; i < IDLE; i++)
                waiting[i] = start(borrows, all->here[i]);
        EXPECT_EQ(await mori_file_write_all(all->there[0], "x", 1), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
        EXPECT_EQ(await mori_file_write_all(all->there[IDLE - 1], "x", 1), 0);
        EXPECT_EQ(await mori_sleep(MORI_MS(10)), 0);
        cancel(waiting[0]);
        EXPECT_EQ(join(waiting[0]), -ECANCELED);
        mori_loan_return(&all->loans[--loans]);
        within(MORI_S(1)) EXPECT_EQ(await mori_wait(MORI_ACTIVITY(waiting[IDLE - 1])), 0);
        while (loans > 0)
                mori_loan_return(&all->loans[--loans]);
        EXPECT_EQ(join(waiting[IDLE - 1]), 1);
        for (int i = 1; i < IDLE - 1; i++) {
                cancel(waiting[i]);
                EXPECT_EQ(join(waiting[i]), -ECANCELED);
        }
        cancel(feeding);
        EXPECT_EQ(join(feeding), -ECANCELED);
        return 0;
}

START_TEST(who_starves_is_fed)
{
        run_everywhere(starves);
}
END_TEST

TEST_MAIN("activity/file", TEST(a_source_that_is_closed_is_not_another_file),
          TEST(a_close_answers_those_who_wait), TEST(a_close_that_waits_is_quiet),
          TEST(a_teardown_closes_each_file_once), TEST(who_starves_is_fed),
          TEST(what_was_received_makes_a_socket_ready))
