/* SPDX-License-Identifier: MIT */
/*
 * What capnpc-mori makes of rich.capnp, used as a program would: what is written is read, and what
 * was not written has its default.
 */
#include "support/test.h"

#include "golden/other.mori.h"
#include "golden/rich.mori.h"

#include <errno.h>
#include <math.h>

static struct mori_wire_builder builder;
static struct mori_wire_message message;

static struct mori_wire_slot begin(void)
{
        ck_assert_int_eq(mori_wire_builder_init(&builder, NULL, 1, 10000), 0);
        builder.next_words = 4; /* small segments: most pointers are far */
        return mori_wire_builder_root(&builder);
}

static struct mori_wire_pointer written(void)
{
        static struct mori_wire_segment segments[256];

        ck_assert_uint_le(builder.count, 256);
        mori_wire_builder_segments(&builder, segments);
        mori_wire_message_init(&message, segments, builder.count);
        return mori_wire_root(&message);
}

static void end(void)
{
        ck_assert_int_eq(message.error.fault, MORI_WIRE_GOOD);
        mori_wire_builder_deinit(&builder);
}

#define GOOD(call) ck_assert_int_eq((call), 0)
#define ck_assert_text(text, string)                                                               \
        do {                                                                                       \
                struct mori_wire_text said = (text);                                               \
                                                                                                   \
                ck_assert_str_eq(said.bytes, (string));                                            \
                ck_assert_uint_eq(said.count, strlen(string));                                     \
        } while (0)

START_TEST(fields)
{
        struct mori_wire_data data;
        struct rich_builder to;
        struct rich_inner_builder inner, next;
        struct other_point_builder point;
        struct rich from;
        uint8_t *room;

        GOOD(rich_init(begin(), &to));
        rich_set_yes(to, true);
        rich_set_i8(to, -8);
        rich_set_i16(to, -16000);
        rich_set_i32(to, INT32_MIN);
        rich_set_i64(to, INT64_MIN);
        rich_set_u8(to, 255);
        rich_set_u16(to, 65535);
        rich_set_u32(to, UINT32_MAX);
        rich_set_u64(to, UINT64_MAX);
        rich_set_f32(to, 0.25f);
        rich_set_f64(to, -1e300);
        rich_set_colour(to, COLOUR_R_G_B);
        GOOD(rich_set_name(to, mori_wire_text_of("Ann")));
        GOOD(rich_init_bytes(to, 3, &room));
        memcpy(room, "\0\1\2", 3);
        GOOD(rich_init_inner(to, &inner));
        rich_inner_set_id(inner, 7);
        rich_inner_set_kind(inner, RICH_INNER_KIND_OTHER);
        GOOD(rich_inner_init_next(inner, &next));
        GOOD(rich_inner_set_http_server(next, mori_wire_text_of("there")));
        GOOD(rich_init_point(to, &point));
        other_point_set_y(point, 2.5);
        GOOD(mori_wire_new_text(rich_init_any(to), "any", 3));

        from = rich_read(written());
        ck_assert(rich_yes(from));
        ck_assert_int_eq(rich_i8(from), -8);
        ck_assert_int_eq(rich_i16(from), -16000);
        ck_assert_int_eq(rich_i32(from), INT32_MIN);
        ck_assert_int_eq(rich_i64(from), INT64_MIN);
        ck_assert_uint_eq(rich_u8(from), 255);
        ck_assert_uint_eq(rich_u16(from), 65535);
        ck_assert_uint_eq(rich_u32(from), UINT32_MAX);
        ck_assert_uint_eq(rich_u64(from), UINT64_MAX);
        ck_assert_float_eq(rich_f32(from), 0.25f);
        ck_assert_double_eq(rich_f64(from), -1e300);
        ck_assert_int_eq(rich_colour(from), COLOUR_R_G_B);
        ck_assert_text(rich_name(from), "Ann");
        data = rich_bytes(from);
        ck_assert_uint_eq(data.count, 3);
        ck_assert_mem_eq(data.bytes, "\0\1\2", 3);
        ck_assert_uint_eq(rich_inner_id(rich_inner(from)), 7);
        ck_assert_int_eq(rich_inner_kind(rich_inner(from)), RICH_INNER_KIND_OTHER);
        ck_assert_text(rich_inner_http_server(rich_inner_next(rich_inner(from))), "there");
        ck_assert(!rich_inner_has_next(rich_inner_next(rich_inner(from))));
        ck_assert_double_eq(other_point_y(rich_point(from)), 2.5);
        ck_assert_text(mori_wire_read_text(rich_any(from)), "any");
        end();
}
END_TEST

