/* SPDX-License-Identifier: MIT */
/*
 * Ranges of files in memory, read-only. What blocks is said; it is for threads of the crew.
 *
 * Every map stands in a table of the OS process, where the handler of SIGBUS finds it: a page that
 * the file has no more is replaced by zeros there, and the map is damaged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platform_map_entry;

/* Zeroed before it is made. */
struct platform_map {
        char *address; /* of a page; NULL: there is none */
        size_t bytes;  /* whole pages */
        struct platform_map_entry *entry;
};

/*
 * Maps `bytes` (not 0) from an offset of a file, which is one of a page, and reads every page;
 * locks them if told to. Blocks; between pieces it asks platform_call_cancelled(). 0, or a negative
 * errno and there is no map: -ECANCELED; -ENODATA where the file ends before that, -EIO where its
 * reading failed; -EPERM where RLIMIT_MEMLOCK does not allow it; -ENOMEM, and those of mmap(2).
 */
int platform_map_file(struct platform_map *map, int fd, uint64_t offset, size_t bytes, bool locked);
/* The same with memory of its own, zeroed, that can be written: for a copy. Does not block. */
int platform_map_copy(struct platform_map *map, size_t bytes);
/* Unmaps what there is. Blocks, if not for long. */
void platform_map_end(struct platform_map *map);
bool platform_map_is_damaged(const struct platform_map *map);
/* Bytes of a page. */
size_t platform_map_page(void);
/* How many bytes may be locked in all (RLIMIT_MEMLOCK), for reports. */
uint64_t platform_map_lock_limit(void);
/*
 * In a handler of SIGBUS at an address: replaces the page if a map has it, and answers true. Then
 * whoever ran into it may go on.
 */
bool platform_map_repair(void *address);
