/* SPDX-License-Identifier: MIT */
/*
 * In which line of its file something is declared. A request of capnp 0.9 does not say, so the
 * schema's text is looked at, just as far as names and braces go.
 */
#pragma once

/*
 * `names`: of the scopes, from the outermost on, and of what is looked for. `folder`: where `path`
 * begins, if it is not absolute. 0: the file cannot be read, or has no such names.
 */
unsigned place_line(const char *folder, const char *path, const char *const *names, unsigned count);
/* The same in a text. */
unsigned place_line_in(const char *text, const char *const *names, unsigned count);
