/* SPDX-License-Identifier: MIT */
/*
 * See program.h: the table, the symbols and the names. What objdump prints is read in
 * disassemble.c.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../linkcheck/notes_reader.h"

static const size_t entry_bytes = 32;

bool place_equal(struct place left, struct place right)
{
        return left.section == right.section && left.offset == right.offset;
}

static int compare_places(struct place left, struct place right)
{
        if (left.section != right.section)
                return left.section < right.section ? -1 : 1;
        return (left.offset > right.offset) - (left.offset < right.offset);
}

static int compare_symbols(const void *left, const void *right)
{
        const struct symbol *a = left, *b = right;
        int places = compare_places(a->place, b->place);

        return places ? places : (int)b->function - (int)a->function;
}

static int compare_names(const void *left, const void *right)
{
        return strcmp(left, right);
}

const struct symbol *program_symbol_at(const struct program *program, struct place place)
{
        size_t low = 0, high = program->symbol_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_places(program->symbols[middle].place, place) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < program->symbol_count && place_equal(program->symbols[low].place, place)
                       ? &program->symbols[low]
                       : NULL;
}

const struct async_code *program_async_at(const struct program *program, struct place place)
{
        for (size_t i = 0; i < program->code_count; i++) {
                if (place_equal(program->codes[i].begin, place))
                        return &program->codes[i];
        }
        return NULL;
}

bool program_name_is_async(const struct program *program, const char *name)
{
        return tfind(name, &program->async_names, compare_names);
}

bool program_name_is_nogate(const struct program *program, const char *name)
{
        return tfind(name, &program->nogate_names, compare_names);
}

size_t program_instruction_at(const struct program *program, struct place place)
{
        size_t low = 0, high = program->instruction_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_places(program->instructions[middle].place, place) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < program->instruction_count &&
                               place_equal(program->instructions[low].place, place)
                       ? low
                       : program->instruction_count;
}

static int add_name(void **tree, const char *name)
{
        char *copy;

        if (tfind(name, tree, compare_names))
                return 0;
        copy = strdup(name);
        return copy && tsearch(copy, tree, compare_names) ? 0 : -ENOMEM;
}

static int add_names(void *data, const char *where, char *bytes, size_t count)
{
        struct program *program = data;
        char *line, *rest = bytes;
        int error = 0;

        (void)where;
        (void)count;
        while (!error && (line = strsep(&rest, "\n"))) {
                char *fields = line;
                const char *kind = notes_field(&fields), *name = notes_field(&fields);
                const char *flags = notes_field(&fields);

                if (!kind || kind[0] != 'd' || !flags)
                        continue;
                if (strchr(flags, 'n'))
                        error = add_name(&program->nogate_names, name);
                else if (strchr(flags, 'a'))
                        error = add_name(&program->async_names, name);
        }
        return error;
}

static int add_symbols(struct program *program, Elf_Scn *section, const GElf_Shdr *header)
{
        Elf_Data *content = elf_getdata(section, NULL);
        size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

        program->symbols = calloc(count ? count : 1, sizeof(*program->symbols));
        if (!program->symbols || !content)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                struct symbol *symbol = &program->symbols[program->symbol_count++];
                GElf_Sym raw;

                if (!gelf_getsym(content, (int)i, &raw))
                        continue;
                symbol->section = GELF_ST_TYPE(raw.st_info) == STT_SECTION;
                symbol->function = GELF_ST_TYPE(raw.st_info) == STT_FUNC;
                symbol->name = symbol->section
                                       ? ""
                                       : elf_strptr(program->elf, header->sh_link, raw.st_name);
                symbol->size = raw.st_size;
                symbol->place.offset = raw.st_value;
                symbol->place.section = program->relocatable ? raw.st_shndx : 0;
                if (raw.st_shndx == SHN_UNDEF)
                        symbol->place.section = SIZE_MAX; /* nowhere */
        }
        return 0;
}

static uint64_t little_endian(const unsigned char *bytes, int count)
{
        uint64_t value = 0;

        for (int i = count - 1; i >= 0; i--)
                value = value << 8 | bytes[i];
        return value;
}

static int add_table(struct program *program, Elf_Scn *section)
{
        Elf_Data *content = elf_getdata(section, NULL);
        size_t count = content ? content->d_size / entry_bytes : 0;
        const unsigned char *entry = content ? content->d_buf : NULL;

        program->codes = calloc(count ? count : 1, sizeof(*program->codes));
        if (!program->codes)
                return -ENOMEM;
        for (; program->code_count < count; program->code_count++, entry += entry_bytes) {
                struct async_code *code = &program->codes[program->code_count];

                code->begin.offset = little_endian(entry, 8);
                code->frame_bytes = (uint32_t)little_endian(entry + 8, 4);
                code->credit_bytes = (uint32_t)little_endian(entry + 12, 4);
                code->indirect_calls = (uint32_t)little_endian(entry + 16, 4);
                code->indirect_jumps = (uint32_t)little_endian(entry + 20, 4);
                code->cold = little_endian(entry + 24, 8) == 2;
        }
        return 0;
}

