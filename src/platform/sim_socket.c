/* SPDX-License-Identifier: MIT */
/*
 * Stream sockets of the simulation: TCP over IPv4 and IPv6, and Unix sockets; listening,
 * connecting, ending.
 *
 *      sim_socket_new ----> NEW --CONNECT--> CONNECTED
 *      sim_socket_listen -> LISTENING --CONNECT elsewhere--> a CONNECTED one in its queue --ACCEPT
 *
 *      SHUTDOWN            ends one direction: the peer sees the end behind what was sent
 *      sim_socket_close    with nothing unread: the same, and this side is gone; what is sent to it
 *                          from now on is answered with a reset
 *                          with bytes unread: the peer sees ECONNRESET, once
 *      sim_socket_reset    both sides see ECONNRESET, once
 *
 * A connection is a pair of sockets that name each other. Bytes go from the sender straight into
 * the peer's queue `receive`; its limit stands for the buffers of both sides, so a sender waits
 * while it is full.
 *
 * Invariants.
 *   (1) `peer` is mutual, and NULL on both sides once either side is gone or the connection is
 *       reset.
 *   (2) The connection is there when CONNECT completes, whether it has been accepted or not: the
 *       other half waits in the listener's queue, without a description.
 *   (3) A listener's queue holds at most backlog + 1, as on Linux. Who finds it full waits in
 *       `connecting`, first come, first served; on TCP for 127 s at most.
 *   (4) A port is counted by its listeners and by the clients that it was given to; a connection
 *       that was accepted shares the listener's without counting. An ephemeral port is one that
 *       nobody counts.
 *   (5) The node of a Unix socket's path outlives its listener, as the name does on a real disk.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EPHEMERAL_FIRST 32768u
#define EPHEMERAL_COUNT 28232u
#define CONNECT_TIMEOUT_NS UINT64_C(127000000000)

static struct sim_socket *socket_create(struct sim *sim, int family)
{
        struct sim_socket *socket = sim_allocate(sim, sizeof(*socket));

        socket->family = family;
        socket->receive.limit = sim->limits.socket_bytes;
        socket->local.name.ss_family = (sa_family_t)family;
        socket->local.length = family == AF_INET    ? sizeof(struct sockaddr_in)
                               : family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                    : sizeof(sa_family_t);
        socket->remote = socket->local;
        return socket;
}

static int socket_describe(struct sim *sim, struct sim_socket *socket)
{
        struct sim_description *description;

        if (sim_descriptor_is_full(sim))
                return -EMFILE;
        description = sim_description_new(sim, SIM_SOCKET);
        description->socket = socket;
        socket->description = description;
        return sim_descriptor_add(sim, description);
}

static int family_check(int family, int type)
{
        if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
                return -EAFNOSUPPORT;
        type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (type != SOCK_STREAM && type != SOCK_DGRAM &&
            (type != SOCK_SEQPACKET || family != AF_UNIX))
                return -ESOCKTNOSUPPORT;
        return 0;
}

/* A new one of a type that family_check() has let pass. */
static struct sim_socket *socket_of_type(struct sim *sim, int family, int type)
{
        struct sim_socket *socket = socket_create(sim, family);

        type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (type == SOCK_DGRAM)
                socket->state = SIM_SOCKET_DATAGRAM;
        socket->packets = type == SOCK_SEQPACKET;
        return socket;
}

int sim_socket_new(struct sim *sim, int family, int type)
{
        int r = family_check(family, type);

        if (r < 0)
                return r;
        if (sim_descriptor_is_full(sim))
                return -EMFILE;
        return socket_describe(sim, socket_of_type(sim, family, type));
}

int sim_socket_pair(struct sim *sim, int type, int ret_fds[2])
{
        struct sim_socket *sockets[2];
        int r = family_check(AF_UNIX, type);

        if (r < 0)
                return r;
        if (sim->descriptor_count + 2 > sim->limits.descriptors)
                return -EMFILE;
        for (int i = 0; i < 2; i++)
                sockets[i] = socket_of_type(sim, AF_UNIX, type);
        for (int i = 0; i < 2; i++) {
                sockets[i]->peer = sockets[1 - i];
                if (sockets[i]->state == SIM_SOCKET_DATAGRAM)
                        sockets[i]->has_peer = true;
                else
                        sockets[i]->state = SIM_SOCKET_CONNECTED;
                ret_fds[i] = socket_describe(sim, sockets[i]);
        }
        return 0;
}

