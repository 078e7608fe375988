/* SPDX-License-Identifier: MIT */
/*
 * Datagrams. A receive or send of one is a receive or send of many with a record for one.
 *
 * The kernel's headers of the messages (struct mmsghdr), their vectors and the room for what comes
 * beside the bytes stand in one record, the exchange, which the process owns until the operation's
 * completion: that takes out what the caller wants to know, and frees it. Of the caller's, the
 * kernel has the array of datagrams (their addresses) and their bytes.
 *
 *      exchange_new --> messages filled in --> RECVMSG or SENDMSG --> done: results, freed, woken
 */
#include "activity/address.h"
#include "activity/file.h"
#include "activity/socket.h"

#include "turn/seat.h"

#include <mori/datagram.h>
#include <mori/socket.h>

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room beside a message: the size of segments and an error with the one who reported it. */
#define CONTROL_BYTES                                                                              \
        (CMSG_SPACE(sizeof(int)) +                                                                 \
         CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6)))
#define PIECE_BYTES 512

struct exchange {
        struct owned owned;
        size_t bytes; /* of this record */
        mori_datagram *datagrams;
        struct iovec *vectors;
        char *controls; /* of CONTROL_BYTES each; NULL: there are none */
        /* of one that came or goes without an array */
        mori_datagram single;
        mori_address *ret_from;
        struct mmsghdr messages[];
};

static void exchange_release(struct owned *owned)
{
        struct exchange *exchange = (struct exchange *)owned;

        if (exchange->bytes <= PIECE_BYTES)
                stack_piece_free(exchange, exchange->bytes);
        else
                free(exchange);
}

static void exchange_free(struct exchange *exchange)
{
        process_disown(&exchange->owned);
        exchange_release(&exchange->owned);
}

static struct exchange *exchange_new(struct process *process, unsigned count, bool controls)
{
        size_t headers = sizeof(struct exchange) + count * sizeof(struct mmsghdr);
        size_t vectors = headers + count * sizeof(struct iovec);
        size_t bytes = vectors + (controls ? count * CONTROL_BYTES : 0);
        struct exchange *exchange = bytes <= PIECE_BYTES ? stack_piece_new(bytes) : malloc(bytes);

        if (exchange == NULL)
                return NULL;
        exchange->bytes = bytes;
        exchange->ret_from = NULL;
        exchange->vectors = (struct iovec *)((char *)exchange + headers);
        exchange->controls = controls ? (char *)exchange + vectors : NULL;
        process_own(process, &exchange->owned, exchange_release);
        return exchange;
}

/* ---- Filling in, and taking out */

static void message_fill(struct exchange *exchange, unsigned i, size_t bytes)
{
        mori_datagram *datagram = &exchange->datagrams[i];

        exchange->vectors[i] = (struct iovec){datagram->data, bytes};
        exchange->messages[i].msg_hdr = (struct msghdr){
                .msg_name = &datagram->address.as,
                .msg_iov = &exchange->vectors[i],
                .msg_iovlen = 1,
        };
}

static void receive_fill(struct exchange *exchange, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                struct msghdr *header = &exchange->messages[i].msg_hdr;

                message_fill(exchange, i, exchange->datagrams[i].room);
                header->msg_namelen = sizeof exchange->datagrams[i].address.as;
                if (exchange->controls != NULL) {
                        header->msg_control = exchange->controls + i * CONTROL_BYTES;
                        header->msg_controllen = CONTROL_BYTES;
                }
        }
}

static void send_fill(struct exchange *exchange, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                const mori_datagram *datagram = &exchange->datagrams[i];
                struct msghdr *header = &exchange->messages[i].msg_hdr;
                uint16_t segment = (uint16_t)datagram->segment_bytes;
                struct cmsghdr *control;

                message_fill(exchange, i, datagram->bytes);
                if (datagram->address.bytes == 0)
                        header->msg_name = NULL;
                header->msg_namelen = datagram->address.bytes;
                if (segment == 0)
                        continue;
                header->msg_control = control =
                        (struct cmsghdr *)(exchange->controls + i * CONTROL_BYTES);
                header->msg_controllen = CMSG_SPACE(sizeof segment);
                control->cmsg_level = IPPROTO_UDP;
                control->cmsg_type = UDP_SEGMENT;
                control->cmsg_len = CMSG_LEN(sizeof segment);
                memcpy(CMSG_DATA(control), &segment, sizeof segment);
        }
}

