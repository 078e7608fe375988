/* SPDX-License-Identifier: MIT */
/*
 * Step 10: a program that hangs, and what shows why.
 *
 * A cook takes orders and makes dishes; waiters bring both to and fro. Everything waits for
 * something, the program uses no processor, and nothing happens: there is a mistake, and no line
 * of it looks wrong. Run it, and ask it from outside:
 *
 *      mori ps --tree PID      who there is, and what each waits for
 *      mori why PID NUMBER     for whom one waits, down to what would end it
 *      gdb -p PID              "info activities", "activity NUMBER", "bt"
 *
 * The program has a clock that ticks, so it is not a deadlock that the runtime could see: something
 * can still happen, it is just never the right thing.
 */
#include <mori/keywords.h>

struct kitchen {
        mori_queue *orders, *dishes;
};

/* Makes a dish of each order. */
static async int cook(struct kitchen *kitchen)
{
        int table;

        while (await mori_queue_receive(kitchen->orders, &table) == 0)
                attempt(await mori_queue_send(kitchen->dishes, &table));
        return 0;
}

/* The mistake: who waits for the dish has not passed on the order. */
static async int serve(struct kitchen *kitchen, int table)
{
        int dish;

        attempt(await mori_queue_receive(kitchen->dishes, &dish));
        return await mori_queue_send(kitchen->orders, &table);
}

static async int wait_at(struct kitchen *kitchen, int table)
{
        Async(int) waiter = start(serve, kitchen, table);

        return await join(waiter);
}

static async int clock_ticks(int seconds)
{
        for (int second = 0; second < seconds; second++)
                attempt(await mori_sleep(MORI_S(1)));
        return 0;
}

/* Gives up after an hour. */
static async int restaurant(struct kitchen *kitchen)
{
        scope {
                Async(int) clock = start(clock_ticks, 3600);

                ignore(start(cook, kitchen));
                for (int table = 1; table <= 3; table++)
                        ignore(start(wait_at, kitchen, table));
                attempt(await mori_print(mori_stdout(), "open\n"));
                attempt(await join(clock));
                mori_scope_cancel();
        }
        return 0;
}

async int mori_main(int argc, char **argv)
{
        struct kitchen kitchen = {
                mori_queue_new(4, sizeof(int)),
                mori_queue_new(4, sizeof(int)),
        };

        (void)argc;
        (void)argv;
        MORI_REQUIRE(kitchen.orders != NULL && kitchen.dishes != NULL);
        return await restaurant(&kitchen);
}
