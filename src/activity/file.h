/* SPDX-License-Identifier: MIT */
/* Operations on files, for the other files of this layer. */
#pragma once

#include "activity/wait.h"
#include "turn/process.h"

#include <mori/file.h>

/*
 * A new operation of the running process on one of its files: code and fd are filled in. -EBADF,
 * -ENOMEM.
 */
int file_operation(mori_file file, uint8_t code, struct operation **ret_operation);
/* Enters a descriptor that the process has got into its table; it is closed where that fails. */
int file_enter(struct process *process, int fd, uint8_t kind, mori_file *ret_file);
