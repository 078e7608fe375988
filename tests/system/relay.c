/* SPDX-License-Identifier: MIT */
/* The programs of relay.capnp as a shared object. */
#include "relay.h"

/* What a program of another version of mori/system.h would look like: of another size. */
extern const void *const mori_program_older[2];
__attribute__((visibility("default"))) const void *const mori_program_older[2] = {"older", 0};
