/* SPDX-License-Identifier: MIT */
/*
 * Gates: every call from async to sync code goes through one (docs/abi.md).
 *
 * It is done on the machine code of each async function, after its prologue was made: only there
 * are all calls there are, those that the compiler makes by itself (memcpy for a structure,
 * __divti3) included. Three passes take part:
 *
 *  1. Before the last tree form of a function is expanded, an indirect call whose pointer has lost
 *     its type on the way (to the middle end all pointers are one) gets it back, because
 *  2. after the prologue, the kind of an indirect call is read from there: the expression that the
 *     call's memory reference remembers. Here targets become gates, and the probe becomes exact
 *     (probe.cc).
 *  3. Right before the assembly is written the indirect calls and jumps of the function are
 *     counted, for mori-verify.
 *
 * The gates that were used are written at the end of the unit: those of global functions into
 * comdat groups, hidden; those of static functions local. A gate of a function with many bytes of
 * stack arguments copies them in a loop; the others push one by one.
 *
 * The gate for indirect calls needs a register besides %r11, which holds the target, and takes %rsp
 * itself: the thread's signal stack is an alternate one, so nobody looks at %rsp in between.
 */
#include "plugin.h"

#include <map>
#include <set>

struct gate {
        std::string callee; /* empty for the gate of indirect calls */
        HOST_WIDE_INT argument_bytes;
        bool local;

        bool operator<(const struct gate &other) const
        {
                if (argument_bytes != other.argument_bytes)
                        return argument_bytes < other.argument_bytes;
                if (local != other.local)
                        return local < other.local;
                return callee < other.callee;
        }
};

static std::set<struct gate> gates;
static bool unit_has_async_code;

/* Of the function that is being compiled, from the second pass to the third. */
static HOST_WIDE_INT current_frame_bytes, current_credit_bytes;

static std::string gate_name(const struct gate &gate)
{
        std::string bytes = std::to_string((long long)gate.argument_bytes);

        return gate.callee.empty() ? "__mori_gate_indirect." + bytes
                                   : "__mori_gate." + bytes + "." + gate.callee;
}

/* ---- 1. Pointers get their types back */

static const pass_data type_pass_data = {
        GIMPLE_PASS, "mori_types", OPTGROUP_NONE, TV_NONE, PROP_gimple_any, 0, 0, 0, 0};

class type_pass : public gimple_opt_pass {
public:
        type_pass(gcc::context *context) : gimple_opt_pass(type_pass_data, context) {}
        unsigned int execute(function *function) override;
};

static void give_type(gimple_stmt_iterator *at, gcall *call)
{
        tree target = gimple_call_fn(call);
        tree type = gimple_call_fntype(call);
        tree name;
        gassign *conversion;

        if (!target || !type || gimple_call_fndecl(call))
                return;
        if (POINTER_TYPE_P(TREE_TYPE(target)) &&
            FUNC_OR_METHOD_TYPE_P(TREE_TYPE(TREE_TYPE(target))) &&
            type_is_async(TREE_TYPE(TREE_TYPE(target))) == type_is_async(type))
                return;
        name = make_ssa_name(build_pointer_type(type));
        conversion = gimple_build_assign(name, NOP_EXPR, target);
        gimple_set_location(conversion, gimple_location(call));
        gsi_insert_before(at, conversion, GSI_SAME_STMT);
        gimple_call_set_fn(call, name);
        update_stmt(call);
}

unsigned int type_pass::execute(function *function)
{
        basic_block block;

        FOR_EACH_BB_FN(block, function)
        {
                for (gimple_stmt_iterator at = gsi_start_bb(block); !gsi_end_p(at); gsi_next(&at)) {
                        gcall *call = dyn_cast<gcall *>(gsi_stmt(at));

                        if (call && !gimple_call_internal_p(call))
                                give_type(&at, call);
                }
        }
        return 0;
}

/* ---- 2. Calls become calls of gates */

/*
 * The call in an instruction, or null. The instruction vzeroupper looks like a call of address 0.
 */
static rtx call_in(rtx_insn *insn)
{
        rtx call = CALL_P(insn) ? get_call_rtx_from(insn) : NULL_RTX;

        return call && !CONST_INT_P(XEXP(XEXP(call, 0), 0)) ? call : NULL_RTX;
}

