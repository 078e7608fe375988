/* SPDX-License-Identifier: MIT */
/* Operations on files, for the other files of this layer. */
#pragma once

#include "activity/wait.h"
#include "turn/process.h"

#include <mori/file.h>

/*
 * Pieces that are read or written: how many bytes; -EINVAL: too many pieces, none, or more than
 * bytes_max; -EFAULT: NULL.
 */
int64_t file_pieces_check(const struct iovec *pieces, unsigned count, size_t bytes_max);
/*
 * A new operation of the running process on one of its files: code and fd are filled in. -EBADF,
 * -ENOMEM.
 */
int file_operation(mori_file file, uint8_t code, struct operation **ret_operation);
/*
 * The same where a path is relative to the file; MORI_NO_FILE is the working directory. -EFAULT
 * where there is no path.
 */
int file_path_operation(mori_file directory, uint8_t code, const char *path,
                        struct operation **ret_operation);
/* Begins a wait for an open; what it brings is entered into the table as *ret_file. */
int64_t file_open_begin(mori_file directory, const char *path, int flags, mode_t mode,
                        mori_file *ret_file);
/* Enters a descriptor that the process has got into its table; it is closed where that fails. */
int file_enter(struct process *process, int fd, uint8_t kind, mori_file *ret_file);
