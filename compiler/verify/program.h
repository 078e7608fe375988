/* SPDX-License-Identifier: MIT */
/*
 * A program, or an object, as mori-verify sees it: the table that the plugin wrote, the symbols,
 * and the instructions of its async functions as objdump prints them.
 *
 * A place is a section and an offset in it. In a linked file offsets are addresses and the section
 * is 0, because there an address is enough; in an object each section begins at 0.
 */
#ifndef MORI_VERIFY_PROGRAM_H
#define MORI_VERIFY_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place {
        size_t section;
        uint64_t offset;
};

/* A function in the table of async machine code, or the cold part of one. */
struct async_code {
        struct place begin;
        uint64_t size;
        const char *name;
        uint32_t frame_bytes, credit_bytes;
        uint32_t indirect_calls, indirect_jumps;
        bool cold;
};

struct symbol {
        struct place place;
        uint64_t size;
        const char *name;
        bool function, section;
};

struct instruction {
        struct place place;
        char *mnemonic; /* without prefixes such as notrack */
        char *operands;
        bool has_target; /* a direct call or jump whose target lies in this file */
        struct place target;
        char *symbol; /* the name of the target if it lies elsewhere, or as objdump names it */
};

struct program {
        const char *path;
        bool relocatable;
        bool bound_lazily; /* it calls other modules, and they are looked for at the first call */
        struct async_code *codes;
        size_t code_count;
        struct symbol *symbols; /* functions first of all those at one place */
        size_t symbol_count;
        struct instruction *instructions; /* in the order of their places */
        size_t instruction_count;
        /*
         * What the notes call async, and defined elsewhere (or in assembly): names in a tsearch()
         * tree.
         */
        void *async_names;
        void *nogate_names;

        /* For whoever loads it. */
        void *elf;
        int descriptor;
        char **section_names;
        size_t section_count;
};

/* Return 0, or a negative errno after having said what is wrong. */
int program_load(struct program *program, const char *path);
int program_disassemble(struct program *program);
void program_deinit(struct program *program);

bool place_equal(struct place left, struct place right);
/* The symbol at a place, functions preferred; null if there is none. */
const struct symbol *program_symbol_at(const struct program *program, struct place place);
const struct async_code *program_async_at(const struct program *program, struct place place);
bool program_name_is_async(const struct program *program, const char *name);
bool program_name_is_nogate(const struct program *program, const char *name);
/* The index of the instruction at a place; instruction_count if there is none. */
size_t program_instruction_at(const struct program *program, struct place place);

#endif
