/* SPDX-License-Identifier: MIT */
/* Which long turns are told, and which are only counted. */
#include "turn/place.h"

#include "base/base.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

static struct places table;
static unsigned lines;
static char last[1024];

static void line_take(const char *line, size_t bytes)
{
        lines++;
        snprintf(last, sizeof last, "%.*s", (int)bytes, line);
}

/* A turn at one of some places: true where it is told in full. */
static bool add(uint64_t stack, const void *site)
{
        struct place *place = places_add(
                &table, &(struct place_found){.stack = stack, .address = add, .site = site});
        bool is_new = place_is_new(place);

        place_tell(place);
        return is_new;
}

static void begin(void)
{
        memset(&table, 0, sizeof table);
        lines = 0;
        base_report_to(line_take);
}

START_TEST(only_the_first_is_told_in_full)
{
        begin();
        ck_assert(add(1, begin));
        for (unsigned i = 2; i <= 9; i++)
                ck_assert(!add(1, begin));
        ck_assert_uint_eq(lines, 0);
        ck_assert(!add(1, begin));
        ck_assert_uint_eq(lines, 1);
        ck_assert_ptr_nonnull(strstr(last, "mori: 10 turns by now"));
        ck_assert_ptr_nonnull(strstr(last, "at add+0x0"));
        ck_assert_ptr_nonnull(strstr(last, "started at begin+0x0"));
        for (unsigned i = 11; i <= 1000; i++)
                ck_assert(!add(1, begin));
        ck_assert_uint_eq(lines, 3);
        ck_assert_ptr_nonnull(strstr(last, "mori: 1000 turns by now"));
}
END_TEST

START_TEST(another_stack_or_start_is_another_place)
{
        begin();
        ck_assert(add(1, begin));
        ck_assert(add(2, begin));
        ck_assert(add(1, line_take));
        ck_assert(add(1, NULL));
        ck_assert(!add(2, begin));
        ck_assert_uint_eq(lines, 0);
}
END_TEST

START_TEST(what_was_not_told_is_told_at_the_end)
{
        begin();
        add(1, begin); /* once: it was told in full */
        for (unsigned i = 0; i < 10; i++)
                add(2, begin); /* told at 10 */
        for (unsigned i = 0; i < 13; i++)
                add(3, begin);
        ck_assert_uint_eq(lines, 2);
        places_end(&table);
        ck_assert_uint_eq(lines, 3);
        ck_assert_ptr_nonnull(strstr(last, "mori: 13 turns by now"));
        places_end(&table);
        ck_assert_uint_eq(lines, 3);
}
END_TEST

START_TEST(more_places_than_there_is_room_for_are_one)
{
        begin();
        for (uint64_t i = 1; i <= PLACES_MAX; i++)
                ck_assert(add(i, begin));
        ck_assert(add(1000, begin));
        for (uint64_t i = 1001; i < 1009; i++)
                ck_assert(!add(i, begin));
        ck_assert_uint_eq(lines, 0);
        ck_assert(!add(1, begin)); /* known as before */
        ck_assert(!add(1009, begin));
        ck_assert_uint_eq(lines, 1);
        ck_assert_ptr_nonnull(strstr(last, "mori: 10 turns by now"));
        ck_assert_ptr_nonnull(strstr(last, "at places that are not told apart"));
}
END_TEST

TEST_MAIN("turn/place", TEST(only_the_first_is_told_in_full),
          TEST(another_stack_or_start_is_another_place), TEST(what_was_not_told_is_told_at_the_end),
          TEST(more_places_than_there_is_room_for_are_one))
