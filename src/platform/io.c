/* SPDX-License-Identifier: MIT */
/*
 * The interface of io.h: it picks a backend and passes every call on to it. What needs no engine at
 * all on the real kernel (making a socket, naming it) is here as well, for both backends that run
 * on it.
 *
 * Choosing (platform_io_new):
 *
 *      by name ------------------------------> that backend, or its error
 *      AUTO ---> uring --- made -------------> uring
 *                  |
 *                  +-- ENOSYS, EPERM, EACCES, EINVAL, EOPNOTSUPP ---> epoll
 *                  |     (no io_uring, a filter forbids it, the sysctl does, it lacks what we need;
 *                  |      or Valgrind runs us, which does not see what the kernel writes later)
 *                  +-- EMFILE, ENFILE, ENOMEM -----------------------> that error
 *
 * The last arrow matters: a process that is short of descriptors or memory shall hear so, and not
 * run on another backend than its sisters.
 *
 * Invariants:
 *   (1) `pending` counts the operations between submit and their last completion; each backend
 *       keeps it, and free asserts that it is 0.
 *   (2) SIGPIPE is blocked in the thread that makes an engine. It cannot be had with flags alone:
 *       write, splice and sendfile on a pipe raise it, and io_uring raises it in the submitting
 *       thread. Blocked, it stays pending and nobody sees it.
 *   (3) Sockets are made in non-blocking mode, pipes are not: a pipe's end is often handed to
 *       another program, which would be astonished.
 */
#include "platform/io.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <unistd.h>

#if MORI_HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "platform/backend.h"
#include "platform/sim_internal.h"
#include "platform/random.h"
#include "platform/time.h"

