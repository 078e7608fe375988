/* SPDX-License-Identifier: MIT */
/*
 * What docs/promise.md says of promises, as a model: nodes stand for promises, entries for whoever
 * waits for one. It has one queue, no slots, no flags in common with the runtime, and no limits but
 * the sizes of its arrays. Its queue runs when the runtime calls something of ours: model_next()
 * says what that must have been.
 */
#pragma once

#include <mori/promise.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define NODES 90
#define ENTRIES 700
#define WAITS 24
#define MEMBERS 3
#define GROUPS 6
#define QUEUE 4000

enum kind {
        THEN,
        FAILURE,
        WHEN,
        FINALLY,
        ASKED,       /* of a resolver */
        LINK,        /* of a chain */
        LINK_EITHER, /* likewise */
        FOLLOW,      /* `to` settles as `of` does */
        MEMBER,      /* `of` is a group's */
        GROUP_ASKED, /* its members are asked in a turn of their own */
        ROUND,       /* of a loop: `of` is what it waits for, its own at first */
};

struct entry {
        enum kind kind;
        int of, to;
        int group, index;      /* of MEMBER and GROUP_ASKED */
        unsigned round, count; /* of ROUND */
        bool asks_more;        /* a loop with a condition */
};

enum state { PENDING, SUCCEEDED, FAILED, REPLACED };

struct node {
        mori_promise promise;
        mori_resolver resolver;
        enum state state;
        bool held, resolves; /* the promise is in the test's hands, its resolver is */
        bool ignored;        /* it was, and is to come whoever goes */
        bool asked, looked;
        unsigned bytes;
        long value;
        int error;
        int of, group; /* what it waits for, or -1 */
        int waits[WAITS], asks[WAITS];
        int waiting, asking;
        int left; /* of all of these, those that have not had their turn */
};

struct group {
        int to, members[MEMBERS]; /* -1 once it has settled */
        int count, left;
        bool any;
};

static struct {
        struct node nodes[NODES];
        struct entry entries[ENTRIES];
        struct group groups[GROUPS];
        int nodes_count, entries_count, groups_count;
        int queue[QUEUE];
        unsigned head, tail;
} model;

static int node_new(unsigned bytes)
{
        model.nodes[model.nodes_count] = (struct node){.bytes = bytes, .of = -1, .group = -1};
        return model.nodes_count++;
}

static int entry_new(enum kind kind, int of, int to)
{
        model.entries[model.entries_count] = (struct entry){.kind = kind, .of = of, .to = to};
        return model.entries_count++;
}

static void model_ready(int entry)
{
        model.queue[model.tail++ % QUEUE] = entry;
}

static void model_settle(int of, int error, long value)
{
        struct node *node = &model.nodes[of];

        node->state = error < 0 ? FAILED : SUCCEEDED;
        node->error = error;
        node->value = value;
        node->of = node->group = -1;
        node->resolves = false;
        node->left -= node->asking;
        node->asking = 0;
        for (int i = 0; i < node->waiting; i++)
                model_ready(node->waits[i]);
        node->waiting = 0;
}

static void model_settle_as(int to, int from)
{
        model_settle(to, model.nodes[from].error, model.nodes[from].value);
}

/* Has the entry its turn when `of` settles, or soon. */
static void model_wait(int of, int entry)
{
        struct node *node = &model.nodes[of];
        enum kind kind = model.entries[entry].kind;

        model.entries[entry].of = of;
        node->left++;
        if (kind != THEN && kind != FINALLY)
                node->looked = true;
        if (node->state == PENDING)
                node->waits[node->waiting++] = entry;
        else
                model_ready(entry);
}

static void model_when_asked(int of, int entry)
{
        struct node *node = &model.nodes[of];

        node->left++;
        if (node->asked)
                model_ready(entry);
        else
                node->asks[node->asking++] = entry;
}

/* Nobody waits for it but promises that were asked. */
static bool model_is_given_up(int of)
{
        const struct node *node = &model.nodes[of];

        if (node->held || node->ignored)
                return false;
        for (int i = 0; i < node->waiting; i++) {
                const struct entry *entry = &model.entries[node->waits[i]];

                if (entry->kind < LINK || entry->kind == MEMBER || !model.nodes[entry->to].asked)
                        return false;
        }
        return true;
}

static void model_ask(int of)
{
        struct node *node = &model.nodes[of];

        if (node->state != PENDING || node->asked)
                return;
        node->asked = true;
        for (int i = 0; i < node->asking; i++)
                model_ready(node->asks[i]);
        node->asking = 0;
        if (node->of >= 0 && model_is_given_up(node->of))
                model_ask(node->of);
}

static void model_free(int of)
{
        model.nodes[of].held = false;
        if (model.nodes[of].state == PENDING && model_is_given_up(of))
                model_ask(of);
}

/* `to` is to settle by `from`, whose owner it becomes. */
static void model_take_over(int from, int to)
{
        model.nodes[from].held = false;
        if (model.nodes[from].state != PENDING)
                return;
        model.nodes[to].of = from;
        if (model.nodes[to].asked && model_is_given_up(from))
                model_ask(from);
}

