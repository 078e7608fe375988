/* SPDX-License-Identifier: MIT */
/*
 * What tests/wire cannot ask the stock tool for: what is wrong, at each limit, and changed lists.
 */
#include "support/test.h"

#include <mori/wire_frame.h>
#include <mori/wire_list.h>

#include "wire/layout.h"

#include <errno.h>

/* A message of one segment, or of two. */
static struct mori_wire_message message;

static struct mori_wire_pointer message_of(const uint64_t *words, uint32_t count,
                                           const uint64_t *second, uint32_t second_count)
{
        static struct mori_wire_segment segments[2];

        segments[0] = (struct mori_wire_segment){words, count};
        segments[1] = (struct mori_wire_segment){second, second_count};
        mori_wire_message_init(&message, segments, second != NULL ? 2 : 1);
        return mori_wire_root(&message);
}
#define ONE(...)                                                                                   \
        message_of((const uint64_t[]){__VA_ARGS__},                                                \
                   (uint32_t)ELEMENTS(((const uint64_t[]){__VA_ARGS__})), NULL, 0)

#define ck_assert_fault(fault_wanted, segment_wanted, word_wanted)                                 \
        do {                                                                                       \
                ck_assert_int_eq(message.error.fault, (fault_wanted));                             \
                ck_assert_uint_eq(message.error.segment, (segment_wanted));                        \
                ck_assert_uint_eq(message.error.word, (word_wanted));                              \
        } while (0)
#define ck_assert_good() ck_assert_int_eq(message.error.fault, MORI_WIRE_GOOD)

START_TEST(an_empty_struct_has_defaults)
{
        struct mori_wire_reader none = mori_wire_read_struct(ONE(0));

        ck_assert_good();
        ck_assert_uint_eq(mori_wire_u8(&none, 3, 0), 0);
        ck_assert_uint_eq(mori_wire_u16(&none, 0, 7), 7);
        ck_assert_uint_eq(mori_wire_u64(&none, UINT32_MAX, 9), 9);
        ck_assert(mori_wire_bit(&none, 0, true));
        ck_assert(!mori_wire_bit(&none, UINT32_MAX, false));
        ck_assert_int_eq(mori_wire_kind(mori_wire_reader_pointer(&none, 0)), MORI_WIRE_NULL);
        ck_assert_uint_eq(mori_wire_read_text(mori_wire_reader_pointer(&none, 9)).count, 0);
        ck_assert_str_eq(mori_wire_read_text(mori_wire_reader_pointer(&none, 9)).bytes, "");
        ck_assert_uint_eq(
                mori_wire_read_list(mori_wire_reader_pointer(&none, 9), MORI_WIRE_BYTE).count, 0);
        ck_assert_good();
}
END_TEST

START_TEST(fields_and_their_defaults)
{
        struct mori_wire_reader from =
                mori_wire_read_struct(ONE(pointer_of_struct(0, 1, 0), 0x8000000200010305));

        ck_assert_uint_eq(mori_wire_u8(&from, 0, 0), 5);
        ck_assert_uint_eq(mori_wire_u8(&from, 1, 2), 1); /* 3 xor 2 */
        ck_assert_uint_eq(mori_wire_u16(&from, 1, 0), 1);
        ck_assert_uint_eq(mori_wire_u32(&from, 1, 0), 0x80000002);
        ck_assert(mori_wire_bit(&from, 0, false));
        ck_assert(!mori_wire_bit(&from, 0, true));
        ck_assert(!mori_wire_bit(&from, 1, false));
        ck_assert(mori_wire_bit(&from, 63, false));
        ck_assert(mori_wire_bit(&from, 64, true)); /* beyond: the default */
        ck_assert_uint_eq(mori_wire_u8(&from, 8, 77), 77);
        ck_assert_good();
}
END_TEST

START_TEST(no_root)
{
        struct mori_wire_reader none;

        mori_wire_message_init(&message, NULL, 0);
        none = mori_wire_read_struct(mori_wire_root(&message));
        ck_assert_uint_eq(none.data_bits, 0);
        ck_assert_fault(MORI_WIRE_EMPTY, 0, 0);
        mori_wire_read_struct(message_of((const uint64_t[]){1}, 0, NULL, 0));
        ck_assert_fault(MORI_WIRE_EMPTY, 0, 0);
}
END_TEST