static void sigpipe_block(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool error_means_absent(int error)
{
        return error == -ENOSYS || error == -EPERM || error == -EACCES || error == -EINVAL ||
               error == -EOPNOTSUPP;
}

int platform_io_new(const struct platform_io_config *config, struct platform_io **ret_io)
{
        int error;

        switch (config->kind) {
        case PLATFORM_IO_AUTO:
                sigpipe_block();
                error = RUNNING_ON_VALGRIND ? -ENOSYS : platform_uring_new(config, ret_io);
                if (error_means_absent(error))
                        error = platform_epoll_new(config, ret_io);
                return error;
        case PLATFORM_IO_URING:
                sigpipe_block();
                return platform_uring_new(config, ret_io);
        case PLATFORM_IO_EPOLL:
                sigpipe_block();
                return platform_epoll_new(config, ret_io);
        case PLATFORM_IO_SIM:
                return platform_sim_new(config, ret_io);
        }
        return -EINVAL;
}

struct platform_io *platform_io_free(struct platform_io *io)
{
        if (io) {
                assert(!io->pending);
                io->ops->free(io);
        }
        return NULL;
}

/* Calls are the same for all engines on the real kernel, which never see them. */
static bool is_call(const struct platform_io *io, const struct platform_op *op)
{
        return platform_unlikely(op->code == PLATFORM_CALL) && !io->ops->simulates;
}

void platform_io_submit(struct platform_io *io, struct platform_op *op)
{
        if (is_call(io, op))
                calls_submit(io, op);
        else
                io->ops->submit(io, op);
}

void platform_io_cancel(struct platform_io *io, struct platform_op *op)
{
        if (is_call(io, op))
                calls_cancel(io, op);
        else
                io->ops->cancel(io, op);
}

size_t platform_io_wait(struct platform_io *io, uint64_t timeout_ns,
                        struct platform_completion *completions, size_t completions_max)
{
        if (platform_unlikely(io->calls.under_way))
                return calls_wait(io, timeout_ns, completions, completions_max);
        return io->ops->wait(io, timeout_ns, completions, completions_max);
}

void platform_io_wake(struct platform_io *io)
{
        io->ops->wake(io);
}

int platform_io_descriptor(struct platform_io *io)
{
        return io->ops->descriptor ? io->ops->descriptor(io) : -EOPNOTSUPP;
}

uint64_t platform_io_sleep(struct platform_io *io)
{
        return io->ops->sleep ? io->ops->sleep(io) : 0;
}

void platform_io_rise(struct platform_io *io)
{
        if (io->ops->rise)
                io->ops->rise(io);
}

void platform_io_lend(struct platform_io *io, void (*ask)(void *argument), void *argument)
{
        if (io->ops->lend)
                io->ops->lend(io, ask, argument);
}

void platform_io_serve(struct platform_io *io)
{
        if (io->ops->serve)
                io->ops->serve(io);
}

size_t platform_io_pending(const struct platform_io *io)
{
        return io->pending;
}

bool platform_io_ready(struct platform_io *io)
{
        return (io->calls.under_way && calls_ready(io)) || io->ops->ready(io);
}

void *platform_io_buffer(struct platform_io *io, uint16_t buffer)
{
        return io->ops->buffer(io, buffer);
}

void platform_io_buffer_release(struct platform_io *io, uint16_t buffer)
{
        io->ops->buffer_release(io, buffer);
}

int platform_socket_new(struct platform_io *io, int family, int type)
{
        return io->ops->socket_new(io, family, type);
}

int platform_socket_listen(struct platform_io *io, const struct sockaddr *address, socklen_t length,
                           int backlog)
{
        return io->ops->socket_listen(io, SOCK_STREAM, address, length, backlog);
}

int platform_socket_listen_as(struct platform_io *io, int type, const struct sockaddr *address,
                              socklen_t length, int backlog)
{
        return io->ops->socket_listen(io, type, address, length, backlog);
}

int platform_socket_pair(struct platform_io *io, int type, int ret_fds[2])
{
        return io->ops->socket_pair(io, type, ret_fds);
}

int platform_socket_name(struct platform_io *io, int fd, bool peer, struct sockaddr_storage *ret,
                         socklen_t *ret_length)
{
        return io->ops->socket_name(io, fd, peer, ret, ret_length);
}

int platform_socket_option(struct platform_io *io, int fd, int level, int option, int value)
{
        return io->ops->socket_option_set(io, fd, level, option, &value, sizeof(value));
}

int platform_socket_option_set(struct platform_io *io, int fd, int level, int option,
                               const void *value, socklen_t length)
{
        return io->ops->socket_option_set(io, fd, level, option, value, length);
}

int platform_socket_option_get(struct platform_io *io, int fd, int level, int option, void *value,
                               socklen_t *length)
{
        return io->ops->socket_option_get(io, fd, level, option, value, length);
}

int platform_socket_bind(struct platform_io *io, int fd, const struct sockaddr *address,
                         socklen_t length)
{
        return io->ops->socket_bind(io, fd, address, length);
}

int platform_socket_peer(struct platform_io *io, int fd, const struct sockaddr *address,
                         socklen_t length)
{
        return io->ops->socket_peer(io, fd, address, length);
}

int platform_interface(struct platform_io *io, const char *name)
{
        return io->ops->interface(io, name);
}

int platform_pipe_new(struct platform_io *io, int ret_fds[2])
{
        return io->ops->pipe_new(io, ret_fds);
}

int platform_duplicate(struct platform_io *io, int fd)
{
        return io->ops->duplicate ? io->ops->duplicate(io, fd) : -EOPNOTSUPP;
}

int platform_watch_new(struct platform_io *io)
{
        return io->ops->watch_new(io);
}

int platform_watch_pending(struct platform_io *io, int fd)
{
        return io->ops->watch_pending(io, fd);
}

int64_t platform_watch_limit(struct platform_io *io, enum platform_watch_limit limit,
                             const char **ret_name)
{
        return io->ops->watch_limit(io, limit, ret_name);
}

void platform_close_now(struct platform_io *io, int fd)
{
        io->ops->close_now(io, fd);
}

void platform_unlink_now(struct platform_io *io, int directory, const char *name)
{
        io->ops->unlink_now(io, directory, name);
}

uint64_t platform_io_random(struct platform_io *io)
{
        return io->ops->random(io);
}

uint64_t platform_io_now(struct platform_io *io)
{
        return io->ops->now(io);
}

const char *platform_io_name(const struct platform_io *io)
{
        return io->ops->name;
}

bool platform_io_is_simulated(const struct platform_io *io)
{
        return io->ops->simulates;
}

const char *platform_op_name(uint8_t code)
{
        return sim_operation_name(code);
}

void platform_io_describe(const struct platform_io *io, char *text, size_t bytes)
{
        if (bytes)
                io->ops->describe(io, text, bytes);
}

void platform_io_memory(const struct platform_io *io,
                        void (*take)(void *address, size_t bytes, void *argument), void *argument)
{
        if (io->ops->memory != NULL)
                io->ops->memory(io, take, argument);
}

/* ---- On the real kernel ---- */

int real_socket_new(struct platform_io *io, int family, int type)
{
        int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        (void)io;
        if (fd < 0)
                return -errno;
        platform_descriptor_made(fd, DESCRIPTOR_SOCKET);
        return fd;
}

int real_socket_listen(struct platform_io *io, int type, const struct sockaddr *address,
                       socklen_t length, int backlog)
{
        static const int one = 1;
        int fd, error;

        if (length < sizeof(address->sa_family))
                return -EINVAL;
        fd = real_socket_new(io, address->sa_family, type);
        if (fd < 0)
                return fd;
        /* Without it a server that is started again must wait a minute for its port. It means
         * nothing to a Unix socket. */
        if (address->sa_family != AF_UNIX &&
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
                goto failed;
        if (bind(fd, address, length) || listen(fd, backlog))
                goto failed;
        return fd;
failed:
        error = -errno;
        real_close_now(io, fd);
        return error;
}

int real_socket_pair(struct platform_io *io, int type, int ret_fds[2])
{
        int fds[2];

        (void)io;
        if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds))
                return -errno;
        for (int i = 0; i < 2; i++) {
                platform_descriptor_made(fds[i], DESCRIPTOR_SOCKET);
                ret_fds[i] = fds[i];
        }
        return 0;
}

