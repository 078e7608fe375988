/* Made by capnpc-mori of mori/service/files.capnp: do not edit. */
#pragma once

#include <mori/object.h>
#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A directory and what is beneath it, by paths that are relative to it. Nothing else can be reached: an absolute path, a
 * ".." too many, or a symbolic link that leads out is -EXDEV. Who has a reference of readonly() looks and changes nothing.
 * Calls are served in their order, those that open or look beside one another.
 */
typedef struct service_directory {
        mori_ref ref;
} service_directory;

enum service_directory_how MORI_WIRE_ENUM {
        /* to read */
        SERVICE_DIRECTORY_HOW_READ = 0,
        /* to read and write; it must be there */
        SERVICE_DIRECTORY_HOW_WRITE = 1,
        /* the same; it is made where it is not there */
        SERVICE_DIRECTORY_HOW_CREATE = 2,
        /* the same; it must not be there: -EEXIST */
        SERVICE_DIRECTORY_HOW_NEW = 3,
        /* the same; what was in it is gone */
        SERVICE_DIRECTORY_HOW_REPLACE = 4,
};
MORI_WIRE_LIST_TYPES(service_directory_how_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *service_directory_how_name(enum service_directory_how value);

enum service_directory_kind MORI_WIRE_ENUM {
        SERVICE_DIRECTORY_KIND_OTHER = 0,
        SERVICE_DIRECTORY_KIND_FILE = 1,
        SERVICE_DIRECTORY_KIND_DIRECTORY = 2,
        SERVICE_DIRECTORY_KIND_LINK = 3,
};
MORI_WIRE_LIST_TYPES(service_directory_kind_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *service_directory_kind_name(enum service_directory_kind value);

/* The entries of a directory, a piece at a time. What comes or goes meanwhile is listed once or not at all. */
typedef struct service_listing {
        mori_ref ref;
} service_listing;

struct service_listing_entry {
        struct mori_wire_reader reader;
};
struct service_listing_entry_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(service_listing_entry_list)

/*
 * A regular file, which is closed when nobody has a reference any more. Calls are served in their order, those that
 * read beside one another.
 */
typedef struct service_file {
        mori_ref ref;
} service_file;

struct service_directory_open_call {
        struct mori_call_head call;
        struct mori_wire_text path;
        enum service_directory_how how;
        struct service_file file;
};
typedef struct service_directory_open_promise {
        mori_sent sent;
} service_directory_open_promise;

struct service_directory_enter_call {
        struct mori_call_head call;
        struct mori_wire_text path;
        struct service_directory directory;
};
typedef struct service_directory_enter_promise {
        mori_sent sent;
} service_directory_enter_promise;

struct service_directory_readonly_call {
        struct mori_call_head call;
        struct service_directory directory;
};
typedef struct service_directory_readonly_promise {
        mori_sent sent;
} service_directory_readonly_promise;

struct service_directory_list_call {
        struct mori_call_head call;
        struct service_listing listing;
};
typedef struct service_directory_list_promise {
        mori_sent sent;
} service_directory_list_promise;

struct service_directory_status_call {
        struct mori_call_head call;
        struct mori_wire_text path;
        enum service_directory_kind kind;
        uint64_t bytes;
        int64_t changed;
};
typedef struct service_directory_status_promise {
        mori_sent sent;
} service_directory_status_promise;

struct service_directory_make_call {
        struct mori_call_head call;
        struct mori_wire_text path;
};
typedef struct service_directory_make_promise {
        mori_sent sent;
} service_directory_make_promise;

struct service_directory_remove_call {
        struct mori_call_head call;
        struct mori_wire_text path;
};
typedef struct service_directory_remove_promise {
        mori_sent sent;
} service_directory_remove_promise;

struct service_directory_rename_call {
        struct mori_call_head call;
        struct mori_wire_text path;
        struct mori_wire_text to;
};
typedef struct service_directory_rename_promise {
        mori_sent sent;
} service_directory_rename_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_directory_server {
        MORI_ASYNC int (*open)(void *self, struct service_directory_open_call *call);
        MORI_ASYNC int (*enter)(void *self, struct service_directory_enter_call *call);
        MORI_ASYNC int (*readonly)(void *self, struct service_directory_readonly_call *call);
        MORI_ASYNC int (*list)(void *self, struct service_directory_list_call *call);
        MORI_ASYNC int (*status)(void *self, struct service_directory_status_call *call);
        MORI_ASYNC int (*make)(void *self, struct service_directory_make_call *call);
        MORI_ASYNC int (*remove)(void *self, struct service_directory_remove_call *call);
        MORI_ASYNC int (*rename)(void *self, struct service_directory_rename_call *call);
};

extern const struct mori_method service_directory_methods[];
extern const struct mori_interface service_directory_interface;

static inline int service_directory_new(const struct service_directory_server *server, void *self, void (*gone)(void *self),
        service_directory *ret_ref)
{
        return mori_object_new(&service_directory_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_directory_copy(service_directory from, service_directory *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_directory_drop(service_directory from)
{
        mori_ref_drop(from.ref);
}

/* Only regular files: -EISDIR, and -EOPNOTSUPP for what is neither. -EMFILE where the service has as much open as it may. */
static inline MORI_ASYNC int service_directory_open(service_directory to, const char *path, enum service_directory_how how, struct service_file *ret_file)
{
        struct service_directory_open_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        call.how = how;
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[0], &call);
        if (error >= 0) {
                *ret_file = call.file;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_directory_open_promise service_directory_open_send(service_directory to, const char *path, enum service_directory_how how)
{
        struct service_directory_open_call call;
        service_directory_open_promise promise;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        call.how = how;
        promise.sent = mori_object_send(to.ref, &service_directory_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_open_join(service_directory_open_promise *promise, struct service_file *ret_file)
{
        struct service_directory_open_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_file = call.file;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_directory_open_drop(service_directory_open_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_open_join() answers; the results are 0 then. */
typedef void service_directory_open_callback(void *context, int error, struct service_file file);

static inline void service_directory_open_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_directory_open_call *call = (struct service_directory_open_call *)of;
        struct service_directory_open_call none;

        if (call == NULL)
                call = (struct service_directory_open_call *)memset(&none, 0, sizeof none);
        ((service_directory_open_callback *)callback)(context, error, call->file);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_open_then(service_directory_open_promise *promise, service_directory_open_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_open_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_file service_directory_open_file(const service_directory_open_promise *promise)
{
        const uint16_t path = 0;
        struct service_file ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

/* One beneath it: who has that one cannot come back up. As readonly as this one. */
static inline MORI_ASYNC int service_directory_enter(service_directory to, const char *path, struct service_directory *ret_directory)
{
        struct service_directory_enter_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[1], &call);
        if (error >= 0) {
                *ret_directory = call.directory;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_directory_enter_promise service_directory_enter_send(service_directory to, const char *path)
{
        struct service_directory_enter_call call;
        service_directory_enter_promise promise;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_enter_join(service_directory_enter_promise *promise, struct service_directory *ret_directory)
{
        struct service_directory_enter_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_directory = call.directory;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_directory_enter_drop(service_directory_enter_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_enter_join() answers; the results are 0 then. */
typedef void service_directory_enter_callback(void *context, int error, struct service_directory directory);

static inline void service_directory_enter_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_directory_enter_call *call = (struct service_directory_enter_call *)of;
        struct service_directory_enter_call none;

        if (call == NULL)
                call = (struct service_directory_enter_call *)memset(&none, 0, sizeof none);
        ((service_directory_enter_callback *)callback)(context, error, call->directory);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_enter_then(service_directory_enter_promise *promise, service_directory_enter_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_enter_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_directory service_directory_enter_directory(const service_directory_enter_promise *promise)
{
        const uint16_t path = 0;
        struct service_directory ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

/* The same, for who may look and change nothing: -EACCES. */
static inline MORI_ASYNC int service_directory_readonly(service_directory to, struct service_directory *ret_directory)
{
        struct service_directory_readonly_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[2], &call);
        if (error >= 0) {
                *ret_directory = call.directory;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_directory_readonly_promise service_directory_readonly_send(service_directory to)
{
        struct service_directory_readonly_call call;
        service_directory_readonly_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[2], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_readonly_join(service_directory_readonly_promise *promise, struct service_directory *ret_directory)
{
        struct service_directory_readonly_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_directory = call.directory;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_directory_readonly_drop(service_directory_readonly_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_readonly_join() answers; the results are 0 then. */
typedef void service_directory_readonly_callback(void *context, int error, struct service_directory directory);

static inline void service_directory_readonly_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_directory_readonly_call *call = (struct service_directory_readonly_call *)of;
        struct service_directory_readonly_call none;

        if (call == NULL)
                call = (struct service_directory_readonly_call *)memset(&none, 0, sizeof none);
        ((service_directory_readonly_callback *)callback)(context, error, call->directory);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_readonly_then(service_directory_readonly_promise *promise, service_directory_readonly_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_readonly_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_directory service_directory_readonly_directory(const service_directory_readonly_promise *promise)
{
        const uint16_t path = 0;
        struct service_directory ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

/* What is in it. */
static inline MORI_ASYNC int service_directory_list(service_directory to, struct service_listing *ret_listing)
{
        struct service_directory_list_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[3], &call);
        if (error >= 0) {
                *ret_listing = call.listing;
        }
        mori_call_free(&call.call);
        return error;
}

static inline service_directory_list_promise service_directory_list_send(service_directory to)
{
        struct service_directory_list_call call;
        service_directory_list_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[3], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_list_join(service_directory_list_promise *promise, struct service_listing *ret_listing)
{
        struct service_directory_list_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_listing = call.listing;
        }
        mori_call_free(&call.call);
        return error;
}

static inline void service_directory_list_drop(service_directory_list_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_list_join() answers; the results are 0 then. */
typedef void service_directory_list_callback(void *context, int error, struct service_listing listing);

static inline void service_directory_list_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_directory_list_call *call = (struct service_directory_list_call *)of;
        struct service_directory_list_call none;

        if (call == NULL)
                call = (struct service_directory_list_call *)memset(&none, 0, sizeof none);
        ((service_directory_list_callback *)callback)(context, error, call->listing);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_list_then(service_directory_list_promise *promise, service_directory_list_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_list_answered, (void (*)(void))callback,
                              context);
}

/* The reference that is still to come; it belongs to the promise. */
static inline struct service_listing service_directory_list_listing(const service_directory_list_promise *promise)
{
        const uint16_t path = 0;
        struct service_listing ref;

        ref.ref = mori_sent_ref(promise->sent, &path, 1);
        return ref;
}

/* Of what the path leads to; "" for the directory itself. `changed`: its contents, in ns since 1970. */
static inline MORI_ASYNC int service_directory_status(service_directory to, const char *path, enum service_directory_kind *ret_kind, uint64_t *ret_bytes, int64_t *ret_changed)
{
        struct service_directory_status_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[4], &call);
        if (error >= 0) {
                *ret_kind = call.kind;
                *ret_bytes = call.bytes;
                *ret_changed = call.changed;
        }
        return error;
}

static inline service_directory_status_promise service_directory_status_send(service_directory to, const char *path)
{
        struct service_directory_status_call call;
        service_directory_status_promise promise;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[4], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_status_join(service_directory_status_promise *promise, enum service_directory_kind *ret_kind, uint64_t *ret_bytes, int64_t *ret_changed)
{
        struct service_directory_status_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_kind = call.kind;
                *ret_bytes = call.bytes;
                *ret_changed = call.changed;
        }
        return error;
}

static inline void service_directory_status_drop(service_directory_status_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_status_join() answers; the results are 0 then. */
typedef void service_directory_status_callback(void *context, int error, enum service_directory_kind kind, uint64_t bytes, int64_t changed);

static inline void service_directory_status_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_directory_status_call *call = (struct service_directory_status_call *)of;
        struct service_directory_status_call none;

        if (call == NULL)
                call = (struct service_directory_status_call *)memset(&none, 0, sizeof none);
        ((service_directory_status_callback *)callback)(context, error, call->kind, call->bytes, call->changed);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_status_then(service_directory_status_promise *promise, service_directory_status_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_status_answered, (void (*)(void))callback,
                              context);
}

/* A directory. -EEXIST where there is something. */
static inline MORI_ASYNC int service_directory_make(service_directory to, const char *path)
{
        struct service_directory_make_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[5], &call);
        return error;
}

static inline service_directory_make_promise service_directory_make_send(service_directory to, const char *path)
{
        struct service_directory_make_call call;
        service_directory_make_promise promise;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[5], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_make_join(service_directory_make_promise *promise)
{
        struct service_directory_make_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_directory_make_drop(service_directory_make_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_make_join() answers. */
typedef void service_directory_make_callback(void *context, int error);

static inline void service_directory_make_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_directory_make_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_make_then(service_directory_make_promise *promise, service_directory_make_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_make_answered, (void (*)(void))callback,
                              context);
}

/* A file, a link, or an empty directory (else -ENOTEMPTY). Who has it open goes on. */
static inline MORI_ASYNC int service_directory_remove(service_directory to, const char *path)
{
        struct service_directory_remove_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[6], &call);
        return error;
}

static inline service_directory_remove_promise service_directory_remove_send(service_directory to, const char *path)
{
        struct service_directory_remove_call call;
        service_directory_remove_promise promise;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[6], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_remove_join(service_directory_remove_promise *promise)
{
        struct service_directory_remove_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_directory_remove_drop(service_directory_remove_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_remove_join() answers. */
typedef void service_directory_remove_callback(void *context, int error);

static inline void service_directory_remove_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_directory_remove_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_remove_then(service_directory_remove_promise *promise, service_directory_remove_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_remove_answered, (void (*)(void))callback,
                              context);
}

/* In one step, in place of what had that name. */
static inline MORI_ASYNC int service_directory_rename(service_directory to, const char *path, const char *to_)
{
        struct service_directory_rename_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        call.to = mori_wire_text_of(to_);
        error = MORI_AWAIT mori_object_call(to.ref, &service_directory_methods[7], &call);
        return error;
}

static inline service_directory_rename_promise service_directory_rename_send(service_directory to, const char *path, const char *to_)
{
        struct service_directory_rename_call call;
        service_directory_rename_promise promise;

        memset(&call, 0, sizeof call);
        call.path = mori_wire_text_of(path);
        call.to = mori_wire_text_of(to_);
        promise.sent = mori_object_send(to.ref, &service_directory_methods[7], &call);
        return promise;
}

static inline MORI_ASYNC int service_directory_rename_join(service_directory_rename_promise *promise)
{
        struct service_directory_rename_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_directory_rename_drop(service_directory_rename_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_directory_rename_join() answers. */
typedef void service_directory_rename_callback(void *context, int error);

static inline void service_directory_rename_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_directory_rename_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_directory_rename_then(service_directory_rename_promise *promise, service_directory_rename_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_directory_rename_answered, (void (*)(void))callback,
                              context);
}

static inline enum service_directory_how service_directory_how_list_at(struct service_directory_how_list list, uint32_t index)
{
        return (enum service_directory_how)mori_wire_element_u16(&list.list, index);
}

static inline void service_directory_how_list_set(struct service_directory_how_list_builder list, uint32_t index, enum service_directory_how value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline enum service_directory_kind service_directory_kind_list_at(struct service_directory_kind_list list, uint32_t index)
{
        return (enum service_directory_kind)mori_wire_element_u16(&list.list, index);
}

static inline void service_directory_kind_list_set(struct service_directory_kind_list_builder list, uint32_t index, enum service_directory_kind value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

struct service_listing_next_call {
        struct mori_call_head call;
        uint32_t count;
        struct service_listing_entry_list entries;
};
typedef struct service_listing_next_promise {
        mori_sent sent;
} service_listing_next_promise;
/* What the call has answered, until service_listing_next_results_free(); references are to be dropped. */
struct service_listing_next_results {
        struct mori_call_head call;
        struct service_listing_entry_list entries;
};

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_listing_server {
        MORI_ASYNC int (*next)(void *self, struct service_listing_next_call *call);
};

extern const struct mori_method service_listing_methods[];
extern const struct mori_interface service_listing_interface;

static inline int service_listing_new(const struct service_listing_server *server, void *self, void (*gone)(void *self),
        service_listing *ret_ref)
{
        return mori_object_new(&service_listing_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_listing_copy(service_listing from, service_listing *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_listing_drop(service_listing from)
{
        mori_ref_drop(from.ref);
}

/* So many, 64 at most; none: there are no more. */
static inline MORI_ASYNC int service_listing_next(service_listing to, uint32_t count, struct service_listing_next_results *ret_results)
{
        struct service_listing_next_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.count = count;
        error = MORI_AWAIT mori_object_call(to.ref, &service_listing_methods[0], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->entries = call.entries;
        return error;
}

static inline service_listing_next_promise service_listing_next_send(service_listing to, uint32_t count)
{
        struct service_listing_next_call call;
        service_listing_next_promise promise;

        memset(&call, 0, sizeof call);
        call.count = count;
        promise.sent = mori_object_send(to.ref, &service_listing_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_listing_next_join(service_listing_next_promise *promise, struct service_listing_next_results *ret_results)
{
        struct service_listing_next_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->entries = call.entries;
        return error;
}

static inline void service_listing_next_drop(service_listing_next_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_listing_next_join() answers; `results` is NULL then, else freed after it. */
typedef void service_listing_next_callback(void *context, int error, struct service_listing_next_results *results);

static inline void service_listing_next_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_listing_next_call *call = (struct service_listing_next_call *)of;
        struct service_listing_next_results results;

        if (call == NULL) {
                ((service_listing_next_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.entries = call->entries;
        ((service_listing_next_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_listing_next_then(service_listing_next_promise *promise, service_listing_next_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_listing_next_answered, (void (*)(void))callback,
                              context);
}

static inline void service_listing_next_results_free(struct service_listing_next_results *results)
{
        mori_call_free(&results->call);
}

static inline struct service_listing_entry service_listing_entry_read(struct mori_wire_pointer pointer)
{
        struct service_listing_entry value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int service_listing_entry_init(struct mori_wire_slot slot, struct service_listing_entry_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct service_listing_entry service_listing_entry_list_at(struct service_listing_entry_list list, uint32_t index)
{
        struct service_listing_entry value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct service_listing_entry_builder service_listing_entry_list_builder_at(struct service_listing_entry_list_builder list, uint32_t index)
{
        struct service_listing_entry_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct service_listing_entry_list service_listing_entry_list_read(struct mori_wire_pointer pointer)
{
        struct service_listing_entry_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int service_listing_entry_list_init(struct mori_wire_slot slot, uint32_t count, struct service_listing_entry_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

static inline struct mori_wire_text service_listing_entry_name(struct service_listing_entry from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool service_listing_entry_has_name(struct service_listing_entry from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int service_listing_entry_set_name(struct service_listing_entry_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int service_listing_entry_init_name(struct service_listing_entry_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

/* `other` also where the file system does not say */
static inline enum service_directory_kind service_listing_entry_kind(struct service_listing_entry from)
{
        return (enum service_directory_kind)mori_wire_u16(&from.reader, 0, 0);
}

static inline void service_listing_entry_set_kind(struct service_listing_entry_builder to, enum service_directory_kind value)
{
        mori_wire_put_u16(&to.writer, 0, (uint16_t)value, 0);
}

struct service_file_read_call {
        struct mori_call_head call;
        uint64_t offset;
        uint32_t bytes;
        struct mori_wire_data data;
};
typedef struct service_file_read_promise {
        mori_sent sent;
} service_file_read_promise;
/* What the call has answered, until service_file_read_results_free(); references are to be dropped. */
struct service_file_read_results {
        struct mori_call_head call;
        struct mori_wire_data data;
};

struct service_file_write_call {
        struct mori_call_head call;
        uint64_t offset;
        struct mori_wire_data data;
};
typedef struct service_file_write_promise {
        mori_sent sent;
} service_file_write_promise;

struct service_file_size_call {
        struct mori_call_head call;
        uint64_t bytes;
};
typedef struct service_file_size_promise {
        mori_sent sent;
} service_file_size_promise;

struct service_file_resize_call {
        struct mori_call_head call;
        uint64_t bytes;
};
typedef struct service_file_resize_promise {
        mori_sent sent;
} service_file_resize_promise;

struct service_file_sync_call {
        struct mori_call_head call;
};
typedef struct service_file_sync_promise {
        mori_sent sent;
} service_file_sync_promise;

/* Who serves it: what is NULL answers -EOPNOTSUPP. */
struct service_file_server {
        MORI_ASYNC int (*read)(void *self, struct service_file_read_call *call);
        MORI_ASYNC int (*write)(void *self, struct service_file_write_call *call);
        MORI_ASYNC int (*size)(void *self, struct service_file_size_call *call);
        MORI_ASYNC int (*resize)(void *self, struct service_file_resize_call *call);
        MORI_ASYNC int (*sync)(void *self, struct service_file_sync_call *call);
};

extern const struct mori_method service_file_methods[];
extern const struct mori_interface service_file_interface;

static inline int service_file_new(const struct service_file_server *server, void *self, void (*gone)(void *self),
        service_file *ret_ref)
{
        return mori_object_new(&service_file_interface, server, self, gone, &ret_ref->ref);
}

static inline int service_file_copy(service_file from, service_file *ret_ref)
{
        return mori_ref_copy(from.ref, &ret_ref->ref);
}

static inline void service_file_drop(service_file from)
{
        mori_ref_drop(from.ref);
}

/* So many, 65536 at most; fewer where the file ends before, none at its end. */
static inline MORI_ASYNC int service_file_read(service_file to, uint64_t offset, uint32_t bytes, struct service_file_read_results *ret_results)
{
        struct service_file_read_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.offset = offset;
        call.bytes = bytes;
        error = MORI_AWAIT mori_object_call(to.ref, &service_file_methods[0], &call);
        if (error < 0) {
                mori_call_free(&call.call);
                return error;
        }
        ret_results->call = call.call;
        ret_results->data = call.data;
        return error;
}

static inline service_file_read_promise service_file_read_send(service_file to, uint64_t offset, uint32_t bytes)
{
        struct service_file_read_call call;
        service_file_read_promise promise;

        memset(&call, 0, sizeof call);
        call.offset = offset;
        call.bytes = bytes;
        promise.sent = mori_object_send(to.ref, &service_file_methods[0], &call);
        return promise;
}

static inline MORI_ASYNC int service_file_read_join(service_file_read_promise *promise, struct service_file_read_results *ret_results)
{
        struct service_file_read_call call;
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

static inline void service_file_read_drop(service_file_read_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_file_read_join() answers; `results` is NULL then, else freed after it. */
typedef void service_file_read_callback(void *context, int error, struct service_file_read_results *results);

static inline void service_file_read_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_file_read_call *call = (struct service_file_read_call *)of;
        struct service_file_read_results results;

        if (call == NULL) {
                ((service_file_read_callback *)callback)(context, error, NULL);
                return;
        }
        results.call = call->call;
        results.data = call->data;
        ((service_file_read_callback *)callback)(context, error, &results);
        call->call = results.call; /* what is left of it */
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_file_read_then(service_file_read_promise *promise, service_file_read_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_file_read_answered, (void (*)(void))callback,
                              context);
}

static inline void service_file_read_results_free(struct service_file_read_results *results)
{
        mori_call_free(&results->call);
}

/* All of it. -EBADF where the file is open to be read only. */
static inline MORI_ASYNC int service_file_write(service_file to, uint64_t offset, struct mori_wire_data data)
{
        struct service_file_write_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.offset = offset;
        call.data = data;
        error = MORI_AWAIT mori_object_call(to.ref, &service_file_methods[1], &call);
        return error;
}

static inline service_file_write_promise service_file_write_send(service_file to, uint64_t offset, struct mori_wire_data data)
{
        struct service_file_write_call call;
        service_file_write_promise promise;

        memset(&call, 0, sizeof call);
        call.offset = offset;
        call.data = data;
        promise.sent = mori_object_send(to.ref, &service_file_methods[1], &call);
        return promise;
}

static inline MORI_ASYNC int service_file_write_join(service_file_write_promise *promise)
{
        struct service_file_write_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_file_write_drop(service_file_write_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_file_write_join() answers. */
typedef void service_file_write_callback(void *context, int error);

static inline void service_file_write_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_file_write_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_file_write_then(service_file_write_promise *promise, service_file_write_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_file_write_answered, (void (*)(void))callback,
                              context);
}

static inline MORI_ASYNC int service_file_size(service_file to, uint64_t *ret_bytes)
{
        struct service_file_size_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_file_methods[2], &call);
        if (error >= 0) {
                *ret_bytes = call.bytes;
        }
        return error;
}

static inline service_file_size_promise service_file_size_send(service_file to)
{
        struct service_file_size_call call;
        service_file_size_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_file_methods[2], &call);
        return promise;
}

static inline MORI_ASYNC int service_file_size_join(service_file_size_promise *promise, uint64_t *ret_bytes)
{
        struct service_file_size_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        if (error >= 0) {
                *ret_bytes = call.bytes;
        }
        return error;
}

static inline void service_file_size_drop(service_file_size_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_file_size_join() answers; the results are 0 then. */
typedef void service_file_size_callback(void *context, int error, uint64_t bytes);

static inline void service_file_size_answered(void (*callback)(void), void *context, int error, void *of)
{
        struct service_file_size_call *call = (struct service_file_size_call *)of;
        struct service_file_size_call none;

        if (call == NULL)
                call = (struct service_file_size_call *)memset(&none, 0, sizeof none);
        ((service_file_size_callback *)callback)(context, error, call->bytes);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_file_size_then(service_file_size_promise *promise, service_file_size_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_file_size_answered, (void (*)(void))callback,
                              context);
}

/* Cuts it, or makes it longer with zeros. */
static inline MORI_ASYNC int service_file_resize(service_file to, uint64_t bytes)
{
        struct service_file_resize_call call;
        int error;

        memset(&call, 0, sizeof call);
        call.bytes = bytes;
        error = MORI_AWAIT mori_object_call(to.ref, &service_file_methods[3], &call);
        return error;
}

static inline service_file_resize_promise service_file_resize_send(service_file to, uint64_t bytes)
{
        struct service_file_resize_call call;
        service_file_resize_promise promise;

        memset(&call, 0, sizeof call);
        call.bytes = bytes;
        promise.sent = mori_object_send(to.ref, &service_file_methods[3], &call);
        return promise;
}

static inline MORI_ASYNC int service_file_resize_join(service_file_resize_promise *promise)
{
        struct service_file_resize_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_file_resize_drop(service_file_resize_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_file_resize_join() answers. */
typedef void service_file_resize_callback(void *context, int error);

static inline void service_file_resize_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_file_resize_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_file_resize_then(service_file_resize_promise *promise, service_file_resize_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_file_resize_answered, (void (*)(void))callback,
                              context);
}

/* Answers when what was written is on the disk. */
static inline MORI_ASYNC int service_file_sync(service_file to)
{
        struct service_file_sync_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_object_call(to.ref, &service_file_methods[4], &call);
        return error;
}

static inline service_file_sync_promise service_file_sync_send(service_file to)
{
        struct service_file_sync_call call;
        service_file_sync_promise promise;

        memset(&call, 0, sizeof call);
        promise.sent = mori_object_send(to.ref, &service_file_methods[4], &call);
        return promise;
}

static inline MORI_ASYNC int service_file_sync_join(service_file_sync_promise *promise)
{
        struct service_file_sync_call call;
        int error;

        memset(&call, 0, sizeof call);
        error = MORI_AWAIT mori_sent_join(promise->sent, &call);
        return error;
}

static inline void service_file_sync_drop(service_file_sync_promise *promise)
{
        mori_sent_drop(promise->sent);
}

/* `error` is what service_file_sync_join() answers. */
typedef void service_file_sync_callback(void *context, int error);

static inline void service_file_sync_answered(void (*callback)(void), void *context, int error, void *of)
{
        (void)of;
        ((service_file_sync_callback *)callback)(context, error);
}

/* Has the callback called with the answer, later: mori_sent_then(). */
static inline int service_file_sync_then(service_file_sync_promise *promise, service_file_sync_callback *callback, void *context)
{
        return mori_sent_then(&promise->sent, service_file_sync_answered, (void (*)(void))callback,
                              context);
}

#ifdef __cplusplus
}
#endif
