/* SPDX-License-Identifier: MIT */
/*
 * Handles: words that stand for something of a process, index and generation. A word that was made
 * up, or stands for what is gone, is found to be that.
 */
#pragma once

#include "base/base.h"

struct handle {
        void *what;
        uint32_t generation; /* odd while it is in use */
        uint32_t next_free;
};

struct handles {
        struct handle *all; /* the first stands for none: the word 0 is no handle */
        uint32_t room, used, free, count;
        uint32_t max;
};

/* Where none is free that was used before. */
int handles_add_more(struct handles *handles, void *what, uint64_t *ret_word);
/* 0; -ENOMEM, or -ENFILE where there are `max`. */
static inline int handles_add(struct handles *handles, void *what, uint64_t *ret_word)
{
        uint32_t index = handles->free;
        struct handle *handle;

        if (unlikely(index == 0 || handles->count >= handles->max))
                return handles_add_more(handles, what, ret_word);
        handle = &handles->all[index];
        handles->free = handle->next_free;
        handles->count++;
        handle->what = what;
        handle->generation++;
        *ret_word = (uint64_t)handle->generation << 32 | index;
        return 0;
}
/* What the word stands for; NULL where that is nothing. */
static inline void *handles_find(const struct handles *handles, uint64_t word)
{
        uint32_t index = (uint32_t)word;

        if (unlikely(index >= handles->used ||
                     handles->all[index].generation != (uint32_t)(word >> 32)))
                return NULL;
        return handles->all[index].what;
}
/* The same, and it stands for nothing from now on. */
static inline void *handles_remove(struct handles *handles, uint64_t word)
{
        void *what = handles_find(handles, word);
        struct handle *handle;

        if (unlikely(what == NULL))
                return NULL;
        handle = &handles->all[(uint32_t)word];
        handle->what = NULL;
        handle->generation++;
        handle->next_free = handles->free;
        handles->free = (uint32_t)word;
        handles->count--;
        return what;
}
/* The word, which stands for something, stands for this from now on. */
static inline void handles_set(struct handles *handles, uint64_t word, void *what)
{
        handles->all[(uint32_t)word].what = what;
}
void handles_deinit(struct handles *handles);
