/* SPDX-License-Identifier: MIT */
/*
 * What `capnp compile` asks for: the nodes of the schema by their ids, what was said of them, and
 * what is wrong with them.
 *
 * A node is what has an id: a file, a struct (also a group, and the parameters or the results of a
 * method), an enum, an interface, a constant, an annotation. Nothing that a request says is
 * believed: an id may lead nowhere or in a circle, a name may be none.
 */
#pragma once

#include "generated/schema.mori.h"
#include "text.h"

/* Scopes and groups are nested no deeper than this; an honest compiler's parser ends before. */
#define REQUEST_DEPTH_MAX 64

struct entry {
        uint64_t id;
        struct node node;
        struct node_source_info info; /* empty where there is none */
        const char *name;             /* in C; NULL until it is asked for, as are those of */
        const char *builder, *list;   /* the types that come with it */
        struct entry *parent;         /* of a group, or of a method's struct: NULL otherwise */
        bool listed;                  /* among what its file declares */
};

struct request {
        struct mori_wire_message *message;
        struct code_generator_request root;
        struct entry *entries; /* by id */
        uint32_t count;
        struct arena arena;
        struct text errors;
        unsigned error_count;
        const char *folder; /* where the schemas' names begin; NULL: unknown */
};

/* The message must live as long. False, with an error, where it cannot be worked with. */
bool request_init(struct request *request, struct mori_wire_message *message, const char *folder);
void request_deinit(struct request *request);

/* NULL where there is none. */
struct entry *request_find(const struct request *request, uint64_t id);
/* Up through the scopes; NULL, with an error, where that leads nowhere. */
struct entry *request_file_of(struct request *request, struct entry *entry);
/* The scope in which it is declared; NULL for a file, or where there is none. */
struct entry *request_scope_of(const struct request *request, const struct entry *entry);

/*
 * Adds an error with the schema's file, and the line where it is known: of the member (a field, an
 * enumerant, a method) if one is named.
 */
void request_error(struct request *request, struct entry *entry, const char *member,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Ours among the annotations: its value. */
#define MORI_PREFIX    0xd1f0a7a31c2b9e01u
#define MORI_NAME      0xd1f0a7a31c2b9e02u
#define MORI_READONLY  0xd1f0a7a31c2b9e03u
#define MORI_REENTRANT 0xd1f0a7a31c2b9e04u
#define MORI_STREAM    0xd1f0a7a31c2b9e05u
#define MORI_DEADLINE  0xd1f0a7a31c2b9e06u
#define MORI_PROGRAM   0xd1f0a7a31c2b9e07u
#define MORI_EXPORT    0xd1f0a7a31c2b9e08u
#define MORI_REQUIRED  0xd1f0a7a31c2b9e09u
#define MORI_LEAST     0xd1f0a7a31c2b9e0au
#define MORI_MOST      0xd1f0a7a31c2b9e0bu
bool request_annotation(struct annotation_list annotations, uint64_t id, struct value *ret_value);
