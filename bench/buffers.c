/* SPDX-License-Identifier: MIT */
/*
 * What are registered buffers worth?
 *
 *      buffers FILE [MIB [READS]]    makes a file of so many MiB (128), once; READS (2000) a round
 *
 *      plain_4k_ns             mori_file_read_at() of a cached file, 16 under way, into memory of
 *                              huge pages where there are any
 *      registered_4k_ns        the same into an area of mori_buffers_new(), whose pages are such
 *      plain_direct_4k_ns      the same with O_DIRECT, where the file can be read so
 *      registered_direct_4k_ns
 *
 * and so on for 16, 64 and 256 KiB. Processor time of a read, the best of some rounds by turns.
 */
#include "bench.h"

#include <mori/buffers.h>
#include <mori/file.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READERS 16u
#define LARGE   ((size_t)256 << 10)
#define ROUNDS  7

#define SYNC MORI_NONBLOCKING __attribute__((noinline)) static

/* Random reads, of which each reader takes the next. */
struct reads {
        mori_file file;
        char *memory; /* LARGE for each reader */
        size_t bytes;
        uint64_t pieces, left, random;
};

SYNC void file_make(const char *path, uint64_t bytes)
{
        char *buffer = bench_memory(1, LARGE);
        struct stat st;
        int fd;

        if (stat(path, &st) != 0 || (uint64_t)st.st_size != bytes) {
                fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
                bench_require(fd >= 0);
                for (uint64_t done = 0; done < bytes; done += LARGE)
                        bench_require(write(fd, buffer, LARGE) == (ssize_t)LARGE);
                bench_require(fsync(fd) == 0);
                close(fd);
        }
        bench_memory_free(buffer);
}

/* Touched, and of huge pages where that is allowed, as those of an area are. */
SYNC char *plain_memory(void)
{
        char *memory = aligned_alloc((size_t)2 << 20, READERS * LARGE);

        bench_require(memory != NULL);
        (void)madvise(memory, READERS * LARGE, MADV_HUGEPAGE);
        return memset(memory, 0, READERS * LARGE);
}

SYNC void plain_memory_free(char *memory)
{
        free(memory);
}

/* Where the next read is, or UINT64_MAX. */
SYNC uint64_t next_place(struct reads *reads)
{
        if (reads->left == 0)
                return UINT64_MAX;
        reads->left--;
        reads->random = reads->random * 6364136223846793005u + 1442695040888963407u;
        return (reads->random >> 33) % reads->pieces * reads->bytes;
}

static async int reader(struct reads *reads, unsigned number)
{
        char *memory = reads->memory + number * LARGE;
        uint64_t place;

        while ((place = next_place(reads)) != UINT64_MAX)
                bench_require(await mori_file_read_at(reads->file, memory, reads->bytes, place) ==
                              (int64_t)reads->bytes);
        return 0;
}

static async double read_ns(struct reads reads, uint64_t count)
{
        uint64_t began = bench_now();

        reads.left = count;
        scope {
                for (unsigned i = 0; i < READERS; i++)
                        MORI_IGNORE(start(reader, &reads, i));
        }
        return bench_each(began, bench_now(), count);
}

SYNC void print(const char *memory, const char *direct, size_t bytes, double ns)
{
        char name[64];

        snprintf(name, sizeof name, "%s_%s%zuk_ns", memory, direct, bytes >> 10);
        bench_print(name, ns);
}

static async void compare(const char *path, int flags, uint64_t file_bytes, char *plain,
                          char *registered, uint64_t count)
{
        struct reads reads = {.random = 1};

        if (await mori_file_open(MORI_NO_FILE, path, O_RDONLY | flags, 0, &reads.file) != 0)
                return; /* no O_DIRECT here */
        for (reads.bytes = 4096; reads.bytes <= LARGE; reads.bytes *= 4) {
                double best[2] = {1e18, 1e18};

                reads.pieces = file_bytes / reads.bytes;
                for (int round = 0; round < 2 * ROUNDS; round++) {
                        double ns;

                        reads.memory = round % 2 ? registered : plain;
                        ns = await read_ns(reads, count);
                        if (ns < best[round % 2])
                                best[round % 2] = ns;
                }
                print("plain", flags ? "direct_" : "", reads.bytes, best[0]);
                print("registered", flags ? "direct_" : "", reads.bytes, best[1]);
        }
        bench_require(await mori_file_close(reads.file) == 0);
}

async int mori_main(int argc, char **argv)
{
        uint64_t file_bytes = bench_argument(argc, argv, 2, 128) << 20;
        uint64_t count = bench_argument(argc, argv, 3, 2000);
        char *plain = plain_memory();
        const mori_buffers *area;
        mori_buffers_use use;

        if (argc < 2)
                return 2;
        file_make(argv[1], file_bytes);
        bench_require(await mori_buffers_new(READERS * LARGE, &area) == 0);
        await compare(argv[1], 0, file_bytes, plain, area->address, count);
        await compare(argv[1], O_DIRECT, file_bytes, plain, area->address, count);
        mori_buffers_counts(&use);
        bench_print("registered_part", (double)use.registered /
                                               (double)(use.registered + use.plain));
        await mori_buffers_free(area);
        plain_memory_free(plain);
        return 0;
}
