/* SPDX-License-Identifier: MIT */
/* Shared memory by memfd_create(2), and what is in files by dl_iterate_phdr(3). */
#include "platform/shared.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008 /* Linux 6.3; a kernel may want it: vm.memfd_noexec */
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/* ---- Memory */

static int map(int fd, size_t bytes, bool writes, void **ret_address)
{
        void *address = mmap(NULL, bytes, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                             fd, 0);

        if (address == MAP_FAILED)
                return -errno;
        *ret_address = address;
        return 0;
}

int platform_shared_new(size_t bytes, bool writes, int *ret_fd, void **ret_address)
{
        int fd = memfd_create("mori", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL), error;

        if (fd < 0 && errno == EINVAL)
                fd = memfd_create("mori", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
                return -errno;
        error = ftruncate(fd, (off_t)bytes) < 0 ? -errno : map(fd, bytes, writes, ret_address);
        if (error < 0) {
                close(fd);
                return error;
        }
        if (fcntl(fd, F_ADD_SEALS, SIZE_SEALS | (writes ? F_SEAL_FUTURE_WRITE | F_SEAL_SEAL : 0)) <
            0) {
                error = errno == EINVAL ? -EOPNOTSUPP : -errno; /* Linux 5.1 */
                munmap(*ret_address, bytes);
                close(fd);
                return error;
        }
        *ret_fd = fd;
        return 0;
}

int platform_shared_map(int fd, size_t bytes, bool writes, void **ret_address)
{
        struct stat status;
        int seals = fcntl(fd, F_GET_SEALS), error;

        if (fstat(fd, &status) < 0 || status.st_size < 0 || (size_t)status.st_size != bytes ||
            seals < 0 || (seals & SIZE_SEALS) != SIZE_SEALS)
                return -EINVAL;
        error = map(fd, bytes, writes, ret_address);
        if (error == 0)
                close(fd);
        return error;
}

void platform_shared_unmap(void *address, size_t bytes)
{
        munmap(address, bytes);
}

int platform_shared_inherited(int fd)
{
        return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int platform_shared_receive(int fd, void *bytes, size_t count)
{
        ssize_t got;

        do
                got = recv(fd, bytes, count, MSG_WAITALL);
        while (got < 0 && errno == EINTR);
        if (got < 0)
                return -errno;
        return (size_t)got == count ? 0 : -EPROTO;
}

char **platform_environment_with(const char *variable)
{
        size_t count = 0, length = strcspn(variable, "=") + 1, to = 0;
        char **all;

        while (environ[count] != NULL)
                count++;
        all = calloc(count + 2, sizeof *all);
        if (all == NULL)
                return NULL;
        for (size_t i = 0; i < count; i++)
                if (strncmp(environ[i], variable, length) != 0)
                        all[to++] = environ[i];
        all[to] = (char *)(uintptr_t)variable;
        return all;
}

void platform_environment_without(const char *name)
{
        unsetenv(name);
}

/* ---- Images */

struct search {
        uintptr_t address; /* in it; 0: `path` */
        const char *path;
        struct platform_image *image;
        uintptr_t base;
        bool found;
};

/* The note with the linker's name of this build. */
static void build_copy(const struct dl_phdr_info *info, unsigned char build[32])
{
        memset(build, 0, 32);
        for (unsigned i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *part = &info->dlpi_phdr[i];
                const char *note = (const char *)(info->dlpi_addr + part->p_vaddr); /* NOLINT */
                const char *end = note + part->p_memsz;

                if (part->p_type != PT_NOTE)
                        continue;
                while ((size_t)(end - note) >= sizeof(ElfW(Nhdr))) {
                        const ElfW(Nhdr) *head = (const ElfW(Nhdr) *)(const void *)note;
                        const char *name = note + sizeof *head;
                        size_t name_bytes = (head->n_namesz + 3u) & ~(size_t)3;
                        size_t bytes = (head->n_descsz + 3u) & ~(size_t)3;

                        if (name_bytes + bytes > (size_t)(end - name))
                                break;
                        if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 &&
                            memcmp(name, "GNU", 4) == 0) {
                                memcpy(build, name + name_bytes,
                                       head->n_descsz < 32 ? head->n_descsz : 32);
                                return;
                        }
                        note = name + name_bytes + bytes;
                }
        }
}

static bool has_place(const struct dl_phdr_info *info, uintptr_t address)
{
        for (unsigned i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *part = &info->dlpi_phdr[i];

                if (part->p_type == PT_LOAD && address - info->dlpi_addr >= part->p_vaddr &&
                    address - info->dlpi_addr - part->p_vaddr < part->p_memsz)
                        return true;
        }
        return false;
}

static int look(struct dl_phdr_info *info, size_t bytes, void *argument)
{
        struct search *search = argument;

        (void)bytes;
        if (search->address != 0 ? !has_place(info, search->address)
                                 : strcmp(info->dlpi_name, search->path) != 0)
                return 0;
        search->found = true;
        search->base = info->dlpi_addr;
        build_copy(info, search->image->build);
        if (search->address != 0 && strlen(info->dlpi_name) < sizeof search->image->path)
                strcpy(search->image->path, info->dlpi_name);
        else if (search->address == 0)
                search->found = has_place(info, info->dlpi_addr + search->image->offset);
        return 1;
}

int platform_image_of(const void *address, struct platform_image *ret_image)
{
        struct search search = {.address = (uintptr_t)address, .image = ret_image};

        memset(ret_image, 0, sizeof *ret_image);
        if (address == NULL || dl_iterate_phdr(look, &search) == 0)
                return -EINVAL;
        ret_image->offset = (uintptr_t)address - search.base;
        return 0;
}

int platform_image_find(const struct platform_image *image, void **ret_address)
{
        struct platform_image found = {.offset = image->offset};
        struct search search = {.path = image->path, .image = &found};

        if (memchr(image->path, '\0', sizeof image->path) == NULL)
                return -EINVAL;
        if (image->path[0] != '\0' && dlopen(image->path, RTLD_NOW | RTLD_GLOBAL) == NULL)
                return -ENOENT;
        if (dl_iterate_phdr(look, &search) == 0)
                return -ENOENT;
        if (memcmp(found.build, image->build, sizeof found.build) != 0)
                return -ESTALE;
        if (!search.found)
                return -EINVAL;
        *ret_address = (void *)(search.base + image->offset); /* NOLINT */
        return 0;
}
