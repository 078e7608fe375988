/* SPDX-License-Identifier: MIT */
/*
 * An echo server on bare liburing: multishot accept and receive, provided buffers, and each send
 * straight from the buffer that it came in.
 *
 *      echo_uring [defer]      with IORING_SETUP_DEFER_TASKRUN
 */
#include "echo_peer.h"

#include <errno.h>
#include <liburing.h>
#include <string.h>
#include <sys/mman.h>

#define BUFFERS 4096u
#define BUFFER_BYTES 2048u
#define RECEIVE 1ull
#define SEND 2ull

static struct io_uring ring;

static struct io_uring_sqe *sqe_take(void)
{
        struct io_uring_sqe *sqe;

        while ((sqe = io_uring_get_sqe(&ring)) == NULL)
                io_uring_submit(&ring);
        return sqe;
}

static void accept_more(int listener)
{
        struct io_uring_sqe *sqe = sqe_take();

        io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
        io_uring_sqe_set_data64(sqe, 0);
}

static void receive(int fd)
{
        struct io_uring_sqe *sqe = sqe_take();

        io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = 0;
        io_uring_sqe_set_data64(sqe, RECEIVE << 62 | (unsigned)fd);
}

static void send_back(int fd, unsigned buffer, const char *data, size_t bytes)
{
        struct io_uring_sqe *sqe = sqe_take();

        io_uring_prep_send(sqe, fd, data, bytes, MSG_WAITALL | MSG_NOSIGNAL);
        io_uring_sqe_set_data64(sqe, SEND << 62 | (uint64_t)buffer << 32 | (unsigned)fd);
}

int main(int argc, char **argv)
{
        struct io_uring_params parameters = {
                .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                         IORING_SETUP_CQSIZE,
                .cq_entries = 16384,
        };
        struct io_uring_buf_reg registered = {.ring_entries = BUFFERS};
        struct io_uring_buf_ring *buffers = mmap(NULL, BUFFERS * sizeof(struct io_uring_buf),
                                                 PROT_READ | PROT_WRITE,
                                                 MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
        char *memory = malloc((size_t)BUFFERS * BUFFER_BYTES);
        int listener = echo_listen(0), mask = io_uring_buf_ring_mask(BUFFERS);
        struct io_uring_cqe *cqe;
        unsigned head, i;

        if (argc > 1 && strcmp(argv[1], "defer") == 0)
                parameters.flags |= IORING_SETUP_DEFER_TASKRUN;
        echo_require(io_uring_queue_init_params(4096, &ring, &parameters) == 0, "io_uring");
        registered.ring_addr = (uintptr_t)buffers;
        echo_require(io_uring_register_buf_ring(&ring, &registered, 0) == 0, "buffers");
        io_uring_buf_ring_init(buffers);
        for (i = 0; i < BUFFERS; i++)
                io_uring_buf_ring_add(buffers, memory + (size_t)i * BUFFER_BYTES, BUFFER_BYTES,
                                      (unsigned short)i, mask, (int)i);
        io_uring_buf_ring_advance(buffers, BUFFERS);

        accept_more(listener);
        for (;;) {
                int returned = 0;
                unsigned count = 0;

                io_uring_submit_and_wait(&ring, 1);
                io_uring_for_each_cqe(&ring, head, cqe) {
                        int fd = (int)(cqe->user_data & 0xffffffff);
                        unsigned more = cqe->flags & IORING_CQE_F_MORE, buffer;

                        count++;
                        if (cqe->user_data == 0) {
                                if (cqe->res >= 0)
                                        receive(cqe->res);
                                if (!more)
                                        accept_more(listener);
                        } else if (cqe->user_data >> 62 == SEND) {
                                buffer = cqe->user_data >> 32 & 0xffff;
                                io_uring_buf_ring_add(
                                        buffers, memory + (size_t)buffer * BUFFER_BYTES,
                                        BUFFER_BYTES, (unsigned short)buffer, mask, returned++);
                        } else if (cqe->res <= 0 && cqe->res != -ENOBUFS) {
                                close(fd);
                        } else {
                                buffer = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
                                if (cqe->res > 0)
                                        send_back(fd, buffer,
                                                  memory + (size_t)buffer * BUFFER_BYTES,
                                                  (size_t)cqe->res);
                                if (!more)
                                        receive(fd);
                        }
                }
                io_uring_buf_ring_advance(buffers, returned);
                io_uring_cq_advance(&ring, count);
        }
}
