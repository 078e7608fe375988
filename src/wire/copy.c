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

static int copy_pointer(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form);

/* What of a struct is kept. */
struct extent {
        uint16_t data_words;
        uint16_t pointers;
};

static bool word_is_zero(const struct wire_reader *from, uint32_t index)
{
        uint64_t word;

        memcpy(&word, from->data + (size_t)index * WIRE_WORD_BYTES, sizeof word);
        return word == 0;
}

static struct extent extent_of(const struct wire_reader *from, enum wire_form form)
{
        struct extent extent = {(uint16_t)(from->data_bits / 64), from->pointer_count};

        if (form != WIRE_CANONICAL)
                return extent;
        while (extent.data_words > 0 && word_is_zero(from, extent.data_words - 1u))
                extent.data_words--;
        while (extent.pointers > 0 && from->pointers[extent.pointers - 1] == 0)
                extent.pointers--;
        return extent;
}

/* The struct may be longer than what is read, and not shorter. */
static int copy_fields(const struct wire_writer *to, const struct wire_reader *from,
                       struct extent extent, enum wire_form form)
{
        if (extent.data_words > 0)
                memcpy(to->data, from->data, (size_t)extent.data_words * WIRE_WORD_BYTES);
        for (uint16_t i = 0; i < extent.pointers; i++) {
                int error = copy_pointer(wire_slot(to, i), wire_pointer(from, i), form);

                if (error)
                        return error;
        }
        return 0;
}

static int copy_struct(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form)
{
        struct wire_reader from = wire_read_struct(pointer);
        struct extent extent = extent_of(&from, form);
        struct wire_writer to;
        int error;

        if (pointer.message->error.fault != WIRE_GOOD)
                return -EBADMSG;
        error = wire_new_struct(slot, extent.data_words, extent.pointers, &to);
        return error ? error : copy_fields(&to, &from, extent, form);
}

static int copy_structs(struct wire_slot slot, const struct wire_list *list, enum wire_form form)
{
        struct extent most = {0, 0};
        struct wire_elements elements;
        int error;

        for (uint32_t i = 0; i < list->count; i++) {
                struct wire_reader from = wire_element_struct(list, i);
                struct extent extent = extent_of(&from, form);

                if (extent.data_words > most.data_words)
                        most.data_words = extent.data_words;
                if (extent.pointers > most.pointers)
                        most.pointers = extent.pointers;
        }
        error = wire_new_structs(slot, list->count, most.data_words, most.pointers, &elements);
        for (uint32_t i = 0; i < list->count && error == 0; i++) {
                struct wire_reader from = wire_element_struct(list, i);
                struct wire_writer to = wire_elements_struct(&elements, i);

                error = copy_fields(&to, &from, most, form);
        }
        return error;
}

static int copy_values(struct wire_slot slot, const struct wire_list *list)
{
        uint64_t bits = (uint64_t)list->count * list->data_bits;
        struct wire_elements elements;
        int error = wire_new_list(slot, list->size, list->count, &elements);

        if (error || bits == 0)
                return error;
        memcpy(elements.bytes, list->elements, (bits + 7) / 8);
        if (bits % 8 != 0) /* of the last byte, only what is an element's */
                elements.bytes[bits / 8] &= (uint8_t)((1u << (bits % 8)) - 1);
        return 0;
}

static int copy_list(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form)
{
        struct wire_list list = wire_read_list(pointer, WIRE_VOID);
        struct wire_elements elements;
        int error;

        if (pointer.message->error.fault != WIRE_GOOD)
                return -EBADMSG;
        if (list.size == WIRE_COMPOSITE)
                return copy_structs(slot, &list, form);
        if (list.size != WIRE_POINTER)
                return copy_values(slot, &list);
        error = wire_new_list(slot, WIRE_POINTER, list.count, &elements);
        for (uint32_t i = 0; i < list.count && error == 0; i++)
                error = copy_pointer(wire_elements_slot(&elements, i),
                                     wire_element_pointer(&list, i), form);
        return error;
}

static int copy_capability(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form)
{
        uint32_t index;

        if (form == WIRE_CANONICAL) {
                wire_fault_at(&pointer, WIRE_CAPABILITY);
                return -EBADMSG;
        }
        if (wire_read_capability(pointer, &index))
                wire_put_capability(slot, index);
        return 0;
}

static int copy_pointer(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form)
{
        switch (wire_kind(pointer)) {
        case WIRE_STRUCT:
                return copy_struct(slot, pointer, form);
        case WIRE_LIST:
                return copy_list(slot, pointer, form);
        case WIRE_INTERFACE:
                return copy_capability(slot, pointer, form);
        default:
                return pointer.message->error.fault != WIRE_GOOD ? -EBADMSG : 0;
        }
}

int wire_copy(struct wire_slot slot, struct wire_pointer pointer, enum wire_form form)
{
        if (pointer.message == NULL) /* of a struct that is empty */
                return 0;
        if (pointer.message->error.fault != WIRE_GOOD)
                return -EBADMSG;
        return copy_pointer(slot, pointer, form);
}

int wire_canonical(struct wire_message *message, uint32_t words_max, uint64_t **ret_words,
                   uint32_t *ret_count)
{
        uint64_t words_left = message->words_left, words = 0;
        struct wire_builder builder;
        int error;

        for (uint32_t i = 0; i < message->count; i++)
                words += message->segments[i].count;
        for (;;) { /* a second time where an object was there once, and is referred to often */
                if (words > words_max)
                        words = words_max;
                error = wire_builder_init(&builder, NULL, (uint32_t)words, words_max);
                if (error)
                        return error;
                error = wire_copy(wire_builder_root(&builder), wire_root(message), WIRE_CANONICAL);
                if (error || builder.count == 1)
                        break;
                words = 0;
                for (uint32_t i = 0; i < builder.count; i++)
                        words += builder.rooms[i].count;
                wire_builder_deinit(&builder);
                message->words_left = words_left;
        }
        if (error == 0) {
                *ret_words = builder.rooms[0].words;
                *ret_count = builder.rooms[0].count;
                builder.owns_first = false;
        }
        wire_builder_deinit(&builder);
        return error;
}
