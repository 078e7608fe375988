/* SPDX-License-Identifier: MIT */
#include "mistake.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer words are not compared. */
#define WORD_MAX 63

static void no_memory(void)
{
        fputs("mori: out of memory\n", stderr);
        exit(1);
}

void *tool_realloc(void *memory, size_t count, size_t bytes)
{
        memory = reallocarray(memory, count, bytes);
        if (memory == NULL)
                no_memory();
        return memory;
}

void *tool_alloc(size_t count, size_t bytes)
{
        void *memory = calloc(count + (count == 0), bytes);

        if (memory == NULL)
                no_memory();
        return memory;
}

char *tool_copy(const char *text, size_t bytes)
{
        char *copy = tool_alloc(bytes + 1, 1);

        memcpy(copy, text, bytes);
        return copy;
}

void mistake_add(struct mistakes *mistakes, unsigned line, unsigned column, const char *format, ...)
{
        va_list arguments;
        char *text;

        mistakes->full = mistakes->count == MISTAKES_MAX;
        if (mistakes->full)
                return;
        va_start(arguments, format);
        if (vasprintf(&text, format, arguments) < 0)
                no_memory();
        va_end(arguments);
        if (mistakes->count == mistakes->size) {
                mistakes->size = 2 * mistakes->size + 8;
                mistakes->list =
                        tool_realloc(mistakes->list, mistakes->size, sizeof mistakes->list[0]);
        }
        mistakes->list[mistakes->count++] = (struct mistake){line, column, text};
}

static bool is_before(const struct mistake *a, const struct mistake *b)
{
        return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* By merging, so that those of one place stay as they were found. */
static void sort(struct mistake *list, size_t count, struct mistake *room)
{
        size_t half = count / 2, a = 0, b = half;

        if (count < 2)
                return;
        sort(list, half, room);
        sort(list + half, count - half, room);
        for (size_t i = 0; i < count; i++)
                room[i] = b == count || (a < half && !is_before(&list[b], &list[a])) ? list[a++]
                                                                                     : list[b++];
        memcpy(list, room, count * sizeof list[0]);
}

void mistakes_sort(struct mistakes *mistakes)
{
        struct mistake *room = tool_alloc(mistakes->count, sizeof room[0]);

        sort(mistakes->list, mistakes->count, room);
        free(room);
}

void mistakes_deinit(struct mistakes *mistakes)
{
        for (size_t i = 0; i < mistakes->count; i++)
                free(mistakes->list[i].text);
        free(mistakes->list);
        *mistakes = (struct mistakes){0};
}

static size_t smaller(size_t a, size_t b)
{
        return a < b ? a : b;
}

/*
 * How many letters have to be added, left out, changed, or swapped with the next: the distance of
 * Damerau and Levenshtein, of strings where no letter is touched twice (R. A. Wagner and
 * M. J. Fischer, "The String-to-String Correction Problem", 1974). SIZE_MAX: more than `most`.
 */
static size_t distance(const char *a, const char *b, size_t most)
{
        size_t rows[3][WORD_MAX + 1], bytes_a = strlen(a), bytes_b = strlen(b), nearest;

        if (bytes_a > WORD_MAX || bytes_b > WORD_MAX || bytes_a > bytes_b + most ||
            bytes_b > bytes_a + most)
                return SIZE_MAX;
        for (size_t i = 0; i <= bytes_a; i++) {
                size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *first = rows[(i + 1) % 3];

                row[0] = nearest = i;
                for (size_t j = 1; j <= bytes_b; j++) {
                        if (i == 0) {
                                row[j] = j;
                                continue;
                        }
                        row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
                                         above[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = smaller(row[j], first[j - 2] + 1);
                        nearest = smaller(nearest, row[j]);
                }
                if (nearest > most)
                        return SIZE_MAX;
        }
        return rows[bytes_a % 3][bytes_b];
}

const char *mistake_meant(const char *written, const char *const *names, size_t count)
{
        size_t bytes = strlen(written), best = bytes < 3 ? 0 : bytes < 6 ? 1 : 2;
        const char *meant = NULL;

        for (size_t i = 0; i < count; i++) {
                size_t away = distance(written, names[i], best);

                if (away < best || (away == best && meant == NULL)) {
                        best = away;
                        meant = names[i];
                }
        }
        return meant;
}
