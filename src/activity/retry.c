/* SPDX-License-Identifier: MIT */
/* Trying again, and rates: the header says it all but for how a delay is drawn. */
#include <mori/retry.h>

#include "activity/wait.h"
#include "platform/random.h"
#include "platform/sim.h"
#include "turn/seat.h"

#include <errno.h>

#define ATTEMPTS 4
#define DELAY MORI_MS(50)
#define DELAY_MAX MORI_S(10)

int mori_retry_is_worth(int error)
{
        switch (error) {
        case -EAGAIN:
        case -EBUSY:
        case -EINTR:
        case -ECONNREFUSED:
        case -ECONNRESET:
        case -ECONNABORTED:
        case -EPIPE:
        case -ETIMEDOUT:
        case -EHOSTUNREACH:
        case -ENETUNREACH:
        case -ENETDOWN:
        case -ENETRESET:
        case -ENOBUFS:
        case -ENOMEM:
        case -EMFILE:
        case -ENFILE:
                return 1;
        default:
                return 0;
        }
}

/* A number from 0 to `most`: the simulation's, or the kernel's. */
static int64_t draw(int64_t most)
{
        struct seat *seat = seat_hold();
        struct platform_random random;
        int64_t drawn;

        if (seat->simulated) {
                drawn = (int64_t)platform_sim_random(seat->io, (uint64_t)most + 1);
        } else {
                platform_random_init(&random, platform_random_seed());
                drawn = (int64_t)platform_random_below(&random, (uint64_t)most + 1);
        }
        seat_release();
        return drawn;
}

/* How long to wait before the next attempt; below 0: there is none. */
static int64_t retry_delay(struct mori_retry_state *state)
{
        static const mori_retry defaults = {0};
        const mori_retry *policy = state->policy != NULL ? state->policy : &defaults;
        int64_t most = policy->delay_max != 0 ? policy->delay_max : DELAY_MAX;
        int64_t delay = policy->delay != 0 ? policy->delay : DELAY;
        int (*worth)(int) = policy->worth != NULL ? policy->worth : mori_retry_is_worth;
        int cancelled = mori_cancelled();
        unsigned i;

        if (state->result >= 0)
                return -1;
        if (cancelled < 0) {
                state->result = cancelled;
                return -1;
        }
        if (++state->done >= (policy->attempts != 0 ? policy->attempts : ATTEMPTS) ||
            !worth(state->result))
                return -1;
        for (i = 1; i < state->done && delay < most; i++)
                delay = delay > most / 2 ? most : delay * 2;
        delay = delay < most ? delay : most;
        return delay <= 0 ? 0 : draw(delay);
}

MORI_ASYNC int mori_retry_again(struct mori_retry_state *state)
{
        int64_t delay = retry_delay(state);
        int error;

        if (delay < 0)
                return 0;
        error = MORI_AWAIT mori_sleep(delay);
        if (error < 0) {
                state->result = error;
                return 0;
        }
        return 1;
}

/* ---- Rates */

static int64_t nanoseconds(const mori_rate *rate, uint32_t tokens)
{
        __int128 time = (__int128)rate->interval * tokens / rate->count;

        return time > MORI_S(1000000000) ? MORI_S(1000000000) : (int64_t)time;
}

/* Takes the tokens and answers 0; else how long it takes until there are as many. */
static int64_t bucket_take(mori_rate *rate, uint32_t tokens)
{
        int64_t now = mori_now(), full = rate->full > now ? rate->full : now;
        int64_t after = full + nanoseconds(rate, tokens);
        int64_t wait = after - nanoseconds(rate, rate->burst) - now;

        if (wait > 0)
                return wait;
        rate->full = after;
        return 0;
}

int mori_rate_try(mori_rate *rate, uint32_t count)
{
        if (rate->count == 0 || rate->burst == 0 || rate->interval <= 0)
                process_abandon("a rate is used that was never initialised");
        if (count == 0 || count > rate->burst)
                return -EINVAL;
        if (rate->turn.permits == 0 || bucket_take(rate, count) > 0)
                return -EAGAIN;
        return 0;
}

MORI_ASYNC int mori_rate_acquire(mori_rate *rate, uint32_t count)
{
        int error = mori_rate_try(rate, count);
        int64_t wait;

        if (error != -EAGAIN)
                return error;
        error = MORI_AWAIT mori_semaphore_acquire_slow(&rate->turn);
        if (error < 0)
                return error;
        while (error == 0 && (wait = bucket_take(rate, count)) > 0)
                error = MORI_AWAIT mori_sleep(wait);
        mori_semaphore_release_many(&rate->turn, 1);
        return error;
}
