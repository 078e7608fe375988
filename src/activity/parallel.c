/* SPDX-License-Identifier: MIT */
/*
 * Data-parallel loops. A loop is as many calls (PLATFORM_CALL) as there are threads for what
 * computes, at most; each takes pieces off the loop until there are none. So a loop that gets one
 * thread only is done by that one, and loops side by side share the threads.
 *
 *      loop_begin ---> calls under way --each: loop_work()--> the last one: loop_end ---> woken
 *                        |
 *                        +--- cancelled, or a body failed: `stop`; no further piece is taken
 *
 * Pieces are taken in order, with one compare-and-exchange. Unordered, a piece is a fourth of each
 * thread's share of what is left (guided self-scheduling: C. Polychronopoulos, D. Kuck, IEEE
 * Trans. Comput. C-36, 1987), at least the grain; with `ordered` it is always the grain.
 *
 * Invariants.
 *   (1) The record is the process's, and outlives its calls: each is an operation, for whose last
 *       word a teardown waits before it frees what is owned.
 *   (2) All indexes below `next` are in pieces that were taken. A piece that was taken is done.
 *       So when a body fails all pieces below it were taken, and the lowest failure is found.
 *   (3) What threads share is at the end of the record, in lines of their own, and changes by
 *       atomics or under the lock.
 */
#include "activity/offload.h"
#include "activity/parallel.h"
#include "base/atomic.h"
#include "turn/seat.h"

#include <mori/parallel.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINE 64
#define THREADS_MAX 256u
#define PIECES_MAX 65536u
#define PIECES_DEFAULT 256u
#define ACCUMULATOR_MAX 65536u

struct loop_call {
        struct loop *loop;
        struct operation *operation; /* NULL: it has come to its end */
        uint32_t index;
};

struct loop {
        struct owned owned;
        struct process *process;
        struct activity *activity;
        uint64_t first, count; /* of indexes */
        uint64_t grain;
        int (*body)(uint64_t begin, uint64_t end, const void *context);
        const void *context;
        const struct mori_reduction *reduction; /* NULL: none */
        void *ret_result;
        char *accumulators;
        size_t stride; /* from one accumulator to the next */
        uint64_t accumulators_count;
        uint32_t calls_count, calls_left;
        int error; /* of a call that never ran */
        _Alignas(LINE) uint64_t next; /* relative to `first` */
        _Alignas(LINE) uint32_t stop;
        struct base_lock lock;
        uint64_t failed_at; /* under the lock, where `failure` is not 0 */
        int failure;
        struct loop_call calls[];
};

/* ---- On the threads */

/* Takes a piece: false where there is none, or the loop is to stop. */
static bool piece_take(struct loop *loop, uint64_t *ret_begin, uint64_t *ret_end)
{
        uint64_t begin = atomic_load_relaxed(&loop->next), end;

        do {
                uint64_t left = loop->count - begin, piece = loop->grain;

                if (left == 0 || atomic_load_relaxed(&loop->stop) || platform_call_cancelled())
                        return false;
                if (loop->reduction == NULL || !loop->reduction->ordered) {
                        uint64_t share = left / (4u * loop->calls_count);

                        piece = share > piece ? share : piece;
                }
                end = piece < left ? begin + piece : loop->count;
        } while (!atomic_compare_exchange(&loop->next, &begin, end));
        *ret_begin = begin;
        *ret_end = end;
        return true;
}

static void failure_note(struct loop *loop, uint64_t at, int failure)
{
        base_lock(&loop->lock);
        if (loop->failure == 0 || at < loop->failed_at) {
                loop->failed_at = at;
                loop->failure = failure;
        }
        base_unlock(&loop->lock);
        atomic_store_relaxed(&loop->stop, 1);
}

static void *accumulator_at(const struct loop *loop, uint64_t index)
{
        return loop->accumulators + index * loop->stride;
}

static void accumulator_clear(const struct loop *loop, void *accumulator)
{
        memset(accumulator, 0, loop->reduction->bytes);
        if (loop->reduction->clear != NULL)
                loop->reduction->clear(accumulator, loop->context);
}

