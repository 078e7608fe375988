/* SPDX-License-Identifier: MIT */
/* Children: fork() is refused while a program runs, and posix_spawn() is not. */
#include "support/async.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER MORI_NONBLOCKING __attribute__((noinline)) static

extern char **environ;
pid_t __fork(void); /* what mori does not define */

HELPER int code_of(pid_t child)
{
        int status;

        ck_assert_int_gt(child, 0);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

HELPER int refused(pid_t (*forks)(void))
{
        pid_t child;

        errno = 0;
        child = forks();
        if (child == 0)
                _exit(1);
        return child < 0 ? errno : 0;
}

HELPER unsigned reports_of(const char *text)
{
        unsigned count = 0;

        for (const char *at = reports; (at = strstr(at, text)) != NULL; at++)
                count++;
        return count;
}

static async int forks(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(refused(fork), ENOSYS);
        EXPECT(reported("fork() is refused while a program runs") && reported("posix_spawn()"));
        EXPECT_EQ(refused(fork), ENOSYS);
        EXPECT_EQ(refused(vfork), ENOSYS);
        EXPECT_EQ(refused(_Fork), ENOSYS);
        EXPECT_EQ(reports_of("refused"), 1);
        return 0;
}

/* Before and after it works. */
START_TEST(fork_is_refused_while_a_program_runs)
{
        pid_t (*const functions[])(void) = {fork, vfork, _Fork};

        for (int round = 0; round < 3; round++) {
                for (unsigned i = 0; i < 3; i++) {
                        pid_t child = functions[i]();

                        if (child == 0)
                                _exit(5);
                        ck_assert_int_eq(code_of(child), 5);
                }
                if (round < 2)
                        ck_assert_int_eq(run(forks), 0);
        }
}
END_TEST

/* The C library forks inside of daemon() and forkpty(). */
HELPER int forks_around(void)
{
        pid_t child = __fork();

        if (child == 0)
                _exit(5);
        return code_of(child);
}

static async int forks_in_the_library(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        EXPECT_EQ(forks_around(), 70);
        return 0;
}

START_TEST(a_child_that_came_about_ends)
{
        ck_assert_int_eq(forks_around(), 5);
        ck_assert_int_eq(run(forks_in_the_library), 0);
        ck_assert_int_eq(forks_around(), 5);
}
END_TEST

HELPER int spawns(const char *script)
{
        char shell[] = "sh", option[] = "-c", text[100];
        char *arguments[] = {shell, option, text, NULL};
        pid_t child;

        snprintf(text, sizeof text, "%s", script);
        ck_assert_int_eq(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ), 0);
        return code_of(child);
}

HELPER int asks(const char *command, char *ret_text, int bytes)
{
        FILE *pipe = popen(command, "r");

        ck_assert_ptr_nonnull(pipe);
        ck_assert_ptr_nonnull(fgets(ret_text, bytes, pipe));
        return pclose(pipe);
}

HELPER int system_(const char *command)
{
        return system(command);
}

static async int has_children(int argc, char **argv)
{
        char text[20];

        (void)argc;
        (void)argv;
        for (int i = 0; i < 10; i++) {
                EXPECT_EQ(spawns("exit 7"), 7);
                EXPECT_EQ(WEXITSTATUS(system_("exit 9")), 9);
                EXPECT_EQ(asks("echo $((6 * 7))", text, sizeof text), 0);
                EXPECT_EQ(strcmp(text, "42\n"), 0);
                EXPECT_EQ(await mori_yield(), 0);
        }
        return 0;
}

START_TEST(spawned_children_run)
{
        static const enum mori_io engines[] = {MORI_IO_SIM, MORI_IO_EPOLL, MORI_IO_AUTO};

        for (unsigned i = 0; i < 3; i++) {
                ck_assert_int_eq(run_on(has_children, engines[i], 1), 0);
                ck_assert_not_reported();
        }
}
END_TEST

TEST_MAIN("domain/fork", TEST(fork_is_refused_while_a_program_runs),
          TEST(a_child_that_came_about_ends), TEST(spawned_children_run))
