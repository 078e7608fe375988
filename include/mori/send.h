/* SPDX-License-Identifier: MIT */
/*
 * Sending on a stream socket otherwise than mori_file_write() does it: without copying the bytes,
 * and without a segment for each call.
 *
 * Rules.
 *   (1) A send sends all, unless it fails or is cancelled: then it answers how many bytes were
 *       taken, or the error if none was. Sends of several activities go one after the other.
 *   (2) The memory is the caller's again when the call returns, not before, whatever it returns.
 *   (3) MORI_SEND_ZERO_COPY is a hint and changes nothing but costs, and when the call returns:
 *       where the kernel sends the bytes from where they lie, that is when it has done with them,
 *       which on TCP is when the peer has acknowledged them: a round trip later at least. Other
 *       sends on the socket need not wait for that. So who wants to keep a connection busy has
 *       several such sends under way, each an activity with memory of its own.
 *   (4) A send without a copy that is cancelled, or whose deadline passes, or whose socket is
 *       closed by another activity, or whose process is ended, while the kernel still reads the
 *       bytes: the connection is reset, since nothing else makes the kernel let go of them. Where
 *       it has taken none of them, nothing happens to the connection.
 */
#pragma once

#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to send; or-ed together. */
enum mori_send_flags {
        /*
         * More follows at once: TCP keeps a last segment that is not full, so that header and body
         * share it. What ends it is the next send without this (or mori_sendfile(), or a write);
         * without one the kernel sends what it has after 200 ms. Unix sockets do not care.
         */
        MORI_SEND_MORE = 1,
        /*
         * The kernel may send the bytes from where they lie. See (3) and (4). Worth it for bytes
         * that leave the machine: on the way to a socket of the same machine the kernel copies
         * them after all, which is dearer than copying in the first place. So a socket where that
         * was seen gets the next 63 such sends as copies, and sends of less than
         * MORI_ZERO_COPY_BYTES are copies always. It needs io_uring of Linux 6.3; elsewhere, and on
         * Unix sockets, each is a copy.
         */
        MORI_SEND_ZERO_COPY = 2,
};

/* Fewer bytes are cheaper copied. Where the line lies was measured: docs/benchmarks.md. */
#define MORI_ZERO_COPY_BYTES 32768

/*
 * Sends `count` bytes, at most 1 GiB; `flags` of enum mori_send_flags. Returns how many. -EINVAL:
 * no such flag; -ENOTSOCK; -EOPNOTSUPP: a socket of datagrams or packets; -EPIPE or -ECONNRESET:
 * the peer has gone.
 */
MORI_API MORI_ASYNC int64_t mori_socket_send(mori_file socket, const void *bytes, size_t count,
                                             unsigned flags);
/* The same from several pieces, 1 to 64 (else -EINVAL), at most 1 GiB in all (-EINVAL). */
MORI_API MORI_ASYNC int64_t mori_socket_sendv(mori_file socket, const struct iovec *pieces,
                                              unsigned count, unsigned flags);

/* What has become of the sends of this process that had MORI_SEND_ZERO_COPY and have returned. */
typedef struct mori_zero_copy {
        uint64_t lent;     /* the kernel sent from the caller's memory */
        uint64_t copied;   /* it was tried, and the kernel copied some of it, or could not */
        uint64_t declined; /* not tried: too small, or a socket where it was copied of late */
} mori_zero_copy;
MORI_API void mori_zero_copy_counts(mori_zero_copy *ret_counts);

#ifdef __cplusplus
}
#endif
