/* SPDX-License-Identifier: MIT */
/*
 * Scopes as blocks, shields, deferred blocks and tokens.
 *
 *      enter --end of the block reached--> join all --> left
 *        |                                                ^
 *        +---return, break, goto--> cancel all, join all -+
 *
 * A scope is left by async code, because it waits for its children. It joins them one after
 * another; the order does not matter, since all have to end. A child that was ignored is taken back
 * first, so that it is reported here and freed here.
 *
 * Invariants.
 *  (1) The blocks of an activity are a chain from `activity->scope` outwards to its own scope.
 *  (2) When a block has been left it owns nothing, its timer does not run, and no token knows it.
 */
#include <mori/scope.h>

#include "activity/activity.h"
#include "activity/deadlock.h"
#include "activity/waiters.h"
#include "turn/seat.h"

#include <errno.h>

/* ---- Deadlines */

struct deadline {
        struct owned owned; /* first: freed with the process */
        struct mori_scope *block;
        _Alignas(16) struct timer timer;
};

static void deadline_fire(struct timer *timer)
{
        struct deadline *deadline = CONTAINER_OF(timer, struct deadline, timer);

        if (seat_timer_fires(timer, timer->process))
                activity_cancel_scope(activity_at(deadline->block->activity), deadline->block,
                                      CANCEL_DEADLINE);
}

static void deadline_free(struct owned *owned)
{
        struct deadline *deadline = (struct deadline *)owned;

        seat_timer_stop(&deadline->timer);
        deadline->timer.process->deadlines--;
        stack_piece_free(deadline, sizeof *deadline);
}

static void deadline_arm(struct mori_scope *block, int64_t duration)
{
        struct process *process = process_self();
        struct deadline *deadline = stack_piece_new(sizeof *deadline);

        if (deadline == NULL)
                process_abandon("no memory for a deadline");
        process_own(process, &deadline->owned, deadline_free);
        deadline->block = block;
        deadline->timer.fire = deadline_fire;
        block->timer = deadline;
        seat_timer_start(&deadline->timer, duration);
        process->deadlines++;
}

static void deadline_disarm(struct mori_scope *block)
{
        struct deadline *deadline = block->timer;

        if (deadline == NULL)
                return;
        block->timer = NULL;
        process_disown(&deadline->owned);
        deadline_free(&deadline->owned);
}

