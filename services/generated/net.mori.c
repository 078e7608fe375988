/* Made by capnpc-mori of mori/service/net.capnp: do not edit. */
#include "net.mori.h"

#include <errno.h>
#include <stddef.h>

static int service_listener_accept_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_listener_accept_call *call = (const struct service_listener_accept_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->connection.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_listener_accept_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_listener_accept_call *call = (struct service_listener_accept_call *)of;

        call->connection.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_listener_accept_serve(const void *server, void *self, void *call)
{
        const struct service_listener_server *table = (const struct service_listener_server *)server;

        if (table->accept == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->accept(self, (struct service_listener_accept_call *)call);
}

static int service_listener_address_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_listener_address_call *call = (const struct service_listener_address_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->address.bytes, call->address.count);
        if (error)
                return error;
        return 0;
}

static int service_listener_address_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_listener_address_call *call = (struct service_listener_address_call *)of;

        call->address = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_listener_address_serve(const void *server, void *self, void *call)
{
        const struct service_listener_server *table = (const struct service_listener_server *)server;

        if (table->address == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->address(self, (struct service_listener_address_call *)call);
}

const struct mori_method service_listener_methods[] = {
        {"Listener.accept", UINT64_C(0xf656db6731bdf894), 0, 2, sizeof(struct service_listener_accept_call), 0, 0, 0, 1,
         service_listener_accept_serve, NULL, NULL, service_listener_accept_put_results, service_listener_accept_get_results},
        {"Listener.address", UINT64_C(0xf656db6731bdf894), 1, 2, sizeof(struct service_listener_address_call), 0, 0, 0, 1,
         service_listener_address_serve, NULL, NULL, service_listener_address_put_results, service_listener_address_get_results},
};

static const struct mori_interface_part service_listener_parts[] = {
        {UINT64_C(0xf656db6731bdf894), 0, service_listener_methods, 2},
};
const struct mori_interface service_listener_interface = {"service_listener", 1, service_listener_parts};

static int service_connection_read_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_connection_read_call *call = (const struct service_connection_read_call *)of;

        mori_wire_put_u32(to, 0, (uint32_t)call->bytes, 0);
        return 0;
}

static int service_connection_read_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_connection_read_call *call = (struct service_connection_read_call *)of;

        call->bytes = (uint32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int service_connection_read_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_connection_read_call *call = (const struct service_connection_read_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes, call->data.count);
        if (error)
                return error;
        return 0;
}

static int service_connection_read_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_connection_read_call *call = (struct service_connection_read_call *)of;

        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_connection_read_serve(const void *server, void *self, void *call)
{
        const struct service_connection_server *table = (const struct service_connection_server *)server;

        if (table->read == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->read(self, (struct service_connection_read_call *)call);
}

static int service_connection_write_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_connection_write_call *call = (const struct service_connection_write_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes, call->data.count);
        if (error)
                return error;
        return 0;
}

static int service_connection_write_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_connection_write_call *call = (struct service_connection_write_call *)of;

        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_connection_write_serve(const void *server, void *self, void *call)
{
        const struct service_connection_server *table = (const struct service_connection_server *)server;

        if (table->write == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->write(self, (struct service_connection_write_call *)call);
}

static MORI_ASYNC int service_connection_end_serve(const void *server, void *self, void *call)
{
        const struct service_connection_server *table = (const struct service_connection_server *)server;

        if (table->end == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->end(self, (struct service_connection_end_call *)call);
}

static int service_connection_peer_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_connection_peer_call *call = (const struct service_connection_peer_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->address.bytes, call->address.count);
        if (error)
                return error;
        return 0;
}

static int service_connection_peer_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_connection_peer_call *call = (struct service_connection_peer_call *)of;

        call->address = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_connection_peer_serve(const void *server, void *self, void *call)
{
        const struct service_connection_server *table = (const struct service_connection_server *)server;

        if (table->peer == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->peer(self, (struct service_connection_peer_call *)call);
}

const struct mori_method service_connection_methods[] = {
        {"Connection.read", UINT64_C(0xad46fed4ed5080d1), 0, 2, sizeof(struct service_connection_read_call), 1, 0, 0, 1,
         service_connection_read_serve, service_connection_read_put_params, service_connection_read_get_params, service_connection_read_put_results, service_connection_read_get_results},
        {"Connection.write", UINT64_C(0xad46fed4ed5080d1), 1, 2, sizeof(struct service_connection_write_call), 0, 1, 0, 0,
         service_connection_write_serve, service_connection_write_put_params, service_connection_write_get_params, NULL, NULL},
        {"Connection.end", UINT64_C(0xad46fed4ed5080d1), 2, 2, sizeof(struct service_connection_end_call), 0, 0, 0, 0,
         service_connection_end_serve, NULL, NULL, NULL, NULL},
        {"Connection.peer", UINT64_C(0xad46fed4ed5080d1), 3, 2, sizeof(struct service_connection_peer_call), 0, 0, 0, 1,
         service_connection_peer_serve, NULL, NULL, service_connection_peer_put_results, service_connection_peer_get_results},
};

static const struct mori_interface_part service_connection_parts[] = {
        {UINT64_C(0xad46fed4ed5080d1), 0, service_connection_methods, 4},
};
const struct mori_interface service_connection_interface = {"service_connection", 1, service_connection_parts};
