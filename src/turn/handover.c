/* SPDX-License-Identifier: MIT */
/* Handing the worker over. The states are in handover.h. */
#include "turn/handover.h"

#include "base/atomic.h"
#include "platform/sim.h"
#include "turn/domain.h"
#include "turn/seat.h"

bool handover_claim(struct process *process)
{
        struct worker *worker = worker_self();
        struct seat *seat = worker->seat;
        bool claimed;

        if (worker->handed != NULL || worker->lost || turns_left(worker) <= 0 ||
            seat->lent != NULL || seat->migrate ||
            atomic_load_relaxed(&process->holder) != HOLDER_NOBODY)
                return false;
        if (seat->simulated && platform_sim_random(seat->io, 4) == 0)
                return false; /* both ways are to be seen */
        (void)seat_hold();
        claimed = seat_claim(seat, process);
        seat_release();
        if (!claimed)
                return false;
        if (process->state == PROCESS_RUNNING && !process_has_turns(process) &&
            !process_has_news(process))
                return true;
        handover_decline(process);
        return false;
}

void handover_decline(struct process *process)
{
        seat_let_go(seat_hold(), process);
        seat_release();
}

void handover_begin(struct process *process, void (*run)(void *argument), void *argument)
{
        struct worker *worker = worker_self();

        worker->handed = process;
        worker->handed_run = run;
        worker->handed_argument = argument;
}

struct process *handover_lender(void)
{
        const struct worker *worker = worker_self();

        return worker->seat->lent_by == worker ? worker->seat->lent : NULL;
}

/* The process that is loaded stays this seat's, where nothing is to be done in it. */
static void lend(struct seat *seat, struct worker *worker)
{
        struct process *process = worker->process;

        process_commit(process);
        if (process->state != PROCESS_RUNNING || process_has_turns(process) ||
            process->is_ending_listed) {
                process_unload(worker);
                return;
        }
        process_put_down(worker);
        process->worker = NULL;
        seat->lent = process;
        seat->lent_by = worker;
}

void handover_run(struct worker *worker)
{
        struct seat *seat = worker->seat;
        struct process *process = worker->handed, *lender;

        worker->turns_end--;
        lend(seat, worker);
        process_pick_up(worker, process);
        worker->handed_run(worker->handed_argument);
        worker->handed = NULL; /* not before: nothing is handed over in there */
        process_entry_check(process);
        process_unload(worker);
        lender = handover_lender();
        if (lender == NULL)
                return;
        seat->lent = NULL;
        seat->lent_by = NULL;
        lender->worker = worker;
        process_pick_up(worker, lender);
}

void handover_take_over(struct seat *seat, const struct worker *worker)
{
        struct process *lent = seat->lent;

        if (lent == NULL || seat->lent_by == worker)
                return;
        seat->lent = NULL;
        seat->lent_by = NULL;
        seat_give(seat, lent);
}
