/* SPDX-License-Identifier: MIT */
/*
 * Step 2: one after the other, and at the same time.
 *
 * `await f(x)` is a call of f: it returns what f returns, and nothing is allocated for it. The
 * caller goes on when f has returned, however long f had to wait.
 *
 * `start(f, x)` begins an activity: f runs at once, until it first waits; then we go on, and both
 * are under way. Its handle, Async(int) for a function that returns an int, is joined once to get
 * the result. Whoever starts owns: a `scope` does not end before everything that was started in
 * it has. So the address of a local, such as &tea below, may be handed to what is started in a
 * scope inside of the local's own block.
 */
#include <mori/keywords.h>

/* Takes its time, and says where it stands. The result goes to *ret_cups. */
static async int brew(const char *what, int64_t duration, int *ret_cups)
{
        attempt(await mori_print(mori_stdout(), "%s: begun\n", what));
        attempt(await mori_sleep(duration));
        attempt(await mori_print(mori_stdout(), "%s: ready\n", what));
        *ret_cups = 2;
        return 0;
}

static async int one_after_the_other(int *ret_cups)
{
        int tea, coffee;

        attempt(await brew("tea", MORI_MS(60), &tea));
        attempt(await brew("coffee", MORI_MS(20), &coffee));
        *ret_cups = tea + coffee;
        return 0;
}

static async int at_the_same_time(int *ret_cups)
{
        int tea, coffee;

        scope {
                Async(int) first = start(brew, "tea", MORI_MS(60), &tea);

                attempt(await brew("coffee", MORI_MS(20), &coffee));
                attempt(await join(first));
        }
        *ret_cups = tea + coffee;
        return 0;
}

static async int one_cup_later(int *ret_cups)
{
        attempt(await mori_sleep(MORI_MS(20)));
        *ret_cups = 1;
        return 0;
}

/* Activities are small and cheap: a thousand of them wait here, and take no longer than one. */
static async int a_thousand(int *ret_cups)
{
        int cups[1000];
        int sum = 0;

        scope {
                for (int i = 0; i < 1000; i++)
                        ignore(start(one_cup_later, &cups[i]));
        } /* waits for all of them */
        for (int i = 0; i < 1000; i++)
                sum += cups[i];
        *ret_cups = sum;
        return 0;
}

async int mori_main(int argc, char **argv)
{
        int64_t begun;
        int cups;

        (void)argc;
        (void)argv;
        begun = mori_now();
        attempt(await one_after_the_other(&cups));
        attempt(await mori_print(mori_stdout(), "%d cups, one after the other: %s\n", cups,
                                 mori_now() - begun >= MORI_MS(80) ? "80 ms" : "too fast"));

        begun = mori_now();
        attempt(await at_the_same_time(&cups));
        attempt(await mori_print(mori_stdout(), "%d cups, at the same time: %s\n", cups,
                                 mori_now() - begun >= MORI_MS(60) ? "60 ms" : "too fast"));

        attempt(await a_thousand(&cups));
        attempt(await mori_print(mori_stdout(), "%d cups, a thousand activities\n", cups));
        return 0;
}
