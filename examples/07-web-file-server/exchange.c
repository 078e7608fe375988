/* SPDX-License-Identifier: MIT */
/*
 * The buffers of an exchange.
 *
 *      in:   | answered | the request being parsed | not parsed |   room   |
 *            0          request_at                 parsed       filled     EXCHANGE_IN_BYTES
 *
 * A head is at most EXCHANGE_HEAD_BYTES long. What lies behind that is for bodies, which are read
 * over and over into the same place, as nobody wants them.
 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

struct exchange *exchange_new(struct exchange_pool *pool)
{
        struct exchange *exchange = pool->free;

        if (exchange != NULL) {
                pool->free = exchange->next;
                pool->count--;
        } else {
                exchange = malloc(sizeof *exchange);
                if (exchange == NULL)
                        return NULL;
        }
        memset(exchange, 0, offsetof(struct exchange, pieces));
        exchange->body = NULL;
        exchange->file = NULL;
        request_init(&exchange->request);
        return exchange;
}

void exchange_free(struct exchange_pool *pool, struct cache *cache, struct exchange *exchange)
{
        exchange_sent(exchange, cache);
        mori_loan_return(&exchange->loan);
        if (exchange->file != NULL)
                entry_release(cache, exchange->file);
        if (pool->count >= EXCHANGE_POOL_MAX) {
                free(exchange);
                return;
        }
        exchange->next = pool->free;
        pool->free = exchange;
        pool->count++;
}

void exchange_pool_deinit(struct exchange_pool *pool)
{
        while (pool->free != NULL) {
                struct exchange *exchange = pool->free;

                pool->free = exchange->next;
                free(exchange);
        }
}

bool exchange_take_loan(struct exchange *exchange, size_t room)
{
        mori_loan *loan = &exchange->loan;
        size_t bytes = loan->bytes - exchange->loan_at;

        if (bytes == 0)
                return false;
        if (bytes > room)
                bytes = room;
        memcpy(exchange->in + exchange->filled, (const char *)loan->data + exchange->loan_at,
               bytes);
        exchange->filled += (uint32_t)bytes;
        exchange->loan_at += bytes;
        if (exchange->loan_at == loan->bytes) {
                mori_loan_return(loan);
                exchange->loan_at = 0;
        }
        return true;
}

void exchange_lend(struct exchange *exchange, mori_loan *loan)
{
        exchange->loan = *loan;
        *loan = (mori_loan){0};
        exchange_take_loan(exchange, EXCHANGE_HEAD_BYTES);
}

bool exchange_has_room(const struct exchange *exchange)
{
        return exchange->out_filled + EXCHANGE_ROOM_BYTES + EXCHANGE_COPY_BYTES <=
                       EXCHANGE_OUT_BYTES &&
               exchange->pieces_count + 3 <= EXCHANGE_PIECES && exchange->body == NULL &&
               exchange->file == NULL;
}

void exchange_add(struct exchange *exchange, const void *bytes, size_t length)
{
        char *at = exchange->out + exchange->out_filled;
        struct iovec *last = &exchange->pieces[exchange->pieces_count];

        MORI_REQUIRE(exchange->out_filled + length <= EXCHANGE_OUT_BYTES);
        memcpy(at, bytes, length);
        exchange->out_filled += (uint32_t)length;
        if (exchange->pieces_count > 0 && (char *)last[-1].iov_base + last[-1].iov_len == at) {
                last[-1].iov_len += length;
                return;
        }
        MORI_REQUIRE(exchange->pieces_count < EXCHANGE_PIECES);
        *last = (struct iovec){at, length};
        exchange->pieces_count++;
}

void exchange_add_held(struct exchange *exchange, struct entry *entry, const void *bytes,
                       size_t length)
{
        MORI_REQUIRE(exchange->pieces_count < EXCHANGE_PIECES);
        exchange->pieces[exchange->pieces_count++] =
                (struct iovec){(void *)(uintptr_t)bytes, length};
        if (entry != NULL) {
                entry_hold(entry);
                exchange->held[exchange->held_count++] = entry;
        }
}

void exchange_sent(struct exchange *exchange, struct cache *cache)
{
        for (uint32_t i = 0; i < exchange->held_count; i++)
                entry_release(cache, exchange->held[i]);
        free(exchange->body);
        exchange->body = NULL;
        exchange->held_count = 0;
        exchange->pieces_count = 0;
        exchange->out_filled = 0;
}

size_t exchange_make_room(struct exchange *exchange)
{
        struct request *request = &exchange->request;
        uint32_t end = request->head_complete ? EXCHANGE_IN_BYTES : EXCHANGE_HEAD_BYTES;

        if (!request->begun) {
                exchange->request_at = exchange->parsed = exchange->filled = 0;
        } else if (request->head_complete && exchange->filled == end) {
                /*
                 * the head ends within EXCHANGE_HEAD_BYTES; behind it stands only body that was
                 * parsed
                 */
                exchange->parsed = exchange->filled = EXCHANGE_HEAD_BYTES;
        } else if (exchange->filled >= end && exchange->request_at > 0) {
                memmove(exchange->in, exchange->in + exchange->request_at,
                        exchange->filled - exchange->request_at);
                request_shift(request, exchange->request_at);
                exchange->parsed -= exchange->request_at;
                exchange->filled -= exchange->request_at;
                exchange->request_at = 0;
        }
        return exchange->filled < end ? end - exchange->filled : 0;
}
