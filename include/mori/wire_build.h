/* SPDX-License-Identifier: MIT */
/*
 * Messages: writing them. See wire.h for what they are.
 *
 *         struct mori_wire_builder builder;
 *         struct person_builder person;
 *
 *         error = mori_wire_builder_init(&builder, NULL, 0, 1 << 20);
 *         error = person_init(mori_wire_builder_root(&builder), &person);
 *         person_set_id(person, 7);
 *         error = person_set_name(person, mori_wire_text_of("Ann"));
 *         ...                                              (mori_wire_builder_segments(), send)
 *         mori_wire_builder_deinit(&builder);
 *
 * Rules.
 *   (1) A builder has segments, to which objects are added. No object moves: what was handed out is
 *       good until the builder's end.
 *   (2) Whatever makes an object can fail: -ENOMEM, -EMSGSIZE where the message would have more
 *       words than it may (words_max), -E2BIG where the encoding has no such object. Then the
 *       message is as before. What sets a value within an object cannot fail.
 *   (3) A slot that is filled again loses what it has led to, which stays in the message unseen.
 *   (4) A wrong index is a bug, and abandons the process (program.h).
 */
#pragma once

#include <mori/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A segment that is written. Its fields are the runtime's. */
struct mori_wire_room {
        uint64_t *words;
        uint32_t count; /* written */
        uint32_t size;
};

/*
 * A message that is written, in place: it must not be moved. Its fields are the runtime's, but for
 * `count`, how many segments there are.
 */
struct mori_wire_builder {
        struct mori_wire_room *rooms;
        uint32_t count;
        uint32_t rooms_size;
        uint32_t next_words; /* of the next segment, at least */
        uint64_t words_left; /* may still be taken from the heap */
        bool owns_first;
        struct mori_wire_room inline_rooms[2];
        /* Words of references (object.h) among what is written, by their numbers. */
        uint64_t *references;
        uint32_t references_count;
        uint32_t references_size;
};

/*
 * `first`, of `words`, all 0 and at a multiple of 8 bytes, stays the caller's and is used first;
 * what is needed beyond it comes from the heap (malloc), in segments that grow. NULL: that from the
 * heap has so many words at least. `words_max`: of the whole message. 0; -ENOMEM; -EMSGSIZE where
 * not even the root pointer has room.
 */
MORI_API int mori_wire_builder_init(struct mori_wire_builder *builder, uint64_t *first,
                                    uint32_t words, uint64_t words_max);
/* Frees what came from the heap. */
MORI_API void mori_wire_builder_deinit(struct mori_wire_builder *builder);
/*
 * An empty message in the memory of the one before, with all of its room in one segment if that is
 * possible: a program that writes one message after the other allocates no more. What was handed
 * out is no more. 0; -ENOMEM, and then the builder is as after its deinit.
 */
MORI_API int mori_wire_builder_again(struct mori_wire_builder *builder);
/*
 * The segments, `builder->count` of them, to be read or sent. The next object makes them longer, or
 * more.
 */
MORI_API void mori_wire_builder_segments(const struct mori_wire_builder *builder,
                                         struct mori_wire_segment *ret_segments);

/* Where a pointer is to be written: what a field AnyPointer is to its writer. */
struct mori_wire_slot {
        struct mori_wire_builder *builder;
        uint64_t *at;
        uint32_t segment;
};

/* A struct that is written. */
struct mori_wire_writer {
        struct mori_wire_builder *builder;
        uint8_t *data;
        uint64_t *pointers;
        uint32_t segment;
        uint16_t data_words;
        uint16_t pointer_count;
};

/* A list that is written. */
struct mori_wire_elements {
        struct mori_wire_builder *builder;
        uint8_t *bytes;
        uint32_t count;
        uint32_t segment;
        uint16_t data_words;
        uint16_t pointer_count;
};

/* The slot with which the message begins. */
static inline struct mori_wire_slot mori_wire_builder_root(struct mori_wire_builder *builder)
{
        struct mori_wire_slot slot;

        slot.builder = builder;
        slot.at = builder->rooms[0].words;
        slot.segment = 0;
        return slot;
}

/* A text for a setter, of a string that ends with 0. It stays the caller's. */
static inline struct mori_wire_text mori_wire_text_of(const char *string)
{
        size_t bytes = strlen(string);
        struct mori_wire_text text;

        text.bytes = string;
        text.count = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes; /* -E2BIG says the setter */
        return text;
}

/* Data for a setter. It stays the caller's. */
static inline struct mori_wire_data mori_wire_data_of(const void *bytes, size_t count)
{
        struct mori_wire_data data;

        data.bytes = (const uint8_t *)bytes;
        data.count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count; /* -E2BIG says the setter */
        return data;
}

/* ---- Objects. Each makes one of zeros, or with the bytes given, and has the slot point at it */

/* A struct, or a list of so many; which has each element's words. */
MORI_API int mori_wire_new_struct(struct mori_wire_slot slot, uint16_t data_words,
                                  uint16_t pointer_count, struct mori_wire_writer *ret_writer);
MORI_API int mori_wire_new_structs(struct mori_wire_slot slot, uint32_t count, uint16_t data_words,
                                   uint16_t pointer_count, struct mori_wire_elements *ret_elements);
/* A list of what is no struct. */
MORI_API int mori_wire_new_list(struct mori_wire_slot slot, enum mori_wire_size size,
                                uint32_t count, struct mori_wire_elements *ret_elements);
