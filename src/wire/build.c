/* SPDX-License-Identifier: MIT */
/*
 * Objects are added at the end of a segment: of the slot's, where that has room, else of the last,
 * else of a new one. In another than the slot's a landing pad comes before the object, to which the
 * slot points far. So there are no far pointers of the double kind in what is written here.
 *
 * Invariants:
 *   (1) Words beyond `count` of each segment are 0.
 *   (2) A slot is written last, when its object is there: it fails as before.
 */
#include "wire/layout.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_WORDS 128u /* of a segment from the heap */

/* Room for one more in the list of segments. */
static int rooms_grow(struct mori_wire_builder *builder)
{
        struct mori_wire_room *old =
                builder->rooms == builder->inline_rooms ? NULL : builder->rooms;
        struct mori_wire_room *rooms;

        if (builder->count < builder->rooms_size)
                return 0;
        rooms = realloc(old, 2 * (size_t)builder->rooms_size * sizeof *rooms);
        if (rooms == NULL)
                return -ENOMEM;
        if (old == NULL)
                memcpy(rooms, builder->inline_rooms, sizeof builder->inline_rooms);
        builder->rooms = rooms;
        builder->rooms_size *= 2;
        return 0;
}

static int room_new(struct mori_wire_builder *builder, uint64_t words,
                    struct mori_wire_room **ret_room)
{
        uint64_t size = words > builder->next_words ? words : builder->next_words;
        struct mori_wire_room *room;
        int error;

        if (size > builder->words_left)
                size = builder->words_left;
        if (size < words)
                return -EMSGSIZE;
        error = rooms_grow(builder);
        if (error)
                return error;
        room = &builder->rooms[builder->count];
        *room = (struct mori_wire_room){.words = calloc(size, MORI_WIRE_WORD_BYTES),
                                        .size = (uint32_t)size};
        if (room->words == NULL)
                return -ENOMEM;
        builder->words_left -= size;
        if (builder->next_words <= MORI_WIRE_SEGMENT_WORDS_MAX / 2)
                builder->next_words *= 2;
        builder->count++;
        *ret_room = room;
        return 0;
}

int mori_wire_builder_init(struct mori_wire_builder *builder, uint64_t *first, uint32_t words,
                           uint64_t words_max)
{
        if (words_max == 0 || (first != NULL && words == 0))
                return -EMSGSIZE;
        *builder = (struct mori_wire_builder){.rooms_size = ELEMENTS(builder->inline_rooms),
                                              .next_words = FIRST_WORDS,
                                              .words_left = words_max,
                                              .owns_first = first == NULL};
        builder->rooms = builder->inline_rooms;
        if (first != NULL) {
                if (words > words_max)
                        words = (uint32_t)words_max;
                builder->inline_rooms[0] = (struct mori_wire_room){.words = first, .size = words};
                builder->words_left -= words;
                builder->count = 1;
        } else {
                struct mori_wire_room *room;
                int error = room_new(builder, words > 0 ? words : 1, &room);

                if (error)
                        return error;
        }
        builder->rooms[0].count = 1; /* the root */
        return 0;
}

void mori_wire_builder_deinit(struct mori_wire_builder *builder)
{
        for (uint32_t i = builder->owns_first ? 0 : 1; i < builder->count; i++)
                free(builder->rooms[i].words);
        if (builder->rooms != builder->inline_rooms)
                free(builder->rooms);
        builder->count = 0;
        free(builder->references);
        builder->references = NULL;
        builder->references_count = builder->references_size = 0;
}

