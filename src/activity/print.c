/* SPDX-License-Identifier: MIT */
/*
 * Formatted output. The text is made in memory by vsnprintf(3), which does not block, and written
 * by the process's own means. The text is the process's while it is written.
 */
#include "activity/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct text {
        struct owned owned;
        int length;
        char bytes[];
};

static void text_release(struct owned *owned)
{
        free(owned);
}

static struct text *text_new(const char *format, va_list arguments)
{
        va_list again;
        struct text *text;
        int length;

        va_copy(again, arguments);
        length = vsnprintf(NULL, 0, format, again);
        va_end(again);
        text = length < 0 ? NULL : malloc(sizeof *text + (size_t)length + 1);
        if (text == NULL)
                return NULL;
        text->length = vsnprintf(text->bytes, (size_t)length + 1, format, arguments);
        process_own(process_self(), &text->owned, text_release);
        return text;
}

static void text_free(struct text *text)
{
        process_disown(&text->owned);
        text_release(&text->owned);
}

MORI_ASYNC int mori_print(mori_file file, const char *format, ...)
{
        struct text *text;
        va_list arguments;
        int result;

        if (format == NULL)
                return -EFAULT;
        va_start(arguments, format);
        text = text_new(format, arguments);
        va_end(arguments);
        if (text == NULL)
                return -ENOMEM;
        result = MORI_AWAIT mori_file_write_all(file, text->bytes, (size_t)text->length);
        if (result == 0)
                result = text->length;
        text_free(text);
        return result;
}
