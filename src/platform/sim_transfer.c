/* SPDX-License-Identifier: MIT */
/*
 * The operations of the simulation that move bytes through sources and sinks: receive (also READ of
 * a stream), send (also WRITE to a stream), sendfile, splice; and poll, which tells whether they
 * would.
 *
 *      attempt --look: wait-----------------> SIM_STEP_WAIT   (kicked when the other side moves)
 *              --moved all, or may be short-> SIM_STEP_DONE
 *              --moved some of all----------> SIM_STEP_AGAIN
 *              --look: end or error---------> SIM_STEP_DONE   (moved bytes go before the error)
 *
 * Which of them may be short:
 *
 *      RECV, READ, SPLICE       what there is, one byte at least; RECV with MSG_WAITALL all, but
 *                               for end, error and cancel
 *      SEND, SENDV, SENDFILE    all, but for error and cancel
 *      WRITE to a stream        either, as real kernels do it in one mode or the other: the seed
 *                               decides; but up to PIPE_BUF bytes go into a pipe whole
 *
 * Invariants.
 *   (1) Bytes that were moved are told: an error that comes behind them is left for the next
 *       operation.
 *   (2) A RECV with MULTI takes an engine buffer only with bytes for it. While all are out it ends
 *       with -ENOBUFS, when there are bytes; and, by the seed, also when there are none, as some
 *       kernels do.
 *   (3) The buffer of a RECV is written in the attempt that completes. With MSG_WAITALL the bytes
 *       wait in a stage.
 */
#include "platform/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* How many of `length` bytes this attempt moves: fewer by a fault. */
static size_t slice(struct sim *sim, const struct sim_operation *operation, size_t length)
{
        if (!operation->shortened || length == 0)
                return length;
        return 1 + (size_t)sim_roll(sim, SIM_DICE_FAULT, length);
}

static enum sim_step done_with_moved(struct sim_operation *operation, int64_t otherwise)
{
        return sim_done(operation, operation->moved > 0 ? (int64_t)operation->moved : otherwise);
}

/* Copies out of a queue into the buffers of an operation. */
static void queue_scatter(const struct sim_bytes *queue, struct sim_operation *operation,
                          size_t length)
{
        size_t first = length < queue->size - queue->head ? length : queue->size - queue->head;

        sim_operation_scatter(operation, 0, queue->bytes + queue->head, first);
        if (length > first)
                sim_operation_scatter(operation, first, queue->bytes, length - first);
}

static enum sim_step stage_done(struct sim_operation *operation, int64_t otherwise)
{
        if (operation->stage != NULL)
                sim_operation_scatter(operation, 0, operation->stage, operation->moved);
        return done_with_moved(operation, otherwise);
}

enum sim_step sim_step_receive(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        uint32_t flags = operation->copy.code == PLATFORM_RECV ? operation->copy.flags : 0;
        bool all = (flags & MSG_WAITALL) != 0 && (flags & MSG_PEEK) == 0;
        struct sim_bytes *queue;
        size_t length;
        int r;

        if (!sim_is_source(target))
                return sim_done(operation, -EBADF);
        if (operation->bytes == 0)
                return sim_done(operation, 0);
        r = sim_source_look(target, operation->moved == 0, &queue);
        if (r == -EAGAIN && (flags & MSG_DONTWAIT) == 0)
                return SIM_STEP_WAIT;
        if (r <= 0)
                return stage_done(operation, r);
        length = operation->bytes - operation->moved;
        length = slice(sim, operation, length < queue->length ? length : queue->length);
        if (!all) {
                queue_scatter(queue, operation, length);
                if ((flags & MSG_PEEK) == 0) {
                        sim_bytes_drop(queue, length);
                        sim_source_taken(target);
                }
                return sim_done(operation, (int64_t)length);
        }
        if (operation->stage == NULL)
                operation->stage = sim_allocate(sim, operation->bytes);
        sim_bytes_copy(queue, operation->stage + operation->moved, length);
        sim_bytes_drop(queue, length);
        operation->moved += length;
        sim_source_taken(target);
        return operation->moved == operation->bytes ? stage_done(operation, 0) : SIM_STEP_AGAIN;
}