int mori_wire_builder_again(struct mori_wire_builder *builder)
{
        uint64_t words = builder->rooms[0].count;
        struct mori_wire_room *room;
        int error = 0;

        builder->references_count = 0;
        while (builder->count > 1) {
                room = &builder->rooms[--builder->count];
                words += room->count;
                builder->words_left += room->size;
                free(room->words);
        }
        room = &builder->rooms[0];
        if (words == room->count || !builder->owns_first) {
                memset(room->words, 0, (size_t)room->count * MORI_WIRE_WORD_BYTES); /* (1) */
        } else {
                builder->words_left += room->size;
                free(room->words);
                builder->count = 0;
                error = room_new(builder, words, &room);
                if (error) {
                        mori_wire_builder_deinit(builder);
                        return error;
                }
        }
        room->count = 1;
        builder->references_count = 0;
        return 0;
}

void mori_wire_builder_segments(const struct mori_wire_builder *builder,
                                struct mori_wire_segment *ret_segments)
{
        for (uint32_t i = 0; i < builder->count; i++)
                ret_segments[i] = (struct mori_wire_segment){builder->rooms[i].words,
                                                             builder->rooms[i].count};
}

/* Words for an object, with where its pointer is to stand: the slot, or the landing pad. */
struct object {
        uint64_t *words;
        uint64_t *pointer;
        uint32_t segment;
};

static int object_new(const struct mori_wire_slot *slot, uint64_t words, struct object *ret_object)
{
        struct mori_wire_builder *builder = slot->builder;
        struct mori_wire_room *room = &builder->rooms[slot->segment];
        uint64_t pad = 0;
        int error;

        if (words >= MORI_WIRE_SEGMENT_WORDS_MAX)
                return -E2BIG;
        if (words > room->size - room->count) {
                pad = 1;
                room = &builder->rooms[builder->count - 1];
                if (words + pad > room->size - room->count) {
                        error = room_new(builder, words + pad, &room);
                        if (error)
                                return error;
                }
        }
        *ret_object = (struct object){.words = room->words + room->count + pad,
                                      .pointer = pad != 0 ? room->words + room->count : slot->at,
                                      .segment = (uint32_t)(room - builder->rooms)};
        room->count += (uint32_t)(words + pad);
        return 0;
}

/* (2) `word` has all but its offset. */
static void object_point(const struct mori_wire_slot *slot, const struct object *object,
                         uint64_t word)
{
        int32_t offset = (int32_t)(object->words - object->pointer - 1);
        struct mori_wire_room *room = &slot->builder->rooms[object->segment];

        *object->pointer = word | (uint32_t)offset << 2;
        if (object->pointer != slot->at)
                *slot->at =
                        pointer_of_far((uint32_t)(object->pointer - room->words), object->segment);
}

int mori_wire_new_struct(struct mori_wire_slot slot, uint16_t data_words, uint16_t pointer_count,
                         struct mori_wire_writer *ret_writer)
{
        uint64_t words = (uint64_t)data_words + pointer_count;
        struct object object;
        int error;

        if (words == 0) { /* leads to itself, so that it is not null */
                *slot.at = pointer_of_struct(-1, 0, 0);
                *ret_writer = (struct mori_wire_writer){.builder = slot.builder,
                                                        .segment = slot.segment,
                                                        .data = (uint8_t *)slot.at,
                                                        .pointers = slot.at};
                return 0;
        }
        error = object_new(&slot, words, &object);
        if (error)
                return error;
        object_point(&slot, &object, pointer_of_struct(0, data_words, pointer_count));
        *ret_writer = (struct mori_wire_writer){.builder = slot.builder,
                                                .data = (uint8_t *)object.words,
                                                .pointers = object.words + data_words,
                                                .segment = object.segment,
                                                .data_words = data_words,
                                                .pointer_count = pointer_count};
        return 0;
}

int mori_wire_new_list(struct mori_wire_slot slot, enum mori_wire_size size, uint32_t count,
                       struct mori_wire_elements *ret_elements)
{
        uint64_t bits = size == MORI_WIRE_POINTER ? 64 : size_data_bits(size);
        struct object object;
        int error;

