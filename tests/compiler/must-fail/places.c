/* SPDX-License-Identifier: MIT */
/* What is wrong inside of mori's macros is told of the line that the user wrote. */
#include <mori/keywords.h>

async int later(int x);

async int uses(mori_queue *queue)
{
        Async(long) long_one = start(later, 1); /* error: from incompatible pointer type */

        within (nothing) { /* error: 'nothing' undeclared */
                attempt(await mori_sleep(1));
        }
        (void)await mori_queue_receive(queue, &nobody); /* error: 'nobody' undeclared */
        ignore(long_one);
        return 0;
}

#define BEGIN(f) start(f, 1)

/* A macro of the user's own is the user's line. */
async int uses_its_own(void)
{
        /* error: incompatible */
        Async(char) short_one = BEGIN(later);

        ignore(short_one);
        return 0;
}

/* The program's entry is another one. */
int main(void)
{
        return await later(1); /* error: from 'main', which is not async */
}
