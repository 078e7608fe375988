/* SPDX-License-Identifier: MIT */
/*
 * Messages in the encoding of Cap'n Proto (capnproto.org/encoding.html), without their schema: what
 * generated code is made of. docs/wire.md has the nouns.
 *
 * Reading. A message is one or more segments of words of 8 bytes, that somebody else may have made:
 * every step is checked, and none leads out of the segments, for ever, or deeper than allowed. What
 * is wrong is kept in the message, the first with its place; the reader that asked gets what the
 * schema has as default: a null pointer, an empty struct, an empty list. So generated code need not
 * ask at each step: whoever has read what it wanted looks at `error` once.
 *
 * Writing. A builder has segments to which objects are added; what it has handed out stays where
 * it is until it is freed. A place for a pointer (wire_slot) is filled with a struct or a list.
 *
 * Both lie in memory as they go over the wire: this is for little-endian machines.
 */
#pragma once

#include "base/base.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "src/wire reads and writes in place: it is for little-endian machines"
#endif

#define WIRE_WORD_BYTES 8
/* Whatever a message says, no more is read of it: limits of capnp's own library. */
#define WIRE_TRAVERSAL_WORDS (8u << 20)
#define WIRE_DEPTH 64
/* What an offset in a pointer reaches. */
#define WIRE_SEGMENT_WORDS_MAX (1u << 28)
#define WIRE_LIST_MAX ((1u << 29) - 1)

/* ---- What can be wrong */

enum wire_fault {
        WIRE_GOOD,
        WIRE_EMPTY,       /* no segment, or one without the root pointer */
        WIRE_SEGMENT,     /* a far pointer names a segment that is not there */
        WIRE_OUTSIDE,     /* an object reaches beyond its segment */
        WIRE_LANDING,     /* what a far pointer leads to is not what it must be */
        WIRE_KIND,        /* another kind of pointer than the schema has */
        WIRE_ELEMENTS,    /* elements of another size than the schema has */
        WIRE_TAG,         /* a list of structs whose tag is none, or that has more than its words */
        WIRE_TEXT,        /* a text that does not end with 0 */
        WIRE_TOO_DEEP,    /* deeper than WIRE_DEPTH: raise depth_max */
        WIRE_TOO_MUCH,    /* more words than WIRE_TRAVERSAL_WORDS: raise words_left */
        WIRE_CAPABILITY,  /* where none may be: in a canonical message */
};

struct wire_error {
        enum wire_fault fault;
        uint32_t segment; /* of the pointer that is wrong */
        uint32_t word;
};

/* What is wrong, in words, without its place. */
const char *wire_fault_text(enum wire_fault fault);

/* ---- Reading */

struct wire_segment {
        const uint64_t *words; /* at a multiple of 8 bytes */
        uint32_t count;
};

struct wire_message {
        const struct wire_segment *segments;
        uint32_t count;
        uint32_t depth_max;
        uint64_t words_left;     /* may still be followed: each object counts whenever it is read */
        struct wire_error error; /* the first */
};

/* `segments` must live as long as the message and all that is read of it. */
static inline void wire_message_init(struct wire_message *message,
                                     const struct wire_segment *segments, uint32_t count)
{
        *message = (struct wire_message){.segments = segments,
                                         .count = count,
                                         .depth_max = WIRE_DEPTH,
                                         .words_left = WIRE_TRAVERSAL_WORDS};
}

/* Where a pointer stands. `at` is NULL where there is none, which is read as a null pointer. */
struct wire_pointer {
        struct wire_message *message;
        const uint64_t *at;
        uint32_t segment;
        uint32_t depth; /* how much deeper it may lead */
};

enum wire_kind { WIRE_NULL, WIRE_STRUCT, WIRE_LIST, WIRE_INTERFACE };

enum wire_size {
        WIRE_VOID,
        WIRE_BIT,
        WIRE_BYTE,
        WIRE_TWO_BYTES,
        WIRE_FOUR_BYTES,
        WIRE_EIGHT_BYTES,
        WIRE_POINTER,
        WIRE_COMPOSITE, /* structs */
};

/* A struct that is read; all 0: the empty one, whose fields all have their defaults. */
struct wire_reader {
        struct wire_message *message;
        const uint8_t *data;
        const uint64_t *pointers;
        uint32_t segment;
        uint32_t data_bits; /* a multiple of 8, but for an element of a list of bits */
        uint32_t depth;
        uint16_t pointer_count;
};

/* A list that is read; all 0: the empty one. Elements are `step_bits` apart. */
struct wire_list {
        struct wire_message *message;
        const uint8_t *elements;
        uint32_t count;
        uint32_t segment;
        uint32_t step_bits;
        uint32_t data_bits;
        uint32_t depth;
        uint16_t pointer_count;
        uint8_t size; /* enum wire_size: as it was written */
};