/* In an object the addresses in the table are still to be relocated. */
static int relocate_table(struct program *program, Elf_Scn *section, const GElf_Shdr *header)
{
        Elf_Data *content = elf_getdata(section, NULL);
        Elf_Scn *symbols = elf_getscn(program->elf, header->sh_link);
        Elf_Data *symbol_content = symbols ? elf_getdata(symbols, NULL) : NULL;
        size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

        if (!content || !symbol_content)
                return -EINVAL;
        for (size_t i = 0; i < count; i++) {
                GElf_Rela relocation;
                GElf_Sym symbol;
                size_t entry;

                if (!gelf_getrela(content, (int)i, &relocation) ||
                    !gelf_getsym(symbol_content, (int)GELF_R_SYM(relocation.r_info), &symbol))
                        return -EINVAL;
                entry = relocation.r_offset / entry_bytes;
                if (entry >= program->code_count)
                        return -EINVAL;
                program->codes[entry].begin.section = symbol.st_shndx;
                program->codes[entry].begin.offset =
                        symbol.st_value + (uint64_t)relocation.r_addend;
        }
        return 0;
}

/* Lazy binding shows as a table of jump slots without the flag that has them filled at once. */
static void read_dynamic(struct program *program, Elf_Scn *section, const GElf_Shdr *header)
{
        Elf_Data *content = elf_getdata(section, NULL);
        size_t count = content && header->sh_entsize ? content->d_size / header->sh_entsize : 0;
        bool slots = false, now = false;

        for (size_t i = 0; i < count; i++) {
                GElf_Dyn entry;

                if (!gelf_getdyn(content, (int)i, &entry))
                        continue;
                slots |= entry.d_tag == DT_JMPREL;
                now |= entry.d_tag == DT_BIND_NOW ||
                       (entry.d_tag == DT_FLAGS && entry.d_un.d_val & DF_BIND_NOW) ||
                       (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_NOW);
        }
        program->bound_lazily = slots && !now;
}

static int name_table(struct program *program)
{
        size_t kept = 0;

        for (size_t i = 0; i < program->code_count; i++) {
                struct async_code *code = &program->codes[i];
                const struct symbol *symbol = program_symbol_at(program, code->begin);

                /* What the linker left out has address 0 in a linked file. */
                if (!program->relocatable && code->begin.offset == 0)
                        continue;
                if (!symbol || !symbol->size) {
                        fprintf(stderr,
                                "%s: no symbol for the async function at %#lx: was it stripped?\n",
                                program->path, (unsigned long)code->begin.offset);
                        return -ENOENT;
                }
                code->name = symbol->name;
                code->size = symbol->size;
                program->codes[kept++] = *code;
        }
        program->code_count = kept;
        return 0;
}

static int read_sections(struct program *program)
{
        Elf_Scn *at = NULL, *relocations = NULL;
        GElf_Shdr header, relocations_header = {0};
        size_t names;
        int error = 0;

        if (elf_getshdrstrndx(program->elf, &names) < 0 ||
            elf_getshdrnum(program->elf, &program->section_count) < 0)
                return -ENOEXEC;
        program->section_names = calloc(program->section_count, sizeof(char *));
        if (!program->section_names)
                return -ENOMEM;
        while (!error && (at = elf_nextscn(program->elf, at))) {
                const char *name;

                if (!gelf_getshdr(at, &header))
                        return -ENOEXEC;
                name = elf_strptr(program->elf, names, header.sh_name);
                program->section_names[elf_ndxscn(at)] = (char *)(size_t)name;
                if (header.sh_type == SHT_DYNAMIC)
                        read_dynamic(program, at, &header);
                if (header.sh_type == SHT_SYMTAB)
                        error = add_symbols(program, at, &header);
                else if (strcmp(name, ".debug_mori") == 0)
                        error = add_table(program, at);
                else if (strcmp(name, ".rela.debug_mori") == 0) {
                        relocations = at;
                        relocations_header = header;
                }
        }
        if (!error && relocations && program->codes)
                error = relocate_table(program, relocations, &relocations_header);
        if (error)
                return error;
        if (program->symbol_count)
                qsort(program->symbols, program->symbol_count, sizeof(*program->symbols),
                      compare_symbols);
        return name_table(program);
}

int program_load(struct program *program, const char *path)
{
        GElf_Ehdr header;
        int error;

        *program = (struct program){.path = path};
        error = notes_read_sections(path, ".mori.notes", add_names, program);
        if (error)
                return error;
        program->descriptor = open(path, O_RDONLY | O_CLOEXEC);
        program->elf = elf_begin(program->descriptor, ELF_C_READ_MMAP_PRIVATE, NULL);
        if (!program->elf || !gelf_getehdr(program->elf, &header)) {
                fprintf(stderr, "%s: not an object or a program (archives: extract them first)\n",
                        path);
                return -ENOEXEC;
        }
        program->relocatable = header.e_type == ET_REL;
        error = read_sections(program);
        if (error)
                fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(-error));
        return error;
}

void program_deinit(struct program *program)
{
        for (size_t i = 0; i < program->instruction_count; i++) {
                free(program->instructions[i].mnemonic);
                free(program->instructions[i].operands);
                free(program->instructions[i].symbol);
        }
        free(program->instructions);
        free(program->codes);
        free(program->symbols);
        free(program->section_names);
        tdestroy(program->async_names, free);
        tdestroy(program->nogate_names, free);
        if (program->elf)
                elf_end(program->elf);
        if (program->descriptor > 0)
                close(program->descriptor);
}
