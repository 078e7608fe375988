/* SPDX-License-Identifier: MIT */
/* Values: what a text of the manifest means where a type is known. */
#include "manifest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(const struct tree *tree, struct mistakes *mistakes, const char *expected)
{
        if (tree->kind == TREE_TEXT && !tree->empty)
                mistake_add(mistakes, tree->line, tree->column, "expected %s, not `%.40s`",
                            expected, tree->text);
        else
                mistake_add(mistakes, tree->line, tree->column, "expected %s, not %s", expected,
                            tree_kind_name(tree));
        return false;
}

bool value_is(const struct tree *tree, enum tree_kind kind, const char *what,
              struct mistakes *mistakes)
{
        return (tree->kind == kind && !tree->empty) || wrong(tree, mistakes, what);
}

void mistake_unknown(struct mistakes *mistakes, unsigned line, unsigned column, const char *what,
                     const char *name, const char *const *names, size_t count)
{
        const char *meant = mistake_meant(name, names, count);
        char list[300] = "";
        size_t bytes = 0;

        if (meant != NULL) {
                mistake_add(mistakes, line, column, "%s `%.60s`: did you mean `%s`?", what, name,
                            meant);
                return;
        }
        for (size_t i = 0; i < count && bytes < sizeof list - 100; i++)
                bytes += (size_t)snprintf(list + bytes, sizeof list - bytes, "%s`%.60s`",
                                          i == 0 ? "" : ", ", names[i]);
        mistake_add(mistakes, line, column, count == 0 ? "%s `%.60s`" : "%s `%.60s`: there are %s",
                    what, name, list);
}

/* ---- Numbers */

/* The digits, and where they end; false: there are none, or too many. */
static bool digits(const char *text, uint64_t *ret_number, const char **ret_end)
{
        int base = text[0] == '0' && text[1] == 'x' ? 16 : 10;
        const char *first = base == 16 ? text + 2 : text;
        char *end;

        /* strtoull() takes signs, spaces, and another 0x, too */
        *ret_end = first + strspn(first, base == 16 ? "0123456789abcdefABCDEF" : "0123456789");
        errno = 0;
        *ret_number = strtoull(first, &end, base);
        return errno == 0 && *ret_end != first && end == *ret_end;
}

static bool unsigned_number(const struct tree *tree, uint64_t most, uint64_t *ret_number)
{
        const char *end;

        return tree->kind == TREE_TEXT && digits(tree->text, ret_number, &end) && *end == '\0' &&
               *ret_number <= most;
}

static bool signed_number(const struct tree *tree, uint64_t most, uint64_t *ret_number)
{
        struct tree absolute = *tree;

        if (tree->kind != TREE_TEXT || tree->text[0] != '-')
                return unsigned_number(tree, most, ret_number);
        absolute.text++;
        if (!unsigned_number(&absolute, most + 1, ret_number))
                return false;
        *ret_number = -*ret_number;
        return true;
}

bool value_number(const struct tree *tree, uint64_t least, uint64_t most, uint64_t *ret_number,
                  struct mistakes *mistakes)
{
        char expected[80];

        if (unsigned_number(tree, most, ret_number) && *ret_number >= least)
                return true;
        snprintf(expected, sizeof expected, "a number from %llu to %llu", (unsigned long long)least,
                 (unsigned long long)most);
        return wrong(tree, mistakes, expected);
}

/* A number with a unit behind it, at most INT64_MAX in all. */
static bool with_unit(const struct tree *tree, const char *const *names, const uint64_t *units,
                      size_t count, uint64_t *ret_value)
{
        const char *end;

        if (tree->kind != TREE_TEXT || !digits(tree->text, ret_value, &end))
                return false;
        end += strspn(end, " ");
        for (size_t i = 0; i < count; i++)
                if (strcmp(end, names[i]) == 0)
                        return !__builtin_mul_overflow(*ret_value, units[i], ret_value) &&
                               *ret_value <= INT64_MAX;
        return false;
}

bool value_duration(const struct tree *tree, int64_t least, int64_t *ret_ns,
                    struct mistakes *mistakes)
{
        static const char *const names[] = {"ms", "s", "min", "h"};
        static const uint64_t units[] = {1000000, 1000000000, 60000000000, 3600000000000};
        uint64_t ns;

        if (!with_unit(tree, names, units, 4, &ns))
                return wrong(tree, mistakes, "a time, as in `100 ms`, `5 s`, `2 min` or `1 h`");
        if ((int64_t)ns < least)
                return wrong(tree, mistakes, "a time above 0");
        *ret_ns = (int64_t)ns;
        return true;
}

bool value_bytes(const struct tree *tree, size_t *ret_bytes, struct mistakes *mistakes)
{
        static const char *const names[] = {"KiB", "MiB", "GiB"};
        static const uint64_t units[] = {1024, 1048576, 1073741824};
        uint64_t bytes;

        if (!with_unit(tree, names, units, 3, &bytes))
                return wrong(tree, mistakes, "a size, as in `64 KiB`, `1 MiB` or `2 GiB`");
        *ret_bytes = (size_t)bytes;
        return true;
}

bool value_choice(const struct tree *tree, const char *const *names, size_t count,
                  size_t *ret_index, struct mistakes *mistakes)
{
        char expected[400] = "";
        const char *meant;
        size_t bytes = 0;

        for (size_t i = 0; tree->kind == TREE_TEXT && i < count; i++)
                if (strcmp(tree->text, names[i]) == 0) {
                        *ret_index = i;
                        return true;
                }
        meant = tree->kind == TREE_TEXT ? mistake_meant(tree->text, names, count) : NULL;
        if (meant != NULL) {
                mistake_add(mistakes, tree->line, tree->column, "`%.60s`: did you mean `%s`?",
                            tree->text, meant);
                return false;
        }
        for (size_t i = 0; i < count && bytes < sizeof expected - 100; i++)
                bytes += (size_t)snprintf(expected + bytes, sizeof expected - bytes, "%s`%.60s`",
                                          i == 0           ? ""
                                          : i + 1 == count ? " or "
                                                           : ", ",
                                          names[i]);
        return wrong(tree, mistakes, expected);
}