START_TEST(structs_beyond_their_segment)
{
        const struct {
                uint64_t word;
                bool good;
        } cases[] = {
                {pointer_of_struct(0, 1, 0), true},
                {pointer_of_struct(0, 0, 1), true},
                {pointer_of_struct(-1, 1, 1), true}, /* itself and the next: odd, and inside */
                {pointer_of_struct(0, 1, 1), false},
                {pointer_of_struct(1, 1, 0), false},
                {pointer_of_struct(1, 0, 0), true}, /* of no words, at the end */
                {pointer_of_struct(2, 0, 0), false},
                {pointer_of_struct(-1, 0, 0), true},
                {pointer_of_struct(-2, 0, 0), false},
                {pointer_of_struct(INT32_MAX >> 2, 0xffff, 0xffff), false},
                {pointer_of_struct(-(1 << 29), 0, 0), false},
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                mori_wire_read_struct(ONE(cases[i].word, 0));
                if (cases[i].good)
                        ck_assert_good();
                else
                        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
        }
}
END_TEST

START_TEST(kinds_are_not_mixed)
{
        uint32_t index = 5;

        mori_wire_read_struct(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 1), 0));
        ck_assert_fault(MORI_WIRE_KIND, 0, 0);
        mori_wire_read_list(ONE(pointer_of_struct(0, 1, 0), 0), MORI_WIRE_VOID);
        ck_assert_fault(MORI_WIRE_KIND, 0, 0);
        ck_assert(!mori_wire_read_capability(ONE(pointer_of_struct(0, 1, 0), 0), &index));
        ck_assert_fault(MORI_WIRE_KIND, 0, 0);
        ck_assert_uint_eq(index, 5);
        /* of no kind that is known */
        ck_assert_int_eq(mori_wire_kind(ONE(POINTER_OTHER | 4)), MORI_WIRE_NULL);
        ck_assert_fault(MORI_WIRE_KIND, 0, 0);
        ck_assert(mori_wire_read_capability(ONE(POINTER_OTHER | 9ull << 32), &index));
        ck_assert_uint_eq(index, 9);
        ck_assert(!mori_wire_read_capability(ONE(0), &index));
        ck_assert_good();
}
END_TEST

/* The first that is wrong is kept, with its place. */
START_TEST(the_first_fault_stays)
{
        struct mori_wire_reader root = mori_wire_read_struct(
                ONE(pointer_of_struct(0, 0, 2), pointer_of_struct(5, 1, 0), POINTER_OTHER | 4));

        mori_wire_read_struct(mori_wire_reader_pointer(&root, 0));
        mori_wire_read_list(mori_wire_reader_pointer(&root, 1), MORI_WIRE_VOID);
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 1);
        ck_assert_str_eq(mori_wire_fault_text(message.error.fault),
                         "an object reaches beyond its segment");
}
END_TEST

START_TEST(texts)
{
        struct mori_wire_text text;
        struct mori_wire_data data;

        text = mori_wire_read_text(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 3), 0x00006968));
        ck_assert_good();
        ck_assert_uint_eq(text.count, 2);
        ck_assert_str_eq(text.bytes, "hi");
        text = mori_wire_read_text(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 2), 0x00006968));
        ck_assert_fault(MORI_WIRE_TEXT, 0, 0);
        ck_assert_uint_eq(text.count, 0);
        text = mori_wire_read_text(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 0)));
        ck_assert_fault(MORI_WIRE_TEXT, 0, 0);
        mori_wire_read_text(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 9), 0));
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
        mori_wire_read_text(ONE(pointer_of_list(0, MORI_WIRE_TWO_BYTES, 2), 0));
        ck_assert_fault(MORI_WIRE_ELEMENTS, 0, 0);
        data = mori_wire_read_data(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 2), 0x00006968));
        ck_assert_good();
        ck_assert_uint_eq(data.count, 2);
        ck_assert_mem_eq(data.bytes, "hi", 2);
        ck_assert_uint_eq(mori_wire_read_data(ONE(pointer_of_list(0, MORI_WIRE_BYTE, 0))).count, 0);
        ck_assert_good();
}
END_TEST

