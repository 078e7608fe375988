/* SPDX-License-Identifier: MIT */
/*
 * Every operation on every backend: what it does, what it answers where it is wrong. Cancelling is
 * in io_cancel_test.c, what only the real kernel has in io_real_test.c.
 */
#include "platform/io_test.h"

#include <poll.h>
#include <sys/stat.h>

/* ---- The engine itself ---- */

static void more_operations_than_the_rings_hold(struct rig *rig)
{
        enum { COUNT = 1000 };
        struct task *tasks = calloc(COUNT, sizeof(*tasks));

        for (int round = 0; round < 3; round++) {
                for (int i = 0; i < COUNT; i++) {
                        tasks[i] = (struct task){.op = op_on(PLATFORM_NOP, -1)};
                        task_submit(rig, &tasks[i]);
                }
                for (int i = 0; i < COUNT; i++)
                        ck_assert_int_eq(task_await(&tasks[i]), 0);
        }
        free(tasks);
}
PORTABLE(more_operations_than_the_rings_hold)

static void an_operation_can_be_submitted_again(struct rig *rig)
{
        struct task task = {.op = op_on(PLATFORM_NOP, -1)};

        for (int i = 0; i < 100; i++) {
                task_submit(rig, &task);
                ck_assert_int_eq(task_await(&task), 0);
        }
}
PORTABLE(an_operation_can_be_submitted_again)

static void a_wait_without_work_ends_with_its_time(struct rig *rig)
{
        struct platform_completion completion;
        uint64_t begin = platform_io_now(rig->io);

        ck_assert_uint_eq(platform_io_wait(rig->io, 0, &completion, 1), 0);
        ck_assert_uint_eq(platform_io_wait(rig->io, 2000000, &completion, 1), 0);
        ck_assert_uint_ge(platform_io_now(rig->io) - begin, 2000000);
}
PORTABLE(a_wait_without_work_ends_with_its_time)

static void a_wake_ends_the_next_wait(struct rig *rig)
{
        struct platform_completion completion;

        for (int i = 0; i < 100; i++) {
                platform_io_wake(rig->io);
                platform_io_wake(rig->io);
                ck_assert_uint_eq(platform_io_wait(rig->io, UINT64_MAX, &completion, 1), 0);
        }
}
PORTABLE(a_wake_ends_the_next_wait)

static void it_says_what_it_is(struct rig *rig)
{
        char text[200];

        platform_io_describe(rig->io, text, sizeof(text));
        ck_assert_uint_gt(strlen(text), 0);
        platform_io_describe(rig->io, text, 5);
        ck_assert_uint_le(strlen(text), 4);
        ck_assert_uint_gt(strlen(platform_io_name(rig->io)), 0);
}
PORTABLE(it_says_what_it_is)

static void wrong_operations_complete(struct rig *rig)
{
        struct platform_op multi = op_on(PLATFORM_READ, 0), no_code = {.fd = 0};
        struct platform_op beyond = {.code = PLATFORM_OP_CODES};
        struct iovec one = {NULL, 0};

        multi.op_flags = PLATFORM_OP_MULTI;
        ck_assert_int_eq(task_run(rig, multi), -EINVAL);
        ck_assert_int_eq(task_run(rig, no_code), -EINVAL);
        ck_assert_int_eq(task_run(rig, beyond), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READV, 0, &one, 65, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SENDV, 0, &one, 65, 0)), -EINVAL);
        ck_assert_int_eq(task_run(rig, (struct platform_op){.code = PLATFORM_SIGNAL}), -EINVAL);
        ck_assert_int_eq(task_run(rig, op_on(PLATFORM_POLL, 0)), -EINVAL);
}
PORTABLE(wrong_operations_complete)

