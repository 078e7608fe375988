/* SPDX-License-Identifier: MIT */
/*
 * Sockets of streams and packets: listening, accepting, connecting, pairs. Reading is in receive.c,
 * writing in file.c, addresses in address.c, datagrams in datagram.c, messages in message.c,
 * connecting to the first of several addresses in connect.c.
 *
 * What an accept brings is entered into the process's table by the completion. A connect makes its
 * socket first; where it fails, or is cancelled, its completion closes the socket.
 */
#include "activity/address.h"
#include "activity/file.h"
#include "activity/resolve.h"
#include "activity/socket.h"

#include "turn/seat.h"

#include <mori/message.h>
#include <mori/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

static int listen_at(const mori_address *address, int type, int backlog)
{
        int fd = platform_socket_listen_as(seat_hold()->io, type, &address->as.any, address->bytes,
                                           backlog > 0 ? backlog : SOMAXCONN);

        seat_release();
        return fd;
}

int mori_socket_listen(const char *text, int backlog, mori_file *ret_listener)
{
        struct process *process = process_self();
        mori_address address;
        int fd, error = ret_listener == NULL ? -EFAULT : mori_address_parse(text, &address);

        if (error < 0)
                return error;
        fd = listen_at(&address, SOCK_STREAM, backlog);
        if (fd == -EAFNOSUPPORT && text[0] == '*') {
                /* a machine without IPv6: every address is every one of IPv4 */
                address_any4(&address);
                fd = listen_at(&address, SOCK_STREAM, backlog);
        }
        return fd < 0 ? fd : file_enter(process, fd, FILE_LISTENER, ret_listener);
}

/* Packets are Unix sockets'. */
static int packet_address(const char *text, mori_address *ret_address)
{
        int error = mori_address_parse(text, ret_address);

        return error == 0 && ret_address->as.any.sa_family != AF_UNIX ? -EINVAL : error;
}

int mori_packet_listen(const char *text, int backlog, mori_file *ret_listener)
{
        mori_address address;
        int fd, error = ret_listener == NULL ? -EFAULT : packet_address(text, &address);

        if (error < 0)
                return error;
        fd = listen_at(&address, SOCK_SEQPACKET, backlog);
        if (fd < 0)
                return fd;
        error = socket_packets_prepare(fd); /* those that it accepts, too */
        if (error < 0) {
                process_close_now(fd);
                return error;
        }
        return file_enter(process_self(), fd, FILE_PACKETS_LISTENER, ret_listener);
}

int mori_socket_pair(int type, mori_file ret_sockets[2])
{
        struct process *process = process_self();
        mori_file first, second;
        int fds[2], error;

        if (type != SOCK_STREAM && type != SOCK_SEQPACKET && type != SOCK_DGRAM)
                return -EINVAL;
        if (ret_sockets == NULL)
                return -EFAULT;
        error = platform_socket_pair(seat_hold()->io, type, fds);
        seat_release();
        if (error < 0)
                return error;
        error = file_enter(process, fds[0], socket_kind(fds[0]), &first);
        if (error < 0) {
                process_close_now(fds[1]);
                return error;
        }
        error = file_enter(process, fds[1], socket_kind(fds[1]), &second);
        if (error < 0) {
                process_file_remove(process, process_file(process, first.word));
                process_close_now(fds[0]);
                return error;
        }
        ret_sockets[0] = first;
        ret_sockets[1] = second;
        return 0;
}

int socket_option_set(int fd, int level, int option, int value)
{
        int error = platform_socket_option(seat_hold()->io, fd, level, option, value);

        seat_release();
        return error;
}

int socket_option_get(int fd, int level, int option)
{
        int value, error;
        socklen_t length = sizeof value;

        error = platform_socket_option_get(seat_hold()->io, fd, level, option, &value, &length);
        seat_release();
        return error < 0 ? error : value;
}

int socket_packets_prepare(int fd)
{
        return socket_option_set(fd, SOL_SOCKET, SO_PASSCRED, 1);
}

uint8_t socket_kind(int fd)
{
        int type = socket_option_get(fd, SOL_SOCKET, SO_TYPE);

        if (type < 0)
                return FILE_PLAIN;
        if (socket_option_get(fd, SOL_SOCKET, SO_ACCEPTCONN) > 0) {
                if (type == SOCK_SEQPACKET && socket_packets_prepare(fd) < 0)
                        return FILE_PLAIN; /* those that it accepts are to tell, too */
                return type == SOCK_SEQPACKET ? FILE_PACKETS_LISTENER : FILE_LISTENER;
        }
        switch (type) {
        case SOCK_STREAM:
                return FILE_SOCKET;
        case SOCK_DGRAM:
                return FILE_DATAGRAM;
        case SOCK_SEQPACKET:
                return socket_packets_prepare(fd) == 0 ? FILE_PACKETS : FILE_PLAIN;
        default:
                return FILE_PLAIN;
        }
}

int socket_file(mori_file socket, struct file **ret_file)
{
        struct file *file = process_file(process_self(), socket.word);

        if (file == NULL)
                return -EBADF;
        if (file->kind == FILE_PLAIN) {
                uint8_t kind = socket_kind(file->fd);

                if (kind == FILE_PLAIN)
                        return -ENOTSOCK;
                file->kind = kind;
        }
        *ret_file = file;
        return 0;
}

