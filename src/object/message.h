/* SPDX-License-Identifier: MIT */
/*
 * Messages: parameters or results between the one who has written and the one who reads them: words
 * in Cap'n Proto's encoding, and beside them the capabilities that they mention by number.
 *
 * The words are those of one or more segments: first their sizes, 32 bits each, filled up to a
 * word, where there is more than one; then the segments, one after the other.
 */
#pragma once

#include "object/object.h"

struct message {
        const uint64_t *words; /* NULL: an empty one, which reads as defaults */
        uint32_t words_count;
        uint16_t segments;
        uint16_t capabilities_count;
        struct capability **capabilities; /* each held */
};

#define MESSAGE_SEGMENTS_MAX 512u
#define DRAFT_FEW            4u

/*
 * A message that is written, from the struct with which it begins on; until draft_end().
 */
struct draft {
        struct mori_wire_builder builder;
        uint64_t *scratch;
        struct capability **capabilities; /* once it is written */
        struct capability *few[DRAFT_FEW]; /* which `capabilities` may lead to: it is not copied */
};

/* 0; -ENOMEM, -EMSGSIZE: then it has ended. */
int draft_begin(struct draft *draft, uint16_t data_words, uint16_t pointer_count,
                struct mori_wire_writer *ret_root);
/*
 * The message, with `words` NULL: they are in pieces (draft_copy()). Its capabilities are held, and
 * listed in the draft. 0; -EMSGSIZE, -ENOMEM; a reference that is none abandons the process.
 */
int draft_written(struct draft *draft, struct objects *objects, struct message *ret_message);
void draft_end(struct draft *draft);
/* The words of a draft's message, in a row. */
void draft_copy(const struct draft *draft, const struct message *message, uint64_t *to);

/* A copy that is ours: words and holds. NULL where memory is exhausted. */
struct message *draft_keep(const struct draft *draft, const struct message *message);
struct message *message_keep(const struct message *message);
/* Frees a kept one as it is: its capabilities are let go of by others. Takes NULL. */
void message_forget(struct message *message);
/* Lets go of its capabilities. */
void message_release(struct message *message);
/* The same of a kept one, which is freed. Takes NULL. */
void message_free(struct message *message);

/*
 * Has `get` read the values of a message into a call structure; NULL: there are none. What is read
 * is the message's. 0; what `get` answers; -EBADMSG, -ENOMEM.
 */
int message_read(const struct message *message, void *call,
                 int (*get)(void *call, const struct mori_wire_reader *from));

/*
 * A message that begins with a struct that is all of it, read without the means for more; of one
 * that has no pointers to be read. False: it is another.
 */
static inline bool message_is_flat(const struct message *message,
                                   struct mori_wire_reader *ret_root)
{
        uint64_t pointer;
        uint32_t data;

        if (unlikely(message->segments != 1 || message->words_count == 0))
                return false;
        pointer = message->words[0];
        data = pointer >> 32 & 0xffff;
        /* a struct, right behind the pointer */
        if (unlikely((uint32_t)pointer != 0 || 1 + data + (pointer >> 48) > message->words_count))
                return false;
        *ret_root = (struct mori_wire_reader){.data = (const uint8_t *)(message->words + 1),
                                              .data_bits = data * 64};
        return true;
}

/* The same without pointers: nothing of the message is needed any more. */
static inline int message_values(const struct message *message, void *call,
                                 int (*get)(void *call, const struct mori_wire_reader *from))
{
        struct mori_wire_reader root;

        if (get == NULL)
                return 0;
        if (likely(message_is_flat(message, &root)))
                return get(call, &root);
        return message_read(message, call, get);
}

/*
 * The same with pointers, of a kept message: it and the words of its references are to last as long
 * as what is in the call structure, because structs and lists are read there.
 */
int message_objects(struct message *message, const mori_ref *references, void *call,
                    int (*get)(void *call, const struct mori_wire_reader *from));

/* The capability at a place, held; NULL where there is none, or memory for looking is exhausted. */
struct capability *message_capability(const struct message *message, const uint16_t *path,
                                      unsigned depth);
