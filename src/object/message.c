/* SPDX-License-Identifier: MIT */
/* Messages. The form is in message.h. */
#include "object/message.h"
#include "object/block.h"

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
        if (draft->capabilities != draft->few)
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
                draft->capabilities = count <= DRAFT_FEW
                                              ? draft->few
                                              : calloc(count, sizeof(struct capability *));
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

/* With what it is read by, and room for its segments, its capabilities and its words behind it. */
struct kept {
        struct message message;
        size_t bytes; /* of it all */
        struct mori_wire_message read;
        struct mori_wire_segment segments[];
};

static uint32_t segments_of(const struct message *message)
{
        return message->segments <= MESSAGE_SEGMENTS_MAX ? message->segments : 0;
}

struct message *draft_keep(const struct draft *draft, const struct message *message)
{
        size_t capabilities = message->capabilities_count * sizeof(struct capability *);
        size_t words = message->words_count * sizeof(uint64_t);
        size_t segments = segments_of(message) * sizeof(struct mori_wire_segment);
        size_t bytes = sizeof(struct kept) + segments + capabilities + words;
        struct kept *memory = block_new(bytes);
        struct message *kept = &memory->message;
        uint64_t *to;

        if (memory == NULL)
                return NULL;
        memory->bytes = bytes;
        *kept = *message;
        kept->capabilities = (struct capability **)(void *)((char *)(memory + 1) + segments);
        to = (uint64_t *)(void *)((char *)(memory + 1) + segments + capabilities);
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

void message_forget(struct message *message)
{
        if (message != NULL)
                block_free(message, CONTAINER_OF(message, struct kept, message)->bytes);
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
        message_forget(message);
}

/* ---- Reading */

/* Finds its segments: so many as it says that it has. 0, or -EBADMSG. */
static int segments_find(const struct message *message, struct mori_wire_segment *ret_segments)
{
        const uint64_t *words = message->words;
        uint32_t left = message->words_count, count = message->segments;
        const uint32_t *sizes = (const uint32_t *)words;

        if (count > 1) {
                uint32_t head = (count + 1) / 2;

                if (head > left)
                        return -EBADMSG;
                words += head;
                left -= head;
        }
        for (uint32_t i = 0; i < count; i++) {
                uint32_t size = count > 1 ? sizes[i] : left;

                if (size > left)
                        return -EBADMSG;
                ret_segments[i] = (struct mori_wire_segment){words, size};
                words += size;
                left -= size;
        }
        return 0;
}

/* A kept one. */
static int read_begin(struct message *message, struct mori_wire_message **ret_read)
{
        struct kept *kept = CONTAINER_OF(message, struct kept, message);

        if (message->segments > MESSAGE_SEGMENTS_MAX ||
            segments_find(message, kept->segments) < 0)
                return -EBADMSG;
        mori_wire_message_init(&kept->read, kept->segments, message->segments);
        *ret_read = &kept->read;
        return 0;
}

/* Reads any message for a moment: the segments' records are in here. */
struct message_reader {
        struct mori_wire_message message;
        struct mori_wire_segment few[4];
        struct mori_wire_segment *segments;
};

static int reader_begin(struct message_reader *reader, const struct message *message)
{
        uint32_t count = message->segments;
        int error;

        reader->segments = reader->few;
        if (count > MESSAGE_SEGMENTS_MAX)
                return -EBADMSG;
        if (count > ELEMENTS(reader->few)) {
                reader->segments = malloc(count * sizeof *reader->segments);
                if (reader->segments == NULL)
                        return -ENOMEM;
        }
        error = segments_find(message, reader->segments);
        mori_wire_message_init(&reader->message, reader->segments, count);
        if (error < 0 && reader->segments != reader->few)
                free(reader->segments);
        return error;
}

static struct mori_wire_reader message_root(struct mori_wire_message *message)
{
        if (message->count == 0)
                return (struct mori_wire_reader){0};
        return mori_wire_read_struct(mori_wire_root(message));
}

/* -EBADMSG where what was read was wrong, else 0. */
static int reader_end(struct message_reader *reader)
{
        bool wrong = reader->message.error.fault != MORI_WIRE_GOOD;

        if (reader->segments != reader->few)
                free(reader->segments);
        return wrong ? -EBADMSG : 0;
}

int message_read(const struct message *message, void *call,
                 int (*get)(void *call, const struct mori_wire_reader *from))
{
        struct message_reader reader;
        struct mori_wire_reader root;
        int error, wrong;

        error = reader_begin(&reader, message);
        if (error < 0)
                return error;
        root = message_root(&reader.message);
        error = get(call, &root);
        wrong = reader_end(&reader);
        return error < 0 ? error : wrong;
}

int message_objects(struct message *message, const mori_ref *references, void *call,
                    int (*get)(void *call, const struct mori_wire_reader *from))
{
        struct mori_wire_message *read;
        struct mori_wire_reader root;
        int error = read_begin(message, &read);

        if (error < 0)
                return error;
        read->references = (const uint64_t *)references;
        read->references_count = message->capabilities_count;
        root = message_root(read);
        error = get != NULL ? get(call, &root) : 0;
        return error < 0 || read->error.fault == MORI_WIRE_GOOD ? error : -EBADMSG;
}

struct capability *message_capability(const struct message *message, const uint16_t *path,
                                      unsigned depth)
{
        struct message_reader reader;
        struct mori_wire_reader at;
        struct capability *found = NULL;
        uint32_t index;

        if (depth == 0 || reader_begin(&reader, message) < 0)
                return NULL;
        at = message_root(&reader.message);
        for (unsigned i = 0; i + 1 < depth; i++)
                at = mori_wire_read_struct(mori_wire_reader_pointer(&at, path[i]));
        if (mori_wire_read_capability(mori_wire_reader_pointer(&at, path[depth - 1]), &index) &&
            index < message->capabilities_count)
                found = capability_hold(message->capabilities[index]);
        (void)reader_end(&reader);
        return found;
}