struct wire_text {
        const char *bytes; /* a text: followed by a 0. Never NULL */
        uint32_t count;    /* without the 0 */
};

/* The pointer with which the message begins. */
struct wire_pointer wire_root(struct wire_message *message);
/* What it leads to, as far as the pointer says; nothing that it leads to is looked at. */
enum wire_kind wire_kind(struct wire_pointer pointer);
struct wire_reader wire_read_struct(struct wire_pointer pointer);
/*
 * A list whose elements can be read as if they were of the size `expected`: the encoding's rules
 * for lists that a schema has changed. WIRE_VOID: whatever its elements are.
 */
struct wire_list wire_read_list(struct wire_pointer pointer, enum wire_size expected);
struct wire_text wire_read_text(struct wire_pointer pointer);
struct wire_text wire_read_data(struct wire_pointer pointer);
/* The number of a capability in the table beside the message. False: it is null. */
bool wire_read_capability(struct wire_pointer pointer, uint32_t *ret_index);

/* A field; where the struct ends before it, its default, which is 0 before `default_bits`. */
#define WIRE_FIELD(name, type)                                                                     \
        static inline type wire_##name(const struct wire_reader *from, uint32_t index,             \
                                       type default_bits)                                          \
        {                                                                                          \
                type value = 0;                                                                    \
                                                                                                   \
                if (likely(((uint64_t)index + 1) * sizeof(type) * 8 <= from->data_bits))           \
                        memcpy(&value, from->data + (size_t)index * sizeof(type), sizeof(type));   \
                return (type)(value ^ default_bits);                                               \
        }
WIRE_FIELD(u8, uint8_t)
WIRE_FIELD(u16, uint16_t)
WIRE_FIELD(u32, uint32_t)
WIRE_FIELD(u64, uint64_t)
#undef WIRE_FIELD

static inline bool wire_bit(const struct wire_reader *from, uint32_t index, bool default_bit)
{
        bool value = false;

        if (likely(index < from->data_bits))
                value = (from->data[index / 8] >> (index % 8) & 1) != 0;
        return value != default_bit;
}

static inline struct wire_pointer wire_pointer(const struct wire_reader *from, uint16_t index)
{
        return (struct wire_pointer){
                .message = from->message,
                .at = likely(index < from->pointer_count) ? from->pointers + index : NULL,
                .segment = from->segment,
                .depth = from->depth};
}

/* Elements: `index` is below the count (asserted). */
static inline const uint8_t *wire_element(const struct wire_list *list, uint32_t index)
{
        assert_always(index < list->count);
        return list->elements + (uint64_t)index * list->step_bits / 8;
}

#define WIRE_ELEMENT(name, type)                                                                   \
        static inline type wire_element_##name(const struct wire_list *list, uint32_t index)       \
        {                                                                                          \
                type value;                                                                        \
                                                                                                   \
                memcpy(&value, wire_element(list, index), sizeof(type));                           \
                return value;                                                                      \
        }
WIRE_ELEMENT(u8, uint8_t)
WIRE_ELEMENT(u16, uint16_t)
WIRE_ELEMENT(u32, uint32_t)
WIRE_ELEMENT(u64, uint64_t)
#undef WIRE_ELEMENT

static inline bool wire_element_bit(const struct wire_list *list, uint32_t index)
{
        uint64_t bit = (uint64_t)index * list->step_bits;

        return (wire_element(list, index)[0] >> (bit % 8) & 1) != 0;
}

struct wire_reader wire_element_struct(const struct wire_list *list, uint32_t index);
struct wire_pointer wire_element_pointer(const struct wire_list *list, uint32_t index);

/* ---- Writing */

struct wire_room {
        uint64_t *words;
        uint32_t count; /* written */
        uint32_t size;
};

/*
 * Memory comes from the caller, for the first segment, and then from the heap, in segments that
 * grow. Zero words are written nowhere: what memory there is begins as 0.
 */
struct wire_builder {
        struct wire_room *rooms;
        uint32_t count;
        uint32_t rooms_size;
        uint32_t next_words; /* of the next segment, at least */
        uint64_t words_left; /* may still be taken from the heap */
        bool owns_first;
        struct wire_room inline_rooms[2];
};

/*
 * `first`, of `words`, all 0 and at a multiple of 8 bytes, belongs to the caller and is used first;
 * NULL: it comes from the heap, with so many words at least. `words_max`: of the whole message. 0,
 * or -ENOMEM, or -EMSGSIZE where not even the root pointer has room.
 */
