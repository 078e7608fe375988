/* SPDX-License-Identifier: MIT */
/*
 * Activities: cancellation through the tree of scopes, ends, handles, and the small public calls.
 * How an activity starts, switches and is joined is assembly (stack/x86_64/switch.S).
 *
 * Cancellation. Every scope has a level; an activity as a whole has one too (its own level, that of
 * its root scope). What a wait of the activity meets is its effective level: the highest of its
 * scopes, from the innermost outwards to the first shield:
 *
 *      own level        lexical scopes, outermost first
 *      [hard]     ----  [none] ---- [none, shield] ---- [none]  <- innermost      effective: none
 *      [hard]     ----  [none] ---- [none]  <- innermost                          effective: hard
 *
 * Raising a level recomputes the effective level of the activity, interrupts its wait, and raises
 * the own level of everything that its unshielded scopes own. The list of those still to visit is
 * linked through `segment.previous`, which a first segment does not need: no memory, no recursion.
 *
 * Invariants.
 *  (1) The effective level is what effective_level() computes, whenever user code runs.
 *  (2) Levels only rise while their scope lasts.
 */
#include <mori/activity.h>

#include "activity/activity.h"
#include "activity/wait.h"
#include "platform/symbol.h"
#include "turn/failure.h"
#include "turn/report.h"
#include "turn/seat.h"

#include <errno.h>
#include <string.h>

/* ---- Handles */

struct activity *activity_of_handle(mori_activity handle)
{
        uint32_t generation = (uint32_t)(handle.word >> 32);
        stack_ref ref = (stack_ref)handle.word;

        if (generation == 0 || !stack_ref_is_readable(ref) ||
            activity_at(ref)->segment.generation != generation)
                return NULL;
        return activity_at(ref);
}

void activity_handle_bad(uint64_t handle)
{
        struct activity *activity = activity_of_handle((mori_activity){handle});
        char place[256];

        if (activity == NULL)
                process_abandon("the handle of an activity was joined, ignored or used a second "
                                "time, or was never one");
        if (activity == worker_self()->activity)
                process_abandon("an activity joins itself");
        process_abandon("an activity is joined twice, joined after it was ignored, or joined while "
                        "another waits for it; it was "
                        "started at %s",
                        platform_place(activity_start_site(activity), place, sizeof place));
}

void stack_exhausted(const void *function, size_t bytes_needed, const char *limit)
{
        char place[256];

        process_abandon("no stack for %s, which needs %zu bytes: the limit is %s",
                        platform_place(function, place, sizeof place), bytes_needed, limit);
}

void stack_starts_too_deep(void)
{
        process_abandon("too many starts within starts: the classical stack of the worker is full; "
                        "let an activity wait "
                        "before it starts the next");
}

/* ---- Results */

int activity_failure_of(const struct activity *activity, int32_t result)
{
        if ((activity_flags(activity) >> ACTIVITY_FLAG_RESULT_SHIFT & 3) != 1)
                return 0;
        return result < 0 ? result : 0;
}

int activity_failure(const struct activity *activity)
{
        int32_t result;

        memcpy(&result, (const char *)activity + ACTIVITY_RESULT, sizeof result);
        return activity_failure_of(activity, result);
}

void activity_report_unseen(const struct activity *activity, const char *what)
{
        char place[256];

        /*
         * Who was cancelled as a whole may end as it likes. -ECANCELED says itself that it was a
         * cancellation: that of a token, or of a block of its own, of which nothing is left here.
         */
        if (activity_level_own(activity) != CANCEL_NONE ||
            activity_failure(activity) == -ECANCELED)
                return;
        process_self()->reports++;
        base_report("mori: %s: result %d (%s) of the activity started at %s, causality %llu", what,
                    activity_failure(activity), strerror(-activity_failure(activity)),
                    platform_place(activity_start_site(activity), place, sizeof place),
                    (unsigned long long)activity->causality);
        failure_report(process_self(), activity_handle_of(activity).word,
                       activity_failure(activity));
}

void activity_unlink(struct activity *activity)
{
        if (activity->sibling_next != 0)
                activity_at(activity->sibling_next)->sibling_previous = activity->sibling_previous;
        if (activity->sibling_previous != 0)
                activity_at(activity->sibling_previous)->sibling_next = activity->sibling_next;
        else
                *(stack_ref *)stack_at(activity->owner) = activity->sibling_next;
}

static void activity_free(struct activity *activity)
{
        activity_unlink(activity);
        worker_self()->live--;
        stack_activity_free(activity);
}

/* Called at the end of an activity that somebody else than a joiner wants to know of. */
void activity_finished(struct activity *activity)
{
        if (activity->joiner != 0) {
                struct activity *joiner = activity_at(activity->joiner);

                if (joiner->segment.state == ACTIVITY_STATE_WAITING_ENDS)
                        ends_activity_done(joiner, activity);
                else
                        select_activity_done(joiner, activity);
        }
        if (activity_flags(activity) & ACTIVITY_FLAG_IGNORED) {
                bool seen = (activity_flags(activity) & ACTIVITY_FLAG_WIDE) &&
                            wide_activity_done(activity);

                if (!seen && activity_failure(activity) != 0)
                        activity_report_unseen(activity, "an ignored activity has failed");
                activity_free(activity);
        }
}

/* ---- Cancellation */

static const struct mori_scope *lexical(stack_ref scope)
{
        return stack_at(scope);
}

int64_t activity_cancel_answer(struct activity *activity)
{
        switch (activity_level(activity)) {
        case CANCEL_NONE:
                return 0;
        case CANCEL_SOFT:
                return activity_flags(activity) & ACTIVITY_FLAG_SOFT ? -ECANCELED : 0;
        case CANCEL_HARD:
                return -ECANCELED;
        default:
                return -ETIMEDOUT;
        }
}

