/* SPDX-License-Identifier: MIT */
/* Bodies of offload and of parallel loops are sync code, and sync code cannot wait. */
#include <mori/keywords.h>

struct job {
        int number;
};

async int waits(void *context);
async int part(uint64_t begin, uint64_t end, const void *context);
int computes(struct job *job);

static int calls(void *context)
{
        return await waits(context); /* error: 'waits' from 'calls', which is not async */
}

static int starts(void *context)
{
        mori_ignore(MORI_ACTIVITY(start(waits, context))); /* error: start or wait in 'starts' */
        return 0;
}

static int offloads(void *context)
{
        return await mori_offload(calls, context); /* error: 'mori_offload' from 'offloads' */
}

async int uses(struct job *job, int *number)
{
        attempt(await mori_offload(calls, job));
        attempt(await mori_offload(starts, job));
        attempt(await mori_offload(offloads, job));
        attempt(await mori_offload(waits, job)); /* error: passing argument 1 */
        attempt(await mori_parallel_for(0, 9, 0, part, job)); /* error: passing argument 4 */
        attempt(await MORI_OFFLOAD(computes, number)); /* error: an offloaded function is sync */
        attempt(await MORI_OFFLOAD(waits, job)); /* error: an offloaded function is sync */
        attempt(await MORI_OFFLOAD(computes, job));
        return 0;
}