/* Can `from` only settle after `to`? Through groups of any as well, if that is asked. */
static bool model_depends(int from, int to, bool any)
{
        const struct node *node = &model.nodes[from];

        if (from == to)
                return true;
        if (node->of >= 0)
                return model_depends(node->of, to, any);
        if (node->group >= 0 && (any || !model.groups[node->group].any))
                for (int i = 0; i < model.groups[node->group].count; i++) {
                        int member = model.groups[node->group].members[i];

                        if (member >= 0 && model_depends(member, to, any))
                                return true;
                }
        return false;
}

/* The entry by which a node only waits to settle as another, for nobody else, or -1. */
static int model_passes_on(int from)
{
        const struct node *node = &model.nodes[from];

        if (node->of < 0 || node->left != 0)
                return -1;
        for (int i = 0; i < model.nodes[node->of].waiting; i++) {
                const struct entry *entry = &model.entries[model.nodes[node->of].waits[i]];

                if (entry->kind == FOLLOW && entry->to == from)
                        return model.nodes[node->of].waits[i];
        }
        return -1;
}

static int model_resolve_with(int to, int from)
{
        int passes;

        if (model.nodes[from].bytes != model.nodes[to].bytes)
                return -EINVAL;
        if (model_depends(from, to, false))
                return -ELOOP;
        model.nodes[to].resolves = false;
        passes = model_passes_on(from);
        if (model.nodes[from].state != PENDING) {
                model.nodes[from].looked = true;
                model.nodes[from].held = false;
                model_settle_as(to, from);
        } else if (passes >= 0) {
                model.entries[passes].to = to;
                model.nodes[from].state = REPLACED;
                model_take_over(model.nodes[from].of, to);
                model.nodes[from].held = false;
        } else {
                model_wait(from, entry_new(FOLLOW, from, to));
                model_take_over(from, to);
        }
        return 0;
}

/* ---- Turns. Each returns whether something of ours is called in it */

static bool turn_of_link(const struct entry *entry, const struct node *of)
{
        struct node *to = &model.nodes[entry->to];

        to->of = -1;
        if (entry->kind == LINK && of->state == FAILED)
                model_settle(entry->to, of->error, 0);
        else if (entry->kind == LINK && to->asked)
                model_settle(entry->to, -ECANCELED, 0);
        else
                return to->resolves = true;
        return false;
}

static void group_ask_all(const struct group *group)
{
        for (int i = 0; i < group->count; i++)
                if (group->members[i] >= 0)
                        model_ask(group->members[i]);
}

static void turn_of_member(const struct entry *entry, const struct node *of)
{
        struct group *group = &model.groups[entry->group];
        bool succeeded = of->state == SUCCEEDED;
        int to = group->to;

        group->members[entry->index] = -1;
        group->left--;
        if (to < 0 || (succeeded != group->any && group->left > 0))
                return;
        group->to = -1;
        group_ask_all(group); /* before it settles */
        model_settle(to, of->error, succeeded && group->any ? entry->index : 0);
}

static bool turn_of_loop(const struct entry *entry, const struct node *of)
{
        model.nodes[entry->to].of = -1;
        if (entry->of != entry->to && of->state == FAILED)
                model_settle(entry->to, of->error, 0);
        else if (model.nodes[entry->to].asked)
                model_settle(entry->to, -ECANCELED, 0);
        else if (!entry->asks_more && entry->round == entry->count)
                model_settle(entry->to, 0, 0);
        else
                return true;
        return false;
}

static bool model_turn(const struct entry *entry)
{
        struct node *of = &model.nodes[entry->of];

        of->left--;
        switch (entry->kind) {
        case THEN:
                return of->state == SUCCEEDED;
        case FAILURE:
                return of->state == FAILED;
        case WHEN:
        case FINALLY:
                return true;
        case ASKED:
                return of->state == PENDING;
        case LINK:
        case LINK_EITHER:
                return turn_of_link(entry, of);
        case FOLLOW:
                model_settle_as(entry->to, entry->of);
                return false;
        case MEMBER:
                turn_of_member(entry, of);
                return false;
        case GROUP_ASKED:
                if (of->state == PENDING)
                        group_ask_all(&model.groups[entry->group]);
                return false;
        case ROUND:
                return turn_of_loop(entry, of);
        }
        return false;
}

/* The entry whose function is called next, or -1: none will be. */
static int model_next(void)
{
        while (model.head != model.tail) {
                int entry = model.queue[model.head++ % QUEUE];

                if (model_turn(&model.entries[entry]))
                        return entry;
        }
        return -1;
}

/* A round has returned: an error or 0, or, where `round` is not -1, that node. */
static void model_round_ends(int number, int error, int round)
{
        struct entry *entry = &model.entries[number];

        entry->round++;
        if (round >= 0 && model_depends(round, entry->to, false)) {
                error = -ELOOP;
                round = -1;
        }
        if (error < 0) {
                model_settle(entry->to, error, 0);
        } else if (round >= 0) {
                model_wait(round, number);
                model_take_over(round, entry->to);
        } else {
                entry->of = entry->to;
                model.nodes[entry->to].left++;
                model_ready(number);
        }
}

/* How many failures nobody has looked at. */
static unsigned model_reports(void)
{
        unsigned reports = 0;

        for (int i = 0; i < model.nodes_count; i++) {
                const struct node *node = &model.nodes[i];

                reports += node->state == FAILED && !node->looked && !node->asked &&
                           node->error != -ECANCELED;
        }
        return reports;
}
