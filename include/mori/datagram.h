/* SPDX-License-Identifier: MIT */
/*
 * Datagrams: UDP, and Unix datagram sockets. One is sent or received whole, or not at all.
 *
 *         mori_file socket;
 *         mori_address from;
 *         char text[1500];
 *
 *         attempt(mori_datagram_bind("*:5353", 0, &socket));
 *         for (;;) {
 *                 int64_t bytes = await mori_datagram_receive(socket, text, sizeof text, &from);
 *
 *                 if (bytes >= 0)
 *                         attempt(await mori_datagram_send(socket, text, (size_t)bytes, &from));
 *         }
 *
 * Rules.
 *   (1) Nothing promises that a datagram arrives, arrives once, or in order: the network does not.
 *       A send has gone well when the kernel has taken the bytes.
 *   (2) What has come and is not received yet waits in the kernel, up to a bound in bytes
 *       (SO_RCVBUF: mori_socket_option() raises it, as far as the sysctl net.core.rmem_max allows).
 *       Above it datagrams are dropped, and counted: mori_datagram_dropped().
 *   (3) A datagram that is longer than the buffer loses its end, and this is told, always.
 *   (4) Several activities may receive from one socket, and several send: each datagram goes to one
 *       of the receivers, first come first served.
 *   (5) A datagram that nobody takes may be answered by an error of the network (ICMP). A socket
 *       with a peer is told: its next call answers -ECONNREFUSED, -EHOSTUNREACH, ... One without a
 *       peer is told only with MORI_DATAGRAM_ERRORS, and then as a datagram of a kind of its own,
 *       so that what concerns one peer never fails a send to another.
 *   (6) These sockets are not streams: mori_file_read() and _write() answer -EOPNOTSUPP on them.
 */
#pragma once

#include <mori/address.h>
#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For mori_datagram_bind(). */
enum {
        /*
         * Other sockets may have the same address, which they say as well; the kernel spreads the
         * datagrams of unicast over them, and gives each of them those of a multicast group.
         */
        MORI_DATAGRAM_SHARED = 1u,
        /* See (5). UDP only. */
        MORI_DATAGRAM_ERRORS = 2u,
        /*
         * Several datagrams of one size from one peer may come joined (UDP GRO), where the kernel
         * can: give receive buffers of 64 KiB, and look at segment_bytes. UDP only.
         */
        MORI_DATAGRAM_JOINED = 4u,
        /* Broadcast addresses may be sent to. */
        MORI_DATAGRAM_BROADCAST = 8u,
        /* IPv6 alone: "*:53" leaves IPv4's port 53 to others. */
        MORI_DATAGRAM_IPV6_ONLY = 16u,
};

/*
 * Makes a socket with an address of its own: "127.0.0.1:0", "*:53", "[::]:53", "unix:/run/x",
 * "unix:@name"; "unix:" has none. Does not wait. -EINVAL: not an address, or flags that do not fit
 * it; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, ... *ret_socket is the caller's, to be closed.
 */
MORI_API int mori_datagram_bind(const char *address, unsigned flags, mori_file *ret_socket);
/*
 * Gives it one peer, the only one that it receives from and, without an address, sends to; another
 * one instead of that; or none again (NULL). Does not wait.
 */
MORI_API int mori_datagram_connect(mori_file socket, const mori_address *peer);

/*
 * Waits for a datagram. Returns its bytes, which may be 0; *ret_from (may be NULL) is who sent it.
 * -EMSGSIZE: it was longer; the buffer has its beginning, the rest is lost. -ESHUTDOWN: the socket
 * was shut down.
 */
MORI_API MORI_ASYNC int64_t mori_datagram_receive(mori_file socket, void *buffer, size_t bytes,
                                                  mori_address *ret_from);
/*
 * Sends one; `to` NULL: to its peer (-EDESTADDRREQ: it has none). Waits while the kernel has no
 * room. Returns 0. -EMSGSIZE: longer than the network takes; -EACCES: a broadcast address, and
 * nobody said MORI_DATAGRAM_BROADCAST; -EINVAL: an address of another family.
 */
MORI_API MORI_ASYNC int mori_datagram_send(mori_file socket, const void *data, size_t bytes,
                                           const mori_address *to);

/* What mori_datagram.flags says after a receive. */
enum {
        MORI_DATAGRAM_IS_TRUNCATED = 1u, /* its end is lost: `bytes` are what there is */
        MORI_DATAGRAM_IS_ERROR = 2u,     /* it is no datagram but an error, see (5) */
};

/* One of several. */
typedef struct mori_datagram {
        void *data;
        size_t room;  /* receiving: how much fits into `data` */
        size_t bytes; /* how many it has: to be sent, or as received */
        /* to whom (address.bytes 0: the peer), or from whom; of an error, about whom */
        mori_address address;
        /*
         * Sending: not 0: `data` is cut into datagrams of so many bytes, the last one may be
         * shorter: at most 64 of them (UDP GSO). Received: not 0: it is several, joined, of so many
         * bytes each but the last.
         */
        uint32_t segment_bytes;
        uint32_t flags; /* MORI_DATAGRAM_IS_TRUNCATED, MORI_DATAGRAM_IS_ERROR */
        int error;      /* of an ERROR: the negative errno; `data` is the datagram's beginning */
} mori_datagram;

/* The most of them in one call. */
#define MORI_DATAGRAMS_MAX 64

/*
 * The same for up to `count` of them (-EINVAL: 0, or above MORI_DATAGRAMS_MAX) with one system
 * call. Receiving waits for one and takes what else is there; sending goes on until all are sent,
 * or one fails. Both return how many, 1 at least; the error of the first where that failed. The
 * array and what it names are the call's until it returns.
 */
MORI_API MORI_ASYNC int mori_datagram_receive_many(mori_file socket, mori_datagram *datagrams,
                                                   unsigned count);
MORI_API MORI_ASYNC int mori_datagram_send_many(mori_file socket, mori_datagram *datagrams,
                                                unsigned count);

/* How many datagrams the kernel has dropped, for want of room above all, since it was made. */
MORI_API int mori_datagram_dropped(mori_file socket, uint64_t *ret_count);

/*
 * Multicast. A socket that has joined a group ("224.0.0.251", "ff02::fb") receives what is sent to
 * the group and to its own port, on an interface ("eth0"; NULL: the one that the routes name). Bind
 * it to "*:PORT" with MORI_DATAGRAM_SHARED. Closing leaves all groups. Do not wait. -EINVAL: not
 * the address of a group, or of another family than the socket's; -ENODEV: no such interface;
 * -EADDRINUSE: joined already; -EADDRNOTAVAIL: not joined; -ENOBUFS: too many groups
 * (sysctl net.ipv4.igmp_max_memberships). The simulation has no groups: -EOPNOTSUPP.
 */
MORI_API int mori_datagram_join(mori_file socket, const char *group, const char *interface);
MORI_API int mori_datagram_leave(mori_file socket, const char *group, const char *interface);
/*
 * How it sends to groups: by which interface (NULL: as the routes say), how many routers it passes
 * (ttl 0 to 255; 1 at first; 0: not out of the machine), and whether receivers on this machine get
 * it (loop; they do at first). A negative ttl or loop leaves that as it is.
 */
MORI_API int mori_datagram_multicast(mori_file socket, const char *interface, int ttl, int loop);

#ifdef __cplusplus
}
#endif
