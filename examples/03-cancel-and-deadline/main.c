/* SPDX-License-Identifier: MIT */
/*
 * Step 3: how waiting ends early.
 *
 * Cancellation is asked for, and answered at waits: in a cancelled scope every wait returns
 * -ECANCELED, or -ETIMEDOUT once its deadline has passed, again and again until the scope is
 * left. So what can be cancelled returns an int, and `attempt` is all that most functions need.
 *
 *      within (duration) { ... }   a scope with a deadline
 *      cancel(handle)              cancels an activity, and all that it has started
 *      leaving a scope early       cancels what was started in it
 *      defer { ... }               clean-up that runs on every way out, and may itself wait
 *      shield (duration) { ... }   must be allowed to finish, within a deadline of its own
 */
#include <mori/keywords.h>

/* Works until it is cancelled. Its clean-up runs in a shield, so that it can still write. */
static async int worker(const char *name)
{
        defer {
                (void)await mori_print(mori_stdout(), "%s: tidied up\n", name);
        }
        for (;;)
                attempt(await mori_sleep(MORI_MS(5)));
}

/* Two steps that belong together: whoever cancels us waits until the second one is done. */
static async int transfer(void)
{
        int result = 0;

        shield (MORI_S(1)) {
                result = await mori_print(mori_stdout(), "transfer: taken from one account\n");
                if (result >= 0)
                        result = await mori_sleep(MORI_MS(20));
                if (result >= 0)
                        result = await mori_print(mori_stdout(), "transfer: put on the other\n");
        }
        attempt(result);
        return await mori_sleep(MORI_S(10)); /* cancelled: answers at once */
}

static async int too_slow(void)
{
        int result = 0;

        within (MORI_MS(20)) {
                result = await mori_sleep(MORI_S(10));
        }
        return result;
}

/* The first of two answers is enough: leaving the scope cancels the other. */
static async int first_is_enough(void)
{
        scope {
                ignore(start(worker, "the slow one"));
                attempt(await mori_sleep(MORI_MS(10)));
                break; /* not the end of the block, so what is left in it is cancelled */
        }
        return 0;
}

async int mori_main(int argc, char **argv)
{
        mori_file out = mori_stdout();
        int result;

        (void)argc;
        (void)argv;
        result = await too_slow();
        attempt(await mori_print(out, "deadline: %s\n",
                                 result == -ETIMEDOUT ? "timed out" : "not in time"));

        scope {
                Async(int) working = start(worker, "the worker");

                attempt(await mori_sleep(MORI_MS(20)));
                cancel(working);
                result = await join(working);
        }
        attempt(await mori_print(out, "worker: %s\n",
                                 result == -ECANCELED ? "cancelled" : "not cancelled"));

        attempt(await first_is_enough());

        scope {
                Async(int) moving = start(transfer);

                cancel(moving);
                result = await join(moving);
        }
        attempt(await mori_print(out, "transfer: %s\n",
                                 result == -ECANCELED ? "cancelled" : "not cancelled"));
        return 0;
}
