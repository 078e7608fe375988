/* SPDX-License-Identifier: MIT */
/*
 * Values that must not be dropped: the handle of an activity, and a Result.
 *
 * A Result is a struct whose tag begins with mori_result_. A handle, Async(T), is a pointer to a
 * pointer to a function that returns T and takes one struct mori_activity_handle. Dropped means:
 * computed for an expression statement, or for the left side of a comma, or (a handle) kept in a
 * local variable that nobody reads. A cast to void is not a use: that somebody wants to ignore it
 * is said by a function of mori.
 *
 * Only what the source says is looked at; whether a value that was stored is joined on every path
 * is seen at run time.
 */
#include "plugin.h"

static bool tag_is(tree type, const char *tag, size_t tag_bytes)
{
        tree name = TYPE_NAME(TYPE_MAIN_VARIANT(type));

        if (name && TREE_CODE(name) == TYPE_DECL)
                name = DECL_NAME(name);
        return name && strncmp(IDENTIFIER_POINTER(name), tag, tag_bytes) == 0;
}

static bool type_is_result(tree type)
{
        static const char prefix[] = "mori_result_";

        return TREE_CODE(type) == RECORD_TYPE && tag_is(type, prefix, sizeof(prefix) - 1);
}

static bool type_is_handle(tree type)
{
        static const char tag[] = "mori_activity_handle";
        tree parameters;

        for (int depth = 0; depth < 2; depth++) {
                if (!POINTER_TYPE_P(type))
                        return false;
                type = TREE_TYPE(type);
        }
        if (TREE_CODE(type) != FUNCTION_TYPE)
                return false;
        parameters = TYPE_ARG_TYPES(type);
        return parameters && TREE_CODE(TREE_VALUE(parameters)) == RECORD_TYPE &&
               tag_is(TREE_VALUE(parameters), tag, sizeof(tag));
}

static void check_dropped(tree expression)
{
        while (expression &&
               (CONVERT_EXPR_P(expression) || TREE_CODE(expression) == NON_LVALUE_EXPR ||
                TREE_CODE(expression) == SAVE_EXPR))
                expression = TREE_OPERAND(expression, 0);
        if (!expression || !EXPR_P(expression))
                return;

        switch (TREE_CODE(expression)) {
        case COMPOUND_EXPR: /* its left side is met on its own */
                check_dropped(TREE_OPERAND(expression, 1));
                return;
        case COND_EXPR: /* so is a statement; what has a value is dropped with its value */
                if (VOID_TYPE_P(TREE_TYPE(expression)))
                        return;
                check_dropped(COND_EXPR_THEN(expression));
                check_dropped(COND_EXPR_ELSE(expression));
                return;
        case CALL_EXPR: /* a macro of mori that calls and drops knows what it does */
                if (call_is_spelled_by_mori(EXPR_LOCATION(expression)))
                        return;
                break;
        case TARGET_EXPR: /* the value of a statement expression */
                break;
        default:
                return;
        }
        if (type_is_result(TREE_TYPE(expression)))
                error_at(location_for_user(EXPR_LOCATION(expression)),
                         "the Result is dropped: check it, or pass it up");
        else if (type_is_handle(TREE_TYPE(expression)))
                error_at(location_for_user(EXPR_LOCATION(expression)),
                         "the handle of the activity is dropped: join "
                         "it, cancel it, or ignore it explicitly");
}

static void check_locals(tree locals)
{
        for (tree local = locals; local; local = DECL_CHAIN(local)) {
                if (VAR_P(local) && !TREE_STATIC(local) && !DECL_EXTERNAL(local) &&
                    type_is_handle(TREE_TYPE(local)) && !DECL_READ_P(local))
                        error_at(DECL_SOURCE_LOCATION(local),
                                 "the handle %qD is never used: join the activity, cancel it, or "
                                 "ignore it explicitly",
                                 local);
        }
}

static tree look_for_dropped(tree *node, int *walk_subtrees, void *)
{
        tree at = *node;

        if (TYPE_P(at)) {
                *walk_subtrees = 0;
                return NULL_TREE;
        }
        switch ((int)TREE_CODE(at)) {
        case STATEMENT_LIST:
                for (tree_stmt_iterator i = tsi_start(at); !tsi_end_p(i); tsi_next(&i))
                        check_dropped(tsi_stmt(i));
                break;
        case BIND_EXPR:
                check_locals(BIND_EXPR_VARS(at));
                if (VOID_TYPE_P(TREE_TYPE(at)))
                        check_dropped(BIND_EXPR_BODY(at));
                break;
        case COMPOUND_EXPR:
                check_dropped(TREE_OPERAND(at, 0));
                break;
        case COND_EXPR:
                if (VOID_TYPE_P(TREE_TYPE(at))) {
                        check_dropped(COND_EXPR_THEN(at));
                        check_dropped(COND_EXPR_ELSE(at));
                }
                break;
        case TRY_FINALLY_EXPR:
        case LOOP_EXPR:
                check_dropped(TREE_OPERAND(at, 0));
                break;
        case SWITCH_EXPR:
                check_dropped(SWITCH_BODY(at));
                break;
        case FOR_STMT:
                check_dropped(TREE_OPERAND(at, 0));
                check_dropped(TREE_OPERAND(at, 2));
                check_dropped(TREE_OPERAND(at, 3));
                break;
        case WHILE_STMT:
        case DO_STMT:
                check_dropped(TREE_OPERAND(at, 1));
                break;
        default:
                break;
        }
        return NULL_TREE;
}

void linear_check_function(tree function)
{
        walk_tree_without_duplicates(&DECL_SAVED_TREE(function), look_for_dropped, NULL);
}
