/* SPDX-License-Identifier: MIT */
/*
 * One connection, one activity.
 *
 *      idle --bytes--> busy: parse, answer, parse, answer, ... send all --nothing is left--> idle
 *        |               |
 *        |               +-- refused, asked to, stopping, peer gone --> linger --> closed
 *        +-- time-out, stopping, peer gone -------------------------------------> closed
 *
 * While it is idle it has no buffer (exchange.h): it waits for a loan of one that has the bytes.
 * An idle connection ends at once when the server is stopped, for its wait is `soft`. One that is
 * busy finishes what it has begun.
 *
 * What is decided without waiting is decided in advance(), which is sync: it answers as many
 * requests from the cache as there are. So a pipeline of requests costs one read and one write.
 */
#include "path.h"
#include "response.h"

#include <string.h>
#include <sys/socket.h>

#define SLICE_BYTES ((size_t)1 << 20) /* of a file, for each of which a peer has options.request */
#define LINGER_BYTES 65536

/* ---- What needs no waiting */

enum advance {
        ADVANCE_READ,  /* more of a request is needed, or nothing is left */
        ADVANCE_SEND,  /* there is no room for another answer, or a file is to be sent */
        ADVANCE_FETCH, /* the answer is not in the cache */
        ADVANCE_CLOSE,
};

/* Answers the request from what is known; false where it has to be fetched. */
static bool answer(struct server *server, struct exchange *exchange)
{
        const struct request *request = &exchange->request;
        char path[PATH_BYTES];
        struct entry *entry;
        int length;

        if (request->parser.method != HTTP_GET && request->parser.method != HTTP_HEAD) {
                exchange->closing |= request->body_bytes > 0;
                response_error(server, exchange, 405);
                return true;
        }
        length = path_decode(exchange->in + request->target.at, request->target.length, path);
        if (length < 0) {
                response_error(server, exchange, -length);
                return true;
        }
        if (length == 0 || path[length - 1] == '/') {
                memcpy(path + length, "index.html", sizeof "index.html");
                length += (int)sizeof "index.html" - 1;
        }
        entry = cache_find(&server->cache, path, (size_t)length);
        if (entry == NULL || mori_now() - entry->checked > MORI_S(1))
                return false;
        response_file(server, exchange, entry);
        return true;
}

/* Parses the next request; true where there is one to be answered. */
static bool take_request(struct server *server, struct exchange *exchange)
{
        struct request *request = &exchange->request;
        size_t used;

        if (exchange->parsed == exchange->filled)
                return false;
        if (!request->begun)
                exchange->request_at = exchange->parsed;
        switch (request_parse(request, exchange->in, exchange->parsed,
                              exchange->filled - exchange->parsed, &used)) {
        case REQUEST_MORE:
                exchange->parsed = exchange->filled;
                return false;
        case REQUEST_READY:
                exchange->parsed += (uint32_t)used;
                exchange->pending = true;
                exchange->deadline = 0;
                server->totals.requests++;
                return true;
        case REQUEST_REFUSED:
                exchange->closing = true;
                server->totals.requests++;
                response_error(server, exchange, request->refused);
                return false;
        }
        return false;
}

static void answered(struct exchange *exchange)
{
        exchange->pending = false;
        request_next(&exchange->request);
}

static enum advance advance(struct server *server, struct exchange *exchange)
{
        for (;;) {
                if (!exchange_has_room(exchange))
                        return ADVANCE_SEND;
                if (!exchange->pending) {
                        if (exchange->closing)
                                return ADVANCE_CLOSE;
                        if (!take_request(server, exchange))
                                return exchange->closing ? ADVANCE_CLOSE : ADVANCE_READ;
                }
                if (!answer(server, exchange))
                        return ADVANCE_FETCH;
                answered(exchange);
        }
}

/* ---- What waits */

/* Sends a file that is not in memory: a piece at a time, each within its own deadline. */
static async int send_file(struct server *server, mori_file peer, struct exchange *exchange)
{
        int64_t sent = 0;

        while (exchange->file_bytes > 0) {
                size_t slice = exchange->file_bytes < SLICE_BYTES ? exchange->file_bytes
                                                                  : SLICE_BYTES;

                within (server->options.request) {
                        sent = await mori_sendfile(peer, exchange->file->file, exchange->file_at,
                                                   slice);
                }
                if (sent <= 0)
                        return sent < 0 ? (int)sent : -EIO; /* it is shorter than it was */
                exchange->file_at += (uint64_t)sent;
                exchange->file_bytes -= (uint64_t)sent;
                server->totals.bytes += (uint64_t)sent;
        }
        entry_release(&server->cache, exchange->file);
        exchange->file = NULL;
        return 0;
}

