/* SPDX-License-Identifier: MIT */
/*
 * The backends on the real kernel, in what the simulation does not have: bad pointers, descriptors
 * from elsewhere, limits, signals, other threads, files that are not cached, and machines without
 * io_uring.
 */
#include "platform/io_test.h"
#include "platform/thread.h"
#include "support/forbid.h"

#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

static void bad_pointers_are_told(struct rig *rig)
{
        static const int codes[] = {PLATFORM_READ,   PLATFORM_WRITE,    PLATFORM_READV,
                                    PLATFORM_WRITEV, PLATFORM_GETDENTS, PLATFORM_RECV,
                                    PLATFORM_SEND,   PLATFORM_SENDV,    PLATFORM_CONNECT,
                                    PLATFORM_OPEN,   PLATFORM_STATX};
        void *bad = (void *)(uintptr_t)64;
        int fds[2], file = rig_open(rig, "file", O_RDWR | O_CREAT);
        int directory = rig_open(rig, ".", O_RDONLY | O_DIRECTORY);

        rig_connect(rig, fds);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_SEND, fds[1], "abc", 3, 0)), 3);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, file, "abc", 3, 0)), 3);
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
                struct platform_op op = {.code = (uint8_t)codes[i], .address = bad, .length = 32};

                if (op.code == PLATFORM_OPEN || op.code == PLATFORM_STATX)
                        op.fd = AT_FDCWD;
                else if (op.code == PLATFORM_GETDENTS)
                        op.fd = directory;
                else
                        op.fd = op.code < PLATFORM_ACCEPT ? file : fds[0];
                ck_assert_msg(task_run(rig, op) == -EFAULT, "code %d: %d", op.code,
                              task_run(rig, op));
        }
        ck_assert_int_eq(rig_close(rig, file), 0);
        ck_assert_int_eq(rig_close(rig, directory), 0);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        unlink("file");
}
REAL(bad_pointers_are_told)

/* What a C library opens and closes without telling us: the same numbers are other files each time.
 */
static void foreign_descriptors_are_looked_at_anew(struct rig *rig)
{
        for (int round = 0; round < 60; round++) {
                char in[64];
                int fds[2];
                struct task reader;

                if (round % 3 == 0)
                        ck_assert_int_eq(pipe(fds), 0);
                else if (round % 3 == 1)
                        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
                else
                        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
                                         0);
                reader =
                        (struct task){.op = op_transfer(PLATFORM_READ, fds[0], in, 64, UINT64_MAX)};
                task_submit(rig, &reader);
                rig_settle(rig);
                ck_assert(!reader.done);
                ck_assert_int_eq(write(fds[1], "abc", 3), 3);
                ck_assert_int_eq(task_await(&reader), 3);
                task_submit(rig, &reader);
                rig_settle(rig);
                ck_assert_int_eq(
                        task_run(rig, op_transfer(PLATFORM_WRITE, fds[1], "de", 2, UINT64_MAX)), 2);
                ck_assert_int_eq(task_await(&reader), 2);
                task_submit(rig, &reader);
                close(fds[1]);
                ck_assert_int_eq(task_await(&reader), 0);
                if (round % 2)
                        close(fds[0]);
                else
                        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        }
}
REAL(foreign_descriptors_are_looked_at_anew)

static void devices_are_read_and_written(struct rig *rig)
{
        char in[16];
        int fd = open("/dev/zero", O_RDWR);

        memset(in, 1, sizeof(in));
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, in, 16, UINT64_MAX)), 16);
        ck_assert_int_eq(in[15], 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fd, in, 16, UINT64_MAX)), 16);
        ck_assert_int_eq(rig_close(rig, fd), 0);
        fd = rig_open(rig, "/dev/null", O_RDWR);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, fd, in, 16, UINT64_MAX)), 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, fd, in, 16, 0)), 16);
        ck_assert_int_eq(rig_close(rig, fd), 0);
}
REAL(devices_are_read_and_written)

