/* SPDX-License-Identifier: MIT */
/* Where the programs of a manifest come from: services, which are built in, or shared objects. */
#pragma once

#include "manifest.h"

/* A manifest's: paths of shared objects begin at the manifest's folder. */
struct source {
        char *folder; /* "" or with a / at its end */
};

void source_init(struct source *source, const char *manifest);
void source_deinit(struct source *source);
/* As struct program_source has it; the context is a struct source. */
const struct mori_program *source_find(void *context, const char *name, char *why, size_t bytes);
