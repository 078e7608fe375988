/* SPDX-License-Identifier: MIT */
#include <mori/clock.h>
#include <mori/keywords.h>
#include <mori/service.h>

static async int serve_now(void *self, struct service_clock_now_call *call)
{
        (void)self;
        call->ns = mori_now();
        return 0;
}

static async int serve_wall(void *self, struct service_clock_wall_call *call)
{
        (void)self;
        call->ns = mori_clock_now(MORI_CLOCK_WALL);
        return 0;
}

static async int serve_sleep(void *self, struct service_clock_sleep_call *call)
{
        (void)self;
        return await mori_sleep(call->ns);
}

static async int serve_until(void *self, struct service_clock_until_call *call)
{
        int result = await mori_clock_wait(MORI_CLOCK_WALL, call->wall);

        (void)self;
        attempt(result);
        call->set = result == MORI_CLOCK_WAS_SET;
        return 0;
}

async int mori_service_clock(void *argument)
{
        static const struct service_clock_server functions = {
                .now = serve_now,
                .wall = serve_wall,
                .sleep = serve_sleep,
                .until = serve_until,
        };
        service_clock served;

        (void)argument;
        attempt(service_clock_new(&functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        service_clock_drop(served);
        return await mori_sleep(MORI_FOREVER);
}
