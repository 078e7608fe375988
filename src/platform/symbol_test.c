/* SPDX-License-Identifier: MIT */
/* Names of functions and variables: exported, static, in a library, and of what is in none. */
#include "support/test.h"

#include "platform/symbol.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
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
        ck_assert_str_eq(symbol.name, "a_static_function");
        ck_assert_uint_eq(symbol.offset, 2);
        ck_assert(strlen(symbol.module) > 0);
}
END_TEST

START_TEST(libraries_are_named)
{
        struct platform_symbol symbol;

        ck_assert(platform_symbol_find((const void *)(uintptr_t)getenv, &symbol));
        ck_assert(strstr(symbol.module, "libc") != NULL || strlen(symbol.name) > 0);
        /* what it exports has its name, stripped or not; a sanitizer has put its own before it */
        if (strstr(symbol.module, "libc.so") != NULL)
                ck_assert_str_eq(symbol.name, "getenv");
}
END_TEST

/* A stripped library's addresses are not looked up in the program's table. */
START_TEST(a_library_has_no_names_of_the_program)
{
        const char *function = (const char *)(uintptr_t)a_static_function;
        struct platform_symbol symbol;
        Dl_info program, library;

        ck_assert(dladdr(function, &program) != 0);
        ck_assert(dladdr((const void *)(uintptr_t)getenv, &library) != 0);
        if (program.dli_fbase == library.dli_fbase)
                return; /* linked statically, or a sanitizer's own */
        ck_assert(platform_symbol_find((const char *)library.dli_fbase +
                                               (function - (const char *)program.dli_fbase),
                                       &symbol));
        ck_assert_str_ne(symbol.name, "a_static_function");
}
END_TEST

static int a_static_variable[4];

START_TEST(variables_have_names)
{
        struct platform_symbol symbol;

        ck_assert(platform_symbol_find(&a_static_variable[2], &symbol));
        ck_assert_str_eq(symbol.name, "a_static_variable");
        ck_assert_uint_eq(symbol.offset, 8);
}
END_TEST

START_TEST(what_is_in_no_module_has_no_name)
{
        struct platform_symbol symbol;
        int local;

        ck_assert(!platform_symbol_find(NULL, &symbol));
        ck_assert(!platform_symbol_find(&local, &symbol));
        ck_assert_str_eq(symbol.module, "");
        ck_assert_str_eq(symbol.name, "");
}
END_TEST

TEST_MAIN("platform/symbol", TEST(static_functions_have_names), TEST(libraries_are_named),
          TEST(a_library_has_no_names_of_the_program),
          TEST(variables_have_names),
          TEST(what_is_in_no_module_has_no_name))
