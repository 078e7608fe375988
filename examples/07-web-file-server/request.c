/* SPDX-License-Identifier: MIT */
/*
 * The meeting point with llhttp: its callbacks keep where things are. A callback that refuses a
 * request stores a status and returns HPE_USER. llhttp pauses itself at the end of each message,
 * so that pipelined requests are taken one by one.
 */
#include "request.h"

#include <string.h>
#include <strings.h>

static struct request *request_of(llhttp_t *parser)
{
        return parser->data;
}

static int refuse(struct request *request, uint16_t status)
{
        if (request->refused == 0)
                request->refused = status;
        return HPE_USER;
}

static void span_extend(const struct request *request, struct span *span, const char *at,
                        size_t length)
{
        if (span->length == 0)
                span->at = (uint16_t)(at - request->base);
        span->length = (uint16_t)(span->length + length);
}

static int on_message_begin(llhttp_t *parser)
{
        request_of(parser)->begun = true;
        return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
        struct request *request = request_of(parser);

        if (request->target.length + length > REQUEST_TARGET_BYTES)
                return refuse(request, 414);
        span_extend(request, &request->target, at, length);
        return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length)
{
        struct request *request = request_of(parser);

        if (request->head_complete) /* a trailer of a chunked body */
                return 0;
        span_extend(request, &request->name, at, length);
        return 0;
}

static enum request_header header_of(const char *name, size_t length)
{
        switch (length) {
        case 4:
                return strncasecmp(name, "Host", 4) == 0 ? HEADER_HOST : HEADER_OTHER;
        case 5:
                return strncasecmp(name, "Range", 5) == 0 ? HEADER_RANGE : HEADER_OTHER;
        case 8:
                return strncasecmp(name, "If-Range", 8) == 0 ? HEADER_IF_RANGE : HEADER_OTHER;
        case 13:
                return strncasecmp(name, "If-None-Match", 13) == 0 ? HEADER_IF_NONE_MATCH
                                                                   : HEADER_OTHER;
        case 17:
                return strncasecmp(name, "If-Modified-Since", 17) == 0 ? HEADER_IF_MODIFIED_SINCE
                                                                       : HEADER_OTHER;
        default:
                return HEADER_OTHER;
        }
}

static int on_header_field_complete(llhttp_t *parser)
{
        struct request *request = request_of(parser);

        if (request->head_complete) {
                request->header = HEADER_OTHER;
                return 0;
        }
        request->header = (uint8_t)header_of(request->base + request->name.at,
                                             request->name.length);
        request->name.length = 0;
        if (request->header == HEADER_HOST)
                request->hosts++;
        else if (request->header != HEADER_OTHER && request->headers[request->header].length > 0)
                request->header = HEADER_OTHER; /* said twice: the first counts */
        return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
        struct request *request = request_of(parser);

        if (request->header != HEADER_OTHER && !request->head_complete)
                span_extend(request, &request->headers[request->header], at, length);
        return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
        struct request *request = request_of(parser);

        request->head_complete = true;
        parser->upgrade = 0; /* offered, not taken */
        if (parser->http_major != 1)
                return refuse(request, 505);
        if (request->hosts != 1 && (request->hosts > 1 || parser->http_minor > 0))
                return refuse(request, 400);
        if ((parser->flags & F_CONTENT_LENGTH) && parser->content_length > REQUEST_BODY_BYTES)
                return refuse(request, 413);
        return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
        struct request *request = request_of(parser);

        (void)at;
        request->body_bytes += length;
        return request->body_bytes > REQUEST_BODY_BYTES ? refuse(request, 413) : 0;
}

static int on_message_complete(llhttp_t *parser)
{
        struct request *request = request_of(parser);

        request->complete = true;
        request->keep_alive = llhttp_should_keep_alive(parser);
        return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
        .on_message_begin = on_message_begin,
        .on_url = on_url,
        .on_header_field = on_header_field,
        .on_header_field_complete = on_header_field_complete,
        .on_header_value = on_header_value,
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
};

void request_init(struct request *request)
{
        memset(request, 0, sizeof *request);
        llhttp_init(&request->parser, HTTP_REQUEST, &settings);
        request->parser.data = request;
}

void request_next(struct request *request)
{
        memset((char *)request + offsetof(struct request, base), 0,
               sizeof *request - offsetof(struct request, base));
        llhttp_resume(&request->parser);
}

void request_shift(struct request *request, size_t bytes)
{
        request->target.at = (uint16_t)(request->target.at - bytes);
        request->name.at = (uint16_t)(request->name.at - bytes);
        for (unsigned i = 0; i < HEADERS; i++)
                request->headers[i].at = (uint16_t)(request->headers[i].at - bytes);
}

/* What an error of the parser means to the peer. */
static uint16_t status_of(const struct request *request, llhttp_errno_t error)
{
        if (request->refused != 0)
                return request->refused;
        switch (error) {
        case HPE_INVALID_METHOD:
                return 501;
        case HPE_INVALID_VERSION:
        case HPE_PAUSED_H2_UPGRADE:
                return 505;
        default:
                return 400;
        }
}

enum request_progress request_parse(struct request *request, const char *base, size_t at,
                                    size_t length, size_t *ret_used)
{
        llhttp_errno_t error;

        request->base = base;
        error = llhttp_execute(&request->parser, base + at, length);
        if (error == HPE_OK) {
                *ret_used = length;
                return REQUEST_MORE;
        }
        *ret_used = (size_t)(llhttp_get_error_pos(&request->parser) - (base + at));
        if (error == HPE_PAUSED && request->complete && request->refused == 0)
                return REQUEST_READY;
        request->refused = status_of(request, error);
        return REQUEST_REFUSED;
}