/* Lists of each size, read as each size: the rules for schemas that have changed. */
START_TEST(lists_that_a_schema_has_changed)
{
        static const unsigned char fits[8][8] = {
                /* written as:         V B 1 2 4 8 P S */
                [MORI_WIRE_VOID] = {1, 1, 1, 1, 1, 1, 1, 1},
                [MORI_WIRE_BIT] = {0, 1, 0, 0, 0, 0, 0, 0},
                [MORI_WIRE_BYTE] = {0, 0, 1, 1, 1, 1, 0, 1},
                [MORI_WIRE_TWO_BYTES] = {0, 0, 0, 1, 1, 1, 0, 1},
                [MORI_WIRE_FOUR_BYTES] = {0, 0, 0, 0, 1, 1, 0, 1},
                [MORI_WIRE_EIGHT_BYTES] = {0, 0, 0, 0, 0, 1, 0, 1},
                [MORI_WIRE_POINTER] = {0, 0, 0, 0, 0, 0, 1, 1},
                [MORI_WIRE_COMPOSITE] = {1, 0, 1, 1, 1, 1, 1, 1},
        };

        for (enum mori_wire_size expected = MORI_WIRE_VOID; expected <= MORI_WIRE_COMPOSITE;
             expected++)
                for (enum mori_wire_size written = MORI_WIRE_VOID; written <= MORI_WIRE_COMPOSITE;
                     written++) {
                        struct mori_wire_pointer root =
                                written == MORI_WIRE_COMPOSITE
                                        ? ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 2),
                                              pointer_of_struct(1, 1, 1), 0x1234, 0)
                                        : ONE(pointer_of_list(0, written, 1), 0, 0, 0);
                        struct mori_wire_list list = mori_wire_read_list(root, expected);

                        ck_assert_int_eq(message.error.fault, fits[expected][written]
                                                                      ? MORI_WIRE_GOOD
                                                                      : MORI_WIRE_ELEMENTS);
                        ck_assert_uint_eq(list.count, fits[expected][written]);
                }
        {
                /* values where structs are now, and the other way */
                struct mori_wire_list list = mori_wire_read_list(
                        ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 4), pointer_of_struct(2, 1, 1),
                            0x11, pointer_of_struct(-1, 0, 0), 0x22, 0),
                        MORI_WIRE_TWO_BYTES);
                struct mori_wire_reader element;

                ck_assert_uint_eq(list.count, 2);
                ck_assert_uint_eq(mori_wire_element_u16(&list, 0), 0x11);
                ck_assert_uint_eq(mori_wire_element_u16(&list, 1), 0x22);
                ck_assert_int_eq(mori_wire_kind(mori_wire_element_pointer(&list, 0)),
                                 MORI_WIRE_STRUCT);
                ck_assert_int_eq(mori_wire_kind(mori_wire_element_pointer(&list, 1)),
                                 MORI_WIRE_NULL);
                list = mori_wire_read_list(
                        ONE(pointer_of_list(0, MORI_WIRE_TWO_BYTES, 3), 0x333322221111),
                        MORI_WIRE_COMPOSITE);
                element = mori_wire_element_struct(&list, 2);
                ck_assert_uint_eq(mori_wire_u16(&element, 0, 0), 0x3333);
                ck_assert_uint_eq(mori_wire_u32(&element, 0, 5), 5); /* has no such field */
                ck_assert_int_eq(mori_wire_kind(mori_wire_reader_pointer(&element, 0)),
                                 MORI_WIRE_NULL);
                list = mori_wire_read_list(ONE(pointer_of_list(0, MORI_WIRE_BIT, 10), 0x201),
                                           MORI_WIRE_BIT);
                ck_assert(mori_wire_element_bit(&list, 0));
                ck_assert(!mori_wire_element_bit(&list, 8));
                ck_assert(mori_wire_element_bit(&list, 9));
                ck_assert_good();
        }
}
END_TEST

START_TEST(tags_that_are_wrong)
{
        mori_wire_read_list(
                ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 1), pointer_of_struct(2, 1, 0), 0),
                MORI_WIRE_COMPOSITE);
        ck_assert_fault(MORI_WIRE_TAG, 0, 0);
        mori_wire_read_list(
                ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 1), pointer_of_list(1, 0, 1), 0),
                MORI_WIRE_COMPOSITE);
        ck_assert_fault(MORI_WIRE_TAG, 0, 0);
        mori_wire_read_list(
                ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 2), pointer_of_struct(1, 1, 0), 0),
                MORI_WIRE_COMPOSITE);
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
        /* so many that the product is beyond 32 bits */
        mori_wire_read_list(ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 0), 0xfffffffffffffffcull),
                            MORI_WIRE_COMPOSITE);
        ck_assert_fault(MORI_WIRE_TAG, 0, 0);
        /* more words than its elements have: room that is not used */
        mori_wire_read_list(
                ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 2), pointer_of_struct(1, 1, 0), 0, 0),
                MORI_WIRE_COMPOSITE);
        ck_assert_good();
}
END_TEST

