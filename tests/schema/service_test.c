/* SPDX-License-Identifier: MIT */
/*
 * What capnpc-mori makes of interfaces, in a program: each kind of parameter and of result, pulled
 * (near: nothing is copied) and sent (a message), and what an interface extends.
 */
#include <mori/mori.h>
#include <mori/object.h>
#include <mori/keywords.h>

#include "golden/other.mori.h"
#include "golden/service.mori.h"

#include <errno.h>
#include <string.h>

#define CHECK      MORI_REQUIRE
#define GOOD(call) MORI_REQUIRE((call) == 0)

static async int store_name(void *self, struct service_named_name_call *call)
{
        (void)self;
        call->name = mori_wire_text_of("store");
        return 0;
}

static async int store_put(void *self, struct service_store_put_call *call)
{
        double *sum = self;

        CHECK(call->unit == OTHER_UNIT_METRE);
        *sum += other_point_x(call->point);
        call->count = (uint32_t)*sum;
        return 0;
}

/* Two points, as a message in memory of the call's. */
static async int store_all(void *self, struct service_store_all_call *call)
{
        struct memory {
                uint64_t words[16];
                struct mori_wire_segment segment;
                struct mori_wire_message message;
        } *memory = mori_call_alloc_zero(&call->call, sizeof *memory);
        struct other_point_list_builder points;
        struct mori_wire_builder builder;

        (void)self;
        if (memory == NULL)
                return -ENOMEM;
        attempt(mori_wire_builder_init(&builder, memory->words, 16, 16));
        attempt(mori_wire_new_structs(mori_wire_builder_root(&builder), 2, 2, 0, &points.elements));
        other_point_set_x(other_point_list_builder_at(points, 1), 2.5);
        mori_wire_builder_segments(&builder, &memory->segment);
        mori_wire_builder_deinit(&builder);
        mori_wire_message_init(&memory->message, &memory->segment, 1);
        call->points.list =
                mori_wire_read_list(mori_wire_root(&memory->message), MORI_WIRE_COMPOSITE);
        call->count = 2;
        return 0;
}

static async int store_find(void *self, struct service_store_find_call *call)
{
        (void)self;
        call->ret_x = call->strict ? call->x : -call->x;
        call->found = true;
        return 0;
}

static async int store_open(void *self, struct service_store_open_call *call);

static async int store_blob(void *self, struct service_store_blob_call *call)
{
        (void)self;
        CHECK(mori_wire_int16_list_count(call->numbers) == 4);
        CHECK(mori_wire_int16_list_at(call->numbers, 3) == 7);
        CHECK(other_point_x(other_point_read(call->any)) == 1);
        call->ret_data = call->data;
        return 0;
}

static async int store_take(void *self, struct service_store_take_call *call)
{
        struct service_store store;

        (void)self;
        CHECK(service_box_label(call->box).count == 3);
        CHECK(service_box_cap(call->box).word == 0);
        /* the one among the parameters is the caller's; what is given is given away */
        GOOD(service_store_copy(service_box_store(call->box), &store));
        call->store = store;
        return 0;
}

static const struct service_store_server store_server = {
        .service_named = {.name = store_name},
        .put = store_put,
        .all = store_all,
        .find = store_find,
        .open = store_open,
        .blob = store_blob,
        .take = store_take,
};

static async int store_open(void *self, struct service_store_open_call *call)
{
        CHECK(call->call_ == 9);
        if (strcmp(call->default_.bytes, "none") == 0)
                return -ENOENT;
        return service_store_new(&store_server, self, NULL, &call->store);
}

static async void values(struct service_store store)
{
        service_store_find_promise promise = service_store_find_send(store, 3, false);
        bool found = false;
        double x = 0;

        GOOD(await service_store_find(store, 2, true, &x, &found));
        CHECK(x == 2 && found);
        GOOD(await service_store_find_join(&promise, &x, &found));
        CHECK(x == -3);
}

