/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <mori/keywords.h>
#include <mori/random.h>

#include <errno.h>

#define BYTES_MAX 65536u

static async int serve_bytes(void *self, struct service_random_bytes_call *call)
{
        void *bytes;

        (void)self;
        if (call->count > BYTES_MAX)
                return -EMSGSIZE;
        bytes = mori_call_alloc(&call->call, call->count);
        if (bytes == NULL)
                return -ENOMEM;
        attempt(mori_random_bytes(bytes, call->count));
        call->bytes = mori_wire_data_of(bytes, call->count);
        return 0;
}

/*
 * Numbers below the largest multiple of the bound are as likely as each other: others are not
 * taken.
 */
static async int serve_below(void *self, struct service_random_below_call *call)
{
        uint64_t number, above;

        (void)self;
        if (call->bound == 0)
                return -EINVAL;
        above = (0 - call->bound) % call->bound; /* how many are too many: 2^64 modulo bound */
        do
                attempt(mori_random_bytes(&number, sizeof number));
        while (number < above);
        call->number = number % call->bound;
        return 0;
}

static const struct service_random_server functions = {
        .bytes = serve_bytes,
        .below = serve_below,
};

static int new_random(service_random *ret_random)
{
        return service_random_new(&functions, NULL, NULL, ret_random);
}

async int mori_service_random(void *argument)
{
        service_random served;

        (void)argument;
        attempt(new_random(&served));
        attempt(export_served(served.ref));
        return await mori_sleep(MORI_FOREVER);
}

static async int random_main(const struct builtin_random_capabilities *has)
{
        struct builtin_random_exports exports;

        attempt(new_random(&exports.random));
        attempt(builtin_random_export(has, &exports));
        service_random_drop(exports.random);
        return await mori_sleep(MORI_FOREVER);
}
SERVICE_PROGRAM(random, random_main);
