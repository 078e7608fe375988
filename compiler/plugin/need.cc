/* SPDX-License-Identifier: MIT */
/*
 * Probes hoisted out of loops: what an async function asks for besides its own frame.
 *
 * A first segment is made for the frame of the function that is started, and hardly larger. So what
 * that function awaits goes to a further segment, which costs some 45 instructions on the way there
 * and back; in a loop, each time round. Where the callee was compiled before in this unit its need
 * is known, and the caller's probe asks for it as well: then none of the calls crosses.
 *
 * The need of a function is what it takes below its caller's frame: a return address, its frame,
 * and the largest need of the functions whose need is known that it calls itself. A function that
 * leaves only gates below it takes that much less.
 *
 * What is asked for is paid for by every activity that is started with the function, wherever it
 * waits. So only calls in loops count, and nothing is asked for a callee that needs more than
 * `asked_bytes_max`; where its own frame alone needs less, that is asked for. The bound is below
 * the size of the smallest further segment, so an activity that waits in such a callee becomes
 * smaller by it.
 *
 * It is a hint: another definition may take the callee's place at the link, or its need may not be
 * known because it is compiled later. Every function has a probe of its own.
 */
#include "plugin.h"

#include "graphds.h"

#include <map>

static const HOST_WIDE_INT asked_bytes_max = 256;

struct need {
        HOST_WIDE_INT alone, with_callees;
};

static std::map<unsigned, struct need> needs; /* by the number of the declaration */

/* The need of the async function that an instruction calls and comes back from; null if unknown. */
static const struct need *need_of_call(rtx_insn *insn)
{
        rtx call = CALL_P(insn) && !SIBLING_CALL_P(insn) ? get_call_rtx_from(insn) : NULL_RTX;
        rtx target = call ? XEXP(XEXP(call, 0), 0) : NULL_RTX;
        tree decl = target && GET_CODE(target) == SYMBOL_REF ? SYMBOL_REF_DECL(target) : NULL_TREE;

        if (!decl_is_async(decl))
                return NULL;
        auto found = needs.find(DECL_UID(decl));
        return found == needs.end() ? NULL : &found->second;
}

/* The blocks that can be reached from themselves. */
static void find_loops(function *function, auto_sbitmap *ret_blocks)
{
        int count = last_basic_block_for_fn(function), components;
        graph *blocks = new_graph(count);
        auto_vec<int> sizes;
        basic_block block;
        edge way;
        edge_iterator i;

        FOR_EACH_BB_FN(block, function)
        {
                FOR_EACH_EDGE(way, i, block->succs)
                {
                        add_edge(blocks, block->index, way->dest->index);
                        if (way->dest == block)
                                bitmap_set_bit(*ret_blocks, block->index);
                }
        }
        components = graphds_scc(blocks, NULL);
        sizes.safe_grow_cleared(components, true);
        for (int index = 0; index < count; index++)
                sizes[blocks->vertices[index].component]++;
        for (int index = 0; index < count; index++)
                if (sizes[blocks->vertices[index].component] > 1)
                        bitmap_set_bit(*ret_blocks, index);
        free_graph(blocks);
}

HOST_WIDE_INT need_in_loops(function *function)
{
        auto_sbitmap in_loop(last_basic_block_for_fn(function));
        HOST_WIDE_INT asked = 0;
        bool looked = false;

        for (rtx_insn *insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                const struct need *need = need_of_call(insn);

                if (!need || !BLOCK_FOR_INSN(insn))
                        continue;
                if (!looked) {
                        bitmap_clear(in_loop);
                        find_loops(function, &in_loop);
                        looked = true;
                }
                if (!bitmap_bit_p(in_loop, BLOCK_FOR_INSN(insn)->index))
                        continue;
                if (need->with_callees <= asked_bytes_max)
                        asked = MAX(asked, need->with_callees);
                else if (need->alone <= asked_bytes_max)
                        asked = MAX(asked, need->alone);
        }
        return asked;
}

void need_note(function *function, HOST_WIDE_INT frame_bytes, HOST_WIDE_INT credit_bytes)
{
        struct need own = {};

        own.alone = own.with_callees = UNITS_PER_WORD + frame_bytes - credit_bytes;
        for (rtx_insn *insn = get_insns(); insn; insn = NEXT_INSN(insn)) {
                const struct need *need = need_of_call(insn);

                if (need)
                        own.with_callees = MAX(own.with_callees, UNITS_PER_WORD + frame_bytes +
                                                                         need->with_callees);
        }
        needs[DECL_UID(function->decl)] = own;
}
