/* SPDX-License-Identifier: MIT */
/* What async code asks a foreign loop for, by promises that the loop's callbacks resolve. */
#pragma once

#include "loop.h"

#include "support/promise.h"

#include <pthread.h>

static mori_resolver asked;

static void answers(void *unused)
{
        (void)unused;
        mori_resolve_value(asked, NULL, 0);
}

MORI_NONBLOCKING __attribute__((noinline)) static mori_promise asks_for_time(void)
{
        mori_promise promise = make(0, &asked);

        loop_after(1, answers, NULL);
        return promise;
}

static void works(void *thread)
{
        *(pthread_t *)thread = pthread_self();
}

MORI_NONBLOCKING __attribute__((noinline)) static mori_promise asks_for_work(pthread_t *ret_thread)
{
        mori_promise promise = make(0, &asked);

        loop_work(works, answers, ret_thread);
        return promise;
}

MORI_NONBLOCKING __attribute__((noinline)) static bool is_here(const pthread_t *thread)
{
        return pthread_equal(*thread, pthread_self());
}

/*
 * Now the loop's timer, now the program's: either waits while the other is waited for. Then work of
 * the loop's on other threads.
 */
static async int takes_turns_with_loop(void)
{
        for (int i = 0; i < 20; i++) {
                attempt(await mori_promise_await_value(asks_for_time(), NULL, 0));
                attempt(await mori_sleep(MORI_MS(1)));
        }
        for (int i = 0; i < 20; i++) {
                pthread_t thread = {0};

                attempt(await mori_promise_await_value(asks_for_work(&thread), NULL, 0));
                EXPECT(!is_here(&thread));
        }
        return 0;
}
