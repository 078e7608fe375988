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

/* Takes them all out of the stack, which is `empty` then, and puts them behind those heard. */
static void hear(struct process *process, struct bell *empty)
{
        struct bell *bell = atomic_exchange(&process->bells, empty), *oldest = NULL;
        struct bell **link = &process->heard;

        while (bell != NULL && bell != BELLS_CLOSED) {
                struct bell *next = bell->next;

                bell->next = oldest;
                oldest = bell;
                bell = next;
        }
        while (*link != NULL)
                link = &(*link)->next;
        *link = oldest;
}

void bells_take(struct process *process)
{
        if (atomic_load_relaxed(&process->bells) != BELLS_CLOSED)
                hear(process, NULL);
}

void bell_again(struct bell *bell)
{
        struct process *process = bell->process;
        struct bell **link = &process->heard;

        if (atomic_exchange(&bell->rung, 1) != 0)
                return; /* it has been rung meanwhile */
        while (*link != NULL)
                link = &(*link)->next;
        bell->next = NULL;
        *link = bell;
}

void bells_answer(struct process *process)
{
        struct bell *bell = process->heard;

        process->heard = NULL;
        while (bell != NULL) {
                struct bell *next = bell->next;

                atomic_exchange(&bell->rung, 0); /* then, and before it looks */
                bell->answer(bell, false);
                bell = next;
                if (unlikely(process->state != PROCESS_RUNNING))
                        break;
        }
        while (bell != NULL) { /* the process was abandoned: these are for bells_close() */
                struct bell *next = bell->next;

                bell->next = process->heard;
                process->heard = bell;
                bell = next;
        }
}

void bells_close(struct process *process)
{
        struct bell *bell;

        hear(process, BELLS_CLOSED);
        while ((bell = process->heard) != NULL) {
                process->heard = bell->next;
                bell->answer(bell, true);
        }
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