static void control_take(struct msghdr *header, mori_datagram *datagram)
{
        struct cmsghdr *control;

        for (control = CMSG_FIRSTHDR(header); control != NULL;
             control = CMSG_NXTHDR(header, control)) {
                if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
                        int segment;

                        memcpy(&segment, CMSG_DATA(control), sizeof segment);
                        datagram->segment_bytes = (uint32_t)segment;
                } else if ((control->cmsg_level == IPPROTO_IP &&
                            control->cmsg_type == IP_RECVERR) ||
                           (control->cmsg_level == IPPROTO_IPV6 &&
                            control->cmsg_type == IPV6_RECVERR)) {
                        struct sock_extended_err error;

                        memcpy(&error, CMSG_DATA(control), sizeof error);
                        datagram->error = -(int)error.ee_errno;
                }
        }
}

static void receive_take(struct exchange *exchange, unsigned i)
{
        struct mmsghdr *message = &exchange->messages[i];
        struct msghdr *header = &message->msg_hdr;
        mori_datagram *datagram = &exchange->datagrams[i];

        datagram->bytes = message->msg_len;
        datagram->address.bytes = header->msg_namelen;
        datagram->segment_bytes = 0;
        datagram->error = 0;
        datagram->flags = header->msg_flags & MSG_TRUNC ? MORI_DATAGRAM_IS_TRUNCATED : 0;
        if (header->msg_flags & MSG_ERRQUEUE)
                datagram->flags |= MORI_DATAGRAM_IS_ERROR;
        if (header->msg_controllen > 0)
                control_take(header, datagram);
}

/* ---- Receiving */

static int64_t single_answer(const struct exchange *exchange)
{
        const mori_datagram *datagram = &exchange->single;

        if (exchange->ret_from != NULL)
                *exchange->ret_from = datagram->address;
        if (datagram->flags & MORI_DATAGRAM_IS_ERROR)
                return datagram->error;
        return datagram->flags & MORI_DATAGRAM_IS_TRUNCATED ? -EMSGSIZE : (int64_t)datagram->bytes;
}

static void receive_done(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer)
{
        struct exchange *exchange = operation->owner;
        struct file *file = &operation->process->files[operation->file];

        file->drained = result > 0 && (uint32_t)result < operation->op.length;
        for (int32_t i = 0; i < result; i++)
                receive_take(exchange, (unsigned)i);
        if (result == 0)
                result = -ESHUTDOWN;
        else if (result > 0 && exchange->datagrams == &exchange->single)
                result = (int32_t)single_answer(exchange);
        exchange_free(exchange);
        wait_operation_done(operation, result, flags, buffer);
}

static void send_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct exchange *exchange = operation->owner;

        if (exchange->datagrams == &exchange->single && result > 0)
                result = 0;
        exchange_free(exchange);
        wait_operation_done(operation, result, flags, buffer);
}

/* A socket that is none of datagrams. */
static bool is_other(const struct file *file)
{
        return file->kind == FILE_SOCKET || file->kind == FILE_LISTENER ||
               file->kind == FILE_PACKETS || file->kind == FILE_PACKETS_LISTENER;
}

/* The operation with its exchange; `single` is copied where the datagrams are not an array. */
static int begin(mori_file socket, uint8_t code, const mori_datagram *single,
                 mori_datagram *datagrams, unsigned count, bool controls,
                 struct operation **ret_operation)
{
        struct process *process = process_self();
        const struct file *file = process_file(process, socket.word);
        struct exchange *exchange;
        int error;

        if (file == NULL)
                return -EBADF;
        if (is_other(file))
                return -EPROTOTYPE;
        if (count == 0 || count > MORI_DATAGRAMS_MAX)
                return -EINVAL;
        controls = controls || (code == PLATFORM_RECVMSG && file->options != 0);
        exchange = exchange_new(process, count, controls);
        if (exchange == NULL)
                return -ENOMEM;
        error = file_operation(socket, code, ret_operation);
        if (error < 0) {
                exchange_free(exchange);
                return error;
        }
        if (single != NULL)
                exchange->single = *single;
        exchange->datagrams = single != NULL ? &exchange->single : datagrams;
        (*ret_operation)->owner = exchange;
        (*ret_operation)->op.address = exchange->messages;
        (*ret_operation)->op.length = count;
        (*ret_operation)->op.flags = file->options & MORI_DATAGRAM_ERRORS ? MSG_ERRQUEUE : 0;
        return 0;
}

