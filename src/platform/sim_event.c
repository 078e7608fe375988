/* SPDX-License-Identifier: MIT */
/*
 * Dice, clock, the queue of events, and the running hash of the simulation.
 *
 * All that is left to chance is drawn from the seed: xoshiro256** (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", 2018), whose state splitmix64 fills from the seed, as its
 * authors advise. Each purpose has a sequence of its own.
 *
 * What is to happen stands in a binary heap of events. An event is either an attempt to carry out
 * an operation or the arrival of a request to cancel one.
 *
 *      sim_event_add ---> in the heap ---> sim_event_peek, _pop ---> sim.c attempts or cancels
 *                             |
 *                             '--> stale: its operation is gone, or was scheduled anew: dropped
 *
 * Invariants.
 *   (1) Events come out by (time, tie, order). The tie is drawn and the order counts, so no two are
 *       equal and the heap's shape does not matter.
 *   (2) No event lies before the clock. The clock never runs backwards.
 *   (3) Nothing that differs between two runs of one seed enters the hash or the dice: no address,
 *       no real time, no real descriptor. Operations are known by their number.
 *   (4) An attempt is live while its stamp is that of its operation: scheduling again makes the
 *       older event stale.
 *
 * The hash reads memory as little-endian words; both architectures that we build for are.
 */
#include "platform/sim_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the hash of a run reads little-endian words");

void sim_fatal(const struct sim *sim, const char *format, ...)
{
        va_list arguments;

        fprintf(stderr, "sim: seed %#llx, at %llu ns: ", (unsigned long long)sim->config.seed,
                (unsigned long long)sim->now_ns);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        abort();
}

void *sim_allocate(struct sim *sim, size_t bytes)
{
        void *memory = calloc(1, bytes);

        if (memory == NULL)
                sim_fatal(sim, "the host has no %zu bytes for the simulation", bytes);
        return memory;
}

void *sim_reallocate(struct sim *sim, void *memory, size_t bytes)
{
        memory = realloc(memory, bytes);
        if (memory == NULL)
                sim_fatal(sim, "the host has no %zu bytes for the simulation", bytes);
        return memory;
}

/*
 * splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): its
 * finalizer.
 */
uint64_t sim_mix(uint64_t value)
{
        value ^= value >> 30;
        value *= 0xbf58476d1ce4e5b9u;
        value ^= value >> 27;
        value *= 0x94d049bb133111ebu;
        return value ^ (value >> 31);
}

void sim_dice_seed(struct sim *sim, uint64_t seed)
{
        for (size_t dice = 0; dice < SIM_DICES; ++dice) {
                uint64_t state = sim_mix(seed + 0x9e3779b97f4a7c15u * (dice + 1));

                for (size_t i = 0; i < 4; ++i) {
                        state += 0x9e3779b97f4a7c15u;
                        sim->dice[dice].state[i] = sim_mix(state);
                }
        }
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
        return (value << bits) | (value >> (64 - bits));
}

/* xoshiro256**, as its authors give it. */
static uint64_t random_next(struct sim_random *random)
{
        uint64_t *state = random->state;
        uint64_t result = rotate_left(state[1] * 5, 7) * 9;
        uint64_t shifted = state[1] << 17;

        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = rotate_left(state[3], 45);
        return result;
}

uint64_t sim_roll(struct sim *sim, enum sim_dice dice, uint64_t bound)
{
        sim_assert(sim, bound > 0);
        /* Lemire's multiplication without its rejection: the bias is below bound / 2^64. */
        return (uint64_t)(((unsigned __int128)random_next(&sim->dice[dice]) * bound) >> 64);
}

uint64_t sim_digest(uint64_t digest, const void *bytes, size_t length)
{
        const uint8_t *from = bytes;
        uint64_t word;

        digest ^= length * 0x9e3779b97f4a7c15u;
        for (; length >= sizeof(word); from += sizeof(word), length -= sizeof(word)) {
                memcpy(&word, from, sizeof(word));
                digest = rotate_left((digest ^ word) * 0x9fb21c651e98df25u, 29);
        }
        word = 0;
        if (length > 0)
                memcpy(&word, from, length);
        return sim_mix(digest ^ word);
}

void sim_note(struct sim *sim, uint64_t value)
{
        sim->hash = sim_mix(rotate_left(sim->hash, 17) ^ (value + 0x9e3779b97f4a7c15u));
}

/* (1) */
static bool event_is_before(const struct sim_event *a, const struct sim_event *b)
{
        if (a->time != b->time)
                return a->time < b->time;
        if (a->tie != b->tie)
                return a->tie < b->tie;
        return a->order < b->order;
}

void sim_event_add(struct sim *sim, enum sim_event_kind kind, const struct sim_operation *operation,
                   uint64_t delay_ns)
{
        struct sim_event event = {
                .time = delay_ns > UINT64_MAX - sim->now_ns ? UINT64_MAX : sim->now_ns + delay_ns,
                .tie = sim_roll(sim, SIM_DICE_ORDER, UINT64_MAX),
                .order = ++sim->event_order,
                .number = operation->number,
                .slot = operation->slot,
                .stamp = operation->stamp,
                .kind = kind,
        };
        size_t at = sim->event_count;

        if (at == sim->event_capacity) {
                sim->event_capacity = at == 0 ? 64 : 2 * at;
                sim->events = sim_reallocate(sim, sim->events,
                                             sim->event_capacity * sizeof(*sim->events));
        }
        sim->event_count += 1;
        while (at > 0 && event_is_before(&event, &sim->events[(at - 1) / 2])) {
                sim->events[at] = sim->events[(at - 1) / 2];
                at = (at - 1) / 2;
        }
        sim->events[at] = event;
}

void sim_event_pop(struct sim *sim)
{
        struct sim_event *events = sim->events;
        struct sim_event last;
        size_t at = 0, child;

        sim_assert(sim, sim->event_count > 0);
        last = events[--sim->event_count];
        while ((child = 2 * at + 1) < sim->event_count) {
                if (child + 1 < sim->event_count &&
                    event_is_before(&events[child + 1], &events[child]))
                        child += 1;
                if (!event_is_before(&events[child], &last))
                        break;
                events[at] = events[child];
                at = child;
        }
        if (sim->event_count > 0)
                events[at] = last;
}

/* (4) */
static bool event_is_stale(const struct sim *sim, const struct sim_event *event)
{
        const struct sim_operation *operation = sim->slots[event->slot];

        if (operation == NULL || operation->number != event->number)
                return true;
        return event->kind == SIM_EVENT_ATTEMPT && operation->stamp != event->stamp;
}

bool sim_event_peek(struct sim *sim, struct sim_event *ret_event)
{
        while (sim->event_count > 0 && event_is_stale(sim, &sim->events[0]))
                sim_event_pop(sim);
        if (sim->event_count == 0)
                return false;
        *ret_event = sim->events[0];
        return true;
}
