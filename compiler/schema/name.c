/* SPDX-License-Identifier: MIT */
#include "name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Words that C, C++ or mori/keywords.h have taken, and macros of GNU C. */
static const char *const keywords[] = {
        "alignas",  "alignof",   "and",      "and_eq",
        "asm",      "async",     "auto",     "await",
        "bitand",   "bitor",     "bool",     "break",
        "case",     "catch",     "char",     "class",
        "compl",    "concept",   "const",    "constexpr",
        "continue", "decltype",  "default",  "defer",
        "delete",   "do",        "double",   "else",
        "enum",     "errno",     "explicit", "export",
        "extern",   "false",     "float",    "for",
        "friend",   "goto",      "i386",     "if",
        "inline",   "int",       "linux",    "long",
        "mutable",  "namespace", "new",      "noexcept",
        "not",      "not_eq",    "nullptr",  "operator",
        "or",       "or_eq",     "private",  "protected",
        "public",   "register",  "requires", "restrict",
        "return",   "scope",     "short",    "signed",
        "sizeof",   "soft",      "static",   "static_assert",
        "stderr",   "stdin",     "stdout",   "struct",
        "switch",   "template",  "this",     "thread_local",
        "throw",    "true",      "try",      "typedef",
        "typeid",   "typename",  "typeof",   "union",
        "unix",     "unsigned",  "using",    "virtual",
        "void",     "volatile",  "wchar_t",  "while",
        "xor",      "xor_eq",
};

static bool is_keyword(const char *name)
{
        for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
                if (strcmp(name, keywords[i]) == 0)
                        return true;
        return false;
}

const char *name_plain(struct request *request, const char *name)
{
        return is_keyword(name) ? arena_print(&request->arena, "%s_", name) : name;
}

bool name_is_good(struct mori_wire_text name)
{
        if (name.count == 0 || name.count > 255 || isdigit((unsigned char)name.bytes[0]))
                return false;
        for (uint32_t i = 0; i < name.count; i++)
                if (!isalnum((unsigned char)name.bytes[i]) && name.bytes[i] != '_')
                        return false;
        return true;
}

const char *name_snake(struct request *request, struct mori_wire_text name)
{
        char *snake = arena_take(&request->arena, 2 * (size_t)name.count + 1), *to = snake;

        for (uint32_t i = 0; i < name.count; i++) {
                unsigned char c = (unsigned char)name.bytes[i], before, behind;

                if (i > 0 && isupper(c)) {
                        before = (unsigned char)name.bytes[i - 1];
                        behind = (unsigned char)name.bytes[i + 1]; /* or the 0 */
                        if ((!isupper(before) && before != '_') ||
                            (isupper(before) && islower(behind)))
                                *to++ = '_';
                }
                *to++ = (char)tolower(c);
        }
        return snake;
}

const char *name_upper(struct request *request, const char *name)
{
        char *upper = arena_print(&request->arena, "%s", name);

        for (char *at = upper; *at != '\0'; at++)
                *at = (char)toupper((unsigned char)*at);
        return upper;
}

const char *name_component(struct request *request, struct entry *entry, const char *member,
                           struct annotation_list annotations, struct mori_wire_text name)
{
        struct mori_wire_text said;
        struct value value;

        if (!name_is_good(name)) {
                request_error(request, entry, NULL, "`%.255s` is no name", name.bytes);
                return "no_name";
        }
        if (!request_annotation(annotations, MORI_NAME, &value))
                return name_snake(request, name);
        said = value_text(value);
        if (!name_is_good(said)) {
                request_error(request, entry, member, "what $Mori.name says is no name: `%.255s`",
                              said.bytes);
                return "no_name";
        }
        return said.bytes;
}

struct mori_wire_text name_own(const struct entry *entry)
{
        struct mori_wire_text name = node_display_name(entry->node);
        uint32_t prefix = node_display_name_prefix_length(entry->node);

        if (prefix > name.count)
                prefix = name.count;
        name.bytes += prefix;
        name.count -= prefix;
        return name;
}

/* What is said of a file, before the names in it: "" or "prefix_". */
static const char *file_prefix(struct request *request, struct entry *file)
{
        struct value value;

        if (!request_annotation(node_annotations(file->node), MORI_PREFIX, &value) ||
            value_text(value).count == 0)
                return "";
        if (!name_is_good(value_text(value))) {
                request_error(request, file, NULL, "what $Mori.prefix says is no name: `%.255s`",
                              value_text(value).bytes);
                return "";
        }
        return arena_print(&request->arena, "%s_", value_text(value).bytes);
}