/* (4): 0 where all are taken. */
uint16_t sim_port_find(struct sim *sim)
{
        uint32_t start = (uint32_t)sim_roll(sim, SIM_DICE_NAMES, EPHEMERAL_COUNT);

        for (uint32_t i = 0; i < EPHEMERAL_COUNT; ++i) {
                uint32_t port = EPHEMERAL_FIRST + (start + i) % EPHEMERAL_COUNT;

                if (sim->ports[port] == 0)
                        return (uint16_t)port;
        }
        return 0;
}

void sim_port_take(struct sim *sim, struct sim_socket *socket, uint16_t port)
{
        socket->port = port;
        sim->ports[port] += 1;
        sim_address_set_port(&socket->local, port);
}

static struct sim_socket *listener_find(struct sim *sim, const struct sim_address *to, bool packets)
{
        struct sim_socket *found = NULL;

        for (struct sim_socket *socket = sim->listeners; socket != NULL; socket = socket->next)
                if (socket->packets == packets && sim_address_hears(&socket->local, to) &&
                    (found == NULL || !sim_address_is_any(&socket->local)))
                        found = socket;
        return found;
}

static int listener_bind_ip(struct sim *sim, struct sim_socket *listener)
{
        uint16_t port = sim_address_port(&listener->local);

        if (!sim_address_is_any(&listener->local) && !sim_address_is_loopback(&listener->local))
                return -EADDRNOTAVAIL;
        if (port == 0) {
                port = sim_port_find(sim);
                if (port == 0)
                        return -EADDRINUSE;
        }
        for (const struct sim_socket *other = sim->listeners; other != NULL; other = other->next) {
                struct sim_address wanted = listener->local;

                sim_address_set_port(&wanted, port);
                if (sim_address_collides(&other->local, &wanted))
                        return -EADDRINUSE;
        }
        sim_port_take(sim, listener, port);
        return 0;
}

static int listener_bind_path(struct sim *sim, struct sim_socket *listener)
{
        const struct sockaddr_un *name = (const struct sockaddr_un *)&listener->local.name;
        char path[sizeof(name->sun_path) + 1] = "";
        struct sim_place place;
        int r;

        memcpy(path, name->sun_path, sizeof(name->sun_path));
        r = sim_path_walk(sim, sim->root, path, false, &place);
        if (r < 0)
                return r;
        if (place.node != NULL)
                return -EADDRINUSE;
        if ((place.directory->mode & S_IWUSR) == 0)
                return -EACCES;
        listener->node = sim_node_new(sim, S_IFSOCK | 0755);
        listener->node->listener = listener;
        sim_directory_add(sim, place.directory, place.name, sim_node_ref(listener->node));
        return 0;
}

/* Streams, packets and datagrams have abstract names of their own. */
static bool name_is_taken(struct sim *sim, const struct sim_socket *socket)
{
        if (socket->state != SIM_SOCKET_DATAGRAM)
                return listener_find(sim, &socket->local, socket->packets) != NULL;
        for (const struct sim_socket *other = sim->datagrams; other != NULL; other = other->next)
                if (sim_address_hears(&other->local, &socket->local))
                        return true;
        return false;
}

/*
 * An abstract name of five hexadecimal digits, where the program gave none (unix(7), "Autobind
 * feature").
 */
static int listener_bind_abstract(struct sim *sim, struct sim_socket *listener)
{
        struct sockaddr_un *name = (struct sockaddr_un *)&listener->local.name;
        bool automatic = listener->local.length == offsetof(struct sockaddr_un, sun_path);

        do {
                if (automatic) {
                        sim->autobind = (sim->autobind + 1) & 0xfffff;
                        snprintf(name->sun_path + 1, 6, "%05x", sim->autobind);
                        listener->local.length = offsetof(struct sockaddr_un, sun_path) + 6;
                }
                if (!name_is_taken(sim, listener))
                        return 0;
        } while (automatic);
        return -EADDRINUSE;
}

int sim_socket_bind_unix(struct sim *sim, struct sim_socket *socket)
{
        return sim_address_has_path(&socket->local) ? listener_bind_path(sim, socket)
                                                    : listener_bind_abstract(sim, socket);
}

static int listener_bind(struct sim *sim, struct sim_socket *listener)
{
        return listener->family != AF_UNIX ? listener_bind_ip(sim, listener)
                                           : sim_socket_bind_unix(sim, listener);
}

static struct sim_socket *socket_get(struct sim *sim, int fd, int *ret_error)
{
        const struct sim_description *description = sim_descriptor_get(sim, fd);

