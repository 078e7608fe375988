/* SPDX-License-Identifier: MIT */
/*
 * The simulation against the real kernel: one script of operations, one at a time, on each backend
 * that is to be had. Every result must be the same. What a kernel is free to choose (descriptors,
 * inode numbers, how much a pipe takes) is not compared.
 */
#include "platform/sim.h"

#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RESULTS_MAX 1000

struct script {
        struct platform_io *io;
        const char *root; /* a directory that exists */
        struct {
                int line, result;
        } results[RESULTS_MAX];
        size_t count;
};

static int script_note(struct script *script, int line, int result)
{
        ck_assert_uint_lt(script->count, RESULTS_MAX);
        script->results[script->count].line = line;
        script->results[script->count++].result = result;
        return result;
}

/* An operation that would wait for ever is cancelled; -ETIME stands for it. */
static int script_wait(struct script *script, struct platform_op *op)
{
        struct platform_completion completion;
        bool late = false;

        while (platform_io_wait(script->io, UINT64_C(300000000), &completion, 1) == 0) {
                platform_io_cancel(script->io, op);
                late = true;
        }
        ck_assert_ptr_eq(completion.op, op);
        /* Some kernels tell more than was asked for. */
        if (op->code == PLATFORM_POLL && completion.result > 0)
                completion.result &= POLLIN | POLLOUT | POLLERR | POLLHUP;
        return late && completion.result == -ECANCELED ? -ETIME : completion.result;
}

static int script_run(struct script *script, struct platform_op op)
{
        platform_io_submit(script->io, &op);
        return script_wait(script, &op);
}

/* Its result is one of those that are compared. */
#define DO(...) script_note(script, __LINE__, script_run(script, (struct platform_op){__VA_ARGS__}))
/* Its result is a descriptor; whether it is one is compared. */
#define DO_FD(...) script_open(script, __LINE__, (struct platform_op){__VA_ARGS__})
#define NOTE(value) script_note(script, __LINE__, (value))

static int script_open(struct script *script, int line, struct platform_op op)
{
        int fd = script_run(script, op);

        script_note(script, line, fd < 0 ? fd : 0);
        return fd;
}

static int path_open(struct script *script, int line, const char *name, uint32_t flags)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", script->root, name);
        return script_open(script, line, (struct platform_op){.code = PLATFORM_OPEN,
                                                              .fd = AT_FDCWD,
                                                              .address = path,
                                                              .flags = flags,
                                                              .mode = 0644});
}
#define OPEN(name, how) path_open(script, __LINE__, (name), (how))

