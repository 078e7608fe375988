/* SPDX-License-Identifier: MIT */
/*
 * Following pointers that somebody else has written.
 *
 *      pointer --follow--> where its object begins --enter--> the object's words, within the
 *                                                             segment, paid for, not too deep
 *
 * Invariants:
 *   (1) No address is made before its place in the segment was checked, as a number of words in 64
 *       bits, where nothing overflows.
 *   (2) Whatever is followed pays with words_left at least 1 for what it may cost its reader to go
 *       through it: a list of nothing pays for its elements.
 *   (3) A fault leaves what is read empty, and does not hide an earlier one.
 *   (4) A message that is trusted is never written: it may be constant.
 */
#include "wire/layout.h"

const char *mori_wire_fault_text(enum mori_wire_fault fault)
{
        static const char *const texts[] = {
                [MORI_WIRE_GOOD] = "nothing is wrong",
                [MORI_WIRE_EMPTY] = "the message has no root pointer",
                [MORI_WIRE_SEGMENT] = "a far pointer names a segment that is not there",
                [MORI_WIRE_OUTSIDE] = "an object reaches beyond its segment",
                [MORI_WIRE_LANDING] = "a far pointer leads to no landing pad",
                [MORI_WIRE_KIND] = "a pointer is of another kind than the schema has",
                [MORI_WIRE_ELEMENTS] = "a list has elements of another size than the schema has",
                [MORI_WIRE_TAG] = "the tag of a list of structs is wrong",
                [MORI_WIRE_TEXT] = "a text does not end with 0",
                [MORI_WIRE_TOO_DEEP] = "pointers are nested deeper than the limit (depth_max)",
                [MORI_WIRE_TOO_MUCH] = "more is read than the limit (words_left)",
                [MORI_WIRE_CAPABILITY] = "there is a capability where none may be",
        };

        return (unsigned)fault < ELEMENTS(texts) ? texts[fault] : "unknown fault";
}

void wire_fault_at(const struct mori_wire_pointer *pointer, enum mori_wire_fault fault)
{
        struct mori_wire_message *message = pointer->message;

        if (message->error.fault != MORI_WIRE_GOOD || message->words_left == MORI_WIRE_TRUSTED)
                return; /* (4) */
        message->error = (struct mori_wire_error){
                .fault = fault,
                .segment = pointer->segment,
                .word = pointer->at == NULL
                                ? 0
                                : (uint32_t)(pointer->at -
                                             message->segments[pointer->segment].words)};
}

struct mori_wire_pointer mori_wire_root(struct mori_wire_message *message)
{
        struct mori_wire_pointer root = {.message = message, .depth = message->depth_max};

        if (message->count == 0 || message->segments[0].count == 0)
                wire_fault_at(&root, MORI_WIRE_EMPTY);
        else
                root.at = message->segments[0].words;
        return root;
}

struct mori_wire_pointer mori_wire_constant(const struct mori_wire_message *message)
{
        MORI_REQUIRE(message->words_left == MORI_WIRE_TRUSTED);
        return mori_wire_root((struct mori_wire_message *)(uintptr_t)message); /* (4) */
}

/* What a pointer says after far ones were followed: `word`, and where its object begins. */
struct place {
        uint64_t word;
        int64_t begin;
        uint32_t segment;
};

static enum mori_wire_fault follow_far(const struct mori_wire_message *message, uint64_t word,
                                       struct place *ret_place)
{
        uint32_t segment = pointer_high(word), at = pointer_far_offset(word);
        uint32_t pad_words = pointer_far_is_double(word) ? 2 : 1;
        const uint64_t *pad;

        if (segment >= message->count)
                return MORI_WIRE_SEGMENT;
        if ((uint64_t)at + pad_words > message->segments[segment].count)
                return MORI_WIRE_OUTSIDE;
        pad = message->segments[segment].words + at;
        if (pad_words == 1) {
                *ret_place = (struct place){.word = pad[0],
                                            .begin = (int64_t)at + 1 + pointer_offset(pad[0]),
                                            .segment = segment};
                return pointer_kind(pad[0]) == POINTER_FAR ? MORI_WIRE_LANDING : MORI_WIRE_GOOD;
        }
        if (pointer_kind(pad[0]) != POINTER_FAR || pointer_far_is_double(pad[0]) ||
            pointer_kind(pad[1]) == POINTER_FAR)
                return MORI_WIRE_LANDING;
        if (pointer_high(pad[0]) >= message->count)
                return MORI_WIRE_SEGMENT;
        *ret_place = (struct place){.word = pad[1],
                                    .begin = pointer_far_offset(pad[0]),
                                    .segment = pointer_high(pad[0])};
        return MORI_WIRE_GOOD;
}