/* A list of nothing costs what it makes its reader do. */
START_TEST(nothing_is_for_free)
{
        struct mori_wire_list list;

        list = mori_wire_read_list(ONE(pointer_of_list(0, MORI_WIRE_VOID, 1000)), MORI_WIRE_VOID);
        ck_assert_uint_eq(list.count, 1000);
        ck_assert_uint_eq(message.words_left, MORI_WIRE_TRAVERSAL_WORDS - 1000);
        mori_wire_read_list(ONE(pointer_of_list(0, MORI_WIRE_VOID, MORI_WIRE_LIST_MAX)),
                            MORI_WIRE_VOID);
        ck_assert_fault(MORI_WIRE_TOO_MUCH, 0, 0);
        mori_wire_read_list(
                ONE(pointer_of_list(0, MORI_WIRE_COMPOSITE, 0), (uint32_t)INT32_MAX << 2),
                MORI_WIRE_COMPOSITE);
        ck_assert_fault(MORI_WIRE_TOO_MUCH, 0, 0);
        for (int i = 0; i < 3; i++) { /* the same object, each time anew */
                struct mori_wire_pointer root = ONE(pointer_of_struct(0, 2, 0), 0, 0);

                message.words_left = 4;
                mori_wire_read_struct(root);
                mori_wire_read_struct(root);
                ck_assert_good();
                mori_wire_read_struct(root);
                ck_assert_fault(MORI_WIRE_TOO_MUCH, 0, 0);
        }
}
END_TEST

START_TEST(circles_end)
{
        struct mori_wire_builder builder;
        struct mori_wire_pointer root =
                ONE(pointer_of_struct(-1, 0, 1)); /* has itself as its field */
        unsigned depth = 0;

        for (struct mori_wire_pointer at = root; message.error.fault == MORI_WIRE_GOOD; depth++) {
                struct mori_wire_reader from = mori_wire_read_struct(at);

                at = mori_wire_reader_pointer(&from, 0);
        }
        ck_assert_fault(MORI_WIRE_TOO_DEEP, 0, 0);
        ck_assert_uint_eq(depth, MORI_WIRE_DEPTH + 1);
        ck_assert_int_eq(mori_wire_builder_init(&builder, NULL, 0, 1000), 0);
        root = ONE(pointer_of_struct(-1, 0, 1));
        ck_assert_int_eq(mori_wire_copy(mori_wire_builder_root(&builder), root, MORI_WIRE_AS_IT_IS),
                         -EBADMSG);
        ck_assert_fault(MORI_WIRE_TOO_DEEP, 0, 0);
        mori_wire_builder_deinit(&builder);
}
END_TEST

static uint32_t far_reads(uint64_t word, const uint64_t *second, uint32_t count)
{
        static uint64_t first[3];
        struct mori_wire_reader from;

        first[0] = word;
        first[1] = 0x77;
        first[2] = pointer_of_struct(-2, 1, 0);
        from = mori_wire_read_struct(message_of(first, 3, second, count));
        return mori_wire_u32(&from, 0, 0);
}

START_TEST(far_pointers)
{
        const uint64_t second[] = {
                pointer_of_struct(0, 1, 0), 0x55,                       /* a pad, its struct */
                pointer_of_far(1, 0),       pointer_of_struct(0, 1, 0), /* a pad of two */
                pointer_of_far(1, 0) | 4,   pointer_of_struct(0, 1, 0), /* that is wrong */
                pointer_of_far(1, 0),       pointer_of_far(0, 0),       /* that is wrong, too */
                pointer_of_far(1, 7),       pointer_of_struct(0, 1, 0), /* to no segment */
        };
        uint32_t count = ELEMENTS(second);

        ck_assert_uint_eq(far_reads(pointer_of_far(0, 1), second, count), 0x55);
        ck_assert_good();
        ck_assert_uint_eq(far_reads(pointer_of_far(2, 0), second, count), 0x77); /* to its own */
        ck_assert_good();
        ck_assert_uint_eq(far_reads(pointer_of_far(2, 1) | 4, second, count), 0x77);
        ck_assert_good();
        ck_assert_uint_eq(far_reads(pointer_of_far(4, 1) | 4, second, count), 0);
        ck_assert_fault(MORI_WIRE_LANDING, 0, 0);
        far_reads(pointer_of_far(6, 1) | 4, second, count);
        ck_assert_fault(MORI_WIRE_LANDING, 0, 0);
        far_reads(pointer_of_far(2, 1), second, count); /* a pad of one that is far */
        ck_assert_fault(MORI_WIRE_LANDING, 0, 0);
        far_reads(pointer_of_far(8, 1) | 4, second, count);
        ck_assert_fault(MORI_WIRE_SEGMENT, 0, 0);
        far_reads(pointer_of_far(0, 2), second, count);
        ck_assert_fault(MORI_WIRE_SEGMENT, 0, 0);
        far_reads(pointer_of_far(count, 1), second, count);
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
        far_reads(pointer_of_far(count - 1, 1) | 4, second, count);
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
        far_reads(pointer_of_far((1u << 29) - 1, 1), second, count);
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
}
END_TEST