/* The sooner one of two ticks, of which 0 is none. */
static uint64_t sooner(uint64_t a, uint64_t b)
{
        return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t block_deadline(const struct mori_scope *block)
{
        const struct deadline *deadline = block->timer;
        uint64_t due = deadline != NULL ? timer_due(&deadline->timer) : 0;

        return block->token != NULL ? sooner(due, token_deadline(block->token)) : due;
}

/*
 * The block of an activity that has started another one, by what that one has as its owner: NULL
 * where it is the activity's own scope. `ret_activity`: who it is.
 */
static const struct mori_scope *owner_block(stack_ref owner, const struct activity **ret_activity)
{
        const struct mori_scope *block = stack_at(owner);
        stack_ref scope;

        /*
         * As a block it says whose it is, and that one knows it; else this is some sibling's ref.
         */
        if (block->activity != 0) {
                const struct activity *activity = activity_at(block->activity);

                for (scope = activity->scope; scope != stack_ref_of(&activity->children);
                     scope = ((const struct mori_scope *)stack_at(scope))->outer)
                        if (scope == owner) {
                                *ret_activity = activity;
                                return block;
                        }
        }
        *ret_activity = CONTAINER_OF(stack_at(owner), struct activity, children);
        return NULL;
}

uint64_t scope_deadline_find(void);

uint64_t scope_deadline_find(void)
{
        const struct activity *activity = worker_self()->activity;
        uint64_t due = 0;
        stack_ref scope;

        scope = activity->scope;
        for (;;) {
                const struct mori_scope *block;

                for (; scope != stack_ref_of(&activity->children); scope = block->outer) {
                        block = stack_at(scope);
                        due = sooner(due, block_deadline(block));
                        if (block->flags & SCOPE_SHIELD)
                                return due;
                }
                if (activity->owner == 0)
                        return due;
                block = owner_block(activity->owner, &activity);
                scope = block != NULL ? stack_ref_of(block) : stack_ref_of(&activity->children);
        }
}

int64_t deadline_left(uint64_t tick)
{
        uint64_t now = seat_now(seat_hold()), due = tick << TIMER_TICK_SHIFT;

        seat_release();
        return due > now ? (int64_t)(due - now) : 0;
}

int64_t mori_time_left(void)
{
        uint64_t tick = scope_deadline();

        return tick == 0 ? MORI_FOREVER : deadline_left(tick);
}

/* ---- Blocks */

struct mori_scope *mori_scope_enter(struct mori_scope *block, int64_t duration, int kind)
{
        struct activity *activity = worker_self()->activity;

        block->children = 0;
        block->outer = activity->scope;
        block->activity = stack_ref_of(activity);
        block->level = CANCEL_NONE;
        block->flags = kind == 1 ? SCOPE_SHIELD : kind == 2 ? SCOPE_SOFT : 0;
        block->timer = NULL;
        block->token = NULL;
        activity->scope = stack_ref_of(block);
        if (duration != MORI_FOREVER) {
                if (duration <= 0)
                        block->level = CANCEL_DEADLINE;
                else
                        deadline_arm(block, duration);
        }
        if (block->flags != 0 || block->level != CANCEL_NONE)
                activity_level_update(activity);
        return block;
}

/*
 * The next child to join: the first for whose end nobody else waits, or that has ended. Others in
 * the same scope may wait for one another, so they come first. 0 where there is none left.
 */
static uint64_t child_next(stack_ref *children)
{
        struct activity *child;
        stack_ref ref;

        if (*children == 0)
                return 0;
        for (ref = *children; ref != 0; ref = child->sibling_next) {
                child = activity_at(ref);
                if (child->joiner == 0)
                        break;
                if (child->segment.state == ACTIVITY_STATE_DONE &&
                    !(activity_flags(child) & ACTIVITY_FLAG_JOINED))
                        break;
        }
        if (ref == 0)
                process_abandon("a scope is left while an activity outside of it waits for what "
                                "was started in it");
        /* An ignored one is taken back: we free it and report for it. */
        activity_flags_clear(child, ACTIVITY_FLAG_IGNORED | ACTIVITY_FLAG_NOTIFY);
        return activity_handle_of(child).word;
}

/*
 * When a child is done and about to be joined for its scope: a failure that nobody asked for and
 * nobody saw is reported.
 */
static void child_done(uint64_t handle)
{
        struct activity *child = activity_at((stack_ref)handle);

        if (activity_failure(child) != 0)
                activity_report_unseen(child, "nobody saw that an activity failed");
        activity_flags_clear(child, ACTIVITY_FLAG_JOINED); /* by us */
}

/*
 * Quietly waits for a child to be done: it does not join, so that the result is still there to be
 * looked at.
 */
static int64_t child_wait(uint64_t handle)
{
        struct activity *child = activity_at((stack_ref)handle), *self;

        if (child->segment.state == ACTIVITY_STATE_DONE)
                return 0;
        if (deadlock_possible(worker_self()->activity))
                deadlock_leave(child);
        self = wait_begin(ACTIVITY_STATE_WAITING_CHILD, child);
        child->joiner = stack_ref_of(self);
        activity_flags_set(child, ACTIVITY_FLAG_JOINED);
        return WAIT_SUSPEND;
}

static MORI_ASYNC void children_join(stack_ref *children)
{
        MORI_ASYNC void (*joined)(uint64_t) =
                (MORI_ASYNC void (*)(uint64_t))mori_detail_opaque((void *)mori_join_enter);
        uint64_t handle;

        while ((handle = child_next(children)) != 0) {
                if (child_wait(handle) == WAIT_SUSPEND)
                        MORI_AWAIT activity_suspend();
                child_done(handle);
                MORI_AWAIT joined(handle);
        }
}

/*
 * Cancels what a block owns, not the block itself: its owner is leaving it and must still wait for
 * the end.
 */
static void children_cancel(stack_ref *children)
{
        stack_ref ref;

        for (ref = *children; ref != 0; ref = activity_at(ref)->sibling_next)
                activity_cancel(activity_at(ref), CANCEL_HARD);
}

MORI_ASYNC struct mori_scope *mori_scope_end(struct mori_scope *block)
{
        if (block->children != 0)
                MORI_AWAIT children_join(&block->children);
        block->flags |= SCOPE_ENDED;
        return NULL;
}

static void scope_pop(struct mori_scope *block)
{
        struct activity *activity = worker_self()->activity;

        if (unlikely(activity->scope != stack_ref_of(block)))
                process_abandon("scopes are not left in the order in which they were entered");
        deadline_disarm(block);
        token_detach(block);
        activity->scope = block->outer;
        if (block->flags != SCOPE_ENDED || block->level != CANCEL_NONE)
                activity_level_update(activity);
}

MORI_ASYNC void mori_scope_leave(struct mori_scope *block)
{
        if (block->activity == 0)
                return; /* left before it was entered, by an `attempt` in its duration */
        if (!(block->flags & SCOPE_ENDED) && block->children != 0) {
                children_cancel(&block->children);
                MORI_AWAIT children_join(&block->children);
        }
        scope_pop(block);
}

/* Called by assembly where an activity returns and its own scope still owns others. */
static void root_scope_prepare(int32_t result)
{
        struct activity *activity = worker_self()->activity;

        if (activity_holds(activity) != 0)
                activity_holds_left(activity); /* before those are waited for who want a lock */
        if (activity_failure_of(activity, result) != 0)
                children_cancel(&activity->children);
}

static stack_ref *root_scope_children(void)
{
        return &worker_self()->activity->children;
}

MORI_ASYNC void activity_leave_root_scope(int32_t result)
{
        root_scope_prepare(result);
        MORI_AWAIT children_join(root_scope_children());
}

void mori_scope_cancel(void)
{
        struct activity *activity = worker_self()->activity;
        stack_ref own = stack_ref_of(&activity->children);

        if (activity->scope == own)
                activity_cancel(activity, CANCEL_HARD);
        else
                activity_cancel_scope(activity, stack_at(activity->scope), CANCEL_HARD);
}

/* ---- Deferred blocks: a shield around each, entered just before it runs and left just after */

void mori_defer_enter(struct mori_scope **block)
{
        mori_scope_enter(*block, MORI_DEFER_DEADLINE, 1);
        (*block)->flags |= SCOPE_DEFER;
}

MORI_ASYNC void mori_defer_leave(struct mori_scope *block)
{
        if (block->flags & SCOPE_DEFER) {
                if (block->children != 0)
                        MORI_AWAIT children_join(&block->children);
                scope_pop(block);
        }
}

MORI_ASYNC void mori_deferred_run(struct mori_deferred *deferred)
{
        struct mori_scope block = {0};
        struct mori_scope *entered = &block;

        mori_defer_enter(&entered);
        MORI_AWAIT deferred->function(deferred->pointer);
        MORI_AWAIT mori_defer_leave(&block);
}