/* False: it is null, or wrong. */
static bool follow(const struct mori_wire_pointer *pointer, struct place *ret_place)
{
        enum mori_wire_fault fault;
        uint64_t word;

        if (pointer->at == NULL || (word = *pointer->at) == 0)
                return false;
        if (likely(pointer_kind(word) != POINTER_FAR)) {
                const uint64_t *words = pointer->message->segments[pointer->segment].words;

                *ret_place = (struct place){.word = word,
                                            .begin = pointer->at - words + 1 + pointer_offset(word),
                                            .segment = pointer->segment};
                return true;
        }
        fault = follow_far(pointer->message, word, ret_place);
        if (fault != MORI_WIRE_GOOD)
                wire_fault_at(pointer, fault);
        return fault == MORI_WIRE_GOOD;
}

/* The object's first word, if all of its words are in the segment and may be read. */
static const uint64_t *enter(const struct mori_wire_pointer *pointer, const struct place *place,
                             uint64_t words, uint64_t cost)
{
        struct mori_wire_message *message = pointer->message;
        const struct mori_wire_segment *segment = &message->segments[place->segment];
        enum mori_wire_fault fault = MORI_WIRE_GOOD;

        if (place->begin < 0 || (uint64_t)place->begin + words > segment->count)
                fault = MORI_WIRE_OUTSIDE;
        else if (pointer->depth == 0)
                fault = MORI_WIRE_TOO_DEEP;
        else if (cost > message->words_left)
                fault = MORI_WIRE_TOO_MUCH;
        if (unlikely(fault != MORI_WIRE_GOOD)) {
                wire_fault_at(pointer, fault);
                return NULL;
        }
        if (likely(message->words_left != MORI_WIRE_TRUSTED)) /* (4) */
                message->words_left -= cost;
        return segment->words + place->begin;
}

enum mori_wire_kind mori_wire_kind(struct mori_wire_pointer pointer)
{
        struct place place;

        if (!follow(&pointer, &place))
                return MORI_WIRE_NULL;
        switch (pointer_kind(place.word)) {
        case POINTER_STRUCT:
                return MORI_WIRE_STRUCT;
        case POINTER_LIST:
                return MORI_WIRE_LIST;
        default:
                if ((uint32_t)place.word == POINTER_OTHER)
                        return MORI_WIRE_INTERFACE;
                wire_fault_at(&pointer, MORI_WIRE_KIND);
                return MORI_WIRE_NULL;
        }
}

struct mori_wire_reader mori_wire_read_struct_slow(struct mori_wire_pointer pointer)
{
        struct mori_wire_reader none = {0};
        struct place place;
        const uint64_t *words;
        uint16_t data_words, pointers;

        if (!follow(&pointer, &place))
                return none;
        if (pointer_kind(place.word) != POINTER_STRUCT) {
                wire_fault_at(&pointer, MORI_WIRE_KIND);
                return none;
        }
        data_words = pointer_data_words(place.word);
        pointers = pointer_pointers(place.word);
        words = enter(&pointer, &place, (uint64_t)data_words + pointers,
                      (uint64_t)data_words + pointers);
        if (words == NULL)
                return none;
        return (struct mori_wire_reader){.message = pointer.message,
                                         .data = (const uint8_t *)words,
                                         .pointers = words + data_words,
                                         .segment = place.segment,
                                         .data_bits = data_words * 64u,
                                         .depth = pointer.depth - 1,
                                         .pointer_count = pointers};
}

/* Whether elements as they were written can be read as the schema has them. */
static bool elements_fit(const struct mori_wire_list *list, enum mori_wire_size expected)
{
        switch (expected) {
        case MORI_WIRE_VOID:
                return true;
        case MORI_WIRE_BIT:
                return list->size == MORI_WIRE_BIT;
        case MORI_WIRE_POINTER:
                return list->pointer_count > 0;
        case MORI_WIRE_COMPOSITE:
                return list->size != MORI_WIRE_BIT;
        default:
                return list->size != MORI_WIRE_BIT && list->data_bits >= size_data_bits(expected);
        }
}

static struct mori_wire_list read_structs(const struct mori_wire_pointer *pointer,
                                          struct place *place)
{
        uint32_t words = pointer_count(place->word), count;
        uint64_t step;
        const uint64_t *tag;
        struct mori_wire_list none = {0};

