/* SPDX-License-Identifier: MIT */
/*
 * The diagnostics: what async code may not do, and what may not be done with it.
 *
 * They are made on the tree of each function as the front end built it, before anything was folded,
 * lowered or inlined: the locations are those of the source, and nothing depends on the level of
 * optimisation. One error a cause: a call of errno's location is reported as errno and not also as
 * something else, a static is reported once a line.
 *
 * The same walk tells the notes what the function calls.
 */
#include "plugin.h"

#include <set>
#include <utility>

struct walk {
        tree function;
        hash_set<tree> *visited;
        bool async;
        location_t location; /* of the nearest expression around that has one */
        std::set<tree> cleanups; /* calls that the cleanup attribute made */
        std::set<tree> callees;  /* addresses of functions that are called, not taken */
        std::set<std::pair<tree, int>> statics;
        std::set<tree> read_only; /* addresses of frozen variables that nobody writes through */
        std::set<tree> arguments_of_sync, arguments_of_async; /* addresses that are passed on */
};

/* The function that is called, also through a cast of its address. */
static tree callee_of(tree call)
{
        tree target = CALL_EXPR_FN(call);

        if (!target)
                return NULL_TREE;
        STRIP_NOPS(target);
        if (TREE_CODE(target) == ADDR_EXPR)
                target = TREE_OPERAND(target, 0);
        return TREE_CODE(target) == FUNCTION_DECL ? target : NULL_TREE;
}

static bool call_is_async(tree call, tree callee)
{
        if (callee)
                return decl_is_async(callee);
        return pointer_type_is_async(TREE_TYPE(CALL_EXPR_FN(call)));
}

static const char entry_remedy[] =
        "a program begins in %<async int mori_main(int argc, char **argv)%>; the %<main%> that "
        "runs it comes with the library";

static void check_async_call(struct walk *walk, tree call, tree callee, location_t location)
{
        bool start = call_is_spelled_by_mori(location);

        if (!walk->async) {
                if (decl_has_attribute(walk->function, "mori_starter"))
                        return;
                if (start)
                        error_at(
                                location_for_user(location),
                                "start or wait in %qD, which is not async: sync code can only post",
                                walk->function);
                else if (callee)
                        error_at(location,
                                 "call to async function %qD from %qD, which is not async", callee,
                                 walk->function);
                else
                        error_at(location,
                                 "call through a pointer to an async function from %qD, which is "
                                 "not async",
                                 walk->function);
                if (MAIN_NAME_P(DECL_NAME(walk->function)))
                        inform(location, entry_remedy);
                return;
        }
        if (start || walk->cleanups.count(call) || call_follows_await(location, !callee))
                return;
        if (callee)
                error_at(location, "call to async function %qD without %<await%> or %<start%>",
                         callee);
        else
                error_at(location, "call through a pointer to an async function without %<await%> "
                                   "or %<start%>");
}

/* What changes the control bits of mxcsr or of the x87. */
static bool sets_rounding(tree callee)
{
        static const char *const names[] = {
                "fesetround",     "fesetenv",         "feupdateenv", "feholdexcept",
                "feenableexcept", "fedisableexcept",  "fesetmode",   "_mm_setcsr",
                "__builtin_ia32_ldmxcsr",
        };

        for (const char *name : names)
                if (DECL_NAME(callee) && id_equal(DECL_NAME(callee), name))
                        return true;
        return false;
}

static void check_sync_call(struct walk *walk, tree callee, location_t location)
{
        const char *reason;

        if (!callee)
                return;
        if (DECL_NAME(callee) && id_equal(DECL_NAME(callee), "__errno_location")) {
                error_at(location, "%<errno%> in async code: it belongs to a thread, and the "
                                   "activity may move");
                inform(location,
                       "read it in the same sync function that made the call, and return it");
                return;
        }
        if (setjmp_call_p(callee)) {
                error_at(location, "%qD in async code: it does not know about segments", callee);
                return;
        }
        if (fndecl_built_in_p(callee, BUILT_IN_NORMAL) &&
            ALLOCA_FUNCTION_CODE_P(DECL_FUNCTION_CODE(callee))) {
                error_at(location, "%<alloca%> in async code: the size of a frame must be known");
                return;
        }
        if (sets_rounding(callee)) {
                error_at(location,
                         "%qD in async code: the rounding mode belongs to the worker, and "
                         "others run on it in between",
                         callee);
                inform(location, "set it in a sync function that computes, and put it back there");
                return;
        }
        reason = blocking_reason(callee);
        if (reason) {
                error_at(location, "async function %qD calls %qD, which may block: %s",
                         walk->function, callee, reason);
                inform(location, "what waits without blocking: %s", blocking_remedy(callee));
        }
}

