/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <mori/clock.h>
#include <mori/keywords.h>

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

static const struct service_clock_server functions = {
        .now = serve_now,
        .wall = serve_wall,
        .sleep = serve_sleep,
        .until = serve_until,
};

static int new_clock(service_clock *ret_clock)
{
        return service_clock_new(&functions, NULL, NULL, ret_clock);
}

async int mori_service_clock(void *argument)
{
        service_clock served;

        (void)argument;
        attempt(new_clock(&served));
        attempt(export_served(served.ref));
        return await mori_sleep(MORI_FOREVER);
}

static async int clock_main(const struct builtin_clock_capabilities *has)
{
        struct builtin_clock_exports exports;

        attempt(new_clock(&exports.clock));
        attempt(builtin_clock_export(has, &exports));
        service_clock_drop(exports.clock);
        return await mori_sleep(MORI_FOREVER);
}
SERVICE_PROGRAM(clock, clock_main);
