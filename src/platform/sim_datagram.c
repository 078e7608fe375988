/* SPDX-License-Identifier: MIT */
/*
 * Datagram sockets of the simulation: UDP over IPv4 and IPv6, and Unix datagrams; without multicast
 * and broadcast, for there is one interface, the loopback.
 *
 *      SENDMSG --> who has that address? --nobody--> UDP: an error for the sender; Unix: refused
 *                        |
 *                        +--no room--> UDP: dropped and counted; Unix: the sender waits
 *                        '--> the receiver's queue --> RECVMSG
 *
 * A fault (PLATFORM_SIM_FAULT_LOSS) makes a SENDMSG meet a network: each of its datagrams is lost,
 * arrives twice, or overtakes what is in the queue, as the dice say. Unix datagrams meet none.
 *
 * Invariants.
 *   (1) A queue holds at most the socket's limit in bytes, where each datagram counts DATAGRAM_COST
 *       more than it has.
 *   (2) A UDP socket that has sent has an address. Ports of UDP are its own: sockets of streams do
 *       not collide with them, though an ephemeral port is one that nobody at all has.
 *   (3) A socket stands in the list `datagrams` while it has a name.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>

#define DATAGRAM_COST     256u
#define DATAGRAM_MAX_UDP  65507u
#define DATAGRAM_MAX_UNIX 212960u

struct sim_datagram {
        struct sim_datagram *next;
        struct sim_address from; /* of an error: to whom it was sent */
        int error;               /* positive; 0: it is a datagram */
        size_t length;
        uint8_t bytes[];
};

static struct sim_datagram *datagram_new(struct sim *sim, const struct sim_address *from,
                                         const struct msghdr *message)
{
        size_t length = platform_message_bytes(message), at = 0;
        struct sim_datagram *datagram = sim_allocate(sim, sizeof(*datagram) + length);

        datagram->from = *from;
        datagram->length = length;
        for (size_t i = 0; i < message->msg_iovlen; i++) {
                const struct iovec *piece = &message->msg_iov[i];

                if (piece->iov_len > 0)
                        memcpy(datagram->bytes + at, piece->iov_base, piece->iov_len);
                at += piece->iov_len;
        }
        return datagram;
}

static bool has_room(const struct sim_socket *socket, size_t length)
{
        return socket->datagram_bytes + length + DATAGRAM_COST <= socket->receive.limit ||
               socket->datagrams == NULL;
}

static void queue_put(struct sim *sim, struct sim_socket *socket, struct sim_datagram *datagram,
                      bool first)
{
        struct sim_datagram **link = &socket->datagrams;

        while (!first && *link != NULL)
                link = &(*link)->next;
        datagram->next = *link;
        *link = datagram;
        socket->datagram_bytes += datagram->length + DATAGRAM_COST;
        sim_description_kick(sim, socket->description, SIM_IN);
}

static struct sim_datagram *queue_take(struct sim *sim, struct sim_socket *socket)
{
        struct sim_datagram *datagram = socket->datagrams;

        socket->datagrams = datagram->next;
        socket->datagram_bytes -= datagram->length + DATAGRAM_COST;
        sim_queue_kick(sim, &socket->connecting);
        return datagram;
}

/* ---- Names */

static void list_enter(struct sim *sim, struct sim_socket *socket)
{
        socket->named = true;
        socket->next = sim->datagrams;
        if (socket->next != NULL)
                socket->next->previous = socket;
        sim->datagrams = socket;
}

/* Who waits for room finds nobody there. */
static void waiter_dismiss(struct sim *sim, struct sim_socket *socket)
{
        struct sim_operation *operation = socket->connecting.first->operation;

        sim_operation_leave(sim, operation, 1);
        sim_operation_kick(sim, operation);
}

void sim_datagram_close(struct sim *sim, struct sim_socket *socket)
{
        while (socket->datagrams != NULL)
                free(queue_take(sim, socket));
        if (socket->peer != NULL) {
                socket->peer->peer = NULL;
                while (socket->connecting.first != NULL)
                        waiter_dismiss(sim, socket);
        }
        if (!socket->named)
                return;
        if (socket->previous != NULL)
                socket->previous->next = socket->next;
        else
                sim->datagrams = socket->next;
        if (socket->next != NULL)
                socket->next->previous = socket->previous;
        while (socket->connecting.first != NULL)
                waiter_dismiss(sim, socket);
}

static bool is_taken(struct sim *sim, const struct sim_socket *socket,
                     const struct sim_address *wanted)
{
        for (const struct sim_socket *other = sim->datagrams; other != NULL; other = other->next)
                if (other->family != AF_UNIX && sim_address_collides(&other->local, wanted) &&
                    !(socket->shared && other->shared))
                        return true;
        return false;
}

