/* SPDX-License-Identifier: MIT */
/*
 * How values are passed: what can be started, and what stack arguments can be copied.
 *
 * A start copies the arguments that lie on the stack, and keeps the result in the control block,
 * as %rax, %rdx, %xmm0 and %xmm1 bring it (docs/abi.md). Not every function of C fits:
 *
 *  (1) A result that comes back in memory is written through a pointer to the starter's frame. The
 *      size does not tell: a packed structure of nine bytes comes back in memory.
 *  (2) A result that comes back on the x87's stack (long double, or a structure of one) is in none
 *      of the four.
 *  (3) A function with a variable number of arguments does not know how many there are, so nobody
 *      can say how much is to be copied. (When its stack grows in an ordinary call it reads them
 *      where they lie, on the segment of its caller.)
 *  (4) Segments, gates and the classical stack are aligned to 16 bytes. An argument on the stack
 *      that wants more would not be where its callee takes it to be, in any call of async code.
 *
 * The compiler itself is asked, with the calls that it makes to expand a call.
 */
#include "plugin.h"

static const unsigned stack_align_bits = 128;

/* Counts the words of the arguments that are passed on the stack; the deepest alignment of one. */
class argument_walk {
public:
        argument_walk(tree function_type)
        {
                INIT_CUMULATIVE_ARGS(cumulative, function_type, NULL_RTX, NULL_TREE, -1);
                cumulative.warn_avx512f = cumulative.warn_avx = cumulative.warn_sse = false;
        }

        /* Returns whether the next argument lies on the stack. */
        bool next(tree type, bool named)
        {
                function_arg_info argument(type, named);
                cumulative_args_t pack = pack_cumulative_args(&cumulative);
                bool on_stack = int_size_in_bytes(type) > 0 &&
                                !targetm.calls.function_arg(pack, argument);

                targetm.calls.function_arg_advance(pack, argument);
                return on_stack;
        }

private:
        CUMULATIVE_ARGS cumulative;
};

static unsigned alignment_on_stack(tree type)
{
        return targetm.calls.function_arg_boundary(TYPE_MODE(type), type);
}

static tree called_type(tree call)
{
        return TREE_TYPE(TREE_TYPE(CALL_EXPR_FN(call)));
}

/* The macro of a start calls through a variable of this name and of the function's own type. */
bool call_is_start(tree call)
{
        tree target = CALL_EXPR_FN(call);

        STRIP_NOPS(target);
        return VAR_P(target) && DECL_NAME(target) &&
               id_equal(DECL_NAME(target), "mori_detail_enter");
}

static bool comes_back_on_x87(tree type, tree function_type)
{
        rtx place = targetm.calls.function_value(type, function_type, false);

        if (place && REG_P(place))
                return STACK_REGNO_P(REGNO(place));
        if (!place || GET_CODE(place) != PARALLEL)
                return false;
        for (int i = 0; i < XVECLEN(place, 0); i++) {
                rtx part = XEXP(XVECEXP(place, 0, i), 0);

                if (part && REG_P(part) && STACK_REGNO_P(REGNO(part)))
                        return true;
        }
        return false;
}

static void check_started(tree function_type, location_t location)
{
        tree type = TREE_TYPE(function_type);

        /* What is too large, and a plain long double, are errors of the header already. */
        if (VOID_TYPE_P(type) || int_size_in_bytes(type) > 16 ||
            TYPE_MAIN_VARIANT(type) == long_double_type_node)
                return;
        if (aggregate_value_p(type, function_type))
                error_at(location,
                         "a function that returns %qT in memory cannot be started: return "
                         "through a pointer instead",
                         type);
        else if (comes_back_on_x87(type, function_type))
                error_at(location,
                         "a function that returns %qT in a register of the x87 cannot be started: "
                         "return through a pointer instead",
                         type);
}

void passing_check_call(tree call, location_t location)
{
        tree function_type = called_type(call);
        bool start = call_is_start(call), variable = stdarg_p(function_type);
        argument_walk arguments(function_type);
        function_args_iterator parameter;
        tree argument;
        call_expr_arg_iterator i;

        location = location_for_user(location);
        if (start)
                check_started(function_type, location);
        function_args_iter_init(&parameter, function_type);
        FOR_EACH_CALL_EXPR_ARG(argument, i, call)
        {
                tree type = function_args_iter_cond(&parameter);
                bool named = type && !VOID_TYPE_P(type);

                if (named)
                        function_args_iter_next(&parameter);
                else
                        type = TREE_TYPE(argument);
                if (!COMPLETE_TYPE_P(type) || !arguments.next(type, named))
                        continue;
                if (start && variable) {
                        error_at(location, "a function with a variable number of arguments cannot "
                                           "be started with arguments on the stack: pass fewer, "
                                           "or a structure by its address");
                        return;
                }
                if (alignment_on_stack(type) > stack_align_bits) {
                        error_at(location,
                                 "an argument of type %qT goes on the stack, where async code has "
                                 "an alignment of 16 bytes only: pass its address",
                                 type);
                        return;
                }
        }
}
