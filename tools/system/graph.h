/* SPDX-License-Identifier: MIT */
/* A system as a graph. */
#pragma once

#include "manifest.h"

#include <stdio.h>

/* In the language of graphviz; `title` is the manifest's name. Both return the exit code. */
int graph_write(const struct manifest *manifest, const char *title, FILE *to);
/* As SVG to standard output, which graphviz's dot makes of it. */
int graph_write_svg(const struct manifest *manifest, const char *title);