static void no_delay(int fd)
{
        /* a Unix socket says no: fine */
        socket_option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* One that came before its listener was known to be one for packets has not been prepared by it. */
static int accepted_enter(struct process *process, int fd, bool packets, mori_file *ret_socket)
{
        int error = packets ? socket_packets_prepare(fd) : 0;

        if (error < 0) {
                process_close_now(fd);
                return error;
        }
        if (!packets)
                no_delay(fd);
        return file_enter(process, fd, packets ? FILE_PACKETS : FILE_SOCKET, ret_socket);
}

static void accept_done(struct operation *operation, int32_t result, uint32_t flags,
                        uint16_t buffer)
{
        struct process *process = operation->process;

        if (result >= 0) {
                const struct file *listener = &process->files[operation->file];

                result = accepted_enter(process, result, listener->kind == FILE_PACKETS_LISTENER,
                                        operation->owner);
        }
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t accept_begin(mori_file listener, mori_file *ret_socket)
{
        struct operation *operation;
        struct file *file;
        int error = ret_socket == NULL ? -EFAULT : socket_file(listener, &file);

        if (error == 0)
                error = file_operation(listener, PLATFORM_ACCEPT, &operation);
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
        mori_address address;
        mori_file *ret_socket;
        struct process *process;
        int fd;
        int type;
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
                if (connecting->type == SOCK_STREAM)
                        no_delay(fd);
                result = file_enter(connecting->process, fd,
                                    connecting->type == SOCK_STREAM ? FILE_SOCKET : FILE_PACKETS,
                                    connecting->ret_socket);
        }
        connecting_end(connecting);
        wait_operation_done(operation, result, flags, buffer);
}

static int64_t connect_begin(const mori_address *address, int type, mori_file *ret_socket)
{
        struct process *process = process_self();
        struct connecting *connecting = stack_piece_new(sizeof *connecting);
        struct operation *operation;
        int64_t begun;
        int error;

        if (connecting == NULL)
                return -ENOMEM;
        connecting->address = *address;
        connecting->process = process;
        connecting->ret_socket = ret_socket;
        connecting->type = type;
        process_own(process, &connecting->owned, connecting_release);
        connecting->fd = platform_socket_new(seat_hold()->io, address->as.any.sa_family, type);
        seat_release();
        error = connecting->fd < 0 ? connecting->fd : 0;
        if (error == 0 && type == SOCK_SEQPACKET)
                error = socket_packets_prepare(connecting->fd);
        operation = error == 0 ? operation_new(process) : NULL;
        if (operation == NULL) {
                connecting_end(connecting);
                return error < 0 ? error : -ENOMEM;
        }
        operation->op.code = PLATFORM_CONNECT;
        operation->op.fd = connecting->fd;
        operation->op.address = &connecting->address.as;
        operation->op.length = connecting->address.bytes;
        operation->owner = connecting;
        operation->done = connect_done;
        begun = wait_operation(operation);
        if (begun != WAIT_SUSPEND)
                connecting_end(connecting);
        return begun;
}

static int64_t connect_begin_text(const char *text, mori_file *ret_socket, bool *ret_is_name)
{
        mori_address address;
        int error = ret_socket == NULL ? -EFAULT : mori_address_parse(text, &address);

        *ret_is_name = error == -EINVAL && lookup_is_name(text);
        return error < 0 ? error : connect_begin(&address, SOCK_STREAM, ret_socket);
}

MORI_ASYNC int socket_connect_to(const mori_address *address, mori_file *ret_socket)
{
        int64_t begun = connect_begin(address, SOCK_STREAM, ret_socket);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_socket_connect(const char *address, mori_file *ret_socket)
{
        bool is_name;
        int64_t begun = connect_begin_text(address, ret_socket, &is_name);

        if (begun == WAIT_SUSPEND)
                return MORI_AWAIT activity_suspend_int();
        return is_name ? MORI_AWAIT socket_connect_by_name(address, ret_socket) : (int)begun;
}

static int64_t packet_connect_begin(const char *text, mori_file *ret_socket)
{
        mori_address address;
        int error = ret_socket == NULL ? -EFAULT : packet_address(text, &address);

        if (error < 0)
                return error;
        return connect_begin(&address, SOCK_SEQPACKET, ret_socket);
}

MORI_ASYNC int mori_packet_connect(const char *address, mori_file *ret_socket)
{
        int64_t begun = packet_connect_begin(address, ret_socket);

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
        struct sockaddr_storage name;
        mori_address address;
        socklen_t length;
        int error;

        if (file == NULL)
                return -EBADF;
        if (ret_text == NULL)
                return -EFAULT;
        if (bytes == 0)
                return -EINVAL;
        error = platform_socket_name(seat_hold()->io, file->fd, peer != 0, &name, &length);
        seat_release();
        if (error < 0)
                return error;
        if (length > sizeof address.as)
                return -EAFNOSUPPORT;
        memcpy(&address.as, &name, length);
        address.bytes = length;
        return mori_address_format(&address, ret_text, bytes);
}

int mori_socket_option(mori_file handle, int level, int option, int value)
{
        struct file *file = process_file(process_self(), handle.word);

        return file == NULL ? -EBADF : socket_option_set(file->fd, level, option, value);
}
