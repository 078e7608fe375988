/* SPDX-License-Identifier: MIT */
/*
 * Each word becomes a tag, a bit for each byte that is not 0, and these bytes. After the tag 0 a
 * byte says how many more words are 0; after the tag 255 a byte says how many words follow as they
 * are. Which words are written so is the packer's choice, and here capnp's own
 * (serialize-packed.c++): all up to the next that has two zero bytes.
 */
#include <mori/wire_frame.h>

#include <errno.h>

#define RUN_MAX 255

static unsigned zero_bytes(const uint8_t *word)
{
        unsigned count = 0;

        for (unsigned i = 0; i < MORI_WIRE_WORD_BYTES; i++)
                count += word[i] == 0;
        return count;
}

/* How many words from `word` on have at least, or else at most, so many bytes that are 0. */
static size_t run_of(const uint8_t *word, const uint8_t *end, bool of_zeros)
{
        size_t count = 0;

        for (; word < end && count < RUN_MAX; word += MORI_WIRE_WORD_BYTES, count++)
                if (of_zeros ? zero_bytes(word) < MORI_WIRE_WORD_BYTES : zero_bytes(word) > 1)
                        break;
        return count;
}

size_t mori_wire_pack(const void *words, size_t count, uint8_t *ret_bytes)
{
        const uint8_t *word = words, *end = word + count * MORI_WIRE_WORD_BYTES;
        uint8_t *out = ret_bytes;

        while (word < end) {
                uint8_t *tag = out++;
                size_t run;

                *tag = 0;
                for (unsigned i = 0; i < MORI_WIRE_WORD_BYTES; i++)
                        if (word[i] != 0) {
                                *tag |= (uint8_t)(1u << i);
                                *out++ = word[i];
                        }
                word += MORI_WIRE_WORD_BYTES;
                if (*tag != 0 && *tag != 0xff)
                        continue;
                run = run_of(word, end, *tag == 0);
                *out++ = (uint8_t)run;
                if (*tag == 0xff) {
                        memcpy(out, word, run * MORI_WIRE_WORD_BYTES);
                        out += run * MORI_WIRE_WORD_BYTES;
                }
                word += run * MORI_WIRE_WORD_BYTES;
        }
        return (size_t)(out - ret_bytes);
}

int64_t mori_wire_unpacked_words(const uint8_t *bytes, size_t count, uint64_t words_max)
{
        uint64_t words = 0;

        for (size_t at = 0; at < count;) {
                unsigned tag = bytes[at];
                size_t need = 1 + (size_t)__builtin_popcount(tag), run = 0;

                if (tag == 0 || tag == 0xff) {
                        if (count - at <= need)
                                return -EBADMSG;
                        run = bytes[at + need];
                        need += 1 + (tag == 0xff ? run * MORI_WIRE_WORD_BYTES : 0);
                }
                if (count - at < need)
                        return -EBADMSG;
                words += 1 + run;
                if (words > words_max)
                        return -EMSGSIZE;
                at += need;
        }
        return (int64_t)words;
}

void mori_wire_unpack(const uint8_t *bytes, size_t count, void *ret_words)
{
        const uint8_t *end = bytes + count;
        uint8_t *out = ret_words;

        while (bytes < end) {
                unsigned tag = *bytes++;
                size_t run;

                for (unsigned i = 0; i < MORI_WIRE_WORD_BYTES; i++)
                        *out++ = (tag >> i & 1) != 0 ? *bytes++ : 0;
                if (tag != 0 && tag != 0xff)
                        continue;
                run = *bytes++ * (size_t)MORI_WIRE_WORD_BYTES;
                if (tag == 0)
                        memset(out, 0, run);
                else
                        memcpy(out, bytes, run);
                bytes += tag == 0 ? 0 : run;
                out += run;
        }
}
