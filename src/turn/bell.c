/* SPDX-License-Identifier: MIT */
/* Bells. The states and invariants are in bell.h. */
#include "turn/bell.h"

#include "turn/bond.h"
#include "turn/domain.h"

/* What stands in `bells` of a process that answers none any more. */
#define BELLS_CLOSED ((struct bell *)1)

bool bell_ring(struct bell *bell)
{
        struct process *process = bell->process;
        struct bell *head;

        if (atomic_exchange(&bell->rung, 1) != 0)
                return true;
        head = atomic_load_relaxed(&process->bells);
        do {
                if (head == BELLS_CLOSED)
                        return false;
                bell->next = head;
        } while (!atomic_compare_exchange(&process->bells, &head, bell));
        if (head == NULL) /* else who has put the one before notifies, or has */
                process_notify(process, NEWS_BELLS);
        return true;
}

/* Takes them all, and leaves `empty`. The oldest first. */
static struct bell *take_all(struct process *process, struct bell *empty)
{
        struct bell *bell = atomic_exchange(&process->bells, empty), *oldest = NULL;

        while (bell != NULL && bell != BELLS_CLOSED) {
                struct bell *next = bell->next;

                bell->next = oldest;
                oldest = bell;
                bell = next;
        }
        return oldest;
}

static void answer_all(struct bell *bell, bool closing)
{
        while (bell != NULL) {
                struct bell *next = bell->next;

                if (!closing)
                        atomic_exchange(&bell->rung, 0); /* then, and before it looks */
                bell->answer(bell, closing);
                bell = next;
        }
}

void bells_take(struct process *process)
{
        if (atomic_load_relaxed(&process->bells) == BELLS_CLOSED)
                return;
        answer_all(take_all(process, NULL), false);
}

void bells_close(struct process *process)
{
        answer_all(take_all(process, BELLS_CLOSED), true);
}

void process_hold(struct process *process)
{
        base_lock(&process->bonds_lock);
        process->references += PROCESS_REFERENCE_ONE;
        base_unlock(&process->bonds_lock);
}

void process_release(struct process *process)
{
        bond_unref(process, PROCESS_REFERENCE_ONE);
}
