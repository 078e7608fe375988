/* SPDX-License-Identifier: MIT */
/*
 * A list of things of which any may go at any time: each has a `struct listed` in it, and knows the
 * pointer that leads to it. The list itself is a pointer to the first, newest first.
 */
#pragma once

#include <stddef.h>

struct listed {
        struct listed *next, **link;
};

static inline void list_add(struct listed **list, struct listed *item)
{
        item->next = *list;
        item->link = list;
        if (item->next != NULL)
                item->next->link = &item->next;
        *list = item;
}

static inline void list_remove(struct listed *item)
{
        *item->link = item->next;
        if (item->next != NULL)
                item->next->link = item->link;
}
