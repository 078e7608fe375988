/* SPDX-License-Identifier: MIT */
/*
 * Frozen variables lie among what the dynamic linker makes read-only after it has relocated a
 * module: PT_GNU_RELRO, of whose end the linker makes a page boundary, and whose beginning is cut
 * down to one. So every module has whole pages of them, whatever else is in it, and they are
 * read-only before anything of the module runs.
 *
 *      relocated ----> read-only ----> writable ----> read-only, and so on, for ever
 *        (ld.so)        mori_detail_at_load()  function has returned
 *
 * Other contents of these pages (the GOT, vtables) are writable meanwhile as well, as they were
 * while the module was relocated. Nobody else runs code of a module that is being loaded.
 */
#include "platform/frozen.h"

#include "base/base.h"
#include "platform/fault.h"

#include <mori/frozen.h>

#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EXIT_CONFIGURATION = 78 };

/* The module that an address is in, and where its read-only part is; NULL and 0 if it has none. */
struct module {
        uintptr_t address;
        const char *name;
        char *frozen;
        size_t bytes;
};

static int look_at_module(struct dl_phdr_info *info, size_t size, void *argument)
{
        struct module *module = argument;
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin, end;
        bool within = false;
        size_t i;

        (void)size;
        for (i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *part = &info->dlpi_phdr[i];

                if (part->p_type == PT_LOAD &&
                    module->address - (info->dlpi_addr + part->p_vaddr) < part->p_memsz)
                        within = true;
        }
        if (!within)
                return 0;
        module->name = info->dlpi_name;
        for (i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *part = &info->dlpi_phdr[i];

                if (part->p_type != PT_GNU_RELRO)
                        continue;
                begin = (info->dlpi_addr + part->p_vaddr) & -page;
                end = (info->dlpi_addr + part->p_vaddr + part->p_memsz) & -page;
                module->frozen = (char *)begin; /* NOLINT: the program header has it as a number */
                module->bytes = end > begin ? end - begin : 0;
        }
        return 1;
}

static bool find_module(const void *address, struct module *ret_module)
{
        *ret_module = (struct module){.address = (uintptr_t)address};
        return dl_iterate_phdr(look_at_module, ret_module) != 0;
}

bool platform_frozen_holds(const void *address)
{
        struct module module;

        return find_module(address, &module) &&
               (size_t)((const char *)address - module.frozen) < module.bytes;
}

static void protect(const struct module *module, int protection)
{
        if (mprotect(module->frozen, module->bytes, protection) == 0)
                return;
        base_report("mori: the frozen variables of %s cannot be made %s: %s",
                    module->name[0] ? module->name : "the program",
                    protection & PROT_WRITE ? "writable" : "read-only", strerror(errno));
        platform_end_now(EXIT_CONFIGURATION);
}

void mori_detail_at_load(void (*function)(void))
{
        struct module module;

        if (!find_module((const void *)(uintptr_t)function, &module) || module.bytes == 0) {
                base_report("mori: %s has frozen variables, and nothing that is read-only after "
                            "load: it was linked with -Wl,-z,norelro, which they do not go with",
                            module.name == NULL || module.name[0] == '\0' ? "the program"
                                                                          : module.name);
                platform_end_now(EXIT_CONFIGURATION);
        }
        protect(&module, PROT_READ | PROT_WRITE);
        function();
        protect(&module, PROT_READ);
}
