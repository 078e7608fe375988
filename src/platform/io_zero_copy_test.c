/* SPDX-License-Identifier: MIT */
/*
 * Sends that do not copy, on every backend: what arrives, when they are over, who waits for them,
 * and what ends them.
 */
#include "platform/io_test.h"

#include "platform/sim.h"

#include <sys/resource.h>
#include <sys/un.h>

#define BIG (300u << 10)

static struct platform_op op_send(int fd, const void *bytes, size_t length)
{
        struct platform_op op = op_transfer(PLATFORM_SEND, fd, bytes, length, 0);

        op.op_flags = PLATFORM_OP_ZERO_COPY;
        return op;
}

/* True where the kernel reads the bytes after it has said how many it takes, and may pin them. */
static bool reads_later(const struct rig *rig)
{
        struct rlimit limit;
        char text[400];

        if (rig->config.kind == PLATFORM_IO_SIM)
                return true;
        platform_io_describe(rig->io, text, sizeof(text));
        ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
        return strstr(text, "without a copy") && (geteuid() == 0 || limit.rlim_cur >= 4 * BIG);
}

static char *filled(void)
{
        char *bytes = malloc(BIG);

        for (size_t i = 0; i < BIG; i++)
                bytes[i] = (char)(i * 7 + i / 251);
        return bytes;
}

/* Receives so many bytes and compares them. */
static void expect(struct rig *rig, int fd, const char *bytes, size_t length)
{
        char *got = malloc(length);

        for (size_t at = 0; at < length;) {
                int count = task_run(rig,
                                     op_transfer(PLATFORM_RECV, fd, got + at, length - at, 0));

                ck_assert_int_gt(count, 0);
                at += (size_t)count;
        }
        ck_assert(memcmp(got, bytes, length) == 0);
        free(got);
}

/* A connection in which little is under way, so that what is sent has to wait for its reader. */
static void connect_narrow(struct rig *rig, int fds[2])
{
        rig_connect(rig, fds);
        if (rig->config.kind == PLATFORM_IO_SIM)
                return;
        platform_socket_option(rig->io, fds[0], SOL_SOCKET, SO_SNDBUF, 1 << 20);
        platform_socket_option(rig->io, fds[1], SOL_SOCKET, SO_RCVBUF, 16384);
}

static void close_both(struct rig *rig, const int fds[2])
{
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
}

static void it_arrives(struct rig *rig)
{
        char *bytes = filled();
        struct iovec pieces[3] = {{bytes, 1000}, {bytes + 1000, 0}, {bytes + 1000, BIG - 1000}};
        struct task whole, vector, behind;
        int fds[2];

        rig_connect(rig, fds);
        whole = (struct task){.op = op_send(fds[0], bytes, BIG)};
        vector = (struct task){.op = op_send(fds[0], pieces, 3)};
        vector.op.code = PLATFORM_SENDV;
        behind = (struct task){.op = op_transfer(PLATFORM_SEND, fds[0], "behind", 6, 0)};
        task_submit(rig, &whole);
        task_submit(rig, &vector);
        task_submit(rig, &behind);
        expect(rig, fds[1], bytes, BIG);
        expect(rig, fds[1], bytes, BIG);
        expect(rig, fds[1], "behind", 6);
        ck_assert_int_eq(task_await(&whole), BIG);
        ck_assert_int_eq(task_await(&vector), BIG);
        ck_assert_int_eq(task_await(&behind), 6);
        ck_assert_uint_eq(behind.flags, 0);
        if (!reads_later(rig))
                ck_assert_uint_eq(whole.flags & vector.flags, PLATFORM_COPIED);
        ck_assert_int_eq(task_run(rig, op_send(fds[0], bytes, 0)), 0);
        close_both(rig, fds);
        free(bytes);
}
PORTABLE(it_arrives)

/* The first is over for those behind it, but its bytes are not its owner's yet. */
static void those_behind_do_not_wait(struct rig *rig)
{
        bool sim = rig->config.kind == PLATFORM_IO_SIM;
        size_t length = sim ? 50000 : BIG;
        char *bytes = filled();
        struct task first, second;
        int fds[2];

        connect_narrow(rig, fds);
        first = (struct task){.op = op_send(fds[0], bytes, length)};
        second = (struct task){.op = op_transfer(PLATFORM_SEND, fds[0], "second", 6, 0)};
        task_submit(rig, &first);
        task_submit(rig, &second);
        ck_assert_int_eq(task_await(&second), 6);
        if (!sim)
                ck_assert(first.done == !reads_later(rig));
        expect(rig, fds[1], bytes, length);
        expect(rig, fds[1], "second", 6);
        ck_assert_int_eq(task_await(&first), (int)length);
        close_both(rig, fds);
        free(bytes);
}
PORTABLE(those_behind_do_not_wait)

