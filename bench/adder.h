/* SPDX-License-Identifier: MIT */
/*
 * An object to be called, and a process that exports it. The interface, as capnpc-mori would have
 * it:
 *
 *      interface Adder {
 *        add @0 (x :Int32, y :Int32) -> (sum :Int32);
 *        again @1 () -> (adder :Adder) $Mori.readonly;
 *      }
 */
#pragma once

#include <mori/activity.h>
#include <mori/object.h>
#include <mori/process.h>
#include <mori/wire.h>
#include <mori/wire_build.h>

#include "bench.h"

typedef struct adder {
        mori_ref ref;
} adder;

struct adder_add_call {
        struct mori_call_head call;
        int32_t x, y;
        int32_t sum;
};

struct adder_again_call {
        struct mori_call_head call;
        adder adder;
};

struct adder_server {
        async int (*add)(void *self, struct adder_add_call *call);
        async int (*again)(void *self, struct adder_again_call *call);
};

static async int add_serve(const void *server, void *self, void *call)
{
        return await ((const struct adder_server *)server)->add(self, call);
}

static async int again_serve(const void *server, void *self, void *call)
{
        return await ((const struct adder_server *)server)->again(self, call);
}

static int add_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct adder_add_call *call = of;

        mori_wire_put_u32(to, 0, (uint32_t)call->x, 0);
        mori_wire_put_u32(to, 1, (uint32_t)call->y, 0);
        return 0;
}

static int add_get_params(void *of, const struct mori_wire_reader *from)
{
        struct adder_add_call *call = of;

        call->x = (int32_t)mori_wire_u32(from, 0, 0);
        call->y = (int32_t)mori_wire_u32(from, 1, 0);
        return 0;
}

static int add_put_results(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, (uint32_t)((const struct adder_add_call *)of)->sum, 0);
        return 0;
}

static int add_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct adder_add_call *)of)->sum = (int32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int again_put_results(const void *of, const struct mori_wire_writer *to)
{
        return mori_wire_put_reference(mori_wire_writer_slot(to, 0),
                                       ((const struct adder_again_call *)of)->adder.ref.word);
}

static int again_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct adder_again_call *)of)->adder.ref.word =
                mori_wire_read_reference(mori_wire_reader_pointer(from, 0));
        return 0;
}

#define ADDER_ID 0xc0000000000000d1ull

static const struct mori_method adder_methods[] = {
        {"Adder.add", ADDER_ID, 0, 0, sizeof(struct adder_add_call), 1, 0, 1, 0, add_serve,
         add_put_params, add_get_params, add_put_results, add_get_results},
        {"Adder.again", ADDER_ID, 1, MORI_METHOD_READONLY, sizeof(struct adder_again_call), 0, 0, 0,
         1, again_serve, NULL, NULL, again_put_results, again_get_results},
};
static const struct mori_interface_part adder_parts[] = {{ADDER_ID, 0, adder_methods, 2}};
static const struct mori_interface adder_interface = {"Adder", 1, adder_parts};

static inline async int adder_add(adder a, int32_t x, int32_t y, int32_t *ret_sum)
{
        struct adder_add_call call = {.x = x, .y = y};
        int error = await mori_object_call(a.ref, &adder_methods[0], &call);

        *ret_sum = call.sum;
        return error;
}

/* ---- A server */

static async int add(void *self, struct adder_add_call *call)
{
        (void)self;
        call->sum = call->x + call->y;
        return 0;
}

static async int again(void *self, struct adder_again_call *call)
{
        return mori_ref_copy(*(mori_ref *)self, &call->adder.ref);
}

static const struct adder_server adder_table = {add, again};

static async int serves(void *argument)
{
        mori_ref self;

        (void)argument;
        bench_require(mori_object_new(&adder_interface, &adder_table, &self, NULL, &self) == 0);
        bench_require(mori_export(self) == 0);
        return await mori_sleep(MORI_S(1000));
}

/* A near one, and one of a child, which is `serves` or what calls it. */
static inline async void adders_make(adder *ret_near, adder *ret_far,
                                     async int (*child_main)(void *argument))
{
        mori_process child;

        bench_require(mori_object_new(&adder_interface, &adder_table, &ret_near->ref, NULL,
                                      &ret_near->ref) == 0);
        bench_require(await mori_process_start(child_main, NULL, 0, NULL, &child) == 0);
        bench_require(mori_process_exported(child, &ret_far->ref) == 0);
}
