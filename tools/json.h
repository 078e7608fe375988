/* SPDX-License-Identifier: MIT */
/* The little of JSON that the tools write: to standard output. */
#pragma once

#include <stdio.h>

/* How many bytes the UTF-8 at `text` has that is one character (RFC 3629); 0: it is none. */
static inline size_t json_character(const char *text)
{
        const unsigned char *byte = (const unsigned char *)text;
        size_t bytes = byte[0] < 0x80                         ? 1
                       : byte[0] >= 0xc2 && byte[0] <= 0xdf   ? 2
                       : byte[0] >= 0xe0 && byte[0] <= 0xef   ? 3
                       : byte[0] >= 0xf0 && byte[0] <= 0xf4   ? 4
                                                              : 0;

        for (size_t i = 1; i < bytes; i++)
                if ((byte[i] & 0xc0) != 0x80)
                        return 0;
        if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
            (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
                return 0;
        return bytes;
}

/* What is no UTF-8, as the name of a file may have it, becomes U+FFFD, byte by byte. */
static inline void json_string(const char *text)
{
        putchar('"');
        while (*text != '\0') {
                unsigned char byte = (unsigned char)*text;
                size_t bytes = json_character(text);

                if (byte == '"' || byte == '\\')
                        putchar('\\');
                if (byte < ' ' || byte == 127)
                        printf("\\u%04x", byte);
                else if (bytes == 0)
                        fputs("\\ufffd", stdout);
                else
                        fwrite(text, bytes, 1, stdout);
                text += bytes + (bytes == 0);
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
