/* SPDX-License-Identifier: MIT */
/*
 * Promises against a model (promise_model.h): random programs that make promises, chain, group and
 * loop them, settle, cancel, free and ignore them, from an activity and from callbacks, links and
 * rounds, over many seeds (seeded.h).
 *
 *   - What is called is what the model says, in that order, with that outcome.
 *   - What may be asked (mori_promise_get(), mori_resolver_asked()) is answered as by the model.
 *   - So many failures are reported as the model says, and nothing else.
 *   - In the end all has settled, and nothing is left.
 */
#include "activity/promise.h"
#include "turn/seat.h"

#include "promise_model.h"
#include "seeded.h"

#include <mori/keywords.h>

#define ACTIONS 150

static unsigned actions_left, reports;
static int condition_held = -1; /* the loop whose round follows */
static unsigned long calls;

static void act(unsigned count);

static void *context_of(int entry)
{
        return (void *)(intptr_t)(entry + 1);
}

/* ---- What the runtime calls */

static struct entry *is_called(void *context)
{
        int entry = (int)(intptr_t)context - 1;

        HOLD(condition_held == -1);
        HOLD(model_next() == entry);
        calls++;
        return &model.entries[entry];
}

static void is_outcome(const struct node *node, int error, const void *value)
{
        HOLD(error == node->error && (error < 0) == (value == NULL));
        if (error == 0 && node->bytes == sizeof(long))
                HOLD(*(const long *)value == node->value);
        if (error == 0 && node->bytes == sizeof(uint32_t))
                HOLD(*(const uint32_t *)value == (uint32_t)node->value);
}

static void called(void *context, int error, const void *value)
{
        const struct entry *entry = is_called(context);

        HOLD(entry->kind <= FINALLY);
        is_outcome(&model.nodes[entry->of], error, value);
        act(draw(3));
}

static void asked(void *context, int error, const void *value)
{
        const struct entry *entry = is_called(context);

        HOLD(entry->kind == ASKED && error == -ECANCELED && value == NULL);
        act(draw(3));
}

static void linked(void *context, int error, const void *value, mori_resolver next)
{
        const struct entry *entry = is_called(context);

        HOLD(entry->kind == LINK || entry->kind == LINK_EITHER);
        is_outcome(&model.nodes[entry->of], error, value);
        model.nodes[entry->to].resolver = next;
        act(draw(4));
}

static int more(void *context)
{
        struct entry *entry = is_called(context);

        HOLD(entry->kind == ROUND && entry->asks_more);
        if (entry->round == entry->count) {
                model_settle(entry->to, 0, 0);
                return 0;
        }
        condition_held = (int)(entry - model.entries);
        return 1;
}

/* A promise in our hands, or -1. */
static int any_held(void)
{
        int first = (int)draw(NODES);

        for (int i = 0; i < model.nodes_count; i++) {
                int node = (first + i) % model.nodes_count;

                if (model.nodes[node].held)
                        return node;
        }
        return -1;
}

static int any_resolver(void)
{
        int first = (int)draw(NODES);

        for (int i = 0; i < model.nodes_count; i++) {
                int node = (first + i) % model.nodes_count;

                if (model.nodes[node].resolves)
                        return node;
        }
        return -1;
}

static bool has_room(int node)
{
        return model.nodes[node].waiting < WAITS - MEMBERS;
}

static mori_promise body(void *context, uint64_t round)
{
        int number = (int)(intptr_t)context - 1, node;
        struct entry *entry = &model.entries[number];

        if (entry->asks_more) {
                HOLD(condition_held == number);
                condition_held = -1;
        } else {
                is_called(context);
        }
        HOLD(entry->kind == ROUND && round == entry->round);
        act(draw(3));
        node = any_held();
        if (draw(8) == 0) {
                model_round_ends(number, -EIO, -1);
                return MORI_PROMISE_FAILED(-EIO);
        }
        /* a circle through a group of any would stand still, and be right to */
        if (draw(3) == 0 || node < 0 || !has_room(node) ||
            (model_depends(node, entry->to, true) && !model_depends(node, entry->to, false))) {
                model_round_ends(number, 0, -1);
                return MORI_PROMISE_DONE;
        }
        model_round_ends(number, 0, node);
        return model.nodes[node].promise;
}

/* ---- What a program does */

static void make(void)
{
        struct node *node = &model.nodes[node_new(draw(2) * (unsigned)sizeof(long))];

        HOLD(mori_promise_new(node->bytes, &node->promise, &node->resolver) == 0);
        node->held = node->resolves = true;
}

/* One that is made of others is in our hands. */
static void made(int node, mori_promise promise)
{
        HOLD(promise.word >> 32 != 0);
        model.nodes[node].promise = promise;
        model.nodes[node].held = true;
}

