/* SPDX-License-Identifier: MIT */
/*
 * Names in C. docs/schema.md says how they are made. Names of scopes and of what is declared in
 * them are `owned`: two that are the same are an error. Names that are derived of these (`has_`,
 * `_list`) give way: they end with `_`.
 */
#pragma once

#include "request.h"

/* Whether a name of the schema is made of letters, digits and `_`, as a name must. */
bool name_is_good(struct mori_wire_text name);
/* Its own in the schema, without its scopes. */
struct mori_wire_text name_own(const struct entry *entry);
/* `phoneNumber` and `PhoneNumber` are phone_number; in capital letters PHONE_NUMBER. */
const char *name_snake(struct request *request, struct mori_wire_text name);
const char *name_upper(struct request *request, const char *name);
/* What the annotation `name` says, else name_snake(). `member` is NULL for a node's own name. */
const char *name_component(struct request *request, struct entry *entry, const char *member,
                           struct annotation_list annotations, struct mori_wire_text name);
/* A name that stands for itself, as of a member: with a `_` where it is a keyword. */
const char *name_plain(struct request *request, const char *name);
/* The name of a node. Never NULL: where it has none, there is an error. */
const char *name_of(struct request *request, struct entry *entry);

/*
 * The types that come with a struct (or an enum: its list alone). They are made of this node and
 * its scope alone, because files that import it must come to the same.
 */
const char *name_builder(struct request *request, struct entry *entry);
const char *name_list(struct request *request, struct entry *entry);

/* The names that a file declares: of types, or of all else. */
struct names {
        struct name_used *used;
        unsigned count;
        unsigned size;
};

/* `what` says whose it is, for the error where it has an owner already. */
void names_own(struct names *names, struct request *request, struct entry *entry,
               const char *member, const char *name);
/* The name, with as many `_` as it needs to be free; and it is owned then. */
const char *names_derive(struct names *names, struct request *request, const char *name);
/* Whether it was not there yet: for what is to be written once. */
bool names_add_once(struct names *names, struct request *request, const char *name);
