/* SPDX-License-Identifier: MIT */
/*
 * See notes_reader.h. libelf does the work; an archive is a row of ELF files to it, and an archive
 * in an archive another level of the same.
 */
#include "notes_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_object(Elf *elf, const char *where, const char *section, notes_section_visit visit,
                       void *data)
{
        Elf_Scn *at = NULL;
        size_t names;

        if (elf_getshdrstrndx(elf, &names) < 0)
                return 0;
        while ((at = elf_nextscn(elf, at))) {
                GElf_Shdr header;
                const char *name;
                Elf_Data *content = NULL;

                if (!gelf_getshdr(at, &header))
                        continue;
                name = elf_strptr(elf, names, header.sh_name);
                if (!name || strcmp(name, section) != 0 || header.sh_type == SHT_NOBITS)
                        continue;
                if (header.sh_flags & SHF_COMPRESSED && elf_compress(at, 0, 0) < 0)
                        continue;
                while ((content = elf_getdata(at, content))) {
                        char *bytes = malloc(content->d_size + 1);
                        int answer;

                        if (!bytes)
                                return -ENOMEM;
                        memcpy(bytes, content->d_buf, content->d_size);
                        bytes[content->d_size] = '\0';
                        answer = visit(data, where, bytes, content->d_size);
                        free(bytes);
                        if (answer)
                                return answer;
                }
        }
        return 0;
}

static int read_any(Elf *elf, int descriptor, const char *where, const char *section,
                    notes_section_visit visit, void *data)
{
        Elf_Cmd command = ELF_C_READ_MMAP_PRIVATE;
        Elf *member;
        int answer = 0;

        if (elf_kind(elf) == ELF_K_ELF)
                return read_object(elf, where, section, visit, data);
        if (elf_kind(elf) != ELF_K_AR)
                return -ENOEXEC;

        while (!answer && (member = elf_begin(descriptor, command, elf))) {
                Elf_Arhdr *header = elf_getarhdr(member);
                char *name;

                if (header && header->ar_name && header->ar_name[0] != '/') {
                        if (asprintf(&name, "%s(%s)", where, header->ar_name) < 0)
                                return -ENOMEM;
                        answer = read_any(member, descriptor, name, section, visit, data);
                        free(name);
                        if (answer == -ENOEXEC)
                                answer = 0; /* archives may hold anything */
                }
                command = elf_next(member);
                elf_end(member);
        }
        return answer;
}

int notes_read_sections(const char *path, const char *section, notes_section_visit visit,
                        void *data)
{
        int descriptor = open(path, O_RDONLY | O_CLOEXEC);
        int answer;
        Elf *elf;

        if (descriptor < 0) {
                answer = -errno;
                fprintf(stderr, "%s: %s\n", path, strerror(-answer));
                return answer;
        }
        elf_version(EV_CURRENT);
        elf = elf_begin(descriptor, ELF_C_READ_MMAP_PRIVATE, NULL);
        answer = elf ? read_any(elf, descriptor, path, section, visit, data) : -ENOEXEC;
        if (answer == -ENOEXEC)
                fprintf(stderr, "%s: neither an ELF file nor an archive of them\n", path);
        elf_end(elf);
        close(descriptor);
        return answer;
}

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

char *notes_field(char **line)
{
        char *field = *line, *in, *out;

        if (!field || !*field)
                return NULL;
        *line = strchr(field, ' ');
        if (*line)
                *(*line)++ = '\0';

        for (in = out = field; *in; in++) {
                if (*in == '%' && in[1] && hex_value(in[1]) >= 0 && hex_value(in[2]) >= 0) {
                        *out++ = (char)(hex_value(in[1]) * 16 + hex_value(in[2]));
                        in += 2;
                } else if (*in != '%') {
                        *out++ = *in;
                }
        }
        *out = '\0';
        return field;
}
