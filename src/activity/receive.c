/* SPDX-License-Identifier: MIT */
/*
 * Receiving from sockets. A socket that is read from has a receiver: a subscription (a RECV with
 * MULTI) that brings buffers of the engine, and a short queue of those that nobody has read yet. A
 * reader takes from the queue, or waits to be served by the next completion. So an idle connection
 * holds no buffer, one submission serves many reads, and cancelling a read is nothing but
 * forgetting the reader: the kernel never had its buffer.
 *
 * A reader wants its own buffer filled, or the engine's on loan. A loan belongs to the process
 * until it is returned.
 *
 *      off --a read finds nothing--> subscribed
 *      subscribed --queue full, nobody reads--> ending --last completion--> off
 *      subscribed --ENOBUFS, every buffer of the engine is out--> plain or starved
 *      plain (the reader has a buffer): one RECV straight into it --> off
 *      starved (the reader wants a loan) --a buffer comes back--> subscribed
 *
 * Only who has bytes to receive starves: before, it polls until there are some, and tries once
 * more. So the one that is fed with a buffer takes it. Where it does not, because it is closed or
 * its peer has gone, the next one is fed.
 *
 * Invariants.
 *  (1) Bytes are delivered once, in order: from the queue first; the queue is empty while a reader
 *      waits.
 *  (2) At most QUEUE_MAX buffers wait, plus those that complete while the subscription is ending.
 *  (3) There is at most one reader, and one operation, at a time.
 *  (4) `ended` is told after the queue was emptied.
 *  (5) A receiver is in the process's list of starved ones exactly while `starved` is set; then it
 *      has a reader and no operation.
 */
#include "activity/receive.h"

#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define QUEUE_MAX 4

struct chunk {
        struct owned owned; /* while it is on loan */
        struct process *process;
        struct chunk *next;
        uint16_t buffer;
        uint8_t seat; /* whose engine's it is */
        uint32_t at, filled;
};

static void subscribe(struct receiver *receiver);
static void subscribe_at(struct receiver *receiver, uint8_t seat);

/* The first that starves gets its chance, at the seat whose engine has a buffer now. */
static void feed(struct process *process, uint8_t seat)
{
        struct receiver *starved = process->starved;

        if (likely(starved == NULL))
                return;
        process->starved = starved->starved_next;
        starved->starved = false;
        if (process->state == PROCESS_RUNNING)
                subscribe_at(starved, seat);
}

static void buffer_return(struct process *process, uint8_t seat, uint16_t buffer)
{
        process->buffers_out--;
        seat_buffer_return(process, seat, buffer);
        feed(process, seat);
}

static void starve(struct receiver *receiver)
{
        struct receiver **last = &receiver->process->starved;

        if (receiver->starved)
                return;
        /* they came back meanwhile: nobody will feed us */
        if (receiver->process->buffers_out == 0) {
                subscribe(receiver);
                return;
        }
        while (*last != NULL)
                last = &(*last)->starved_next;
        *last = receiver;
        receiver->starved = true;
        receiver->starved_next = NULL;
}

static void starve_no_more(struct receiver *receiver)
{
        struct receiver **link = &receiver->process->starved;

        if (!receiver->starved)
                return;
        while (*link != receiver)
                link = &(*link)->starved_next;
        *link = receiver->starved_next;
        receiver->starved = false;
}

static void receiver_release(struct owned *owned)
{
        struct receiver *receiver = (struct receiver *)owned;

        starve_no_more(receiver);
        while (receiver->first != NULL) {
                struct chunk *chunk = receiver->first;

                receiver->first = chunk->next;
                buffer_return(receiver->process, chunk->seat, chunk->buffer);
                stack_piece_free(chunk, sizeof *chunk);
        }
        stack_piece_free(receiver, sizeof *receiver);
}

static void reader_answer(struct receiver *receiver, int64_t answer)
{
        struct activity *reader = receiver->reader;

        receiver->reader = NULL;
        receiver->loan = NULL;
        process_wake(receiver->process, reader, answer);
}

/* ---- Watches */

int receive_events(const struct file *file)
{
        const struct receiver *receiver = file->receiver;

        return receiver != NULL && (receiver->first != NULL || receiver->ended != 0) ? POLLIN : 0;
}

bool receive_watch_begin(struct file *file, struct receive_watch *watch)
{
        struct receiver *receiver = file->receiver;

        if (receiver == NULL || receiver->operation == NULL || receiver->plain || receiver->polling)
                return false;
        watch->next = receiver->watches;
        watch->link = &receiver->watches;
        if (watch->next != NULL)
                watch->next->link = &watch->next;
        receiver->watches = watch;
        return true;
}

void receive_watch_end(struct receive_watch *watch)
{
        if (watch->link == NULL)
                return;
        *watch->link = watch->next;
        if (watch->next != NULL)
                watch->next->link = watch->link;
        watch->link = NULL;
}

