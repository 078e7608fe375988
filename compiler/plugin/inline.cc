/* SPDX-License-Identifier: MIT */
/*
 * What may be inlined into what.
 *
 * Small sync functions are inlined into async ones as everywhere, and then run on the segment,
 * probed as a part of the frame. Some must stay out and keep their gate:
 *
 *  - one that touches a thread-local, errno among them: the compiler may keep the address across a
 *    wait, and the activity may come back on another thread;
 *  - one with a big frame: every activity would carry it;
 *  - one with inline assembly, which may use the stack as it likes (unless it is always_inline, as
 *    the assembly in such functions is an instruction or two), or with alloca or an array of
 *    variable length.
 *
 * Whoever might take such a function into itself by inlining is marked as well, before the first
 * inlining happens. The mark is an attribute of the declaration, so link-time optimisation knows it
 * too; there, a function may have swallowed a marked one of another unit, so the tree of what it
 * swallowed is looked through.
 *
 * An async function is never inlined into a sync one: sync code has neither probe nor gates.
 */
#include "plugin.h"

static const unsigned HOST_WIDE_INT frame_bytes_max = 256;

static bool (*can_inline_before)(tree, tree);

struct looked_at {
        bool thread_local_used, assembly, variable_frame;
        unsigned HOST_WIDE_INT frame_bytes;
};

static tree look_at_tree(tree *node, int *walk_subtrees, void *data)
{
        struct looked_at *seen = (struct looked_at *)data;
        tree callee;

        if (TYPE_P(*node)) {
                *walk_subtrees = 0;
                return NULL_TREE;
        }
        switch (TREE_CODE(*node)) {
        case VAR_DECL:
                if (DECL_THREAD_LOCAL_P(*node))
                        seen->thread_local_used = true;
                break;
        case ASM_EXPR:
                seen->assembly |= TREE_STRING_LENGTH(ASM_STRING(*node)) > 1;
                break;
        case BIND_EXPR:
                for (tree local = BIND_EXPR_VARS(*node); local; local = DECL_CHAIN(local)) {
                        if (!VAR_P(local) || TREE_STATIC(local) || DECL_EXTERNAL(local))
                                continue;
                        if (DECL_SIZE_UNIT(local) && tree_fits_uhwi_p(DECL_SIZE_UNIT(local)))
                                seen->frame_bytes += tree_to_uhwi(DECL_SIZE_UNIT(local));
                        else
                                seen->variable_frame = true;
                }
                break;
        case CALL_EXPR:
                callee = get_callee_fndecl(*node);
                if (!callee || !DECL_NAME(callee))
                        break;
                if (id_equal(DECL_NAME(callee), "__errno_location"))
                        seen->thread_local_used = true;
                if (fndecl_built_in_p(callee, BUILT_IN_NORMAL) &&
                    ALLOCA_FUNCTION_CODE_P(DECL_FUNCTION_CODE(callee)))
                        seen->variable_frame = true;
                break;
        default:
                break;
        }
        return NULL_TREE;
}

static void mark(tree function)
{
        if (!decl_has_attribute(function, "mori_stays_out"))
                DECL_ATTRIBUTES(function) = tree_cons(get_identifier("mori_stays_out"), NULL_TREE,
                                                      DECL_ATTRIBUTES(function));
}

void inline_look_at(tree function)
{
        struct looked_at seen = {};
        bool always = decl_has_attribute(function, "always_inline");

        if (decl_is_async(function))
                return;
        walk_tree_without_duplicates(&DECL_SAVED_TREE(function), look_at_tree, &seen);
        if (seen.thread_local_used || seen.variable_frame || (seen.assembly && !always) ||
            seen.frame_bytes > frame_bytes_max)
                mark(function);
}

/* Runs before the first inlining of the unit. */
static void mark_callers(void *, void *)
{
        bool again = !in_lto_p;
        cgraph_node *node;

        while (again) {
                again = false;
                FOR_EACH_FUNCTION(node)
                {
                        if (!node->definition || decl_is_async(node->decl) ||
                            decl_has_attribute(node->decl, "mori_stays_out"))
                                continue;
                        for (cgraph_edge *call = node->callees; call; call = call->next_callee) {
                                tree callee = call->callee->decl;

                                if (!decl_has_attribute(callee, "mori_stays_out") ||
                                    DECL_UNINLINABLE(callee) ||
                                    decl_has_attribute(callee, "noinline"))
                                        continue;
                                mark(node->decl);
                                again = true;
                                break;
                        }
                }
        }
}

static bool stays_out(tree function)
{
        cgraph_node *node = cgraph_node::get(function);

        if (decl_has_attribute(function, "mori_stays_out"))
                return true;
        for (cgraph_edge *call = node ? node->callees : NULL; call; call = call->next_callee) {
                if (!call->inline_failed && stays_out(call->callee->decl))
                        return true;
        }
        return false;
}

static bool can_inline(tree caller, tree callee)
{
        if (decl_is_async(callee) && !decl_is_async(caller))
                return false;
        if (decl_is_async(caller) && !decl_is_async(callee) && stays_out(callee))
                return false;
        return can_inline_before(caller, callee);
}

void inline_install(const char *plugin_name)
{
        can_inline_before = targetm.target_option.can_inline_p;
        targetm.target_option.can_inline_p = can_inline;
        register_callback(plugin_name, PLUGIN_ALL_IPA_PASSES_START, mark_callers, NULL);
}
