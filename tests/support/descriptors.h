/* SPDX-License-Identifier: MIT */
/* How many descriptors this OS process has open: for tests that none is left. */
#ifndef MORI_TESTS_SUPPORT_DESCRIPTORS_H
#define MORI_TESTS_SUPPORT_DESCRIPTORS_H

#include <mori/base.h>

#include <dirent.h>
#include <stdlib.h>

/* Counts what the count itself opens, too: two counts compare. */
MORI_NONBLOCKING __attribute__((unused, noinline)) static int descriptors_count(void)
{
        DIR *directory = opendir("/proc/self/fd");
        int count = 0;

        if (directory == NULL)
                abort();
        while (readdir(directory) != NULL)
                count++;
        closedir(directory);
        return count;
}

#endif
