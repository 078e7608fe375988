/* SPDX-License-Identifier: MIT */
/*
 * What stands around a fault: see situation.h.
 *
 *      the owners      up from the activity, at most CHAIN_MAX
 *      the waiters     those who wait for it to end, and for them, at most CHAIN_MAX
 *      the others      how many are in which state; with MORI_REPORT=full, a line each
 *
 * Nothing here allocates or locks; the room for the walk is static, and one thread has it at a
 * time.
 */
#include "turn/situation.h"

#include "base/atomic.h"
#include "base/base.h"
#include "inspect/here.h"
#include "platform/fault.h"
#include "platform/symbol.h"
#include "turn/report.h"

#define CHAIN_MAX 8
#define STATES 256
#define DEPTH_MAX 512
#define VISITS_MAX 200000

static struct {
        uint32_t taken;
        uint32_t counts[STATES];
        struct inspect_place places[DEPTH_MAX];
} room;

static bool all_wanted;

void situation_report_all(bool all)
{
        all_wanted = all;
}

static void report_chains(struct inspect_reader *reader, const struct activity *activity)
{
        uint32_t number = inspect_number(reader, (uintptr_t)activity);
        struct inspect_activity one;
        unsigned count;
        char place[256];

        if (inspect_activity(reader, number, &one) < 0)
                return;
        base_report("mori:   it is activity %u", number);
        for (count = 0; count < CHAIN_MAX; count++) {
                uint32_t owner = inspect_owner(reader, &one);
                const void *site = (const void *)(uintptr_t)one.start_site;

                if (owner == 0 || inspect_activity(reader, owner, &one) < 0)
                        break;
                base_report("mori:   started in activity %u, at %s", owner,
                            platform_place(site, place, sizeof place));
        }
        if (inspect_activity(reader, number, &one) < 0)
                return;
        for (count = 0; count < CHAIN_MAX && one.joiner != 0; count++) {
                uint32_t waits_for = one.number;

                if (inspect_activity(reader, one.joiner, &one) < 0)
                        break;
                base_report("mori:   activity %u waits for activity %u", one.number, waits_for);
        }
}

static void report_one(struct inspect_reader *reader, const struct inspect_activity *one)
{
        struct inspect_registers registers;
        char at[256] = "", started[256], wait[160];
        uint32_t other;

        if (inspect_registers(reader, one, &registers) == 0)
                platform_place((const void *)(uintptr_t)registers.pc, at, sizeof at);
        inspect_wait_tell(reader, one, wait, sizeof wait, &other);
        base_report("mori:   activity %u: %s%s%s%s%s; started at %s", one->number,
                    report_state(one->state), wait[0] ? ": " : "", wait, at[0] ? ", at " : "", at,
                    platform_place((const void *)(uintptr_t)one->start_site, started,
                                 sizeof started));
}

static void report_census(struct inspect_reader *reader)
{
        struct inspect_activity one;
        struct inspect_process process;
        struct inspect_walk walk;
        uint64_t seat, total = 0, left = VISITS_MAX, cut = 0;
        unsigned depth, state, seats;
        int error;

        for (state = 0; state < STATES; state++)
                room.counts[state] = 0;
        seat = inspect_seat_first(reader);
        for (seats = 0; seat != 0 && seats < CHAIN_MAX * CHAIN_MAX; seats++) {
                error = inspect_process_first(reader, seat, &process);
                for (; error == 0 && left > 0; error = inspect_process_next(reader, &process)) {
                        inspect_walk_begin(&walk, reader, &process, room.places, DEPTH_MAX, left);
                        while (inspect_walk_next(&walk, &one, &depth)) {
                                room.counts[one.state]++;
                                total++;
                                if (all_wanted)
                                        report_one(reader, &one);
                        }
                        /* a process without activities costs something, too: so this ends */
                        left = walk.left > 0 ? walk.left - 1 : 0;
                        cut += walk.cut + walk.torn;
                }
                seat = inspect_seat_next(reader, seat);
        }
        base_report("mori: there are %llu activities%s%s", (unsigned long long)total,
                    cut != 0 || left == 0 ? ", and some that could not be counted" : "",
                    all_wanted ? "" : "; MORI_REPORT=full tells of each");
        for (state = 0; state < STATES; state++)
                if (room.counts[state] != 0)
                        base_report("mori:   %u %s", room.counts[state],
                                    report_state((uint8_t)state));
}

void situation_report(const struct activity *activity)
{
        struct inspect_reader reader;

        if (!inspect_open_here(&reader) || atomic_exchange(&room.taken, 1) != 0)
                return;
        if (activity != NULL)
                report_chains(&reader, activity);
        report_census(&reader);
        atomic_store_release(&room.taken, 0);
}

static void last_activity(void *activity)
{
        report_activity(activity);
}

static void last_stack(void *nothing)
{
        (void)nothing;
        report_stack();
}

static void last_situation(void *activity)
{
        situation_report(activity);
}

void situation_report_last(const struct activity *activity)
{
        void *argument = (void *)(uintptr_t)activity;

        if (!platform_fault_guard(last_activity, argument))
                base_report("mori:   its control block cannot be read");
        if (!platform_fault_guard(last_stack, NULL))
                base_report("mori:   its stack is damaged: no more of it can be read");
        if (!platform_fault_guard(last_situation, argument))
                base_report("mori:   the rest cannot be read");
}
