/* Made by capnpc-mori of mori/service/files.capnp: do not edit. */
#include "files.mori.h"

#include <errno.h>
#include <stddef.h>

static int service_directory_open_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_open_call *call = (const struct service_directory_open_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->path.bytes, call->path.count);
        if (error)
                return error;
        mori_wire_put_u16(to, 0, (uint16_t)call->how, 0);
        return 0;
}

static int service_directory_open_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_open_call *call = (struct service_directory_open_call *)of;

        call->path = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        call->how = (enum service_directory_how)mori_wire_u16(from, 0, 0);
        return 0;
}

static int service_directory_open_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_open_call *call = (const struct service_directory_open_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->file.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_directory_open_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_open_call *call = (struct service_directory_open_call *)of;

        call->file.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_directory_open_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->open == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->open(self, (struct service_directory_open_call *)call);
}

static int service_directory_enter_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_enter_call *call = (const struct service_directory_enter_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->path.bytes, call->path.count);
        if (error)
                return error;
        return 0;
}

static int service_directory_enter_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_enter_call *call = (struct service_directory_enter_call *)of;

        call->path = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static int service_directory_enter_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_enter_call *call = (const struct service_directory_enter_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->directory.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_directory_enter_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_enter_call *call = (struct service_directory_enter_call *)of;

        call->directory.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_directory_enter_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->enter == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->enter(self, (struct service_directory_enter_call *)call);
}

static int service_directory_readonly_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_readonly_call *call = (const struct service_directory_readonly_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->directory.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_directory_readonly_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_readonly_call *call = (struct service_directory_readonly_call *)of;

        call->directory.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_directory_readonly_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->readonly == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->readonly(self, (struct service_directory_readonly_call *)call);
}

static int service_directory_list_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_list_call *call = (const struct service_directory_list_call *)of;
        int error;

        error = mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->listing.ref.word);
        if (error)
                return error;
        return 0;
}

static int service_directory_list_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_list_call *call = (struct service_directory_list_call *)of;

        call->listing.ref.word = mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_directory_list_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->list == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->list(self, (struct service_directory_list_call *)call);
}

static int service_directory_status_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_status_call *call = (const struct service_directory_status_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->path.bytes, call->path.count);
        if (error)
                return error;
        return 0;
}

static int service_directory_status_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_status_call *call = (struct service_directory_status_call *)of;

        call->path = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static int service_directory_status_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_status_call *call = (const struct service_directory_status_call *)of;

        mori_wire_put_u16(to, 0, (uint16_t)call->kind, 0);
        mori_wire_put_u64(to, 1, (uint64_t)call->bytes, 0);
        mori_wire_put_u64(to, 2, (uint64_t)call->changed, 0);
        return 0;
}

static int service_directory_status_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_status_call *call = (struct service_directory_status_call *)of;

        call->kind = (enum service_directory_kind)mori_wire_u16(from, 0, 0);
        call->bytes = (uint64_t)mori_wire_u64(from, 1, 0);
        call->changed = (int64_t)mori_wire_u64(from, 2, 0);
        return 0;
}

static MORI_ASYNC int service_directory_status_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->status == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->status(self, (struct service_directory_status_call *)call);
}

static int service_directory_make_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_make_call *call = (const struct service_directory_make_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->path.bytes, call->path.count);
        if (error)
                return error;
        return 0;
}

static int service_directory_make_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_make_call *call = (struct service_directory_make_call *)of;

        call->path = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_directory_make_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->make == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->make(self, (struct service_directory_make_call *)call);
}

static int service_directory_remove_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_remove_call *call = (const struct service_directory_remove_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->path.bytes, call->path.count);
        if (error)
                return error;
        return 0;
}

static int service_directory_remove_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_remove_call *call = (struct service_directory_remove_call *)of;

        call->path = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_directory_remove_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->remove == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->remove(self, (struct service_directory_remove_call *)call);
}

static int service_directory_rename_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_directory_rename_call *call = (const struct service_directory_rename_call *)of;
        int error;

        error = mori_wire_new_text(mori_wire_writer_slot(to, 0), call->path.bytes, call->path.count);
        if (error)
                return error;
        error = mori_wire_new_text(mori_wire_writer_slot(to, 1), call->to.bytes, call->to.count);
        if (error)
                return error;
        return 0;
}

static int service_directory_rename_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_directory_rename_call *call = (struct service_directory_rename_call *)of;

        call->path = mori_wire_read_text(mori_wire_reader_pointer(from, 0));
        call->to = mori_wire_read_text(mori_wire_reader_pointer(from, 1));
        return 0;
}

