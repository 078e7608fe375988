/* SPDX-License-Identifier: MIT */
/*
 * Listeners and connections as objects. A connection that is not read has no buffer: its bytes are
 * borrowed from the engine (mori/socket.h), and copied into the answer. What a read did not want of
 * them is kept for the next one.
 */
#include "lend.h"
#include "service.h"

#include <mori/failure.h>
#include <mori/heap.h>
#include <mori/keywords.h>
#include <mori/lock.h>
#include <mori/serve.h>
#include <mori/socket.h>

#include <errno.h>
#include <string.h>

#define READ_MAX      65536u
#define ADDRESS_BYTES 128u

struct listener {
        struct lender *lender;
        mori_server server; /* of an address that is no path: its listener, and nothing else */
        mori_lock accepting; /* so that who came first has the first connection */
};

struct connection {
        struct lender *lender;
        mori_file socket;
        mori_lock reading, writing;
        bool torn;  /* a write has ended within its bytes: none may follow */
        char *kept; /* what was borrowed and not wanted yet */
        uint32_t kept_at, kept_end;
};

static int answer_address(struct mori_call_head *call, mori_file socket, int peer,
                          struct mori_wire_text *ret_address)
{
        char *text = mori_call_alloc(call, ADDRESS_BYTES);

        if (text == NULL)
                return -ENOMEM;
        attempt(mori_socket_address(socket, peer, text, ADDRESS_BYTES));
        *ret_address = mori_wire_text_of(text);
        return 0;
}

/* ---- Connections */

static void connection_gone(void *self)
{
        struct connection *connection = self;

        mori_lock_deinit(&connection->reading);
        mori_lock_deinit(&connection->writing);
        lender_give_back(connection->lender, connection->socket);
        mori_free(connection->kept);
        mori_free(connection);
}

/* Has bytes from memory that stays where it is for now among the results; how many, or an error. */
static int64_t give(struct service_connection_read_call *call, const char *bytes, size_t count)
{
        void *copy;

        if (count > call->bytes)
                count = call->bytes;
        if (count > READ_MAX)
                count = READ_MAX;
        copy = mori_call_alloc(&call->call, count);
        if (copy == NULL)
                return -ENOMEM;
        memcpy(copy, bytes, count);
        call->data = mori_wire_data_of(copy, count);
        return (int64_t)count;
}

/* The next of those that are kept. */
static int give_kept(struct connection *connection, struct service_connection_read_call *call)
{
        int64_t given = give(call, connection->kept + connection->kept_at,
                             connection->kept_end - connection->kept_at);

        attempt(given);
        connection->kept_at += (uint32_t)given;
        if (connection->kept_at == connection->kept_end) {
                mori_free(connection->kept);
                connection->kept = NULL;
        }
        return 0;
}

/* Bytes that were borrowed: none is lost, also where memory is exhausted. */
static int give_borrowed(struct connection *connection, struct service_connection_read_call *call,
                         const mori_loan *loan)
{
        int64_t given = give(call, loan->data, loan->bytes);
        uint32_t taken = given < 0 ? 0 : (uint32_t)given;

        if (taken < loan->bytes) {
                connection->kept_at = 0;
                connection->kept_end = (uint32_t)loan->bytes - taken;
                connection->kept = mori_alloc(connection->kept_end);
                memcpy(connection->kept, (const char *)loan->data + taken, connection->kept_end);
        }
        return given < 0 ? (int)given : 0;
}

static async int connection_read(void *self, struct service_connection_read_call *call)
{
        struct connection *connection = self;
        mori_loan loan;
        int64_t count;
        int error;

        MORI_LOCKED(&connection->reading);
        if (call->bytes == 0)
                return 0;
        if (connection->kept != NULL)
                return give_kept(connection, call);
        count = await mori_socket_borrow(connection->socket, &loan);
        if (count <= 0)
                return (int)count;
        error = give_borrowed(connection, call, &loan);
        mori_loan_return(&loan);
        return error;
}

static async int connection_write(void *self, struct service_connection_write_call *call)
{
        struct connection *connection = self;

        uint32_t written = 0;

        MORI_LOCKED(&connection->writing);
        while (written < call->data.count && !connection->torn) {
                int64_t count = await mori_file_write(connection->socket,
                                                      call->data.bytes + written,
                                                      call->data.count - written);

                if (count <= 0) {
                        connection->torn = written > 0;
                        return count < 0 ? (int)count : -EIO;
                }
                written += (uint32_t)count;
        }
        return connection->torn ? -EPIPE : 0;
}

