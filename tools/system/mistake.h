/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a manifest: the first MISTAKES_MAX that are found, told in the order of the
 * file. Who looks for further ones stops when one more was found.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MISTAKES_MAX 100u

struct mistake {
        unsigned line, column; /* from 1; 0: of the whole file */
        char *text;
};

struct mistakes {
        struct mistake *list;
        size_t count, size;
        bool full; /* there are further ones, which are forgotten */
};

static inline bool mistakes_full(const struct mistakes *mistakes)
{
        return mistakes->full;
}
/* Where there is no memory the tool ends: nothing runs by then. */
void mistake_add(struct mistakes *mistakes, unsigned line, unsigned column, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* In the order of the file. */
void mistakes_sort(struct mistakes *mistakes);
void mistakes_deinit(struct mistakes *mistakes);

/* realloc(3) of `count` things; ends the tool where there is no memory. */
void *tool_realloc(void *memory, size_t count, size_t bytes);
/* Zeros, as calloc(3). */
void *tool_alloc(size_t count, size_t bytes);
/* strdup(3) of so many bytes. */
char *tool_copy(const char *text, size_t bytes);

/*
 * The one of `names` that was probably meant: at most two letters added, left out, changed or
 * swapped, fewer in short ones. NULL: none.
 */
const char *mistake_meant(const char *written, const char *const *names, size_t count);