static async void objects(struct service_store store)
{
        struct other_point origin = {mori_wire_reader_none()};
        struct service_store_all_results all;
        struct service_store_all_promise promise;
        struct service_store_blob_results blob;
        struct mori_wire_int16_list numbers;
        static const uint64_t words[] = {0x0000002300000001, 0x0007000000000000};
        static const struct mori_wire_segment segment = {words, 2};
        static const struct mori_wire_message message = MORI_WIRE_CONSTANT(&segment, 1);
        static const uint64_t point_words[] = {0x0000000200000000, 0x3ff0000000000000, 0};
        static const struct mori_wire_segment point_segment = {point_words, 3};
        static const struct mori_wire_message point = MORI_WIRE_CONSTANT(&point_segment, 1);
        uint32_t count = 7;

        GOOD(await service_store_put(store, origin, OTHER_UNIT_METRE, &count));
        CHECK(count == 0);
        GOOD(await service_store_all(store, &all));
        CHECK(all.count == 2 && other_point_x(other_point_list_at(all.points, 1)) == 2.5);
        service_store_all_results_free(&all);
        promise = service_store_all_send(store);
        GOOD(await service_store_all_join(&promise, &all));
        CHECK(all.count == 2 && other_point_x(other_point_list_at(all.points, 1)) == 2.5);
        service_store_all_results_free(&all);

        numbers.list = mori_wire_read_list(mori_wire_constant(&message), MORI_WIRE_TWO_BYTES);
        GOOD(await service_store_blob(store, mori_wire_data_of("abc", 3),
                                      mori_wire_constant(&point), numbers, &blob));
        CHECK(blob.ret_data.count == 3 && memcmp(blob.ret_data.bytes, "abc", 3) == 0);
        service_store_blob_results_free(&blob);
        for (int i = 0; i < 2; i++) { /* by message; the second is dropped */
                service_store_blob_promise sent = service_store_blob_send(
                        store, mori_wire_data_of("abc", 3), mori_wire_constant(&point), numbers);

                if (i == 0) {
                        GOOD(await service_store_blob_join(&sent, &blob));
                        CHECK(blob.ret_data.count == 3);
                        service_store_blob_results_free(&blob);
                } else {
                        service_store_blob_drop(&sent);
                }
        }
}

/* Callbacks, which are not async: with values, with results in memory, and with a failure. */
struct seen {
        int calls, error;
        double x;
        uint32_t count;
};

static void found(void *context, int error, double x, bool is_found)
{
        struct seen *seen = context;

        seen->calls++;
        seen->error = error;
        seen->x = is_found ? x : 0;
}

static void listed(void *context, int error, struct service_store_all_results *results)
{
        struct seen *seen = context;

        seen->calls++;
        seen->error = error;
        seen->count = results == NULL ? 0 : other_point_list_count(results->points);
        if (seen->calls % 2 == 0 && results != NULL) /* it may */
                service_store_all_results_free(results);
}

static async void callbacks(struct service_store store)
{
        service_store_find_promise find = service_store_find_send(store, 4, true);
        service_store_all_promise all;
        struct seen seen = {0};

        GOOD(service_store_find_then(&find, found, &seen));
        CHECK(seen.calls == 0);
        while (seen.calls < 1)
                GOOD(await mori_yield());
        CHECK(seen.error == 0 && seen.x == 4);
        for (int i = 2; i <= 3; i++) {
                all = service_store_all_send(store);
                GOOD(service_store_all_then(&all, listed, &seen));
                while (seen.calls < i)
                        GOOD(await mori_yield());
                CHECK(seen.error == 0 && seen.count == 2);
        }
        all = service_store_all_send((service_store){MORI_NO_REF});
        GOOD(service_store_all_then(&all, listed, &seen));
        find = service_store_find_send((service_store){MORI_NO_REF}, 4, true);
        GOOD(service_store_find_then(&find, found, &seen));
        while (seen.calls < 5)
                GOOD(await mori_yield());
        CHECK(seen.error == -EBADF && seen.count == 0 && seen.x == 0);
}

/*
 * Calls of a stream, which are not waited for, and the one that says that all of them were served.
 */
