/* SPDX-License-Identifier: MIT */
/* Memory of this program that may not be there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Copies memory of this program, wherever `address` points: 0, or -EFAULT where not all of it can
 * be read. The kernel does the copying, so what is not there is an error and no fault.
 * Async-signal-safe; errno is left alone.
 */
int platform_peek(uint64_t address, void *buffer, size_t bytes);
