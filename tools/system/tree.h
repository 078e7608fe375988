/* SPDX-License-Identifier: MIT */
/*
 * A file in YAML as a tree of texts, lists and maps, each with its place. What YAML makes of texts
 * (numbers, true, no) is not looked at: who reads a text knows what it has to be. Refused are
 * anchors, aliases, tags, a key that is not a text or stands twice in a map, a second document, a 0
 * byte, nesting deeper than 16, and more than 4096 in one list or map.
 */
#pragma once

#include "mistake.h"

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP };

struct tree {
        enum tree_kind kind;
        unsigned line, column; /* from 1 */
        char *text;            /* of a text */
        bool empty;            /* a text where nothing stands */
        const char **texts;    /* of a list of texts, for who has asked for them (value.c) */
        struct tree *first;    /* what is in a list or a map */
        struct tree *next;     /* beside it */
        char *name;            /* in a map, and where that stands: */
        unsigned name_line, name_column;
};

/* NULL, with a mistake, where it is not YAML, or empty. */
struct tree *tree_read(const char *text, size_t bytes, struct mistakes *mistakes);
void tree_free(struct tree *tree);
/* What a map has by that name; NULL: nothing. */
struct tree *tree_member(const struct tree *map, const char *name);
/* "a text", "a list", "a map", "nothing". */
const char *tree_kind_name(const struct tree *tree);