static void bad_descriptors_are_told(struct rig *rig)
{
        static const int codes[] = {
                PLATFORM_CLOSE,    PLATFORM_READ,     PLATFORM_WRITE,  PLATFORM_READV,
                PLATFORM_WRITEV,   PLATFORM_GETDENTS, PLATFORM_FSYNC,  PLATFORM_ACCEPT,
                PLATFORM_CONNECT,  PLATFORM_RECV,     PLATFORM_SEND,   PLATFORM_SENDV,
                PLATFORM_SHUTDOWN, PLATFORM_SENDFILE, PLATFORM_SPLICE, PLATFORM_POLL};
        static const int fds[] = {-1, 900};
        struct sockaddr_in address = {.sin_family = AF_INET};

        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
                for (size_t j = 0; j < 2; j++) {
                        struct platform_op op = {.code = (uint8_t)codes[i], .fd = fds[j]};

                        op.fd2 = fds[j];
                        op.address = &address;
                        if (op.code == PLATFORM_CONNECT)
                                op.length = sizeof(address);
                        if (op.code == PLATFORM_POLL)
                                op.flags = POLLIN;
                        ck_assert_msg(task_run(rig, op) == -EBADF, "code %d, descriptor %d",
                                      codes[i], fds[j]);
                }
        }
}
PORTABLE(bad_descriptors_are_told)

/* ---- Files ---- */

static void a_file_is_written_and_read(struct rig *rig)
{
        char bytes[32] = {0}, a[4], b[4];
        struct iovec two[2] = {{a, 4}, {b, 4}};
        struct statx st;
        struct platform_op stat_op = {.code = PLATFORM_STATX, .fd = AT_FDCWD, .address2 = &st};
        int fd = rig_open(rig, "file", O_RDWR | O_CREAT | O_EXCL);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(rig_open(rig, "file", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
        ck_assert_int_eq(rig_open(rig, "none", O_RDONLY), -ENOENT);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fd, "abcdefgh", 8, 0)), 8);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fd, "XY", 2, 6)), 2);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 32, 0)), 8);
        ck_assert_mem_eq(bytes, "abcdefXY", 8);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 32, 5)), 3);
        ck_assert_mem_eq(bytes, "fXY", 3);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 32, 8)), 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READV, fd, two, 2, 1)), 7);
        ck_assert_mem_eq(a, "bcde", 4);
        ck_assert_mem_eq(b, "fXY", 3);
        memcpy(a, "1234", 4);
        memcpy(b, "5678", 4);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITEV, fd, two, 2, 8)), 8);
        ck_assert_int_eq(task_run(rig, op_on(PLATFORM_FSYNC, fd)), 0);

        /* The position is another matter than the offsets, and moves by what is read at it. */
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 3, UINT64_MAX)), 3);
        ck_assert_mem_eq(bytes, "abc", 3);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 32, UINT64_MAX)), 13);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, bytes, 32, UINT64_MAX)), 0);

        stat_op.address = plain("file");
        stat_op.mode = STATX_SIZE;
        stat_op.mask = STATX_SIZE;
        ck_assert_int_eq(task_run(rig, stat_op), 0);
        ck_assert_uint_eq(st.stx_size, 16);
        stat_op.fd = fd;
        stat_op.address = plain("");
        stat_op.flags = AT_EMPTY_PATH;
        st.stx_size = 0;
        ck_assert_int_eq(task_run(rig, stat_op), 0);
        ck_assert_uint_eq(st.stx_size, 16);
        stat_op.address = plain("none");
        stat_op.fd = AT_FDCWD;
        ck_assert_int_eq(task_run(rig, stat_op), -ENOENT);

        ck_assert_int_eq(rig_close(rig, fd), 0);
        ck_assert_int_eq(rig_close(rig, fd), -EBADF);
        unlink("file");
}
PORTABLE(a_file_is_written_and_read)

static void a_directory_is_listed(struct rig *rig)
{
        char bytes[1024] __attribute__((aligned(8)));
        int seen = 0, result, directory;

        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(rig_close(rig, rig_open(rig, (char[]){(char)('a' + i), 0},
                                                         O_WRONLY | O_CREAT)),
                                 0);
        directory = rig_open(rig, ".", O_RDONLY | O_DIRECTORY);
        ck_assert_int_ge(directory, 0);
        while ((result = task_run(rig, op_transfer(PLATFORM_GETDENTS, directory, bytes,
                                                   sizeof(bytes), UINT64_MAX))) > 0) {
                for (int at = 0; at < result;) {
                        struct platform_record *record =
                                (struct platform_record *)(void *)&bytes[at];

                        seen += strlen(record->name) == 1 && record->name[0] != '.';
                        at += record->bytes;
                }
        }
        ck_assert_int_eq(result, 0);
        ck_assert_int_eq(seen, 3);
        ck_assert_int_eq(rig_close(rig, directory), 0);
        unlink("a");
        unlink("b");
        unlink("c");
}
PORTABLE(a_directory_is_listed)