static async int connection_end(void *self, struct service_connection_end_call *call)
{
        struct connection *connection = self;

        (void)call;
        MORI_LOCKED(&connection->writing);
        if (connection->torn)
                return -EPIPE;
        return await mori_socket_shutdown(connection->socket, SHUT_WR);
}

static async int connection_peer(void *self, struct service_connection_peer_call *call)
{
        const struct connection *connection = self;

        return answer_address(&call->call, connection->socket, 1, &call->address);
}

static const struct service_connection_server connection_functions = {
        .read = connection_read,
        .write = connection_write,
        .end = connection_end,
        .peer = connection_peer,
};

/* ---- Listeners */

/* Accepts; an error only where it would come again at once. */
static async int accept_one(const struct listener *listener, mori_file *ret_socket)
{
        for (;;) {
                int error = await mori_socket_accept(listener->server.listener, ret_socket);

                switch (error) {
                case -ECONNABORTED: /* the peer has gone again */
                        break;
                case -EMFILE:
                case -ENFILE:
                case -ENOBUFS:
                case -ENOMEM:
                        attempt(await mori_sleep(MORI_MS(50)));
                        break;
                default:
                        return error;
                }
        }
}

static async int listener_accept(void *self, struct service_listener_accept_call *call)
{
        struct listener *listener = self;
        struct connection *connection;
        mori_file socket = MORI_NO_FILE;
        int error;

        MORI_LOCKED(&listener->accepting);
        attempt(await mori_semaphore_acquire(&listener->lender->room));
        error = await accept_one(listener, &socket);
        connection = error < 0 ? NULL : mori_alloc_try(sizeof *connection);
        if (connection == NULL) {
                lender_give_back(listener->lender, socket);
                return error < 0 ? error : -ENOMEM;
        }
        *connection = (struct connection){.lender = listener->lender, .socket = socket};
        error = service_connection_new(&connection_functions, connection, connection_gone,
                                       &call->connection);
        if (error < 0)
                connection_gone(connection);
        return error;
}

static async int listener_address(void *self, struct service_listener_address_call *call)
{
        const struct listener *listener = self;

        return answer_address(&call->call, listener->server.listener, 0, &call->address);
}

static const struct service_listener_server listener_functions = {
        .accept = listener_accept,
        .address = listener_address,
};

/* ---- The service */

static async int begin(const char *address, uint32_t open_max, struct listener **ret_listener,
                       service_listener *ret_service)
{
        struct listener *listener = mori_alloc_zero(1, sizeof *listener);
        mori_address parsed;
        int error;

        if (mori_address_parse(address, &parsed) < 0)
                return mori_fail(-EINVAL,
                                 "no address, as 127.0.0.1:8080, [::1]:0, *:8080 and unix:PATH "
                                 "are: `%s`",
                                 address);
        attempt(lender_new(open_max, 0, &listener->lender));
        if (strncmp(address, "unix:", 5) == 0)
                error = await mori_server_begin(address, SOCK_STREAM, 0, &listener->server);
        else
                error = mori_socket_listen(address, 0, &listener->server.listener);
        if (error < 0)
                return mori_fail(error, "cannot listen at %s", address);
        *ret_listener = listener;
        return service_listener_new(&listener_functions, listener, NULL, ret_service);
}

/* Until it is stopped; then the socket's file goes as well, where it has one. */
static async int run(struct listener *listener)
{
        int result = await lender_run(listener->lender);

        if (listener->server.name[0] != '\0')
                (void)await mori_server_end(&listener->server);
        return result;
}

async int mori_service_listener(void *argument)
{
        const struct mori_service_address *of = argument;
        struct listener *listener;
        service_listener served;

        if (of == NULL || memchr(of->address, '\0', sizeof of->address) == NULL)
                return mori_fail(-EINVAL, "it is told no address, or one that does not end");
        attempt(await begin(of->address, of->open_max, &listener, &served));
        attempt(export_served(served.ref));
        return await run(listener);
}

static async int listener_main(const struct builtin_listener_capabilities *has)
{
        struct builtin_listener_exports exports;
        struct listener *listener;

        attempt(await begin(has->address, has->open_max, &listener, &exports.listener));
        attempt(builtin_listener_export(has, &exports));
        service_listener_drop(exports.listener);
        return await run(listener);
}
SERVICE_PROGRAM(listener, listener_main);
