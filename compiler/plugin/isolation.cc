/* SPDX-License-Identifier: MIT */
/*
 * What offloaded functions share with others.
 *
 * A function is offloaded where its address is given to a pointer whose type says mori_offloaded,
 * be it an argument, a member or a variable. It runs on a thread beside the seats, so whatever it
 * touches that is neither its own nor constant is touched by others at the same time. The statics
 * and thread-locals that sync functions of this unit mention are kept here, with who calls whom; at
 * the end of the unit what the offloaded ones reach is reported, each variable once a line, with
 * the way to it. mori-linkcheck does the same for ways through several objects, with what notes.cc
 * writes.
 *
 * Everything is kept by the names of the assembler and as locations: trees may be collected before
 * the end of the unit.
 */
#include "plugin.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

struct call_place {
        std::string callee;
        location_t location;
};

struct variable_place {
        std::string variable;
        bool thread_local_used;
        location_t location;
};

struct reached_function {
        std::string shown; /* its name as the source has it */
        bool vouched = false, reached = false;
        std::vector<call_place> calls;
        std::vector<variable_place> variables;
        const reached_function *from = nullptr; /* while it is walked */
        location_t from_location = UNKNOWN_LOCATION;
};

static std::map<std::string, reached_function> functions;
static std::vector<call_place> offloaded;

static std::string shown_name(tree decl)
{
        return DECL_NAME(decl) ? IDENTIFIER_POINTER(DECL_NAME(decl)) : "?";
}

static reached_function &function_of(tree decl)
{
        reached_function &function = functions[decl_symbol_name(decl)];

        if (function.shown.empty())
                function.shown = shown_name(decl);
        function.vouched |= decl_has_attribute(decl, "mori_thread_safe");
        return function;
}

static bool type_runs_beside(tree type)
{
        return type && POINTER_TYPE_P(type) && FUNC_OR_METHOD_TYPE_P(TREE_TYPE(type)) &&
               lookup_attribute("mori_offloaded", TYPE_ATTRIBUTES(TREE_TYPE(type)));
}

void isolation_value(tree type, tree value, location_t location)
{
        tree function;

        if (!value || !type_runs_beside(type))
                return;
        STRIP_NOPS(value);
        switch (TREE_CODE(value)) {
        case COMPOUND_EXPR:
                isolation_value(type, TREE_OPERAND(value, 1), location);
                return;
        case SAVE_EXPR:
                isolation_value(type, TREE_OPERAND(value, 0), location);
                return;
        case COND_EXPR:
                isolation_value(type, COND_EXPR_THEN(value), location);
                isolation_value(type, COND_EXPR_ELSE(value), location);
                return;
        default:
                break;
        }
        function = TREE_CODE(value) == ADDR_EXPR ? TREE_OPERAND(value, 0) : NULL_TREE;
        if (!function || TREE_CODE(function) != FUNCTION_DECL || decl_is_async(function))
                return;
        function_of(function);
        offloaded.push_back({decl_symbol_name(function), location_for_user(location)});
        notes_offloaded(function);
}

void isolation_call(tree caller, tree callee, location_t location)
{
        if (decl_is_async(callee))
                return;
        function_of(callee);
        function_of(caller).calls.push_back({decl_symbol_name(callee), location});
}

void isolation_variable(tree function, tree variable, location_t location)
{
        if (unit_is_runtime)
                return;
        function_of(function).variables.push_back(
                {shown_name(variable), DECL_THREAD_LOCAL_P(variable) != 0, location});
        notes_variable(function, variable, location);
}

/* The way to a function, the offloaded one first. */
static void tell_way(const reached_function &function)
{
        if (function.from) {
                tell_way(*function.from);
                inform(function.from_location, "%qs calls %qs here", function.from->shown.c_str(),
                       function.shown.c_str());
        } else {
                inform(function.from_location, "%qs is offloaded here", function.shown.c_str());
        }
}

static void report_in(const reached_function &function)
{
        static std::set<std::pair<std::string, int>> told;

        for (const variable_place &place : function.variables) {
                expanded_location at = expand_location(place.location);
                std::string key = place.variable + " " + (at.file ? at.file : "");

                if (!told.insert(std::make_pair(key, at.line)).second)
                        continue;
                if (place.thread_local_used)
                        error_at(place.location,
                                 "thread-local variable %qs in offloaded code: calls share it that "
                                 "happen to run on one thread",
                                 place.variable.c_str());
                else
                        error_at(place.location,
                                 "mutable static variable %qs in offloaded code: others run at the "
                                 "same time",
                                 place.variable.c_str());
                tell_way(function);
        }
}

void isolation_report()
{
        std::vector<reached_function *> queue;

        for (const call_place &root : offloaded) {
                reached_function &function = functions[root.callee];

                if (function.vouched || function.reached)
                        continue;
                function.reached = true;
                function.from_location = root.location;
                queue.push_back(&function);
        }
        for (size_t i = 0; i < queue.size(); i++) {
                report_in(*queue[i]);
                for (const call_place &call : queue[i]->calls) {
                        reached_function &callee = functions[call.callee];

                        if (callee.vouched || callee.reached)
                                continue;
                        callee.reached = true;
                        callee.from = queue[i];
                        callee.from_location = call.location;
                        queue.push_back(&callee);
                }
        }
        offloaded.clear();
}
