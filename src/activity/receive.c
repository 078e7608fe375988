/* SPDX-License-Identifier: MIT */
/*
 * Receiving from sockets. A socket that is read from has a receiver: a subscription (a RECV with MULTI) that brings buffers of the engine, and a short
 * queue of those that nobody has read yet. A reader takes from the queue, or waits to be filled by the next completion. So an
 * idle connection holds no buffer, one submission serves many reads, and cancelling a read is nothing but forgetting the reader: the kernel
 * never had its buffer.
 *
 *      off --a read finds nothing--> subscribed --queue full, nobody reads--> ending --last completion--> off
 *                                       | ENOBUFS, while somebody reads
 *                                       v
 *                                     plain: one RECV straight into the reader's buffer --> off
 *
 * Invariants.
 *  (1) Bytes are delivered once, in order: from the queue first; the queue is empty while a reader waits.
 *  (2) At most QUEUE_MAX buffers wait, plus those that complete while the subscription is ending.
 *  (3) There is at most one reader, and one operation, at a time.
 *  (4) `ended` is told after the queue was emptied.
 */
#include "activity/receive.h"

#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>
#include <string.h>

#define QUEUE_MAX 4

struct chunk {
        struct chunk *next;
        uint16_t buffer;
        uint32_t at, filled;
};

struct receiver {
        struct owned owned;
        struct process *process;
        struct operation *operation; /* the subscription, while there is one */
        struct chunk *first, **last;
        struct activity *reader;
        void *buffer;
        size_t bytes;
        struct activity *closer;
        int32_t ended; /* 0; 1: the peer will send no more; below 0: the error */
        int32_t fd;
        uint16_t queued;
        bool plain; /* the operation is a plain RECV into the reader's buffer */
};

static void subscribe(struct receiver *receiver);

static void receiver_release(struct owned *owned)
{
        struct receiver *receiver = (struct receiver *)owned;

        while (receiver->first != NULL) {
                struct chunk *chunk = receiver->first;

                receiver->first = chunk->next;
                platform_io_buffer_release(receiver->process->seat->io, chunk->buffer);
                stack_piece_free(chunk, 48);
        }
        stack_piece_free(receiver, sizeof *receiver);
}

static void reader_answer(struct receiver *receiver, int64_t answer)
{
        struct activity *reader = receiver->reader;

        receiver->reader = NULL;
        process_wake(receiver->process, reader, answer);
}

static void received(struct receiver *receiver, uint16_t buffer, uint32_t bytes)
{
        struct platform_io *io = receiver->process->seat->io;
        uint32_t at = 0;
        struct chunk *chunk;

        if (receiver->reader != NULL) {
                at = receiver->bytes < bytes ? (uint32_t)receiver->bytes : bytes;
                memcpy(receiver->buffer, platform_io_buffer(io, buffer), at);
                reader_answer(receiver, at);
                if (at == bytes) {
                        platform_io_buffer_release(io, buffer);
                        return;
                }
        }
        chunk = stack_piece_new(48);
        if (chunk == NULL) {
                platform_io_buffer_release(io, buffer);
                receiver->ended = -ENOMEM;
                operation_cancel(receiver->operation);
                return;
        }
        *chunk = (struct chunk){.buffer = buffer, .at = at, .filled = bytes};
        *receiver->last = chunk;
        receiver->last = &chunk->next;
        if (++receiver->queued >= QUEUE_MAX && receiver->operation != NULL)
                operation_cancel(receiver->operation);
}

static void plain_receive(struct receiver *receiver);

static void receive_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct receiver *receiver = operation->owner;
        bool plain = receiver->plain;

        if (!(flags & PLATFORM_MORE)) {
                operation_free(operation);
                receiver->operation = NULL;
                receiver->plain = false;
        }
        if (flags & PLATFORM_BUFFER) {
                if (result > 0)
                        received(receiver, buffer, (uint32_t)result);
                else
                        platform_io_buffer_release(receiver->process->seat->io, buffer);
        } else if (plain && result > 0) {
                reader_answer(receiver, result);
        }
        if (result == 0)
                receiver->ended = 1;
        else if (result < 0 && result != -ECANCELED && result != -ENOBUFS)
                receiver->ended = result;
        if (receiver->closer != NULL) {
                if (receiver->operation == NULL) {
                        struct activity *closer = receiver->closer;

                        receiver->closer = NULL;
                        if (receiver->reader != NULL)
                                reader_answer(receiver, -EBADF);
                        process_wake(receiver->process, closer, 0);
                }
                return;
        }
        if (receiver->reader == NULL)
                return;
        if (receiver->ended != 0)
                reader_answer(receiver, receiver->ended > 0 ? 0 : receiver->ended);
        else if (receiver->operation == NULL && result == -ENOBUFS)
                plain_receive(receiver);
        else if (receiver->operation == NULL && plain)
                reader_answer(receiver, activity_cancel_answer(receiver->reader)); /* interrupted */
        else if (receiver->operation == NULL)
                subscribe(receiver);
}