/* ---- Pipes ---- */

static void a_read_of_an_empty_pipe_waits(struct rig *rig)
{
        char bytes[8] = {0};
        int fds[2];
        struct task reader;

        ck_assert_int_eq(platform_pipe_new(rig->io, fds), 0);
        reader = (struct task){.op = op_transfer(PLATFORM_READ, fds[0], bytes, 8, UINT64_MAX)};
        for (int i = 0; i < 50; i++) {
                reader.op.offset = i % 2 ? 0 : UINT64_MAX; /* no matter to a pipe */
                task_submit(rig, &reader);
                rig_settle(rig);
                ck_assert(!reader.done);
                ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fds[1], "abc", 3, 0)),
                                 3);
                ck_assert_int_eq(task_await(&reader), 3);
        }
        task_submit(rig, &reader);
        rig_settle(rig);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        ck_assert_int_eq(task_await(&reader), 0);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
}
PORTABLE(a_read_of_an_empty_pipe_waits)

static void a_write_to_a_full_pipe_waits(struct rig *rig)
{
        enum { BYTES = 1 << 20 };
        char *out = malloc(BYTES), *in = malloc(BYTES);
        struct task writer;
        size_t written = 0, read_bytes = 0;
        int fds[2];

        for (int i = 0; i < BYTES; i++)
                out[i] = (char)(i * 7 / 3);
        ck_assert_int_eq(platform_pipe_new(rig->io, fds), 0);
        writer = (struct task){.op = op_transfer(PLATFORM_WRITE, fds[1], out, BYTES, UINT64_MAX)};
        task_submit(rig, &writer);
        while (read_bytes < BYTES) {
                int got;

                rig_settle(rig);
                got = task_run(rig, op_transfer(PLATFORM_READ, fds[0], in + read_bytes, 10000,
                                                UINT64_MAX));
                ck_assert_int_gt(got, 0);
                read_bytes += (size_t)got;
                if (writer.done && written < BYTES) {
                        ck_assert_int_gt(writer.result, 0);
                        written += (size_t)writer.result;
                        if (written < BYTES) {
                                writer.op.address = out + written;
                                writer.op.length = (uint32_t)(BYTES - written);
                                task_submit(rig, &writer);
                        }
                }
        }
        task_await(&writer);
        ck_assert_mem_eq(in, out, BYTES);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        /* SIGPIPE has its default action here: it would kill. */
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fds[1], "x", 1, 0)), -EPIPE);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        free(out);
        free(in);
}
PORTABLE(a_write_to_a_full_pipe_waits)

static void two_readers_are_served_in_order(struct rig *rig)
{
        char bytes[3][4];
        struct task readers[3];
        int fds[2];

        rig_connect(rig, fds);
        for (int i = 0; i < 3; i++) {
                readers[i] =
                        (struct task){.op = op_transfer(PLATFORM_RECV, fds[0], bytes[i], 1, 0)};
                task_submit(rig, &readers[i]);
        }
        rig_settle(rig);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[1], &"xyz"[i], 1, 0)),
                                 1);
                ck_assert_int_eq(task_await(&readers[i]), 1);
                ck_assert_int_eq(bytes[i][0], "xyz"[i]);
        }
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
}
PORTABLE(two_readers_are_served_in_order)

/* ---- Sockets ---- */

static void many_are_accepted_by_one_operation(struct rig *rig)
{
        struct sockaddr_in address;
        struct task accepting = {.op = op_on(PLATFORM_ACCEPT, rig_listen(rig, &address))};
        int listener = accepting.op.fd;

        accepting.op.op_flags = PLATFORM_OP_MULTI;
        task_submit(rig, &accepting);
        for (int i = 0; i < 100; i++) {
                struct platform_op op = op_on(PLATFORM_CONNECT, 0);

                op.fd = platform_socket_new(rig->io, AF_INET, SOCK_STREAM);
                op.address = &address;
                op.length = sizeof(address);
                ck_assert_int_eq(task_run(rig, op), 0);
                while (accepting.more <= i)
                        rig_pump(rig, UINT64_MAX);
                ck_assert_int_eq(rig_close(rig, op.fd), 0);
                ck_assert_int_eq(rig_close(rig, accepting.more_result), 0);
        }
        task_cancel(&accepting);
        ck_assert_int_eq(task_await(&accepting), -ECANCELED);
        ck_assert_int_eq(rig_close(rig, listener), 0);
}
PORTABLE(many_are_accepted_by_one_operation)

