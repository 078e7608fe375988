/* SPDX-License-Identifier: MIT */
/*
 * The peer libuv: uv_getaddrinfo(), which is the C library's getaddrinfo() on a pool of 4 threads,
 * as it is without UV_THREADPOOL_SIZE. The same questions as in ../resolve.c.
 *
 *      resolve_uv [COUNT]
 *
 * With a SERVER, as ../resolve.c has it, it says that it cannot, and exits with 77.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <uv.h>

#define ROUNDS    7
#define UNDER_WAY 64

static uv_getaddrinfo_t all[UNDER_WAY];
static uint64_t next, end;

static void ask(uv_getaddrinfo_t *request);

static void answered(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
        const struct sockaddr_in *address;

        if (status != 0) {
                fprintf(stderr, "resolve_uv: %s\n", uv_strerror(status));
                exit(1);
        }
        address = (const struct sockaddr_in *)found->ai_addr;
        peer_require(found->ai_family == AF_INET && ntohs(address->sin_port) == 80 &&
                     ntohl(address->sin_addr.s_addr) == 0x7f000007);
        uv_freeaddrinfo(found);
        ask(request);
}

static void ask(uv_getaddrinfo_t *request)
{
        const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
        char name[32];

        if (next == end)
                return;
        snprintf(name, sizeof name, "n%llu.bench", (unsigned long long)next++);
        peer_require(uv_getaddrinfo(uv_default_loop(), request, answered, name, "80", &hints) == 0);
}

static void look_up(uint64_t count, int under_way, double *ret_wall, double *ret_cpu)
{
        uint64_t began = peer_wall_now(), used = peer_now();

        end = next + count;
        for (int k = 0; k < under_way; k++)
                ask(&all[k]);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
        *ret_cpu = peer_each(used, peer_now(), count);
        *ret_wall = peer_each(began, peer_wall_now(), count);
}

int main(int argc, char **argv)
{
        uint64_t count = peer_argument(argc, argv, 1, 2000);
        double single[ROUNDS], single_cpu[ROUNDS], many[ROUNDS], many_cpu[ROUNDS];

        if (argc > 2) {
                fprintf(stderr, "resolve_uv: getaddrinfo() asks the servers of /etc/resolv.conf, "
                                "port 53, and no others: %s\n",
                        argv[2]);
                return 77;
        }
        look_up(UNDER_WAY * 4, UNDER_WAY, &many[0], &many_cpu[0]);
        for (int round = 0; round < ROUNDS; round++) {
                look_up(count, 1, &single[round], &single_cpu[round]);
                look_up(count, UNDER_WAY, &many[round], &many_cpu[round]);
        }
        peer_print("resolve_ns", peer_median(single, ROUNDS));
        peer_print("resolve_cpu_ns", peer_median(single_cpu, ROUNDS));
        peer_print("resolve_64_ns", peer_median(many, ROUNDS));
        peer_print("resolve_64_cpu_ns", peer_median(many_cpu, ROUNDS));
        return 0;
}