static int bind_ip(struct sim *sim, struct sim_socket *socket, const struct sim_address *address)
{
        struct sim_address wanted = *address;

        if (!sim_address_is_any(&wanted) && !sim_address_is_loopback(&wanted))
                return -EADDRNOTAVAIL;
        if (sim_address_port(&wanted) == 0) {
                uint16_t port = sim_port_find(sim);

                if (port == 0)
                        return -EADDRINUSE;
                sim_address_set_port(&wanted, port);
        }
        if (is_taken(sim, socket, &wanted))
                return -EADDRINUSE;
        socket->local = wanted;
        sim_port_take(sim, socket, sim_address_port(&wanted));
        return 0;
}

int sim_datagram_bind(struct sim *sim, struct sim_socket *socket, const struct sim_address *address)
{
        int r;

        if (socket->named)
                return -EINVAL;
        if (socket->family != AF_UNIX) {
                r = bind_ip(sim, socket, address);
        } else {
                struct sim_address before = socket->local;

                socket->local = *address;
                r = sim_socket_bind_unix(sim, socket);
                if (r < 0)
                        socket->local = before;
        }
        if (r == 0)
                list_enter(sim, socket);
        return r;
}

/* Where something goes: a socket of IPv6 reaches IPv4, too, by either way of writing it. */
static int to_set(const struct sim_socket *socket, const struct sockaddr *name, socklen_t length,
                  struct sim_address *ret)
{
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&ret->name;
        struct sockaddr_in ipv4 = {.sin_family = AF_INET};
        int family = socket->family, r;

        if (name == NULL || length < sizeof(sa_family_t))
                return -EINVAL;
        if (family == AF_INET6 && name->sa_family == AF_INET)
                family = AF_INET;
        r = sim_address_set(family, name, length, ret);
        if (r == 0 && family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr)) {
                ipv4.sin_port = ipv6->sin6_port;
                memcpy(&ipv4.sin_addr, &ipv6->sin6_addr.s6_addr[12], sizeof(ipv4.sin_addr));
                r = sim_address_set(AF_INET, (const struct sockaddr *)&ipv4, sizeof(ipv4), ret);
        }
        if (r == 0)
                sim_address_localize(ret);
        return r;
}

/* From where a receiver sees it come. */
static struct sim_address from_of(const struct sim_socket *socket, const struct sim_address *to)
{
        struct sim_address from = socket->local;

        if (from.name.ss_family == AF_UNIX) {
                from.length = from.length > sizeof(sa_family_t) ? from.length : 0;
        } else if (sim_address_is_any(&from)) {
                uint16_t port = sim_address_port(&from);

                from = *to;
                sim_address_set_port(&from, port);
        }
        return from;
}

int sim_datagram_peer(struct sim *sim, struct sim_socket *socket, const struct sockaddr *name,
                      socklen_t length)
{
        struct sim_address to, any = {.name.ss_family = (sa_family_t)socket->family};
        struct sim_socket *far;
        int r;

        if (name->sa_family == AF_UNSPEC) {
                socket->has_peer = false;
                return 0;
        }
        r = to_set(socket, name, length, &to);
        if (r < 0)
                return r;
        if (socket->family == AF_UNIX) {
                r = sim_datagram_find(sim, &socket->local, &to, &far);
        } else if (!sim_address_is_loopback(&to)) {
                r = -ENETUNREACH;
        } else if (!socket->named) {
                any.length = socket->local.length;
                r = sim_datagram_bind(sim, socket, &any);
                if (r == 0) { /* its address is that of the way to the peer */
                        uint16_t port = sim_address_port(&socket->local);

                        socket->local = to;
                        sim_address_set_port(&socket->local, port);
                }
        }
        if (r < 0)
                return r;
        socket->remote = to;
        socket->has_peer = true;
        return 0;
}

/* Who hears what is sent to an address. A negative errno where nobody does. */
int sim_datagram_find(struct sim *sim, const struct sim_address *from,
                      const struct sim_address *to, struct sim_socket **ret_socket)
{
        struct sim_socket *found = NULL;

        if (to->name.ss_family == AF_UNIX && sim_address_has_path(to)) {
                int r = sim_socket_at_path(sim, to, &found);

                if (r < 0)
                        return r;
                if (found != NULL && found->state != SIM_SOCKET_DATAGRAM)
                        return -EPROTOTYPE;
        } else {
                for (struct sim_socket *socket = sim->datagrams; socket; socket = socket->next)
                        if (sim_address_hears(&socket->local, to) &&
                            (found == NULL || !sim_address_is_any(&socket->local)))
                                found = socket;
        }
        if (found == NULL)
                return -ECONNREFUSED;
        if (found->has_peer && !sim_address_hears(&found->remote, from))
                return found->family == AF_UNIX ? -EPERM : -ECONNREFUSED;
        *ret_socket = found;
        return 0;
}