static int64_t submit(struct operation *operation)
{
        struct exchange *exchange = operation->owner;
        int64_t begun = wait_operation(operation);

        if (begun != WAIT_SUSPEND)
                exchange_free(exchange);
        return begun;
}

static int64_t receive_begin_many(mori_file socket, const mori_datagram *single,
                                  mori_datagram *datagrams, unsigned count, mori_address *ret_from)
{
        struct operation *operation;
        struct exchange *exchange;
        int error = begin(socket, PLATFORM_RECVMSG, single, datagrams, count, false, &operation);

        if (error < 0)
                return error;
        exchange = operation->owner;
        exchange->ret_from = ret_from;
        if (operation->process->files[operation->file].drained)
                operation->op.op_flags = PLATFORM_OP_POLL_FIRST;
        receive_fill(exchange, count);
        operation->done = receive_done;
        return submit(operation);
}

static int64_t receive_begin_one(mori_file socket, void *buffer, size_t bytes,
                                 mori_address *ret_from)
{
        const mori_datagram single = {.data = buffer, .room = bytes};

        if (buffer == NULL && bytes != 0)
                return -EFAULT;
        return receive_begin_many(socket, &single, NULL, 1, ret_from);
}

MORI_ASYNC int64_t mori_datagram_receive(mori_file socket, void *buffer, size_t bytes,
                                         mori_address *ret_from)
{
        int64_t begun = receive_begin_one(socket, buffer, bytes, ret_from);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

MORI_ASYNC int mori_datagram_receive_many(mori_file socket, mori_datagram *datagrams,
                                          unsigned count)
{
        int64_t begun = 0;

        for (unsigned i = 0; begun == 0 && i < count && count <= MORI_DATAGRAMS_MAX; i++)
                if (datagrams == NULL || (datagrams[i].data == NULL && datagrams[i].room != 0))
                        begun = -EFAULT;
        if (begun == 0)
                begun = receive_begin_many(socket, NULL, datagrams, count, NULL);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* ---- Sending */

static int64_t send_begin_many(mori_file socket, const mori_datagram *single,
                               mori_datagram *datagrams, unsigned count)
{
        struct operation *operation;
        bool segments = false;
        int error;

        for (unsigned i = 0; datagrams != NULL && count <= MORI_DATAGRAMS_MAX && i < count; i++) {
                if (datagrams[i].segment_bytes > UINT16_MAX ||
                    datagrams[i].address.bytes > sizeof datagrams[i].address.as)
                        return -EINVAL;
                if (datagrams[i].data == NULL && datagrams[i].bytes != 0)
                        return -EFAULT;
                segments = segments || datagrams[i].segment_bytes != 0;
        }
        error = begin(socket, PLATFORM_SENDMSG, single, datagrams, count, segments, &operation);
        if (error < 0)
                return error;
        send_fill(operation->owner, count);
        operation->done = send_done;
        return submit(operation);
}

static int64_t send_begin_one(mori_file socket, const void *data, size_t bytes,
                              const mori_address *to)
{
        mori_datagram single = {.data = (void *)(uintptr_t)data, .bytes = bytes};

        if (to != NULL && to->bytes > sizeof to->as)
                return -EINVAL;
        if (bytes > INT32_MAX) /* which the kernel would call invalid */
                return data == NULL ? -EFAULT : -EMSGSIZE;
        if (data == NULL && bytes != 0)
                return -EFAULT;
        if (to != NULL)
                single.address = *to;
        return send_begin_many(socket, &single, NULL, 1);
}

MORI_ASYNC int mori_datagram_send(mori_file socket, const void *data, size_t bytes,
                                  const mori_address *to)
{
        int64_t begun = send_begin_one(socket, data, bytes, to);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_datagram_send_many(mori_file socket, mori_datagram *datagrams, unsigned count)
{
        int64_t begun = datagrams == NULL && count != 0
                                ? -EFAULT
                                : send_begin_many(socket, NULL, datagrams, count);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

/* ---- Making one */

static int options_apply(int fd, int family, unsigned flags)
{
        int error = 0;

        if (flags & MORI_DATAGRAM_SHARED) {
                error = socket_option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
                if (error == 0)
                        error = socket_option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
        }
        if (error == 0 && flags & MORI_DATAGRAM_BROADCAST)
                error = socket_option_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
        if (error == 0 && family == AF_INET6)
                error = socket_option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY,
                                   flags & MORI_DATAGRAM_IPV6_ONLY ? 1 : 0);
        if (error == 0 && flags & MORI_DATAGRAM_ERRORS) {
                error = socket_option_set(fd, IPPROTO_IP, IP_RECVERR, 1);
                if (family == AF_INET6)
                        error = socket_option_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
        }
        if (error == 0 && flags & MORI_DATAGRAM_JOINED)
                socket_option_set(fd, IPPROTO_UDP, UDP_GRO, 1); /* a kernel without it joins none */
        return error;
}

/* A descriptor, or a negative errno. */
static int socket_make(const mori_address *address, unsigned flags)
{
        struct platform_io *io = seat_hold()->io;
        int family = address->bytes == 0 ? AF_UNIX : address->as.any.sa_family;
        int fd = platform_socket_new(io, family, SOCK_DGRAM), error = 0;

        if (fd >= 0)
                error = options_apply(fd, family, flags);
        if (fd >= 0 && error == 0 && address->bytes != 0)
                error = platform_socket_bind(io, fd, &address->as.any, address->bytes);
        if (error < 0)
                platform_close_now(io, fd);
        seat_release();
        return error < 0 ? error : fd;
}

int mori_datagram_bind(const char *text, unsigned flags, mori_file *ret_socket)
{
        const unsigned known = MORI_DATAGRAM_SHARED | MORI_DATAGRAM_ERRORS | MORI_DATAGRAM_JOINED |
                               MORI_DATAGRAM_BROADCAST | MORI_DATAGRAM_IPV6_ONLY;
        bool is_local = text != NULL && strncmp(text, "unix:", 5) == 0;
        struct process *process = process_self();
        mori_address address = {.bytes = 0};
        int fd, error = is_local && text[5] == '\0' ? 0 : mori_address_parse(text, &address);

        if (ret_socket == NULL)
                return -EFAULT;
        if (error < 0)
                return error;
        if (flags & ~known || (is_local && flags != 0) ||
            (flags & MORI_DATAGRAM_IPV6_ONLY && address.as.any.sa_family != AF_INET6))
                return -EINVAL;
        fd = socket_make(&address, flags);
        if (fd == -EAFNOSUPPORT && text[0] == '*' && !(flags & MORI_DATAGRAM_IPV6_ONLY)) {
                address_any4(&address);
                fd = socket_make(&address, flags);
        }
        if (fd < 0)
                return fd;
        error = file_enter(process, fd, FILE_DATAGRAM, ret_socket);
        if (error == 0)
                process_file(process, ret_socket->word)->options =
                        flags & (MORI_DATAGRAM_ERRORS | MORI_DATAGRAM_JOINED);
        return error;
}

/* The descriptor of a socket of datagrams, or a negative errno. */
static int descriptor(mori_file socket)
{
        const struct file *file = process_file(process_self(), socket.word);

        if (file == NULL)
                return -EBADF;
        return is_other(file) ? -EPROTOTYPE : file->fd;
}

/* Its own address is kept: Linux forgets a port that it has chosen together with the peer. */
static int peer_forget(struct platform_io *io, int fd)
{
        static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        struct sockaddr_storage before, after;
        socklen_t length, after_length;
        int error = platform_socket_name(io, fd, false, &before, &length);

        if (error == 0)
                error = platform_socket_peer(io, fd, &nobody, sizeof nobody);
        if (error == 0)
                error = platform_socket_name(io, fd, false, &after, &after_length);
        if (error == 0 && before.ss_family != AF_UNIX &&
            (length != after_length || memcmp(&before, &after, length) != 0))
                error = platform_socket_bind(io, fd, (struct sockaddr *)&before, length);
        return error;
}

int mori_datagram_connect(mori_file socket, const mori_address *peer)
{
        int fd = descriptor(socket), error;
        struct platform_io *io;

        if (fd < 0)
                return fd;
        if (peer != NULL && (peer->bytes == 0 || peer->bytes > sizeof peer->as))
                return -EINVAL;
        io = seat_hold()->io;
        error = peer == NULL ? peer_forget(io, fd)
                             : platform_socket_peer(io, fd, &peer->as.any, peer->bytes);
        seat_release();
        return error;
}

int mori_datagram_dropped(mori_file socket, uint64_t *ret_count)
{
        uint32_t meminfo[SK_MEMINFO_VARS] = {0};
        socklen_t length = sizeof meminfo;
        int fd = ret_count == NULL ? -EFAULT : descriptor(socket), error;

        if (fd < 0)
                return fd;
        error = platform_socket_option_get(seat_hold()->io, fd, SOL_SOCKET, SO_MEMINFO, meminfo,
                                           &length);
        seat_release();
        if (error == 0)
                *ret_count = meminfo[SK_MEMINFO_DROPS];
        return error;
}

/* ---- Multicast */

static int interface_index(const char *name)
{
        int index;

        if (name == NULL)
                return 0;
        index = platform_interface(seat_hold()->io, name);
        seat_release();
        return index;
}

static int bytes_set(int fd, int level, int option, const void *value, size_t bytes)
{
        int error = platform_socket_option_set(seat_hold()->io, fd, level, option, value,
                                               (socklen_t)bytes);

        seat_release();
        return error;
}

static int group_change(mori_file socket, const char *group, const char *interface, int option)
{
        struct group_req request;
        mori_address address;
        char text[80];
        int fd = descriptor(socket), index, error, level;

        if (fd < 0)
                return fd;
        if (group == NULL)
                return -EFAULT;
        snprintf(text, sizeof text, strchr(group, ':') != NULL ? "[%s]:0" : "%s:0", group);
        error = mori_address_parse(text, &address);
        if (error < 0)
                return error;
        index = interface_index(interface);
        if (index < 0)
                return index;
        memset(&request, 0, sizeof request);
        request.gr_interface = (uint32_t)index;
        memcpy(&request.gr_group, &address.as, address.bytes);
        level = address.as.any.sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
        error = bytes_set(fd, level, option, &request, sizeof request);
        return error == -ENOPROTOOPT ? -EINVAL : error; /* a group of IPv6, a socket of IPv4 */
}

int mori_datagram_join(mori_file socket, const char *group, const char *interface)
{
        return group_change(socket, group, interface, MCAST_JOIN_GROUP);
}

int mori_datagram_leave(mori_file socket, const char *group, const char *interface)
{
        return group_change(socket, group, interface, MCAST_LEAVE_GROUP);
}

/* A socket of IPv6 sends to groups of IPv4, too. */
static int both_set(int fd, int family, int option4, int option6, int value)
{
        int error = socket_option_set(fd, IPPROTO_IP, option4, value);

        return error == 0 && family == AF_INET6
                       ? socket_option_set(fd, IPPROTO_IPV6, option6, value)
                       : error;
}

int mori_datagram_multicast(mori_file socket, const char *interface, int ttl, int loop)
{
        struct ip_mreqn route = {0};
        struct sockaddr_storage name;
        socklen_t length;
        int fd = descriptor(socket), error, family;

        if (fd < 0)
                return fd;
        if (ttl > 255 || loop > 1)
                return -EINVAL;
        error = platform_socket_name(seat_hold()->io, fd, false, &name, &length);
        seat_release();
        if (error < 0)
                return error;
        family = name.ss_family;
        route.imr_ifindex = interface_index(interface);
        if (route.imr_ifindex < 0)
                return route.imr_ifindex;
        error = bytes_set(fd, IPPROTO_IP, IP_MULTICAST_IF, &route, sizeof route);
        if (error == 0 && family == AF_INET6)
                error = socket_option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, route.imr_ifindex);
        if (error == 0 && ttl >= 0)
                error = both_set(fd, family, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, ttl);
        if (error == 0 && loop >= 0)
                error = both_set(fd, family, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, loop);
        return error;
}
