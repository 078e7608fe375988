/* Made by capnpc-mori of mori/service/random.capnp: do not edit. */
#pragma once

#include <mori/object.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Random numbers: the kernel's, good for keys. In a simulation they follow from its seed, and are good for nothing else. */
typedef struct service_random {
        mori_ref ref;
} service_random;

struct service_random_bytes_call {
        struct mori_call_head call;
        uint32_t count;
        struct mori_wire_data bytes;
};
typedef struct service_random_bytes_promise {
        mori_sent sent;
} service_random_bytes_promise;
/* What the call has answered, until service_random_bytes_results_free(); references are to be dropped. */
struct service_random_bytes_results {
        struct mori_call_head call;
        struct mori_wire_data bytes;
};

struct service_random_below_call {
        struct mori_call_head call;
        uint64_t bound;
        uint64_t number;
};
typedef struct service_random_below_promise {
        mori_sent sent;
} service_random_below_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_random_server {
        MORI_ASYNC int (*bytes)(void *self, struct service_random_bytes_call *call);
        MORI_ASYNC int (*below)(void *self, struct service_random_below_call *call);
};

extern const struct mori_method service_random_methods[];
extern const struct mori_interface service_random_interface;

static inline int service_random_new(const struct service_random_server *server, void *self, void (*gone)(void *self),
        service_random *ret_ref)
{
        return mori_object_new(&service_random_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_random_copy(service_random from, service_random *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_random_drop(service_random from)
{
        mori_ref_drop(from.ref);
}

/* So many, 65536 at most (-EMSGSIZE). */
static inline MORI_ASYNC int service_random_bytes(service_random to, uint32_t count, struct service_random_bytes_results *ret_results)
{
        struct service_random_bytes_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.count = count;
        error = MORI_AWAIT mori_object_call(to.ref, &service_random_methods[0], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->bytes = call.bytes;
        return error;
}

static inline service_random_bytes_promise service_random_bytes_send(service_random to, uint32_t count)
{
        struct service_random_bytes_call call;
        service_random_bytes_promise promise;

        memset(&call, 0, sizeof call);
        call.count = count;
        promise.sent = mori_object_send(to.ref, &service_random_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_random_bytes_join(service_random_bytes_promise *promise, struct service_random_bytes_results *ret_results)
{
        struct service_random_bytes_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->bytes = call.bytes;
        return error;
}

static inline void service_random_bytes_drop(service_random_bytes_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_random_bytes_join() answers; `results` is NULL then, else freed after it. */
typedef void service_random_bytes_callback(void *context, int error, struct service_random_bytes_results *results);

static inline void service_random_bytes_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_random_bytes_call *call = (struct service_random_bytes_call *)of;
        struct service_random_bytes_results results;

        if (call == NULL) {
                ((service_random_bytes_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.bytes = call->bytes;
        ((service_random_bytes_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_random_bytes_then(service_random_bytes_promise *promise, service_random_bytes_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_random_bytes_answered, (void (*)(void))callback,
                              context);
}

static inline void service_random_bytes_results_free(struct service_random_bytes_results *results)
{
        mori_call_free(&results->call);
}

/* A number that is 0 or above and below the bound, each as likely as the others. -EINVAL for a bound of 0. */
static inline MORI_ASYNC int service_random_below(service_random to, uint64_t bound, uint64_t *ret_number)
{
        struct service_random_below_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.bound = bound;
        error = MORI_AWAIT mori_object_call(to.ref, &service_random_methods[1], &call);
        if (error >= 0) {
                *ret_number = call.number;
        }
        return error;
}

static inline service_random_below_promise service_random_below_send(service_random to, uint64_t bound)
{
        struct service_random_below_call call;
        service_random_below_promise promise;

        memset(&call, 0, sizeof call);
        call.bound = bound;
        promise.sent = mori_object_send(to.ref, &service_random_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_random_below_join(service_random_below_promise *promise, uint64_t *ret_number)
{
        struct service_random_below_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_number = call.number;
        }
        return error;
}

static inline void service_random_below_drop(service_random_below_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_random_below_join() answers; the results are 0 then. */
typedef void service_random_below_callback(void *context, int error, uint64_t number);

static inline void service_random_below_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_random_below_call *call = (struct service_random_below_call *)of;
        struct service_random_below_call none;

        if (call == NULL)
                call = (struct service_random_below_call *)memset(&none, 0, sizeof none);
        ((service_random_below_callback *)callback)(context, error, call->number);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_random_below_then(service_random_below_promise *promise, service_random_below_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_random_below_answered, (void (*)(void))callback,
                              context);
}

#ifdef __cplusplus
}
#endif
