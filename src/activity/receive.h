/* SPDX-License-Identifier: MIT */
/* Receiving from sockets: see receive.c, whose record of a socket stands at the end. */
#pragma once

#include "turn/process.h"

#include <mori/socket.h>

struct receiver;

/*
 * The first half of a read from a socket, into a buffer, or as a loan where ret_loan is not NULL: a
 * count, 0 at the end, an error, or WAIT_SUSPEND.
 */
int64_t receive_begin(struct process *process, struct file *file, void *buffer, size_t bytes,
                      mori_loan *ret_loan);
/*
 * A loan of which `bytes` were used up comes back: what is left is read next. Where the socket was
 * closed in the meantime, nobody reads it.
 */
void receive_put_back(struct process *process, mori_file socket, mori_loan *loan, size_t bytes);
/*
 * The file is being closed: whoever waits is answered -EBADF, the subscription is ended. True where
 * its last completion is still to come; the running activity, whose state is then QUIET, is woken
 * by it.
 */
bool receive_close_begin(struct process *process, struct file *file);
/*
 * What a poll for POLLIN by the kernel would miss: bytes, or the end, that have been received but
 * not read. POLLIN, or 0.
 */
int receive_events(const struct file *file);
/*
 * Where a subscription takes what comes from the kernel, a poll would not see it: then this watches
 * for it instead, and answers true. `seen` is called once, with POLLIN or an error, unless the
 * watch is ended before.
 */
struct receive_watch {
        struct receive_watch *next;
        struct receive_watch **link; /* NULL while it does not watch */
        void (*seen)(struct receive_watch *watch, int result);
};
bool receive_watch_begin(struct file *file, struct receive_watch *watch);
void receive_watch_end(struct receive_watch *watch);
/* Frees the receiver, which has no subscription any more, and what it holds. */
void receive_close(struct process *process, struct file *file);

struct chunk;

/* A socket that is read from; for receive.c alone, and for who looks at what is waited for. */
struct receiver {
        struct owned owned;
        struct process *process;
        struct operation *operation; /* the subscription, while there is one */
        struct chunk *first, **last;
        struct activity *reader;
        void *buffer;
        size_t bytes;
        mori_loan *loan; /* what the reader wants instead of its buffer filled */
        struct receiver *starved_next;
        struct receive_watch *watches;
        struct activity *closer;
        int32_t ended; /* 0; 1: the peer will send no more; below 0: the error */
        int32_t fd;
        uint16_t queued;
        bool plain;    /* the operation is a plain RECV into the reader's buffer */
        bool polling;  /* the operation is a POLL */
        bool readable; /* a poll has said that there are bytes, and none was received since */
        bool starved;
};
