/* SPDX-License-Identifier: MIT */
/*
 * The load of the UDP echo benchmark: what an echo server returns, and what processor time it
 * takes.
 *
 *      udp_load PORT PID SOCKETS DEPTH SECONDS
 *
 * Keeps DEPTH datagrams of 64 bytes under way on each of SOCKETS, sends as many as come back, and
 * looks at every byte. What is lost is sent again when nothing has come for a while. After a
 * warm-up it counts for SECONDS, and takes the processor time of process PID at both ends, as
 * bench/echo_load.c does. It prints two lines of results:
 *
 *      messages_per_s          on the clock
 *      messages_per_cpu_s      for a second of the process's time
 *
 * SOCKETS times DEPTH is to stay below what the server's socket has room for, about 250.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES 64u
#define DEPTH_MAX     64u
#define SOCKETS_MAX   1000u
#define WARM_SECONDS  0.5
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

__attribute__((noreturn)) static void fail(const char *what, int error)
{
        fprintf(stderr, "udp_load: %s: %s\n", what, strerror(error));
        exit(1);
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Seconds on a processor, of all threads: the first field of /proc/PID/task/TID/schedstat. */
static double process_seconds(const char *path)
{
        unsigned long long nanoseconds, sum = 0;
        DIR *tasks = opendir(path);
        struct dirent *task;

        if (tasks == NULL)
                fail(path, errno);
        while ((task = readdir(tasks)) != NULL) {
                char name[512];
                FILE *file;

                if (task->d_name[0] == '.')
                        continue;
                snprintf(name, sizeof name, "%s/%s/schedstat", path, task->d_name);
                file = fopen(name, "r");
                if (file == NULL || fscanf(file, "%llu", &nanoseconds) != 1)
                        fail(name, errno);
                fclose(file);
                sum += nanoseconds;
        }
        closedir(tasks);
        return (double)sum * 1e-9;
}

static unsigned number(const char *text, unsigned most)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        if (*end != '\0' || value == 0 || value > most)
                fail(text, EINVAL);
        return (unsigned)value;
}

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

        while (now() < end) {
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
        double seconds, began, ended, used;
        uint64_t messages;
        char process[64];
        uint16_t port;

        if (argc != 6) {
                fprintf(stderr, "usage: udp_load PORT PID SOCKETS DEPTH SECONDS\n");
                return 2;
        }
        port = (uint16_t)number(argv[1], 65535);
        snprintf(process, sizeof process, "/proc/%u/task", number(argv[2], INT32_MAX));
        load.count = number(argv[3], SOCKETS_MAX);
        load.depth = number(argv[4], DEPTH_MAX);
        seconds = strtod(argv[5], NULL);

        init(&load, port);
        for (unsigned i = 0; i < load.count; i++)
                send_messages(&load, load.sockets[i], load.depth);
        run_until(&load, now() + WARM_SECONDS);
        used = process_seconds(process);
        messages = load.messages;
        began = now();
        run_until(&load, began + seconds);
        ended = now();
        used = process_seconds(process) - used;
        messages = load.messages - messages;
        if (messages == 0)
                fail("nothing came back", ETIMEDOUT);
        printf("messages_per_s %.0f\n", (double)messages / (ended - began));
        printf("messages_per_cpu_s %.0f\n", (double)messages / used);
        return 0;
}
