/* SPDX-License-Identifier: MIT */
/*
 * Address space and pages. Every function returns 0 or a negative errno; sizes and addresses are
 * multiples of the page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes `bytes` of address space, aligned to `align` (a power of two, at least a page), without
 * memory behind it: it reads as zero, and writing to it is a fault.
 */
int platform_memory_reserve(size_t bytes, size_t align, void **ret_address);
/* Gives the reserved pages memory, readable and writable, zero; committed as touched. */
int platform_memory_commit(void *address, size_t bytes);
/*
 * Whether the pages may be huge ones (2 MiB): cheaper to touch and to find, and wasteful where they
 * are not used whole.
 */
void platform_memory_huge(void *address, size_t bytes, bool wanted);
/*
 * Gives the memory back to the kernel and keeps the address space: the pages read as zero from now
 * on.
 */
void platform_memory_purge(void *address, size_t bytes);
/*
 * Makes the pages fault when touched. With MADV_GUARD_INSTALL (Linux 6.13) that costs no map entry;
 * else, and where they are locked, it is mprotect, which answers -ENOMEM at the kernel's limit
 * (vm.max_map_count).
 */
int platform_memory_guard(void *address, size_t bytes);
/* Unmaps. */
void platform_memory_release(void *address, size_t bytes);
/* True where guards cost no map entry. */
int platform_memory_guard_is_cheap(void);
/* Bytes of this OS process that are resident, and the bytes of its page tables. */
int platform_memory_resident(size_t *ret_bytes, size_t *ret_page_table_bytes);
