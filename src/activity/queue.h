/* SPDX-License-Identifier: MIT */
/* A queue whole, for queue.c and select.c. */
#pragma once

#include "activity/wait.h"
#include "turn/process.h"

#include <mori/queue.h>

#define QUEUE_CLOSED (1u << 31)
#define QUEUE_WAITERS 1u

struct queue {
        struct mori_queue shown; /* first: what the user has a pointer to */
        struct process *process;
        _Alignas(16) struct wait_list senders;
        _Alignas(16) struct wait_list receivers;
        struct owned owned;
};

static_assert(offsetof(struct queue, senders) % 16 == 0 && sizeof(struct wait_list) % 16 == 0,
              "refs count 16 bytes");

void queue_release(struct owned *owned);
/* Asserts the invariants; for tests. */
void queue_check(const mori_queue *queue);
