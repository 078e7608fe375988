/* Made by capnpc-mori of rich.capnp: do not edit. */
#pragma once

#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a thing looks like. */
enum colour MORI_WIRE_ENUM {
        /* As a rose. */
        COLOUR_RED = 0,
        COLOUR_DEEP_BLUE = 1,
        COLOUR_R_G_B = 2,
};
MORI_WIRE_LIST_TYPES(colour_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *colour_name(enum colour value);

/* All kinds of fields. This comment has a * / and a / * in it. */
struct rich {
        struct mori_wire_reader reader;
};
struct rich_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(rich_list)

struct rich_inner {
        struct mori_wire_reader reader;
};
struct rich_inner_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(rich_inner_list)

enum rich_inner_kind MORI_WIRE_ENUM {
        RICH_INNER_KIND_PLAIN = 0,
        RICH_INNER_KIND_OTHER = 1,
};
MORI_WIRE_LIST_TYPES(rich_inner_kind_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *rich_inner_kind_name(enum rich_inner_kind value);

struct lists {
        struct mori_wire_reader reader;
};
struct lists_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(lists_list)

struct defaults {
        struct mori_wire_reader reader;
};
struct defaults_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(defaults_list)

/* An unnamed union, a named one, and groups. */
struct choice {
        struct mori_wire_reader reader;
};
struct choice_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(choice_list)
enum choice_which MORI_WIRE_ENUM {
        CHOICE_WHICH_NONE = 0,
        CHOICE_WHICH_NUMBER = 1,
        CHOICE_WHICH_TEXT = 2,
        CHOICE_WHICH_MANY = 3,
        CHOICE_WHICH_BOX = 4,
        CHOICE_WHICH_SELF = 5,
        CHOICE_WHICH_FLAG = 6,
};

struct choice_box {
        struct mori_wire_reader reader;
};
struct choice_box_builder {
        struct mori_wire_writer writer;
};

/* Where it is. */
struct choice_place {
        struct mori_wire_reader reader;
};
struct choice_place_builder {
        struct mori_wire_writer writer;
};
enum choice_place_which MORI_WIRE_ENUM {
        CHOICE_PLACE_WHICH_NOWHERE = 0,
        CHOICE_PLACE_WHICH_AT = 1,
        CHOICE_PLACE_WHICH_UNIT = 2,
        CHOICE_PLACE_WHICH_FREE = 3,
};

struct choice_size {
        struct mori_wire_reader reader;
};
struct choice_size_builder {
        struct mori_wire_writer writer;
};

struct choice_size_deep {
        struct mori_wire_reader reader;
};
struct choice_size_deep_builder {
        struct mori_wire_writer writer;
};

struct map {
        struct mori_wire_reader reader;
};
struct map_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(map_list)

struct map_entry {
        struct mori_wire_reader reader;
};
struct map_entry_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(map_entry_list)

struct generic {
        struct mori_wire_reader reader;
};
struct generic_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(generic_list)

/* Names that are taken elsewhere. */
struct clash {
        struct mori_wire_reader reader;
};
struct clash_builder_ {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(clash_list_)
enum clash_which MORI_WIRE_ENUM {
        CLASH_WHICH_IS_B = 0,
        CLASH_WHICH_B = 1,
};

struct clash_list {
        struct mori_wire_reader reader;
};
struct clash_list_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(clash_list_list)

struct default_ {
        struct mori_wire_reader reader;
};
struct default__builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(default__list)

enum union_ MORI_WIRE_ENUM {
        UNION__STRUCT = 0,
        UNION__UNION = 1,
};
MORI_WIRE_LIST_TYPES(union__list)
/* As the schema has it; NULL where it is of a newer one. */
const char *union__name(enum union_ value);

struct empty {
        struct mori_wire_reader reader;
};
struct empty_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(empty_list)

struct old {
        struct mori_wire_reader reader;
};
struct old_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(old_list)

struct new_ {
        struct mori_wire_reader reader;
};
struct new__builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(new__list)

struct new_name {
        struct mori_wire_reader reader;
};
struct new_name_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(new_name_list)

#ifdef __cplusplus
}
#endif

#include "other.mori.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline enum colour colour_list_at(struct colour_list list, uint32_t index)
{
        return (enum colour)mori_wire_element_u16(&list.list, index);
}

static inline void colour_list_set(struct colour_list_builder list, uint32_t index, enum colour value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline struct rich rich_read(struct mori_wire_pointer pointer)
{
        struct rich value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int rich_init(struct mori_wire_slot slot, struct rich_builder *ret_value)
{
        return mori_wire_new_struct(slot, 6, 5, &ret_value->writer);
}

static inline struct rich rich_list_at(struct rich_list list, uint32_t index)
{
        struct rich value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct rich_builder rich_list_builder_at(struct rich_list_builder list, uint32_t index)
{
        struct rich_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct rich_list rich_list_read(struct mori_wire_pointer pointer)
{
        struct rich_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int rich_list_init(struct mori_wire_slot slot, uint32_t count, struct rich_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 6, 5, &ret_value->elements);
}

static inline bool rich_yes(struct rich from)
{
        return mori_wire_bit(&from.reader, 0, false);
}

static inline void rich_set_yes(struct rich_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 0, value, false);
}

static inline int8_t rich_i8(struct rich from)
{
        return (int8_t)mori_wire_u8(&from.reader, 1, 0);
}

static inline void rich_set_i8(struct rich_builder to, int8_t value)
{
        mori_wire_put_u8(&to.writer, 1, (uint8_t)value, 0);
}

static inline int16_t rich_i16(struct rich from)
{
        return (int16_t)mori_wire_u16(&from.reader, 1, 0);
}

static inline void rich_set_i16(struct rich_builder to, int16_t value)
{
        mori_wire_put_u16(&to.writer, 1, (uint16_t)value, 0);
}

static inline int32_t rich_i32(struct rich from)
{
        return (int32_t)mori_wire_u32(&from.reader, 1, 0);
}

static inline void rich_set_i32(struct rich_builder to, int32_t value)
{
        mori_wire_put_u32(&to.writer, 1, (uint32_t)value, 0);
}

static inline int64_t rich_i64(struct rich from)
{
        return (int64_t)mori_wire_u64(&from.reader, 1, 0);
}

static inline void rich_set_i64(struct rich_builder to, int64_t value)
{
        mori_wire_put_u64(&to.writer, 1, (uint64_t)value, 0);
}

static inline uint8_t rich_u8(struct rich from)
{
        return mori_wire_u8(&from.reader, 16, 0);
}

static inline void rich_set_u8(struct rich_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 16, value, 0);
}

static inline uint16_t rich_u16(struct rich from)
{
        return mori_wire_u16(&from.reader, 9, 0);
}

static inline void rich_set_u16(struct rich_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 9, value, 0);
}

static inline uint32_t rich_u32(struct rich from)
{
        return mori_wire_u32(&from.reader, 5, 0);
}

static inline void rich_set_u32(struct rich_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 5, value, 0);
}

static inline uint64_t rich_u64(struct rich from)
{
        return mori_wire_u64(&from.reader, 3, 0);
}

static inline void rich_set_u64(struct rich_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 3, value, 0);
}

static inline float rich_f32(struct rich from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 8, 0));
}

static inline void rich_set_f32(struct rich_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 8, mori_wire_float_bits(value), 0);
}

static inline double rich_f64(struct rich from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 5, 0));
}

static inline void rich_set_f64(struct rich_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 5, mori_wire_double_bits(value), 0);
}

static inline enum colour rich_colour(struct rich from)
{
        return (enum colour)mori_wire_u16(&from.reader, 18, 0);
}

