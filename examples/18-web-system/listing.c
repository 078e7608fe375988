/* SPDX-License-Identifier: MIT */
/*
 * A directory as a page: names are gathered, sorted, and written, in links with percent signs and
 * in text with HTML's escapes, so that no name can be more than a name.
 */
#include "visit.h"

#include "../07-web-file-server/path.h"

#include <mori/heap.h>
#include <mori/keywords.h>

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 5000u

struct names {
        char **all; /* each with the slash of a directory */
        unsigned count;
};

static void add_names(struct names *names, struct service_listing_entry_list entries)
{
        uint32_t count = service_listing_entry_list_count(entries);

        for (uint32_t i = 0; i < count && names->count < NAMES_MAX; i++) {
                struct service_listing_entry entry = service_listing_entry_list_at(entries, i);
                struct mori_wire_text name = service_listing_entry_name(entry);
                bool is_directory = service_listing_entry_kind(entry) ==
                                    SERVICE_DIRECTORY_KIND_DIRECTORY;
                char *copy = mori_alloc(name.count + 2);

                memcpy(copy, name.bytes, name.count + 1);
                if (is_directory)
                        strcat(copy, "/");
                names->all[names->count++] = copy;
        }
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void write_names(const struct names *names, const char *path, struct page *page)
{
        char link[3 * 257 + 1], text[6 * PATH_BYTES];

        *path_escape_html(text, path) = '\0';
        page_print(page, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>/");
        page_add(page, text, strlen(text));
        page_print(page, "</title>\n<ul>\n");
        if (*path != '\0')
                page_print(page, "<li><a href=\"../\">../</a>\n");
        for (unsigned i = 0; i < names->count; i++) {
                *path_escape_link(link, names->all[i]) = '\0';
                *path_escape_html(text, names->all[i]) = '\0';
                page_print(page, "<li><a href=\"./%s\">%s</a>\n", link, text);
        }
        page_print(page, names->count == NAMES_MAX ? "</ul>\n<p>There are more.\n" : "</ul>\n");
}

async int listing_make(service_directory directory, const char *path, struct page *page)
{
        struct names names = {mori_alloc(NAMES_MAX * sizeof *names.all), 0};
        service_listing listing = {MORI_NO_REF};
        uint32_t count = 1;
        int error = await service_directory_list(directory, &listing);

        while (error == 0 && count > 0 && names.count < NAMES_MAX) {
                struct service_listing_next_results next;

                error = await service_listing_next(listing, 64, &next);
                if (error < 0)
                        break;
                count = service_listing_entry_list_count(next.entries);
                add_names(&names, next.entries);
                service_listing_next_results_free(&next);
        }
        service_listing_drop(listing);
        qsort(names.all, names.count, sizeof names.all[0], compare);
        if (error == 0)
                write_names(&names, path, page);
        while (names.count > 0)
                mori_free(names.all[--names.count]);
        mori_free(names.all);
        return error;
}
