/* SPDX-License-Identifier: MIT */
/*
 * Timing wheels. A timer that is due at tick t stands, while the wheel is at tick n < t, on the
 * level of the highest bit in which t and n differ, in units of six bits, and there in the slot
 * that t's six bits name:
 *
 *      level 0   the next 64 ticks, one a slot
 *      level 1   the next 64 * 64 ticks, 64 a slot
 *      ...
 *
 * When the wheel comes to the first tick of a slot on a higher level, the slot's timers are spread
 * over the levels below (they "cascade"). A timer moves at most once a level.
 *
 * Invariants.
 *  (1) A slot's bit in `occupied` is set exactly while its list is not empty.
 *  (2) For a timer on level l, its due tick and the wheel's agree above bits 6l+5 and differ in
 *      bits 6l to 6l+5 (or are equal, in the midst of timer_advance()).
 *  (3) A timer's due tick is its deadline rounded up, so that it is never early.
 */
#include "turn/timer.h"

#include "base/base.h"

#include <string.h>

static uint64_t due_tick(uint64_t deadline)
{
        uint64_t tick = deadline >> TIMER_TICK_SHIFT;

        return (deadline & ((1u << TIMER_TICK_SHIFT) - 1)) != 0 ? tick + 1 : tick;
}

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now)
{
        memset(wheel, 0, sizeof *wheel);
        wheel->tick = now >> TIMER_TICK_SHIFT;
}

static void place(struct timer_wheel *wheel, struct timer *timer, uint64_t due)
{
        uint64_t differ = due ^ wheel->tick;
        unsigned level = differ != 0 ? (63u - (unsigned)__builtin_clzll(differ)) / 6 : 0;
        unsigned slot;
        struct timer **head;

        if (level >= TIMER_LEVELS)
                level = TIMER_LEVELS - 1;
        slot = (unsigned)(due >> (6 * level)) & (TIMER_SLOTS - 1);
        head = &wheel->slots[level][slot];
        timer->level = (uint8_t)level;
        timer->slot = (uint8_t)slot;
        timer->next = NULL;
        if (*head == NULL) {
                *head = timer->previous = timer;
        /* behind the others: what is due in the same tick fires in the order of its start */
        } else {
                timer->previous = (*head)->previous;
                timer->previous->next = timer;
                (*head)->previous = timer;
        }
        wheel->occupied[level] |= 1ull << slot;
}

void timer_start(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline)
{
        uint64_t due = due_tick(deadline);

        assert_always(timer->previous == NULL);
        if (due <= wheel->tick)
                due = wheel->tick + 1;
        timer->deadline = deadline;
        wheel->count++;
        place(wheel, timer, due);
}

static void unlink_timer(struct timer_wheel *wheel, struct timer *timer)
{
        struct timer **head = &wheel->slots[timer->level][timer->slot];

        if (timer == *head)
                *head = timer->next;
        else
                timer->previous->next = timer->next;
        if (timer->next != NULL)
                timer->next->previous = timer->previous;
        else if (*head != NULL)
                (*head)->previous = timer->previous;
        timer->previous = NULL;
        if (*head == NULL)
                wheel->occupied[timer->level] &= ~(1ull << timer->slot);
}

void timer_stop(struct timer_wheel *wheel, struct timer *timer)
{
        if (timer->previous == NULL)
                return;
        unlink_timer(wheel, timer);
        wheel->count--;
}

/*
 * The next tick at which something happens: a slot of level 0 is due, or a slot above begins.
 * UINT64_MAX: never.
 */
static uint64_t next_tick(const struct timer_wheel *wheel)
{
        unsigned level;

        for (level = 0; level < TIMER_LEVELS; level++) {
                unsigned shift = 6 * level, here = (unsigned)(wheel->tick >> shift) & 63;
                /*
                 * (2): whatever stands on this level lies in a later slot of the same turn of its
                 * wheel.
                 */
                uint64_t later = here == 63 ? 0 : wheel->occupied[level] & (~0ull << (here + 1));

                if (later != 0) {
                        uint64_t slot = (uint64_t)__builtin_ctzll(later);
                        uint64_t above =
                                shift + 6 < 64 ? wheel->tick >> (shift + 6) << (shift + 6) : 0;

                        return above | slot << shift;
                }
        }
        return UINT64_MAX;
}

uint64_t timer_next(const struct timer_wheel *wheel)
{
        uint64_t tick = wheel->count != 0 ? next_tick(wheel) : UINT64_MAX;

        return tick >= UINT64_MAX >> TIMER_TICK_SHIFT ? UINT64_MAX : tick << TIMER_TICK_SHIFT;
}

uint64_t timer_advance(struct timer_wheel *wheel, uint64_t now)
{
        uint64_t until = now >> TIMER_TICK_SHIFT, fired = 0;

        while (wheel->tick < until) {
                uint64_t tick = wheel->count != 0 ? next_tick(wheel) : UINT64_MAX;
                unsigned level;

                if (tick > until) {
                        wheel->tick = until;
                        break;
                }
                wheel->tick = tick;
                for (level = TIMER_LEVELS; level-- > 1;) {
                        unsigned slot = (unsigned)(tick >> (6 * level)) & 63;
                        struct timer *timer;

                        if ((tick & ((1ull << (6 * level)) - 1)) != 0 ||
                            !(wheel->occupied[level] >> slot & 1))
                                continue;
                        while ((timer = wheel->slots[level][slot]) != NULL) {
                                uint64_t due = due_tick(timer->deadline);

                                unlink_timer(wheel, timer);
                                /* one that was late already */
                                place(wheel, timer, due > tick ? due : tick);
                        }
                }
                /*
                 * A timer may stop its neighbours when it fires, so the list is read anew each
                 * time.
                 */
                for (;;) {
                        struct timer *timer = wheel->slots[0][tick & 63];

                        if (timer == NULL)
                                break;
                        unlink_timer(wheel, timer);
                        wheel->count--;
                        fired++;
                        timer->fire(timer);
                }
        }
        return fired;
}

void timer_check(const struct timer_wheel *wheel)
{
        uint64_t count = 0;
        unsigned level, slot;

        for (level = 0; level < TIMER_LEVELS; level++) {
                for (slot = 0; slot < TIMER_SLOTS; slot++) {
                        const struct timer *timer = wheel->slots[level][slot];

                        /* (1) */
                        assert_always((timer != NULL) == (wheel->occupied[level] >> slot & 1));
                        for (; timer != NULL; timer = timer->next) {
                                uint64_t due = due_tick(timer->deadline);

                                assert_always(timer->level == level && timer->slot == slot);
                                assert_always(timer == wheel->slots[level][slot] ||
                                              timer->previous->next == timer);
                                /* (2) */
                                assert_always(due <= wheel->tick + 1 ||
                                              (due >> (6 * level) & 63) == slot);
                                count++;
                        }
                }
        }
        assert_always(count == wheel->count);
}
