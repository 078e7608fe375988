/* SPDX-License-Identifier: MIT */
/* The numbers of a connection: every call asks for some. */
#pragma once

#include "object/connection.h"

struct export {
        struct capability *capability; /* NULL: free, and `count` is the next free one + 1 */
        uint32_t count;
};

/* Where there is no number that was used before, or no room for it; as the two below. */
int question_number_more(struct connection *connection, struct question *question);
int answer_number_more(struct connection *connection, struct answer *answer, uint32_t id);

/* ---- Questions. A free number has that of the next one, shifted, with the lowest bit set. */

/* A number for a question: 0; -EOVERFLOW where there are MORI_CALLS_MAX; -ENOMEM. */
static inline int question_number(struct connection *connection, struct question *question)
{
        uint32_t id = connection->questions_free - 1;

        if (unlikely(connection->questions_free == 0 ||
                     connection->questions_count >=
                             MORI_CALLS_MAX + (connection->standing_question != NULL)))
                return question_number_more(connection, question);
        connection->questions_free = (uint32_t)((uintptr_t)connection->questions[id] >> 1);
        connection->questions[id] = question;
        connection->questions_count++;
        question->id = id;
        return 0;
}

static inline void question_number_free(struct connection *connection, uint32_t id)
{
        connection->questions[id] =
                (struct question *)((uintptr_t)connection->questions_free << 1 | 1);
        connection->questions_free = id + 1;
        connection->questions_count--;
}

static inline struct question *question_at(const struct connection *connection, uint32_t id)
{
        struct question *question;

        if (unlikely(id >= connection->questions_used))
                return NULL;
        question = connection->questions[id];
        return likely(((uintptr_t)question & 1) == 0) ? question : NULL;
}

/* ---- Answers: their numbers are the other side's */

static inline struct answer *answer_at(const struct connection *connection, uint32_t id)
{
        return likely(id < connection->answers_room) ? connection->answers[id] : NULL;
}

/* 0, or -EPROTO, -ENOMEM. */
static inline int answer_number(struct connection *connection, struct answer *answer, uint32_t id)
{
        if (unlikely(id > MORI_CALLS_MAX || id >= connection->answers_room ||
                     connection->answers[id] != NULL))
                return answer_number_more(connection, answer, id);
        connection->answers[id] = answer;
        connection->answers_count++;
        answer->id = id;
        return 0;
}

static inline void answer_number_free(struct connection *connection, uint32_t id)
{
        connection->kept -= connection->answers[id]->kept;
        connection->answers[id] = NULL;
        connection->answers_count--;
}

/* ---- Exports */

static inline struct capability *export_at(const struct connection *connection, uint32_t id)
{
        return likely(id < connection->exports_used) ? connection->exports[id].capability : NULL;
}