/* (2) */
enum sim_step sim_step_receive_multi(struct sim *sim, struct sim_operation *operation)
{
        struct sim_bytes *queue;
        uint32_t choice;
        size_t length;
        int r;

        r = sim_source_look(operation->target, true, &queue);
        if (r == -EAGAIN && (sim->buffers_free_count > 0 || sim_roll(sim, SIM_DICE_ORDER, 2) == 0))
                return SIM_STEP_WAIT;
        if (r <= 0 && r != -EAGAIN)
                return sim_done(operation, r);
        if (sim->buffers_free_count == 0)
                return sim_done(operation, -ENOBUFS);
        choice = (uint32_t)sim_roll(sim, SIM_DICE_ORDER, sim->buffers_free_count);
        operation->buffer = sim->buffers_free[choice];
        sim->buffers_free[choice] = sim->buffers_free[--sim->buffers_free_count];
        sim->buffer_out[operation->buffer] = true;
        length =
                queue->length < sim->config.buffer_bytes ? queue->length : sim->config.buffer_bytes;
        length = slice(sim, operation, length);
        sim_bytes_copy(queue,
                       sim->buffer_memory + (size_t)operation->buffer * sim->config.buffer_bytes,
                       length);
        sim_bytes_drop(queue, length);
        sim_source_taken(operation->target);
        operation->flags = PLATFORM_MORE | PLATFORM_BUFFER;
        return sim_done(operation, (int64_t)length);
}

/* Unix sockets copy always. */
static bool is_lending(const struct sim_operation *operation)
{
        const struct sim_description *target = operation->target;

        return (operation->copy.op_flags & PLATFORM_OP_ZERO_COPY) != 0 &&
               target->kind == SIM_SOCKET && target->socket->family != AF_UNIX;
}

void sim_send_cut(struct sim *sim, struct sim_operation *operation)
{
        if (operation->moved > 0 && is_lending(operation) &&
            operation->target->socket->state == SIM_SOCKET_CONNECTED)
                sim_socket_reset(sim, operation->target->socket, true);
}

/*
 * The last word on a send with ZERO_COPY; every fourth was copied though it could have been lent.
 */
static enum sim_step zero_copy_done(struct sim *sim, struct sim_operation *operation)
{
        if (!is_lending(operation) || sim_roll(sim, SIM_DICE_ORDER, 4) == 0)
                operation->flags = PLATFORM_COPIED;
        return sim_done(operation, (int64_t)operation->moved);
}

enum sim_step sim_step_send(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target;
        bool write =
                operation->copy.code == PLATFORM_WRITE || operation->copy.code == PLATFORM_WRITEV;
        uint32_t flags = write ? 0 : operation->copy.flags;
        bool atomic = target->kind == SIM_PIPE && operation->bytes <= PIPE_BUF;
        size_t length = operation->bytes - operation->moved;
        struct sim_bytes *queue;
        size_t room, given = 0;
        int r;

        if (operation->lent)
                return zero_copy_done(sim, operation);
        if (!sim_is_sink(target))
                return sim_done(operation, -EBADF);
        r = sim_sink_look(target, atomic ? length : 1, operation->moved == 0, &queue, &room);
        if (length == 0)
                return sim_done(operation, 0);
        if (r == -EAGAIN && (flags & MSG_DONTWAIT) == 0 &&
            !(write && operation->moved > 0 && !operation->whole))
                return SIM_STEP_WAIT;
        if (r < 0)
                return done_with_moved(operation, r);
        if (length > room)
                length = room;
        if (!atomic)
                length = slice(sim, operation, length);
        while (given < length) {
                size_t piece_length;
                const void *piece = sim_operation_piece(operation, operation->moved, &piece_length);

                if (piece_length > length - given)
                        piece_length = length - given;
                sim_sink_give(target, queue, piece, piece_length);
                given += piece_length;
                operation->moved += piece_length;
        }
        if (operation->moved < operation->bytes && !(write && operation->shortened))
                return SIM_STEP_AGAIN;
        if ((operation->copy.op_flags & PLATFORM_OP_ZERO_COPY) == 0)
                return sim_done(operation, (int64_t)operation->moved);
        if (!is_lending(operation))
                return zero_copy_done(sim, operation);
        sim_operation_lend(sim, operation);
        return SIM_STEP_LENT;
}