/* A promise that may be waited for: one in our hands, or a constant. */
static int any_promise(void)
{
        int node = any_held();

        if (node >= 0 && has_room(node) && draw(12) != 0)
                return node;
        node = node_new(0);
        model.nodes[node].error = draw(2) ? -EIO : 0;
        model.nodes[node].state = model.nodes[node].error < 0 ? FAILED : SUCCEEDED;
        model.nodes[node].promise = model.nodes[node].error < 0 ? MORI_PROMISE_FAILED(-EIO)
                                                                : MORI_PROMISE_DONE;
        return node;
}

static void wait_for_one(void)
{
        static int (*const registers[])(mori_promise, mori_callback *, void *) = {
                [THEN] = mori_promise_then,
                [FAILURE] = mori_promise_on_failure,
                [WHEN] = mori_promise_when,
                [FINALLY] = mori_promise_finally,
        };
        enum kind kind = draw(4);
        int of = any_promise(), entry = entry_new(kind, of, -1);

        HOLD(registers[kind](model.nodes[of].promise, called, context_of(entry)) == 0);
        model_wait(of, entry);
}

static void chain(void)
{
        int of = any_promise(), to = node_new(draw(2) * (unsigned)sizeof(long));
        bool either = draw(3) == 0;
        int entry = entry_new(either ? LINK_EITHER : LINK, of, to);
        mori_promise from = model.nodes[of].promise;
        unsigned bytes = model.nodes[to].bytes;

        made(to, either ? mori_promise_chain_either(from, bytes, linked, context_of(entry))
                        : mori_promise_chain(from, bytes, linked, context_of(entry)));
        model_wait(of, entry);
        if (model.nodes[of].state == PENDING)
                model.nodes[to].of = of;
}

static void make_group(void)
{
        struct group *group = &model.groups[model.groups_count];
        mori_promise members[MEMBERS];
        bool any = draw(2);
        int to = node_new(any ? sizeof(uint32_t) : 0), entry;

        *group = (struct group){.to = to, .any = any, .count = (int)draw(MEMBERS) + 1};
        entry = entry_new(GROUP_ASKED, to, -1);
        model.entries[entry].group = model.groups_count;
        model_when_asked(to, entry);
        for (int i = 0; i < group->count; i++) {
                group->members[i] = any_promise();
                members[i] = model.nodes[group->members[i]].promise;
                entry = entry_new(MEMBER, group->members[i], to);
                model.entries[entry].group = model.groups_count;
                model.entries[entry].index = i;
                model_wait(group->members[i], entry);
        }
        group->left = group->count;
        model.nodes[to].group = model.groups_count++;
        made(to, any ? mori_promise_any(members, (unsigned)group->count)
                     : mori_promise_all(members, (unsigned)group->count));
}

static void loop(void)
{
        int to = node_new(0), entry = entry_new(ROUND, to, to);

        model.entries[entry].count = draw(5);
        model.entries[entry].asks_more = draw(2);
        if (model.entries[entry].asks_more)
                made(to, mori_promise_while(more, body, context_of(entry)));
        else
                made(to, mori_promise_for(model.entries[entry].count, body, context_of(entry)));
        model.nodes[to].left++;
        model_ready(entry);
}

static void settle(int node)
{
        long value = (long)draw(1000);

        switch (draw(6)) {
        case 0:
                mori_resolve_failure(model.nodes[node].resolver, -EIO);
                model_settle(node, -EIO, 0);
                break;
        case 1:
                mori_resolver_drop(model.nodes[node].resolver);
                model_settle(node, -EOWNERDEAD, 0);
                break;
        default:
                mori_resolve_value(model.nodes[node].resolver, &value, model.nodes[node].bytes);
                model_settle(node, 0, value);
                break;
        }
}

static void settle_with(int to)
{
        int from = any_held();

        if (from < 0 || draw(10) == 0) {
                int error = draw(2) ? -EPROTO : 0;
                bool good = error < 0 || model.nodes[to].bytes == 0;

                HOLD(mori_resolve_with(model.nodes[to].resolver,
                                       error < 0 ? MORI_PROMISE_FAILED(-EPROTO)
                                                 : MORI_PROMISE_DONE) == (good ? 0 : -EINVAL));
                if (good)
                        model_settle(to, error, 0);
        } else if (has_room(from) &&
                   (model_depends(from, to, false) || !model_depends(from, to, true))) {
                int result = mori_resolve_with(model.nodes[to].resolver, model.nodes[from].promise);

                HOLD(result == model_resolve_with(to, from));
        }
}

