/* SPDX-License-Identifier: MIT */
/* A folder in which a test plays the kernel's files: made, filled, and gone at the end. */
#ifndef MORI_TESTS_SUPPORT_FOLDER_H
#define MORI_TESTS_SUPPORT_FOLDER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder_root[64];

static inline void folder_begin(void)
{
        strcpy(folder_root, "/tmp/mori-folder-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder_root));
}

static inline void folder_end(void)
{
        char command[128];

        snprintf(command, sizeof command, "rm -r '%s'", folder_root);
        ck_assert_int_eq(system(command), 0); /* NOLINT */
}

/* The path of a name in it; the folders above that are made. */
static inline const char *folder_path(const char *name)
{
        static char path[512];

        snprintf(path, sizeof path, "%s/%s", folder_root, name);
        for (char *at = path + strlen(folder_root) + 1; (at = strchr(at, '/')) != NULL; at++) {
                *at = '\0';
                mkdir(path, 0700);
                *at = '/';
        }
        return path;
}

/* Writes a file; one that is there has new contents. */
static inline void folder_put(const char *name, const char *text)
{
        FILE *file = fopen(folder_path(name), "w");

        ck_assert_ptr_nonnull(file);
        fputs(text, file);
        fclose(file);
}

static inline void folder_link(const char *name, const char *target)
{
        ck_assert_int_eq(symlink(target, folder_path(name)), 0);
}

#endif
