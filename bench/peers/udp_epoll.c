/* SPDX-License-Identifier: MIT */
/* A UDP echo server on epoll: the least code that answers, 64 datagrams with a call. */
#include "echo_peer.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#define COUNT 64

int main(void)
{
        static char bytes[COUNT][2048];
        static struct sockaddr_in from[COUNT];
        static struct iovec vectors[COUNT];
        static struct mmsghdr messages[COUNT];
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct epoll_event event = {.events = EPOLLIN | EPOLLET};
        socklen_t length = sizeof address;
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);

        echo_require(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
        getsockname(fd, (struct sockaddr *)&address, &length);
        echo_announce(ntohs(address.sin_port));
        echo_require(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll");
        for (;;) {
                int count;

                for (int i = 0; i < COUNT; i++) {
                        vectors[i] = (struct iovec){bytes[i], sizeof bytes[i]};
                        messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                                              .msg_namelen = sizeof from[i],
                                                              .msg_iov = &vectors[i],
                                                              .msg_iovlen = 1};
                }
                count = recvmmsg(fd, messages, COUNT, 0, NULL);
                if (count < 0) {
                        echo_require(errno == EAGAIN, "receive");
                        epoll_wait(epoll, &event, 1, -1);
                        continue;
                }
                for (int i = 0; i < count; i++)
                        vectors[i].iov_len = messages[i].msg_len;
                for (int sent = 0; sent < count;) {
                        int some = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);

                        echo_require(some > 0 || errno == EAGAIN, "send");
                        sent += some > 0 ? some : 0;
                }
        }
}
