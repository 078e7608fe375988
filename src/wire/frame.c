/* SPDX-License-Identifier: MIT */
/*
 * Frames: a table of 32-bit numbers, then the segments. What it says is checked before it is used,
 * in 64 bits: 512 segments of 2^32 words are 2^41 words.
 */
#include <mori/wire_frame.h>

#include "base/base.h"

#include <errno.h>

static uint32_t number_at(const void *bytes, size_t index)
{
        uint32_t number;

        memcpy(&number, (const uint8_t *)bytes + index * sizeof number, sizeof number);
        return number;
}

size_t mori_wire_frame_table_bytes(uint32_t count)
{
        return round_up((1 + (size_t)count) * sizeof(uint32_t), MORI_WIRE_WORD_BYTES);
}

int64_t mori_wire_frame_bytes(const void *bytes, size_t count, uint64_t words_max, size_t *ret_need)
{
        uint64_t words = 0;
        uint32_t segments;
        size_t table;

        *ret_need = MORI_WIRE_WORD_BYTES;
        if (count < MORI_WIRE_WORD_BYTES)
                return 0;
        segments = number_at(bytes, 0);
        if (segments >= MORI_WIRE_SEGMENTS_MAX)
                return -EMSGSIZE;
        segments++;
        table = mori_wire_frame_table_bytes(segments);
        *ret_need = table;
        if (count < table)
                return 0;
        for (uint32_t i = 0; i < segments; i++)
                words += number_at(bytes, 1 + i);
        if (words > words_max)
                return -EMSGSIZE;
        *ret_need = table + words * MORI_WIRE_WORD_BYTES;
        return (int64_t)*ret_need;
}

int mori_wire_frame_open(const void *bytes, size_t count, struct mori_wire_segment *ret_segments,
                         uint32_t segments_max)
{
        size_t need, at;
        int64_t whole = mori_wire_frame_bytes(bytes, count, count / MORI_WIRE_WORD_BYTES, &need);
        uint32_t segments;

        if (whole <= 0 || (uint64_t)whole > count)
                return -EBADMSG;
        segments = number_at(bytes, 0) + 1;
        if (segments > segments_max)
                return -EMSGSIZE;
        at = mori_wire_frame_table_bytes(segments);
        for (uint32_t i = 0; i < segments; i++) {
                ret_segments[i].words =
                        (const uint64_t *)(const void *)((const uint8_t *)bytes + at);
                ret_segments[i].count = number_at(bytes, 1 + i);
                at += (size_t)ret_segments[i].count * MORI_WIRE_WORD_BYTES;
        }
        return (int)segments;
}

void mori_wire_frame_table(const struct mori_wire_segment *segments, uint32_t count,
                           void *ret_table)
{
        uint8_t *table = ret_table;
        uint32_t number = count - 1;

        assert_always(count > 0 && count <= MORI_WIRE_SEGMENTS_MAX);
        memset(table, 0, mori_wire_frame_table_bytes(count));
        memcpy(table, &number, sizeof number);
        for (uint32_t i = 0; i < count; i++)
                memcpy(table + (1 + i) * sizeof number, &segments[i].count, sizeof number);
}
