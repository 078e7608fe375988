/* SPDX-License-Identifier: MIT */
/*
 * A program is `console`, which is built in; or `./calculator.so`, a shared object that defines
 * mori_program_calculator; or `./all.so:client`, one that defines mori_program_client. What a
 * shared object does define is read from its table of symbols, for who has named something else.
 */
#include "source.h"

#include "../tool.h"

#include <mori/service.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX       "mori_program_"
#define PROGRAMS_MAX 64

void source_init(struct source *source, const char *manifest)
{
        const char *slash = strrchr(manifest, '/');

        source->folder = slash != NULL ? tool_copy(manifest, (size_t)(slash - manifest) + 1)
                                       : tool_copy("", 0);
}

void source_deinit(struct source *source)
{
        free(source->folder);
}

/* "`a`, `b`: did you mean `a`?" */
static void tell_others(const char *name, const char *const *names, size_t count, const char *what,
                        char *why, size_t size)
{
        const char *meant = mistake_meant(name, names, count);
        size_t bytes = (size_t)snprintf(why, size, "%s", what);

        if (meant != NULL) {
                snprintf(why + bytes, size - bytes, ": did you mean `%.60s`?", meant);
                return;
        }
        for (size_t i = 0; i < count && bytes < size - 80; i++)
                bytes += (size_t)snprintf(why + bytes, size - bytes, "%s`%.60s`",
                                          i == 0 ? ": there are " : ", ", names[i]);
}

/* ---- Built in */

static const struct mori_program *find_builtin(const char *name, char *why, size_t size)
{
        const char *names[PROGRAMS_MAX];
        size_t count = 0;

        for (; mori_service_programs[count] != NULL && count < PROGRAMS_MAX; count++) {
                if (strcmp(mori_service_programs[count]->name, name) == 0)
                        return mori_service_programs[count];
                names[count] = mori_service_programs[count]->name;
        }
        tell_others(name, names, count,
                    "is not built in, and the path of a shared object has a / in it (./NAME.so)",
                    why, size);
        return NULL;
}

/* ---- Shared objects */

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the programs that a table of symbols has; each is to be freed. */
static size_t names_in(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, char **names)
{
        Elf_Data *data = elf_getdata(section, NULL);
        size_t symbols = header->sh_entsize != 0 ? header->sh_size / header->sh_entsize : 0,
               count = 0;

        for (size_t i = 0; data != NULL && i < symbols && count < PROGRAMS_MAX; i++) {
                GElf_Sym symbol;
                const char *name;

                if (gelf_getsym(data, (int)i, &symbol) == NULL || symbol.st_shndx == SHN_UNDEF)
                        continue;
                name = elf_strptr(elf, header->sh_link, symbol.st_name);
                if (name != NULL && strncmp(name, PREFIX, strlen(PREFIX)) == 0)
                        names[count++] =
                                tool_copy(name + strlen(PREFIX), strlen(name + strlen(PREFIX)));
        }
        qsort(names, count, sizeof names[0],
              compare); /* as the linker has them, they are in no order */
        return count;
}

static size_t programs_of(const char *path, char **names)
{
        int file = open(path, O_RDONLY | O_CLOEXEC);
        Elf *elf = NULL;
        Elf_Scn *section = NULL;
        GElf_Shdr header;
        size_t count = 0;

        if (file >= 0 && elf_version(EV_CURRENT) != EV_NONE)
                elf = elf_begin(file, ELF_C_READ, NULL);
        while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL)
                if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_DYNSYM) {
                        count = names_in(elf, section, &header, names);
                        break;
                }
        elf_end(elf);
        if (file >= 0)
                close(file);
        return count;
}

/* "calculator" of "a/libcalculator.so.1": without folder, `lib` and what is behind the first dot.
 */
static char *default_name(const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

        if (strncmp(name, "lib", 3) == 0 && name[3] != '\0')
                name += 3;
        return tool_copy(name, strcspn(name, "."));
}

/*
 * How large what MORI_PROGRAM() has made is; 0: it has not. dlsym() looks into what the object
 * depends on as well, and libmori has functions of such names.
 */
static size_t program_bytes(const void *at)
{
        const ElfW(Sym) *symbol = NULL;
        Dl_info info;

        return dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL &&
                               ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT
                       ? symbol->st_size
                       : 0;
}

static const struct mori_program *find_symbol(void *object, const char *path, const char *name,
                                              char *why, size_t size)
{
        char symbol[300], what[400], *names[PROGRAMS_MAX];
        const struct mori_program *program = NULL;
        size_t count, bytes = 0;

        if ((size_t)snprintf(symbol, sizeof symbol, PREFIX "%s", name) < sizeof symbol)
                program = dlsym(object, symbol);
        if (program != NULL)
                bytes = program_bytes(program);
        if (bytes == sizeof *program)
                return program;
        if (bytes != 0) {
                snprintf(why, size,
                         "`" PREFIX "%.60s` has %zu bytes, and a program of this mori %zu: it is "
                         "made by MORI_PROGRAM() of another version of mori/system.h, or not by it",
                         name, bytes, sizeof *program);
                return NULL;
        }
        count = programs_of(path, names);
        snprintf(what, sizeof what,
                 count == 0 ? "has no program `%.200s`, nor another one: none is defined by "
                              "MORI_PROGRAM()"
                            : "has no program `%.200s`",
                 name);
        tell_others(name, (const char *const *)names, count, what, why, size);
        while (count > 0)
                free(names[--count]);
        return NULL;
}

const struct mori_program *source_find(void *context, const char *name, char *why, size_t bytes)
{
        const struct source *source = context;
        const struct mori_program *program = NULL;
        const char *colon = strrchr(name, ':');
        char *path, *file, *program_name;
        void *object;

        if (strchr(name, '/') == NULL)
                return find_builtin(name, why, bytes);
        if (colon != NULL && strchr(colon, '/') != NULL)
                colon = NULL; /* it is in the name of a folder */
        file = tool_copy(name, colon != NULL ? (size_t)(colon - name) : strlen(name));
        if (asprintf(&path, "%s%s", name[0] == '/' ? "" : source->folder, file) < 0)
                abort();
        program_name = colon != NULL ? tool_copy(colon + 1, strlen(colon + 1)) : default_name(file);
        object = load_object(path, why, bytes);
        if (object != NULL)
                program = find_symbol(object, path, program_name, why, bytes);
        free(program_name);
        free(path);
        free(file);
        return program;
}