        *ret_error = description == NULL ? -EBADF : -ENOTSOCK;
        return description != NULL && description->kind == SIM_SOCKET ? description->socket : NULL;
}

int sim_socket_bind(struct sim *sim, int fd, const struct sockaddr *name, socklen_t length)
{
        int r;
        struct sim_socket *socket = socket_get(sim, fd, &r);
        struct sim_address address;

        if (socket == NULL)
                return r;
        if (socket->state != SIM_SOCKET_DATAGRAM)
                return -EOPNOTSUPP; /* streams listen, see sim_socket_listen() */
        r = sim_address_set(socket->family, name, length, &address);
        return r < 0 ? r : sim_datagram_bind(sim, socket, &address);
}

int sim_socket_peer(struct sim *sim, int fd, const struct sockaddr *name, socklen_t length)
{
        int r;
        struct sim_socket *socket = socket_get(sim, fd, &r);

        if (socket == NULL)
                return r;
        if (socket->state != SIM_SOCKET_DATAGRAM)
                return -EOPNOTSUPP; /* streams CONNECT */
        return sim_datagram_peer(sim, socket, name, length);
}

int sim_socket_listen(struct sim *sim, int type, const struct sockaddr *name, socklen_t length,
                      int backlog)
{
        struct sim_socket *listener;
        struct sim_address address;
        int r;

        if (name == NULL || length < sizeof(sa_family_t))
                return -EINVAL;
        r = family_check(name->sa_family, type);
        if (r == 0)
                r = sim_address_set(name->sa_family, name, length, &address);
        if (r == 0 && sim_descriptor_is_full(sim))
                r = -EMFILE;
        if (r < 0)
                return r;
        listener = socket_of_type(sim, name->sa_family, type);
        listener->local = address;
        r = listener_bind(sim, listener);
        if (r < 0) {
                free(listener);
                return r;
        }
        listener->state = SIM_SOCKET_LISTENING;
        listener->backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : (uint32_t)backlog;
        listener->next = sim->listeners;
        if (listener->next != NULL)
                listener->next->previous = listener;
        sim->listeners = listener;
        return socket_describe(sim, listener);
}

int sim_socket_name(struct sim *sim, int fd, bool peer, struct sockaddr_storage *ret,
                    socklen_t *ret_length)
{
        const struct sim_description *description = sim_descriptor_get(sim, fd);
        const struct sim_address *address;

        if (description == NULL)
                return -EBADF;
        if (description->kind != SIM_SOCKET)
                return -ENOTSOCK;
        if (peer && !description->socket->has_peer &&
            (description->socket->state != SIM_SOCKET_CONNECTED || description->socket->reset))
                return -ENOTCONN;
        address = peer ? &description->socket->remote : &description->socket->local;
        *ret = address->name;
        *ret_length = address->length;
        return 0;
}

static int option_set_datagram(struct sim_socket *socket, int level, int option, int value)
{
        if (level == SOL_SOCKET && (option == SO_REUSEADDR || option == SO_REUSEPORT))
                socket->shared = value != 0;
        else if ((level == IPPROTO_IP && option == IP_RECVERR) ||
                 (level == IPPROTO_IPV6 && option == IPV6_RECVERR))
                socket->errors = value != 0;
        else if (level == SOL_SOCKET && option == SO_BROADCAST)
                return 0;
        else if (level == IPPROTO_UDP)
                return -ENOPROTOOPT;
        else if (level == IPPROTO_IP || (level == IPPROTO_IPV6 && option != IPV6_V6ONLY))
                return -EOPNOTSUPP; /* groups above all */
        else
                return 1;
        return 0;
}

int sim_socket_option_set(struct sim *sim, int fd, int level, int option, const void *bytes,
                          socklen_t length)
{
        int value, r;
        struct sim_socket *socket = socket_get(sim, fd, &r);

        if (socket == NULL)
                return r;
        if (length < sizeof(value))
                return -EINVAL;
        memcpy(&value, bytes, sizeof(value));
        if (socket->state == SIM_SOCKET_DATAGRAM) {
                r = option_set_datagram(socket, level, option, value);
                if (r <= 0)
                        return r;
        }
        if (level == SOL_SOCKET && option == SO_PASSCRED) {
                if (socket->family != AF_UNIX)
                        return -EOPNOTSUPP;
                socket->credentials = value != 0;
                return 0;
        }
        if (level == IPPROTO_TCP || level == IPPROTO_IPV6)
                return socket->family == AF_UNIX ? -EOPNOTSUPP : 0;
        if (level != SOL_SOCKET)
                return -ENOPROTOOPT;
        switch (option) {
        case SO_RCVBUF:
                socket->receive.limit = value < 256 ? 256 : (size_t)value;
                return 0;
        case SO_SNDBUF:
                if (socket->peer != NULL)
                        socket->peer->receive.limit = value < 256 ? 256 : (size_t)value;
                return 0;
        case SO_REUSEADDR:
        case SO_REUSEPORT:
        case SO_KEEPALIVE:
        case SO_OOBINLINE:
        case SO_PRIORITY:
        case SO_RCVLOWAT:
                return 0;
        default:
                return -ENOPROTOOPT;
        }
}