/* ---- Sending */

/* The answer of the network to a datagram that nobody takes. */
static void refuse(struct sim *sim, struct sim_socket *socket, const struct sim_address *to,
                   const struct msghdr *message)
{
        if (socket->errors && has_room(socket, platform_message_bytes(message))) {
                struct sim_datagram *datagram = datagram_new(sim, to, message);

                datagram->error = ECONNREFUSED;
                queue_put(sim, socket, datagram, false);
        } else if (socket->has_peer) {
                socket->error = ECONNREFUSED;
                sim_description_kick(sim, socket->description, SIM_IN);
        }
}

static void arrive(struct sim *sim, struct sim_socket *far, const struct sim_address *from,
                   const struct msghdr *message, bool first)
{
        struct sim_address seen = *from;

        if (!has_room(far, platform_message_bytes(message))) {
                far->dropped++;
                return;
        }
        if (far->family == AF_INET6 && seen.name.ss_family == AF_INET)
                sim_address_map(&seen);
        queue_put(sim, far, datagram_new(sim, &seen, message), first);
}

/* 0, -EAGAIN: wait until *ret_far has room; or an error. */
static int send_one(struct sim *sim, struct sim_operation *operation, struct sim_socket *socket,
                    const struct msghdr *message, struct sim_socket **ret_far)
{
        size_t length = platform_message_bytes(message);
        struct sim_address to = socket->remote, from, any = {.length = socket->local.length};
        struct sim_socket *far = NULL;
        int r;

        if (socket->peer != NULL) {
                far = socket->peer; /* of a pair, whatever the name says */
        } else if (message->msg_name != NULL && message->msg_namelen > 0) {
                r = to_set(socket, message->msg_name, message->msg_namelen, &to);
                if (r < 0)
                        return r;
        } else if (!socket->has_peer) {
                return socket->family == AF_UNIX ? -ENOTCONN : -EDESTADDRREQ;
        }
        if (socket->send_shut)
                return -EPIPE;
        if (socket->error != 0 && !socket->errors) {
                r = -socket->error;
                socket->error = 0;
                return r;
        }
        if (length > (socket->family == AF_UNIX ? DATAGRAM_MAX_UNIX : DATAGRAM_MAX_UDP))
                return -EMSGSIZE;
        if (message->msg_controllen > 0)
                return -EOPNOTSUPP; /* segments, descriptors: this kernel has none */
        if (socket->family != AF_UNIX) {
                if (sim_address_port(&to) == 0)
                        return -EINVAL;
                if (!sim_address_is_loopback(&to))
                        return -ENETUNREACH;
                any.name.ss_family = (sa_family_t)socket->family;
                r = socket->named ? 0 : sim_datagram_bind(sim, socket, &any);
                if (r < 0)
                        return r;
        }
        from = from_of(socket, &to);
        r = far != NULL ? 0 : sim_datagram_find(sim, &from, &to, &far);
        if (socket->family == AF_UNIX) {
                if (r < 0)
                        return r;
                if (!has_room(far, length)) {
                        *ret_far = far;
                        return -EAGAIN;
                }
                arrive(sim, far, &from, message, false);
                return 0;
        }
        if (r < 0) {
                refuse(sim, socket, &to, message);
                return 0;
        }
        if (!operation->shortened) {
                arrive(sim, far, &from, message, false);
                return 0;
        }
        switch (sim_roll(sim, SIM_DICE_FAULT, 4)) {
        case 0:
                arrive(sim, far, &from, message, false);
                break;
        case 1:
                arrive(sim, far, &from, message, false);
                arrive(sim, far, &from, message, true);
                break;
        case 2:
                arrive(sim, far, &from, message, true);
                break;
        default: /* lost */
                break;
        }
        return 0;
}

enum sim_step sim_step_send_messages(struct sim *sim, struct sim_operation *operation)
{
        struct mmsghdr *messages = operation->copy.address;
        struct sim_socket *socket = operation->target->socket, *far = NULL;

