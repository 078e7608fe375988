/* SPDX-License-Identifier: MIT */
/* Handles and Results are used, or their dropping is said. */
#include <mori/keywords.h>

struct mori_result_of_test {
        int value, error;
};

async int later(int x);
async struct mori_result_of_test later_result(int x);
struct mori_result_of_test sync_result(int x);

async int drops_results(int x)
{
        await later_result(x);         /* error: the Result is dropped */
        sync_result(x);                /* error: the Result is dropped */
        (void)sync_result(x);          /* error: the Result is dropped */
        x = (sync_result(1), x);       /* error: the Result is dropped */
        if (x)
                sync_result(2);        /* error: the Result is dropped */
        else
                x = sync_result(3).error;
        for (sync_result(4); x < 3; x++) /* error: the Result is dropped */
                (void)x;
        x ? (void)sync_result(5) : (void)0; /* error: the Result is dropped */
        return x;
}

async int uses_results(int x)
{
        struct mori_result_of_test result = await later_result(x);

        if (result.error)
                return result.error;
        return sync_result(1).error + (await later_result(2)).value;
}

async int drops_handles(int x)
{
        Async(int) never_read = start(later, x); /* error: the handle 'never_read' is never used */
        Async(int) ignored = start(later, 1);
        Async(int) joined = start(later, 2);

        start(later, 3);                         /* error: the handle of the activity is dropped */
        (void)start(later, 4);                   /* error: the handle of the activity is dropped */
        ignore(ignored);
        return join(joined);
}
