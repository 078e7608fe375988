/* SPDX-License-Identifier: MIT */
/*
 * Reading what the plugin wrote into object files (plugin/notes.cc has the format): the lines of
 * `.mori.notes`, and the bytes of any other section.
 */
#ifndef MORI_NOTES_READER_H
#define MORI_NOTES_READER_H

#include <stddef.h>

/*
 * Told of one section; `where` names the file, and the member if it is an archive. Not 0 stops the
 * reading.
 */
typedef int (*notes_section_visit)(void *data, const char *where, char *bytes, size_t count);

/*
 * Visits the sections of that name in an object, an executable, a shared object, or each member of
 * an archive. Returns 0 when the file was read, whether it has such sections or not; the visitor's
 * value if it stopped; a negative errno when it is no such file, after having said so.
 */
int notes_read_sections(const char *path, const char *section, notes_section_visit visit,
                        void *data);

/*
 * Cuts the next field off a line, in place, and undoes the escapes in it. Returns null at the end
 * of the line.
 */
char *notes_field(char **line);

#endif
