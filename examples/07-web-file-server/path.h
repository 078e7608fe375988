/* SPDX-License-Identifier: MIT */
/* Paths: from the target of a request to a path below the root, and back into HTML and links. */
#pragma once

#include <stddef.h>

#define PATH_BYTES 1024 /* the longest path below the root, with its terminator */

/*
 * Decodes the target of a request ("/a%20b/../c?query") into a path relative to the root ("c"; ""
 * is the root itself; a trailing slash stays). Segments "." and ".." are resolved here, so that
 * none reaches the file system. Returns the length, or the negative HTTP status to answer with:
 * -400 for what is no path, or climbs above the root; -414.
 */
int path_decode(const char *target, size_t length, char ret_path[PATH_BYTES]);

/*
 * Append the text to `to`, escaped for a link or for HTML; `to` has room for six times as much.
 * Return the end.
 */
char *path_escape_link(char *to, const char *text);
char *path_escape_html(char *to, const char *text);
