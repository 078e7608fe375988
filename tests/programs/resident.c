/* SPDX-License-Identifier: MIT */
/*
 * For resident.py: `resident [MIB [OPTION...]]`, in resident mode or not. Works in a steady state:
 * activities that come and go, wait and allocate, and after that touches so many MiB that nobody
 * has touched before, in one turn. Prints the page faults that were counted before and during that.
 */
#include <mori/keywords.h>
#include <mori/mori.h>

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROUNDS     10
#define ACTIVITIES 200

static async int worker(int number)
{
        attempt(await mori_sleep(MORI_US(number % 7)));
        return 0;
}

static async int steady(void)
{
        for (int i = 0; i < ACTIVITIES; i++) {
                scope {
                        Async(int) a = start(worker, i);
                        Async(int) b = start(worker, i + 1);

                        attempt(await join(a));
                        attempt(await join(b));
                }
        }
        return 0;
}

/* Of memory that is none of the heap's. */
MORI_NONBLOCKING static int fresh_touch(size_t bytes)
{
        char *memory =
                mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                return -1;
        madvise(memory, bytes, MADV_NOHUGEPAGE);
        for (size_t at = 0; at < bytes; at += 4096)
                *(volatile char *)(memory + at) = 1;
        munmap(memory, bytes);
        return 0;
}

async int mori_main(int argc, char **argv)
{
        struct mori_statistics warm, before, after;
        size_t bytes = argc > 1 ? (size_t)atoi(argv[1]) << 20 : 0;

        attempt(await mori_print(mori_stdout(), "begins\n")); /* epoll makes a thread for it */
        mori_statistics_get(&warm);
        for (int i = 0; i < ROUNDS; i++)
                attempt(await steady());
        mori_statistics_get(&before);
        if (bytes > 0 && fresh_touch(bytes) < 0)
                return 2;
        mori_statistics_get(&after);
        attempt(await mori_print(
                mori_stdout(), "warm %llu steady %llu %llu fresh %llu\n",
                (unsigned long long)warm.page_faults_minor,
                (unsigned long long)(before.page_faults_minor - warm.page_faults_minor),
                (unsigned long long)before.page_faults_major,
                (unsigned long long)(after.page_faults_minor - before.page_faults_minor)));
        return 0;
}