static inline void rich_set_colour(struct rich_builder to, enum colour value)
{
        mori_wire_put_u16(&to.writer, 18, (uint16_t)value, 0);
}

/*
 * What it is called.
 *
 * In two paragraphs.
 */
static inline struct mori_wire_text rich_name(struct rich from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool rich_has_name(struct rich from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int rich_set_name(struct rich_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int rich_init_name(struct rich_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline struct mori_wire_data rich_bytes(struct rich from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        return mori_wire_read_data(pointer);
}

static inline bool rich_has_bytes(struct rich from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int rich_set_bytes(struct rich_builder to, struct mori_wire_data value)
{
        return mori_wire_new_data(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int rich_init_bytes(struct rich_builder to, uint32_t count, uint8_t **ret_bytes)
{
        return mori_wire_data_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

static inline struct rich_inner rich_inner(struct rich from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct rich_inner value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool rich_has_inner(struct rich from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int rich_init_inner(struct rich_builder to, struct rich_inner_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 2), 1, 2, &ret_value->writer);
}

static inline int rich_set_inner(struct rich_builder to, struct rich_inner value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 2), &value.reader);
}

static inline struct other_point rich_point(struct rich from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct other_point value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool rich_has_point(struct rich from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int rich_init_point(struct rich_builder to, struct other_point_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 3), 2, 0, &ret_value->writer);
}

static inline int rich_set_point(struct rich_builder to, struct other_point value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 3), &value.reader);
}

static inline struct mori_wire_pointer rich_any(struct rich from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);

        return pointer;
}

static inline bool rich_has_any(struct rich from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline struct mori_wire_slot rich_init_any(struct rich_builder to)
{
        return mori_wire_writer_slot(&to.writer, 4);
}

static inline int rich_set_any(struct rich_builder to, struct mori_wire_pointer value)
{
        return mori_wire_copy(mori_wire_writer_slot(&to.writer, 4), value, MORI_WIRE_AS_IT_IS);
}

static inline struct rich_inner rich_inner_read(struct mori_wire_pointer pointer)
{
        struct rich_inner value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int rich_inner_init(struct mori_wire_slot slot, struct rich_inner_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct rich_inner rich_inner_list_at(struct rich_inner_list list, uint32_t index)
{
        struct rich_inner value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct rich_inner_builder rich_inner_list_builder_at(struct rich_inner_list_builder list, uint32_t index)
{
        struct rich_inner_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct rich_inner_list rich_inner_list_read(struct mori_wire_pointer pointer)
{
        struct rich_inner_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int rich_inner_list_init(struct mori_wire_slot slot, uint32_t count, struct rich_inner_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

static inline uint32_t rich_inner_id(struct rich_inner from)
{
        return mori_wire_u32(&from.reader, 0, 0);
}

static inline void rich_inner_set_id(struct rich_inner_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 0, value, 0);
}

static inline struct rich_inner rich_inner_next(struct rich_inner from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct rich_inner value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool rich_inner_has_next(struct rich_inner from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int rich_inner_init_next(struct rich_inner_builder to, struct rich_inner_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 1, 2, &ret_value->writer);
}

static inline int rich_inner_set_next(struct rich_inner_builder to, struct rich_inner value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline struct mori_wire_text rich_inner_http_server(struct rich_inner from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        return mori_wire_read_text(pointer);
}

static inline bool rich_inner_has_http_server(struct rich_inner from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int rich_inner_set_http_server(struct rich_inner_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int rich_inner_init_http_server(struct rich_inner_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

static inline enum rich_inner_kind rich_inner_kind(struct rich_inner from)
{
        return (enum rich_inner_kind)mori_wire_u16(&from.reader, 2, 0);
}

static inline void rich_inner_set_kind(struct rich_inner_builder to, enum rich_inner_kind value)
{
        mori_wire_put_u16(&to.writer, 2, (uint16_t)value, 0);
}

static inline enum rich_inner_kind rich_inner_kind_list_at(struct rich_inner_kind_list list, uint32_t index)
{
        return (enum rich_inner_kind)mori_wire_element_u16(&list.list, index);
}

static inline void rich_inner_kind_list_set(struct rich_inner_kind_list_builder list, uint32_t index, enum rich_inner_kind value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

#define RICH_INNER_LIMIT UINT16_C(12)

static inline struct lists lists_read(struct mori_wire_pointer pointer)
{
        struct lists value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int lists_init(struct mori_wire_slot slot, struct lists_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 21, &ret_value->writer);
}

static inline struct lists lists_list_at(struct lists_list list, uint32_t index)
{
        struct lists value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct lists_builder lists_list_builder_at(struct lists_list_builder list, uint32_t index)
{
        struct lists_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct lists_list lists_list_read(struct mori_wire_pointer pointer)
{
        struct lists_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int lists_list_init(struct mori_wire_slot slot, uint32_t count, struct lists_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 21, &ret_value->elements);
}

static inline struct mori_wire_void_list lists_voids(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct mori_wire_void_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_VOID);
        return value;
}

static inline bool lists_has_voids(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int lists_init_voids(struct lists_builder to, uint32_t count, struct mori_wire_void_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 0), MORI_WIRE_VOID, count, &ret_list->elements);
}

static inline int lists_set_voids(struct lists_builder to, struct mori_wire_void_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct mori_wire_bool_list lists_bools(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct mori_wire_bool_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_BIT);
        return value;
}

static inline bool lists_has_bools(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int lists_init_bools(struct lists_builder to, uint32_t count, struct mori_wire_bool_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 1), MORI_WIRE_BIT, count, &ret_list->elements);
}

static inline int lists_set_bools(struct lists_builder to, struct mori_wire_bool_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

static inline struct mori_wire_int8_list lists_i8s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct mori_wire_int8_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_BYTE);
        return value;
}

static inline bool lists_has_i8s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int lists_init_i8s(struct lists_builder to, uint32_t count, struct mori_wire_int8_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 2), MORI_WIRE_BYTE, count, &ret_list->elements);
}

static inline int lists_set_i8s(struct lists_builder to, struct mori_wire_int8_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 2), &value.list);
}

static inline struct mori_wire_int16_list lists_i16s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct mori_wire_int16_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_TWO_BYTES);
        return value;
}

static inline bool lists_has_i16s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int lists_init_i16s(struct lists_builder to, uint32_t count, struct mori_wire_int16_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 3), MORI_WIRE_TWO_BYTES, count, &ret_list->elements);
}

static inline int lists_set_i16s(struct lists_builder to, struct mori_wire_int16_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 3), &value.list);
}

static inline struct mori_wire_int32_list lists_i32s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);
        struct mori_wire_int32_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_FOUR_BYTES);
        return value;
}

static inline bool lists_has_i32s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline int lists_init_i32s(struct lists_builder to, uint32_t count, struct mori_wire_int32_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 4), MORI_WIRE_FOUR_BYTES, count, &ret_list->elements);
}

static inline int lists_set_i32s(struct lists_builder to, struct mori_wire_int32_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 4), &value.list);
}

static inline struct mori_wire_int64_list lists_i64s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 5);
        struct mori_wire_int64_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_EIGHT_BYTES);
        return value;
}

static inline bool lists_has_i64s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 5));
}

static inline int lists_init_i64s(struct lists_builder to, uint32_t count, struct mori_wire_int64_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 5), MORI_WIRE_EIGHT_BYTES, count, &ret_list->elements);
}

static inline int lists_set_i64s(struct lists_builder to, struct mori_wire_int64_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 5), &value.list);
}

static inline struct mori_wire_uint8_list lists_u8s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 6);
        struct mori_wire_uint8_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_BYTE);
        return value;
}

