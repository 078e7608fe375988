/* SPDX-License-Identifier: MIT */
/*
 * MIME types of the endings that matter on the web and in a source tree, in the order of their
 * names, for bsearch(3). Text is UTF-8. What is not listed is a stream of bytes, which browsers
 * save.
 */
#include "mime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ending {
        const char *name, *type;
};

static const struct ending endings[] = {
        {"avif", "image/avif"},
        {"bmp", "image/bmp"},
        {"build", "text/plain; charset=utf-8"},
        {"c", "text/plain; charset=utf-8"},
        {"cc", "text/plain; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"gif", "image/gif"},
        {"gz", "application/gzip"},
        {"h", "text/plain; charset=utf-8"},
        {"htm", "text/html; charset=utf-8"},
        {"html", "text/html; charset=utf-8"},
        {"ico", "image/x-icon"},
        {"jpeg", "image/jpeg"},
        {"jpg", "image/jpeg"},
        {"js", "text/javascript; charset=utf-8"},
        {"json", "application/json"},
        {"md", "text/markdown; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"mp3", "audio/mpeg"},
        {"mp4", "video/mp4"},
        {"ogg", "audio/ogg"},
        {"otf", "font/otf"},
        {"pdf", "application/pdf"},
        {"png", "image/png"},
        {"py", "text/plain; charset=utf-8"},
        {"s", "text/plain; charset=utf-8"},
        {"sh", "text/plain; charset=utf-8"},
        {"svg", "image/svg+xml"},
        {"tar", "application/x-tar"},
        {"ttf", "font/ttf"},
        {"txt", "text/plain; charset=utf-8"},
        {"wasm", "application/wasm"},
        {"wav", "audio/wav"},
        {"webm", "video/webm"},
        {"webp", "image/webp"},
        {"woff", "font/woff"},
        {"woff2", "font/woff2"},
        {"xml", "application/xml"},
        {"zip", "application/zip"},
        {"zst", "application/zstd"},
};

static int compare(const void *key, const void *element)
{
        return strcasecmp(key, ((const struct ending *)element)->name);
}

const char *mime_of(const char *path)
{
        const char *name = strrchr(path, '/');
        const char *dot;
        const struct ending *found;

        name = name == NULL ? path : name + 1;
        dot = strrchr(name, '.');
        if (dot == NULL) /* LICENSE, Makefile, README */
                return name[0] >= 'A' && name[0] <= 'Z' ? "text/plain; charset=utf-8"
                                                        : "application/octet-stream";
        found = bsearch(dot + 1, endings, sizeof endings / sizeof endings[0], sizeof endings[0],
                        compare);
        return found == NULL ? "application/octet-stream" : found->type;
}
