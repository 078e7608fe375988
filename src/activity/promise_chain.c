/* SPDX-License-Identifier: MIT */
/*
 * Promises from promises: chains, promises that settle as another, groups and loops.
 *
 * Each is a CALLBACK_INNER on what it waits for, with the promise that it is to settle in `to`:
 *
 *      chain   S --link_run--> calls the link with the resolver of `to`
 *      follow  S --follow_run--> `to` settles as S has
 *      group   each member --group_run--> counts, and settles `to`
 *      loop    each round's promise --loop_run--> the next round, or settles `to`
 *
 * While it waits, to->of is S, so that a cancellation finds its way (promise_ask()).
 */
#include "activity/promise.h"

#include <errno.h>
#include <stdlib.h>

static mori_promise handle_of(const struct promise *promise)
{
        return (mori_promise){slot_word(promise)};
}

/* The owner of `from` is now whoever waits for it with a callback of ours. */
static void take_over(struct promises *pool, struct promise *from, struct promise *to)
{
        from->flags &= (uint8_t)~PROMISE_HELD;
        if (from->state != PROMISE_PENDING)
                return;
        to->of = from;
        if (to->level != CANCEL_NONE && promise_is_given_up(from))
                promise_ask(pool, from, to->level);
}

/* A promise of ours that could not be made whole. */
static mori_promise undo(struct promises *pool, struct promise *promise, int error)
{
        promise->flags = PROMISE_RESOLVER | PROMISE_LOOKED;
        promise_fail(pool, promise, error);
        return promise_failed(error);
}

/* ---- Chains */

static void link_go(struct promises *pool, struct promise *callback, struct promise *promise,
                    bool either)
{
        struct promise *to = callback->to;
        mori_link *link = (mori_link *)callback->how;
        void *context = callback->context;
        bool succeeded = promise->state == PROMISE_SUCCEEDED;

        slot_free(pool, callback);
        to->of = NULL;
        if (!either && !succeeded) {
                promise_fail(pool, to, promise->error);
        } else if (!either && to->level != CANCEL_NONE) {
                promise_fail(pool, to, promise_level_error(to->level));
        } else {
                to->flags &= (uint8_t)~PROMISE_OURS;
                promise_turn_of(pool, (void *)link);
                link(context, succeeded ? 0 : promise->error, succeeded ? promise->value : NULL,
                     (mori_resolver){slot_word(to)});
        }
}

static void link_run(struct promises *pool, struct promise *callback, struct promise *promise)
{
        link_go(pool, callback, promise, false);
}

static void link_either_run(struct promises *pool, struct promise *callback,
                            struct promise *promise)
{
        link_go(pool, callback, promise, true);
}

mori_promise mori_promise_chain_at(mori_promise handle, size_t bytes, mori_link *link,
                                   void *context, int either, const struct mori_place *place)
{
        struct promise *from, *to, *callback;
        struct promises *pool;
        int error;

        if (link == NULL)
                return promise_failed(-EINVAL);
        error = promise_find_any(&pool, handle, &from);
        if (error < 0)
                return promise_failed(error);
        error = promise_make(bytes, place, &pool, &to);
        if (error == 0) {
                to->flags |= PROMISE_OURS;
                error = promise_add(pool, from, CALLBACK_INNER,
                                    either ? (void *)link_either_run : (void *)link_run, context,
                                    &callback);
                if (error < 0)
                        undo(pool, to, error);
        }
        if (error < 0) {
                promise_check(pool, from); /* of a constant */
                return promise_failed(error);
        }
        callback->to = to;
        callback->how = (void *)link;
        if (from->state == PROMISE_PENDING)
                to->of = from;
        return handle_of(to);
}

/* ---- Settling as another does */

#define DEPENDS_OPEN_MAX 64
#define DEPENDS_VISITS_MAX 1000

struct group {
        struct owned owned;
        struct promise *to; /* NULL once it has settled */
        unsigned count, left; /* left: callbacks of ours that have not run */
        bool any;
        struct promise *members[]; /* NULL once it has settled */
};

/* The group that is to settle a promise, or NULL. */
static const struct group *group_of(const struct promise *promise);

static void follow_run(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct promise *to = callback->to;

        slot_free(pool, callback);
        promise_copy(pool, to, promise);
}

/*
 * `from` only waits to settle as another, and nobody waits for it but the one who hands it over:
 * then `to` takes its place, and it is gone. So a row of functions that hand over one another's
 * promises is never longer than one.
 */