static void nobody_listens(struct rig *rig)
{
        struct sockaddr_in address;
        struct platform_op op = op_on(PLATFORM_CONNECT, 0);

        ck_assert_int_eq(rig_close(rig, rig_listen(rig, &address)), 0);
        op.fd = platform_socket_new(rig->io, AF_INET, SOCK_STREAM);
        op.address = &address;
        op.length = sizeof(address);
        ck_assert_int_eq(task_run(rig, op), -ECONNREFUSED);
        ck_assert_int_eq(rig_close(rig, op.fd), 0);
}
PORTABLE(nobody_listens)

static void a_receive_of_many_yields_all_bytes(struct rig *rig)
{
        enum { BYTES = 20000 };
        char *out = malloc(BYTES), *in = malloc(BYTES);
        struct task receiver, sender;
        int fds[2], ends = 0;

        for (int i = 0; i < BYTES; i++)
                out[i] = (char)(i * 5 / 3);
        rig_connect(rig, fds);
        receiver = (struct task){.op = op_on(PLATFORM_RECV, fds[1]), .received = in};
        receiver.op.op_flags = PLATFORM_OP_MULTI;
        sender = (struct task){.op = op_transfer(PLATFORM_SEND, fds[0], out, BYTES, 0)};
        task_submit(rig, &receiver);
        task_submit(rig, &sender);
        while (receiver.received_bytes < BYTES) {
                rig_pump(rig, UINT64_MAX);
                if (receiver.done) { /* four buffers are soon out */
                        ck_assert_int_eq(receiver.result, -ENOBUFS);
                        task_submit(rig, &receiver);
                        ends++;
                }
        }
        ck_assert_int_eq(task_await(&sender), BYTES);
        ck_assert_mem_eq(in, out, BYTES);
        ck_assert_int_eq(task_run(rig, (struct platform_op){.code = PLATFORM_SHUTDOWN,
                                                            .fd = fds[0],
                                                            .flags = SHUT_WR}),
                         0);
        while (!receiver.done || receiver.result == -ENOBUFS) {
                if (receiver.done)
                        task_submit(rig, &receiver);
                task_await(&receiver);
        }
        ck_assert_int_eq(receiver.result, 0);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        free(out);
        free(in);
}
PORTABLE(a_receive_of_many_yields_all_bytes)

static void a_receive_of_many_without_buffers_ends(struct rig *rig)
{
        struct task receiver;
        uint16_t kept[RIG_BUFFERS];
        int fds[2], count = 0;

        rig_connect(rig, fds);
        receiver = (struct task){.op = op_on(PLATFORM_RECV, fds[1]), .keep_buffer = true};
        receiver.op.op_flags = PLATFORM_OP_MULTI;
        task_submit(rig, &receiver);
        for (int i = 0; i < RIG_BUFFERS; i++) {
                ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[0], "abc", 3, 0)), 3);
                while (receiver.more == count)
                        rig_pump(rig, UINT64_MAX);
                count = receiver.more;
                kept[i] = receiver.buffer;
        }
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[0], "def", 3, 0)), 3);
        ck_assert_int_eq(task_await(&receiver), -ENOBUFS);
        ck_assert_uint_eq(receiver.received_bytes, 3 * RIG_BUFFERS);
        for (int i = 0; i < RIG_BUFFERS; i++) {
                ck_assert_mem_eq(platform_io_buffer(rig->io, kept[i]), "abc", 3);
                platform_io_buffer_release(rig->io, kept[i]);
        }
        receiver.keep_buffer = false;
        task_submit(rig, &receiver);
        while (receiver.received_bytes < 3 * RIG_BUFFERS + 3)
                rig_pump(rig, UINT64_MAX);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(task_await(&receiver), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
}
PORTABLE(a_receive_of_many_without_buffers_ends)

