/* SPDX-License-Identifier: MIT */
#include "sums.mori.h"

#include <mori/keywords.h>

#include <errno.h>

static async int serve_add(void *self, struct calculator_add_call *call)
{
        (void)self;
        return __builtin_add_overflow(call->x, call->y, &call->sum) ? -ERANGE : 0;
}

static async int serve_divide(void *self, struct calculator_divide_call *call)
{
        (void)self;
        MORI_REQUIRE(call->y != 0); /* who breaks this contract ends this process, and no other */
        call->quotient = call->x / call->y;
        return 0;
}

static const struct calculator_server functions = {.add = serve_add, .divide = serve_divide};

static async int server_main(const struct server_capabilities *has)
{
        struct server_exports exports;

        attempt(calculator_new(&functions, NULL, NULL, &exports.calculator));
        attempt(server_export(has, &exports));
        calculator_drop(exports.calculator);
        return await mori_sleep(MORI_FOREVER);
}
MORI_PROGRAM(server, server_main);