static void watches_tell(struct receiver *receiver, int result)
{
        while (unlikely(receiver->watches != NULL)) {
                struct receive_watch *watch = receiver->watches;

                receive_watch_end(watch);
                watch->seen(watch, result);
        }
}

/* ---- Loans */

static void loan_release(struct owned *owned)
{
        struct chunk *chunk = (struct chunk *)owned;

        buffer_return(chunk->process, chunk->seat, chunk->buffer);
        stack_piece_free(chunk, sizeof *chunk);
}

static int64_t lend(struct receiver *receiver, struct chunk *chunk, mori_loan *ret_loan)
{
        process_own(receiver->process, &chunk->owned, loan_release);
        *ret_loan = (mori_loan){
                .data = (char *)seat_buffer(receiver->process, chunk->seat, chunk->buffer) +
                        chunk->at,
                .bytes = chunk->filled - chunk->at,
                .held = chunk,
        };
        return (int64_t)ret_loan->bytes;
}

void mori_loan_return(mori_loan *loan)
{
        struct chunk *chunk;

        if (loan == NULL)
                return;
        chunk = loan->held;
        if (chunk != NULL) {
                process_disown(&chunk->owned);
                loan_release(&chunk->owned);
        }
        *loan = (mori_loan){0};
}

/* ---- Completions */

static void received(struct receiver *receiver, uint8_t seat, uint16_t buffer, uint32_t bytes)
{
        struct chunk *chunk;
        uint32_t at = 0;

        if (receiver->ended != 0) { /* closed, or bytes before these were lost */
                buffer_return(receiver->process, seat, buffer);
                return;
        }
        if (receiver->reader != NULL && receiver->loan == NULL) {
                at = receiver->bytes < bytes ? (uint32_t)receiver->bytes : bytes;
                memcpy(receiver->buffer, seat_buffer(receiver->process, seat, buffer), at);
                reader_answer(receiver, at);
                if (at == bytes) {
                        buffer_return(receiver->process, seat, buffer);
                        return;
                }
        }
        chunk = stack_piece_new(sizeof *chunk);
        if (chunk == NULL) { /* these bytes are lost, so the connection is over */
                buffer_return(receiver->process, seat, buffer);
                receiver->ended = -ENOMEM;
                if (receiver->operation != NULL)
                        operation_cancel(receiver->operation);
                return;
        }
        *chunk = (struct chunk){.process = receiver->process,
                                .buffer = buffer,
                                .seat = seat,
                                .at = at,
                                .filled = bytes};
        if (receiver->reader != NULL) {
                reader_answer(receiver, lend(receiver, chunk, receiver->loan));
                return;
        }
        *receiver->last = chunk;
        receiver->last = &chunk->next;
        watches_tell(receiver, POLLIN);
        if (++receiver->queued >= QUEUE_MAX && receiver->operation != NULL)
                operation_cancel(receiver->operation);
}

static void plain_receive(struct receiver *receiver);
static void poll_begin(struct receiver *receiver);

static void receive_done(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer)
{
        struct receiver *receiver = operation->owner;
        bool plain = receiver->plain, polled = receiver->polling;
        uint8_t seat = operation->seat;

        if (flags & PLATFORM_BUFFER)
                receiver->process->buffers_out++;
        if (!(flags & PLATFORM_MORE)) {
                operation_free(operation);
                receiver->operation = NULL;
                receiver->plain = receiver->polling = false;
                if (!plain && !polled && result != -ENOBUFS)
                        feed(receiver->process, seat);
        }
        if (result > 0)
                receiver->readable = polled;
        if (flags & PLATFORM_BUFFER) {
                if (result > 0)
                        received(receiver, seat, buffer, (uint32_t)result);
                else
                        buffer_return(receiver->process, seat, buffer);
        } else if (plain && result > 0) {
                reader_answer(receiver, result);
        }
        if (result == 0)
                receiver->ended = 1;
        else if (result < 0 && result != -ECANCELED && result != -ENOBUFS)
                receiver->ended = result;
        /* Without a subscription nobody would see what comes. */
        if (receiver->operation == NULL)
                watches_tell(receiver, POLLIN);
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
        else if (receiver->operation == NULL && result == -ENOBUFS && receiver->loan != NULL &&
                 !receiver->readable)
                poll_begin(receiver);
        else if (receiver->operation == NULL && result == -ENOBUFS && receiver->loan != NULL)
                starve(receiver);
        else if (receiver->operation == NULL && result == -ENOBUFS)
                plain_receive(receiver);
        else if (receiver->operation == NULL && plain)
                reader_answer(receiver, activity_cancel_answer(receiver->reader)); /* interrupted */
        else if (receiver->operation == NULL)
                subscribe(receiver);
}

/* The receiver's next operation; NULL where there is no memory, and the reader was told. */
static struct operation *receive_new(struct receiver *receiver, uint8_t code)
{
        struct operation *operation = operation_new(receiver->process);

        if (operation == NULL) {
                reader_answer(receiver, -ENOMEM);
                return NULL;
        }
        receiver->operation = operation;
        operation->op.code = code;
        operation->op.fd = receiver->fd;
        operation->owner = receiver;
        operation->done = receive_done;
        return operation;
}

