/* SPDX-License-Identifier: MIT */
/*
 * An exchange: what a connection needs while it is not idle. Bytes that came and are not
 * answered, the request that is parsed, and answers that are not sent. A connection takes one
 * from the pool when bytes come, and gives it back when all of them are answered: so an idle
 * connection has none, and a thousand of them cost next to nothing.
 *
 * Answers gather as pieces, for one write: heads and small bodies are copied into `out`, larger
 * ones stay in the cache and are held.
 */
#pragma once

#include "cache.h"
#include "request.h"

#include <sys/uio.h>

#define EXCHANGE_HEAD_BYTES 8192u /* the largest head of a request; 431 */
#define EXCHANGE_IN_BYTES (EXCHANGE_HEAD_BYTES + 512u)
#define EXCHANGE_OUT_BYTES 24576u
#define EXCHANGE_ROOM_BYTES 5120u   /* what the longest answer without its body needs */
#define EXCHANGE_COPY_BYTES 4096u   /* a body up to this is copied */
#define EXCHANGE_PIECES 32u
#define EXCHANGE_POOL_MAX 64u

struct exchange {
        struct exchange *next;
        struct request request;
        uint32_t request_at;  /* where its first byte stands in `in` */
        uint32_t parsed, filled;
        bool pending;         /* the request is complete and not answered */
        bool closing;         /* no further request is taken */
        mori_loan loan;       /* bytes that are not yet in `in`, from `loan_at` on */
        size_t loan_at;
        int64_t deadline;     /* when the request must have arrived; 0: not set */
        uint32_t out_filled;
        uint32_t pieces_count, held_count;
        struct iovec pieces[EXCHANGE_PIECES];
        struct entry *held[EXCHANGE_PIECES];
        char *body;           /* of a listing, freed when it is sent */
        struct entry *file;   /* to be sent from behind the pieces; held */
        uint64_t file_at, file_bytes;
        char in[EXCHANGE_IN_BYTES];
        char out[EXCHANGE_OUT_BYTES];
};

struct exchange_pool {
        struct exchange *free;
        uint32_t count;
};

/* NULL where memory is exhausted. */
struct exchange *exchange_new(struct exchange_pool *pool);
void exchange_free(struct exchange_pool *pool, struct cache *cache, struct exchange *exchange);
/* Frees those that are kept for the next one. */
void exchange_pool_deinit(struct exchange_pool *pool);

/* Hands it the bytes that came first; it returns the loan. */
void exchange_lend(struct exchange *exchange, mori_loan *loan);
/* Takes up to `room` bytes from the loan, if there are any. */
bool exchange_take_loan(struct exchange *exchange, size_t room);

/* True where another answer may be added. */
bool exchange_has_room(const struct exchange *exchange);
/* Adds a copy, at most what exchange_has_room() has promised. */
void exchange_add(struct exchange *exchange, const void *bytes, size_t length);
/* Adds bytes of an entry, which is held until they are sent. */
void exchange_add_held(struct exchange *exchange, struct entry *entry, const void *bytes,
                       size_t length);
/* All pieces are sent. */
void exchange_sent(struct exchange *exchange, struct cache *cache);
/*
 * Makes room for more of the request. Returns how much there is behind `filled`; 0: its head is
 * too large.
 */
size_t exchange_make_room(struct exchange *exchange);
