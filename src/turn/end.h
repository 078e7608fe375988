/* SPDX-License-Identifier: MIT */
/*
 * Why a process has ended, as a value (<mori/process.h> shows it to programs).
 *
 * What most ends are, a kind and a number, stands in the process. A text, and the chain of causes,
 * are a detail beside it: made when the end begins, never changed, and counted, since it goes to
 * all who are told. Where there is no memory for one there is a detail that says so: that a process
 * ends is never held up, and never untold.
 */
#pragma once

#include "base/base.h"

struct process;

/* As enum mori_end_kind. */
enum end_kind {
        END_NONE,
        END_RETURNED,
        END_FAILED,
        END_STOPPED,
        END_KILLED,
        END_ABANDONED,
        END_QUOTA,
        END_LINKED,
};

#define END_NAME_MAX   23
#define END_TEXT_MAX   119
#define END_CAUSES_MAX 4

struct end_cause {
        enum end_kind kind;
        int32_t code;
        uint64_t process; /* its handle */
        char name[END_NAME_MAX + 1];
};

struct end_detail {
        uint32_t references;
        uint32_t causes_count, causes_left_out;
        char text[END_TEXT_MAX + 1];
        struct end_cause causes[END_CAUSES_MAX]; /* the nearest first, the last one always */
};

struct end {
        enum end_kind kind;
        int32_t code;
        struct end_detail *detail; /* or NULL */
};

/* An end, and whose. */
struct end_told {
        struct end end; /* with a reference to its detail */
        uint64_t process;
        char name[END_NAME_MAX + 1];
};

/* With one reference each; not NULL. */
struct end_detail *end_detail_new(const char *text);
/* The causes: this process, and those of its own end. */
struct end_detail *end_detail_of(const struct process *cause);
struct end_detail *end_detail_ref(struct end_detail *detail);
/* Takes NULL. Returns NULL. */
struct end_detail *end_detail_unref(struct end_detail *detail);
/* Copies a name, cut to what is kept. */
void end_name_copy(char to[END_NAME_MAX + 1], const char *name);
/* Tells the end of a process that is gone, or is about to be. */
void end_tell(const struct process *process, struct end_told *ret_told);
