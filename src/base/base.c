/* SPDX-License-Identifier: MIT */
/*
 * Assertions and reports. A report is one line of text that tells a person what went wrong; it is
 * written at once, because the program may be about to end. It must work in the worst of states, so
 * it allocates nothing and takes no lock.
 */
#include "base/base.h"

#include "base/atomic.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef MORI_SEED_BUGS
unsigned base_seed_bug;
#endif

/*
 * How long reports wait, in all, for somebody to read them: then they are dropped until one does.
 */
#define READER_MS 2000
#define READER_STEP_MS 10

/*
 * Standard error may be a pipe that is full, and not blocking, or one that nobody reads. A report
 * is waited for, but not for ever. What is written at a time is no more than a pipe takes whole.
 */
static void standard_error(const char *line, size_t bytes)
{
        static int32_t patience_ms = READER_MS; /* below 0 where two threads wait at once */
        int saved = errno;

        while (bytes > 0) {
                struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
                ssize_t written = -1;

                errno = 0;
                if (poll(&room, 1, 0) != 0) {
                        written = write(STDERR_FILENO, line, bytes);
                        if (written < 0 && errno != EAGAIN && errno != EINTR)
                                break; /* there is nobody left to tell */
                }
                if (written > 0) {
                        line += written;
                        bytes -= (size_t)written;
                        atomic_store_relaxed(&patience_ms, READER_MS);
                } else if (atomic_load_relaxed(&patience_ms) < READER_STEP_MS) {
                        break;
                } else {
                        atomic_add(&patience_ms, -READER_STEP_MS);
                        poll(&room, 1, READER_STEP_MS);
                }
        }
        errno = saved;
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
