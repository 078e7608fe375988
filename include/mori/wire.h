/* SPDX-License-Identifier: MIT */
/*
 * Messages: reading them, in the encoding of Cap'n Proto (capnproto.org/encoding.html).
 *
 * What is read and written is described by a schema, and `capnp compile -o mori` makes C of it
 * (docs/schema.md): types, and small inline functions over what stands here and in wire_build.h
 * and wire_list.h, which know no schema. A program uses of it
 *
 *         struct mori_wire_message message;
 *         struct person person;
 *
 *         mori_wire_message_init(&message, segments, count);      (or wire_frame.h makes them)
 *         person = person_read(mori_wire_root(&message));
 *         id = person_id(person);
 *         if (message.error.fault != MORI_WIRE_GOOD) ...
 *
 * Rules.
 *   (1) A message is one or more segments of words of 8 bytes, that somebody else may have made:
 *       every pointer is followed with checks, and none leads out of the segments, for ever, or
 *       deeper than allowed. Memory that another side can still write must be copied before.
 *   (2) What is wrong is not returned at each step. The reader that asked gets what the schema has
 *       as default (a null pointer, an empty struct, an empty list), and the message keeps the
 *       first fault with its place. Whoever has read what it wanted looks once, before it trusts
 *       what it has read.
 *   (3) A reader is a few words, handed over by value; there is nothing to free. It and what it
 *       gives (texts, data) are good for as long as the segments are.
 *   (4) A field beyond the end of a struct has its default, and what the schema does not know is
 *       not seen: so messages of older and of newer schemas are read.
 *   (5) A wrong index of a list is a bug, and abandons the process (program.h).
 *   (6) No more than `words_left` words are followed, and one that is read twice counts twice.
 *
 * All this is sync and allocates nothing. Messages lie in memory as they go over the wire.
 */
#pragma once

#include <mori/program.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "messages are read and written in place: on little-endian machines only"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes of a word: everything in a message is counted in words. */
#define MORI_WIRE_WORD_BYTES        8
/* Whatever a message says, no more is read of it: the limits of capnp's own library. */
#define MORI_WIRE_TRAVERSAL_WORDS   (8u << 20)
#define MORI_WIRE_DEPTH             64
/* What an offset in a pointer reaches; and the longest list. */
#define MORI_WIRE_SEGMENT_WORDS_MAX (1u << 28)
#define MORI_WIRE_LIST_MAX          ((1u << 29) - 1)
/*
 * As words_left: nothing is counted, and the message is never written. Only for what is trusted,
 * such as the constants of generated code; what is wrong there is not told.
 */
#define MORI_WIRE_TRUSTED           UINT64_MAX

/*
 * A contract (5). What stands behind it is compiled as what comes after it alone, so that one check
 * of a struct's size serves for many fields.
 */
