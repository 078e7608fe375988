/* Made by capnpc-mori of mori/service/random.capnp: do not edit. */
#include "random.mori.h"

#include <errno.h>
#include <stddef.h>

static int service_random_bytes_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_random_bytes_call *call = (const struct service_random_bytes_call *)of;

        mori_wire_put_u32(to, 0, (uint32_t)call->count, 0);
        return 0;
}

static int service_random_bytes_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_random_bytes_call *call = (struct service_random_bytes_call *)of;

        call->count = (uint32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int service_random_bytes_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_random_bytes_call *call = (const struct service_random_bytes_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->bytes.bytes, call->bytes.count);
        if (error)
                return error;
        return 0;
}

static int service_random_bytes_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_random_bytes_call *call = (struct service_random_bytes_call *)of;

        call->bytes = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_random_bytes_serve(const void *server, void *self, void *call)
{
        const struct service_random_server *table = (const struct service_random_server *)server;

        if (table->bytes == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->bytes(self, (struct service_random_bytes_call *)call);
}

static int service_random_below_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_random_below_call *call = (const struct service_random_below_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->bound, 0);
        return 0;
}

static int service_random_below_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_random_below_call *call = (struct service_random_below_call *)of;

        call->bound = (uint64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static int service_random_below_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_random_below_call *call = (const struct service_random_below_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->number, 0);
        return 0;
}

static int service_random_below_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_random_below_call *call = (struct service_random_below_call *)of;

        call->number = (uint64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_random_below_serve(const void *server, void *self, void *call)
{
        const struct service_random_server *table = (const struct service_random_server *)server;

        if (table->below == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->below(self, (struct service_random_below_call *)call);
}

const struct mori_method service_random_methods[] = {
        {"Random.bytes", UINT64_C(0x826361e7808b765c), 0, 1, sizeof(struct service_random_bytes_call), 1, 0, 0, 1,
         service_random_bytes_serve, service_random_bytes_put_params, service_random_bytes_get_params, service_random_bytes_put_results, service_random_bytes_get_results},
        {"Random.below", UINT64_C(0x826361e7808b765c), 1, 1, sizeof(struct service_random_below_call), 1, 0, 1, 0,
         service_random_below_serve, service_random_below_put_params, service_random_below_get_params, service_random_below_put_results, service_random_below_get_results},
};

static const struct mori_interface_part service_random_parts[] = {
        {UINT64_C(0x826361e7808b765c), 0, service_random_methods, 2},
};
const struct mori_interface service_random_interface = {"service_random", 1, service_random_parts};