static inline bool lists_has_u8s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 6));
}

static inline int lists_init_u8s(struct lists_builder to, uint32_t count, struct mori_wire_uint8_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 6), MORI_WIRE_BYTE, count, &ret_list->elements);
}

static inline int lists_set_u8s(struct lists_builder to, struct mori_wire_uint8_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 6), &value.list);
}

static inline struct mori_wire_uint16_list lists_u16s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 7);
        struct mori_wire_uint16_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_TWO_BYTES);
        return value;
}

static inline bool lists_has_u16s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 7));
}

static inline int lists_init_u16s(struct lists_builder to, uint32_t count, struct mori_wire_uint16_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 7), MORI_WIRE_TWO_BYTES, count, &ret_list->elements);
}

static inline int lists_set_u16s(struct lists_builder to, struct mori_wire_uint16_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 7), &value.list);
}

static inline struct mori_wire_uint32_list lists_u32s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 8);
        struct mori_wire_uint32_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_FOUR_BYTES);
        return value;
}

static inline bool lists_has_u32s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 8));
}

static inline int lists_init_u32s(struct lists_builder to, uint32_t count, struct mori_wire_uint32_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 8), MORI_WIRE_FOUR_BYTES, count, &ret_list->elements);
}

static inline int lists_set_u32s(struct lists_builder to, struct mori_wire_uint32_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 8), &value.list);
}

static inline struct mori_wire_uint64_list lists_u64s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 9);
        struct mori_wire_uint64_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_EIGHT_BYTES);
        return value;
}

static inline bool lists_has_u64s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 9));
}

static inline int lists_init_u64s(struct lists_builder to, uint32_t count, struct mori_wire_uint64_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 9), MORI_WIRE_EIGHT_BYTES, count, &ret_list->elements);
}

static inline int lists_set_u64s(struct lists_builder to, struct mori_wire_uint64_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 9), &value.list);
}

static inline struct mori_wire_float32_list lists_f32s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 10);
        struct mori_wire_float32_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_FOUR_BYTES);
        return value;
}

static inline bool lists_has_f32s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 10));
}

static inline int lists_init_f32s(struct lists_builder to, uint32_t count, struct mori_wire_float32_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 10), MORI_WIRE_FOUR_BYTES, count, &ret_list->elements);
}

static inline int lists_set_f32s(struct lists_builder to, struct mori_wire_float32_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 10), &value.list);
}

static inline struct mori_wire_float64_list lists_f64s(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 11);
        struct mori_wire_float64_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_EIGHT_BYTES);
        return value;
}

static inline bool lists_has_f64s(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 11));
}

static inline int lists_init_f64s(struct lists_builder to, uint32_t count, struct mori_wire_float64_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 11), MORI_WIRE_EIGHT_BYTES, count, &ret_list->elements);
}

static inline int lists_set_f64s(struct lists_builder to, struct mori_wire_float64_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 11), &value.list);
}

static inline struct mori_wire_text_list lists_texts(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 12);
        struct mori_wire_text_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool lists_has_texts(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 12));
}

static inline int lists_init_texts(struct lists_builder to, uint32_t count, struct mori_wire_text_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 12), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int lists_set_texts(struct lists_builder to, struct mori_wire_text_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 12), &value.list);
}

static inline struct mori_wire_data_list lists_datas(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 13);
        struct mori_wire_data_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool lists_has_datas(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 13));
}

static inline int lists_init_datas(struct lists_builder to, uint32_t count, struct mori_wire_data_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 13), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int lists_set_datas(struct lists_builder to, struct mori_wire_data_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 13), &value.list);
}

static inline struct colour_list lists_colours(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 14);
        struct colour_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_TWO_BYTES);
        return value;
}

static inline bool lists_has_colours(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 14));
}

static inline int lists_init_colours(struct lists_builder to, uint32_t count, struct colour_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 14), MORI_WIRE_TWO_BYTES, count, &ret_list->elements);
}

static inline int lists_set_colours(struct lists_builder to, struct colour_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 14), &value.list);
}

static inline struct rich_inner_list lists_structs(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 15);
        struct rich_inner_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool lists_has_structs(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 15));
}

static inline int lists_init_structs(struct lists_builder to, uint32_t count, struct rich_inner_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 15), count, 1, 2, &ret_list->elements);
}

static inline int lists_set_structs(struct lists_builder to, struct rich_inner_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 15), &value.list);
}

static inline struct other_point_list lists_points(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 16);
        struct other_point_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool lists_has_points(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 16));
}

static inline int lists_init_points(struct lists_builder to, uint32_t count, struct other_point_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 16), count, 2, 0, &ret_list->elements);
}

static inline int lists_set_points(struct lists_builder to, struct other_point_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 16), &value.list);
}

#ifndef MORI_WIRE_HAS_mori_wire_int32_list_list
#define MORI_WIRE_HAS_mori_wire_int32_list_list
MORI_WIRE_LIST_TYPES(mori_wire_int32_list_list)
static inline struct mori_wire_int32_list mori_wire_int32_list_list_at(struct mori_wire_int32_list_list list, uint32_t index)
{
        struct mori_wire_int32_list value;

        value.list = mori_wire_read_list(mori_wire_element_pointer(&list.list, index), MORI_WIRE_FOUR_BYTES);
        return value;
}
static inline int mori_wire_int32_list_list_init(struct mori_wire_int32_list_list_builder list, uint32_t index, uint32_t count, struct mori_wire_int32_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_elements_slot(&list.elements, index), MORI_WIRE_FOUR_BYTES, count, &ret_list->elements);
}
static inline int mori_wire_int32_list_list_set(struct mori_wire_int32_list_list_builder list, uint32_t index, struct mori_wire_int32_list value)
{
        return mori_wire_copy_list(mori_wire_elements_slot(&list.elements, index), &value.list);
}
#endif

static inline struct mori_wire_int32_list_list lists_matrix(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 17);
        struct mori_wire_int32_list_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool lists_has_matrix(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 17));
}

static inline int lists_init_matrix(struct lists_builder to, uint32_t count, struct mori_wire_int32_list_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 17), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int lists_set_matrix(struct lists_builder to, struct mori_wire_int32_list_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 17), &value.list);
}

#ifndef MORI_WIRE_HAS_rich_inner_list_list
#define MORI_WIRE_HAS_rich_inner_list_list
MORI_WIRE_LIST_TYPES(rich_inner_list_list)
static inline struct rich_inner_list rich_inner_list_list_at(struct rich_inner_list_list list, uint32_t index)
{
        struct rich_inner_list value;

        value.list = mori_wire_read_list(mori_wire_element_pointer(&list.list, index), MORI_WIRE_COMPOSITE);
        return value;
}
static inline int rich_inner_list_list_init(struct rich_inner_list_list_builder list, uint32_t index, uint32_t count, struct rich_inner_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_elements_slot(&list.elements, index), count, 1, 2, &ret_list->elements);
}
static inline int rich_inner_list_list_set(struct rich_inner_list_list_builder list, uint32_t index, struct rich_inner_list value)
{
        return mori_wire_copy_list(mori_wire_elements_slot(&list.elements, index), &value.list);
}
#endif

