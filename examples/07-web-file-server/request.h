/* SPDX-License-Identifier: MIT */
/*
 * Requests: what llhttp finds in the bytes of a connection, as places in the buffer that they
 * came in.
 *
 * A request is parsed as its bytes arrive, and the buffer may not move while it is: spans are
 * offsets from its beginning. Where it must move (connection.c), request_shift() moves them with
 * it.
 */
#pragma once

#include <llhttp/llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_TARGET_BYTES 4096 /* the longest target; -414 */
#define REQUEST_BODY_BYTES 65536  /* the largest body, which is read and dropped; -413 */

struct span {
        uint16_t at, length;
};

enum request_header {
        HEADER_OTHER,
        HEADER_HOST,
        HEADER_RANGE,
        HEADER_IF_RANGE,
        HEADER_IF_NONE_MATCH,
        HEADER_IF_MODIFIED_SINCE,
        HEADERS
};

struct request {
        llhttp_t parser;
        const char *base; /* the buffer */
        struct span target, name;
        struct span headers[HEADERS];
        uint8_t header; /* the one whose value comes */
        uint8_t hosts;
        bool begun, complete, head_complete, keep_alive, name_ended;
        uint16_t refused; /* the status to refuse it with */
        size_t body_bytes;
};

enum request_progress {
        REQUEST_MORE, /* it is not complete: more bytes are needed */
        REQUEST_READY,
        REQUEST_REFUSED, /* request->refused says why; the connection is to be closed */
};

void request_init(struct request *request);
/*
 * Parses `length` bytes at base + at. *ret_used is how many belong to this request; after
 * REQUEST_READY the next one begins behind them, with request_next().
 */
enum request_progress request_parse(struct request *request, const char *base, size_t at,
                                    size_t length, size_t *ret_used);
void request_next(struct request *request);
/* The buffer's content moves down by `bytes`. */
void request_shift(struct request *request, size_t bytes);

static inline bool request_is_head(const struct request *request)
{
        return request->parser.method == HTTP_HEAD;
}
