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
        uint64_t rounded = deadline + ((1u << TIMER_TICK_SHIFT) - 1);

        /* what the last tick does not reach is never due */
        return (rounded >= deadline ? rounded : UINT64_MAX) >> TIMER_TICK_SHIFT;
}

/* The numbers that link timers: multiples of 16 bytes from the base on. */
#define NUMBER_SHIFT 4

static inline struct timer *timer_at(const struct timer_wheel *wheel, uint32_t number)
{
        return (struct timer *)(wheel->base + ((uintptr_t)number << NUMBER_SHIFT));
}

static inline uint32_t number_of(const struct timer_wheel *wheel, const struct timer *timer)
{
        return (uint32_t)(((uintptr_t)timer - wheel->base) >> NUMBER_SHIFT);
}

static inline uint64_t due_of(const struct timer *timer)
{
        return (uint64_t)timer->due_high << 32 | timer->due_low;
}

void timer_wheel_init(struct timer_wheel *wheel, uintptr_t base, uint64_t now)
{
        memset(wheel, 0, sizeof *wheel);
        wheel->base = base;
        wheel->tick = now >> TIMER_TICK_SHIFT;
}

static inline void place(struct timer_wheel *wheel, struct timer *timer, uint64_t due)
{
        unsigned level = (63u - (unsigned)__builtin_clzll((due ^ wheel->tick) | 1)) / 6;
        unsigned slot = (unsigned)(due >> (6 * level)) & (TIMER_SLOTS - 1);
        uint32_t number = number_of(wheel, timer), *head;

        timer->place = (level * TIMER_SLOTS + slot) & 511;
        head = &wheel->slots[level * TIMER_SLOTS + slot];
        timer->next = 0;
        if (*head == 0) {
                *head = timer->previous = number;
        /* behind the others: what is due in the same tick fires in the order of its start */
        } else {
                struct timer *first = timer_at(wheel, *head);

                timer->previous = first->previous;
                timer_at(wheel, first->previous)->next = number;
                first->previous = number;
        }
        wheel->occupied[level] |= 1ull << slot;
}

void timer_start(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline)
{
        uint64_t due = due_tick(deadline);

        assert_always(timer->previous == 0 && ((uintptr_t)timer & 15) == 0);
        if (due <= wheel->tick)
                due = wheel->tick + 1;
        timer->due_low = (uint32_t)due;
        timer->due_high = (uint16_t)(due >> 32);
        wheel->count++;
        place(wheel, timer, due);
}

static void unlink_timer(struct timer_wheel *wheel, struct timer *timer)
{
        uint32_t *head = &wheel->slots[timer->place];

        if (timer_at(wheel, *head) == timer)
                *head = timer->next;
        else
                timer_at(wheel, timer->previous)->next = timer->next;
        if (timer->next != 0)
                timer_at(wheel, timer->next)->previous = timer->previous;
        else if (*head != 0)
                timer_at(wheel, *head)->previous = timer->previous;
        timer->previous = 0;
        if (*head == 0)
                wheel->occupied[timer->place / TIMER_SLOTS] &=
                        ~(1ull << timer->place % TIMER_SLOTS);
}

void timer_stop(struct timer_wheel *wheel, struct timer *timer)
{
        if (timer->previous == 0)
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
                        uint32_t *head = &wheel->slots[level * TIMER_SLOTS + slot], number = *head;

                        if ((tick & ((1ull << (6 * level)) - 1)) != 0 || number == 0)
                                continue;
                        *head = 0;
                        wheel->occupied[level] &= ~(1ull << slot);
                        while (number != 0) {
                                struct timer *timer = timer_at(wheel, number);

                                number = timer->next;
                                place(wheel, timer, due_of(timer));
                        }
                }
                /*
                 * A timer may stop its neighbours when it fires, so the list is read anew each
                 * time.
                 */
                while (wheel->slots[tick & 63] != 0) {
                        struct timer *timer = timer_at(wheel, wheel->slots[tick & 63]);

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
                        uint32_t place_here = level * TIMER_SLOTS + slot;
                        uint32_t head = wheel->slots[place_here], number, before = 0;

                        /* (1) */
                        assert_always((head != 0) == (wheel->occupied[level] >> slot & 1));
                        for (number = head; number != 0;) {
                                const struct timer *timer = timer_at(wheel, number);

                                assert_always(timer->place == place_here);
                                assert_always((due_of(timer) >> (6 * level) & 63) == slot);
                                assert_always(number == head || timer->previous == before);
                                /* (2) */
                                assert_always(due_of(timer) >= wheel->tick);
                                assert_always((due_of(timer) ^ wheel->tick) >> (6 * level + 6) ==
                                              0);
                                count++;
                                before = number;
                                number = timer->next;
                        }
                        assert_always(head == 0 || timer_at(wheel, head)->previous == before);
                }
        }
        assert_always(count == wheel->count);
}
