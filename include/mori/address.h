/* SPDX-License-Identifier: MIT */
/*
 * Addresses of sockets, in the kernel's form: what a datagram comes from and goes to. As text they
 * are what socket.h says: "127.0.0.1:53", "[::1]:53", "[fe80::1%eth0]:53", "*:53",
 * "unix:/run/x.sock", "unix:@name".
 */
#pragma once

#include <mori/base.h>

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An address, or none. */
typedef struct mori_address {
        union {
                struct sockaddr any; /* any.sa_family tells which of these it is */
                struct sockaddr_in ipv4;
                struct sockaddr_in6 ipv6;
                struct sockaddr_un local;
        } as;
        uint32_t bytes; /* of it, as bind(2) wants to know; 0: no address */
} mori_address;

/*
 * From text. No name is looked up: that is lookup.h. "*" is every address, of IPv6 and, where the
 * socket is not told otherwise, of IPv4. -EINVAL: not an address.
 */
MORI_API int mori_address_parse(const char *text, mori_address *ret_address);
/* As text: at most `bytes` (-EINVAL: 0), always terminated; 64 are enough but for Unix paths. */
MORI_API int mori_address_format(const mori_address *address, char *ret_text, size_t bytes);
/* Whether they are the same: family, host, port, and for link-local addresses the interface. */
MORI_API int mori_address_equal(const mori_address *one, const mori_address *other);

#ifdef __cplusplus
}
#endif
