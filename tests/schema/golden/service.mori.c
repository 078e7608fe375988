/* Made by capnpc-mori of service.capnp: do not edit. */
#include "service.mori.h"

#include <errno.h>
#include <stddef.h>

static int service_named_name_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_named_name_call *call = (const struct service_named_name_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->name.bytes, call->name.count);
        if (error)
                return error;
        return 0;
}

static int service_named_name_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_named_name_call *call = (struct service_named_name_call *)of;

        call->name = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_named_name_serve(const void *server, void *self, void *call)
{
        const struct service_named_server *table = (const struct service_named_server *)server;

        if (table->name == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->name(self, (struct service_named_name_call *)call);
}

const struct mori_method service_named_methods[] = {
        {"Named.name", UINT64_C(0xe6a0dcda1e52d535), 0, 1, sizeof(struct service_named_name_call), 0, 0, 0, 1,
         service_named_name_serve, NULL, NULL, service_named_name_put_results, service_named_name_get_results},
};

static const struct mori_interface_part service_named_parts[] = {
        {UINT64_C(0xe6a0dcda1e52d535), 0, service_named_methods, 1},
};
const struct mori_interface service_named_interface = {"service_named", 1, service_named_parts};

static MORI_ASYNC int service_closed_close_serve(const void *server, void *self, void *call)
{
        const struct service_closed_server *table = (const struct service_closed_server *)server;

        if (table->close == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->close(self, (struct service_closed_close_call *)call);
}

const struct mori_method service_closed_methods[] = {
        {"Closed.close", UINT64_C(0xf41b50756131edd1), 0, 0, sizeof(struct service_closed_close_call), 0, 0, 0, 0,
         service_closed_close_serve, NULL, NULL, NULL, NULL},
};

static const struct mori_interface_part service_closed_parts[] = {
        {UINT64_C(0xf41b50756131edd1), 0, service_closed_methods, 1},
};
const struct mori_interface service_closed_interface = {"service_closed", 1, service_closed_parts};

static int service_store_put_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_put_call *call = (const struct service_store_put_call *)of;
        int error;

        error = mori_wire_copy_struct(mori_wire_writer_slot(to, 0), &call->point.reader);
        if (error)
                return error;
        mori_wire_put_u16(to, 0, (uint16_t)call->unit, 0x1);
        return 0;
}

static int service_store_put_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_store_put_call *call = (struct service_store_put_call *)of;

        call->point.reader = mori_wire_read_struct(mori_wire_reader_pointer(from, 0));
        call->unit = (enum other_unit)mori_wire_u16(from, 0, 0x1);
        return 0;
}

static int service_store_put_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_put_call *call = (const struct service_store_put_call *)of;

        mori_wire_put_u32(to, 0, (uint32_t)call->count, 0);
        return 0;
}

static int service_store_put_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_put_call *call = (struct service_store_put_call *)of;

        call->count = (uint32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_store_put_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->put == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->put(self, (struct service_store_put_call *)call);
}

static int service_store_all_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_all_call *call = (const struct service_store_all_call *)of;
        int error;

        error = mori_wire_copy_list(mori_wire_writer_slot(to, 0), &call->points.list);
        if (error)
                return error;
        mori_wire_put_u32(to, 0, (uint32_t)call->count, 0);
        return 0;
}

static int service_store_all_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_all_call *call = (struct service_store_all_call *)of;

        call->points.list = mori_wire_read_list(mori_wire_reader_pointer(from, 0), MORI_WIRE_COMPOSITE);
        call->count = (uint32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_store_all_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->all == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->all(self, (struct service_store_all_call *)call);
}

static int service_store_find_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_find_call *call = (const struct service_store_find_call *)of;

        mori_wire_put_u64(to, 0, mori_wire_double_bits(call->x), 0);
        mori_wire_put_bit(to, 64, call->strict, false);
        return 0;
}

static int service_store_find_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_store_find_call *call = (struct service_store_find_call *)of;

        call->x = mori_wire_double(mori_wire_u64(from, 0, 0));
        call->strict = mori_wire_bit(from, 64, false);
        return 0;
}

static int service_store_find_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_find_call *call = (const struct service_store_find_call *)of;

        mori_wire_put_u64(to, 0, mori_wire_double_bits(call->ret_x), 0);
        mori_wire_put_bit(to, 64, call->found, false);
        return 0;
}

static int service_store_find_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_find_call *call = (struct service_store_find_call *)of;

        call->ret_x = mori_wire_double(mori_wire_u64(from, 0, 0));
        call->found = mori_wire_bit(from, 64, false);
        return 0;
}

static MORI_ASYNC int service_store_find_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->find == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->find(self, (struct service_store_find_call *)call);
}

static int service_store_open_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_open_call *call = (const struct service_store_open_call *)of;
        int error;

        mori_wire_put_u8(to, 0, (uint8_t)call->call_, 0);
        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->default_.bytes, call->default_.count);
        if (error)
                return error;
        return 0;
}