static void look_at_call(struct walk *walk, tree call)
{
        location_t location = EXPR_HAS_LOCATION(call) ? EXPR_LOCATION(call) : walk->location;
        tree callee = callee_of(call);
        tree argument;
        call_expr_arg_iterator i;
        function_args_iterator parameter;
        bool async;

        if (!CALL_EXPR_FN(call))
                return; /* an internal function of the compiler */
        async = call_is_async(call, callee);

        if (callee) {
                tree target = CALL_EXPR_FN(call);

                STRIP_NOPS(target);
                walk->callees.insert(target);
                notes_call(walk->function, callee, location);
                isolation_call(walk->function, callee, location);
        } else {
                notes_indirect_call(walk->function, async, location);
        }
        function_args_iter_init(&parameter, TREE_TYPE(TREE_TYPE(CALL_EXPR_FN(call))));
        FOR_EACH_CALL_EXPR_ARG(argument, i, call)
        {
                isolation_value(function_args_iter_cond(&parameter), argument, location);
                if (function_args_iter_cond(&parameter))
                        function_args_iter_next(&parameter);
                STRIP_NOPS(argument);
                if (TREE_CODE(argument) == ADDR_EXPR)
                        (async ? walk->arguments_of_async : walk->arguments_of_sync)
                                .insert(argument);
        }
        if (async)
                check_async_call(walk, call, callee, location);
        else if (walk->async)
                check_sync_call(walk, callee, location);
        if (walk->async)
                passing_check_call(call, location);
}

/* Nobody writes it, or somebody has thought about who does. */
static bool may_be_shared(tree variable)
{
        return TREE_READONLY(variable) || TYPE_READONLY(strip_array_types(TREE_TYPE(variable))) ||
               variable_is_frozen(variable) || decl_has_attribute(variable, "mori_shared");
}

static void look_at_variable(struct walk *walk, tree variable)
{
        int line = expand_location(walk->location).line;

        if (!TREE_STATIC(variable) && !DECL_EXTERNAL(variable))
                return;
        if (DECL_ARTIFICIAL(variable))
                return; /* what sanitizers keep about a place in the source */
        if (!walk->async) {
                if (!may_be_shared(variable) && !DECL_IN_SYSTEM_HEADER(variable))
                        isolation_variable(walk->function, variable, walk->location);
                return;
        }
        if (DECL_THREAD_LOCAL_P(variable)) {
                if (walk->statics.insert(std::make_pair(variable, line)).second)
                        error_at(walk->location,
                                 "thread-local variable %qD in async code: the activity may move "
                                 "to another thread",
                                 variable);
                return;
        }
        if (may_be_shared(variable))
                return;
        if (walk->statics.insert(std::make_pair(variable, line)).second)
                error_at(walk->location,
                         "mutable static variable %qD in async code: processes share nothing",
                         variable);
}

static void look_at_address(struct walk *walk, tree address)
{
        tree taken = TREE_OPERAND(address, 0);
        enum address_use use = address_stored;

        if (TREE_CODE(taken) != FUNCTION_DECL || walk->callees.count(address))
                return;
        if (walk->async && decl_function_context(taken))
                error_at(walk->location,
                         "address of the nested function %qD in async code: it would need a "
                         "trampoline on the stack",
                         taken);
        if (walk->arguments_of_sync.count(address))
                use = address_passed_to_sync;
        else if (walk->arguments_of_async.count(address))
                use = address_passed_to_async;
        notes_address_taken(walk->function, taken, use, walk->location);
        if (use == address_passed_to_sync)
                isolation_call(walk->function, taken, walk->location);
}

/* Members, elements and variables that are given a value when they come to be. */
static tree look_at_initial(tree *node, int *walk_subtrees, void *data)
{
        location_t location = *(location_t *)data;
        tree at = *node, place, value;
        unsigned HOST_WIDE_INT i;

        if (TYPE_P(at)) {
                *walk_subtrees = 0;
        } else if (TREE_CODE(at) == CONSTRUCTOR) {
                tree element = TREE_CODE(TREE_TYPE(at)) == ARRAY_TYPE ? TREE_TYPE(TREE_TYPE(at))
                                                                      : NULL_TREE;

                FOR_EACH_CONSTRUCTOR_ELT(CONSTRUCTOR_ELTS(at), i, place, value)
                {
                        isolation_value(element ? element : TREE_TYPE(place), value, location);
                }
        }
        return NULL_TREE;
}

static void finish_declaration(void *event, void *)
{
        tree declared = (tree)event;
        location_t location;

        if (!VAR_P(declared) || !DECL_INITIAL(declared) || error_operand_p(declared))
                return;
        location = DECL_SOURCE_LOCATION(declared);
        isolation_value(TREE_TYPE(declared), DECL_INITIAL(declared), location);
        walk_tree_without_duplicates(&DECL_INITIAL(declared), look_at_initial, &location);
}

/* A variable is one node wherever it is mentioned, which the walk visits once: so from above. */
static void look_at_operand(struct walk *walk, tree operand)
{
        if (operand && VAR_P(operand))
                look_at_variable(walk, operand);
}

