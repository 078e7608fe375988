/* SPDX-License-Identifier: MIT */
/*
 * How fast is a file read that is cached?
 *
 *      read FILE [MIB]      makes a file of so many MiB (1024), once, and reads it from end to end
 *
 *      read_gbs          mori_file_read(), 256 KiB at a time
 *      read_large_gbs    the same, 1 MiB at a time: a thread of the kernel or the pool copies
 *      read_map_gbs      mori_map(), 64 MiB at a time, not locked, a word of each page looked at
 *      read_loop_gbs     read(2), 256 KiB at a time, in the same run
 *
 * Billions of bytes a second by the clock on the wall: the best of some rounds, in turn.
 */
#include "bench.h"

#include <mori/file.h>
#include <mori/map.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PIECE  ((size_t)256 << 10)
#define LARGE  ((size_t)1 << 20)
#define MAPPED ((uint64_t)64 << 20)
#define PAGE   ((size_t)4096)
#define ROUNDS 5

#define SYNC MORI_NONBLOCKING __attribute__((noinline)) static

SYNC double wall_s(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

SYNC void file_make(const char *path, char *buffer, uint64_t bytes)
{
        struct stat st;
        int fd;

        if (stat(path, &st) == 0 && (uint64_t)st.st_size == bytes)
                return;
        fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
        bench_require(fd >= 0);
        for (uint64_t done = 0; done < bytes; done += LARGE)
                bench_require(write(fd, buffer, LARGE) == (ssize_t)LARGE);
        close(fd);
}

SYNC uint64_t loop_read(const char *path, char *buffer)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        uint64_t total = 0;
        ssize_t got;

        while ((got = read(fd, buffer, PIECE)) > 0)
                total += (uint64_t)got;
        close(fd);
        return total;
}

static async uint64_t reads(const char *path, char *buffer, size_t piece)
{
        uint64_t total = 0;
        mori_file file;
        int64_t got;

        bench_require(await mori_file_open(MORI_NO_FILE, path, O_RDONLY, 0, &file) == 0);
        while ((got = await mori_file_read(file, buffer, piece)) > 0)
                total += (uint64_t)got;
        bench_require(await mori_file_close(file) == 0);
        return total;
}

/* A word of each page. */
SYNC uint64_t look_at(const mori_mapping *map)
{
        uint64_t seen = 0;

        for (size_t at = 0; at + sizeof seen <= map->bytes; at += PAGE)
                seen ^= *(const volatile uint64_t *)((const char *)map->address + at);
        return seen;
}

static async uint64_t maps(const char *path, uint64_t bytes)
{
        const mori_mapping *map;
        uint64_t total = 0;
        mori_file file;

        bench_require(await mori_file_open(MORI_NO_FILE, path, O_RDONLY, 0, &file) == 0);
        while (total < bytes) {
                uint64_t piece = bytes - total < MAPPED ? bytes - total : MAPPED;

                bench_require(await mori_map(file, total, piece, MORI_MAP_UNLOCKED, &map) == 0);
                (void)look_at(map);
                bench_require(mori_map_status(map) == 0);
                total += map->bytes;
                await mori_map_end(map);
        }
        bench_require(await mori_file_close(file) == 0);
        return total;
}

/* How a file is read. */
enum { PIECES, LARGE_PIECES, LOOP, MAPS, WAYS };

static async uint64_t read_it(int way, const char *path, char *buffer, uint64_t bytes)
{
        switch (way) {
        case PIECES:
                return await reads(path, buffer, PIECE);
        case LARGE_PIECES:
                return await reads(path, buffer, LARGE);
        case LOOP:
                return loop_read(path, buffer);
        default:
                return await maps(path, bytes);
        }
}

SYNC double more(double a, double b)
{
        return a > b ? a : b;
}

async int mori_main(int argc, char **argv)
{
        uint64_t bytes = bench_argument(argc, argv, 2, 1024) << 20;
        char *buffer = bench_memory(1, LARGE);
        double best[WAYS] = {0};

        if (argc < 2)
                bench_usage(argv[0], 2);
        file_make(argv[1], buffer, bytes);
        for (int round = 0; round < ROUNDS; round++) {
                for (int way = 0; way < WAYS; way++) {
                        double began = wall_s();

                        bench_require(await read_it(way, argv[1], buffer, bytes) == bytes);
                        best[way] = more(best[way], (double)bytes / 1e9 / (wall_s() - began));
                }
        }
        bench_memory_free(buffer);
        bench_print("read_gbs", best[PIECES]);
        bench_print("read_large_gbs", best[LARGE_PIECES]);
        bench_print("read_map_gbs", best[MAPS]);
        bench_print("read_loop_gbs", best[LOOP]);
        return 0;
}
