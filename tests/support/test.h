/* SPDX-License-Identifier: MIT */
/*
 * What every unit test has in common. A test file names its cases and ends with test_main:
 *
 *      #include "support/test.h"
 *
 *      START_TEST(empty_list_has_no_first)
 *      {
 *              ...ck_assert_ptr_null(...)...
 *      }
 *      END_TEST
 *
 *      TEST_MAIN("base/list", TEST(empty_list_has_no_first), ...)
 *
 * Each case runs in a process of its own (Check's fork mode; CK_FORK=no for a debugger), so a crash
 * or an abandonment is one failed case, and a case that must die says so with TEST_SIGNAL or
 * TEST_EXIT. CK_RUN_CASE=name runs one. A case that takes TEST_SECONDS hangs; no case comes near
 * that, however busy the machine is.
 */
#ifndef MORI_TESTS_SUPPORT_TEST_H
#define MORI_TESTS_SUPPORT_TEST_H

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_SECONDS 300

/*
 * As often as a case wants to do something; under a sanitizer a tenth, for everything takes ten
 * times as long there.
 */
#ifdef MORI_SANITIZED
#define TEST_TIMES(count) ((count) / 10 + 1)
#else
#define TEST_TIMES(count) (count)
#endif

/*
 * For what is asserted a million times: Check writes each ck_assert that holds to a file, in case
 * that it is the last one.
 */
#define ck_assert_often(condition)                                                                 \
        (__builtin_expect(!!(condition), 1)                                                        \
                 ? (void)0                                                                         \
                 : _ck_assert_failed(__FILE__, __LINE__, "Assertion failed",                       \
                                     "'" #condition "' does not hold"))

/* One case: what runs and how it must end. */
struct test_case {
        const TTest *test;
        int signal; /* the signal that it must die of, or 0 */
        int exit;   /* the exit code that it must end with, if no signal */
};

/* Cases that must end otherwise than by returning: TEST_SIGNAL(second_join_is_caught, SIGABRT). */
#define TEST_SIGNAL(case_name, signal_number) {.test = (case_name), .signal = (signal_number)}
#define TEST_EXIT(case_name, exit_code) {.test = (case_name), .exit = (exit_code)}
#define TEST(case_name) {.test = (case_name)}

/* Runs the cases and returns main's exit code. Each is a Check case, so it can be run by name. */
static inline int test_run(const char *name, const struct test_case *cases, size_t count)
{
        Suite *suite = suite_create(name);
        SRunner *runner;
        int failed;

        for (size_t i = 0; i < count; i++) {
                TCase *one = tcase_create(cases[i].test->name);

                tcase_set_timeout(one, TEST_SECONDS);
                if (cases[i].signal != 0)
                        tcase_add_test_raise_signal(one, cases[i].test, cases[i].signal);
                else if (cases[i].exit != 0)
                        tcase_add_exit_test(one, cases[i].test, cases[i].exit);
                else
                        tcase_add_test(one, cases[i].test);
                suite_add_tcase(suite, one);
        }

        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* main of a test: TEST_MAIN("layer/file", TEST(a), TEST(b), TEST_SIGNAL(c, SIGABRT)) */
#define TEST_MAIN(name, ...)                                                                       \
        int main(void)                                                                             \
        {                                                                                          \
                const struct test_case cases[] = {__VA_ARGS__};                                    \
                                                                                                   \
                return test_run((name), cases, sizeof(cases) / sizeof(cases[0]));                  \
        }

#endif
