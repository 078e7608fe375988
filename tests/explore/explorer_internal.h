/* SPDX-License-Identifier: MIT */
/* Between explorer.c, which chooses, and memory.c, which does. */
#pragma once

#include "explorer.h"

/* Who takes steps: each thread, and for each its buffer. */
#define RUNNERS (2 * EXPLORE_THREADS_MAX)
#define EXPLORE_WORKER_BYTES ((size_t)8192)
#define BUFFER_MAX 16

/* A vector clock: of each runner, how many of its steps. */
struct clock {
        uint32_t at[RUNNERS];
};

static inline void explore_clock_join(struct clock *clock, const struct clock *other)
{
        for (unsigned i = 0; i < RUNNERS; i++)
                if (clock->at[i] < other->at[i])
                        clock->at[i] = other->at[i];
}

enum visible_kind { VISIBLE_NONE, VISIBLE_STEP };

/* What others can notice of a step. */
struct visible {
        uint8_t kind;
        bool writes, fence;
        const void *object; /* NULL: it has to do with no other step */
        bool (*enabled)(const void *argument);
        const void *argument;
        const char *what;
        const void *place; /* in the code */
};

/* A store that is not in memory yet. */
struct buffered {
        void *address;
        uint64_t value;
        const void *place;
        uint8_t bytes;
        bool releases;
        struct clock made; /* the thread's `dependent` then */
        struct clock ordered; /* and what a release hands on */
};

struct explore_thread {
        char *stack;
        void *sp;
        char name[24];
        void (*run)(void *argument);
        void *argument, *worker;
        unsigned number;
        bool over;
        struct visible next;
        struct clock dependent; /* the steps before, by objects: for the search */
        struct clock ordered;   /* by what the source asks for (C17): for races */
        struct clock handed;    /* see explore_hand_over() */
        struct clock flushed;   /* of the buffer, as `dependent` */
        struct buffered buffer[BUFFER_MAX];
        unsigned buffered;
};

struct explore_run {
        uint64_t number;
        struct explore_thread threads[EXPLORE_THREADS_MAX];
        unsigned threads_count;
        struct explore_thread *self; /* NULL: the scheduler */
        bool exploring;
};
extern struct explore_run explore_run;

void explore_switch(void **ret_from, void *to);
void explore_worker_set(void *worker);
int explore_process(void);
void explore_step_at(const struct visible *visible);

/* memory.c */
void explore_memory_begin(bool buffers);
/* Memory of the run that nobody frees. */
void *explore_room(size_t bytes);
void explore_thread_made(struct explore_thread *thread, struct explore_thread *maker);
/* The steps that a step is ordered after; and it is one of these for the next. */
void explore_dependent_join(struct clock *clock, const struct visible *visible);
void explore_dependent_note(const struct clock *clock, const struct visible *visible);
/* The oldest of a buffer: what a flush is, when it was made, and the flush itself. */
struct visible explore_flush_next(const struct explore_thread *thread);
const struct clock *explore_flush_made(unsigned thread);
void explore_flush(struct explore_thread *thread);
