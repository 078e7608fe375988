/* SPDX-License-Identifier: MIT */
/*
 * The process of a connection: reads requests, one after the other, and answers them. A file is
 * opened, its size is asked for and its first piece is read with one wait: calls of the file are
 * sent before it is there.
 */
#include "visit.h"

#include "../07-web-file-server/mime.h"
#include "../07-web-file-server/path.h"
#include "../07-web-file-server/request.h"

#include <mori/heap.h>
#include <mori/keywords.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEAD_BYTES  8192u              /* of a request, at most: 431 */
#define IN_BYTES    (HEAD_BYTES + 512) /* behind it bodies are read, over and over, and dropped */
#define PIECE_BYTES 65536u

struct state {
        service_connection connection;
        service_directory root;
        int64_t patience;
        uint32_t requests;
        struct request request;
        struct page page;
        size_t parsed, filled;
        char in[IN_BYTES];
        char path[PATH_BYTES];
};

/* ---- Pages */

static void page_grow(struct page *page, size_t bytes)
{
        if (page->count + bytes <= page->room)
                return;
        page->room = 2 * page->room + bytes;
        page->bytes = mori_realloc(page->bytes, page->room);
}

void page_begin(struct page *page, size_t room)
{
        page->count = 0;
        page_grow(page, room);
}

void page_add(struct page *page, const void *bytes, size_t count)
{
        page_grow(page, count);
        memcpy(page->bytes + page->count, bytes, count);
        page->count += count;
}

void page_print(struct page *page, const char *format, ...)
{
        va_list arguments;
        char line[3 * PATH_BYTES + 400];
        int count;

        va_start(arguments, format);
        count = vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        if (count > 0)
                page_add(page, line, (size_t)count < sizeof line ? (size_t)count : sizeof line - 1);
}

/* ---- Heads */

static const char *reason_of(int status)
{
        switch (status) {
        case 200:
                return "OK";
        case 301:
                return "Moved Permanently";
        case 404:
                return "Not Found";
        case 405:
                return "Method Not Allowed";
        case 503:
                return "Service Unavailable";
        default:
                return status >= 500 ? "Server Error" : "Bad Request";
        }
}

static void add_head(struct state *state, int status, const char *type, uint64_t bytes)
{
        page_print(&state->page,
                   "HTTP/1.1 %d %s\r\nServer: mori\r\nContent-Type: %s\r\n"
                   "Content-Length: %llu\r\n%s",
                   status, reason_of(status), type, (unsigned long long)bytes,
                   state->request.keep_alive ? "" : "Connection: close\r\n");
}

/* A whole answer with nothing but its status, and where else to go. */
static void answer_status(struct state *state, int status, const char *location)
{
        char text[100];
        int bytes = snprintf(text, sizeof text, "%d %s\n", status, reason_of(status));

        page_begin(&state->page, 1024);
        add_head(state, status, "text/plain", (uint64_t)bytes);
        if (location != NULL)
                page_print(&state->page, "Location: %s\r\n", location);
        page_print(&state->page, "\r\n%s", request_is_head(&state->request) ? "" : text);
}

/* What the directory has answered, as a client has to know it. */
static int status_of(int error)
{
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
        case -EACCES:
        case -EXDEV: /* it leads out of what we have */
        case -ELOOP:
        case -ENAMETOOLONG:
        case -EOPNOTSUPP: /* no file, and no directory */
                return 404;
        case -EMFILE:
        case -ENFILE:
        case -ENOMEM:
                return 503;
        default:
                return 500;
        }
}

/* ---- Answers */

static async int send_page(struct state *state)
{
        int error = 0;

        within (state->patience) {
                error = await service_connection_write(
                        state->connection, mori_wire_data_of(state->page.bytes, state->page.count));
        }
        return error;
}