int sim_socket_option_get(struct sim *sim, int fd, int level, int option, void *bytes,
                          socklen_t *length)
{
        int value, r;
        struct sim_socket *socket = socket_get(sim, fd, &r);

        if (socket == NULL)
                return r;
        if (level == SOL_SOCKET && option == SO_MEMINFO &&
            *length >= SK_MEMINFO_VARS * sizeof(uint32_t)) {
                uint32_t meminfo[SK_MEMINFO_VARS] = {[SK_MEMINFO_DROPS] =
                                                             (uint32_t)socket->dropped};

                memcpy(bytes, meminfo, sizeof(meminfo));
                *length = sizeof(meminfo);
                return 0;
        }
        if (level == SOL_SOCKET && option == SO_PEERCRED && *length >= sizeof(struct ucred)) {
                bool has = socket->family == AF_UNIX && (socket->state == SIM_SOCKET_CONNECTED ||
                                                         socket->state == SIM_SOCKET_LISTENING);
                struct ucred who = {has ? 1 : 0, has ? SIM_USER : UINT32_MAX,
                                    has ? SIM_USER : UINT32_MAX};

                memcpy(bytes, &who, sizeof(who));
                *length = sizeof(who);
                return 0;
        }
        if (*length < sizeof(value))
                return -EINVAL;
        if (level != SOL_SOCKET)
                return -ENOPROTOOPT;
        switch (option) {
        case SO_DOMAIN:
                value = socket->family;
                break;
        case SO_ACCEPTCONN:
                value = socket->state == SIM_SOCKET_LISTENING;
                break;
        case SO_RCVBUF:
                value = (int)socket->receive.limit;
                break;
        case SO_TYPE:
                value = socket->state == SIM_SOCKET_DATAGRAM ? SOCK_DGRAM
                        : socket->packets                    ? SOCK_SEQPACKET
                                                             : SOCK_STREAM;
                break;
        case SO_ERROR:
                value = socket->error;
                socket->error = 0;
                break;
        default:
                return -ENOPROTOOPT;
        }
        memcpy(bytes, &value, sizeof(value));
        *length = sizeof(value);
        return 0;
}

/* Both directions have changed. */
static void connection_kick(struct sim *sim, struct sim_socket *socket)
{
        sim_description_kick(sim, socket->description, SIM_IN);
        sim_description_kick(sim, socket->description, SIM_OUT);
}

/* Those who wait for room in a listener's queue try again, and find it closed. */
static void connecting_dismiss(struct sim *sim, struct sim_socket *listener)
{
        while (listener->connecting.first != NULL) {
                struct sim_operation *operation = listener->connecting.first->operation;

                sim_operation_leave(sim, operation, 1);
                sim_operation_kick(sim, operation);
        }
}

/* What a RST does to the side that it reaches: tcp_reset() of Linux. */
static void connection_reset(struct sim *sim, struct sim_socket *socket)
{
        socket->reset = true;
        socket->error = socket->end_received && socket->family != AF_UNIX ? EPIPE : ECONNRESET;
        socket->peer = NULL;
        connection_kick(sim, socket);
}

static void bytes_lose(struct sim *sim, struct sim_socket *socket)
{
        size_t left = (size_t)sim_roll(sim, SIM_DICE_FAULT, socket->receive.length + 1);
        size_t lost = socket->receive.length - left;

        if (socket->packets)
                return; /* whole ones are lost only with the socket */
        socket->receive.length = left;
        sim_parcels_lose(sim, socket, lost);
}

void sim_socket_reset(struct sim *sim, struct sim_socket *socket, bool lossy)
{
        struct sim_socket *peer = socket->peer;

        if (peer == NULL || socket->reset)
                return;
        if (lossy) {
                bytes_lose(sim, socket);
                bytes_lose(sim, peer);
        }
        connection_reset(sim, socket);
        connection_reset(sim, peer);
}

