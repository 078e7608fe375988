/* SPDX-License-Identifier: MIT */
/* What kind of thing a file is, by the end of its name. */
#pragma once

const char *mime_of(const char *path);