void activity_level_update(struct activity *activity)
{
        stack_ref own = stack_ref_of(&activity->children), scope = activity->scope;
        bool soft = false, shielded = false;
        uint8_t level = CANCEL_NONE;

        while (scope != own) {
                const struct mori_scope *block = lexical(scope);

                if (!shielded && block->level > level)
                        level = block->level;
                soft = soft || (block->flags & SCOPE_SOFT);
                shielded = shielded || (block->flags & SCOPE_SHIELD);
                scope = block->outer;
        }
        if (!shielded && activity_level_own(activity) > level)
                level = activity_level_own(activity);
        activity_level_set(activity, level);
        if (soft)
                activity_flags_set(activity, ACTIVITY_FLAG_SOFT);
        else
                activity_flags_clear(activity, ACTIVITY_FLAG_SOFT);
}

/* Adds what a scope owns to the list of activities whose own level is to be raised. */
static void list_children(stack_ref first, uint8_t level, stack_ref *list)
{
        stack_ref ref;

        for (ref = first; ref != 0; ref = activity_at(ref)->sibling_next) {
                struct activity *child = activity_at(ref);

                if (activity_level_own(child) >= level)
                        continue;
                activity_level_own_set(child, level);
                child->segment.previous = *list;
                *list = ref;
        }
}

/*
 * After a level was raised in `activity`: its effective level, its wait, and those that its
 * unshielded scopes own.
 */
static void level_raised(struct activity *activity, uint8_t level, stack_ref *list)
{
        stack_ref own = stack_ref_of(&activity->children), scope = activity->scope, outer;
        stack_ref unshielded = scope;
        int error;

        for (; scope != own; scope = outer) {
                outer = lexical(scope)->outer;
                if (lexical(scope)->flags & SCOPE_SHIELD)
                        unshielded = outer; /* outside of the outermost shield */
        }
        for (scope = unshielded; scope != own; scope = lexical(scope)->outer)
                list_children(lexical(scope)->children, level, list);
        list_children(activity->children, level, list);
        activity_level_update(activity);
        error = (int)activity_cancel_answer(activity);
        if (error < 0)
                wait_interrupt(activity, error);
}

static void level_propagate(stack_ref list, uint8_t level)
{
        while (list != 0) {
                struct activity *activity = activity_at(list);

                list = activity->segment.previous;
                activity->segment.previous = 0;
                level_raised(activity, level, &list);
        }
}

void activity_cancel(struct activity *activity, uint8_t level)
{
        if (activity->segment.state == ACTIVITY_STATE_DONE || activity_level_own(activity) >= level)
                return;
        activity_level_own_set(activity, level);
        activity->segment.previous = 0;
        level_propagate(stack_ref_of(activity), level);
}

void activity_cancel_scope(struct activity *activity, struct mori_scope *block, uint8_t level)
{
        stack_ref scope = activity->scope, own = stack_ref_of(&activity->children), list = 0;
        int error;

        if (block->level >= level)
                return;
        block->level = level;
        /*
         * What the block owns, and what the blocks inside of it own, as far as no shield lies
         * between.
         */
        list_children(block->children, level, &list);
        while (scope != stack_ref_of(block) && scope != own) {
                struct mori_scope *inner = stack_at(scope);
                stack_ref between;
                bool shielded = false;

                for (between = scope; between != stack_ref_of(block);
                     between = lexical(between)->outer)
                        shielded = shielded || (lexical(between)->flags & SCOPE_SHIELD);
                if (!shielded)
                        list_children(inner->children, level, &list);
                scope = inner->outer;
        }
        activity_level_update(activity);
        error = (int)activity_cancel_answer(activity);
        if (error < 0)
                wait_interrupt(activity, error);
        level_propagate(list, level);
}

/* ---- The public calls */

static void cancel_handle(mori_activity handle, uint8_t level)
{
        struct activity *activity = activity_of_handle(handle);

        if (activity == NULL)
                activity_handle_bad(handle.word);
        activity_cancel(activity, level);
}

void mori_cancel(mori_activity activity)
{
        cancel_handle(activity, CANCEL_HARD);
}

void mori_cancel_soft(mori_activity activity)
{
        cancel_handle(activity, CANCEL_SOFT);
}

void mori_ignore(mori_activity handle)
{
        struct activity *activity = activity_of_handle(handle);

        if (activity == NULL ||
            activity_flags(activity) & (ACTIVITY_FLAG_JOINED | ACTIVITY_FLAG_IGNORED))
                activity_handle_bad(handle.word);
        activity_flags_set(activity, ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_NOTIFY);
        if (activity->segment.state == ACTIVITY_STATE_DONE)
                activity_finished(activity);
}

int mori_done(mori_activity handle)
{
        struct activity *activity = activity_of_handle(handle);

        if (activity == NULL)
                activity_handle_bad(handle.word);
        return activity->segment.state == ACTIVITY_STATE_DONE;
}

static struct activity *activity_running(void)
{
        struct activity *activity = worker_self()->activity;

        if (unlikely(activity == NULL))
                process_missing();
        return activity;
}

mori_activity mori_self(void)
{
        return activity_handle_of(activity_running());
}

int mori_cancelled(void)
{
        return (int)activity_cancel_answer(activity_running());
}

uint64_t mori_causality(void)
{
        return activity_running()->causality;
}

uint64_t mori_causality_set(uint64_t causality)
{
        if (causality == 0)
                causality = ++process_self()->causality_next;
        activity_running()->causality = causality;
        return causality;
}

int64_t mori_now(void)
{
        return (int64_t)seat_now(process_self()->seat);
}
