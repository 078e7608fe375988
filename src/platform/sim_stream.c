/* SPDX-License-Identifier: MIT */
/*
 * Streams of bytes in the simulation: the queue of bytes beneath all of them, pipes, the standard
 * streams, and what they and connections have in common: a source, which bytes are taken from, and
 * a sink, which bytes are given to.
 *
 *      sink --sim_sink_look, _give--> struct sim_bytes --sim_source_look, drop, _taken--> source
 *                                            |
 *                      giving kicks who reads; taking kicks who writes
 *
 * A source answers a look with: there are bytes; the end; wait; or an error. A sink: there is room;
 * wait; or an error. A look changes nothing, but an error that a kernel tells once (a reset) is
 * taken by a look with `take`.
 *
 * Invariants.
 *   (1) A byte queue never holds more than its limit, and its memory grows no further than what it
 *       has held.
 *   (2) Bytes come out in the order in which they went in, and none is lost but by a reset.
 *   (3) What changes a queue, or an end of it, kicks those who may wait for that.
 *   (4) The standard output is a sink without a limit; what was written stays, contiguous, for the
 *       test to read.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void bytes_grow(struct sim *sim, struct sim_bytes *queue, size_t length)
{
        size_t size = queue->size == 0 ? 256 : queue->size;
        uint8_t *bytes;

        while (size < length)
                size *= 2;
        if (size == queue->size)
                return;
        bytes = sim_allocate(sim, size);
        sim_bytes_copy(queue, bytes, queue->length);
        free(queue->bytes);
        queue->bytes = bytes;
        queue->size = size;
        queue->head = 0;
}

void sim_bytes_push(struct sim *sim, struct sim_bytes *queue, const void *bytes, size_t length)
{
        size_t at, first;

        if (length == 0)
                return;
        sim_assert(sim, length <= queue->limit - queue->length); /* (1) */
        bytes_grow(sim, queue, queue->length + length);
        at = (queue->head + queue->length) & (queue->size - 1);
        first = length < queue->size - at ? length : queue->size - at;
        memcpy(queue->bytes + at, bytes, first);
        memcpy(queue->bytes, (const uint8_t *)bytes + first, length - first);
        queue->length += length;
}

/* The first `length` bytes; they stay. */
void sim_bytes_copy(const struct sim_bytes *queue, void *bytes, size_t length)
{
        size_t first;

        if (length == 0)
                return;
        first = length < queue->size - queue->head ? length : queue->size - queue->head;
        memcpy(bytes, queue->bytes + queue->head, first);
        memcpy((uint8_t *)bytes + first, queue->bytes, length - first);
}

void sim_bytes_drop(struct sim_bytes *queue, size_t length)
{
        if (length == 0)
                return;
        queue->head = (queue->head + length) & (queue->size - 1);
        queue->length -= length;
}

void sim_bytes_free(struct sim_bytes *queue)
{
        free(queue->bytes);
        *queue = (struct sim_bytes){.limit = queue->limit};
}

int sim_pipe_new(struct sim *sim, int ret_fds[2])
{
        struct sim_pipe *pipe;
        int reader, writer;

        if (sim->descriptor_count + 2 > sim->limits.descriptors)
                return -EMFILE;
        pipe = sim_allocate(sim, sizeof(*pipe));
        pipe->bytes.limit = sim->limits.pipe_bytes;
        pipe->reader = sim_description_new(sim, SIM_PIPE);
        pipe->writer = sim_description_new(sim, SIM_PIPE);
        pipe->reader->pipe = pipe;
        pipe->writer->pipe = pipe;
        reader = sim_descriptor_add(sim, pipe->reader);
        writer = sim_descriptor_add(sim, pipe->writer);
        sim_assert(sim, reader >= 0 && writer >= 0);
        ret_fds[0] = reader;
        ret_fds[1] = writer;
        return 0;
}

void sim_pipe_close(struct sim *sim, struct sim_description *description)
{
        struct sim_pipe *pipe = description->pipe;

        if (pipe->reader == description) {
                pipe->reader = NULL;
                sim_description_kick(sim, pipe->writer, SIM_OUT);
        } else {
                pipe->writer = NULL;
                sim_description_kick(sim, pipe->reader, SIM_IN);
        }
        if (pipe->reader != NULL || pipe->writer != NULL)
                return;
        sim_bytes_free(&pipe->bytes);
        free(pipe);
}

bool sim_is_source(const struct sim_description *description)
{
        switch (description->kind) {
        case SIM_PIPE:
                return description->pipe->reader == description;
        case SIM_SOCKET:
        case SIM_INPUT:
                return true;
        default:
                return false;
        }
}

bool sim_is_sink(const struct sim_description *description)
{
        switch (description->kind) {
        case SIM_PIPE:
                return description->pipe->writer == description;
        case SIM_SOCKET:
        case SIM_OUTPUT:
                return true;
        default:
                return false;
        }
}

static int error_take(struct sim_socket *socket, bool take)
{
        int error = -socket->error;

        if (take)
                socket->error = 0;
        return error;
}

/*
 * After Linux: what was received comes before the end; TCP tells the end before an error, Unix
 * sockets the error first.
 */