/*
 * Takes what the other side of a connection that was cut has left; it may have heard nothing yet.
 */
static void expect_cut(struct rig *rig, int fd)
{
        char got[4096];
        int count;

        while ((count = task_run(rig, op_transfer(PLATFORM_RECV, fd, got, sizeof(got), 0))) > 0)
                ;
        ck_assert(count == -ECONNRESET || count == 0);
}

enum end { END_CANCEL, END_CLOSE, END_CANCEL_AND_CLOSE };

/*
 * Ended while the kernel reads, in each way: the last word comes, though nobody ever takes the
 * bytes, and the connection is gone.
 */
static void it_is_ended(struct rig *rig)
{
        char *bytes = filled();

        for (enum end end = END_CANCEL; end <= END_CANCEL_AND_CLOSE; end++) {
                for (int settle = 0; settle < 2; settle++) {
                        struct task task, other;
                        int fds[2];

                        connect_narrow(rig, fds);
                        task = (struct task){.op = op_send(fds[0], bytes, BIG)};
                        other = (struct task){.op = op_on(PLATFORM_CLOSE, fds[0])};
                        task_submit(rig, &task);
                        if (settle)
                                rig_settle(rig);
                        if (end != END_CLOSE)
                                task_cancel(&task);
                        if (end != END_CANCEL) {
                                task_submit(rig, &other);
                                ck_assert_int_eq(task_await(&other), 0);
                        }
                        task_await(&task);
                        ck_assert(task.result == BIG || task.result == -ECANCELED ||
                                  (task.result > 0 && task.result < (int)BIG) ||
                                  task.result == -EPIPE || task.result == -ECONNRESET ||
                                  task.result == -ENOTCONN);
                        if (end == END_CANCEL)
                                ck_assert_int_eq(rig_close(rig, fds[0]), 0);
                        expect_cut(rig, fds[1]);
                        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
                }
        }
        free(bytes);
}
PORTABLE(it_is_ended)

/* One that has moved nothing is taken back, and nothing happens to the connection. */
static void what_waits_is_taken_back(struct rig *rig)
{
        char *bytes = calloc(1, 4 << 20);
        struct task filler, task;
        int fds[2], filled_with, count, left;
        char got[4096];

        rig_connect(rig, fds);
        if (rig->config.kind != PLATFORM_IO_SIM) {
                platform_socket_option(rig->io, fds[0], SOL_SOCKET, SO_SNDBUF, 16384);
                platform_socket_option(rig->io, fds[1], SOL_SOCKET, SO_RCVBUF, 16384);
        }
        filler = (struct task){.op = op_transfer(PLATFORM_SEND, fds[0], bytes, 4 << 20, 0)};
        task_submit(rig, &filler);
        rig_settle(rig);
        task_cancel(&filler);
        filled_with = task_await(&filler);
        ck_assert(filled_with > 0 && filled_with < 4 << 20);
        task = (struct task){.op = op_send(fds[0], bytes, 100000)};
        task_submit(rig, &task);
        rig_settle(rig);
        ck_assert(!task.done);
        task_cancel(&task);
        ck_assert_int_eq(task_await(&task), -ECANCELED);
        for (left = filled_with; left > 0; left -= count) {
                count = task_run(rig, op_transfer(PLATFORM_RECV, fds[1], got, sizeof(got), 0));
                ck_assert_int_gt(count, 0);
        }
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[0], "on", 2, 0)), 2);
        expect(rig, fds[1], "on", 2);
        close_both(rig, fds);
        free(bytes);
}
PORTABLE(what_waits_is_taken_back)