static void accepting_without_descriptors_ends_and_goes_on(struct rig *rig)
{
        struct sockaddr_in address;
        struct task accepting = {.op = op_on(PLATFORM_ACCEPT, rig_listen(rig, &address))};
        struct platform_op op = op_on(PLATFORM_CONNECT, 0);
        struct rlimit before, low;
        int clients[2];

        for (int i = 0; i < 2; i++) {
                op.fd = clients[i] = platform_socket_new(rig->io, AF_INET, SOCK_STREAM);
                op.address = &address;
                op.length = sizeof(address);
                ck_assert_int_eq(task_run(rig, op), 0);
        }
        getrlimit(RLIMIT_NOFILE, &before);
        low = before;
        low.rlim_cur = (rlim_t)clients[1] + 1;
        setrlimit(RLIMIT_NOFILE, &low);
        accepting.op.op_flags = PLATFORM_OP_MULTI;
        task_submit(rig, &accepting);
        ck_assert_int_eq(task_await(&accepting), -EMFILE);
        setrlimit(RLIMIT_NOFILE, &before);
        task_submit(rig, &accepting);
        for (int i = 0; i < 2; i++) {
                while (accepting.more <= i)
                        rig_pump(rig, UINT64_MAX);
                if (i == 0 && accepting.more == 1)
                        ck_assert_int_eq(rig_close(rig, accepting.more_result), 0);
                else if (i == 0)
                        close(accepting.more_result - 1);
        }
        ck_assert_int_eq(rig_close(rig, accepting.more_result), 0);
        task_cancel(&accepting);
        ck_assert_int_eq(task_await(&accepting), -ECANCELED);
        ck_assert_int_eq(rig_close(rig, accepting.op.fd), 0);
        ck_assert_int_eq(rig_close(rig, clients[0]), 0);
        ck_assert_int_eq(rig_close(rig, clients[1]), 0);
}
REAL(accepting_without_descriptors_ends_and_goes_on)

static void a_reset_is_told(struct rig *rig)
{
        struct linger none = {1, 0};
        struct task receiver;
        int fds[2];

        for (int multi = 0; multi < 2; multi++) {
                char in[8];

                rig_connect(rig, fds);
                receiver = (struct task){.op = op_transfer(PLATFORM_RECV, fds[0], in, 8, 0)};
                if (multi) {
                        receiver.op = op_on(PLATFORM_RECV, fds[0]);
                        receiver.op.op_flags = PLATFORM_OP_MULTI;
                }
                task_submit(rig, &receiver);
                rig_settle(rig);
                setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &none, sizeof(none));
                ck_assert_int_eq(rig_close(rig, fds[1]), 0);
                ck_assert_int_eq(task_await(&receiver), -ECONNRESET);
                ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        }
}
REAL(a_reset_is_told)

static void a_full_backlog_makes_a_connect_wait(struct rig *rig)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
        struct platform_op op = op_on(PLATFORM_CONNECT, 0);
        struct task waiting, accepted;
        int listener, clients[3], servers[3];

        listener = platform_socket_listen(rig->io, (struct sockaddr *)&address, sizeof(address), 0);
        ck_assert_int_ge(listener, 0);
        op.address = &address;
        op.length = sizeof(address);
        for (int i = 0; i < 3; i++)
                clients[i] = platform_socket_new(rig->io, AF_UNIX, SOCK_STREAM);
        op.fd = clients[0];
        ck_assert_int_eq(task_run(rig, op), 0);
        op.fd = clients[1];
        waiting = (struct task){.op = op};
        for (int i = 0; i < 20; i++) {
                task_submit(rig, &waiting);
                if (i % 2)
                        rig_settle(rig);
                task_cancel(&waiting);
                ck_assert_int_eq(task_await(&waiting), -ECANCELED);
        }
        task_submit(rig, &waiting);
        rig_settle(rig);
        ck_assert(!waiting.done);
        for (int i = 0; i < 2; i++) {
                accepted = (struct task){.op = op_on(PLATFORM_ACCEPT, listener)};
                task_submit(rig, &accepted);
                servers[i] = task_await(&accepted);
                ck_assert_int_ge(servers[i], 0);
        }
        ck_assert_int_eq(task_await(&waiting), 0);
        ck_assert_int_eq(rig_close(rig, servers[0]), 0);
        ck_assert_int_eq(rig_close(rig, servers[1]), 0);
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(rig_close(rig, clients[i]), 0);
        ck_assert_int_eq(rig_close(rig, listener), 0);
        unlink("socket");
}
REAL(a_full_backlog_makes_a_connect_wait)