START_TEST(what_is_written_is_read)
{
        struct mori_wire_builder builder;
        struct mori_wire_writer root, child;
        struct mori_wire_elements list;
        uint64_t first[4] = {0};
        struct mori_wire_segment segments[16];
        struct mori_wire_reader from;
        struct mori_wire_list read;
        uint32_t index;

        ck_assert_int_eq(mori_wire_builder_init(&builder, first, ELEMENTS(first), 10000), 0);
        ck_assert_int_eq(mori_wire_new_struct(mori_wire_builder_root(&builder), 2, 5, &root), 0);
        mori_wire_put_u8(&root, 0, 200, 0);
        mori_wire_put_u16(&root, 1, 7, 7);
        mori_wire_put_u32(&root, 1, 99, 1);
        mori_wire_put_u64(&root, 1, UINT64_MAX, 0);
        mori_wire_put_bit(&root, 8, true, false);
        mori_wire_put_bit(&root, 9, true, true);
        ck_assert_int_eq(mori_wire_new_text(mori_wire_writer_slot(&root, 0), "text", 4), 0);
        ck_assert_int_eq(mori_wire_new_structs(mori_wire_writer_slot(&root, 1), 3, 1, 1, &list), 0);
        child = mori_wire_elements_struct(&list, 2);
        mori_wire_put_u32(&child, 0, 44, 0);
        ck_assert_int_eq(mori_wire_new_data(mori_wire_writer_slot(&child, 0), "\1\2", 2), 0);
        ck_assert_int_eq(
                mori_wire_new_list(mori_wire_writer_slot(&root, 2), MORI_WIRE_POINTER, 2, &list),
                0);
        mori_wire_put_capability(mori_wire_elements_slot(&list, 1), 8);
        ck_assert_int_eq(mori_wire_new_struct(mori_wire_writer_slot(&root, 3), 0, 0, &child), 0);
        ck_assert_uint_gt(builder.count, 1);
        ck_assert_uint_le(builder.count, ELEMENTS(segments));
        mori_wire_builder_segments(&builder, segments);
        mori_wire_message_init(&message, segments, builder.count);
        from = mori_wire_read_struct(mori_wire_root(&message));
        ck_assert_uint_eq(mori_wire_u8(&from, 0, 0), 200);
        ck_assert_uint_eq(mori_wire_u16(&from, 1, 7), 7);
        ck_assert_uint_eq(mori_wire_u32(&from, 1, 1), 99);
        ck_assert_uint_eq(mori_wire_u64(&from, 1, 0), UINT64_MAX);
        ck_assert(mori_wire_bit(&from, 8, false) && mori_wire_bit(&from, 9, true));
        ck_assert_str_eq(mori_wire_read_text(mori_wire_reader_pointer(&from, 0)).bytes, "text");
        read = mori_wire_read_list(mori_wire_reader_pointer(&from, 1), MORI_WIRE_COMPOSITE);
        ck_assert_uint_eq(read.count, 3);
        ck_assert_uint_eq(mori_wire_element_u32(&read, 2), 44);
        ck_assert_uint_eq(mori_wire_read_data(mori_wire_element_pointer(&read, 2)).count, 2);
        read = mori_wire_read_list(mori_wire_reader_pointer(&from, 2), MORI_WIRE_POINTER);
        ck_assert(mori_wire_read_capability(mori_wire_element_pointer(&read, 1), &index));
        ck_assert_uint_eq(index, 8);
        ck_assert_int_eq(mori_wire_kind(mori_wire_reader_pointer(&from, 3)), MORI_WIRE_STRUCT);
        ck_assert_int_eq(mori_wire_kind(mori_wire_reader_pointer(&from, 4)), MORI_WIRE_NULL);
        ck_assert_good();
        mori_wire_builder_deinit(&builder);
}
END_TEST

