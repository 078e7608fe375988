/* SPDX-License-Identifier: MIT */
/* Capabilities and the handles that stand for them; what a process has of objects. See object.h. */
#include "object/block.h"
#include "object/handoff.h"
#include "object/membrane.h"
#include "object/stream.h"

#include "turn/domain.h"
#include "turn/failure.h"

#include <errno.h>
#include <stdlib.h>

/* ---- What a process has */

static void own_bell_answer(struct bell *bell, bool closing)
{
        struct objects *objects = CONTAINER_OF(bell, struct objects, bell);

        if (closing)
                return;
        objects_run(objects);
        if (unlikely(objects->trims))
                connections_trim(objects);
}

static void objects_release(struct owned *owned)
{
        struct objects *objects = CONTAINER_OF(owned, struct objects, owned);

        connections_close(objects);
        incoming_free_all(objects);
        questions_free_all(objects);
        while (objects->capabilities != NULL)
                capability_free(
                        CONTAINER_OF(objects->capabilities, struct capability, listed));
        handles_deinit(&objects->references);
        membranes_free_all(objects);
        handles_deinit(&objects->sents);
        handoffs_free_all(objects);
        handles_deinit(&objects->membrane_handles);
        objects->process->objects = NULL;
        free(objects);
}

struct objects *objects_of(struct process *process)
{
        struct objects *objects = process->objects;

        if (likely(objects != NULL))
                return objects;
        objects = calloc(1, sizeof *objects);
        if (objects == NULL)
                return NULL;
        objects->process = process;
        objects->references.max =
                process->domain->refs_max != 0 ? process->domain->refs_max : MORI_REFS_MAX;
        objects->sents.max = objects->membrane_handles.max = objects->references.max;
        objects->handoffs.max = HANDOFFS_MAX;
        objects->granted_last = &objects->granted;
        objects->sent_last = &objects->sent;
        objects->bell = (struct bell){.process = process, .answer = own_bell_answer};
        process_own(process, &objects->owned, objects_release);
        process->objects = objects;
        return objects;
}

struct objects *objects_self(void)
{
        return objects_of(process_self());
}

/* ---- Capabilities */

void capability_init(struct capability *capability, struct objects *objects,
                     enum capability_kind kind)
{
        capability->count = 1;
        capability->kind = (uint8_t)kind;
        capability->objects = objects;
        list_add(&objects->capabilities, &capability->listed);
}

void capability_free(struct capability *capability)
{
        if (capability->kind == CAPABILITY_BROKEN)
                (void)failure_unref(capability->failure);
        else if (capability->kind == CAPABILITY_OBJECT)
                (void)failure_unref(object_of(capability)->failure);
        stream_free(capability->stream);
        list_remove(&capability->listed);
        if (capability->is_block)
                block_free(capability, sizeof *capability);
        else
                free(capability);
}

struct capability *capability_new(struct objects *objects, enum capability_kind kind)
{
        struct capability *capability = block_new_zero(sizeof *capability);

        if (capability == NULL)
                return NULL;
        capability_init(capability, objects, kind);
        capability->is_block = true;
        return capability;
}

void capability_over(struct capability *capability)
{
        do {
                struct capability *same = NULL;

                assert_always(capability->exports == NULL && capability->wrappers == NULL);
                switch ((enum capability_kind)capability->kind) {
                case CAPABILITY_OBJECT:
                        object_gone(object_of(capability));
                        return;
                case CAPABILITY_IMPORT:
                        import_drop(capability);
                        return;
                case CAPABILITY_PLACE:
                        place_forget(capability);
                        break;
                case CAPABILITY_SAME:
                        same = capability->same;
                        break;
                case CAPABILITY_WRAPPED:
                        same = capability->wrapped.inner;
                        wrapped_forget(capability);
                        break;
                case CAPABILITY_BROKEN:
                        break;
                }
                capability_free(capability);
                capability = same;
        } while (capability != NULL && --capability->count == 0);
}

struct capability *capability_behind(struct capability *capability)
{
        for (;;) {
                capability = capability_resolve(capability);
                if (capability->kind != CAPABILITY_WRAPPED)
                        return capability;
                capability = capability->wrapped.inner;
        }
}

void capability_become(struct capability *capability, struct capability *same)
{
        capability->kind = CAPABILITY_SAME;
        capability->elsewhere = 0;
        capability->same = capability_hold(same);
        if (unlikely(capability->stream != NULL))
                stream_pass(capability, same);
}

void capability_break(struct capability *capability, int error, struct failure *failure)
{
        capability->kind = CAPABILITY_BROKEN;
        capability->elsewhere = 0;
        capability->error = error;
        capability->failure = failure_ref(failure);
}

/* ---- References */

struct capability *reference_find(struct objects *objects, mori_ref ref)
{
        struct capability *capability;

        if (ref.word == 0)
                return NULL;
        capability = handles_find(&objects->references, ref.word);
        if (unlikely(capability == NULL))
                process_abandon("a reference to an object was used after it was dropped, or was "
                                "never one of this process");
        if (likely(capability->kind != CAPABILITY_SAME))
                return capability;
        /* from now on it stands for what that is, and need not be looked for */
        handles_set(&objects->references, ref.word,
                    capability_hold(capability_resolve(capability)));
        capability_drop(capability);
        return handles_find(&objects->references, ref.word);
}

void reference_kept(struct objects *objects, mori_ref ref)
{
        struct capability *capability = reference_find(objects, ref);

        if (capability != NULL && capability->kind == CAPABILITY_IMPORT)
                (void)handoff_kept(capability);
}

int reference_new(struct objects *objects, struct capability *capability, mori_ref *ret_ref)
{
        int error = handles_add(&objects->references, capability, &ret_ref->word);

        if (error < 0) {
                ret_ref->word = 0;
                capability_drop(capability);
        }
        return error;
}

int mori_ref_copy(mori_ref ref, mori_ref *ret_ref)
{
        struct objects *objects = objects_self();
        struct capability *capability;

        if (ret_ref == NULL)
                return -EFAULT;
        if (objects == NULL)
                return -ENOMEM;
        capability = reference_find(objects, ref);
        if (capability == NULL)
                return -EBADF;
        return reference_new(objects, capability_hold(handoff_kept(capability)), ret_ref);
}

void mori_ref_drop(mori_ref ref)
{
        struct objects *objects = process_self()->objects;
        struct capability *capability;

        if (ref.word == 0)
                return;
        capability = objects != NULL ? handles_remove(&objects->references, ref.word) : NULL;
        if (capability == NULL)
                process_abandon("a reference to an object was dropped twice, or was never one of "
                                "this process");
        capability_drop(capability);
}

int mori_ref_same(mori_ref a, mori_ref b)
{
        struct objects *objects = objects_self();

        return a.word == b.word ||
               (objects != NULL && a.word != 0 && b.word != 0 &&
                reference_find(objects, a) == reference_find(objects, b));
}

int mori_ref_status(mori_ref ref)
{
        struct objects *objects = objects_self();
        struct capability *capability;

        if (objects == NULL)
                return -ENOMEM;
        capability = reference_find(objects, ref);
        if (capability == NULL)
                return -EBADF;
        capability = capability_behind(capability);
        if (capability->kind == CAPABILITY_BROKEN)
                return capability->error;
        return capability->kind == CAPABILITY_PLACE ? place_status(capability) : 0;
}
