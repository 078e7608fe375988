/* SPDX-License-Identifier: MIT */
/*
 * What the files of the plugin ask of one another. plugin.cc describes how they work together.
 */
#ifndef MORI_PLUGIN_PLUGIN_H
#define MORI_PLUGIN_PLUGIN_H

#include <set>
#include <string>

#include "headers.h"

/*
 * plugin.cc: faults that tests seed, to show that the checkers find them. Null when there is none.
 */
extern const char *seed_ungated_callee;  /* calls to the function of this name get no gate */
/* the probe of the function of this name asks for too little */
extern const char *seed_probe_function;
extern bool unit_is_runtime; /* this is libmori */

/* types.cc: which functions are async, and what their authors promise. */
void types_install(const char *plugin_name);
bool type_is_async(const_tree type);            /* a function type */
bool pointer_type_is_async(const_tree type);    /* a pointer, at any depth, to a function type */
bool decl_is_async(const_tree decl);
bool decl_has_attribute(const_tree decl, const char *name);
std::string decl_attribute_text(const_tree decl, const char *name); /* the string argument, or "" */
std::string decl_symbol_name(tree decl);                            /* as the assembler sees it */

/* flags.cc: the options that the compiler runs with. */
void flags_install();
void flags_report_for(tree async_function); /* once a unit, at the first async function */

/* spelling.cc: what stands in the source text around a call. */
/* by a macro of <mori/...>, or inside that header */
bool call_is_spelled_by_mori(location_t location);
/* a token of a macro, or the parameter that it replaced, stands in a definition of such a header */
bool location_is_defined_by_mori(location_t location);
location_t location_for_user(location_t location); /* where such a macro was used */
bool call_follows_await(location_t location, bool through_pointer);

/* shown.cc: where diagnostics are shown. */
void shown_install();

/* check.cc: the diagnostics, on the tree of each function as it was written. */
void check_install(const char *plugin_name);

/* linear.cc: handles and Results that are dropped. */
void linear_check_function(tree function);

/* passing.cc: how values are passed, and what can be started. */
bool call_is_start(tree call);
void passing_check_call(tree call, location_t location); /* in async code */

/* isolation.cc: the statics that offloaded functions reach. */
void isolation_value(tree type, tree value, location_t location); /* goes where the type stands */
void isolation_call(tree caller, tree callee, location_t location);
void isolation_variable(tree function, tree variable, location_t location); /* in sync code */
void isolation_report(); /* when all of the unit was seen */

/* frozen.cc: variables that are written at load only. */
bool variable_is_frozen(const_tree variable);
/* Of every expression, the outer ones first; `harmless` is kept for all of one function. */
void frozen_look_at(tree function, tree at, location_t location, std::set<tree> &harmless);

/* inline.cc: what may be inlined into what. */
void inline_install(const char *plugin_name);
void inline_look_at(tree function); /* marks a sync function that must stay out of async code */

/* blocking.cc: what is known of functions that may block. */
const char *blocking_reason(tree function); /* null when nothing is known against it */
const char *blocking_remedy(tree function); /* what async code calls instead */

/* notes.cc: the call graph as it was written, and the table of async machine code. */
void notes_install(const char *plugin_name);
void notes_function(tree function);
void notes_call(tree caller, tree callee, location_t location);
void notes_indirect_call(tree caller, bool async, location_t location);
enum address_use { address_passed_to_sync, address_passed_to_async, address_stored };
void notes_address_taken(tree function, tree taken, enum address_use use, location_t location);
void notes_offloaded(tree function);
void notes_variable(tree function, tree variable, location_t location);
void notes_machine_code(const std::string &symbol, HOST_WIDE_INT frame_bytes,
                        HOST_WIDE_INT credit_bytes, int indirect_calls, int indirect_jumps,
                        bool split_in_two);

/* need.cc: what the functions of this unit need of a stack, and what a probe asks for them. */
HOST_WIDE_INT need_in_loops(function *function);
void need_note(function *function, HOST_WIDE_INT frame_bytes, HOST_WIDE_INT credit_bytes);

/* gate.cc and probe.cc: what is changed in the machine code. */
void gate_install(const char *plugin_name);
void gate_rewrite_calls(function *function, bool *ret_calls_async);
void probe_rewrite(function *function, bool calls_async, HOST_WIDE_INT *ret_frame_bytes,
                   HOST_WIDE_INT *ret_credit_bytes);

#endif
