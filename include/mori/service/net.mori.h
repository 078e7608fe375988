/* Made by capnpc-mori of mori/service/net.capnp: do not edit. */
#pragma once

#include <mori/object.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where connections come in. Who has it can accept what comes, and cannot connect to anywhere. */
typedef struct service_listener {
        mori_ref ref;
} service_listener;

/* A stream of bytes, both ways. It is closed when nobody has a reference any more. */
typedef struct service_connection {
        mori_ref ref;
} service_connection;

struct service_listener_accept_call {
        struct mori_call_head call;
        struct service_connection connection;
};
typedef struct service_listener_accept_promise {
        mori_sent sent;
} service_listener_accept_promise;

struct service_listener_address_call {
        struct mori_call_head call;
        struct mori_wire_text address;
};
typedef struct service_listener_address_promise {
        mori_sent sent;
} service_listener_address_promise;
/* What the call has answered, until service_listener_address_results_free(); references are to be dropped. */
struct service_listener_address_results {
        struct mori_call_head call;
        struct mori_wire_text address;
};

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_listener_server {
        MORI_ASYNC int (*accept)(void *self, struct service_listener_accept_call *call);
        MORI_ASYNC int (*address)(void *self, struct service_listener_address_call *call);
};

extern const struct mori_method service_listener_methods[];
extern const struct mori_interface service_listener_interface;

