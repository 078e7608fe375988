/* SPDX-License-Identifier: MIT */
/* The little of JSON that the tools write: to standard output. */
#pragma once

#include <stdio.h>

static inline void json_string(const char *text)
{
        putchar('"');
        for (; *text != '\0'; text++) {
                unsigned char byte = (unsigned char)*text;

                if (byte == '"' || byte == '\\')
                        putchar('\\');
                if (byte < ' ' || byte >= 127) /* what a name of a file may have, as Latin-1 */
                        printf("\\u%04x", byte);
                else
                        putchar(byte);
        }
        putchar('"');
}

static inline void json_pair(const char *name, const char *value, const char *after)
{
        json_string(name);
        fputs(": ", stdout);
        json_string(value);
        fputs(after, stdout);
}