/* The rest of a file, behind its first piece. A head has said how much comes. */
static async int send_rest(struct state *state, service_file file, uint64_t at, uint64_t size)
{
        while (at < size) {
                struct service_file_read_results read;
                uint32_t count;

                attempt(await service_file_read(file, at, PIECE_BYTES, &read));
                count = size - at < read.data.count ? (uint32_t)(size - at) : read.data.count;
                page_begin(&state->page, PIECE_BYTES);
                page_add(&state->page, read.data.bytes, count);
                service_file_read_results_free(&read);
                if (count == 0)
                        return -EIO; /* it is shorter than it was, and so is what the client gets */
                attempt(await send_page(state));
                at += count;
        }
        return 0;
}

static async int send_file(struct state *state, service_file file, uint64_t size,
                           const struct mori_wire_data *first)
{
        uint64_t begun = first->count < size ? first->count : size;
        bool is_head = request_is_head(&state->request);

        page_begin(&state->page, 1024 + begun);
        add_head(state, 200, mime_of(state->path), size);
        page_print(&state->page, "\r\n");
        if (!is_head)
                page_add(&state->page, first->bytes, begun);
        attempt(await send_page(state));
        return is_head ? 0 : await send_rest(state, file, begun, size);
}

/* 0: it is sent; above 0: the error of the open, which nothing was sent for. */
static async int try_file(struct state *state)
{
        service_directory_open_promise opening = service_directory_open_send(
                state->root, state->path, SERVICE_DIRECTORY_HOW_READ);
        service_file promised = service_directory_open_file(&opening), file;
        service_file_size_promise sizing = service_file_size_send(promised);
        service_file_read_promise reading = service_file_read_send(promised, 0, PIECE_BYTES);
        struct service_file_read_results first;
        uint64_t size;
        int error = await service_directory_open_join(&opening, &file);

        if (error < 0) {
                service_file_size_drop(&sizing);
                service_file_read_drop(&reading);
                return -error;
        }
        error = await service_file_size_join(&sizing, &size);
        if (error < 0) {
                service_file_read_drop(&reading);
        } else {
                error = await service_file_read_join(&reading, &first);
                if (error == 0) {
                        error = await send_file(state, file, size, &first.data);
                        service_file_read_results_free(&first);
                }
        }
        service_file_drop(file);
        return error;
}

static async int send_listing(struct state *state)
{
        struct page list = {NULL, 0, 0};
        service_directory directory;
        int error = await service_directory_enter(
                state->root, state->path[0] == '\0' ? "." : state->path, &directory);

        if (error == 0) {
                error = await listing_make(directory, state->path, &list);
                service_directory_drop(directory);
        }
        if (error < 0) {
                answer_status(state, status_of(error), NULL);
        } else {
                page_begin(&state->page, 1024 + list.count);
                add_head(state, 200, "text/html; charset=utf-8", list.count);
                page_print(&state->page, "\r\n");
                if (!request_is_head(&state->request))
                        page_add(&state->page, list.bytes, list.count);
        }
        mori_free(list.bytes);
        return await send_page(state);
}

/* A directory without a / at its end: there its links would lead elsewhere. */
static async int send_redirect(struct state *state)
{
        char location[3 * PATH_BYTES + 3] = "/", *end = path_escape_link(location + 1, state->path);

        strcpy(end, "/");
        answer_status(state, 301, location);
        return await send_page(state);
}

static async int answer(struct state *state)
{
        const struct request *request = &state->request;
        const char *target = state->in + request->target.at;
        int length, error;

        if (request->parser.method != HTTP_GET && request->parser.method != HTTP_HEAD) {
                answer_status(state, 405, NULL);
                return await send_page(state);
        }
        length = path_decode(target, request->target.length, state->path);
        if (length < 0) {
                answer_status(state, -length, NULL);
                return await send_page(state);
        }
        if (length == 0 || state->path[length - 1] == '/')
                return await send_listing(state);
        error = await try_file(state);
        if (error == EISDIR)
                return await send_redirect(state);
        if (error > 0) {
                answer_status(state, status_of(-error), NULL);
                return await send_page(state);
        }
        return error;
}