enum sim_step sim_step_sendfile(struct sim *sim, struct sim_operation *operation)
{
        const struct sim_description *source = operation->second;
        struct sim_description *target = operation->target;
        const struct sim_node *node = source->node;
        bool positioned = operation->copy.offset != UINT64_MAX;
        uint64_t offset = positioned ? operation->copy.offset + operation->moved : source->position;
        size_t wanted =
                operation->copy.length < SIM_MOVE_MAX ? operation->copy.length : SIM_MOVE_MAX;
        struct sim_bytes *queue;
        size_t length, room;
        int r;

        if (source->kind != SIM_NODE && positioned)
                return sim_done(operation, -ESPIPE);
        if (source->kind != SIM_NODE || !S_ISREG(node->mode))
                return sim_done(operation, -EINVAL);
        if ((source->flags & O_ACCMODE) == O_WRONLY || (source->flags & O_PATH) != 0)
                return sim_done(operation, -EBADF);
        if (!sim_is_sink(target))
                return sim_done(operation, -EINVAL);
        if (positioned && operation->copy.offset > INT64_MAX - (uint64_t)wanted)
                return sim_done(operation, -EINVAL);
        length = wanted - operation->moved;
        if (offset >= node->size)
                length = 0;
        else if (length > node->size - offset)
                length = node->size - (size_t)offset;
        if (length == 0)
                return done_with_moved(operation, 0);
        r = sim_sink_look(target, 1, operation->moved == 0, &queue, &room);
        if (r == -EAGAIN)
                return SIM_STEP_WAIT;
        if (r < 0)
                return done_with_moved(operation, r);
        length = slice(sim, operation, length < room ? length : room);
        sim_sink_give(target, queue, node->bytes + offset, length);
        operation->moved += length;
        if (!positioned)
                operation->second->position += length;
        return operation->moved == wanted ? done_with_moved(operation, 0) : SIM_STEP_AGAIN;
}

/* The two sides of a splice when they are files. */
static int splice_source_look(struct sim_description *source, size_t *ret_length)
{
        const struct sim_node *node = source->node;
        struct sim_bytes *queue;
        int r;

        if (source->kind == SIM_NODE) {
                if (!S_ISREG(node->mode))
                        return -EINVAL;
                if ((source->flags & O_ACCMODE) == O_WRONLY || (source->flags & O_PATH) != 0)
                        return -EBADF;
                *ret_length =
                        source->position < node->size ? node->size - (size_t)source->position : 0;
                return *ret_length > 0;
        }
        if (!sim_is_source(source))
                return -EBADF;
        r = sim_source_look(source, true, &queue);
        if (r == 1)
                *ret_length = queue->length;
        return r;
}

static int splice_sink_look(struct sim_description *target, struct sim_bytes **ret_queue,
                            size_t *ret_room)
{
        if (target->kind != SIM_NODE) {
                if (!sim_is_sink(target))
                        return -EBADF;
                return sim_sink_look(target, 1, true, ret_queue, ret_room);
        }
        if ((target->flags & O_ACCMODE) == O_RDONLY || (target->flags & O_PATH) != 0)
                return -EBADF;
        if (!S_ISREG(target->node->mode) || (target->flags & O_APPEND) != 0)
                return -EINVAL;
        *ret_room = SIZE_MAX;
        return 0;
}

enum sim_step sim_step_splice(struct sim *sim, struct sim_operation *operation)
{
        struct sim_description *target = operation->target, *source = operation->second;
        size_t length =
                operation->copy.length < SIM_MOVE_MAX ? operation->copy.length : SIM_MOVE_MAX;
        struct sim_bytes *from = NULL, *to = NULL;
        size_t there = 0, room = 0;
        uint8_t *bytes;
        ssize_t moved;
        bool at_end;
        int r;

