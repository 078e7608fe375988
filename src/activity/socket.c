/* SPDX-License-Identifier: MIT */
/*
 * Sockets: addresses as text, listening, accepting, connecting. Reading is in receive.c, writing in
 * file.c.
 *
 * What an accept brings is entered into the process's table by the completion. A connect makes its
 * socket first; where it fails, or is cancelled, its completion closes the socket.
 */
#include "activity/file.h"

#include "turn/seat.h"

#include <mori/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

struct address {
        struct sockaddr_storage storage;
        socklen_t length;
};

static int port_parse(const char *text, uint16_t *ret_port)
{
        unsigned long port;
        char *end;

        if (*text < '0' || *text > '9')
                return -EINVAL;
        port = strtoul(text, &end, 10);
        if (*end != '\0' || port > 65535)
                return -EINVAL;
        *ret_port = (uint16_t)port;
        return 0;
}

static int unix_parse(const char *path, struct address *ret_address)
{
        struct sockaddr_un *un = (struct sockaddr_un *)&ret_address->storage;
        size_t length = strlen(path);

        if (length == 0 || length >= sizeof un->sun_path)
                return -EINVAL;
        un->sun_family = AF_UNIX;
        memcpy(un->sun_path, path, length + 1);
        ret_address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
        if (path[0] == '@') { /* an abstract name: its length counts, and there is no terminator */
                un->sun_path[0] = '\0';
                ret_address->length--;
        }
        return 0;
}

static int address_parse(const char *text, struct address *ret_address)
{
        const char *colon = strrchr(text, ':');
        char host[64];
        size_t length;
        uint16_t port;

        memset(ret_address, 0, sizeof *ret_address);
        if (strncmp(text, "unix:", 5) == 0)
                return unix_parse(text + 5, ret_address);
        if (colon == NULL || port_parse(colon + 1, &port) < 0)
                return -EINVAL;
        length = (size_t)(colon - text);
        if (length >= sizeof host)
                return -EINVAL;
        memcpy(host, text, length);
        host[length] = '\0';
        if (strcmp(host, "*") == 0 || (host[0] == '[' && host[length - 1] == ']')) {
                struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ret_address->storage;

                in6->sin6_family = AF_INET6;
                in6->sin6_port = htons(port);
                ret_address->length = sizeof *in6;
                if (host[0] == '*')
                        return 0;
                host[length - 1] = '\0';
                return inet_pton(AF_INET6, host + 1, &in6->sin6_addr) == 1 ? 0 : -EINVAL;
        } else {
                struct sockaddr_in *in = (struct sockaddr_in *)&ret_address->storage;

                in->sin_family = AF_INET;
                in->sin_port = htons(port);
                ret_address->length = sizeof *in;
                return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -EINVAL;
        }
}

/* The same port at every IPv4 address. */
static void address_any4(struct address *address)
{
        in_port_t port = ((const struct sockaddr_in6 *)&address->storage)->sin6_port;
        struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;

        memset(&address->storage, 0, sizeof address->storage);
        in->sin_family = AF_INET;
        in->sin_port = port;
        address->length = sizeof *in;
}

static void address_format(const struct address *address, char *ret_text, size_t bytes)
{
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address->storage;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->storage;
        const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;
        char host[INET6_ADDRSTRLEN];

        switch (address->storage.ss_family) {
        case AF_INET:
                inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
                snprintf(ret_text, bytes, "%s:%u", host, ntohs(in->sin_port));
                break;
        case AF_INET6:
                inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
                snprintf(ret_text, bytes, "[%s]:%u", host, ntohs(in6->sin6_port));
                break;
        default: {
                int length = (int)address->length - (int)offsetof(struct sockaddr_un, sun_path);

                if (length <= 0)
                        snprintf(ret_text, bytes, "unix:");
                else if (un->sun_path[0] == '\0')
                        snprintf(ret_text, bytes, "unix:@%.*s", length - 1, un->sun_path + 1);
                else
                        snprintf(ret_text, bytes, "unix:%.*s", length, un->sun_path);
        }
        }
}

static int listen_at(const struct address *address, int backlog)
{
        int fd = platform_socket_listen(seat_hold()->io, (const struct sockaddr *)&address->storage,
                                        address->length, backlog > 0 ? backlog : SOMAXCONN);

        seat_release();
        return fd;
}

int mori_socket_listen(const char *text, int backlog, mori_file *ret_listener)
{
        struct process *process = process_self();
        struct address address;
        int fd, error = address_parse(text, &address);

        if (error < 0)
                return error;
        fd = listen_at(&address, backlog);
        if (fd == -EAFNOSUPPORT && text[0] == '*') {
                /* a machine without IPv6: every address is every one of IPv4 */
                address_any4(&address);
                fd = listen_at(&address, backlog);
        }
        return fd < 0 ? fd : file_enter(process, fd, FILE_LISTENER, ret_listener);
}