START_TEST(lists)
{
        struct lists_builder to;
        struct lists from;
        struct mori_wire_bool_list_builder bools;
        struct mori_wire_text_list_builder texts;
        struct colour_list_builder colours;
        struct rich_inner_list_builder structs;
        struct mori_wire_int32_list_list_builder matrix;
        struct mori_wire_int32_list_builder row;
        struct rich_inner_list_list_list_builder deep;
        struct rich_inner_list_list_builder deeper;
        struct mori_wire_void_list_builder voids;

        GOOD(lists_init(begin(), &to));
        GOOD(lists_init_voids(to, 5, &voids));
        GOOD(lists_init_bools(to, 9, &bools));
        mori_wire_bool_list_set(bools, 8, true);
        GOOD(lists_init_texts(to, 2, &texts));
        GOOD(mori_wire_text_list_set(texts, 0, mori_wire_text_of("one")));
        GOOD(lists_init_colours(to, 2, &colours));
        colour_list_set(colours, 1, COLOUR_DEEP_BLUE);
        GOOD(lists_init_structs(to, 3, &structs));
        for (uint32_t i = 0; i < 3; i++)
                rich_inner_set_id(rich_inner_list_builder_at(structs, i), 10 + i);
        GOOD(lists_init_matrix(to, 2, &matrix));
        GOOD(mori_wire_int32_list_list_init(matrix, 1, 3, &row));
        mori_wire_int32_list_set(row, 2, -5);
        GOOD(lists_init_deep(to, 1, &deep));
        GOOD(rich_inner_list_list_list_init(deep, 0, 2, &deeper));
        GOOD(rich_inner_list_list_init(deeper, 1, 1, &structs));
        rich_inner_set_id(rich_inner_list_builder_at(structs, 0), 99);

        from = lists_read(written());
        ck_assert_uint_eq(mori_wire_void_list_count(lists_voids(from)), 5);
        ck_assert_uint_eq(mori_wire_bool_list_count(lists_bools(from)), 9);
        ck_assert(mori_wire_bool_list_at(lists_bools(from), 8));
        ck_assert(!mori_wire_bool_list_at(lists_bools(from), 7));
        ck_assert_text(mori_wire_text_list_at(lists_texts(from), 0), "one");
        ck_assert_text(mori_wire_text_list_at(lists_texts(from), 1), "");
        ck_assert_int_eq(colour_list_at(lists_colours(from), 0), COLOUR_RED);
        ck_assert_int_eq(colour_list_at(lists_colours(from), 1), COLOUR_DEEP_BLUE);
        ck_assert_uint_eq(rich_inner_list_count(lists_structs(from)), 3);
        ck_assert_uint_eq(rich_inner_id(rich_inner_list_at(lists_structs(from), 2)), 12);
        ck_assert_uint_eq(
                mori_wire_int32_list_count(mori_wire_int32_list_list_at(lists_matrix(from), 0)), 0);
        ck_assert_int_eq(
                mori_wire_int32_list_at(mori_wire_int32_list_list_at(lists_matrix(from), 1), 2),
                -5);
        ck_assert_uint_eq(rich_inner_id(rich_inner_list_at(
                                  rich_inner_list_list_at(
                                          rich_inner_list_list_list_at(lists_deep(from), 0), 1),
                                  0)),
                          99);
        ck_assert_uint_eq(
                rich_inner_list_list_count(rich_inner_list_list_list_at(lists_deep(from), 0)), 2);
        end();
}
END_TEST

START_TEST(defaults)
{
        struct mori_wire_reader none = {0};
        struct defaults from = {none};
        struct defaults_builder to;
        struct rich_inner_list inners;

        for (int round = 0; round < 2; round++) { /* of nothing, and of a struct with nothing set */
                ck_assert(defaults_yes(from));
                ck_assert_int_eq(defaults_i8(from), -7);
                ck_assert_int_eq(defaults_i64(from), INT64_MIN);
                ck_assert_uint_eq(defaults_u16(from), 65535);
                ck_assert_uint_eq(defaults_u64(from), UINT64_MAX);
                ck_assert_float_eq(defaults_f32(from), 1.5f);
                ck_assert(isinf(defaults_f64(from)) && defaults_f64(from) < 0);
                ck_assert(isnan(defaults_nan(from)));
                ck_assert_int_eq(defaults_colour(from), COLOUR_R_G_B);
                ck_assert_text(defaults_name(from), "a \"name\"");
                ck_assert_uint_eq(defaults_bytes(from).count, 3);
                ck_assert_uint_eq(rich_inner_id(defaults_inner(from)), 5);
                ck_assert_uint_eq(rich_inner_id(rich_inner_next(defaults_inner(from))), 6);
                ck_assert_int_eq(mori_wire_int16_list_at(defaults_numbers(from), 1), -2);
                inners = defaults_inners(from);
                ck_assert_uint_eq(rich_inner_list_count(inners), 2);
                ck_assert_int_eq(rich_inner_kind(rich_inner_list_at(inners, 1)),
                                 RICH_INNER_KIND_OTHER);
                ck_assert(mori_wire_bool_list_at(defaults_bits(from), 2));
                ck_assert(!defaults_has_name(from) && !defaults_has_inner(from));
                if (round == 0) {
                        GOOD(defaults_init(begin(), &to));
                        from = defaults_read(written());
                }
        }
        /* set to 0, and to the default: the bits are the other way round */
        defaults_set_yes(to, false);
        defaults_set_i8(to, 0);
        defaults_set_u16(to, 65535);
        defaults_set_f32(to, 0);
        defaults_set_colour(to, COLOUR_RED);
        GOOD(defaults_set_name(to, mori_wire_text_of("")));
        from = defaults_read(written());
        ck_assert(!defaults_yes(from));
        ck_assert_int_eq(defaults_i8(from), 0);
        ck_assert_uint_eq(defaults_u16(from), 65535);
        ck_assert_float_eq(defaults_f32(from), 0);
        ck_assert_int_eq(defaults_colour(from), COLOUR_RED);
        ck_assert(defaults_has_name(from));
        ck_assert_text(defaults_name(from), "");
        end();
}
END_TEST

