/* SPDX-License-Identifier: MIT */
/*
 * What do two seats do more than one?
 *
 *      seats [COUNT]
 *
 *      seats_speedup      64 processes that compute for some microseconds a turn, COUNT turns each:
 *                         the time with one seat, divided by that with two
 *      seats_ring_ns      64 letters that go around a ring of 64 processes, COUNT times each: for a
 *                         letter, with one seat
 *      seats_ring_two_ns  the same with two
 *
 * The public API has one process, so this is made of what is inside. On the clock on the wall;
 * medians of rounds, in which one and two seats take turns.
 */
#include "base/atomic.h"
#include "turn/domain.h"
#include "turn/seat.h"

#include "bench.h"

#include <mori/activity.h>
#include <mori/clock.h>

#include <stdlib.h>
#include <string.h>

#define PROCESSES 64
#define ROUNDS    7
#define TURN_MIX  2000

static struct process *processes[PROCESSES + 1]; /* the first waits for the end of the others */
static uint64_t count;
static uint32_t left;
static uint64_t sums[PROCESSES + 1], sums_wanted[PROCESSES + 1];

static void end(struct seat *seat, void *first, void *second)
{
        (void)seat;
        (void)first;
        (void)second;
        process_end(processes[0], 0);
}

/* One is through; the last one ends the program. */
static void through(void)
{
        if (atomic_add(&left, -1u) == 0)
                bench_require(seat_post(NULL, processes[0], end, NULL, NULL) == 0);
}

static async int waits(void *argument)
{
        (void)argument;
        return await mori_sleep(MORI_S(1000));
}

/* Some computation that no compiler shortens and that needs no memory. */
MORI_NONBLOCKING __attribute__((noinline)) static uint64_t mix(uint64_t x)
{
        for (int i = 0; i < TURN_MIX; i++)
                x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        return x;
}

MORI_NONBLOCKING static bool is_enough(uint64_t turns)
{
        return turns >= count;
}

MORI_NONBLOCKING static void computed(uint64_t number, uint64_t sum)
{
        sums[number] = sum;
        through();
}

static async int computes(void *argument)
{
        uint64_t number = (uint64_t)(uintptr_t)argument, sum = number;

        for (uint64_t i = 0; !is_enough(i); i++) {
                sum = mix(sum);
                (void)await mori_yield();
        }
        computed(number, sum);
        return await waits(argument);
}

static void passes_on(struct seat *seat, void *first, void *second)
{
        uintptr_t number = (uintptr_t)first, rounds = (uintptr_t)second;

        if (number == PROCESSES) {
                number = 0;
                if (--rounds == 0) {
                        through();
                        return;
                }
        }
        bench_require(seat_post(seat, processes[number + 1], passes_on, (void *)(number + 1),
                                (void *)rounds) == 0); /* NOLINT */
}

/* The time that it takes, in ns. */
static uint64_t run(uint32_t seats, async int (*entry)(void *argument), bool ring)
{
        struct seat_config config = {.stall_ns = -1, .seats = seats};
        struct seat *seat;
        uint64_t began;
        uintptr_t i;

        bench_require(stack_arena_init() == 0);
        bench_require(seat_new(&config, &seat) == 0);
        stack_worker_init();
        left = PROCESSES;
        for (i = 0; i <= PROCESSES; i++)
                bench_require(process_new(seat->domain->seats[i % seats], "bench",
                                          (void *)(i == 0 ? waits : entry), (void *)i,
                                          &processes[i]) == 0);
        seat->process = processes[0];
        for (i = 1; ring && i <= PROCESSES; i++)
                bench_require(seat_post(seat, processes[i], passes_on, (void *)i,
                                        (void *)(uintptr_t)count) == 0); /* NOLINT */
        began = bench_wall_now();
        seat_run(seat);
        began = bench_wall_now() - began;
        for (i = 0; i <= PROCESSES; i++)
                process_free(processes[i]);
        stack_worker_deinit();
        seat_free(seat);
        return began;
}

/* What was computed is looked at: else the compiler would leave the computing out. */
static void sums_check(uint32_t seats)
{
        if (seats == 1)
                memcpy(sums_wanted, sums, sizeof sums);
        bench_require(memcmp(sums_wanted, sums, sizeof sums) == 0);
        memset(sums, 0, sizeof sums);
}

int main(int argc, char **argv)
{
        double computing[2][ROUNDS], ring[2][ROUNDS];

        count = bench_argument(argc, argv, 1, 1000);
        for (int round = 0; round < ROUNDS; round++) {
                for (uint32_t seats = 1; seats <= 2; seats++) {
                        computing[seats - 1][round] = (double)run(seats, computes, false);
                        sums_check(seats);
                        ring[seats - 1][round] = (double)run(seats, waits, true);
                }
        }
        bench_print("seats_speedup",
                    bench_median(computing[0], ROUNDS) / bench_median(computing[1], ROUNDS));
        /*
         * A letter of the k-th process is passed on PROCESSES times a round, and less in its first.
         */
        bench_print("seats_ring_ns",
                    bench_median(ring[0], ROUNDS) / (double)count / PROCESSES / PROCESSES);
        bench_print("seats_ring_two_ns",
                    bench_median(ring[1], ROUNDS) / (double)count / PROCESSES / PROCESSES);
        return 0;
}