int real_socket_name(struct platform_io *io, int fd, bool peer, struct sockaddr_storage *ret,
                     socklen_t *ret_length)
{
        struct sockaddr_storage name = {0};
        socklen_t length = sizeof(name);

        (void)io;
        if (peer ? getpeername(fd, (struct sockaddr *)&name, &length)
                 : getsockname(fd, (struct sockaddr *)&name, &length))
                return -errno;
        *ret = name;
        *ret_length = length;
        return 0;
}

int real_socket_option_set(struct platform_io *io, int fd, int level, int option, const void *value,
                           socklen_t length)
{
        (void)io;
        return setsockopt(fd, level, option, value, length) ? -errno : 0;
}

int real_socket_option_get(struct platform_io *io, int fd, int level, int option, void *value,
                           socklen_t *length)
{
        (void)io;
        return getsockopt(fd, level, option, value, length) ? -errno : 0;
}

int real_socket_bind(struct platform_io *io, int fd, const struct sockaddr *address,
                     socklen_t length)
{
        (void)io;
        return bind(fd, address, length) ? -errno : 0;
}

int real_socket_peer(struct platform_io *io, int fd, const struct sockaddr *address,
                     socklen_t length)
{
        (void)io;
        return connect(fd, address, length) ? -errno : 0;
}

int64_t platform_socket_receive_now(int fd, void *bytes, size_t length, int flags,
                                    struct sockaddr *ret_from, socklen_t *from_length)
{
        ssize_t got = recvfrom(fd, bytes, length, flags | MSG_DONTWAIT, ret_from, from_length);

        return got < 0 ? -errno : got;
}

int64_t platform_socket_send_now(int fd, const struct iovec *pieces, int count)
{
        struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
                                 .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

        return sent < 0 ? -errno : sent;
}

int real_interface(struct platform_io *io, const char *name)
{
        unsigned index = if_nametoindex(name);

        (void)io;
        return index != 0 ? (int)index : -errno;
}

int real_pipe_new(struct platform_io *io, int ret_fds[2])
{
        int fds[2];

        (void)io;
        if (pipe2(fds, O_CLOEXEC))
                return -errno;
        for (int i = 0; i < 2; i++) {
                platform_descriptor_made(fds[i], DESCRIPTOR_STREAM);
                ret_fds[i] = fds[i];
        }
        return 0;
}

int real_duplicate(struct platform_io *io, int fd)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

        (void)io;
        if (copy < 0)
                return -errno;
        platform_descriptor_gone(copy); /* it is looked at anew */
        return copy;
}

void real_close_now(struct platform_io *io, int fd)
{
        (void)io;
        platform_descriptor_gone(fd);
        close(fd); /* EINTR closes it too, on Linux */
}

void real_unlink_now(struct platform_io *io, int directory, const char *name)
{
        (void)io;
        (void)unlinkat(directory, name, 0);
}

uint64_t real_random(struct platform_io *io)
{
        (void)io;
        return platform_random_seed();
}

uint64_t real_now(struct platform_io *io)
{
        (void)io;
        return platform_time_now();
}