START_TEST(limits_of_a_builder)
{
        struct mori_wire_builder builder;
        struct mori_wire_writer writer;
        struct mori_wire_elements list;
        uint64_t first[2] = {0};
        struct mori_wire_slot root;

        ck_assert_int_eq(mori_wire_builder_init(&builder, NULL, 0, 0), -EMSGSIZE);
        ck_assert_int_eq(mori_wire_builder_init(&builder, first, 0, 10), -EMSGSIZE);
        ck_assert_int_eq(mori_wire_builder_init(&builder, first, 2, 1000), 0);
        root = mori_wire_builder_root(&builder);
        ck_assert_int_eq(mori_wire_new_struct(root, 500, 500, &writer), -EMSGSIZE);
        ck_assert_uint_eq(first[0], 0); /* as before */
        ck_assert_int_eq(mori_wire_new_list(root, MORI_WIRE_EIGHT_BYTES, 1u << 29, &list), -E2BIG);
        ck_assert_int_eq(mori_wire_new_list(root, MORI_WIRE_EIGHT_BYTES, (1u << 29) - 1, &list),
                         -E2BIG);
        ck_assert_int_eq(mori_wire_new_structs(root, 1u << 20, UINT16_MAX, 0, &list), -E2BIG);
        ck_assert_int_eq(mori_wire_new_text(root, "", MORI_WIRE_LIST_MAX), -E2BIG);
        ck_assert_int_eq(mori_wire_new_list(root, MORI_WIRE_BYTE, 1 << 20, &list), -EMSGSIZE);
        ck_assert_uint_eq(first[0], 0);
        ck_assert_uint_eq(builder.count, 1);
        ck_assert_int_eq(mori_wire_new_struct(root, 1, 0, &writer),
                         0); /* and it has not suffered */
        ck_assert_uint_eq(first[0], pointer_of_struct(0, 1, 0));
        mori_wire_builder_deinit(&builder);
}
END_TEST

START_TEST(a_field_that_is_not_there)
{
        struct mori_wire_builder builder;
        struct mori_wire_writer writer;

        ck_assert_int_eq(mori_wire_builder_init(&builder, NULL, 0, 100), 0);
        ck_assert_int_eq(mori_wire_new_struct(mori_wire_builder_root(&builder), 1, 0, &writer), 0);
        mori_wire_put_u32(&writer, 2, 1, 0);
}
END_TEST

START_TEST(no_canonical_form)
{
        uint64_t *words;
        uint32_t count;

        ONE(POINTER_OTHER);
        ck_assert_int_eq(mori_wire_canonical(&message, 100, &words, &count), -EBADMSG);
        ck_assert_fault(MORI_WIRE_CAPABILITY, 0, 0);
        ONE(pointer_of_struct(0, 2, 0), 1, 1);
        ck_assert_int_eq(mori_wire_canonical(&message, 2, &words, &count), -EMSGSIZE);
        ONE(pointer_of_struct(5, 2, 0), 1, 1);
        ck_assert_int_eq(mori_wire_canonical(&message, 100, &words, &count), -EBADMSG);
        ck_assert_fault(MORI_WIRE_OUTSIDE, 0, 0);
}
END_TEST

/* An object that is referred to three times is there three times, still in one segment. */
START_TEST(canonical_is_one_segment)
{
        uint64_t *words;
        uint32_t count;

        ONE(pointer_of_struct(0, 0, 3), pointer_of_list(2, MORI_WIRE_EIGHT_BYTES, 2),
            pointer_of_list(1, MORI_WIRE_EIGHT_BYTES, 2),
            pointer_of_list(0, MORI_WIRE_EIGHT_BYTES, 2), 1, 2);
        ck_assert_int_eq(mori_wire_canonical(&message, 100, &words, &count), 0);
        ck_assert_uint_eq(count, 10);
        ck_assert_uint_eq(words[9], 2);
        free(words);
}
END_TEST

START_TEST(frames)
{
        uint64_t frame[] = {1 | 2ull << 32, 1, 10, 20, 30}; /* two segments, of 2 and 1 */
        struct mori_wire_segment segments[4];
        size_t need;

        ck_assert_int_eq(mori_wire_frame_bytes(frame, 0, 100, &need), 0);
        ck_assert_uint_eq(need, 8);
        ck_assert_int_eq(mori_wire_frame_bytes(frame, 8, 100, &need), 0);
        ck_assert_uint_eq(need, 16);
        ck_assert_int_eq(mori_wire_frame_bytes(frame, 16, 100, &need), 40);
        ck_assert_int_eq(mori_wire_frame_bytes(frame, 16, 2, &need), -EMSGSIZE);
        ck_assert_int_eq(mori_wire_frame_open(frame, sizeof frame, segments, 4), 2);
        ck_assert_uint_eq(segments[0].count, 2);
        ck_assert_uint_eq(segments[1].words[0], 30);
        ck_assert_int_eq(mori_wire_frame_open(frame, sizeof frame - 8, segments, 4), -EBADMSG);
        ck_assert_int_eq(mori_wire_frame_open(frame, 4, segments, 4), -EBADMSG);
        ck_assert_int_eq(mori_wire_frame_open(frame, sizeof frame, segments, 1), -EMSGSIZE);
        frame[0] = MORI_WIRE_SEGMENTS_MAX;
        ck_assert_int_eq(mori_wire_frame_bytes(frame, 16, 100, &need), -EMSGSIZE);
        frame[0] = UINT64_MAX;
        ck_assert_int_eq(mori_wire_frame_bytes(frame, 16, 100, &need), -EMSGSIZE);
        frame[0] = 0 | 0xffffffffull << 32;
        ck_assert_int_eq(mori_wire_frame_bytes(frame, 16, UINT64_MAX, &need), 8 + 0xffffffffll * 8);
}
END_TEST

