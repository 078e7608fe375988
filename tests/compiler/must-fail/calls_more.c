/* SPDX-License-Identifier: MIT */
/* Parentheses, and macros of several levels. */
#include <mori/keywords.h>

async int later(int x);
struct pair {
        int a, b;
};
async struct pair later_pair(int x);

#define PLAIN(x) later(x)
#define OUTER(x) PLAIN(x)
#define AWAITED(x) await OUTER(x)

async int parentheses(int x, async int (*pointer)(int))
{
        int sum = (await later_pair(x)).a;

        sum += (await later(1)) + (await later(2));
        sum += await (later(3));
        sum += await (*pointer)(4);
        sum += await (later)(5);
        sum += AWAITED(6);
        sum += await OUTER(7);
        attempt(await later(8));
        sum += (later_pair(x)).a; /* error: call to async function 'later_pair' without 'await' */
        /* error: call through a pointer to an async function without 'await' */
        sum += (*pointer)(9);
        sum += OUTER(10);         /* error: call to async function 'later' without 'await' */
        attempt(later(11));       /* error: call to async function 'later' without 'await' */
        return sum;
}