static int loop_work(void *context)
{
        struct loop_call *call = context;
        struct loop *loop = call->loop;
        const struct mori_reduction *reduction = loop->reduction;
        uint64_t begin, end;

        while (piece_take(loop, &begin, &end)) {
                int failure;

                if (reduction == NULL) {
                        failure = loop->body(loop->first + begin, loop->first + end, loop->context);
                } else {
                        void *accumulator = accumulator_at(
                                loop, reduction->ordered ? begin / loop->grain : call->index);

                        if (reduction->ordered)
                                accumulator_clear(loop, accumulator);
                        failure = reduction->body(loop->first + begin, loop->first + end,
                                                  accumulator, loop->context);
                }
                if (failure != 0)
                        failure_note(loop, begin, failure);
        }
        return 0;
}

/* One by one, in order: they are as many as there are threads, or pieces. */
static int loop_combine(void *context)
{
        struct loop *loop = context;

        for (uint64_t i = 1; i < loop->accumulators_count; i++)
                loop->reduction->combine(accumulator_at(loop, 0), accumulator_at(loop, i),
                                         loop->context);
        return 0;
}

/* ---- On the seat */

static void loop_free(struct owned *owned)
{
        struct loop *loop = (struct loop *)owned;

        free(loop->accumulators);
        free(loop);
}

static void loop_answer(struct loop *loop, int answer)
{
        struct process *process = loop->process;
        struct activity *activity = loop->activity;

        if (answer == 0 && loop->reduction != NULL)
                memcpy(loop->ret_result, loop->accumulators, loop->reduction->bytes);
        process_disown(&loop->owned);
        loop_free(&loop->owned);
        process_wake(process, activity, answer);
}

static void combined(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct loop *loop = operation->owner;
        int reason = (int)activity_cancel_answer(loop->activity);

        (void)buffer;
        operation_free(operation);
        loop_answer(loop, flags & PLATFORM_RAN ? 0 : reason < 0 ? reason : result);
}

static struct operation *loop_call_submit(struct loop *loop, int (*function)(void *), void *context,
                                          void *owner,
                                          void (*done)(struct operation *, int32_t, uint32_t,
                                                       uint16_t))
{
        struct operation *operation =
                offload_operation(function, context, PLATFORM_CALL_COMPUTES);

        if (operation == NULL)
                return NULL;
        platform_call_set_site(&operation->op, activity_start_site(loop->activity));
        operation->owner = owner;
        operation->done = done;
        operation_submit(operation);
        return operation;
}

/* All calls have come to their end. */
static void loop_end(struct loop *loop)
{
        int reason = (int)activity_cancel_answer(loop->activity);

        if (loop->failure != 0) {
                loop_answer(loop, loop->failure);
        } else if (loop->next < loop->count) {
                if (reason == 0) /* no thread; or none of it is done any more, at the end */
                        reason = loop->error != 0 ? loop->error : -ECANCELED;
                loop_answer(loop, reason);
        } else if (loop->reduction != NULL && loop->accumulators_count > 1) {
                loop->calls[0].operation =
                        loop_call_submit(loop, loop_combine, loop, loop, combined);
                if (loop->calls[0].operation == NULL)
                        loop_answer(loop, -ENOMEM);
        } else {
                loop_answer(loop, 0);
        }
}

static void call_done(struct operation *operation, int32_t result, uint32_t flags, uint16_t buffer)
{
        struct loop_call *call = operation->owner;
        struct loop *loop = call->loop;

        (void)buffer;
        call->operation = NULL;
        operation_free(operation);
        if (!(flags & PLATFORM_RAN))
                loop->error = result;
        if (--loop->calls_left == 0)
                loop_end(loop);
}

void parallel_interrupt(struct activity *activity, int error)
{
        struct loop *loop = activity->wait;

        (void)error;
        atomic_store_relaxed(&loop->stop, 1);
        for (uint32_t i = 0; i < loop->calls_count; i++)
                if (loop->calls[i].operation != NULL)
                        operation_cancel(loop->calls[i].operation);
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
        return value / by + (value % by != 0);
}

/* 0, or a negative errno. The pieces, and who is to do them. */
static int loop_new(uint64_t count, uint64_t grain, const struct mori_reduction *reduction,
                    struct loop **ret_loop)
{
        uint64_t calls = platform_call_computing(), pieces;
        struct loop *loop;

