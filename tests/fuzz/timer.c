/* SPDX-License-Identifier: MIT */
/*
 * The timing wheel against an array: what is due fires, not early, at most a tick late, each once;
 * what was stopped does not.
 */
#include "fuzz.h"

#include "turn/timer.h"

#if FUZZ_SEEDED
#undef TIMER_SLOTS
#define TIMER_SLOTS 32 /* the upper half of a level is taken for the lower */
#endif
#include "turn/timer.c"

#define TIMERS 24
#define TICK ((uint64_t)1 << TIMER_TICK_SHIFT)

static struct {
        _Alignas(16) struct timer timer;
        bool started;
        uint64_t deadline;
} model[TIMERS];
static uint64_t now;
static struct timer_wheel wheel;
static struct input *bytes;

static void start_one(unsigned index)
{
        static const unsigned widths[] = {0, 8, 16, 20, 24, 32, 40, 56};
        uint64_t delay = input_word(bytes, 8) >> (64 - widths[input_byte(bytes) % 8] - 1);

        if (model[index].started)
                return;
        model[index].started = true;
        model[index].deadline = now + delay;
        timer_start(&wheel, &model[index].timer, model[index].deadline);
}

static void stop_one(unsigned index)
{
        timer_stop(&wheel, &model[index].timer);
        model[index].started = false;
        FUZZ_CHECK(!timer_started(&model[index].timer));
}

static void fired(struct timer *timer)
{
        for (unsigned i = 0; i < TIMERS; i++)
                if (&model[i].timer == timer) {
                        FUZZ_CHECK(model[i].started && !timer_started(timer));
                        FUZZ_CHECK(model[i].deadline <= now);
                        model[i].started = false;
                        /* a timer may start or stop any */
                        switch (input_byte(bytes) % 6) {
                        case 0:
                                start_one(i);
                                break;
                        case 1:
                                stop_one(input_byte(bytes) % TIMERS);
                                break;
                        default:
                                break;
                        }
                        return;
                }
        fuzz_failed("a timer that is none of ours", __LINE__);
}

void fuzz(struct input *input)
{
        bytes = input;
        memset(model, 0, sizeof model);
        now = input_word(input, 6);
        timer_wheel_init(&wheel, (uintptr_t)model - 16, now);
        for (unsigned i = 0; i < TIMERS; i++)
                model[i].timer.fire = fired;
        while (input->left > 0) {
                unsigned code = input_byte(input), index = code / 8 % TIMERS;
                uint64_t next;

                switch (code % 8) {
                case 0:
                case 1:
                case 2:
                        start_one(index);
                        break;
                case 3:
                        stop_one(index);
                        break;
                case 4:
                        now += input_word(input, 2);
                        break;
                case 5:
                        now += input_word(input, 5);
                        break;
                default:
                        next = timer_next(&wheel);
                        if (next != UINT64_MAX && next > now)
                                now = next;
                        break;
                }
                timer_advance(&wheel, now);
                timer_check(&wheel);
                next = timer_next(&wheel);
                for (unsigned i = 0; i < TIMERS; i++) {
                        if (!model[i].started)
                                continue;
                        FUZZ_CHECK(timer_started(&model[i].timer));
                        FUZZ_CHECK(model[i].deadline + TICK > now); /* else it is late */
                        FUZZ_CHECK(next <= model[i].deadline + TICK);
                }
        }
        for (unsigned i = 0; i < TIMERS; i++)
                stop_one(i);
        FUZZ_CHECK(timer_next(&wheel) == UINT64_MAX);
}

FUZZER