/* A Unix socket cannot: it is copied, and that is told. */
static void a_socket_that_cannot(struct rig *rig)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
        struct platform_op connect_op;
        struct task accepted, sent;
        char *bytes = filled();
        int fds[2], listener;

        listener = platform_socket_listen(rig->io, (struct sockaddr *)&address, sizeof(address), 4);
        ck_assert_int_ge(listener, 0);
        fds[0] = platform_socket_new(rig->io, AF_UNIX, SOCK_STREAM);
        accepted = (struct task){.op = op_on(PLATFORM_ACCEPT, listener)};
        task_submit(rig, &accepted);
        connect_op = op_on(PLATFORM_CONNECT, fds[0]);
        connect_op.address = &address;
        connect_op.length = sizeof(address);
        ck_assert_int_eq(task_run(rig, connect_op), 0);
        fds[1] = task_await(&accepted);
        sent = (struct task){.op = op_send(fds[0], bytes, BIG)};
        task_submit(rig, &sent);
        expect(rig, fds[1], bytes, BIG);
        ck_assert_int_eq(task_await(&sent), BIG);
        ck_assert_uint_eq(sent.flags, PLATFORM_COPIED);
        ck_assert_int_eq(rig_close(rig, listener), 0);
        close_both(rig, fds);
        if (rig->config.kind != PLATFORM_IO_SIM)
                unlink("socket");
        free(bytes);
}
PORTABLE(a_socket_that_cannot)

static void what_is_wrong(struct rig *rig)
{
        struct platform_op op = op_send(-1, "x", 1);
        char got[8];
        int fds[2], pipe[2];

        ck_assert_int_eq(task_run(rig, op), -EBADF);
        op.fd = 987;
        ck_assert_int_eq(task_run(rig, op), -EBADF);
        ck_assert_int_eq(platform_pipe_new(rig->io, pipe), 0);
        op.fd = pipe[1];
        ck_assert_int_eq(task_run(rig, op), -ENOTSOCK);
        close_both(rig, pipe);
        rig_connect(rig, fds);
        op = op_send(fds[0], NULL, 100000);
        ck_assert_int_eq(task_run(rig, op), -EFAULT);
        op = op_transfer(PLATFORM_RECV, fds[0], got, sizeof(got), 0);
        op.op_flags = PLATFORM_OP_ZERO_COPY;
        ck_assert_int_eq(task_run(rig, op), -EINVAL);
        op = op_send(fds[0], "x", 1);
        op.op_flags |= PLATFORM_OP_MULTI;
        ck_assert_int_eq(task_run(rig, op), -EINVAL);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        do
                op = op_send(fds[0], "x", 1);
        while (task_run(rig, op) == 1);
        ck_assert_int_eq(task_run(rig, op), -EPIPE);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
}
PORTABLE(what_is_wrong)

/*
 * What the simulation is for: the bytes have arrived, and are changed before the last word. Whether
 * that comes in between is the seed's matter.
 */
static void change_after_arrival(struct rig *rig, bool early)
{
        char bytes[5000] = "hello";
        struct task sent;
        int fds[2];

        rig_connect(rig, fds);
        sent = (struct task){.op = op_send(fds[0], bytes, sizeof(bytes))};
        task_submit(rig, &sent);
        expect(rig, fds[1], bytes, sizeof(bytes));
        if (!early)
                task_await(&sent);
        bytes[1] = 'a';
        ck_assert_int_eq(task_await(&sent), sizeof(bytes));
        close_both(rig, fds);
}

#define SEEDS 20

static void change_with_seeds(bool early)
{
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                struct rig rig = {.config = {.kind = PLATFORM_IO_SIM, .seed = seed}};

                ck_assert_int_eq(platform_io_new(&rig.config, &rig.io), 0);
                change_after_arrival(&rig, early);
                platform_io_free(rig.io);
        }
}

START_TEST(bytes_that_are_changed_before_the_last_word_are_found)
{
        change_with_seeds(true);
}
END_TEST

START_TEST(bytes_that_are_changed_after_it_are_the_owner_s)
{
        change_with_seeds(false);
}
END_TEST

TEST_MAIN("platform/io_zero_copy", TESTS_PORTABLE(it_arrives),
          TESTS_PORTABLE(those_behind_do_not_wait), TESTS_PORTABLE(it_is_ended),
          TESTS_PORTABLE(what_waits_is_taken_back), TESTS_PORTABLE(a_socket_that_cannot),
          TESTS_PORTABLE(what_is_wrong),
          TEST_SIGNAL(bytes_that_are_changed_before_the_last_word_are_found, SIGABRT),
          TEST(bytes_that_are_changed_after_it_are_the_owner_s))
