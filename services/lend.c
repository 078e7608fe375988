/* SPDX-License-Identifier: MIT */
#include "lend.h"

#include <mori/failure.h>
#include <mori/heap.h>
#include <mori/keywords.h>
#include <mori/service.h>

#include <errno.h>

#define CLOSED_AT_ONCE 64

int lender_new(uint32_t open_max, uint32_t own, struct lender **ret_lender)
{
        struct lender *lender;

        if (open_max == 0)
                open_max = MORI_SERVICE_OPEN;
        if (open_max > MORI_SERVICE_OPEN_MAX)
                return mori_fail(-EINVAL, "it is to lend %u objects at a time: at most %u are",
                                 (unsigned)open_max, MORI_SERVICE_OPEN_MAX);
        open_max += own;
        lender = mori_alloc_zero(1, sizeof *lender);
        mori_semaphore_init(&lender->room, open_max, open_max);
        lender->closing = mori_queue_new(open_max, sizeof(mori_file));
        if (lender->closing == NULL)
                return -ENOMEM;
        *ret_lender = lender;
        return 0;
}

/* Room for one more: whose, if somebody waits, is known before that one runs. */
static void room_release(struct lender *lender)
{
        if (lender->waiting != 0)
                lender->waiting--;
        mori_semaphore_release(&lender->room);
}

async int lender_take(struct lender *lender)
{
        int error;

        if (mori_semaphore_try(&lender->room, 1) == 0)
                return 0;
        if (lender->waiting >= lender->to_close)
                return -EMFILE;
        lender->waiting++;
        error = await mori_semaphore_acquire(&lender->room);
        if (error < 0 && lender->waiting != 0)
                lender->waiting--;
        return error;
}

void lender_give_back(struct lender *lender, mori_file file)
{
        if (file.word == 0) {
                room_release(lender);
        } else {
                lender->to_close++;
                MORI_REQUIRE(mori_queue_try_send(lender->closing, &file) == 0);
        }
}

static async void close_one(struct lender *lender, mori_file file)
{
        /* what a write has reported late is nobody's any more */
        (void)await mori_file_close(file);
        lender->to_close--;
        room_release(lender);
}

async int lender_run(struct lender *lender)
{
        for (;;) {
                mori_file file;

                attempt(await mori_queue_receive(lender->closing, &file));
                scope {
                        int count = 1;

                        ignore(start(close_one, lender, file));
                        while (count++ < CLOSED_AT_ONCE &&
                               mori_queue_try_receive(lender->closing, &file) == 0)
                                ignore(start(close_one, lender, file));
                }
        }
}
