/* Made by capnpc-mori of other.capnp: do not edit. */
#pragma once

#include <mori/wire_list.h>

#ifdef __cplusplus
extern "C" {
#endif

struct other_point {
        struct mori_wire_reader reader;
};
struct other_point_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(other_point_list)

enum other_unit MORI_WIRE_ENUM {
        OTHER_UNIT_METRE = 0,
        OTHER_UNIT_FOOT = 1,
};
MORI_WIRE_LIST_TYPES(other_unit_list)
/* As the schema has it; NULL where it is of a newer one. */
const char *other_unit_name(enum other_unit value);

struct other_back {
        struct mori_wire_reader reader;
};
struct other_back_builder {
        struct mori_wire_writer writer;
};
MORI_WIRE_LIST_TYPES(other_back_list)

#ifdef __cplusplus
}
#endif

#include "rich.mori.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline struct other_point other_point_read(struct mori_wire_pointer pointer)
{
        struct other_point value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int other_point_init(struct mori_wire_slot slot, struct other_point_builder *ret_value)
{
        return mori_wire_new_struct(slot, 2, 0, &ret_value->writer);
}

static inline struct other_point other_point_list_at(struct other_point_list list, uint32_t index)
{
        struct other_point value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct other_point_builder other_point_list_builder_at(struct other_point_list_builder list, uint32_t index)
{
        struct other_point_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct other_point_list other_point_list_read(struct mori_wire_pointer pointer)
{
        struct other_point_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int other_point_list_init(struct mori_wire_slot slot, uint32_t count, struct other_point_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 2, 0, &ret_value->elements);
}

static inline double other_point_x(struct other_point from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 0, 0));
}

static inline void other_point_set_x(struct other_point_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 0, mori_wire_double_bits(value), 0);
}

static inline double other_point_y(struct other_point from)
{
        return mori_wire_double(mori_wire_u64(&from.reader, 1, 0));
}

static inline void other_point_set_y(struct other_point_builder to, double value)
{
        mori_wire_put_u64(&to.writer, 1, mori_wire_double_bits(value), 0);
}

static inline enum other_unit other_unit_list_at(struct other_unit_list list, uint32_t index)
{
        return (enum other_unit)mori_wire_element_u16(&list.list, index);
}

static inline void other_unit_list_set(struct other_unit_list_builder list, uint32_t index, enum other_unit value)
{
        mori_wire_elements_put_u16(&list.elements, index, (uint16_t)value);
}

static inline struct other_back other_back_read(struct mori_wire_pointer pointer)
{
        struct other_back value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline int other_back_init(struct mori_wire_slot slot, struct other_back_builder *ret_value)
{
        return mori_wire_new_struct(slot, 0, 2, &ret_value->writer);
}

static inline struct other_back other_back_list_at(struct other_back_list list, uint32_t index)
{
        struct other_back value;

        value.reader = mori_wire_element_struct(&list.list, index);
        return value;
}

static inline struct other_back_builder other_back_list_builder_at(struct other_back_list_builder list, uint32_t index)
{
        struct other_back_builder value;

        value.writer = mori_wire_elements_struct(&list.elements, index);
        return value;
}

static inline struct other_back_list other_back_list_read(struct mori_wire_pointer pointer)
{
        struct other_back_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_COMPOSITE);
        return value;
}

static inline int other_back_list_init(struct mori_wire_slot slot, uint32_t count, struct other_back_list_builder *ret_value)
{
        return mori_wire_new_structs(slot, count, 0, 2, &ret_value->elements);
}

static inline struct rich other_back_whole(struct other_back from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 0);
        struct rich value;

        value.reader = mori_wire_read_struct(pointer);
        return value;
}

static inline bool other_back_has_whole(struct other_back from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 0));
}

static inline int other_back_init_whole(struct other_back_builder to, struct rich_builder *ret_value)
{
        return mori_wire_new_struct(mori_wire_writer_slot(&to.writer, 0), 6, 5, &ret_value->writer);
}

static inline int other_back_set_whole(struct other_back_builder to, struct rich value)
{
        return mori_wire_copy_struct(mori_wire_writer_slot(&to.writer, 0), &value.reader);
}

static inline struct colour_list other_back_colours(struct other_back from)
{
        struct mori_wire_pointer pointer = mori_wire_reader_pointer(&from.reader, 1);
        struct colour_list value;

        value.list = mori_wire_read_list(pointer, MORI_WIRE_TWO_BYTES);
        return value;
}

static inline bool other_back_has_colours(struct other_back from)
{
        return !mori_wire_is_null(mori_wire_reader_pointer(&from.reader, 1));
}

static inline int other_back_init_colours(struct other_back_builder to, uint32_t count, struct colour_list_builder *ret_list)
{
        return mori_wire_new_list(mori_wire_writer_slot(&to.writer, 1), MORI_WIRE_TWO_BYTES, count, &ret_list->elements);
}

static inline int other_back_set_colours(struct other_back_builder to, struct colour_list value)
{
        return mori_wire_copy_list(mori_wire_writer_slot(&to.writer, 1), &value.list);
}

#ifdef __cplusplus
}
#endif
