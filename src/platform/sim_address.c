/* SPDX-License-Identifier: MIT */
/*
 * Addresses of sockets in the simulation: IPv4, IPv6 and Unix (paths and abstract names).
 *
 * The simulated machine has a loopback interface and nothing else: 127.0.0.0/8 and ::1. A listener
 * may also name "any"; one on any IPv6 address hears IPv4 as well, and sees such peers as
 * ::ffff:a.b.c.d, which is what Linux does by default.
 *
 * Invariants.
 *   (1) An address is kept in its family's full length, with all bytes behind the name zero: two
 *       addresses are equal when their bytes are.
 *   (2) A Unix address with a path ends in a zero that its length counts. An abstract name starts
 *       with a zero and is as long as its length says. An unnamed one is the family alone.
 *   (3) Scope and flow of IPv6 are dropped: there is one interface.
 */
#include "platform/sim_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct sockaddr_in *ipv4_of(const struct sim_address *address)
{
        return (const struct sockaddr_in *)&address->name;
}

static const struct sockaddr_in6 *ipv6_of(const struct sim_address *address)
{
        return (const struct sockaddr_in6 *)&address->name;
}

static int unix_set(const struct sockaddr *name, socklen_t length, struct sim_address *ret)
{
        struct sockaddr_un *to = (struct sockaddr_un *)&ret->name;
        size_t offset = offsetof(struct sockaddr_un, sun_path);
        size_t bytes;

        if (length < offset || length > sizeof(*to))
                return -EINVAL;
        bytes = length - offset;
        memcpy(to->sun_path, (const uint8_t *)name + offset, bytes);
        if (bytes > 0 && to->sun_path[0] != '\0') {
                bytes = strnlen(to->sun_path, bytes);
                memset(to->sun_path + bytes, 0, sizeof(to->sun_path) - bytes);
                bytes += 1;
        }
        ret->length = (socklen_t)(offset + bytes);
        return 0;
}

int sim_address_set(int family, const struct sockaddr *name, socklen_t length,
                    struct sim_address *ret)
{
        struct sim_address address = {.name.ss_family = (sa_family_t)family};
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address.name;
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address.name;
        int r;

        if (name == NULL || length < sizeof(sa_family_t))
                return -EINVAL;
        if (name->sa_family != family)
                return family == AF_UNIX ? -EINVAL : -EAFNOSUPPORT;
        switch (family) {
        case AF_INET:
                if (length < sizeof(*ipv4))
                        return -EINVAL;
                ipv4->sin_port = ((const struct sockaddr_in *)name)->sin_port;
                ipv4->sin_addr = ((const struct sockaddr_in *)name)->sin_addr;
                address.length = sizeof(*ipv4);
                break;
        case AF_INET6:
                if (length < sizeof(*ipv6))
                        return -EINVAL;
                ipv6->sin6_port = ((const struct sockaddr_in6 *)name)->sin6_port;
                ipv6->sin6_addr = ((const struct sockaddr_in6 *)name)->sin6_addr;
                address.length = sizeof(*ipv6);
                break;
        default:
                r = unix_set(name, length, &address);
                if (r < 0)
                        return r;
                break;
        }
        *ret = address;
        return 0;
}

uint16_t sim_address_port(const struct sim_address *address)
{
        if (address->name.ss_family == AF_INET)
                return ntohs(ipv4_of(address)->sin_port);
        return ntohs(ipv6_of(address)->sin6_port);
}

void sim_address_set_port(struct sim_address *address, uint16_t port)
{
        if (address->name.ss_family == AF_INET)
                ((struct sockaddr_in *)&address->name)->sin_port = htons(port);
        else
                ((struct sockaddr_in6 *)&address->name)->sin6_port = htons(port);
}

bool sim_address_is_any(const struct sim_address *address)
{
        if (address->name.ss_family == AF_INET)
                return ipv4_of(address)->sin_addr.s_addr == htonl(INADDR_ANY);
        return IN6_IS_ADDR_UNSPECIFIED(&ipv6_of(address)->sin6_addr);
}

bool sim_address_is_loopback(const struct sim_address *address)
{
        if (address->name.ss_family == AF_INET)
                return ntohl(ipv4_of(address)->sin_addr.s_addr) >> 24 == 127;
        return IN6_IS_ADDR_LOOPBACK(&ipv6_of(address)->sin6_addr);
}

bool sim_address_has_path(const struct sim_address *address)
{
        const struct sockaddr_un *name = (const struct sockaddr_un *)&address->name;

        return address->length > offsetof(struct sockaddr_un, sun_path) &&
               name->sun_path[0] != '\0';
}

static bool address_is_equal(const struct sim_address *a, const struct sim_address *b)
{
        return a->length == b->length && memcmp(&a->name, &b->name, a->length) == 0;
}

bool sim_address_hears(const struct sim_address *address, const struct sim_address *to)
{
        if (address_is_equal(address, to))
                return true;
        if (address->name.ss_family == AF_UNIX || to->name.ss_family == AF_UNIX)
                return false;
        if (sim_address_port(address) != sim_address_port(to) || !sim_address_is_any(address))
                return false;
        return address->name.ss_family == AF_INET6 || to->name.ss_family == AF_INET;
}

bool sim_address_collides(const struct sim_address *a, const struct sim_address *b)
{
        return sim_address_hears(a, b) || sim_address_hears(b, a);
}

void sim_address_localize(struct sim_address *address)
{
        if (address->name.ss_family == AF_UNIX || !sim_address_is_any(address))
                return;
        if (address->name.ss_family == AF_INET)
                ((struct sockaddr_in *)&address->name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        else
                ((struct sockaddr_in6 *)&address->name)->sin6_addr = in6addr_loopback;
}

void sim_address_map(struct sim_address *address)
{
        struct sockaddr_in6 mapped = {.sin6_family = AF_INET6,
                                      .sin6_port = ipv4_of(address)->sin_port};

        mapped.sin6_addr.s6_addr[10] = 0xff;
        mapped.sin6_addr.s6_addr[11] = 0xff;
        memcpy(&mapped.sin6_addr.s6_addr[12], &ipv4_of(address)->sin_addr, 4);
        memcpy(&address->name, &mapped, sizeof(mapped));
        address->length = sizeof(mapped);
}