enum call_kind { call_async, call_nogate, call_sync, call_of_runtime, call_unknown };

static enum call_kind symbol_kind(rtx symbol)
{
        tree decl = SYMBOL_REF_DECL(symbol);
        const char *name = XSTR(symbol, 0);

        if (*name == '*')
                name++;
        if (startswith(name, "__morestack"))
                return call_of_runtime;
        if (strcmp(name, "mori_enter") == 0 || decl_has_attribute(decl, "mori_nogate"))
                return call_nogate;
        if (decl_is_async(decl))
                return call_async;
        return call_sync;
}

/* What an indirect call calls, by the type of the pointer that it was expanded from. */
static enum call_kind indirect_kind(rtx memory)
{
        tree expression = MEM_P(memory) ? MEM_EXPR(memory) : NULL_TREE;
        tree type = expression ? TREE_TYPE(expression) : NULL_TREE;

        if (!type || !FUNC_OR_METHOD_TYPE_P(type))
                return call_unknown;
        return type_is_async(type) ? call_async : call_sync;
}

static void redirect(rtx_insn *insn, rtx memory, const struct gate &gate)
{
        std::string name = "*" + gate_name(gate);
        rtx symbol = gen_rtx_SYMBOL_REF(Pmode, ggc_strdup(name.c_str()));

        SYMBOL_REF_FLAGS(symbol) = SYMBOL_FLAG_FUNCTION | SYMBOL_FLAG_LOCAL;
        XEXP(memory, 0) = symbol;
        INSN_CODE(insn) = -1;
        df_insn_rescan(insn);
        gates.insert(gate);
}

static void rewrite_call(rtx_insn *insn, rtx call, bool *calls_async)
{
        rtx memory = XEXP(call, 0);
        rtx target = XEXP(memory, 0);
        bool direct = GET_CODE(target) == SYMBOL_REF;
        enum call_kind kind = direct ? symbol_kind(target) : indirect_kind(memory);
        HOST_WIDE_INT argument_bytes = CONST_INT_P(XEXP(call, 1)) ? INTVAL(XEXP(call, 1)) : 0;
        struct gate gate = {};

        if ((kind == call_async || kind == call_nogate) && !SIBLING_CALL_P(insn))
                *calls_async = true;
        if (kind == call_unknown)
                error_at(INSN_LOCATION(insn),
                         "the kind of this indirect call was lost in the compiler");
        if (kind != call_sync)
                return;

        gate.argument_bytes = (argument_bytes + UNITS_PER_WORD - 1) & -UNITS_PER_WORD;
        if (!direct) {
                rtx scratch = gen_rtx_REG(Pmode, R11_REG);

                emit_insn_before_setloc(gen_rtx_SET(scratch, target), insn, INSN_LOCATION(insn));
                use_reg(&CALL_INSN_FUNCTION_USAGE(insn), scratch);
                redirect(insn, memory, gate);
                return;
        }

        tree decl = SYMBOL_REF_DECL(target);
        const char *name = XSTR(target, 0);

        if (*name == '*')
                name++;
        if (strcmp(name, "__tls_get_addr") == 0) {
                error_at(INSN_LOCATION(insn), "thread-local variable in async code: the activity "
                                              "may move to another thread");
                return;
        }
        if (seed_ungated_callee && strcmp(name, seed_ungated_callee) == 0)
                return;
        gate.callee = name;
        gate.local = decl && !TREE_PUBLIC(decl);
        if (decl && DECL_EXTERNAL(decl))
                /* the gate calls it now; whether it is weak must still be said */
                assemble_external(decl);
        redirect(insn, memory, gate);
}

/*
 * Whether inline assembly may push something. It does not if it is made of moves alone and none of
 * them names the stack pointer: that is how the runtime finds the worker.
 */
static bool assembly_may_push(const char *text)
{
        while (*text) {
                while (*text == ' ' || *text == '\t' || *text == '\n' || *text == ';')
                        text++;
                if (*text && strncmp(text, "mov", 3))
                        return true;
                for (; *text && *text != '\n' && *text != ';'; text++)
                        if (text[0] == 's' && text[1] == 'p')
                                return true;
        }
        return false;
}

