/* SPDX-License-Identifier: MIT */
/*
 * Messages: lists of what is no struct, by the types of their elements. See wire.h for reading and
 * wire_build.h for writing.
 *
 * For each TYPE of the table there are two types and three functions:
 *
 *         struct mori_wire_TYPE_list            a list that is read
 *         struct mori_wire_TYPE_list_builder    one that is written
 *         uint32_t mori_wire_TYPE_list_count(struct mori_wire_TYPE_list list)
 *         C        mori_wire_TYPE_list_at(struct mori_wire_TYPE_list list, uint32_t index)
 *         void     mori_wire_TYPE_list_set(struct mori_wire_TYPE_list_builder list,
 *                                          uint32_t index, C value)
 *
 *         TYPE     in the schema     C               elements of the size
 *         void     List(Void)        (_count alone)  MORI_WIRE_VOID
 *         bool     List(Bool)        bool            MORI_WIRE_BIT
 *         int8     List(Int8)        int8_t          MORI_WIRE_BYTE
 *         int16    ... and so on, also uint8 to uint64
 *         float32  List(Float32)     float           MORI_WIRE_FOUR_BYTES
 *         float64  List(Float64)     double          MORI_WIRE_EIGHT_BYTES
 *         text     List(Text)        mori_wire_text  MORI_WIRE_POINTER
 *         data     List(Data)        mori_wire_data  MORI_WIRE_POINTER
 *         pointer  List(AnyPointer)  mori_wire_pointer; instead of _set there is _slot
 *
 * An index that is not below the count is a bug and abandons the process. Those of text and data
 * return an int when set: they make an object (wire_build.h, rule 2). A list in an AnyPointer is
 * read by `list.list = mori_wire_read_list(pointer, SIZE)`, and written by
 * mori_wire_new_list(slot, SIZE, count, &list.elements).
 */
#pragma once

#include <mori/wire_build.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Declares the types of a list, and its count. Generated code has its own lists from it. */
#define MORI_WIRE_LIST_TYPES(name)                                                                 \
        struct name {                                                                              \
                struct mori_wire_list list;                                                        \
        };                                                                                         \
        struct name##_builder {                                                                    \
                struct mori_wire_elements elements;                                                \
        };                                                                                         \
        static inline uint32_t name##_count(struct name list)                                      \
        {                                                                                          \
                return list.list.count;                                                            \
        }

/* ---- What the macros are made of */

#define MORI_WIRE_DETAIL_VALUES(name, type, bits, get, put)                                        \
        MORI_WIRE_LIST_TYPES(name)                                                                 \
        static inline type name##_at(struct name list, uint32_t index)                             \
        {                                                                                          \
                return get(mori_wire_element_##bits(&list.list, index));                           \
        }                                                                                          \
        static inline void name##_set(struct name##_builder list, uint32_t index, type value)      \
        {                                                                                          \
                mori_wire_elements_put_##bits(&list.elements, index, put(value));                  \
        }

#define MORI_WIRE_DETAIL_ELEMENT(name, type)                                                       \
        static inline void mori_wire_elements_put_##name(const struct mori_wire_elements *list,    \
                                                         uint32_t index, type value)               \
        {                                                                                          \
                MORI_WIRE_DETAIL_REQUIRE(index < list->count);                                     \
                memcpy(list->bytes + (size_t)index * sizeof(type), &value, sizeof(type));          \
        }
MORI_WIRE_DETAIL_ELEMENT(u8, uint8_t)
MORI_WIRE_DETAIL_ELEMENT(u16, uint16_t)
MORI_WIRE_DETAIL_ELEMENT(u32, uint32_t)
MORI_WIRE_DETAIL_ELEMENT(u64, uint64_t)
#undef MORI_WIRE_DETAIL_ELEMENT

static inline void mori_wire_elements_put_bit(const struct mori_wire_elements *list, uint32_t index,
                                              bool value)
{
        uint8_t bit = (uint8_t)(1u << (index % 8));

        MORI_WIRE_DETAIL_REQUIRE(index < list->count);
        if (value)
                list->bytes[index / 8] = (uint8_t)(list->bytes[index / 8] | bit);
        else
                list->bytes[index / 8] = (uint8_t)(list->bytes[index / 8] & ~bit);
}

MORI_WIRE_LIST_TYPES(mori_wire_void_list)
MORI_WIRE_DETAIL_VALUES(mori_wire_bool_list, bool, bit, (bool), (bool))
MORI_WIRE_DETAIL_VALUES(mori_wire_int8_list, int8_t, u8, (int8_t), (uint8_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_int16_list, int16_t, u16, (int16_t), (uint16_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_int32_list, int32_t, u32, (int32_t), (uint32_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_int64_list, int64_t, u64, (int64_t), (uint64_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_uint8_list, uint8_t, u8, (uint8_t), (uint8_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_uint16_list, uint16_t, u16, (uint16_t), (uint16_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_uint32_list, uint32_t, u32, (uint32_t), (uint32_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_uint64_list, uint64_t, u64, (uint64_t), (uint64_t))
MORI_WIRE_DETAIL_VALUES(mori_wire_float32_list, float, u32, mori_wire_float, mori_wire_float_bits)
MORI_WIRE_DETAIL_VALUES(mori_wire_float64_list, double, u64, mori_wire_double,
                        mori_wire_double_bits)
#undef MORI_WIRE_DETAIL_VALUES

#define MORI_WIRE_DETAIL_BYTES(name)                                                               \
        MORI_WIRE_LIST_TYPES(mori_wire_##name##_list)                                              \
        static inline struct mori_wire_##name mori_wire_##name##_list_at(                          \
                struct mori_wire_##name##_list list, uint32_t index)                               \
        {                                                                                          \
                return mori_wire_read_##name(mori_wire_element_pointer(&list.list, index));        \
        }                                                                                          \
        static inline int mori_wire_##name##_list_set(struct mori_wire_##name##_list_builder list, \
                                                      uint32_t index,                              \
                                                      struct mori_wire_##name value)               \
        {                                                                                          \
                return mori_wire_new_##name(mori_wire_elements_slot(&list.elements, index),        \
                                            value.bytes, value.count);                             \
        }
MORI_WIRE_DETAIL_BYTES(text)
MORI_WIRE_DETAIL_BYTES(data)
#undef MORI_WIRE_DETAIL_BYTES

MORI_WIRE_LIST_TYPES(mori_wire_pointer_list)
static inline struct mori_wire_pointer mori_wire_pointer_list_at(struct mori_wire_pointer_list list,
                                                                 uint32_t index)
{
        return mori_wire_element_pointer(&list.list, index);
}
static inline struct mori_wire_slot
mori_wire_pointer_list_slot(struct mori_wire_pointer_list_builder list, uint32_t index)
{
        return mori_wire_elements_slot(&list.elements, index);
}

#ifdef __cplusplus
}
#endif
