/* SPDX-License-Identifier: MIT */
/*
 * The attributes, and async as a part of a function's type.
 *
 * `mori_async` lives on the function type itself, so it is carried by typedefs, by typeof, by
 * struct members, by parameters and by every depth of pointer without anything being done for it.
 * Two things do not come by themselves:
 *
 * (1) Where it is written. `async int (*table[4])(int)` puts the attribute before a type that is an
 *     array of pointers to functions; the handler below goes down to the first function type and
 *     rebuilds the way back up. The first function type that is met is the one that gets it: in
 *     `async int (*get(void))(int)` that is get itself, and a function that returns a pointer to an
 *     async function says so with a typedef.
 *
 * (2) Compatibility. To the C front end attributes do not make types different, so the hook of the
 *     target that decides about them is wrapped. Two function types of which one is async are then
 *     as incompatible as int(void) and int(char *): a redeclaration is a conflict, an assignment or
 *     an argument is an error in both directions. An explicit cast is still a cast; it is the door
 *     that `start` itself goes through.
 *
 * The other attributes are remarks on a declaration, and are documented where they are registered.
 */
#include "plugin.h"

static int (*compare_attributes_before)(const_tree, const_tree);

bool type_is_async(const_tree type)
{
        return type && FUNC_OR_METHOD_TYPE_P(type) &&
               lookup_attribute("mori_async", TYPE_ATTRIBUTES(CONST_CAST_TREE(type)));
}

bool pointer_type_is_async(const_tree type)
{
        while (type && (POINTER_TYPE_P(type) || TREE_CODE(type) == ARRAY_TYPE))
                type = TREE_TYPE(type);
        return type_is_async(type);
}

bool decl_is_async(const_tree decl)
{
        return decl && TREE_CODE(decl) == FUNCTION_DECL && type_is_async(TREE_TYPE(decl));
}

bool decl_has_attribute(const_tree decl, const char *name)
{
        return decl && DECL_P(decl) &&
               lookup_attribute(name, DECL_ATTRIBUTES(CONST_CAST_TREE(decl)));
}

std::string decl_attribute_text(const_tree decl, const char *name)
{
        tree attribute = lookup_attribute(name, DECL_ATTRIBUTES(CONST_CAST_TREE(decl)));
        tree text =
                attribute && TREE_VALUE(attribute) ? TREE_VALUE(TREE_VALUE(attribute)) : NULL_TREE;

        if (!text || TREE_CODE(text) != STRING_CST)
                return "";
        return std::string(TREE_STRING_POINTER(text));
}

std::string decl_symbol_name(tree decl)
{
        const char *name = IDENTIFIER_POINTER(DECL_ASSEMBLER_NAME(decl));

        return *name == '*' ? name + 1 : name;
}

/*
 * Returns the same type with the first function type below it made async; null when there is none
 * below it.
 */
static tree type_made_async(tree type)
{
        tree below, made;

        switch (TREE_CODE(type)) {
        case FUNCTION_TYPE:
                if (type_is_async(type))
                        return type;
                return build_type_attribute_variant(
                        type,
                        tree_cons(get_identifier("mori_async"), NULL_TREE, TYPE_ATTRIBUTES(type)));
        case POINTER_TYPE:
                below = type_made_async(TREE_TYPE(type));
                if (!below)
                        return NULL_TREE;
                made = build_pointer_type_for_mode(below, TYPE_MODE(type),
                                                   TYPE_REF_CAN_ALIAS_ALL(type));
                return build_qualified_type(made, TYPE_QUALS(type));
        case ARRAY_TYPE:
                below = type_made_async(TREE_TYPE(type));
                if (!below)
                        return NULL_TREE;
                made = build_array_type(below, TYPE_DOMAIN(type));
                return build_qualified_type(made, TYPE_QUALS(type));
        default:
                return NULL_TREE;
        }
}

static tree handle_async(tree *node, tree name, tree, int, bool *no_add_attributes)
{
        tree made = type_made_async(*node);

        *no_add_attributes = true;
        if (made)
                *node = made;
        else
                error("%qE makes sense only for a function, or for a pointer to one", name);
        return NULL_TREE;
}

