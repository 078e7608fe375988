/* SPDX-License-Identifier: MIT */
/*
 * The exact probe (docs/abi.md).
 *
 * The compiler's own prologue compares the stack pointer itself when the frame is below 256 bytes,
 * which costs that much slack under every guard. Here the comparison is made exact, in both
 * directions, right after the prologue was made:
 *
 *      cmpq %fs:0x70, %rsp                      leaq  -(N - C)(%rsp), %r11
 *      jnb  1f                         ->       cmpq  %fs:0x70, %r11
 *      movl $N, %r10d                           jnb   1f
 *      movl $A, %r11d                           movl  $N, %r10d ...
 *
 * N is the frame, and what need.cc adds for callees in loops. It is not quite the constant that the
 * compiler wrote. Code that is optimised for size pushes the arguments of calls, whatever
 * -maccumulate-outgoing-args says, and a frame with an alignment above 16 loses up to that much to
 * the alignment; both are added. C, the credit, belongs to a function that leaves only gates below
 * its frame.
 */
#include "plugin.h"

static const HOST_WIDE_INT leaf_credit_bytes = 40;

/* Bytes that the function may push below the frame that its prologue makes. */
static HOST_WIDE_INT bytes_pushed_max()
{
        HOST_WIDE_INT max = 0;

        for (rtx_insn *insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                rtx note = INSN_P(insn) ? find_reg_note(insn, REG_ARGS_SIZE, NULL_RTX) : NULL_RTX;

                if (note && CONST_INT_P(XEXP(note, 0)))
                        max = MAX(max, INTVAL(XEXP(note, 0)));
        }
        /* -Oz loads small constants by a push and a pop, in a pass that is still to come. */
        if (optimize_size > 1)
                max += UNITS_PER_WORD;
        if (crtl->stack_realign_needed)
                max += crtl->stack_alignment_needed / BITS_PER_UNIT + UNITS_PER_WORD;
        return max;
}

static bool is_set_of(rtx_insn *insn, unsigned register_number)
{
        rtx set = NONJUMP_INSN_P(insn) ? single_set(insn) : NULL_RTX;

        return set && REG_P(SET_DEST(set)) && REGNO(SET_DEST(set)) == register_number;
}

static bool is_comparison(rtx_insn *insn)
{
        rtx set = NONJUMP_INSN_P(insn) ? single_set(insn) : NULL_RTX;

        return set && GET_CODE(SET_SRC(set)) == COMPARE && MEM_P(XEXP(SET_SRC(set), 1));
}

struct probe {
        /* leaq -N(%rsp), %r11; null when the stack pointer itself is compared */
        rtx_insn *offset;
        rtx_insn *comparison;
        rtx_insn *frame;      /* movl $N, %r10d */
};

/* Finds the call of __morestack, then its instructions, backwards from there. */
static bool find_probe(struct probe *ret_probe)
{
        struct probe probe = {};
        rtx_insn *insn;

        for (insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                rtx call = CALL_P(insn) ? get_call_rtx_from(insn) : NULL_RTX;
                rtx target = call ? XEXP(XEXP(call, 0), 0) : NULL_RTX;

                if (target && GET_CODE(target) == SYMBOL_REF &&
                    strcmp(XSTR(target, 0), "__morestack") == 0)
                        break;
        }
        for (; insn; insn = PREV_INSN(insn)) {
                if (!probe.frame && is_set_of(insn, R10_REG))
                        probe.frame = insn;
                else if (probe.frame && !probe.comparison && is_comparison(insn))
                        probe.comparison = insn;
                else if (probe.comparison && is_set_of(insn, R11_REG))
                        probe.offset = insn;
        }
        if (!probe.comparison || !CONST_INT_P(SET_SRC(single_set(probe.frame))))
                return false;
        *ret_probe = probe;
        return true;
}

void probe_rewrite(function *function, bool calls_async, HOST_WIDE_INT *ret_frame_bytes,
                   HOST_WIDE_INT *ret_credit_bytes)
{
        struct probe probe;
        rtx scratch = gen_rtx_REG(Pmode, R11_REG);
        rtx compared = stack_pointer_rtx;
        HOST_WIDE_INT frame_bytes, credit_bytes = calls_async ? 0 : leaf_credit_bytes;
        rtx set;

        if (!find_probe(&probe)) {
                error_at(DECL_SOURCE_LOCATION(function->decl),
                         "async function %qD was compiled without a stack probe", function->decl);
                return;
        }
        set = single_set(probe.frame);
        frame_bytes = INTVAL(SET_SRC(set)) + bytes_pushed_max();
        need_note(function, frame_bytes, credit_bytes);
        frame_bytes += need_in_loops(function);
        if (seed_probe_function && id_equal(DECL_NAME(function->decl), seed_probe_function))
                frame_bytes -= 64;
        SET_SRC(set) = gen_int_mode(frame_bytes, GET_MODE(SET_DEST(set)));
        INSN_CODE(probe.frame) = -1;
        df_insn_rescan(probe.frame);

        if (probe.offset)
                delete_insn(probe.offset);
        if (frame_bytes != credit_bytes) {
                emit_insn_before(
                        gen_rtx_SET(scratch, gen_rtx_PLUS(Pmode, stack_pointer_rtx,
                                                          GEN_INT(credit_bytes - frame_bytes))),
                        probe.comparison);
                compared = scratch;
        }
        XEXP(SET_SRC(single_set(probe.comparison)), 0) = compared;
        INSN_CODE(probe.comparison) = -1;
        df_insn_rescan(probe.comparison);

        *ret_frame_bytes = frame_bytes;
        *ret_credit_bytes = credit_bytes;
}
