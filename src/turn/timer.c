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

static inline struct timer *timer_of(uintptr_t base, uint32_t number)
{
        return (struct timer *)(base + ((uintptr_t)number << NUMBER_SHIFT));
}

static inline struct timer *timer_at(const struct timer_wheel *wheel, uint32_t number)
{
        return timer_of(wheel->base, number);
}

static inline uint32_t number_of(const struct timer_wheel *wheel, const struct timer *timer)
{
        return (uint32_t)(((uintptr_t)timer - wheel->base) >> NUMBER_SHIFT);
}

void timer_wheel_init(struct timer_wheel *wheel, uintptr_t base, uint64_t now)
{
        memset(wheel, 0, sizeof *wheel);
        wheel->base = base;
        wheel->tick = now >> TIMER_TICK_SHIFT;
}

static inline void append(uint32_t *head, uintptr_t base, struct timer *timer, uint32_t number)
{
        timer->next = 0;
        if (*head == 0) {
                *head = timer->previous = number;
        } else {
                struct timer *first = timer_of(base, *head);

                timer->previous = first->previous;
                timer_of(base, first->previous)->next = number;
                first->previous = number;
        }
}

static inline void place(struct timer_wheel *wheel, struct timer *timer, uint64_t due)
{
        unsigned level = (63u - (unsigned)__builtin_clzll((due ^ wheel->tick) | 1)) / 6;
        unsigned slot = (unsigned)(due >> (6 * level)) & (TIMER_SLOTS - 1);

        timer->level = (uint8_t)level;
        /* behind the others: what is due in the same tick fires in the order of its start */
        append(&wheel->slots[level * TIMER_SLOTS + slot], wheel->base, timer,
               number_of(wheel, timer));
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

/* Takes a timer out of the list that begins at `head`. */
static inline void unlink_from(uint32_t *head, uintptr_t base, struct timer *timer)
{
        if (timer_of(base, *head) == timer)
                *head = timer->next;
        else
                timer_of(base, timer->previous)->next = timer->next;
        if (timer->next != 0)
                timer_of(base, timer->next)->previous = timer->previous;
        else if (*head != 0)
                timer_of(base, *head)->previous = timer->previous;
        timer->previous = 0;
}

static inline void unlink_timer(struct timer_wheel *wheel, struct timer *timer)
{
        unsigned slot = (unsigned)(timer_due(timer) >> (6 * timer->level)) & (TIMER_SLOTS - 1);
        uint32_t *head = &wheel->slots[timer->level * TIMER_SLOTS + slot];

        unlink_from(head, wheel->base, timer);
        if (*head == 0)
                wheel->occupied[timer->level] &= ~(1ull << slot);
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

/* The wheel comes to a tick: what begins with it is spread over the levels below. */
static void cascade(struct timer_wheel *wheel, uint64_t tick)
{
        unsigned level;

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
                        place(wheel, timer, timer_due(timer));
                }
        }
}

/* The slot of the tick is read anew each time: whoever is called may stop any timer. */
struct timer *timer_take(struct timer_wheel *wheel, uint64_t now)
{
        uint64_t until = now >> TIMER_TICK_SHIFT;

        for (;;) {
                uint32_t first = wheel->slots[wheel->tick & 63];
                uint64_t tick;

                if (first != 0) {
                        struct timer *timer = timer_at(wheel, first);

                        unlink_timer(wheel, timer);
                        wheel->count--;
                        return timer;
                }
                if (wheel->tick >= until)
                        return NULL;
                tick = wheel->count != 0 ? next_tick(wheel) : UINT64_MAX;
                if (tick > until) {
                        wheel->tick = until;
                        return NULL;
                }
                cascade(wheel, tick);
        }
}

uint64_t timer_advance(struct timer_wheel *wheel, uint64_t now)
{
        struct timer *timer;
        uint64_t fired = 0;

        while ((timer = timer_take(wheel, now)) != NULL) {
                fired++;
                timer->fire(timer);
        }
        return fired;
}

/* ---- Lists */

void timer_list_add(struct timer_list *list, uintptr_t base, struct timer *timer)
{
        timer->level = TIMER_FIRED;
        append(&list->first, base, timer, (uint32_t)(((uintptr_t)timer - base) >> NUMBER_SHIFT));
}

void timer_list_remove(struct timer_list *list, uintptr_t base, struct timer *timer)
{
        unlink_from(&list->first, base, timer);
}

struct timer *timer_list_first(const struct timer_list *list, uintptr_t base)
{
        return list->first == 0 ? NULL : timer_of(base, list->first);
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

                                assert_always(timer->level == level);
                                assert_always((timer_due(timer) >> (6 * level) & 63) == slot);
                                assert_always(number == head || timer->previous == before);
                                /* (2) */
                                assert_always(timer_due(timer) >= wheel->tick);
                                assert_always((timer_due(timer) ^ wheel->tick) >> (6 * level + 6) ==
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
