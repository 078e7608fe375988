/* SPDX-License-Identifier: MIT */
/*
 * Resident mode: see resident.h, and "Resident mode" in docs/turn.md.
 *
 *      heap and stacks touched -> how much is that? -> what the limit leaves is the arena's
 *                              -> too much: an error before anything is locked -> all is locked
 *
 * The arena keeps what it has from then on, also after the program: what would be given back to the
 * kernel would be a fault when it is taken again.
 */
#include "turn/resident.h"

#include "base/atomic.h"
#include "platform/fault.h"
#include "platform/io.h"
#include "platform/resident.h"
#include "platform/time.h"
#include "stack/stack.h"
#include "turn/domain.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MIB         ((size_t)1 << 20)
#define ARENA_MIB   64u
#define STACK_BYTES MIB
#define HEAP_BYTES  (2 * MIB)
#define REPORT_NS   1000000000u

int resident_plan(size_t arena_mib, size_t seats, size_t engine_bytes,
                  struct resident_plan *ret_plan)
{
        struct resident_plan plan = {.stacks = seats * STACK_BYTES, .engines = engine_bytes};
        size_t mib = arena_mib == 0 ? ARENA_MIB : arena_mib;
        int error = platform_resident_own(false, &plan.own);

        if (error < 0)
                return error;
        plan.limit = platform_resident_limit();
        plan.arena = mib * MIB;
        plan.table = stack_table_bytes(plan.arena);
        while (arena_mib == 0 && plan.arena > MIB && resident_plan_bytes(&plan) > plan.limit) {
                plan.arena -= MIB;
                plan.table = stack_table_bytes(plan.arena);
        }
        *ret_plan = plan;
        return 0;
}

size_t resident_plan_bytes(const struct resident_plan *plan)
{
        return plan->own + plan->stacks + plan->engines + plan->arena + plan->table;
}

static void engine_count(void *address, size_t bytes, void *argument)
{
        (void)address;
        *(size_t *)argument += bytes;
}

size_t resident_engine_bytes(struct platform_io *io)
{
        size_t bytes = 0;

        platform_io_memory(io, engine_count, &bytes);
        return bytes;
}

/* ---- Locking */

static void lock(void *address, size_t bytes, void *argument)
{
        int *error = argument;

        if (*error == 0)
                *error = platform_resident_lock(address, bytes);
}

static int lock_all(struct domain *domain, const struct resident_plan *plan)
{
        size_t own;
        uint32_t i;
        int error = 0, failed = stack_arena_lock(plan->arena, lock, &error);

        if (error == 0)
                error = failed;
        if (error == 0)
                error = platform_resident_own(true, &own);
        for (i = 0; i < domain->seats_count; i++) {
                struct seat *seat = domain->seats[i];

                lock(seat->stack_lowest, (size_t)(seat->stack_end - seat->stack_lowest), &error);
                platform_io_memory(seat->io, lock, &error);
        }
        return error;
}

static size_t mib_up(size_t bytes)
{
        return (bytes + MIB - 1) / MIB;
}

static int fail(const struct resident_plan *plan, int error)
{
        char limit[64] = "its limit is not known";
        size_t bytes = resident_plan_bytes(plan);

        if (plan->limit != SIZE_MAX)
                snprintf(limit, sizeof limit, "allows %zu KiB more", plan->limit / 1024);
        base_report("mori: MORI_RESIDENT=1: %zu MiB cannot be locked (the program, its libraries "
                    "and the heap %zu, stacks %zu, engines %zu, activities %zu): %s; "
                    "RLIMIT_MEMLOCK %s. Raise it (ulimit -l %zu, or systemd's LimitMEMLOCK=), give "
                    "the program CAP_IPC_LOCK, or lower MORI_RESIDENT_MIB",
                    mib_up(bytes), mib_up(plan->own), mib_up(plan->stacks), mib_up(plan->engines),
                    mib_up(plan->arena + plan->table), strerror(-error), limit,
                    bytes / 1024 + 1024);
        return error;
}

void resident_thread(struct seat *seat)
{
        platform_fault_stack(true);
        if (platform_resident_stack(STACK_BYTES, &seat->stack_lowest, &seat->stack_end) < 0)
                seat->stack_lowest = seat->stack_end = NULL;
}

void resident_prepare(void)
{
        platform_resident_heap(HEAP_BYTES);
}

int resident_begin(struct domain *domain, size_t arena_mib)
{
        struct resident_plan plan = {.limit = SIZE_MAX};
        size_t engines = 0;
        uint32_t i;
        int error;

        platform_resident_heap(HEAP_BYTES); /* so much is left, too */
        resident_thread(domain->seats[0]);
        for (i = 0; i < domain->seats_count; i++)
                engines += resident_engine_bytes(domain->seats[i]->io);
        error = resident_plan(arena_mib, domain->seats_count, engines, &plan);
        if (error == 0 && resident_plan_bytes(&plan) > plan.limit)
                error = -ENOMEM;
        if (error == 0)
                error = lock_all(domain, &plan);
        if (error < 0)
                return fail(&plan, error);
        for (i = 0; i < domain->seats_count; i++)
                domain->seats[i]->resident = true;
        domain->resident_bytes = resident_plan_bytes(&plan);
        return 0;
}

void resident_end(struct domain *domain)
{
        uint64_t minor, major;

        resident_faults(domain, &minor, &major);
        base_report("mori: resident: %zu MiB locked; page faults of the workers: %llu minor, %llu "
                    "major",
                    mib_up(domain->resident_bytes), (unsigned long long)minor,
                    (unsigned long long)major);
}

/* ---- Counting */

void resident_sit_down(struct worker *worker)
{
        struct platform_faults faults;

        platform_resident_faults(&faults);
        worker->faults_minor = faults.minor;
        worker->faults_major = faults.major;
}

void resident_look(struct seat *seat, struct worker *worker)
{
        struct platform_faults faults;
        uint64_t minor, major, now, told;

        platform_resident_faults(&faults);
        minor = faults.minor - worker->faults_minor;
        major = faults.major - worker->faults_major;
        if (likely(minor == 0 && major == 0))
                return;
        worker->faults_minor = faults.minor;
        worker->faults_major = faults.major;
        minor = atomic_add(&seat->faults_minor, minor);
        major = atomic_add(&seat->faults_major, major);
        now = platform_time_now();
        told = atomic_load_relaxed(&seat->faults_told);
        if (told != 0 && now - told < REPORT_NS)
                return;
        atomic_store_relaxed(&seat->faults_told, now);
        base_report("mori: resident: page faults in or between turns: %llu minor, %llu major by "
                    "now; `perf record -e page-faults -g` tells where",
                    (unsigned long long)minor, (unsigned long long)major);
        resident_sit_down(worker); /* the report's own are nobody's */
}

void resident_faults(const struct domain *domain, uint64_t *ret_minor, uint64_t *ret_major)
{
        uint32_t i;

        *ret_minor = *ret_major = 0;
        for (i = 0; i < domain->seats_count; i++) {
                *ret_minor += atomic_load_relaxed(&domain->seats[i]->faults_minor);
                *ret_major += atomic_load_relaxed(&domain->seats[i]->faults_major);
        }
}
