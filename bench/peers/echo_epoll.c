/* SPDX-License-Identifier: MIT */
/* An echo server as one writes it by hand: a loop over epoll, one buffer, read and write. */
#include "echo_peer.h"

#include <sys/epoll.h>

static void accept_all(int epoll, int listener)
{
        struct epoll_event event = {.events = EPOLLIN};

        while ((event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
                epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
}

static void echo(int fd)
{
        static char buffer[65536];
        ssize_t count = recv(fd, buffer, sizeof buffer, 0);

        if (count <= 0 || send(fd, buffer, (size_t)count, MSG_NOSIGNAL) != count)
                close(fd);
}

int main(void)
{
        int listener = echo_listen(SOCK_NONBLOCK), epoll = epoll_create1(0), count, i;
        struct epoll_event events[1024] = {{.events = EPOLLIN, .data.fd = listener}};

        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, events);
        for (;;) {
                count = epoll_wait(epoll, events, 1024, -1);
                for (i = 0; i < count; i++) {
                        if (events[i].data.fd == listener)
                                accept_all(epoll, listener);
                        else
                                echo(events[i].data.fd);
                }
        }
}
