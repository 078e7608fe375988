/* SPDX-License-Identifier: MIT */
/*
 * Operations. One is given to the engine of the seat that has the process, but for two kinds: a
 * signal is waited for at the first seat, whose engine keeps one that nobody waits for yet; and one
 * on a file goes where others on that file are under way, because an engine keeps the order of what
 * it sends. The process may be elsewhere by the time that the operation completes, or is cancelled:
 *
 *      at its seat:   operation_submit --> engine --> operation_complete --> operation_completed
 *      elsewhere:     request(SUBMIT) --> its seat --> engine
 *                     engine --> operation_complete --> letter --> operation_completed
 *                     request(CANCEL) --> its seat --> engine
 *
 * Requests are bits in the operation. Who sets the first one pushes it on the seat's stack; the
 * seat clears them when it has done what they ask for, and not before. So when the last completion
 * has come while a request is still with the seat, the owner asks for the memory to be freed, too:
 * that is the last that the seat does with it.
 */
#include "turn/domain.h"
#include "turn/process.h"
#include "turn/seat.h"

#include <errno.h>

static void operation_unlink(struct operation *operation)
{
        *operation->link = operation->next;
        if (operation->next != NULL)
                operation->next->link = operation->link;
        operation->link = NULL;
        operation->process->operations_count--;
}

/*
 * Quarantine: the process only waits for the last word on each. What a late success brought is let
 * go.
 */
static __attribute__((noinline)) void completed_late(struct operation *operation, int32_t result,
                                                     uint32_t flags, uint16_t buffer)
{
        struct process *process = operation->process;
        const struct platform_op *op = &operation->op;

        if (flags & PLATFORM_BUFFER)
                seat_buffer_return(process, operation->seat, buffer);
        if (result >= 0 && (op->code == PLATFORM_OPEN || op->code == PLATFORM_ACCEPT))
                process_close_now(result);
        /* the number may be somebody else's by now: it is not closed again */
        if (op->code == PLATFORM_CLOSE && result != -ECANCELED)
                process_file_remove(process, &process->files[operation->file]);
        if (!(flags & PLATFORM_MORE))
                operation_free(operation);
        if (process->operations == NULL)
                seat_ending_add(worker_self()->seat, process);
}

static inline void completed(struct operation *operation, int32_t result, uint32_t flags,
                             uint16_t buffer)
{
        if (!(flags & PLATFORM_MORE))
                operation_unlink(operation);
        if (unlikely(operation->process->state != PROCESS_RUNNING))
                completed_late(operation, result, flags, buffer);
        else
                operation->done(operation, result, flags, buffer);
}

/* Its process is not loaded. */
static __attribute__((noinline)) void complete_other(struct operation *operation, int32_t result,
                                                     uint32_t flags, uint16_t buffer)
{
        struct process *process = operation->process;

        if (process_load(process))
                completed(operation, result, flags, buffer);
        else
                seat_forward(worker_self()->seat, process, &operation->op, result, flags, buffer);
}

/* The usual way is short, and saves no registers. */
static void operation_complete(struct platform_op *op, int32_t result, uint32_t flags,
                               uint16_t buffer)
{
        struct operation *operation = CONTAINER_OF(op, struct operation, op);

        if (likely(worker_self()->process == operation->process))
                completed(operation, result, flags, buffer);
        else
                complete_other(operation, result, flags, buffer);
}

void operation_completed(struct operation *operation, int32_t result, uint32_t flags,
                         uint16_t buffer)
{
        completed(operation, result, flags, buffer);
}

struct operation *operation_new(struct process *process)
{
        struct operation *operation = stack_piece_new(sizeof *operation);

        if (operation == NULL)
                return NULL;
        operation->op.complete = operation_complete;
        operation->process = process;
        operation->seat = OPERATION_ANYWHERE;
        return operation;
}

/* ---- Requests */

