/* SPDX-License-Identifier: MIT */
#include "lend.h"

#include <mori/keywords.h>
#include <mori/service.h>

#include <errno.h>
#include <string.h>

int lender_init(struct lender *lender, uint32_t open_max)
{
        if (open_max == 0)
                open_max = MORI_SERVICE_OPEN;
        if (open_max > MORI_SERVICE_OPEN_MAX)
                return -EINVAL;
        mori_semaphore_init(&lender->room, open_max, open_max);
        lender->closing = mori_queue_new(open_max, sizeof(mori_file));
        return lender->closing == NULL ? -ENOMEM : 0;
}

int lender_take(struct lender *lender)
{
        return mori_semaphore_try(&lender->room, 1) == 0 ? 0 : -EMFILE;
}

void lender_give_back(struct lender *lender, mori_file file)
{
        if (file.word == 0)
                mori_semaphore_release(&lender->room);
        else
                MORI_REQUIRE(mori_queue_try_send(lender->closing, &file) == 0);
}

/* Closes what is given back, until it is cancelled: -ECANCELED. */
static async int run(struct lender *lender)
{
        for (;;) {
                mori_file file;

                attempt(await mori_queue_receive(lender->closing, &file));
                /* what a write has reported late is nobody's any more */
                (void)await mori_file_close(file);
                mori_semaphore_release(&lender->room);
        }
}

async int lender_serve(struct lender *lender, mori_ref served)
{
        attempt(mori_export(served));
        mori_ref_drop(served);
        return await run(lender);
}

bool text_is_good(const char *text, size_t size)
{
        return text[0] != '\0' && memchr(text, '\0', size) != NULL;
}
