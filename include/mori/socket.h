/* SPDX-License-Identifier: MIT */
/*
 * Sockets: TCP and Unix streams. They are files (file.h): read, written, spliced and closed as
 * such.
 *
 * An address is text: "127.0.0.1:8080", "[::1]:8080", "*:8080" (every address, IPv4 and, where the
 * machine has it, IPv6), port 0 for any free port; "unix:/run/x.sock", or "unix:@name" for Linux's
 * abstract names. What connects may name a host, "example.org:80": lookup.h.
 *
 * Rules.
 *   (1) TCP sockets send small writes at once (TCP_NODELAY): nothing waits for an acknowledgement
 *       that is delayed.
 *   (2) A peer that has gone is -EPIPE or -ECONNRESET to the writer, never a signal.
 *   (3) An idle connection holds no buffer: received data comes from buffers that all connections
 *       of a seat share. One that is not read stops receiving after a few of them, and its peer is
 *       slowed down by TCP.
 *   (4) At most one activity reads from a socket at a time: a second one gets -EBUSY. Writers are
 *       served in turn.
 */
#pragma once

#include <mori/address.h>
#include <mori/file.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Begins to listen. backlog 0: as much as the kernel allows. A Unix socket's file must not exist
 * (serve.h takes the place of a dead server). *ret_listener is the caller's. Does not wait.
 * -EINVAL: not an address; -EADDRINUSE; -EACCES; ...
 */
MORI_API int mori_socket_listen(const char *address, int backlog, mori_file *ret_listener);
/*
 * Waits for the next connection. *ret_socket is the caller's. -EMFILE and other errors leave the
 * listener usable.
 */
MORI_API MORI_ASYNC int mori_socket_accept(mori_file listener, mori_file *ret_socket);
/*
 * Connects. *ret_socket is the caller's. -ECONNREFUSED, -ETIMEDOUT, -ENETUNREACH, ... Of a name, up
 * to 8 addresses are tried as mori_socket_connect_any() does, IPv6 and IPv4 alternating; errors are
 * also those of mori_lookup().
 */
MORI_API MORI_ASYNC int mori_socket_connect(const char *address, mori_file *ret_socket);
/*
 * Connects to the first of several addresses that answers (RFC 8305, "happy eyeballs"). They are
 * tried in their order: the next one when a try has failed, or has not answered for 250 ms; those
 * before it go on. The first connection is taken, the others are ended and closed. The error is
 * that of the try that failed last; one that no other address would mend (-EMFILE, -ENOMEM, ...)
 * ends it at once. -EINVAL: no address, or more than MORI_SOCKET_ADDRESSES_MAX.
 */
#define MORI_SOCKET_ADDRESSES_MAX 8
MORI_API MORI_ASYNC int mori_socket_connect_any(const mori_address *addresses, unsigned count,
                                                mori_file *ret_socket);
/* Ends one direction: SHUT_RD, SHUT_WR or SHUT_RDWR. */
MORI_API MORI_ASYNC int mori_socket_shutdown(mori_file socket, int how);

/*
 * Reads without a buffer and without a copy: the next bytes that came, where the engine has put
 * them. They are read-only, and on loan: to be returned soon, because connections share these
 * buffers, and while all are out nobody receives by loan. Returns how many bytes (some KiB at
 * most), 0 at the end, or a negative errno; a loan was made only if it is above 0. -ENOTSOCK where
 * it is no socket.
 */
typedef struct mori_loan {
        const void *data;
        size_t bytes;
        void *held;
} mori_loan;
MORI_API MORI_ASYNC int64_t mori_socket_borrow(mori_file socket, mori_loan *ret_loan);
/* Gives it back; *loan is zeroed. Does nothing to one that is zero. */
MORI_API void mori_loan_return(mori_loan *loan);

/*
 * The address of this end, or of the peer, as text. At most `bytes`, always terminated; 64 are
 * enough but for Unix paths.
 */
MORI_API int mori_socket_address(mori_file socket, int peer, char *ret_text, size_t bytes);
/* An integer option, as setsockopt(2). */
MORI_API int mori_socket_option(mori_file socket, int level, int option, int value);

#ifdef __cplusplus
}
#endif
