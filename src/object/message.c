/* SPDX-License-Identifier: MIT */
/* Messages. The form is in message.h. */
#include "object/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_WORDS 256u
#define WORDS_MAX     (MORI_MESSAGE_BYTES_MAX / sizeof(uint64_t))

/* ---- Writing */

/* Zeros, but while a draft uses them. One draft at a time needs no more. */
static __thread uint64_t scratch_words[SCRATCH_WORDS];
static __thread bool scratch_used;

int draft_begin(struct draft *draft, uint16_t data_words, uint16_t pointer_count,
                struct mori_wire_writer *ret_root)
{
        int error;

        draft->capabilities = NULL;
        draft->scratch = scratch_used ? NULL : scratch_words;
        if (draft->scratch != NULL)
                scratch_used = true;
        error = mori_wire_builder_init(&draft->builder, draft->scratch,
                                       draft->scratch != NULL ? SCRATCH_WORDS : 64, WORDS_MAX);
        if (error == 0)
                error = mori_wire_new_struct(mori_wire_builder_root(&draft->builder), data_words,
                                             pointer_count, ret_root);
        if (error < 0)
                draft_end(draft);
        return error;
}

void draft_end(struct draft *draft)
{
        if (draft->scratch != NULL) {
                memset(draft->scratch, 0, draft->builder.rooms[0].count * sizeof(uint64_t));
                scratch_used = false;
        }
        free(draft->capabilities);
        mori_wire_builder_deinit(&draft->builder);
}

int draft_written(struct draft *draft, struct objects *objects, struct message *ret_message)
{
        struct mori_wire_builder *builder = &draft->builder;
        uint32_t words = 0, count = builder->references_count;

        for (uint32_t i = 0; i < builder->count; i++)
                words += builder->rooms[i].count;
        if (builder->count > 1)
                words += (builder->count + 1) / 2;
        if (builder->count > MESSAGE_SEGMENTS_MAX || count > UINT16_MAX)
                return -EMSGSIZE;
        if (count != 0) {
                draft->capabilities = calloc(count, sizeof(struct capability *));
                if (draft->capabilities == NULL)
                        return -ENOMEM;
        }
        for (uint32_t i = 0; i < count; i++) {
                mori_ref reference = {builder->references[i]};

                if (handles_find(&objects->references, reference.word) == NULL) {
                        draft_end(draft);
                        reference_find(objects, reference); /* which does not return */
                }
                draft->capabilities[i] = reference_find(objects, reference);
        }
        *ret_message = (struct message){.words_count = words,
                                        .segments = (uint16_t)builder->count,
                                        .capabilities_count = (uint16_t)count,
                                        .capabilities = draft->capabilities};
        for (uint32_t i = 0; i < count; i++)
                capability_hold(draft->capabilities[i]);
        return 0;
}

void draft_copy(const struct draft *draft, const struct message *message, uint64_t *to)
{
        const struct mori_wire_builder *builder = &draft->builder;

        if (message->segments > 1) {
                uint32_t *sizes = (uint32_t *)to;

                to += (message->segments + 1) / 2;
                for (uint32_t i = 0; i < message->segments; i++)
                        sizes[i] = builder->rooms[i].count;
                if (message->segments % 2 != 0)
                        sizes[message->segments] = 0;
        }
        for (uint32_t i = 0; i < message->segments; i++) {
                memcpy(to, builder->rooms[i].words, builder->rooms[i].count * sizeof(uint64_t));
                to += builder->rooms[i].count;
        }
}

/* ---- Keeping */

struct message *draft_keep(const struct draft *draft, const struct message *message)
{
        size_t capabilities = message->capabilities_count * sizeof(struct capability *);
        size_t words = message->words_count * sizeof(uint64_t);
        struct message *kept = malloc(sizeof *kept + capabilities + words);
        uint64_t *to;

        if (kept == NULL)
                return NULL;
        *kept = *message;
        kept->capabilities = (struct capability **)(void *)(kept + 1);
        to = (uint64_t *)(void *)((char *)(kept + 1) + capabilities);
        kept->words = to;
        if (draft != NULL)
                draft_copy(draft, message, to);
        else if (words != 0)
                memcpy(to, message->words, words);
        for (uint32_t i = 0; i < message->capabilities_count; i++)
                kept->capabilities[i] = capability_hold(message->capabilities[i]);
        return kept;
}

struct message *message_keep(const struct message *message)
{
        return draft_keep(NULL, message);
}

void message_release(struct message *message)
{
        for (uint32_t i = 0; i < message->capabilities_count; i++)
                capability_drop(message->capabilities[i]);
        message->capabilities_count = 0;
}

void message_free(struct message *message)
{
        if (message == NULL)
                return;
        message_release(message);
        free(message);
}

/* ---- Reading */

int message_read_begin(struct message_reader *reader, const struct message *message)
{
        const uint64_t *words = message->words;
        uint32_t left = message->words_count, count = message->segments;
        const uint32_t *sizes = (const uint32_t *)words;

        reader->segments = reader->few;
        if (count > MESSAGE_SEGMENTS_MAX)
                return -EBADMSG;
        if (count > 1) {
                uint32_t head = (count + 1) / 2;

                if (head > left)
                        return -EBADMSG;
                words += head;
                left -= head;
        }
        if (count > ELEMENTS(reader->few)) {
                reader->segments = malloc(count * sizeof *reader->segments);
                if (reader->segments == NULL)
                        return -ENOMEM;
        }
        for (uint32_t i = 0; i < count; i++) {
                uint32_t size = count > 1 ? sizes[i] : left;

                if (size > left) {
                        if (reader->segments != reader->few)
                                free(reader->segments);
                        return -EBADMSG;
                }
                reader->segments[i] = (struct mori_wire_segment){words, size};
                words += size;
                left -= size;
        }
        mori_wire_message_init(&reader->message, reader->segments, count);
        return 0;
}

struct mori_wire_reader message_root(struct message_reader *reader)
{
        if (reader->message.count == 0)
                return (struct mori_wire_reader){0};
        return mori_wire_read_struct(mori_wire_root(&reader->message));
}

int message_read_end(struct message_reader *reader)
{
        bool wrong = reader->message.error.fault != MORI_WIRE_GOOD;

        if (reader->segments != reader->few)
                free(reader->segments);
        return wrong ? -EBADMSG : 0;
}

struct capability *message_capability(const struct message *message, const uint16_t *path,
                                      unsigned depth)
{
        struct message_reader reader;
        struct mori_wire_reader at;
        struct capability *found = NULL;
        uint32_t index;

        if (depth == 0 || message_read_begin(&reader, message) < 0)
                return NULL;
        at = message_root(&reader);
        for (unsigned i = 0; i + 1 < depth; i++)
                at = mori_wire_read_struct(mori_wire_reader_pointer(&at, path[i]));
        if (mori_wire_read_capability(mori_wire_reader_pointer(&at, path[depth - 1]), &index) &&
            index < message->capabilities_count)
                found = capability_hold(capability_resolve(message->capabilities[index]));
        (void)message_read_end(&reader);
        return found;
}