        if (target->kind == SIM_PIPE && source->kind == SIM_PIPE &&
            (!sim_is_source(source) || !sim_is_sink(target)))
                return sim_done(operation, -EBADF);
        if ((target->kind != SIM_PIPE && source->kind != SIM_PIPE) ||
            (target->kind == SIM_PIPE && source->kind == SIM_PIPE && target->pipe == source->pipe))
                return sim_done(operation, -EINVAL);
        if (length == 0)
                return sim_done(operation, 0);
        r = splice_source_look(source, &there);
        if (r == -EAGAIN)
                return SIM_STEP_WAIT;
        if (r < 0)
                return sim_done(operation, r);
        at_end = r == 0;
        r = splice_sink_look(target, &to, &room);
        if (r < 0 && (r != -EAGAIN || !at_end))
                return r == -EAGAIN ? SIM_STEP_WAIT : sim_done(operation, r);
        if (at_end)
                return sim_done(operation, 0);
        length = length < there ? length : there;
        length = slice(sim, operation, length < room ? length : room);
        bytes = sim_allocate(sim, length);
        if (source->kind == SIM_NODE) {
                sim_node_read(source->node, source->position, bytes, length);
        } else {
                sim_source_look(source, false, &from);
                sim_bytes_copy(from, bytes, length);
        }
        if (target->kind == SIM_NODE) {
                moved = sim_node_write(sim, target->node, target->position, bytes, length);
                if (moved > 0)
                        target->position += (uint64_t)moved;
        } else {
                sim_sink_give(target, to, bytes, length);
                moved = (ssize_t)length;
        }
        free(bytes);
        if (moved > 0 && source->kind == SIM_NODE)
                source->position += (uint64_t)moved;
        if (moved > 0 && source->kind != SIM_NODE) {
                sim_bytes_drop(from, (size_t)moved);
                sim_source_taken(source);
        }
        return sim_done(operation, moved);
}

static uint32_t socket_events(const struct sim_socket *socket)
{
        uint32_t events = 0;

        if (socket->state == SIM_SOCKET_DATAGRAM)
                return POLLOUT | POLLWRNORM | (socket->error != 0 ? POLLERR | POLLIN : 0u) |
                       (socket->datagrams != NULL || socket->receive_shut ? POLLIN | POLLRDNORM
                                                                          : 0u);
        if (socket->state == SIM_SOCKET_LISTENING)
                return socket->queue_first != NULL ? POLLIN | POLLRDNORM : 0;
        if (socket->state == SIM_SOCKET_NEW)
                return POLLOUT | POLLWRNORM | POLLHUP;
        if (socket->receive.length > 0 || socket->parcels != NULL || socket->end_received ||
            socket->reset || socket->receive_shut)
                events |= POLLIN | POLLRDNORM;
        if (socket->end_received || socket->reset || socket->receive_shut)
                events |= POLLRDHUP;
        if (socket->error != 0)
                events |= POLLERR | POLLIN;
        if (socket->reset || (socket->send_shut && (socket->end_received || socket->receive_shut)))
                events |= POLLHUP;
        if (socket->peer == NULL || socket->send_shut ||
            socket->peer->receive.length < socket->peer->receive.limit)
                events |= POLLOUT | POLLWRNORM;
        return events;
}

static uint32_t pipe_events(const struct sim_description *description)
{
        const struct sim_pipe *pipe = description->pipe;

        if (pipe->reader == description)
                return (pipe->bytes.length > 0 ? POLLIN | POLLRDNORM : 0u) |
                       (pipe->writer == NULL ? POLLHUP : 0u);
        return (pipe->bytes.length < pipe->bytes.limit ? POLLOUT | POLLWRNORM : 0u) |
               (pipe->reader == NULL ? POLLERR : 0u);
}

enum sim_step sim_step_poll(struct sim *sim, struct sim_operation *operation)
{
        const struct sim_description *target = operation->target;
        uint32_t events;

        (void)sim;
        switch (target->kind) {
        case SIM_SOCKET:
                events = socket_events(target->socket);
                break;
        case SIM_PIPE:
                events = pipe_events(target);
                break;
        case SIM_WATCH:
                events = sim_watch_ready(target->watcher) ? POLLIN | POLLRDNORM : 0u;
                break;
        case SIM_INPUT:
                events = POLLIN | POLLRDNORM;
                break;
        case SIM_OUTPUT:
                events = POLLOUT | POLLWRNORM;
                break;
        default:
                events = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
                break;
        }
        events &= operation->copy.flags | POLLERR | POLLHUP;
        return events != 0 ? sim_done(operation, events) : SIM_STEP_WAIT;
}