/* Sends from one end while the other reads in small pieces; all of it must arrive, in order. */
static void send_and_check(struct rig *rig, struct platform_op op, const char *expected,
                           size_t bytes, int from, int to)
{
        char *in = malloc(bytes);
        struct task sender = {.op = op};
        size_t received = 0;

        sender.op.fd = from;
        task_submit(rig, &sender);
        while (received < bytes) {
                int got = task_run(
                        rig, op_transfer(PLATFORM_RECV, to, in + received,
                                         bytes - received < 70000 ? bytes - received : 70000, 0));

                ck_assert_int_gt(got, 0);
                received += (size_t)got;
        }
        ck_assert_int_eq(task_await(&sender), (int)bytes);
        ck_assert_mem_eq(in, expected, bytes);
        free(in);
}

static void megabytes_arrive_through_small_buffers(struct rig *rig)
{
        enum { BYTES = 3 << 20, PIECES = 64 };
        char *out = malloc(BYTES);
        struct iovec pieces[PIECES];
        int fds[2];

        for (int i = 0; i < BYTES; i++)
                out[i] = (char)(i * 11 / 7);
        for (int i = 0; i < PIECES; i++)
                pieces[i] = (struct iovec){out + (size_t)i * (BYTES / PIECES), BYTES / PIECES};
        rig_connect(rig, fds);
        for (int i = 0; i < 2; i++)
                platform_socket_option(rig->io, fds[i], SOL_SOCKET, SO_SNDBUF, 16384);
        send_and_check(rig, op_transfer(PLATFORM_SEND, 0, out, BYTES, 0), out, BYTES, fds[0],
                       fds[1]);
        send_and_check(rig, op_transfer(PLATFORM_SENDV, 0, pieces, PIECES, 0), out, BYTES, fds[1],
                       fds[0]);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        free(out);
}
PORTABLE(megabytes_arrive_through_small_buffers)

static void a_file_is_sent(struct rig *rig)
{
        enum { BYTES = 1500000 };
        char *out = malloc(BYTES);
        struct platform_op op = {.code = PLATFORM_SENDFILE};
        struct task sender;
        int fds[2], pipe_fds[2], file;
        char in[64];

        for (int i = 0; i < BYTES; i++)
                out[i] = (char)(i * 13 / 7);
        file = rig_open(rig, "file", O_RDWR | O_CREAT);
        for (int at = 0, got; at < BYTES; at += got) {
                got = task_run(rig, op_transfer(PLATFORM_WRITE, file, out + at,
                                                (size_t)(BYTES - at), (uint64_t)at));
                ck_assert_int_gt(got, 0);
        }
        rig_connect(rig, fds);
        op.fd2 = file;
        op.offset = 1000;
        op.length = 2 * BYTES; /* until the end of the file */
        send_and_check(rig, op, out + 1000, BYTES - 1000, fds[0], fds[1]);
        op.offset = 0;
        op.length = 100;
        send_and_check(rig, op, out, 100, fds[0], fds[1]);

        ck_assert_int_eq(platform_pipe_new(rig->io, pipe_fds), 0);
        op.fd = pipe_fds[1];
        op.length = 64;
        ck_assert_int_eq(task_run(rig, op), 64);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, pipe_fds[0], in, 64, UINT64_MAX)),
                         64);
        ck_assert_mem_eq(in, out, 64);
        op.length = BYTES;
        sender = (struct task){.op = op};
        task_submit(rig, &sender);
        for (int at = 0; at < BYTES;) {
                int got = task_run(rig,
                                   op_transfer(PLATFORM_READ, pipe_fds[0], out, 60000, UINT64_MAX));

                ck_assert_int_gt(got, 0);
                at += got;
        }
        ck_assert_int_eq(task_await(&sender), BYTES);
        op.offset = BYTES;
        ck_assert_int_eq(task_run(rig, op), 0);
        op.fd = file;
        ck_assert_int_lt(task_run(rig, op), 0);
        for (int i = 0; i < 2; i++) {
                ck_assert_int_eq(rig_close(rig, fds[i]), 0);
                ck_assert_int_eq(rig_close(rig, pipe_fds[i]), 0);
        }
        ck_assert_int_eq(rig_close(rig, file), 0);
        unlink("file");
        free(out);
}
PORTABLE(a_file_is_sent)