static const char *make_name(struct request *request, struct entry *entry)
{
        struct entry *scope = request_scope_of(request, entry);
        const char *component, *name;

        if (request_file_of(request, entry) == NULL) { /* which also bounds the recursion */
                request_error(request, NULL, NULL, "the scopes of `%.255s` lead to no file",
                              node_display_name(entry->node).bytes);
                return "no_scope";
        }
        component = name_component(request, entry, NULL, node_annotations(entry->node),
                                   name_own(entry));
        if (node_is_file(scope->node))
                name = arena_print(&request->arena, "%s%s", file_prefix(request, scope), component);
        else
                name = arena_print(&request->arena, "%s_%s", name_of(request, scope), component);
        return name_plain(request, name);
}

const char *name_of(struct request *request, struct entry *entry)
{
        if (entry->name == NULL)
                entry->name = node_is_file(entry->node) ? "file" : make_name(request, entry);
        return entry->name;
}

/* Whether a scope has something nested of that name. */
static bool has_nested(struct request *request, const struct entry *entry, const char *name)
{
        struct node_nested_node_list nested = node_nested_nodes(entry->node);

        for (uint32_t i = 0; i < node_nested_node_list_count(nested); i++)
                if (strcmp(name_snake(request,
                                      node_nested_node_name(node_nested_node_list_at(nested, i))),
                           name) == 0)
                        return true;
        return false;
}

/*
 * Whether "person" with that behind is the name of something else: of a field or of what is nested
 * in Person, or of what stands beside it, PersonList. As the schema has them: `name` is not asked.
 */
static bool is_taken(struct request *request, const struct entry *entry, const char *behind)
{
        struct field_list fields = node_struct_fields(node_struct(entry->node));
        const struct entry *scope = request_scope_of(request, entry);
        const char *own = name_snake(request, name_own(entry));

        for (uint32_t i = 0; i < field_list_count(fields); i++)
                if (strcmp(name_snake(request, field_name(field_list_at(fields, i))), behind) == 0)
                        return true;
        return has_nested(request, entry, behind) ||
               (scope != NULL &&
                has_nested(request, scope, arena_print(&request->arena, "%s_%s", own, behind)));
}

const char *name_builder(struct request *request, struct entry *entry)
{
        if (entry->builder == NULL)
                entry->builder =
                        arena_print(&request->arena, "%s_builder%s", name_of(request, entry),
                                    is_taken(request, entry, "builder") ? "_" : "");
        return entry->builder;
}

const char *name_list(struct request *request, struct entry *entry)
{
        if (entry->list == NULL) {
                bool taken = is_taken(request, entry, "list") ||
                             is_taken(request, entry, "list_builder");

                entry->list = arena_print(&request->arena, "%s_list%s", name_of(request, entry),
                                          taken ? "_" : "");
        }
        return entry->list;
}

/* ---- Who has which name */

struct name_used {
        const char *name;
        const char *what;
};

static unsigned name_hash(const char *name)
{
        unsigned hash = 2166136261u; /* FNV-1a */

        for (; *name != '\0'; name++)
                hash = (hash ^ (unsigned char)*name) * 16777619u;
        return hash;
}

/* Where the name is, or would be. */
static struct name_used *names_find(const struct names *names, const char *name)
{
        unsigned at = name_hash(name) & (names->size - 1);

        while (names->used[at].name != NULL && strcmp(names->used[at].name, name) != 0)
                at = (at + 1) & (names->size - 1);
        return &names->used[at];
}

static void names_add(struct names *names, struct request *request, const char *name,
                      const char *what)
{
        if (2 * names->count >= names->size) {
                struct names grown = {.size = names->size == 0 ? 256 : 2 * names->size};

                grown.used = arena_take(&request->arena, grown.size * sizeof *grown.used);
                for (unsigned i = 0; i < names->size; i++)
                        if (names->used[i].name != NULL)
                                *names_find(&grown, names->used[i].name) = names->used[i];
                grown.count = names->count;
                *names = grown;
        }
        *names_find(names, name) = (struct name_used){name, what};
        names->count++;
}

void names_own(struct names *names, struct request *request, struct entry *entry,
               const char *member, const char *name)
{
        const char *what = node_display_name(entry->node).bytes;
        struct name_used *used;

        if (member != NULL)
                what = arena_print(&request->arena, "%s.%s", what, member);
        if (names->size == 0 || (used = names_find(names, name))->name == NULL) {
                names_add(names, request, name, what);
                return;
        }
        request_error(request, entry, member,
                      "its name in C, %s, is that of %s: give one of them another by $Mori.name",
                      name, used->what);
}

const char *names_derive(struct names *names, struct request *request, const char *name)
{
        while (names->size > 0 && names_find(names, name)->name != NULL)
                name = arena_print(&request->arena, "%s_", name);
        names_add(names, request, name, "");
        return name;
}

bool names_add_once(struct names *names, struct request *request, const char *name)
{
        if (names->size > 0 && names_find(names, name)->name != NULL)
                return false;
        names_add(names, request, name, "");
        return true;
}
