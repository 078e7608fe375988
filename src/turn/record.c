/* SPDX-License-Identifier: MIT */
/* The memory of processes. See record.h. */
#include "turn/record.h"

#include "base/atomic.h"
#include "turn/bond.h"
#include "turn/domain.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 64
#ifdef MORI_EXPLORE /* the explorer has few, and looks at each word */
#define BLOCK_BYTES 4096
#define BLOCKS_MAX  16
#else
#define BLOCK_BYTES STACK_BLOCK_BYTES
#define BLOCKS_MAX  (RECORDS_MAX / RECORDS_IN_BLOCK + 1)
#endif
#define RECORDS_IN_BLOCK (BLOCK_BYTES / sizeof(struct process))
#define ZERO_FROM        offsetof(struct process, seat)
/* Of a piece of the arena. */
#define RECORD_PIECE_MIN 48
#define RECORD_PIECE_MAX 512

struct process *record_at(const struct domain *domain, uint32_t number)
{
        uint32_t index = number - 1;

        if (index >= atomic_load_acquire(&domain->records_made))
                return NULL;
        return (struct process *)stack_at(domain->record_blocks[index / RECORDS_IN_BLOCK]) +
               index % RECORDS_IN_BLOCK;
}

void records_deinit(struct domain *domain)
{
        uint32_t i;

        for (i = 0; i * RECORDS_IN_BLOCK < domain->records_made; i++)
                stack_block_free(stack_at(domain->record_blocks[i]));
        free(domain->record_blocks);
}

/* One that was never used; under the domain's lock. */
static int record_fresh(struct domain *domain, struct process **ret_process)
{
        uint32_t index = domain->records_made, block = (uint32_t)(index / RECORDS_IN_BLOCK);
        struct process *process;

        if (index >= RECORDS_MAX || block >= BLOCKS_MAX)
                return -EAGAIN;
        if (domain->record_blocks == NULL) { /* touched as far as it is used */
                domain->record_blocks = calloc(BLOCKS_MAX, sizeof *domain->record_blocks);
                if (domain->record_blocks == NULL)
                        return -ENOMEM;
        }
        if (index % RECORDS_IN_BLOCK == 0) {
                void *bytes = stack_block_new();

                if (bytes == NULL)
                        return -ENOMEM;
                domain->record_blocks[block] = stack_ref_of(bytes);
        }
        process = (struct process *)stack_at(domain->record_blocks[block]) +
                  index % RECORDS_IN_BLOCK;
        memset(process, 0, sizeof *process); /* the block may have been something else */
        process->domain = domain;
        process->index = index + 1;
        process->generation = 1;
        process->holder = HOLDER_GONE;
        atomic_store_release(&domain->records_made, index + 1);
        *ret_process = process;
        return 0;
}

/* Free ones, linked by queue_next, that the domain has, or one more. */
static int batch_take(struct seat *seat)
{
        struct domain *domain = seat->domain;
        struct process *process;
        int error = 0;

        base_lock(&domain->lock);
        if (domain->records == NULL) {
                error = record_fresh(domain, &process);
                if (error == 0) {
                        process->queue_next = seat->records;
                        seat->records = process;
                        seat->records_count++;
                }
        }
        while (domain->records != NULL && seat->records_count < BATCH) {
                process = domain->records;
                domain->records = process->queue_next;
                process->queue_next = seat->records;
                seat->records = process;
                seat->records_count++;
        }
        base_unlock(&domain->lock);
        return error;
}

/* Half of what the seat has. */
static void batch_give(struct seat *seat)
{
        struct domain *domain = seat->domain;

        base_lock(&domain->lock);
        while (seat->records_count > BATCH) {
                struct process *process = seat->records;

                seat->records = process->queue_next;
                seat->records_count--;
                process->queue_next = domain->records;
                domain->records = process;
        }
        base_unlock(&domain->lock);
}

int record_new(struct seat *seat, struct process **ret_process)
{
        struct process *process = seat->records;

        if (unlikely(process == NULL)) {
                int error = batch_take(seat);

                if (error < 0)
                        return error;
                process = seat->records;
        }
        seat->records = process->queue_next;
        seat->records_count--;
        memset((char *)process + ZERO_FROM, 0, sizeof *process - ZERO_FROM);
        memset(&process->root_block, 0, sizeof process->root_block);
        atomic_store_relaxed(&process->news, 0); /* who comes late may still add to it */
        atomic_store_release(&process->holder, HOLDER_TRANSIT);
        *ret_process = process;
        return 0;
}

static void baggage_free(struct process *process)
{
        if (process->baggage_bytes <= RECORD_PIECE_MAX)
                stack_piece_free(process->baggage, process->baggage_bytes);
        else
                free(process->baggage);
}

void record_free(struct process *process)
{
        struct worker *worker = worker_self();
        /* after the loops there is no worker's seat any more */
        struct seat *seat = worker->seat != NULL ? seat_hold() : process->domain->seats[0];

        assert_always(process->references == 0);
        baggage_free(process);
        letters_free(atomic_exchange(&process->letters, NULL)); /* that came too late */
        (void)end_detail_unref(process->end.detail);
        atomic_store_release(&process->holder, HOLDER_GONE);
        process->queue_next = seat->records;
        seat->records = process;
        if (++seat->records_count > 2 * BATCH)
                batch_give(seat);
        if (worker->seat != NULL)
                seat_release();
}

void *record_baggage(struct process *process, size_t bytes)
{
        if (bytes < RECORD_PIECE_MIN)
                bytes = RECORD_PIECE_MIN;
        process->baggage = bytes <= RECORD_PIECE_MAX ? stack_piece_new(bytes) : malloc(bytes);
        if (process->baggage != NULL)
                process->baggage_bytes = (uint32_t)bytes;
        return process->baggage;
}
