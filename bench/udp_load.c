/* SPDX-License-Identifier: MIT */
/*
 * The load of the UDP echo benchmark: what an echo server returns, and what processor time it
 * takes.
 *
 *      udp_load PORT PID SOCKETS DEPTH SECONDS
 *
 * Keeps DEPTH datagrams of 64 bytes under way on each of SOCKETS, sends as many as come back, and
 * looks at every byte. What is lost is sent again when nothing has come for a while. What it prints
 * stands in load.h.
 *
 * SOCKETS times DEPTH is to stay below what the server's socket has room for, about 250.
 */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_BYTES 64u
#define DEPTH_MAX     64u
#define SOCKETS_MAX   1000u
#define LOST_MS       100
#define LOST_MAX      50

struct load {
        int sockets[SOCKETS_MAX], epoll;
        unsigned count, depth, lost;
        uint64_t messages;
        char pattern[MESSAGE_BYTES], received[DEPTH_MAX][2 * MESSAGE_BYTES];
        struct iovec out, in[DEPTH_MAX];
        struct mmsghdr outs[DEPTH_MAX], ins[DEPTH_MAX];
};

static int socket_connect(uint16_t port)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
                fail("socket", errno);
        return fd;
}

static void init(struct load *load, uint16_t port)
{
        for (unsigned k = 0; k < MESSAGE_BYTES; k++)
                load->pattern[k] = (char)('0' + k);
        load->out = (struct iovec){load->pattern, MESSAGE_BYTES};
        for (unsigned i = 0; i < DEPTH_MAX; i++) {
                load->in[i] = (struct iovec){load->received[i], sizeof load->received[i]};
                load->outs[i].msg_hdr = (struct msghdr){.msg_iov = &load->out, .msg_iovlen = 1};
                load->ins[i].msg_hdr = (struct msghdr){.msg_iov = &load->in[i], .msg_iovlen = 1};
        }
        load->epoll = epoll_create1(EPOLL_CLOEXEC);
        for (unsigned i = 0; i < load->count; i++) {
                struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

                load->sockets[i] = socket_connect(port);
                if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->sockets[i], &event) < 0)
                        fail("epoll", errno);
        }
}

static void send_messages(struct load *load, int fd, unsigned count)
{
        for (unsigned sent = 0; sent < count;) {
                int now_sent = sendmmsg(fd, load->outs, count - sent, 0);

                if (now_sent < 0 && errno != EAGAIN)
                        fail("send", errno);
                sent += now_sent > 0 ? (unsigned)now_sent : 0;
        }
}

static void serve(struct load *load, int fd)
{
        int count = recvmmsg(fd, load->ins, DEPTH_MAX, MSG_DONTWAIT, NULL);

        if (count < 0 && errno != EAGAIN)
                fail("receive", errno);
        for (int i = 0; i < count; i++)
                if (load->ins[i].msg_len != MESSAGE_BYTES ||
                    memcmp(load->received[i], load->pattern, MESSAGE_BYTES) != 0)
                        fail("not what was sent", EBADMSG);
        if (count > 0) {
                load->messages += (unsigned)count;
                send_messages(load, fd, (unsigned)count);
        }
}

static void run_until(struct load *load, double end)
{
        struct epoll_event events[64];

        while (load_now() < end) {
                int count = epoll_wait(load->epoll, events, 64, LOST_MS);

                for (int i = 0; i < count; i++)
                        serve(load, load->sockets[events[i].data.u32]);
                if (count != 0)
                        continue;
                if (++load->lost > LOST_MAX)
                        fail("no answer", ETIMEDOUT);
                for (unsigned i = 0; i < load->count; i++)
                        send_messages(load, load->sockets[i], load->depth);
        }
}

int main(int argc, char **argv)
{
        static struct load load;
        unsigned process;
        double seconds;
        uint16_t port;

        if (argc != 6) {
                fprintf(stderr, "usage: udp_load PORT PID SOCKETS DEPTH SECONDS\n");
                return 2;
        }
        port = (uint16_t)load_number(argv[1], 65535);
        process = load_number(argv[2], INT32_MAX);
        load.count = load_number(argv[3], SOCKETS_MAX);
        load.depth = load_number(argv[4], DEPTH_MAX);
        seconds = strtod(argv[5], NULL);

        init(&load, port);
        for (unsigned i = 0; i < load.count; i++)
                send_messages(&load, load.sockets[i], load.depth);
        load_measure(run_until, &load, &load.messages, process, seconds);
        return 0;
}
