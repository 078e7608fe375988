/* SPDX-License-Identifier: MIT */
/*
 * Step 8: promises.
 *
 * Code that is not async cannot wait: a callback of a C library, a widget, a parser that was there
 * before. It says what is to be done when a value has come, and goes on. Async code waits for the
 * same promise as for anything else.
 */
#include <mori/keywords.h>

#include <errno.h>
#include <stdio.h>

struct shop {
        const char *name;
        int64_t answers_after;
        int price; /* below 0: it has none, which is how it fails */
};

struct receipt {
        char text[200];
        int length;
};

static async int ask(void *pointer, void *ret_value)
{
        const struct shop *shop = pointer;
        int *price = ret_value;

        attempt(await mori_sleep(shop->answers_after));
        if (shop->price < 0)
                return shop->price;
        *price = shop->price;
        return 0;
}

/* ---- Sync from here on. Callbacks run later, each in a turn of its own */

static void line(struct receipt *receipt, const char *what, int number)
{
        receipt->length += snprintf(receipt->text + receipt->length,
                                    sizeof receipt->text - (size_t)receipt->length, "%s %d\n", what,
                                    number);
}

static void priced(void *context, int error, const void *value)
{
        (void)error; /* a callback of mori_promise_then(): there is a value */
        line(context, "a cup costs", *(const int *)value);
}

static void not_there(void *context, int error, const void *value)
{
        (void)value;
        line(context, "one shop has failed with", error);
}

/* A link of a chain: it brings the value of the next promise, here at once. */
static void twice(void *context, int error, const void *value, mori_resolver next)
{
        int two = 2 * *(const int *)value;

        (void)context, (void)error;
        mori_resolve(next, &two);
}

/* Asks both shops, and returns a promise of what two cups cost in the first that answers. */
static mori_promise two_cups(struct shop *near, struct shop *far, struct receipt *receipt)
{
        mori_promise cups[] = {mori_promise_call(ask, near, sizeof(int)),
                               mori_promise_call(ask, far, sizeof(int))};
        mori_promise two = mori_promise_chain(cups[0], sizeof(int), twice, NULL);

        mori_promise_then(cups[0], priced, receipt);
        mori_promise_on_failure(cups[1], not_there, receipt);
        /* The callbacks and the chain still wait for them, so nothing is cancelled by this. */
        mori_promise_free(cups[0]);
        mori_promise_free(cups[1]);
        return two;
}

/* A loop without a stack: each round begins when the one before is done. */
static mori_promise stamp(void *context, uint64_t round)
{
        line(context, "stamp", (int)round + 1);
        return round == 1 ? mori_promise_after(MORI_MS(1)) : MORI_PROMISE_DONE;
}

/* ---- Async again */

async int mori_main(int argc, char **argv)
{
        struct shop near = {"near", MORI_MS(30), 3}, far = {"far", MORI_MS(10), -ENOENT};
        struct receipt receipt = {.length = 0};
        int price;

        (void)argc, (void)argv;
        attempt(await mori_promise_await(two_cups(&near, &far, &receipt), &price));
        line(&receipt, "two cost", price);
        attempt(await mori_promise_await_value(mori_promise_for(3, stamp, &receipt), NULL, 0));
        attempt(await mori_print(mori_stdout(), "%s", receipt.text));
        return 0;
}