static void signals_complete(struct rig *rig)
{
        struct task one = {.op = {.code = PLATFORM_SIGNAL,
                                  .offset = platform_signal_bit(SIGUSR1)}};
        struct task two = {.op = {.code = PLATFORM_SIGNAL,
                                  .offset = platform_signal_bit(SIGUSR2)}};

        two.op.op_flags = PLATFORM_OP_MULTI;
        task_submit(rig, &two);
        for (int i = 0; i < 30; i++) {
                task_submit(rig, &one);
                if (i % 2)
                        rig_settle(rig);
                kill(getpid(), SIGUSR1);
                kill(getpid(), SIGUSR2);
                ck_assert_int_eq(task_await(&one), SIGUSR1);
                while (two.more <= i)
                        rig_pump(rig, UINT64_MAX);
                ck_assert_int_eq(two.more_result, SIGUSR2);
        }
        /* One that comes while nobody waits is not lost. */
        kill(getpid(), SIGUSR1);
        rig_settle(rig);
        task_submit(rig, &one);
        ck_assert_int_eq(task_await(&one), SIGUSR1);
        task_cancel(&two);
        ck_assert_int_eq(task_await(&two), -ECANCELED);
        /* A set, of which more than one comes at once: each is told. */
        two.op.offset = platform_signal_bit(SIGUSR1) | platform_signal_bit(SIGUSR2);
        for (int i = 0; i < 30; i++) {
                task_submit(rig, &two);
                if (i % 2)
                        rig_settle(rig);
                kill(getpid(), SIGUSR2);
                kill(getpid(), SIGUSR1);
                for (int before = two.more; two.more < before + 2;)
                        rig_pump(rig, UINT64_MAX);
                task_cancel(&two);
                ck_assert_int_eq(task_await(&two), -ECANCELED);
        }
}
REAL(signals_complete)

static void ignore_it(int number)
{
        (void)number;
}

/* A handler that interrupts every call: nobody hears of EINTR (task_complete checks). */
static void interruptions_are_not_told(struct rig *rig)
{
        enum { BYTES = 20 << 20 };
        struct sigaction action = {.sa_handler = ignore_it};
        struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
        char *out = calloc(1, BYTES), *in = malloc(BYTES);
        struct task sender;
        int fds[2], file = rig_open(rig, "file", O_RDWR | O_CREAT);

        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &often, NULL);
        rig_connect(rig, fds);
        sender = (struct task){.op = op_transfer(PLATFORM_SEND, fds[0], out, BYTES, 0)};
        task_submit(rig, &sender);
        for (int at = 0; at < BYTES;) {
                int got = task_run(rig, op_transfer(PLATFORM_RECV, fds[1], in, 30000, 0));

                ck_assert_int_gt(got, 0);
                at += got;
        }
        ck_assert_int_eq(task_await(&sender), BYTES);
        for (int i = 0; i < 20; i++) {
                ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_WRITE, file, out, 2 << 20, 0)),
                                 2 << 20);
                ck_assert_int_eq(task_run(rig, op_on(PLATFORM_FSYNC, file)), 0);
                ck_assert_int_eq(rig_close(rig, rig_open(rig, "file", O_RDONLY)), 0);
        }
        setitimer(ITIMER_REAL, &never, NULL);
        ck_assert_int_eq(rig_close(rig, file), 0);
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        unlink("file");
        free(out);
        free(in);
}
REAL(interruptions_are_not_told)

struct wakers {
        struct rig *rig;
        uint32_t said, heard;
};

static void waker_main(void *argument)
{
        struct wakers *wakers = argument;

        for (int i = 0; i < 20000; i++) {
                __atomic_fetch_add(&wakers->said, 1, __ATOMIC_RELEASE);
                platform_io_wake(wakers->rig->io);
                while (i % 8 == 0 && __atomic_load_n(&wakers->heard, __ATOMIC_ACQUIRE) <
                                             __atomic_load_n(&wakers->said, __ATOMIC_ACQUIRE))
                        sched_yield();
        }
}