#ifndef MORI_WIRE_HAS_rich_inner_list_list_list
#define MORI_WIRE_HAS_rich_inner_list_list_list
MORI_WIRE_LIST_TYPES(rich_inner_list_list_list)
static inline struct rich_inner_list_list rich_inner_list_list_list_at(struct rich_inner_list_list_list list, uint32_t index)
{
        struct rich_inner_list_list value;

        value.list = mori_wire_read_list(mori_wire_element_pointer(&list.list, index), MORI_WIRE_POINTER);
        return value;
}
static inline int rich_inner_list_list_list_init(struct rich_inner_list_list_list_builder list, uint32_t index, uint32_t count, struct rich_inner_list_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_elements_slot(&list.elements, index), MORI_WIRE_POINTER, count, &ret_list->elements);
}
static inline int rich_inner_list_list_list_set(struct rich_inner_list_list_list_builder list, uint32_t index, struct rich_inner_list_list value)
{
        return mori_wire_copy_list(mori_wire_elements_slot(&list.elements, index), &value.list);
}
#endif

static inline struct rich_inner_list_list_list lists_deep(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 18);
        struct rich_inner_list_list_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool lists_has_deep(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 18));
}

static inline int lists_init_deep(struct lists_builder to, uint32_t count, struct rich_inner_list_list_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 18), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int lists_set_deep(struct lists_builder to, struct rich_inner_list_list_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 18), &value.list);
}

#ifndef MORI_WIRE_HAS_mori_wire_text_list_list
#define MORI_WIRE_HAS_mori_wire_text_list_list
MORI_WIRE_LIST_TYPES(mori_wire_text_list_list)
static inline struct mori_wire_text_list mori_wire_text_list_list_at(struct mori_wire_text_list_list list, uint32_t index)
{
        struct mori_wire_text_list value;

        value.list = mori_wire_read_list(mori_wire_element_pointer(&list.list, index), MORI_WIRE_POINTER);
        return value;
}
static inline int mori_wire_text_list_list_init(struct mori_wire_text_list_list_builder list, uint32_t index, uint32_t count, struct mori_wire_text_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_elements_slot(&list.elements, index), MORI_WIRE_POINTER, count, &ret_list->elements);
}
static inline int mori_wire_text_list_list_set(struct mori_wire_text_list_list_builder list, uint32_t index, struct mori_wire_text_list value)
{
        return mori_wire_copy_list(mori_wire_elements_slot(&list.elements, index), &value.list);
}
#endif

static inline struct mori_wire_text_list_list lists_words(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 19);
        struct mori_wire_text_list_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool lists_has_words(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 19));
}

static inline int lists_init_words(struct lists_builder to, uint32_t count, struct mori_wire_text_list_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 19), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int lists_set_words(struct lists_builder to, struct mori_wire_text_list_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 19), &value.list);
}

#ifndef MORI_WIRE_HAS_mori_wire_bool_list_list
#define MORI_WIRE_HAS_mori_wire_bool_list_list
MORI_WIRE_LIST_TYPES(mori_wire_bool_list_list)
static inline struct mori_wire_bool_list mori_wire_bool_list_list_at(struct mori_wire_bool_list_list list, uint32_t index)
{
        struct mori_wire_bool_list value;

        value.list = mori_wire_read_list(mori_wire_element_pointer(&list.list, index), MORI_WIRE_BIT);
        return value;
}
static inline int mori_wire_bool_list_list_init(struct mori_wire_bool_list_list_builder list, uint32_t index, uint32_t count, struct mori_wire_bool_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_elements_slot(&list.elements, index), MORI_WIRE_BIT, count, &ret_list->elements);
}
static inline int mori_wire_bool_list_list_set(struct mori_wire_bool_list_list_builder list, uint32_t index, struct mori_wire_bool_list value)
{
        return mori_wire_copy_list(mori_wire_elements_slot(&list.elements, index), &value.list);
}
#endif

static inline struct mori_wire_bool_list_list lists_bits(struct lists from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 20);
        struct mori_wire_bool_list_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool lists_has_bits(struct lists from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 20));
}

static inline int lists_init_bits(struct lists_builder to, uint32_t count, struct mori_wire_bool_list_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 20), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int lists_set_bits(struct lists_builder to, struct mori_wire_bool_list_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 20), &value.list);
}

static inline struct defaults defaults_read(struct mori_wire_pointer pointer)
{
        struct defaults value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int defaults_init(struct mori_wire_slot slot, struct defaults_builder *ret_value)
{
        return mori_wire_new_struct(slot, 5, 6, &ret_value->writer);
}

static inline struct defaults defaults_list_at(struct defaults_list list, uint32_t index)
{
        struct defaults value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct defaults_builder defaults_list_builder_at(struct defaults_list_builder list, uint32_t index)
{
        struct defaults_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct defaults_list defaults_list_read(struct mori_wire_pointer pointer)
{
        struct defaults_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int defaults_list_init(struct mori_wire_slot slot, uint32_t count, struct defaults_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 5, 6, &ret_value->elements);
}

static inline bool defaults_yes(struct defaults from)
{
        return mori_wire_bit(&from.reader, 0, true);
}

static inline void defaults_set_yes(struct defaults_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 0, value, true);
}

static inline int8_t defaults_i8(struct defaults from)
{
        return (int8_t)mori_wire_u8(&from.reader, 1, 0xf9);
}

static inline void defaults_set_i8(struct defaults_builder to, int8_t value)
{
        mori_wire_put_u8(&to.writer, 1, (uint8_t)value, 0xf9);
}

static inline int64_t defaults_i64(struct defaults from)
{
        return (int64_t)mori_wire_u64(&from.reader, 1, UINT64_C(0x8000000000000000));
}

static inline void defaults_set_i64(struct defaults_builder to, int64_t value)
{
        mori_wire_put_u64(&to.writer, 1, (uint64_t)value, UINT64_C(0x8000000000000000));
}

static inline uint16_t defaults_u16(struct defaults from)
{
        return mori_wire_u16(&from.reader, 1, 0xffff);
}

static inline void defaults_set_u16(struct defaults_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 1, value, 0xffff);
}

static inline uint64_t defaults_u64(struct defaults from)
{
        return mori_wire_u64(&from.reader, 2, UINT64_C(0xffffffffffffffff));
}

static inline void defaults_set_u64(struct defaults_builder to, uint64_t value)
{
        mori_wire_put_u64(&to.writer, 2, value, UINT64_C(0xffffffffffffffff));
}

static inline float defaults_f32(struct defaults from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 1, UINT32_C(0x3fc00000)));
}

static inline void defaults_set_f32(struct defaults_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 1, mori_wire_float_bits(value), UINT32_C(0x3fc00000));
}

static inline double defaults_f64(struct defaults from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 3, UINT64_C(0xfff0000000000000)));
}

static inline void defaults_set_f64(struct defaults_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 3, mori_wire_double_bits(value), UINT64_C(0xfff0000000000000));
}

static inline float defaults_nan(struct defaults from)
{
        return mori_wire_float(mori_wire_u32(&from.reader, 8, UINT32_C(0x7fc00000)));
}

static inline void defaults_set_nan(struct defaults_builder to, float value)
{
        mori_wire_put_u32(&to.writer, 8, mori_wire_float_bits(value), UINT32_C(0x7fc00000));
}

static inline enum colour defaults_colour(struct defaults from)
{
        return (enum colour)mori_wire_u16(&from.reader, 18, 0x2);
}

static inline void defaults_set_colour(struct defaults_builder to, enum colour value)
{
        mori_wire_put_u16(&to.writer, 18, (uint16_t)value, 0x2);
}

extern const struct mori_wire_message defaults_name_default;

static inline struct mori_wire_text defaults_name(struct defaults from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        pointer = mori_wire_pointer_or(pointer, &defaults_name_default);
        return mori_wire_read_text(pointer);
}