static void script_files(struct script *script)
{
        struct iovec parts[2];
        struct statx attributes;
        char text[64], big[300], path[128];
        int fd, directory;

        memset(big, 'x', sizeof(big));
        big[sizeof(big) - 1] = '\0';
        OPEN("none", O_RDONLY);
        OPEN("none/below", O_RDONLY);
        OPEN(big, O_RDONLY);
        fd = OPEN("file", O_RDWR | O_CREAT | O_EXCL);
        OPEN("file", O_RDWR | O_CREAT | O_EXCL);
        OPEN("file/", O_RDONLY);
        OPEN("file/below", O_RDONLY);
        OPEN("file", O_RDONLY | O_DIRECTORY);
        OPEN(".", O_RDWR);
        OPEN("new/", O_WRONLY | O_CREAT);
        DO(.code = PLATFORM_WRITE, .fd = fd, .address = "hello", .length = 5, .offset = UINT64_MAX);
        DO(.code = PLATFORM_WRITE, .fd = fd, .address = "J", .length = 1, .offset = 0);
        DO(.code = PLATFORM_WRITE, .fd = fd, .address = "!", .length = 1, .offset = 10);
        DO(.code = PLATFORM_READ, .fd = fd, .address = text, .length = 64, .offset = UINT64_MAX);
        DO(.code = PLATFORM_READ, .fd = fd, .address = text, .length = 64, .offset = 0);
        NOTE(memcmp(text, "Jello\0\0\0\0\0!", 11));
        DO(.code = PLATFORM_READ, .fd = fd, .address = text, .length = 64, .offset = 100);
        DO(.code = PLATFORM_READ, .fd = fd, .address = text, .length = 0, .offset = 0);
        DO(.code = PLATFORM_READ, .fd = fd, .address = text, .length = 1,
           .offset = UINT64_C(1) << 63);
        parts[0] = (struct iovec){text, 2};
        parts[1] = (struct iovec){text + 10, 4};
        DO(.code = PLATFORM_READV, .fd = fd, .address = parts, .length = 2, .offset = 1);
        DO(.code = PLATFORM_READV, .fd = fd, .address = parts, .length = 65, .offset = 1);
        DO(.code = PLATFORM_FSYNC, .fd = fd);
        DO(.code = PLATFORM_RECV, .fd = fd, .address = text, .length = 1);
        DO(.code = PLATFORM_SEND, .fd = fd, .address = text, .length = 1);
        DO(.code = PLATFORM_ACCEPT, .fd = fd);
        DO(.code = PLATFORM_SHUTDOWN, .fd = fd, .flags = SHUT_WR);
        DO(.code = PLATFORM_GETDENTS, .fd = fd, .address = text, .length = 64);
        DO(.code = PLATFORM_POLL, .fd = fd, .flags = POLLIN | POLLOUT);
        DO(.code = PLATFORM_CLOSE, .fd = fd);
        fd = OPEN("file", O_WRONLY | O_APPEND);
        DO(.code = PLATFORM_WRITE, .fd = fd, .address = "end", .length = 3, .offset = 0);
        DO(.code = PLATFORM_READ, .fd = fd, .address = text, .length = 64, .offset = 0);
        DO(.code = PLATFORM_STATX, .fd = fd, .address = "", .flags = AT_EMPTY_PATH,
           .mask = STATX_BASIC_STATS, .address2 = &attributes);
        NOTE((int)attributes.stx_size);
        NOTE(attributes.stx_mode);
        DO(.code = PLATFORM_STATX, .fd = fd, .address = "", .mask = STATX_BASIC_STATS,
           .address2 = &attributes);
        DO(.code = PLATFORM_CLOSE, .fd = fd);
        fd = OPEN("file", O_RDONLY | O_TRUNC | O_WRONLY);
        snprintf(path, sizeof(path), "%s/file", script->root);
        DO(.code = PLATFORM_STATX, .fd = AT_FDCWD, .address = path, .mask = STATX_SIZE,
           .address2 = &attributes);
        NOTE((int)attributes.stx_size);
        DO(.code = PLATFORM_CLOSE, .fd = fd);
        directory = OPEN(".", O_RDONLY | O_DIRECTORY);
        DO(.code = PLATFORM_READ, .fd = directory, .address = text, .length = 1, .offset = 0);
        DO(.code = PLATFORM_GETDENTS, .fd = directory, .address = text, .length = 10);
        DO_FD(.code = PLATFORM_OPEN, .fd = directory, .address = "none", .flags = O_RDONLY);
        fd = DO_FD(.code = PLATFORM_OPEN, .fd = directory, .address = "file", .flags = O_RDONLY);
        DO_FD(.code = PLATFORM_OPEN, .fd = fd, .address = "file", .flags = O_RDONLY);
        DO(.code = PLATFORM_CLOSE, .fd = fd);
        DO(.code = PLATFORM_CLOSE, .fd = directory);
        DO(.code = PLATFORM_CLOSE, .fd = 9999);
        DO(.code = PLATFORM_READ, .fd = 9999, .address = text, .length = 1, .offset = 0);
        DO(.code = PLATFORM_SEND, .fd = 9999, .address = text, .length = 1);
        DO(.code = PLATFORM_POLL, .fd = 9999, .flags = POLLIN);
        DO(.code = 0);
        DO(.code = PLATFORM_NOP, .op_flags = PLATFORM_OP_MULTI);
}

