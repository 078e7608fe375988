/* SPDX-License-Identifier: MIT */
/*
 * Messages as bytes: in a frame (how many segments, less one; the words of each; a zero to a
 * multiple of 8 bytes; the segments), and packed (the zero bytes taken out). Both are those of
 * capnproto.org/encoding.html, and of `capnp convert binary:packed`. See wire.h for messages.
 */
#pragma once

#include <mori/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No message has more: as in capnp's own library. */
#define MORI_WIRE_SEGMENTS_MAX 512

/*
 * How many bytes a frame has that begins with these: of its table at first, then of all. 0: not
 * known yet, `*ret_need` bytes would tell. -EMSGSIZE where it has more segments than it may, or
 * more words than `words_max`.
 */
MORI_API int64_t mori_wire_frame_bytes(const void *bytes, size_t count, uint64_t words_max,
                                       size_t *ret_need);
/*
 * The segments of a whole frame at a multiple of 8 bytes, where they lie. Answers how many;
 * -EBADMSG: it is not whole; -EMSGSIZE: it has more than `segments_max`.
 */
MORI_API int mori_wire_frame_open(const void *bytes, size_t count,
                                  struct mori_wire_segment *ret_segments, uint32_t segments_max);
/* The bytes of the table before `count` segments; and the table. */
MORI_API size_t mori_wire_frame_table_bytes(uint32_t count);
MORI_API void mori_wire_frame_table(const struct mori_wire_segment *segments, uint32_t count,
                                    void *ret_table);

/* The most bytes that so many words take when packed. */
static inline size_t mori_wire_packed_bytes_max(size_t words)
{
        return words * 10;
}
/*
 * Packs; answers how many bytes were written. A frame is packed in pieces, its table and each
 * segment, as capnp does: runs do not go from one into the next.
 */
MORI_API size_t mori_wire_pack(const void *words, size_t count, uint8_t *ret_bytes);
/*
 * How many words come of packed bytes; -EBADMSG where they end within a word, -EMSGSIZE where they
 * are more than `words_max`. Two bytes may become 256 words.
 */
MORI_API int64_t mori_wire_unpacked_words(const uint8_t *bytes, size_t count, uint64_t words_max);
/* Unpacks what mori_wire_unpacked_words() has counted. */
MORI_API void mori_wire_unpack(const uint8_t *bytes, size_t count, void *ret_words);

#ifdef __cplusplus
}
#endif
