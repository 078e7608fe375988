/* Made by capnpc-mori of mori/service/console.capnp: do not edit. */
#include "console.mori.h"

#include <errno.h>
#include <stddef.h>

static int service_console_print_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_console_print_call *call = (const struct service_console_print_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->text.bytes, call->text.count);
        if (error)
                return error;
        return 0;
}

static int service_console_print_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_console_print_call *call = (struct service_console_print_call *)of;

        call->text = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_console_print_serve(const void *server, void *self, void *call)
{
        const struct service_console_server *table = (const struct service_console_server *)server;

        if (table->print == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->print(self, (struct service_console_print_call *)call);
}

static int service_console_complain_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_console_complain_call *call = (const struct service_console_complain_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->text.bytes, call->text.count);
        if (error)
                return error;
        return 0;
}

static int service_console_complain_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_console_complain_call *call = (struct service_console_complain_call *)of;

        call->text = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_console_complain_serve(const void *server, void *self, void *call)
{
        const struct service_console_server *table = (const struct service_console_server *)server;

        if (table->complain == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->complain(self, (struct service_console_complain_call *)call);
}

const struct mori_method service_console_methods[] = {
        {"Console.print", UINT64_C(0xeb0ba0aa8e619954), 0, 0, sizeof(struct service_console_print_call), 0, 1, 0, 0,
         service_console_print_serve, service_console_print_put_params, service_console_print_get_params, NULL, NULL},
        {"Console.complain", UINT64_C(0xeb0ba0aa8e619954), 1, 0, sizeof(struct service_console_complain_call), 0, 1, 0, 0,
         service_console_complain_serve, service_console_complain_put_params, service_console_complain_get_params, NULL, NULL},
};

static const struct mori_interface_part service_console_parts[] = {
        {UINT64_C(0xeb0ba0aa8e619954), 0, service_console_methods, 2},
};
const struct mori_interface service_console_interface = {"service_console", 1, service_console_parts};