static void receive_submit(struct receiver *receiver, bool plain)
{
        struct operation *operation = operation_new(receiver->process);

        if (operation == NULL) {
                reader_answer(receiver, -ENOMEM);
                return;
        }
        receiver->operation = operation;
        receiver->plain = plain;
        operation->op.code = PLATFORM_RECV;
        operation->op.fd = receiver->fd;
        if (plain) {
                operation->op.address = receiver->buffer;
                operation->op.length = receiver->bytes < INT32_MAX ? (uint32_t)receiver->bytes : INT32_MAX;
        } else {
                operation->op.op_flags = PLATFORM_OP_MULTI;
        }
        operation->owner = receiver;
        operation->done = receive_done;
        operation_submit(operation);
}

static void subscribe(struct receiver *receiver)
{
        receive_submit(receiver, false);
}

static void plain_receive(struct receiver *receiver)
{
        receive_submit(receiver, true);
}

/* Takes what is queued: as much as fits. */
static size_t take(struct receiver *receiver, char *buffer, size_t bytes)
{
        struct platform_io *io = receiver->process->seat->io;
        size_t taken = 0;

        while (receiver->first != NULL && taken < bytes) {
                struct chunk *chunk = receiver->first;
                size_t part = chunk->filled - chunk->at < bytes - taken ? chunk->filled - chunk->at : bytes - taken;

                memcpy(buffer + taken, (char *)platform_io_buffer(io, chunk->buffer) + chunk->at, part);
                taken += part;
                chunk->at += (uint32_t)part;
                if (chunk->at < chunk->filled)
                        break;
                receiver->first = chunk->next;
                if (receiver->first == NULL)
                        receiver->last = &receiver->first;
                receiver->queued--;
                platform_io_buffer_release(io, chunk->buffer);
                stack_piece_free(chunk, 48);
        }
        return taken;
}

int64_t receive_begin(struct process *process, struct file *file, void *buffer, size_t bytes)
{
        struct receiver *receiver = file->receiver;
        int error = wait_cancelled();

        if (receiver == NULL) {
                receiver = stack_piece_new(sizeof *receiver);
                if (receiver == NULL)
                        return -ENOMEM;
                receiver->process = process;
                receiver->last = &receiver->first;
                receiver->fd = file->fd;
                process_own(process, &receiver->owned, receiver_release);
                file->receiver = receiver;
        }
        if (receiver->reader != NULL)
                return -EBUSY;
        if (error < 0)
                return error;
        if (receiver->first != NULL)
                return (int64_t)take(receiver, buffer, bytes);
        if (receiver->ended != 0)
                return receiver->ended > 0 ? 0 : receiver->ended;
        if (bytes == 0)
                return 0;
        receiver->buffer = buffer;
        receiver->bytes = bytes;
        receiver->reader = wait_begin(ACTIVITY_STATE_WAITING_RECEIVE, receiver);
        if (receiver->operation == NULL)
                subscribe(receiver);
        return WAIT_SUSPEND;
}

void receive_interrupt(struct activity *activity, int error)
{
        struct receiver *receiver = activity->wait;

        if (receiver->plain)
                operation_cancel(receiver->operation); /* the kernel has its buffer: it answers when that is over */
        else
                reader_answer(receiver, error);
}

bool receive_close_begin(struct process *process, struct file *file)
{
        struct receiver *receiver = file->receiver;

        (void)process;
        if (receiver == NULL)
                return false;
        if (receiver->reader != NULL && !receiver->plain)
                reader_answer(receiver, -EBADF);
        receiver->ended = -EBADF;
        if (receiver->operation == NULL)
                return false;
        operation_cancel(receiver->operation);
        receiver->closer = wait_begin(ACTIVITY_STATE_WAITING_QUIET, receiver);
        return true;
}

void receive_close(struct process *process, struct file *file)
{
        struct receiver *receiver = file->receiver;

        (void)process;
        if (receiver == NULL)
                return;
        file->receiver = NULL;
        process_disown(&receiver->owned);
        receiver_release(&receiver->owned);
}
