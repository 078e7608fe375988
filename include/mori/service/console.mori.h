/* Made by capnpc-mori of mori/service/console.capnp: do not edit. */
#pragma once

#include <mori/object.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a program's words go. What is printed by one call stands together, whoever else prints. */
typedef struct service_console {
        mori_ref ref;
} service_console;

struct service_console_print_call {
        struct mori_call_head call;
        struct mori_wire_text text;
};
typedef struct service_console_print_promise {
        mori_sent sent;
} service_console_print_promise;

struct service_console_complain_call {
        struct mori_call_head call;
        struct mori_wire_text text;
};
typedef struct service_console_complain_promise {
        mori_sent sent;
} service_console_complain_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_console_server {
        MORI_ASYNC int (*print)(void *self, struct service_console_print_call *call);
        MORI_ASYNC int (*complain)(void *self, struct service_console_complain_call *call);
};

extern const struct mori_method service_console_methods[];
extern const struct mori_interface service_console_interface;

static inline int service_console_new(const struct service_console_server *server, void *self, void (*gone)(void *self),
        service_console *ret_ref)
{
        return mori_object_new(&service_console_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_console_copy(service_console from, service_console *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_console_drop(service_console from)
{
        mori_ref_drop(from.ref);
}

/* Answers when it is written, all of it. */
static inline MORI_ASYNC int service_console_print(service_console to, const char *text)
{
        struct service_console_print_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.text = mori_wire_text_of(text);
        error = MORI_AWAIT mori_object_call(to.ref, &service_console_methods[0], &call);
        return error;
}

static inline service_console_print_promise service_console_print_send(service_console to, const char *text)
{
        struct service_console_print_call call;
        service_console_print_promise promise;

        memset(&call, 0, sizeof call);
        call.text = mori_wire_text_of(text);
        promise.sent = mori_object_send(to.ref, &service_console_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_console_print_join(service_console_print_promise *promise)
{
        struct service_console_print_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_console_print_drop(service_console_print_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_console_print_join() answers. */
typedef void service_console_print_callback(void *context, int error);

static inline void service_console_print_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_console_print_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_console_print_then(service_console_print_promise *promise, service_console_print_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_console_print_answered, (void (*)(void))callback,
                              context);
}

/* The same, on the standard error output. */
static inline MORI_ASYNC int service_console_complain(service_console to, const char *text)
{
        struct service_console_complain_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.text = mori_wire_text_of(text);
        error = MORI_AWAIT mori_object_call(to.ref, &service_console_methods[1], &call);
        return error;
}

static inline service_console_complain_promise service_console_complain_send(service_console to, const char *text)
{
        struct service_console_complain_call call;
        service_console_complain_promise promise;

        memset(&call, 0, sizeof call);
        call.text = mori_wire_text_of(text);
        promise.sent = mori_object_send(to.ref, &service_console_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_console_complain_join(service_console_complain_promise *promise)
{
        struct service_console_complain_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_console_complain_drop(service_console_complain_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_console_complain_join() answers. */
typedef void service_console_complain_callback(void *context, int error);

static inline void service_console_complain_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_console_complain_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_console_complain_then(service_console_complain_promise *promise, service_console_complain_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_console_complain_answered, (void (*)(void))callback,
                              context);
}

#ifdef __cplusplus
}
#endif