        if (reduction != NULL && reduction->ordered) {
                if (grain == 0)
                        grain = divide_up(count, PIECES_DEFAULT);
                if (divide_up(count, grain) > PIECES_MAX)
                        grain = divide_up(count, PIECES_MAX);
        }
        if (grain == 0)
                grain = 1;
        pieces = divide_up(count, grain);
        calls = calls < THREADS_MAX ? calls : THREADS_MAX;
        calls = calls < pieces ? calls : pieces;
        loop = aligned_alloc(LINE, round_up(sizeof *loop + calls * sizeof loop->calls[0], LINE));
        if (loop == NULL)
                return -ENOMEM;
        memset(loop, 0, sizeof *loop);
        loop->count = count;
        loop->grain = grain;
        loop->calls_count = (uint32_t)calls;
        loop->reduction = reduction;
        if (reduction != NULL) {
                loop->accumulators_count = reduction->ordered ? pieces : calls;
                loop->stride = round_up(reduction->bytes, LINE);
                loop->accumulators =
                        aligned_alloc(LINE, loop->accumulators_count * loop->stride);
                if (loop->accumulators == NULL) {
                        free(loop);
                        return -ENOMEM;
                }
        }
        *ret_loop = loop;
        return 0;
}

static int64_t loop_begin(struct loop *loop)
{
        loop->process = process_self();
        loop->activity = wait_begin(ACTIVITY_STATE_WAITING_PARALLEL, loop);
        process_own(loop->process, &loop->owned, loop_free);
        for (uint32_t i = 0; i < loop->calls_count; i++) {
                struct loop_call *call = &loop->calls[i];

                *call = (struct loop_call){.loop = loop, .index = i};
                if (loop->reduction != NULL && !loop->reduction->ordered)
                        accumulator_clear(loop, accumulator_at(loop, i));
                call->operation = loop_call_submit(loop, loop_work, call, call, call_done);
                if (call->operation == NULL)
                        loop->error = -ENOMEM; /* the others do it */
                else
                        loop->calls_left++;
        }
        if (loop->calls_left > 0)
                return WAIT_SUSPEND;
        loop->activity->segment.state = ACTIVITY_STATE_RUNNING;
        process_disown(&loop->owned);
        loop_free(&loop->owned);
        return -ENOMEM;
}

static int64_t for_begin(uint64_t begin, uint64_t end, uint64_t grain,
                         int (*body)(uint64_t begin, uint64_t end, const void *context),
                         const void *context)
{
        struct loop *loop;
        int error;

        if (body == NULL || end < begin)
                return -EINVAL;
        error = wait_cancelled();
        if (error < 0 || begin == end)
                return error;
        error = loop_new(end - begin, grain, NULL, &loop);
        if (error < 0)
                return error;
        loop->first = begin;
        loop->body = body;
        loop->context = context;
        return loop_begin(loop);
}

MORI_ASYNC int mori_parallel_for(uint64_t begin, uint64_t end, uint64_t grain,
                                 int (*body)(uint64_t begin, uint64_t end, const void *context),
                                 const void *context)
{
        int64_t begun = for_begin(begin, end, grain, body, context);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

static int64_t reduce_begin(uint64_t begin, uint64_t end, const struct mori_reduction *reduction,
                            const void *context, void *ret_result)
{
        struct loop *loop;
        int error;

        if (reduction == NULL || reduction->body == NULL || reduction->combine == NULL ||
            reduction->bytes == 0 || reduction->bytes > ACCUMULATOR_MAX || ret_result == NULL ||
            end < begin)
                return -EINVAL;
        error = wait_cancelled();
        if (error < 0)
                return error;
        if (begin == end) {
                memset(ret_result, 0, reduction->bytes);
                if (reduction->clear != NULL)
                        reduction->clear(ret_result, context);
                return 0;
        }
        error = loop_new(end - begin, reduction->grain, reduction, &loop);
        if (error < 0)
                return error;
        loop->first = begin;
        loop->context = context;
        loop->ret_result = ret_result;
        return loop_begin(loop);
}

MORI_ASYNC int mori_parallel_reduce(uint64_t begin, uint64_t end,
                                    const struct mori_reduction *reduction, const void *context,
                                    void *ret_result)
{
        int64_t begun = reduce_begin(begin, end, reduction, context, ret_result);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}
