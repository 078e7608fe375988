/* SPDX-License-Identifier: MIT */
/*
 * What one file of the schema becomes: a header and a source. The header has, in this order, its
 * own types, the headers of what it imports, and functions. Its types are made of the runtime's
 * alone, so files may import one another in a circle.
 */
#pragma once

#include "form.h"

struct unit {
        struct request *request;
        struct entry *file;
        struct entry **entries; /* what it declares, scopes before what is in them */
        unsigned count;
        unsigned size;
        struct text types, imports, functions, source;
        struct names tags;  /* of structs and enums */
        struct names names; /* of all else */
        struct names lists; /* of lists: those that stand in `functions` already */
        struct names included;
        bool uses_objects;  /* references: it needs mori/object.h */
        bool uses_programs; /* and mori/system.h */
};

/* Writes into the two texts, which are empty. Errors go into the request. */
void unit_make(struct request *request, struct entry *file, const char *header_name,
               struct text *header, struct text *source);

/* ---- What its parts use of each other */

/* To the functions of its header, and to its source. */
void unit_add(struct unit *unit, const char *format, ...) __attribute__((format(printf, 2, 3)));
void unit_add_source(struct unit *unit, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* Line by line; nothing where nothing is said. */
void unit_comment(struct text *text, const char *indent, struct mori_wire_text said);
/* What was said of the member at an index of a node's fields, enumerants or methods. */
struct mori_wire_text unit_member_comment(const struct entry *entry, uint32_t index);
/* Has the header of its file included, and the types of a list of lists declared. */
void unit_use(struct unit *unit, const struct form *form);

/* access.c: the functions of a struct. */
void unit_struct(struct unit *unit, struct entry *entry);
/* The primary names of its fields. */
void unit_struct_names(struct unit *unit, struct entry *entry);
/* interface.c: what an interface declares, and its names. */
void unit_interface_types(struct unit *unit, struct entry *entry);
void unit_interface_names(struct unit *unit, struct entry *entry);
void unit_interface(struct unit *unit, struct entry *entry);
/* program.c: what a program has, where the struct is one, and its names. */
void unit_program_names(struct unit *unit, struct entry *entry);
void unit_program(struct unit *unit, struct entry *entry);
/* words.c: a message in the source; answers its name. */
const char *unit_constant(struct unit *unit, struct entry *entry, const char *member,
                          const char *name, const struct form *form, struct value value);