static const char *const links[][2] = {{"link", "linked"},
                                       {"dangling", "made"},
                                       {"loop", "loop"},
                                       {"up", "../."},
                                       {"slashed", "linked/"}};

static void script_links(struct script *script)
{
        struct statx attributes;
        char path[128];

        OPEN("linked", O_WRONLY | O_CREAT);
        OPEN("link", O_RDONLY);
        OPEN("link", O_RDONLY | O_NOFOLLOW);
        OPEN("link", O_WRONLY | O_CREAT | O_EXCL);
        OPEN("link/", O_RDONLY);
        OPEN("slashed", O_RDONLY);
        OPEN("loop", O_RDONLY);
        OPEN("loop/below", O_RDONLY);
        OPEN("loop", O_WRONLY | O_CREAT);
        OPEN("up", O_RDONLY | O_DIRECTORY);
        OPEN("up", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        OPEN("up/", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        OPEN("dangling", O_RDONLY);
        OPEN("dangling", O_WRONLY | O_CREAT | O_EXCL);
        OPEN("dangling", O_WRONLY | O_CREAT);
        OPEN("made", O_RDONLY);
        OPEN("..", O_WRONLY | O_CREAT);
        OPEN("../../../../..", O_RDONLY);
        snprintf(path, sizeof(path), "%s/link", script->root);
        DO(.code = PLATFORM_STATX, .fd = AT_FDCWD, .address = path, .flags = AT_SYMLINK_NOFOLLOW,
           .mask = STATX_BASIC_STATS, .address2 = &attributes);
        NOTE(attributes.stx_mode);
        NOTE((int)attributes.stx_size);
        DO(.code = PLATFORM_STATX, .fd = AT_FDCWD, .address = path, .mask = STATX_BASIC_STATS,
           .address2 = &attributes);
        NOTE(attributes.stx_mode);
}

static void script_pipes(struct script *script)
{
        char text[64];
        int fds[2], other[2], from, to;

        NOTE(platform_pipe_new(script->io, fds));
        NOTE(platform_pipe_new(script->io, other));
        DO(.code = PLATFORM_WRITE, .fd = fds[1], .address = "hello", .length = 5,
           .offset = UINT64_MAX);
        DO(.code = PLATFORM_POLL, .fd = fds[0], .flags = POLLIN | POLLOUT);
        DO(.code = PLATFORM_POLL, .fd = fds[1], .flags = POLLIN | POLLOUT);
        DO(.code = PLATFORM_READ, .fd = fds[0], .address = text, .length = 3, .offset = UINT64_MAX);
        DO(.code = PLATFORM_READ, .fd = fds[1], .address = text, .length = 3, .offset = UINT64_MAX);
        DO(.code = PLATFORM_WRITE, .fd = fds[0], .address = "x", .length = 1, .offset = UINT64_MAX);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 3);
        DO(.code = PLATFORM_FSYNC, .fd = fds[0]);
        DO(.code = PLATFORM_SPLICE, .fd = other[1], .fd2 = fds[0], .length = 64);
        from = OPEN("from", O_RDWR | O_CREAT);
        to = OPEN("to", O_RDWR | O_CREAT);
        DO(.code = PLATFORM_WRITE, .fd = from, .address = "0123456789", .length = 10, .offset = 0);
        DO(.code = PLATFORM_SPLICE, .fd = other[1], .fd2 = from, .length = 4);
        DO(.code = PLATFORM_SPLICE, .fd = other[1], .fd2 = from, .length = 64);
        DO(.code = PLATFORM_SPLICE, .fd = other[1], .fd2 = from, .length = 64);
        DO(.code = PLATFORM_SPLICE, .fd = to, .fd2 = other[0], .length = 64);
        DO(.code = PLATFORM_SPLICE, .fd = to, .fd2 = from, .length = 64);
        DO(.code = PLATFORM_SENDFILE, .fd = other[1], .fd2 = from, .offset = 2, .length = 64);
        DO(.code = PLATFORM_SENDFILE, .fd = other[1], .fd2 = from, .offset = 20, .length = 64);
        DO(.code = PLATFORM_READ, .fd = other[0], .address = text, .length = 64,
           .offset = UINT64_MAX);
        NOTE(memcmp(text, "23456789", 8));
        DO(.code = PLATFORM_READ, .fd = to, .address = text, .length = 64, .offset = 0);
        NOTE(memcmp(text, "lo0123456789", 12));
        DO(.code = PLATFORM_CLOSE, .fd = fds[1]);
        DO(.code = PLATFORM_READ, .fd = fds[0], .address = text, .length = 3, .offset = UINT64_MAX);
        DO(.code = PLATFORM_SPLICE, .fd = other[1], .fd2 = fds[0], .length = 64);
        DO(.code = PLATFORM_POLL, .fd = fds[0], .flags = POLLIN);
        DO(.code = PLATFORM_CLOSE, .fd = other[0]);
        DO(.code = PLATFORM_WRITE, .fd = other[1], .address = "x", .length = 1,
           .offset = UINT64_MAX);
        DO(.code = PLATFORM_SENDFILE, .fd = other[1], .fd2 = from, .offset = 0, .length = 64);
        DO(.code = PLATFORM_CLOSE, .fd = from);
        DO(.code = PLATFORM_CLOSE, .fd = to);
        DO(.code = PLATFORM_CLOSE, .fd = fds[0]);
        DO(.code = PLATFORM_CLOSE, .fd = other[1]);
}

/* A connection: [0] is the client's side, [1] the server's. */
static void script_connect(struct script *script, int listener, int ret_fds[2])
{
        struct sockaddr_storage name;
        socklen_t length = sizeof(name);

        NOTE(platform_socket_name(script->io, listener, false, &name, &length));
        ret_fds[0] = platform_socket_new(script->io, name.ss_family, SOCK_STREAM);
        DO(.code = PLATFORM_CONNECT, .fd = ret_fds[0], .address = &name, .length = length);
        ret_fds[1] = DO_FD(.code = PLATFORM_ACCEPT, .fd = listener);
}

static void script_close(struct script *script, int fds[2])
{
        for (int i = 0; i < 2; ++i)
                if (fds[i] >= 0)
                        DO(.code = PLATFORM_CLOSE, .fd = fds[i]);
}

static void script_connections(struct script *script, int listener)
{
        struct iovec parts[2] = {{"abc", 3}, {"defgh", 5}};
        struct platform_op receive;
        char text[64];
        int fds[2], file;

        script_connect(script, listener, fds);
        DO(.code = PLATFORM_POLL, .fd = fds[0], .flags = POLLIN | POLLOUT);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 8,
           .flags = MSG_DONTWAIT);
        DO(.code = PLATFORM_SENDV, .fd = fds[0], .address = parts, .length = 2);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 3, .flags = MSG_PEEK);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 8, .flags = MSG_WAITALL);
        NOTE(memcmp(text, "abcdefgh", 8));
        DO(.code = PLATFORM_WRITE, .fd = fds[1], .address = "back", .length = 4,
           .offset = UINT64_MAX);
        DO(.code = PLATFORM_READ, .fd = fds[0], .address = text, .length = 64,
           .offset = UINT64_MAX);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = text, .length = 0);
        file = OPEN("sent", O_RDWR | O_CREAT);
        DO(.code = PLATFORM_WRITE, .fd = file, .address = "0123456789", .length = 10, .offset = 0);
        DO(.code = PLATFORM_SENDFILE, .fd = fds[0], .fd2 = file, .offset = 3, .length = 100);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 64);
        DO(.code = PLATFORM_CLOSE, .fd = file);
        /* a cancelled receive */
        receive = (struct platform_op){
                .code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 64};
        platform_io_submit(script->io, &receive);
        platform_io_cancel(script->io, &receive);
        NOTE(script_wait(script, &receive));
        /* the end of one direction */
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "bye", .length = 3);
        DO(.code = PLATFORM_SHUTDOWN, .fd = fds[0], .flags = SHUT_WR);
        DO(.code = PLATFORM_SHUTDOWN, .fd = fds[0], .flags = 3);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 64,
           .flags = MSG_WAITALL);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 64);
        DO(.code = PLATFORM_POLL, .fd = fds[1], .flags = POLLIN);
        DO(.code = PLATFORM_SEND, .fd = fds[1], .address = "still", .length = 5);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        DO(.code = PLATFORM_CLOSE, .fd = fds[1]);
        fds[1] = -1;
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        DO(.code = PLATFORM_POLL, .fd = fds[0], .flags = POLLIN | POLLOUT);
        script_close(script, fds);
        /* closed with bytes unread */
        script_connect(script, listener, fds);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "unread", .length = 6);
        DO(.code = PLATFORM_SEND, .fd = fds[1], .address = "last", .length = 4);
        DO(.code = PLATFORM_CLOSE, .fd = fds[1]);
        fds[1] = -1;
        DO(.code = PLATFORM_POLL, .fd = fds[0], .flags = POLLIN | POLLOUT);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        script_close(script, fds);
        /* the same, seen by a sender first */
        script_connect(script, listener, fds);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "unread", .length = 6);
        DO(.code = PLATFORM_CLOSE, .fd = fds[1]);
        fds[1] = -1;
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        script_close(script, fds);
        /* closed with nothing unread, and sent to */
        script_connect(script, listener, fds);
        DO(.code = PLATFORM_CLOSE, .fd = fds[1]);
        fds[1] = -1;
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        DO(.code = PLATFORM_RECV, .fd = fds[0], .address = text, .length = 64);
        script_close(script, fds);
        /* the other side stops receiving */
        script_connect(script, listener, fds);
        DO(.code = PLATFORM_SHUTDOWN, .fd = fds[1], .flags = SHUT_RD);
        DO(.code = PLATFORM_RECV, .fd = fds[1], .address = text, .length = 64);
        DO(.code = PLATFORM_SEND, .fd = fds[0], .address = "x", .length = 1);
        script_close(script, fds);
}