void gate_rewrite_calls(function *, bool *ret_calls_async)
{
        bool calls_async = false;

        for (rtx_insn *insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                rtx call = call_in(insn);

                if (call)
                        rewrite_call(insn, call, &calls_async);
                if (NONJUMP_INSN_P(insn) && asm_noperands(PATTERN(insn)) >= 0) {
                        rtx assembly = extract_asm_operands(PATTERN(insn));

                        if (!assembly || assembly_may_push(ASM_OPERANDS_TEMPLATE(assembly)))
                                calls_async = true;
                }
        }
        *ret_calls_async = calls_async;
}

/* A sync function may have got an async call by outlining (OpenMP) or by propagated casts. */
static void check_sync_function(function *function)
{
        if (decl_has_attribute(function->decl, "mori_starter"))
                return;
        for (rtx_insn *insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                rtx call = call_in(insn);
                rtx target = call ? XEXP(XEXP(call, 0), 0) : NULL_RTX;

                if (target && GET_CODE(target) == SYMBOL_REF && symbol_kind(target) == call_async)
                        error_at(INSN_LOCATION(insn),
                                 "call to async function %qD from %qD, which is not async",
                                 SYMBOL_REF_DECL(target), function->decl);
        }
}

static const pass_data gate_pass_data = {RTL_PASS, "mori_gates", OPTGROUP_NONE, TV_NONE, 0, 0, 0, 0,
                                         TODO_df_finish};

class gate_pass : public rtl_opt_pass {
public:
        gate_pass(gcc::context *context) : rtl_opt_pass(gate_pass_data, context) {}
        unsigned int execute(function *function) override;
};

unsigned int gate_pass::execute(function *function)
{
        bool calls_async;

        if (!decl_is_async(function->decl)) {
                check_sync_function(function);
                return 0;
        }
        flags_report_for(function->decl);
        gate_rewrite_calls(function, &calls_async);
        probe_rewrite(function, calls_async, &current_frame_bytes, &current_credit_bytes);
        return 0;
}

/* ---- 3. What is left is counted */

static const pass_data count_pass_data = {
        RTL_PASS, "mori_count", OPTGROUP_NONE, TV_NONE, 0, 0, 0, 0, 0};

class count_pass : public rtl_opt_pass {
public:
        count_pass(gcc::context *context) : rtl_opt_pass(count_pass_data, context) {}
        unsigned int execute(function *function) override;
};

unsigned int count_pass::execute(function *function)
{
        int calls = 0, jumps = 0;

        if (!decl_is_async(function->decl))
                return 0;
        for (rtx_insn *insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                rtx call = call_in(insn);

                if (call && GET_CODE(XEXP(XEXP(call, 0), 0)) != SYMBOL_REF)
                        *(SIBLING_CALL_P(insn) ? &jumps : &calls) += 1;
                if (JUMP_P(insn) && (tablejump_p(insn, NULL, NULL) || computed_jump_p(insn)))
                        jumps++;
        }
        unit_has_async_code = true;
        notes_machine_code(decl_symbol_name(function->decl), current_frame_bytes,
                           current_credit_bytes, calls, jumps, crtl->has_bb_partition);
        return 0;
}

/* ---- The gates themselves */

static void write_body(FILE *out, const struct gate &gate)
{
        const HOST_WIDE_INT unrolled_bytes_max = 128;
        HOST_WIDE_INT copied_bytes = (gate.argument_bytes + 15) & -16;
        bool indirect = gate.callee.empty();

        fprintf(out, "\t.cfi_startproc\n"
                     "\t.cfi_signal_frame\n"
                     "\tpushq\t%%rbp\n"
                     "\t.cfi_def_cfa_offset 16\n"
                     "\t.cfi_offset 6, -16\n"
                     "\tmovq\t%%rsp, %%rbp\n"
                     "\t.cfi_def_cfa_register 6\n");
        if (indirect)
                fprintf(out, "\tmovq\tmori_worker@gottpoff(%%rip), %%rsp\n"
                             "\tmovq\t%%fs:(%%rsp), %%rsp\n");
        else
                fprintf(out, "\tmovq\tmori_worker@gottpoff(%%rip), %%r11\n"
                             "\tmovq\t%%fs:(%%r11), %%rsp\n");

        if (copied_bytes <= unrolled_bytes_max) {
                for (HOST_WIDE_INT offset = copied_bytes; offset > 0; offset -= 8)
                        fprintf(out, "\tpushq\t%ld(%%rbp)\n", (long)(8 + offset));
        } else {
                /* The target of an indirect call waits on the classical stack while %r11 counts. */
                if (indirect)
                        fprintf(out, "\tsubq\t$8, %%rsp\n\tpushq\t%%r11\n");
                fprintf(out, "\tmovl\t$%ld, %%r11d\n"
                             "1:\tpushq\t8(%%rbp,%%r11)\n"
                             "\tsubq\t$8, %%r11\n"
                             "\tjnz\t1b\n",
                        (long)copied_bytes);
                if (indirect)
                        fprintf(out, "\tmovq\t%ld(%%rsp), %%r11\n", (long)copied_bytes);
        }
        if (indirect)
                fprintf(out, "\tcall\t*%%r11\n");
        else
                fprintf(out, "\tcall\t%s%s\n", gate.callee.c_str(), gate.local ? "" : "@PLT");
        fprintf(out, "\tmovq\t%%rbp, %%rsp\n"
                     "\tpopq\t%%rbp\n"
                     "\t.cfi_def_cfa 7, 8\n"
                     "\tret\n"
                     "\t.cfi_endproc\n");
}