#define MORI_WIRE_DETAIL_REQUIRE(condition)                                                        \
        (__builtin_expect(!!(condition), 1)                                                        \
                 ? (void)0                                                                         \
                 : (mori_broken(#condition, __FILE__, __LINE__, __func__), __builtin_trap()))

/* Behind the tag of an enum of generated code, so that in C++ too it holds what a newer one has. */
#ifdef __cplusplus
#define MORI_WIRE_ENUM : unsigned int
#else
#define MORI_WIRE_ENUM
#endif

/* ---- What can be wrong */

/* What is wrong with a message. */
enum mori_wire_fault {
        MORI_WIRE_GOOD,
        MORI_WIRE_EMPTY,      /* no segment, or one without the root pointer */
        MORI_WIRE_SEGMENT,    /* a far pointer names a segment that is not there */
        MORI_WIRE_OUTSIDE,    /* an object reaches beyond its segment */
        MORI_WIRE_LANDING,    /* what a far pointer leads to is not what it must be */
        MORI_WIRE_KIND,       /* another kind of pointer than the schema has */
        MORI_WIRE_ELEMENTS,   /* elements of another size than the schema has */
        MORI_WIRE_TAG,        /* a list of structs whose tag is none, or that exceeds its words */
        MORI_WIRE_TEXT,       /* a text that does not end with 0 */
        MORI_WIRE_TOO_DEEP,   /* deeper than MORI_WIRE_DEPTH: raise depth_max */
        MORI_WIRE_TOO_MUCH,   /* more words than MORI_WIRE_TRAVERSAL_WORDS: raise words_left */
        MORI_WIRE_CAPABILITY, /* where none may be: in a canonical message */
};

/* The first fault of a message, and the place of the pointer that is wrong. */
struct mori_wire_error {
        enum mori_wire_fault fault;
        uint32_t segment;
        uint32_t word;
};

/* What is wrong, in words, without its place. */
MORI_API const char *mori_wire_fault_text(enum mori_wire_fault fault);

/* ---- Messages */

/* Words in a row, at a multiple of 8 bytes. */
struct mori_wire_segment {
        const uint64_t *words;
        uint32_t count;
};

/* A message that is read. Raise its limits after mori_wire_message_init(), before reading. */
struct mori_wire_message {
        const struct mori_wire_segment *segments;
        uint32_t count;
        uint32_t depth_max;
        uint64_t words_left; /* may still be followed (6) */
        struct mori_wire_error error;
        /* Words of the references (object.h) in the table beside the message; they are its own. */
        const uint64_t *references;
        uint32_t references_count;
};

/* The segments stay the caller's, and must live as long as the message and all readers of it. */
static inline void mori_wire_message_init(struct mori_wire_message *message,
                                          const struct mori_wire_segment *segments, uint32_t count)
{
        memset(message, 0, sizeof *message);
        message->segments = segments;
        message->count = count;
        message->depth_max = MORI_WIRE_DEPTH;
        message->words_left = MORI_WIRE_TRAVERSAL_WORDS;
}

/* The same as an initialiser, for constants: what one trusts to be right. */
#define MORI_WIRE_CONSTANT(first_segment, segments_count)                                          \
        {                                                                                          \
                (first_segment), (segments_count), MORI_WIRE_DEPTH, MORI_WIRE_TRUSTED,             \
                {MORI_WIRE_GOOD, 0, 0}, (const uint64_t *)0, 0                                     \
        }

/* ---- Pointers: what a field AnyPointer is, and what every object is read from */

/* Where a pointer stands. `at` is NULL where there is none, which reads as a null pointer. */
struct mori_wire_pointer {
        struct mori_wire_message *message;
        const uint64_t *at;
        uint32_t segment;
        uint32_t depth; /* how much deeper it may lead */
};

/* What a pointer leads to. */
enum mori_wire_kind { MORI_WIRE_NULL, MORI_WIRE_STRUCT, MORI_WIRE_LIST, MORI_WIRE_INTERFACE };

/* How large the elements of a list are; MORI_WIRE_COMPOSITE: structs. */
enum mori_wire_size {
        MORI_WIRE_VOID,
        MORI_WIRE_BIT,
        MORI_WIRE_BYTE,
        MORI_WIRE_TWO_BYTES,
        MORI_WIRE_FOUR_BYTES,
        MORI_WIRE_EIGHT_BYTES,
        MORI_WIRE_POINTER,
        MORI_WIRE_COMPOSITE,
};

/* A struct that is read; all 0: the empty one, whose fields all have their defaults. */
struct mori_wire_reader {
        struct mori_wire_message *message;
        const uint8_t *data;
        const uint64_t *pointers;
        uint32_t segment;
        uint32_t data_bits; /* a multiple of 8, but for an element of a list of bits */
        uint32_t depth;
        uint16_t pointer_count;
};

/* A list that is read; all 0: the empty one. Elements are `step_bits` apart. */
struct mori_wire_list {
        struct mori_wire_message *message;
        const uint8_t *elements;
        uint32_t count;
        uint32_t segment;
        uint32_t step_bits;
        uint32_t data_bits;
        uint32_t depth;
        uint16_t pointer_count;
        uint8_t size; /* enum mori_wire_size: as it was written */
};

/* A text: UTF-8 by agreement, which nobody checks. A 0 follows it; `bytes` is never NULL. */
struct mori_wire_text {
        const char *bytes;
        uint32_t count; /* without the 0 */
};

/* Bytes; `bytes` is never NULL where they were read. */
struct mori_wire_data {
        const uint8_t *bytes;
        uint32_t count;
};

/* The pointer with which the message begins. */
MORI_API struct mori_wire_pointer mori_wire_root(struct mori_wire_message *message);
/* The same of a message that is trusted and constant (MORI_WIRE_TRUSTED). */
MORI_API struct mori_wire_pointer mori_wire_constant(const struct mori_wire_message *message);
/* What it leads to, as far as the pointer says; nothing that it leads to is looked at. */
MORI_API enum mori_wire_kind mori_wire_kind(struct mori_wire_pointer pointer);
/* Whether it is null. */
static inline bool mori_wire_is_null(struct mori_wire_pointer pointer)
{
        return pointer.at == NULL || *pointer.at == 0;
}
/*
 * A list whose elements can be read as if they were of the size `expected`: the encoding's rules
 * for lists that a schema has changed. MORI_WIRE_VOID: whatever its elements are.
 */
MORI_API struct mori_wire_list mori_wire_read_list(struct mori_wire_pointer pointer,
                                                   enum mori_wire_size expected);
/* The text, or the data, that it leads to; where it is null, an empty one. */
MORI_API struct mori_wire_text mori_wire_read_text(struct mori_wire_pointer pointer);
MORI_API struct mori_wire_data mori_wire_read_data(struct mori_wire_pointer pointer);
/* The number of a capability in the table beside the message. False: it is null. */
MORI_API bool mori_wire_read_capability(struct mori_wire_pointer pointer, uint32_t *ret_index);
/* The word of a reference (object.h), which is the message's; 0: null, or not in the table. */
MORI_API uint64_t mori_wire_read_reference(struct mori_wire_pointer pointer);

/* mori_wire_read_struct() where it is not simple: null, far, wrong, trusted. */
MORI_API struct mori_wire_reader mori_wire_read_struct_slow(struct mori_wire_pointer pointer);

/* The struct that it leads to. */
static inline struct mori_wire_reader mori_wire_read_struct(struct mori_wire_pointer pointer)
{
        struct mori_wire_message *message = pointer.message;
        const struct mori_wire_segment *segment;
        struct mori_wire_reader reader;
        uint32_t data_words, pointers;
        uint64_t word;
        int64_t begin;

        if (pointer.at == NULL || ((word = *pointer.at) & 3) != 0 || word == 0)
                return mori_wire_read_struct_slow(pointer);
        segment = &message->segments[pointer.segment];
        begin = pointer.at - segment->words + 1 + ((int32_t)(uint32_t)word >> 2);
        data_words = (uint32_t)(word >> 32) & 0xffff;
        pointers = (uint32_t)(word >> 48);
        if (__builtin_expect(begin < 0 ||
                                     begin + (int64_t)(data_words + pointers) > segment->count ||
                                     pointer.depth == 0 ||
                                     message->words_left - (data_words + pointers) >=
                                             MORI_WIRE_TRUSTED - 2 * 0xffff,
                             0))
                return mori_wire_read_struct_slow(pointer);
        message->words_left -= data_words + pointers;
        reader.message = message;
        reader.data = (const uint8_t *)(segment->words + begin);
        reader.pointers = segment->words + begin + data_words;
        reader.segment = pointer.segment;
        reader.data_bits = data_words * 64;
        reader.depth = pointer.depth - 1;
        reader.pointer_count = (uint16_t)pointers;
        return reader;
}

/* ---- Structs: what generated code is made of. Indices count fields of the same size */

/* mori_wire_u8() and so on: a field; where the struct ends before it, 0. XOR `default_bits`. */
#define MORI_WIRE_FIELD(name, type)                                                                \
        static inline type mori_wire_##name(const struct mori_wire_reader *from, uint32_t index,   \
                                            type default_bits)                                     \
        {                                                                                          \
                type value = 0;                                                                    \
                                                                                                   \
                if (__builtin_expect(((uint64_t)index + 1) * sizeof(type) * 8 <= from->data_bits,  \
                                     1))                                                           \
                        memcpy(&value, from->data + (size_t)index * sizeof(type), sizeof(type));   \
                return (type)(value ^ default_bits);                                               \
        }
MORI_WIRE_FIELD(u8, uint8_t)
MORI_WIRE_FIELD(u16, uint16_t)
MORI_WIRE_FIELD(u32, uint32_t)
MORI_WIRE_FIELD(u64, uint64_t)
#undef MORI_WIRE_FIELD

/* A Bool. */
static inline bool mori_wire_bit(const struct mori_wire_reader *from, uint32_t index,
                                 bool default_bit)
{
        bool value = false;

        if (__builtin_expect(index < from->data_bits, 1))
                value = (from->data[index / 8] >> (index % 8) & 1) != 0;
        return value != default_bit;
}

/* A float by its bits, and the bits of a float. */
static inline float mori_wire_float(uint32_t bits)
{
        float value;

        memcpy(&value, &bits, sizeof value);
        return value;
}
static inline double mori_wire_double(uint64_t bits)
{
        double value;

        memcpy(&value, &bits, sizeof value);
        return value;
}
static inline uint32_t mori_wire_float_bits(float value)
{
        uint32_t bits;

        memcpy(&bits, &value, sizeof bits);
        return bits;
}
static inline uint64_t mori_wire_double_bits(double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof bits);
        return bits;
}

/* A pointer of a struct. */
static inline struct mori_wire_pointer mori_wire_reader_pointer(const struct mori_wire_reader *from,
                                                                uint16_t index)
{
        struct mori_wire_pointer pointer;

        pointer.message = from->message;
        pointer.at =
                __builtin_expect(index < from->pointer_count, 1) ? from->pointers + index : NULL;
        pointer.segment = from->segment;
        pointer.depth = from->depth;
        return pointer;
}

/* The pointer; where it is null, a message that is constant. */
static inline struct mori_wire_pointer
mori_wire_pointer_or(struct mori_wire_pointer pointer,
                     const struct mori_wire_message *default_message)
{
        return mori_wire_is_null(pointer) ? mori_wire_constant(default_message) : pointer;
}

/* The empty struct. */
static inline struct mori_wire_reader mori_wire_reader_none(void)
{
        struct mori_wire_reader none;

        memset(&none, 0, sizeof none);
        return none;
}

/* ---- Elements of lists; `index` is below the count (5) */

/* Where the element begins. */
static inline const uint8_t *mori_wire_element(const struct mori_wire_list *list, uint32_t index)
{
        MORI_WIRE_DETAIL_REQUIRE(index < list->count);
        return list->elements + (uint64_t)index * list->step_bits / 8;
}

/* mori_wire_element_u8() and so on: an element of the size for which the list was read. */
#define MORI_WIRE_ELEMENT(name, type)                                                              \
        static inline type mori_wire_element_##name(const struct mori_wire_list *list,             \
                                                    uint32_t index)                                \
        {                                                                                          \
                type value;                                                                        \
                                                                                                   \
                memcpy(&value, mori_wire_element(list, index), sizeof(type));                      \
                return value;                                                                      \
        }