static void script_sockets(struct script *script)
{
        struct sockaddr_in name = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct sockaddr_un path = {.sun_family = AF_UNIX};
        struct sockaddr_storage bound;
        socklen_t length;
        char text[8];
        int listener, fd, fds[2];

        listener = platform_socket_listen(script->io, (struct sockaddr *)&name, sizeof(name), 8);
        script_connections(script, listener);
        NOTE(platform_socket_name(script->io, listener, false, &bound, &length));
        NOTE((int)length);
        NOTE(platform_socket_listen(script->io, (struct sockaddr *)&bound, length, 8));
        DO(.code = PLATFORM_RECV, .fd = listener, .address = text, .length = 1);
        DO(.code = PLATFORM_SEND, .fd = listener, .address = text, .length = 1);
        fd = platform_socket_new(script->io, AF_INET, SOCK_STREAM);
        DO(.code = PLATFORM_RECV, .fd = fd, .address = text, .length = 1);
        DO(.code = PLATFORM_SEND, .fd = fd, .address = text, .length = 1);
        DO(.code = PLATFORM_SHUTDOWN, .fd = fd, .flags = SHUT_WR);
        DO(.code = PLATFORM_POLL, .fd = fd, .flags = POLLIN | POLLOUT);
        DO(.code = PLATFORM_ACCEPT, .fd = fd);
        DO(.code = PLATFORM_CONNECT, .fd = fd, .address = &name, .length = 3);
        NOTE(platform_socket_name(script->io, fd, true, &bound, &length));
        NOTE(platform_socket_name(script->io, listener, false, &bound, &length));
        DO(.code = PLATFORM_CONNECT, .fd = fd, .address = &bound, .length = length);
        DO(.code = PLATFORM_CLOSE, .fd = listener); /* it was never accepted */
        DO(.code = PLATFORM_RECV, .fd = fd, .address = text, .length = 1);
        DO(.code = PLATFORM_CLOSE, .fd = fd);
        fd = platform_socket_new(script->io, AF_INET, SOCK_STREAM);
        DO(.code = PLATFORM_CONNECT, .fd = fd, .address = &bound, .length = length);
        DO(.code = PLATFORM_CLOSE, .fd = fd);

        snprintf(path.sun_path, sizeof(path.sun_path), "%s/socket", script->root);
        fd = platform_socket_new(script->io, AF_UNIX, SOCK_STREAM);
        DO(.code = PLATFORM_CONNECT, .fd = fd, .address = &path, .length = sizeof(path));
        DO(.code = PLATFORM_RECV, .fd = fd, .address = text, .length = 1);
        DO(.code = PLATFORM_SEND, .fd = fd, .address = text, .length = 1);
        listener = platform_socket_listen(script->io, (struct sockaddr *)&path, sizeof(path), 8);
        NOTE(platform_socket_listen(script->io, (struct sockaddr *)&path, sizeof(path), 8));
        OPEN("socket", O_RDONLY);
        script_connections(script, listener);
        script_connect(script, listener, fds);
        NOTE(platform_socket_name(script->io, fds[0], false, &bound, &length));
        NOTE((int)length);
        script_close(script, fds);
        DO(.code = PLATFORM_CLOSE, .fd = listener);
        DO(.code = PLATFORM_CONNECT, .fd = fd, .address = &path, .length = sizeof(path));
        DO(.code = PLATFORM_CLOSE, .fd = fd);
}