static int service_store_open_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_store_open_call *call = (struct service_store_open_call *)of;

        call->call_ = (uint8_t)mori_wire_u8(from, 0, 0);
        call->default_ = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static int service_store_open_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_open_call *call = (const struct service_store_open_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->store.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_store_open_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_open_call *call = (struct service_store_open_call *)of;

        call->store.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_store_open_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->open == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->open(self, (struct service_store_open_call *)call);
}

static int service_store_blob_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_blob_call *call = (const struct service_store_blob_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes, call->data.count);
        if (error)
                return error;
        error = mori_wire_copy(mori_wire_writer_slot(to, 1), call->any, MORI_WIRE_AS_IT_IS);
        if (error)
                return error;
        error = mori_wire_copy_list(mori_wire_writer_slot(to, 2), &call->numbers.list);
        if (error)
                return error;
        return 0;
}

static int service_store_blob_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_store_blob_call *call = (struct service_store_blob_call *)of;

        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        call->any = mori_wire_reader_pointer(from, 1);
        call->numbers.list = mori_wire_read_list(mori_wire_reader_pointer(from, 2), MORI_WIRE_TWO_BYTES);
        return 0;
}

static int service_store_blob_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_blob_call *call = (const struct service_store_blob_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->ret_data.bytes, call->ret_data.count);
        if (error)
                return error;
        return 0;
}

static int service_store_blob_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_blob_call *call = (struct service_store_blob_call *)of;

        call->ret_data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_store_blob_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->blob == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->blob(self, (struct service_store_blob_call *)call);
}

static int service_store_take_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_take_call *call = (const struct service_store_take_call *)of;
        int error;

        error = mori_wire_copy_struct(mori_wire_writer_slot(to, 0), &call->box.reader);
        if (error)
                return error;
        return 0;
}

static int service_store_take_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_store_take_call *call = (struct service_store_take_call *)of;

        call->box.reader = mori_wire_read_struct(mori_wire_reader_pointer(from, 0));
        return 0;
}

static int service_store_take_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_take_call *call = (const struct service_store_take_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->store.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_store_take_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_take_call *call = (struct service_store_take_call *)of;

        call->store.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_store_take_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->take == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->take(self, (struct service_store_take_call *)call);
}

static int service_store_one_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_one_call *call = (const struct service_store_one_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->store.ref.word);
        if (error)
                return error;
        error = mori_wire_put_reference(mori_wire_writer_slot(to, 1), call->cap.word);
        if (error)
                return error;
        error = mori_wire_new_text(mori_wire_writer_slot(to, 2), call->label.bytes, call->label.count);
        if (error)
                return error;
        return 0;
}

static int service_store_one_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_store_one_call *call = (struct service_store_one_call *)of;

        call->store.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        call->cap.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 1));
        call->label = mori_wire_read_text(mori_wire_reader_pointer(from, 2));
        return 0;
}

static int service_store_one_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_store_one_call *call = (const struct service_store_one_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->ret_store.ref.word);
        if (error)
                return error;
        error = mori_wire_put_reference(mori_wire_writer_slot(to, 1), call->ret_cap.word);
        if (error)
                return error;
        error = mori_wire_new_text(mori_wire_writer_slot(to, 2), call->ret_label.bytes, call->ret_label.count);
        if (error)
                return error;
        return 0;
}

static int service_store_one_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_store_one_call *call = (struct service_store_one_call *)of;

        call->ret_store.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        call->ret_cap.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 1));
        call->ret_label = mori_wire_read_text(mori_wire_reader_pointer(from, 2));
        return 0;
}

