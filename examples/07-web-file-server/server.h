/* SPDX-License-Identifier: MIT */
/*
 * What all parts of the server share. One process: its activities take turns, so nothing here
 * needs a lock.
 */
#pragma once

#include "cache.h"
#include "exchange.h"

#include <mori/keywords.h>

struct options {
        const char *root;
        const char *listen;
        int64_t idle;    /* how long a connection may say nothing between requests */
        int64_t request; /* how long a request, or a piece of an answer, may take */
        int64_t grace;   /* how long connections may go on after SIGTERM */
        bool json;
};

struct totals {
        uint64_t connections, connections_refused, timed_out;
        uint64_t requests;
        uint64_t statuses[6]; /* by their first digit */
        uint64_t bytes;       /* of answers */
};

struct server {
        struct options options;
        mori_file root;
        struct cache cache;
        struct exchange_pool pool;
        struct totals totals;
        uint32_t connections; /* open now */
        bool stopping;
};

/* listener.c: accepts connections until it is cancelled, and then waits for them. */
async int listener_run(struct server *server, mori_file listener);

/* connection.c: serves a connection to its end, and closes it. */
async int connection_run(struct server *server, mori_file peer);

/*
 * fetch.c: answers the request of an exchange that the cache could not answer: opens, reads,
 * lists, and puts the answer into the exchange. Returns 0, or a negative errno where the
 * connection is to be given up.
 */
async int fetch(struct server *server, struct exchange *exchange);

/*
 * listing.c: the listing of an open directory as HTML, for malloc's free(). `path` is what stands
 * above it.
 */
async int listing_make(mori_file directory, const char *path, char **ret_html, size_t *ret_bytes);