MORI_WIRE_ELEMENT(u8, uint8_t)
MORI_WIRE_ELEMENT(u16, uint16_t)
MORI_WIRE_ELEMENT(u32, uint32_t)
MORI_WIRE_ELEMENT(u64, uint64_t)
#undef MORI_WIRE_ELEMENT

/* An element of a list of Bool. */
static inline bool mori_wire_element_bit(const struct mori_wire_list *list, uint32_t index)
{
        uint64_t bit = (uint64_t)index * list->step_bits;

        return (mori_wire_element(list, index)[0] >> (bit % 8) & 1) != 0;
}

/* An element as a struct, whatever it was written as. */
static inline struct mori_wire_reader mori_wire_element_struct(const struct mori_wire_list *list,
                                                               uint32_t index)
{
        struct mori_wire_reader element;

        element.message = list->message;
        element.data = mori_wire_element(list, index);
        /* what is no struct has either data or one pointer */
        element.pointers =
                (const uint64_t *)(const void *)(element.data + (list->size == MORI_WIRE_COMPOSITE
                                                                         ? list->data_bits / 8
                                                                         : 0));
        element.segment = list->segment;
        element.data_bits = list->data_bits;
        element.depth = list->depth;
        element.pointer_count = list->pointer_count;
        return element;
}

/* An element as a pointer: the first one of a struct. */
static inline struct mori_wire_pointer mori_wire_element_pointer(const struct mori_wire_list *list,
                                                                 uint32_t index)
{
        struct mori_wire_reader element = mori_wire_element_struct(list, index);

        return mori_wire_reader_pointer(&element, 0);
}

#ifdef __cplusplus
}
#endif