static MORI_ASYNC int service_store_one_serve(const void *server, void *self, void *call)
{
        const struct service_store_server *table = (const struct service_store_server *)server;

        if (table->one == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->one(self, (struct service_store_one_call *)call);
}

const struct mori_method service_store_methods[] = {
        {"Store.put", UINT64_C(0x8e9e3819506951c3), 0, 0, sizeof(struct service_store_put_call), 1, 1, 1, 0,
         service_store_put_serve, service_store_put_put_params, service_store_put_get_params, service_store_put_put_results, service_store_put_get_results},
        {"Store.all", UINT64_C(0x8e9e3819506951c3), 1, 0, sizeof(struct service_store_all_call), 0, 0, 1, 1,
         service_store_all_serve, NULL, NULL, service_store_all_put_results, service_store_all_get_results},
        {"Store.find", UINT64_C(0x8e9e3819506951c3), 2, 0, sizeof(struct service_store_find_call), 2, 0, 2, 0,
         service_store_find_serve, service_store_find_put_params, service_store_find_get_params, service_store_find_put_results, service_store_find_get_results},
        {"Store.open", UINT64_C(0x8e9e3819506951c3), 3, 0, sizeof(struct service_store_open_call), 1, 1, 0, 1,
         service_store_open_serve, service_store_open_put_params, service_store_open_get_params, service_store_open_put_results, service_store_open_get_results},
        {"Store.blob", UINT64_C(0x8e9e3819506951c3), 4, 0, sizeof(struct service_store_blob_call), 0, 3, 0, 1,
         service_store_blob_serve, service_store_blob_put_params, service_store_blob_get_params, service_store_blob_put_results, service_store_blob_get_results},
        {"Store.take", UINT64_C(0x8e9e3819506951c3), 5, 2, sizeof(struct service_store_take_call), 0, 1, 0, 1,
         service_store_take_serve, service_store_take_put_params, service_store_take_get_params, service_store_take_put_results, service_store_take_get_results},
        {"Store.one", UINT64_C(0x8e9e3819506951c3), 6, 0, sizeof(struct service_store_one_call), 0, 3, 0, 3,
         service_store_one_serve, service_store_one_put_params, service_store_one_get_params, service_store_one_put_results, service_store_one_get_results},
};

static const struct mori_interface_part service_store_parts[] = {
        {UINT64_C(0x8e9e3819506951c3), 0, service_store_methods, 7},
        {UINT64_C(0xe6a0dcda1e52d535), offsetof(struct service_store_server, service_named), service_named_methods, 1},
        {UINT64_C(0xf41b50756131edd1), offsetof(struct service_store_server, service_closed), service_closed_methods, 1},
};
const struct mori_interface service_store_interface = {"service_store", 3, service_store_parts};

static int service_sink_write_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_sink_write_call *call = (const struct service_sink_write_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes, call->data.count);
        if (error)
                return error;
        return 0;
}

static int service_sink_write_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_sink_write_call *call = (struct service_sink_write_call *)of;

        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_sink_write_serve(const void *server, void *self, void *call)
{
        const struct service_sink_server *table = (const struct service_sink_server *)server;

        if (table->write == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->write(self, (struct service_sink_write_call *)call);
}

static int service_sink_skip_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_sink_skip_call *call = (const struct service_sink_skip_call *)of;

        mori_wire_put_u32(to, 0, (uint32_t)call->count, 0);
        return 0;
}

static int service_sink_skip_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_sink_skip_call *call = (struct service_sink_skip_call *)of;

        call->count = (uint32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_sink_skip_serve(const void *server, void *self, void *call)
{
        const struct service_sink_server *table = (const struct service_sink_server *)server;

        if (table->skip == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->skip(self, (struct service_sink_skip_call *)call);
}

static int service_sink_done_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_sink_done_call *call = (const struct service_sink_done_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->count, 0);
        return 0;
}

static int service_sink_done_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_sink_done_call *call = (struct service_sink_done_call *)of;

        call->count = (uint64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_sink_done_serve(const void *server, void *self, void *call)
{
        const struct service_sink_server *table = (const struct service_sink_server *)server;

        if (table->done == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->done(self, (struct service_sink_done_call *)call);
}

const struct mori_method service_sink_methods[] = {
        {"Sink.write", UINT64_C(0xd634ca291fe6a797), 0, 4, sizeof(struct service_sink_write_call), 0, 1, 0, 0,
         service_sink_write_serve, service_sink_write_put_params, service_sink_write_get_params, NULL, NULL},
        {"Sink.skip", UINT64_C(0xd634ca291fe6a797), 1, 4, sizeof(struct service_sink_skip_call), 1, 0, 0, 0,
         service_sink_skip_serve, service_sink_skip_put_params, service_sink_skip_get_params, NULL, NULL},
        {"Sink.done", UINT64_C(0xd634ca291fe6a797), 2, 0, sizeof(struct service_sink_done_call), 0, 0, 1, 0,
         service_sink_done_serve, NULL, NULL, service_sink_done_put_results, service_sink_done_get_results},
};

static const struct mori_interface_part service_sink_parts[] = {
        {UINT64_C(0xd634ca291fe6a797), 0, service_sink_methods, 3},
};
const struct mori_interface service_sink_interface = {"service_sink", 1, service_sink_parts};

const struct mori_method service_both_methods[] = {
        {NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mori_interface_part service_both_parts[] = {
        {UINT64_C(0x99c16960951ef710), 0, service_both_methods, 0},
        {UINT64_C(0x8e9e3819506951c3), offsetof(struct service_both_server, service_store), service_store_methods, 7},
        {UINT64_C(0xe6a0dcda1e52d535), offsetof(struct service_both_server, service_store.service_named), service_named_methods, 1},
        {UINT64_C(0xf41b50756131edd1), offsetof(struct service_both_server, service_store.service_closed), service_closed_methods, 1},
};
const struct mori_interface service_both_interface = {"service_both", 4, service_both_parts};
