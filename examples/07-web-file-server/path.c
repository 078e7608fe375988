/* SPDX-License-Identifier: MIT */
/*
 * Paths. The order is what makes it safe: first the query is cut off, then the percent signs are
 * decoded, once, and then "." and ".." are resolved on the decoded bytes. A decoded NUL ends
 * nothing: it is refused. A decoded slash is a slash like any other, resolved as such.
 */
#include "path.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static int hex(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Skips "http://host" of the absolute form. Returns NULL where this is no path at all, such as
 * "*".
 */
static const char *origin_skip(const char *at, const char *end)
{
        if (end - at > 7 && strncasecmp(at, "http://", 7) == 0) {
                at = memchr(at + 7, '/', (size_t)(end - at - 7));
                return at == NULL ? "/" : at;
        }
        return at < end && *at == '/' ? at : NULL;
}

int path_decode(const char *target, size_t length, char ret_path[PATH_BYTES])
{
        const char *at, *end = target + length;
        size_t filled = 0, segment = 0; /* where the segment being read begins */

        at = origin_skip(target, end);
        if (at == NULL)
                return -400;
        if (at < target || at >= end)
                end = at + 1; /* "http://host" means "/" */
        at++;
        for (;; at++) {
                bool last = at >= end || *at == '?' || *at == '#';
                char c = last ? '/' : *at;

                if (c == '%') {
                        int high = end - at > 2 ? hex(at[1]) : -1, low = high < 0 ? -1 : hex(at[2]);

                        if (low < 0 || high * 16 + low == 0)
                                return -400;
                        c = (char)(high * 16 + low);
                        at += 2;
                }
                if (c == '/') {
                        size_t bytes = filled - segment;
                        const char *name = ret_path + segment;

                        if (bytes == 0 || (bytes == 1 && name[0] == '.')) {
                                filled = segment;
                        } else if (bytes == 2 && name[0] == '.' && name[1] == '.') {
                                if (segment == 0)
                                        return -400;
                                filled = segment - 1;
                                while (filled > 0 && ret_path[filled - 1] != '/')
                                        filled--;
                        } else if (!last) {
                                ret_path[filled++] = '/';
                        }
                        segment = filled;
                        if (last)
                                break;
                } else {
                        ret_path[filled++] = c;
                }
                if (filled >= PATH_BYTES - 16) /* "index.html" fits behind it */
                        return -414;
        }
        ret_path[filled] = '\0';
        return (int)filled;
}

char *path_escape_link(char *to, const char *text)
{
        static const char digits[] = "0123456789ABCDEF";

        for (; *text != '\0'; text++) {
                unsigned char c = (unsigned char)*text;

                if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    strchr("-._~/", c) != NULL) {
                        *to++ = (char)c;
                } else {
                        *to++ = '%';
                        *to++ = digits[c >> 4];
                        *to++ = digits[c & 15];
                }
        }
        return to;
}

char *path_escape_html(char *to, const char *text)
{
        for (; *text != '\0'; text++) {
                const char *escape = NULL;

                switch (*text) {
                case '&':
                        escape = "&amp;";
                        break;
                case '<':
                        escape = "&lt;";
                        break;
                case '>':
                        escape = "&gt;";
                        break;
                case '"':
                        escape = "&#34;";
                        break;
                case '\'':
                        escape = "&#39;";
                        break;
                }
                if (escape == NULL)
                        *to++ = *text;
                else
                        to = stpcpy(to, escape);
        }
        return to;
}