        /* the tag is before it, and not one of the words */
        tag = enter(pointer, place, (uint64_t)words + 1, (uint64_t)words + 1);
        if (tag == NULL)
                return none;
        count = pointer_tag_count(*tag);
        step = (uint64_t)pointer_data_words(*tag) + pointer_pointers(*tag);
        if (pointer_kind(*tag) != POINTER_STRUCT || count * step > words) {
                wire_fault_at(pointer, MORI_WIRE_TAG);
                return none;
        }
        if (step == 0 && enter(pointer, place, 0, count) == NULL) /* (2) */
                return none;
        return (struct mori_wire_list){.message = pointer->message,
                                       .elements = (const uint8_t *)(tag + 1),
                                       .count = count,
                                       .segment = place->segment,
                                       .step_bits = (uint32_t)step * 64,
                                       .data_bits = pointer_data_words(*tag) * 64u,
                                       .depth = pointer->depth - 1,
                                       .pointer_count = pointer_pointers(*tag),
                                       .size = MORI_WIRE_COMPOSITE};
}

static struct mori_wire_list read_values(const struct mori_wire_pointer *pointer,
                                         struct place *place)
{
        enum mori_wire_size size = pointer_size(place->word);
        uint32_t count = pointer_count(place->word), bits = size_data_bits(size),
                 step = size == MORI_WIRE_POINTER ? 64 : bits;
        uint64_t words = bits_words((uint64_t)count * step);
        const uint64_t *first =
                enter(pointer, place, words, size == MORI_WIRE_VOID ? count : words);

        if (first == NULL)
                return (struct mori_wire_list){0};
        return (struct mori_wire_list){.message = pointer->message,
                                       .elements = (const uint8_t *)first,
                                       .count = count,
                                       .segment = place->segment,
                                       .step_bits = step,
                                       .data_bits = bits,
                                       .depth = pointer->depth - 1,
                                       .pointer_count = size == MORI_WIRE_POINTER,
                                       .size = (uint8_t)size};
}

struct mori_wire_list mori_wire_read_list(struct mori_wire_pointer pointer,
                                          enum mori_wire_size expected)
{
        struct mori_wire_list list, none = {0};
        struct place place;

        if (!follow(&pointer, &place))
                return none;
        if (pointer_kind(place.word) != POINTER_LIST) {
                wire_fault_at(&pointer, MORI_WIRE_KIND);
                return none;
        }
        list = pointer_size(place.word) == MORI_WIRE_COMPOSITE ? read_structs(&pointer, &place)
                                                               : read_values(&pointer, &place);
        if (list.message != NULL && !elements_fit(&list, expected)) {
                wire_fault_at(&pointer, MORI_WIRE_ELEMENTS);
                return none;
        }
        return list;
}

/* A list of bytes, as they were written: a struct's first byte is no text. */
static struct mori_wire_data read_bytes(const struct mori_wire_pointer *pointer)
{
        struct mori_wire_list list = mori_wire_read_list(*pointer, MORI_WIRE_VOID);

        if (list.message != NULL && list.size != MORI_WIRE_BYTE) {
                wire_fault_at(pointer, MORI_WIRE_ELEMENTS);
                list.count = 0;
        }
        if (list.count == 0)
                return (struct mori_wire_data){(const uint8_t *)"", 0};
        return (struct mori_wire_data){list.elements, list.count};
}

struct mori_wire_data mori_wire_read_data(struct mori_wire_pointer pointer)
{
        return read_bytes(&pointer);
}

struct mori_wire_text mori_wire_read_text(struct mori_wire_pointer pointer)
{
        struct mori_wire_data bytes = read_bytes(&pointer);

        if (bytes.count > 0 && bytes.bytes[bytes.count - 1] == 0)
                return (struct mori_wire_text){(const char *)bytes.bytes, bytes.count - 1};
        /* one without even the 0, which is not null, is none either; a null pointer is empty */
        if (mori_wire_kind(pointer) != MORI_WIRE_NULL)
                wire_fault_at(&pointer, MORI_WIRE_TEXT);
        return (struct mori_wire_text){"", 0};
}

bool mori_wire_read_capability(struct mori_wire_pointer pointer, uint32_t *ret_index)
{
        struct place place;

        if (!follow(&pointer, &place))
                return false;
        if ((uint32_t)place.word != POINTER_OTHER) {
                wire_fault_at(&pointer, MORI_WIRE_KIND);
                return false;
        }
        *ret_index = pointer_high(place.word);
        return true;
}

uint64_t mori_wire_read_reference(struct mori_wire_pointer pointer)
{
        uint32_t index;

        if (!mori_wire_read_capability(pointer, &index) ||
            index >= pointer.message->references_count)
                return 0;
        return pointer.message->references[index];
}
