/* SPDX-License-Identifier: MIT */
#include "turn/place.h"

#include "base/base.h"
#include "platform/symbol.h"

static bool is_same(const struct place_found *a, const struct place_found *b)
{
        return a->stack == b->stack && a->site == b->site;
}

struct place *places_add(struct places *places, const struct place_found *found)
{
        struct place *place = places->places;

        while (place < &places->places[places->count] && !is_same(&place->found, found))
                place++;
        if (place == &places->places[places->count] && places->count < PLACES_MAX) {
                places->count++;
                place->found = *found;
        }
        place->count++;
        return place;
}

bool place_is_new(const struct place *place)
{
        return place->count == 1;
}

static void tell(struct place *place)
{
        const struct place_found *found = &place->found;
        unsigned long long count = place->count;
        char at[256], site[256];

        place->told = place->count;
        if (found->stack == 0 && found->address == NULL)
                base_report("mori: %llu turns by now have kept a worker for longer than the limit "
                            "at places that are not told apart; the first was told in full",
                            count);
        else
                base_report("mori: %llu turns by now have kept a worker for longer than the limit "
                            "at %s, in activities started at %s; the first was told in full",
                            count, platform_place(found->address, at, sizeof at),
                            platform_place(found->site, site, sizeof site));
}

void place_tell(struct place *place)
{
        uint64_t round = 10;

        while (round < place->count && round < UINT64_MAX / 10)
                round *= 10;
        if (place->count == round)
                tell(place);
}

void place_end(struct place *place)
{
        if (place->count > 1 && place->count > place->told)
                tell(place);
}

void places_end(struct places *places)
{
        for (struct place *place = places->places; place <= &places->places[PLACES_MAX]; place++)
                place_end(place);
}
