/* SPDX-License-Identifier: MIT */
/*
 * Two interfaces as capnpc-mori makes them, written by hand:
 *
 *      interface Calculator {
 *        add @0 (x :Int32, y :Int32) -> (sum :Int32) $Mori.readonly;
 *        open @1 (name :Text) -> (memory :Memory);
 *        use @2 (memory :Memory, by :Int32) -> (value :Int32);
 *        wait @3 (ns :Int64) -> ();
 *      }
 *      interface Memory {
 *        change @0 (by :Int32) -> (value :Int32);
 *        name @1 () -> (name :Text) $Mori.readonly;
 *        self @2 () -> (memory :Memory) $Mori.readonly;
 *      }
 */
#pragma once

#include "support/async.h"

#include <mori/object.h>
#include <mori/wire.h>
#include <mori/wire_build.h>

typedef struct memory {
        mori_ref ref;
} memory;
typedef struct calculator {
        mori_ref ref;
} calculator;

struct calculator_add_call {
        struct mori_call_head call;
        int32_t x, y;
        int32_t sum;
};
struct calculator_open_call {
        struct mori_call_head call;
        struct mori_wire_text name;
        memory memory;
};
struct calculator_use_call {
        struct mori_call_head call;
        memory memory;
        int32_t by;
        int32_t value;
};
struct calculator_wait_call {
        struct mori_call_head call;
        int64_t ns;
};
struct memory_change_call {
        struct mori_call_head call;
        int32_t by;
        int32_t value;
};
struct memory_name_call {
        struct mori_call_head call;
        struct mori_wire_text name;
};
struct memory_self_call {
        struct mori_call_head call;
        memory memory;
};

struct calculator_server {
        async int (*add)(void *self, struct calculator_add_call *call);
        async int (*open)(void *self, struct calculator_open_call *call);
        async int (*use)(void *self, struct calculator_use_call *call);
        async int (*wait)(void *self, struct calculator_wait_call *call);
};
struct memory_server {
        async int (*change)(void *self, struct memory_change_call *call);
        async int (*name)(void *self, struct memory_name_call *call);
        async int (*self)(void *self, struct memory_self_call *call);
};

#define SERVE(interface, method)                                                                   \
        static async int interface##_##method##_serve(const void *server, void *self, void *call)  \
        {                                                                                          \
                const struct interface##_server *table = server;                                   \
                                                                                                   \
                if (table->method == NULL)                                                         \
                        return -EOPNOTSUPP;                                                        \
                return await table->method(self, call);                                            \
        }

SERVE(calculator, add)
SERVE(calculator, open)
SERVE(calculator, use)
SERVE(calculator, wait)
SERVE(memory, change)
SERVE(memory, name)
SERVE(memory, self)
#undef SERVE

static inline struct mori_wire_pointer first_pointer(const struct mori_wire_reader *from)
{
        return mori_wire_reader_pointer(from, 0);
}

static int calculator_add_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct calculator_add_call *call = of;

        mori_wire_put_u32(to, 0, (uint32_t)call->x, 0);
        mori_wire_put_u32(to, 1, (uint32_t)call->y, 0);
        return 0;
}
static int calculator_add_get_params(void *of, const struct mori_wire_reader *from)
{
        struct calculator_add_call *call = of;

        call->x = (int32_t)mori_wire_u32(from, 0, 0);
        call->y = (int32_t)mori_wire_u32(from, 1, 0);
        return 0;
}
static int calculator_add_put_results(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, (uint32_t)((const struct calculator_add_call *)of)->sum, 0);
        return 0;
}
static int calculator_add_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct calculator_add_call *)of)->sum = (int32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int calculator_open_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct calculator_open_call *call = of;

        return mori_wire_new_text(mori_wire_writer_slot(to, 0), call->name.bytes, call->name.count);
}
static int calculator_open_get_params(void *of, const struct mori_wire_reader *from)
{
        ((struct calculator_open_call *)of)->name = mori_wire_read_text(first_pointer(from));
        return 0;
}
static int calculator_open_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct calculator_open_call *call = of;

        return mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->memory.ref.word);
}
static int calculator_open_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct calculator_open_call *)of)->memory.ref.word =
                mori_wire_read_reference(first_pointer(from));
        return 0;
}

