/* SPDX-License-Identifier: MIT */
/*
 * Step 11: processes that call one another.
 *
 * The calculator is a process of its own. It shares nothing with who calls it but an interface,
 * calculator.capnp, of which capnpc-mori has made what is included here.
 */
#include "calculator.mori.h"

#include <mori/keywords.h>

#include <errno.h>
#include <stdlib.h>

/* ---- Who serves: tables of async functions */

static async int memory_serve_add(void *self, struct memory_add_call *call)
{
        int32_t *value = self;

        *value += call->value;
        call->ret_value = *value;
        return 0;
}

static const struct memory_server memory_functions = {.add = memory_serve_add};

static async int calculator_serve_add(void *self, struct calculator_add_call *call)
{
        (void)self;
        call->sum = call->x + call->y;
        return 0;
}

/* A new object for each that asks: nobody sees the memory of another. */
static async int calculator_serve_remember(void *self, struct calculator_remember_call *call)
{
        int32_t *value = malloc(sizeof *value);
        int error;

        (void)self;
        if (value == NULL)
                return -ENOMEM;
        *value = call->value;
        error = memory_new(&memory_functions, value, free, &call->memory);
        if (error < 0)
                free(value);
        return error;
}

static const struct calculator_server calculator_functions = {
        .add = calculator_serve_add,
        .remember = calculator_serve_remember,
};

static async int calculator_main(void *argument)
{
        calculator served;

        (void)argument;
        attempt(calculator_new(&calculator_functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        calculator_drop(served);
        return await mori_sleep(MORI_FOREVER); /* objects are served meanwhile */
}

/* ---- Who calls */

/* Three calls are sent, one of them to a memory that is still to come: one way there and back. */
static async int send_three(calculator from)
{
        calculator_remember_promise remembered = calculator_remember_send(from, 40);
        memory promised = calculator_remember_memory(&remembered);
        memory_add_promise first = memory_add_send(promised, 1),
                           second = memory_add_send(promised, 1);
        int32_t value = 0;

        attempt(await memory_add_join(&second, &value));
        memory_add_drop(&first);
        calculator_remember_drop(&remembered);
        return await mori_print(mori_stdout(), "40 and 1 and 1: %d\n", (int)value);
}

async int mori_main(int argc, char **argv)
{
        struct mori_process_options options = {.name = "calculator"};
        mori_process process;
        calculator calculates;
        int32_t sum = 0;

        (void)argc;
        (void)argv;
        attempt(await mori_process_start(calculator_main, NULL, 0, &options, &process));
        attempt(mori_process_exported(process, &calculates.ref));
        attempt(await send_three(calculates));
        attempt(await calculator_add(calculates, 2, 2, &sum));
        attempt(await mori_print(mori_stdout(), "2 + 2 = %d\n", (int)sum));

        /* What is gone says so. */
        attempt(mori_process_kill(process));
        if (await calculator_add(calculates, 2, 2, &sum) == -ECONNRESET)
                attempt(await mori_print(mori_stdout(), "the calculator is gone\n"));
        calculator_drop(calculates);
        return mori_process_release(process);
}