static inline int service_listener_new(const struct service_listener_server *server, void *self, void (*gone)(void *self),
        service_listener *ret_ref)
{
        return mori_object_new(&service_listener_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_listener_copy(service_listener from, service_listener *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_listener_drop(service_listener from)
{
        mori_ref_drop(from.ref);
}

/*
 * The next one. Any number may wait; each gets one, in their order. Where descriptors run out it waits for some to come
 * back. A connection that comes when nobody wants it any more is closed.
 */
static inline MORI_ASYNC int service_listener_accept(service_listener to, struct service_connection *ret_connection)
{
        struct service_listener_accept_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_listener_methods[0], &call);
        if (error >= 0) {
                *ret_connection = call.connection;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_listener_accept_promise service_listener_accept_send(service_listener to)
{
        struct service_listener_accept_call call;
        service_listener_accept_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_listener_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_listener_accept_join(service_listener_accept_promise *promise, struct service_connection *ret_connection)
{
        struct service_listener_accept_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_connection = call.connection;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_listener_accept_drop(service_listener_accept_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_listener_accept_join() answers; the results are 0 then. */
typedef void service_listener_accept_callback(void *context, int error, struct service_connection connection);

static inline void service_listener_accept_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_listener_accept_call *call = (struct service_listener_accept_call *)of;
        struct service_listener_accept_call none;

        if (call == NULL)
                call = (struct service_listener_accept_call *)memset(&none, 0, sizeof none);
        ((service_listener_accept_callback *)callback)(context, error, call->connection);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_listener_accept_then(service_listener_accept_promise *promise, service_listener_accept_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_listener_accept_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_connection service_listener_accept_connection(const service_listener_accept_promise *promise)
{
        const uint16_t path = 0;
        struct service_connection ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

/* Where it listens, as mori/socket.h has addresses. */
static inline MORI_ASYNC int service_listener_address(service_listener to, struct service_listener_address_results *ret_results)
{
        struct service_listener_address_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_listener_methods[1], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->address = call.address;
        return error;
}

static inline service_listener_address_promise service_listener_address_send(service_listener to)
{
        struct service_listener_address_call call;
        service_listener_address_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_listener_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_listener_address_join(service_listener_address_promise *promise, struct service_listener_address_results *ret_results)
{
        struct service_listener_address_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->address = call.address;
        return error;
}

static inline void service_listener_address_drop(service_listener_address_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_listener_address_join() answers; `results` is NULL then, else freed after it. */
typedef void service_listener_address_callback(void *context, int error, struct service_listener_address_results *results);

static inline void service_listener_address_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_listener_address_call *call = (struct service_listener_address_call *)of;
        struct service_listener_address_results results;

        if (call == NULL) {
                ((service_listener_address_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.address = call->address;
        ((service_listener_address_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_listener_address_then(service_listener_address_promise *promise, service_listener_address_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_listener_address_answered, (void (*)(void))callback,
                              context);
}

static inline void service_listener_address_results_free(struct service_listener_address_results *results)
{
        mori_call_free(&results->call);
}

struct service_connection_read_call {
        struct mori_call_head call;
        uint32_t bytes;
        struct mori_wire_data data;
};
typedef struct service_connection_read_promise {
        mori_sent sent;
} service_connection_read_promise;
/* What the call has answered, until service_connection_read_results_free(); references are to be dropped. */
struct service_connection_read_results {
        struct mori_call_head call;
        struct mori_wire_data data;
};

struct service_connection_write_call {
        struct mori_call_head call;
        struct mori_wire_data data;
};
typedef struct service_connection_write_promise {
        mori_sent sent;
} service_connection_write_promise;

struct service_connection_end_call {
        struct mori_call_head call;
};
typedef struct service_connection_end_promise {
        mori_sent sent;
} service_connection_end_promise;

struct service_connection_peer_call {
        struct mori_call_head call;
        struct mori_wire_text address;
};
typedef struct service_connection_peer_promise {
        mori_sent sent;
} service_connection_peer_promise;
/* What the call has answered, until service_connection_peer_results_free(); references are to be dropped. */
struct service_connection_peer_results {
        struct mori_call_head call;
        struct mori_wire_text address;
};

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_connection_server {
        MORI_ASYNC int (*read)(void *self, struct service_connection_read_call *call);
        MORI_ASYNC int (*write)(void *self, struct service_connection_write_call *call);
        MORI_ASYNC int (*end)(void *self, struct service_connection_end_call *call);
        MORI_ASYNC int (*peer)(void *self, struct service_connection_peer_call *call);
};

extern const struct mori_method service_connection_methods[];
extern const struct mori_interface service_connection_interface;

static inline int service_connection_new(const struct service_connection_server *server, void *self, void (*gone)(void *self),
        service_connection *ret_ref)
{
        return mori_object_new(&service_connection_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_connection_copy(service_connection from, service_connection *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_connection_drop(service_connection from)
{
        mori_ref_drop(from.ref);
}

/* The next that come, 65536 at most; none: the other side has ended. One after the other, in their order. */
static inline MORI_ASYNC int service_connection_read(service_connection to, uint32_t bytes, struct service_connection_read_results *ret_results)
{
        struct service_connection_read_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.bytes = bytes;
        error = MORI_AWAIT mori_object_call(to.ref, &service_connection_methods[0], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->data = call.data;
        return error;
}

static inline service_connection_read_promise service_connection_read_send(service_connection to, uint32_t bytes)
{
        struct service_connection_read_call call;
        service_connection_read_promise promise;

        memset(&call, 0, sizeof call);
        call.bytes = bytes;
        promise.sent = mori_object_send(to.ref, &service_connection_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_connection_read_join(service_connection_read_promise *promise, struct service_connection_read_results *ret_results)
{
        struct service_connection_read_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->data = call.data;
        return error;
}

static inline void service_connection_read_drop(service_connection_read_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_connection_read_join() answers; `results` is NULL then, else freed after it. */
typedef void service_connection_read_callback(void *context, int error, struct service_connection_read_results *results);

static inline void service_connection_read_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_connection_read_call *call = (struct service_connection_read_call *)of;
        struct service_connection_read_results results;

        if (call == NULL) {
                ((service_connection_read_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.data = call->data;
        ((service_connection_read_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_connection_read_then(service_connection_read_promise *promise, service_connection_read_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_connection_read_answered, (void (*)(void))callback,
                              context);
}

static inline void service_connection_read_results_free(struct service_connection_read_results *results)
{
        mori_call_free(&results->call);
}

/*
 * Answers when all of it is taken by the kernel. One after the other, in their order, and beside reads. One that is
 * cancelled, or fails, when a part is taken has torn the stream: every write behind it, and `end`, answers -EPIPE.
 */
static inline MORI_ASYNC int service_connection_write(service_connection to, struct mori_wire_data data)
{
        struct service_connection_write_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.data = data;
        error = MORI_AWAIT mori_object_call(to.ref, &service_connection_methods[1], &call);
        return error;
}

static inline service_connection_write_promise service_connection_write_send(service_connection to, struct mori_wire_data data)
{
        struct service_connection_write_call call;
        service_connection_write_promise promise;

        memset(&call, 0, sizeof call);
        call.data = data;
        promise.sent = mori_object_send(to.ref, &service_connection_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_connection_write_join(service_connection_write_promise *promise)
{
        struct service_connection_write_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_connection_write_drop(service_connection_write_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_connection_write_join() answers. */
typedef void service_connection_write_callback(void *context, int error);

static inline void service_connection_write_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_connection_write_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_connection_write_then(service_connection_write_promise *promise, service_connection_write_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_connection_write_answered, (void (*)(void))callback,
                              context);
}

/* Nothing more will be written: the other side reads that, after all that was written. Reading goes on. */
static inline MORI_ASYNC int service_connection_end(service_connection to)
{
        struct service_connection_end_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_connection_methods[2], &call);
        return error;
}

static inline service_connection_end_promise service_connection_end_send(service_connection to)
{
        struct service_connection_end_call call;
        service_connection_end_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_connection_methods[2], &call);
        return promise;
}

static inline MORI_ASYNC int service_connection_end_join(service_connection_end_promise *promise)
{
        struct service_connection_end_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_connection_end_drop(service_connection_end_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_connection_end_join() answers. */
typedef void service_connection_end_callback(void *context, int error);

static inline void service_connection_end_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_connection_end_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_connection_end_then(service_connection_end_promise *promise, service_connection_end_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_connection_end_answered, (void (*)(void))callback,
                              context);
}

static inline MORI_ASYNC int service_connection_peer(service_connection to, struct service_connection_peer_results *ret_results)
{
        struct service_connection_peer_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_connection_methods[3], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->address = call.address;
        return error;
}

static inline service_connection_peer_promise service_connection_peer_send(service_connection to)
{
        struct service_connection_peer_call call;
        service_connection_peer_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_connection_methods[3], &call);
        return promise;
}

static inline MORI_ASYNC int service_connection_peer_join(service_connection_peer_promise *promise, struct service_connection_peer_results *ret_results)
{
        struct service_connection_peer_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->address = call.address;
        return error;
}

static inline void service_connection_peer_drop(service_connection_peer_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_connection_peer_join() answers; `results` is NULL then, else freed after it. */
typedef void service_connection_peer_callback(void *context, int error, struct service_connection_peer_results *results);

static inline void service_connection_peer_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_connection_peer_call *call = (struct service_connection_peer_call *)of;
        struct service_connection_peer_results results;

        if (call == NULL) {
                ((service_connection_peer_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.address = call->address;
        ((service_connection_peer_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_connection_peer_then(service_connection_peer_promise *promise, service_connection_peer_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_connection_peer_answered, (void (*)(void))callback,
                              context);
}

static inline void service_connection_peer_results_free(struct service_connection_peer_results *results)
{
        mori_call_free(&results->call);
}

#ifdef __cplusplus
}
#endif
