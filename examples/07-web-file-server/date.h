/* SPDX-License-Identifier: MIT */
/* Dates as HTTP writes them (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DATE_BYTES 29 /* without a terminator */

/* Writes DATE_BYTES characters. */
void date_write(int64_t seconds, char *ret_text);
/* Reads any of the three forms that a recipient has to know. Returns 0, or -1 where it is none. */
int date_read(const char *text, size_t length, int64_t *ret_seconds);
/* The time now, as text; made anew once a second. */
const char *date_now(void);