START_TEST(unions_and_groups)
{
        struct choice_builder to;
        struct choice_box_builder box;
        struct choice_place_builder place;
        struct mori_wire_uint8_list_builder many;
        struct choice from;
        struct other_point_builder point;

        GOOD(choice_init(begin(), &to));
        from = choice_read(written());
        ck_assert_int_eq(choice_which(from), CHOICE_WHICH_NONE);
        ck_assert(choice_is_none(from));
        ck_assert_int_eq(choice_number(from), 42); /* not its member: its default */
        ck_assert_uint_eq(mori_wire_uint8_list_count(choice_many(from)), 2);
        ck_assert_double_eq(choice_size_deep_value(choice_size_deep(choice_size(from))), 0.5);

        choice_set_number(to, -1);
        from = choice_read(written());
        ck_assert_int_eq(choice_which(from), CHOICE_WHICH_NUMBER);
        ck_assert_int_eq(choice_number(from), -1);
        ck_assert(!choice_is_none(from));
        ck_assert(!choice_has_text(from));

        GOOD(choice_init_many(to, 1, &many));
        mori_wire_uint8_list_set(many, 0, 9);
        from = choice_read(written());
        ck_assert_uint_eq(mori_wire_uint8_list_at(choice_many(from), 0), 9);
        ck_assert(!choice_has_text(from)); /* the same pointer, and another's */
        ck_assert_text(choice_text(from), "");

        box = choice_init_box(to); /* what others have left there is gone */
        choice_box_set_height(box, 3);
        from = choice_read(written());
        ck_assert(choice_is_box(from));
        ck_assert_uint_eq(choice_box_width(choice_box(from)), 0);
        ck_assert_uint_eq(choice_box_height(choice_box(from)), 3);
        ck_assert_text(choice_box_label(choice_box(from)), "");
        choice_set_flag(to, true);
        from = choice_read(written());
        ck_assert(choice_flag(from));
        ck_assert_uint_eq(choice_box_height(choice_box(from)), 0);

        place = choice_init_place(to);
        ck_assert_int_eq(choice_place_which(choice_place(choice_read(written()))),
                         CHOICE_PLACE_WHICH_NOWHERE);
        choice_place_set_unit(place, OTHER_UNIT_METRE);
        ck_assert_int_eq(choice_place_unit(choice_place(choice_read(written()))), OTHER_UNIT_METRE);
        GOOD(choice_place_init_at(place, &point));
        other_point_set_x(point, 4);
        from = choice_read(written());
        ck_assert_double_eq(other_point_x(choice_place_at(choice_place(from))), 4);
        ck_assert_int_eq(choice_place_unit(choice_place(from)), OTHER_UNIT_FOOT);
        choice_size_deep_set_value(choice_size_init_deep(choice_init_size(to)), 8);
        ck_assert_double_eq(
                choice_size_deep_value(choice_size_deep(choice_size(choice_read(written())))), 8);
        end();
}
END_TEST