static void write_gate(FILE *out, const struct gate &gate)
{
        std::string owned = gate_name(gate);
        const char *name = owned.c_str();

        if (gate.local)
                fprintf(out, "\t.section\t.text.%s,\"ax\",@progbits\n", name);
        else
                fprintf(out,
                        "\t.section\t.text.%s,\"axG\",@progbits,%s,comdat\n"
                        "\t.weak\t%s\n"
                        "\t.hidden\t%s\n",
                        name, name, name, name);
        fprintf(out, "\t.p2align 4\n\t.type\t%s, @function\n%s:\n", name, name);
        write_body(out, gate);
        fprintf(out, "\t.size\t%s, .-%s\n", name, name);
}

/*
 * The word that refers to the ABI's symbol: one for each module, relocated by the dynamic linker,
 * so that dlopen() too refuses a module for which no fitting libmori is there.
 *
 * It has a second name, which libgcc gives to a function that stands in one object with its own
 * __morestack. A link that forgets libmori would find that one; with this name it fails, and the
 * name of the section says what to do.
 */
static void write_abi_reference(FILE *out)
{
#if defined(HAVE_GAS_SHF_GNU_RETAIN) && HAVE_GAS_SHF_GNU_RETAIN
        static const char retain[] = "R";
#else
        static const char retain[] = "";
#endif

        fprintf(out,
                "\t.section\t.data.rel.ro.link_with_lmori,\"awG%s\",@progbits,__mori_abi_reference,"
                "comdat\n"
                "\t.p2align 3\n"
                "\t.globl\t__mori_abi_reference, __morestack_non_split\n"
                "\t.hidden\t__mori_abi_reference, __morestack_non_split\n"
                "\t.type\t__mori_abi_reference, @object\n"
                "\t.size\t__mori_abi_reference, 8\n"
                "__morestack_non_split:\n"
                "__mori_abi_reference:\n"
                "\t.quad\tmori_abi_linked_1\n",
                retain);
}

static void finish_unit(void *, void *)
{
        /* Whoever writes a note about split stacks means the linker to wrap pthread_create. */
        flag_split_stack = 0;
        if (!asm_out_file || seen_error())
                return;
        for (const struct gate &gate : gates)
                write_gate(asm_out_file, gate);
        if (unit_has_async_code)
                write_abi_reference(asm_out_file);
        if (unit_has_async_code || !gates.empty())
                fprintf(asm_out_file, "\t.text\n");
}

static void install_pass(const char *plugin_name, opt_pass *pass, const char *neighbour,
                         enum pass_positioning_ops where)
{
        struct register_pass_info info = {pass, neighbour, 1, where};

        register_callback(plugin_name, PLUGIN_PASS_MANAGER_SETUP, NULL, &info);
}

void gate_install(const char *plugin_name)
{
        install_pass(plugin_name, new type_pass(g), "optimized", PASS_POS_INSERT_AFTER);
        install_pass(plugin_name, new gate_pass(g), "pro_and_epilogue", PASS_POS_INSERT_AFTER);
        install_pass(plugin_name, new count_pass(g), "final", PASS_POS_INSERT_BEFORE);
        register_callback(plugin_name, PLUGIN_FINISH_UNIT, finish_unit, NULL);
}