static void let_go(int node)
{
        if (draw(3) == 0) {
                mori_promise_ignore(model.nodes[node].promise);
                model.nodes[node].held = false;
                model.nodes[node].ignored = true;
        } else {
                mori_promise_free(model.nodes[node].promise);
                model_free(node);
        }
}

static void get(int of)
{
        struct node *node = &model.nodes[of];
        char value[sizeof(long)];
        int result = mori_promise_get_value(node->promise, value, node->bytes);

        HOLD(mori_promise_get_value(node->promise, value, 3) == -EINVAL);
        if (node->state == PENDING) {
                HOLD(result == -EAGAIN);
                return;
        }
        node->looked = true;
        is_outcome(node, result, result < 0 ? NULL : value);
}

static void act_once(void)
{
        int node = any_held(), resolver = any_resolver();

        switch (draw(16)) {
        case 0:
        case 1:
                make();
                break;
        case 2:
        case 3:
        case 4:
                wait_for_one();
                break;
        case 5:
        case 6:
                chain();
                break;
        case 7:
                if (model.groups_count < GROUPS)
                        make_group();
                break;
        case 8:
                loop();
                break;
        case 9:
                if (resolver >= 0)
                        settle(resolver);
                break;
        case 10:
        case 11:
                if (resolver >= 0)
                        settle_with(resolver);
                break;
        case 12:
                if (node >= 0)
                        let_go(node);
                break;
        case 13:
                if (node >= 0) {
                        mori_promise_cancel(model.nodes[node].promise);
                        model_ask(node);
                }
                break;
        case 14:
                if (resolver >= 0 && model.nodes[resolver].asking < WAITS) {
                        int entry = entry_new(ASKED, resolver, -1);

                        HOLD(mori_resolver_when_asked(model.nodes[resolver].resolver, asked,
                                                      context_of(entry)) == 0);
                        model_when_asked(resolver, entry);
                }
                break;
        default:
                if (node >= 0)
                        get(node);
                if (resolver >= 0)
                        HOLD(mori_resolver_asked(model.nodes[resolver].resolver) ==
                             (model.nodes[resolver].asked ? -ECANCELED : 0));
                break;
        }
}

static void act(unsigned count)
{
        while (count-- > 0 && actions_left > 0 && model.nodes_count < NODES - MEMBERS - 1 &&
               model.entries_count < ENTRIES - MEMBERS - 1) {
                actions_left--;
                act_once();
        }
}

/* ---- A seed */

__attribute__((noinline)) MORI_NONBLOCKING static void burst(void)
{
        act(draw(15) + 1);
}

/* Time has passed, so nothing is ready any more: neither there nor here. */
__attribute__((noinline)) MORI_NONBLOCKING static void is_quiet(void)
{
        const struct promises *pool = process_self()->promises;

        HOLD(model_next() == -1 && condition_held == -1);
        HOLD(pool == NULL || pool->ready_last == NULL);
}

/* Lets go of what is in our hands; false where nothing is. */
__attribute__((noinline)) MORI_NONBLOCKING static bool ends(void)
{
        int node, count = 0;

        actions_left = 0;
        while ((node = draw(2) ? any_resolver() : any_held()) >= 0) {
                count++;
                if (model.nodes[node].held && draw(2))
                        let_go(node);
                else if (model.nodes[node].resolves)
                        settle(node);
        }
        return count > 0 || any_resolver() >= 0 || any_held() >= 0;
}

__attribute__((noinline)) MORI_NONBLOCKING static void nothing_is_left(void)
{
        const struct promises *pool = process_self()->promises;

        for (int i = 0; i < model.nodes_count; i++)
                HOLD(model.nodes[i].state != PENDING && model.nodes[i].left == 0);
        HOLD(pool == NULL || pool->live == 0);
}

static async int program(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        for (unsigned left = 2 + draw(12); left > 0; left--) {
                burst();
                HOLD(await mori_sleep(MORI_US(1)) == 0);
                is_quiet();
        }
        while (ends()) {
                HOLD(await mori_sleep(MORI_US(1)) == 0);
                is_quiet();
        }
        nothing_is_left();
        return 0;
}

static void hears(const char *line, size_t bytes)
{
        HOLD(memmem(line, bytes, "nobody looked at the failure of a promise", 41) != NULL);
        reports++;
}

static void run(void)
{
        memset(&model, 0, sizeof model);
        actions_left = ACTIONS;
        reports = 0;
        HOLD(seeded_program(program) == 0);
        HOLD(reports == model_reports());
}

int main(int argc, char **argv)
{
        if (!seeded_arguments(argc, argv))
                return 2;
        base_report_to(hears);
        seeded_runs(run);
        printf("%llu seeds: %lu calls\n", (unsigned long long)seeded.count, calls);
        return seeded.bug || calls < seeded.count * 10;
}