int wire_builder_init(struct wire_builder *builder, uint64_t *first, uint32_t words,
                      uint64_t words_max);
void wire_builder_deinit(struct wire_builder *builder);

/* Where a pointer is to be written. */
struct wire_slot {
        struct wire_builder *builder;
        uint64_t *at;
        uint32_t segment;
};

/* A struct that is written. */
struct wire_writer {
        struct wire_builder *builder;
        uint8_t *data;
        uint64_t *pointers;
        uint32_t segment;
        uint16_t data_words;
        uint16_t pointer_count;
};

/* A list that is written. `writer` is of use where the elements are structs. */
struct wire_elements {
        struct wire_builder *builder;
        uint8_t *bytes;
        uint32_t count;
        uint32_t segment;
        uint16_t data_words;
        uint16_t pointer_count;
};

struct wire_slot wire_builder_root(struct wire_builder *builder);
/*
 * Each makes an object of zeros and has the slot point at it. 0; -ENOMEM; -EMSGSIZE where the
 * message would have more words than it may; -E2BIG where the encoding has no such object. The slot
 * is as before where it fails. What a slot has led to before is lost, and stays in the message.
 */
int wire_new_struct(struct wire_slot slot, uint16_t data_words, uint16_t pointer_count,
                    struct wire_writer *ret_writer);
int wire_new_list(struct wire_slot slot, enum wire_size size, uint32_t count,
                  struct wire_elements *ret_elements);
int wire_new_structs(struct wire_slot slot, uint32_t count, uint16_t data_words,
                     uint16_t pointer_count, struct wire_elements *ret_elements);
/* A text of so many bytes, which a 0 follows. */
int wire_new_text(struct wire_slot slot, const char *bytes, uint32_t count);
int wire_new_data(struct wire_slot slot, const void *bytes, uint32_t count);
/* A capability, by its number in the table beside the message. */
void wire_put_capability(struct wire_slot slot, uint32_t index);

/* A field. It must be of the struct (asserted): only what is read may be of another schema. */
#define WIRE_PUT(name, type)                                                                       \
        static inline void wire_put_##name(const struct wire_writer *to, uint32_t index,           \
                                           type value, type default_bits)                          \
        {                                                                                          \
                assert_always(((uint64_t)index + 1) * sizeof(type) <=                              \
                              (uint64_t)to->data_words * WIRE_WORD_BYTES);                         \
                value = (type)(value ^ default_bits);                                              \
                memcpy(to->data + (size_t)index * sizeof(type), &value, sizeof(type));             \
        }
WIRE_PUT(u8, uint8_t)
WIRE_PUT(u16, uint16_t)
WIRE_PUT(u32, uint32_t)
WIRE_PUT(u64, uint64_t)
#undef WIRE_PUT

static inline void wire_put_bit(const struct wire_writer *to, uint32_t index, bool value,
                                bool default_bit)
{
        uint8_t bit = (uint8_t)(1u << (index % 8));

        assert_always(index / 64 < to->data_words);
        if (value != default_bit)
                to->data[index / 8] |= bit;
        else
                to->data[index / 8] &= (uint8_t)~bit;
}

static inline struct wire_slot wire_slot(const struct wire_writer *to, uint16_t index)
{
        assert_always(index < to->pointer_count);
        return (struct wire_slot){to->builder, to->pointers + index, to->segment};
}

/* The struct or the pointer at `index`, which is below the count (asserted). */
struct wire_writer wire_elements_struct(const struct wire_elements *list, uint32_t index);
struct wire_slot wire_elements_slot(const struct wire_elements *list, uint32_t index);

/* ---- From one to the other */

enum wire_form {
        WIRE_AS_IT_IS,
        /*
         * The one form that all messages of the same content have: no field at the end of a struct
         * that is 0, objects in the order of their pointers, in one segment.
         */
        WIRE_CANONICAL,
};

/*
 * A copy of what the pointer leads to, and of all below, with the same fields. As
 * wire_new_struct(); and -EBADMSG where what is read is wrong, which its message then says. The
 * copy is then not whole.
 */
int wire_copy(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form);

/*
 * The canonical form of a message: one segment, which the caller frees. As wire_copy(), with
 * `words_max` for the result. A message that has capabilities has no such form.
 */
int wire_canonical(struct wire_message *message, uint32_t words_max, uint64_t **ret_words,
                   uint32_t *ret_count);

/*
 * The builder's segments, `builder->count` of them, to be read or sent. The next object makes them
 * longer, or more.
 */
void wire_builder_segments(const struct wire_builder *builder, struct wire_segment *ret_segments);
