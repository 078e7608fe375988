/* SPDX-License-Identifier: MIT */
/*
 * The text is a row of words, strings, comments and signs. A declaration is a word that begins a
 * statement, or that follows `struct`, `enum`, `interface`, `const` or `annotation` there; a
 * statement begins behind `{`, `}` and `;`. A `{` opens the scope of the statement's name. Groups
 * and named unions are statements of their own name; what stands in an unnamed union belongs to the
 * scope around it. Parameters of methods are found in the method's own line.
 */
#include "place.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 256
#define SCOPES_MAX     128
#define FILE_MAX_BYTES (16u << 20)

struct scan {
        const char *at;
        unsigned line;
        const char *const *names;
        unsigned count;
        unsigned depth;              /* open scopes */
        unsigned matched;            /* how many of them are the first of `names` */
        unsigned scopes[SCOPES_MAX]; /* what `matched` was outside of each */
        char name[NAME_MAX_BYTES];   /* of the statement; "" until it is known */
        unsigned name_line;
        unsigned words; /* of the statement */
};

static bool is_word(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

static void skip_string(struct scan *scan)
{
        char quote = *scan->at++;

        while (*scan->at != '\0' && *scan->at != quote) {
                if (*scan->at == '\\' && scan->at[1] != '\0')
                        scan->at++;
                if (*scan->at == '\n')
                        scan->line++;
                scan->at++;
        }
        if (*scan->at != '\0')
                scan->at++;
}

static bool is_keyword(const char *word)
{
        static const char *const words[] = {"struct", "enum", "interface", "const", "annotation"};

        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
                if (strcmp(word, words[i]) == 0)
                        return true;
        return false;
}

/* Behind a name come `@` and `:`; so what stands before may be called as it likes. */
static bool is_declared(const char *at)
{
        while (*at == ' ' || *at == '\t')
                at++;
        return *at == '@' || *at == ':';
}

static void take_word(struct scan *scan)
{
        char word[NAME_MAX_BYTES];
        size_t bytes = 0;

        for (; is_word(*scan->at); scan->at++)
                if (bytes + 1 < sizeof word)
                        word[bytes++] = *scan->at;
        word[bytes] = '\0';
        scan->words++;
        if (scan->name[0] != '\0' || scan->words > 2)
                return;
        if (scan->words == 1 && is_keyword(word) && !is_declared(scan->at))
                return;
        memcpy(scan->name, word, bytes + 1);
        scan->name_line = scan->line;
}

static bool is_wanted(const struct scan *scan)
{
        return scan->matched < scan->count && scan->name[0] != '\0' &&
               strcmp(scan->name, scan->names[scan->matched]) == 0;
}

static void begin_statement(struct scan *scan)
{
        scan->name[0] = '\0';
        scan->words = 0;
}

static void open_scope(struct scan *scan)
{
        if (scan->depth < SCOPES_MAX)
                scan->scopes[scan->depth] = scan->matched;
        scan->depth++;
        /* an unnamed union is no scope; what is another's has none of ours */
        if (is_wanted(scan))
                scan->matched++;
        else if (strcmp(scan->name, "union") != 0)
                scan->matched = scan->count + 1;
        begin_statement(scan);
}

static void close_scope(struct scan *scan)
{
        if (scan->depth > 0 && --scan->depth < SCOPES_MAX)
                scan->matched = scan->scopes[scan->depth];
        begin_statement(scan);
}

unsigned place_line_in(const char *text, const char *const *names, unsigned count)
{
        struct scan scan = {.at = text, .line = 1, .names = names, .count = count};

        while (*scan.at != '\0' && count > 0) {
                char c = *scan.at;

                if (is_word(c)) {
                        take_word(&scan);
                        continue;
                }
                if (c == '"' || c == '\'') {
                        skip_string(&scan);
                        continue;
                }
                if ((c == ';' || c == '{') && is_wanted(&scan) && scan.matched + 1 == count)
                        return scan.name_line;
                if (c == '#') {
                        while (*scan.at != '\0' && *scan.at != '\n')
                                scan.at++;
                        continue;
                }
                scan.line += c == '\n';
                if (c == '{')
                        open_scope(&scan);
                else if (c == '}')
                        close_scope(&scan);
                else if (c == ';')
                        begin_statement(&scan);
                else if (!isspace((unsigned char)c) && scan.name[0] == '\0')
                        scan.words = 3; /* a statement that begins with a sign has no name */
                scan.at++;
        }
        return 0;
}

static char *read_file(const char *path)
{
        FILE *file = fopen(path, "re");
        size_t bytes = 0;
        char *text;

        if (file == NULL)
                return NULL;
        text = malloc(FILE_MAX_BYTES + 1);
        if (text != NULL) {
                bytes = fread(text, 1, FILE_MAX_BYTES, file);
                text[bytes] = '\0';
        }
        fclose(file);
        return text;
}

unsigned place_line(const char *folder, const char *path, const char *const *names, unsigned count)
{
        char whole[4096];
        unsigned line = 0;
        char *text;
        int bytes;

        if (folder == NULL)
                return 0;
        bytes = snprintf(whole, sizeof whole, "%s%s%s", path[0] == '/' ? "" : folder,
                         path[0] == '/' ? "" : "/", path);
        if (bytes < 0 || (size_t)bytes >= sizeof whole)
                return 0;
        text = read_file(whole);
        if (text != NULL)
                line = place_line_in(text, names, count);
        free(text);
        return line;
}
