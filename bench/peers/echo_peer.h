/* SPDX-License-Identifier: MIT */
/* What the echo servers beside ours share: a listener on a free port, announced as ours does it. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void echo_require(int condition, const char *what)
{
        if (!condition) {
                perror(what);
                exit(1);
        }
}

static inline void echo_announce(int port)
{
        printf("listening on 127.0.0.1:%d\n", port);
        fflush(stdout);
}

static inline int echo_listen(int flags)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        socklen_t length = sizeof address;
        int fd = socket(AF_INET, SOCK_STREAM | flags, 0), one = 1;

        echo_require(fd >= 0, "socket");
        /* What is accepted has it, too. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        echo_require(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
        echo_require(listen(fd, 4096) == 0, "listen");
        getsockname(fd, (struct sockaddr *)&address, &length);
        echo_announce(ntohs(address.sin_port));
        return fd;
}
