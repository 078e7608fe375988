/* SPDX-License-Identifier: MIT */
#include "object/handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 8u

static int room_make(struct handles *handles)
{
        uint32_t room = handles->room == 0 ? ROOM_FIRST : handles->room * 2;
        struct handle *all = realloc(handles->all, room * sizeof *all);

        if (all == NULL)
                return -ENOMEM;
        memset(all + handles->room, 0, (room - handles->room) * sizeof *all);
        if (handles->used == 0)
                handles->used = 1;
        handles->all = all;
        handles->room = room;
        return 0;
}

int handles_add(struct handles *handles, void *what, uint64_t *ret_word)
{
        uint32_t index = handles->free;
        struct handle *handle;

        if (handles->count >= handles->max)
                return -ENFILE;
        if (index == 0) {
                if (handles->used == handles->room && room_make(handles) < 0)
                        return -ENOMEM;
                index = handles->used++;
        } else {
                handles->free = handles->all[index].next_free;
        }
        handle = &handles->all[index];
        handle->what = what;
        handle->generation++;
        handles->count++;
        *ret_word = (uint64_t)handle->generation << 32 | index;
        return 0;
}

void *handles_remove(struct handles *handles, uint64_t word)
{
        void *what = handles_find(handles, word);
        uint32_t index = (uint32_t)word;

        if (what == NULL)
                return NULL;
        handles->all[index].what = NULL;
        handles->all[index].generation++;
        handles->all[index].next_free = handles->free;
        handles->free = index;
        handles->count--;
        return what;
}

void handles_deinit(struct handles *handles)
{
        free(handles->all);
        *handles = (struct handles){.max = handles->max};
}
