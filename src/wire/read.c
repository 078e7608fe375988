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
 */
#include "wire/layout.h"

const char *wire_fault_text(enum wire_fault fault)
{
        static const char *const texts[] = {
                [WIRE_GOOD] = "nothing is wrong",
                [WIRE_EMPTY] = "the message has no root pointer",
                [WIRE_SEGMENT] = "a far pointer names a segment that is not there",
                [WIRE_OUTSIDE] = "an object reaches beyond its segment",
                [WIRE_LANDING] = "a far pointer leads to no landing pad",
                [WIRE_KIND] = "a pointer is of another kind than the schema has",
                [WIRE_ELEMENTS] = "a list has elements of another size than the schema has",
                [WIRE_TAG] = "the tag of a list of structs is wrong",
                [WIRE_TEXT] = "a text does not end with 0",
                [WIRE_TOO_DEEP] = "pointers are nested deeper than the limit (depth_max)",
                [WIRE_TOO_MUCH] = "more is read than the limit (words_left)",
                [WIRE_CAPABILITY] = "there is a capability where none may be",
        };

        return (unsigned)fault < ELEMENTS(texts) ? texts[fault] : "unknown fault";
}

void wire_fault_at(const struct wire_pointer *pointer, enum wire_fault fault)
{
        struct wire_message *message = pointer->message;

        if (message->error.fault != WIRE_GOOD)
                return;
        message->error = (struct wire_error){
                .fault = fault,
                .segment = pointer->segment,
                .word = pointer->at == NULL
                                ? 0
                                : (uint32_t)(pointer->at -
                                             message->segments[pointer->segment].words)};
}

struct wire_pointer wire_root(struct wire_message *message)
{
        struct wire_pointer root = {.message = message, .depth = message->depth_max};

        if (message->count == 0 || message->segments[0].count == 0)
                wire_fault_at(&root, WIRE_EMPTY);
        else
                root.at = message->segments[0].words;
        return root;
}

/* What a pointer says after far ones were followed: `word`, and where its object begins. */
struct place {
        uint64_t word;
        int64_t begin;
        uint32_t segment;
};

static enum wire_fault follow_far(const struct wire_message *message, uint64_t word,
                                  struct place *ret_place)
{
        uint32_t segment = pointer_high(word), at = pointer_far_offset(word);
        uint32_t pad_words = pointer_far_is_double(word) ? 2 : 1;
        const uint64_t *pad;

        if (segment >= message->count)
                return WIRE_SEGMENT;
        if ((uint64_t)at + pad_words > message->segments[segment].count)
                return WIRE_OUTSIDE;
        pad = message->segments[segment].words + at;
        if (pad_words == 1) {
                *ret_place = (struct place){
                        .word = pad[0],
                        .begin = (int64_t)at + 1 + pointer_offset(pad[0]),
                        .segment = segment};
                return pointer_kind(pad[0]) == POINTER_FAR ? WIRE_LANDING : WIRE_GOOD;
        }
        if (pointer_kind(pad[0]) != POINTER_FAR || pointer_far_is_double(pad[0]) ||
            pointer_kind(pad[1]) == POINTER_FAR)
                return WIRE_LANDING;
        if (pointer_high(pad[0]) >= message->count)
                return WIRE_SEGMENT;
        *ret_place = (struct place){.word = pad[1],
                                    .begin = pointer_far_offset(pad[0]),
                                    .segment = pointer_high(pad[0])};
        return WIRE_GOOD;
}

/* False: it is null, or wrong. */
static bool follow(const struct wire_pointer *pointer, struct place *ret_place)
{
        enum wire_fault fault;
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
        if (fault != WIRE_GOOD)
                wire_fault_at(pointer, fault);
        return fault == WIRE_GOOD;
}

/* The object's first word, if all of its words are in the segment and may be read. */
static const uint64_t *enter(const struct wire_pointer *pointer, const struct place *place,
                             uint64_t words, uint64_t cost)
{
        struct wire_message *message = pointer->message;
        const struct wire_segment *segment = &message->segments[place->segment];
        enum wire_fault fault = WIRE_GOOD;

        if (place->begin < 0 || (uint64_t)place->begin + words > segment->count)
                fault = WIRE_OUTSIDE;
        else if (pointer->depth == 0)
                fault = WIRE_TOO_DEEP;
        else if (cost > message->words_left)
                fault = WIRE_TOO_MUCH;
        if (unlikely(fault != WIRE_GOOD)) {
                wire_fault_at(pointer, fault);
                return NULL;
        }
        message->words_left -= cost;
        return segment->words + place->begin;
}

enum wire_kind wire_kind(struct wire_pointer pointer)
{
        struct place place;

        if (!follow(&pointer, &place))
                return WIRE_NULL;
        switch (pointer_kind(place.word)) {
        case POINTER_STRUCT:
                return WIRE_STRUCT;
        case POINTER_LIST:
                return WIRE_LIST;
        default:
                if ((uint32_t)place.word == POINTER_OTHER)
                        return WIRE_INTERFACE;
                wire_fault_at(&pointer, WIRE_KIND);
                return WIRE_NULL;
        }
}

struct wire_reader wire_read_struct(struct wire_pointer pointer)
{
        struct wire_reader none = {0};
        struct place place;
        const uint64_t *words;
        uint16_t data_words, pointers;

        if (!follow(&pointer, &place))
                return none;
        if (pointer_kind(place.word) != POINTER_STRUCT) {
                wire_fault_at(&pointer, WIRE_KIND);
                return none;
        }
        data_words = pointer_data_words(place.word);
        pointers = pointer_pointers(place.word);
        words = enter(&pointer, &place, (uint64_t)data_words + pointers,
                      (uint64_t)data_words + pointers);
        if (words == NULL)
                return none;
        return (struct wire_reader){.message = pointer.message,
                                    .data = (const uint8_t *)words,
                                    .pointers = words + data_words,
                                    .segment = place.segment,
                                    .data_bits = data_words * 64u,
                                    .depth = pointer.depth - 1,
                                    .pointer_count = pointers};
}

