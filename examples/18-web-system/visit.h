/* SPDX-License-Identifier: MIT */
#pragma once

#include "web.mori.h"

#include <mori/base.h>

/* The main of a connection's process: it exports a Visit. */
MORI_ASYNC int visit_main(void *argument);

/* What is being answered: head and body, or the first piece of it, in the process's heap. */
struct page {
        char *bytes;
        size_t count, room;
};
/* The page is empty, and has room for so many bytes. */
void page_begin(struct page *page, size_t room);
void page_add(struct page *page, const void *bytes, size_t count);
void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* listing.c: what is in a directory, as HTML, behind what the page has. `path` stands above it. */
MORI_ASYNC int listing_make(service_directory directory, const char *path, struct page *page);
