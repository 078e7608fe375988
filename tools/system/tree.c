/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX   16
#define MEMBERS_MAX 4096

struct reader {
        yaml_parser_t parser;
        yaml_event_t event; /* the next */
        struct mistakes *mistakes;
};

static unsigned line_of(const yaml_event_t *event)
{
        return (unsigned)event->start_mark.line + 1;
}

static unsigned column_of(const yaml_event_t *event)
{
        return (unsigned)event->start_mark.column + 1;
}

/* False, with a mistake: it is not YAML. */
static bool next(struct reader *reader)
{
        const yaml_parser_t *parser = &reader->parser;

        yaml_event_delete(&reader->event);
        if (yaml_parser_parse(&reader->parser, &reader->event))
                return true;
        memset(&reader->event, 0, sizeof reader->event);
        if (parser->error == YAML_MEMORY_ERROR)
                mistake_add(reader->mistakes, 0, 0, "out of memory");
        else if (parser->error == YAML_READER_ERROR)
                mistake_add(reader->mistakes, 0, 0, "is no text: %s, at byte %zu", parser->problem,
                            parser->problem_offset);
        else
                mistake_add(reader->mistakes, (unsigned)parser->problem_mark.line + 1,
                            (unsigned)parser->problem_mark.column + 1, "is not YAML: %s%s%s",
                            parser->context != NULL ? parser->context : "",
                            parser->context != NULL ? ", " : "", parser->problem);
        return false;
}

static bool refuse(struct reader *reader, const char *what)
{
        mistake_add(reader->mistakes, line_of(&reader->event), column_of(&reader->event), "%s",
                    what);
        return false;
}

/* Of what it is about to read. */
static bool is_plain_yaml(struct reader *reader)
{
        const yaml_event_t *event = &reader->event;
        const unsigned char *anchor = NULL, *tag = NULL;

        switch (event->type) {
        case YAML_SCALAR_EVENT:
                anchor = event->data.scalar.anchor;
                tag = event->data.scalar.tag;
                break;
        case YAML_SEQUENCE_START_EVENT:
                anchor = event->data.sequence_start.anchor;
                tag = event->data.sequence_start.tag;
                break;
        case YAML_MAPPING_START_EVENT:
                anchor = event->data.mapping_start.anchor;
                tag = event->data.mapping_start.tag;
                break;
        default:
                return refuse(reader, "an alias (*name) is not allowed here: write it out");
        }
        if (anchor != NULL)
                return refuse(reader, "an anchor (&name) is not allowed here");
        return tag == NULL || refuse(reader, "a tag (!name) is not allowed here");
}

/* NULL, with a mistake: it has a 0 byte. */
static char *scalar(struct reader *reader)
{
        const char *text = (const char *)reader->event.data.scalar.value;
        size_t bytes = reader->event.data.scalar.length;

        if (memchr(text, 0, bytes) != NULL) {
                refuse(reader, "a text cannot have a 0 byte in it");
                return NULL;
        }
        return tool_copy(text, bytes);
}

static struct tree *read_node(struct reader *reader, unsigned depth);

/* False, with a mistake. The name is the event at hand. */
static bool read_member(struct reader *reader, const struct tree *map, struct tree **ret_member,
                        unsigned depth)
{
        unsigned line = line_of(&reader->event), column = column_of(&reader->event);
        const struct tree *other;
        char *name;

        if (reader->event.type != YAML_SCALAR_EVENT)
                return refuse(reader, "a key must be a text");
        name = is_plain_yaml(reader) ? scalar(reader) : NULL;
        if (name == NULL)
                return false;
        other = tree_member(map, name);
        if (other != NULL) /* the rest is read all the same */
                mistake_add(reader->mistakes, line, column,
                            "`%s` stands here twice: first in line %u", name, other->name_line);
        *ret_member = next(reader) ? read_node(reader, depth) : NULL;
        if (*ret_member == NULL) {
                free(name);
                return false;
        }
        (*ret_member)->name = name;
        (*ret_member)->name_line = line;
        (*ret_member)->name_column = column;
        return true;
}

/* The event is its first; it is its last when this returns. NULL, with a mistake. */
static struct tree *read_node(struct reader *reader, unsigned depth)
{
        struct tree *tree, **last;
        unsigned count = 0;
        bool is_map = reader->event.type == YAML_MAPPING_START_EVENT;
        yaml_event_type_t end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;

        if (!is_plain_yaml(reader))
                return NULL;
        if (depth == DEPTH_MAX) {
                refuse(reader, "nested deeper than 16");
                return NULL;
        }
        tree = tool_alloc(1, sizeof *tree);
        tree->line = line_of(&reader->event);
        tree->column = column_of(&reader->event);
        if (reader->event.type == YAML_SCALAR_EVENT) {
                tree->kind = TREE_TEXT;
                tree->empty = reader->event.data.scalar.length == 0 &&
                              reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
                tree->text = scalar(reader);
                if (tree->text != NULL)
                        return tree;
                tree_free(tree);
                return NULL;
        }
        tree->kind = is_map ? TREE_MAP : TREE_LIST;
        for (last = &tree->first; next(reader) && reader->event.type != end;
             last = &(*last)->next) {
                if (count++ == MEMBERS_MAX) {
                        refuse(reader, "more than 4096 in one list or map");
                        break;
                }
                if (is_map && !read_member(reader, tree, last, depth + 1))
                        break;
                if (!is_map && (*last = read_node(reader, depth + 1)) == NULL)
                        break;
        }
        if (reader->event.type == end)
                return tree;
        tree_free(tree);
        return NULL;
}

struct tree *tree_read(const char *text, size_t bytes, struct mistakes *mistakes)
{
        struct reader reader = {.mistakes = mistakes};
        struct tree *tree = NULL;

        if (!yaml_parser_initialize(&reader.parser)) {
                mistake_add(mistakes, 0, 0, "out of memory");
                return NULL;
        }
        yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, bytes);
        /* the stream's begin, and the document's, or the stream's end */
        if (next(&reader) && next(&reader)) {
                if (reader.event.type == YAML_STREAM_END_EVENT)
                        mistake_add(mistakes, 0, 0, "is empty");
                else if (next(&reader))
                        tree = read_node(&reader, 0);
        }
        if (tree != NULL && next(&reader) && next(&reader) &&
            reader.event.type != YAML_STREAM_END_EVENT)
                refuse(&reader, "a second document is not allowed");
        yaml_event_delete(&reader.event);
        yaml_parser_delete(&reader.parser);
        return tree;
}

void tree_free(struct tree *tree)
{
        struct tree *after;

        for (; tree != NULL; tree = after) {
                after = tree->next;
                tree_free(tree->first);
                free(tree->texts);
                free(tree->text);
                free(tree->name);
                free(tree);
        }
}

struct tree *tree_member(const struct tree *map, const char *name)
{
        struct tree *member = map->first;

        while (member != NULL && strcmp(member->name, name) != 0)
                member = member->next;
        return member;
}

const char *tree_kind_name(const struct tree *tree)
{
        if (tree->kind == TREE_TEXT)
                return tree->empty ? "nothing" : "a text";
        return tree->kind == TREE_LIST ? "a list" : "a map";
}