static void look_at_declaration(struct walk *walk, tree declared)
{
        if (!walk->async || !VAR_P(declared) || TREE_STATIC(declared) || DECL_EXTERNAL(declared))
                return;
        if (DECL_SIZE(declared) && TREE_CODE(DECL_SIZE(declared)) != INTEGER_CST)
                error_at(DECL_SOURCE_LOCATION(declared),
                         "array %qD of variable length in async code: the size of a frame must be "
                         "known",
                         declared);
}

static tree look_at(tree *node, int *walk_subtrees, void *data)
{
        struct walk *walk = (struct walk *)data;
        tree at = *node, value;
        unsigned HOST_WIDE_INT element;

        if (TYPE_P(at)) {
                *walk_subtrees = 0;
                return NULL_TREE;
        }
        if (EXPR_HAS_LOCATION(at))
                walk->location = EXPR_LOCATION(at);
        frozen_look_at(walk->function, at, walk->location, walk->read_only);
        switch (TREE_CODE(at)) {
        case CALL_EXPR:
                look_at_call(walk, at);
                break;
        case ADDR_EXPR:
                look_at_address(walk, at);
                break;
        case MODIFY_EXPR:
                isolation_value(TREE_TYPE(TREE_OPERAND(at, 0)), TREE_OPERAND(at, 1),
                                walk->location);
                break;
        case COMPOUND_LITERAL_EXPR: /* no block has its variable */
                walk_tree(&DECL_INITIAL(COMPOUND_LITERAL_EXPR_DECL(at)), look_at, walk,
                          walk->visited);
                finish_declaration(COMPOUND_LITERAL_EXPR_DECL(at), NULL);
                break;
        case CONSTRUCTOR:
                FOR_EACH_CONSTRUCTOR_VALUE(CONSTRUCTOR_ELTS(at), element, value)
                {
                        look_at_operand(walk, value);
                }
                break;
        case DECL_EXPR:
                look_at_declaration(walk, DECL_EXPR_DECL(at));
                if (VAR_P(DECL_EXPR_DECL(at)))
                        *walk_subtrees = 0; /* to declare it is not to use it */
                break;
        case TRY_FINALLY_EXPR: /* in C, only the cleanup attribute makes one */
                if (TREE_CODE(TREE_OPERAND(at, 1)) == CALL_EXPR)
                        walk->cleanups.insert(TREE_OPERAND(at, 1));
                break;
        case BIND_EXPR: /* here, so that what initialises a variable is reported at its place */
                for (tree local = BIND_EXPR_VARS(at); local; local = DECL_CHAIN(local)) {
                        if (!VAR_P(local) || !DECL_INITIAL(local))
                                continue;
                        walk->location = DECL_SOURCE_LOCATION(local);
                        look_at_operand(walk, DECL_INITIAL(local));
                        walk_tree(&DECL_INITIAL(local), look_at, walk, walk->visited);
                }
                break;
        default:
                break;
        }
        /* An operand that is a variable has no place of its own; this expression is the nearest. */
        if (VAR_P(at))
                look_at_variable(walk, at);
        else if (EXPR_P(at) && TREE_CODE(at) != BIND_EXPR && TREE_CODE(at) != DECL_EXPR) {
                for (int i = 0; i < TREE_OPERAND_LENGTH(at); i++)
                        look_at_operand(walk, TREE_OPERAND(at, i));
        }
        return NULL_TREE;
}

static void check_function(tree function)
{
        hash_set<tree> visited;
        struct walk walk = {};
        cgraph_node *nested;

        walk.visited = &visited;
        walk.function = function;
        walk.async = decl_is_async(function);
        walk.location = DECL_SOURCE_LOCATION(function);

        if (walk.async) {
                flags_report_for(function);
                if (MAIN_NAME_P(DECL_NAME(function)) && TREE_PUBLIC(function)) {
                        error_at(walk.location, "%<main%> cannot be async: nothing has started it");
                        inform(walk.location, entry_remedy);
                }
                if (decl_has_attribute(function, "no_split_stack") ||
                    decl_has_attribute(function, "naked"))
                        error_at(walk.location, "async function %qD must have a stack probe",
                                 function);
        }
        notes_function(function);
        walk_tree(&DECL_SAVED_TREE(function), look_at, &walk, &visited);
        linear_check_function(function);
        inline_look_at(function);

        nested = cgraph_node::get(function);
        for (nested = nested ? first_nested_function(nested) : NULL; nested;
             nested = next_nested_function(nested))
                check_function(nested->decl);
}

static void check(void *event, void *)
{
        tree function = (tree)event;

        if (TREE_CODE(function) == FUNCTION_DECL && DECL_SAVED_TREE(function))
                check_function(function);
}

static void finish_unit(void *, void *)
{
        isolation_report();
}

void check_install(const char *plugin_name)
{
        register_callback(plugin_name, PLUGIN_FINISH_DECL, finish_declaration, NULL);
        register_callback(plugin_name, PLUGIN_FINISH_UNIT, finish_unit, NULL);
        register_callback(plugin_name, PLUGIN_FINISH, finish_unit, NULL); /* with -fsyntax-only */
        register_callback(plugin_name, PLUGIN_PRE_GENERICIZE, check, NULL);
}
