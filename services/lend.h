/* SPDX-License-Identifier: MIT */
/*
 * What a service lends: objects that stand for something open, so many at a time.
 *
 *      lender_take() --> open, with an object --its `gone`: lender_give_back()--> to be closed
 *                                                                                      |
 *      room again <--closed-- lender_serve(), the service's main, one by one <---------+
 *
 * An object's `gone` is sync and cannot close anything, so main does it. An object keeps its room
 * until what it stood for is closed; so the queue of what is to be closed always has room, too.
 */
#pragma once

#include <mori/file.h>
#include <mori/object.h>
#include <mori/queue.h>
#include <mori/sync.h>

#include <stdbool.h>

struct lender {
        mori_semaphore room;
        mori_queue *closing; /* of mori_file */
};

/* `open_max`, 0: MORI_SERVICE_OPEN. 0; -EINVAL where it is too many, -ENOMEM. */
int lender_init(struct lender *lender, uint32_t open_max);
/* Room for one more. 0; -EMFILE where there is none. */
int lender_take(struct lender *lender);
/* Closes the file, where there is one, and then has room for one more. */
void lender_give_back(struct lender *lender, mori_file file);
/* Exports what the service serves, drops that reference, and runs: the rest of a service's main. */
MORI_ASYNC int lender_serve(struct lender *lender, mori_ref served);

/* Whether what a service is told is a string that ends and is not empty. */
bool text_is_good(const char *text, size_t size);
