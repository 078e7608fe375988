/* SPDX-License-Identifier: MIT */
/*
 * A counter that fails at its third step, and a supervisor that starts it again, twice, and then
 * gives up: the end of its process says why.
 */
#include <mori/keywords.h>

#include <errno.h>

/* What a counter is told. It is copied as the process is started. */
struct counting {
        int from, to;
};

static async int counts(void *argument)
{
        const struct counting *counting = argument;

        for (int i = counting->from; i < counting->to; i++) {
                attempt(await mori_print(mori_stdout(), "counter: %d\n", i));
                attempt(await mori_sleep(MORI_MS(20)));
        }
        return -EIO;
}

static async int idles(void *argument)
{
        int result = await mori_sleep(MORI_S(1000));

        (void)argument;
        shield(MORI_S(1)) /* it is being stopped: it may still say so */
        {
                attempt(await mori_print(mori_stdout(), "idler: stopped in order\n"));
        }
        return result;
}

static async int supervises(void *argument)
{
        const struct counting counting = {.from = 1, .to = 3};
        const struct mori_supervised children[] = {
                {.name = "idler", .main = idles},
                {.name = "counter",
                 .main = counts,
                 .argument = &counting,
                 .bytes = sizeof counting},
        };
        const struct mori_supervisor supervisor = {
                .strategy = MORI_ONE_FOR_ONE,
                .children = children,
                .count = 2,
                .restarts_max = 2,
                .restarts_within = MORI_S(10),
        };

        (void)argument;
        return await mori_supervise(&supervisor);
}

async int mori_main(int argc, char **argv)
{
        struct mori_process_options options = {.name = "supervisor"};
        mori_process process;
        struct mori_end end;
        char why[200];

        (void)argc;
        (void)argv;
        attempt(await mori_process_start(supervises, NULL, 0, &options, &process));
        attempt(await mori_process_join(process, &end));
        attempt(await mori_print(mori_stdout(), "%s %s\n", end.name,
                                 mori_end_describe(&end, why, sizeof why)));
        return 0;
}
