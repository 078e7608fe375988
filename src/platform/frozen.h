/* SPDX-License-Identifier: MIT */
/*
 * Memory that is read-only from the time when its module was loaded (mori/frozen.h).
 */
#pragma once

#include <stdbool.h>

/*
 * Whether an address is in such memory. That has frozen variables, and constants that the dynamic
 * linker has relocated. Allocates nothing; may be asked in a handler of a fault.
 */
bool platform_frozen_holds(const void *address);
