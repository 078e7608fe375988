/* SPDX-License-Identifier: MIT */
/*
 * Names of functions and variables for addresses, static ones too, from the symbol tables of the
 * files that were loaded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct platform_symbol {
        char name[128]; /* "" where no table names it (a stripped file) */
        size_t offset;  /* bytes from its start */
        /* the file's name without its folders; "" where the address is in none */
        char module[64];
        size_t module_offset;
};

/*
 * Finds the name of what is at an address. Allocates nothing, and may be called from a handler
 * of a fault. False where the address is in no module: then only zeros are in *ret_symbol.
 */
bool platform_symbol_find(const void *address, struct platform_symbol *ret_symbol);

/*
 * Writes where an address is, "name+0x10 (module+0x1234)" as far as it is known, and
 * returns `text`. A text longer than `bytes` (at least 1) is cut.
 */
const char *platform_place(const void *address, char *text, size_t bytes);
