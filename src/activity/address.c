/* SPDX-License-Identifier: MIT */
/* Addresses of sockets, as text and back. */
#include "activity/address.h"

#include "turn/seat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int unix_parse(const char *path, mori_address *address)
{
        struct sockaddr_un *local = &address->as.local;
        size_t length = strlen(path);

        if (length == 0 || length >= sizeof local->sun_path)
                return -EINVAL;
        local->sun_family = AF_UNIX;
        memcpy(local->sun_path, path, length + 1);
        address->bytes = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
        if (path[0] == '@') { /* an abstract name: its length counts, and there is no terminator */
                local->sun_path[0] = '\0';
                address->bytes--;
        }
        return 0;
}

/* Only an address that means something on each link has an interface: "fe80::1%eth0". */
static int ipv6_parse(char *host, struct sockaddr_in6 *ipv6)
{
        char *zone = strchr(host, '%');
        int index;

        if (zone != NULL)
                *zone++ = '\0';
        if (inet_pton(AF_INET6, host, &ipv6->sin6_addr) != 1)
                return -EINVAL;
        if (zone == NULL)
                return 0;
        if (!IN6_IS_ADDR_LINKLOCAL(&ipv6->sin6_addr) &&
            !IN6_IS_ADDR_MC_LINKLOCAL(&ipv6->sin6_addr))
                return -EINVAL;
        if (*zone >= '1' && *zone <= '9') { /* as mori_address_format() writes it */
                unsigned long number = strtoul(zone, &zone, 10);

                if (*zone != '\0' || number > INT_MAX)
                        return -EINVAL;
                index = (int)number;
        } else {
                index = platform_interface(seat_hold()->io, zone);
                seat_release();
        }
        if (index < 0)
                return index;
        ipv6->sin6_scope_id = (uint32_t)index;
        return 0;
}

static int address_parse(const char *text, mori_address *address)
{
        const char *colon = strrchr(text, ':');
        char host[64];
        size_t length;
        uint16_t port;

        if (strncmp(text, "unix:", 5) == 0)
                return unix_parse(text + 5, address);
        if (colon == NULL || port_parse(colon + 1, &port) < 0)
                return -EINVAL;
        length = (size_t)(colon - text);
        if (length == 0 || length >= sizeof host)
                return -EINVAL;
        memcpy(host, text, length);
        host[length] = '\0';
        if (strcmp(host, "*") == 0 || (host[0] == '[' && host[length - 1] == ']')) {
                address->as.ipv6.sin6_family = AF_INET6;
                address->as.ipv6.sin6_port = htons(port);
                address->bytes = sizeof address->as.ipv6;
                if (host[0] == '*')
                        return 0;
                host[length - 1] = '\0';
                return ipv6_parse(host + 1, &address->as.ipv6);
        }
        address->as.ipv4.sin_family = AF_INET;
        address->as.ipv4.sin_port = htons(port);
        address->bytes = sizeof address->as.ipv4;
        return inet_pton(AF_INET, host, &address->as.ipv4.sin_addr) == 1 ? 0 : -EINVAL;
}

int mori_address_parse(const char *text, mori_address *ret_address)
{
        mori_address address;
        int error;

        if (text == NULL || ret_address == NULL)
                return -EFAULT;
        memset(&address, 0, sizeof address);
        error = address_parse(text, &address);
        if (error == 0)
                *ret_address = address;
        return error;
}

void address_any4(mori_address *address)
{
        in_port_t port = address->as.ipv6.sin6_port;

        memset(address, 0, sizeof *address);
        address->as.ipv4.sin_family = AF_INET;
        address->as.ipv4.sin_port = port;
        address->bytes = sizeof address->as.ipv4;
}

static void unix_format(const mori_address *address, char *ret_text, size_t bytes)
{
        const struct sockaddr_un *local = &address->as.local;
        int length = (int)address->bytes - (int)offsetof(struct sockaddr_un, sun_path);

        if (length <= 0)
                snprintf(ret_text, bytes, "unix:");
        else if (local->sun_path[0] == '\0')
                snprintf(ret_text, bytes, "unix:@%.*s", length - 1, local->sun_path + 1);
        else
                snprintf(ret_text, bytes, "unix:%.*s", length, local->sun_path);
}

int mori_address_format(const mori_address *address, char *ret_text, size_t bytes)
{
        const struct sockaddr_in6 *ipv6;
        char host[INET6_ADDRSTRLEN], zone[16] = "";

        if (address == NULL || ret_text == NULL)
                return -EFAULT;
        if (bytes == 0)
                return -EINVAL;
        ipv6 = &address->as.ipv6;
        switch (address->bytes == 0 ? AF_UNSPEC : address->as.any.sa_family) {
        case AF_INET:
                inet_ntop(AF_INET, &address->as.ipv4.sin_addr, host, sizeof host);
                snprintf(ret_text, bytes, "%s:%u", host, ntohs(address->as.ipv4.sin_port));
                break;
        case AF_INET6:
                inet_ntop(AF_INET6, &ipv6->sin6_addr, host, sizeof host);
                if (ipv6->sin6_scope_id != 0)
                        snprintf(zone, sizeof zone, "%%%u", ipv6->sin6_scope_id);
                snprintf(ret_text, bytes, "[%s%s]:%u", host, zone, ntohs(ipv6->sin6_port));
                break;
        case AF_UNIX:
                unix_format(address, ret_text, bytes);
                break;
        default:
                snprintf(ret_text, bytes, "unix:"); /* who has none: an unnamed socket */
        }
        return 0;
}

int mori_address_equal(const mori_address *one, const mori_address *other)
{
        if (one->bytes == 0 || other->bytes == 0)
                return one->bytes == other->bytes;
        if (one->as.any.sa_family != other->as.any.sa_family)
                return 0;
        switch (one->as.any.sa_family) {
        case AF_INET:
                return one->as.ipv4.sin_port == other->as.ipv4.sin_port &&
                       one->as.ipv4.sin_addr.s_addr == other->as.ipv4.sin_addr.s_addr;
        case AF_INET6:
                return one->as.ipv6.sin6_port == other->as.ipv6.sin6_port &&
                       one->as.ipv6.sin6_scope_id == other->as.ipv6.sin6_scope_id &&
                       memcmp(&one->as.ipv6.sin6_addr, &other->as.ipv6.sin6_addr,
                              sizeof(struct in6_addr)) == 0;
        default:
                return one->bytes == other->bytes &&
                       memcmp(&one->as, &other->as, one->bytes) == 0;
        }
}