/* A text of so many bytes, which a 0 follows; data. */
MORI_API int mori_wire_new_text(struct mori_wire_slot slot, const char *bytes, uint32_t count);
MORI_API int mori_wire_new_data(struct mori_wire_slot slot, const void *bytes, uint32_t count);
/* The same with zeros, to be filled in place: the 0 behind a text must stay. */
MORI_API int mori_wire_text_room(struct mori_wire_slot slot, uint32_t count, char **ret_bytes);
MORI_API int mori_wire_data_room(struct mori_wire_slot slot, uint32_t count, uint8_t **ret_bytes);
/* A capability, by its number in the table beside the message. */
static inline void mori_wire_put_capability(struct mori_wire_slot slot, uint32_t index)
{
        *slot.at = 3 | (uint64_t)index << 32;
}
/*
 * A reference, by its word (object.h), which is borrowed until the message was sent; 0: null. 0,
 * or -ENOMEM.
 */
MORI_API int mori_wire_put_reference(struct mori_wire_slot slot, uint64_t word);
/* Null. */
static inline void mori_wire_put_null(struct mori_wire_slot slot)
{
        *slot.at = 0;
}

/* ---- Fields. They must be of the struct (4): only what is read may be of another schema */

/* mori_wire_put_u8() and so on: a field, XOR `default_bits`. */
#define MORI_WIRE_PUT(name, type)                                                                  \
        static inline void mori_wire_put_##name(const struct mori_wire_writer *to, uint32_t index, \
                                                type value, type default_bits)                     \
        {                                                                                          \
                MORI_WIRE_DETAIL_REQUIRE(((uint64_t)index + 1) * sizeof(type) <=                   \
                                         (uint64_t)to->data_words * MORI_WIRE_WORD_BYTES);         \
                value = (type)(value ^ default_bits);                                              \
                memcpy(to->data + (size_t)index * sizeof(type), &value, sizeof(type));             \
        }
MORI_WIRE_PUT(u8, uint8_t)
MORI_WIRE_PUT(u16, uint16_t)
MORI_WIRE_PUT(u32, uint32_t)
MORI_WIRE_PUT(u64, uint64_t)
#undef MORI_WIRE_PUT

/* A Bool. */
static inline void mori_wire_put_bit(const struct mori_wire_writer *to, uint32_t index, bool value,
                                     bool default_bit)
{
        uint8_t bit = (uint8_t)(1u << (index % 8));

        MORI_WIRE_DETAIL_REQUIRE(index / 64 < to->data_words);
        if (value != default_bit)
                to->data[index / 8] = (uint8_t)(to->data[index / 8] | bit);
        else
                to->data[index / 8] = (uint8_t)(to->data[index / 8] & ~bit);
}

/* A pointer of a struct. */
static inline struct mori_wire_slot mori_wire_writer_slot(const struct mori_wire_writer *to,
                                                          uint16_t index)
{
        struct mori_wire_slot slot;

        MORI_WIRE_DETAIL_REQUIRE(index < to->pointer_count);
        slot.builder = to->builder;
        slot.at = to->pointers + index;
        slot.segment = to->segment;
        return slot;
}

/* ---- Elements of lists; `index` is below the count (4) */

/* The element of a list of structs; of a list of pointers, a struct of that pointer. */
static inline struct mori_wire_writer
mori_wire_elements_struct(const struct mori_wire_elements *list, uint32_t index)
{
        size_t words = (size_t)list->data_words + list->pointer_count;
        struct mori_wire_writer element;

        MORI_WIRE_DETAIL_REQUIRE(index < list->count);
        element.builder = list->builder;
        element.data = list->bytes + index * words * MORI_WIRE_WORD_BYTES;
        element.pointers = (uint64_t *)(void *)element.data + list->data_words;
        element.segment = list->segment;
        element.data_words = list->data_words;
        element.pointer_count = list->pointer_count;
        return element;
}

/* The element of a list of pointers. */
static inline struct mori_wire_slot mori_wire_elements_slot(const struct mori_wire_elements *list,
                                                            uint32_t index)
{
        struct mori_wire_writer element = mori_wire_elements_struct(list, index);

        return mori_wire_writer_slot(&element, 0);
}

/* ---- From one to the other */

/* MORI_WIRE_CANONICAL: the one form that all messages of the same content have. No field at the end
 * of a struct that is 0, objects in the order of their pointers, in one segment. */
enum mori_wire_form { MORI_WIRE_AS_IT_IS, MORI_WIRE_CANONICAL };

/*
 * A copy of what the pointer leads to, and of all below, with the same fields, also those that the
 * schema does not know. As (2); and -EBADMSG where what is read is wrong, which its message then
 * says. Where it fails the slot may lead to a part of the copy.
 */
MORI_API int mori_wire_copy(struct mori_wire_slot slot, struct mori_wire_pointer pointer,
                            enum mori_wire_form form);
/* A copy of a struct or a list that is read. An empty list of unknown elements is null. */
MORI_API int mori_wire_copy_struct(struct mori_wire_slot slot, const struct mori_wire_reader *from);
MORI_API int mori_wire_copy_list(struct mori_wire_slot slot, const struct mori_wire_list *from);

/*
 * The canonical form of a message: one segment, which the caller frees. As mori_wire_copy(), with
 * `words_max` for the result. A message that has capabilities has no such form.
 */
MORI_API int mori_wire_canonical(struct mori_wire_message *message, uint32_t words_max,
                                 uint64_t **ret_words, uint32_t *ret_count);

#ifdef __cplusplus
}
#endif
