/* SPDX-License-Identifier: MIT */
/* A text that is put together piece by piece; what finds no room is cut off. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct words {
        char *text; /* ends with a 0 after the first words_add() */
        size_t bytes, room; /* so far, without the 0; and in all, 1 at least */
};

static inline void __attribute__((format(printf, 2, 3))) words_add(struct words *words,
                                                                   const char *format, ...)
{
        va_list arguments;
        int bytes;

        if (words->bytes + 1 >= words->room)
                return;
        va_start(arguments, format);
        bytes = vsnprintf(words->text + words->bytes, words->room - words->bytes, format,
                          arguments);
        va_end(arguments);
        words->bytes += bytes > 0 ? (size_t)bytes : 0;
        if (words->bytes >= words->room)
                words->bytes = words->room - 1;
}