static inline bool defaults_has_name(struct defaults from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int defaults_set_name(struct defaults_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int defaults_init_name(struct defaults_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

extern const struct mori_wire_message defaults_bytes_default;

static inline struct mori_wire_data defaults_bytes(struct defaults from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        pointer = mori_wire_pointer_or(pointer, &defaults_bytes_default);
        return mori_wire_read_data(pointer);
}

static inline bool defaults_has_bytes(struct defaults from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int defaults_set_bytes(struct defaults_builder to, struct mori_wire_data value)
{
        return mori_wire_new_data(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int defaults_init_bytes(struct defaults_builder to, uint32_t count, uint8_t **ret_bytes)
{
        return mori_wire_data_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

extern const struct mori_wire_message defaults_inner_default;

static inline struct rich_inner defaults_inner(struct defaults from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);
        struct rich_inner value;

        pointer = mori_wire_pointer_or(pointer, &defaults_inner_default);
        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool defaults_has_inner(struct defaults from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int defaults_init_inner(struct defaults_builder to, struct rich_inner_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 2), 1, 2, &ret_value->writer);
}

static inline int defaults_set_inner(struct defaults_builder to, struct rich_inner value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 2), &value.reader);
}

extern const struct mori_wire_message defaults_numbers_default;

static inline struct mori_wire_int16_list defaults_numbers(struct defaults from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);
        struct mori_wire_int16_list value;

        pointer = mori_wire_pointer_or(pointer, &defaults_numbers_default);
        value.list = mori_wire_read_list(pointer, MORI_WIRE_TWO_BYTES);
        return value;
}

static inline bool defaults_has_numbers(struct defaults from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline int defaults_init_numbers(struct defaults_builder to, uint32_t count, struct mori_wire_int16_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 3), MORI_WIRE_TWO_BYTES, count, &ret_list->elements);
}

static inline int defaults_set_numbers(struct defaults_builder to, struct mori_wire_int16_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 3), &value.list);
}

extern const struct mori_wire_message defaults_inners_default;

static inline struct rich_inner_list defaults_inners(struct defaults from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 4);
        struct rich_inner_list value;

        pointer = mori_wire_pointer_or(pointer, &defaults_inners_default);
        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool defaults_has_inners(struct defaults from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 4));
}

static inline int defaults_init_inners(struct defaults_builder to, uint32_t count, struct rich_inner_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 4), count, 1, 2, &ret_list->elements);
}

static inline int defaults_set_inners(struct defaults_builder to, struct rich_inner_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 4), &value.list);
}

extern const struct mori_wire_message defaults_bits_default;

static inline struct mori_wire_bool_list defaults_bits(struct defaults from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 5);
        struct mori_wire_bool_list value;

        pointer = mori_wire_pointer_or(pointer, &defaults_bits_default);
        value.list = mori_wire_read_list(pointer, MORI_WIRE_BIT);
        return value;
}

static inline bool defaults_has_bits(struct defaults from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 5));
}

static inline int defaults_init_bits(struct defaults_builder to, uint32_t count, struct mori_wire_bool_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 5), MORI_WIRE_BIT, count, &ret_list->elements);
}

static inline int defaults_set_bits(struct defaults_builder to, struct mori_wire_bool_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 5), &value.list);
}

static inline struct choice choice_read(struct mori_wire_pointer pointer)
{
        struct choice value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int choice_init(struct mori_wire_slot slot, struct choice_builder *ret_value)
{
        return mori_wire_new_struct(slot, 3, 2, &ret_value->writer);
}

static inline struct choice choice_list_at(struct choice_list list, uint32_t index)
{
        struct choice value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct choice_builder choice_list_builder_at(struct choice_list_builder list, uint32_t index)
{
        struct choice_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct choice_list choice_list_read(struct mori_wire_pointer pointer)
{
        struct choice_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int choice_list_init(struct mori_wire_slot slot, uint32_t count, struct choice_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 3, 2, &ret_value->elements);
}

static inline enum choice_which choice_which(struct choice from)
{
        return (enum choice_which)mori_wire_u16(&from.reader, 2, 0);
}

static inline uint32_t choice_before(struct choice from)
{
        return mori_wire_u32(&from.reader, 0, 0);
}

static inline void choice_set_before(struct choice_builder to, uint32_t value)
{
        mori_wire_put_u32(&to.writer, 0, value, 0);
}

static inline bool choice_is_none(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 0;
}

static inline void choice_set_none(struct choice_builder to)
{
        mori_wire_put_u16(&to.writer, 2, 0, 0);
}

static inline bool choice_is_number(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 1;
}

static inline int32_t choice_number(struct choice from)
{
        if (!(mori_wire_u16(&from.reader, 2, 0) == 1))
                return INT32_C(42);
        return (int32_t)mori_wire_u32(&from.reader, 2, UINT32_C(0x2a));
}

static inline void choice_set_number(struct choice_builder to, int32_t value)
{
        mori_wire_put_u16(&to.writer, 2, 1, 0);
        mori_wire_put_u32(&to.writer, 2, (uint32_t)value, UINT32_C(0x2a));
}

static inline bool choice_is_text(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 2;
}

static inline struct mori_wire_text choice_text(struct choice from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        if (!(mori_wire_u16(&from.reader, 2, 0) == 2))
                pointer.at = NULL;
        return mori_wire_read_text(pointer);
}

static inline bool choice_has_text(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 2 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int choice_set_text(struct choice_builder to, struct mori_wire_text value)
{
        int error = mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 2, 0);
        return error;
}

static inline int choice_init_text(struct choice_builder to, uint32_t count, char **ret_bytes)
{
        int error = mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 2, 0);
        return error;
}

static inline bool choice_is_many(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 3;
}

extern const struct mori_wire_message choice_many_default;

static inline struct mori_wire_uint8_list choice_many(struct choice from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct mori_wire_uint8_list value;

        if (!(mori_wire_u16(&from.reader, 2, 0) == 3))
                pointer.at = NULL;
        pointer = mori_wire_pointer_or(pointer, &choice_many_default);
        value.list = mori_wire_read_list(pointer, MORI_WIRE_BYTE);
        return value;
}

static inline bool choice_has_many(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 3 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int choice_init_many(struct choice_builder to, uint32_t count, struct mori_wire_uint8_list_builder *ret_list)
{
        int error = mori_wire_new_list(mori_wire_writer_slot(&to.writer, 0), MORI_WIRE_BYTE, count, &ret_list->elements);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 3, 0);
        return error;
}

static inline int choice_set_many(struct choice_builder to, struct mori_wire_uint8_list value)
{
        int error = mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 3, 0);
        return error;
}

static inline bool choice_is_box(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 4;
}

static inline struct choice_box choice_box(struct choice from)
{
        struct choice_box value;

        value.reader = mori_wire_u16(&from.reader, 2, 0) == 4 ? from.reader : mori_wire_reader_none();
        return value;
}

static inline struct choice_box_builder choice_init_box(struct choice_builder to)
{
        struct choice_box_builder value;

        mori_wire_put_u16(&to.writer, 4, 0, 0);
        mori_wire_put_u16(&to.writer, 5, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 0));
        mori_wire_put_u16(&to.writer, 2, 4, 0);
        value.writer = to.writer;
        return value;
}

static inline bool choice_is_self(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 5;
}

static inline struct choice choice_self(struct choice from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct choice value;

        if (!(mori_wire_u16(&from.reader, 2, 0) == 5))
                pointer.at = NULL;
        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool choice_has_self(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 5 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int choice_init_self(struct choice_builder to, struct choice_builder *ret_value)
{
        int error = mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 3, 2, &ret_value->writer);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 5, 0);
        return error;
}

static inline int choice_set_self(struct choice_builder to, struct choice value)
{
        int error = mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 2, 5, 0);
        return error;
}

