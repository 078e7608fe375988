/* SPDX-License-Identifier: MIT */
/*
 * What a process exports: with that two processes begin to know one another (bootstrap). Who asks
 * before it exports anything, waits.
 */
#include "object/handoff.h"

#include "turn/bond.h"

#include <errno.h>

/* ---- Of the running process */

static void exported_give(struct objects *objects, struct capability *capability,
                          struct answer *answer)
{
        struct mori_wire_writer root;
        struct message message = {0};
        struct draft draft;
        int error = draft_begin(&draft, 0, 1, &root);

        if (error < 0) {
                answer_fail(answer, error);
                return;
        }
        mori_wire_put_capability(mori_wire_writer_slot(&root, 0), 0);
        error = draft_written(&draft, objects, &message);
        message.capabilities = &capability;
        message.capabilities_count = 1;
        answer_return(answer, error, &draft, &message);
        draft_end(&draft);
}

void answer_exported(struct objects *objects, struct answer *answer)
{
        const struct line_end *end = answer->connection->end;
        struct answer **link = &objects->asked;
        struct capability *exported = objects->exported;

        if (unlikely(end->far != NULL) && end->far->given != NULL)
                exported = end->far->given;
        if (exported != NULL) {
                exported_give(objects, exported, answer);
                return;
        }
        while (*link != NULL)
                link = &(*link)->asked_next;
        *link = answer;
        answer->asked = true;
}

int mori_export(mori_ref ref)
{
        struct objects *objects = objects_self();
        struct capability *capability;
        struct answer *answer;

        if (objects == NULL)
                return -ENOMEM;
        capability = reference_find(objects, ref);
        if (capability == NULL)
                return -EBADF;
        if (objects->exported != NULL)
                return -EALREADY;
        if (unlikely(objects->sent != NULL))
                sent_near_run(objects); /* comes before what is called by who asks (1) */
        objects->exported = capability_hold(handoff_kept(capability));
        while ((answer = objects->asked) != NULL) {
                objects->asked = answer->asked_next;
                answer->asked = false;
                exported_give(objects, objects->exported, answer);
        }
        return 0;
}

/* ---- Of another one */

int object_exported_by(struct process *process, mori_ref *ret_ref)
{
        struct objects *objects = objects_self();

        return object_exported_over(objects != NULL ? connection_to(objects, process) : NULL,
                                    ret_ref);
}

int object_exported_over(struct connection *connection, mori_ref *ret_ref)
{
        static const uint16_t first = 0;
        const struct call_head head = {0};
        struct question *question;
        struct capability *place;
        int error = connection == NULL
                            ? -ENOMEM
                            : question_new(connection->objects, connection, &question);

        if (error < 0)
                return error;
        place = promised_new(question, &first, 1);
        error = place == NULL ? -ENOMEM
                              : verb_call(connection, question, NULL, &head, NULL,
                                          &(struct message){0});
        if (error < 0) {
                if (place != NULL)
                        capability_free(place);
                question_free(question);
                return error == -EAGAIN ? -EOVERFLOW : error;
        }
        return reference_new(connection->objects, place, ret_ref);
}

int mori_process_exported(mori_process handle, mori_ref *ret_ref)
{
        struct process *self = process_self(), *process;
        int error = -ESRCH;

        if (ret_ref == NULL)
                return -EFAULT;
        process = bond_find(self->domain, handle.word);
        if (process == NULL)
                return -ESRCH;
        if (process->held_by == stack_ref_of(self))
                error = 0;
        bond_done(process);
        /* Its record stays: we hold it. */
        return error < 0 ? error : object_exported_by(process, ret_ref);
}