static tree handle_function_remark(tree *node, tree name, tree, int, bool *no_add_attributes)
{
        if (TREE_CODE(*node) != FUNCTION_DECL) {
                error("%qE makes sense only for a function", name);
                *no_add_attributes = true;
        }
        return NULL_TREE;
}

static tree handle_blocks(tree *node, tree name, tree arguments, int flags, bool *no_add_attributes)
{
        if (TREE_CODE(TREE_VALUE(arguments)) != STRING_CST) {
                error("%qE wants a string that says why", name);
                *no_add_attributes = true;
                return NULL_TREE;
        }
        return handle_function_remark(node, name, arguments, flags, no_add_attributes);
}

static tree handle_shared(tree *node, tree name, tree, int, bool *no_add_attributes)
{
        if (!VAR_P(*node)) {
                error("%qE makes sense only for a variable", name);
                *no_add_attributes = true;
        }
        return NULL_TREE;
}

static tree handle_frozen(tree *node, tree name, tree, int, bool *no_add_attributes)
{
        const char *problem = NULL;

        if (!VAR_P(*node))
                problem = "makes sense only for a variable";
        else if (TREE_READONLY(*node))
                problem = "on a constant, which is frozen already";
        else if (DECL_THREAD_LOCAL_P(*node))
                problem = "on a variable of each thread";
        if (problem) {
                error("%qE %s", name, problem);
                *no_add_attributes = true;
        }
        return NULL_TREE;
}

static tree handle_internal(tree *, tree, tree, int, bool *)
{
        return NULL_TREE;
}

static struct attribute_spec attributes[] = {
        /* The function runs on the segments of an activity. */
        {"mori_async", 0, 0, false, true, false, true, handle_async, NULL},
        /*
         * A routine of the runtime, in assembly, that async code calls on its own segment, without
         * a gate.
         */
        {"mori_nogate", 0, 0, true, false, false, false, handle_function_remark, NULL},
        /*
         * A sync function of the runtime that may start activities: the loop that all of them hang
         * from.
         */
        {"mori_starter", 0, 0, true, false, false, false, handle_function_remark, NULL},
        /* The function may block, for the reason given. No async function may reach it. */
        {"mori_blocks", 1, 1, true, false, false, false, handle_blocks, NULL},
        /* The author vouches that the function does not block, whatever it calls. */
        {"mori_nonblocking", 0, 0, true, false, false, false, handle_function_remark, NULL},
        /*
         * A pointer to a function: what it leads to runs on a thread beside the others. Not a part
         * of the type's identity: any function of the type may come there.
         */
        {"mori_offloaded", 0, 0, false, true, true, false, NULL, NULL},
        /* The author vouches for the statics that the function touches, and what it calls. */
        {"mori_thread_safe", 0, 0, true, false, false, false, handle_function_remark, NULL},
        /*
         * A mutable static that async code and offloaded functions may touch: somebody has thought
         * about who else does.
         */
        {"mori_shared", 0, 0, true, false, false, false, handle_shared, NULL},
        /* A static that functions marked mori_initialises write when the module is loaded. */
        {"mori_frozen", 0, 0, true, false, false, false, handle_frozen, NULL},
        {"mori_initialises", 0, 0, true, false, false, false, handle_function_remark, NULL},
        /*
         * Written by the plugin itself on sync functions that must not be inlined into async ones.
         */
        {"mori_stays_out", 0, 0, true, false, false, false, handle_internal, NULL},
};

static void register_attributes(void *, void *)
{
        for (struct attribute_spec &attribute : attributes)
                register_attribute(&attribute);
}

static int compare_attributes(const_tree left, const_tree right)
{
        if (FUNC_OR_METHOD_TYPE_P(left) && FUNC_OR_METHOD_TYPE_P(right) &&
            type_is_async(left) != type_is_async(right))
                return 0;
        return compare_attributes_before(left, right);
}

void types_install(const char *plugin_name)
{
        compare_attributes_before = targetm.comp_type_attributes;
        targetm.comp_type_attributes = compare_attributes;
        register_callback(plugin_name, PLUGIN_ATTRIBUTES, register_attributes, NULL);
}
