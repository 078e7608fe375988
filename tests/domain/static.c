/* SPDX-License-Identifier: MIT */
/*
 * The same in a program that is linked statically with everything, the C library included: which
 * functions are called is then decided at the link.
 */
#include <mori/keywords.h>
#include <mori/program.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int __sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);

static void on_signal(int number)
{
        (void)number;
}

MORI_NONBLOCKING __attribute__((noinline)) static int check(void)
{
        struct sigaction action = {.sa_handler = on_signal}, before;
        pid_t child;

        if (sigaction(SIGUSR1, &action, NULL) < 0 || sigaction(SIGUSR1, NULL, &before) < 0 ||
            (before.sa_flags & SA_ONSTACK) != 0)
                return 1;
        if (__sigaction(SIGUSR1, NULL, &before) < 0 || (before.sa_flags & SA_ONSTACK) == 0)
                return 2;
        if (signal(SIGUSR2, on_signal) != SIG_DFL || signal(SIGUSR2, SIG_DFL) != on_signal)
                return 3;
        child = fork();
        if (child == 0)
                _exit(1);
        if (child > 0 || errno != ENOSYS)
                return 4;
        if (system("exit 3") != 3 << 8)
                return 5;
        return 0;
}

async int mori_main(int argc, char **argv)
{
        (void)argc;
        (void)argv;
        return check();
}

int main(int argc, char **argv)
{
        int status;
        pid_t child = fork();

        if (child == 0)
                _exit(7);
        if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
                return 10;
        return mori_run(mori_main, argc, argv, NULL);
}
