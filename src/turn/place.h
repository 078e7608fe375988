/* SPDX-License-Identifier: MIT */
/*
 * Long turns by the place where they were found, so that a program whose turns are long is not
 * reported a hundred times a second: the first at a place is told in full, the others are counted,
 * and the count is told when it comes to 10, 100, 1000 ..., and at the end.
 *
 * A place is a stack of functions and the site where the activity was started. Of what comes after
 * the first PLACES_MAX all is one place.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PLACES_MAX 32u

/* Where a turn was found. All zero: one of those that are not told apart. */
struct place_found {
        uint64_t stack;      /* a hash of the functions on it */
        const void *address; /* where it was interrupted, for a person */
        const void *site;    /* where its activity was started, or NULL */
};

struct place {
        struct place_found found; /* of the first */
        uint64_t count, told;     /* turns; as many as a report has spoken of */
};

/* All zero at first. Of one thread, or one handler, at a time. */
struct places {
        uint32_t count;
        struct place places[PLACES_MAX + 1]; /* the last one: all others */
};

/* Counts a turn. The place stays where it is as long as the table does. */
struct place *places_add(struct places *places, const struct place_found *found);
/* True where the turn that was added last is to be told in full: it is the first there. */
bool place_is_new(const struct place *place);
/* Reports the count where it is time to. Async-signal-safe. */
void place_tell(struct place *place);
/* Reports what was counted and not told: of one, of all. */
void place_end(struct place *place);
void places_end(struct places *places);