static int calculator_use_put_params(const void *of, const struct mori_wire_writer *to)
{
        const struct calculator_use_call *call = of;

        mori_wire_put_u32(to, 0, (uint32_t)call->by, 0);
        return mori_wire_put_reference(mori_wire_writer_slot(to, 0), call->memory.ref.word);
}
static int calculator_use_get_params(void *of, const struct mori_wire_reader *from)
{
        struct calculator_use_call *call = of;

        call->by = (int32_t)mori_wire_u32(from, 0, 0);
        call->memory.ref.word = mori_wire_read_reference(first_pointer(from));
        return 0;
}
static int calculator_use_put_results(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, (uint32_t)((const struct calculator_use_call *)of)->value, 0);
        return 0;
}
static int calculator_use_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct calculator_use_call *)of)->value = (int32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int calculator_wait_put_params(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u64(to, 0, (uint64_t)((const struct calculator_wait_call *)of)->ns, 0);
        return 0;
}
static int calculator_wait_get_params(void *of, const struct mori_wire_reader *from)
{
        ((struct calculator_wait_call *)of)->ns = (int64_t)mori_wire_u64(from, 0, 0);
        return 0;
}

static int memory_change_put_params(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, (uint32_t)((const struct memory_change_call *)of)->by, 0);
        return 0;
}
static int memory_change_get_params(void *of, const struct mori_wire_reader *from)
{
        ((struct memory_change_call *)of)->by = (int32_t)mori_wire_u32(from, 0, 0);
        return 0;
}
static int memory_change_put_results(const void *of, const struct mori_wire_writer *to)
{
        mori_wire_put_u32(to, 0, (uint32_t)((const struct memory_change_call *)of)->value, 0);
        return 0;
}
static int memory_change_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct memory_change_call *)of)->value = (int32_t)mori_wire_u32(from, 0, 0);
        return 0;
}

static int memory_name_put_results(const void *of, const struct mori_wire_writer *to)
{
        const struct memory_name_call *call = of;

        return mori_wire_new_text(mori_wire_writer_slot(to, 0), call->name.bytes, call->name.count);
}
static int memory_name_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct memory_name_call *)of)->name = mori_wire_read_text(first_pointer(from));
        return 0;
}

static int memory_self_put_results(const void *of, const struct mori_wire_writer *to)
{
        return mori_wire_put_reference(mori_wire_writer_slot(to, 0),
                                       ((const struct memory_self_call *)of)->memory.ref.word);
}
static int memory_self_get_results(void *of, const struct mori_wire_reader *from)
{
        ((struct memory_self_call *)of)->memory.ref.word =
                mori_wire_read_reference(first_pointer(from));
        return 0;
}

#define CALCULATOR_ID 0xc0000000000000c1ull
#define MEMORY_ID     0xc0000000000000c2ull

static const struct mori_method calculator_methods[] = {
        {"Calculator.add", CALCULATOR_ID, 0, MORI_METHOD_READONLY,
         sizeof(struct calculator_add_call), 1, 0, 1, 0, calculator_add_serve,
         calculator_add_put_params, calculator_add_get_params, calculator_add_put_results,
         calculator_add_get_results},
        {"Calculator.open", CALCULATOR_ID, 1, 0, sizeof(struct calculator_open_call), 0, 1, 0, 1,
         calculator_open_serve, calculator_open_put_params, calculator_open_get_params,
         calculator_open_put_results, calculator_open_get_results},
        {"Calculator.use", CALCULATOR_ID, 2, 0, sizeof(struct calculator_use_call), 1, 1, 1, 0,
         calculator_use_serve, calculator_use_put_params, calculator_use_get_params,
         calculator_use_put_results, calculator_use_get_results},
        {"Calculator.wait", CALCULATOR_ID, 3, 0, sizeof(struct calculator_wait_call), 1, 0, 0, 0,
         calculator_wait_serve, calculator_wait_put_params, calculator_wait_get_params, NULL, NULL},
};
static const struct mori_method memory_methods[] = {
        {"Memory.change", MEMORY_ID, 0, 0, sizeof(struct memory_change_call), 1, 0, 1, 0,
         memory_change_serve, memory_change_put_params, memory_change_get_params,
         memory_change_put_results, memory_change_get_results},
        {"Memory.name", MEMORY_ID, 1, MORI_METHOD_READONLY, sizeof(struct memory_name_call), 0, 0,
         0, 1, memory_name_serve, NULL, NULL, memory_name_put_results, memory_name_get_results},
        {"Memory.self", MEMORY_ID, 2, MORI_METHOD_READONLY, sizeof(struct memory_self_call), 0, 0,
         0, 1, memory_self_serve, NULL, NULL, memory_self_put_results, memory_self_get_results},
};
static const struct mori_interface_part calculator_parts[] = {
        {CALCULATOR_ID, 0, calculator_methods, ELEMENTS(calculator_methods)},
};
static const struct mori_interface calculator_interface = {"Calculator", 1, calculator_parts};
static const struct mori_interface_part memory_parts[] = {
        {MEMORY_ID, 0, memory_methods, ELEMENTS(memory_methods)},
};
static const struct mori_interface memory_interface = {"Memory", 1, memory_parts};

/* ---- Proxies */