static void bytes_are_spliced(struct rig *rig)
{
        struct task splicer = {.op = {.code = PLATFORM_SPLICE, .length = 4096}};
        char in[16];
        int fds[2], pipe_fds[2];

        rig_connect(rig, fds);
        ck_assert_int_eq(platform_pipe_new(rig->io, pipe_fds), 0);
        splicer.op.fd = pipe_fds[1];
        splicer.op.fd2 = fds[0];
        task_submit(rig, &splicer);
        rig_settle(rig);
        ck_assert(!splicer.done);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[1], "abcdef", 6, 0)), 6);
        ck_assert_int_eq(task_await(&splicer), 6);
        splicer.op.fd = fds[0];
        splicer.op.fd2 = pipe_fds[0];
        task_submit(rig, &splicer);
        ck_assert_int_eq(task_await(&splicer), 6);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_RECV, fds[1], in, 16, 0)), 6);
        ck_assert_mem_eq(in, "abcdef", 6);
        ck_assert_int_eq(rig_close(rig, pipe_fds[1]), 0);
        task_submit(rig, &splicer);
        ck_assert_int_eq(task_await(&splicer), 0);
        ck_assert_int_eq(rig_close(rig, pipe_fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
}
PORTABLE(bytes_are_spliced)

static void readiness_is_told(struct rig *rig)
{
        struct task poller = {.op = {.code = PLATFORM_POLL, .flags = POLLIN}};
        int fds[2];
        char in[4];

        rig_connect(rig, fds);
        poller.op.fd = fds[0];
        for (int i = 0; i < 20; i++) {
                task_submit(rig, &poller);
                rig_settle(rig);
                ck_assert(!poller.done);
                ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[1], "a", 1, 0)), 1);
                ck_assert_int_ne(task_await(&poller) & POLLIN, 0);
                ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_RECV, fds[0], in, 4, 0)), 1);
        }
        poller.op.flags = POLLIN | POLLOUT;
        task_submit(rig, &poller);
        ck_assert_int_eq(task_await(&poller), POLLOUT);
        poller.op.flags = POLLIN;
        task_submit(rig, &poller);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        ck_assert_int_ne(task_await(&poller) & POLLIN, 0);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
}
PORTABLE(readiness_is_told)

static void a_peer_that_has_gone_is_told(struct rig *rig)
{
        char in[4];
        int fds[2], result = 0;

        rig_connect(rig, fds);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_RECV, fds[0], in, 4, 0)), 0);
        for (int i = 0; i < 100 && result >= 0; i++)
                result = task_run(rig, op_transfer(PLATFORM_SEND, fds[0], "abc", 3, 0));
        ck_assert(result == -EPIPE || result == -ECONNRESET);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
}
PORTABLE(a_peer_that_has_gone_is_told)

TEST_MAIN("platform/io", TESTS_PORTABLE(more_operations_than_the_rings_hold),
          TESTS_PORTABLE(an_operation_can_be_submitted_again),
          TESTS_PORTABLE(a_wait_without_work_ends_with_its_time),
          TESTS_PORTABLE(a_wake_ends_the_next_wait), TESTS_PORTABLE(it_says_what_it_is),
          TESTS_PORTABLE(wrong_operations_complete), TESTS_PORTABLE(bad_descriptors_are_told),
          TESTS_PORTABLE(a_file_is_written_and_read), TESTS_PORTABLE(a_directory_is_listed),
          TESTS_PORTABLE(a_read_of_an_empty_pipe_waits),
          TESTS_PORTABLE(a_write_to_a_full_pipe_waits),
          TESTS_PORTABLE(two_readers_are_served_in_order),
          TESTS_PORTABLE(many_are_accepted_by_one_operation), TESTS_PORTABLE(nobody_listens),
          TESTS_PORTABLE(a_receive_of_many_yields_all_bytes),
          TESTS_PORTABLE(a_receive_of_many_without_buffers_ends),
          TESTS_PORTABLE(megabytes_arrive_through_small_buffers), TESTS_PORTABLE(a_file_is_sent),
          TESTS_PORTABLE(bytes_are_spliced), TESTS_PORTABLE(readiness_is_told),
          TESTS_PORTABLE(a_peer_that_has_gone_is_told))