static MORI_ASYNC int service_directory_rename_serve(const void *server, void *self, void *call)
{
        const struct service_directory_server *table = (const struct service_directory_server *)server;

        if (table->rename == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->rename(self, (struct service_directory_rename_call *)call);
}

const struct mori_method service_directory_methods[] = {
        {"Directory.open", UINT64_C(0xfe8c82a6a12804a5), 0, 1, sizeof(struct service_directory_open_call), 1, 1, 0, 1,
         service_directory_open_serve, service_directory_open_put_params, service_directory_open_get_params, service_directory_open_put_results, service_directory_open_get_results},
        {"Directory.enter", UINT64_C(0xfe8c82a6a12804a5), 1, 1, sizeof(struct service_directory_enter_call), 0, 1, 0, 1,
         service_directory_enter_serve, service_directory_enter_put_params, service_directory_enter_get_params, service_directory_enter_put_results, service_directory_enter_get_results},
        {"Directory.readonly", UINT64_C(0xfe8c82a6a12804a5), 2, 1, sizeof(struct service_directory_readonly_call), 0, 0, 0, 1,
         service_directory_readonly_serve, NULL, NULL, service_directory_readonly_put_results, service_directory_readonly_get_results},
        {"Directory.list", UINT64_C(0xfe8c82a6a12804a5), 3, 1, sizeof(struct service_directory_list_call), 0, 0, 0, 1,
         service_directory_list_serve, NULL, NULL, service_directory_list_put_results, service_directory_list_get_results},
        {"Directory.status", UINT64_C(0xfe8c82a6a12804a5), 4, 1, sizeof(struct service_directory_status_call), 0, 1, 3, 0,
         service_directory_status_serve, service_directory_status_put_params, service_directory_status_get_params, service_directory_status_put_results, service_directory_status_get_results},
        {"Directory.make", UINT64_C(0xfe8c82a6a12804a5), 5, 0, sizeof(struct service_directory_make_call), 0, 1, 0, 0,
         service_directory_make_serve, service_directory_make_put_params, service_directory_make_get_params, NULL, NULL},
        {"Directory.remove", UINT64_C(0xfe8c82a6a12804a5), 6, 0, sizeof(struct service_directory_remove_call), 0, 1, 0, 0,
         service_directory_remove_serve, service_directory_remove_put_params, service_directory_remove_get_params, NULL, NULL},
        {"Directory.rename", UINT64_C(0xfe8c82a6a12804a5), 7, 0, sizeof(struct service_directory_rename_call), 0, 2, 0, 0,
         service_directory_rename_serve, service_directory_rename_put_params, service_directory_rename_get_params, NULL, NULL},
};

static const struct mori_interface_part service_directory_parts[] = {
        {UINT64_C(0xfe8c82a6a12804a5), 0, service_directory_methods, 8},
};
const struct mori_interface service_directory_interface = {"service_directory", 1, service_directory_parts};

const char *service_directory_how_name(enum service_directory_how value)
{
        static const char *const names[] = {
                "read",
                "write",
                "create",
                "new",
                "replace",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}

const char *service_directory_kind_name(enum service_directory_kind value)
{
        static const char *const names[] = {
                "other",
                "file",
                "directory",
                "link",
                NULL,
        };

        return (size_t)value < sizeof names / sizeof names[0] ? names[value] : NULL;
}

static int service_listing_next_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_listing_next_call *call = (const struct service_listing_next_call *)of;

        mori_wire_put_u32(to, 0, (uint32_t)call->count, 0);
        return 0;
}

static int service_listing_next_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_listing_next_call *call = (struct service_listing_next_call *)of;

        call->count = (uint32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int service_listing_next_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_listing_next_call *call = (const struct service_listing_next_call *)of;
        int error;

        error = mori_wire_copy_list(mori_wire_writer_slot(to, 0), &call->entries.list);
        if (error)
                return error;
        return 0;
}

static int service_listing_next_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_listing_next_call *call = (struct service_listing_next_call *)of;

        call->entries.list = mori_wire_read_list(mori_wire_reader_pointer(from, 0), MORI_WIRE_COMPOSITE);
        return 0;
}

static MORI_ASYNC int service_listing_next_serve(const void *server, void *self, void *call)
{
        const struct service_listing_server *table = (const struct service_listing_server *)server;

        if (table->next == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->next(self, (struct service_listing_next_call *)call);
}

const struct mori_method service_listing_methods[] = {
        {"Listing.next", UINT64_C(0xa6ca163d3854eb92), 0, 0, sizeof(struct service_listing_next_call), 1, 0, 0, 1,
         service_listing_next_serve, service_listing_next_put_params, service_listing_next_get_params, service_listing_next_put_results, service_listing_next_get_results},
};

static const struct mori_interface_part service_listing_parts[] = {
        {UINT64_C(0xa6ca163d3854eb92), 0, service_listing_methods, 1},
};
const struct mori_interface service_listing_interface = {"service_listing", 1, service_listing_parts};

static int service_file_read_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_file_read_call *call = (const struct service_file_read_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->offset, 0);
        mori_wire_put_u32(to, 2, (uint32_t)call->bytes, 0);
        return 0;
}