static int socket_source_look(struct sim_socket *socket, bool take)
{
        if (socket->state != SIM_SOCKET_CONNECTED)
                return socket->family == AF_UNIX ? -EINVAL : -ENOTCONN;
        if (socket->receive.length > 0 || (socket->packets && socket->parcels != NULL))
                return 1;
        if (socket->family != AF_UNIX && socket->end_received)
                return 0;
        if (socket->error != 0)
                return error_take(socket, take);
        if (socket->end_received || socket->reset || socket->receive_shut || socket->peer == NULL)
                return 0;
        return -EAGAIN;
}

int sim_source_look(struct sim_description *description, bool take, struct sim_bytes **ret_queue)
{
        struct sim *sim = description->sim;
        struct sim_bytes *queue;
        int r;

        switch (description->kind) {
        case SIM_SOCKET:
                queue = &description->socket->receive;
                r = socket_source_look(description->socket, take);
                break;
        case SIM_PIPE:
                queue = &description->pipe->bytes;
                r = queue->length > 0 ? 1 : description->pipe->writer == NULL ? 0 : -EAGAIN;
                break;
        default:
                queue = &sim->input;
                r = queue->length > 0;
                break;
        }
        if (r == 1)
                *ret_queue = queue;
        return r;
}

static int room_look(struct sim_bytes *queue, size_t need, struct sim_bytes **ret_queue,
                     size_t *ret_room)
{
        size_t room = queue->limit > queue->length ? queue->limit - queue->length : 0;

        if (need > queue->limit)
                need = queue->limit;
        if (room == 0 || room < need)
                return -EAGAIN;
        *ret_queue = queue;
        *ret_room = room;
        return 0;
}

static int socket_sink_look(struct sim_socket *socket, size_t need, bool take,
                            struct sim_bytes **ret_queue, size_t *ret_room)
{
        if (socket->state != SIM_SOCKET_CONNECTED)
                return socket->family == AF_UNIX ? -ENOTCONN : -EPIPE;
        if (socket->family == AF_UNIX) {
                /* The error stays for the receiver. */
                if (socket->send_shut || socket->peer == NULL || socket->peer->receive_shut)
                        return -EPIPE;
                return room_look(&socket->peer->receive, need, ret_queue, ret_room);
        }
        if (socket->error != 0)
                return error_take(socket, take);
        if (socket->send_shut || socket->reset)
                return -EPIPE;
        if (socket->peer != NULL)
                return room_look(&socket->peer->receive, need, ret_queue, ret_room);
        /*
         * The peer has closed: TCP swallows this, and learns from the answer, a RST, that nobody is
         * there.
         */
        *ret_queue = NULL;
        *ret_room = SIZE_MAX;
        return 0;
}

int sim_sink_look(struct sim_description *description, size_t need, bool take,
                  struct sim_bytes **ret_queue, size_t *ret_room)
{
        struct sim *sim = description->sim;

        switch (description->kind) {
        case SIM_SOCKET:
                return socket_sink_look(description->socket, need, take, ret_queue, ret_room);
        case SIM_PIPE:
                if (description->pipe->reader == NULL)
                        return -EPIPE;
                return room_look(&description->pipe->bytes, need, ret_queue, ret_room);
        default:
                return room_look(&sim->output[description->number - 1], need, ret_queue, ret_room);
        }
}

void sim_source_taken(struct sim_description *description)
{
        struct sim *sim = description->sim;

        if (description->kind == SIM_PIPE)
                sim_description_kick(sim, description->pipe->writer, SIM_OUT);
        if (description->kind == SIM_SOCKET)
                sim_parcels_passed(sim, description->socket);
        if (description->kind == SIM_SOCKET && description->socket->peer != NULL)
                sim_description_kick(sim, description->socket->peer->description, SIM_OUT);
}

/*
 * What is written to a standard stream goes to the real one, too, if asked for. Nothing in the run
 * depends on whether it can.
 */
static void output_echo(const struct sim *sim, int fd, const uint8_t *bytes, size_t length)
{
        while (sim->echo && length > 0) {
                ssize_t n = write(fd, bytes, length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return;
                bytes += n;
                length -= (size_t)n;
        }
}

void sim_sink_give(struct sim_description *description, struct sim_bytes *queue, const void *bytes,
                   size_t length)
{
        struct sim *sim = description->sim;

        if (queue == NULL) {
                /*
                 * The RST: we have had the peer's end before, so the error is EPIPE (tcp_reset() in
                 * CLOSE_WAIT).
                 */
                description->socket->reset = true;
                description->socket->error = EPIPE;
                sim_description_kick(sim, description, SIM_IN);
                return;
        }
        sim_bytes_push(sim, queue, bytes, length);
        if (description->kind == SIM_SOCKET)
                description->socket->peer->given += length;
        if (description->kind == SIM_PIPE)
                sim_description_kick(sim, description->pipe->reader, SIM_IN);
        else if (description->kind == SIM_SOCKET)
                sim_description_kick(sim, description->socket->peer->description, SIM_IN);
        else
                output_echo(sim, description->number, bytes, length);
}
