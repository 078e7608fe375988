/* SPDX-License-Identifier: MIT */
/*
 * The reader of this very program, for reports: it reads through the kernel (platform/peek.h), so
 * that it may be used in a handler of a fault.
 */
#pragma once

#include "inspect/reader.h"

/* The record of this program. */
void inspect_here(const struct inspect_root *root);
/* Begins to read: false where there is nothing to be read. */
bool inspect_open_here(struct inspect_reader *reader);