START_TEST(packed_bytes_that_are_wrong)
{
        const struct {
                const char *bytes;
                size_t count;
                int64_t words;
        } cases[] = {
                {"", 0, 0},
                {"\x01", 1, -EBADMSG}, /* no byte */
                {"\x00", 1, -EBADMSG}, /* no count */
                {"\x00\x00", 2, 1},
                {"\x00\xff", 2, 256},
                {"\xff"
                 "12345678",
                 9, -EBADMSG}, /* no count */
                {"\xff"
                 "12345678\x00",
                 10, 1},
                {"\xff"
                 "12345678\x01"
                 "1234567",
                 17, -EBADMSG}, /* one byte less */
                {"\xff"
                 "12345678\x01"
                 "12345678",
                 18, 2},
                {"\x81"
                 "1",
                 2, -EBADMSG},
                {"\x00\xff\x00\xff\x00\xff\x00\xff", 8, -EMSGSIZE},
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                ck_assert_int_eq(mori_wire_unpacked_words((const uint8_t *)cases[i].bytes,
                                                          cases[i].count, 1000),
                                 cases[i].words);
}
END_TEST

/* Reads what a builder has written so far. */
static struct mori_wire_pointer written(const struct mori_wire_builder *builder)
{
        static struct mori_wire_segment segments[16];

        ck_assert_uint_le(builder->count, ELEMENTS(segments));
        mori_wire_builder_segments(builder, segments);
        mori_wire_message_init(&message, segments, builder->count);
        return mori_wire_root(&message);
}

#define ck_assert_list(name, type, kind, size, ...)                                                \
        do {                                                                                       \
                static const type values[] = {__VA_ARGS__};                                        \
                struct mori_wire_##name##_list_builder to;                                         \
                struct mori_wire_##name##_list from;                                               \
                                                                                                   \
                ck_assert_int_eq(mori_wire_new_list(mori_wire_builder_root(&builder), size,        \
                                                    ELEMENTS(values), &to.elements),               \
                                 0);                                                               \
                for (uint32_t i = 0; i < ELEMENTS(values); i++)                                    \
                        mori_wire_##name##_list_set(to, i, values[i]);                             \
                from.list = mori_wire_read_list(written(&builder), size);                          \
                ck_assert_uint_eq(mori_wire_##name##_list_count(from), ELEMENTS(values));          \
                for (uint32_t i = 0; i < ELEMENTS(values); i++)                                    \
                        ck_assert_##kind##_eq(mori_wire_##name##_list_at(from, i), values[i]);     \
                ck_assert_good();                                                                  \
        } while (0)

START_TEST(lists_by_their_types)
{
        struct mori_wire_builder builder;
        struct mori_wire_text_list_builder two;
        struct mori_wire_text_list read;

        ck_assert_int_eq(mori_wire_builder_init(&builder, NULL, 0, 1000), 0);
        ck_assert_list(bool, bool, int, MORI_WIRE_BIT, true, false, true, true, true, true, true,
                       true, false, true);
        ck_assert_list(int8, int8_t, int, MORI_WIRE_BYTE, -128, 127, 0);
        ck_assert_list(uint16, uint16_t, int, MORI_WIRE_TWO_BYTES, 0, 65535, 1);
        ck_assert_list(int64, int64_t, int, MORI_WIRE_EIGHT_BYTES, INT64_MIN, -1);
        ck_assert_list(float32, float, float, MORI_WIRE_FOUR_BYTES, 1.5f, -0.25f);
        ck_assert_list(float64, double, double, MORI_WIRE_EIGHT_BYTES, 1e300, -0.5);
        ck_assert_int_eq(mori_wire_new_list(mori_wire_builder_root(&builder), MORI_WIRE_POINTER, 2,
                                            &two.elements),
                         0);
        ck_assert_int_eq(mori_wire_text_list_set(two, 1, mori_wire_text_of("two")), 0);
        read.list = mori_wire_read_list(written(&builder), MORI_WIRE_POINTER);
        ck_assert_str_eq(mori_wire_text_list_at(read, 0).bytes, "");
        ck_assert_str_eq(mori_wire_text_list_at(read, 1).bytes, "two");
        ck_assert_good();
        mori_wire_builder_deinit(&builder);
}
END_TEST

START_TEST(an_element_that_is_not_there)
{
        struct mori_wire_int8_list none = {0};

        mori_wire_int8_list_at(none, 0);
}
END_TEST

/* A list of numbers, read as one of structs that begin with them, and copied as such. */
START_TEST(a_changed_element_is_copied)
{
        struct mori_wire_list list = mori_wire_read_list(
                ONE(pointer_of_list(0, MORI_WIRE_TWO_BYTES, 2), 0x00020001), MORI_WIRE_COMPOSITE);
        struct mori_wire_reader element = mori_wire_element_struct(&list, 1), copy;
        struct mori_wire_builder builder;

        ck_assert_good();
        ck_assert_int_eq(mori_wire_builder_init(&builder, NULL, 0, 1000), 0);
        ck_assert_int_eq(mori_wire_copy_struct(mori_wire_builder_root(&builder), &element), 0);
        copy = mori_wire_read_struct(written(&builder));
        ck_assert_uint_eq(mori_wire_u64(&copy, 0, 0), 2);
        ck_assert_good();
        mori_wire_builder_deinit(&builder);
}
END_TEST

START_TEST(a_builder_again)
{
        uint64_t own[4] = {0}, *first;

        for (int owns = 0; owns < 2; owns++) {
                struct mori_wire_builder builder;
                uint8_t *bytes;

                ck_assert_int_eq(mori_wire_builder_init(&builder, owns ? NULL : own, 4, 300), 0);
                for (int round = 0; round < 5; round++) {
                        for (int i = 0; i < 9; i++) {
                                struct mori_wire_slot root = mori_wire_builder_root(&builder);

                                ck_assert_int_eq(mori_wire_data_room(root, 80, &bytes), 0);
                                for (int at = 0; at < 80; at++)
                                        ck_assert_uint_eq(bytes[at], 0);
                                memset(bytes, 0xff, 80);
                        }
                        if (round > 0 && owns) /* all of it has room in one */
                                ck_assert_uint_eq(builder.count, 1);
                        first = builder.rooms[0].words;
                        ck_assert_int_eq(mori_wire_builder_again(&builder), 0);
                        ck_assert_uint_eq(builder.count, 1);
                        ck_assert_int_eq(mori_wire_kind(written(&builder)), MORI_WIRE_NULL);
                        ck_assert_uint_eq(builder.rooms[0].count, 1);
                        if (round > 0 || !owns)
                                ck_assert_ptr_eq(builder.rooms[0].words, first);
                }
                mori_wire_builder_deinit(&builder);
        }
}
END_TEST

START_TEST(constants_are_not_written)
{
        static const uint64_t words[] = {(uint64_t)POINTER_LIST | (uint64_t)MORI_WIRE_BYTE << 32 |
                                                 (uint64_t)3 << 35,
                                         0x6968};
        static const struct mori_wire_segment segment = {words, 2};
        static const struct mori_wire_message constant = {
                .segments = &segment, .count = 1, .depth_max = 64, .words_left = MORI_WIRE_TRUSTED};

        ck_assert_str_eq(mori_wire_read_text(mori_wire_constant(&constant)).bytes, "hi");
        /* what is wrong is not told */
        ck_assert_uint_eq(mori_wire_read_struct(mori_wire_constant(&constant)).data_bits, 0);
}
END_TEST

TEST_MAIN("wire/wire", TEST(an_empty_struct_has_defaults), TEST(fields_and_their_defaults),
          TEST(no_root), TEST(structs_beyond_their_segment), TEST(kinds_are_not_mixed),
          TEST(the_first_fault_stays), TEST(texts), TEST(lists_that_a_schema_has_changed),
          TEST(tags_that_are_wrong), TEST(nothing_is_for_free), TEST(circles_end),
          TEST(far_pointers), TEST(what_is_written_is_read), TEST(limits_of_a_builder),
          TEST_SIGNAL(a_field_that_is_not_there, SIGABRT), TEST(lists_by_their_types),
          TEST_SIGNAL(an_element_that_is_not_there, SIGABRT), TEST(a_changed_element_is_copied),
          TEST(a_builder_again), TEST(constants_are_not_written), TEST(no_canonical_form),
          TEST(canonical_is_one_segment), TEST(frames), TEST(packed_bytes_that_are_wrong))
