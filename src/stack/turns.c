/* SPDX-License-Identifier: MIT */
/*
 * The room of a queue of turns. The queue itself is a few lines of stack.h and of assembly.
 *
 *      start ---> room for one more that lives? ---no---> turns_grow()
 *      whoever makes an activity ready ---> turns_put ---> turns_take, or .Lnext of switch.S
 *      now and then, when there is time ---> turns_trim(): what only a spike needed goes back
 *
 * Invariants.
 *  (1) head <= tail <= head + room, and where they differ there is a first.
 *  (2) The room is at least as large as the number of activities of the process that live. So a
 *      wake-up never needs memory: a start does.
 */
#include "stack/stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_KEPT 64

struct turns turns_of_nobody;

/* All but the limit, which others may set still that knew who had the record before. */
static void turns_set(struct turns *turns, stack_ref *refs, uint32_t mask)
{
        memset(&turns->refs, 0, sizeof *turns - offsetof(struct turns, refs));
        turns->refs = refs;
        turns->mask = mask;
}

void turns_init(struct turns *turns)
{
        turns_set(turns, turns->few, TURNS_FEW - 1);
}

static void ring_free(struct turns *turns)
{
        if (turns->refs != turns->few)
                free(turns->refs);
}

void turns_deinit(struct turns *turns)
{
        ring_free(turns);
        turns_set(turns, NULL, 0);
}

/* Another ring, which takes over the turns behind the first; false where memory is exhausted. */
static bool turns_resize(struct turns *turns, size_t room_new)
{
        size_t room = (size_t)turns->mask + 1, count = turns->tail - turns->head;
        size_t first = turns->head & turns->mask, before_end = room - first;
        stack_ref *refs = malloc(room_new * sizeof *refs);

        if (refs == NULL)
                return false;
        if (before_end > count)
                before_end = count;
        memcpy(refs, turns->refs + first, before_end * sizeof *refs);
        memcpy(refs + before_end, turns->refs, (count - before_end) * sizeof *refs);
        ring_free(turns);
        turns->refs = refs;
        turns->head = 0;
        turns->tail = (uint32_t)count;
        turns->mask = (uint32_t)(room_new - 1);
        return true;
}

void turns_grow(const void *start_site)
{
        struct turns *turns = worker_self()->ready;
        size_t room = ((size_t)turns->mask + 1) * 2;

        if (turns->room_max != 0 && room > turns->room_max)
                stack_quota_exceeded(start_site, turns->room_max);
        if (!turns_resize(turns, room))
                stack_exhausted(start_site, room * sizeof *turns->refs, "memory");
}

void turns_trim(struct turns *turns, uint32_t live)
{
        size_t room = ROOM_KEPT;

        while (room < (size_t)live * 2)
                room *= 2;
        if (room * 4 <= turns->mask)
                (void)turns_resize(turns, room); /* or later */
}
