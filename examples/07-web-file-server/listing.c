/* SPDX-License-Identifier: MIT */
/*
 * A directory as a page. Names are gathered first, as many as LISTING_MAX, then sorted,
 * directories in front, and then written: into links with percent signs, into text with HTML's
 * escapes, so that no name can be more than a name.
 */
#include "path.h"
#include "server.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define LISTING_MAX 10000

struct names {
        char **all; /* each with its kind in front: 'd' or 'f' */
        size_t count, room, bytes;
};

static void names_free(struct names *names)
{
        for (size_t i = 0; i < names->count; i++)
                free(names->all[i]);
        free(names->all);
}

static int names_add(struct names *names, const struct mori_entry *entry)
{
        size_t length = strlen(entry->name);
        char *name;

        if (names->count == names->room) {
                size_t room = names->room > 0 ? 2 * names->room : 64;
                char **all = realloc(names->all, room * sizeof *all);

                if (all == NULL)
                        return -ENOMEM;
                names->all = all;
                names->room = room;
        }
        name = malloc(length + 2);
        if (name == NULL)
                return -ENOMEM;
        name[0] = entry->type == DT_DIR ? 'd' : 'f';
        memcpy(name + 1, entry->name, length + 1);
        names->all[names->count++] = name;
        names->bytes += length;
        return 0;
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *names_write(struct names *names, const char *path, size_t *ret_bytes)
{
        char *html = malloc(1024 + 12 * strlen(path) + names->bytes * 9 + names->count * 64);
        char *at = html;

        if (html == NULL)
                return NULL;
        qsort(names->all, names->count, sizeof *names->all, compare);
        at = stpcpy(at, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>/");
        at = path_escape_html(at, path);
        at = stpcpy(at, "</title>\n<h1>/");
        at = path_escape_html(at, path);
        at = stpcpy(at, "</h1>\n<ul>\n");
        if (*path != '\0')
                at = stpcpy(at, "<li><a href=\"../\">../</a>\n");
        for (size_t i = 0; i < names->count; i++) {
                const char *slash = names->all[i][0] == 'd' ? "/" : "";

                at = stpcpy(at, "<li><a href=\"./");
                at = stpcpy(path_escape_link(at, names->all[i] + 1), slash);
                at = stpcpy(at, "\">");
                at = stpcpy(path_escape_html(at, names->all[i] + 1), slash);
                at = stpcpy(at, "</a>\n");
        }
        at = stpcpy(at, "</ul>\n");
        if (names->count == LISTING_MAX)
                at = stpcpy(at, "<p>There are more.\n");
        *ret_bytes = (size_t)(at - html);
        return html;
}

async int listing_make(mori_file directory, const char *path, char **ret_html, size_t *ret_bytes)
{
        struct mori_cursor cursor = {0};
        struct mori_entry entry;
        struct names names = {0};
        int result = 0, more = 1;

        while (result == 0 && names.count < LISTING_MAX &&
               (more = await mori_directory_next(directory, &cursor, &entry)) > 0)
                result = names_add(&names, &entry);
        if (more != 0)
                mori_directory_done(&cursor);
        if (more < 0)
                result = more;
        if (result == 0) {
                char *html = names_write(&names, path, ret_bytes);

                if (html != NULL)
                        *ret_html = html;
                else
                        result = -ENOMEM;
        }
        names_free(&names);
        return result;
}