static bool script_perform(struct script *script, enum platform_io_kind kind, const char *root)
{
        struct platform_io_config config = {.kind = kind, .seed = 7};

        script->root = root;
        script->count = 0;
        if (platform_io_new(&config, &script->io) < 0)
                return false;
        if (kind == PLATFORM_IO_SIM)
                ck_assert_int_eq(platform_sim_directory(script->io, root), 0);
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); ++i) {
                char path[128];

                snprintf(path, sizeof(path), "%s/%s", root, links[i][0]);
                ck_assert_int_eq(kind == PLATFORM_IO_SIM
                                         ? platform_sim_symlink(script->io, path, links[i][1])
                                         : symlink(links[i][1], path),
                                 0);
        }
        script_files(script);
        script_links(script);
        script_pipes(script);
        script_sockets(script);
        platform_io_free(script->io);
        return true;
}

static void compare(enum platform_io_kind kind)
{
        static const char *const names[] = {"file",   "from",   "to",  "sent",
                                            "socket", "linked", "made"};
        struct script simulated, real;
        char root[] = "/tmp/mori-sim-test-XXXXXX", path[64];
        bool there, equal = true;

        ck_assert_ptr_nonnull(mkdtemp(root));
        there = script_perform(&real, kind, root);
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); ++i) {
                snprintf(path, sizeof(path), "%s/%s", root, links[i][0]);
                unlink(path);
        }
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
                snprintf(path, sizeof(path), "%s/%s", root, names[i]);
                unlink(path);
        }
        rmdir(root);
        if (!there) {
                fputs("this backend is not to be had here\n", stderr);
                return;
        }
        ck_assert(script_perform(&simulated, PLATFORM_IO_SIM, root));
        for (size_t i = 0; i < real.count && i < simulated.count; ++i) {
                if (real.results[i].result == simulated.results[i].result)
                        continue;
                equal = false;
                fprintf(stderr, "line %d: the kernel answers %d, the simulation %d\n",
                        real.results[i].line, real.results[i].result, simulated.results[i].result);
        }
        ck_assert_uint_eq(real.count, simulated.count);
        ck_assert(equal);
}

START_TEST(it_answers_as_epoll_does)
{
        compare(PLATFORM_IO_EPOLL);
}
END_TEST

START_TEST(it_answers_as_io_uring_does)
{
        compare(PLATFORM_IO_URING);
}
END_TEST

TEST_MAIN("platform/sim_real", TEST(it_answers_as_epoll_does), TEST(it_answers_as_io_uring_does))