        MORI_REQUIRE(size < MORI_WIRE_COMPOSITE);
        if (count > MORI_WIRE_LIST_MAX)
                return -E2BIG;
        error = object_new(&slot, bits_words(count * bits), &object);
        if (error)
                return error;
        object_point(&slot, &object, pointer_of_list(0, size, count));
        *ret_elements = (struct mori_wire_elements){.builder = slot.builder,
                                                    .bytes = (uint8_t *)object.words,
                                                    .count = count,
                                                    .segment = object.segment,
                                                    .pointer_count = size == MORI_WIRE_POINTER};
        return 0;
}

int mori_wire_new_structs(struct mori_wire_slot slot, uint32_t count, uint16_t data_words,
                          uint16_t pointer_count, struct mori_wire_elements *ret_elements)
{
        uint64_t words = count * ((uint64_t)data_words + pointer_count);
        struct object object;
        int error;

        if (count > MORI_WIRE_LIST_MAX || words > MORI_WIRE_LIST_MAX)
                return -E2BIG;
        error = object_new(&slot, words + 1, &object);
        if (error)
                return error;
        object.words[0] = pointer_of_struct((int32_t)count, data_words, pointer_count);
        object_point(&slot, &object, pointer_of_list(0, MORI_WIRE_COMPOSITE, (uint32_t)words));
        *ret_elements = (struct mori_wire_elements){.builder = slot.builder,
                                                    .bytes = (uint8_t *)(object.words + 1),
                                                    .count = count,
                                                    .segment = object.segment,
                                                    .data_words = data_words,
                                                    .pointer_count = pointer_count};
        return 0;
}

/* Bytes, and so many zeros behind them. */
static inline int bytes_room(struct mori_wire_slot slot, uint32_t count, uint32_t zeros,
                             uint8_t **ret_bytes)
{
        struct object object;
        int error;

        if (count > MORI_WIRE_LIST_MAX - zeros)
                return -E2BIG;
        error = object_new(&slot, ((uint64_t)count + zeros + 7) / 8, &object);
        if (error)
                return error;
        object_point(&slot, &object, pointer_of_list(0, MORI_WIRE_BYTE, count + zeros));
        *ret_bytes = (uint8_t *)object.words;
        return 0;
}

int mori_wire_text_room(struct mori_wire_slot slot, uint32_t count, char **ret_bytes)
{
        uint8_t *bytes;
        int error = bytes_room(slot, count, 1, &bytes);

        if (error == 0)
                *ret_bytes = (char *)bytes;
        return error;
}

int mori_wire_data_room(struct mori_wire_slot slot, uint32_t count, uint8_t **ret_bytes)
{
        return bytes_room(slot, count, 0, ret_bytes);
}

static int new_bytes(struct mori_wire_slot slot, const void *bytes, uint32_t count, uint32_t zeros)
{
        uint8_t *room;
        int error = bytes_room(slot, count, zeros, &room);

        if (error == 0 && count > 0)
                memcpy(room, bytes, count);
        return error;
}

int mori_wire_new_text(struct mori_wire_slot slot, const char *bytes, uint32_t count)
{
        return new_bytes(slot, bytes, count, 1);
}

int mori_wire_new_data(struct mori_wire_slot slot, const void *bytes, uint32_t count)
{
        return new_bytes(slot, bytes, count, 0);
}

int mori_wire_put_reference(struct mori_wire_slot slot, uint64_t word)
{
        struct mori_wire_builder *builder = slot.builder;

        if (word == 0) {
                mori_wire_put_null(slot);
                return 0;
        }
        if (builder->references_count == builder->references_size) {
                uint32_t size = builder->references_size == 0 ? 4 : builder->references_size * 2;
                uint64_t *references = realloc(builder->references, size * sizeof *references);

                if (references == NULL)
                        return -ENOMEM;
                builder->references = references;
                builder->references_size = size;
        }
        builder->references[builder->references_count] = word;
        mori_wire_put_capability(slot, builder->references_count++);
        return 0;
}
