/* SPDX-License-Identifier: MIT */
/*
 * The engine's half of calls, the same for every engine on the real kernel: platform_io_wait() goes
 * through calls_wait() while one is under way.
 *
 *      calls_submit ---> gathered --next wait--> the crew ---> done ---> finished ---> handed out
 *                           |                       |                        ^
 *                           +----- calls_cancel ----+------------------------+
 *
 * Calls are gathered and given to the crews by the next wait, as other operations are to the
 * kernel: one lock and at most one wake-up for all of them.
 *
 * `done` is a stack that threads push to and the engine empties with one exchange. Where the engine
 * is about to sleep it puts ASLEEP there, in place of nothing; a thread that finds it wakes the
 * engine. So who finds anything else has nobody to wake: the engine looks before it sleeps.
 *
 * Before it sleeps the engine spins for a moment, since a call may take less than to sleep and to
 * be woken does (crew_spin_try()): once for what was gathered together, and again after each
 * completion. Between a spin and a sleep the caller looks around: what was
 * posted meanwhile has used up its wake-up.
 */
#include "platform/backend.h"
#include "platform/crew.h"
#include "platform/time.h"

#include <errno.h>

#define ASLEEP ((struct platform_op *)(uintptr_t)1) /* NOLINT */

static void finish(struct platform_calls *calls, struct platform_op *op, int32_t result)
{
        call_words(op)->result = result;
        atomic_store_relaxed(&call_words(op)->state, CALL_DONE);
        call_list_append(&calls->finished, op);
}

void calls_submit(struct platform_io *io, struct platform_op *op)
{
        struct platform_calls *calls = &io->calls;

        io->pending++;
        calls->under_way++;
        *call_words(op) = (struct call_words){.io = io, .state = CALL_GATHERED};
        call_list_append(&calls->gathered[call_kind(op)], op);
}

void calls_cancel(struct platform_io *io, struct platform_op *op)
{
        struct platform_calls *calls = &io->calls;

        switch (atomic_load_relaxed(&call_words(op)->state)) {
        case CALL_GATHERED:
                call_list_remove(&calls->gathered[call_kind(op)], op);
                finish(calls, op, -ECANCELED);
                break;
        case CALL_WAITING:
        case CALL_BEGUN:
                switch (crew_cancel(op)) {
                case CREW_TAKEN_BACK:
                        finish(calls, op, -ECANCELED);
                        break;
                case CREW_LEFT:
                        op->op_flags |= CALL_WAS_LEFT;
                        finish(calls, op, -ECANCELED);
                        break;
                case CREW_GOES_ON:
                        break;
                }
                break;
        default: /* it is done, or no more under way */
                break;
        }
}

void call_done(struct platform_op *op)
{
        struct platform_io *io = call_words(op)->io;
        struct platform_op *head;

        if (io == NULL) {
                crew_run_done(op);
                return;
        }
        head = atomic_load_relaxed(&io->calls.done);
        do {
                op->engine_next = head == ASLEEP ? NULL : head;
        } while (!atomic_compare_exchange(&io->calls.done, &head, op));
        if (head == ASLEEP)
                platform_io_wake(io);
}

/* Gives what was gathered to the crews. */
static void gathered_give(struct platform_calls *calls)
{
        for (unsigned kind = 0; kind < 2; kind++) {
                struct platform_call_list *gathered = &calls->gathered[kind];
                struct platform_op *op;

                if (gathered->count == 0)
                        continue;
                calls->spin = true;
                crew_add(kind, gathered);
                while ((op = call_list_pop(gathered)) != NULL)
                        finish(calls, op, -EAGAIN);
        }
}

static bool is_done(const struct platform_calls *calls)
{
        return atomic_load_relaxed(&calls->done) != NULL;
}

/* Hands out what is finished, oldest first. */
static size_t take(struct platform_io *io, struct platform_completion *completions, size_t max)
{
        struct platform_calls *calls = &io->calls;
        struct platform_op *op, *next, *reversed = NULL;
        size_t count = 0;

        if (is_done(calls)) {
                op = atomic_exchange(&calls->done, NULL);
                for (op = op == ASLEEP ? NULL : op; op != NULL; op = next) {
                        next = op->engine_next;
                        op->engine_next = reversed;
                        reversed = op;
                }
                for (op = reversed; op != NULL; op = next) {
                        next = op->engine_next;
                        call_list_append(&calls->finished, op);
                }
        }
        while (count < max && (op = call_list_pop(&calls->finished)) != NULL) {
                completions[count++] = (struct platform_completion){
                        .op = op,
                        .result = call_words(op)->result,
                        .flags = op->op_flags & CALL_WAS_LEFT ? PLATFORM_LEFT
                                 : op->op_flags & CALL_RAN    ? PLATFORM_RAN
                                                              : 0,
                };
                op->op_flags &= (uint8_t) ~(CALL_WAS_LEFT | CALL_RAN);
                op->engine_next = op->engine_previous = NULL;
                *call_words(op) = (struct call_words){0};
                calls->under_way--;
                io->pending--;
        }
        if (count > 0)
                calls->spin = calls->under_way > 0;
        return count;
}

/* Until a call is done, or the engine has something: for about the time that a wake-up takes. */
static void spin(struct platform_io *io)
{
        uint64_t began = platform_time_now();
        bool found;

        do {
                for (unsigned i = 0; i < 16; i++) {
                        found = is_done(&io->calls) || io->ops->ready(io);
                        if (found)
                                break;
                        __builtin_ia32_pause();
                }
        } while (!found && platform_time_now() - began < CREW_SPIN_NS);
        crew_spin_learn(&io->calls.patience, found, began);
}

/* Sleeps until a call is done, or the engine says so. */
static size_t sleep_and_take(struct platform_io *io, uint64_t timeout_ns,
                             struct platform_completion *completions, size_t max)
{
        struct platform_calls *calls = &io->calls;
        struct platform_op *expected = NULL;
        size_t count;

        if (!atomic_compare_exchange(&calls->done, &expected, ASLEEP))
                return take(io, completions, max);
        count = io->ops->wait(io, timeout_ns, completions, max);
        expected = ASLEEP;
        atomic_compare_exchange(&calls->done, &expected, NULL);
        return count + take(io, completions + count, max - count);
}

size_t calls_wait(struct platform_io *io, uint64_t timeout_ns,
                  struct platform_completion *completions, size_t completions_max)
{
        struct platform_calls *calls = &io->calls;
        size_t count;

        gathered_give(calls);
        count = take(io, completions, completions_max);
        if (count == completions_max)
                return count;
        if (count > 0 || timeout_ns == 0)
                return count + io->ops->wait(io, 0, completions + count, completions_max - count);
        if (!calls->spin || !crew_spin_try(&calls->patience))
                return sleep_and_take(io, timeout_ns, completions, completions_max);
        calls->spin = false;
        count = io->ops->wait(io, 0, completions, completions_max);
        if (count > 0)
                return count;
        spin(io);
        return take(io, completions, completions_max);
}

bool calls_ready(struct platform_io *io)
{
        return io->calls.finished.count > 0 || is_done(&io->calls);
}
