/* SPDX-License-Identifier: MIT */
/*
 * The bits of a pointer (capnproto.org/encoding.html):
 *
 *      struct      offset:30 0:2  data:16 pointers:16
 *      list        offset:30 1:2  size:3 count:29
 *      far         offset:29 double:1 2:2  segment:32
 *      capability  0:30 3:2  index:32
 *
 * (lowest bits last, two words of 32). Offsets of structs and lists are from the word behind the
 * pointer, signed; those of far pointers from the beginning of the segment. A list of structs has
 * the number of its words as its count, and begins with a tag: a struct's pointer, with the number
 * of elements as its offset.
 */
#pragma once

#include "base/base.h"

#include <mori/wire_build.h>

enum { POINTER_STRUCT, POINTER_LIST, POINTER_FAR, POINTER_OTHER };

static inline unsigned pointer_kind(uint64_t word)
{
        return (unsigned)(word & 3);
}

static inline int32_t pointer_offset(uint64_t word)
{
        return (int32_t)(uint32_t)word >> 2;
}

/* Of the tag of a list of structs. */
static inline uint32_t pointer_tag_count(uint64_t word)
{
        return (uint32_t)word >> 2;
}

static inline uint16_t pointer_data_words(uint64_t word)
{
        return (uint16_t)(word >> 32);
}

static inline uint16_t pointer_pointers(uint64_t word)
{
        return (uint16_t)(word >> 48);
}

static inline enum mori_wire_size pointer_size(uint64_t word)
{
        return (enum mori_wire_size)(word >> 32 & 7);
}

static inline uint32_t pointer_count(uint64_t word)
{
        return (uint32_t)(word >> 35);
}

static inline bool pointer_far_is_double(uint64_t word)
{
        return (word & 4) != 0;
}

static inline uint32_t pointer_far_offset(uint64_t word)
{
        return (uint32_t)word >> 3;
}

/* The segment of a far pointer, the index of a capability. */
static inline uint32_t pointer_high(uint64_t word)
{
        return (uint32_t)(word >> 32);
}

static inline uint64_t pointer_of_struct(int32_t offset, uint16_t data_words, uint16_t pointers)
{
        return (uint32_t)offset << 2 | POINTER_STRUCT | (uint64_t)data_words << 32 |
               (uint64_t)pointers << 48;
}

static inline uint64_t pointer_of_list(int32_t offset, enum mori_wire_size size, uint32_t count)
{
        return (uint32_t)offset << 2 | POINTER_LIST | (uint64_t)size << 32 | (uint64_t)count << 35;
}

static inline uint64_t pointer_of_far(uint32_t offset, uint32_t segment)
{
        return offset << 3 | POINTER_FAR | (uint64_t)segment << 32;
}

/* The bits of an element that is a value; 0 for others. */
static inline uint32_t size_data_bits(enum mori_wire_size size)
{
        static const uint8_t bits[] = {0, 1, 8, 16, 32, 64, 0, 0};

        return bits[size];
}

static inline uint64_t bits_words(uint64_t bits)
{
        return (bits + 63) / 64;
}

/* Keeps what is wrong with the pointer, if nothing was wrong before. */
void wire_fault_at(const struct mori_wire_pointer *pointer, enum mori_wire_fault fault);