static void connection_close(struct sim *sim, struct sim_socket *socket)
{
        struct sim_socket *peer = socket->peer;

        if (peer == NULL)
                return;
        if (socket->receive.length > 0 || socket->parcels != NULL) {
                connection_reset(sim, peer);
                return;
        }
        peer->end_received = true;
        peer->peer = NULL;
        connection_kick(sim, peer);
}

static void name_free(struct sim *sim, struct sim_socket *socket)
{
        if (socket->node != NULL)
                socket->node->listener = NULL;
        sim_node_unref(sim, socket->node);
}

static void listener_close(struct sim *sim, struct sim_socket *listener)
{
        if (listener->previous != NULL)
                listener->previous->next = listener->next;
        else
                sim->listeners = listener->next;
        if (listener->next != NULL)
                listener->next->previous = listener->previous;
        while (listener->queue_first != NULL) {
                struct sim_socket *socket = listener->queue_first;

                listener->queue_first = socket->next;
                if (socket->peer != NULL)
                        connection_reset(sim, socket->peer);
                socket->peer = NULL;
                sim_socket_close(sim, socket);
        }
        connecting_dismiss(sim, listener);
        name_free(sim, listener);
}

void sim_socket_close(struct sim *sim, struct sim_socket *socket)
{
        if (socket->state == SIM_SOCKET_LISTENING) {
                listener_close(sim, socket);
        } else if (socket->state == SIM_SOCKET_DATAGRAM) {
                sim_datagram_close(sim, socket);
                name_free(sim, socket);
        } else {
                connection_close(sim, socket);
                sim_parcels_drop(sim, socket);
        }
        if (socket->port != 0)
                sim->ports[socket->port] -= 1;
        sim_bytes_free(&socket->receive);
        free(socket);
}