START_TEST(copies)
{
        struct mori_wire_builder copy;
        struct mori_wire_segment segment;
        struct mori_wire_message read;
        struct lists_builder list;
        struct rich_builder rich;
        struct rich from;

        GOOD(rich_init(begin(), &rich));
        GOOD(rich_set_inner(rich, defaults_inner((struct defaults){{0}})));
        GOOD(rich_set_any(rich, mori_wire_constant(&origin_message)));
        GOOD(rich_set_point(rich, (struct other_point){{0}})); /* null */
        from = rich_read(written());
        ck_assert_uint_eq(rich_inner_id(rich_inner_next(rich_inner(from))), 6);
        ck_assert_double_eq(other_point_x(other_point_read(rich_any(from))), 1);
        ck_assert(!rich_has_point(from));
        end();

        GOOD(mori_wire_builder_init(&copy, NULL, 0, 1000));
        GOOD(lists_init(mori_wire_builder_root(&copy), &list));
        GOOD(lists_set_points(list, points()));
        GOOD(lists_set_words(list, table()));
        ck_assert_uint_eq(copy.count, 1);
        mori_wire_builder_segments(&copy, &segment);
        mori_wire_message_init(&read, &segment, 1);
        ck_assert_double_eq(other_point_y(other_point_list_at(
                                    lists_points(lists_read(mori_wire_root(&read))), 1)),
                            2);
        ck_assert_text(
                mori_wire_text_list_at(mori_wire_text_list_list_at(
                                               lists_words(lists_read(mori_wire_root(&read))), 0),
                                       1),
                "b");
        mori_wire_builder_deinit(&copy);
}
END_TEST

START_TEST(constants)
{
        static const int32_t in_a_constant = ANSWER;

        ck_assert_int_eq(in_a_constant, -42);
        ck_assert_uint_eq(LIMIT, UINT64_MAX);
        ck_assert_double_eq(HALF, 0.5);
        ck_assert_float_eq(TINY, 1e-40f);
        ck_assert(isinf(INFINITE) && INFINITE < 0);
        ck_assert(ON);
        ck_assert_int_eq(BEST, COLOUR_DEEP_BLUE);
        ck_assert_int_eq(RICH_INNER_LIMIT, 12);
        ck_assert_text(greeting(), "hello\n");
        ck_assert_mem_eq(magic().bytes, "\xde\xad", 2);
        ck_assert_uint_eq(mori_wire_uint32_list_at(primes(), 3), 7);
        ck_assert_double_eq(other_point_y(origin()), 0.5);
}
END_TEST

START_TEST(names)
{
        ck_assert_str_eq(colour_name(COLOUR_DEEP_BLUE), "deepBlue");
        ck_assert_str_eq(colour_name(COLOUR_R_G_B), "rgb");
        ck_assert_ptr_null(colour_name((enum colour)3));
        ck_assert_ptr_null(colour_name((enum colour)65535));
}
END_TEST

START_TEST(older_and_newer_schemas)
{
        struct old_builder old;
        struct new__builder new;
        struct new_name_list_builder news;
        struct mori_wire_text_list_builder texts;

        GOOD(old_init(begin(), &old));
        old_set_a(old, 1);
        GOOD(old_init_names(old, 1, &texts));
        GOOD(mori_wire_text_list_set(texts, 0, mori_wire_text_of("Bob")));
        ck_assert_uint_eq(new__a(new__read(written())), 1);
        ck_assert_int_eq(new__b(new__read(written())), 3);
        ck_assert_text(new__c(new__read(written())), "new");
        ck_assert_text(new_name_name(new_name_list_at(new__names(new__read(written())), 0)), "Bob");
        ck_assert_uint_eq(new_name_age(new_name_list_at(new__names(new__read(written())), 0)), 0);
        end();

        GOOD(new__init(begin(), &new));
        new__set_a(new, 2);
        new__set_b(new, 5);
        GOOD(new__init_names(new, 2, &news));
        GOOD(new_name_set_name(new_name_list_builder_at(news, 1), mori_wire_text_of("Eve")));
        new_name_set_age(new_name_list_builder_at(news, 1), 9);
        ck_assert_uint_eq(old_a(old_read(written())), 2);
        ck_assert_text(mori_wire_text_list_at(old_names(old_read(written())), 1), "Eve");
        end();
}
END_TEST

START_TEST(what_does_not_fit)
{
        struct rich_builder to;
        struct choice_builder choice;
        uint64_t first[8] = {0};

        GOOD(mori_wire_builder_init(&builder, first, 8, 8));
        ck_assert_int_eq(rich_init(mori_wire_builder_root(&builder), &to), -EMSGSIZE);
        GOOD(choice_init(mori_wire_builder_root(&builder), &choice));
        /* and the union is what it was */
        choice_set_number(choice, 5);
        ck_assert_int_eq(choice_set_text(choice, mori_wire_text_of("a text that is too long")),
                         -EMSGSIZE);
        ck_assert_int_eq(choice_number(choice_read(written())), 5);
        end();
}
END_TEST

TEST_MAIN("schema/use", TEST(fields), TEST(lists), TEST(defaults), TEST(unions_and_groups),
          TEST(copies), TEST(constants), TEST(names), TEST(older_and_newer_schemas),
          TEST(what_does_not_fit))
