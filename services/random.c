/* SPDX-License-Identifier: MIT */
#include <mori/keywords.h>
#include <mori/random.h>
#include <mori/service.h>

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

async int mori_service_random(void *argument)
{
        static const struct service_random_server functions = {
                .bytes = serve_bytes,
                .below = serve_below,
        };
        service_random served;

        (void)argument;
        attempt(service_random_new(&functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        service_random_drop(served);
        return await mori_sleep(MORI_FOREVER);
}
