/* SPDX-License-Identifier: MIT */
/*
 * Data-parallel loops: the same computation on many indexes, on all CPUs that the program may use.
 *
 *         static int scale(uint64_t begin, uint64_t end, const void *context)
 *         {
 *                 const struct picture *picture = context;
 *
 *                 for (uint64_t i = begin; i < end; i++)
 *                         picture->pixels[i] = ...;
 *                 return 0;
 *         }
 *
 *         MORI_ATTEMPT(MORI_AWAIT mori_parallel_for(0, count, 0, scale, &picture));
 *
 * Nouns.
 *   body      a sync function that does the indexes [begin, end). Bodies run at the same time on
 *             the threads for what computes (offload.h, MORI_COMPUTE_THREADS), whose rules hold for
 *             them.
 *   context   what a body may read: nobody writes to it while the loop runs. It is const, so that
 *             this is seen. Where it has pointers to results, each index writes its own.
 *   grain     the least number of indexes for which a call of the body is worth while; 0: one, or
 *             what is said below. A call costs some 50 ns.
 *
 * Rules.
 *   (1) The calling activity waits; others of the process go on meanwhile. Each index is in one
 *       call of the body at most, and in one exactly where the loop succeeds.
 *   (2) A body that answers other than 0 stops the loop: no further call begins, those that have
 *       begun come to their end, and the answer is that of the failing call with the lowest
 *       indexes. All below it have been done, so it is the same on every machine, if bodies go
 *       through their indexes in order.
 *   (3) Cancelled, the loop ends when the calls that have begun have returned: -ECANCELED or
 *       -ETIMEDOUT, unless all was done. mori_offload_cancelled() tells a body.
 */
#pragma once

#include <mori/base.h>
#include <mori/offload.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Calls body(from, to, context) for pieces of [begin, end) that are disjoint and together all of
 * it; none has less than `grain` indexes but the last. They become smaller towards the end, so that
 * all threads are done at about the same time. Returns 0, or what rules (2) and (3) say; -EINVAL
 * without a body or where end < begin; -ENOMEM; -EAGAIN where no thread could be had.
 */
MORI_API MORI_ASYNC int mori_parallel_for(uint64_t begin, uint64_t end, uint64_t grain,
                                          int (*body)(uint64_t begin, uint64_t end,
                                                      const void *context) MORI_OFFLOADED,
                                          const void *context) MORI_MUST_CHECK;

/*
 * A loop with a result: each call of the body adds its indexes to an accumulator, and accumulators
 * are combined into one.
 */
struct mori_reduction {
        /* Of an accumulator: from 1 to 65536. It lies at a multiple of 64. */
        size_t bytes;
        /* Makes an accumulator that stands for no index. NULL: all its bytes are 0. */
        void (*clear)(void *accumulator, const void *context) MORI_OFFLOADED;
        /* Adds the indexes [begin, end) to it. */
        int (*body)(uint64_t begin, uint64_t end, void *accumulator,
                    const void *context) MORI_OFFLOADED;
        /* Adds what `from` stands for to `into`. */
        void (*combine)(void *into, const void *from, const void *context) MORI_OFFLOADED;
        /* As above. With `ordered`, 0 makes 256 pieces, and there are at most 65536. */
        uint64_t grain;
        /*
         * Whether the result must not depend on the machine: then pieces are cut by the indexes and
         * the grain alone, each has an accumulator of its own, and they are combined in the order
         * of indexes. Floating point, where (a + b) + c is not a + (b + c), wants it. Else there is
         * one accumulator a thread, and `combine` must be commutative, too.
         */
        int ordered;
};

/*
 * Does the loop, and copies the accumulator of all indexes to ret_result, which is touched on
 * success only. For begin == end that is a cleared one. Returns as mori_parallel_for() does;
 * -EINVAL for a reduction that lacks a part.
 */
MORI_API MORI_ASYNC int mori_parallel_reduce(uint64_t begin, uint64_t end,
                                             const struct mori_reduction *reduction,
                                             const void *context, void *ret_result) MORI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
