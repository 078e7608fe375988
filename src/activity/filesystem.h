/* SPDX-License-Identifier: MIT */
/* Operations on names, for the other files of this layer. */
#pragma once

#include "activity/file.h"

#include <mori/filesystem.h>

/*
 * An operation on two paths: `source` is the second directory. -EXDEV where one of them is a
 * mori_directory and the other is not.
 */
int filesystem_two_operation(mori_directory directory, uint8_t code, const char *path,
                             mori_directory new_directory, const char *new_path,
                             struct operation **ret_operation);
