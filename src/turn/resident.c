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

#define MIB       ((size_t)1 << 20)
#define REPORT_NS 1000000000u

/* How many bytes are to be locked for what. */
struct plan {
        size_t own;     /* the program, its libraries, the heap */
        size_t stacks;  /* classical ones, of the workers */
        size_t engines; /* their buffers, and the first of their tables by descriptor */
        size_t arena;   /* of activities */
        size_t table;   /* of the arena's blocks */
        size_t limit;   /* what may be locked; SIZE_MAX: all */
};

static size_t plan_bytes(const struct plan *plan)
{
        return plan->own + plan->stacks + plan->engines + plan->arena + plan->table;
}

static void engine_count(void *address, size_t bytes, void *argument)
{
        (void)address;
        *(size_t *)argument += bytes;
}

/* `arena_mib` 0: the default, or what the limit leaves, at least 1. */
static int plan_make(const struct domain *domain, size_t arena_mib, struct plan *ret_plan)
{
        struct plan plan = {.limit = platform_resident_limit()};
        size_t mib = arena_mib == 0 ? PLATFORM_RESIDENT_ARENA_MIB : arena_mib;
        int error = platform_resident_own(false, &plan.own);
        uint32_t i;

        if (error < 0)
                return error;
        for (i = 0; i < domain->seats_count; i++)
                platform_io_memory(domain->seats[i]->io, engine_count, &plan.engines);
        plan.stacks = domain->seats_count * PLATFORM_RESIDENT_STACK_BYTES;
        plan.arena = mib * MIB;
        plan.table = stack_table_bytes(plan.arena);
        while (arena_mib == 0 && plan.arena > MIB && plan_bytes(&plan) > plan.limit) {
                plan.arena -= MIB;
                plan.table = stack_table_bytes(plan.arena);
        }
        *ret_plan = plan;
        return 0;
}

/* ---- Locking */

static void lock(void *address, size_t bytes, void *argument)
{
        int *error = argument;

        if (*error == 0)
                *error = platform_resident_lock(address, bytes);
}

static int lock_all(struct domain *domain, const struct plan *plan)
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

                if (error == 0 && seat->stack_lowest == NULL)
                        error = -ENODATA; /* the system does not tell where it lies */
                lock(seat->stack_lowest, (size_t)(seat->stack_end - seat->stack_lowest), &error);
                platform_io_memory(seat->io, lock, &error);
        }
        return error;
}

static size_t mib_up(size_t bytes)
{
        return (bytes + MIB - 1) / MIB;
}

static int fail(const struct plan *plan, int error)
{
        char limit[64] = "its limit is not known";
        size_t bytes = plan_bytes(plan);

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
        if (platform_resident_stack(PLATFORM_RESIDENT_STACK_BYTES, &seat->stack_lowest,
                                    &seat->stack_end) < 0)
                seat->stack_lowest = seat->stack_end = NULL;
}

void resident_prepare(void)
{
        platform_resident_heap(PLATFORM_RESIDENT_HEAP_BYTES);
}

int resident_begin(struct domain *domain, size_t arena_mib)
{
        struct plan plan = {.limit = SIZE_MAX};
        uint32_t i;
        int error;

        platform_resident_heap(PLATFORM_RESIDENT_HEAP_BYTES); /* so much is left, too */
        resident_thread(domain->seats[0]);
        error = plan_make(domain, arena_mib, &plan);
        if (error == 0 && plan_bytes(&plan) > plan.limit)
                error = -ENOMEM;
        if (error == 0)
                error = lock_all(domain, &plan);
        if (error < 0)
                return fail(&plan, error);
        for (i = 0; i < domain->seats_count; i++)
                domain->seats[i]->resident = true;
        domain->resident_bytes = plan_bytes(&plan);
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
