/* SPDX-License-Identifier: MIT */
/* Names of functions: exported, static, in a library, and of what is no code. */
#include "support/test.h"

#include "platform/symbol.h"

#include <stdint.h>
#include <string.h>

static __attribute__((noinline, used)) int a_static_function(int x)
{
        __asm__ volatile("nop; nop; nop; nop" : "+r"(x));
        return x + 1;
}

START_TEST(static_functions_have_names)
{
        struct platform_symbol symbol;
        const char *inside = (const char *)(uintptr_t)a_static_function + 2;

        ck_assert(platform_symbol_find(inside, &symbol));
        ck_assert_str_eq(symbol.function, "a_static_function");
        ck_assert_uint_eq(symbol.offset, 2);
        ck_assert(strlen(symbol.module) > 0);
}
END_TEST

START_TEST(libraries_are_named)
{
        struct platform_symbol symbol;

        ck_assert(platform_symbol_find((const void *)(uintptr_t)memmem, &symbol));
        ck_assert(strstr(symbol.module, "libc") != NULL || strlen(symbol.function) > 0);
}
END_TEST

START_TEST(what_is_no_code_has_no_name)
{
        struct platform_symbol symbol;
        int local;

        ck_assert(!platform_symbol_find(NULL, &symbol));
        ck_assert(!platform_symbol_find(&local, &symbol));
        ck_assert_str_eq(symbol.module, "");
        ck_assert_str_eq(symbol.function, "");
}
END_TEST

TEST_MAIN("platform/symbol", TEST(static_functions_have_names), TEST(libraries_are_named),
          TEST(what_is_no_code_has_no_name))
