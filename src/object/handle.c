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

int handles_add_more(struct handles *handles, void *what, uint64_t *ret_word)
{
        struct handle *handle;

        if (handles->count >= handles->max)
                return -ENFILE;
        if (handles->used == handles->room && room_make(handles) < 0)
                return -ENOMEM;
        handle = &handles->all[handles->used];
        handle->next_free = 0;
        handles->free = handles->used++;
        return handles_add(handles, what, ret_word);
}

void handles_deinit(struct handles *handles)
{
        free(handles->all);
        *handles = (struct handles){.max = handles->max};
}