enum sim_step sim_step_accept(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        struct sim_socket *listener = target->socket, *socket;
        int fd;

        if (target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        if (listener->state == SIM_SOCKET_DATAGRAM)
                return sim_done(operation, -EOPNOTSUPP);
        if (listener->state != SIM_SOCKET_LISTENING || listener->receive_shut)
                return sim_done(operation, -EINVAL);
        socket = listener->queue_first;
        if (socket == NULL)
                return SIM_STEP_WAIT;
        fd = socket_describe(sim, socket);
        if (fd < 0)
                return sim_done(operation, fd);
        listener->queue_first = socket->next;
        if (listener->queue_first == NULL)
                listener->queue_last = NULL;
        listener->queued -= 1;
        socket->next = NULL;
        sim_queue_kick(sim, &listener->connecting);
        if ((operation->copy.op_flags & PLATFORM_OP_MULTI) != 0)
                operation->flags = PLATFORM_MORE;
        return sim_done(operation, fd);
}

/*
 * Makes both halves of a connection know each other, and puts the far one into the listener's
 * queue. (2)
 */
static void connection_make(struct sim *sim, struct sim_socket *socket, struct sim_socket *listener,
                            const struct sim_address *to)
{
        struct sim_socket *far = socket_create(sim, listener->family);

        far->state = SIM_SOCKET_CONNECTED;
        far->packets = listener->packets;
        far->credentials = listener->credentials;
        far->receive.limit = listener->receive.limit;
        far->local = listener->family == AF_UNIX ? listener->local : *to;
        far->remote = socket->local;
        if (listener->family != socket->family) {
                sim_address_map(&far->local);
                sim_address_map(&far->remote);
        }
        socket->state = SIM_SOCKET_CONNECTED;
        socket->remote = *to;
        socket->peer = far;
        far->peer = socket;
        if (listener->queue_last != NULL)
                listener->queue_last->next = far;
        else
                listener->queue_first = far;
        listener->queue_last = far;
        listener->queued += 1;
        sim_description_kick(sim, listener->description, SIM_IN);
        sim_description_kick(sim, socket->description, SIM_IN);
}

int sim_socket_at_path(struct sim *sim, const struct sim_address *to,
                       struct sim_socket **ret_socket)
{
        const struct sockaddr_un *name = (const struct sockaddr_un *)&to->name;
        char path[sizeof(name->sun_path) + 1] = "";
        struct sim_place place;
        int r;

        memcpy(path, name->sun_path, sizeof(name->sun_path));
        r = sim_path_walk(sim, sim->root, path, true, &place);
        if (r < 0)
                return r;
        if (place.node == NULL)
                return -ENOENT;
        if ((place.node->mode & S_IWUSR) == 0)
                return -EACCES;
        *ret_socket = place.node->listener;
        return 0;
}

/* Who hears connections to this address; a negative errno where nobody does. */
static int connect_find(struct sim *sim, const struct sim_address *to, bool packets,
                        struct sim_socket **ret_listener)
{
        struct sim_socket *listener;

        if (to->name.ss_family != AF_UNIX || !sim_address_has_path(to)) {
                if (to->name.ss_family != AF_UNIX && !sim_address_is_loopback(to))
                        return -ENETUNREACH;
                listener = listener_find(sim, to, packets);
        } else {
                int r = sim_socket_at_path(sim, to, &listener);

                if (r < 0)
                        return r;
                if (listener != NULL &&
                    (listener->state == SIM_SOCKET_DATAGRAM || listener->packets != packets))
                        return -EPROTOTYPE;
        }
        if (listener == NULL || listener->receive_shut)
                return -ECONNREFUSED;
        *ret_listener = listener;
        return 0;
}

static int connect_bind(struct sim *sim, struct sim_socket *socket, const struct sim_address *to)
{
        uint16_t port;

        if (socket->family == AF_UNIX || socket->port != 0)
                return 0;
        port = sim_port_find(sim);
        if (port == 0)
                return -EADDRNOTAVAIL;
        socket->local = *to;
        sim_port_take(sim, socket, port);
        return 0;
}

/* (3): the listener's queue is full. */
static enum sim_step connect_wait(struct sim *sim, struct sim_operation *operation,
                                  struct sim_socket *listener)
{
        if (operation->deadline != 0 && sim->now_ns >= operation->deadline)
                return sim_done(operation, -ETIMEDOUT);
        if (operation->link[1].queue != &listener->connecting) {
                sim_operation_leave(sim, operation, 1);
                sim_queue_add(&listener->connecting, operation, 1);
        }
        if (listener->family == AF_UNIX)
                return SIM_STEP_WAIT;
        if (operation->deadline == 0)
                operation->deadline = sim->now_ns + CONNECT_TIMEOUT_NS;
        /* An event for the deadline; it still waits, and is kicked before. */
        sim_operation_schedule(sim, operation, operation->deadline - sim->now_ns);
        operation->state = SIM_WAITING;
        return SIM_STEP_WAIT;
}

enum sim_step sim_step_connect(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        struct sim_socket *socket = target->socket, *listener;
        struct sim_address to;
        int r;

        if (target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        if (socket->state == SIM_SOCKET_DATAGRAM)
                return sim_done(operation, sim_datagram_peer(sim, socket, operation->copy.address,
                                                             operation->copy.length));
        if (socket->state != SIM_SOCKET_NEW)
                return sim_done(operation, -EISCONN);
        r = sim_address_set(socket->family, operation->copy.address, operation->copy.length, &to);
        if (r < 0)
                return sim_done(operation, r);
        sim_address_localize(&to);
        r = connect_find(sim, &to, socket->packets, &listener);
        if (r < 0)
                return sim_done(operation, r);
        if (listener->queued > listener->backlog ||
            (listener->connecting.first != NULL &&
             listener->connecting.first != &operation->link[1]))
                return connect_wait(sim, operation, listener);
        r = connect_bind(sim, socket, &to);
        if (r < 0)
                return sim_done(operation, r);
        connection_make(sim, socket, listener, &to);
        return sim_done(operation, 0);
}

enum sim_step sim_step_shutdown(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        struct sim_socket *socket = target->socket;
        uint32_t how = operation->copy.flags;
        bool receive = how == SHUT_RD || how == SHUT_RDWR,
             send = how == SHUT_WR || how == SHUT_RDWR;

        if (target->kind != SIM_SOCKET)
                return sim_done(operation, -ENOTSOCK);
        if (!receive && !send)
                return sim_done(operation, -EINVAL);
        if (socket->state == SIM_SOCKET_NEW || socket->reset)
                return sim_done(operation, -ENOTCONN);
        if (send && socket->state == SIM_SOCKET_DATAGRAM)
                socket->send_shut = true;
        if (receive) {
                socket->receive_shut = true;
                connecting_dismiss(sim, socket);
        }
        if (send && socket->state == SIM_SOCKET_CONNECTED) {
                socket->send_shut = true;
                if (socket->peer != NULL)
                        socket->peer->end_received = true;
        }
        connection_kick(sim, socket);
        if (socket->peer != NULL)
                connection_kick(sim, socket->peer);
        return sim_done(operation, 0);
}