static int option_set(int fd, int level, int option, int value)
{
        int error = platform_socket_option(seat_hold()->io, fd, level, option, value);

        seat_release();
        return error;
}

static void no_delay(int fd)
{
        /* a Unix socket says no: fine */
        option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static void accept_done(struct operation *operation, int32_t result, uint32_t flags,
                        uint16_t buffer)
{
        struct process *process = operation->process;

        if (result >= 0) {
                no_delay(result);
                result = file_enter(process, result, FILE_SOCKET, operation->owner);
        }
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t accept_begin(mori_file listener, mori_file *ret_socket)
{
        struct operation *operation;
        int error = file_operation(listener, PLATFORM_ACCEPT, &operation);

        if (error < 0)
                return error;
        operation->owner = ret_socket;
        operation->done = accept_done;
        return wait_operation(operation);
}

MORI_ASYNC int mori_socket_accept(mori_file listener, mori_file *ret_socket)
{
        int64_t begun = accept_begin(listener, ret_socket);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/*
 * The address must stay while the kernel connects: it stands with the socket in a record of the
 * process.
 */
struct connecting {
        struct owned owned;
        struct address address;
        mori_file *ret_socket;
        struct process *process;
        int fd;
};

static void connecting_release(struct owned *owned)
{
        struct connecting *connecting = (struct connecting *)owned;

        if (connecting->fd >= 0)
                process_close_now(connecting->fd);
        stack_piece_free(connecting, sizeof *connecting);
}

static void connecting_end(struct connecting *connecting)
{
        process_disown(&connecting->owned);
        connecting_release(&connecting->owned);
}

static void connect_done(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer)
{
        struct connecting *connecting = operation->owner;

        if (result >= 0) {
                int fd = connecting->fd;

                connecting->fd = -1;
                no_delay(fd);
                result = file_enter(connecting->process, fd, FILE_SOCKET, connecting->ret_socket);
        }
        connecting_end(connecting);
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t connect_begin(const char *text, mori_file *ret_socket)
{
        struct process *process = process_self();
        struct connecting *connecting = stack_piece_new(sizeof *connecting);
        struct operation *operation;
        int64_t begun;
        int error;

        if (connecting == NULL)
                return -ENOMEM;
        connecting->fd = -1;
        connecting->process = process;
        connecting->ret_socket = ret_socket;
        process_own(process, &connecting->owned, connecting_release);
        error = address_parse(text, &connecting->address);
        if (error == 0) {
                connecting->fd = platform_socket_new(
                        seat_hold()->io, connecting->address.storage.ss_family, SOCK_STREAM);
                seat_release();
                error = connecting->fd < 0 ? connecting->fd : 0;
        }
        operation = error == 0 ? operation_new(process) : NULL;
        if (operation == NULL) {
                connecting_end(connecting);
                return error < 0 ? error : -ENOMEM;
        }
        operation->op.code = PLATFORM_CONNECT;
        operation->op.fd = connecting->fd;
        operation->op.address = &connecting->address.storage;
        operation->op.length = connecting->address.length;
        operation->owner = connecting;
        operation->done = connect_done;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                connecting_end(connecting);
        return begun;
}

MORI_ASYNC int mori_socket_connect(const char *address, mori_file *ret_socket)
{
        int64_t begun = connect_begin(address, ret_socket);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

static int64_t shutdown_begin(mori_file socket, int how)
{
        struct operation *operation;
        int error = file_operation(socket, PLATFORM_SHUTDOWN, &operation);

        if (error < 0)
                return error;
        operation->op.flags = (uint32_t)how;
        return wait_operation(operation);
}

MORI_ASYNC int mori_socket_shutdown(mori_file socket, int how)
{
        int64_t begun = shutdown_begin(socket, how);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

int mori_socket_address(mori_file handle, int peer, char *ret_text, size_t bytes)
{
        struct process *process = process_self();
        struct file *file = process_file(process, handle.word);
        struct address address = {.length = sizeof address.storage};
        int error;

        if (file == NULL)
                return -EBADF;
        if (bytes == 0)
                return -EINVAL;
        error = platform_socket_name(seat_hold()->io, file->fd, peer != 0, &address.storage,
                                     &address.length);
        seat_release();
        if (error == 0)
                address_format(&address, ret_text, bytes);
        return error;
}

int mori_socket_option(mori_file handle, int level, int option, int value)
{
        struct file *file = process_file(process_self(), handle.word);

        return file == NULL ? -EBADF : option_set(file->fd, level, option, value);
}
