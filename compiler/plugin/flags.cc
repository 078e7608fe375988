/* SPDX-License-Identifier: MIT */
/*
 * The options that async code is compiled with.
 *
 * What the plugin needs it sets itself, before the compiler derives anything from the options, so
 * that a user needs no more than -fplugin. What would break async code and was asked for by name is
 * refused, at the first async function of the unit: a library of sync code may be compiled with
 * anything.
 *
 * Set for the whole unit: no red zone, arguments stored rather than pushed, pointers to functions
 * of other types an error. Set for each function, when the compiler turns to it: the split-stack
 * prologue (async functions only), and no register allocation across calls by what the callee
 * happens to use, because a gate stands between the two and uses %r11. Both are set in the hook
 * that runs after the options of the function's own attributes were restored, so that neither
 * `optimize` attributes nor link-time optimisation can bring them back.
 */
#include "plugin.h"

static void (*set_current_function_before)(tree);

static void set_current_function(tree function)
{
        set_current_function_before(function);
        flag_split_stack = decl_is_async(function);
        flag_ipa_ra = 0;
}

void flags_install()
{
        set_current_function_before = targetm.set_current_function;
        targetm.set_current_function = set_current_function;

        if (!(global_options_set.x_target_flags & MASK_NO_RED_ZONE)) {
                global_options.x_target_flags |= MASK_NO_RED_ZONE;
                global_options_set.x_target_flags |= MASK_NO_RED_ZONE;
        }
        if (!(global_options_set.x_target_flags & MASK_ACCUMULATE_OUTGOING_ARGS)) {
                global_options.x_target_flags |= MASK_ACCUMULATE_OUTGOING_ARGS;
                global_options_set.x_target_flags |= MASK_ACCUMULATE_OUTGOING_ARGS;
        }
        /* Some distributions turn this on by default; only who asks for it by name is refused. */
        if (!global_options_set.x_flag_cf_protection)
                global_options.x_flag_cf_protection = CF_NONE;
        if (!global_options_set.x_flag_split_stack)
                global_options.x_flag_split_stack = 0;
        global_options.x_flag_ipa_ra = 0;

        global_options.x_warn_incompatible_pointer_types = 1;
        diagnostic_classify_diagnostic(global_dc, OPT_Wincompatible_pointer_types, DK_ERROR,
                                       UNKNOWN_LOCATION);
}

static void refuse(tree function, const char *flag, const char *reason, const char *remedy)
{
        error_at(DECL_SOURCE_LOCATION(function),
                 "async function %qD cannot be compiled with %qs: %s", function, flag, reason);
        inform(DECL_SOURCE_LOCATION(function), "%s", remedy);
}

void flags_report_for(tree function)
{
        static bool reported;

        if (reported)
                return;
        reported = true;

        if (!TARGET_64BIT || TARGET_X32)
                refuse(function, TARGET_64BIT ? "-mx32" : "-m32",
                       "linked stacks exist for x86-64 only", "leave the flag out");
        if (ix86_abi == MS_ABI)
                refuse(function, "-mabi=ms", "gates follow the System V calling convention",
                       "leave the flag out");
        if (TARGET_RED_ZONE)
                refuse(function, "-mred-zone", "below a frame lie only the bytes that gates need",
                       "leave the flag out; the plugin turns the red zone off");
        if (!TARGET_ACCUMULATE_OUTGOING_ARGS)
                refuse(function, "-mno-accumulate-outgoing-args",
                       "the probe must know the whole frame", "leave the flag out");
        if (!flag_plt)
                refuse(function, "-fno-plt", "calls that go around the symbol go around the gate",
                       "leave the flag out; async code is bound at load and pays nothing for the "
                       "PLT");
        if (ix86_cmodel != CM_SMALL && ix86_cmodel != CM_SMALL_PIC)
                refuse(function, "-mcmodel", "gates are reached by a direct call",
                       "leave the flag out: only the small model is supported");
        if (profile_flag)
                refuse(function, flag_fentry ? "-mfentry" : "-pg",
                       "the profiler's call would run on a segment, before its probe",
                       "leave the flag out, or give it to the sync files only");
        if (flag_cf_protection != CF_NONE && flag_cf_protection != (CF_NONE | CF_SET))
                refuse(function, "-fcf-protection",
                       "shadow stacks do not follow a switch of stacks",
                       "use -fcf-protection=none");
        if (ix86_indirect_branch != indirect_branch_keep)
                refuse(function, "-mindirect-branch",
                       "behind its thunks nobody can prove where a call goes",
                       "leave the flag out");
        if (global_options_set.x_flag_split_stack && global_options.x_flag_split_stack > 0)
                refuse(function, "-fsplit-stack",
                       "it would also probe sync functions, and wrap pthread_create at the link",
                       "leave the flag out; the plugin turns on what async functions need");
        if (inhibit_warnings && !in_lto_p)
                refuse(function, "-w",
                       "it would hide conversions between async and sync function pointers",
                       "leave the flag out, or turn off the warnings that are meant by name");
}
