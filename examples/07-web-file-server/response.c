/* SPDX-License-Identifier: MIT */
/*
 * Answers.
 *
 * Order of the conditions, as RFC 9110 (13.2.2) has it: If-None-Match, or where there is none
 * If-Modified-Since, gives 304; then Range, if If-Range agrees, gives 206 or 416. Several ranges
 * at once are answered with the whole file, which the RFC allows; so is a range that makes no
 * sense.
 */
#include "response.h"

#include "date.h"
#include "path.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *reason_of(int status)
{
        switch (status) {
        case 200:
                return "OK";
        case 206:
                return "Partial Content";
        case 301:
                return "Moved Permanently";
        case 304:
                return "Not Modified";
        case 400:
                return "Bad Request";
        case 403:
                return "Forbidden";
        case 404:
                return "Not Found";
        case 405:
                return "Method Not Allowed";
        case 408:
                return "Request Timeout";
        case 413:
                return "Content Too Large";
        case 414:
                return "URI Too Long";
        case 416:
                return "Range Not Satisfiable";
        case 431:
                return "Request Header Fields Too Large";
        case 501:
                return "Not Implemented";
        case 503:
                return "Service Unavailable";
        case 505:
                return "HTTP Version Not Supported";
        default:
                return "Internal Server Error";
        }
}

/* ---- Heads */

#define ADD_LITERAL(exchange, text) exchange_add((exchange), (text), sizeof(text) - 1)

static void add_text(struct exchange *exchange, const char *text)
{
        exchange_add(exchange, text, strlen(text));
}

static void add_number(struct exchange *exchange, uint64_t number)
{
        char digits[20], *at = digits + sizeof digits;

        do {
                *--at = (char)('0' + number % 10);
                number /= 10;
        } while (number > 0);
        exchange_add(exchange, at, (size_t)(digits + sizeof digits - at));
}

/* The status line and the fields that every answer has. */
static void begin(struct server *server, struct exchange *exchange, int status)
{
        if (status == 200) {
                ADD_LITERAL(exchange, "HTTP/1.1 200 OK\r\nServer: mori\r\nDate: ");
        } else {
                ADD_LITERAL(exchange, "HTTP/1.1 ");
                add_number(exchange, (uint64_t)status);
                ADD_LITERAL(exchange, " ");
                add_text(exchange, reason_of(status));
                ADD_LITERAL(exchange, "\r\nServer: mori\r\nDate: ");
        }
        exchange_add(exchange, date_now(), DATE_BYTES);
        ADD_LITERAL(exchange, "\r\n");
        server->totals.statuses[status / 100]++;
}

/* The last fields, and the end of the head. Whether the connection goes on is decided here. */
static void end(struct server *server, struct exchange *exchange)
{
        const struct request *request = &exchange->request;

        if (server->stopping || !request->keep_alive || exchange->closing) {
                exchange->closing = true;
                ADD_LITERAL(exchange, "Connection: close\r\n\r\n");
        } else if (request->parser.http_minor == 0) {
                ADD_LITERAL(exchange, "Connection: keep-alive\r\n\r\n");
        } else {
                ADD_LITERAL(exchange, "\r\n");
        }
}

static void add_length(struct exchange *exchange, uint64_t length)
{
        ADD_LITERAL(exchange, "Content-Length: ");
        add_number(exchange, length);
        ADD_LITERAL(exchange, "\r\n");
}

/* ---- Pages */

void response_error(struct server *server, struct exchange *exchange, int status)
{
        char page[256];
        int length = snprintf(page, sizeof page,
                              "<!doctype html>\n<title>%d %s</title>\n<h1>%d %s</h1>\n", status,
                              reason_of(status), status, reason_of(status));

        begin(server, exchange, status);
        ADD_LITERAL(exchange, "Content-Type: text/html; charset=utf-8\r\n");
        if (status == 405)
                ADD_LITERAL(exchange, "Allow: GET, HEAD\r\n");
        add_length(exchange, (uint64_t)length);
        end(server, exchange);
        if (!request_is_head(&exchange->request))
                exchange_add(exchange, page, (size_t)length);
}

void response_redirect(struct server *server, struct exchange *exchange, const char *path)
{
        char link[3 * PATH_BYTES];

        *path_escape_link(link, path) = '\0';
        begin(server, exchange, 301);
        ADD_LITERAL(exchange, "Location: /");
        add_text(exchange, link);
        ADD_LITERAL(exchange, "/\r\n");
        add_length(exchange, 0);
        end(server, exchange);
}

void response_page(struct server *server, struct exchange *exchange, char *html, size_t bytes)
{
        begin(server, exchange, 200);
        ADD_LITERAL(exchange, "Content-Type: text/html; charset=utf-8\r\n"
                              "Cache-Control: no-cache\r\n");
        add_length(exchange, bytes);
        end(server, exchange);
        exchange->body = html;
        if (!request_is_head(&exchange->request) && bytes > 0)
                exchange_add_held(exchange, NULL, html, bytes);
}

/* ---- Conditions and ranges */

static const char *header(const struct exchange *exchange, enum request_header which,
                          size_t *ret_length)
{
        const struct span *span = &exchange->request.headers[which];

        *ret_length = span->length;
        return span->length > 0 ? exchange->in + span->at : NULL;
}

