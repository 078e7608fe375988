/* SPDX-License-Identifier: MIT */
/*
 * Names for reports. The dynamic linker (dladdr) knows the module, and the symbols that
 * a module exports. For the others the module's file is mapped and its full symbol table is
 * searched, which is slow and does not matter: a report is rare.
 *
 * The file is believed no further than it is long: every offset that it gives is checked, because
 * what lies there may have been replaced since it was loaded.
 */
#include "platform/symbol.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool within(size_t offset, size_t count, size_t unit, size_t bytes)
{
        return offset <= bytes && (unit == 0 || count <= (bytes - offset) / unit);
}

/* Searches a mapped file for the function or variable that covers an address. */
static bool search(const char *file, size_t bytes, uintptr_t base, uintptr_t address,
                   struct platform_symbol *ret_symbol)
{
        const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
        const Elf64_Shdr *sections;
        size_t i, j;

        if (bytes < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
            header->e_ident[EI_CLASS] != ELFCLASS64 ||
            !within(header->e_shoff, header->e_shnum, sizeof *sections, bytes))
                return false;
        if (header->e_type == ET_DYN)
                address -= base;
        sections = (const Elf64_Shdr *)(file + header->e_shoff);
        for (i = 0; i < header->e_shnum; i++) {
                const Elf64_Shdr *table = &sections[i], *strings;
                const Elf64_Sym *symbols;
                size_t count = table->sh_size / sizeof *symbols;

                if (table->sh_type != SHT_SYMTAB || table->sh_link >= header->e_shnum)
                        continue;
                strings = &sections[table->sh_link];
                if (!within(table->sh_offset, count, sizeof *symbols, bytes) ||
                    !within(strings->sh_offset, strings->sh_size, 1, bytes))
                        continue;
                symbols = (const Elf64_Sym *)(file + table->sh_offset);
                for (j = 0; j < count; j++) {
                        const Elf64_Sym *symbol = &symbols[j];
                        unsigned type = ELF64_ST_TYPE(symbol->st_info);

                        if ((type != STT_FUNC && type != STT_OBJECT) ||
                            symbol->st_shndx == SHN_UNDEF || address < symbol->st_value ||
                            address - symbol->st_value >= symbol->st_size ||
                            symbol->st_name >= strings->sh_size)
                                continue;
                        snprintf(ret_symbol->name, sizeof ret_symbol->name, "%.*s",
                                 (int)(strings->sh_size - symbol->st_name < 127
                                               ? strings->sh_size - symbol->st_name
                                               : 127),
                                 file + strings->sh_offset + symbol->st_name);
                        ret_symbol->offset = address - symbol->st_value;
                        return true;
                }
        }
        return false;
}

static bool search_file(const char *path, uintptr_t base, uintptr_t address,
                        struct platform_symbol *ret_symbol)
{
        struct stat status;
        bool found = false;
        char *file;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return false;
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
                file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
                if (file != MAP_FAILED) {
                        found = search(file, (size_t)status.st_size, base, address, ret_symbol);
                        munmap(file, (size_t)status.st_size);
                }
        }
        close(fd);
        return found;
}

static bool is_in_program(const Dl_info *info)
{
        Dl_info program;
        const void *entry = (const void *)getauxval(AT_ENTRY); /* NOLINT */

        return dladdr(entry, &program) != 0 && program.dli_fbase == info->dli_fbase;
}

bool platform_symbol_find(const void *address, struct platform_symbol *ret_symbol)
{
        const char *slash;
        Dl_info info;

        memset(ret_symbol, 0, sizeof *ret_symbol);
        if (address == NULL || dladdr(address, &info) == 0 || info.dli_fname == NULL)
                return false;
        slash = strrchr(info.dli_fname, '/');
        snprintf(ret_symbol->module, sizeof ret_symbol->module, "%s",
                 slash ? slash + 1 : info.dli_fname);
        ret_symbol->module_offset = (size_t)((const char *)address - (const char *)info.dli_fbase);
        /* the program's name is what it was called by, which leads nowhere from another folder */
        if (search_file(is_in_program(&info) ? "/proc/self/exe" : info.dli_fname,
                        (uintptr_t)info.dli_fbase, (uintptr_t)address, ret_symbol))
                return true;
        if (info.dli_sname != NULL) {
                snprintf(ret_symbol->name, sizeof ret_symbol->name, "%s", info.dli_sname);
                ret_symbol->offset = (size_t)((const char *)address - (const char *)info.dli_saddr);
        }
        return true;
}

const char *platform_place(const void *address, char *text, size_t bytes)
{
        struct platform_symbol symbol;

        if (!platform_symbol_find(address, &symbol))
                snprintf(text, bytes, "%p", address);
        else if (symbol.name[0] == '\0')
                snprintf(text, bytes, "%s+0x%zx", symbol.module, symbol.module_offset);
        else
                snprintf(text, bytes, "%s+0x%zx (%s+0x%zx)", symbol.name, symbol.offset,
                         symbol.module, symbol.module_offset);
        return text;
}
