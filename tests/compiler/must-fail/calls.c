/* SPDX-License-Identifier: MIT */
/* Who may call an async function, and how. */
#include <mori/keywords.h>

async int later(int x);
typedef async int (*later_pointer)(int);
struct operations {
        later_pointer call;
};

int from_sync(int x)
{
        /* error: call to async function 'later' from 'from_sync', which is not async */
        return later(x);
}

int from_sync_by_pointer(later_pointer pointer)
{
        /* error: call through a pointer to an async function from 'from_sync_by_pointer' */
        return pointer(1);
}

async int without_await(int x)
{
        return later(x); /* error: call to async function 'later' without 'await' or 'start' */
}

async int without_await_by_pointer(const struct operations *operations)
{
        /* error: call through a pointer to an async function without 'await' */
        int sum = operations->call(1);

        sum += await operations->call(2);
        sum += await (*operations->call)(3);
        /* error: call through a pointer to an async function without 'await' */
        sum += (*operations->call)(4);
        return sum;
}

/* An await counts wherever the eye finds it: before the call, in a macro, before the macro. */
#define CALL(g, x) await g(x)
#define HIDDEN(x) later(x)
#define TWICE(g) (CALL(g, 1) + CALL(g, 2))
#define ATTEMPT(e) ((e) < 0 ? -1 : 0)

async int with_await(int x)
{
        int sum = await later(x);

        sum += await /* a comment */ later(x);
        sum += await
                later(x);
        sum += CALL(later, x);
        sum += TWICE(later);
        sum += await HIDDEN(x);
        sum += ATTEMPT(await later(x));
        sum += HIDDEN(x);         /* error: call to async function 'later' without 'await' */
        sum += ATTEMPT(later(x)); /* error: call to async function 'later' without 'await' */
        sum += await later(later(x)); /* error: call to async function 'later' without 'await' */
        return sum;
}

async void cleaned(int *x);

/* The cleanup attribute makes the call; nobody could write an await there. */
async int with_cleanup(void)
{
        __attribute__((cleanup(cleaned))) int x = 1;

        return x + await later(x);
}

async int main(void) /* error: 'main' cannot be async */
{
        return 0;
}