static void subscribe_at(struct receiver *receiver, uint8_t seat)
{
        struct operation *operation = receive_new(receiver, PLATFORM_RECV);

        if (operation == NULL)
                return;
        operation->op.op_flags = PLATFORM_OP_MULTI;
        operation->seat = seat;
        operation_submit(operation);
}

static void subscribe(struct receiver *receiver)
{
        subscribe_at(receiver, OPERATION_ANYWHERE);
}

static void plain_receive(struct receiver *receiver)
{
        struct operation *operation = receive_new(receiver, PLATFORM_RECV);

        if (operation == NULL)
                return;
        receiver->plain = true;
        operation->op.address = receiver->buffer;
        operation->op.length = receiver->bytes < INT32_MAX ? (uint32_t)receiver->bytes : INT32_MAX;
        operation_submit(operation);
}

static void poll_begin(struct receiver *receiver)
{
        struct operation *operation = receive_new(receiver, PLATFORM_POLL);

        if (operation == NULL)
                return;
        receiver->polling = true;
        operation->op.flags = POLLIN;
        operation_submit(operation);
}

/* The first chunk of the queue leaves it. */
static struct chunk *chunk_pop(struct receiver *receiver)
{
        struct chunk *chunk = receiver->first;

        receiver->first = chunk->next;
        if (receiver->first == NULL)
                receiver->last = &receiver->first;
        receiver->queued--;
        return chunk;
}

/* Takes what is queued: as much as fits. */
static size_t take(struct receiver *receiver, char *buffer, size_t bytes)
{
        size_t taken = 0;

        while (receiver->first != NULL && taken < bytes) {
                struct chunk *chunk = receiver->first;
                size_t part = chunk->filled - chunk->at < bytes - taken ? chunk->filled - chunk->at
                                                                        : bytes - taken;

                memcpy(buffer + taken,
                       (char *)seat_buffer(receiver->process, chunk->seat, chunk->buffer) +
                               chunk->at,
                       part);
                taken += part;
                chunk->at += (uint32_t)part;
                if (chunk->at < chunk->filled)
                        break;
                chunk_pop(receiver);
                buffer_return(receiver->process, chunk->seat, chunk->buffer);
                stack_piece_free(chunk, sizeof *chunk);
        }
        return taken;
}

int64_t receive_begin(struct process *process, struct file *file, void *buffer, size_t bytes,
                      mori_loan *ret_loan)
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
                return ret_loan != NULL ? lend(receiver, chunk_pop(receiver), ret_loan)
                                        : (int64_t)take(receiver, buffer, bytes);
        if (receiver->ended != 0)
                return receiver->ended > 0 ? 0 : receiver->ended;
        if (bytes == 0 && ret_loan == NULL)
                return 0;
        receiver->buffer = buffer;
        receiver->bytes = bytes;
        receiver->loan = ret_loan;
        receiver->reader = wait_begin(ACTIVITY_STATE_WAITING_RECEIVE, receiver);
        if (receiver->operation == NULL)
                subscribe(receiver);
        return WAIT_SUSPEND;
}

void receive_put_back(struct process *process, mori_file socket, mori_loan *loan, size_t bytes)
{
        struct file *file = process_file(process, socket.word);
        struct receiver *receiver = file == NULL ? NULL : file->receiver;
        struct chunk *chunk = loan->held;

        chunk->at += (uint32_t)bytes;
        if (receiver == NULL || chunk->at == chunk->filled) {
                mori_loan_return(loan);
                return;
        }
        process_disown(&chunk->owned);
        chunk->next = receiver->first;
        if (receiver->first == NULL)
                receiver->last = &chunk->next;
        receiver->first = chunk;
        receiver->queued++;
}

static int64_t borrow_begin(mori_file socket, mori_loan *ret_loan)
{
        struct process *process = process_self();
        struct file *file = process_file(process, socket.word);

        if (file == NULL)
                return -EBADF;
        if (file->kind != FILE_SOCKET)
                return -ENOTSOCK;
        if (ret_loan == NULL)
                return -EFAULT;
        if (file->options & FILE_MESSAGES)
                return -EOPNOTSUPP; /* see message.h: it must not be read ahead */
        return receive_begin(process, file, NULL, 0, ret_loan);
}

MORI_ASYNC int64_t mori_socket_borrow(mori_file socket, mori_loan *ret_loan)
{
        int64_t begun = borrow_begin(socket, ret_loan);

        return begun != WAIT_SUSPEND ? begun : MORI_AWAIT activity_suspend();
}

void receive_interrupt(struct activity *activity, int error)
{
        struct receiver *receiver = activity->wait;

        if (receiver->plain)
                /* the kernel has its buffer: it answers when that is over */
                operation_cancel(receiver->operation);
        else {
                starve_no_more(receiver);
                reader_answer(receiver, error);
        }
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
        watches_tell(receiver, -EBADF);
        starve_no_more(receiver);
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
