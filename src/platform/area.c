/* SPDX-License-Identifier: MIT */
/*
 * Areas of memory, and the table of them.
 *
 *      free --platform_area_new(): taken--> being made --its pages are there--> in use
 *       ^                                       |                                 |
 *       +---------------------------------------+------ platform_area_retire() ---+
 *
 * An engine compares the generation of what it has registered under a number with the table's: it
 * is odd while the area is in use, and grows with each step. So an engine that slept while an area
 * was retired, and another was made in its place, never takes one for the other. What it has from
 * before stays pinned until it wakes, and no more than that: the kernel counts the pages.
 *
 * Invariants.
 *  (1) A place is changed under the lock. Its address and bytes are written before the generation
 *      becomes odd, and stay as they are while it is; an operation that names the area keeps it
 *      odd, because its owner retires it only after that operation's last completion.
 *  (2) `retired` grows after the generation has become even: an engine that has seen it grow sees
 *      that, too. And before another area can have the place: an engine that meets that one lets go
 *      of the former first.
 */
#include "platform/area.h"

#include "base/atomic.h"
#include "base/base.h"
#include "platform/call.h"
#include "platform/memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define PIECE_BYTES ((size_t)2 << 20) /* of a huge page, too */

struct place {
        bool taken;
        uint32_t generation; /* odd: in use */
        uint32_t held;       /* by so many engines */
        char *address;
        size_t bytes;
};

static struct base_lock places_lock;
static struct place places[PLATFORM_AREAS_MAX];
static uint32_t retired;

/* ---- The table */

static uint32_t place_take(void)
{
        uint32_t number = 0;

        base_lock(&places_lock);
        for (uint32_t i = 0; i < PLATFORM_AREAS_MAX && number == 0; i++)
                if (!places[i].taken) {
                        places[i].taken = true;
                        number = i + 1;
                }
        base_unlock(&places_lock);
        return number;
}

static void place_enter(const struct platform_area *area)
{
        struct place *place = &places[area->number - 1];

        base_lock(&places_lock);
        place->address = area->address;
        place->bytes = area->bytes;
        atomic_store_release(&place->generation, place->generation + 1);
        base_unlock(&places_lock);
}

bool platform_area_retire(struct platform_area *area)
{
        struct place *place;
        bool held;

        if (area->number == 0)
                return false;
        place = &places[area->number - 1];
        base_lock(&places_lock);
        place->taken = false;
        if (place->generation & 1)
                atomic_store_release(&place->generation, place->generation + 1);
        held = atomic_load_acquire(&place->held) != 0;
        atomic_add(&retired, 1);
        base_unlock(&places_lock);
        area->number = 0;
        return held;
}

uint32_t platform_area_generation(uint32_t number)
{
        uint32_t generation = 0;

        if (number >= 1 && number <= PLATFORM_AREAS_MAX)
                generation = atomic_load_acquire(&places[number - 1].generation);
        return generation & 1 ? generation : 0;
}

bool platform_area_has(uint32_t number, const void *address, size_t bytes, struct iovec *ret_area)
{
        const struct place *place = &places[(number - 1) % PLATFORM_AREAS_MAX];
        size_t before = (uintptr_t)address - (uintptr_t)place->address;

        if (platform_area_generation(number) == 0 || before > place->bytes ||
            bytes > place->bytes - before)
                return false;
        *ret_area = (struct iovec){place->address, place->bytes};
        return true;
}

uint32_t platform_areas_retired(void)
{
        return atomic_load_acquire(&retired);
}

void platform_area_held(uint32_t number, bool held)
{
        atomic_add(&places[number - 1].held, held ? 1 : -1u);
}

/* ---- Areas */

/* Touches every page, so that pinning them finds them. */
static int touch(const struct platform_area *area)
{
        bool old = false;

        for (size_t at = 0; at < area->bytes;) {
                size_t bytes = area->bytes - at < PIECE_BYTES ? area->bytes - at : PIECE_BYTES;
                int error = 0;

                if (platform_call_cancelled())
                        return -ECANCELED;
                if (!old && madvise(area->address + at, bytes, MADV_POPULATE_WRITE) < 0)
                        error = -errno;
                if (error == -EINTR)
                        continue;
                if (error < 0 && error != -EINVAL)
                        return -ENOMEM;
                old = old || error < 0;
                for (size_t i = 0; old && i < bytes; i += (size_t)sysconf(_SC_PAGESIZE))
                        *(volatile char *)(area->address + at + i) = 0;
                at += bytes;
        }
        return 0;
}

static int memory_make(struct platform_area *area, size_t bytes)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        bool huge = bytes >= PIECE_BYTES;
        void *address;
        int error;

        bytes = (bytes + page - 1) & ~(page - 1);
        error = platform_memory_reserve(bytes, huge ? PIECE_BYTES : page, &address);
        if (error < 0)
                return -ENOMEM;
        area->address = address;
        area->bytes = bytes;
        if (platform_memory_commit(address, bytes) < 0)
                return -ENOMEM;
        if (huge)
                platform_memory_huge(address, bytes, true);
        return touch(area);
}

int platform_area_new(struct platform_area *area, size_t bytes)
{
        int error;

        area->number = place_take();
        if (area->number == 0)
                return -ENOSPC;
        error = memory_make(area, bytes);
        if (error < 0)
                platform_area_free(area);
        else
                place_enter(area);
        return error;
}

void platform_area_free(struct platform_area *area)
{
        (void)platform_area_retire(area);
        if (area->address != NULL)
                platform_memory_release(area->address, area->bytes);
        *area = (struct platform_area){0};
}
