/* SPDX-License-Identifier: MIT */
/* What the tests of promises have in common: what callbacks saw, and some of them. */
#ifndef MORI_TESTS_SUPPORT_PROMISE_H
#define MORI_TESTS_SUPPORT_PROMISE_H

#include "support/async.h"

#include "activity/promise.h"
#include "turn/seat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- What callbacks have seen, as words of a line */

static char seen[4096];

__attribute__((format(printf, 1, 2), unused)) static void see(const char *format, ...);
static void see(const char *format, ...)
{
        size_t length = strlen(seen);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(seen + length, sizeof seen - length, format, arguments);
        va_end(arguments);
}

MORI_NONBLOCKING __attribute__((noinline, unused)) static void expect_seen(const char *text)
{
        ck_assert_str_eq(seen, text);
        seen[0] = '\0';
}

__attribute__((unused)) static void sees(void *context, int error, const void *value)
{
        if (error == 0)
                see("%s=%ld ", (const char *)context, value != NULL ? *(const long *)value : 0);
        else
                see("%s!%s ", (const char *)context, strerrorname_np(-error));
}

__attribute__((unused)) static void *name(const char *text)
{
        return (void *)(uintptr_t)text;
}

MORI_NONBLOCKING __attribute__((noinline, unused)) static mori_promise
make(size_t bytes, mori_resolver *ret_resolver)
{
        mori_promise promise;

        ck_assert_int_eq(mori_promise_new(bytes, &promise, ret_resolver), 0);
        return promise;
}

__attribute__((unused)) static mori_promise make_long(mori_resolver *ret_resolver)
{
        return make(sizeof(long), ret_resolver);
}

__attribute__((unused)) static void resolve_long(mori_resolver resolver, long value)
{
        mori_resolve(resolver, &value);
}

/* Lets callbacks run: their runner has its turn before we have ours again. */
__attribute__((unused)) static async void turns(void)
{
        for (int i = 0; i < 4; i++)
                EXPECT_EQ(await mori_yield(), 0);
}

MORI_NONBLOCKING __attribute__((unused)) static uint32_t promises_live(void)
{
        return process_self()->promises->live;
}

/* ---- Links, rounds and calls */

__attribute__((unused)) static void doubles(void *context, int error, const void *value,
                                            mori_resolver next)
{
        if (error < 0)
                resolve_long(next, -1);
        else
                resolve_long(next, 2 * *(const long *)value);
        see("%s ", (const char *)context);
}

__attribute__((unused)) static mori_promise rounds(void *context, uint64_t round)
{
        long *count = context;

        ck_assert_often((uint64_t)*count == round);
        ++*count;
        if (round % 3 == 0)
                return MORI_PROMISE_DONE;
        if (round % 3 == 1) {
                mori_resolver resolver;
                mori_promise promise = make(0, &resolver);

                mori_resolve_value(resolver, NULL, 0);
                return promise;
        }
        return round % 1000 == 2 ? mori_promise_after(MORI_US(100)) : MORI_PROMISE_DONE;
}

__attribute__((unused)) static mori_promise sleeps_long(void *context, uint64_t round)
{
        (void)round;
        ++*(long *)context;
        return mori_promise_after(MORI_S(1000));
}

__attribute__((unused)) static async int squares(void *pointer, void *ret_value)
{
        long *number = pointer, square = *number * *number;
        int slept = await mori_sleep(MORI_MS(1));

        if (slept < 0) {
                ++*shared(9);
                return slept;
        }
        *(long *)ret_value = square;
        return square > 100 ? -ERANGE : 0;
}

#endif
