/* SPDX-License-Identifier: MIT */
/*
 * Step 12: objects that return objects, and what has not come yet is called.
 *
 * A tree lives in a process of its own. Who walks down asks each node for the next one. Asked step
 * by step, that is one way there and back for each step; sent all at once, one for all.
 */
#include "tree.mori.h"

#include <mori/keywords.h>

#include <errno.h>
#include <string.h>

/* ---- Who serves: each node is an object, made when it is asked for */

struct place {
        const char *name;
        const struct place *children; /* and one without a name at their end; NULL: none */
};

static const struct place pine[] = {{"needle", NULL}, {"cone", NULL}, {NULL, NULL}};
static const struct place trees[] = {{"oak", NULL}, {"pine", pine}, {NULL, NULL}};
static const struct place plants[] = {{"moss", NULL}, {"trees", trees}, {NULL, NULL}};
static const struct place forest[] = {{"animals", NULL}, {"plants", plants}, {NULL, NULL}};
static const struct place root = {"forest", forest};

static async int node_serve_name(void *self, struct node_name_call *call)
{
        const struct place *place = self;

        call->name = mori_wire_text_of(place->name);
        return 0;
}

static async int node_serve_child(void *self, struct node_child_call *call);

static const struct node_server node_functions = {
        .name = node_serve_name,
        .child = node_serve_child,
};

static async int node_serve_child(void *self, struct node_child_call *call)
{
        const struct place *child = ((const struct place *)self)->children;

        for (; child != NULL && child->name != NULL; child++)
                if (strcmp(child->name, call->name.bytes) == 0)
                        return node_new(&node_functions, (void *)child, NULL, &call->node);
        return -ENOENT;
}

static async int tree_main(void *argument)
{
        node served;

        (void)argument;
        attempt(node_new(&node_functions, (void *)&root, NULL, &served));
        attempt(mori_export(served.ref));
        node_drop(served);
        return await mori_sleep(MORI_FOREVER);
}

/* ---- Who walks */

#define DEPTH_MAX 4
static const char *const path[DEPTH_MAX] = {"plants", "trees", "pine", "cone"};

/* Each step waits for the one before it. */
static async int walk_by_steps(node from, unsigned depth, struct node_name_results *ret_name)
{
        node at, next;
        int error;

        attempt(node_copy(from, &at));
        for (unsigned i = 0; i < depth; i++) {
                error = await node_child(at, path[i], &next);
                node_drop(at);
                attempt(error);
                at = next;
        }
        error = await node_name(at, ret_name);
        node_drop(at);
        return error;
}

/* Nothing waits but the last: each step calls what the one before it has promised. */
static async int walk_at_once(node from, unsigned depth, struct node_name_results *ret_name)
{
        node_child_promise steps[DEPTH_MAX];
        node_name_promise name;
        node at = from;
        int error;

        for (unsigned i = 0; i < depth; i++) {
                steps[i] = node_child_send(at, path[i]);
                at = node_child_node(&steps[i]); /* it belongs to the promise */
        }
        name = node_name_send(at);
        error = await node_name_join(&name, ret_name);
        for (unsigned i = 0; i < depth; i++)
                node_child_drop(&steps[i]);
        return error;
}

/* How often this process has waited, and gone on. */
static uint64_t turns(void)
{
        struct mori_process_counters counters = {0};

        (void)mori_process_counters_get(mori_process_self(), &counters);
        return counters.turns;
}

async int mori_main(int argc, char **argv)
{
        struct mori_process_options options = {.name = "tree"};
        mori_process process;
        node tree;

        (void)argc;
        (void)argv;
        attempt(await mori_process_start(tree_main, NULL, 0, &options, &process));
        attempt(mori_process_exported(process, &tree.ref));
        for (unsigned depth = 0; depth <= DEPTH_MAX; depth++) {
                struct node_name_results slowly, quickly;
                uint64_t before = turns(), between;

                attempt(await walk_by_steps(tree, depth, &slowly));
                between = turns();
                attempt(await walk_at_once(tree, depth, &quickly));
                attempt(await mori_print(mori_stdout(), "%s: round trips by steps %d, at once %d\n",
                                         quickly.name.bytes, (int)(between - before),
                                         (int)(turns() - between)));
                node_name_results_free(&slowly);
                node_name_results_free(&quickly);
        }
        node_drop(tree);
        attempt(mori_process_kill(process));
        return mori_process_release(process);
}