static async int sink_write(void *self, struct service_sink_write_call *call)
{
        uint64_t *count = self;

        GOOD(await mori_yield());
        if (call->data.count > 100)
                return -EFBIG;
        *count += call->data.count;
        return 0;
}

static async int sink_skip(void *self, struct service_sink_skip_call *call)
{
        uint64_t *count = self;

        *count += call->count;
        return 0;
}

static async int sink_done(void *self, struct service_sink_done_call *call)
{
        const uint64_t *count = self;

        call->count = *count;
        return 0;
}

static const struct service_sink_server sink_server = {
        .write = sink_write, .skip = sink_skip, .done = sink_done};

static async void streams(void)
{
        static const char piece[200];
        uint64_t counted = 0, count = 0;
        struct service_sink sink;

        GOOD(service_sink_new(&sink_server, &counted, NULL, &sink));
        for (int i = 0; i < 10; i++) {
                GOOD(await service_sink_write(sink, mori_wire_data_of(piece, 100)));
                GOOD(await service_sink_skip(sink, 11));
        }
        CHECK(counted == 0); /* they have not been served */
        GOOD(await service_sink_done(sink, &count));
        CHECK(count == 1110);
        GOOD(await service_sink_write(sink, mori_wire_data_of(piece, 101)));
        CHECK(await service_sink_done(sink, &count) == -EFBIG);
        CHECK(await service_sink_skip(sink, 1) == -EFBIG);
        service_sink_drop(sink);
}

/* References: promised ones are called at once; those of what an interface extends. */
static async void references(struct service_store store)
{
        service_store_open_promise opened = service_store_open_send(store, 9, "some");
        service_named_name_promise named = service_named_name_send(
                service_store_as_service_named(service_store_open_store(&opened)));
        struct service_named_name_results name;
        struct service_store inner = {MORI_NO_REF}, copy;

        GOOD(await service_named_name_join(&named, &name));
        CHECK(strcmp(name.name.bytes, "store") == 0);
        service_named_name_results_free(&name);
        GOOD(await service_store_open_join(&opened, &inner));
        GOOD(service_store_copy(inner, &copy));
        CHECK(mori_ref_same(inner.ref, copy.ref));
        service_store_drop(copy);
        /* the table has no function for it */
        CHECK(await service_closed_close(service_store_as_service_closed(inner)) == -EOPNOTSUPP);
        service_store_drop(inner);
        CHECK(await service_store_open(store, 9, "none", &inner) == -ENOENT);
}

/* A structure that has references: those of its message come with it. */
static async void in_structures(struct service_store store)
{
        struct mori_wire_builder builder;
        struct mori_wire_segment segments[4];
        struct mori_wire_message message;
        struct service_box_builder box;
        service_store_take_promise sent;
        struct service_store taken = {MORI_NO_REF};

        GOOD(mori_wire_builder_init(&builder, NULL, 0, 100));
        GOOD(service_box_init(mori_wire_builder_root(&builder), &box));
        GOOD(service_box_set_store(box, store));
        GOOD(service_box_set_label(box, mori_wire_text_of("box")));
        CHECK(builder.count <= 4 && builder.references_count == 1);
        mori_wire_builder_segments(&builder, segments);
        mori_wire_message_init(&message, segments, builder.count);
        message.references = builder.references;
        message.references_count = builder.references_count;
        sent = service_store_take_send(store, service_box_read(mori_wire_root(&message)));
        GOOD(await service_store_take_join(&sent, &taken));
        CHECK(mori_ref_same(taken.ref, store.ref));
        service_store_drop(taken);
        mori_wire_builder_deinit(&builder);
}

async int mori_main(int argc, char **argv)
{
        struct service_store store;
        double sum = 0;

        (void)argc;
        (void)argv;
        GOOD(service_store_new(&store_server, &sum, NULL, &store));
        await values(store);
        await objects(store);
        await callbacks(store);
        await streams();
        await references(store);
        await in_structures(store);
        service_store_drop(store);
        return 0;
}
