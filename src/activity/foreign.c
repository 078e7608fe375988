/* SPDX-License-Identifier: MIT */
/*
 * Waiting for what is not ours: a descriptor, and a loop with a descriptor and a time-out.
 *
 * Both are a select. A loop is
 *
 *      timeout_ms ---> wait: readable | that time has passed | woken ---> run ---> over
 *          ^                                                               |
 *          +---------------------------------------------------------------+
 *
 * Its descriptor is watched through a duplicate, which is in the process's table of files, so that
 * it goes with the process; the loop's own is the loop's. Wakes are a queue of one: a second one
 * before the loop has run adds nothing.
 */
#include <mori/file.h>
#include <mori/foreign.h>
#include <mori/result.h>
#include <mori/select.h>

#include "activity/file.h"
#include "turn/seat.h"

#include <errno.h>
#include <poll.h>

MORI_ASYNC int mori_file_ready(mori_file file, int events)
{
        mori_case one = MORI_CASE_READY(file, events);
        int index = MORI_AWAIT mori_select(&one, 1);

        return index < 0 ? index : one.result;
}

/* 0 with what is waited for, or a negative errno. What has been entered is left to loop_end(). */
static int loop_begin(mori_foreign_loop *loop, mori_file *ret_file)
{
        int fd;

        if (loop->timeout_ms == NULL || loop->run == NULL)
                return -EINVAL;
        if (loop->wakes != NULL)
                return -EBUSY;
        fd = platform_duplicate(seat_hold()->io, loop->descriptor);
        seat_release();
        if (fd < 0)
                return fd;
        loop->wakes = mori_queue_new(1, sizeof(char));
        if (loop->wakes == NULL) {
                process_close_now(fd);
                return -ENOMEM;
        }
        fd = file_enter(process_self(), fd, FILE_PLAIN, ret_file);
        if (fd < 0)
                loop->wakes = mori_queue_free(loop->wakes);
        return fd;
}

/* Waits until the loop should run. */
static MORI_ASYNC int loop_wait(mori_foreign_loop *loop, mori_file file)
{
        int timeout_ms = loop->timeout_ms(loop->context), index;
        char woken;
        mori_case cases[] = {
                MORI_CASE_RECEIVE(loop->wakes, &woken),
                MORI_CASE_READY(file, POLLIN),
                MORI_CASE_AFTER(MORI_MS((int64_t)timeout_ms)),
        };

        if (timeout_ms == 0)
                return MORI_AWAIT mori_yield();
        index = MORI_AWAIT mori_select(cases, timeout_ms < 0 ? 2 : 3);
        if (index < 0)
                return index;
        return cases[index].result < 0 ? cases[index].result : 0;
}

MORI_ASYNC int mori_foreign_loop_run(mori_foreign_loop *loop)
{
        mori_file file;
        int result = loop_begin(loop, &file);

        if (result < 0)
                return result;
        do {
                result = MORI_AWAIT loop_wait(loop, file);
                if (result == 0)
                        result = loop->run(loop->context);
        } while (result > 0);
        loop->wakes = mori_queue_free(loop->wakes);
        (void)(MORI_AWAIT mori_file_close(file) == 0);
        return result;
}

void mori_foreign_loop_wake(mori_foreign_loop *loop)
{
        const char wake = 1;

        if (loop->wakes != NULL)
                (void)mori_queue_try_send_item(loop->wakes, &wake, sizeof wake);
}
