/* Made by capnpc-mori of mori/service/clock.capnp: do not edit. */
#pragma once

#include <mori/object.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Time. All of it is in nanoseconds; any number may wait at a time. */
typedef struct service_clock {
        mori_ref ref;
} service_clock;

struct service_clock_now_call {
        struct mori_call_head call;
        int64_t ns;
};
typedef struct service_clock_now_promise {
        mori_sent sent;
} service_clock_now_promise;

struct service_clock_wall_call {
        struct mori_call_head call;
        int64_t ns;
};
typedef struct service_clock_wall_promise {
        mori_sent sent;
} service_clock_wall_promise;

struct service_clock_sleep_call {
        struct mori_call_head call;
        int64_t ns;
};
typedef struct service_clock_sleep_promise {
        mori_sent sent;
} service_clock_sleep_promise;

struct service_clock_until_call {
        struct mori_call_head call;
        int64_t wall;
        bool set;
};
typedef struct service_clock_until_promise {
        mori_sent sent;
} service_clock_until_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_clock_server {
        MORI_ASYNC int (*now)(void *self, struct service_clock_now_call *call);
        MORI_ASYNC int (*wall)(void *self, struct service_clock_wall_call *call);
        MORI_ASYNC int (*sleep)(void *self, struct service_clock_sleep_call *call);
        MORI_ASYNC int (*until)(void *self, struct service_clock_until_call *call);
};

extern const struct mori_method service_clock_methods[];
extern const struct mori_interface service_clock_interface;

static inline int service_clock_new(const struct service_clock_server *server, void *self, void (*gone)(void *self),
        service_clock *ret_ref)
{
        return mori_object_new(&service_clock_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_clock_copy(service_clock from, service_clock *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_clock_drop(service_clock from)
{
        mori_ref_drop(from.ref);
}

/* Of the monotonic clock, which nobody sets and deadlines count by. */
static inline MORI_ASYNC int service_clock_now(service_clock to, int64_t *ret_ns)
{
        struct service_clock_now_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_clock_methods[0], &call);
        if (error >= 0) {
                *ret_ns = call.ns;
        }
        return error;
}

static inline service_clock_now_promise service_clock_now_send(service_clock to)
{
        struct service_clock_now_call call;
        service_clock_now_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_clock_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_clock_now_join(service_clock_now_promise *promise, int64_t *ret_ns)
{
        struct service_clock_now_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_ns = call.ns;
        }
        return error;
}

static inline void service_clock_now_drop(service_clock_now_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_clock_now_join() answers; the results are 0 then. */
typedef void service_clock_now_callback(void *context, int error, int64_t ns);

static inline void service_clock_now_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_clock_now_call *call = (struct service_clock_now_call *)of;
        struct service_clock_now_call none;

        if (call == NULL)
                call = (struct service_clock_now_call *)memset(&none, 0, sizeof none);
        ((service_clock_now_callback *)callback)(context, error, call->ns);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_clock_now_then(service_clock_now_promise *promise, service_clock_now_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_clock_now_answered, (void (*)(void))callback,
                              context);
}

/* Since 1970-01-01 00:00 UTC; jumps when somebody sets it. */
static inline MORI_ASYNC int service_clock_wall(service_clock to, int64_t *ret_ns)
{
        struct service_clock_wall_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_clock_methods[1], &call);
        if (error >= 0) {
                *ret_ns = call.ns;
        }
        return error;
}

static inline service_clock_wall_promise service_clock_wall_send(service_clock to)
{
        struct service_clock_wall_call call;
        service_clock_wall_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_clock_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_clock_wall_join(service_clock_wall_promise *promise, int64_t *ret_ns)
{
        struct service_clock_wall_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_ns = call.ns;
        }
        return error;
}

static inline void service_clock_wall_drop(service_clock_wall_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_clock_wall_join() answers; the results are 0 then. */
typedef void service_clock_wall_callback(void *context, int error, int64_t ns);

static inline void service_clock_wall_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_clock_wall_call *call = (struct service_clock_wall_call *)of;
        struct service_clock_wall_call none;

        if (call == NULL)
                call = (struct service_clock_wall_call *)memset(&none, 0, sizeof none);
        ((service_clock_wall_callback *)callback)(context, error, call->ns);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_clock_wall_then(service_clock_wall_promise *promise, service_clock_wall_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_clock_wall_answered, (void (*)(void))callback,
                              context);
}

/* Answers when so much time has passed. At once for 0 and below. */
static inline MORI_ASYNC int service_clock_sleep(service_clock to, int64_t ns)
{
        struct service_clock_sleep_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.ns = ns;
        error = MORI_AWAIT mori_object_call(to.ref, &service_clock_methods[2], &call);
        return error;
}

static inline service_clock_sleep_promise service_clock_sleep_send(service_clock to, int64_t ns)
{
        struct service_clock_sleep_call call;
        service_clock_sleep_promise promise;

        memset(&call, 0, sizeof call);
        call.ns = ns;
        promise.sent = mori_object_send(to.ref, &service_clock_methods[2], &call);
        return promise;
}

static inline MORI_ASYNC int service_clock_sleep_join(service_clock_sleep_promise *promise)
{
        struct service_clock_sleep_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_clock_sleep_drop(service_clock_sleep_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_clock_sleep_join() answers. */
typedef void service_clock_sleep_callback(void *context, int error);

static inline void service_clock_sleep_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_clock_sleep_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_clock_sleep_then(service_clock_sleep_promise *promise, service_clock_sleep_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_clock_sleep_answered, (void (*)(void))callback,
                              context);
}

/*
 * Answers when the wall clock shows that; or earlier, and `set`, where somebody has set it: what the time was computed
 * from may no longer be so.
 */
static inline MORI_ASYNC int service_clock_until(service_clock to, int64_t wall, bool *ret_set)
{
        struct service_clock_until_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.wall = wall;
        error = MORI_AWAIT mori_object_call(to.ref, &service_clock_methods[3], &call);
        if (error >= 0) {
                *ret_set = call.set;
        }
        return error;
}

static inline service_clock_until_promise service_clock_until_send(service_clock to, int64_t wall)
{
        struct service_clock_until_call call;
        service_clock_until_promise promise;

        memset(&call, 0, sizeof call);
        call.wall = wall;
        promise.sent = mori_object_send(to.ref, &service_clock_methods[3], &call);
        return promise;
}

static inline MORI_ASYNC int service_clock_until_join(service_clock_until_promise *promise, bool *ret_set)
{
        struct service_clock_until_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_set = call.set;
        }
        return error;
}

static inline void service_clock_until_drop(service_clock_until_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_clock_until_join() answers; the results are 0 then. */
typedef void service_clock_until_callback(void *context, int error, bool set);

static inline void service_clock_until_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_clock_until_call *call = (struct service_clock_until_call *)of;
        struct service_clock_until_call none;

        if (call == NULL)
                call = (struct service_clock_until_call *)memset(&none, 0, sizeof none);
        ((service_clock_until_callback *)callback)(context, error, call->set);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_clock_until_then(service_clock_until_promise *promise, service_clock_until_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_clock_until_answered, (void (*)(void))callback,
                              context);
}

#ifdef __cplusplus
}
#endif