static inline bool choice_is_flag(struct choice from)
{
        return mori_wire_u16(&from.reader, 2, 0) == 6;
}

static inline bool choice_flag(struct choice from)
{
        if (!(mori_wire_u16(&from.reader, 2, 0) == 6))
                return false;
        return mori_wire_bit(&from.reader, 64, false);
}

static inline void choice_set_flag(struct choice_builder to, bool value)
{
        mori_wire_put_u16(&to.writer, 2, 6, 0);
        mori_wire_put_bit(&to.writer, 64, value, false);
}

/* Where it is. */
static inline struct choice_place choice_place(struct choice from)
{
        struct choice_place value;

        value.reader = from.reader;
        return value;
}

static inline struct choice_place_builder choice_init_place(struct choice_builder to)
{
        struct choice_place_builder value;

        mori_wire_put_u16(&to.writer, 3, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 1));
        mori_wire_put_u16(&to.writer, 6, 0, 0);
        mori_wire_put_null(mori_wire_writer_slot(&to.writer, 1));
        value.writer = to.writer;
        return value;
}

static inline struct choice_size choice_size(struct choice from)
{
        struct choice_size value;

        value.reader = from.reader;
        return value;
}

static inline struct choice_size_builder choice_init_size(struct choice_builder to)
{
        struct choice_size_builder value;

        mori_wire_put_u64(&to.writer, 2, 0, 0);
        mori_wire_put_bit(&to.writer, 112, false, false);
        value.writer = to.writer;
        return value;
}

static inline uint16_t choice_box_width(struct choice_box from)
{
        return mori_wire_u16(&from.reader, 4, 0);
}

static inline void choice_box_set_width(struct choice_box_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 4, value, 0);
}

static inline uint16_t choice_box_height(struct choice_box from)
{
        return mori_wire_u16(&from.reader, 5, 0);
}

static inline void choice_box_set_height(struct choice_box_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 5, value, 0);
}

static inline struct mori_wire_text choice_box_label(struct choice_box from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool choice_box_has_label(struct choice_box from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int choice_box_set_label(struct choice_box_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int choice_box_init_label(struct choice_box_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline enum choice_place_which choice_place_which(struct choice_place from)
{
        return (enum choice_place_which)mori_wire_u16(&from.reader, 3, 0);
}

static inline bool choice_place_is_nowhere(struct choice_place from)
{
        return mori_wire_u16(&from.reader, 3, 0) == 0;
}

static inline void choice_place_set_nowhere(struct choice_place_builder to)
{
        mori_wire_put_u16(&to.writer, 3, 0, 0);
}

static inline bool choice_place_is_at(struct choice_place from)
{
        return mori_wire_u16(&from.reader, 3, 0) == 1;
}

static inline struct other_point choice_place_at(struct choice_place from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct other_point value;

        if (!(mori_wire_u16(&from.reader, 3, 0) == 1))
                pointer.at = NULL;
        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool choice_place_has_at(struct choice_place from)
{
        return mori_wire_u16(&from.reader, 3, 0) == 1 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int choice_place_init_at(struct choice_place_builder to, struct other_point_builder *ret_value)
{
        int error = mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 1), 2, 0, &ret_value->writer);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 3, 1, 0);
        return error;
}

static inline int choice_place_set_at(struct choice_place_builder to, struct other_point value)
{
        int error = mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 1), &value.reader);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 3, 1, 0);
        return error;
}

static inline bool choice_place_is_unit(struct choice_place from)
{
        return mori_wire_u16(&from.reader, 3, 0) == 2;
}

static inline enum other_unit choice_place_unit(struct choice_place from)
{
        if (!(mori_wire_u16(&from.reader, 3, 0) == 2))
                return ((enum other_unit)1);
        return (enum other_unit)mori_wire_u16(&from.reader, 6, 0x1);
}

static inline void choice_place_set_unit(struct choice_place_builder to, enum other_unit value)
{
        mori_wire_put_u16(&to.writer, 3, 2, 0);
        mori_wire_put_u16(&to.writer, 6, (uint16_t)value, 0x1);
}

static inline bool choice_place_is_free(struct choice_place from)
{
        return mori_wire_u16(&from.reader, 3, 0) == 3;
}

static inline struct mori_wire_pointer choice_place_free(struct choice_place from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        if (!(mori_wire_u16(&from.reader, 3, 0) == 3))
                pointer.at = NULL;
        return pointer;
}

static inline bool choice_place_has_free(struct choice_place from)
{
        return mori_wire_u16(&from.reader, 3, 0) == 3 &&
               !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline struct mori_wire_slot choice_place_init_free(struct choice_place_builder to)
{
        mori_wire_put_u16(&to.writer, 3, 3, 0);
        return mori_wire_writer_slot(&to.writer, 1);
}

static inline int choice_place_set_free(struct choice_place_builder to, struct mori_wire_pointer value)
{
        int error = mori_wire_copy(mori_wire_writer_slot(&to.writer, 1), value, MORI_WIRE_AS_IT_IS);

        if (error == 0)
                mori_wire_put_u16(&to.writer, 3, 3, 0);
        return error;
}

static inline struct choice_size_deep choice_size_deep(struct choice_size from)
{
        struct choice_size_deep value;

        value.reader = from.reader;
        return value;
}

static inline struct choice_size_deep_builder choice_size_init_deep(struct choice_size_builder to)
{
        struct choice_size_deep_builder value;

        mori_wire_put_u64(&to.writer, 2, 0, 0);
        value.writer = to.writer;
        return value;
}

static inline bool choice_size_which(struct choice_size from)
{
        return mori_wire_bit(&from.reader, 112, false);
}

static inline void choice_size_set_which(struct choice_size_builder to, bool value)
{
        mori_wire_put_bit(&to.writer, 112, value, false);
}

static inline double choice_size_deep_value(struct choice_size_deep from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 2, UINT64_C(0x3fe0000000000000)));
}

static inline void choice_size_deep_set_value(struct choice_size_deep_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 2, mori_wire_double_bits(value), UINT64_C(0x3fe0000000000000));
}

