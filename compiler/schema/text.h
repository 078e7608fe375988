/* SPDX-License-Identifier: MIT */
/*
 * Text that grows, and an arena for what lives as long as a request. Where there is no memory the
 * program ends: nothing was written by then.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct text {
        char *bytes; /* with a 0 behind; NULL while it is empty */
        size_t count;
        size_t size;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_arguments(struct text *text, const char *format, va_list arguments);
void text_deinit(struct text *text);

/* Memory that is freed as a whole. All 0: an empty one. */
struct arena {
        struct arena_block *blocks;
};

/* Zeros. */
void *arena_take(struct arena *arena, size_t bytes);
char *arena_print(struct arena *arena, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void arena_deinit(struct arena *arena);
