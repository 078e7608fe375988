/* Made by capnpc-mori of mori/service/clock.capnp: do not edit. */
#include "clock.mori.h"

#include <errno.h>
#include <stddef.h>

static int service_clock_now_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_clock_now_call *call = (const struct service_clock_now_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->ns, 0);
        return 0;
}

static int service_clock_now_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_clock_now_call *call = (struct service_clock_now_call *)of;

        call->ns = (int64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_clock_now_serve(const void *server, void *self, void *call)
{
        const struct service_clock_server *table = (const struct service_clock_server *)server;

        if (table->now == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->now(self, (struct service_clock_now_call *)call);
}

static int service_clock_wall_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_clock_wall_call *call = (const struct service_clock_wall_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->ns, 0);
        return 0;
}

static int service_clock_wall_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_clock_wall_call *call = (struct service_clock_wall_call *)of;

        call->ns = (int64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_clock_wall_serve(const void *server, void *self, void *call)
{
        const struct service_clock_server *table = (const struct service_clock_server *)server;

        if (table->wall == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->wall(self, (struct service_clock_wall_call *)call);
}

static int service_clock_sleep_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_clock_sleep_call *call = (const struct service_clock_sleep_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->ns, 0);
        return 0;
}

static int service_clock_sleep_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_clock_sleep_call *call = (struct service_clock_sleep_call *)of;

        call->ns = (int64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_clock_sleep_serve(const void *server, void *self, void *call)
{
        const struct service_clock_server *table = (const struct service_clock_server *)server;

        if (table->sleep == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->sleep(self, (struct service_clock_sleep_call *)call);
}

static int service_clock_until_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_clock_until_call *call = (const struct service_clock_until_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->wall, 0);
        return 0;
}

static int service_clock_until_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_clock_until_call *call = (struct service_clock_until_call *)of;

        call->wall = (int64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static int service_clock_until_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_clock_until_call *call = (const struct service_clock_until_call *)of;

        mori_wire_put_bit(to, 0, call->set, false);
        return 0;
}

static int service_clock_until_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_clock_until_call *call = (struct service_clock_until_call *)of;

        call->set = mori_wire_bit(from, 0, false);
        return 0;
}

static MORI_ASYNC int service_clock_until_serve(const void *server, void *self, void *call)
{
        const struct service_clock_server *table = (const struct service_clock_server *)server;

        if (table->until == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->until(self, (struct service_clock_until_call *)call);
}

const struct mori_method service_clock_methods[] = {
        {"Clock.now", UINT64_C(0xff223dc5d4cfcaa0), 0, 2, sizeof(struct service_clock_now_call), 0, 0, 1, 0,
         service_clock_now_serve, NULL, NULL, service_clock_now_put_results, service_clock_now_get_results},
        {"Clock.wall", UINT64_C(0xff223dc5d4cfcaa0), 1, 2, sizeof(struct service_clock_wall_call), 0, 0, 1, 0,
         service_clock_wall_serve, NULL, NULL, service_clock_wall_put_results, service_clock_wall_get_results},
        {"Clock.sleep", UINT64_C(0xff223dc5d4cfcaa0), 2, 2, sizeof(struct service_clock_sleep_call), 1, 0, 0, 0,
         service_clock_sleep_serve, service_clock_sleep_put_params, service_clock_sleep_get_params, NULL, NULL},
        {"Clock.until", UINT64_C(0xff223dc5d4cfcaa0), 3, 2, sizeof(struct service_clock_until_call), 1, 0, 1, 0,
         service_clock_until_serve, service_clock_until_put_params, service_clock_until_get_params, service_clock_until_put_results, service_clock_until_get_results},
};

static const struct mori_interface_part service_clock_parts[] = {
        {UINT64_C(0xff223dc5d4cfcaa0), 0, service_clock_methods, 4},
};
const struct mori_interface service_clock_interface = {"service_clock", 1, service_clock_parts};
