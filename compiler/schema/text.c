/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void no_memory(void)
{
        fprintf(stderr, "capnpc-mori: out of memory\n");
        exit(1);
}

void text_add_arguments(struct text *text, const char *format, va_list arguments)
{
        va_list again;
        size_t more;
        int bytes;

        va_copy(again, arguments);
        bytes = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (bytes < 0)
                no_memory();
        more = (size_t)bytes + 1;
        if (text->size - text->count < more) {
                size_t size = 2 * text->size + more;
                char *grown = realloc(text->bytes, size);

                if (grown == NULL)
                        no_memory();
                text->bytes = grown;
                text->size = size;
        }
        vsnprintf(text->bytes + text->count, more, format, arguments);
        text->count += (size_t)bytes;
}

void text_add(struct text *text, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        text_add_arguments(text, format, arguments);
        va_end(arguments);
}

void text_deinit(struct text *text)
{
        free(text->bytes);
        *text = (struct text){0};
}

struct arena_block {
        struct arena_block *next;
        max_align_t bytes[];
};

void *arena_take(struct arena *arena, size_t bytes)
{
        struct arena_block *block = calloc(1, sizeof *block + bytes);

        if (block == NULL)
                no_memory();
        block->next = arena->blocks;
        arena->blocks = block;
        return block->bytes;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
        struct text text = {0};
        va_list arguments;
        char *copy;

        va_start(arguments, format);
        text_add_arguments(&text, format, arguments);
        va_end(arguments);
        copy = arena_take(arena, text.count + 1);
        memcpy(copy, text.bytes, text.count + 1);
        text_deinit(&text);
        return copy;
}

void arena_deinit(struct arena *arena)
{
        while (arena->blocks != NULL) {
                struct arena_block *block = arena->blocks;

                arena->blocks = block->next;
                free(block);
        }
}
