/* SPDX-License-Identifier: MIT */
/*
 * A manifest: what docs/system.md says stands in it, checked, as a system that can be run. All
 * mistakes are found that can be, before anything runs.
 */
#pragma once

#include "tree.h"

#include <mori/system.h>

/* How large a manifest may be. */
#define MANIFEST_BYTES_MAX (1u << 20)

/*
 * Where programs come from: the one that a manifest names by `name`. NULL, with the reason in `why`
 * (without the name).
 */
struct program_source {
        const struct mori_program *(*find)(void *context, const char *name, char *why,
                                           size_t bytes);
        void *context;
};

/* A process of a manifest, as it stands there. */
struct manifest_process {
        const char *name;
        const char *program_name;
        struct tree *tree;                  /* what stands behind its name */
        const struct mori_program *program; /* NULL: not found */
        void *settings;
        struct mori_system_need *needs; /* by places in the manifest */
        bool *met;                      /* those that are good */
        unsigned needs_count;
        struct mori_system_process plan;
        unsigned place; /* in the order of starting */
};

struct manifest {
        struct tree *tree;
        struct manifest_process *processes; /* as they stand in the file */
        unsigned count;
        struct manifest_process **order; /* as they start */
        struct mori_system system;       /* in that order */
};

/*
 * Reads one. False: there are mistakes, in the order of the file; it is to be freed in both cases.
 */
bool manifest_read(struct manifest *manifest, const char *text, size_t bytes,
                   const struct program_source *programs, struct mistakes *mistakes);
void manifest_free(struct manifest *manifest);

/* ---- Its parts */

/*
 * value.c: false, with a mistake, where the text is not such a value. What is read points to the
 * tree's memory.
 */
bool value_read(const struct mori_program_field *field, struct tree *tree, void *has,
                struct mistakes *mistakes);
bool value_duration(const struct tree *tree, int64_t least, int64_t *ret_ns,
                    struct mistakes *mistakes);
bool value_bytes(const struct tree *tree, size_t *ret_bytes, struct mistakes *mistakes);
bool value_number(const struct tree *tree, uint64_t least, uint64_t most, uint64_t *ret_number,
                  struct mistakes *mistakes);
/* The place of the text among the names; false, with a mistake that says what it is to be. */
bool value_choice(const struct tree *tree, const char *const *names, size_t count,
                  size_t *ret_index, struct mistakes *mistakes);
/* Whether it is of that kind; else a mistake: "expected WHAT, not ...". */
bool value_is(const struct tree *tree, enum tree_kind kind, const char *what,
              struct mistakes *mistakes);

/* wiring.c: where needs are met, and the order of starting. */
void wire(struct manifest *manifest, struct mistakes *mistakes);

/* A mistake: something that its program needs is not among what it `has`, which may be NULL. */
void mistake_missing(struct mistakes *mistakes, const struct manifest_process *process,
                     const struct tree *has, const struct mori_program_field *field);
/* A mistake about a name that is none; `names` are those that there are. */
void mistake_unknown(struct mistakes *mistakes, unsigned line, unsigned column, const char *what,
                     const char *name, const char *const *names, size_t count);
