/* SPDX-License-Identifier: MIT */
/*
 * Copies of all that a pointer leads to: the object, then what its pointers lead to, in their
 * order. That is the order of the canonical form too, which leaves out what is 0 at the end of each
 * struct; the elements of a list of structs all keep what one of them needs.
 *
 * What a message reads costs it (words_left), so the copy of a small message that refers to the
 * same object often is bounded; and its depth bounds the recursion here.
 */
#include "wire/layout.h"

#include <errno.h>

static int copy_pointer(struct mori_wire_slot slot, struct mori_wire_pointer pointer,
                        enum mori_wire_form form);

/* What of a struct is kept. */
struct extent {
        uint16_t data_words;
        uint16_t pointers;
};

static bool word_is_zero(const struct mori_wire_reader *from, uint32_t index)
{
        uint64_t word;

        memcpy(&word, from->data + (size_t)index * MORI_WIRE_WORD_BYTES, sizeof word);
        return word == 0;
}

static struct extent extent_of(const struct mori_wire_reader *from, enum mori_wire_form form)
{
        struct extent extent = {(uint16_t)bits_words(from->data_bits), from->pointer_count};

        if (form != MORI_WIRE_CANONICAL)
                return extent;
        while (extent.data_words > 0 && word_is_zero(from, extent.data_words - 1u))
                extent.data_words--;
        while (extent.pointers > 0 && from->pointers[extent.pointers - 1] == 0)
                extent.pointers--;
        return extent;
}

/* The struct may be longer than what is read, and not shorter. */
static int copy_fields(const struct mori_wire_writer *to, const struct mori_wire_reader *from,
                       struct extent extent, enum mori_wire_form form)
{
        size_t bytes = (size_t)extent.data_words * MORI_WIRE_WORD_BYTES;

        if (bytes > from->data_bits / 8) /* an element that was written as a value */
                bytes = from->data_bits / 8;
        if (bytes > 0)
                memcpy(to->data, from->data, bytes);
        for (uint16_t i = 0; i < extent.pointers; i++) {
                int error = copy_pointer(mori_wire_writer_slot(to, i),
                                         mori_wire_reader_pointer(from, i), form);

                if (error)
                        return error;
        }
        return 0;
}

static int copy_struct(struct mori_wire_slot slot, const struct mori_wire_reader *from,
                       enum mori_wire_form form)
{
        struct extent extent = extent_of(from, form);
        struct mori_wire_writer to;
        int error = mori_wire_new_struct(slot, extent.data_words, extent.pointers, &to);

        return error ? error : copy_fields(&to, from, extent, form);
}

static int copy_structs(struct mori_wire_slot slot, const struct mori_wire_list *list,
                        enum mori_wire_form form)
{
        struct extent most = {0, 0};
        struct mori_wire_elements elements;
        int error;

        for (uint32_t i = 0; i < list->count; i++) {
                struct mori_wire_reader from = mori_wire_element_struct(list, i);
                struct extent extent = extent_of(&from, form);

                if (extent.data_words > most.data_words)
                        most.data_words = extent.data_words;
                if (extent.pointers > most.pointers)
                        most.pointers = extent.pointers;
        }
        error = mori_wire_new_structs(slot, list->count, most.data_words, most.pointers, &elements);
        for (uint32_t i = 0; i < list->count && error == 0; i++) {
                struct mori_wire_reader from = mori_wire_element_struct(list, i);
                struct mori_wire_writer to = mori_wire_elements_struct(&elements, i);

                error = copy_fields(&to, &from, most, form);
        }
        return error;
}

static int copy_values(struct mori_wire_slot slot, const struct mori_wire_list *list)
{
        uint64_t bits = (uint64_t)list->count * list->data_bits;
        struct mori_wire_elements elements;
        int error = mori_wire_new_list(slot, list->size, list->count, &elements);

        if (error || bits == 0)
                return error;
        memcpy(elements.bytes, list->elements, (bits + 7) / 8);
        if (bits % 8 != 0) /* of the last byte, only what is an element's */
                elements.bytes[bits / 8] &= (uint8_t)((1u << (bits % 8)) - 1);
        return 0;
}

static int copy_list(struct mori_wire_slot slot, const struct mori_wire_list *list,
                     enum mori_wire_form form)
{
        struct mori_wire_elements elements;
        int error;