/* Asks the operation's seat for something. */
static void request(struct operation *operation, uint32_t what)
{
        struct seat *seat = operation->process->domain->seats[operation->seat];
        struct operation *head;

        if (atomic_fetch_or(&operation->requests, what) != 0)
                return; /* it is on its way, or being looked at */
        head = atomic_load_relaxed(&seat->requests);
        do
                operation->request_next = head;
        while (!atomic_compare_exchange(&seat->requests, &head, operation));
        platform_io_wake(seat->io);
}

/* Does what an operation asks for, until that is all. */
static void request_take(struct seat *seat, struct operation *operation)
{
        uint32_t wanted = atomic_load_acquire(&operation->requests), done = 0;

        do {
                uint32_t now = wanted & ~done;

                if (now & REQUEST_SUBMIT)
                        platform_io_submit(seat->io, &operation->op);
                if (now & REQUEST_FREE) {
                        stack_piece_free(operation, sizeof *operation);
                        return;
                }
                if (now & REQUEST_CANCEL)
                        platform_io_cancel(seat->io, &operation->op);
                done |= wanted;
        } while (!atomic_compare_exchange(&operation->requests, &wanted, 0));
}

void operation_requests_take(struct seat *seat)
{
        struct operation *operation = atomic_exchange(&seat->requests, NULL), *oldest = NULL;

        while (operation != NULL) {
                struct operation *next = operation->request_next;

                operation->request_next = oldest;
                oldest = operation;
                operation = next;
        }
        while (oldest != NULL) {
                struct operation *next = oldest->request_next;

                request_take(seat, oldest);
                oldest = next;
        }
}

/* ---- */

/* The seat whose engine is to have it. */
static struct seat *seat_for(const struct operation *operation, struct seat *seat)
{
        struct process *process = operation->process;
        struct seat **seats = process->domain->seats;
        struct file *file;

        if (operation->seat != OPERATION_ANYWHERE)
                return seats[operation->seat];
        if (operation->op.code == PLATFORM_SIGNAL)
                return seats[0];
        if (operation->file == 0)
                return seat;
        file = &process->files[operation->file];
        if (file->operations > 1) /* this one is counted */
                return seats[file->seat];
        file->seat = (uint8_t)seat->number;
        return seat;
}

static void signals_keep(uint64_t set)
{
        for (; set != 0; set &= set - 1)
                platform_signal_keep(__builtin_ctzll(set) + 1);
}

void operation_submit(struct operation *operation)
{
        struct process *process = operation->process;
        struct seat *seat = seat_hold(), *target = seat;

        operation->next = process->operations;
        operation->link = &process->operations;
        if (operation->next != NULL)
                operation->next->link = &operation->next;
        process->operations = operation;
        process->operations_count++;
        process->operations_all++;
        if (unlikely(seat->shared))
                target = seat_for(operation, seat);
        operation->seat = (uint8_t)target->number;
        if (unlikely(operation->op.code == PLATFORM_SIGNAL) &&
            (target != seat || worker_self() != seat->own) && !seat->simulated)
                signals_keep(operation->op.offset);
        if (likely(target == seat))
                platform_io_submit(seat->io, &operation->op);
        else
                request(operation, REQUEST_SUBMIT);
        seat_release();
}

void operation_cancel(struct operation *operation)
{
        struct seat *seat;

        if (operation->cancelled || operation->link == NULL)
                return;
        operation->cancelled = true;
        seat = seat_hold();
        if (likely(operation->seat == seat->number))
                platform_io_cancel(seat->io, &operation->op);
        else
                request(operation, REQUEST_CANCEL);
        seat_release();
}

void operation_free(struct operation *operation)
{
        assert_always(operation->link == NULL);
        if (unlikely(atomic_load_acquire(&operation->requests) != 0) &&
            atomic_fetch_or(&operation->requests, REQUEST_FREE) != 0)
                return; /* its seat frees it */
        stack_piece_free(operation, sizeof *operation);
}