static int service_file_read_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_file_read_call *call = (struct service_file_read_call *)of;

        call->offset = (uint64_t)mori_wire_u64(from, 0, 0);
        call->bytes = (uint32_t)mori_wire_u32(from, 2, 0);
        return 0;
}

static int service_file_read_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_file_read_call *call = (const struct service_file_read_call *)of;
        int error;

        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes, call->data.count);
        if (error)
                return error;
        return 0;
}

static int service_file_read_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_file_read_call *call = (struct service_file_read_call *)of;

        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_file_read_serve(const void *server, void *self, void *call)
{
        const struct service_file_server *table = (const struct service_file_server *)server;

        if (table->read == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->read(self, (struct service_file_read_call *)call);
}

static int service_file_write_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_file_write_call *call = (const struct service_file_write_call *)of;
        int error;

        mori_wire_put_u64(to, 0, (uint64_t)call->offset, 0);
        error = mori_wire_new_data(mori_wire_writer_slot(to, 0), call->data.bytes, call->data.count);
        if (error)
                return error;
        return 0;
}

static int service_file_write_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_file_write_call *call = (struct service_file_write_call *)of;

        call->offset = (uint64_t)mori_wire_u64(from, 0, 0);
        call->data = mori_wire_read_data(mori_wire_reader_pointer(from, 0));
        return 0;
}

static MORI_ASYNC int service_file_write_serve(const void *server, void *self, void *call)
{
        const struct service_file_server *table = (const struct service_file_server *)server;

        if (table->write == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->write(self, (struct service_file_write_call *)call);
}

static int service_file_size_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct service_file_size_call *call = (const struct service_file_size_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->bytes, 0);
        return 0;
}

static int service_file_size_get_results(void *of, const struct mori_wire_reader *from)
{
        struct service_file_size_call *call = (struct service_file_size_call *)of;

        call->bytes = (uint64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_file_size_serve(const void *server, void *self, void *call)
{
        const struct service_file_server *table = (const struct service_file_server *)server;

        if (table->size == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->size(self, (struct service_file_size_call *)call);
}

static int service_file_resize_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct service_file_resize_call *call = (const struct service_file_resize_call *)of;

        mori_wire_put_u64(to, 0, (uint64_t)call->bytes, 0);
        return 0;
}

static int service_file_resize_get_params(void *of, const struct mori_wire_reader *from)
{
        struct service_file_resize_call *call = (struct service_file_resize_call *)of;

        call->bytes = (uint64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static MORI_ASYNC int service_file_resize_serve(const void *server, void *self, void *call)
{
        const struct service_file_server *table = (const struct service_file_server *)server;

        if (table->resize == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->resize(self, (struct service_file_resize_call *)call);
}

static MORI_ASYNC int service_file_sync_serve(const void *server, void *self, void *call)
{
        const struct service_file_server *table = (const struct service_file_server *)server;

        if (table->sync == NULL)
                return -EOPNOTSUPP;
        return MORI_AWAIT table->sync(self, (struct service_file_sync_call *)call);
}

const struct mori_method service_file_methods[] = {
        {"File.read", UINT64_C(0x8e95968befedc563), 0, 1, sizeof(struct service_file_read_call), 2, 0, 0, 1,
         service_file_read_serve, service_file_read_put_params, service_file_read_get_params, service_file_read_put_results, service_file_read_get_results},
        {"File.write", UINT64_C(0x8e95968befedc563), 1, 0, sizeof(struct service_file_write_call), 1, 1, 0, 0,
         service_file_write_serve, service_file_write_put_params, service_file_write_get_params, NULL, NULL},
        {"File.size", UINT64_C(0x8e95968befedc563), 2, 1, sizeof(struct service_file_size_call), 0, 0, 1, 0,
         service_file_size_serve, NULL, NULL, service_file_size_put_results, service_file_size_get_results},
        {"File.resize", UINT64_C(0x8e95968befedc563), 3, 0, sizeof(struct service_file_resize_call), 1, 0, 0, 0,
         service_file_resize_serve, service_file_resize_put_params, service_file_resize_get_params, NULL, NULL},
        {"File.sync", UINT64_C(0x8e95968befedc563), 4, 0, sizeof(struct service_file_sync_call), 0, 0, 0, 0,
         service_file_sync_serve, NULL, NULL, NULL, NULL},
};

static const struct mori_interface_part service_file_parts[] = {
        {UINT64_C(0x8e95968befedc563), 0, service_file_methods, 5},
};
const struct mori_interface service_file_interface = {"service_file", 1, service_file_parts};
