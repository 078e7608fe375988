/* SPDX-License-Identifier: MIT */
/*
 * The load of the echo benchmark: what an echo server returns, and what processor time it takes.
 *
 *      echo_load PORT PID CONNECTIONS DEPTH SECONDS
 *
 * Keeps DEPTH messages of 64 bytes under way on each of CONNECTIONS, sends as many as come back,
 * and looks at every byte. What it prints stands in load.h. It uses io_uring because that loads a
 * server most: multishot receives into shared buffers, sends whose completions are not told.
 */
#include "load.h"

#include <liburing.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_BYTES 64u
#define DEPTH_MAX 64u
#define CONNECTIONS_MAX 10000u
#define BUFFERS 4096u
#define BUFFER_BYTES 2048u
#define ANSWER_SECONDS 10
#define TAG_SEND (1ull << 32)

struct load {
        struct io_uring ring;
        struct io_uring_buf_ring *buffers;
        char *memory;    /* of the buffers */
        int *sockets;    /* by connection */
        uint64_t *bytes; /* that came back, by connection */
        uint64_t messages;
        char pattern[MESSAGE_BYTES * DEPTH_MAX + BUFFER_BYTES];
};

static int socket_connect(uint16_t port)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

        if (fd < 0)
                fail("socket", errno);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
                fail("connect", errno);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return fd;
}

static void ring_init(struct load *load)
{
        struct io_uring_params parameters = {
                .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                         IORING_SETUP_CQSIZE,
                .cq_entries = 32768,
        };
        size_t bytes = BUFFERS * sizeof(struct io_uring_buf);
        struct io_uring_buf_reg buffers = {.ring_entries = BUFFERS};
        int error = io_uring_queue_init_params(4096, &load->ring, &parameters);

        if (error < 0)
                fail("io_uring", -error);
        load->buffers =
                mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
        load->memory = malloc((size_t)BUFFERS * BUFFER_BYTES);
        if (load->buffers == MAP_FAILED || load->memory == NULL)
                fail("memory", ENOMEM);
        buffers.ring_addr = (uintptr_t)load->buffers;
        error = io_uring_register_buf_ring(&load->ring, &buffers, 0);
        if (error < 0)
                fail("buffers", -error);
        io_uring_buf_ring_init(load->buffers);
        for (unsigned i = 0; i < BUFFERS; i++)
                io_uring_buf_ring_add(load->buffers, load->memory + (size_t)i * BUFFER_BYTES,
                                      BUFFER_BYTES, (unsigned short)i,
                                      io_uring_buf_ring_mask(BUFFERS), (int)i);
        io_uring_buf_ring_advance(load->buffers, BUFFERS);
}

static struct io_uring_sqe *sqe_take(struct load *load)
{
        struct io_uring_sqe *sqe;

        while ((sqe = io_uring_get_sqe(&load->ring)) == NULL)
                io_uring_submit(&load->ring);
        return sqe;
}

static void receive(struct load *load, unsigned connection)
{
        struct io_uring_sqe *sqe = sqe_take(load);

        io_uring_prep_recv_multishot(sqe, load->sockets[connection], NULL, 0, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = 0;
        io_uring_sqe_set_data64(sqe, connection);
}

static void send_messages(struct load *load, unsigned connection, uint64_t count)
{
        struct io_uring_sqe *sqe = sqe_take(load);

        io_uring_prep_send(sqe, load->sockets[connection], load->pattern, count * MESSAGE_BYTES,
                           MSG_WAITALL | MSG_NOSIGNAL);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        io_uring_sqe_set_data64(sqe, TAG_SEND | connection);
}

static void received(struct load *load, const struct io_uring_cqe *cqe)
{
        unsigned connection = (unsigned)cqe->user_data;
        uint64_t *bytes = &load->bytes[connection], before = *bytes / MESSAGE_BYTES, more;
        unsigned buffer = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
        const char *data = load->memory + (size_t)buffer * BUFFER_BYTES;

        if (cqe->res <= 0 && cqe->res != -ENOBUFS)
                fail("a connection was closed", -cqe->res);
        if (cqe->res > 0) {
                if (memcmp(data, load->pattern + *bytes % MESSAGE_BYTES, (size_t)cqe->res) != 0)
                        fail("not what was sent", EBADMSG);
                *bytes += (uint64_t)cqe->res;
                io_uring_buf_ring_add(load->buffers, load->memory + (size_t)buffer * BUFFER_BYTES,
                                      BUFFER_BYTES, (unsigned short)buffer,
                                      io_uring_buf_ring_mask(BUFFERS), 0);
                io_uring_buf_ring_advance(load->buffers, 1);
                more = *bytes / MESSAGE_BYTES - before;
                load->messages += more;
                if (more > 0)
                        send_messages(load, connection, more);
        }
        if (!(cqe->flags & IORING_CQE_F_MORE))
                receive(load, connection);
}

static void run_until(struct load *load, double end)
{
        struct io_uring_cqe *cqe;
        unsigned head, count;
        int error;

        while (load_now() < end) {
                struct __kernel_timespec most = {.tv_sec = ANSWER_SECONDS};

                error = io_uring_submit_and_wait_timeout(&load->ring, &cqe, 1, &most, NULL);
                if (error == -ETIME)
                        fail("no answer", ETIMEDOUT);
                if (error < 0 && error != -EINTR)
                        fail("io_uring", -error);
                count = 0;
                io_uring_for_each_cqe(&load->ring, head, cqe) {
                        count++;
                        if (cqe->user_data < TAG_SEND)
                                received(load, cqe);
                        else if (cqe->res < 0)
                                fail("send", -cqe->res);
                }
                io_uring_cq_advance(&load->ring, count);
        }
}

int main(int argc, char **argv)
{
        static struct load load;
        unsigned connections, depth, process, i;
        double seconds;
        uint16_t port;

        if (argc != 6) {
                fprintf(stderr, "usage: echo_load PORT PID CONNECTIONS DEPTH SECONDS\n");
                return 2;
        }
        port = (uint16_t)load_number(argv[1], 65535);
        process = load_number(argv[2], INT32_MAX);
        connections = load_number(argv[3], CONNECTIONS_MAX);
        depth = load_number(argv[4], DEPTH_MAX);
        seconds = strtod(argv[5], NULL);

        for (size_t k = 0; k < sizeof load.pattern; k++)
                load.pattern[k] = (char)('0' + k % MESSAGE_BYTES);
        load.sockets = calloc(connections, sizeof *load.sockets);
        load.bytes = calloc(connections, sizeof *load.bytes);
        if (load.sockets == NULL || load.bytes == NULL)
                fail("memory", ENOMEM);
        ring_init(&load);
        for (i = 0; i < connections; i++)
                load.sockets[i] = socket_connect(port);
        for (i = 0; i < connections; i++)
                receive(&load, i);
        for (i = 0; i < connections; i++)
                send_messages(&load, i, depth);

        load_measure(run_until, &load, &load.messages, process, seconds);
        for (i = 0; i < connections; i++)
                if (load.bytes[i] == 0)
                        fail("a connection has starved", ETIMEDOUT);
        return 0;
}