/* ---- Settings */

static bool is_between(bool is_signed, uint64_t number, int64_t least, int64_t most)
{
        return is_signed ? (int64_t)number >= least && (int64_t)number <= most
                         : number >= (uint64_t)least && number <= (uint64_t)most;
}

static bool read_integer(const struct mori_program_field *field, const struct tree *tree, void *to,
                         struct mistakes *mistakes)
{
        bool is_signed = field->kind == MORI_PROGRAM_SIGNED;
        bool is_bounded = field->least != 0 || field->most != 0;
        unsigned bits = 8 * field->bytes;
        uint64_t most = UINT64_MAX >> (64 - bits + is_signed), number;
        int64_t least = is_signed ? -(int64_t)most - 1 : 0;
        char expected[120];

        if ((is_signed ? signed_number(tree, most, &number)
                       : unsigned_number(tree, most, &number)) &&
            (!is_bounded || is_between(is_signed, number, field->least, field->most))) {
                memcpy(to, &number, field->bytes);
                return true;
        }
        if (is_bounded) {
                least = field->least;
                most = (uint64_t)field->most;
        }
        snprintf(expected, sizeof expected,
                 is_signed ? "a number from %lld to %lld (%s)" : "a number from %lld to %llu (%s)",
                 (long long)least, (long long)most, field->type);
        return wrong(tree, mistakes, expected);
}

static bool read_float(const struct mori_program_field *field, const struct tree *tree, void *to,
                       struct mistakes *mistakes)
{
        char *end = NULL;
        double number = 0;
        bool is_literal;
        float single;

        errno = 0;
        /* what strtod() takes and nobody writes: spaces, hexadecimal ones */
        if (tree->kind == TREE_TEXT && !tree->empty &&
            tree->text[strspn(tree->text, "+-0123456789.eEinfa")] == '\0')
                number = strtod(tree->text, &end);
        if (end == NULL || end == tree->text || *end != '\0')
                return wrong(tree, mistakes, "a number, as in `0.5` or `1e-3`");
        single = (float)number;
        is_literal = strchr(tree->text, 'n') != NULL; /* inf, nan */
        if (!is_literal && (isinf(number) || (number == 0 && errno == ERANGE)))
                return wrong(tree, mistakes, "a number that a Float64 can hold");
        if (field->bytes == sizeof single && !is_literal &&
            (isinf(single) || (single == 0 && number != 0)))
                return wrong(tree, mistakes, "a number that a Float32 can hold");
        if (field->bytes == sizeof single)
                memcpy(to, &single, sizeof single);
        else
                memcpy(to, &number, sizeof number);
        return true;
}

static bool read_texts(struct tree *tree, void *to, struct mistakes *mistakes)
{
        size_t count = 0;

        if (!value_is(tree, TREE_LIST, "a list of texts, as in `[one, two]`", mistakes))
                return false;
        for (const struct tree *item = tree->first; item != NULL; item = item->next, count++)
                if (item->kind != TREE_TEXT)
                        return wrong(item, mistakes, "a text");
        tree->texts = tool_alloc(count + 1, sizeof tree->texts[0]);
        count = 0;
        for (const struct tree *item = tree->first; item != NULL; item = item->next)
                tree->texts[count++] = item->text;
        memcpy(to, &tree->texts, sizeof tree->texts);
        return true;
}

static bool read_text(const struct mori_program_field *field, const struct tree *tree, void *to,
                      struct mistakes *mistakes)
{
        char expected[80];
        int64_t bytes;

        if (!value_is(tree, TREE_TEXT, "a text (an empty one is \"\")", mistakes))
                return false;
        bytes = (int64_t)strlen(tree->text);
        if ((field->least != 0 || field->most != 0) &&
            (bytes < field->least || bytes > field->most)) {
                snprintf(expected, sizeof expected, "a text of %lld to %lld bytes",
                         (long long)field->least, (long long)field->most);
                return wrong(tree, mistakes,
                             bytes == 0 && field->least == 1 ? "a text that is not empty"
                                                             : expected);
        }
        memcpy(to, &tree->text, sizeof tree->text);
        return true;
}

bool value_read(const struct mori_program_field *field, struct tree *tree, void *has,
                struct mistakes *mistakes)
{
        static const char *const bools[] = {"false", "true"};
        char *to = (char *)has + field->offset;
        size_t index, count = 0;

        switch (field->kind) {
        case MORI_PROGRAM_BOOL:
                if (!value_choice(tree, bools, 2, &index, mistakes))
                        return false;
                *(bool *)to = index == 1;
                return true;
        case MORI_PROGRAM_SIGNED:
        case MORI_PROGRAM_UNSIGNED:
                return read_integer(field, tree, to, mistakes);
        case MORI_PROGRAM_FLOAT:
                return read_float(field, tree, to, mistakes);
        case MORI_PROGRAM_ENUM:
                while (field->names[count] != NULL)
                        count++;
                if (!value_choice(tree, field->names, count, &index, mistakes))
                        return false;
                *(uint32_t *)to = (uint32_t)index;
                return true;
        case MORI_PROGRAM_TEXT:
                return read_text(field, tree, to, mistakes);
        default:
                return read_texts(tree, to, mistakes);
        }
}
