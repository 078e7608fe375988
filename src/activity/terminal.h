/* SPDX-License-Identifier: MIT */
/* Terminals, for the other files of this layer. */
#pragma once

/* A descriptor is about to be closed: a terminal whose mode was set is put back as found. */
void terminal_closing(int fd);