        if (list->size == MORI_WIRE_COMPOSITE)
                return copy_structs(slot, list, form);
        if (list->size != MORI_WIRE_POINTER)
                return copy_values(slot, list);
        error = mori_wire_new_list(slot, MORI_WIRE_POINTER, list->count, &elements);
        for (uint32_t i = 0; i < list->count && error == 0; i++)
                error = copy_pointer(mori_wire_elements_slot(&elements, i),
                                     mori_wire_element_pointer(list, i), form);
        return error;
}

static int copy_capability(struct mori_wire_slot slot, struct mori_wire_pointer pointer,
                           enum mori_wire_form form)
{
        uint32_t index;

        if (form == MORI_WIRE_CANONICAL) {
                wire_fault_at(&pointer, MORI_WIRE_CAPABILITY);
                return -EBADMSG;
        }
        if (pointer.message->references != NULL) /* the table beside the other one has others */
                return mori_wire_put_reference(slot, mori_wire_read_reference(pointer));
        if (mori_wire_read_capability(pointer, &index))
                mori_wire_put_capability(slot, index);
        return 0;
}

static int copy_pointer(struct mori_wire_slot slot, struct mori_wire_pointer pointer,
                        enum mori_wire_form form)
{
        const struct mori_wire_error *error = &pointer.message->error;
        struct mori_wire_reader from;
        struct mori_wire_list list;

        switch (mori_wire_kind(pointer)) {
        case MORI_WIRE_STRUCT:
                from = mori_wire_read_struct(pointer);
                return error->fault != MORI_WIRE_GOOD ? -EBADMSG : copy_struct(slot, &from, form);
        case MORI_WIRE_LIST:
                list = mori_wire_read_list(pointer, MORI_WIRE_VOID);
                return error->fault != MORI_WIRE_GOOD ? -EBADMSG : copy_list(slot, &list, form);
        case MORI_WIRE_INTERFACE:
                return copy_capability(slot, pointer, form);
        default:
                mori_wire_put_null(slot);
                return error->fault != MORI_WIRE_GOOD ? -EBADMSG : 0;
        }
}

int mori_wire_copy(struct mori_wire_slot slot, struct mori_wire_pointer pointer,
                   enum mori_wire_form form)
{
        if (pointer.message == NULL) { /* of a struct that is empty */
                mori_wire_put_null(slot);
                return 0;
        }
        if (pointer.message->error.fault != MORI_WIRE_GOOD)
                return -EBADMSG;
        return copy_pointer(slot, pointer, form);
}

int mori_wire_copy_struct(struct mori_wire_slot slot, const struct mori_wire_reader *from)
{
        if (from->message == NULL) {
                mori_wire_put_null(slot);
                return 0;
        }
        if (from->message->error.fault != MORI_WIRE_GOOD)
                return -EBADMSG;
        return copy_struct(slot, from, MORI_WIRE_AS_IT_IS);
}

int mori_wire_copy_list(struct mori_wire_slot slot, const struct mori_wire_list *from)
{
        if (from->message == NULL) {
                mori_wire_put_null(slot);
                return 0;
        }
        if (from->message->error.fault != MORI_WIRE_GOOD)
                return -EBADMSG;
        return copy_list(slot, from, MORI_WIRE_AS_IT_IS);
}

int mori_wire_canonical(struct mori_wire_message *message, uint32_t words_max, uint64_t **ret_words,
                        uint32_t *ret_count)
{
        uint64_t words_left = message->words_left, words = 0;
        struct mori_wire_builder builder;
        int error;

        for (uint32_t i = 0; i < message->count; i++)
                words += message->segments[i].count;
        for (;;) { /* a second time where an object was there once, and is referred to often */
                if (words > words_max)
                        words = words_max;
                error = mori_wire_builder_init(&builder, NULL, (uint32_t)words, words_max);
                if (error)
                        return error;
                error = mori_wire_copy(mori_wire_builder_root(&builder), mori_wire_root(message),
                                       MORI_WIRE_CANONICAL);
                if (error || builder.count == 1)
                        break;
                words = 0;
                for (uint32_t i = 0; i < builder.count; i++)
                        words += builder.rooms[i].count;
                mori_wire_builder_deinit(&builder);
                message->words_left = words_left;
        }
        if (error == 0) {
                *ret_words = builder.rooms[0].words;
                *ret_count = builder.rooms[0].count;
                builder.owns_first = false;
        }
        mori_wire_builder_deinit(&builder);
        return error;
}
