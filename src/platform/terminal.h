/* SPDX-License-Identifier: MIT */
/*
 * Terminals of the real kernel. A mode that is set stands in a table of the whole OS process, so
 * that whatever ends it, a handler of a signal too, can put the terminal back as it was found.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PLATFORM_TERMINALS_MAX 64

/* Modes; all but the first and RAW with ECHO or without. */
enum {
        PLATFORM_TERMINAL_AS_FOUND = 0,
        PLATFORM_TERMINAL_COOKED = 1,
        PLATFORM_TERMINAL_CBREAK = 2,
        PLATFORM_TERMINAL_RAW = 3,
        PLATFORM_TERMINAL_ECHO = 4,
};

/* 0, or -ENOTTY, -EIO where it has hung up, ... */
int platform_terminal_check(int fd);
/* Its size in characters. */
int platform_terminal_size(int fd, uint16_t *ret_columns, uint16_t *ret_rows);
int platform_terminal_resize(int fd, uint16_t columns, uint16_t rows);
/* From now on a SIGWINCH that this thread would get waits for a SIGNAL operation. */
void platform_terminal_watch(void);

/*
 * Sets a mode; the first one that is set on a terminal takes an entry of the table. Returns the
 * entry's index, and whether it is new; or -EBUSY, -EIO, -ENOSPC, -EINVAL, -ENOTTY. Not AS_FOUND.
 */
int platform_terminal_set(int fd, unsigned mode, bool *ret_new);
/* The entry of a descriptor, or -1; and its mode. */
int platform_terminal_find(int fd);
unsigned platform_terminal_mode(int index);
/* Puts the terminal of an entry back as it was found, and frees the entry. */
void platform_terminal_restore(int index);
/*
 * Puts all of them back as they were found, for the program ends or stops; the entries stay.
 * Async-signal-safe.
 */
void platform_terminals_restore(void);

/*
 * A pseudo-terminal: the master and the slave. Does not block: both are files of a file system in
 * memory.
 */
int platform_terminal_pair(uint16_t columns, uint16_t rows, int ret_fds[2]);