/* A wake-up that is lost would stop both sides for ever. */
static void no_wake_up_is_lost(struct rig *rig)
{
        struct wakers wakers = {rig, 0, 0};
        struct platform_thread *threads[2];

        for (int i = 0; i < 2; i++)
                ck_assert_int_eq(platform_thread_new(waker_main, &wakers, "waker", 0, &threads[i]),
                                 0);
        while (wakers.heard < 40000) {
                rig_pump(rig, wakers.heard % 3 ? UINT64_MAX : 1000000000);
                __atomic_store_n(&wakers.heard, __atomic_load_n(&wakers.said, __ATOMIC_ACQUIRE),
                                 __ATOMIC_RELEASE);
        }
        for (int i = 0; i < 2; i++)
                platform_thread_join(threads[i]);
        rig_pump(rig, 0);
}
REAL(no_wake_up_is_lost)

/* Pages that were thrown away are read before they are sent. */
static void a_cold_file_is_sent(struct rig *rig)
{
        enum { BYTES = 4 << 20 };
        char *out = malloc(BYTES), *in = malloc(BYTES);
        struct platform_op op = {.code = PLATFORM_SENDFILE, .length = BYTES};
        struct task sender;
        int fds[2], file = rig_open(rig, "file", O_RDWR | O_CREAT);

        for (int i = 0; i < BYTES; i++)
                out[i] = (char)(i * 17 / 7);
        for (int at = 0, got; at < BYTES; at += got) {
                got = task_run(rig, op_transfer(PLATFORM_WRITE, file, out + at,
                                                (size_t)(BYTES - at), (uint64_t)at));
                ck_assert_int_gt(got, 0);
        }
        ck_assert_int_eq(task_run(rig, op_on(PLATFORM_FSYNC, file)), 0);
        ck_assert_int_eq(task_run(rig, op_transfer(PLATFORM_READ, file, in, BYTES, 0)), BYTES);
        ck_assert_mem_eq(in, out, BYTES);
        rig_connect(rig, fds);
        op.fd = fds[0];
        op.fd2 = file;
        for (int round = 0; round < 6; round++) {
                int received = 0;

                posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
                sender = (struct task){.op = op};
                task_submit(rig, &sender);
                if (round == 5) { /* cancelled while it reads, or after */
                        rig_pump(rig, 0);
                        task_cancel(&sender);
                        ck_assert(task_await(&sender) == -ECANCELED || sender.result > 0);
                        break;
                }
                while (received < BYTES) {
                        int got = task_run(rig, op_transfer(PLATFORM_RECV, fds[1], in + received,
                                                            (size_t)(BYTES - received), 0));

                        ck_assert_int_gt(got, 0);
                        received += got;
                }
                ck_assert_int_eq(task_await(&sender), BYTES);
                ck_assert_mem_eq(in, out, BYTES);
        }
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
        ck_assert_int_eq(rig_close(rig, file), 0);
        unlink("file");
        free(out);
        free(in);
}
REAL(a_cold_file_is_sent)

/* Short of descriptors, an engine is refused with the reason, and nothing stays behind. */
static void an_engine_without_descriptors_is_refused(struct rig *rig)
{
        struct rlimit before, low;
        struct platform_io *io;
        int count = descriptors_count(), error;

        getrlimit(RLIMIT_NOFILE, &before);
        for (rlim_t limit = 3; limit < 20; limit++) {
                low = before;
                low.rlim_cur = limit;
                setrlimit(RLIMIT_NOFILE, &low);
                error = platform_io_new(&rig->config, &io);
                setrlimit(RLIMIT_NOFILE, &before);
                ck_assert(!error || error == -EMFILE);
                if (!error)
                        platform_io_free(io);
                ck_assert_int_eq(descriptors_count(), count);
        }
        for (int i = 0; i < 200; i++) {
                ck_assert_int_eq(platform_io_new(&rig->config, &io), 0);
                platform_io_free(io);
        }
        ck_assert_int_eq(descriptors_count(), count);
}
REAL(an_engine_without_descriptors_is_refused)

static void impossible_configurations_are_refused(struct rig *rig)
{
        struct platform_io_config config = rig->config;
        struct platform_io *io;

        config.buffers = 100000;
        ck_assert_int_eq(platform_io_new(&config, &io), -EINVAL);
        config = rig->config;
        config.buffer_bytes = 1u << 30;
        ck_assert_int_eq(platform_io_new(&config, &io), -EINVAL);
        config.kind = (enum platform_io_kind)77;
        ck_assert_int_eq(platform_io_new(&config, &io), -EINVAL);
        ck_assert_ptr_null(platform_io_free(NULL));
}
REAL(impossible_configurations_are_refused)

