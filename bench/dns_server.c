/* SPDX-License-Identifier: MIT */
/*
 * The name server of the lookup benchmark.
 *
 *      dns_server [ADDRESS PORT]
 *
 * Answers at once: whatever name is asked for, a question for A has the address 127.0.0.7, any
 * other question has an empty answer. Takes and sends what is there with one call, so that it is
 * not what is measured. It is no mori program and knows nothing of who asks. It says "listening on
 * ADDRESS:PORT" (without arguments 127.0.0.1 and a free port) and runs until it is killed.
 */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define BATCH       64u
#define BYTES       512u
#define HEAD_BYTES  12u
#define TYPE_A      1u
#define LABEL_BYTES 63u

struct question {
        unsigned char bytes[BYTES];
        struct sockaddr_in from;
};

/*
 * Turns the question (RFC 1035, 4.1) into its answer. Returns the bytes of the answer; 0: it is no
 * question.
 */
static unsigned answer_make(unsigned char *message, unsigned bytes)
{
        static const unsigned char address[] = {0xc0, HEAD_BYTES, 0, TYPE_A, 0, 1, 0, 0,
                                                0,    60,         0, 4,      127, 0, 0, 7};
        unsigned end = HEAD_BYTES;
        bool has;

        while (end < bytes && message[end] != 0 && message[end] <= LABEL_BYTES)
                end += 1u + message[end];
        /* The end of the name, the type, the class; what an extension adds to them is cut off. */
        if (end + 5 > bytes || message[end] != 0 || (message[2] & 0x80) != 0)
                return 0;
        end += 5;
        has = message[end - 4] == 0 && message[end - 3] == TYPE_A;
        if (has && end + sizeof address > BYTES)
                return 0;
        message[2] |= 0x80; /* an answer */
        message[3] = 0x80;  /* recursion is available, no error */
        memset(message + 4, 0, 8);
        message[5] = 1;
        message[7] = has;
        if (has)
                memcpy(message + end, address, sizeof address);
        return end + (has ? (unsigned)sizeof address : 0);
}

static int socket_open(const char *host, const char *port)
{
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t length = sizeof address;
        char text[INET_ADDRSTRLEN];
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
                fail(host, EINVAL);
        if (port != NULL)
                address.sin_port = htons((uint16_t)load_number(port, 65535));
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
            getsockname(fd, (struct sockaddr *)&address, &length) < 0)
                fail(host, errno);
        printf("listening on %s:%u\n", inet_ntop(AF_INET, &address.sin_addr, text, sizeof text),
               ntohs(address.sin_port));
        fflush(stdout);
        return fd;
}

int main(int argc, char **argv)
{
        static struct question questions[BATCH];
        static struct iovec pieces[BATCH];
        static struct mmsghdr messages[BATCH], answers[BATCH];
        int fd;

        if (argc != 1 && argc != 3) {
                fprintf(stderr, "usage: dns_server [ADDRESS PORT]\n");
                return 2;
        }
        fd = socket_open(argc == 3 ? argv[1] : "127.0.0.1", argc == 3 ? argv[2] : NULL);
        for (;;) {
                unsigned count = 0;
                int received;

                for (unsigned i = 0; i < BATCH; i++) {
                        pieces[i] = (struct iovec){questions[i].bytes, BYTES};
                        messages[i].msg_hdr =
                                (struct msghdr){.msg_name = &questions[i].from,
                                                .msg_namelen = sizeof questions[i].from,
                                                .msg_iov = &pieces[i],
                                                .msg_iovlen = 1};
                }
                received = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
                if (received < 0 && errno != EINTR)
                        fail("receive", errno);
                for (int i = 0; i < received; i++) {
                        pieces[i].iov_len = answer_make(questions[i].bytes, messages[i].msg_len);
                        if (pieces[i].iov_len > 0)
                                answers[count++].msg_hdr = messages[i].msg_hdr;
                }
                for (unsigned sent = 0; sent < count;) {
                        int now_sent = sendmmsg(fd, answers + sent, count - sent, 0);

                        /* Who has gone away is told by the send after it, and is no error here. */
                        if (now_sent < 0 && errno != ECONNREFUSED && errno != EINTR)
                                fail("send", errno);
                        sent += now_sent > 0 ? (unsigned)now_sent : 0;
                }
        }
}