static bool follow_instead(struct promises *pool, struct promise *from, struct promise *to)
{
        struct promise *callback = from->of != NULL ? from->of->last : NULL;

        if (callback == NULL || from->callbacks != 0) /* one that is to run, too */
                return false;
        while (callback->to != from || callback->what != CALLBACK_INNER) {
                callback = callback->next;
                if (callback == from->of->last)
                        break;
        }
        if (callback->function != (void *)follow_run || callback->to != from)
                return false;
        callback->to = to;
        to->flags |= PROMISE_OURS;
        to->of = from->of;
        if (!SEED_BUG(SEED_BUG_PROMISE_LEAK))
                slot_free(pool, from);
        if (to->level != CANCEL_NONE && promise_is_given_up(to->of))
                promise_ask(pool, to->of, to->level);
        return true;
}

/*
 * Can `from` only succeed after `to` has: is it made from it, through groups of all as well? As far
 * as a bounded search finds.
 */
static bool depends(const struct promise *from, const struct promise *to)
{
        const struct promise *open[DEPENDS_OPEN_MAX] = {from};
        unsigned count = 1, visits = 0, i;

        while (count > 0 && visits++ < DEPENDS_VISITS_MAX) {
                const struct promise *promise = open[--count];
                const struct group *group;

                while (promise != to && promise->of != NULL)
                        promise = promise->of;
                if (promise == to)
                        return true;
                group = group_of(promise);
                for (i = 0; group != NULL && !group->any && i < group->count; i++)
                        if (group->members[i] != NULL && count < DEPENDS_OPEN_MAX)
                                open[count++] = group->members[i];
        }
        return false;
}

int mori_resolve_with(mori_resolver resolver, mori_promise handle)
{
        struct promise *to, *from, *callback;
        struct promises *pool;
        int error;

        to = resolver_find(&pool, resolver);
        if (promise_is_constant(handle)) {
                error = promise_constant_error(handle);
                if (error == 0 && to->bytes != 0)
                        return -EINVAL;
                if (error == 0)
                        promise_succeed(pool, to, NULL);
                else
                        mori_resolve_failure(resolver, error);
                return 0;
        }
        from = promise_find(&pool, handle);
        if (from->bytes != to->bytes)
                return -EINVAL;
        if (depends(from, to))
                return -ELOOP;
        if (from->state != PROMISE_PENDING) {
                from->flags |= PROMISE_LOOKED;
                promise_copy(pool, to, from);
                promise_let_go(pool, from);
                return 0;
        }
        if (follow_instead(pool, from, to))
                return 0;
        error = promise_add(pool, from, CALLBACK_INNER, (void *)follow_run, NULL, &callback);
        if (error < 0)
                return error;
        callback->to = to;
        to->flags |= PROMISE_OURS;
        take_over(pool, from, to);
        return 0;
}

/* ---- All and any */

static void group_release(struct owned *owned)
{
        free(CONTAINER_OF(owned, struct group, owned));
}

static void group_ask(struct promises *pool, const struct group *group, uint8_t level)
{
        unsigned i;

        for (i = 0; i < group->count; i++)
                if (group->members[i] != NULL)
                        promise_ask(pool, group->members[i], level);
}

static void group_run(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct group *group = callback->context;
        uint32_t index = (uint32_t)(uintptr_t)callback->how;
        bool succeeded = promise->state == PROMISE_SUCCEEDED;
        struct promise *to = group->to;

        slot_free(pool, callback);
        group->members[index] = NULL;
        group->left--;
        if (to != NULL && (succeeded == group->any || group->left == 0)) {
                group->to = NULL;
                group_ask(pool, group, CANCEL_HARD);
                if (succeeded)
                        promise_succeed(pool, to, &index);
                else
                        promise_fail(pool, to, promise->error);
        }
        if (group->left == 0) {
                process_disown(&group->owned);
                free(group);
        }
}

static void group_asked(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct group *group = callback->context;

        slot_free(pool, callback);
        if (promise->state == PROMISE_PENDING) /* else the group is gone, perhaps */
                group_ask(pool, group, promise->level);
}

static const struct group *group_of(const struct promise *promise)
{
        bool is_group = promise->state == PROMISE_PENDING && promise->flags & PROMISE_GROUP;

        return is_group ? promise->how : NULL;
}

unsigned promise_members(const struct promise *promise, struct promise *const **ret_members)
{
        const struct group *group = group_of(promise);

        if (group == NULL)
                return 0;
        *ret_members = group->members;
        return group->count;
}

static int group_add(struct promises *pool, struct group *group, mori_promise handle,
                     unsigned index)
{
        struct promise *member, *callback;
        int error = promise_find_any(&pool, handle, &member);

        if (error < 0)
                return error;
        error = promise_add(pool, member, CALLBACK_INNER, (void *)group_run, group, &callback);
        if (error < 0) {
                promise_check(pool, member); /* of a constant */
                return error;
        }
        callback->how = (void *)(uintptr_t)index;
        group->members[index] = member;
        group->left++;
        return 0;
}