/* A terminal takes no RWF_NOWAIT, and is not put into another mode behind its owner's back. */
static void a_terminal_is_read_and_written(struct rig *rig)
{
        int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
        char in[64];
        struct task reader;

        ck_assert_int_ge(master, 0);
        ck_assert_int_eq(grantpt(master) | unlockpt(master), 0);
        slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        ck_assert_int_ge(slave, 0);
        reader = (struct task){.op = op_transfer(PLATFORM_READ, slave, in, 64, UINT64_MAX)};
        for (int i = 0; i < 10; i++) {
                task_submit(rig, &reader);
                rig_settle(rig);
                ck_assert(!reader.done);
                if (i % 2) {
                        task_cancel(&reader);
                        ck_assert_int_eq(task_await(&reader), -ECANCELED);
                        task_submit(rig, &reader);
                }
                ck_assert_int_eq(
                        task_run(rig, op_transfer(PLATFORM_WRITE, master, "ab\n", 3, UINT64_MAX)),
                        3);
                ck_assert_int_eq(task_await(&reader), 3);
                ck_assert_mem_eq(in, "ab\n", 3);
        }
        ck_assert_int_eq(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
        ck_assert_int_eq(rig_close(rig, slave), 0);
        ck_assert_int_eq(rig_close(rig, master), 0);
}
REAL(a_terminal_is_read_and_written)

static void a_close_in_teardown_ends_what_is_under_way(struct rig *rig)
{
        for (int round = 0; round < 50; round++) {
                struct task receiver;
                char in[8];
                int fds[2];

                rig_connect(rig, fds);
                receiver = (struct task){.op = op_transfer(PLATFORM_RECV, fds[0], in, 8, 0)};
                task_submit(rig, &receiver);
                rig_settle(rig);
                platform_close_now(rig->io, fds[0]);
                ck_assert_int_eq(task_await(&receiver), -ECANCELED);
                platform_close_now(rig->io, fds[1]);
        }
}
REAL(a_close_in_teardown_ends_what_is_under_way)

/* More than the threads can take, half of it taken back. */
static void the_pool_serves_a_crowd(struct rig *rig)
{
        enum { CROWD = 200 };
        struct task *tasks = calloc(CROWD, sizeof(*tasks));
        char(*bytes)[512] = calloc(CROWD, sizeof(*bytes));
        int directories[2] = {rig_open(rig, "/proc", O_RDONLY), rig_open(rig, "/sys", O_RDONLY)};

        for (int round = 0; round < 20; round++) {
                struct task closing = {.op = op_on(PLATFORM_CLOSE, directories[0])};

                for (int i = 0; i < CROWD; i++) {
                        tasks[i].op = op_transfer(PLATFORM_GETDENTS, directories[i % 2], bytes[i],
                                                  512, UINT64_MAX);
                        task_submit(rig, &tasks[i]);
                        if (i % 50 == 49)
                                rig_pump(rig, 0);
                }
                for (int i = 0; i < CROWD; i += 3)
                        task_cancel(&tasks[i]);
                if (round % 2)
                        task_submit(rig, &closing);
                for (int i = 0; i < CROWD; i++) {
                        int result = task_await(&tasks[i]);

                        ck_assert_msg(result >= 0 ||
                                              (result == -ECANCELED && (i % 3 == 0 || round % 2)),
                                      "%d", result);
                }
                if (round % 2) {
                        ck_assert_int_eq(task_await(&closing), 0);
                        directories[0] = rig_open(rig, "/proc", O_RDONLY);
                }
        }
        ck_assert_int_eq(rig_close(rig, directories[0]), 0);
        ck_assert_int_eq(rig_close(rig, directories[1]), 0);
        free(tasks);
        free(bytes);
}
REAL(the_pool_serves_a_crowd)

static void what_shall_not_wait_does_not(struct rig *rig)
{
        struct platform_op op;
        char in[8];
        int fds[2];

        rig_connect(rig, fds);
        op = op_transfer(PLATFORM_RECV, fds[0], in, 8, 0);
        op.flags = MSG_DONTWAIT;
        ck_assert_int_eq(task_run(rig, op), -EAGAIN);
        rig_settle(rig);
        ck_assert(!platform_io_ready(rig->io));
        ck_assert_int_eq(rig_close(rig, fds[0]), 0);
        ck_assert_int_eq(rig_close(rig, fds[1]), 0);
}
REAL(what_shall_not_wait_does_not)

/*
 * As long as there are buffers, each of a crowd gets one, however few the kernel was given before.
 */
static void a_crowd_finds_buffers(struct rig *rig)
{
        enum { CROWD = 200, BUFFERS = 512, ROUNDS = 3 };
        static struct task receivers[CROWD];
        struct rig crowd = {.config = rig->config};
        int peers[CROWD], waiting;

        crowd.config.buffers = BUFFERS;
        crowd.config.entries = BUFFERS;
        ck_assert_int_eq(platform_io_new(&crowd.config, &crowd.io), 0);
        for (int i = 0; i < CROWD; i++) {
                int fds[2];

                ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
                peers[i] = fds[1];
                receivers[i] = (struct task){.op = op_on(PLATFORM_RECV, fds[0]),
                                             .keep_buffer = true};
                receivers[i].op.op_flags = PLATFORM_OP_MULTI;
        }
        for (int round = 1; round <= ROUNDS; round++) {
                bool lent[BUFFERS] = {false};

                for (int i = 0; i < CROWD; i++) {
                        ck_assert_int_eq(write(peers[i], "a", 1), 1);
                        if (round == 1)
                                task_submit(&crowd, &receivers[i]);
                }
                do {
                        rig_pump(&crowd, UINT64_MAX);
                        waiting = 0;
                        for (int i = 0; i < CROWD; i++) {
                                ck_assert(!receivers[i].done);
                                waiting += receivers[i].more < round;
                        }
                } while (waiting);
                for (int i = 0; i < CROWD; i++) {
                        ck_assert(!lent[receivers[i].buffer]);
                        lent[receivers[i].buffer] = true;
                }
                for (int i = 0; i < CROWD; i++)
                        platform_io_buffer_release(crowd.io, receivers[i].buffer);
        }
        for (int i = 0; i < CROWD; i++) {
                ck_assert_int_eq(close(peers[i]), 0);
                ck_assert_int_eq(task_await(&receivers[i]), 0);
                ck_assert_int_eq(rig_close(&crowd, receivers[i].op.fd), 0);
        }
        platform_io_free(crowd.io);
}
REAL(a_crowd_finds_buffers)

static void check_without_uring(int error)
{
        struct platform_io_config config = {.kind = PLATFORM_IO_URING};
        struct platform_io *io;

        ck_assert_int_eq(forbid_call(SYS_io_uring_setup, 0, FORBID_ANY, error), 0);
        ck_assert_int_eq(platform_io_new(&config, &io), -error);
        config.kind = PLATFORM_IO_AUTO;
        ck_assert_int_eq(platform_io_new(&config, &io), 0);
        ck_assert_str_eq(platform_io_name(io), "epoll");
        platform_io_free(io);
}

START_TEST(where_a_filter_forbids_io_uring_there_is_epoll)
{
        check_without_uring(EPERM);
}
END_TEST

START_TEST(where_there_is_no_io_uring_there_is_epoll)
{
        check_without_uring(ENOSYS);
}
END_TEST

TEST_MAIN("platform/io_real", TESTS_REAL(bad_pointers_are_told),
          TESTS_REAL(foreign_descriptors_are_looked_at_anew),
          TESTS_REAL(devices_are_read_and_written),
          TESTS_REAL(accepting_without_descriptors_ends_and_goes_on), TESTS_REAL(a_reset_is_told),
          TESTS_REAL(a_full_backlog_makes_a_connect_wait), TESTS_REAL(signals_complete),
          TESTS_REAL(interruptions_are_not_told), TESTS_REAL(no_wake_up_is_lost),
          TESTS_REAL(a_cold_file_is_sent), TESTS_REAL(an_engine_without_descriptors_is_refused),
          TESTS_REAL(a_terminal_is_read_and_written),
          TESTS_REAL(a_close_in_teardown_ends_what_is_under_way),
          TESTS_REAL(the_pool_serves_a_crowd), TESTS_REAL(what_shall_not_wait_does_not),
          TESTS_REAL(impossible_configurations_are_refused), TESTS_REAL(a_crowd_finds_buffers),
          TEST(where_a_filter_forbids_io_uring_there_is_epoll),
          TEST(where_there_is_no_io_uring_there_is_epoll))