        if (operation->target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        if (socket->state != SIM_SOCKET_DATAGRAM)
                return sim_step_send_message(sim, operation);
        while (operation->moved < operation->copy.length) {
                struct mmsghdr *message = &messages[operation->moved];
                int r = send_one(sim, operation, socket, &message->msg_hdr, &far);

                if (r == -EAGAIN && (operation->copy.flags & MSG_DONTWAIT) == 0) {
                        if (operation->link[1].queue != &far->connecting) {
                                sim_operation_leave(sim, operation, 1);
                                sim_queue_add(&far->connecting, operation, 1);
                        }
                        return SIM_STEP_WAIT;
                }
                if (r < 0)
                        return sim_done(operation,
                                        operation->moved > 0 ? (int64_t)operation->moved : r);
                message->msg_len = (unsigned)platform_message_bytes(&message->msg_hdr);
                operation->moved++;
        }
        return sim_done(operation, (int64_t)operation->moved);
}

/* ---- Receiving */

static void control_put_error(struct msghdr *message, const struct sim_datagram *datagram)
{
        bool ipv4 = datagram->from.name.ss_family == AF_INET;
        struct cmsghdr *control = message->msg_control;
        struct sock_extended_err error = {.ee_errno = (uint32_t)datagram->error,
                                          .ee_origin = ipv4 ? SO_EE_ORIGIN_ICMP
                                                            : SO_EE_ORIGIN_ICMP6};

        message->msg_flags |= MSG_ERRQUEUE;
        if (message->msg_controllen < CMSG_SPACE(sizeof(error))) {
                message->msg_flags |= MSG_CTRUNC;
                message->msg_controllen = 0;
                return;
        }
        control->cmsg_level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
        control->cmsg_type = ipv4 ? IP_RECVERR : IPV6_RECVERR;
        control->cmsg_len = CMSG_LEN(sizeof(error));
        memcpy(CMSG_DATA(control), &error, sizeof(error));
        message->msg_controllen = CMSG_SPACE(sizeof(error));
}

static void message_put(struct mmsghdr *message, const struct sim_datagram *datagram,
                        uint32_t flags)
{
        struct msghdr *header = &message->msg_hdr;
        size_t at = 0;

        for (size_t i = 0; i < header->msg_iovlen && at < datagram->length; i++) {
                const struct iovec *piece = &header->msg_iov[i];
                size_t part = piece->iov_len < datagram->length - at ? piece->iov_len
                                                                     : datagram->length - at;

                if (part > 0)
                        memcpy(piece->iov_base, datagram->bytes + at, part);
                at += part;
        }
        header->msg_flags = at < datagram->length ? MSG_TRUNC : 0;
        message->msg_len = (unsigned)((flags & MSG_TRUNC) != 0 ? datagram->length : at);
        if (header->msg_name != NULL) {
                socklen_t length = datagram->from.length;

                memcpy(header->msg_name, &datagram->from.name,
                       length < header->msg_namelen ? length : header->msg_namelen);
                header->msg_namelen = length;
        }
        if (datagram->error != 0)
                control_put_error(header, datagram);
        else
                header->msg_controllen = 0;
}

enum sim_step sim_step_receive_messages(struct sim *sim, struct sim_operation *operation)
{
        struct mmsghdr *messages = operation->copy.address;
        uint32_t flags = operation->copy.flags, most = operation->copy.length, count = 0;
        struct sim_socket *socket = operation->target->socket;

        if (operation->target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        if (socket->state != SIM_SOCKET_DATAGRAM)
                return sim_step_receive_message(sim, operation);
        if (socket->error != 0) {
                int error = -socket->error;

                socket->error = 0;
                return sim_done(operation, error);
        }
        if (operation->shortened)
                most = 1 + (uint32_t)sim_roll(sim, SIM_DICE_FAULT, most);
        while (count < most && socket->datagrams != NULL) {
                struct sim_datagram *datagram = queue_take(sim, socket);

                message_put(&messages[count++], datagram, flags);
                free(datagram);
        }
        if (count > 0)
                return sim_done(operation, count);
        if (socket->receive_shut)
                return sim_done(operation, 0);
        return (flags & MSG_DONTWAIT) != 0 ? sim_done(operation, -EAGAIN) : SIM_STEP_WAIT;
}

/* ---- What the program has promised to leave alone, and what it sees */

uint64_t sim_datagram_digest(const struct platform_op *op, size_t count)
{
        const struct mmsghdr *messages = op->address;
        uint64_t digest = 0;

        for (size_t i = 0; i < count; i++) {
                const struct msghdr *header = &messages[i].msg_hdr;
                size_t left = op->code == PLATFORM_RECVMSG ? messages[i].msg_len : SIZE_MAX;

                if (header->msg_name != NULL)
                        digest = sim_digest(digest, header->msg_name, header->msg_namelen);
                for (size_t j = 0; j < header->msg_iovlen; j++) {
                        size_t part = header->msg_iov[j].iov_len;

                        part = part < left ? part : left;
                        digest = sim_digest(digest, header->msg_iov[j].iov_base, part);
                        left -= part;
                }
        }
        return digest;
}

bool sim_datagram_is_wrong(const struct platform_op *op)
{
        const struct mmsghdr *messages = op->address;

        for (uint32_t i = 0; messages != NULL && i < op->length; i++) {
                const struct msghdr *header = &messages[i].msg_hdr;

                for (size_t j = 0; j < header->msg_iovlen; j++)
                        if (header->msg_iov == NULL || (header->msg_iov[j].iov_base == NULL &&
                                                        header->msg_iov[j].iov_len > 0))
                                return true;
        }
        return messages == NULL;
}
