/* SPDX-License-Identifier: MIT */
/*
 * What a service lends: objects that stand for something open, so many at a time.
 *
 *      lender_take() --> open, with an object --its `gone`: lender_give_back()--> to be closed
 *                                                                                      |
 *      room again <--closed-- lender_run(), the service's main, many at once <--------+
 *
 * An object's `gone` is sync and cannot close anything, so main does it. An object keeps its room
 * until what it stood for is closed; so the queue of what is to be closed always has room, too.
 */
#pragma once

#include <mori/file.h>
#include <mori/queue.h>
#include <mori/sync.h>

struct lender {
        mori_semaphore room;
        mori_queue *closing; /* of mori_file */
        uint32_t to_close;   /* what is given back, and not closed yet */
        uint32_t waiting;    /* who has no room yet in lender_take(): never for more than that */
};

/*
 * In the heap of the process, with which it goes. `open_max`, 0: MORI_SERVICE_OPEN; and room for
 * `own` more, which the service has itself. 0; -EINVAL where it is too many, -ENOMEM.
 */
int lender_new(uint32_t open_max, uint32_t own, struct lender **ret_lender);
/*
 * Room for one more, which is waited for where something is being closed. 0; -EMFILE where so many
 * are lent; -ECANCELED.
 */
MORI_ASYNC int lender_take(struct lender *lender);
/* Closes the file, where there is one, and then has room for one more. */
void lender_give_back(struct lender *lender, mori_file file);
/* Closes what is given back, until it is cancelled: -ECANCELED. */
MORI_ASYNC int lender_run(struct lender *lender);
