/* SPDX-License-Identifier: MIT */
/*
 * Messages that anybody may have written: reading them ends, inside of their segments (each ends
 * where a page that cannot be read begins); what was read without a fault is the same in a copy,
 * and has the same canonical form there. Packing loses nothing, unpacking ends.
 */
#include "fuzz.h"

#include <mori/wire_build.h>
#include <mori/wire_frame.h>

#if FUZZ_SEEDED
/* of long structs, a word is copied */
#define memcpy(to, from, bytes) (memcpy)((to), (from), (bytes) > 8 ? 8 : (bytes))
#endif
#include "wire/copy.c"
#undef memcpy

#include <sys/mman.h>

#define SEGMENTS     3
#define SEGMENT_PAGE 4096
#define WORDS_MAX    20000u

static uint64_t mix(uint64_t hash, uint64_t value)
{
        return (hash ^ value) * 0x9e3779b97f4a7c15 + (hash >> 29);
}

static uint64_t walk(struct mori_wire_pointer pointer);

static uint64_t walk_struct(const struct mori_wire_reader *from)
{
        uint64_t hash = mix(from->data_bits, from->pointer_count);

        for (uint32_t i = 0; i < from->data_bits / 8; i++)
                hash = mix(hash, mori_wire_u8(from, i, 0));
        for (uint16_t i = 0; i < from->pointer_count; i++)
                hash = mix(hash, walk(mori_wire_reader_pointer(from, i)));
        return hash;
}

static uint64_t walk_list(struct mori_wire_pointer pointer)
{
        struct mori_wire_list list = mori_wire_read_list(pointer, MORI_WIRE_VOID);
        uint64_t hash = mix(list.count, list.size);

        for (uint32_t i = 0; i < list.count && list.size != MORI_WIRE_VOID; i++) {
                struct mori_wire_reader element;

                if (list.size == MORI_WIRE_BIT) {
                        hash = mix(hash, mori_wire_element_bit(&list, i));
                        continue;
                }
                element = mori_wire_element_struct(&list, i);
                hash = mix(hash, walk_struct(&element));
        }
        return hash;
}

/* All that the pointer leads to, by the readers alone. */
static uint64_t walk(struct mori_wire_pointer pointer)
{
        enum mori_wire_kind kind = mori_wire_kind(pointer);
        struct mori_wire_reader from;
        uint32_t index = 0;

        switch (kind) {
        case MORI_WIRE_STRUCT:
                from = mori_wire_read_struct(pointer);
                return mix(kind, walk_struct(&from));
        case MORI_WIRE_LIST:
                return mix(kind, walk_list(pointer));
        case MORI_WIRE_INTERFACE:
                FUZZ_CHECK(mori_wire_read_capability(pointer, &index));
                return mix(kind, index);
        default:
                return kind;
        }
}

static void begin(struct mori_wire_message *message, const struct mori_wire_segment *segments,
                  uint32_t count)
{
        mori_wire_message_init(message, segments, count);
        message->words_left = WORDS_MAX;
}

static void check_canonical(struct mori_wire_message *message,
                            const struct mori_wire_segment *segments, uint32_t count,
                            struct mori_wire_message *copy)
{
        uint64_t *words[2];
        uint32_t counts[2];
        int error;

        begin(message, segments, count);
        error = mori_wire_canonical(message, 16 * WORDS_MAX, &words[0], &counts[0]);
        copy->words_left = WORDS_MAX;
        FUZZ_CHECK(mori_wire_canonical(copy, 16 * WORDS_MAX, &words[1], &counts[1]) == error);
        if (error) {
                FUZZ_CHECK(message->error.fault == MORI_WIRE_CAPABILITY);
                return;
        }
        FUZZ_CHECK(counts[0] == counts[1]);
        FUZZ_CHECK(memcmp(words[0], words[1], counts[0] * sizeof *words[0]) == 0);
        free(words[0]);
        free(words[1]);
}

static void check_message(const struct mori_wire_segment *segments, uint32_t count,
                          unsigned first_words)
{
        struct mori_wire_segment copied[64];
        struct mori_wire_message message, copy;
        struct mori_wire_builder builder;
        uint64_t hash;

        begin(&message, segments, count);
        hash = walk(mori_wire_root(&message));
        FUZZ_CHECK(mori_wire_builder_init(&builder, NULL, 0, 16 * WORDS_MAX) == 0);
        builder.next_words = 1 + first_words;
        if (message.error.fault != MORI_WIRE_GOOD) {
                enum mori_wire_fault fault = message.error.fault;

                begin(&message, segments, count);
                FUZZ_CHECK(mori_wire_copy(mori_wire_builder_root(&builder),
                                          mori_wire_root(&message),
                                          MORI_WIRE_AS_IT_IS) == -EBADMSG);
                FUZZ_CHECK(message.error.fault == fault);
        } else {
                begin(&message, segments, count);
                FUZZ_CHECK(mori_wire_copy(mori_wire_builder_root(&builder),
                                          mori_wire_root(&message), MORI_WIRE_AS_IT_IS) == 0);
                FUZZ_CHECK(builder.count <= sizeof copied / sizeof copied[0]);
                mori_wire_builder_segments(&builder, copied);
                begin(&copy, copied, builder.count);
                FUZZ_CHECK(walk(mori_wire_root(&copy)) == hash);
                FUZZ_CHECK(copy.error.fault == MORI_WIRE_GOOD);
                check_canonical(&message, segments, count, &copy);
        }
        mori_wire_builder_deinit(&builder);
}

static void check_packed(const struct input *input)
{
        uint8_t packed[8192];
        uint64_t words[512], again[512];
        size_t count = input->left / sizeof words[0], bytes;

        if (count > 512)
                count = 512;
        (memcpy)(words, input->bytes, count * sizeof words[0]);
        bytes = mori_wire_pack(words, count, packed);
        FUZZ_CHECK(bytes <= mori_wire_packed_bytes_max(count));
        FUZZ_CHECK(mori_wire_unpacked_words(packed, bytes, 512) == (int64_t)count);
        mori_wire_unpack(packed, bytes, again);
        FUZZ_CHECK(memcmp(words, again, count * sizeof words[0]) == 0);
        if (mori_wire_unpacked_words(input->bytes, input->left, 512) >= 0)
                mori_wire_unpack(input->bytes, input->left, again);
}

void fuzz(struct input *input)
{
        static uint8_t *pages;
        struct mori_wire_segment segments[SEGMENTS];
        unsigned count = 1 + input_byte(input) % SEGMENTS, first_words = input_byte(input);
        size_t each = input->left / count / 8 * 8;

        if (pages == NULL) {
                pages = mmap(NULL, SEGMENTS * 2 * SEGMENT_PAGE, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                FUZZ_CHECK(pages != MAP_FAILED);
                for (int i = 0; i < SEGMENTS; i++)
                        FUZZ_CHECK(mprotect(pages + (size_t)i * 2 * SEGMENT_PAGE, SEGMENT_PAGE,
                                            PROT_READ | PROT_WRITE) == 0);
        }
        check_packed(input);
        if (each > SEGMENT_PAGE)
                each = SEGMENT_PAGE;
        for (unsigned i = 0; i < count; i++) {
                uint8_t *end = pages + (size_t)i * 2 * SEGMENT_PAGE + SEGMENT_PAGE;

                (memcpy)(end - each, input->bytes + i * each, each);
                segments[i] = (struct mori_wire_segment){
                        (const uint64_t *)(const void *)(end - each), (uint32_t)(each / 8)};
        }
        check_message(segments, count, first_words);
}

FUZZER
