/* SPDX-License-Identifier: MIT */
/*
 * Assertions and reports. A report is one line of text that tells a person what went wrong; it is
 * written at once, because the program may be about to end. It must work in the worst of states, so
 * it allocates nothing and takes no lock.
 */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef MORI_SEED_BUGS
unsigned base_seed_bug;
#endif

static void standard_error(const char *line, size_t bytes)
{
        ssize_t written = write(STDERR_FILENO, line, bytes);

        (void)written; /* there is nobody left to tell */
}

static void (*report_writer)(const char *line, size_t bytes) = standard_error;

void base_report_to(void (*write_line)(const char *line, size_t bytes))
{
        report_writer = write_line ? write_line : standard_error;
}

void base_report(const char *format, ...)
{
        char line[1024];
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(line, sizeof line - 1, format, arguments);
        va_end(arguments);
        if (length < 0)
                return;
        if ((size_t)length > sizeof line - 2)
                length = (int)sizeof line - 2;
        line[length] = '\n';
        report_writer(line, (size_t)length + 1);
}

void base_abort(void)
{
        abort();
}

const char *base_environment(const char *name)
{
        const char *value = getenv(name);

        return value == NULL || *value == '\0' ? NULL : value;
}

void base_assertion_failed(const char *condition, const char *file, int line, const char *function)
{
        base_report("mori: %s:%d: %s: assertion failed: %s", file, line, function, condition);
        abort();
}
