/* SPDX-License-Identifier: MIT */
/*
 * Frozen variables (mori/frozen.h): who may write them. The processor holds everybody to it; what
 * can be seen here is an error of compilation instead.
 *
 * A write is an assignment or an increment of the variable or a part of it, by its name. An address
 * of it may go to a pointer to const, be compared, be read through at once, or be one of the
 * variable arguments of a call (printf() reads); where else it goes, it might be written through.
 * Whoever casts the const away is believed.
 */
#include "plugin.h"

bool variable_is_frozen(const_tree variable)
{
        return variable && VAR_P(variable) && decl_has_attribute(variable, "mori_frozen");
}

/* The variable that an lvalue is a part of, also through its address; null if it is none. */
static tree base_of(tree lvalue)
{
        for (;;) {
                if (handled_component_p(lvalue)) {
                        lvalue = TREE_OPERAND(lvalue, 0);
                } else if (TREE_CODE(lvalue) == INDIRECT_REF || TREE_CODE(lvalue) == MEM_REF) {
                        lvalue = TREE_OPERAND(lvalue, 0);
                        while (CONVERT_EXPR_P(lvalue) || TREE_CODE(lvalue) == POINTER_PLUS_EXPR)
                                lvalue = TREE_OPERAND(lvalue, 0);
                        if (TREE_CODE(lvalue) != ADDR_EXPR)
                                return NULL_TREE;
                        lvalue = TREE_OPERAND(lvalue, 0);
                } else {
                        return lvalue;
                }
        }
}

static void check_written(tree function, tree lvalue, location_t location)
{
        tree variable = base_of(lvalue);

        if (!variable_is_frozen(variable))
                return;
        error_at(location,
                 "frozen variable %qD is written in %qD: it is read-only once its module is loaded",
                 variable, function);
        inform(DECL_SOURCE_LOCATION(function),
               "%<MORI_INITIALISES%> marks functions that run at load");
}

static void check_address(tree address, location_t location)
{
        tree variable = base_of(TREE_OPERAND(address, 0));

        if (variable_is_frozen(variable) && !TYPE_READONLY(TREE_TYPE(TREE_TYPE(address))))
                error_at(location,
                         "address of frozen variable %qD where it may be written through: it is "
                         "read-only, and so goes to a pointer to const",
                         variable);
}

/* Addresses that this value is made of are only read. */
static void let_addresses_in(tree value, std::set<tree> &harmless)
{
        for (;;) {
                if (CONVERT_EXPR_P(value) || TREE_CODE(value) == NON_LVALUE_EXPR ||
                    TREE_CODE(value) == POINTER_PLUS_EXPR) {
                        value = TREE_OPERAND(value, 0);
                } else if (TREE_CODE(value) == COMPOUND_EXPR) {
                        value = TREE_OPERAND(value, 1);
                } else if (TREE_CODE(value) == COND_EXPR) {
                        let_addresses_in(COND_EXPR_THEN(value), harmless);
                        value = COND_EXPR_ELSE(value);
                } else {
                        break;
                }
        }
        if (TREE_CODE(value) == ADDR_EXPR)
                harmless.insert(value);
}

static void check_call(tree function, tree call, location_t location, std::set<tree> &harmless)
{
        tree callee = get_callee_fndecl(call), argument;
        call_expr_arg_iterator i;
        function_args_iterator parameter;

        if (!CALL_EXPR_FN(call))
                return;
        if (decl_has_attribute(callee, "mori_initialises"))
                error_at(location,
                         "call of %qD, which initialises frozen variables, from %qD, which does "
                         "not: they are read-only by now",
                         callee, function);
        function_args_iter_init(&parameter, TREE_TYPE(TREE_TYPE(CALL_EXPR_FN(call))));
        FOR_EACH_CALL_EXPR_ARG(argument, i, call)
        {
                tree type = function_args_iter_cond(&parameter);

                if (type && !VOID_TYPE_P(type))
                        function_args_iter_next(&parameter);
                else
                        let_addresses_in(argument, harmless);
        }
}

void frozen_look_at(tree function, tree at, location_t location, std::set<tree> &harmless)
{
        if (decl_has_attribute(function, "mori_initialises"))
                return;
        switch (TREE_CODE(at)) {
        case MODIFY_EXPR:
        case INIT_EXPR:
        case PREINCREMENT_EXPR:
        case PREDECREMENT_EXPR:
        case POSTINCREMENT_EXPR:
        case POSTDECREMENT_EXPR:
                check_written(function, TREE_OPERAND(at, 0), location);
                break;
        case CALL_EXPR:
                check_call(function, at, location, harmless);
                break;
        case NOP_EXPR:
        case CONVERT_EXPR:
                if (!POINTER_TYPE_P(TREE_TYPE(at)) || TYPE_READONLY(TREE_TYPE(TREE_TYPE(at))))
                        let_addresses_in(TREE_OPERAND(at, 0), harmless);
                break;
        case INDIRECT_REF:
                let_addresses_in(TREE_OPERAND(at, 0), harmless);
                break;
        case POINTER_DIFF_EXPR:
        case EQ_EXPR:
        case NE_EXPR:
        case LT_EXPR:
        case LE_EXPR:
        case GT_EXPR:
        case GE_EXPR:
                let_addresses_in(TREE_OPERAND(at, 0), harmless);
                let_addresses_in(TREE_OPERAND(at, 1), harmless);
                break;
        case ADDR_EXPR:
                if (!harmless.count(at))
                        check_address(at, location);
                break;
        default:
                break;
        }
}
