/* Made by capnpc-mori of service.capnp: do not edit. */
#pragma once

#include <mori/object.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct service_named {
        mori_ref ref;
} service_named;

typedef struct service_closed {
        mori_ref ref;
} service_closed;

/* Keeps points. */
typedef struct service_store {
        mori_ref ref;
} service_store;

/* Takes what is written, in pieces. */
typedef struct service_sink {
        mori_ref ref;
} service_sink;

typedef struct service_both {
        mori_ref ref;
} service_both;

struct service_box {
        struct mori_wire_reader reader;
};
struct service_box_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(service_box_list)

#ifdef __cplusplus
}
#endif

#include "other.mori.h"

#ifdef __cplusplus
extern "C" {
#endif

struct service_named_name_call {
        struct mori_call_head call;
        struct mori_wire_text name;
};
typedef struct service_named_name_promise {
        mori_sent sent;
} service_named_name_promise;
/* What the call has answered, until service_named_name_results_free(); references are to be dropped. */
struct service_named_name_results {
        struct mori_call_head call;
        struct mori_wire_text name;
};

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_named_server {
        MORI_ASYNC int (*name)(void *self, struct service_named_name_call *call);
};

extern const struct mori_method service_named_methods[];
extern const struct mori_interface service_named_interface;

static inline int service_named_new(const struct service_named_server *server, void *self, void (*gone)(void *self),
        service_named *ret_ref)
{
        return mori_object_new(&service_named_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_named_copy(service_named from, service_named *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_named_drop(service_named from)
{
        mori_ref_drop(from.ref);
}

/* What it is called. */
static inline MORI_ASYNC int service_named_name(service_named to, struct service_named_name_results *ret_results)
{
        struct service_named_name_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_named_methods[0], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->name = call.name;
        return error;
}

static inline service_named_name_promise service_named_name_send(service_named to)
{
        struct service_named_name_call call;
        service_named_name_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_named_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_named_name_join(service_named_name_promise *promise, struct service_named_name_results *ret_results)
{
        struct service_named_name_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->name = call.name;
        return error;
}

static inline void service_named_name_drop(service_named_name_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_named_name_join() answers; `results` is NULL then, else freed after it. */
typedef void service_named_name_callback(void *context, int error, struct service_named_name_results *results);

static inline void service_named_name_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_named_name_call *call = (struct service_named_name_call *)of;
        struct service_named_name_results results;

        if (call == NULL) {
                ((service_named_name_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.name = call->name;
        ((service_named_name_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_named_name_then(service_named_name_promise *promise, service_named_name_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_named_name_answered, (void (*)(void))callback,
                              context);
}

static inline void service_named_name_results_free(struct service_named_name_results *results)
{
        mori_call_free(&results->call);
}

struct service_closed_close_call {
        struct mori_call_head call;
};
typedef struct service_closed_close_promise {
        mori_sent sent;
} service_closed_close_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_closed_server {
        MORI_ASYNC int (*close)(void *self, struct service_closed_close_call *call);
};

extern const struct mori_method service_closed_methods[];
extern const struct mori_interface service_closed_interface;

static inline int service_closed_new(const struct service_closed_server *server, void *self, void (*gone)(void *self),
        service_closed *ret_ref)
{
        return mori_object_new(&service_closed_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_closed_copy(service_closed from, service_closed *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_closed_drop(service_closed from)
{
        mori_ref_drop(from.ref);
}

static inline MORI_ASYNC int service_closed_close(service_closed to)
{
        struct service_closed_close_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_closed_methods[0], &call);
        return error;
}

static inline service_closed_close_promise service_closed_close_send(service_closed to)
{
        struct service_closed_close_call call;
        service_closed_close_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_closed_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_closed_close_join(service_closed_close_promise *promise)
{
        struct service_closed_close_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_closed_close_drop(service_closed_close_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_closed_close_join() answers. */
typedef void service_closed_close_callback(void *context, int error);

static inline void service_closed_close_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_closed_close_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_closed_close_then(service_closed_close_promise *promise, service_closed_close_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_closed_close_answered, (void (*)(void))callback,
                              context);
}

struct service_store_put_call {
        struct mori_call_head call;
        struct other_point point;
        enum other_unit unit;
        uint32_t count;
};
typedef struct service_store_put_promise {
        mori_sent sent;
} service_store_put_promise;

struct service_store_all_call {
        struct mori_call_head call;
        struct other_point_list points;
        uint32_t count;
};
typedef struct service_store_all_promise {
        mori_sent sent;
} service_store_all_promise;
/* What the call has answered, until service_store_all_results_free(); references are to be dropped. */
struct service_store_all_results {
        struct mori_call_head call;
        struct other_point_list points;
        uint32_t count;
};

struct service_store_find_call {
        struct mori_call_head call;
        double x;
        bool strict;
        double ret_x;
        bool found;
};
typedef struct service_store_find_promise {
        mori_sent sent;
} service_store_find_promise;

struct service_store_open_call {
        struct mori_call_head call;
        uint8_t call_;
        struct mori_wire_text default_;
        struct service_store store;
};
typedef struct service_store_open_promise {
        mori_sent sent;
} service_store_open_promise;

struct service_store_blob_call {
        struct mori_call_head call;
        struct mori_wire_data data;
        struct mori_wire_pointer any;
        struct mori_wire_int16_list numbers;
        struct mori_wire_data ret_data;
};
typedef struct service_store_blob_promise {
        mori_sent sent;
} service_store_blob_promise;
/* What the call has answered, until service_store_blob_results_free(); references are to be dropped. */
struct service_store_blob_results {
        struct mori_call_head call;
        struct mori_wire_data ret_data;
};

struct service_store_take_call {
        struct mori_call_head call;
        struct service_box box;
        struct service_store store;
};
typedef struct service_store_take_promise {
        mori_sent sent;
} service_store_take_promise;

struct service_store_one_call {
        struct mori_call_head call;
        struct service_store store;
        mori_ref cap;
        struct mori_wire_text label;
        struct service_store ret_store;
        mori_ref ret_cap;
        struct mori_wire_text ret_label;
};
typedef struct service_store_one_promise {
        mori_sent sent;
} service_store_one_promise;
/* What the call has answered, until service_store_one_results_free(); references are to be dropped. */
struct service_store_one_results {
        struct mori_call_head call;
        struct service_store ret_store;
        mori_ref ret_cap;
        struct mori_wire_text ret_label;
};

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_store_server {
        struct service_named_server service_named;
        struct service_closed_server service_closed;
        MORI_ASYNC int (*put)(void *self, struct service_store_put_call *call);
        MORI_ASYNC int (*all)(void *self, struct service_store_all_call *call);
        MORI_ASYNC int (*find)(void *self, struct service_store_find_call *call);
        MORI_ASYNC int (*open)(void *self, struct service_store_open_call *call);
        MORI_ASYNC int (*blob)(void *self, struct service_store_blob_call *call);
        MORI_ASYNC int (*take)(void *self, struct service_store_take_call *call);
        MORI_ASYNC int (*one)(void *self, struct service_store_one_call *call);
};

extern const struct mori_method service_store_methods[];
extern const struct mori_interface service_store_interface;

static inline int service_store_new(const struct service_store_server *server, void *self, void (*gone)(void *self),
        service_store *ret_ref)
{
        return mori_object_new(&service_store_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_store_copy(service_store from, service_store *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_store_drop(service_store from)
{
        mori_ref_drop(from.ref);
}

/* The same reference, as what service_store extends. */
static inline service_named service_store_as_service_named(service_store from)
{
        service_named as;

        as.ref = from.ref;
        return as;
}

/* The same reference, as what service_store extends. */
static inline service_closed service_store_as_service_closed(service_store from)
{
        service_closed as;

        as.ref = from.ref;
        return as;
}

static inline MORI_ASYNC int service_store_put(service_store to, struct other_point point, enum other_unit unit, uint32_t *ret_count)
{
        struct service_store_put_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.point = point;
        call.unit = unit;
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[0], &call);
        if (error >= 0) {
                *ret_count = call.count;
        }
        return error;
}

static inline service_store_put_promise service_store_put_send(service_store to, struct other_point point, enum other_unit unit)
{
        struct service_store_put_call call;
        service_store_put_promise promise;

        memset(&call, 0, sizeof call);
        call.point = point;
        call.unit = unit;
        promise.sent = mori_object_send(to.ref, &service_store_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_put_join(service_store_put_promise *promise, uint32_t *ret_count)
{
        struct service_store_put_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_count = call.count;
        }
        return error;
}

static inline void service_store_put_drop(service_store_put_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_put_join() answers; the results are 0 then. */
typedef void service_store_put_callback(void *context, int error, uint32_t count);

static inline void service_store_put_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_put_call *call = (struct service_store_put_call *)of;
        struct service_store_put_call none;

        if (call == NULL)
                call = (struct service_store_put_call *)memset(&none, 0, sizeof none);
        ((service_store_put_callback *)callback)(context, error, call->count);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_put_then(service_store_put_promise *promise, service_store_put_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_put_answered, (void (*)(void))callback,
                              context);
}

static inline MORI_ASYNC int service_store_all(service_store to, struct service_store_all_results *ret_results)
{
        struct service_store_all_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[1], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->points = call.points;
        ret_results->count = call.count;
        return error;
}

static inline service_store_all_promise service_store_all_send(service_store to)
{
        struct service_store_all_call call;
        service_store_all_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_store_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_all_join(service_store_all_promise *promise, struct service_store_all_results *ret_results)
{
        struct service_store_all_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->points = call.points;
        ret_results->count = call.count;
        return error;
}

static inline void service_store_all_drop(service_store_all_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_all_join() answers; `results` is NULL then, else freed after it. */
typedef void service_store_all_callback(void *context, int error, struct service_store_all_results *results);

static inline void service_store_all_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_all_call *call = (struct service_store_all_call *)of;
        struct service_store_all_results results;

        if (call == NULL) {
                ((service_store_all_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.points = call->points;
        results.count = call->count;
        ((service_store_all_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_all_then(service_store_all_promise *promise, service_store_all_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_all_answered, (void (*)(void))callback,
                              context);
}

static inline void service_store_all_results_free(struct service_store_all_results *results)
{
        mori_call_free(&results->call);
}

static inline MORI_ASYNC int service_store_find(service_store to, double x, bool strict, double *ret_x, bool *ret_found)
{
        struct service_store_find_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.x = x;
        call.strict = strict;
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[2], &call);
        if (error >= 0) {
                *ret_x = call.ret_x;
                *ret_found = call.found;
        }
        return error;
}

static inline service_store_find_promise service_store_find_send(service_store to, double x, bool strict)
{
        struct service_store_find_call call;
        service_store_find_promise promise;

        memset(&call, 0, sizeof call);
        call.x = x;
        call.strict = strict;
        promise.sent = mori_object_send(to.ref, &service_store_methods[2], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_find_join(service_store_find_promise *promise, double *ret_x, bool *ret_found)
{
        struct service_store_find_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_x = call.ret_x;
                *ret_found = call.found;
        }
        return error;
}

static inline void service_store_find_drop(service_store_find_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_find_join() answers; the results are 0 then. */
typedef void service_store_find_callback(void *context, int error, double x, bool found);

static inline void service_store_find_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_find_call *call = (struct service_store_find_call *)of;
        struct service_store_find_call none;

        if (call == NULL)
                call = (struct service_store_find_call *)memset(&none, 0, sizeof none);
        ((service_store_find_callback *)callback)(context, error, call->ret_x, call->found);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_find_then(service_store_find_promise *promise, service_store_find_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_find_answered, (void (*)(void))callback,
                              context);
}

static inline MORI_ASYNC int service_store_open(service_store to, uint8_t call_, const char *default_, struct service_store *ret_store)
{
        struct service_store_open_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.call_ = call_;
        call.default_ = mori_wire_text_of(default_);
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[3], &call);
        if (error >= 0) {
                *ret_store = call.store;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_store_open_promise service_store_open_send(service_store to, uint8_t call_, const char *default_)
{
        struct service_store_open_call call;
        service_store_open_promise promise;

        memset(&call, 0, sizeof call);
        call.call_ = call_;
        call.default_ = mori_wire_text_of(default_);
        promise.sent = mori_object_send(to.ref, &service_store_methods[3], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_open_join(service_store_open_promise *promise, struct service_store *ret_store)
{
        struct service_store_open_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_store = call.store;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_store_open_drop(service_store_open_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_open_join() answers; the results are 0 then. */
typedef void service_store_open_callback(void *context, int error, struct service_store store);

static inline void service_store_open_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_open_call *call = (struct service_store_open_call *)of;
        struct service_store_open_call none;

        if (call == NULL)
                call = (struct service_store_open_call *)memset(&none, 0, sizeof none);
        ((service_store_open_callback *)callback)(context, error, call->store);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_open_then(service_store_open_promise *promise, service_store_open_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_open_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_store service_store_open_store(const service_store_open_promise *promise)
{
        const uint16_t path = 0;
        struct service_store ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

static inline MORI_ASYNC int service_store_blob(service_store to, struct mori_wire_data data, struct mori_wire_pointer any, struct mori_wire_int16_list numbers, struct service_store_blob_results *ret_results)
{
        struct service_store_blob_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.data = data;
        call.any = any;
        call.numbers = numbers;
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[4], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->ret_data = call.ret_data;
        return error;
}

static inline service_store_blob_promise service_store_blob_send(service_store to, struct mori_wire_data data, struct mori_wire_pointer any, struct mori_wire_int16_list numbers)
{
        struct service_store_blob_call call;
        service_store_blob_promise promise;

        memset(&call, 0, sizeof call);
        call.data = data;
        call.any = any;
        call.numbers = numbers;
        promise.sent = mori_object_send(to.ref, &service_store_methods[4], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_blob_join(service_store_blob_promise *promise, struct service_store_blob_results *ret_results)
{
        struct service_store_blob_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->ret_data = call.ret_data;
        return error;
}

static inline void service_store_blob_drop(service_store_blob_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_blob_join() answers; `results` is NULL then, else freed after it. */
typedef void service_store_blob_callback(void *context, int error, struct service_store_blob_results *results);

static inline void service_store_blob_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_blob_call *call = (struct service_store_blob_call *)of;
        struct service_store_blob_results results;

        if (call == NULL) {
                ((service_store_blob_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.ret_data = call->ret_data;
        ((service_store_blob_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_blob_then(service_store_blob_promise *promise, service_store_blob_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_blob_answered, (void (*)(void))callback,
                              context);
}

static inline void service_store_blob_results_free(struct service_store_blob_results *results)
{
        mori_call_free(&results->call);
}

static inline MORI_ASYNC int service_store_take(service_store to, struct service_box box, struct service_store *ret_store)
{
        struct service_store_take_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.box = box;
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[5], &call);
        if (error >= 0) {
                *ret_store = call.store;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_store_take_promise service_store_take_send(service_store to, struct service_box box)
{
        struct service_store_take_call call;
        service_store_take_promise promise;

        memset(&call, 0, sizeof call);
        call.box = box;
        promise.sent = mori_object_send(to.ref, &service_store_methods[5], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_take_join(service_store_take_promise *promise, struct service_store *ret_store)
{
        struct service_store_take_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_store = call.store;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_store_take_drop(service_store_take_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_take_join() answers; the results are 0 then. */
typedef void service_store_take_callback(void *context, int error, struct service_store store);

static inline void service_store_take_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_take_call *call = (struct service_store_take_call *)of;
        struct service_store_take_call none;

        if (call == NULL)
                call = (struct service_store_take_call *)memset(&none, 0, sizeof none);
        ((service_store_take_callback *)callback)(context, error, call->store);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_take_then(service_store_take_promise *promise, service_store_take_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_take_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_store service_store_take_store(const service_store_take_promise *promise)
{
        const uint16_t path = 0;
        struct service_store ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

static inline MORI_ASYNC int service_store_one(service_store to, struct service_store store, mori_ref cap, const char *label, struct service_store_one_results *ret_results)
{
        struct service_store_one_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.store = store;
        call.cap = cap;
        call.label = mori_wire_text_of(label);
        error = MORI_AWAIT mori_object_call(to.ref, &service_store_methods[6], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->ret_store = call.ret_store;
        ret_results->ret_cap = call.ret_cap;
        ret_results->ret_label = call.ret_label;
        return error;
}

static inline service_store_one_promise service_store_one_send(service_store to, struct service_store store, mori_ref cap, const char *label)
{
        struct service_store_one_call call;
        service_store_one_promise promise;

        memset(&call, 0, sizeof call);
        call.store = store;
        call.cap = cap;
        call.label = mori_wire_text_of(label);
        promise.sent = mori_object_send(to.ref, &service_store_methods[6], &call);
        return promise;
}

static inline MORI_ASYNC int service_store_one_join(service_store_one_promise *promise, struct service_store_one_results *ret_results)
{
        struct service_store_one_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->ret_store = call.ret_store;
        ret_results->ret_cap = call.ret_cap;
        ret_results->ret_label = call.ret_label;
        return error;
}

static inline void service_store_one_drop(service_store_one_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_store_one_join() answers; `results` is NULL then, else freed after it. */
typedef void service_store_one_callback(void *context, int error, struct service_store_one_results *results);

static inline void service_store_one_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_store_one_call *call = (struct service_store_one_call *)of;
        struct service_store_one_results results;

        if (call == NULL) {
                ((service_store_one_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.ret_store = call->ret_store;
        results.ret_cap = call->ret_cap;
        results.ret_label = call->ret_label;
        ((service_store_one_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_store_one_then(service_store_one_promise *promise, service_store_one_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_store_one_answered, (void (*)(void))callback,
                              context);
}

static inline void service_store_one_results_free(struct service_store_one_results *results)
{
        mori_call_free(&results->call);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_store service_store_one_ret_store(const service_store_one_promise *promise)
{
        const uint16_t path = 0;
        struct service_store ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

/* The reference that is still to come; it belongs to the promise. */
static inline mori_ref service_store_one_ret_cap(const service_store_one_promise *promise)
{
        const uint16_t path = 1;
        mori_ref ref;

        ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

struct service_sink_write_call {
        struct mori_call_head call;
        struct mori_wire_data data;
};
typedef struct service_sink_write_promise {
        mori_sent sent;
} service_sink_write_promise;

struct service_sink_skip_call {
        struct mori_call_head call;
        uint32_t count;
};
typedef struct service_sink_skip_promise {
        mori_sent sent;
} service_sink_skip_promise;

struct service_sink_done_call {
        struct mori_call_head call;
        uint64_t count;
};
typedef struct service_sink_done_promise {
        mori_sent sent;
} service_sink_done_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_sink_server {
        MORI_ASYNC int (*write)(void *self, struct service_sink_write_call *call);
        MORI_ASYNC int (*skip)(void *self, struct service_sink_skip_call *call);
        MORI_ASYNC int (*done)(void *self, struct service_sink_done_call *call);
};

extern const struct mori_method service_sink_methods[];
extern const struct mori_interface service_sink_interface;

static inline int service_sink_new(const struct service_sink_server *server, void *self, void (*gone)(void *self),
        service_sink *ret_ref)
{
        return mori_object_new(&service_sink_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_sink_copy(service_sink from, service_sink *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_sink_drop(service_sink from)
{
        mori_ref_drop(from.ref);
}

/* A piece of it. */
static inline MORI_ASYNC int service_sink_write(service_sink to, struct mori_wire_data data)
{
        struct service_sink_write_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.data = data;
        error = MORI_AWAIT mori_object_stream(to.ref, &service_sink_methods[0], &call);
        return error;
}

static inline service_sink_write_promise service_sink_write_send(service_sink to, struct mori_wire_data data)
{
        struct service_sink_write_call call;
        service_sink_write_promise promise;

        memset(&call, 0, sizeof call);
        call.data = data;
        promise.sent = mori_object_send(to.ref, &service_sink_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_sink_write_join(service_sink_write_promise *promise)
{
        struct service_sink_write_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_sink_write_drop(service_sink_write_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_sink_write_join() answers. */
typedef void service_sink_write_callback(void *context, int error);

static inline void service_sink_write_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_sink_write_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_sink_write_then(service_sink_write_promise *promise, service_sink_write_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_sink_write_answered, (void (*)(void))callback,
                              context);
}

static inline MORI_ASYNC int service_sink_skip(service_sink to, uint32_t count)
{
        struct service_sink_skip_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.count = count;
        error = MORI_AWAIT mori_object_stream(to.ref, &service_sink_methods[1], &call);
        return error;
}

static inline service_sink_skip_promise service_sink_skip_send(service_sink to, uint32_t count)
{
        struct service_sink_skip_call call;
        service_sink_skip_promise promise;

        memset(&call, 0, sizeof call);
        call.count = count;
        promise.sent = mori_object_send(to.ref, &service_sink_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_sink_skip_join(service_sink_skip_promise *promise)
{
        struct service_sink_skip_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_sink_skip_drop(service_sink_skip_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_sink_skip_join() answers. */
typedef void service_sink_skip_callback(void *context, int error);

static inline void service_sink_skip_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_sink_skip_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_sink_skip_then(service_sink_skip_promise *promise, service_sink_skip_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_sink_skip_answered, (void (*)(void))callback,
                              context);
}

/* All of it has come. */
static inline MORI_ASYNC int service_sink_done(service_sink to, uint64_t *ret_count)
{
        struct service_sink_done_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_sink_methods[2], &call);
        if (error >= 0) {
                *ret_count = call.count;
        }
        return error;
}

static inline service_sink_done_promise service_sink_done_send(service_sink to)
{
        struct service_sink_done_call call;
        service_sink_done_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_sink_methods[2], &call);
        return promise;
}

static inline MORI_ASYNC int service_sink_done_join(service_sink_done_promise *promise, uint64_t *ret_count)
{
        struct service_sink_done_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_count = call.count;
        }
        return error;
}

static inline void service_sink_done_drop(service_sink_done_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_sink_done_join() answers; the results are 0 then. */
typedef void service_sink_done_callback(void *context, int error, uint64_t count);

static inline void service_sink_done_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_sink_done_call *call = (struct service_sink_done_call *)of;
        struct service_sink_done_call none;

        if (call == NULL)
                call = (struct service_sink_done_call *)memset(&none, 0, sizeof none);
        ((service_sink_done_callback *)callback)(context, error, call->count);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_sink_done_then(service_sink_done_promise *promise, service_sink_done_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_sink_done_answered, (void (*)(void))callback,
                              context);
}

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_both_server {
        struct service_store_server service_store;
        struct service_named_server service_named;
};

extern const struct mori_method service_both_methods[];
extern const struct mori_interface service_both_interface;

static inline int service_both_new(const struct service_both_server *server, void *self, void (*gone)(void *self),
        service_both *ret_ref)
{
        return mori_object_new(&service_both_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_both_copy(service_both from, service_both *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_both_drop(service_both from)
{
        mori_ref_drop(from.ref);
}

/* The same reference, as what service_both extends. */
static inline service_store service_both_as_service_store(service_both from)
{
        service_store as;

        as.ref = from.ref;
        return as;
}

/* The same reference, as what service_both extends. */
static inline service_named service_both_as_service_named(service_both from)
{
        service_named as;

        as.ref = from.ref;
        return as;
}

static inline struct service_box service_box_read(struct mori_wire_pointer pointer)
{
        struct service_box value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int service_box_init(struct mori_wire_slot slot, struct service_box_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 3, &ret_value->writer);
}

static inline struct service_box service_box_list_at(struct service_box_list list, uint32_t index)
{
        struct service_box value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct service_box_builder service_box_list_builder_at(struct service_box_list_builder list, uint32_t index)
{
        struct service_box_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct service_box_list service_box_list_read(struct mori_wire_pointer pointer)
{
        struct service_box_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int service_box_list_init(struct mori_wire_slot slot, uint32_t count, struct service_box_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 3, &ret_value->elements);
}

static inline struct service_store service_box_store(struct service_box from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct service_store value;

        value.ref.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool service_box_has_store(struct service_box from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int service_box_set_store(struct service_box_builder to, struct service_store value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 0), value.ref.word);
}

static inline mori_ref service_box_cap(struct service_box from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        mori_ref value;

        value.word = mori_wire_read_reference(pointer);
        return value;
}

static inline bool service_box_has_cap(struct service_box from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int service_box_set_cap(struct service_box_builder to, mori_ref value)
{
        return mori_wire_put_reference(mori_wire_writer_slot(&to.writer, 1), value.word);
}

static inline struct mori_wire_text service_box_label(struct service_box from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);

        return mori_wire_read_text(pointer);
}

static inline bool service_box_has_label(struct service_box from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int service_box_set_label(struct service_box_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 2), value.bytes, value.count);
}

static inline int service_box_init_label(struct service_box_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 2), count, ret_bytes);
}

#ifdef __cplusplus
}
#endif
