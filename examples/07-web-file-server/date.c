/* SPDX-License-Identifier: MIT */
/*
 * Dates. The one of every response is kept, and made again when the second has passed: a process
 * runs one turn at a time, so a static is as good as a field here. This is sync code, for which
 * that is allowed.
 */
#include "date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void date_write(int64_t seconds, char *ret_text)
{
        time_t time = (time_t)seconds;
        struct tm tm = {0};
        char text[64];

        gmtime_r(&time, &tm);
        snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
                 tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                 tm.tm_sec);
        memcpy(ret_text, text, DATE_BYTES);
}

static int month_of(const char *name)
{
        for (int i = 0; i < 12; i++)
                if (strcmp(name, months[i]) == 0)
                        return i;
        return -1;
}

int date_read(const char *text, size_t length, int64_t *ret_seconds)
{
        char copy[48], month[4] = "";
        struct tm tm = {0};
        int end = 0, year = 0;

        if (length >= sizeof copy)
                return -1;
        memcpy(copy, text, length);
        copy[length] = '\0';
        if (sscanf(copy, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &tm.tm_mday, month,
                   &year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) == 6 && end > 0) {
                /* the form that everybody sends */
        } else if (sscanf(copy, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &tm.tm_mday,
                          month, &year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) == 6 &&
                   end > 0) {
                year += year < 70 ? 2000 : 1900; /* RFC 850 */
        } else if (sscanf(copy, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &tm.tm_mday,
                          &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &year, &end) != 6 || end == 0) {
                return -1; /* not asctime() either */
        }
        tm.tm_mon = month_of(month);
        tm.tm_year = year - 1900;
        if ((size_t)end != length || tm.tm_mon < 0 || year < 1900)
                return -1;
        *ret_seconds = timegm(&tm);
        return 0;
}

const char *date_now(void)
{
        static char text[DATE_BYTES];
        static time_t made = -1;
        struct timespec now;

        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        if (now.tv_sec != made) {
                made = now.tv_sec;
                date_write(made, text);
        }
        return text;
}
