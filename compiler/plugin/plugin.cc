/* SPDX-License-Identifier: MIT */
/*
 * mori's compiler plugin: async as a part of C, for GCC 12 to 14 on x86-64.
 *
 * It makes linked stacks possible (docs/abi.md) and async code safe. In the order in which a
 * function meets it:
 *
 *      types.cc        the attribute is a part of the function's type
 *      check.cc        the tree as written is checked, with spelling.cc (is there an await?),
 *                      blocking.cc (may the callee block?), linear.cc (is a value dropped?) and
 *                      passing.cc (can it be started so?)
 *      isolation.cc    ... what it shares is kept until the unit ends: does an offloaded function
 *                      reach it?
 *      notes.cc        ... and what it calls is noted for mori-linkcheck
 *      inline.cc       says what may be inlined into what
 *      flags.cc        sets the compiler's options for each function
 *      gate.cc         turns calls of sync code into calls of gates, in the machine code
 *      probe.cc        makes the stack probe exact, and with need.cc ask for callees in loops
 *      notes.cc        tells mori-verify what async machine code there is
 *      shown.cc        leads all diagnostics out of mori's macros, to what the user wrote
 *
 * Nothing else is needed on the command line than -fplugin=.../mori.so; the plugin defines
 * __MORI_LINKED__, which the headers go by. It is loaded in three roles: by the C compiler, by the
 * C compiler that only writes bytecode for link-time optimisation, and by the link-time compiler,
 * which has no front end. What belongs to the front end is therefore referred to weakly.
 *
 * The argument -fplugin-arg-mori-runtime is for libmori itself, whose statics and thread-locals are
 * not held against offloaded functions that call it. Two are for tests:
 * -fplugin-arg-mori-seed-ungated=NAME leaves the calls to NAME without a gate, and
 * -fplugin-arg-mori-seed-probe=NAME makes the probe of NAME ask for too little. Both are faults
 * that mori-verify must find.
 */
#include "plugin.h"

int plugin_is_GPL_compatible;

const char *seed_ungated_callee;
const char *seed_probe_function;
bool unit_is_runtime;

extern cpp_reader *parse_in __attribute__((weak));
extern void cpp_define(cpp_reader *reader, const char *definition) __attribute__((weak));

static struct plugin_info description = {
        "1", "async functions on linked stacks; use it through moricc, or see docs/compiler.md"};

static void define_macro(void *, void *)
{
        if (&parse_in && parse_in && cpp_define)
                cpp_define(parse_in, "__MORI_LINKED__=1");
}

static bool take_argument(const struct plugin_argument *argument)
{
        if (strcmp(argument->key, "seed-ungated") == 0 && argument->value)
                seed_ungated_callee = argument->value;
        else if (strcmp(argument->key, "seed-probe") == 0 && argument->value)
                seed_probe_function = argument->value;
        else if (strcmp(argument->key, "runtime") == 0)
                unit_is_runtime = true;
        else
                return false;
        return true;
}

int plugin_init(struct plugin_name_args *arguments, struct plugin_gcc_version *version)
{
        const char *name = arguments->base_name;

        if (!plugin_default_version_check(version, &gcc_version)) {
                error("this plugin of mori was built for GCC %s and this is GCC %s; build it "
                      "again, or set %<MORI_CC%>",
                      gcc_version.basever, version->basever);
                return 1;
        }
        for (int i = 0; i < arguments->argc; i++) {
                if (!take_argument(&arguments->argv[i])) {
                        error("the plugin of mori does not know the argument %qs",
                              arguments->argv[i].key);
                        return 1;
                }
        }

        register_callback(name, PLUGIN_INFO, NULL, &description);
        register_callback(name, PLUGIN_START_UNIT, define_macro, NULL);
        shown_install();
        flags_install();
        types_install(name);
        inline_install(name);
        check_install(name);
        notes_install(name);
        gate_install(name);
        return 0;
}