static inline async int calculator_add(calculator c, int32_t x, int32_t y, int32_t *ret_sum)
{
        struct calculator_add_call call = {.x = x, .y = y};
        int error = await mori_object_call(c.ref, &calculator_methods[0], &call);

        *ret_sum = call.sum;
        return error;
}

static inline async int calculator_open(calculator c, const char *name, memory *ret_memory)
{
        struct calculator_open_call call = {.name = mori_wire_text_of(name)};
        int error = await mori_object_call(c.ref, &calculator_methods[1], &call);

        *ret_memory = call.memory;
        mori_call_free(&call.call);
        return error;
}

static inline async int calculator_use(calculator c, memory m, int32_t by, int32_t *ret_value)
{
        struct calculator_use_call call = {.memory = m, .by = by};
        int error = await mori_object_call(c.ref, &calculator_methods[2], &call);

        *ret_value = call.value;
        return error;
}

static inline async int calculator_wait(calculator c, int64_t ns)
{
        struct calculator_wait_call call = {.ns = ns};

        return await mori_object_call(c.ref, &calculator_methods[3], &call);
}

static inline async int memory_change(memory m, int32_t by, int32_t *ret_value)
{
        struct memory_change_call call = {.by = by};
        int error = await mori_object_call(m.ref, &memory_methods[0], &call);

        *ret_value = call.value;
        return error;
}

typedef struct {
        mori_sent sent;
} calculator_open_promise, memory_change_promise, calculator_add_promise, calculator_wait_promise;

static inline calculator_open_promise calculator_open_send(calculator c, const char *name)
{
        struct calculator_open_call call = {.name = mori_wire_text_of(name)};

        return (calculator_open_promise){mori_object_send(c.ref, &calculator_methods[1], &call)};
}

static inline memory calculator_open_memory(const calculator_open_promise *promise)
{
        static const uint16_t path[] = {0};

        return (memory){mori_sent_ref(promise->sent, path, 1)};
}

static inline async int calculator_open_join(calculator_open_promise *promise, memory *ret_memory)
{
        struct calculator_open_call call = {.memory = {MORI_NO_REF}};
        int error = await mori_sent_join(promise->sent, &call);

        *ret_memory = call.memory;
        mori_call_free(&call.call);
        return error;
}

static inline calculator_add_promise calculator_add_send(calculator c, int32_t x, int32_t y)
{
        struct calculator_add_call call = {.x = x, .y = y};

        return (calculator_add_promise){mori_object_send(c.ref, &calculator_methods[0], &call)};
}

static inline async int calculator_add_join(calculator_add_promise *promise, int32_t *ret_sum)
{
        struct calculator_add_call call = {.sum = 0};
        int error = await mori_sent_join(promise->sent, &call);

        *ret_sum = call.sum;
        return error;
}

static inline memory_change_promise memory_change_send(memory m, int32_t by)
{
        struct memory_change_call call = {.by = by};

        return (memory_change_promise){mori_object_send(m.ref, &memory_methods[0], &call)};
}

static inline async int memory_change_join(memory_change_promise *promise, int32_t *ret_value)
{
        struct memory_change_call call = {.value = 0};
        int error = await mori_sent_join(promise->sent, &call);

        *ret_value = call.value;
        return error;
}

static inline calculator_wait_promise calculator_wait_send(calculator c, int64_t ns)
{
        struct calculator_wait_call call = {.ns = ns};

        return (calculator_wait_promise){mori_object_send(c.ref, &calculator_methods[3], &call)};
}

static inline void calculator_add_drop(calculator_add_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* ---- Callbacks, as they are generated */

#define THEN(method, result, member, type)                                                         \
        typedef void method##_callback(void *context, int error, type result);                     \
        static inline void method##_answered(void (*callback)(void), void *context, int error,     \
                                             void *of)                                             \
        {                                                                                          \
                struct method##_call none = {.call = {NULL, NULL}},                                \
                                     *call = of != NULL ? of : &none;                              \
                                                                                                   \
                ((method##_callback *)callback)(context, error, call->member);                     \
        }                                                                                          \
        static inline int method##_then(method##_promise *promise, method##_callback *callback,    \
                                        void *context)                                             \
        {                                                                                          \
                return mori_sent_then(&promise->sent, method##_answered, (void (*)(void))callback, \
                                      context);                                                    \
        }

THEN(calculator_add, sum, sum, int32_t)
THEN(calculator_open, m, memory, memory)
THEN(memory_change, value, value, int32_t)
#undef THEN

typedef void calculator_wait_callback(void *context, int error);

static inline void calculator_wait_answered(void (*callback)(void), void *context, int error,
                                            void *of)
{
        (void)of;
        ((calculator_wait_callback *)callback)(context, error);
}

static inline int calculator_wait_then(calculator_wait_promise *promise,
                                       calculator_wait_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, calculator_wait_answered, (void (*)(void))callback,
                              context);
}
