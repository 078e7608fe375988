/* SPDX-License-Identifier: MIT */
/*
 * For stalls.py: `stalls CAUSE MS`: one long turn, for the reason that CAUSE names, until it was
 * seen and at least MS have passed; twelve of them where CAUSE is "repeats". Prints how many turns
 * were blamed.
 */
#include <mori/keywords.h>
#include <mori/mori.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static void computes(int64_t ns)
{
        int64_t until = mori_now() + ns;

        while (mori_now() < until)
                ;
}

MORI_NONBLOCKING static void sleeps(int64_t ns)
{
        struct timespec duration = {.tv_nsec = ns};

        while (nanosleep(&duration, &duration) != 0)
                ;
}

/* Memory that nobody has touched. */
MORI_NONBLOCKING static void touches(void)
{
        char *memory = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                return;
        madvise(memory, MIB, MADV_NOHUGEPAGE);
        for (size_t at = 0; at < MIB; at += 4096)
                *(volatile char *)(memory + at) = 1;
        munmap(memory, MIB);
}

/* No signal but a deadly one reaches who waits for the child of a vfork(2). */
MORI_NONBLOCKING static void waits_deaf(int64_t ns)
{
        struct timespec duration = {.tv_nsec = ns};
        long child = syscall(SYS_clone, 0x4000 /* CLONE_VFORK */ | SIGCHLD, 0, 0, 0, 0);

        if (child == 0) {
                syscall(SYS_nanosleep, &duration, NULL);
                syscall(SYS_exit_group, 0);
        }
        waitpid((pid_t)child, NULL, 0);
}

/* Who has started us continues us. */
MORI_NONBLOCKING static void stops(void)
{
        kill(getpid(), SIGSTOP);
}

static async __attribute__((noinline)) int long_turn(const char *cause, int64_t ns)
{
        struct mori_statistics statistics;
        int64_t until = mori_now() + ns;
        uint64_t stalls;

        mori_statistics_get(&statistics);
        stalls = statistics.stalls;
        do {
                if (strcmp(cause, "sleeps") == 0 || strcmp(cause, "repeats") == 0)
                        sleeps(MORI_MS(1));
                else if (strcmp(cause, "waits") == 0)
                        waits_deaf(MORI_MS(500));
                else if (strcmp(cause, "touches") == 0)
                        touches();
                else
                        computes(MORI_MS(5));
                if (strcmp(cause, "stops") == 0)
                        stops();
                mori_statistics_get(&statistics);
        } while (statistics.stalls == stalls || mori_now() < until);
        if (strcmp(cause, "repeats") == 0)
                sleeps(MORI_MS(20));
        else
                computes(MORI_MS(20)); /* lest the turn is over before its stack is looked at */
        return 0;
}

async int mori_main(int argc, char **argv)
{
        struct mori_statistics statistics;

        if (argc != 3)
                return 2;
        attempt(await mori_yield());
        for (int turns = strcmp(argv[1], "repeats") == 0 ? 12 : 1; turns > 0; turns--) {
                attempt(await long_turn(argv[1], MORI_MS(atoi(argv[2]))));
                attempt(await mori_yield());
        }
        mori_statistics_get(&statistics);
        attempt(await mori_print(mori_stdout(), "stalls %llu\n",
                                 (unsigned long long)statistics.stalls));
        return 0;
}