/* Whether a list of entity tags has this one, compared weakly. */
static bool list_has_tag(const char *list, size_t length, const struct entry *entry)
{
        if (length == 1 && list[0] == '*')
                return true;
        return memmem(list, length, entry->etag, entry->etag_length) != NULL;
}

static bool is_not_modified(const struct exchange *exchange, const struct entry *entry)
{
        size_t length;
        const char *text = header(exchange, HEADER_IF_NONE_MATCH, &length);
        int64_t since;

        if (text != NULL)
                return list_has_tag(text, length, entry);
        text = header(exchange, HEADER_IF_MODIFIED_SINCE, &length);
        return text != NULL && date_read(text, length, &since) == 0 && entry->modified <= since;
}

/* A range is meant for the file that the peer knows; If-Range says which that is. */
static bool if_range_agrees(const struct exchange *exchange, const struct entry *entry)
{
        size_t length;
        const char *text = header(exchange, HEADER_IF_RANGE, &length);
        int64_t known;

        if (text == NULL)
                return true;
        if (text[0] == '"')
                return length == entry->etag_length && memcmp(text, entry->etag, length) == 0;
        return date_read(text, length, &known) == 0 && entry->modified == known;
}

/* Reads digits; false where there are none, or too many. */
static bool read_number(const char **at, const char *text_end, uint64_t *ret_number)
{
        const char *begun = *at;

        for (*ret_number = 0; *at < text_end && **at >= '0' && **at <= '9'; ++*at)
                *ret_number = *ret_number * 10 + (uint64_t)(**at - '0');
        return *at > begun && *at - begun <= 18;
}

enum range { RANGE_NONE, RANGE_PART, RANGE_UNSATISFIABLE };

/* "bytes=first-last", "bytes=first-", "bytes=-count". */
static enum range range_of(const struct exchange *exchange, uint64_t size, uint64_t *ret_first,
                           uint64_t *ret_count)
{
        size_t length;
        const char *at = header(exchange, HEADER_RANGE, &length);
        const char *text_end = at + length;
        uint64_t first, last = UINT64_MAX;

        if (at == NULL || length < 7 || strncasecmp(at, "bytes=", 6) != 0)
                return RANGE_NONE;
        at += 6;
        if (*at == '-') {
                at++;
                if (!read_number(&at, text_end, &last) || at != text_end)
                        return RANGE_NONE;
                if (last == 0 || size == 0)
                        return RANGE_UNSATISFIABLE;
                *ret_count = last < size ? last : size;
                *ret_first = size - *ret_count;
                return RANGE_PART;
        }
        if (!read_number(&at, text_end, &first) || at == text_end || *at++ != '-')
                return RANGE_NONE;
        if (at < text_end && !read_number(&at, text_end, &last))
                return RANGE_NONE;
        if (at != text_end || last < first)
                return RANGE_NONE;
        if (first >= size)
                return RANGE_UNSATISFIABLE;
        *ret_first = first;
        *ret_count = (last < size - 1 ? last : size - 1) - first + 1;
        return RANGE_PART;
}

/* ---- Files */

static void add_content(struct exchange *exchange, struct entry *entry, uint64_t first,
                        uint64_t count)
{
        if (request_is_head(&exchange->request) || count == 0)
                return;
        if (entry->content == NULL) {
                entry_hold(entry);
                exchange->file = entry;
                exchange->file_at = first;
                exchange->file_bytes = count;
        } else if (count <= EXCHANGE_COPY_BYTES) {
                exchange_add(exchange, entry->content + first, count);
        } else {
                exchange_add_held(exchange, entry, entry->content + first, count);
        }
}

void response_file(struct server *server, struct exchange *exchange, struct entry *entry)
{
        uint64_t size = (uint64_t)entry->status.st_size, first = 0, count = size;
        enum range range = RANGE_NONE;

        if (is_not_modified(exchange, entry)) {
                begin(server, exchange, 304);
                exchange_add(exchange, entry->head, entry->head_length);
                end(server, exchange);
                return;
        }
        if (exchange->request.headers[HEADER_RANGE].length > 0 &&
            !request_is_head(&exchange->request) && if_range_agrees(exchange, entry))
                range = range_of(exchange, size, &first, &count);
        if (range == RANGE_UNSATISFIABLE) {
                begin(server, exchange, 416);
                ADD_LITERAL(exchange, "Content-Range: bytes */");
                add_number(exchange, size);
                ADD_LITERAL(exchange, "\r\n");
                add_length(exchange, 0);
                end(server, exchange);
                return;
        }
        begin(server, exchange, range == RANGE_PART ? 206 : 200);
        exchange_add(exchange, entry->head, entry->head_length);
        if (range == RANGE_PART) {
                ADD_LITERAL(exchange, "Content-Range: bytes ");
                add_number(exchange, first);
                ADD_LITERAL(exchange, "-");
                add_number(exchange, first + count - 1);
                ADD_LITERAL(exchange, "/");
                add_number(exchange, size);
                ADD_LITERAL(exchange, "\r\n");
        }
        add_length(exchange, count);
        end(server, exchange);
        add_content(exchange, entry, first, count);
}
