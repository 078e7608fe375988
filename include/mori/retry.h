/* SPDX-License-Identifier: MIT */
/*
 * Trying again, and not too often: retries with back-off, and rate limits.
 *
 *         static const mori_retry gently = {.attempts = 5, .delay = MORI_MS(100)};
 *
 *         attempt(MORI_RETRY(&gently, await fetch(url, &page)));
 *
 * A limit of the rate at which something may happen is a bucket of tokens (J. Turner, 1986), kept
 * as the time at which it will be full again (ITU-T I.371's virtual scheduling):
 *
 *         mori_rate requests = MORI_RATE(100, MORI_S(1), 20); // 100 a second, 20 of them at once
 *
 *         attempt(await mori_rate_acquire(&requests, 1));
 */
#pragma once

#include <mori/activity.h>
#include <mori/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How often, and how long between. What is 0 has the default that its comment says. The n-th delay
 * is drawn at random between 0 and delay * 2^(n-1), at most delay_max (M. Brooker's full jitter,
 * 2015), so that those who failed together do not come again together.
 */
typedef struct mori_retry {
        unsigned attempts;  /* with the first; 4 */
        int64_t delay;      /* nanoseconds; 50 ms */
        int64_t delay_max;  /* 10 s */
        int (*worth)(int error); /* whether another attempt makes sense; mori_retry_is_worth */
} mori_retry;

/*
 * MORI_RETRY(how, call): evaluates `call`, an int, again and again until it is 0 or more, or an
 * error that is not worth it, or the attempts are used up. Its value is what the last one was; or
 * -ECANCELED or -ETIMEDOUT where the scope was cancelled meanwhile, or its deadline has passed.
 */
#define MORI_RETRY(how, call)                                                                      \
        __extension__({                                                                            \
                struct mori_retry_state mori_detail_retry = {.policy = (how)};                     \
                do                                                                                 \
                        mori_detail_retry.result = (call);                                         \
                while (MORI_AWAIT mori_retry_again(&mori_detail_retry));                           \
                mori_detail_retry.result;                                                          \
        })

/*
 * True for errors that may pass by themselves: -EAGAIN, -EBUSY, -EINTR, -ECONNREFUSED, -ECONNRESET,
 * -ECONNABORTED, -EPIPE, -ETIMEDOUT, -EHOSTUNREACH, -ENETUNREACH, -ENETDOWN, -ENETRESET, -ENOBUFS,
 * -ENOMEM, -EMFILE, -ENFILE.
 */
MORI_API int mori_retry_is_worth(int error);

/* A rate; make it with MORI_RATE. It is of the same kind as what sync.h has: its rules hold. */
typedef struct mori_rate {
        mori_semaphore turn; /* who may look at the bucket; the others wait in order */
        uint32_t count, burst;
        int64_t interval;
        int64_t full; /* when the bucket will be full */
} mori_rate;

/*
 * `at_most` tokens in `duration` nanoseconds, of which `at_once`, at least 1, may be taken at once
 * when none was taken for long.
 */
#define MORI_RATE(at_most, duration, at_once)                                                      \
        {                                                                                          \
                .turn = MORI_SEMAPHORE(1, 1), .count = (at_most), .burst = (at_once),              \
                .interval = (duration)                                                             \
        }
/*
 * Takes `count` tokens, or waits until there are as many, in the order in which they come. 0;
 * -ECANCELED, -ETIMEDOUT, and then none was taken; -EINVAL for 0, or more than `at_once`. Abandons
 * the process where the rate was never initialised.
 */
MORI_API MORI_ASYNC int mori_rate_acquire(mori_rate *rate, uint32_t count) MORI_MUST_CHECK;
/* Without waiting: 0, or -EAGAIN. */
MORI_API int mori_rate_try(mori_rate *rate, uint32_t count) MORI_MUST_CHECK;

/* ---- What the macros are made of */

struct mori_retry_state {
        const mori_retry *policy;
        int result;
        unsigned done;
};

MORI_API MORI_ASYNC int mori_retry_again(struct mori_retry_state *state);

#ifdef __cplusplus
}
#endif
