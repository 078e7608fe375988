/* SPDX-License-Identifier: MIT */
/* A queue whole, for queue.c and select.c. */
#pragma once

#include "activity/wait.h"
#include "turn/process.h"

#include <mori/queue.h>

#define QUEUE_CLOSED (1u << 31)
#define QUEUE_WAITERS 1u

/* What a send and a receive that meet must touch is in the first 64 bytes. */
struct queue {
        struct mori_queue shown; /* first: what the user has a pointer to */
        _Alignas(16) struct wait_list receivers;
        struct process *process;
        _Alignas(16) struct wait_list senders;
        struct owned owned;
        char small[48]; /* the items, where they fit */
};

static_assert(offsetof(struct queue, receivers) >= 32 && offsetof(struct queue, senders) < 64,
              "a head of waiters has its links where a control block has them");

void queue_release(struct owned *owned);
/* Asserts the invariants; for tests. */
void queue_check(const mori_queue *queue);