static inline struct map map_read(struct mori_wire_pointer pointer)
{
        struct map value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int map_init(struct mori_wire_slot slot, struct map_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct map map_list_at(struct map_list list, uint32_t index)
{
        struct map value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct map_builder map_list_builder_at(struct map_list_builder list, uint32_t index)
{
        struct map_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct map_list map_list_read(struct mori_wire_pointer pointer)
{
        struct map_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int map_list_init(struct mori_wire_slot slot, uint32_t count, struct map_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct map_entry_list map_entries(struct map from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct map_entry_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool map_has_entries(struct map from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int map_init_entries(struct map_builder to, uint32_t count, struct map_entry_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 0, 2, &ret_list->elements);
}

static inline int map_set_entries(struct map_builder to, struct map_entry_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct map_entry map_entry_read(struct mori_wire_pointer pointer)
{
        struct map_entry value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int map_entry_init(struct mori_wire_slot slot, struct map_entry_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 2, &ret_value->writer);
}

static inline struct map_entry map_entry_list_at(struct map_entry_list list, uint32_t index)
{
        struct map_entry value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct map_entry_builder map_entry_list_builder_at(struct map_entry_list_builder list, uint32_t index)
{
        struct map_entry_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct map_entry_list map_entry_list_read(struct mori_wire_pointer pointer)
{
        struct map_entry_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int map_entry_list_init(struct mori_wire_slot slot, uint32_t count, struct map_entry_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 2, &ret_value->elements);
}

static inline struct mori_wire_pointer map_entry_key(struct map_entry from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return pointer;
}

static inline bool map_entry_has_key(struct map_entry from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline struct mori_wire_slot map_entry_init_key(struct map_entry_builder to)
{
        return mori_wire_writer_slot(&to.writer, 0);
}

static inline int map_entry_set_key(struct map_entry_builder to, struct mori_wire_pointer value)
{
        return mori_wire_copy(mori_wire_writer_slot(&to.writer, 0), value, MORI_WIRE_AS_IT_IS);
}

static inline struct mori_wire_pointer map_entry_value(struct map_entry from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        return pointer;
}

static inline bool map_entry_has_value(struct map_entry from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline struct mori_wire_slot map_entry_init_value(struct map_entry_builder to)
{
        return mori_wire_writer_slot(&to.writer, 1);
}

static inline int map_entry_set_value(struct map_entry_builder to, struct mori_wire_pointer value)
{
        return mori_wire_copy(mori_wire_writer_slot(&to.writer, 1), value, MORI_WIRE_AS_IT_IS);
}

static inline struct generic generic_read(struct mori_wire_pointer pointer)
{
        struct generic value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int generic_init(struct mori_wire_slot slot, struct generic_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 4, &ret_value->writer);
}

static inline struct generic generic_list_at(struct generic_list list, uint32_t index)
{
        struct generic value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct generic_builder generic_list_builder_at(struct generic_list_builder list, uint32_t index)
{
        struct generic_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct generic_list generic_list_read(struct mori_wire_pointer pointer)
{
        struct generic_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int generic_list_init(struct mori_wire_slot slot, uint32_t count, struct generic_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 4, &ret_value->elements);
}

static inline struct map generic_map(struct generic from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct map value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool generic_has_map(struct generic from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int generic_init_map(struct generic_builder to, struct map_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 0, 1, &ret_value->writer);
}

static inline int generic_set_map(struct generic_builder to, struct map value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline struct map generic_plain(struct generic from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct map value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool generic_has_plain(struct generic from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int generic_init_plain(struct generic_builder to, struct map_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 1), 0, 1, &ret_value->writer);
}

static inline int generic_set_plain(struct generic_builder to, struct map value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 1), &value.reader);
}

static inline struct mori_wire_pointer generic_any_struct(struct generic from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);

        return pointer;
}

static inline bool generic_has_any_struct(struct generic from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline struct mori_wire_slot generic_init_any_struct(struct generic_builder to)
{
        return mori_wire_writer_slot(&to.writer, 2);
}

static inline int generic_set_any_struct(struct generic_builder to, struct mori_wire_pointer value)
{
        return mori_wire_copy(mori_wire_writer_slot(&to.writer, 2), value, MORI_WIRE_AS_IT_IS);
}

static inline struct mori_wire_pointer generic_any_list(struct generic from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 3);

        return pointer;
}

static inline bool generic_has_any_list(struct generic from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 3));
}

static inline struct mori_wire_slot generic_init_any_list(struct generic_builder to)
{
        return mori_wire_writer_slot(&to.writer, 3);
}

static inline int generic_set_any_list(struct generic_builder to, struct mori_wire_pointer value)
{
        return mori_wire_copy(mori_wire_writer_slot(&to.writer, 3), value, MORI_WIRE_AS_IT_IS);
}

static inline struct clash clash_read_(struct mori_wire_pointer pointer)
{
        struct clash value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int clash_init_(struct mori_wire_slot slot, struct clash_builder_ *ret_value)
{
        return mori_wire_new_struct(slot, 1, 3, &ret_value->writer);
}

static inline struct clash clash_list__at(struct clash_list_ list, uint32_t index)
{
        struct clash value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct clash_builder_ clash_list__builder_at(struct clash_list__builder list, uint32_t index)
{
        struct clash_builder_ value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct clash_list_ clash_list__read(struct mori_wire_pointer pointer)
{
        struct clash_list_ value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int clash_list__init(struct mori_wire_slot slot, uint32_t count, struct clash_list__builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 3, &ret_value->elements);
}

static inline enum clash_which clash_which_(struct clash from)
{
        return (enum clash_which)mori_wire_u16(&from.reader, 1, 0);
}

static inline struct mori_wire_text clash_builder(struct clash from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool clash_has_builder(struct clash from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int clash_set_builder(struct clash_builder_ to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int clash_init_builder(struct clash_builder_ to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline bool clash_has_name(struct clash from)
{
        return mori_wire_bit(&from.reader, 0, false);
}

static inline void clash_set_has_name(struct clash_builder_ to, bool value)
{
        mori_wire_put_bit(&to.writer, 0, value, false);
}

static inline struct mori_wire_text clash_name(struct clash from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        return mori_wire_read_text(pointer);
}

static inline bool clash_has_name_(struct clash from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int clash_set_name_(struct clash_builder_ to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int clash_init_name(struct clash_builder_ to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

static inline uint8_t clash_which(struct clash from)
{
        return mori_wire_u8(&from.reader, 1, 0);
}

static inline void clash_set_which(struct clash_builder_ to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 1, value, 0);
}

static inline bool clash_is_is_b(struct clash from)
{
        return mori_wire_u16(&from.reader, 1, 0) == 0;
}

static inline void clash_set_is_b(struct clash_builder_ to)
{
        mori_wire_put_u16(&to.writer, 1, 0, 0);
}

static inline bool clash_is_b_(struct clash from)
{
        return mori_wire_u16(&from.reader, 1, 0) == 1;
}

static inline void clash_set_b(struct clash_builder_ to)
{
        mori_wire_put_u16(&to.writer, 1, 1, 0);
}

static inline uint8_t clash_set_name(struct clash from)
{
        return mori_wire_u8(&from.reader, 4, 0);
}

static inline void clash_set_set_name(struct clash_builder_ to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 4, value, 0);
}

static inline struct mori_wire_text clash_list(struct clash from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 2);

        return mori_wire_read_text(pointer);
}

static inline bool clash_has_list(struct clash from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 2));
}

static inline int clash_set_list(struct clash_builder_ to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 2), value.bytes, value.count);
}

static inline int clash_init_list(struct clash_builder_ to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 2), count, ret_bytes);
}

static inline uint8_t clash_read(struct clash from)
{
        return mori_wire_u8(&from.reader, 5, 0);
}

static inline void clash_set_read(struct clash_builder_ to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 5, value, 0);
}

static inline uint8_t clash_init(struct clash from)
{
        return mori_wire_u8(&from.reader, 6, 0);
}

static inline void clash_set_init(struct clash_builder_ to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 6, value, 0);
}

static inline struct clash_list clash_list_read(struct mori_wire_pointer pointer)
{
        struct clash_list value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int clash_list_init(struct mori_wire_slot slot, struct clash_list_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 1, &ret_value->writer);
}

static inline struct clash_list clash_list_list_at(struct clash_list_list list, uint32_t index)
{
        struct clash_list value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct clash_list_builder clash_list_list_builder_at(struct clash_list_list_builder list, uint32_t index)
{
        struct clash_list_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct clash_list_list clash_list_list_read(struct mori_wire_pointer pointer)
{
        struct clash_list_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int clash_list_list_init(struct mori_wire_slot slot, uint32_t count, struct clash_list_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 1, &ret_value->elements);
}

static inline struct clash_list_ clash_list_clashes(struct clash_list from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct clash_list_ value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool clash_list_has_clashes(struct clash_list from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int clash_list_init_clashes(struct clash_list_builder to, uint32_t count, struct clash_list__builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 1, 3, &ret_list->elements);
}

static inline int clash_list_set_clashes(struct clash_list_builder to, struct clash_list_ value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct default_ default__read(struct mori_wire_pointer pointer)
{
        struct default_ value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int default__init(struct mori_wire_slot slot, struct default__builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 0, &ret_value->writer);
}

static inline struct default_ default__list_at(struct default__list list, uint32_t index)
{
        struct default_ value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct default__builder default__list_builder_at(struct default__list_builder list, uint32_t index)
{
        struct default__builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct default__list default__list_read(struct mori_wire_pointer pointer)
{
        struct default__list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int default__list_init(struct mori_wire_slot slot, uint32_t count, struct default__list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 0, &ret_value->elements);
}

static inline enum union_ union__list_at(struct union__list list, uint32_t index)
{
        return (enum union_)mori_wire_element_u16(&list.list, index);
}

static inline void union__list_set(struct union__list_builder list, uint32_t index, enum union_ value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline struct empty empty_read(struct mori_wire_pointer pointer)
{
        struct empty value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int empty_init(struct mori_wire_slot slot, struct empty_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 0, &ret_value->writer);
}

static inline struct empty empty_list_at(struct empty_list list, uint32_t index)
{
        struct empty value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct empty_builder empty_list_builder_at(struct empty_list_builder list, uint32_t index)
{
        struct empty_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct empty_list empty_list_read(struct mori_wire_pointer pointer)
{
        struct empty_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int empty_list_init(struct mori_wire_slot slot, uint32_t count, struct empty_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 0, &ret_value->elements);
}

static inline struct old old_read(struct mori_wire_pointer pointer)
{
        struct old value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int old_init(struct mori_wire_slot slot, struct old_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct old old_list_at(struct old_list list, uint32_t index)
{
        struct old value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct old_builder old_list_builder_at(struct old_list_builder list, uint32_t index)
{
        struct old_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct old_list old_list_read(struct mori_wire_pointer pointer)
{
        struct old_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int old_list_init(struct mori_wire_slot slot, uint32_t count, struct old_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

static inline uint16_t old_a(struct old from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void old_set_a(struct old_builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline struct mori_wire_text_list old_names(struct old from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct mori_wire_text_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_POINTER);
        return value;
}

static inline bool old_has_names(struct old from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int old_init_names(struct old_builder to, uint32_t count, struct mori_wire_text_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 0), MORI_WIRE_POINTER, count, &ret_list->elements);
}

static inline int old_set_names(struct old_builder to, struct mori_wire_text_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline struct new_ new__read(struct mori_wire_pointer pointer)
{
        struct new_ value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int new__init(struct mori_wire_slot slot, struct new__builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 2, &ret_value->writer);
}

static inline struct new_ new__list_at(struct new__list list, uint32_t index)
{
        struct new_ value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct new__builder new__list_builder_at(struct new__list_builder list, uint32_t index)
{
        struct new__builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct new__list new__list_read(struct mori_wire_pointer pointer)
{
        struct new__list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int new__list_init(struct mori_wire_slot slot, uint32_t count, struct new__list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 2, &ret_value->elements);
}

static inline uint16_t new__a(struct new_ from)
{
        return mori_wire_u16(&from.reader, 0, 0);
}

static inline void new__set_a(struct new__builder to, uint16_t value)
{
        mori_wire_put_u16(&to.writer, 0, value, 0);
}

static inline struct new_name_list new__names(struct new_ from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct new_name_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline bool new__has_names(struct new_ from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int new__init_names(struct new__builder to, uint32_t count, struct new_name_list_builder *ret_list)
{
        return mori_wire_new_structs(mori_wire_writer_slot(&to.writer, 0), count, 1, 1, &ret_list->elements);
}

static inline int new__set_names(struct new__builder to, struct new_name_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 0), &value.list);
}

static inline int32_t new__b(struct new_ from)
{
        return (int32_t)mori_wire_u32(&from.reader, 1, UINT32_C(0x3));
}

static inline void new__set_b(struct new__builder to, int32_t value)
{
        mori_wire_put_u32(&to.writer, 1, (uint32_t)value, UINT32_C(0x3));
}

extern const struct mori_wire_message new__c_default;

static inline struct mori_wire_text new__c(struct new_ from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);

        pointer = mori_wire_pointer_or(pointer, &new__c_default);
        return mori_wire_read_text(pointer);
}

static inline bool new__has_c(struct new_ from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int new__set_c(struct new__builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 1), value.bytes, value.count);
}

static inline int new__init_c(struct new__builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 1), count, ret_bytes);
}

static inline struct new_name new_name_read(struct mori_wire_pointer pointer)
{
        struct new_name value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int new_name_init(struct mori_wire_slot slot, struct new_name_builder *ret_value)
{
        return mori_wire_new_struct(slot, 1, 1, &ret_value->writer);
}

static inline struct new_name new_name_list_at(struct new_name_list list, uint32_t index)
{
        struct new_name value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct new_name_builder new_name_list_builder_at(struct new_name_list_builder list, uint32_t index)
{
        struct new_name_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct new_name_list new_name_list_read(struct mori_wire_pointer pointer)
{
        struct new_name_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int new_name_list_init(struct mori_wire_slot slot, uint32_t count, struct new_name_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 1, 1, &ret_value->elements);
}

static inline struct mori_wire_text new_name_name(struct new_name from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);

        return mori_wire_read_text(pointer);
}

static inline bool new_name_has_name(struct new_name from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int new_name_set_name(struct new_name_builder to, struct mori_wire_text value)
{
        return mori_wire_new_text(mori_wire_writer_slot(&to.writer, 0), value.bytes, value.count);
}

static inline int new_name_init_name(struct new_name_builder to, uint32_t count, char **ret_bytes)
{
        return mori_wire_text_room(mori_wire_writer_slot(&to.writer, 0), count, ret_bytes);
}

static inline uint8_t new_name_age(struct new_name from)
{
        return mori_wire_u8(&from.reader, 0, 0);
}

static inline void new_name_set_age(struct new_name_builder to, uint8_t value)
{
        mori_wire_put_u8(&to.writer, 0, value, 0);
}

#define ANSWER (-INT32_C(42))

#define LIMIT UINT64_C(18446744073709551615)

#define HALF 5.0000000000000000e-01

#define TINY 9.99994610e-41f

#define INFINITE (-__builtin_inff())

#define ON true

#define BEST ((enum colour)1)

extern const struct mori_wire_message greeting_message;

static inline struct mori_wire_text greeting(void)
{
        return mori_wire_read_text(mori_wire_constant(&greeting_message));
}

extern const struct mori_wire_message magic_message;

static inline struct mori_wire_data magic(void)
{
        return mori_wire_read_data(mori_wire_constant(&magic_message));
}

extern const struct mori_wire_message primes_message;

static inline struct mori_wire_uint32_list primes(void)
{
        struct mori_wire_uint32_list value;

        value.list = mori_wire_read_list(mori_wire_constant(&primes_message), MORI_WIRE_FOUR_BYTES);
        return value;
}

extern const struct mori_wire_message origin_message;

static inline struct other_point origin(void)
{
        struct other_point value;

        value.reader = mori_wire_read_struct(mori_wire_constant(&origin_message));
        return value;
}

extern const struct mori_wire_message points_message;

static inline struct other_point_list points(void)
{
        struct other_point_list value;

        value.list = mori_wire_read_list(mori_wire_constant(&points_message), MORI_WIRE_COMPOSITE);
        return value;
}

extern const struct mori_wire_message table_message;

static inline struct mori_wire_text_list_list table(void)
{
        struct mori_wire_text_list_list value;

        value.list = mori_wire_read_list(mori_wire_constant(&table_message), MORI_WIRE_POINTER);
        return value;
}

#ifdef __cplusplus
}
#endif
