/* SPDX-License-Identifier: MIT */
/*
 * convert HOW: what src/wire makes of the messages on standard input. convert.py holds it against
 * `capnp convert`.
 *
 *      copy        reads each, writes it again in segments of a few words
 *      canonical   writes the canonical form of one
 *      packed      packs
 *      unpacked    unpacks
 *
 * Exit code 1, and the place, where a message is wrong.
 */
#include <mori/wire_build.h>
#include <mori/wire_frame.h>

#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Packs without runs: the same words, in other bytes than capnp's. */
#ifndef SEEDED
#define SEEDED 0
#endif

#define INPUT_WORDS (1u << 20)

static uint64_t input[INPUT_WORDS];

_Noreturn static void give_up(const char *what)
{
        fprintf(stderr, "convert: %s\n", what);
        exit(1);
}

static void put(const void *bytes, size_t count)
{
        if (fwrite(bytes, 1, count, stdout) != count)
                give_up("cannot write");
}

static void put_packed(const void *words, size_t count)
{
        uint8_t *bytes = malloc(mori_wire_packed_bytes_max(count) + 1);
        size_t piece = SEEDED ? 1 : count;

        if (bytes == NULL)
                abort();
        for (size_t at = 0; at < count; at += piece)
                put(bytes, mori_wire_pack((const uint64_t *)words + at, piece, bytes));
        free(bytes);
}

static void put_frame(const struct mori_wire_segment *segments, uint32_t count, bool packed)
{
        uint64_t table[MORI_WIRE_SEGMENTS_MAX];
        size_t words = mori_wire_frame_table_bytes(count) / MORI_WIRE_WORD_BYTES;

        mori_wire_frame_table(segments, count, table);
        if (packed)
                put_packed(table, words);
        else
                put(table, words * MORI_WIRE_WORD_BYTES);
        for (uint32_t i = 0; i < count; i++)
                if (packed)
                        put_packed(segments[i].words, segments[i].count);
                else
                        put(segments[i].words, segments[i].count * (size_t)MORI_WIRE_WORD_BYTES);
}

_Noreturn static void tell(const struct mori_wire_message *message, int error)
{
        if (message->error.fault != MORI_WIRE_GOOD)
                fprintf(stderr, "convert: segment %u, word %u: %s\n", message->error.segment,
                        message->error.word, mori_wire_fault_text(message->error.fault));
        give_up(strerror(-error));
}

static void copy(struct mori_wire_message *message)
{
        struct mori_wire_segment segments[MORI_WIRE_SEGMENTS_MAX];
        struct mori_wire_builder builder;
        uint64_t first[2] = {0};
        int error = mori_wire_builder_init(&builder, first, ELEMENTS(first), INPUT_WORDS);

        if (error)
                give_up(strerror(-error));
        builder.next_words = 1;
        error = mori_wire_copy(mori_wire_builder_root(&builder), mori_wire_root(message),
                               MORI_WIRE_AS_IT_IS);
        if (error)
                tell(message, error);
        if (builder.count > MORI_WIRE_SEGMENTS_MAX)
                give_up("too many segments");
        mori_wire_builder_segments(&builder, segments);
        put_frame(segments, builder.count, false);
        mori_wire_builder_deinit(&builder);
}

static void canonical(struct mori_wire_message *message)
{
        uint64_t *words;
        uint32_t count;
        int error = mori_wire_canonical(message, INPUT_WORDS, &words, &count);

        if (error)
                tell(message, error);
        put(words, count * (size_t)MORI_WIRE_WORD_BYTES);
        free(words);
}

static void unpacked(size_t bytes)
{
        int64_t words = mori_wire_unpacked_words((const uint8_t *)input, bytes, INPUT_WORDS);
        uint64_t *out;

        if (words < 0)
                give_up(strerror((int)-words));
        out = malloc((size_t)words * MORI_WIRE_WORD_BYTES + 1);
        if (out == NULL)
                abort();
        mori_wire_unpack((const uint8_t *)input, bytes, out);
        put(out, (size_t)words * MORI_WIRE_WORD_BYTES);
        free(out);
}

int main(int argc, char **argv)
{
        struct mori_wire_segment segments[MORI_WIRE_SEGMENTS_MAX];
        size_t bytes = fread(input, 1, sizeof input, stdin), at = 0, need;

        if (argc != 2)
                give_up("copy|canonical|packed|unpacked");
        if (strcmp(argv[1], "unpacked") == 0) {
                unpacked(bytes);
                return 0;
        }
        while (at < bytes) {
                const char *frame = (const char *)input + at;
                int64_t whole = mori_wire_frame_bytes(frame, bytes - at, INPUT_WORDS, &need);
                struct mori_wire_message message;
                int count;

                if (whole <= 0 || (size_t)whole > bytes - at)
                        give_up("the last message is not whole");
                count = mori_wire_frame_open(frame, (size_t)whole, segments,
                                             MORI_WIRE_SEGMENTS_MAX);
                if (count < 0)
                        give_up(strerror(-count));
                mori_wire_message_init(&message, segments, (uint32_t)count);
                if (strcmp(argv[1], "copy") == 0)
                        copy(&message);
                else if (strcmp(argv[1], "canonical") == 0)
                        canonical(&message);
                else if (strcmp(argv[1], "packed") == 0)
                        put_frame(segments, (uint32_t)count, true);
                else
                        give_up("copy|canonical|packed|unpacked");
                at += (size_t)whole;
        }
        return 0;
}