/* ---- Requests */

/* More bytes. 0: the client has ended; below 0: an error, 431 for a head that is too long. */
static async int read_more(struct state *state)
{
        struct service_connection_read_results read;
        size_t end = state->request.head_complete ? IN_BYTES : HEAD_BYTES;
        int count;

        if (state->request.head_complete && state->filled == end)
                state->parsed = state->filled = HEAD_BYTES;
        if (state->filled == end)
                return -EMSGSIZE;
        attempt(await service_connection_read(state->connection, (uint32_t)(end - state->filled),
                                              &read));
        count = (int)read.data.count;
        memcpy(state->in + state->filled, read.data.bytes, read.data.count);
        state->filled += read.data.count;
        service_connection_read_results_free(&read);
        return count;
}

/* The next request: 1; 0: there is none any more; below 0: as read_more(), or -EBADMSG. */
static async int next_request(struct state *state)
{
        for (;;) {
                size_t used = 0;
                int count;

                if (state->parsed < state->filled) {
                        switch (request_parse(&state->request, state->in, state->parsed,
                                              state->filled - state->parsed, &used)) {
                        case REQUEST_READY:
                                state->parsed += used;
                                state->requests++;
                                return 1;
                        case REQUEST_REFUSED:
                                return -EBADMSG;
                        case REQUEST_MORE:
                                state->parsed = state->filled;
                        }
                }
                count = await read_more(state);
                if (count <= 0)
                        return count;
        }
}

/* What has come behind the request is the beginning of the next. */
static void request_done(struct state *state)
{
        memmove(state->in, state->in + state->parsed, state->filled - state->parsed);
        state->filled -= state->parsed;
        state->parsed = 0;
        request_next(&state->request);
}

static async int refuse(struct state *state, int error)
{
        if (error != -EBADMSG && error != -EMSGSIZE)
                return error; /* nobody is there, or the client took too long */
        state->request.keep_alive = false;
        answer_status(state, error == -EMSGSIZE ? 431 : state->request.refused, NULL);
        return await send_page(state);
}

static async int serve_all(struct state *state)
{
        for (;;) {
                int result = 0;
                bool goes_on;

                within (state->patience) { /* the whole of it, however it comes */
                        result = await next_request(state);
                }
                goes_on = state->request.keep_alive;
                if (result < 0)
                        return await refuse(state, result);
                if (result == 0)
                        return 0;
                attempt(await answer(state));
                if (!goes_on)
                        return 0;
                request_done(state);
        }
}

/*
 * Closing with unread bytes would reset the connection, and the answer with it (RFC 9112, 9.6): so
 * what the client still sends is read for a while.
 */
static async void linger(struct state *state)
{
        uint32_t count = 1;

        if (await service_connection_end(state->connection) < 0)
                return;
        within (MORI_S(1)) {
                while (count > 0) {
                        struct service_connection_read_results read;

                        if (await service_connection_read(state->connection, PIECE_BYTES, &read) <
                            0)
                                break;
                        count = read.data.count;
                        service_connection_read_results_free(&read);
                }
        }
}

static async int visit_serve_serve(void *self, struct visit_serve_call *call)
{
        /* not zeroed: most of what it has is never touched, and so costs no memory */
        struct state *state = mori_alloc(sizeof *state);

        (void)self;
        state->connection = call->connection;
        state->root = call->root;
        state->patience = MORI_S(call->idle);
        state->requests = 0;
        state->page = (struct page){NULL, 0, 0};
        state->parsed = state->filled = 0;
        request_init(&state->request);
        (void)await serve_all(state);
        await linger(state);
        call->requests = state->requests;
        mori_free(state->page.bytes);
        mori_free(state);
        return 0;
}

async int visit_main(void *argument)
{
        static const struct visit_server functions = {.serve = visit_serve_serve};
        visit served;

        (void)argument;
        attempt(visit_new(&functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        visit_drop(served);
        return await mori_sleep(MORI_FOREVER);
}
