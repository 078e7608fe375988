/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to walk a tree and look at each entry?
 *
 *      walk FOLDER [FILES]     makes FILES files (100,000) in directories of 100, once, and walks
 *
 *      walk_ms           mori_walk_next() over all of them, with the threads of the pool
 *      walk_one_ms       the same, one directory at a time
 *      walk_loop_ms      a plain loop of getdents64(2) and statx(2), in the same run
 *      walk_cpu_ms       walk_one_ms and walk_loop_ms in time of the processor: what they would
 *                        take
 *      walk_loop_cpu_ms  on a core of their own
 *
 * The others by the clock on the wall, since several threads are the point: the best of some
 * rounds, in turn. The tree is warm: the first round of each does not count.
 */
#include "bench.h"

#include <mori/directory.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PER_FOLDER 100
#define ROUNDS     6

#define SYNC MORI_NONBLOCKING __attribute__((noinline)) static

SYNC double wall_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

SYNC void tree_make(const char *folder, uint64_t files)
{
        char path[4096];
        struct stat st;

        snprintf(path, sizeof path, "%s/0", folder);
        if (stat(path, &st) == 0)
                return;
        mkdir(folder, 0777);
        for (uint64_t i = 0; i < files; i++) {
                int fd;

                if (i % PER_FOLDER == 0) {
                        snprintf(path, sizeof path, "%s/%lu", folder, i / PER_FOLDER);
                        bench_require(mkdir(path, 0777) == 0);
                }
                snprintf(path, sizeof path, "%s/%lu/file-%lu", folder, i / PER_FOLDER, i);
                fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
                bench_require(fd >= 0);
                close(fd);
        }
}

/* The peer: what a program without mori writes. */
SYNC uint64_t loop_walk(int at, const char *name)
{
        const size_t room = 32768;
        char *records = malloc(room); /* a mapped stack has no place for many of them */
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        uint64_t files = 0;
        ssize_t got;

        bench_require(fd >= 0 && records);
        while ((got = getdents64(fd, records, room)) > 0) {
                for (ssize_t i = 0; i < got;) {
                        const struct dirent64 *record = (const struct dirent64 *)(records + i);
                        struct statx found;

                        i += record->d_reclen;
                        if (strcmp(record->d_name, ".") == 0 || strcmp(record->d_name, "..") == 0)
                                continue;
                        bench_require(statx(fd, record->d_name, AT_SYMLINK_NOFOLLOW,
                                            STATX_BASIC_STATS, &found) == 0);
                        if (S_ISDIR(found.stx_mode))
                                files += loop_walk(fd, record->d_name);
                        else
                                files++;
                }
        }
        close(fd);
        free(records);
        return files;
}

static async uint64_t walks(const char *folder, unsigned parallel)
{
        struct mori_walk_entry entry;
        mori_walk *walk;
        uint64_t files = 0;

        bench_require(await mori_walk_begin(MORI_NO_FILE, folder, parallel, &walk) == 0);
        while (await mori_walk_next(walk, &entry) == 1) {
                bench_require(entry.error == 0);
                files += !S_ISDIR(entry.status->st_mode);
        }
        await mori_walk_end(walk);
        return files;
}

SYNC double less(double a, double b)
{
        return a < b ? a : b;
}

async int mori_main(int argc, char **argv)
{
        uint64_t files = bench_argument(argc, argv, 2, 100000);
        double best[3] = {1e9, 1e9, 1e9}, cpu[3] = {1e9, 1e9, 1e9};

        if (argc < 2)
                bench_usage(argv[0], 2);
        tree_make(argv[1], files);
        for (int round = 0; round < ROUNDS; round++) {
                for (unsigned which = 0; which < 3; which++) {
                        double began = wall_ms();
                        uint64_t cpu_began = bench_now();
                        uint64_t found = which == 2 ? loop_walk(AT_FDCWD, argv[1])
                                                    : await walks(argv[1], which == 0 ? 0 : 1);

                        bench_require(found == files);
                        if (round == 0)
                                continue;
                        best[which] = less(best[which], wall_ms() - began);
                        cpu[which] = less(cpu[which], bench_each(cpu_began, bench_now(), 1000000));
                }
        }
        bench_print("walk_ms", best[0]);
        bench_print("walk_one_ms", best[1]);
        bench_print("walk_loop_ms", best[2]);
        bench_print("walk_cpu_ms", cpu[1]);
        bench_print("walk_loop_cpu_ms", cpu[2]);
        return 0;
}
