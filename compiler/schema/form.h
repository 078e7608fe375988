/* SPDX-License-Identifier: MIT */
/*
 * What a type of the schema is in C.
 */
#pragma once

#include "name.h"

enum shape {
        SHAPE_VOID,
        SHAPE_BOOL,
        SHAPE_INTEGER,
        SHAPE_FLOAT,
        SHAPE_ENUM,
        SHAPE_TEXT,
        SHAPE_DATA,
        SHAPE_STRUCT,
        SHAPE_LIST,
        SHAPE_ANY,
        SHAPE_CAPABILITY,
};

struct form {
        enum shape shape;
        unsigned bits; /* of an element, or of a field, that is a value */
        bool is_signed;
        const char *c;       /* "uint32_t", "struct person", "struct mori_wire_text" */
        const char *builder; /* of a struct or a list: "struct person_builder" */
        const char *list;    /* what a list of it is called: "person_list", "mori_wire_int8_list" */
        const char *size;    /* of it as an element: "MORI_WIRE_FOUR_BYTES" */
        struct entry *entry; /* of a struct, an enum, an interface */
        struct form *element;
};

/*
 * False, with an error of the entry's member, where C has nothing for it (List(AnyStruct)), or the
 * request is wrong.
 */
bool form_of(struct request *request, struct entry *entry, const char *member, struct type type,
             struct form *ret_form);

/* Whether a struct has a place for it at the offset of a field. */
bool form_place_is_good(const struct form *form, struct node_struct of, uint32_t offset);

/* Whether it is in the section of pointers. */
static inline bool form_is_pointer(const struct form *form)
{
        return form->shape >= SHAPE_TEXT;
}

/* The value as a constant of C; `value` is of the form. Not for pointers. */
const char *form_literal(struct request *request, const struct form *form, struct value value);
/* Its bits. */
uint64_t form_bits(const struct form *form, struct value value);
/* Bits as a constant for mori_wire_put_uN(). */
const char *form_bits_literal(struct request *request, const struct form *form, uint64_t bits);
/* Where the value is a pointer: that. */
struct mori_wire_pointer form_pointer(struct value value);
