/* SPDX-License-Identifier: MIT */
/* Programs as the threads around them see them: posts that come at any time. */
#include "support/async.h"

#include "base/atomic.h"
#include "platform/thread.h"

#include <errno.h>

#define PROGRAMS 300

static async void posted(void *word)
{
        ++*(long *)word;
}

static void posts_for_ever(void *quit)
{
        while (atomic_load_acquire((uint32_t *)quit) == 0)
                for (int i = 0; i < 10; i++) {
                        int error = mori_post(posted, shared(0));

                        if (error != 0 && error != -ESRCH)
                                abort();
                        mori_post_expect(1);
                        mori_post_expect(-1);
                }
}

static async int sleeps_briefly(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return await mori_sleep(MORI_US(50));
}

START_TEST(posts_come_whenever_a_program_begins_and_ends)
{
        struct platform_thread *thread;
        uint32_t quit = 0;

        ck_assert_int_eq(platform_thread_new(posts_for_ever, &quit, "posts", 0, &thread), 0);
        for (int i = 0; i < PROGRAMS; i++) {
                ck_assert_int_eq(run_on(sleeps_briefly, MORI_IO_EPOLL, 1), 0);
                ck_assert_not_reported();
                assert_nothing_left();
        }
        atomic_store_release(&quit, 1);
        platform_thread_join(thread);
        ck_assert_int_gt(*shared(0), 0);
        ck_assert_int_eq(mori_post(posted, shared(0)), -ESRCH);
}
END_TEST

TEST_MAIN("activity/program", TEST(posts_come_whenever_a_program_begins_and_ends))