static mori_promise group_new(const mori_promise *promises, unsigned count, bool any,
                              const struct mori_place *place)
{
        struct promise *to, *ignored;
        struct promises *pool;
        struct group *group;
        unsigned i;
        int error = promises == NULL
                            ? -EINVAL
                            : promise_make(any ? sizeof(uint32_t) : 0, place, &pool, &to);

        if (error < 0)
                return promise_failed(error);
        to->flags |= PROMISE_OURS;
        group = calloc(1, sizeof *group + count * sizeof(struct promise *));
        if (group == NULL)
                return undo(pool, to, -ENOMEM);
        group->count = count;
        group->any = any;
        group->to = to;
        to->flags |= PROMISE_GROUP;
        to->how = group;
        error = promise_add_asked(pool, to, CALLBACK_INNER, (void *)group_asked, group, &ignored);
        for (i = 0; error == 0 && i < count; i++)
                error = group_add(pool, group, promises[i], i);
        if (error < 0)
                group->to = NULL;
        if (group->left != 0)
                process_own(pool->process, &group->owned, group_release);
        else
                free(group); /* else it goes with the last of those that were added */
        return error < 0 ? undo(pool, to, error) : handle_of(to);
}

mori_promise mori_promise_all_at(const mori_promise *promises, unsigned count,
                                 const struct mori_place *place)
{
        return count == 0 ? MORI_PROMISE_DONE : group_new(promises, count, false, place);
}

mori_promise mori_promise_any_at(const mori_promise *promises, unsigned count,
                                 const struct mori_place *place)
{
        return count == 0 ? promise_failed(-EINVAL) : group_new(promises, count, true, place);
}

/* ---- Loops */

struct loop {
        struct owned owned;
        struct promise *to;
        uint64_t count, round;
        int (*more)(void *context);
        mori_body *body;
        void *context;
};

static void loop_release(struct owned *owned)
{
        free(CONTAINER_OF(owned, struct loop, owned));
}

static void loop_end(struct promises *pool, struct promise *callback, int error)
{
        struct loop *loop = callback->context;
        struct promise *to = loop->to;

        slot_free(pool, callback);
        process_disown(&loop->owned);
        free(loop);
        if (error < 0)
                promise_fail(pool, to, error);
        else
                promise_succeed(pool, to, NULL);
}

/* The next round gets its turn when `promise` has settled; the loop's own: at once. */
static void loop_next(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct promise *to = ((struct loop *)callback->context)->to;

        callback->what = CALLBACK_INNER;
        callback->of = promise;
        if (promise != to) {
                promise->flags |= PROMISE_LOOKED;
                promise_add_slot(pool, promise, callback);
                take_over(pool, promise, to);
        } else {
                promise->callbacks++;
                promise_ready(pool, callback);
        }
}

/* What the next round waits for: 0, or an error that ends the loop. */
static int loop_round(struct promises *pool, struct loop *loop, struct promise **ret_promise)
{
        mori_promise round;

        promise_turn_of(pool, (void *)loop->body);
        round = loop->body(loop->context, loop->round++);
        *ret_promise = loop->to;
        if (promise_is_constant(round))
                return promise_constant_error(round);
        *ret_promise = promise_find(&pool, round);
        return depends(*ret_promise, loop->to) ? -ELOOP : 0;
}

static void loop_run(struct promises *pool, struct promise *callback, struct promise *promise)
{
        struct loop *loop = callback->context;
        struct promise *to = loop->to;
        int error = 0;

        to->of = NULL;
        if (promise != to && promise->state == PROMISE_FAILED)
                error = promise->error;
        else if (to->level != CANCEL_NONE)
                error = promise_level_error(to->level);
        else if (loop->round == loop->count || (loop->more != NULL && !loop->more(loop->context)))
                error = 1; /* it is over */
        if (error == 0)
                error = loop_round(pool, loop, &promise);
        if (error != 0)
                loop_end(pool, callback, error);
        else
                loop_next(pool, callback, promise);
}

mori_promise mori_promise_loop_at(uint64_t count, int (*more)(void *context), mori_body *body,
                                  void *context, const struct mori_place *place)
{
        struct promise *to, *callback;
        struct promises *pool;
        struct loop *loop;
        int error = body == NULL ? -EINVAL : promise_make(0, place, &pool, &to);

        if (error < 0)
                return promise_failed(error);
        to->flags |= PROMISE_OURS;
        loop = calloc(1, sizeof *loop);
        error = loop == NULL ? -ENOMEM : slot_new(pool, &callback);
        if (error < 0) {
                free(loop);
                return undo(pool, to, error);
        }
        *loop = (struct loop){.to = to,
                              .count = count,
                              .more = more,
                              .body = body,
                              .context = context};
        process_own(pool->process, &loop->owned, loop_release);
        callback->state = SLOT_CALLBACK;
        callback->function = (void *)loop_run;
        callback->context = loop;
        callback->causality = to->causality;
        callback->to = to;
        loop_next(pool, callback, to);
        return handle_of(to);
}