/* Sends all answers that have gathered. */
static async int send_all(struct server *server, mori_file peer, struct exchange *exchange)
{
        int64_t sent = 0;

        if (exchange->pieces_count == 1) {
                within (server->options.request) {
                        sent = await mori_file_write(peer, exchange->pieces[0].iov_base,
                                                     exchange->pieces[0].iov_len);
                }
        } else if (exchange->pieces_count > 1) {
                within (server->options.request) {
                        sent = await mori_file_writev(peer, exchange->pieces,
                                                      exchange->pieces_count);
                }
        }
        if (sent < 0)
                return (int)sent;
        for (uint32_t i = 0; i < exchange->pieces_count; i++)
                sent -= (int64_t)exchange->pieces[i].iov_len;
        if (sent < 0)
                return -EPIPE; /* cut off */
        for (uint32_t i = 0; i < exchange->pieces_count; i++)
                server->totals.bytes += exchange->pieces[i].iov_len;
        exchange_sent(exchange, &server->cache);
        return exchange->file != NULL ? await send_file(server, peer, exchange) : 0;
}

/* Reads more of the request that has begun, until its deadline. */
static async int read_more(struct server *server, mori_file peer, struct exchange *exchange)
{
        size_t room = exchange_make_room(exchange);
        int64_t count = 0;

        if (room == 0) {
                exchange->closing = true;
                response_error(server, exchange, 431);
                return 0;
        }
        if (exchange_take_loan(exchange, room))
                return 0;
        if (exchange->deadline == 0)
                exchange->deadline = mori_now() + server->options.request;
        within (exchange->deadline - mori_now()) {
                count = await mori_file_read(peer, exchange->in + exchange->filled, room);
        }
        if (count == -ETIMEDOUT) {
                server->totals.timed_out++;
                exchange->closing = true;
                response_error(server, exchange, 408);
                return 0;
        }
        if (count <= 0)
                return count < 0 ? (int)count : -EPIPE;
        exchange->filled += (uint32_t)count;
        return 0;
}

/*
 * Closing with unread bytes would reset the connection, and the answer with it (RFC 9112, 9.6).
 * So we say that we have finished, and read what the peer still sends, for a while.
 */
static async void linger(mori_file peer)
{
        char dropped[512];
        int64_t count = 1;

        if (await mori_socket_shutdown(peer, SHUT_WR) < 0)
                return;
        soft {
                within (MORI_S(1)) {
                        for (int i = 0; i < LINGER_BYTES / 512 && count > 0; i++)
                                count = await mori_file_read(peer, dropped, sizeof dropped);
                }
        }
}

/*
 * From the first bytes until nothing is left to be answered. Returns 0, or below 0: the
 * connection has ended.
 */
static async int busy(struct server *server, mori_file peer, struct exchange *exchange)
{
        for (;;) {
                switch (advance(server, exchange)) {
                case ADVANCE_SEND:
                        attempt(await send_all(server, peer, exchange));
                        break;
                case ADVANCE_FETCH:
                        attempt(await fetch(server, exchange));
                        answered(exchange);
                        break;
                case ADVANCE_READ:
                        attempt(await send_all(server, peer, exchange));
                        if (!exchange->request.begun && exchange->loan.bytes == 0)
                                return 0;
                        attempt(await read_more(server, peer, exchange));
                        break;
                case ADVANCE_CLOSE:
                        attempt(await send_all(server, peer, exchange));
                        await linger(peer);
                        return -EPIPE;
                }
        }
}

/* Frees what the cache has dropped, which may have to be closed. */
static async void cache_tidy(struct cache *cache)
{
        struct entry *entry;

        while ((entry = cache_doomed(cache)) != NULL) {
                if (entry->content == NULL)
                        (void)await mori_file_close(entry->file);
                entry_free(entry);
        }
}

/*
 * Busy, from a loan on. An activity of its own, so that the stack that it needs is given back
 * when the connection is idle again: a thousand idle ones keep a thousand small stacks, and no
 * large one.
 */
static async int exchange_run(struct server *server, mori_file peer, mori_loan *loan)
{
        struct exchange *exchange = exchange_new(&server->pool);
        int result;

        if (exchange == NULL) {
                mori_loan_return(loan);
                return -ENOMEM;
        }
        exchange_lend(exchange, loan);
        result = await busy(server, peer, exchange);
        exchange_free(&server->pool, &server->cache, exchange);
        if (server->cache.doomed != NULL)
                await cache_tidy(&server->cache);
        return result;
}

async int connection_run(struct server *server, mori_file peer)
{
        mori_loan loan = {0};
        int64_t count = 0;

        server->connections++;
        do {
                soft {
                        within (server->options.idle) {
                                count = await mori_socket_borrow(peer, &loan);
                        }
                }
        } while (count > 0 && await join(start(exchange_run, server, peer, &loan)) == 0);
        server->connections--;
        (void)await mori_file_close(peer);
        return 0;
}