/* Whether elements as they were written can be read as the schema has them. */
static bool elements_fit(const struct wire_list *list, enum wire_size expected)
{
        switch (expected) {
        case WIRE_VOID:
                return true;
        case WIRE_BIT:
                return list->size == WIRE_BIT;
        case WIRE_POINTER:
                return list->pointer_count > 0;
        case WIRE_COMPOSITE:
                return list->size != WIRE_BIT;
        default:
                return list->size != WIRE_BIT && list->data_bits >= size_data_bits(expected);
        }
}

static struct wire_list read_structs(const struct wire_pointer *pointer, struct place *place)
{
        uint32_t words = pointer_count(place->word), count;
        uint64_t step;
        const uint64_t *tag;
        struct wire_list none = {0};

        /* the tag is before it, and not one of the words */
        tag = enter(pointer, place, (uint64_t)words + 1, (uint64_t)words + 1);
        if (tag == NULL)
                return none;
        count = pointer_tag_count(*tag);
        step = (uint64_t)pointer_data_words(*tag) + pointer_pointers(*tag);
        if (pointer_kind(*tag) != POINTER_STRUCT || count * step > words) {
                wire_fault_at(pointer, WIRE_TAG);
                return none;
        }
        if (step == 0 && enter(pointer, place, 0, count) == NULL) /* (2) */
                return none;
        return (struct wire_list){.message = pointer->message,
                                  .elements = (const uint8_t *)(tag + 1),
                                  .count = count,
                                  .segment = place->segment,
                                  .step_bits = (uint32_t)step * 64,
                                  .data_bits = pointer_data_words(*tag) * 64u,
                                  .depth = pointer->depth - 1,
                                  .pointer_count = pointer_pointers(*tag),
                                  .size = WIRE_COMPOSITE};
}

static struct wire_list read_values(const struct wire_pointer *pointer, struct place *place)
{
        enum wire_size size = pointer_size(place->word);
        uint32_t count = pointer_count(place->word), bits = size_data_bits(size),
                 step = size == WIRE_POINTER ? 64 : bits;
        uint64_t words = bits_words((uint64_t)count * step);
        const uint64_t *first = enter(pointer, place, words, size == WIRE_VOID ? count : words);

        if (first == NULL)
                return (struct wire_list){0};
        return (struct wire_list){.message = pointer->message,
                                  .elements = (const uint8_t *)first,
                                  .count = count,
                                  .segment = place->segment,
                                  .step_bits = step,
                                  .data_bits = bits,
                                  .depth = pointer->depth - 1,
                                  .pointer_count = size == WIRE_POINTER,
                                  .size = (uint8_t)size};
}

struct wire_list wire_read_list(struct wire_pointer pointer, enum wire_size expected)
{
        struct wire_list list, none = {0};
        struct place place;

        if (!follow(&pointer, &place))
                return none;
        if (pointer_kind(place.word) != POINTER_LIST) {
                wire_fault_at(&pointer, WIRE_KIND);
                return none;
        }
        list = pointer_size(place.word) == WIRE_COMPOSITE ? read_structs(&pointer, &place)
                                                          : read_values(&pointer, &place);
        if (list.message != NULL && !elements_fit(&list, expected)) {
                wire_fault_at(&pointer, WIRE_ELEMENTS);
                return none;
        }
        return list;
}

/* A list of bytes, as they were written: a struct's first byte is no text. */
static struct wire_text read_bytes(struct wire_pointer pointer)
{
        struct wire_list list = wire_read_list(pointer, WIRE_VOID);

        if (list.message != NULL && list.size != WIRE_BYTE) {
                wire_fault_at(&pointer, WIRE_ELEMENTS);
                list.count = 0;
        }
        if (list.count == 0)
                return (struct wire_text){"", 0};
        return (struct wire_text){(const char *)list.elements, list.count};
}

struct wire_text wire_read_data(struct wire_pointer pointer)
{
        return read_bytes(pointer);
}

struct wire_text wire_read_text(struct wire_pointer pointer)
{
        struct wire_text text = read_bytes(pointer);

        if (text.count > 0 && text.bytes[--text.count] == '\0')
                return text;
        /* one without even the 0, which is not null, is none either; a null pointer is empty */
        if (wire_kind(pointer) != WIRE_NULL)
                wire_fault_at(&pointer, WIRE_TEXT);
        return (struct wire_text){"", 0};
}

bool wire_read_capability(struct wire_pointer pointer, uint32_t *ret_index)
{
        struct place place;

        if (!follow(&pointer, &place))
                return false;
        if ((uint32_t)place.word != POINTER_OTHER) {
                wire_fault_at(&pointer, WIRE_KIND);
                return false;
        }
        *ret_index = pointer_high(place.word);
        return true;
}

struct wire_reader wire_element_struct(const struct wire_list *list, uint32_t index)
{
        const uint8_t *element = wire_element(list, index);

        return (struct wire_reader){.message = list->message,
                                    .data = element,
                                    .pointers = (const uint64_t *)(const void *)(
                                            element + list->data_bits / 8 *
                                                              (list->size == WIRE_COMPOSITE)),
                                    .segment = list->segment,
                                    .data_bits = list->data_bits,
                                    .depth = list->depth,
                                    .pointer_count = list->pointer_count};
}

struct wire_pointer wire_element_pointer(const struct wire_list *list, uint32_t index)
{
        struct wire_reader element = wire_element_struct(list, index);

        return wire_pointer(&element, 0);
}
